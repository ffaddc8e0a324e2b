//! The tables that are in the file against the tables of the design.

use groma_database::{DatabaseError, catalog, runner};
use groma_ir::Model;
use groma_sql::schema::{Schema, create_index};
use rusqlite::Connection;

use super::{OpenError, SchemaDifference, StoreError, cannot_open};
use crate::store::fit::{Fit, add_quirks, fit};
use crate::store::history::History;

/// Creates the tables where there are none of them; otherwise refuses those that do not fit.
pub(super) fn fitted(
    connection: &Connection,
    (model, wanted): (&Model, &Schema),
    place: &str,
) -> Result<(), OpenError> {
    let unread = |source| OpenError::Read {
        place: place.to_owned(),
        source,
    };
    let unmade = |source| cannot_open(place.as_ref(), source);
    let history = History::of(&runner::sqlite::applied(connection).map_err(unread)?);
    let mut fit = compared(connection, (model, wanted), &history).map_err(unread)?;
    for view in views(connection, wanted).map_err(unmade)? {
        fit.is_empty = false;
        fit.differences.push(SchemaDifference::Differs {
            what: format!("{view:?}"),
            found: String::from("view"),
            wanted: String::from("table"),
        });
    }
    if fit.is_empty {
        return create(connection, &wanted.create_statements()).map_err(unmade);
    }
    let missing = std::mem::take(&mut fit.slow);
    fit.settled(place, &history, true)?;
    if history.is_kept {
        for missing in missing {
            tracing::warn!(
                database = %place,
                "{missing} is missing: some requests are slower than they need be; `groma migrate apply` makes it"
            );
        }
        return Ok(());
    }
    // Makes reads faster and forbids nothing: a newer version of this program may want more of them.
    let tables = wanted.tables.iter().filter(|_| !missing.is_empty());
    let plain = tables.flat_map(|table| {
        let plain = table.indexes.iter().filter(|index| !index.unique);
        plain.map(|index| create_index(&table.name, index))
    });
    create(connection, &plain.collect::<Vec<_>>()).map_err(unmade)
}

fn compared(
    connection: &Connection,
    (model, wanted): (&Model, &Schema),
    history: &History,
) -> Result<Fit, DatabaseError> {
    let mut live = catalog::of_sqlite(connection)?;
    live.schema = catalog::in_letters_of(wanted, live.schema);
    let whole = catalog::adapted_to_sqlite(wanted, &live.schema).whole;
    let mut fit = fit(model, (&whole, &live.schema), history);
    add_quirks(&mut fit, model, (wanted, &live), history);
    Ok(fit)
}

/// The views that stand in the place of tables.
fn views(connection: &Connection, wanted: &Schema) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'view'";
    let views: Vec<String> = collect(connection, sql, &[], |row| row.get(0))?;
    let is_wanted = |view: &String| {
        let mut tables = wanted.tables.iter();
        tables.any(|table| table.name.eq_ignore_ascii_case(view))
    };
    Ok(views.into_iter().filter(is_wanted).collect())
}

/// Runs statements in one transaction.
pub(super) fn create(connection: &Connection, statements: &[String]) -> Result<(), StoreError> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let result = statements
        .iter()
        .try_for_each(|statement| connection.execute_batch(statement));
    let end = if result.is_ok() { "COMMIT" } else { "ROLLBACK" };
    connection.execute_batch(end)?;
    Ok(result?)
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
