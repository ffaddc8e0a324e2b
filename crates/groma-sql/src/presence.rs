//! Which tables that somebody else owns are there.

use groma_ir::Model;
use groma_ir::design::{EntityId, Storage};

/// Which external tables exist in this database: found out once, at start.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Presence {
    tables: Vec<String>,
}

impl Presence {
    /// No external table is there.
    pub fn none() -> Self {
        Self::default()
    }

    /// These external tables are there.
    pub fn of(tables: impl IntoIterator<Item = String>) -> Self {
        Self {
            tables: tables.into_iter().collect(),
        }
    }

    /// Whether the table of an entity can be joined.
    pub fn has(&self, model: &Model, entity: EntityId) -> bool {
        let table = model.tables.of(entity);
        table.managed || (table.present && self.tables.contains(&table.name))
    }
}

/// The names of the tables that somebody else owns in the same database.
pub fn external_tables(model: &Model) -> Vec<&str> {
    let external = model
        .design
        .entities
        .iter()
        .filter(|entity| entity.storage == Storage::ExternalTable);
    external.map(|entity| entity.table.as_str()).collect()
}
