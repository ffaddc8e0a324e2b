//! The database that a server starts with: the design's own tables, and what stands where those of others belong.
//!
//! A production server wants every table that the design declares. A development server makes a stand-in for one
//! that is missing, so that a design can be tried before its database is shared with anybody.

use groma_ir::Model;
use groma_sql::{Dialect, ExternalTable, Presence};

use crate::settings::{Mode, Settings};
use crate::store::{Found, OpenError, Opened, SchemaDifference, Store};

/// Opens the database, and tells which tables of others are in it.
pub(crate) fn open(settings: &Settings, model: &Model) -> Result<(Store, Presence), OpenError> {
    let opened = Opened::open(&settings.database)?;
    let external = groma_sql::external_tables(model, Dialect::Sqlite);
    let found: Vec<Found> = external
        .iter()
        .map(|table| opened.look_at(table))
        .collect::<Result<_, _>>()?;
    let differences: Vec<SchemaDifference> = std::iter::zip(&external, &found)
        .flat_map(|(table, found)| differences(settings.mode, table, found))
        .collect();
    if !differences.is_empty() {
        return Err(OpenError::External {
            path: settings.database.clone(),
            differences,
        });
    }
    let presence = presence(&external, &found);
    let statements = groma_sql::create_statements(model, Dialect::Sqlite);
    let opened = opened.fitted(&statements)?;
    for (table, found) in std::iter::zip(&external, &found) {
        settle(&opened, model, table, found)?;
    }
    let workers = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    Ok((opened.start(workers)?, presence))
}

/// What keeps a server of this kind from starting.
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

/// Makes the stand-in that is wanted, and says in the log what is unusual about the table.
fn settle(opened: &Opened, model: &Model, table: &ExternalTable, found: &Found) -> Result<(), OpenError> {
    match found {
        Found::Theirs { loose, .. } => {
            if !loose.is_empty() {
                tracing::warn!(
                    table = %table.name,
                    columns = %loose.join(", "),
                    "columns of somebody else's table may be empty where the design says that they never are: \
                     add `?` to the fields"
                );
            }
            return Ok(());
        }
        Found::StandIn { differences, .. } if differences.is_empty() => {}
        Found::Nothing | Found::StandIn { .. } => {
            let statement = groma_sql::stand_in_statement(model, Dialect::Sqlite, table.entity);
            opened.stand_in((&table.name, found), &statement)?;
        }
    }
    tracing::info!(
        table = %table.name,
        "a stand-in for somebody else's table that is not here, for development alone: it can be read and is empty \
         until you add rows to it, and references to it are not checked"
    );
    Ok(())
}
