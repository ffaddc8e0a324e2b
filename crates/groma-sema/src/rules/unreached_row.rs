//! W313.

use std::collections::BTreeSet;

use groma_access::{Analysis, Situation};
use groma_diag::Diagnostic;
use groma_ir::access::Access;
use groma_ir::design::{Entity, Resource, Verb};

use super::page::rule;
use super::places;
use super::reach::{allowing, rules_are_whole};
use crate::resolve::Resolved;

rule! {
    /// Every row can be read by somebody.
    ///
    /// ## Why
    /// A row that nobody may read is in no list and under no path: it is kept for ever, and nobody can mend or delete it. That
    /// happens to rows whose owner has gone, and to states that the reading rules forgot. The case is shown; where rows are
    /// meant to vanish, `decision Note.read = hidden because "..."` says so.
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
    ///   hidden: bool = false
    ///   owner: User = caller readonly
    /// }
    /// access Note {
    ///   allow create to authenticated
    ///   allow read, update to owner when not hidden
    /// }
    /// resource /notes for Note { create { accept title }; read; update }
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
    /// entity Note {
    ///   id: uuid key
    ///   title: text(1..200)
    ///   hidden: bool = false
    ///   owner: User = caller readonly
    /// }
    /// access Note {
    ///   allow create to authenticated
    ///   allow read, update to owner when not hidden
    ///   allow read, update to admin
    /// }
    /// resource /notes for Note { create { accept title }; read; update }
    Warning UNREACHED_ROW "W313" "unreached-row"
}

pub(crate) fn check(resolved: &Resolved<'_>, access: &Access) -> Vec<Diagnostic> {
    let design = &resolved.design;
    let analysis = Analysis::new(design, access);
    let shown = design.resources.iter().filter(|resource| shows(resource));
    let shown: BTreeSet<_> = shown.map(|resource| resource.entity).collect();
    let mut found = Vec::new();
    for id in shown {
        let entity = &design.entities[id];
        let is_decided = resolved.map.decided.contains(&format!("{}.read", entity.name));
        if is_decided || !rules_are_whole(resolved, id) || access.of(id).read.is_never() {
            continue;
        }
        let situation = analysis.unreached(id);
        found.extend(situation.and_then(|situation| unreached(entity, &situation)));
    }
    found
}

fn shows(resource: &Resource) -> bool {
    resource.read.is_some() || resource.list.is_some()
}

fn unreached(entity: &Entity, situation: &Situation<'_>) -> Option<Diagnostic> {
    let mut reads = allowing(entity, Verb::Read);
    let first = reads.next()?;
    let might = if situation.is_sure() {
        ""
    } else {
        "it may be that "
    };
    let message = format!(
        "{might}nobody may read {} where {}",
        places::a(&entity.name),
        situation.words().join(" and ")
    );
    let mut found = Diagnostic::new(&UNREACHED_ROW, first.origin, message);
    for rule in reads {
        found = found.label(rule.origin, "nor by this rule");
    }
    Some(found.help(format!(
        "let somebody read it, such as a role; or, if it is meant, say so: `decision {}.read = hidden because \"...\"`",
        entity.name
    )))
}
