//! W109.

use std::collections::BTreeSet;

use groma_diag::{Diagnostic, Edit, Span};
use groma_ir::access::{Access, Atom, Pred};
use groma_ir::design::{Entity, EntityId, FieldId, List, ResourceId, Storage, Type};
use groma_ir::scalar::Scalar;

use super::page::rule;
use super::reach::{Ordinary, is_tied, rules_are_whole};
use super::{hidden_filter, places};
use crate::resolve::Resolved;

rule! {
    /// What a list over many people's rows is filtered or sorted by has an index that begins with it.
    ///
    /// ## Why
    /// Without one every request reads the whole table. Where the rules tie each row to the caller, the few rows of one
    /// person are found by that and nothing is said; neither is it of enums and `bool`, whose few values an index hardly
    /// tells apart, nor of references, which have an index unless nothing is known of their target but its key.
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

pub(crate) fn check(resolved: &Resolved<'_>, access: &Access) -> Vec<Diagnostic> {
    let design = &resolved.design;
    let ordinary = Ordinary::of(design);
    let mut found = Vec::new();
    let mut said: BTreeSet<(EntityId, FieldId)> = BTreeSet::new();
    for (id, resource, ast) in places::whole_resources(resolved) {
        let Some(list) = &resource.list else { continue };
        let entity = &design.entities[resource.entity];
        let is_ours = entity.storage == Storage::Managed && resolved.is_sound(entity.origin);
        if !is_ours || !ast.has_body() || !rules_are_whole(resolved, resource.entity) {
            continue;
        }
        let read = ordinary.least(&access.of(resource.entity).read);
        let uses = match &read {
            Some(read) if is_tied(read) => ties(read).into_iter().map(|field| ("rules", field)).collect(),
            Some(_) => uses(list, entity),
            None => Vec::new(),
        };
        if uses.is_empty() {
            continue;
        }
        let served = served(resolved, resource.entity, list);
        for (how, field) in uses {
            if !served.contains(&field) && said.insert((resource.entity, field)) {
                let place = place(resolved, id, how, field).unwrap_or(list.origin);
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

/// The references of the row itself by which a rule finds the caller's rows.
fn ties(pred: &Pred) -> Vec<FieldId> {
    match pred {
        Pred::All(parts) => {
            let first = parts.iter().find(|part| is_tied(part));
            first.map_or_else(Vec::new, ties)
        }
        Pred::Any(parts) => parts.iter().flat_map(ties).collect(),
        Pred::Atom(Atom::IsCaller { path, .. } | Atom::Exists { path, .. }) => {
            path.steps.first().copied().into_iter().collect()
        }
        Pred::Not(_) | Pred::Atom(_) => Vec::new(),
    }
}

/// The fields that some index begins with, whoever asked for it.
fn served(resolved: &Resolved<'_>, id: EntityId, list: &List) -> BTreeSet<FieldId> {
    let design = &resolved.design;
    let entity = &design.entities[id];
    let asked = entity
        .indexes
        .iter()
        .filter_map(|index| index.fields.first().copied());
    let whole = entity.uniques.iter().filter(|unique| unique.when.is_none());
    let unique = whole.filter_map(|unique| unique.fields.first().copied());
    // Every reference to a table has an index, and so has the order of each list, behind the owner.
    let keys = entity.fields.entries().filter(|(_, field)| {
        field
            .ty
            .target()
            .is_some_and(|target| design.entities[target].storage != Storage::ExternalId)
    });
    let order = entity.owner.or(list.sort.first().map(|sort| sort.field));
    let keys = keys.map(|(field, _)| field);
    asked
        .chain(unique)
        .chain(keys)
        .chain(order)
        .chain([entity.key])
        .collect()
}

fn place(resolved: &Resolved<'_>, id: ResourceId, how: &str, field: FieldId) -> Option<Span> {
    let entity = resolved.design.resources[id].entity;
    let declared = &resolved.design.entities[entity].fields[field];
    if how == "rules" {
        return Some(declared.origin);
    }
    hidden_filter::place(resolved, id, how, &declared.name)
}

fn no_index(span: Span, how: &str, entity: &Entity, field: FieldId, edit: Vec<Edit>) -> Diagnostic {
    let name = &entity.fields[field].name;
    let rows = entity.plural.replace('_', " ");
    let message = match how {
        "filter" => format!("no index begins with `{name}`, so this filter reads all {rows}"),
        "sort" => format!("no index begins with `{name}`, so this order reads all {rows}"),
        _ => format!("no index begins with `{name}`, by which the rules find a caller's {rows}"),
    };
    let found =
        Diagnostic::new(&NO_INDEX, span, message).help(format!("add `index {name}` to `{}`", entity.name));
    if edit.is_empty() {
        found
    } else {
        found.suggestion(format!("add `index {name}`"), edit)
    }
}
