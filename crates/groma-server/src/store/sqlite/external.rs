//! Tables that somebody else owns: whether they are there, and as the design reads them.
//!
//! A table of theirs may have more columns than the design reads, and types of its own. What is refused is what no
//! request could live with: a column that is missing, or one that holds another kind of value.

use groma_sql::schema::quoted;
use groma_sql::{ExternalColumn, ExternalTable, STAND_IN};
use rusqlite::Connection;

use super::schema::{collect, create};
use super::{Found, SchemaDifference, StoreError};

/// A column as it is there.
struct Column {
    name: String,
    declared_type: String,
    may_be_null: bool,
}

/// Looks at what is in the place of such a table.
pub(super) fn look(connection: &Connection, wanted: &ExternalTable) -> Result<Found, StoreError> {
    let sql = "SELECT type = 'view', coalesce(sql, '') FROM sqlite_schema
               WHERE type IN ('table', 'view') AND name = ?1 COLLATE NOCASE";
    let made: Vec<(bool, String)> = collect(connection, sql, &[&wanted.name], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    let Some((is_view, made_by)) = made.first() else {
        return Ok(Found::Nothing);
    };
    let there = columns(connection, &wanted.name)?;
    let differences = differences(wanted, &there);
    if made_by.contains(STAND_IN) {
        let is_empty = !connection
            .prepare(&format!("SELECT 1 FROM {}", quoted(&wanted.name)))?
            .exists([])?;
        return Ok(Found::StandIn {
            differences,
            is_empty,
        });
    }
    Ok(Found::Theirs {
        differences,
        // A view does not say what may be empty.
        loose: if *is_view {
            Vec::new()
        } else {
            loose(wanted, &there)
        },
    })
}

/// Makes a stand-in by a statement, in the place of what was found: nothing, or an older stand-in.
pub(super) fn stand_in(
    connection: &Connection,
    (name, found): (&str, &Found),
    statement: &str,
) -> Result<(), StoreError> {
    let mut statements = vec![String::from(statement)];
    match found {
        Found::Nothing => {}
        Found::StandIn { .. } => statements.insert(0, format!("DROP TABLE {}", quoted(name))),
        Found::Theirs { .. } => unreachable!("nobody else's table is touched"),
    }
    create(connection, &statements)
}

fn columns(connection: &Connection, table: &str) -> Result<Vec<Column>, StoreError> {
    let sql = r#"SELECT name, type, NOT ("notnull" OR pk > 0) FROM pragma_table_xinfo(?1)"#;
    collect(connection, sql, &[table], |row| {
        Ok(Column {
            name: row.get(0)?,
            declared_type: row.get(1)?,
            may_be_null: row.get(2)?,
        })
    })
}

/// Names are compared as SQLite compares them: without ASCII case.
fn find<'c>(wanted: &ExternalColumn, there: &'c [Column]) -> Option<&'c Column> {
    there
        .iter()
        .find(|column| column.name.eq_ignore_ascii_case(&wanted.name))
}

fn differences(table: &ExternalTable, there: &[Column]) -> Vec<SchemaDifference> {
    let mut differences = Vec::new();
    for wanted in &table.columns {
        let what = format!("column {:?} of table {:?}", wanted.name, table.name);
        match find(wanted, there) {
            None => differences.push(SchemaDifference::Missing(what)),
            Some(column) if !holds(&column.declared_type, &wanted.column_type) => {
                differences.push(SchemaDifference::Differs {
                    what,
                    found: column.declared_type.clone(),
                    wanted: wanted.column_type.clone(),
                });
            }
            Some(_) => {}
        }
    }
    differences
}

fn loose(table: &ExternalTable, there: &[Column]) -> Vec<String> {
    let required = table.columns.iter().filter(|wanted| !wanted.nullable);
    required
        .filter_map(|wanted| find(wanted, there))
        .filter(|column| column.may_be_null)
        .map(|column| column.name.clone())
        .collect()
}

/// Whether a column of this declared type can hold what the design reads, by SQLite's affinities
/// (<https://sqlite.org/datatype3.html#determination_of_column_affinity>). `DATE`, `BOOLEAN` and the like are
/// numeric there and hold whatever is stored, and so do columns without a type.
fn holds(declared: &str, wanted: &str) -> bool {
    let declared = declared.to_ascii_uppercase();
    let says = |words: &[&str]| words.iter().any(|word| declared.contains(word));
    if says(&["INT"]) {
        wanted != "TEXT"
    } else if says(&["CHAR", "CLOB", "TEXT"]) {
        wanted == "TEXT"
    } else if says(&["BLOB"]) {
        // Holds whatever is stored, and is what a view says of a column without a type.
        true
    } else if says(&["REAL", "FLOA", "DOUB"]) {
        wanted == "REAL"
    } else {
        true
    }
}
