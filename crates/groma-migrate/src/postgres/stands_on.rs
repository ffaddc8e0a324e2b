//! What a table that was taken over stands on and no design makes: enums of the database, and the sequences of `serial`.
//!
//! So that files of an adoption, run where nothing is, make the same tables.

use std::collections::BTreeMap;

use groma_sql::schema::{Column, Schema, Table, quoted};

use crate::expression::text_literal;

/// The statements that make the enums of a table's columns that nothing in the schema has yet, and those that drop them.
pub(super) fn enums(now: &Schema, table: &Table) -> (Vec<String>, Vec<String>) {
    let mut known = now.tables.iter().flat_map(|table| &table.columns);
    let new: BTreeMap<&String, &Vec<String>> = table
        .columns
        .iter()
        .filter(|column| !column.labels.is_empty() && !known.any(|there| there.ty == column.ty))
        .map(|column| (&column.ty, &column.labels))
        .collect();
    let make = new.iter().map(|(name, labels)| {
        let labels: Vec<String> = labels.iter().map(|label| text_literal(label)).collect();
        format!("CREATE TYPE {name} AS ENUM ({})", labels.join(", "))
    });
    let drop = new.keys().map(|name| format!("DROP TYPE {name}"));
    (make.collect(), drop.collect())
}

/// The statements that make the sequences by which a table counts, and those that make them its own.
pub(super) fn sequences(table: &Table) -> (Vec<String>, Vec<String>) {
    let counted = table
        .columns
        .iter()
        .filter_map(|column| Some((column, sequence(column)?)));
    let of = |(column, name): (&Column, String)| {
        (
            format!("CREATE SEQUENCE {name} AS {}", column.ty),
            format!(
                "ALTER SEQUENCE {name} OWNED BY {}.{}",
                quoted(&table.name),
                quoted(&column.name)
            ),
        )
    };
    counted.map(of).unzip()
}

/// The sequence of `nextval('tasks_id_seq'::regclass)`, as it is written there: in quotes where it needs some.
fn sequence(column: &Column) -> Option<String> {
    let name = column.default.as_deref()?.strip_prefix("nextval('")?;
    let name = name.strip_suffix("'::regclass)")?;
    let is_whole = matches!(column.ty.as_str(), "bigint" | "integer" | "smallint");
    is_whole.then(|| name.replace("''", "'"))
}
