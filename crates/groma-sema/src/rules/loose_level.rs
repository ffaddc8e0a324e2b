//! W314.

use std::collections::BTreeSet;

use groma_access::Analysis;
use groma_diag::{Diagnostic, Span};
use groma_ir::access::Access;
use groma_ir::design::{Entity, Field, FieldId, Type};
use groma_ir::scalar::Scalar;

use super::gains::{Gained, gained};
use super::page::rule;
use super::places;
use super::reach::rules_are_whole;
use crate::resolve::Resolved;

rule! {
    /// Nobody writes the level that a rule asks of them.
    ///
    /// ## Why
    /// Where a rule counts for a level, a role or a kind that the row holds, and those whom it holds back may write that
    /// field, it holds nobody back: they write what is asked and go on. It is said of enums and whole numbers that a body may
    /// hold, if writing them gives somebody a right that they did not have; a field with `states` moves as these say, which is
    /// meant. The smallest case is shown.
    ///
    /// ## Bad
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "notes"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    ///   roles user < admin from claim role default user
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    /// enum Level { helper, editor }
    /// entity Note {
    ///   id: uuid key
    ///   title: text(1..200)
    ///   level: Level = helper
    ///   keeper: User = caller readonly
    /// }
    /// access Note {
    ///   allow create to authenticated
    ///   allow read, update to keeper, admin
    ///   allow delete to keeper when level == editor
    /// }
    /// resource /notes for Note { create { accept title }; read; update { accept title, level }; delete }
    ///
    /// ## Good
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "notes"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    ///   roles user < admin from claim role default user
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    /// enum Level { helper, editor }
    /// entity Note {
    ///   id: uuid key
    ///   title: text(1..200)
    ///   level: Level = helper
    ///   keeper: User = caller readonly
    /// }
    /// access Note {
    ///   allow create to authenticated
    ///   allow read, update to keeper, admin
    ///   allow delete to keeper when level == editor
    ///   deny update(level) to everyone except admin
    /// }
    /// resource /notes for Note { create { accept title }; read; update; delete }
    Warning LOOSE_LEVEL "W314" "loose-level"
}

pub(crate) fn check(resolved: &Resolved<'_>, access: &Access) -> Vec<Diagnostic> {
    let design = &resolved.design;
    let analysis = Analysis::new(design, access);
    let mut found = Vec::new();
    for (_, resource, ast) in places::resources(resolved) {
        let id = resource.entity;
        if !rules_are_whole(resolved, id) {
            continue;
        }
        let entity = &design.entities[id];
        let asked = asked(entity);
        let writes = [("update", &resource.update), ("replace", &resource.replace)];
        for (operation, write) in writes {
            let fields = write.iter().flat_map(|write| &write.accept);
            for field in fields.filter(|field| asked.contains(field) && is_level(entity, **field)) {
                let Some(gained) = gained(&analysis, design, id, *field) else {
                    continue;
                };
                let declared = &entity.fields[*field];
                let place = places::accepted(ast, operation, &declared.name);
                found.push(loose(
                    place.unwrap_or(declared.origin),
                    operation,
                    declared,
                    &gained,
                ));
            }
        }
    }
    found.dedup_by(|a, b| a.primary == b.primary);
    found
}

/// The fields that conditions of rules ask for.
fn asked(entity: &Entity) -> BTreeSet<FieldId> {
    let conds = entity.rules.iter().filter_map(|rule| rule.when.as_ref());
    conds.flat_map(groma_ir::design::Cond::fields).collect()
}

/// Whether a field is of a kind that levels are, and moves as bodies say.
fn is_level(entity: &Entity, field: FieldId) -> bool {
    let is_of_kind = match &entity.fields[field].ty {
        Type::Enum(_) => true,
        Type::Scalar(scalar) => matches!(scalar, Scalar::Int(_)),
        Type::Reference(_) | Type::List(_) => false,
    };
    let moves = entity.states.iter().any(|states| states.field == field)
        || entity.actions.iter().any(|action| {
            action.moves.as_ref().is_some_and(|moves| moves.field == field)
                || action.sets.iter().any(|(set, _)| *set == field)
        });
    is_of_kind && !moves
}

fn loose(place: Span, operation: &str, field: &Field, gained: &Gained<'_>) -> Diagnostic {
    let (name, verb) = (&field.name, gained.verb);
    let found = Diagnostic::new(
        &LOOSE_LEVEL,
        place,
        format!(
            "`{operation}` takes `{name}`, so whoever a rule holds back by it may write it, and then {verb} the row"
        ),
    );
    gained
        .explain(found, format!("this asks for `{name}`"))
        .help(format!(
            "leave `{name}` out of `{operation}`, say who may change it, `deny update({name}) to everyone except ..`, or how it \
             moves, `states {name} {{ .. }}`"
        ))
}
