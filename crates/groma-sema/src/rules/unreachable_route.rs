//! E301.

use groma_diag::{Diagnostic, Span};
use groma_ir::access::{Access, CallerFacts, EntityAccess, kinds_of_caller};
use groma_ir::design::{Effect, Entity, Rule, Verb};

use super::page::rule;
use super::places;
use super::reach::{allowing, rules_are_whole};
use super::verb_without_rule::verbs;
use crate::resolve::Resolved;

rule! {
    /// A route with a rule can be called by somebody.
    ///
    /// ## Why
    /// `deny` wins over `allow`. Where it leaves no kind of caller over, the route answers 403 to everybody, and the
    /// rule that allows it says something that is not so.
    ///
    /// ## Bad
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "notes"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    /// entity Note {
    ///   id: uuid key
    ///   owner: User = caller readonly
    /// }
    /// access Note {
    ///   allow read, delete to owner
    ///   deny delete to everyone
    /// }
    /// resource /notes for Note { read; delete }
    ///
    /// ## Good
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "notes"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    /// entity Note {
    ///   id: uuid key
    ///   owner: User = caller readonly
    /// }
    /// access Note {
    ///   allow read to owner
    ///   deny delete to everyone
    /// }
    /// resource /notes for Note { read }
    Error UNREACHABLE_ROUTE "E301" "unreachable-route"
}

pub(crate) fn check(resolved: &Resolved<'_>, access: &Access) -> Vec<Diagnostic> {
    let kinds = kinds_of_caller(&resolved.design);
    let mut found = Vec::new();
    for (_, resource, _) in places::resources(resolved) {
        if !rules_are_whole(resolved, resource.entity) {
            continue;
        }
        let entity = &resolved.design.entities[resource.entity];
        let of = access.of(resource.entity);
        for (verb, place) in verbs(resource) {
            // A verb that no rule speaks of is a question, not a contradiction.
            let is_closed = || !kinds.iter().any(|kind| is_possible(of, verb, kind));
            if allowing(entity, verb).next().is_some() && is_closed() {
                found.push(unreachable(place, entity, verb));
            }
        }
    }
    found
}

fn is_possible(of: &EntityAccess, verb: Verb, kind: &CallerFacts) -> bool {
    match verb {
        Verb::Create => of.create.is_possible(kind),
        Verb::Update => of.update.is_possible(kind),
        Verb::Read | Verb::Delete | Verb::Share | Verb::Action(_) => {
            !of.verb(verb).for_caller(kind).is_never()
        }
    }
}

fn unreachable(place: Span, entity: &Entity, verb: Verb) -> Diagnostic {
    let word = groma_ir::words::verb(entity, verb);
    let rows = entity.plural.replace('_', " ");
    let of_effect = |effect: Effect| {
        let is_about =
            |rule: &&Rule| rule.effect == effect && rule.verbs.iter().any(|used| used.verb == verb);
        entity.rules.iter().find(is_about)
    };
    let mut found = Diagnostic::new(
        &UNREACHABLE_ROUTE,
        place,
        format!("no caller can ever {word} {rows}"),
    )
    .primary_label("answers 403 to everybody");
    if let Some(allow) = of_effect(Effect::Allow) {
        found = found.label(allow.origin, "this allows it");
    }
    match of_effect(Effect::Deny) {
        Some(deny) => found
            .label(deny.origin, "and this takes it away")
            .help("narrow the `deny`, or take the route out"),
        None => found.help("name somebody who exists, or take the route out"),
    }
}
