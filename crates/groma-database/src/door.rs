//! A database of either kind, opened for migrations.

use std::collections::BTreeSet;
use std::ops::Deref;
use std::path::Path;
use std::time::Duration;

use groma_migrate::Adapted;
use groma_migrate::lint::Ground;
use groma_sql::Dialect;
use groma_sql::schema::Schema;
use tokio_postgres::Client;

use crate::DatabaseError;
use crate::catalog::{self, Catalog, Difference};
use crate::error::{postgres, sqlite};
use crate::postgres::{Connection, Connector, Url};
use crate::runner::{self, Applied, Orders, RunError, Script, Tell};

/// How long a compute may take to wake.
const WAKING: Duration = Duration::from_secs(30);
/// How long a server on this machine may: it does not sleep, and is started at most.
const STARTING: Duration = Duration::from_secs(2);

/// An open database.
#[derive(Debug)]
pub enum Door {
    /// A server of Postgres.
    Postgres(Box<Server>),
    /// A file of SQLite.
    Sqlite(rusqlite::Connection),
}

/// A server of Postgres, with a connection of our own.
#[derive(Debug)]
pub struct Server {
    connection: Connection,
    connector: Connector,
}

impl Deref for Server {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.connection
    }
}

impl Server {
    async fn reached(connector: Connector, patience: Duration) -> Result<Box<Self>, DatabaseError> {
        let connection = connector.connect_within(patience).await?;
        Ok(Box::new(Self {
            connection,
            connector,
        }))
    }

    /// Does what may take its time, and tells meanwhile what the server says of it.
    async fn watched<T>(&self, tell: Tell<'_>, work: impl AsyncFnOnce(Tell<'_>) -> T) -> T {
        runner::watched((&self.connection, &self.connector), tell, work).await
    }
}

impl Door {
    /// Connects to a server, and refuses what stands between and shares its connections among many.
    pub async fn postgres(url: &Url) -> Result<Self, DatabaseError> {
        let connector = Connector::new(url)?;
        if connector.is_pooled(patience(url)).await? {
            return Err(DatabaseError::Pooled {
                place: url.to_string(),
            });
        }
        Ok(Self::Postgres(Server::reached(connector, patience(url)).await?))
    }

    /// Connects to a server to look at it alone, whatever stands between.
    pub async fn to_read(url: &Url) -> Result<Self, DatabaseError> {
        let connector = Connector::new(url)?;
        Ok(Self::Postgres(Server::reached(connector, patience(url)).await?))
    }

    /// Opens a file, which is made where it is not there.
    pub fn sqlite(file: &Path) -> Result<Self, DatabaseError> {
        let open = || {
            let connection = rusqlite::Connection::open(file)?;
            connection.busy_timeout(Duration::from_secs(10))?;
            connection.execute_batch("PRAGMA foreign_keys = ON")?;
            Ok(connection)
        };
        Ok(Self::Sqlite(
            open().map_err(sqlite(format!("open `{}`", file.display())))?,
        ))
    }

    /// Which SQL it speaks.
    pub fn dialect(&self) -> Dialect {
        match self {
            Self::Postgres(_) => Dialect::Postgres,
            Self::Sqlite(_) => Dialect::Sqlite,
        }
    }

    /// What it holds.
    pub async fn catalog(&self) -> Result<Catalog, DatabaseError> {
        match self {
            Self::Postgres(client) => catalog::of_postgres(client).await,
            Self::Sqlite(connection) => catalog::of_sqlite(connection),
        }
    }

    /// What a judge of hand-written SQL has to know of it.
    pub async fn ground(&self) -> Result<Ground, DatabaseError> {
        let mut ground = self.catalog().await?.ground();
        if let Self::Postgres(client) = self {
            ground.functions = catalog::functions(client).await?;
        }
        Ok(ground)
    }

