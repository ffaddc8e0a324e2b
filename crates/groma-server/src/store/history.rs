//! What the database itself says of the migrations that made its tables what they are.

use groma_database::catalog::Beside;
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
    /// What the tables were behind each of those before the last.
    before: Vec<Schema>,
    /// What they were behind the last, where that has come to its end and is known.
    left: Option<Schema>,
    /// What stood beside them then.
    beside: Option<Beside>,
}

impl History {
    /// By what was applied.
    pub(super) fn of(applied: &[Applied]) -> Self {
        // What another version of this program wrote and this one cannot read tells nothing.
        let state = |applied: &Applied| read_snapshot(applied.left_behind.as_deref()?).ok();
        let finished = applied.last().filter(|last| last.is_finished);
        let before = applied.len() - usize::from(finished.is_some());
        Self {
            is_kept: !applied.is_empty(),
            last: applied.last().map(|applied| applied.name.clone()),
            before: applied.iter().take(before).filter_map(state).collect(),
            left: finished.and_then(state),
            beside: finished.and_then(|last| last.beside().ok().flatten()),
        }
    }

    /// A record that may not be read.
    pub(super) fn unreadable() -> Self {
        Self {
            is_kept: true,
            ..Self::default()
        }
    }

    /// Whether something stood beside a table as it does now when the last migration was done, or nobody can tell.
    pub(super) fn may_have_left_beside(&self, table: &str, part: String, said: Option<&String>) -> bool {
        let place = (table.to_owned(), part);
        let beside = self.beside.as_ref();
        self.is_kept && beside.is_none_or(|beside| beside.get(&place) == said)
    }

    /// Whether a migration took away from a table what it had before. What the last one left there and is there no more
    /// was taken by somebody else.
    pub(super) fn let_go(&self, table: &str, has: impl Fn(&Table) -> bool) -> bool {
        let has = |state: &Schema| state.table(table).is_some_and(&has);
        self.before.iter().any(has) && !self.left.as_ref().is_some_and(has)
    }

    /// Whether something may be so of a table because a migration left it so: also where nobody can tell what one did.
    pub(super) fn may_have_left(&self, table: &str, so: impl Fn(&Table) -> bool) -> bool {
        let left = self.left.as_ref();
        self.is_kept && left.is_none_or(|left| left.table(table).is_some_and(so))
    }
}
