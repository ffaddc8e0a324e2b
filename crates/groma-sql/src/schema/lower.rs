//! The tables of a design, in the words of a database.

use groma_ir::Model;
use groma_ir::access::Pred;
use groma_ir::design::{Default as FieldDefault, FieldId, Generated, OnDelete};
use groma_ir::scalar::StorageClass;
use groma_ir::tables;
use groma_plan::{Value, literal_of_field};

use super::security;
use super::{Action, Check, Column, ForeignKey, Index, IndexColumn, PrimaryKey, Schema, Table, Unique};
use crate::ddl::constraints;
use crate::dialect::Spelling;
use crate::pred::Scope;
use crate::write::{Context, Style, Writer};
use crate::{Dialect, Presence, replies};

/// The tables of a design that are ours, each after those that it points at; and that of answers which are kept.
pub fn of_model(model: &Model, dialect: Dialect) -> Schema {
    let cx = Context {
        model,
        dialect: dialect.into(),
        presence: &Presence::none(),
        style: Style::Machine,
    };
    let ours = model.tables.in_order_of_creation().into_iter();
    Schema {
        dialect,
        tables: ours
            .map(|ours| table(&cx, ours))
            .chain(replies::table(model, dialect))
            .collect(),
        role: security::role(model, dialect),
    }
}

/// One table, whoever it belongs to.
pub(crate) fn table(cx: &Context<'_>, table: &tables::Table) -> Table {
    let (partial, whole): (Vec<_>, Vec<_>) = table.uniques.iter().partition(|unique| unique.when.is_some());
    let uniques = whole.into_iter().map(|unique| Unique {
        name: unique.name.clone(),
        columns: names(table, unique.fields.iter().copied()),
    });
    let partial = partial
        .into_iter()
        .map(|unique| partial_unique(cx, table, unique));
    let fence = security::of_table(cx, table);
    Table {
        name: table.name.clone(),
        columns: table.columns.iter().map(|of| column(cx, table, of)).collect(),
        primary_key: Some(PrimaryKey {
            name: table.key_name.clone(),
            columns: names(table, [table.key]),
        }),
        uniques: uniques.collect(),
        foreign_keys: table
            .foreign_keys
            .iter()
            .filter_map(|key| foreign_key(cx.model, table, key))
            .collect(),
        checks: checks(cx, table),
        indexes: partial
            .chain(table.indexes.iter().map(|of| index(table, of)))
            .collect(),
        row_security: fence.is_some(),
        functions: fence.iter().flat_map(|fence| fence.functions.clone()).collect(),
        policies: fence.map_or_else(Vec::new, |fence| fence.policies),
        comment: comment(cx, table.doc.as_deref()),
    }
}

/// What a database keeps about a thing: the first sentence of its description, where it keeps such a thing.
fn comment(cx: &Context<'_>, doc: Option<&str>) -> Option<String> {
    let words: Vec<&str> = doc?.split_whitespace().collect();
    let is_last = |at: &usize| {
        let ends = words.get(*at).is_some_and(|word| word.ends_with(['.', '!', '?']));
        // `e.g.` ends none.
        let begins = words
            .get(at + 1)
            .is_none_or(|word| word.starts_with(|first: char| !first.is_lowercase()));
        ends && begins
    };
    let end = (0..words.len()).find(is_last).map_or(words.len(), |at| at + 1);
    let sentence = words.get(..end).unwrap_or_default().join(" ");
    (cx.dialect == Spelling::Postgres && !sentence.is_empty()).then_some(sentence)
}

fn column(cx: &Context<'_>, table: &tables::Table, column: &tables::Column) -> Column {
    let literal = |literal| {
        let value = literal_of_field(cx.model, table.entity, column.field, literal);
        cx.dialect.literal(&value)
    };
    let default = match &column.default {
        Some(FieldDefault::Value(value)) => Some(literal(value)),
        Some(FieldDefault::Now { .. } | FieldDefault::Caller) | None => None,
    };
    let fill = match &column.default {
        Some(FieldDefault::Now { offset }) => Some(cx.dialect.now(*offset)),
        Some(FieldDefault::Value(_) | FieldDefault::Caller) | None => default.clone(),
    };
    Column {
        name: column.name.clone(),
        ty: cx.dialect.column_type(column.class),
        collation: cx.dialect.collation(column.class).map(String::from),
        not_null: !column.nullable,
        default,
        identity: column.field == table.key && column.generated == Some(Generated::Identity),
        fill,
        class: cx.dialect.class_name(column.class, column.is_list),
        labels: Vec::new(),
        comment: comment(cx, column.doc.as_deref()),
    }
}

