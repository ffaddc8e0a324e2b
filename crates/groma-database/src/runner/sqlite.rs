//! Migrations on SQLite: each is one transaction, with its record inside.

mod aside;

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension as _};

use super::ask::ask_file;
use super::{
    Applied, Event, InTheWay, Orders, RunError, Script, Tell, last_left, last_of, ours_after, pending,
    without_ours,
};
use crate::catalog::{self, Difference, differences};
use crate::error::{DatabaseError, sqlite};
use aside::Aside;

const TABLE: &str = "\
CREATE TABLE IF NOT EXISTS groma_migrations (
  position INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  hash TEXT NOT NULL,
  from_state TEXT,
  to_state TEXT,
  left_behind TEXT,
  is_adopted INTEGER NOT NULL DEFAULT 0,
  finished_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ'))
) STRICT";

/// What was applied to a database, in order; nothing where there is no record.
pub fn applied(connection: &Connection) -> Result<Vec<Applied>, DatabaseError> {
    let read = || {
        let there = "SELECT 1 FROM sqlite_schema WHERE name = 'groma_migrations'";
        if connection.query_row(there, [], |_| Ok(())).optional()?.is_none() {
            return Ok(Vec::new());
        }
        let query =
            "SELECT name, hash, to_state, left_behind, is_adopted FROM groma_migrations ORDER BY position";
        let mut statement = connection.prepare(query)?;
        let rows = statement.query_map([], |row| {
            Ok(Applied {
                name: row.get(0)?,
                hash: row.get(1)?,
                state: row.get(2)?,
                is_finished: true,
                steps: 0,
                left_behind: row.get(3)?,
                is_adopted: row.get(4)?,
                left_beside: None,
            })
        })?;
        rows.collect()
    };
    read().map_err(sqlite("read which migrations were applied"))
}

/// Applies those of the migrations that are not applied yet. Gives the names of those that it has finished.
pub fn apply(connection: &Connection, orders: &Orders<'_>, tell: Tell<'_>) -> Result<Vec<String>, RunError> {
    let doing = || sqlite("set up the connection");
    // Inside of a transaction this would do nothing: a table that is made anew would take rows along that point at it.
    connection
        .execute_batch("PRAGMA foreign_keys = OFF")
        .map_err(doing())?;
    let outcome = pending(orders.scripts, &applied(connection)?)
        .and_then(without_ours)
        .and_then(|()| all(connection, orders, tell));
    connection
        .execute_batch("PRAGMA foreign_keys = ON")
        .map_err(doing())?;
    outcome
}

