//! The tables that are there against the tables of the design.
//!
//! The design's statements are run in an empty database in memory, and both databases are asked what they hold:
//! so nothing has to be parsed, and a way of writing a statement does not count as a difference.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rusqlite::Connection;

use super::connection::add_functions;
use super::{SchemaDifference, StoreError};

/// The most tables that are made in one database in memory.
const TOGETHER: usize = 64;

/// What a database holds: `column "title" of table "tasks"` and how it is.
type Parts = BTreeMap<String, String>;

/// Creates the tables where there are none of them; otherwise says how those that are there differ.
pub(super) fn ensure(
    connection: &Connection,
    statements: &[String],
) -> Result<Vec<SchemaDifference>, StoreError> {
    let wanted = wanted(statements)?;
    let names = Names::of(wanted.keys());
    let there = taken(connection, &names)?;
    if there.is_empty() {
        create(connection, statements)?;
        return Ok(Vec::new());
    }
    let found = parts(connection, &names)?;
    let mut differences = Vec::new();
    for (name, wanted) in &wanted {
        match found.get(name) {
            Some(found) => compare(wanted, found, &mut differences),
            None if there.contains(name) => compare(wanted, &Parts::new(), &mut differences),
            None => differences.push(SchemaDifference::Missing(format!("table {name:?}"))),
        }
    }
    if !differences.is_empty() && differences.iter().all(is_mere_index) {
        // Makes reads faster and forbids nothing: a newer version of this program may want more of them.
        create(connection, statements)?;
        differences.clear();
    }
    Ok(differences)
}

/// What the statements make, by table. An index stands behind its table. SQLite looks through the whole schema for
/// each statement, so the tables are divided among small databases.
fn wanted(statements: &[String]) -> Result<BTreeMap<String, Parts>, StoreError> {
    let mut wanted = BTreeMap::new();
    for some in statements
        .chunk_by(|_, next| !is_table(next))
        .collect::<Vec<_>>()
        .chunks(TOGETHER)
    {
        let memory = Connection::open_in_memory()?;
        add_functions(&memory)?;
        create(&memory, &some.concat())?;
        let names = Names::of(&names(&memory)?);
        wanted.extend(parts(&memory, &names)?);
    }
    Ok(wanted)
}

fn is_table(statement: &str) -> bool {
    statement.starts_with("CREATE TABLE")
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
        if in_any_order(found) != in_any_order(wanted) {
            differences.push(SchemaDifference::Differs {
                what: what.clone(),
                found: found.to_owned(),
                wanted: wanted.clone(),
            });
        }
    }
}

/// The columns and constraints of a statement, in one order: a table that was changed has them in another.
fn in_any_order(definition: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut depth = 0_usize;
    let mut quote = None;
    for char in definition.chars() {
        match (quote, char) {
            (Some(open), _) if open == char => quote = None,
            (None, '\'' | '"') => quote = Some(char),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            _ => {}
        }
        let is_between = quote.is_none() && (char == ',' && depth == 1 || char == '(' && depth == 1);
        if is_between || quote.is_none() && char == ')' && depth == 0 {
            parts.push(String::new());
        } else if let Some(part) = parts.last_mut() {
            part.push(char);
        }
    }
    let mut parts: Vec<String> = parts.iter().map(|part| part.trim().to_owned()).collect();
    parts.sort_unstable();
    parts
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

/// The names of the design's tables, by their lower case: SQLite does not tell `Tasks` from `tasks`.
struct Names(HashMap<String, String>);

impl Names {
    fn of<'n>(names: impl IntoIterator<Item = &'n String>) -> Self {
        let names = names.into_iter();
        Self(
            names
                .map(|name| (name.to_ascii_lowercase(), name.clone()))
                .collect(),
        )
    }

    /// The design's name of a table of this name.
    fn get(&self, name: &str) -> Option<&String> {
        self.0.get(&name.to_ascii_lowercase())
    }
}

fn names(connection: &Connection) -> Result<Vec<String>, StoreError> {
    let sql =
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
    collect(connection, sql, &[], |row| row.get(0))
}

/// The design's names that a table or a view has.
fn taken(connection: &Connection, names: &Names) -> Result<BTreeSet<String>, StoreError> {
    let sql = "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')";
    let there: Vec<String> = collect(connection, sql, &[], |row| row.get(0))?;
    Ok(there.iter().filter_map(|name| names.get(name)).cloned().collect())
}

/// A part of a table: of which table, what it is called, and how it is.
type Part = (String, String, String);

