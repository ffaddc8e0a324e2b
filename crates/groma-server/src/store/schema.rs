//! The tables that are there against the tables of the design.
//!
//! The design's statements are run in an empty database in memory, and both databases are asked what they hold:
//! so nothing has to be parsed, and a way of writing a statement does not count as a difference.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::connection::add_functions;
use super::{SchemaDifference, StoreError};

/// What a database holds: `column "title" of table "tasks"` and how it is.
type Parts = BTreeMap<String, String>;

/// Whether there is a table (or a view, which can be read alike) of this name.
fn has_table(connection: &Connection, name: &str) -> bool {
    let sql = "SELECT 1 FROM sqlite_schema WHERE type IN ('table', 'view') AND name = ?1 COLLATE NOCASE";
    connection.query_row(sql, [name], |_| Ok(())).is_ok()
}

/// Creates the tables where there are none of them; otherwise says how those that are there differ.
pub(super) fn ensure(
    connection: &Connection,
    statements: &[String],
) -> Result<Vec<SchemaDifference>, StoreError> {
    let wanted = Connection::open_in_memory()?;
    add_functions(&wanted)?;
    create(&wanted, statements)?;
    let tables = names(&wanted)?;
    if !tables.iter().any(|table| has_table(connection, table)) {
        create(connection, statements)?;
        return Ok(Vec::new());
    }
    let mut differences = differences(connection, &wanted, &tables)?;
    if !differences.is_empty() && differences.iter().all(is_mere_index) {
        // Makes reads faster and forbids nothing: a newer version of this program may want more of them.
        create(connection, statements)?;
        differences.clear();
    }
    Ok(differences)
}

fn differences(
    connection: &Connection,
    wanted: &Connection,
    tables: &[String],
) -> Result<Vec<SchemaDifference>, StoreError> {
    let mut differences = Vec::new();
    for table in tables {
        if has_table(connection, table) {
            compare(
                &parts(wanted, table)?,
                &parts(connection, table)?,
                &mut differences,
            );
        } else {
            differences.push(SchemaDifference::Missing(format!("table {table:?}")));
        }
    }
    Ok(differences)
}

pub(super) fn create(connection: &Connection, statements: &[String]) -> Result<(), StoreError> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let result = statements
        .iter()
        .try_for_each(|statement| connection.execute_batch(statement));
    let end = if result.is_ok() { "COMMIT" } else { "ROLLBACK" };
    connection.execute_batch(end)?;
    Ok(result?)
}

fn compare(wanted: &Parts, found: &Parts, differences: &mut Vec<SchemaDifference>) {
    let before = differences.len();
    for (what, wanted) in wanted.iter().filter(|(what, _)| !is_text(what)) {
        match found.get(what) {
            None => differences.push(SchemaDifference::Missing(what.clone())),
            Some(found) if found != wanted => differences.push(SchemaDifference::Differs {
                what: what.clone(),
                found: found.clone(),
                wanted: wanted.clone(),
            }),
            Some(_) => {}
        }
    }
    let extra = found
        .keys()
        .filter(|what| !wanted.contains_key(*what) && !is_harmless(what));
    differences.extend(extra.map(|what| SchemaDifference::Extra(what.clone())));
    if differences.len() == before {
        compare_text(wanted, found, differences);
    }
}

/// Where all parts agree, the text of the statements still tells of checks.
fn compare_text(wanted: &Parts, found: &Parts, differences: &mut Vec<SchemaDifference>) {
    for (what, wanted) in wanted.iter().filter(|(what, _)| is_text(what)) {
        let found = found.get(what).map_or("", String::as_str);
        if found != wanted {
            differences.push(SchemaDifference::Differs {
                what: what.clone(),
                found: found.to_owned(),
                wanted: wanted.clone(),
            });
        }
    }
}

fn is_text(what: &str) -> bool {
    what.starts_with("definition of")
}

fn is_mere_index(difference: &SchemaDifference) -> bool {
    matches!(difference, SchemaDifference::Missing(what) if what.starts_with("index"))
}

/// An index that somebody added makes nothing wrong.
fn is_harmless(what: &str) -> bool {
    what.starts_with("index") || is_text(what)
}

fn names(connection: &Connection) -> Result<Vec<String>, StoreError> {
    let sql =
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
    collect(connection, sql, &[], |row| row.get(0))
}

