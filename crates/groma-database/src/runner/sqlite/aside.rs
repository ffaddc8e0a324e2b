//! Views and triggers that somebody has made, put aside while tables are made anew.
//!
//! SQLite takes triggers away together with their table, and renames no table while a view reads one that is not there. So
//! both go before a plan is done and come back after it, to the letter, in the same transaction.

use groma_sql::schema::quoted;
use rusqlite::Connection;

use crate::error::{DatabaseError, sqlite};
use crate::runner::{RunError, Script};

/// What was put aside.
pub(super) struct Aside {
    parts: Vec<Part>,
}

struct Part {
    kind: String,
    name: String,
    sql: String,
    /// Whether it could be read before.
    is_whole: bool,
}

impl Aside {
    /// Puts everything aside that a plan knows nothing of. What is written by hand knows what it does.
    pub(super) fn take(connection: &Connection, script: &Script) -> Result<Self, DatabaseError> {
        if script.states.is_none() {
            return Ok(Self { parts: Vec::new() });
        }
        let query =
            "SELECT type, name, sql FROM sqlite_schema WHERE type IN ('view', 'trigger') ORDER BY rowid";
        let take = || {
            let mut statement = connection.prepare(query)?;
            let rows = statement.query_map([], |row| {
                Ok(Part {
                    kind: row.get(0)?,
                    name: row.get(1)?,
                    sql: row.get(2)?,
                    is_whole: true,
                })
            });
            let mut parts = rows?.collect::<Result<Vec<_>, _>>()?;
            for part in &mut parts {
                part.is_whole = part.look(connection).is_ok();
            }
            // A trigger on a view goes with that.
            for part in parts.iter().rev() {
                let kind = &part.kind;
                connection.execute_batch(&format!("DROP {kind} IF EXISTS {}", quoted(&part.name)))?;
            }
            Ok(parts)
        };
        let parts = take().map_err(sqlite("put views and triggers aside"))?;
        Ok(Self { parts })
    }

    /// Brings back what has a table still, and looks whether it can be read as before.
    pub(super) fn put_back(&self, connection: &Connection, script: &Script) -> Result<(), RunError> {
        for part in &self.parts {
            let outcome = connection.execute_batch(&part.sql).and_then(|()| {
                if part.is_whole {
                    part.look(connection)
                } else {
                    Ok(())
                }
            });
            outcome
                .map_err(sqlite("bring views and triggers back"))
                .map_err(|source| RunError::View {
                    migration: script.name.clone(),
                    view: part.name.clone(),
                    source: Box::new(source),
                })?;
        }
        Ok(())
    }
}

impl Part {
    fn look(&self, connection: &Connection) -> rusqlite::Result<()> {
        if self.kind == "view" {
            connection.prepare(&format!("SELECT * FROM {}", quoted(&self.name)))?;
        }
        Ok(())
    }
}
