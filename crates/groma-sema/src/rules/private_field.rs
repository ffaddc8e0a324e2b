//! W114.

use std::collections::BTreeMap;

use groma_diag::{Diagnostic, Edit, Span};
use groma_ir::access::Access;
use groma_ir::design::{Design, Entity, EntityId, Field, FieldId, Type};
use groma_ir::scalar::Scalar;

use super::page::rule;
use super::reach::{Ordinary, is_tied, rules_are_whole};
use crate::resolve::Resolved;

rule! {
    /// Email addresses and telephone numbers are not shown to people whom they do not belong to.
    ///
    /// ## Why
    /// A list of people with their addresses is what spammers and attackers collect. `internal` keeps a field on the
    /// server. Where showing it is meant, as for the address of a company, `decision Person.email = visible because "..."`
    /// says so.
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
    /// entity Person {
    ///   id: uuid key
    ///   email: email
    /// }
    /// access Person {
    ///   allow read to authenticated
    /// }
    /// resource /people for Person { read }
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
    /// entity Person {
    ///   id: uuid key
    ///   email: email internal
    /// }
    /// access Person {
    ///   allow read to authenticated
    /// }
    /// resource /people for Person { read }
    Warning PRIVATE_FIELD "W114" "private-field"
}

/// Words in names of fields that reach a person.
const REACHES: [&str; 7] = [
    "email",
    "phone",
    "mobile",
    "telephone",
    "cellphone",
    "ssn",
    "passport",
];

pub(crate) fn check(resolved: &Resolved<'_>, access: &Access) -> Vec<Diagnostic> {
    let design = &resolved.design;
    let ordinary = Ordinary::of(design);
    let shown = shown(design);
    let mut found = Vec::new();
    for (id, entity) in design.entities.entries() {
        let private = entity
            .fields
            .entries()
            .filter(|(_, field)| field.leaves() && is_private(field));
        let private: Vec<(FieldId, &Field)> = private.collect();
        let Some(through) = shown.get(&id).filter(|_| !private.is_empty()) else {
            continue;
        };
        let nobody = through.without_token.then_some(ordinary.nobody);
        let mut kinds = nobody.into_iter().chain([ordinary.signed_in]);
        let read = &access.of(id).read;
        if !rules_are_whole(resolved, id) || kinds.all(|kind| is_tied(&read.for_caller(&kind))) {
            continue;
        }
        for (_, field) in private {
            let topic = format!("{}.{}", entity.name, field.name);
            if !resolved.map.decided.contains(&topic) {
                found.push(private_field(field, entity, through.place));
            }
        }
    }
    found
}

/// Where an entity's rows are shown.
pub(super) struct Shown {
    pub(super) place: Span,
    without_token: bool,
}

/// The entities whose rows are shown, with a place that needs no token where there is one.
pub(super) fn shown(design: &Design) -> BTreeMap<EntityId, Shown> {
    let mut all: BTreeMap<EntityId, Shown> = BTreeMap::new();
    for resource in &design.resources {
        let fields = &design.entities[resource.entity].fields;
        let list = resource
            .list
            .iter()
            .map(|list| (list.origin, list.admission.public, &list.include));
        let read = resource
            .read
            .iter()
            .map(|read| (read.origin, read.admission.public, &read.include));
        for (place, without_token, include) in list.chain(read) {
            let embedded = include.iter().filter_map(|field| fields[*field].ty.target());
            for entity in embedded.chain([resource.entity]) {
                let shown = all.entry(entity).or_insert(Shown { place, without_token });
                if without_token && !shown.without_token {
                    *shown = Shown { place, without_token };
                }
            }
        }
    }
    all
}

fn is_private(field: &Field) -> bool {
    let by_name = field.name.split('_').any(|word| REACHES.contains(&word));
    match &field.ty {
        Type::Scalar(Scalar::Email) => true,
        Type::Scalar(Scalar::Text(_) | Scalar::Int(_)) => by_name,
        Type::Scalar(_) | Type::Enum(_) | Type::Reference(_) | Type::List(_) => false,
    }
}

fn private_field(field: &Field, entity: &Entity, shown: Span) -> Diagnostic {
    let name = &field.name;
    Diagnostic::new(
        &PRIVATE_FIELD,
        field.origin,
        format!("`{name}` is shown to people whom it does not belong to"),
    )
    .label(
        shown,
        format!("{} are shown here", entity.plural.replace('_', " ")),
    )
    .help(format!(
        "make it `internal`; or, if it is meant, say so: `decision {}.{name} = visible because \"...\"`",
        entity.name
    ))
    .suggestion("keep it on the server", [Edit::after(field.origin, " internal")])
}