/// What the types of columns say and their storage does not, and the author's own checks.
fn checks(cx: &Context<'_>, table: &tables::Table) -> Vec<Check> {
    let of_types = table.columns.iter().filter_map(|column| {
        let conditions = conditions(cx, column);
        Some(Check {
            name: column.check_name.clone(),
            expression: (!conditions.is_empty()).then(|| conditions.join(" AND "))?,
            validated: true,
        })
    });
    let declared = constraints(table).map(|(check, pred)| Check {
        name: check.name.clone(),
        expression: pred_text(cx, table, &pred),
        validated: true,
    });
    of_types.chain(declared).collect()
}

fn conditions(cx: &Context<'_>, column: &tables::Column) -> Vec<String> {
    let name = cx.dialect.name(&column.name);
    let mut conditions = Vec::new();
    if let Some(of) = column.variants {
        let variants = cx.model.design.enums[of].variants.iter();
        let names: Vec<String> = variants
            .map(|variant| cx.dialect.literal(&Value::Text(variant.name.clone())))
            .collect();
        conditions.push(format!("{name} IN ({})", names.join(", ")));
    }
    if let Some(max) = column.max_length {
        conditions.push(format!("length({name}) <= {max}"));
    }
    if cx.dialect == Spelling::Sqlite {
        match column.class {
            StorageClass::Bool => conditions.push(format!("{name} IN (FALSE, TRUE)")),
            // Of nothing, releases before 3.45 say that it is not valid.
            StorageClass::Json if column.nullable => {
                conditions.push(format!("{name} IS NULL OR json_valid({name})"));
            }
            StorageClass::Json => conditions.push(format!("json_valid({name})")),
            _ => {}
        }
    }
    conditions
}

fn foreign_key(model: &Model, table: &tables::Table, key: &tables::ForeignKey) -> Option<ForeignKey> {
    // Somebody else's rows come and go as they please: their table promises nothing that a key could hold on to.
    let target = model.tables.of(key.target);
    if !target.managed {
        return None;
    }
    Some(ForeignKey {
        name: key.name.clone(),
        columns: names(table, [key.field]),
        table: target.name.clone(),
        to: names(target, [target.key]),
        on_delete: match key.on_delete {
            OnDelete::Cascade => Action::Cascade,
            // Looked at when the statement ends. `RESTRICT` would hold against rows that are about to go as well, or
            // not, depending on which of the keys a database comes to first.
            OnDelete::Restrict => Action::NoAction,
            OnDelete::SetNull => Action::SetNull,
        },
        validated: true,
    })
}

fn partial_unique(cx: &Context<'_>, table: &tables::Table, unique: &tables::UniqueKey) -> Index {
    let when = unique.when.as_ref();
    let when = when.map(|when| pred_text(cx, table, &Pred::from_cond(when)));
    let columns = names(table, unique.fields.iter().copied()).into_iter();
    Index {
        name: unique.name.clone(),
        columns: columns
            .map(|name| IndexColumn {
                name,
                descending: false,
            })
            .collect(),
        unique: true,
        predicate: when,
        valid: true,
    }
}

fn index(table: &tables::Table, index: &tables::TableIndex) -> Index {
    let columns = index.columns.iter().map(|column| IndexColumn {
        name: table.column(column.field).name.clone(),
        descending: column.descending,
    });
    Index {
        name: index.name.clone(),
        columns: columns.collect(),
        unique: false,
        predicate: None,
        valid: true,
    }
}

fn names(table: &tables::Table, fields: impl IntoIterator<Item = FieldId>) -> Vec<String> {
    let fields = fields.into_iter();
    fields.map(|field| table.column(field).name.clone()).collect()
}

fn pred_text(cx: &Context<'_>, table: &tables::Table, pred: &Pred) -> String {
    let mut writer = Writer::new(*cx);
    writer.pred(pred, Scope::row(table.entity, ""));
    writer.finish().sql.as_ref().to_owned()
}
