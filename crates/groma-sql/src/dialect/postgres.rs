//! Postgres: types, literals, folded text, what is bound, and what its errors mean.

pub(super) mod foreign;
mod numeric;
#[cfg(test)]
mod tests;
mod wire;

use groma_ir::Model;
use groma_ir::scalar::StorageClass;
use groma_ir::tables::Table;
use groma_plan::Value;

use crate::Violation;

pub use wire::{Bound, bound, cell, oid};

/// The type of a column, as Postgres prints it.
pub(super) fn column_type(class: StorageClass) -> String {
    String::from(match class {
        StorageClass::Text => "text",
        StorageClass::Int => "bigint",
        StorageClass::Float => "double precision",
        StorageClass::Decimal { precision, scale } => return format!("numeric({precision},{scale})"),
        StorageClass::Bool => "boolean",
        StorageClass::Uuid => "uuid",
        StorageClass::Date => "date",
        StorageClass::Time => "time without time zone",
        StorageClass::Timestamp => "timestamp with time zone",
        StorageClass::Json => "jsonb",
    })
}

/// A literal, which takes its type from where it stands.
pub(super) fn literal(value: &Value) -> String {
    match value {
        Value::Null => String::from("NULL"),
        Value::Bool(true) => String::from("TRUE"),
        Value::Bool(false) => String::from("FALSE"),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => format!("{number:?}"),
        Value::Decimal { .. } => value.to_wire_text(),
        Value::Text(text) | Value::Json(text) => quoted_text(text),
        Value::Uuid(_) | Value::Timestamp(_) | Value::Date(_) | Value::Time(_) => {
            quoted_text(&value.to_wire_text())
        }
        Value::List(values) => {
            let values: Vec<String> = values.iter().map(literal).collect();
            format!("ARRAY[{}]", values.join(", "))
        }
    }
}

/// Text in quotes, whatever a session says of backslashes. No text of a database has U+0000, so that one which does is
/// none of them.
fn quoted_text(text: &str) -> String {
    if text.contains('\0') {
        return String::from("NULL");
    }
    let quoted = text.replace('\'', "''");
    if quoted.contains('\\') {
        return format!("E'{}'", quoted.replace('\\', "\\\\"));
    }
    format!("'{quoted}'")
}

/// What [`groma_plan::fold`] makes of a text. The rules of no language and no look at the letters around: without the
/// `translate`, a sigma at the end of a word would be another letter than one within.
pub(super) fn folded(text: &str) -> String {
    format!(r#"(translate(lower(upper(lower({text} COLLATE "und-x-icu"))), 'ς', 'σ') COLLATE "C")"#)
}

/// A sum of doubles: aggregates, each with what stands behind its filter.
///
/// The server's own is an error where it is too large for a double, and SQLite's is endless. So huge numbers are summed by
/// themselves, divided by a power of two, of which no digit is lost.
pub(super) fn float_sum(column: &str) -> Vec<(String, String)> {
    const HUGE: &str = "'1e289'::float8";
    const POWER: &str = "'18446744073709551616'::float8";
    // The largest double, divided by that power.
    const MOST: &str = "'9.7453e288'::float8";
    let huge = || format!("sum(CASE WHEN abs({column}) >= {HUGE} THEN {column} / {POWER} END)");
    let rest = || format!("sum(CASE WHEN abs({column}) >= {HUGE} THEN 0 ELSE {column} END)");
    let piece = |call: String, end: &str| (call, end.to_owned());
    vec![
        (format!("(CASE WHEN {}", huge()), String::from(" IS NULL THEN ")),
        piece(rest(), " WHEN abs("),
        piece(huge(), " + "),
        (rest(), format!(" / {POWER}) < {MOST} THEN (")),
        piece(huge(), " + "),
        (
            rest(),
            format!(" / {POWER}) * {POWER} ELSE 'Infinity'::float8 END)"),
        ),
    ]
}

/// What a failed statement ran into, from the fields of the server's error; nothing when it is no constraint.
///
/// Names tell which constraint it is, not messages: those are in whatever language the server speaks.
pub fn violation(
    model: &Model,
    code: &str,
    table: Option<&str>,
    constraint: Option<&str>,
) -> Option<Violation> {
    const RESTRICT: &str = "23001";
    const FOREIGN_KEY: &str = "23503";
    const UNIQUE: &str = "23505";
    const CHECK: &str = "23514";
    const EXCLUSION: &str = "23P01";
    // What a policy gives, and what a grant does: of a grant the server hears when it starts.
    const PRIVILEGE: &str = "42501";
    // What only a table that others made can say: a number, a text or a moment that its narrower column does not hold,
    // letters that the database does not know, and what a trigger refuses.
    const VALUES: [&str; 7] = ["22P02", "22001", "22003", "22008", "22021", "22P05", "P0001"];
    match code {
        UNIQUE | EXCLUSION => {
            let table = model
                .tables
                .iter()
                .find(|known| Some(known.name.as_str()) == table);
            let columns = table
                .zip(constraint)
                .map(|(table, name)| unique_columns(table, name));
            Some(Violation::Unique(columns.unwrap_or_default()))
        }
        FOREIGN_KEY | RESTRICT => Some(Violation::ForeignKey),
        CHECK => Some(constraint.map_or(Violation::Value, |name| Violation::Check(name.to_owned()))),
        code if VALUES.contains(&code) => Some(Violation::Value),
        PRIVILEGE => Some(Violation::Policy),
        _ => None,
    }
}

/// The columns of a unique constraint, each with its table; none where the design does not know it.
fn unique_columns(table: &Table, constraint: &str) -> Vec<(String, String)> {
    let known = table
        .uniques
        .iter()
        .find(|unique| is_named(&unique.name, constraint));
    let fields = match known {
        Some(unique) => unique.fields.as_slice(),
        None if is_named(&format!("{}_pkey", table.name), constraint) => std::slice::from_ref(&table.key),
        None => &[],
    };
    let columns = fields.iter().map(|field| table.column(*field).name.clone());
    columns.map(|column| (table.name.clone(), column)).collect()
}

/// Whether a name of ours is this one of the database's, which keeps 63 bytes of it.
fn is_named(ours: &str, theirs: &str) -> bool {
    const MOST: usize = 63;
    let mut end = ours.len().min(MOST);
    while !ours.is_char_boundary(end) {
        end -= 1;
    }
    ours.get(..end) == Some(theirs)
}
