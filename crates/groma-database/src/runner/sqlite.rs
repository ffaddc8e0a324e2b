//! Migrations on SQLite: each is one transaction, with its record inside.

use rusqlite::{Connection, OptionalExtension as _};

use super::{Applied, Event, RunError, Script, Tell, pending};
use crate::error::{DatabaseError, sqlite};

const TABLE: &str = "\
CREATE TABLE IF NOT EXISTS groma_migrations (
  position INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  hash TEXT NOT NULL,
  from_state TEXT,
  to_state TEXT,
  finished_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ'))
) STRICT";

/// What was applied to a database, in order; nothing where there is no record.
pub fn applied(connection: &Connection) -> Result<Vec<Applied>, DatabaseError> {
    let read = || {
        let there = "SELECT 1 FROM sqlite_schema WHERE name = 'groma_migrations'";
        if connection.query_row(there, [], |_| Ok(())).optional()?.is_none() {
            return Ok(Vec::new());
        }
        let query = "SELECT name, hash, to_state FROM groma_migrations ORDER BY position";
        let mut statement = connection.prepare(query)?;
        let rows = statement.query_map([], |row| {
            Ok(Applied {
                name: row.get(0)?,
                hash: row.get(1)?,
                state: row.get(2)?,
                is_finished: true,
                steps: 0,
            })
        })?;
        rows.collect()
    };
    read().map_err(sqlite("read which migrations were applied"))
}

/// Applies those of the migrations that are not applied yet. Gives the names of those that it has finished.
pub fn apply(connection: &Connection, scripts: &[Script], tell: Tell<'_>) -> Result<Vec<String>, RunError> {
    let doing = || sqlite("set up the connection");
    // Inside of a transaction this would do nothing: a table that is made anew would take rows along that point at it.
    connection
        .execute_batch("PRAGMA foreign_keys = OFF")
        .map_err(doing())?;
    let outcome = all(connection, scripts, tell);
    connection
        .execute_batch("PRAGMA foreign_keys = ON")
        .map_err(doing())?;
    outcome
}

fn all(connection: &Connection, scripts: &[Script], tell: Tell<'_>) -> Result<Vec<String>, RunError> {
    let mut finished = Vec::new();
    loop {
        let begin = "BEGIN IMMEDIATE";
        connection
            .execute_batch(begin)
            .map_err(sqlite("begin a transaction: is somebody else writing?"))?;
        match next(connection, scripts, tell) {
            Ok(Some(name)) => {
                connection.execute_batch("COMMIT").map_err(sqlite("commit"))?;
                tell(Event::Ends {
                    migration: name.clone(),
                });
                finished.push(name);
            }
            Ok(None) => {
                connection
                    .execute_batch("ROLLBACK")
                    .map_err(sqlite("end a transaction"))?;
                return Ok(finished);
            }
            Err(error) => {
                let _ = connection.execute_batch("ROLLBACK");
                return Err(error);
            }
        }
    }
}

/// The first migration that is pending, inside of a transaction.
fn next(connection: &Connection, scripts: &[Script], tell: Tell<'_>) -> Result<Option<String>, RunError> {
    let applied = applied(connection)?;
    let Some(script) = pending(scripts, &applied)?.first() else {
        return Ok(None);
    };
    let state = applied.iter().rev().find_map(|applied| applied.state.clone());
    if let (Some((from, _)), Some(state)) = (&script.states, state)
        && *from != state
    {
        return Err(RunError::Elsewhere {
            migration: script.name.clone(),
        });
    }
    tell(Event::Begins {
        migration: script.name.clone(),
        done: 0,
        of: script.steps.len(),
    });
    for (at, step) in script.steps.iter().enumerate() {
        tell(Event::Step {
            number: at + 1,
            title: step.title.clone(),
        });
        for sql in &step.sql {
            let outcome = connection
                .execute_batch(sql)
                .map_err(sqlite("run its statements"));
            outcome.map_err(|source| RunError::Step {
                migration: script.name.clone(),
                number: at + 1,
                title: step.title.clone(),
                source: Box::new(source),
            })?;
        }
    }
    checked(connection, script)?;
    record(connection, script)?;
    Ok(Some(script.name.clone()))
}

/// That no row points at one that is not there.
fn checked(connection: &Connection, script: &Script) -> Result<(), RunError> {
    let dangling: Option<String> = connection
        .query_row("PRAGMA foreign_key_check", [], |row| row.get(0))
        .optional()
        .map_err(sqlite("check the references"))?;
    match dangling {
        Some(table) => Err(RunError::Dangling {
            migration: script.name.clone(),
            table,
        }),
        None => Ok(()),
    }
}

fn record(connection: &Connection, script: &Script) -> Result<(), RunError> {
    let (from, to) = script.states.clone().unzip();
    let insert = "INSERT INTO groma_migrations (name, hash, from_state, to_state) VALUES (?, ?, ?, ?)";
    let write = || {
        connection.execute_batch(TABLE)?;
        connection.execute(insert, (&script.name, &script.hash, from, to))
    };
    write().map_err(sqlite("record a migration"))?;
    Ok(())
}
