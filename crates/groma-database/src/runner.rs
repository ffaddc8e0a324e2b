//! Applies migrations, one recorded step after the other: whenever it is killed, the next run goes on from there.
//!
//! One runner at a time: a lock is asked for again and again, never waited for inside the server, where a wait would
//! deadlock with an index that is built concurrently. What is done in a transaction is recorded in the same one; what
//! cannot be is recorded before, and looked at when it was broken off.
//!
//! Knows statements and how each is to be run. Does not know what they mean.

mod error;
mod ledger;
mod lock;
mod sqlite;
mod steps;

use std::time::Duration;

use groma_migrate::Run;
use tokio_postgres::Client;

use crate::error::postgres;
use ledger::Ledger;

pub use error::RunError;
pub use ledger::{Applied, applied};
pub use sqlite::{applied as applied_to_sqlite, apply as apply_to_sqlite};

#[cfg(test)]
mod tests;

/// A migration to apply.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Script {
    /// Its name, which is that of its file.
    pub name: String,
    /// Tells it from every other one, whatever its comments and blanks are.
    pub hash: String,
    /// The state that it starts from and the one that it leads to; of one that was written by hand nobody knows.
    pub states: Option<(String, String)>,
    /// What is done, in order.
    pub steps: Vec<Work>,
}

/// A step of a migration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Work {
    /// What it does, in plain words.
    pub title: String,
    /// Its statements, in order.
    pub sql: Vec<String>,
    /// How they are run.
    pub run: Run,
    /// A query that answers `true` once its effect is there.
    pub done: Option<String>,
    /// Whether it works through rows, so that it may take its time.
    pub is_long: bool,
}

/// How patient a runner is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Patience {
    /// How long it waits for another runner.
    pub turn: Duration,
    /// How long a statement waits for a lock on a table, and keeps others waiting behind it.
    pub lock: Duration,
    /// How often it tries again.
    pub tries: u32,
    /// How long a step may take that works through no rows.
    pub quick: Duration,
    /// How long any other may take.
    pub long: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            turn: Duration::from_mins(10),
            lock: Duration::from_secs(3),
            tries: 20,
            quick: Duration::from_mins(1),
            long: Duration::from_hours(6),
        }
    }
}

/// What a runner tells on its way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// Another one is at work.
    Waits {
        /// Who, where the server says it.
        holder: Option<String>,
    },
    /// A migration begins, or goes on.
    Begins {
        /// Which.
        migration: String,
        /// How many of its steps an earlier run has done.
        done: usize,
        /// How many there are.
        of: usize,
    },
    /// A step begins.
    Step {
        /// Its number, from 1.
        number: usize,
        /// What it does.
        title: String,
    },
    /// A step is under way.
    Progress {
        /// How many batches are written, or what the server says of an index.
        said: String,
    },
    /// A statement did not get its lock; it is tried again.
    Again {
        /// What the server said.
        why: String,
    },
    /// A migration is done.
    Ends {
        /// Which.
        migration: String,
    },
}

/// Who is told.
pub type Tell<'a> = &'a mut (dyn FnMut(Event) + Send);

/// Applies those of the migrations that are not applied yet, over a direct connection that nobody else uses. Gives the
/// names of those that it has finished.
pub async fn apply(
    client: &Client,
    scripts: &[Script],
    (patience, tell): (&Patience, Tell<'_>),
) -> Result<Vec<String>, RunError> {
    settle(client).await?;
    lock::acquire(client, patience, tell).await?;
    let outcome = apply_locked(client, scripts, (patience, tell)).await;
    lock::release(client).await;
    outcome
}

/// Settings that hold until the connection ends: where tables are, and that texts are taken alike everywhere.
async fn settle(client: &Client) -> Result<(), RunError> {
    let settings = "\
SELECT set_config('search_path', coalesce((
  SELECT quote_ident(n.nspname) FROM pg_namespace n, unnest(current_schemas(false)) WITH ORDINALITY s(name, at)
  WHERE n.nspname = s.name AND s.name <> 'groma' ORDER BY s.at LIMIT 1), 'public'), false);
SET TimeZone = 'UTC'; SET standard_conforming_strings = on; SET client_min_messages = warning;
SET idle_in_transaction_session_timeout = '5min'";
    client
        .batch_execute(settings)
        .await
        .map_err(postgres("set up the connection"))?;
    Ok(())
}

async fn apply_locked(
    client: &Client,
    scripts: &[Script],
    (patience, tell): (&Patience, Tell<'_>),
) -> Result<Vec<String>, RunError> {
    let ledger = Ledger::open(client).await?;
    let applied = ledger.applied().await?;
    let pending = pending(scripts, &applied)?;
    let mut state = applied.iter().rev().find_map(|applied| applied.state.clone());
    let mut finished = Vec::new();
    for script in pending {
        if let (Some((from, _)), Some(state)) = (&script.states, &state)
            && from != state
        {
            return Err(RunError::Elsewhere {
                migration: script.name.clone(),
            });
        }
        steps::run(&ledger, script, (patience, tell)).await?;
        ledger.finish(script).await?;
        tell(Event::Ends {
            migration: script.name.clone(),
        });
        state = script.states.as_ref().map(|(_, to)| to.clone()).or(state);
        finished.push(script.name.clone());
    }
    Ok(finished)
}

/// The migrations that are still to be applied, the first of them perhaps begun; an error where the files say something
/// else than what was done.
pub fn pending<'a>(scripts: &'a [Script], applied: &[Applied]) -> Result<&'a [Script], RunError> {
    for (at, applied) in applied.iter().enumerate() {
        let Some(script) = scripts.iter().find(|script| script.name == applied.name) else {
            return Err(RunError::Missing {
                migration: applied.name.clone(),
            });
        };
        if script.hash != applied.hash {
            return Err(RunError::Changed {
                migration: applied.name.clone(),
                is_begun: !applied.is_finished,
            });
        }
        let before = scripts.get(at).filter(|script| script.name != applied.name);
        if let Some(before) = before {
            return Err(RunError::Order {
                migration: before.name.clone(),
                applied: applied.name.clone(),
            });
        }
    }
    let finished = applied.iter().filter(|applied| applied.is_finished).count();
    Ok(scripts.get(finished..).unwrap_or_default())
}
