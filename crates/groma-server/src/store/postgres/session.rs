//! A connection in the hands of one request.

use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use groma_plan::Cell;
use groma_sql::Call;
use groma_sql::postgres::{Bound, bound, cell, oid};
use tokio::sync::OwnedSemaphorePermit;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Row, Statement};

use super::fault::Fault;
use super::pool::{Kept, Pool};

type Error = Box<dyn std::error::Error + Sync + Send>;

/// A connection that is lent. It goes back when this is dropped; one that is in the middle of something is closed.
#[derive(Debug)]
pub(super) struct Session<'p> {
    pool: &'p Pool,
    kept: Option<Kept>,
    // INVARIANT: true while an answer is awaited or a transaction is open.
    is_busy: bool,
    in_transaction: bool,
    _place: OwnedSemaphorePermit,
}

/// How a statement is sent.
enum Ready {
    /// It is kept prepared.
    Kept(Statement),
    /// With its text.
    Text(Vec<Type>),
}

impl<'p> Session<'p> {
    pub(super) fn new(pool: &'p Pool, kept: Kept, place: OwnedSemaphorePermit) -> Self {
        Self {
            pool,
            kept: Some(kept),
            is_busy: false,
            in_transaction: false,
            _place: place,
        }
    }

    /// Runs a statement and gives its rows.
    pub(super) async fn run(&mut self, call: &Call, time: Duration) -> Result<Vec<Row>, Fault> {
        self.within(time, None, call).await
    }

    /// Opens a transaction and runs its first statement, in one round trip.
    pub(super) async fn begin(
        &mut self,
        begin: &str,
        call: &Call,
        time: Duration,
    ) -> Result<Vec<Row>, Fault> {
        self.in_transaction = true;
        self.within(time, Some(begin), call).await
    }

    /// Runs a statement without parameters whose rows do not matter.
    pub(super) async fn command(&mut self, sql: &str, time: Duration) -> Result<(), Fault> {
        let Some(kept) = &self.kept else {
            return Err(gone());
        };
        self.is_busy = true;
        let done = tokio::time::timeout(time, kept.connection.batch_execute(sql)).await;
        self.is_busy = false;
        self.outcome(done.map(|result| result.map_err(|error| Fault::of(&error))))
    }

    /// Commits. An error means that nothing was kept if the server said so, and otherwise that nobody knows.
    pub(super) async fn commit(&mut self, time: Duration) -> Result<(), Fault> {
        let committed = self.command("COMMIT", time).await;
        self.in_transaction = false;
        committed
    }

    /// Undoes what the transaction did. When that cannot be had, the connection is closed, which does it too.
    pub(super) async fn roll_back(&mut self, time: Duration) {
        if self.in_transaction && self.command("ROLLBACK", time).await.is_err() {
            self.kept = None;
        }
        self.in_transaction = false;
    }

    /// Whether a transaction is open.
    pub(super) fn is_in_transaction(&self) -> bool {
        self.in_transaction
    }

    /// Takes note that others use the same connections.
    pub(super) fn found_shared(&mut self) {
        self.pool.found_shared();
        self.close();
    }

    /// Closes the connection now.
    pub(super) fn close(&mut self) {
        self.kept = None;
    }

    async fn within(&mut self, time: Duration, begin: Option<&str>, call: &Call) -> Result<Vec<Row>, Fault> {
        let Some(kept) = &mut self.kept else {
            return Err(gone());
        };
        self.is_busy = true;
        let is_shared = self.pool.is_shared();
        let done = tokio::time::timeout(time, async {
            let ready = ready(kept, call, is_shared).await?;
            sent(kept, begin, call, &ready).await
        })
        .await;
        self.is_busy = false;
        self.outcome(done)
    }

