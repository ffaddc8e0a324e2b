//! W319.

use groma_access::Analysis;
use groma_diag::Diagnostic;
use groma_ir::access::Access;
use groma_ir::design::{Action, Assign, Entity, FieldId, Input, InputId, Term};

use super::gains::{Gained, gained_by_input};
use super::page::rule;
use super::reach::rules_are_whole;
use crate::resolve::Resolved;

rule! {
    /// What an action's caller may choose gives them nothing.
    ///
    /// ## Why
    /// An input is chosen by whoever calls the action, as a body's field is: where it becomes a field that rules ask
    /// for, it decides what the caller may do next. It is said of an input if somebody who may call the action may
    /// then do more to the row than before; what the action gives whatever is chosen is meant. The smallest case is shown.
    /// An `error` of the action that asks for the input settles it.
    ///
    /// ## Bad
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "notes"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    /// }
    /// entity User external table "user" {
    ///   id: text(1..64) key
    /// }
    /// enum Level { open, locked }
    /// entity Note {
    ///   id: uuid key
    ///   level: Level = open readonly
    ///   owner: User = caller readonly
    ///   shared with User as view < edit
    /// }
    /// access Note {
    ///   allow create to authenticated
    ///   allow read, mark to owner, view
    ///   allow delete to owner, edit when level == open
    /// }
    /// resource /notes for Note { create; read; delete; action mark { input level: Level; set level = level } }
    ///
    /// ## Good
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "notes"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    /// }
    /// entity User external table "user" {
    ///   id: text(1..64) key
    /// }
    /// enum Level { open, locked }
    /// entity Note {
    ///   id: uuid key
    ///   level: Level = open readonly
    ///   owner: User = caller readonly
    ///   shared with User as view < edit
    /// }
    /// access Note {
    ///   allow create to authenticated
    ///   allow read to owner, view
    ///   allow mark to owner
    ///   allow delete to owner
    ///   allow delete to edit when level == open
    /// }
    /// resource /notes for Note { create; read; delete; action mark { input level: Level; set level = level } }
    Warning CHOSEN_RIGHT "W319" "chosen-right"
}

pub(crate) fn check(resolved: &Resolved<'_>, access: &Access) -> Vec<Diagnostic> {
    let design = &resolved.design;
    let analysis = Analysis::new(design, access);
    let mut found = Vec::new();
    for (id, entity) in design.entities.entries() {
        if !rules_are_whole(resolved, id) {
            continue;
        }
        for (action, declared) in entity.actions.entries() {
            for (input, taken) in declared.inputs.entries() {
                let Some(field) = set_by(declared, input) else {
                    continue;
                };
                let gained = gained_by_input(&analysis, design, id, (action, input));
                found.extend(gained.map(|gained| chosen((entity, field), declared, taken, &gained)));
            }
        }
    }
    found
}

/// The field that an input becomes.
fn set_by(action: &Action, input: InputId) -> Option<FieldId> {
    let mut sets = action.sets.iter();
    let is_it = |assign: &Assign| *assign == Assign::Term(Term::Input(input));
    sets.find_map(|(field, assign)| is_it(assign).then_some(*field))
}

fn chosen(
    (entity, field): (&Entity, FieldId),
    action: &Action,
    input: &Input,
    gained: &Gained<'_>,
) -> Diagnostic {
    let (action, verb, field) = (&action.name, gained.verb, &entity.fields[field].name);
    let found = Diagnostic::new(
        &CHOSEN_RIGHT,
        input.origin,
        format!("whoever may {action} the row chooses its `{field}`, and may then {verb} it"),
    );
    gained
        .explain(found, format!("this gives by `{field}`"))
        .help(format!(
            "narrow who may `{action}`, or refuse what may not be chosen: `error name 409 when {} ..`",
            input.name
        ))
}
