//! W428.

use std::collections::{BTreeMap, BTreeSet};

use groma_diag::{Diagnostic, Span};
use groma_ir::design::{Compare, Cond, Entity, FieldId, Resource, Row, Storage, Term, Type, Value};
use groma_ir::scalar::Scalar;

use super::page::rule;
use super::routes::{self, Part, Spot};
use crate::resolve::{Resolved, breaks};

rule! {
    /// Every row has a path that no other route takes.
    ///
    /// ## Why
    /// Where clients choose what a row is found by, one of them chooses the name of the report beside it. The row is made,
    /// its `Location` answers the report, and nobody ever sees it again. A `check` keeps such rows out.
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
    /// entity Tag {
    ///   name: slug(1..40) key
    /// }
    /// access Tag {
    ///   allow create, read to authenticated
    /// }
    /// resource /tags for Tag {
    ///   create
    ///   read
    ///   report stats { total: count }
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
    /// entity Tag {
    ///   name: slug(1..40) key
    ///   check name != "stats"
    /// }
    /// access Tag {
    ///   allow create, read to authenticated
    /// }
    /// resource /tags for Tag {
    ///   create
    ///   read
    ///   report stats { total: count }
    /// }
    Warning HIDDEN_ROW "W428" "hidden-row"
}

pub(crate) fn check(resolved: &Resolved<'_>) -> Vec<Diagnostic> {
    let design = &resolved.design;
    let items: Vec<&Resource> = design
        .resources
        .iter()
        .filter(|resource| has_items(resource) && is_chosen(resolved, resource))
        .collect();
    // Routes are many, and such resources few.
    if items.is_empty() {
        return Vec::new();
    }
    let spots = routes::all(design);
    let mut beside: BTreeMap<String, Vec<(&str, &Spot)>> = BTreeMap::new();
    for spot in &spots {
        if let Some((Part::Literal(last), before)) = spot.parts.split_last() {
            beside
                .entry(routes::shape(before))
                .or_default()
                .push((last, spot));
        }
    }
    let mut found = Vec::new();
    for resource in items {
        let entity = &design.entities[resource.entity];
        let by = &entity.fields[resource.by];
        let collection = routes::shape(&routes::collection(design, resource));
        let mut said = BTreeSet::new();
        for (name, spot) in beside.get(&collection).into_iter().flatten() {
            let is_value = breaks(&by.ty, &Value::Text((*name).to_owned())).is_none();
            if is_value && said.insert(*name) && !is_refused(entity, resource.by, name) {
                found.push(hidden(spot, entity, (&by.name, by.origin), name));
            }
        }
    }
    found
}

/// Whether single rows have routes.
fn has_items(resource: &Resource) -> bool {
    resource.read.is_some()
        || resource.update.is_some()
        || resource.replace.is_some()
        || resource.delete.is_some()
        || !resource.actions.is_empty()
}

/// Whether somebody chooses what a row is found by, as text of their own.
fn is_chosen(resolved: &Resolved<'_>, resource: &Resource) -> bool {
    let entity = &resolved.design.entities[resource.entity];
    let is_text = match &entity.fields[resource.by].ty {
        Type::Scalar(scalar) => matches!(scalar, Scalar::Text(_) | Scalar::Slug { .. }),
        Type::Enum(_) | Type::Reference(_) | Type::List(_) => false,
    };
    let accepts = |other: &Resource| {
        let create = other.create.iter().map(|it| &it.accept);
        let writes = [&other.update, &other.replace].into_iter().flatten();
        let mut all = create.chain(writes.map(|it| &it.accept));
        other.entity == resource.entity && all.any(|accept| accept.contains(&resource.by))
    };
    let is_foreign = entity.storage != Storage::Managed;
    is_text && (is_foreign || resolved.design.resources.iter().any(accepts))
}

/// Whether a `check` keeps the value out.
fn is_refused(entity: &Entity, field: FieldId, value: &str) -> bool {
    entity
        .checks
        .iter()
        .any(|check| excludes(&check.cond, field, value))
}

fn excludes(cond: &Cond, field: FieldId, value: &str) -> bool {
    let is_field = |term: &Term| matches!(term, Term::Field { row: Row::This, field: of } if *of == field);
    let is_value = |term: &Term| matches!(term, Term::Value(Value::Text(text)) if text == value);
    match cond {
        Cond::And(parts) => parts.iter().any(|part| excludes(part, field, value)),
        Cond::Compare {
            op: Compare::Ne,
            left,
            right,
        } => is_field(left) && is_value(right) || is_field(right) && is_value(left),
        Cond::Not(part) => match part.as_ref() {
            Cond::In { term, set } => is_field(term) && set.iter().any(is_value),
            Cond::Compare {
                op: Compare::Eq,
                left,
                right,
            } => is_field(left) && is_value(right) || is_field(right) && is_value(left),
            Cond::And(_)
            | Cond::Or(_)
            | Cond::Not(_)
            | Cond::Compare { .. }
            | Cond::Is(_)
            | Cond::At { .. } => false,
        },
        Cond::Or(_) | Cond::Compare { .. } | Cond::In { .. } | Cond::Is(_) | Cond::At { .. } => false,
    }
}

fn hidden(spot: &Spot, entity: &Entity, (by, declared): (&str, Span), value: &str) -> Diagnostic {
    let name = &entity.name;
    let message = format!(
        "the `{name}` whose `{by}` is `{value}` cannot be reached: `{} {}` is {}",
        spot.method,
        spot.path(),
        spot.what
    );
    let found = Diagnostic::new(&HIDDEN_ROW, spot.origin, message)
        .label(declared, format!("`{value}` is a value of it"));
    if entity.storage == Storage::Managed {
        found.help(format!(
            "keep such a row out, `check {by} != \"{value}\"` in `{name}`, or choose another name or path"
        ))
    } else {
        found.help("choose another name or path")
    }
}
