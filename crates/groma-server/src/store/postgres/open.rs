//! What a server of Postgres holds when we start: the design's own tables, and those of others.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use groma_database::postgres::{Connection, Connector, Encryption, Url};
use groma_ir::Model;
use groma_sql::schema::{self, Schema, Table};
use groma_sql::{Dialect, ExternalTable, STAND_IN};

use super::pool::Pool;
use super::{Inner, Store};
use crate::settings::PostgresSettings;
use crate::store::error::Remedy;
use crate::store::turns::Turns;
use crate::store::{Found, OpenError, SchemaDifference, StoreError};

/// How long a start waits for a server that wakes, or starts at the same time.
const PATIENCE: Duration = Duration::from_mins(1);
/// Long reads that run at once, where there are connections enough.
const WIDE_AT_ONCE: usize = 4;

/// The columns of tables and views in the search path, by the names that statements find them under.
const COLUMNS: &str = "
    SELECT c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull,
           c.relkind IN ('v', 'm'), coalesce(obj_description(c.oid, 'pg_class'), '')
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid
    WHERE c.relname = ANY($1) AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped
      AND pg_catalog.pg_table_is_visible(c.oid)
    ORDER BY c.relname, a.attnum";

/// A server that was reached, and whose tables were not looked at yet.
#[derive(Debug)]
pub(crate) struct Opened {
    place: String,
    connection: Connection,
    pool: Pool,
    replica: Option<Pool>,
    wide_at_once: usize,
}

/// A table as it is there.
#[derive(Default, Debug)]
struct There {
    columns: Vec<ColumnThere>,
    is_view: bool,
    comment: String,
}

#[derive(Debug)]
struct ColumnThere {
    name: String,
    column_type: String,
    not_null: bool,
}

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
        Ok(Self {
            place: settings.url.to_string(),
            connection,
            pool,
            replica,
            wide_at_once: (settings.connections / 2).clamp(1, WIDE_AT_ONCE),
        })
    }

    /// Looks at what is in the place of tables that somebody else owns.
    pub(crate) async fn look_at(&self, tables: &[ExternalTable]) -> Result<Vec<(Found, Types)>, OpenError> {
        let names = tables.iter().map(|table| table.name.clone()).collect();
        let there = self.tables(names).await?;
        let mut all = Vec::new();
        for table in tables {
            let Some(there) = there.get(&table.name) else {
                all.push((Found::Nothing, Types::new()));
                continue;
            };
            let types = there.columns.iter().map(|column| {
                (
                    table.name.clone(),
                    column.name.clone(),
                    column.column_type.clone(),
                )
            });
            all.push((self.found(table, there).await?, types.collect()));
        }
        Ok(all)
    }

    /// Makes a stand-in for a table that somebody else owns, where nothing or an older stand-in was found.
    pub(crate) async fn stand_in(&self, place: (&str, &Found), statement: &str) -> Result<(), OpenError> {
        let name = schema::quoted(place.0);
        let before = match place.1 {
            Found::Nothing => String::new(),
            Found::StandIn { .. } => format!("DROP TABLE {name};"),
            Found::Theirs { .. } => unreachable!("nobody else's table is touched"),
        };
        self.execute(&format!(
            "{before}{statement};COMMENT ON TABLE {name} IS '{STAND_IN}'"
        ))
        .await
    }

    /// Creates the design's tables in a database that has none of them, where that may be; otherwise they must be as
    /// the design has them.
    pub(crate) async fn fitted(self, model: &Model, may_create: bool) -> Result<Self, OpenError> {
        let wanted = schema::of_model(model, Dialect::Postgres);
        let names = wanted.tables.iter().map(|table| table.name.clone()).collect();
        let there = self.tables(names).await?;
        if there.is_empty() && may_create {
            self.execute(&wanted.create_statements().join(";\n")).await?;
            return Ok(self);
        }
        let differences = differences(&wanted, &there);
        if differences.is_empty() {
            return Ok(self);
        }
        Err(OpenError::Schema {
            place: self.place,
            remedy: Remedy::Migrate,
            differences,
        })
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

    async fn tables(&self, names: Vec<String>) -> Result<BTreeMap<String, There>, OpenError> {
        let text_array = tokio_postgres::types::Type::TEXT_ARRAY;
        let rows = self
            .connection
            .query_typed(COLUMNS, &[(&names, text_array)])
            .await;
        let rows = rows.map_err(|error| self.cannot(&error))?;
        let mut tables: BTreeMap<String, There> = BTreeMap::new();
        for row in &rows {
            let table = tables.entry(row.get(0)).or_default();
            table.is_view = row.get(4);
            table.comment = row.get(5);
            table.columns.push(ColumnThere {
                name: row.get(1),
                column_type: row.get(2),
                not_null: row.get(3),
            });
        }
        Ok(tables)
    }

    async fn found(&self, table: &ExternalTable, there: &There) -> Result<Found, OpenError> {
        let differences = external_differences(table, there);
        if there.comment == STAND_IN {
            let name = schema::quoted(&table.name);
            let any = self
                .connection
                .query_typed(&format!("SELECT 1 FROM {name} LIMIT 1"), &[])
                .await;
            return Ok(Found::StandIn {
                differences,
                is_empty: any.map_err(|error| self.cannot(&error))?.is_empty(),
            });
        }
        let required = table
            .columns
            .iter()
            .filter(|column| !column.nullable && !there.is_view);
        let loose = required
            .filter_map(|wanted| there.column(&wanted.name))
            .filter(|column| !column.not_null)
            .map(|column| column.name.clone());
        Ok(Found::Theirs {
            differences,
            loose: loose.collect(),
        })
    }

    /// Runs statements in one transaction.
    async fn execute(&self, statements: &str) -> Result<(), OpenError> {
        let done = self
            .connection
            .batch_execute(&format!("BEGIN;\n{statements};\nCOMMIT"))
            .await;
        done.map_err(|error| self.cannot(&error))
    }

    fn cannot(&self, error: &tokio_postgres::Error) -> OpenError {
        OpenError::Open {
            place: self.place.clone(),
            source: StoreError::from(super::fault::Fault::of(error)),
        }
    }
}