fn parts(connection: &Connection, table: &str) -> Result<Parts, StoreError> {
    let mut parts = Parts::new();
    parts.extend(options(connection, table)?);
    parts.extend(columns(connection, table)?);
    parts.extend(foreign_keys(connection, table)?);
    parts.extend(indexes(connection, table)?);
    parts.extend(definitions(connection, table)?);
    Ok(parts)
}

fn options(connection: &Connection, table: &str) -> Result<Vec<(String, String)>, StoreError> {
    let sql =
        "SELECT type, wr, strict FROM pragma_table_list WHERE schema = 'main' AND name = ?1 COLLATE NOCASE";
    collect(connection, sql, &[table], |row| {
        let (kind, without_rowid, strict): (String, bool, bool) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let mut text = kind;
        if strict {
            text.push_str(" strict");
        }
        if without_rowid {
            text.push_str(" without rowid");
        }
        Ok((format!("kind of {table:?}"), text))
    })
}

fn columns(connection: &Connection, table: &str) -> Result<Vec<(String, String)>, StoreError> {
    let sql = r#"SELECT name, type, "notnull", dflt_value, pk FROM pragma_table_xinfo(?1)"#;
    collect(connection, sql, &[table], |row| {
        let name: String = row.get(0)?;
        let mut text: String = row.get(1)?;
        if row.get(2)? {
            text.push_str(" not null");
        }
        if let Some(default) = row.get::<_, Option<String>>(3)? {
            text.push_str(" default ");
            text.push_str(&default);
        }
        let place: u32 = row.get(4)?;
        if place > 0 {
            text.push_str(" primary key");
        }
        Ok((format!("column {name:?} of table {table:?}"), text))
    })
}

fn foreign_keys(connection: &Connection, table: &str) -> Result<Vec<(String, String)>, StoreError> {
    let sql = r#"SELECT "from", "table", "to", on_delete FROM pragma_foreign_key_list(?1)"#;
    collect(connection, sql, &[table], |row| {
        let (from, target): (String, String) = (row.get(0)?, row.get(1)?);
        let (to, on_delete): (Option<String>, String) = (row.get(2)?, row.get(3)?);
        let to = to.unwrap_or_default();
        let what = format!("foreign key of column {from:?} of table {table:?}");
        Ok((
            what,
            format!("{target}({to}) on delete {}", on_delete.to_lowercase()),
        ))
    })
}

fn indexes(connection: &Connection, table: &str) -> Result<Vec<(String, String)>, StoreError> {
    let sql = r#"
        SELECT list.name, list."unique", list.origin, list.partial,
               (SELECT group_concat(coalesce(name, '(expression)') || iif("desc", ' desc', ''), ', ')
                FROM (SELECT * FROM pragma_index_xinfo(list.name) WHERE key ORDER BY seqno))
        FROM pragma_index_list(?1) AS list"#;
    collect(connection, sql, &[table], |row| {
        let (name, unique, origin): (String, bool, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let (partial, columns): (bool, Option<String>) = (row.get(3)?, row.get(4)?);
        let columns = columns.unwrap_or_default();
        let kind = if unique { "unique " } else { "" };
        let rest = if partial { " for some rows" } else { "" };
        if origin == "c" {
            let what = if unique { "unique index" } else { "index" };
            return Ok((
                format!("{what} {name:?} of table {table:?}"),
                format!("{kind}on {columns}{rest}"),
            ));
        }
        Ok((
            format!("unique constraint ({columns}) of table {table:?}"),
            "unique".to_owned(),
        ))
    })
}

fn definitions(connection: &Connection, table: &str) -> Result<Vec<(String, String)>, StoreError> {
    let sql = "SELECT type, name, sql FROM sqlite_schema
               WHERE tbl_name = ?1 COLLATE NOCASE AND type IN ('table', 'index') AND sql IS NOT NULL";
    collect(connection, sql, &[table], |row| {
        let (kind, name, text): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok((
            format!("definition of {kind} {name:?}"),
            text.split_whitespace().collect::<Vec<_>>().join(" "),
        ))
    })
}

pub(super) fn collect<T>(
    connection: &Connection,
    sql: &str,
    values: &[&str],
    row: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, StoreError> {
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map(rusqlite::params_from_iter(values), row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}
