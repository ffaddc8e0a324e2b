//! The statements that make the tables of a design.

use groma_ir::Model;
use groma_ir::access::{Atom, Pred};
use groma_ir::design::{Default as FieldDefault, EntityId, Generated, OnDelete, Term};
use groma_ir::scalar::StorageClass;
use groma_ir::tables::{Column, ForeignKey, Table, TableCheck, TableIndex, UniqueKey};
use groma_plan::{Value, literal_of_field};

use crate::dialect::quoted;
use crate::pred::Scope;
use crate::write::{Context, Style, Writer};
use crate::{Dialect, Presence};

/// The tables that are ours, each after those that it points at and before its own indexes. Each statement does
/// nothing where what it makes is there.
pub fn create_statements(model: &Model, dialect: Dialect, presence: &Presence) -> Vec<String> {
    let cx = Context {
        model,
        dialect: dialect.into(),
        presence,
        style: Style::Machine,
    };
    let mut statements = Vec::new();
    for table in model.tables.in_order_of_creation() {
        statements.push(table_statement(&cx, table));
        let partial = table.uniques.iter().filter(|unique| unique.when.is_some());
        statements.extend(partial.map(|unique| partial_unique(&cx, table, unique)));
        statements.extend(table.indexes.iter().map(|index| index_statement(table, index)));
    }
    statements
}

/// The mark of a stand-in in the statement that made it, which databases keep.
pub const STAND_IN: &str = "/* stand-in, made by groma */";

/// A table in place of one that somebody else owns and that is not there: of the declaration, and empty.
pub fn stand_in_statement(model: &Model, dialect: Dialect, entity: EntityId) -> String {
    let cx = Context {
        model,
        dialect: dialect.into(),
        presence: &Presence::none(),
        style: Style::Machine,
    };
    let table = model.tables.of(entity);
    let parts = table_parts(&cx, table).join(",\n  ");
    format!(
        "CREATE TABLE {} ({STAND_IN}\n  {parts}\n) STRICT",
        quoted(&table.name)
    )
}

fn table_statement(cx: &Context<'_>, table: &Table) -> String {
    format!(
        "CREATE TABLE IF NOT EXISTS {} (\n  {}\n) STRICT",
        quoted(&table.name),
        table_parts(cx, table).join(",\n  ")
    )
}

/// The columns and constraints of a table.
fn table_parts(cx: &Context<'_>, table: &Table) -> Vec<String> {
    let mut parts: Vec<String> = table
        .columns
        .iter()
        .map(|column| column_text(cx, table, column))
        .collect();
    let whole = table.uniques.iter().filter(|unique| unique.when.is_none());
    parts.extend(whole.map(|unique| {
        let columns = names(table, unique.fields.iter().copied());
        format!("CONSTRAINT {} UNIQUE ({columns})", quoted(&unique.name))
    }));
    parts.extend(
        table
            .foreign_keys
            .iter()
            .filter_map(|key| foreign_key(cx, table, key)),
    );
    parts.extend(constraints(table).map(|(check, pred)| {
        format!(
            "CONSTRAINT {} CHECK ({})",
            quoted(&check.name),
            pred_text(cx, table, &pred)
        )
    }));
    parts
}

fn column_text(cx: &Context<'_>, table: &Table, column: &Column) -> String {
    let name = quoted(&column.name);
    let mut parts = vec![format!("{name} {}", cx.dialect.column_type(column.class))];
    if !column.nullable {
        parts.push(String::from("NOT NULL"));
    }
    if column.field == table.key {
        parts.push(String::from(match column.generated {
            Some(Generated::Identity) => "PRIMARY KEY AUTOINCREMENT",
            Some(Generated::Uuid7) | None => "PRIMARY KEY",
        }));
    }
    if let Some(FieldDefault::Value(literal)) = &column.default {
        let value = literal_of_field(cx.model, table.entity, column.field, literal);
        parts.push(format!("DEFAULT {}", cx.dialect.literal(&value)));
    }
    let checks = column_checks(cx, column, &name);
    parts.extend(checks.into_iter().map(|check| format!("CHECK ({check})")));
    parts.join(" ")
}

