//! Lowers entities to tables.

use std::collections::{BTreeMap, BTreeSet};

use super::order::{ends, leads};
use super::{Column, ForeignKey, IndexColumn, IndexReason, Table, TableCheck, TableIndex, Tables, UniqueKey};
use crate::access::{Access, CallerFacts, kinds_of_caller};
use crate::design::{Default, Design, Entity, EntityId, Field, FieldId, List, OnDelete, Sort, Storage, Type};
use crate::scalar::{Scalar, StorageClass};

/// PostgreSQL cuts a longer identifier silently.
const LONGEST_NAME: usize = 63;

/// Lowers every entity to its table.
pub fn lower(design: &Design, access: &Access) -> Tables {
    let cx = Lowering {
        design,
        access,
        kinds: kinds_of_caller(design),
        ends: BTreeSet::new(),
        lists: lists(design),
    };
    let ends = ends(design, cx.access, &cx.kinds, cx.lists.keys());
    let cx = Lowering { ends, ..cx };
    let tables: Vec<Table> = design.entities.ids().map(|entity| table(&cx, entity)).collect();
    Tables {
        names: tables
            .iter()
            .map(|table| table.name.to_ascii_lowercase())
            .collect(),
        tables,
    }
}

struct Lowering<'a> {
    design: &'a Design,
    access: &'a Access,
    /// The kinds of callers that there can be.
    kinds: Vec<CallerFacts>,
    /// The references by which rows are found that lead to the rows of a list.
    ends: BTreeSet<(EntityId, FieldId)>,
    /// The lists of each entity, and by which reference its rows are found where they lie below others.
    lists: BTreeMap<EntityId, Vec<(&'a List, Option<FieldId>)>>,
}

fn lists(design: &Design) -> BTreeMap<EntityId, Vec<(&List, Option<FieldId>)>> {
    let mut lists: BTreeMap<EntityId, Vec<(&List, Option<FieldId>)>> = BTreeMap::new();
    for resource in &design.resources {
        let parent = resource.parent().map(|parent| parent.field);
        let list = resource.list.as_ref().map(|list| (list, parent));
        lists.entry(resource.entity).or_default().extend(list);
    }
    lists
}

fn table(cx: &Lowering<'_>, id: EntityId) -> Table {
    let design = cx.design;
    let entity = &design.entities[id];
    let foreign_keys = foreign_keys(design, entity);
    let uniques = uniques(entity);
    Table {
        entity: id,
        name: entity.table.clone(),
        was: entity.was.as_ref().map(|was| was.stored.clone()),
        managed: entity.storage == Storage::Managed,
        present: entity.storage != Storage::ExternalId,
        columns: entity
            .fields
            .entries()
            .map(|(field, _)| column(design, entity, field))
            .collect(),
        key: entity.key,
        key_name: name(&entity.table, &[], "pkey"),
        indexes: indexes(cx, id, &foreign_keys, &uniques),
        foreign_keys,
        uniques,
        checks: checks(entity),
        doc: entity.doc.clone(),
        origin: entity.origin,
    }
}

fn column(design: &Design, entity: &Entity, id: FieldId) -> Column {
    let field = &entity.fields[id];
    let base = base_type(design, &field.ty);
    Column {
        field: id,
        name: field.column.clone(),
        was: field.was.as_ref().map(|was| was.stored.clone()),
        class: storage_class(base),
        variants: match base {
            Type::Enum(of) => Some(*of),
            Type::Scalar(_) | Type::Reference(_) | Type::List(_) => None,
        },
        is_list: matches!(base, Type::List(_)),
        nullable: field.optional,
        default: column_default(field),
        generated: field.generated,
        max_length: max_length(base),
        check_name: name(&entity.table, &[&field.column], "check"),
        doc: field.doc.clone(),
        origin: field.origin,
    }
}

/// A reference is stored as what it points at: the key's own type, through references if need be.
pub fn base_type<'a>(design: &'a Design, ty: &'a Type) -> &'a Type {
    let mut ty = ty;
    // A key that refers to an entity whose key refers back would never end; the checker refuses it.
    for _ in 0..=design.entities.len() {
        match ty {
            Type::Reference(target) => {
                let target = &design.entities[*target];
                ty = &target.fields[target.key].ty;
            }
            Type::Scalar(_) | Type::Enum(_) | Type::List(_) => return ty,
        }
    }
    ty
}

fn storage_class(ty: &Type) -> StorageClass {
    match ty {
        Type::Scalar(scalar) => scalar.storage(),
        Type::Enum(_) | Type::Reference(_) => StorageClass::Text,
        Type::List(_) => StorageClass::Json,
    }
}

