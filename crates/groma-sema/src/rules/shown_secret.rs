//! W124.

use groma_diag::{Diagnostic, Edit, Span};
use groma_ir::access::{Access, kinds_of_caller};
use groma_ir::design::{Entity, Field, Type};
use groma_ir::scalar::Scalar;

use super::page::rule;
use super::private_field::shown;
use super::reach::rules_are_whole;
use crate::resolve::Resolved;

rule! {
    /// A secret that leaves with its row does so because somebody wants it to.
    ///
    /// ## Why
    /// `secret(32)` is made by the server and cannot be guessed, and like every field it is part of the answer: whoever
    /// may read the row reads the secret, in lists too. `internal` keeps it on the server. Where it is handed out on
    /// purpose, `decision Invitation.token = visible because "..."` says so.
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
    /// entity Invitation {
    ///   id: uuid key
    ///   token: secret(32)
    /// }
    /// access Invitation {
    ///   allow read to authenticated
    /// }
    /// resource /invitations for Invitation { read }
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
    /// entity Invitation {
    ///   id: uuid key
    ///   token: secret(32) internal
    /// }
    /// access Invitation {
    ///   allow read to authenticated
    /// }
    /// resource /invitations for Invitation { read }
    Warning SHOWN_SECRET "W124" "shown-secret"
}

pub(crate) fn check(resolved: &Resolved<'_>, access: &Access) -> Vec<Diagnostic> {
    let design = &resolved.design;
    let kinds = kinds_of_caller(design);
    let shown = shown(design);
    let mut found = Vec::new();
    for (id, entity) in design.entities.entries() {
        let secrets = entity.fields.iter().filter(|field| is_shown_secret(field));
        let secrets: Vec<&Field> = secrets
            .filter(|field| {
                let topic = format!("{}.{}", entity.name, field.name);
                !resolved.map.decided.contains(&topic)
            })
            .collect();
        let Some(through) = shown.get(&id).filter(|_| !secrets.is_empty()) else {
            continue;
        };
        let read = &access.of(id).read;
        let is_read = || kinds.iter().any(|kind| !read.for_caller(kind).is_never());
        if rules_are_whole(resolved, id) && is_read() {
            let secrets = secrets.into_iter();
            found.extend(secrets.map(|field| shown_secret(field, entity, through.place)));
        }
    }
    found
}

fn is_shown_secret(field: &Field) -> bool {
    field.leaves() && matches!(field.ty, Type::Scalar(Scalar::Secret(_)))
}

fn shown_secret(field: &Field, entity: &Entity, shown: Span) -> Diagnostic {
    let (name, rows) = (&field.name, entity.plural.replace('_', " "));
    Diagnostic::new(
        &SHOWN_SECRET,
        field.origin,
        format!("`{name}` is a secret, and whoever may read the row gets it"),
    )
    .label(shown, format!("{rows} are shown here"))
    .help(format!(
        "make it `internal`; or, if it is handed out on purpose, say so: `decision {}.{name} = visible because \"...\"`",
        entity.name
    ))
    .suggestion("keep it on the server", [Edit::after(field.origin, " internal")])
}
