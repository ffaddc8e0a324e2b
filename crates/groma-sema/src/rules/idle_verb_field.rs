//! W305.

use std::collections::BTreeSet;

use groma_diag::{Diagnostic, Span};
use groma_ir::design::{Effect, EntityId, FieldId, Resource, Verb};
use groma_syntax::ast::{self, AstNode};

use super::page::rule;
use crate::resolve::Resolved;

rule! {
    /// A field that a rule lets somebody write is one that some route takes.
    ///
    /// ## Why
    /// `allow update(status)` reads as if the status could be changed. Where no `update` accepts it, the rule opens
    /// nothing, and whoever wrote it believes otherwise.
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
    ///   title: text(1..200)
    ///   pinned: bool = false
    ///   owner: User = caller readonly
    /// }
    /// access Note {
    ///   allow update(title, pinned) to owner
    /// }
    /// resource /notes for Note {
    ///   update { accept title }
    /// }
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
    ///   title: text(1..200)
    ///   pinned: bool = false
    ///   owner: User = caller readonly
    /// }
    /// access Note {
    ///   allow update(title, pinned) to owner
    /// }
    /// resource /notes for Note {
    ///   update { accept title, pinned }
    /// }
    Warning IDLE_VERB_FIELD "W305" "idle-verb-field"
}

pub(crate) fn check(resolved: &Resolved<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (id, entity) in resolved.design.entities.entries() {
        if !resolved.rules_are_sound(id) {
            continue;
        }
        for rule in entity.rules.iter().filter(|rule| rule.effect == Effect::Allow) {
            for used in rule.verbs.iter().filter(|used| !used.fields.is_empty()) {
                // A verb without a route is another matter.
                let Some(taken) = taken(resolved, id, used.verb) else {
                    continue;
                };
                for field in used.fields.iter().filter(|field| !taken.contains(field)) {
                    let word = groma_ir::words::verb(entity, used.verb);
                    let name = &entity.fields[*field].name;
                    let place = place(resolved, id, rule.origin, (word, name)).unwrap_or(rule.origin);
                    found.push(idle(place, word, name, entity.fields[*field].origin));
                }
            }
        }
    }
    found
}

/// The fields that bodies of a verb may hold, on all routes; `None` if there is no such route.
fn taken(resolved: &Resolved<'_>, id: EntityId, verb: Verb) -> Option<BTreeSet<FieldId>> {
    let resources = resolved.design.resources.iter();
    let accepts = |resource: &Resource| -> Vec<Vec<FieldId>> {
        let accept = match verb {
            Verb::Create => [
                resource
                    .create
                    .as_ref()
                    .map(|_| resource.created(&resolved.design)),
                None,
            ],
            Verb::Update => [&resource.update, &resource.replace]
                .map(|write| write.as_ref().map(|write| write.accept.clone())),
            Verb::Read | Verb::Delete | Verb::Share | Verb::Action(_) => [None, None],
        };
        accept.into_iter().flatten().collect()
    };
    let mut all = resources
        .filter(|resource| resource.entity == id)
        .flat_map(accepts)
        .peekable();
    all.peek()?;
    Some(all.flatten().collect())
}

/// The name of a field in the parentheses of a verb.
fn place(resolved: &Resolved<'_>, id: EntityId, rule: Span, (verb, field): (&str, &str)) -> Option<Span> {
    let block = resolved.map.accesses.get(&id)?;
    let rule = block.rules().find(|it| it.span() == rule)?;
    let mut verbs = rule
        .verbs()
        .filter(|it| it.name().is_some_and(|name| name.is(verb)));
    let path = verbs.find_map(|it: ast::Verb| it.fields().find(|path| path.is(field)))?;
    Some(path.span())
}

fn idle(place: Span, verb: &str, field: &str, declared: Span) -> Diagnostic {
    Diagnostic::new(
        &IDLE_VERB_FIELD,
        place,
        format!("no route that can {verb} takes `{field}`, so this allows nothing"),
    )
    .label(declared, "declared here")
    .help(format!(
        "accept `{field}` in `{verb}`, or leave it out of the rule"
    ))
}
