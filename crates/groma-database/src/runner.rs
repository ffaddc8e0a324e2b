//! Applies migrations, one recorded step after the other: whenever it is killed, the next run goes on from there.
//!
//! One runner at a time: a lock is asked for again and again, never waited for inside the server, where a wait would
//! deadlock with an index that is built concurrently. What is done in a transaction is recorded in the same one; what
//! cannot be is recorded before, and looked at when it was broken off.
//!
//! Knows statements and how each is to be run. Does not know what they mean.

mod ahead;
mod ask;
mod error;
mod ledger;
mod lock;
pub mod sqlite;
mod steps;
mod watch;

use std::collections::BTreeSet;
use std::time::Duration;

use groma_migrate::file::{File, FileStep};
use groma_migrate::hand::of_the_runner;
use groma_migrate::{Cost, Run};
use groma_sql::schema::Schema;
use tokio_postgres::Client;

use crate::catalog::{self, Beside, Catalog, Difference, differences, differences_beside, reconciled};
use crate::error::postgres;
use ledger::{Ledger, Left, TAKING_BACK};

pub(crate) use ask::{ask, ask_file};
pub use error::{InTheWay, RunError};
pub use ledger::{Applied, applied};
pub(crate) use watch::watched;

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
    /// Rows that must not be there for it to succeed: what they break, and a query that counts them.
    pub obstacles: Vec<(String, String)>,
    /// Whether it works through rows, so that it may take its time.
    pub is_long: bool,
    /// The table that it works through, where it says so.
    pub table: Option<String>,
}

impl Script {
    /// The migration of a file.
    pub fn of(name: &str, file: &File) -> Self {
        let steps = file.steps.iter().map(|step| Work {
            title: step.title.clone(),
            sql: step.sql.clone(),
            run: step.run,
            done: step.done.clone(),
            obstacles: obstacles(step),
            is_long: is_long(&step.facts),
            table: table(&step.facts),
        });
        Self {
            steps: steps.collect(),
            ..Self::empty(name, file)
        }
    }

    /// What undoes the migration of a file, the last step first: as many steps as it has, some of which have nothing to
    /// undo.
    pub fn back(name: &str, file: &File) -> Self {
        let steps = file.steps.iter().rev().map(|step| Work {
            title: format!("undo: {}", step.title),
            sql: step.down.clone(),
            run: step.run,
            done: step.done.clone(),
            obstacles: Vec::new(),
            is_long: is_long(&step.facts),
            table: table(&step.facts),
        });
        Self {
            steps: steps.collect(),
            ..Self::empty(name, file)
        }
    }

    fn empty(name: &str, file: &File) -> Self {
        let states = file.states.as_ref();
        Self {
            name: name.to_owned(),
            hash: file.hash().to_string(),
            states: states.map(|(from, to)| (from.to_string(), to.to_string())),
            steps: Vec::new(),
        }
    }
}

/// What stands in the way of a step: each query stands beside the words of what it counts.
fn obstacles(step: &FileStep) -> Vec<(String, String)> {
    let mut words = step
        .facts
        .iter()
        .filter_map(|fact| fact.strip_prefix("fails where: "));
    let counts = step.counts.iter();
    let pairs = counts.map(|count| {
        let what = words.next().unwrap_or("they stand in its way");
        (what.to_owned(), count.clone())
    });
    pairs.collect()
}

/// Whether a step works through rows. Of one that says nothing it is not known.
fn is_long(facts: &[String]) -> bool {
    let cost = facts.iter().find_map(|fact| fact.strip_prefix("cost: "));
    cost.is_none_or(|cost| !cost.starts_with(Cost::Metadata.words()))
}

/// The table that a step locks first.
fn table(facts: &[String]) -> Option<String> {
    let lock = facts.iter().find_map(|fact| fact.strip_prefix("lock: "))?;
    Some(lock.split_once(" on ")?.1.to_owned())
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
        /// How many rows are written, or what the server says of the statement.
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

/// What a runner is to do.
#[derive(Clone, Copy, Debug)]
pub struct Orders<'o> {
    /// The migrations, in order.
    pub scripts: &'o [Script],
    /// The tables that are ours once all of them are applied.
    pub ours: &'o BTreeSet<String>,
    /// How patient it is.
    pub patience: &'o Patience,
}