/// Table, column and type of each column of somebody else's table.
pub(crate) type Types = Vec<(String, String, String)>;

impl There {
    fn column(&self, name: &str) -> Option<&ColumnThere> {
        self.columns.iter().find(|column| column.name == name)
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

fn differences(wanted: &Schema, there: &BTreeMap<String, There>) -> Vec<SchemaDifference> {
    let mut all = Vec::new();
    for table in &wanted.tables {
        match there.get(&table.name) {
            None => all.push(SchemaDifference::Missing(format!("table {:?}", table.name))),
            Some(there) => compare(table, there, &mut all),
        }
    }
    all
}

fn compare(table: &Table, there: &There, all: &mut Vec<SchemaDifference>) {
    for wanted in &table.columns {
        let what = format!("column {:?} of table {:?}", wanted.name, table.name);
        let with = |column_type: &str, not_null: bool| {
            format!("{column_type}{}", if not_null { " not null" } else { "" })
        };
        match there.column(&wanted.name) {
            None => all.push(SchemaDifference::Missing(what)),
            Some(found) if found.column_type != wanted.ty || found.not_null != wanted.not_null => {
                all.push(SchemaDifference::Differs {
                    what,
                    found: with(&found.column_type, found.not_null),
                    wanted: with(&wanted.ty, wanted.not_null),
                });
            }
            Some(_) => {}
        }
    }
    let extra = there
        .columns
        .iter()
        .filter(|column| table.column(&column.name).is_none());
    all.extend(extra.map(|column| {
        SchemaDifference::Extra(format!("column {:?} of table {:?}", column.name, table.name))
    }));
}

fn external_differences(table: &ExternalTable, there: &There) -> Vec<SchemaDifference> {
    let mut all = Vec::new();
    for wanted in &table.columns {
        let what = format!("column {:?} of table {:?}", wanted.name, table.name);
        match there.column(&wanted.name) {
            None => all.push(SchemaDifference::Missing(what)),
            Some(column) if !holds(&column.column_type, &wanted.column_type) => {
                all.push(SchemaDifference::Differs {
                    what,
                    found: column.column_type.clone(),
                    wanted: wanted.column_type.clone(),
                });
            }
            Some(_) => {}
        }
    }
    all
}

/// Whether a column of this type can hold what the design reads. Text and JSON can hold anything, as far as anybody
/// can say without reading it.
fn holds(found: &str, wanted: &str) -> bool {
    const MOMENTS: [&str; 3] = ["timestamp", "date", "time "];
    const NUMBERS: [&str; 6] = ["smallint", "integer", "bigint", "numeric", "real", "double"];
    const TEXTS: [&str; 4] = ["text", "character", "json", "citext"];
    let is_one = |of: &[&str], name: &str| of.iter().any(|start| name.starts_with(start));
    if found.ends_with("[]") {
        return wanted == "jsonb";
    }
    if is_one(&TEXTS, found) || wanted == "text" {
        return true;
    }
    if is_one(&NUMBERS, wanted) {
        return is_one(&NUMBERS, found);
    }
    if is_one(&MOMENTS, wanted) {
        // Whole milliseconds, as some libraries keep instants.
        return is_one(&MOMENTS, found) || (wanted.starts_with("timestamp") && is_one(&NUMBERS, found));
    }
    match wanted {
        "boolean" => found == "boolean" || is_one(&NUMBERS, found),
        "uuid" => found == "uuid",
        _ => true,
    }
}
