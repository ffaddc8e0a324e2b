//! W309.

use groma_access::{Analysis, Situation};
use groma_diag::Diagnostic;
use groma_ir::access::{Access, clause};
use groma_ir::design::{Entity, Rule, Verb};

use super::page::rule;
use super::places;
use super::reach::{allowing, rules_are_whole};
use crate::resolve::Resolved;

rule! {
    /// Who makes a row may read it back.
    ///
    /// ## Why
    /// The answer to a create says where the new row is, and to its maker there is nothing there: no reading, no list, no
    /// second try that finds it. Where callers only hand something in, `decision Report.create = unread because "..."` says
    /// so; callers without a token are not meant, since nobody knows them again. The smallest case is shown.
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
    ///   public: bool = false
    ///   owner: User = caller readonly
    /// }
    /// access Note {
    ///   allow create to authenticated
    ///   allow read to user when public
    ///   allow read to admin
    /// }
    /// resource /notes for Note { create; read }
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
    ///   public: bool = false
    ///   owner: User = caller readonly
    /// }
    /// access Note {
    ///   allow create to authenticated
    ///   allow read to owner
    ///   allow read to user when public
    ///   allow read to admin
    /// }
    /// resource /notes for Note { create; read }
    Warning UNREAD_CREATE "W309" "unread-create"
}

pub(crate) fn check(resolved: &Resolved<'_>, access: &Access) -> Vec<Diagnostic> {
    let design = &resolved.design;
    let analysis = Analysis::new(design, access);
    let mut found = Vec::new();
    for (_, resource, _) in places::resources(resolved) {
        let id = resource.entity;
        let entity = &design.entities[id];
        let is_decided = resolved.map.decided.contains(&format!("{}.create", entity.name));
        if is_decided || !rules_are_whole(resolved, id) || access.of(id).read.is_never() {
            continue;
        }
        let Some(mut situation) = analysis.unread_create(resource) else {
            continue;
        };
        let mut rules = allowing(entity, Verb::Create);
        let rule = rules.find(|rule| situation.can_be(id, &clause(design, id, rule).on_this_row()));
        found.extend(rule.map(|rule| unread(entity, rule, &situation)));
    }
    found
}

fn unread(entity: &Entity, rule: &Rule, situation: &Situation<'_>) -> Diagnostic {
    let might = if situation.is_sure() {
        "may not"
    } else {
        "perhaps may not"
    };
    let message = format!(
        "this lets somebody create {} that they {might} read afterwards",
        places::a(&entity.name)
    );
    let mut found = Diagnostic::new(&UNREAD_CREATE, rule.origin, message)
        .note(format!("the case: {}", situation.words().join(", ")));
    for reads in allowing(entity, Verb::Read).take(1) {
        found = found.label(reads.origin, "who may read");
    }
    found.help(format!(
        "let its maker read it; or, if it is only handed in, say so: `decision {}.create = unread because \"...\"`",
        entity.name
    ))
}
