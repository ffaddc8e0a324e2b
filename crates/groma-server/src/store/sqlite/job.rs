//! Runs the statements of one job on a connection.

use groma_plan::Cell;
use groma_sql::sqlite::{Bound, bound, violation};
use groma_sql::{Call, Job, Outcome, Step, Transaction};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, Row, ToSql};

use super::{Store, StoreError, Verdict};

impl Store {
    /// Runs a job that reads few rows, at once and on this thread.
    pub(crate) fn run_read(&self, mut job: Job) -> Result<Outcome, StoreError> {
        self.read(|connection| run_reading(&mut job, connection))
    }

    /// Runs a client's job that may look at many rows, beside the workers.
    pub(crate) async fn run_wide(&self, client: u64, mut job: Job) -> Result<Outcome, StoreError> {
        self.read_aside(client, move |connection| run_reading(&mut job, connection))
            .await
    }

    /// Runs a job that writes, in its turn. It is made anew each time that it runs.
    pub(crate) async fn run_write(
        &self,
        job: impl Fn() -> Job + Send + 'static,
    ) -> Result<Outcome, StoreError> {
        self.write(move |connection| {
            let outcome = run(&mut job(), connection)?;
            let verdict = if outcome.is_ok() {
                Verdict::Keep
            } else {
                Verdict::Undo
            };
            Ok((verdict, outcome))
        })
        .await
    }

    /// Runs a statement of no request in its turn, and says how many rows it gave.
    pub(crate) async fn run_alone(&self, call: Call) -> Result<usize, StoreError> {
        self.write(move |connection| {
            let mut statement = connection.prepare_cached(&call.sql)?;
            bind(&mut statement, &call)?;
            let mut rows = statement.raw_query();
            let mut count = 0;
            while rows.next()?.is_some() {
                count += 1;
            }
            Ok((Verdict::Keep, count))
        })
        .await
    }
}

fn run_reading(job: &mut Job, connection: &Connection) -> Result<Outcome, StoreError> {
    match job.transaction() {
        Transaction::None => run(job, connection),
        Transaction::Read => in_snapshot(job, connection),
        Transaction::Write(_) => Err(StoreError::Defect(
            "a job that writes was run as one that reads".to_owned(),
        )),
    }
}

fn in_snapshot(job: &mut Job, connection: &Connection) -> Result<Outcome, StoreError> {
    connection.prepare_cached("BEGIN")?.execute([])?;
    let outcome = run(job, connection);
    connection.prepare_cached("COMMIT")?.execute([])?;
    outcome
}

fn run(job: &mut Job, connection: &Connection) -> Result<Outcome, StoreError> {
    loop {
        match job.next() {
            Step::Done(outcome) => return Ok(outcome),
            Step::Again => {
                return Err(StoreError::Defect(
                    "another request wrote in between, where one writes after the other".to_owned(),
                ));
            }
            Step::Run(call) => match step(job, &call, connection) {
                Ok(()) => {}
                Err(error) => match broken_rule(&error) {
                    Some(violation) => job.fail(violation),
                    None => return Err(error.into()),
                },
            },
        }
    }
}

fn step(job: &mut Job, call: &Call, connection: &Connection) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(&call.sql)?;
    bind(&mut statement, call)?;
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        job.row(&Sqlite(row));
    }
    Ok(())
}

fn bind(statement: &mut CachedStatement<'_>, call: &Call) -> rusqlite::Result<()> {
    for (index, value) in call.params.iter().enumerate() {
        statement.raw_bind_parameter(index + 1, Parameter(bound(value)))?;
    }
    Ok(())
}

/// The unique or foreign key that an error tells of.
fn broken_rule(error: &rusqlite::Error) -> Option<groma_sql::Violation> {
    match error {
        rusqlite::Error::SqliteFailure(failure, Some(message)) => violation(failure.extended_code, message),
        _ => None,
    }
}

struct Parameter<'v>(Bound<'v>);

impl ToSql for Parameter<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match &self.0 {
            Bound::Null => ValueRef::Null,
            Bound::Int(number) => ValueRef::Integer(*number),
            Bound::Float(number) => ValueRef::Real(*number),
            Bound::Text(text) => ValueRef::Text(text.as_ref().as_bytes()),
        }))
    }
}

struct Sqlite<'r>(&'r Row<'r>);

impl groma_plan::Row for Sqlite<'_> {
    fn cell(&self, index: usize) -> Cell<'_> {
        match self.0.get_ref(index) {
            Ok(ValueRef::Integer(number)) => Cell::Int(number),
            Ok(ValueRef::Real(number)) => Cell::Float(number),
            Ok(ValueRef::Text(bytes)) => std::str::from_utf8(bytes).map_or(Cell::Null, Cell::Text),
            Ok(ValueRef::Null | ValueRef::Blob(_)) | Err(_) => Cell::Null,
        }
    }
}
