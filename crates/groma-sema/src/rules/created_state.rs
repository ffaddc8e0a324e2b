//! W318.

use groma_diag::{Diagnostic, Span};
use groma_ir::design::{Entity, ResourceId, States};

use super::page::rule;
use super::places;
use crate::resolve::Resolved;

rule! {
    /// `create` does not take a state that only actions lead to.
    ///
    /// ## Why
    /// An action guards a move by its rule and its `from`. A row that is made in the state behind it has gone round
    /// both: whoever may create can make an approved order, and nobody approved it.
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
    ///   create { accept title, status }
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
    ///   create { accept title }
    ///   action publish { from draft to published }
    /// }
    Warning CREATED_STATE "W318" "created-state"
}

pub(crate) fn check(resolved: &Resolved<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (id, resource) in resolved.design.resources.entries() {
        let Some(create) = &resource.create else { continue };
        let entity = &resolved.design.entities[resource.entity];
        for states in &entity.states {
            if create.accept.contains(&states.field) {
                found.extend(guarded(states).map(|action| {
                    let place = place(resolved, id, entity, states).unwrap_or(create.origin);
                    created(place, entity, states, action)
                }));
            }
        }
    }
    found
}

/// The name of an action that guards a move of the field.
fn guarded(states: &States) -> Option<groma_ir::design::ActionId> {
    states.transitions.iter().find_map(|step| step.claimed_by)
}

fn place(resolved: &Resolved<'_>, id: ResourceId, entity: &Entity, states: &States) -> Option<Span> {
    places::accepted(
        places::resource(resolved, id)?,
        "create",
        &entity.fields[states.field].name,
    )
}

fn created(span: Span, entity: &Entity, states: &States, action: groma_ir::design::ActionId) -> Diagnostic {
    let field = &entity.fields[states.field].name;
    let action = &entity.actions[action];
    Diagnostic::new(
        &CREATED_STATE,
        span,
        format!(
            "`create` takes any `{field}`, also one that only `{}` leads to",
            action.name
        ),
    )
    .label(
        action.origin,
        "this action guards a move, and a new row goes round it",
    )
    .help(format!(
        "leave `{field}` out of what `create` accepts: a new row starts in its default"
    ))
}
