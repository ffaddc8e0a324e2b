//! What the database itself says of the migrations that made its tables what they are.

use groma_database::runner::Applied;
use groma_migrate::read_snapshot;
use groma_sql::schema::{Schema, Table};

/// The migrations that a database was changed by.
#[derive(Clone, Default, Debug)]
pub(super) struct History {
    /// Whether there is a record of them, readable or not.
    pub(super) is_kept: bool,
    /// The last one.
    pub(super) last: Option<String>,
    /// What the tables were behind each.
    states: Vec<Schema>,
}

impl History {
    /// By what was applied.
    pub(super) fn of(applied: &[Applied]) -> Self {
        let snapshots = applied
            .iter()
            .filter_map(|applied| applied.left_behind.as_deref());
        Self {
            is_kept: !applied.is_empty(),
            last: applied.last().map(|applied| applied.name.clone()),
            // What another version of this program wrote and this one cannot read tells nothing.
            states: snapshots.filter_map(|text| read_snapshot(text).ok()).collect(),
        }
    }

    /// A record that may not be read.
    pub(super) fn unreadable() -> Self {
        Self {
            is_kept: true,
            ..Self::default()
        }
    }

    /// Whether something was so of a table behind one of the migrations.
    pub(super) fn had(&self, table: &str, was: impl Fn(&Table) -> bool) -> bool {
        self.states.iter().filter_map(|state| state.table(table)).any(was)
    }
}
