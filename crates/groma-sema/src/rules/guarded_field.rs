//! E330.

use std::collections::BTreeSet;

use groma_diag::{Diagnostic, Span};
use groma_ir::design::{Aggregate, Entity, FieldId, Resource, Verb};

use super::page::rule;
use crate::resolve::Resolved;

rule! {
    /// A field that only some may read is not asked for in other ways.
    ///
    /// ## Why
    /// `deny read(salary)` makes the salary null for whom it names. A filter, an order or a sum over it would tell it to
    /// them all the same, and what stands in the path of a row is known to whoever has the path.
    ///
    /// ## Bad
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "staff"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    ///   roles hr from claim role
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    /// entity Person {
    ///   id: uuid key
    ///   salary: int(0..1000000)
    ///   index salary
    /// }
    /// access Person {
    ///   allow read to authenticated
    ///   deny read(salary) to everyone except hr
    /// }
    /// resource /people for Person {
    ///   list { filter salary; page 20 max 50 }
    /// }
    ///
    /// ## Good
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "staff"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    ///   roles hr from claim role
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    /// entity Person {
    ///   id: uuid key
    ///   salary: int(0..1000000)
    /// }
    /// access Person {
    ///   allow read to authenticated
    ///   deny read(salary) to everyone except hr
    /// }
    /// resource /people for Person {
    ///   list { page 20 max 50 }
    /// }
    Error GUARDED_FIELD "E330" "guarded-field"
}

pub(crate) fn check(resolved: &Resolved<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (id, entity) in resolved.design.entities.entries() {
        let guarded = guarded(entity);
        if guarded.is_empty() {
            continue;
        }
        let resources = resolved.design.resources.iter();
        let of_entity = resources.filter(|resource| resource.entity == id);
        for (span, how, field) in of_entity.flat_map(uses) {
            if let Some(rule) = guarded.iter().find(|(guarded, _)| *guarded == field) {
                found.push(told(span, how, &entity.fields[field].name, rule.1));
            }
        }
        for (field, rule) in guarded {
            if field == entity.key {
                found.push(told(
                    entity.fields[field].origin,
                    "named",
                    &entity.fields[field].name,
                    rule,
                ));
            }
        }
    }
    found
}

/// The fields that reading rules single out, each with the first of them.
pub(super) fn guarded(entity: &Entity) -> Vec<(FieldId, Span)> {
    let mut seen = BTreeSet::new();
    let mut guarded = Vec::new();
    for rule in &entity.rules {
        let uses = rule.verbs.iter().filter(|used| used.verb == Verb::Read);
        for field in uses.flat_map(|used| &used.fields) {
            if seen.insert(*field) {
                guarded.push((*field, rule.origin));
            }
        }
    }
    guarded
}

/// Where the routes of a resource ask for fields, and how.
fn uses(resource: &Resource) -> Vec<(Span, &'static str, FieldId)> {
    let mut uses = vec![(resource.origin, "named", resource.by)];
    if let Some(list) = &resource.list {
        let filters = list.filters.iter();
        uses.extend(filters.map(|filter| (filter.origin, "filtered", filter.field)));
        for named in &list.named {
            let conds = named.options.iter().filter_map(|option| option.when.as_ref());
            let fields = conds.flat_map(groma_ir::design::Cond::fields);
            uses.extend(fields.map(|field| (named.origin, "filtered", field)));
        }
        uses.extend(list.search.iter().map(|field| (list.origin, "searched", *field)));
        uses.extend(list.sort.iter().map(|sort| (list.origin, "sorted", sort.field)));
    }
    for measure in resource.reports.iter().flat_map(|report| &report.measures) {
        let of = match measure.aggregate {
            Aggregate::Count => None,
            Aggregate::Sum(field) | Aggregate::Avg(field) | Aggregate::Min(field) | Aggregate::Max(field) => {
                Some(field)
            }
        };
        let asked = measure.when.iter().flat_map(groma_ir::design::Cond::fields);
        let all = of.into_iter().chain(measure.per).chain(asked);
        uses.extend(all.map(|field| (measure.origin, "counted", field)));
    }
    uses
}

fn told(span: Span, how: &str, field: &str, rule: Span) -> Diagnostic {
    Diagnostic::new(
        &GUARDED_FIELD,
        span,
        format!("rows are {how} by `{field}`, which only some may read"),
    )
    .label(rule, "by this rule")
    .note("whoever asks often enough learns the value")
    .help(format!(
        "leave `{field}` out here, or let everybody read it who reads the row"
    ))
}
