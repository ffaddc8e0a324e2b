//! W109.

use std::collections::BTreeSet;

use groma_diag::{Diagnostic, Edit, Span};
use groma_ir::design::{Entity, EntityId, FieldId, List, Storage, Type};
use groma_ir::scalar::Scalar;
use groma_ir::tables::Table;

use super::page::rule;
use super::reach::{Ordinary, is_tied, rules_are_whole};
use super::views::Lowered;
use super::{hidden_filter, places};
use crate::resolve::Resolved;

rule! {
    /// What a list over many people's rows is filtered or sorted by has an index that begins with it.
    ///
    /// ## Why
    /// Without one every request reads the whole table. Where the rules tie each row to the caller, the few rows of one
    /// person are found by that and nothing is said; neither is it of enums and `bool`, whose few values an index hardly
    /// tells apart, nor of what has an index by itself: references to other tables, and the default order.
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
    ///   published: date
    /// }
    /// access Note {
    ///   allow read to authenticated
    /// }
    /// resource /notes for Note {
    ///   list { filter published; page 20 max 100 }
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
    ///   published: date
    ///   index published
    /// }
    /// access Note {
    ///   allow read to authenticated
    /// }
    /// resource /notes for Note {
    ///   list { filter published; page 20 max 100 }
    /// }
    Warning NO_INDEX "W109" "no-index"
}

pub(crate) fn check(resolved: &Resolved<'_>, lowered: &Lowered) -> Vec<Diagnostic> {
    let design = &resolved.design;
    let ordinary = Ordinary::of(design);
    let Lowered { access, tables } = lowered;
    let mut found = Vec::new();
    let mut said: BTreeSet<(EntityId, FieldId)> = BTreeSet::new();
    for (id, resource, ast) in places::resources(resolved) {
        let Some(list) = &resource.list else { continue };
        let entity = &design.entities[resource.entity];
        let is_ours = entity.storage == Storage::Managed && resolved.is_sound(entity.origin);
        // What lies below a row is found by that.
        let is_below = resource.parent().is_some();
        if !is_ours || is_below || !ast.has_body() || !rules_are_whole(resolved, resource.entity) {
            continue;
        }
        let read = ordinary.least(&access.of(resource.entity).read);
        if read.is_none_or(|read| is_tied(&read)) {
            continue;
        }
        let served = served(tables.of(resource.entity));
        for (how, field) in uses(list, entity) {
            if !served.contains(&field) && said.insert((resource.entity, field)) {
                let place = hidden_filter::place(resolved, id, how, &entity.fields[field].name)
                    .unwrap_or(list.origin);
                let line = format!("index {}", entity.fields[field].name);
                let edit = places::at_end(resolved.sources, entity.origin, &line);
                found.push(no_index(place, how, entity, field, edit));
            }
        }
    }
    found
}

/// The fields that a list is filtered or sorted by, as far as an index helps.
fn uses(list: &List, entity: &Entity) -> Vec<(&'static str, FieldId)> {
    let filters = list.filters.iter().map(|filter| ("filter", filter.field));
    let sorts = list.sort.iter().map(|sort| ("sort", sort.field));
    let all = filters.chain(sorts);
    all.filter(|(_, field)| is_told_apart(&entity.fields[*field].ty))
        .collect()
}

fn is_told_apart(ty: &Type) -> bool {
    match ty {
        Type::Scalar(scalar) => !matches!(scalar, Scalar::Bool | Scalar::Json),
        Type::Reference(_) => true,
        Type::Enum(_) | Type::List(_) => false,
    }
}

/// The fields that some index begins with, whether it was asked for or is there by itself.
fn served(table: &Table) -> BTreeSet<FieldId> {
    let indexes = table
        .indexes
        .iter()
        .filter_map(|index| index.columns.first().map(|column| column.field));
    let whole = table.uniques.iter().filter(|unique| unique.when.is_none());
    let uniques = whole.filter_map(|unique| unique.fields.first().copied());
    indexes.chain(uniques).chain([table.key]).collect()
}

fn no_index(span: Span, how: &str, entity: &Entity, field: FieldId, edit: Vec<Edit>) -> Diagnostic {
    let name = &entity.fields[field].name;
    let rows = entity.plural.replace('_', " ");
    let message = match how {
        "filter" => format!("no index begins with `{name}`, so this filter reads all {rows}"),
        _ => format!("no index begins with `{name}`, so this order reads all {rows}"),
    };
    let found =
        Diagnostic::new(&NO_INDEX, span, message).help(format!("add `index {name}` to `{}`", entity.name));
    if edit.is_empty() {
        found
    } else {
        found.suggestion(format!("add `index {name}`"), edit)
    }
}