/// A default that the database can know: not the caller's.
fn column_default(field: &Field) -> Option<Default> {
    field
        .default
        .clone()
        .filter(|default| !matches!(default, Default::Caller))
}

/// The most characters of what is kept as text, where there is such a bound.
pub fn max_length(ty: &Type) -> Option<u32> {
    match ty {
        Type::Scalar(scalar) => match scalar {
            Scalar::Text(text) => text.max,
            Scalar::Slug { max, .. } => Some(*max),
            Scalar::Secret(length) => Some(*length),
            Scalar::Email => Some(254),
            Scalar::Url => Some(2048),
            Scalar::Int(_)
            | Scalar::Float(_)
            | Scalar::Decimal { .. }
            | Scalar::Bool
            | Scalar::Uuid
            | Scalar::Date
            | Scalar::Time
            | Scalar::DateTime
            | Scalar::Json => None,
        },
        Type::Enum(_) | Type::Reference(_) | Type::List(_) => None,
    }
}

fn foreign_keys(design: &Design, entity: &Entity) -> Vec<ForeignKey> {
    entity
        .fields
        .entries()
        .filter_map(|(id, field)| {
            let target = field.ty.target()?;
            let storage = design.entities[target].storage;
            if storage == Storage::ExternalId {
                return None;
            }
            // What is said of rows that somebody else deletes has no effect here.
            let said = field.on_delete.filter(|_| storage == Storage::Managed);
            Some(ForeignKey {
                name: name(&entity.table, &[&field.column], "fkey"),
                field: id,
                target,
                on_delete: said.unwrap_or(OnDelete::Restrict),
            })
        })
        .collect()
}

fn uniques(entity: &Entity) -> Vec<UniqueKey> {
    let mut taken = BTreeSet::new();
    entity
        .uniques
        .iter()
        .map(|unique| UniqueKey {
            name: free_name(
                &mut taken,
                &name(&entity.table, &columns(entity, &unique.fields), "key"),
            ),
            fields: unique.fields.clone(),
            when: unique.when.clone(),
            origin: unique.origin,
        })
        .collect()
}

fn checks(entity: &Entity) -> Vec<TableCheck> {
    let numbered = entity.checks.iter().enumerate();
    numbered
        .map(|(index, check)| TableCheck {
            name: name(&entity.table, &[&(index + 1).to_string()], "check"),
            cond: check.cond.clone(),
            text: check.text.clone(),
            origin: check.origin,
        })
        .collect()
}

/// The author's indexes, then what foreign keys and the default orders of lists need and nothing serves yet.
fn indexes(cx: &Lowering<'_>, id: EntityId, keys: &[ForeignKey], uniques: &[UniqueKey]) -> Vec<TableIndex> {
    let design = cx.design;
    let entity = &design.entities[id];
    let mut wanted: Vec<(Vec<IndexColumn>, IndexReason)> = Vec::new();
    for index in &entity.indexes {
        wanted.push((ascending(&index.fields), IndexReason::Asked));
    }
    if let Some(lists) = cx.lists.get(&id) {
        let leads = leads(design, cx.access, &cx.kinds, id);
        for (list, parent) in lists {
            let leads = parent.map_or_else(|| leads.clone(), |parent| vec![Some(parent)]);
            let orders = leads.iter().map(|lead| list_order(entity, list, *lead));
            wanted.extend(orders.map(|order| (order, IndexReason::ListOrder)));
        }
    }
    for (_, field) in cx.ends.iter().filter(|(of, _)| *of == id) {
        wanted.push((ascending(&[*field]), IndexReason::WayIn));
    }
    for key in keys.iter().filter(|key| !entity.fields[key.field].unindexed) {
        wanted.push((ascending(&[key.field]), IndexReason::ForeignKey));
    }
    let mut taken = BTreeSet::new();
    let mut indexes: Vec<TableIndex> = Vec::new();
    for (at, (columns, reason)) in wanted.iter().enumerate() {
        let served = uniques.iter().any(|unique| serves(entity, unique, columns))
            || columns.iter().map(|column| column.field).eq([entity.key])
            || wanted.iter().enumerate().any(|(other, (longer, _))| {
                longer.starts_with(columns) && (longer.len() > columns.len() || other < at)
            });
        if !served {
            let fields: Vec<_> = columns.iter().map(|column| column.field).collect();
            let plain = name(&entity.table, &self::columns(entity, &fields), "idx");
            let name = free_name(&mut taken, &plain);
            indexes.push(TableIndex {
                name,
                columns: columns.clone(),
                reason: *reason,
            });
        }
    }
    indexes
}

