//! W317.

use groma_diag::{Diagnostic, Span};
use groma_ir::design::{Entity, FieldId, ResourceId, States, Write};

use super::page::rule;
use super::places;
use super::reach::join;
use crate::resolve::Resolved;

rule! {
    /// `update` takes a state only if some move is left for it.
    ///
    /// ## Why
    /// A move that an action makes is made by that action alone: `update` answers 409. Where actions make all of them,
    /// every change of the field is refused, and clients learn that one request at a time. As long as one move is free,
    /// nothing is said.
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
    /// enum Status { draft, published }
    /// entity Note {
    ///   id: uuid key
    ///   title: text(1..200)
    ///   status: Status = draft
    ///   owner: User = caller readonly
    ///   states status { draft -> published }
    /// }
    /// access Note {
    ///   allow all to owner
    /// }
    /// resource /notes for Note {
    ///   update { accept title, status }
    ///   action publish { from draft to published }
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
    /// enum Status { draft, published }
    /// entity Note {
    ///   id: uuid key
    ///   title: text(1..200)
    ///   status: Status = draft
    ///   owner: User = caller readonly
    ///   states status { draft -> published }
    /// }
    /// access Note {
    ///   allow all to owner
    /// }
    /// resource /notes for Note {
    ///   update { accept title }
    ///   action publish { from draft to published }
    /// }
    Warning CLAIMED_TRANSITION "W317" "claimed-transition"
}

pub(crate) fn check(resolved: &Resolved<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (id, resource) in resolved.design.resources.entries() {
        let entity = &resolved.design.entities[resource.entity];
        let writes = [("update", &resource.update), ("replace", &resource.replace)];
        for (operation, write) in writes {
            let Some(write) = write else { continue };
            for states in entity.states.iter().filter(|states| all_claimed(states)) {
                if write.accept.contains(&states.field) {
                    let place = place(resolved, id, (operation, write), states.field);
                    found.push(claimed(place, operation, entity, states));
                }
            }
        }
    }
    found
}

fn all_claimed(states: &States) -> bool {
    !states.transitions.is_empty() && states.transitions.iter().all(|step| step.claimed_by.is_some())
}

fn place(
    resolved: &Resolved<'_>,
    id: ResourceId,
    (operation, write): (&str, &Write),
    field: FieldId,
) -> Span {
    let entity = &resolved.design.entities[resolved.design.resources[id].entity];
    let ast = places::resource(resolved, id);
    let said = ast.and_then(|ast| places::accepted(ast, operation, &entity.fields[field].name));
    said.unwrap_or(write.origin)
}

fn claimed(span: Span, operation: &str, entity: &Entity, states: &States) -> Diagnostic {
    let mut actions: Vec<String> = states
        .transitions
        .iter()
        .filter_map(|step| step.claimed_by)
        .map(|action| format!("`{}`", entity.actions[action].name))
        .collect();
    actions.sort_unstable();
    actions.dedup();
    actions.truncate(5);
    let field = &entity.fields[states.field].name;
    Diagnostic::new(
        &CLAIMED_TRANSITION,
        span,
        format!("`{operation}` takes `{field}`, and can never change it"),
    )
    .label(
        states.origin,
        format!("every move is made by {}", join(&actions, "or")),
    )
    .help(format!("leave `{field}` out of `accept`"))
}
