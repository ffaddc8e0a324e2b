//! Why a migration was not applied.

use std::fmt;
use std::time::Duration;

use thiserror::Error;

use super::Script;
use crate::DatabaseError;
use crate::catalog::Difference;

/// A migration was not applied, or not to its end.
#[derive(Debug, Error)]
pub enum RunError {
    /// The database said no to what the runner does for itself.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// Another runner is at work and does not end.
    #[error("another run of migrations has been going on for {} seconds: {holder}", waited.as_secs())]
    Busy {
        /// Who.
        holder: String,
        /// How long we waited.
        waited: Duration,
    },
    /// A migration was applied, and its file is gone.
    #[error(
        "`{migration}` was applied to this database, and {}",
        if *is_all { "neither its file is there nor any other that was" } else { "its file is not there" }
    )]
    Missing {
        /// Which.
        migration: String,
        /// Whether none of the files is there that were applied: they may be those of somebody else.
        is_all: bool,
    },
    /// A migration was applied, and its file says something else now.
    #[error("`{migration}` {} to this database, and its file says something else now", if *is_begun { "was begun" } else { "was applied" })]
    Changed {
        /// Which.
        migration: String,
        /// Whether it was not finished.
        is_begun: bool,
    },
    /// A migration stands before one that was applied, and was not.
    #[error("`{migration}` comes before `{applied}`, which was applied without it")]
    Order {
        /// Which.
        migration: String,
        /// Which was applied.
        applied: String,
    },
    /// A migration starts from another state than the one that the database is in.
    #[error("`{migration}` was planned for another state than the one that this database is in")]
    Elsewhere {
        /// Which.
        migration: String,
    },
    /// The tables are not what the last migration left.
    #[error("the database was changed since `{migration}`: {}", said(differences))]
    Drift {
        /// The last migration.
        migration: String,
        /// What differs.
        differences: Vec<Difference>,
    },
    /// Only the last migration can be undone.
    #[error("`{migration}` is not the last one that was applied")]
    NotLast {
        /// Which.
        migration: String,
    },
    /// What the record says of the tables cannot be read.
    #[error("the record of `{migration}` cannot be read")]
    Record {
        /// Which.
        migration: String,
        /// Why.
        source: groma_migrate::SnapshotError,
    },
    /// A step does what is the runner's to do.
    #[error("step {number} of `{migration}` ({title}) {does}")]
    OfTheRunner {
        /// Which migration.
        migration: String,
        /// Which step, from 1.
        number: usize,
        /// What it does.
        title: String,
        /// What of it is not its own.
        does: &'static str,
    },
    /// A step failed.
    #[error("step {number} of `{migration}` ({title}) fails: {source}")]
    Step {
        /// Which migration.
        migration: String,
        /// Which step, from 1.
        number: usize,
        /// What it does.
        title: String,
        /// Whether it was to be undone.
        is_back: bool,
        /// What the database said.
        source: Box<DatabaseError>,
    },
    /// Rows are there that steps would fail at: none of them was begun.
    #[error("{}", said(found))]
    InTheWay {
        /// Which, of one step at least.
        found: Vec<InTheWay>,
        /// Whether an earlier step of the same migration is done already.
        is_begun: bool,
    },
    /// A step was done, and its effect is not there.
    #[error("step {number} of `{migration}` ({title}) was run, and has not done what it should")]
    Undone {
        /// Which migration.
        migration: String,
        /// Which step, from 1.
        number: usize,
        /// What it does.
        title: String,
    },
    /// A step gave up the lock: another run may be at work by now.
    #[error("step {number} of `{migration}` was run, and gave up the lock that keeps other runs away")]
    LetGo {
        /// Which migration.
        migration: String,
        /// Which step, from 1.
        number: usize,
    },
    /// Rows refer to rows that are not there.
    #[error("`{migration}` would leave rows of `{table}` that refer to rows which are not there")]
    Dangling {
        /// Which migration.
        migration: String,
        /// The table whose rows refer.
        table: String,
    },
    /// A view reads what would not be there any more.
    #[error("`{migration}` would leave the view `{view}` without what it reads: {source}")]
    View {
        /// Which migration.
        migration: String,
        /// The view.
        view: String,
        /// What the database says of it.
        source: Box<DatabaseError>,
    },
}

/// Rows at which a step would fail.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InTheWay {
    /// Of which migration.
    pub migration: String,
    /// Which step, from 1.
    pub number: usize,
    /// What it does.
    pub title: String,
    /// How many rows.
    pub rows: i64,
    /// What they break.
    pub what: String,
}

