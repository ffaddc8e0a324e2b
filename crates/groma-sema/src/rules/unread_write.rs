//! W308.

use groma_access::{Analysis, Situation};
use groma_diag::Diagnostic;
use groma_ir::access::Access;
use groma_ir::design::{Effect, Entity, Rule, Verb};

use super::page::rule;
use super::places;
use super::reach::{allowing, join, rules_are_whole};
use super::verb_without_rule::verbs;
use crate::resolve::Resolved;

rule! {
    /// Who may change a row may read it.
    ///
    /// ## Why
    /// To somebody who may not read a row there is no such row: the answer is 404 before any other rule is asked. So a right
    /// to change or delete it is dead, and whoever wrote it believes that it works. What is allowed to whoever
    /// signs in means the rows that they see, and is named only where they see none of them. The smallest case is shown.
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
    /// entity Note {
    ///   id: uuid key
    ///   title: text(1..200)
    ///   owner: User = caller readonly
    /// }
    /// access Note {
    ///   allow create to authenticated
    ///   allow read to owner
    ///   allow delete to owner, admin
    /// }
    /// resource /notes for Note { create; read; delete }
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
    ///   owner: User = caller readonly
    /// }
    /// access Note {
    ///   allow create to authenticated
    ///   allow read, delete to owner, admin
    /// }
    /// resource /notes for Note { create; read; delete }
    Warning UNREAD_WRITE "W308" "unread-write"
}

pub(crate) fn check(resolved: &Resolved<'_>, access: &Access) -> Vec<Diagnostic> {
    let design = &resolved.design;
    let analysis = Analysis::new(design, access);
    let mut found = Vec::new();
    for (_, resource, _) in places::resources(resolved) {
        let id = resource.entity;
        // That nobody reads anything is said elsewhere.
        if !rules_are_whole(resolved, id) || access.of(id).read.is_never() {
            continue;
        }
        let writes = verbs(resource).into_iter().map(|(verb, _)| verb);
        let writes = writes.filter(|verb| !matches!(verb, Verb::Create | Verb::Read));
        let writes: Vec<Verb> = writes.collect();
        let entity = &design.entities[id];
        let allows = entity.rules.iter().filter(|rule| rule.effect == Effect::Allow);
        for rule in allows {
            let about = writes
                .iter()
                .filter(|verb| rule.verbs.iter().any(|used| used.verb == **verb));
            let mut case = None;
            let mut verbs = Vec::new();
            for verb in about {
                if let Some(situation) = analysis.unread_write(id, *verb, rule) {
                    verbs.push(groma_ir::words::verb(entity, *verb));
                    case.get_or_insert(situation);
                }
            }
            found.extend(case.map(|case| unread(entity, rule, &verbs, &case)));
        }
    }
    found.dedup_by(|a, b| a.primary == b.primary);
    found
}

fn unread(entity: &Entity, rule: &Rule, verbs: &[&str], situation: &Situation<'_>) -> Diagnostic {
    let rows = entity.plural.replace('_', " ");
    let might = if situation.is_sure() {
        ""
    } else {
        "it may be that "
    };
    let message = format!(
        "{might}this lets somebody {} {rows} that they may not read, so that they get 404 instead",
        join(verbs, "and")
    );
    let mut found = Diagnostic::new(&UNREAD_WRITE, rule.origin, message)
        .note(format!("the case: {}", situation.words().join(", ")));
    for reads in allowing(entity, Verb::Read).take(1) {
        found = found.label(reads.origin, "who may read");
    }
    found.help("let them read such rows too, or narrow this rule to rows that they may read")
}
