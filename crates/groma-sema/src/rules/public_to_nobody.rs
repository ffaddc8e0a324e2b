//! W307.

use groma_diag::{Diagnostic, Span};
use groma_ir::access::{Access, CallerFacts, EntityAccess};
use groma_ir::design::{Entity, Gate, Resource, Verb};
use groma_ir::words;

use super::page::rule;
use super::places;
use super::reach::{allowing, rules_are_whole};
use crate::resolve::Resolved;

rule! {
    /// What answers without a token has rows for callers without one.
    ///
    /// ## Why
    /// `public` opens the door, and the rules say who sees what behind it. Where no rule lets a caller without a token
    /// read anything, the list is empty for ever, and every row answers as one that is not there. Where none lets them
    /// write, they are told 403 for ever, where without `public` they would be asked for a token.
    ///
    /// ## Bad
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "notes"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    /// }
    /// service Notes {
    ///   limits rate 60/min per caller
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    /// entity Note {
    ///   id: uuid key
    ///   title: text(1..200)
    /// }
    /// access Note {
    ///   allow read to authenticated
    /// }
    /// resource /notes for Note {
    ///   list public { page 20 max 100 }
    /// }
    ///
    /// ## Good
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "notes"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    /// }
    /// service Notes {
    ///   limits rate 60/min per caller
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    /// entity Note {
    ///   id: uuid key
    ///   title: text(1..200)
    ///   published: bool = false
    /// }
    /// access Note {
    ///   allow read to everyone when published
    /// }
    /// resource /notes for Note {
    ///   list public { page 20 max 100 }
    /// }
    Warning PUBLIC_TO_NOBODY "W307" "public-to-nobody"
}

pub(crate) fn check(resolved: &Resolved<'_>, access: &Access) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (_, resource, _) in places::resources(resolved) {
        if !rules_are_whole(resolved, resource.entity) {
            continue;
        }
        let entity = &resolved.design.entities[resource.entity];
        let shut = shut(resource, entity, access.of(resource.entity));
        let (reads, writes): (Vec<Gate>, Vec<Gate>) =
            shut.into_iter().partition(|gate| gate.verb == Verb::Read);
        for gates in [reads, writes] {
            found.extend(to_nobody(resource, entity, &gates));
        }
    }
    found
}

/// The routes that answer without a token, and then never do anything. That no rule at all speaks of a verb is a
/// question of its own.
fn shut(resource: &Resource, entity: &Entity, access: &EntityAccess) -> Vec<Gate> {
    let nobody = CallerFacts::default();
    let is_shut = |verb: Verb| match verb {
        Verb::Create => !access.create.is_possible(&nobody),
        Verb::Update => !access.update.is_possible(&nobody),
        Verb::Read | Verb::Delete | Verb::Share | Verb::Action(_) => {
            access.verb(verb).for_caller(&nobody).is_never()
        }
    };
    let mut gates = resource.gates();
    gates.retain(|gate| {
        let is_ruled = || allowing(entity, gate.verb).next().is_some();
        gate.admission.public && is_ruled() && is_shut(gate.verb)
    });
    gates
}

/// What a route always answers without a token.
fn effect(resource: &Resource, gate: &Gate) -> &'static str {
    let is = |origin: Option<Span>| origin == Some(gate.origin);
    if gate.verb != Verb::Read {
        "it always answers 403"
    } else if is(resource.list.as_ref().map(|list| list.origin)) {
        "the list is always empty"
    } else if is(resource.read.as_ref().map(|read| read.origin)) {
        "it always answers 404"
    } else {
        "it always counts no rows"
    }
}

fn to_nobody(resource: &Resource, entity: &Entity, gates: &[Gate]) -> Option<Diagnostic> {
    let (first, more) = gates.split_first()?;
    let allow = allowing(entity, first.verb).next()?;
    let (name, effect) = (&entity.name, effect(resource, first));
    let verb = words::verb(entity, first.verb);
    let message = format!("no rule lets a caller without a token {verb} a `{name}`, so without one {effect}");
    let found = Diagnostic::new(&PUBLIC_TO_NOBODY, first.origin, message)
        .label(allow.origin, "this is for callers with one");
    let others = more.iter().filter(|gate| gate.origin != first.origin);
    let found = others.take(3).fold(found, |found, gate| {
        found.label(gate.origin, "this is public as well")
    });
    Some(found.help(format!(
        "say which rows are for everybody: `allow {verb} to everyone when ..`, or leave `public` out"
    )))
}