impl InTheWay {
    /// So many rows of a step, with what they break.
    pub(super) fn of((script, at): (&Script, usize), (rows, what): (i64, &str)) -> Self {
        let step = script.steps.get(at);
        Self {
            migration: script.name.clone(),
            number: at + 1,
            title: step.map(|step| step.title.clone()).unwrap_or_default(),
            rows,
            what: what.to_owned(),
        }
    }
}

impl fmt::Display for InTheWay {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            migration,
            number,
            title,
            rows,
            what,
        } = self;
        let word = if *rows == 1 { "row" } else { "rows" };
        write!(
            out,
            "step {number} of `{migration}` ({title}) would fail: {rows} {word} where {what}"
        )
    }
}

impl RunError {
    /// The migration that it is about, and the step of it, from 1, where it is one.
    pub fn place(&self) -> Option<(&str, Option<usize>)> {
        match self {
            Self::Database(_) | Self::Busy { .. } => None,
            Self::Missing { migration, .. }
            | Self::Changed { migration, .. }
            | Self::Order { migration, .. }
            | Self::Elsewhere { migration }
            | Self::Drift { migration, .. }
            | Self::NotLast { migration }
            | Self::Record { migration, .. }
            | Self::Dangling { migration, .. }
            | Self::View { migration, .. } => Some((migration, None)),
            Self::OfTheRunner {
                migration, number, ..
            }
            | Self::Step {
                migration, number, ..
            }
            | Self::Undone {
                migration, number, ..
            }
            | Self::LetGo { migration, number } => Some((migration, Some(*number))),
            Self::InTheWay { found, .. } => {
                let first = found.first()?;
                Some((&first.migration, Some(first.number)))
            }
        }
    }

    /// What to do about it.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::Database(_) => None,
            Self::Busy { .. } => Some("wait for it, or end it if it hangs; nothing was changed"),
            Self::Missing { is_all: false, .. } => {
                Some("bring the file back from version control: it says how to undo what was done")
            }
            Self::Missing { is_all: true, .. } => Some(
                "bring the files back from version control; if they are those of another service, give this one a schema of \
                 its own (`CREATE SCHEMA app`, and `?options=-csearch_path%3Dapp` in the address) or a database",
            ),
            Self::Changed { is_begun: true, .. } => {
                Some("bring it back to what was begun, and apply again: it goes on where it stopped")
            }
            Self::Changed { is_begun: false, .. } => {
                Some("bring it back to what was applied, and make the change in a new migration")
            }
            Self::Order { .. } => Some("give it a later name, or plan it anew"),
            Self::Drift { .. } => {
                Some("`groma migrate drift` shows it all, and how it is taken over or taken back")
            }
            Self::NotLast { .. } => Some("undo those after it first: `groma migrate down --to NAME`"),
            Self::Record { .. } => Some("use the version of groma that applied it"),
            Self::Elsewhere { .. } => Some("plan it anew: `groma migrate plan`"),
            Self::OfTheRunner { .. } => Some(
                "take it out: each step is run in a transaction already, by one run at a time; nothing was changed",
            ),
            Self::Step { is_back: true, .. } => Some(
                "what was undone before it stays undone; once the cause is mended, `groma migrate down` goes on from here, and \
                 `groma migrate apply` does again what was undone",
            ),
            Self::Step { is_back: false, .. } => Some(
                "what was done before it stays done; once the cause is mended, `groma migrate apply` goes on from here",
            ),
            Self::InTheWay { is_begun: false, .. } => Some(
                "mend them, and apply again: the query behind `-- count:` of that step in its file finds them; nothing of \
                 that file is done",
            ),
            Self::InTheWay { is_begun: true, .. } => Some(
                "mend them, and apply again, which goes on from here: the query behind `-- count:` of that step in its file \
                 finds them",
            ),
            Self::Undone { .. } => Some("look at what is there, and apply again"),
            Self::LetGo { .. } => Some(
                "take `DISCARD`, `pg_advisory_unlock_all` and their like out of the steps that follow, and apply again",
            ),
            Self::Dangling { .. } => Some("mend the rows first; nothing was changed"),
            Self::View { .. } => Some(
                "drop the view in a migration of its own before, and make it anew after; nothing was changed",
            ),
        }
    }
}

/// The first few, and how many more there are.
fn said<T: fmt::Display>(all: &[T]) -> String {
    let said: Vec<String> = all.iter().take(5).map(T::to_string).collect();
    let more = all.len().saturating_sub(said.len());
    let more = if more > 0 {
        format!("; and {more} more")
    } else {
        String::new()
    };
    said.join("; ") + &more
}
