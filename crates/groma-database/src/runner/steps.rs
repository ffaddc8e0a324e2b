//! Running the steps of one migration.

use std::time::Duration;

use groma_migrate::Run;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};

use super::ask::ask;
use super::ledger::{Ledger, Record};
use super::lock::{self, jittered};
use super::{Event, InTheWay, Patience, RunError, Script, Tell, Work};
use crate::error::{DatabaseError, postgres};

const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Runs what an earlier run has not.
pub(super) async fn run(
    ledger: &Ledger<'_>,
    script: &Script,
    (patience, tell): (&Patience, Tell<'_>),
) -> Result<(), RunError> {
    ledger.begin(script).await?;
    let mut at = 0;
    while at < script.steps.len() && is_done(ledger, script, at).await? {
        at += 1;
    }
    tell(Event::Begins {
        migration: script.name.clone(),
        done: at,
        of: script.steps.len(),
    });
    let mut runner = Runner {
        ledger,
        script,
        patience,
        at,
        way: Way::On,
    };
    while runner.at > 0 && runner.is_gone(runner.at - 1).await? {
        runner.at -= 1;
    }
    while let Some(step) = script.steps.get(runner.at) {
        runner.told(step, tell).await?;
        runner.look(step).await?;
        runner.at += runner.went(step, tell).await?;
    }
    runner.still_alone().await
}

/// Undoes what was done, and nothing else: `back` has the steps of the migration in the order in which they are undone.
/// What is undone is recorded as not done, so that both ways lead on from wherever this is broken off.
pub(super) async fn undo(
    ledger: &Ledger<'_>,
    back: &Script,
    (patience, tell): (&Patience, Tell<'_>),
) -> Result<(), RunError> {
    let mut runner = Runner {
        ledger,
        script: back,
        patience,
        at: 0,
        way: Way::Back,
    };
    while let Some(step) = back.steps.get(runner.at) {
        let record = ledger.record(back, runner.number(0)).await?;
        let is_there = record.is_some_and(|record| record.is_done || !matches!(step.run, Run::Together(_)));
        if !is_there {
            runner.at += 1;
            continue;
        }
        runner.told(step, tell).await?;
        runner.at += runner.went(step, tell).await?;
    }
    runner.still_alone().await
}

async fn is_done(ledger: &Ledger<'_>, script: &Script, at: usize) -> Result<bool, RunError> {
    let record = ledger.record(script, at).await?;
    Ok(record.is_some_and(|record| record.is_done))
}

/// Why a step ended.
enum Failed {
    Database(DatabaseError),
    /// It ran, and its effect is not there.
    Undone,
}

impl From<DatabaseError> for Failed {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error)
    }
}

/// Where a runner goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    On,
    Back,
}

struct Runner<'r> {
    ledger: &'r Ledger<'r>,
    script: &'r Script,
    patience: &'r Patience,
    at: usize,
    way: Way,
}

