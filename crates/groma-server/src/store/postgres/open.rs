//! A server of Postgres when we start: reached, looked at, and given the tables that it lacks where that may be.
//!
//! Everything is in one schema, the first of the search path; what is asked at start and what is made there says so.

use std::sync::Arc;
use std::time::Duration;

use groma_database::postgres::{Connection, Connector, Encryption, Url};
use groma_database::{DatabaseError, catalog, runner};
use groma_ir::Model;
use groma_sql::Dialect;
use groma_sql::schema::{Schema, create_role, of_model};

use super::pool::Pool;
use super::{Inner, Store};
use crate::settings::PostgresSettings;
use crate::store::fit::{Fit, add_quirks, fit};
use crate::store::history::History;
use crate::store::turns::Turns;
use crate::store::{OpenError, SchemaDifference, StoreError};

/// How long a start waits for a server that wakes, or starts at the same time.
const PATIENCE: Duration = Duration::from_mins(1);
/// Long reads that run at once, where there are connections enough.
const WIDE_AT_ONCE: usize = 4;

/// A server that was reached.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(super) place: String,
    /// The schema in which the tables are.
    pub(super) schema: String,
    pub(super) connection: Connection,
    pool: Pool,
    replica: Option<Pool>,
    wide_at_once: usize,
}

/// The tables that a design wants, and whether they are there.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(super) schema: Schema,
    is_empty: bool,
    /// The types of columns that are not those that we would have given them.
    pub(crate) types: Types,
}

/// Table, column, type.
type Types = Vec<(String, String, String)>;

impl Opened {
    /// Reaches the server, and the one that is read from.
    pub(crate) async fn open(settings: &PostgresSettings) -> Result<Self, OpenError> {
        let connector = Connector::new(&settings.url)?;
        let connection = connector.connect_within(PATIENCE).await?;
        let pool = pool(connector, settings.connections).await?;
        let replica = match &settings.read_url {
            Some(url) => Some(pool_of(url, settings.connections).await?),
            None => None,
        };
        let place = settings.url.to_string();
        let schema = catalog::schema_name(&connection).await;
        Ok(Self {
            schema: schema.map_err(|source| unread(&place, source))?,
            place,
            connection,
            pool,
            replica,
            wide_at_once: (settings.connections / 2).clamp(1, WIDE_AT_ONCE),
        })
    }

    /// Compares the design's tables with those that are there. A database that has none of them fits where they may be
    /// made.
    pub(crate) async fn fitting(&self, model: &Model, may_create: bool) -> Result<Wanted, OpenError> {
        let schema = of_model(model, Dialect::Postgres);
        let (fit, history, types) = self
            .compared(model, &schema)
            .await
            .map_err(|source| unread(&self.place, source))?;
        let is_empty = fit.is_empty;
        if is_empty && may_create {
            return Ok(Wanted {
                schema,
                is_empty,
                types,
            });
        }
        for missing in &fit.slow {
            tracing::warn!(
                database = %self.place,
                "{missing} is missing: some requests are slower than they need be; `groma migrate apply` makes it"
            );
        }
        fit.settled(&self.place, &history, false)?;
        Ok(Wanted {
            schema,
            is_empty,
            types,
        })
    }

    async fn compared(&self, model: &Model, wanted: &Schema) -> Result<(Fit, History, Types), DatabaseError> {
        let live = catalog::of_postgres(&self.connection).await?;
        let types = other_types(wanted, &live.schema);
        let whole = catalog::adapted_to_postgres(&self.connection, wanted, &live.schema)
            .await?
            .whole;
        let history = match runner::applied(&self.connection).await {
            Ok(applied) => History::of(&applied),
            Err(error) => {
                tracing::info!(database = %self.place, %error, "the record of migrations is not for this user");
                History::unreadable()
            }
        };
        let mut fit = fit(model, (&whole, &live.schema), &history);
        add_quirks(&mut fit, model, (wanted, &live), &history);
        if wanted.role.is_some() && !fit.is_empty {
            let replaced = catalog::replaced(&self.connection, &live.schema)
                .await?
                .into_iter();
            fit.differences
                .extend(replaced.map(|what| SchemaDifference::Differs {
                    what: format!("{what}, which policies stand on,"),
                    found: String::from("by other rules"),
                    wanted: String::from("by its own"),
                }));
        }
        Ok((fit, history, types))
    }

    /// Creates the tables where there are none, and gives the role of the rules what it needs of tables that have just
    /// been made.
    pub(crate) async fn complete(&self, wanted: &Wanted, has_new: bool) -> Result<(), OpenError> {
        let role = wanted.schema.role.as_ref().filter(|_| has_new);
        let statements = match role {
            _ if wanted.is_empty => wanted.schema.create_statements(),
            Some(role) => create_role(role),
            None => return Ok(()),
        };
        self.execute(&statements.join(";\n")).await
    }

    /// Lets requests in.
    pub(crate) fn start(self, model: &Arc<Model>) -> Store {
        Store {
            inner: Arc::new(Inner {
                model: Arc::clone(model),
                pool: self.pool,
                replica: self.replica,
                turns: Turns::new(self.wide_at_once),
            }),
        }
    }

    /// Where it is, without a password.
    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    /// Runs statements in one transaction, in the schema of the tables.
    pub(super) async fn execute(&self, statements: &str) -> Result<(), OpenError> {
        let pin = catalog::PIN;
        let done = self
            .connection
            .batch_execute(&format!("BEGIN;\n{pin};\n{statements};\nCOMMIT"))
            .await;
        done.map_err(|error| self.cannot(&error))
    }

    pub(super) fn cannot(&self, error: &tokio_postgres::Error) -> OpenError {
        OpenError::Open {
            place: self.place.clone(),
            source: StoreError::from(super::fault::Fault::of(error)),
        }
    }
}

fn unread(place: &str, source: DatabaseError) -> OpenError {
    OpenError::Read {
        place: place.to_owned(),
        source,
    }
}

async fn pool_of(url: &Url, size: usize) -> Result<Pool, OpenError> {
    pool(Connector::new(url)?, size).await
}

async fn pool(connector: Connector, size: usize) -> Result<Pool, OpenError> {
    let is_pooled = connector.is_pooled(PATIENCE).await?;
    let url = connector.url();
    if matches!(url.encryption, Encryption::Disable | Encryption::Prefer) && !url.is_local() {
        tracing::warn!(
            database = %url,
            "whoever is on the wire may read and change what goes to the database: say `sslmode=verify-full` in its \
             address, unless the network is yours alone"
        );
    }
    tracing::info!(database = %url, is_pooled, "the database answers");
    Ok(Pool::new(connector, size, is_pooled))
}

/// The types of columns that are there by another type than the wanted one.
fn other_types(wanted: &Schema, live: &Schema) -> Types {
    let mut types = Types::new();
    for table in &wanted.tables {
        for column in &table.columns {
            let there = live
                .table(&table.name)
                .and_then(|there| there.column(&column.name));
            let other = there.filter(|there| there.ty != column.ty);
            types.extend(other.map(|there| (table.name.clone(), column.name.clone(), there.ty.clone())));
        }
    }
    types
}