    /// Lets go of a connection that is of no more use.
    fn outcome<T>(
        &mut self,
        done: Result<Result<T, Fault>, tokio::time::error::Elapsed>,
    ) -> Result<T, Fault> {
        match done {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(fault)) => {
                if matches!(fault, Fault::Broken(_)) {
                    self.kept = None;
                }
                Err(fault)
            }
            Err(_) => {
                if let Some(kept) = self.kept.take() {
                    self.pool.stop(kept);
                }
                Err(Fault::TooSlow)
            }
        }
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        let Some(kept) = self.kept.take() else { return };
        if self.is_busy {
            // Whoever asked went away in the middle.
            self.pool.stop(kept);
        } else if !self.in_transaction {
            self.pool.give_back(kept);
        }
    }
}

fn gone() -> Fault {
    Fault::Broken("the connection is closed".to_owned())
}

async fn ready(kept: &mut Kept, call: &Call, is_shared: bool) -> Result<Ready, Fault> {
    if is_shared {
        return Ok(Ready::Text(types(call)?));
    }
    if let Some(statement) = kept.statements.get(&call.sql) {
        return Ok(Ready::Kept(statement));
    }
    let prepared = kept.connection.prepare_typed(&call.sql, &types(call)?).await;
    let statement = prepared.map_err(|error| Fault::of(&error))?;
    kept.statements.keep(Arc::clone(&call.sql), statement.clone());
    Ok(Ready::Kept(statement))
}

fn types(call: &Call) -> Result<Vec<Type>, Fault> {
    let types = call.types.iter().map(|parameter| Type::from_oid(oid(*parameter)));
    types
        .collect::<Option<_>>()
        .ok_or_else(|| Fault::Defect("a parameter is of a type that the driver does not know".to_owned()))
}

/// Sends a statement, behind the beginning of its transaction where it is the first one.
async fn sent(kept: &Kept, begin: Option<&str>, call: &Call, ready: &Ready) -> Result<Vec<Row>, Fault> {
    let parameters: Vec<Parameter<'_>> = std::iter::zip(&call.params, call.types.iter())
        .map(|(value, parameter)| Parameter(bound(value, *parameter)))
        .collect();
    let client = &kept.connection;
    let statement = async {
        match ready {
            Ready::Kept(statement) => client.query(statement, &all(&parameters)).await,
            Ready::Text(types) => {
                let parameters: Vec<_> = std::iter::zip(all(&parameters), types.iter().cloned()).collect();
                client.query_typed(&call.sql, &parameters).await
            }
        }
    };
    let rows = match begin {
        None => statement.await,
        Some(begin) => {
            let (begun, rows) = tokio::join!(biased; client.batch_execute(begin), statement);
            begun.and(rows)
        }
    };
    rows.map_err(|error| Fault::of(&error))
}

fn all<'v>(parameters: &'v [Parameter<'_>]) -> Vec<&'v (dyn ToSql + Sync)> {
    parameters
        .iter()
        .map(|parameter| -> &(dyn ToSql + Sync) { parameter })
        .collect()
}

/// A value that is sent as its bytes: they are those of the type that the statement was given.
#[derive(Debug)]
struct Parameter<'v>(Bound<'v>);

impl ToSql for Parameter<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Error> {
        Ok(match self.0.bytes() {
            Some(bytes) => {
                out.extend_from_slice(bytes);
                IsNull::No
            }
            None => IsNull::Yes,
        })
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// A row as plans read it.
pub(super) struct Postgres<'r>(pub(super) &'r Row);

impl groma_plan::Row for Postgres<'_> {
    fn cell(&self, index: usize) -> Cell<'_> {
        match self.0.try_get(index) {
            Ok(Given(Some((oid, bytes)))) => cell(oid, bytes),
            Ok(Given(None)) | Err(_) => Cell::Null,
        }
    }
}

/// A value as its bytes, and the number of its type.
struct Given<'r>(Option<(u32, &'r [u8])>);

impl<'r> FromSql<'r> for Given<'r> {
    fn from_sql(ty: &Type, bytes: &'r [u8]) -> Result<Self, Error> {
        Ok(Self(Some((ty.oid(), bytes))))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Error> {
        Ok(Self(None))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}