/// Applies those of the migrations that are not applied yet, over a direct connection that nobody else uses. Gives the
/// names of those that it has finished.
pub async fn apply(client: &Client, orders: &Orders<'_>, tell: Tell<'_>) -> Result<Vec<String>, RunError> {
    let here = settle(client).await?;
    lock::acquire((client, &here), orders.patience, tell).await?;
    let outcome = apply_locked(client, orders, tell).await;
    lock::release(client, &here).await;
    outcome
}

/// Undoes the last migration by the steps of `back`, which bears its name. One that was adopted is only forgotten: its
/// tables were there before it.
pub async fn undo(
    client: &Client,
    back: &Script,
    (orders, tell): (&Orders<'_>, Tell<'_>),
) -> Result<(), RunError> {
    let here = settle(client).await?;
    lock::acquire((client, &here), orders.patience, tell).await?;
    let outcome = undo_locked(client, back, (orders, tell)).await;
    lock::release(client, &here).await;
    outcome
}

/// Records migrations as applied, though nothing of them was run: the tables are what they would make of nothing.
pub async fn adopt(client: &Client, orders: &Orders<'_>) -> Result<(), RunError> {
    let here = settle(client).await?;
    lock::acquire((client, &here), orders.patience, &mut |_| {}).await?;
    let outcome = adopt_locked(client, orders).await;
    lock::release(client, &here).await;
    outcome
}

async fn adopt_locked(client: &Client, orders: &Orders<'_>) -> Result<(), RunError> {
    let ledger = Ledger::open(client).await?;
    ledger.clear().await?;
    for script in pending(orders.scripts, &ledger.applied().await?)? {
        ledger.begin(script).await?;
        ledger.adopted(&script.name).await?;
        ledger
            .finish(&script.name, &left_behind(client, orders.ours).await?)
            .await?;
    }
    Ok(())
}