fn all(connection: &Connection, orders: &Orders<'_>, tell: Tell<'_>) -> Result<Vec<String>, RunError> {
    let mut finished = Vec::new();
    loop {
        let begin = "BEGIN IMMEDIATE";
        connection
            .execute_batch(begin)
            .map_err(sqlite("begin a transaction: is somebody else writing?"))?;
        match next(connection, orders, tell) {
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
fn next(connection: &Connection, orders: &Orders<'_>, tell: Tell<'_>) -> Result<Option<String>, RunError> {
    let applied = applied(connection)?;
    let Some(script) = pending(orders.scripts, &applied)?.first() else {
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
    let differences = drift(connection, &applied)?;
    if let (Some(last), false) = (applied.last(), differences.is_empty()) {
        return Err(RunError::Drift {
            migration: last.name.clone(),
            differences,
        });
    }
    steps(connection, script, tell)?;
    record(connection, script, orders.ours, &applied)?;
    Ok(Some(script.name.clone()))
}

/// What has changed in our tables since the last migration.
pub fn drift(connection: &Connection, applied: &[Applied]) -> Result<Vec<Difference>, RunError> {
    Ok(match last_left(applied)? {
        Some((_, expected)) => differences(&expected, &catalog::of_sqlite(connection)?.schema),
        None => Vec::new(),
    })
}

/// Undoes the last migration by the steps of `back`, which bears its name.
pub fn undo(connection: &Connection, back: &Script, tell: Tell<'_>) -> Result<(), RunError> {
    let applied = applied(connection)?;
    without_ours(std::slice::from_ref(back))?;
    let is_adopted = last_of(back, &applied)?.is_adopted;
    outside_of_references(connection, || {
        let undone = if is_adopted {
            Ok(())
        } else {
            steps(connection, back, tell)
        };
        let outcome = undone.and_then(|()| {
            let forget = "DELETE FROM groma_migrations WHERE name = ?";
            connection
                .execute(forget, [&back.name])
                .map_err(sqlite("record that a migration was undone"))?;
            Ok(())
        });
        ended(connection, outcome)
    })
}

/// Records migrations as applied, though nothing of them was run.
pub fn adopt(connection: &Connection, orders: &Orders<'_>) -> Result<(), RunError> {
    alone(connection, || {
        let applied = applied(connection)?;
        for script in pending(orders.scripts, &applied)? {
            record(connection, script, orders.ours, &applied)?;
            let adopted = "UPDATE groma_migrations SET is_adopted = 1 WHERE name = ?";
            connection
                .execute(adopted, [&script.name])
                .map_err(sqlite("record a migration"))?;
        }
        Ok(())
    })
}

/// Takes back what somebody has changed, by the steps of these, all of them or none.
pub fn take_back(connection: &Connection, scripts: &[Script], tell: Tell<'_>) -> Result<(), RunError> {
    outside_of_references(connection, || {
        let mut scripts = scripts.iter();
        let outcome = scripts.try_for_each(|script| steps(connection, script, tell));
        ended(connection, outcome)
    })
}

/// Takes the tables as they are for what the last migration has left.
pub fn accept(connection: &Connection, ours: &BTreeSet<String>) -> Result<(), RunError> {
    alone(connection, || {
        let applied = applied(connection)?;
        let Some(last) = applied.last() else {
            return Ok(());
        };
        let left = left_behind(connection, &ours_after(last, ours)?)?;
        connection
            .execute(
                "UPDATE groma_migrations SET left_behind = ? WHERE name = ?",
                (left, &last.name),
            )
            .map_err(sqlite("record a migration"))?;
        Ok(())
    })
}

/// Does something while nobody else writes, or nothing of it.
fn alone(connection: &Connection, work: impl FnOnce() -> Result<(), RunError>) -> Result<(), RunError> {
    connection
        .execute_batch("BEGIN IMMEDIATE")
        .map_err(sqlite("begin a transaction: is somebody else writing?"))?;
    ended(connection, work())
}

/// Does something in a transaction during which references are not looked after, and checks them at its end.
fn outside_of_references(
    connection: &Connection,
    work: impl FnOnce() -> Result<(), RunError>,
) -> Result<(), RunError> {
    let doing = || sqlite("set up the connection");
    connection
        .execute_batch("PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE")
        .map_err(doing())?;
    let outcome = work();
    connection
        .execute_batch("PRAGMA foreign_keys = ON")
        .map_err(doing())?;
    outcome
}

fn ended(connection: &Connection, outcome: Result<(), RunError>) -> Result<(), RunError> {
    let end = if outcome.is_ok() { "COMMIT" } else { "ROLLBACK" };
    connection
        .execute_batch(end)
        .map_err(sqlite("end a transaction"))?;
    outcome
}

/// Runs the steps, inside of a transaction, and looks after views and references at their end.
fn steps(connection: &Connection, script: &Script, tell: Tell<'_>) -> Result<(), RunError> {
    let aside = Aside::take(connection, script)?;
    for (at, step) in script.steps.iter().enumerate() {
        if !step.sql.is_empty() {
            tell(Event::Step {
                number: at + 1,
                title: step.title.clone(),
            });
        }
        look(connection, script, at)?;
        for sql in &step.sql {
            let outcome = connection
                .execute_batch(sql)
                .map_err(sqlite("run its statements"));
            outcome.map_err(|source| RunError::Step {
                migration: script.name.clone(),
                number: at + 1,
                title: step.title.clone(),
                is_back: false,
                source: Box::new(source),
            })?;
        }
    }
    aside.put_back(connection, script)?;
    checked(connection, script)
}

/// That no row is in the way of a step.
fn look(connection: &Connection, script: &Script, at: usize) -> Result<(), RunError> {
    let steps = script.steps.get(at).into_iter();
    for (what, count) in steps.flat_map(|step| &step.obstacles) {
        let rows = ask_file(connection, count).map_err(sqlite("count the rows that are in its way"))?;
        let rows = rows.unwrap_or_default();
        if rows > 0 {
            return Err(RunError::InTheWay {
                found: vec![InTheWay::of((script, at), (rows, what))],
                is_begun: false,
            });
        }
    }
    Ok(())
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

fn record(
    connection: &Connection,
    script: &Script,
    ours: &BTreeSet<String>,
    applied: &[Applied],
) -> Result<(), RunError> {
    let ours = match applied.last() {
        Some(last) => ours_after(last, ours)?,
        None => ours.clone(),
    };
    let (from, to) = script.states.clone().unzip();
    let left = left_behind(connection, &ours)?;
    let insert =
        "INSERT INTO groma_migrations (name, hash, from_state, to_state, left_behind) VALUES (?, ?, ?, ?, ?)";
    let write = || {
        connection.execute_batch(TABLE)?;
        connection.execute(insert, (&script.name, &script.hash, from, to, left))
    };
    write().map_err(sqlite("record a migration"))?;
    Ok(())
}

fn left_behind(connection: &Connection, ours: &BTreeSet<String>) -> Result<String, RunError> {
    Ok(groma_migrate::snapshot(
        &catalog::of_sqlite(connection)?.only(ours),
    ))
}
