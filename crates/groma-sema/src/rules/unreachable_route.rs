//! E301.

use groma_diag::{Diagnostic, Span};
use groma_ir::access::{Access, CallerFacts, EntityAccess, kinds_of_caller};
use groma_ir::design::{Design, Effect, Entity, Parent, Rule, Verb};

use super::page::rule;
use super::places::{self, a};
use super::reach::{allowing, rules_are_whole};
use super::verb_without_rule::verbs;
use crate::resolve::Resolved;

rule! {
    /// A route with a rule can be called by somebody.
    ///
    /// ## Why
    /// `deny` wins over `allow`. Where it leaves no kind of caller over, the route answers 403 to everybody, and the
    /// rule that allows it says something that is not so. Routes below rows that nobody may read answer 404 to everybody,
    /// whatever their own rules say: what lies below a row is there for whoever the row is there for.
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
    for (id, resource, _) in places::resources(resolved) {
        if !rules_are_whole(resolved, resource.entity) {
            continue;
        }
        let entity = &resolved.design.entities[resource.entity];
        let of = access.of(resource.entity);
        let mut parents = resource.parents();
        // Before anybody has said who may do what, that is a question.
        let is_said = entity.access_origin.is_some();
        if is_said && let Some(parent) = parents.find(|parent| is_closed(resolved, access, &kinds, parent)) {
            found.push(below_nothing(
                &resolved.design,
                places::route(resolved, id),
                parent,
            ));
            continue;
        }
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

/// Whether nobody at all may read the rows of a parent.
fn is_closed(resolved: &Resolved<'_>, access: &Access, kinds: &[CallerFacts], parent: &Parent) -> bool {
    let read = &access.of(parent.entity).read;
    rules_are_whole(resolved, parent.entity) && kinds.iter().all(|kind| read.for_caller(kind).is_never())
}

fn below_nothing(design: &Design, path: Span, parent: &Parent) -> Diagnostic {
    let entity = &design.entities[parent.entity];
    let name = a(&entity.name);
    let found = Diagnostic::new(
        &UNREACHABLE_ROUTE,
        path,
        format!("nobody may read {name}, so nothing below one is there"),
    )
    .primary_label("answers 404 to everybody")
    .help(format!(
        "say who may: `allow read to ..` in `access {}`",
        entity.name
    ));
    match (entity.access_origin, reading(entity, Effect::Deny)) {
        (_, Some(deny)) => found.label(deny.origin, "this takes it away"),
        (Some(rules), None) => found.label(rules, format!("its rules allow nobody to read {name}")),
        (None, None) => found.label(entity.origin, "it has no rules"),
    }
}

fn reading(entity: &Entity, effect: Effect) -> Option<&Rule> {
    entity.rules.iter().find(|rule| {
        rule.effect == effect
            && rule
                .verbs
                .iter()
                .any(|used| used.verb == Verb::Read && used.fields.is_empty())
    })
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