/// Whether the index of a unique constraint gives this order: it begins so, or it ends earlier and leaves no
/// ties, because none of its columns can be null.
fn serves(entity: &Entity, unique: &UniqueKey, columns: &[IndexColumn]) -> bool {
    let tied = unique.fields.iter().any(|field| entity.fields[*field].optional);
    let begins = columns.len() <= unique.fields.len() || !tied;
    unique.when.is_none() && begins && agree(&unique.fields, columns)
}

fn agree(fields: &[FieldId], columns: &[IndexColumn]) -> bool {
    columns
        .iter()
        .zip(fields)
        .all(|(column, field)| column.field == *field && !column.descending)
}

/// What leads to the caller's rows first, then the default order, then the key: read forwards or backwards, a
/// page is one range.
fn list_order(entity: &Entity, list: &List, lead: Option<FieldId>) -> Vec<IndexColumn> {
    let mut columns: Vec<FieldId> = lead.into_iter().collect();
    columns.extend(
        list.sort
            .first()
            .map(|Sort { field, .. }| *field)
            .filter(|f| !columns.contains(f)),
    );
    if !columns.contains(&entity.key) {
        columns.push(entity.key);
    }
    ascending(&columns)
}

fn ascending(fields: &[FieldId]) -> Vec<IndexColumn> {
    fields
        .iter()
        .map(|field| IndexColumn {
            field: *field,
            descending: false,
        })
        .collect()
}

fn columns<'a>(entity: &'a Entity, fields: &[FieldId]) -> Vec<&'a str> {
    fields
        .iter()
        .map(|field| entity.fields[*field].column.as_str())
        .collect()
}

/// The name of what belongs to a table: `tasks_owner_id_idx`, cut to what every database takes, with a checksum where it
/// was cut.
pub fn name(table: &str, parts: &[&str], suffix: &str) -> String {
    let long = [&[table], parts, &[suffix]].concat().join("_");
    if long.len() <= LONGEST_NAME {
        return long;
    }
    let sum = long.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mut cut = LONGEST_NAME - 10 - suffix.len();
    while !long.is_char_boundary(cut) {
        cut -= 1;
    }
    format!(
        "{}_{:08x}_{suffix}",
        long.get(..cut).unwrap_or(table),
        sum & 0xffff_ffff
    )
}

fn free_name(taken: &mut BTreeSet<String>, wanted: &str) -> String {
    let numbered = (2..).map(|number| format!("{wanted}_{number}"));
    let name = std::iter::once(wanted.to_owned())
        .chain(numbered)
        .find(|name| !taken.contains(name));
    let name = name.unwrap_or_else(|| unreachable!("the numbers do not end"));
    taken.insert(name.clone());
    name
}

/// Tables that others point at come first; among those that could be next, and on a circle, the first of the design.
pub(super) fn in_order_of_creation(tables: &[Table]) -> Vec<&Table> {
    let managed: BTreeMap<EntityId, &Table> = tables
        .iter()
        .filter(|table| table.managed)
        .map(|table| (table.entity, table))
        .collect();
    let mut needs: BTreeMap<EntityId, BTreeSet<EntityId>> = BTreeMap::new();
    let mut needed_by: BTreeMap<EntityId, Vec<EntityId>> = BTreeMap::new();
    for (entity, table) in &managed {
        let targets = table.foreign_keys.iter().map(|key| key.target);
        let others = targets.filter(|target| target != entity && managed.contains_key(target));
        let others: BTreeSet<EntityId> = others.collect();
        for other in &others {
            needed_by.entry(*other).or_default().push(*entity);
        }
        needs.insert(*entity, others);
    }
    let mut ready: BTreeSet<EntityId> = BTreeSet::new();
    ready.extend(
        needs
            .iter()
            .filter(|(_, needs)| needs.is_empty())
            .map(|(entity, _)| *entity),
    );
    let mut order = Vec::new();
    while let Some(next) = ready.pop_first().or_else(|| needs.keys().next().copied()) {
        needs.remove(&next);
        order.extend(managed.get(&next).copied());
        for waiting in needed_by.get(&next).into_iter().flatten() {
            if let Some(others) = needs.get_mut(waiting) {
                others.remove(&next);
                if others.is_empty() {
                    ready.insert(*waiting);
                }
            }
        }
    }
    order
}