/// What a database holds of the design's tables. Each query is about all tables at once: a database that is asked
/// table by table looks through all of them each time.
fn parts(connection: &Connection, names: &Names) -> Result<BTreeMap<String, Parts>, StoreError> {
    let mut parts: BTreeMap<String, Parts> = BTreeMap::new();
    for read in [options, columns, foreign_keys, indexes, definitions] {
        for (table, what, how) in read(connection)? {
            let Some(name) = names.get(&table) else { continue };
            let what = match what.strip_suffix("{table}") {
                Some(start) => format!("{start}{name:?}"),
                None => what,
            };
            parts.entry(name.clone()).or_default().insert(what, how);
        }
    }
    Ok(parts)
}

fn options(connection: &Connection) -> Result<Vec<Part>, StoreError> {
    let sql = "SELECT name, type, wr, strict FROM pragma_table_list WHERE schema = 'main'";
    collect(connection, sql, &[], |row| {
        let (table, mut text): (String, String) = (row.get(0)?, row.get(1)?);
        let (without_rowid, strict): (bool, bool) = (row.get(2)?, row.get(3)?);
        if strict {
            text.push_str(" strict");
        }
        if without_rowid {
            text.push_str(" without rowid");
        }
        Ok((table, String::from("kind of {table}"), text))
    })
}

fn columns(connection: &Connection) -> Result<Vec<Part>, StoreError> {
    let sql = r#"
        SELECT made.name, info.name, info.type, info."notnull", info.dflt_value, info.pk
        FROM sqlite_schema AS made, pragma_table_xinfo(made.name) AS info
        WHERE made.type IN ('table', 'view')"#;
    collect(connection, sql, &[], |row| {
        let (table, name, mut text): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if row.get(3)? {
            text.push_str(" not null");
        }
        if let Some(default) = row.get::<_, Option<String>>(4)? {
            text.push_str(" default ");
            text.push_str(&default);
        }
        let place: u32 = row.get(5)?;
        if place > 0 {
            text.push_str(" primary key");
        }
        Ok((table, format!("column {name:?} of table {{table}}"), text))
    })
}

fn foreign_keys(connection: &Connection) -> Result<Vec<Part>, StoreError> {
    let sql = r#"
        SELECT made.name, keys."from", keys."table", keys."to", keys.on_delete
        FROM sqlite_schema AS made, pragma_foreign_key_list(made.name) AS keys
        WHERE made.type = 'table'"#;
    collect(connection, sql, &[], |row| {
        let (table, from, target): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let (to, on_delete): (Option<String>, String) = (row.get(3)?, row.get(4)?);
        Ok((
            table,
            format!("foreign key of column {from:?} of table {{table}}"),
            format!(
                "{target}({}) on delete {}",
                to.unwrap_or_default(),
                on_delete.to_lowercase()
            ),
        ))
    })
}

fn indexes(connection: &Connection) -> Result<Vec<Part>, StoreError> {
    let sql = r#"
        SELECT made.name, list.name, list."unique", list.origin, list.partial,
               (SELECT group_concat(coalesce(name, '(expression)') || iif("desc", ' desc', ''), ', ')
                FROM (SELECT * FROM pragma_index_xinfo(list.name) WHERE key ORDER BY seqno))
        FROM sqlite_schema AS made, pragma_index_list(made.name) AS list
        WHERE made.type = 'table'"#;
    collect(connection, sql, &[], |row| {
        let (table, name, unique): (String, String, bool) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let (origin, partial): (String, bool) = (row.get(3)?, row.get(4)?);
        let columns = row.get::<_, Option<String>>(5)?.unwrap_or_default();
        let kind = if unique { "unique " } else { "" };
        let rest = if partial { " for some rows" } else { "" };
        if origin == "c" {
            return Ok((
                table,
                format!("{kind}index {name:?} of table {{table}}"),
                format!("{kind}on {columns}{rest}"),
            ));
        }
        Ok((
            table,
            format!("unique constraint ({columns}) of table {{table}}"),
            "unique".to_owned(),
        ))
    })
}

fn definitions(connection: &Connection) -> Result<Vec<Part>, StoreError> {
    let sql = "SELECT tbl_name, type, name, sql FROM sqlite_schema
               WHERE type IN ('table', 'index') AND sql IS NOT NULL";
    collect(connection, sql, &[], |row| {
        let (table, kind, name, text): (String, String, String, String) =
            (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        Ok((
            table,
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
