//! Q106.

use std::collections::BTreeSet;

use groma_diag::{Diagnostic, Edit, Span};
use groma_ir::design::{Entity, EntityId, FieldId, Type};
use groma_ir::scalar::Scalar;
use groma_syntax::ast::FlagKind;

use super::page::rule;
use super::places;
use crate::resolve::Resolved;

rule! {
    /// Where rows have owners, it is said whether a value is unique for each owner or among all of them.
    ///
    /// ## Why
    /// A name that is unique among all owners cannot be used by a second person, and the 409 tells them that somebody
    /// has it. It is not asked for what names the row in its path (`by`), nor for identifiers, secrets and references;
    /// `decision Note.title.unique = globally` records that all owners share the names.
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
    ///   title: text(1..200) unique
    ///   owner: User = caller readonly
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
    /// entity Note {
    ///   id: uuid key
    ///   title: text(1..200)
    ///   owner: User = caller readonly
    ///   unique owner, title
    /// }
    Question UNIQUE_SCOPE "Q106" "unique-scope"
}

pub(crate) fn check(resolved: &Resolved<'_>) -> Vec<Diagnostic> {
    let design = &resolved.design;
    let paths: BTreeSet<(EntityId, FieldId)> = design.resources.iter().map(|it| (it.entity, it.by)).collect();
    let mut found = Vec::new();
    for (id, entity) in design.entities.entries() {
        let Some(owner) = entity.owner else { continue };
        for unique in &entity.uniques {
            let [field] = unique.fields.as_slice() else {
                continue;
            };
            let Some(flag) = places::flag(resolved, id, *field, FlagKind::Unique) else {
                continue;
            };
            let topic = format!("{}.{}.unique", entity.name, entity.fields[*field].name);
            let is_path = paths.contains(&(id, *field));
            let is_asked =
                is_name(&entity.fields[*field].ty) && !is_path && !resolved.map.decided.contains(&topic);
            if is_asked && *field != owner {
                found.push(
                    unique_scope(
                        flag,
                        entity,
                        (*field, owner),
                        per_owner(resolved, id, *field, flag),
                    )
                    .about(topic),
                );
            }
        }
    }
    found
}

/// Whether a person chooses the value, so that two may choose the same.
fn is_name(ty: &Type) -> bool {
    match ty {
        Type::Scalar(scalar) => match scalar {
            Scalar::Uuid | Scalar::Secret(_) => false,
            Scalar::Text(_)
            | Scalar::Int(_)
            | Scalar::Float(_)
            | Scalar::Decimal { .. }
            | Scalar::Bool
            | Scalar::Date
            | Scalar::Time
            | Scalar::DateTime
            | Scalar::Email
            | Scalar::Url
            | Scalar::Slug { .. }
            | Scalar::Json => true,
        },
        Type::Enum(_) => true,
        Type::Reference(_) | Type::List(_) => false,
    }
}

/// The edits that make it unique for each owner.
fn per_owner(resolved: &Resolved<'_>, id: EntityId, field: FieldId, flag: Span) -> Vec<Edit> {
    let entity = &resolved.design.entities[id];
    let owner = entity
        .owner
        .map_or("owner", |owner| entity.fields[owner].name.as_str());
    let line = format!("unique {owner}, {}", entity.fields[field].name);
    let mut edits = places::at_end(resolved.sources, entity.origin, &line);
    if !edits.is_empty() {
        edits.push(places::without_word(resolved.sources, flag));
    }
    edits
}

fn unique_scope(span: Span, entity: &Entity, of: (FieldId, FieldId), per_owner: Vec<Edit>) -> Diagnostic {
    let (field, owner) = (&entity.fields[of.0], &entity.fields[of.1]);
    let (name, owner_name) = (&field.name, &owner.name);
    let rows = entity.plural.replace('_', " ");
    Diagnostic::new(
        &UNIQUE_SCOPE,
        span,
        format!("is `{name}` unique for each `{owner_name}`, or among all {rows}?"),
    )
    .label(owner.origin, format!("{rows} belong to somebody"))
    .note("among all of them is assumed")
    .option(
        format!("unique {owner_name}, {name}"),
        "two people may use the same value, and neither learns of the other",
        per_owner,
    )
    .option(
        "globally",
        "a value is taken for everyone, and a 409 tells so",
        Vec::new(),
    )
}