impl Runner<'_> {
    /// Which step of the migration it is, counted as in its file, so many behind this one.
    fn number(&self, offset: usize) -> usize {
        let at = self.at + offset;
        match self.way {
            Way::On => at,
            Way::Back => self.script.steps.len().saturating_sub(at + 1),
        }
    }

    /// Says that a step begins, once it is sure that nobody else is at work.
    async fn told(&self, step: &Work, tell: Tell<'_>) -> Result<(), RunError> {
        self.still_alone().await?;
        if self.way == Way::On || !step.sql.is_empty() {
            tell(Event::Step {
                number: self.number(0) + 1,
                title: step.title.clone(),
            });
        }
        Ok(())
    }

    /// Whether a step that was done outside of transactions has gone with a later one that was undone.
    async fn is_gone(&self, at: usize) -> Result<bool, RunError> {
        let step = self.script.steps.get(at).filter(|step| step.run == Run::Alone);
        Ok(match step {
            Some(step) => self.is_there(step).await? == Some(false),
            None => false,
        })
    }

    /// That the lock is still ours: a statement may have given it up.
    async fn still_alone(&self) -> Result<(), RunError> {
        if lock::is_held(self.ledger.client, &self.ledger.here).await? {
            return Ok(());
        }
        Err(RunError::LetGo {
            migration: self.script.name.clone(),
            number: self.at,
        })
    }

    /// Goes a step, and says how many were gone with it.
    async fn went(&self, step: &Work, tell: Tell<'_>) -> Result<usize, RunError> {
        let gone = match (step.run, self.way) {
            (Run::Together(_), _) | (Run::Batches, Way::Back) => {
                self.together(step.run, tell).await.map_err(Failed::from)
            }
            (Run::Alone, Way::On) => self.alone(step, tell).await.map(|()| 1),
            (Run::Alone, Way::Back) => self.alone_back(step, tell).await.map(|()| 1),
            (Run::Batches, Way::On) => self.batches(step, tell).await.map(|()| 1),
        };
        gone.map_err(|error| self.failed(step, error))
    }

    fn failed(&self, step: &Work, error: Failed) -> RunError {
        let (migration, number) = (self.script.name.clone(), self.number(0) + 1);
        let title = step.title.clone();
        match error {
            Failed::Database(source) => RunError::Step {
                migration,
                number,
                title,
                is_back: self.way == Way::Back,
                source: Box::new(source),
            },
            Failed::Undone => RunError::Undone {
                migration,
                number,
                title,
            },
        }
    }

    /// That no row is in the way, counted right before the step: names are those of this moment.
    async fn look(&self, step: &Work) -> Result<(), RunError> {
        for (what, count) in &step.obstacles {
            let rows = ask::<i64>(self.ledger.client, count).await;
            let rows = rows.map_err(postgres("count the rows that are in its way"));
            let rows = rows.map_err(|error| self.failed(step, Failed::Database(error)))?;
            let rows = rows.unwrap_or_default();
            if rows > 0 {
                return Err(RunError::InTheWay {
                    found: vec![InTheWay::of((self.script, self.at), (rows, what))],
                    is_begun: self.at > 0,
                });
            }
        }
        Ok(())
    }

    /// One transaction, recorded in itself: it is done and known to be done, or neither.
    async fn together(&self, run: Run, tell: Tell<'_>) -> Result<usize, DatabaseError> {
        let rest = self.script.steps.get(self.at..).unwrap_or_default();
        let many = rest.iter().take_while(|step| step.run == run).count();
        let many = if run == Run::Batches { 1 } else { many };
        let steps: Vec<&Work> = rest.iter().take(many).collect();
        let is_long = steps.iter().any(|step| step.is_long);
        let mut tries = Tries::new(self.patience);
        loop {
            match self.transaction(&steps, is_long).await {
                Ok(()) => return Ok(steps.len()),
                Err(error) => {
                    let _ = self.ledger.client.batch_execute("ROLLBACK").await;
                    tries.again(error, tell).await?;
                }
            }
        }
    }

    async fn transaction(&self, steps: &[&Work], is_long: bool) -> Result<(), DatabaseError> {
        let client = self.ledger.client;
        let doing = || postgres("run its statements");
        let (lock, statement) = (self.patience.lock, self.limit(is_long));
        let begin = format!(
            "BEGIN; SET LOCAL lock_timeout = {}; SET LOCAL statement_timeout = {}",
            lock.as_millis(),
            statement.as_millis()
        );
        client.batch_execute(&begin).await.map_err(doing())?;
        for (offset, step) in steps.iter().enumerate() {
            for sql in &step.sql {
                client.batch_execute(sql).await.map_err(doing())?;
            }
            let number = self.number(offset);
            if step.run == Run::Batches {
                self.ledger.unnote(self.script, number).await?;
                continue;
            }
            let record = Record {
                is_done: self.way == Way::On,
                reached: None,
            };
            let noted = self.ledger.note((self.script, number), &record).await;
            noted.map_err(doing())?;
        }
        if self.way == Way::Back {
            self.ledger.reopen(self.script).await?;
        }
        client.batch_execute("COMMIT").await.map_err(doing())
    }

    /// Statements outside of a transaction: what was begun is looked at, and cleared away before it is begun anew.
    async fn alone(&self, step: &Work, tell: Tell<'_>) -> Result<(), Failed> {
        let record = self.ledger.record(self.script, self.number(0)).await?;
        if record.is_some() && self.is_there(step).await? == Some(true) {
            return Ok(self.note(true, None).await?);
        }
        let reached = record.and_then(|record| record.reached?.parse::<usize>().ok());
        let mut reached = reached.unwrap_or_default();
        self.note(false, Some(reached.to_string())).await?;
        while let Some(sql) = step.sql.get(reached) {
            let mut tries = Tries::new(self.patience);
            loop {
                self.clear(sql).await?;
                match self.statement(sql).await {
                    Ok(()) => break,
                    Err(error) => {
                        if let Err(error) = tries.again(error, tell).await {
                            self.forget(sql, reached).await;
                            return Err(error.into());
                        }
                    }
                }
            }
            reached += 1;
            self.note(false, Some(reached.to_string())).await?;
        }
        if self.is_there(step).await? == Some(false) {
            // It is tried from its start the next time.
            self.note(false, None).await?;
            return Err(Failed::Undone);
        }
        Ok(self.note(true, None).await?)
    }

    /// Undoes such a step, where what it does is there: it may have been broken off, or have gone with a later one.
    async fn alone_back(&self, step: &Work, tell: Tell<'_>) -> Result<(), Failed> {
        const UNDOING: &str = "undone ";
        let record = self.ledger.record(self.script, self.number(0)).await?;
        let reached = record.and_then(|record| record.reached?.strip_prefix(UNDOING)?.parse::<usize>().ok());
        let mut reached = reached.unwrap_or_default();
        for sql in &step.sql {
            self.clear(sql).await?;
        }
        if reached == 0 && self.is_there(step).await? == Some(false) {
            reached = step.sql.len();
        }
        self.ledger.reopen(self.script).await?;
        while let Some(sql) = step.sql.get(reached) {
            self.note(false, Some(format!("{UNDOING}{reached}"))).await?;
            let mut tries = Tries::new(self.patience);
            while let Err(error) = self.statement(sql).await {
                tries.again(error, tell).await?;
                self.clear(sql).await?;
            }
            reached += 1;
            self.note(false, Some(format!("{UNDOING}{reached}"))).await?;
        }
        Ok(self.ledger.unnote(self.script, self.number(0)).await?)
    }

    /// Takes back what a statement has left that failed for good, where it was the first of its step: nothing is done
    /// then, and its file may be mended. Where the connection is gone nobody knows, and it stays as it is.
    async fn forget(&self, sql: &str, reached: usize) {
        if reached == 0 && self.clear(sql).await.is_ok() {
            let _ = self.ledger.unnote(self.script, self.number(0)).await;
        }
    }

    async fn statement(&self, sql: &str) -> Result<(), DatabaseError> {
        let client = self.ledger.client;
        let doing = || postgres("run its statements");
        // An index that is built concurrently waits for transactions of others as if they were locks.
        let lock = self.patience.lock.max(Duration::from_mins(1));
        let settings = format!(
            "SET lock_timeout = {}; SET statement_timeout = {}",
            lock.as_millis(),
            self.patience.long.as_millis()
        );
        client.batch_execute(&settings).await.map_err(doing())?;
        let outcome = client.batch_execute(sql).await;
        client
            .batch_execute("RESET lock_timeout; RESET statement_timeout")
            .await
            .map_err(doing())?;
        outcome.map_err(doing())
    }

    /// Drops what a build that was broken off has left of an index: it has the name, and serves nobody.
    async fn clear(&self, sql: &str) -> Result<(), DatabaseError> {
        let doing = || postgres("look for indexes that were left half built");
        let rows = self
            .ledger
            .client
            .query_typed(
                "SELECT c.relname::text, quote_ident(c.relname) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                 WHERE NOT i.indisvalid AND c.relnamespace = current_schema()::regnamespace AND c.relkind = 'i'
                   AND NOT c.relispartition",
                &[],
            )
            .await
            .map_err(doing())?;
        for row in rows {
            let (name, quoted): (String, String) = (row.get(0), row.get(1));
            let is_meant = sql.contains(&format!("\"{name}\"")) || words(sql).any(|word| word == name);
            if is_meant {
                self.ledger
                    .client
                    .batch_execute(&format!("DROP INDEX CONCURRENTLY IF EXISTS {quoted}"))
                    .await
                    .map_err(doing())?;
            }
        }
        Ok(())
    }

    /// Many small transactions, each of which records the row that it came to.
    async fn batches(&self, step: &Work, tell: Tell<'_>) -> Result<(), Failed> {
        let record = self.ledger.record(self.script, self.at).await?;
        let mut reached = record.and_then(|record| record.reached);
        let of = self.about(step).await?;
        let (mut written, mut tries, mut pause) = (0, Tries::new(self.patience), FIRST_PAUSE);
        loop {
            let since = std::time::Instant::now();
            match self.batch(step, reached.as_ref()).await {
                Ok(Some((key, rows))) => {
                    reached = Some(key);
                    written += rows;
                    tries = Tries::new(self.patience);
                    pause = FIRST_PAUSE;
                    if written > 0 {
                        tell(Event::Progress {
                            said: format!("{written} rows written{of}"),
                        });
                    }
                    // Others get their turn: at least a quarter of the time is theirs.
                    tokio::time::sleep(since.elapsed() / 3).await;
                }
                Ok(None) if self.is_there(step).await? != Some(false) => {
                    return Ok(self.note(true, None).await?);
                }
                Ok(None) => {
                    // Rows that others were writing were left out: the next pass finds them.
                    reached = None;
                    tokio::time::sleep(jittered(pause)).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                Err(error) => {
                    let _ = self.ledger.client.batch_execute("ROLLBACK").await;
                    tries.again(error, tell).await?;
                }
            }
        }
    }

    /// How many rows the table of a step has, as the server knows it without counting.
    async fn about(&self, step: &Work) -> Result<String, DatabaseError> {
        let Some(table) = &step.table else {
            return Ok(String::new());
        };
        let query =
            "SELECT reltuples::int8 FROM pg_class WHERE oid = to_regclass(quote_ident($1)) AND reltuples > 0";
        let parameters: &[(&(dyn ToSql + Sync), Type)] = &[(table, Type::TEXT)];
        let rows = self.ledger.client.query_typed(query, parameters).await;
        let rows = rows.map_err(postgres("ask how large a table is"))?;
        let rows: Option<i64> = rows.first().map(|row| row.get(0));
        Ok(rows.map_or_else(String::new, |rows| format!("; `{table}` has about {rows}")))
    }

    /// One batch from behind a key; gives the last key of it, and how many rows it wrote: none where it
    /// does not say it.
    async fn batch(
        &self,
        step: &Work,
        after: Option<&String>,
    ) -> Result<Option<(String, i64)>, DatabaseError> {
        let client = self.ledger.client;
        let doing = || postgres("write rows");
        let begin = format!(
            "BEGIN; SET LOCAL lock_timeout = {}; SET LOCAL statement_timeout = {}",
            self.patience.lock.as_millis(),
            self.patience.quick.as_millis()
        );
        client.batch_execute(&begin).await.map_err(doing())?;
        let sql = step.sql.first().map(String::as_str).unwrap_or_default();
        let rows = client
            .query_typed(sql, &[(&after, Type::TEXT)])
            .await
            .map_err(doing())?;
        let last: Option<(String, i64)> = rows
            .first()
            .map(|row| (row.get(0), row.try_get(1).unwrap_or_default()));
        let record = Record {
            is_done: false,
            reached: last.as_ref().map(|(key, _)| key.clone()),
        };
        self.ledger
            .note((self.script, self.at), &record)
            .await
            .map_err(doing())?;
        client.batch_execute("COMMIT").await.map_err(doing())?;
        Ok(last)
    }

    /// What the step's own question says, where it has one.
    async fn is_there(&self, step: &Work) -> Result<Option<bool>, DatabaseError> {
        let Some(query) = &step.done else {
            return Ok(None);
        };
        let is_there = ask::<bool>(self.ledger.client, query).await;
        let is_there = is_there.map_err(postgres("ask whether it is done"))?;
        Ok(Some(is_there.unwrap_or_default()))
    }

    async fn note(&self, is_done: bool, reached: Option<String>) -> Result<(), DatabaseError> {
        self.ledger
            .note((self.script, self.number(0)), &Record { is_done, reached })
            .await
            .map_err(postgres("record what was done"))
    }

    fn limit(&self, is_long: bool) -> Duration {
        if is_long {
            self.patience.long
        } else {
            self.patience.quick
        }
    }
}