    /// A wanted schema as the live one fulfils it.
    pub async fn adapted(&self, wanted: &Schema, live: &Schema) -> Result<Adapted, DatabaseError> {
        match self {
            Self::Postgres(client) => catalog::adapted_to_postgres(client, wanted, live).await,
            Self::Sqlite(_) => Ok(catalog::adapted_to_sqlite(wanted, live)),
        }
    }

    /// The number that a query answers. Whatever it says, nothing is changed.
    pub async fn count(&self, query: &str) -> Result<i64, DatabaseError> {
        let doing = || String::from("count rows");
        let counted = match self {
            Self::Postgres(client) => runner::ask(client, query).await.map_err(postgres(doing()))?,
            Self::Sqlite(connection) => runner::ask_file(connection, query).map_err(sqlite(doing()))?,
        };
        Ok(counted.unwrap_or_default())
    }

    /// Which migrations were applied.
    pub async fn applied(&self) -> Result<Vec<Applied>, DatabaseError> {
        match self {
            Self::Postgres(client) => runner::applied(client).await,
            Self::Sqlite(connection) => runner::sqlite::applied(connection),
        }
    }

    /// What has changed in our tables since the last one.
    pub async fn drift(&self, applied: &[Applied]) -> Result<Vec<Difference>, RunError> {
        match self {
            Self::Postgres(client) => runner::drift(client, applied).await,
            Self::Sqlite(connection) => runner::sqlite::drift(connection, applied),
        }
    }

    /// What has changed beside them; see [`runner::drift_beside`].
    pub async fn drift_beside(&self, applied: &[Applied]) -> Result<Vec<Difference>, RunError> {
        match self {
            Self::Postgres(client) => runner::drift_beside(client, applied).await,
            Self::Sqlite(_) => Ok(Vec::new()),
        }
    }

    /// Takes back what somebody has changed; see [`runner::take_back`].
    pub async fn take_back(&self, orders: &Orders<'_>, tell: Tell<'_>) -> Result<(), RunError> {
        match self {
            Self::Postgres(server) => {
                let work = async |tell: Tell<'_>| {
                    runner::take_back(server, orders.scripts, (orders.patience, tell)).await
                };
                server.watched(tell, work).await
            }
            Self::Sqlite(connection) => runner::sqlite::take_back(connection, orders.scripts, tell),
        }
    }

    /// Applies migrations; see [`runner::apply`].
    pub async fn apply(&self, orders: &Orders<'_>, tell: Tell<'_>) -> Result<Vec<String>, RunError> {
        match self {
            Self::Postgres(server) => {
                let work = async |tell: Tell<'_>| runner::apply(server, orders, tell).await;
                server.watched(tell, work).await
            }
            Self::Sqlite(connection) => runner::sqlite::apply(connection, orders, tell),
        }
    }

    /// Undoes the last migration; see [`runner::undo`].
    pub async fn undo(&self, back: &Script, orders: &Orders<'_>, tell: Tell<'_>) -> Result<(), RunError> {
        match self {
            Self::Postgres(server) => {
                let work = async |tell: Tell<'_>| runner::undo(server, back, (orders, tell)).await;
                server.watched(tell, work).await
            }
            Self::Sqlite(connection) => runner::sqlite::undo(connection, back, tell),
        }
    }

    /// Records migrations as applied; see [`runner::adopt`].
    pub async fn adopt(&self, orders: &Orders<'_>) -> Result<(), RunError> {
        match self {
            Self::Postgres(client) => runner::adopt(client, orders).await,
            Self::Sqlite(connection) => runner::sqlite::adopt(connection, orders),
        }
    }

    /// Takes the tables as they are; see [`runner::accept`].
    pub async fn accept(&self, ours: &BTreeSet<String>) -> Result<(), RunError> {
        match self {
            Self::Postgres(client) => runner::accept(client, ours).await,
            Self::Sqlite(connection) => runner::sqlite::accept(connection, ours),
        }
    }
}

fn patience(url: &Url) -> Duration {
    if url.is_local() { STARTING } else { WAKING }
}