/// What the type of a column says and its storage class does not.
fn column_checks(cx: &Context<'_>, column: &Column, name: &str) -> Vec<String> {
    let mut checks = Vec::new();
    if let Some(of) = column.variants {
        let variants = cx.model.design.enums[of].variants.iter();
        let names: Vec<String> = variants
            .map(|variant| cx.dialect.literal(&Value::Text(variant.name.clone())))
            .collect();
        checks.push(format!("{name} IN ({})", names.join(", ")));
    }
    if let Some(max) = column.max_length {
        checks.push(format!("length({name}) <= {max}"));
    }
    match column.class {
        StorageClass::Bool => checks.push(format!("{name} IN (FALSE, TRUE)")),
        StorageClass::Json => checks.push(format!("json_valid({name})")),
        StorageClass::Text
        | StorageClass::Int
        | StorageClass::Float
        | StorageClass::Decimal { .. }
        | StorageClass::Uuid
        | StorageClass::Date
        | StorageClass::Time
        | StorageClass::Timestamp => {}
    }
    checks
}

fn foreign_key(cx: &Context<'_>, table: &Table, key: &ForeignKey) -> Option<String> {
    // Somebody else's rows come and go as they please: their table promises nothing that a key could hold on to.
    let target = cx.model.tables.of(key.target);
    if !target.managed {
        return None;
    }
    let action = match key.on_delete {
        OnDelete::Cascade => "CASCADE",
        // Looked at when the statement ends. `RESTRICT` would hold against rows that are about to go as well, or not,
        // depending on which of the keys a database comes to first.
        OnDelete::Restrict => "NO ACTION",
        OnDelete::SetNull => "SET NULL",
    };
    Some(format!(
        "CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} ({}) ON DELETE {action}",
        quoted(&key.name),
        quoted(&table.column(key.field).name),
        quoted(&target.name),
        quoted(&target.column(target.key).name),
    ))
}

fn partial_unique(cx: &Context<'_>, table: &Table, unique: &UniqueKey) -> String {
    let columns = names(table, unique.fields.iter().copied());
    let when = unique
        .when
        .as_ref()
        .map(|when| pred_text(cx, table, &Pred::from_cond(when)));
    format!(
        "CREATE UNIQUE INDEX IF NOT EXISTS {} ON {} ({columns}) WHERE {}",
        quoted(&unique.name),
        quoted(&table.name),
        when.unwrap_or_else(|| String::from("TRUE"))
    )
}

fn index_statement(table: &Table, index: &TableIndex) -> String {
    let columns: Vec<String> = index
        .columns
        .iter()
        .map(|column| {
            let name = quoted(&table.column(column.field).name);
            if column.descending {
                format!("{name} DESC")
            } else {
                name
            }
        })
        .collect();
    format!(
        "CREATE INDEX IF NOT EXISTS {} ON {} ({})",
        quoted(&index.name),
        quoted(&table.name),
        columns.join(", ")
    )
}

fn names(table: &Table, fields: impl Iterator<Item = groma_ir::design::FieldId>) -> String {
    let names: Vec<String> = fields.map(|field| quoted(&table.column(field).name)).collect();
    names.join(", ")
}

fn pred_text(cx: &Context<'_>, table: &Table, pred: &Pred) -> String {
    let mut writer = Writer::new(*cx);
    writer.pred(pred, Scope::row(table.entity, ""));
    writer.finish().sql.as_ref().to_owned()
}

/// The checks that the table keeps by itself.
pub(crate) fn constraints(table: &Table) -> impl Iterator<Item = (&TableCheck, Pred)> {
    let checks = table.checks.iter();
    checks
        .map(|check| (check, Pred::from_cond(&check.cond)))
        .filter(|(_, pred)| is_of_the_row(pred))
}

/// Whether a condition is about stored fields alone: a table cannot ask for the caller or the time.
fn is_of_the_row(pred: &Pred) -> bool {
    let is_own = |term: &Term| matches!(term, Term::Field { .. } | Term::Value(_));
    !pred.any_atom(&|atom| match atom {
        Atom::Compare { left, right, .. } => !is_own(left) || !is_own(right),
        Atom::IsNone(term) => !is_own(term),
        Atom::In { term, set } => !is_own(term) || !set.iter().all(is_own),
        Atom::IsTrue { .. } => false,
        Atom::Authenticated
        | Atom::Role(_)
        | Atom::IsCaller { .. }
        | Atom::Linked { .. }
        | Atom::Exists { .. }
        | Atom::ClaimIsTrue(_) => true,
    })
}
