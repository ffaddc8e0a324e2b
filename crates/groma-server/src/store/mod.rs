//! The one door to the database, of whichever kind it is.
//!
//! Knows statements and rows; knows nothing of routes, callers or HTTP. An answer means that the change is kept: on the
//! disk of SQLite, or committed by Postgres. What waits for a server is boxed, so that requests to a file stay small.

mod error;
mod external;
mod fit;
mod history;
mod postgres;
mod sqlite;
mod turns;

use groma_sql::{Call, Job, Outcome};

pub use error::{OpenError, SchemaDifference, StoreError};

pub(crate) use external::Found;
pub(crate) use postgres::Opened as OpenedPostgres;
pub(crate) use sqlite::Opened as OpenedSqlite;

/// Reading beside a service what it hands out by other ways than its answers.
pub mod peek {
    pub use super::postgres::peek::Remote;
    pub use super::sqlite::peek::{Cell, Peek};
}

/// An open database with the tables of the design. Cheap to clone; [`Store::close`] ends it for all clones.
#[derive(Clone, Debug)]
pub(crate) enum Store {
    /// A file.
    Sqlite(sqlite::Store),
    /// A server.
    Postgres(postgres::Store),
}

impl Store {
    /// Runs a job that reads few rows.
    pub(crate) async fn run_read(&self, job: Job) -> Result<Outcome, StoreError> {
        match self {
            Self::Sqlite(store) => store.run_read(job),
            Self::Postgres(store) => Box::pin(store.run_read(job)).await,
        }
    }

    /// Runs a client's job that may look at many rows, in the client's turn.
    pub(crate) async fn run_wide(&self, client: u64, job: Job) -> Result<Outcome, StoreError> {
        match self {
            Self::Sqlite(store) => store.run_wide(client, job).await,
            Self::Postgres(store) => Box::pin(store.run_wide(client, job)).await,
        }
    }

    /// Runs a job that writes. It is made anew each time that it runs.
    pub(crate) async fn run_write(
        &self,
        job: impl Fn() -> Job + Send + Sync + 'static,
    ) -> Result<Outcome, StoreError> {
        match self {
            Self::Sqlite(store) => store.run_write(job).await,
            Self::Postgres(store) => store.run_write(job).await,
        }
    }

    /// Runs a statement of no request, and says how many rows it gave.
    pub(crate) async fn run_alone(&self, call: Call) -> Result<usize, StoreError> {
        match self {
            Self::Sqlite(store) => store.run_alone(call).await,
            Self::Postgres(store) => store.run_alone(call).await,
        }
    }

    /// Whether the database answers.
    pub(crate) async fn check(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(store) => store.check(),
            Self::Postgres(store) => Box::pin(store.check()).await,
        }
    }

    /// Finishes the writes that wait and closes the database. Blocks.
    pub(crate) fn close(&self) {
        match self {
            Self::Sqlite(store) => store.close(),
            Self::Postgres(store) => store.close(),
        }
    }
}