/// How often something was tried.
struct Tries {
    left: u32,
    pause: Duration,
}

impl Tries {
    fn new(patience: &Patience) -> Self {
        Self {
            left: patience.tries,
            pause: FIRST_PAUSE,
        }
    }

    /// Waits for the next attempt, where it is worth one: others were in the way, and go on first.
    async fn again(&mut self, error: DatabaseError, tell: Tell<'_>) -> Result<(), DatabaseError> {
        if self.left == 0 || !is_passing(&error) {
            return Err(error);
        }
        self.left -= 1;
        tell(Event::Again {
            why: error.to_string(),
        });
        tokio::time::sleep(jittered(self.pause)).await;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        Ok(())
    }
}

/// Whether others were in the way.
fn is_passing(error: &DatabaseError) -> bool {
    let states = [
        SqlState::LOCK_NOT_AVAILABLE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::T_R_SERIALIZATION_FAILURE,
    ];
    match error {
        DatabaseError::Postgres { error, .. } => error.code().is_some_and(|code| states.contains(code)),
        DatabaseError::Sqlite { .. } | DatabaseError::Connect(_) | DatabaseError::Pooled { .. } => false,
    }
}

fn words(sql: &str) -> impl Iterator<Item = &str> {
    sql.split(|letter: char| !(letter.is_alphanumeric() || letter == '_'))
}
