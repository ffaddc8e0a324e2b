//! W433.

use groma_diag::{Diagnostic, Span};
use groma_ir::access::{Access, CallerFacts};
use groma_ir::design::{Entity, FieldId, Resource};

use super::page::rule;
use super::places;
use super::reach::rules_are_whole;
use crate::resolve::Resolved;

rule! {
    /// What nobody may read is not told by a conflict to whoever has no token.
    ///
    /// ## Why
    /// A 409 says that a unique value is taken. Where rows are made without a token, and without one none of them may be
    /// read, anybody can find out in this way who is among them: whose address is on a list, for one. Where it is meant,
    /// `decision Subscriber.email = told because "..."` says so.
    ///
    /// ## Bad
    /// service News { limits rate 60/min per address }
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "news"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    ///   roles user < admin from claim role default user
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    /// entity Subscriber {
    ///   id: uuid key
    ///   email: email unique
    /// }
    /// access Subscriber {
    ///   allow create to everyone
    ///   allow read to admin
    /// }
    /// decision Subscriber.create = unread because "It is handed in."
    /// resource /subscribers for Subscriber {
    ///   create public { accept email }
    ///   read
    /// }
    ///
    /// ## Good
    /// service News { limits rate 60/min per address }
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "news"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    ///   roles user < admin from claim role default user
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    /// entity Subscriber {
    ///   id: uuid key
    ///   email: email
    ///   index email
    /// }
    /// access Subscriber {
    ///   allow create to everyone
    ///   allow read to admin
    /// }
    /// decision Subscriber.create = unread because "It is handed in."
    /// resource /subscribers for Subscriber {
    ///   create public { accept email }
    ///   read
    /// }
    Warning TOLD_UNIQUE "W433" "told-unique"
}

pub(crate) fn check(resolved: &Resolved<'_>, access: &Access) -> Vec<Diagnostic> {
    let nobody = CallerFacts::default();
    let mut found = Vec::new();
    for (_, resource, _) in places::resources(resolved) {
        let id = resource.entity;
        let is_hidden = || access.of(id).read.for_caller(&nobody).is_never();
        if !rules_are_whole(resolved, id) || !is_hidden() {
            continue;
        }
        let entity = &resolved.design.entities[id];
        for (place, accept) in written_by_nobody(resource) {
            let told = told(entity, accept).filter(|field| {
                let topic = format!("{}.{}", entity.name, entity.fields[*field].name);
                !resolved.map.decided.contains(&topic)
            });
            found.extend(told.map(|field| told_unique(resolved, place, (resource, field))));
        }
    }
    found
}

/// What may be written without a token, and where that is declared.
fn written_by_nobody(resource: &Resource) -> Vec<(Span, &[FieldId])> {
    let create = resource.create.iter();
    let create = create.map(|it| (it.admission, it.origin, it.accept.as_slice()));
    let writes = resource.update.iter().chain(&resource.replace);
    let writes = writes.map(|it| (it.admission, it.origin, it.accept.as_slice()));
    let all = create.chain(writes).filter(|(admission, ..)| admission.public);
    all.map(|(_, origin, accept)| (origin, accept)).collect()
}

/// The first field of a constraint of which a body says every value.
fn told(entity: &Entity, accept: &[FieldId]) -> Option<FieldId> {
    let mut uniques = entity.uniques.iter();
    let told = uniques.find(|unique| unique.fields.iter().all(|field| accept.contains(field)))?;
    told.fields.first().copied()
}

fn told_unique(resolved: &Resolved<'_>, place: Span, (resource, id): (&Resource, FieldId)) -> Diagnostic {
    let entity = &resolved.design.entities[resource.entity];
    let (name, field) = (&entity.name, &entity.fields[id].name);
    let message = format!("without a token anybody finds out which values of `{field}` are taken: by a 409");
    Diagnostic::new(&TOLD_UNIQUE, place, message)
        .label(
            places::field_name(resolved, resource.entity, id),
            "no two rows share it, and nobody without a token may read one",
        )
        .help(format!(
            "ask for a token, or let rows share it; or, if it is meant, say so: `decision {name}.{field} = told because \"...\"`"
        ))
}