/// Takes back what somebody has changed, by the steps of these, of which nothing stays in the record.
pub async fn take_back(
    client: &Client,
    scripts: &[Script],
    (patience, tell): (&Patience, Tell<'_>),
) -> Result<(), RunError> {
    let here = settle(client).await?;
    lock::acquire((client, &here), patience, tell).await?;
    let outcome = take_back_locked(client, scripts, (patience, tell)).await;
    lock::release(client, &here).await;
    outcome
}

async fn take_back_locked(
    client: &Client,
    scripts: &[Script],
    (patience, tell): (&Patience, Tell<'_>),
) -> Result<(), RunError> {
    let ledger = Ledger::open(client).await?;
    for script in scripts {
        // One that was broken off was for tables as they were then.
        ledger.forget(&[TAKING_BACK]).await?;
        let script = Script {
            name: String::from(TAKING_BACK),
            ..script.clone()
        };
        steps::run(&ledger, &script, (patience, tell)).await?;
    }
    ledger.forget(&[TAKING_BACK]).await
}

/// Takes the tables as they are for what the last migration has left.
pub async fn accept(client: &Client, ours: &BTreeSet<String>) -> Result<(), RunError> {
    let here = settle(client).await?;
    lock::acquire((client, &here), &Patience::default(), &mut |_| {}).await?;
    let outcome = accept_locked(client, ours).await;
    lock::release(client, &here).await;
    outcome
}

async fn accept_locked(client: &Client, ours: &BTreeSet<String>) -> Result<(), RunError> {
    let ledger = Ledger::open(client).await?;
    let applied = ledger.applied().await?;
    let Some(last) = applied.iter().rfind(|applied| applied.is_finished) else {
        return Ok(());
    };
    let ours = ours_after(last, ours)?;
    ledger
        .finish(&last.name, &left_behind(client, &ours).await?)
        .await
}

/// What has changed in our tables since the last migration, which left them as it found or made them.
pub async fn drift(client: &Client, applied: &[Applied]) -> Result<Vec<Difference>, RunError> {
    let Some((last, expected)) = last_left(applied)? else {
        return Ok(Vec::new());
    };
    let live = catalog::of_postgres(client).await?.schema;
    let found = differences(&expected, &live);
    if found.is_empty() || !last.is_finished {
        return Ok(found);
    }
    // Another version of the server may print the same expressions otherwise.
    let expected = reconciled(client, &expected, &live).await?;
    Ok(differences(&expected, &live))
}

/// What has changed beside our tables since the last migration: triggers, rules, owners, grants, and what policies ask.
pub async fn drift_beside(client: &Client, applied: &[Applied]) -> Result<Vec<Difference>, RunError> {
    let Some((last, expected)) = last_left(applied)? else {
        return Ok(Vec::new());
    };
    let Some(left) = last.beside().map_err(|source| RunError::Record {
        migration: last.name.clone(),
        source: source.into(),
    })?
    else {
        return Ok(Vec::new());
    };
    let names = expected.tables.iter().map(|table| table.name.clone()).collect();
    let found = beside(&catalog::of_postgres(client).await?, &names);
    Ok(differences_beside(&left, &found))
}

/// What stands beside these tables, and in the schema of ours.
fn beside(catalog: &Catalog, ours: &BTreeSet<String>) -> Beside {
    let all = catalog.beside.clone().into_iter();
    let own = all.filter(|((table, _), _)| table == "groma_internal" || ours.contains(table));
    own.collect()
}

/// The last migration, and what it left, where that is known.
pub fn last_left(applied: &[Applied]) -> Result<Option<(&Applied, Schema)>, RunError> {
    let Some(last) = applied.last().filter(|last| last.is_finished) else {
        return Ok(None);
    };
    let Some(text) = &last.left_behind else {
        return Ok(None);
    };
    let schema = groma_migrate::read_snapshot(text).map_err(|source| RunError::Record {
        migration: last.name.clone(),
        source,
    })?;
    Ok(Some((last, schema)))
}

fn ours_after(last: &Applied, ours: &BTreeSet<String>) -> Result<BTreeSet<String>, RunError> {
    let before = last_left(std::slice::from_ref(last))?;
    let before = before.into_iter().flat_map(|(_, schema)| schema.tables);
    Ok(ours
        .iter()
        .cloned()
        .chain(before.map(|table| table.name))
        .collect())
}

async fn left_behind(client: &Client, ours: &BTreeSet<String>) -> Result<Left, RunError> {
    let catalog = catalog::of_postgres(client).await?;
    let beside = beside(&catalog, ours).into_iter();
    let beside: Vec<(String, String, String)> =
        beside.map(|((table, part), said)| (table, part, said)).collect();
    let beside = serde_json::to_string(&beside).unwrap_or_default();
    Ok((groma_migrate::snapshot(&catalog.only(ours)), beside))
}

/// Settings that hold until the connection ends: where tables are, which is given, and that texts are taken alike
/// everywhere.
async fn settle(client: &Client) -> Result<String, RunError> {
    let settings = "\
SELECT set_config('search_path', coalesce((
  SELECT quote_ident(n.nspname) FROM pg_namespace n, unnest(current_schemas(false)) WITH ORDINALITY s(name, at)
  WHERE n.nspname = s.name AND s.name <> 'groma_internal' ORDER BY s.at LIMIT 1), 'public'), false);
SET TimeZone = 'UTC'; SET standard_conforming_strings = on; SET client_min_messages = warning;
SET idle_in_transaction_session_timeout = '5min'";
    client
        .batch_execute(settings)
        .await
        .map_err(postgres("set up the connection"))?;
    Ok(catalog::schema_name(client).await?)
}

