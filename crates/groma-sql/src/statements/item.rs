//! One row by its key, rows to embed, and whether what a body refers to is there.

use groma_ir::access::CallerFacts;
use groma_ir::design::{EntityId, FieldId, Storage};

use super::below::Below;
use super::change::Change;
use super::{and_pred, readable};
use crate::columns::Columns;
use crate::pred::Scope;
use crate::write::{Context, Slot, Template, Writer};

/// The row with this key, if the caller may read it.
pub(crate) fn get(
    cx: Context<'_>,
    (entity, key): (EntityId, FieldId),
    columns: &Columns,
    below: Below<'_>,
) -> Template {
    let mut writer = Writer::new(cx);
    writer.push("SELECT ");
    columns.push(&mut writer, entity, "");
    from_key(&mut writer, (entity, key), below);
    and_pred(
        &mut writer,
        &below.readable(&cx, entity),
        Scope::row(entity, &table_name(&cx, entity)),
    );
    writer.finish()
}

/// A table's own name stands for its row where a subquery could hide it.
pub(crate) fn table_name(cx: &Context<'_>, entity: EntityId) -> String {
    cx.table(entity)
}

/// Writes `FROM tasks WHERE id = :id`.
pub(crate) fn from_key(writer: &mut Writer<'_>, (entity, key): (EntityId, FieldId), below: Below<'_>) {
    writer.clause("FROM");
    let table = writer.table(entity);
    writer.push(&table);
    writer.clause("WHERE");
    let is_it = is_it(writer, (entity, key), below);
    writer.all(&is_it);
}

/// `id = :id`, and below which rows.
pub(crate) fn is_it(
    writer: &mut Writer<'_>,
    (entity, key): (EntityId, FieldId),
    below: Below<'_>,
) -> Vec<String> {
    let table = table_name(&writer.cx, entity);
    let column = writer.column(entity, &table, key);
    let key = writer.parameter(Slot::Key);
    let mut all = vec![format!("{column} = {key}")];
    all.extend(below.conditions(writer, entity, &table));
    all
}

/// The rows with these keys that the caller may read: one statement for all rows of a page.
pub(crate) fn embed(cx: Context<'_>, entity: EntityId, columns: &Columns, facts: &CallerFacts) -> Template {
    let mut writer = Writer::new(cx);
    let name = table_name(&cx, entity);
    writer.push("SELECT ");
    columns.push(&mut writer, entity, "");
    writer.clause("FROM");
    writer.push(&name);
    writer.clause("WHERE");
    let key = writer.column(entity, &name, cx.model.tables.of(entity).key);
    let keys = writer.parameter(Slot::Keys(entity));
    writer.push(&cx.dialect.is_one_of(&key, &keys));
    and_pred(
        &mut writer,
        &readable(&cx, entity, facts),
        Scope::row(entity, &name),
    );
    writer.finish()
}

/// For each reference that a change is given, whether it leads to a row that the caller may read, and that stands in
/// the same tenant.
pub(crate) fn references(
    cx: Context<'_>,
    references: &[(Slot, EntityId)],
    change: &Change,
    facts: &CallerFacts,
) -> Template {
    let mut writer = Writer::new(cx);
    writer.push("SELECT ");
    for (index, (slot, target)) in references.iter().enumerate() {
        if index > 0 {
            writer.push(", ");
        }
        let alias = writer.alias();
        let table = table_name(&cx, *target);
        let key = writer.column(*target, &alias, cx.model.tables.of(*target).key);
        writer.push(&format!(
            "EXISTS (SELECT 1 FROM {table} AS {alias} WHERE {key} = "
        ));
        writer.push_parameter(slot.clone());
        let readable = readable(&cx, *target, facts);
        if is_ruled(&cx, *target) && !readable.is_always() {
            writer.push(" AND ");
            writer.pred(&readable, Scope::row(*target, &alias));
        }
        same_tenant(&mut writer, (*target, &alias), change, facts);
        writer.push(")");
    }
    writer.finish()
}

/// Writes that a row that is referred to stands in the tenant of the row that refers to it. Where that row is not
/// there for the caller, nothing is said: it is the row that is missing then.
fn same_tenant(
    writer: &mut Writer<'_>,
    (target, alias): (EntityId, &str),
    change: &Change,
    facts: &CallerFacts,
) {
    let design = &writer.cx.model.design;
    let (Some(own), Some(other)) = (design.fence(change.entity), design.fence(target)) else {
        return;
    };
    if own.tenant != other.tenant {
        return;
    }
    let there = writer.column(target, alias, other.field);
    writer.push(&format!(" AND {there} = "));
    if let Some(source) = change.after.get(own.field) {
        let is_there = change.below(facts).is_there(writer);
        // Where what the row is to lie below is not there, that is what is missing.
        if !is_there.is_empty() {
            writer.push("coalesce((SELECT ");
        }
        writer.source(own.field, source, Scope::after(change.entity, "", &change.after));
        if !is_there.is_empty() {
            writer.push(&format!(" WHERE {}), {there})", is_there.join(" AND ")));
        }
        return;
    }
    let table = table_name(&writer.cx, change.entity);
    let here = writer.column(change.entity, &table, own.field);
    writer.push(&format!("coalesce((SELECT {here} FROM {table} WHERE "));
    let below = change.below(facts);
    let mut all = is_it(writer, (change.entity, change.key), below);
    let readable = below.readable(&writer.cx, change.entity);
    if !readable.is_always() {
        let scope = Scope::row(change.entity, &table);
        all.push(writer.fragment(|writer| writer.pred(&readable, scope)));
    }
    writer.push(&all.join(" AND "));
    writer.push(&format!("), {there})"));
}

/// Whether rules say who may read the rows. Somebody else's table without rules of its own, such as that of the
/// users, is only asked whether the row is there.
pub(super) fn is_ruled(cx: &Context<'_>, entity: EntityId) -> bool {
    let entity = &cx.model.design.entities[entity];
    entity.storage == Storage::Managed || entity.access_origin.is_some()
}
