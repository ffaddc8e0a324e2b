//! The database that a server starts with: the design's own tables, and what stands where those of others belong.
//!
//! A production server wants every table that the design declares. A development server makes a stand-in for one
//! that is missing, so that a design can be tried before its database is shared with anybody.

use std::path::Path;
use std::sync::Arc;

use groma_ir::Model;
use groma_sql::schema::of_model;
use groma_sql::{Dialect, ExternalTable, Presence};

use crate::settings::{Database, Mode, PostgresSettings, Settings};
use crate::store::{Found, OpenError, OpenedPostgres, OpenedSqlite, SchemaDifference, Store};

/// An open database.
pub(crate) struct Open {
    /// Where requests go.
    pub(crate) store: Store,
    /// Which tables of others are in it.
    pub(crate) presence: Presence,
    /// How statements are spelled for it.
    pub(crate) dialect: Dialect,
}

/// Opens the database, and tells which tables of others are in it.
pub(crate) async fn open(settings: &Settings, model: &Arc<Model>) -> Result<Open, OpenError> {
    match &settings.database {
        Database::Sqlite(file) => sqlite(file, settings.mode, model),
        Database::Postgres(database) => Box::pin(postgres(database, settings.mode, model)).await,
    }
}

fn sqlite(file: &Path, mode: Mode, model: &Model) -> Result<Open, OpenError> {
    let dialect = Dialect::Sqlite;
    let opened = OpenedSqlite::open(file)?;
    let external = groma_sql::external_tables(model, dialect);
    let found: Vec<Found> = external
        .iter()
        .map(|table| opened.look_at(table))
        .collect::<Result<_, _>>()?;
    check(mode, &external, &found, &file.display().to_string())?;
    let opened = opened.fitted(model, &of_model(model, dialect))?;
    for (table, found) in std::iter::zip(&external, &found) {
        if is_stand_in_wanted(table, found) {
            let statement = groma_sql::stand_in_statement(model, dialect, table.entity);
            opened.stand_in((&table.name, found), &statement)?;
        }
    }
    let workers = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    Ok(Open {
        store: Store::Sqlite(opened.start(workers)?),
        presence: presence(&external, &found),
        dialect,
    })
}

async fn postgres(settings: &PostgresSettings, mode: Mode, model: &Arc<Model>) -> Result<Open, OpenError> {
    let dialect = Dialect::Postgres;
    let opened = OpenedPostgres::open(settings).await?;
    let external = groma_sql::external_tables(model, dialect);
    let (found, types): (Vec<_>, Vec<_>) = opened.look_at(&external).await?.into_iter().unzip();
    check(mode, &external, &found, opened.place())?;
    let wanted = opened.fitting(model, mode == Mode::Development).await?;
    // A stand-in is made as one of ours would be.
    let theirs = std::iter::zip(&found, types).filter(|(found, _)| matches!(found, Found::Theirs { .. }));
    let theirs: Vec<_> = theirs.map(|(_, types)| types).collect();
    let mut has_new = false;
    for (table, found) in std::iter::zip(&external, &found) {
        if is_stand_in_wanted(table, found) {
            let statement = groma_sql::stand_in_statement(model, dialect, table.entity);
            opened.stand_in((&table.name, found), &statement).await?;
            has_new = true;
        }
    }
    opened.complete(&wanted, has_new).await?;
    opened.check_rights(model, &wanted, &external).await?;
    Ok(Open {
        store: Store::Postgres(opened.start(model)),
        presence: presence(&external, &found).and_types(theirs.into_iter().flatten().chain(wanted.types)),
        dialect,
    })
}

/// What keeps a server of this kind from starting.
fn check(mode: Mode, external: &[ExternalTable], found: &[Found], place: &str) -> Result<(), OpenError> {
    let differences: Vec<SchemaDifference> = std::iter::zip(external, found)
        .flat_map(|(table, found)| differences(mode, table, found))
        .collect();
    if differences.is_empty() {
        return Ok(());
    }
    Err(OpenError::External {
        place: place.to_owned(),
        differences,
    })
}

fn differences(mode: Mode, table: &ExternalTable, found: &Found) -> Vec<SchemaDifference> {
    let name = format!("table {:?}", table.name);
    match (found, mode) {
        (Found::Nothing, Mode::Production) => vec![SchemaDifference::Missing(name)],
        (Found::StandIn { .. }, Mode::Production) => vec![SchemaDifference::StandIn(name)],
        // A stand-in with rows is not made anew: a developer added them.
        (Found::Theirs { differences, .. }, _)
        | (
            Found::StandIn {
                differences,
                is_empty: false,
            },
            Mode::Development,
        ) => differences.clone(),
        (Found::Nothing | Found::StandIn { .. }, Mode::Development) => Vec::new(),
    }
}

fn presence(external: &[ExternalTable], found: &[Found]) -> Presence {
    let named = |is_theirs: bool| {
        std::iter::zip(external, found)
            .filter(move |(_, found)| matches!(found, Found::Theirs { .. }) == is_theirs)
            .map(|(table, _)| table.name.clone())
    };
    Presence::of(named(true)).and_stand_ins(named(false))
}

/// Whether a stand-in is to be made; and says in the log what is unusual about the table.
fn is_stand_in_wanted(table: &ExternalTable, found: &Found) -> bool {
    if let Found::Theirs { loose, .. } = found {
        if !loose.is_empty() {
            tracing::warn!(
                table = %table.name,
                columns = %loose.join(", "),
                "columns of somebody else's table may be empty where the design says that they never are: \
                 add `?` to the fields"
            );
        }
        return false;
    }
    tracing::info!(
        table = %table.name,
        "a stand-in for somebody else's table that is not here, for development alone: it can be read and is empty \
         until you add rows to it, and references to it are not checked"
    );
    !matches!(found, Found::StandIn { differences, .. } if differences.is_empty())
}