async fn apply_locked(client: &Client, orders: &Orders<'_>, tell: Tell<'_>) -> Result<Vec<String>, RunError> {
    let ledger = Ledger::open(client).await?;
    ledger.clear().await?;
    let applied = ledger.applied().await?;
    let pending = pending(orders.scripts, &applied)?;
    without_ours(pending)?;
    let drift = if pending.is_empty() {
        Vec::new()
    } else {
        drift(client, &applied).await?
    };
    if let (Some(last), false) = (applied.last(), drift.is_empty()) {
        return Err(RunError::Drift {
            migration: last.name.clone(),
            differences: drift,
        });
    }
    let mut ours = orders.ours.clone();
    if let Some(last) = applied.iter().rfind(|applied| applied.is_finished) {
        ours = ours_after(last, &ours)?;
    }
    let mut state = applied.iter().rev().find_map(|applied| applied.state.clone());
    let mut finished = Vec::new();
    for (at, script) in pending.iter().enumerate() {
        let is_begun = applied.iter().any(|applied| applied.name == script.name);
        if let (Some((from, _)), Some(state), false) = (&script.states, &state, is_begun)
            && from != state
        {
            return Err(RunError::Elsewhere {
                migration: script.name.clone(),
            });
        }
        // What those behind the first ask of its work can be asked once that is done.
        let next = if at == 0 {
            pending
        } else {
            std::slice::from_ref(script)
        };
        ahead::look(client, next, &applied).await?;
        steps::run(&ledger, script, (orders.patience, tell)).await?;
        ledger
            .finish(&script.name, &left_behind(client, &ours).await?)
            .await?;
        tell(Event::Ends {
            migration: script.name.clone(),
        });
        state = script.states.as_ref().map(|(_, to)| to.clone()).or(state);
        finished.push(script.name.clone());
    }
    Ok(finished)
}

async fn undo_locked(
    client: &Client,
    back: &Script,
    (orders, tell): (&Orders<'_>, Tell<'_>),
) -> Result<(), RunError> {
    let ledger = Ledger::open(client).await?;
    ledger.clear().await?;
    let mut applied = ledger.applied().await?;
    without_ours(std::slice::from_ref(back))?;
    if !last_of(back, &applied)?.is_adopted {
        steps::undo(&ledger, back, (orders.patience, tell)).await?;
    }
    ledger.forget(&[&back.name]).await?;
    applied.pop();
    if let Some(last) = applied.last() {
        let ours = ours_after(last, orders.ours)?;
        ledger
            .finish(&last.name, &left_behind(client, &ours).await?)
            .await?;
    }
    tell(Event::Ends {
        migration: back.name.clone(),
    });
    Ok(())
}

/// That no step does what is the runner's: what was done and what is recorded of it would come apart.
fn without_ours(scripts: &[Script]) -> Result<(), RunError> {
    for script in scripts {
        for (at, step) in script.steps.iter().enumerate() {
            if let Some(does) = step.sql.iter().find_map(|sql| of_the_runner(sql)) {
                return Err(RunError::OfTheRunner {
                    migration: script.name.clone(),
                    number: at + 1,
                    title: step.title.clone(),
                    does,
                });
            }
        }
    }
    Ok(())
}

/// What is recorded of the migration that `back` undoes: it is the last one, and its file says what was applied.
fn last_of<'a>(back: &Script, applied: &'a [Applied]) -> Result<&'a Applied, RunError> {
    let last = applied.last().filter(|last| last.name == back.name);
    let last = last.ok_or_else(|| RunError::NotLast {
        migration: back.name.clone(),
    })?;
    if last.hash != back.hash {
        return Err(RunError::Changed {
            migration: back.name.clone(),
            is_begun: !last.is_finished,
        });
    }
    Ok(last)
}

/// The migrations that are still to be applied, the first of them perhaps begun; an error where the files say something
/// else than what was done.
pub fn pending<'a>(scripts: &'a [Script], applied: &[Applied]) -> Result<&'a [Script], RunError> {
    let file_of = |done: &Applied| scripts.iter().find(|script| script.name == done.name);
    for (at, done) in applied.iter().enumerate() {
        let Some(script) = file_of(done) else {
            return Err(RunError::Missing {
                migration: done.name.clone(),
                is_all: !applied.iter().any(|done| file_of(done).is_some()),
            });
        };
        if script.hash != done.hash {
            return Err(RunError::Changed {
                migration: done.name.clone(),
                is_begun: !done.is_finished,
            });
        }
        let before = scripts.get(at).filter(|script| script.name != done.name);
        if let Some(before) = before {
            return Err(RunError::Order {
                migration: before.name.clone(),
                applied: done.name.clone(),
            });
        }
    }
    let finished = applied.iter().filter(|applied| applied.is_finished).count();
    Ok(scripts.get(finished..).unwrap_or_default())
}
