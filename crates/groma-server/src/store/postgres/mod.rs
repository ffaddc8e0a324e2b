//! Postgres: a small pool of connections, and the rules by which a statement is run, and run again.
//!
//! What was acknowledged is committed. A statement whose outcome is not known, because the connection broke while it
//! ran, is told as that and never repeated; what surely was not done may be done anew. Each connection serves one
//! request at a time, and one that was left in the middle of something serves no other.

mod fault;
mod open;
pub(super) mod peek;
mod pool;
mod rights;
mod run;
mod session;
mod statements;
mod theirs;

use std::sync::Arc;
use std::time::Duration;

use groma_ir::Model;
use groma_sql::{Call, Job, Outcome};

pub(crate) use open::Opened;

use super::StoreError;
use super::turns::Turns;
use pool::{Pool, Wanted};

/// How long one statement of a plain read may run.
const READ_TIME: Duration = Duration::from_secs(3);
/// How long one statement of a read that may look at many rows may run.
const WIDE_TIME: Duration = Duration::from_secs(5);
/// How long one statement of a write may run.
const WRITE_TIME: Duration = Duration::from_secs(5);
/// How long the look whether the database answers may take.
const CHECK_TIME: Duration = Duration::from_secs(5);

/// An open database with the tables of the design.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    model: Arc<Model>,
    pool: Pool,
    /// Where reads go, when it is another server.
    replica: Option<Pool>,
    turns: Turns,
}

impl Store {
    /// Runs a job that reads few rows.
    pub(crate) async fn run_read(&self, job: Job) -> Result<Outcome, StoreError> {
        run::read(self.inner.readers(), job, READ_TIME).await
    }

    /// Runs a client's job that may look at many rows, in its turn.
    pub(crate) async fn run_wide(&self, client: u64, job: Job) -> Result<Outcome, StoreError> {
        let _turn = self.inner.turns.take(client).await?;
        run::read(self.inner.readers(), job, WIDE_TIME).await
    }

    /// Runs a job that writes. It is made anew each time that it runs, and runs to its end also when whoever asked for
    /// it goes away.
    pub(crate) async fn run_write(
        &self,
        job: impl Fn() -> Job + Send + Sync + 'static,
    ) -> Result<Outcome, StoreError> {
        let inner = Arc::clone(&self.inner);
        let work = tokio::spawn(async move { run::write(&inner.pool, &inner.model, &job, WRITE_TIME).await });
        work.await
            .unwrap_or_else(|error| Err(StoreError::Defect(error.to_string())))
    }

    /// Runs a statement of no request, and says how many rows it gave.
    pub(crate) async fn run_alone(&self, call: Call) -> Result<usize, StoreError> {
        let mut session = self.inner.pool.take(Wanted::Any).await?;
        let rows = session.run(&call, WRITE_TIME).await?;
        Ok(rows.len())
    }

    /// Whether the database answers, and the one that is read from.
    pub(crate) async fn check(&self) -> Result<(), StoreError> {
        let inner = &self.inner;
        inner.pool.check(CHECK_TIME).await?;
        match &inner.replica {
            Some(replica) => replica.check(CHECK_TIME).await,
            None => Ok(()),
        }
    }

    /// Lends no connection any longer, and closes those that rest. Writes that run end by themselves before.
    pub(crate) fn close(&self) {
        self.inner.pool.close();
        if let Some(replica) = &self.inner.replica {
            replica.close();
        }
    }
}

impl Inner {
    fn readers(&self) -> &Pool {
        self.replica.as_ref().unwrap_or(&self.pool)
    }
}
