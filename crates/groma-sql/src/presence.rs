//! Tables that somebody else owns: what the design reads of them, and which of them are there.

use std::collections::BTreeMap;

use groma_ir::Model;
use groma_ir::design::{EntityId, Storage};

use crate::Dialect;
use crate::dialect::Spelling;

/// Which external tables exist in this database: found out once, at start.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Presence {
    theirs: Vec<String>,
    stand_ins: Vec<String>,
    /// The types of columns that are not those that we would have given them, by table and column.
    types: BTreeMap<String, BTreeMap<String, String>>,
}

impl Presence {
    /// No external table is there.
    pub fn none() -> Self {
        Self::default()
    }

    /// These external tables are there.
    pub fn of(tables: impl IntoIterator<Item = String>) -> Self {
        Self {
            theirs: tables.into_iter().collect(),
            ..Self::default()
        }
    }

    /// And these columns have these types, as the database names them: table, column, type. They are in tables of others,
    /// or in ours where those were taken over as they are. A column of which nothing is said has the type that we would
    /// give it.
    #[must_use]
    pub fn and_types(mut self, columns: impl IntoIterator<Item = (String, String, String)>) -> Self {
        for (table, column, type_name) in columns {
            self.types.entry(table).or_default().insert(column, type_name);
        }
        self
    }

    /// The type that a column has, where that may be another than ours.
    pub(crate) fn type_of(&self, table: &str, column: &str) -> Option<&str> {
        self.types.get(table)?.get(column).map(String::as_str)
    }

    /// And these are there as stand-ins: they can be read, and that they lack a row means nothing.
    #[must_use]
    pub fn and_stand_ins(self, tables: impl IntoIterator<Item = String>) -> Self {
        Self {
            stand_ins: tables.into_iter().collect(),
            ..self
        }
    }

    /// Whether the table of an entity can be read.
    pub fn has(&self, model: &Model, entity: EntityId) -> bool {
        let table = model.tables.of(entity);
        self.knows_rows(model, entity) || (table.present && self.stand_ins.contains(&table.name))
    }

    /// Whether a row that the table of an entity lacks is not there: it is no stand-in.
    pub fn knows_rows(&self, model: &Model, entity: EntityId) -> bool {
        let table = model.tables.of(entity);
        table.managed || (table.present && self.theirs.contains(&table.name))
    }
}

/// A table that somebody else owns, as the design reads it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExternalTable {
    /// Its entity.
    pub entity: EntityId,
    /// Its name.
    pub name: String,
    /// The columns that the design reads.
    pub columns: Vec<ExternalColumn>,
}

/// A column of a table that somebody else owns.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExternalColumn {
    /// Its name.
    pub name: String,
    /// The type that it would have in a table of ours.
    pub column_type: String,
    /// Whether the design takes it that there may be no value.
    pub nullable: bool,
    /// Whether it is compared as it stands, for the sake of its index: a key or a reference.
    pub is_link: bool,
}

/// The tables that somebody else owns in the same database.
pub fn external_tables(model: &Model, dialect: Dialect) -> Vec<ExternalTable> {
    let external = model
        .design
        .entities
        .entries()
        .filter(|(_, entity)| entity.storage == Storage::ExternalTable);
    external
        .map(|(id, entity)| ExternalTable {
            entity: id,
            name: entity.table.clone(),
            columns: columns(model, id, dialect.into()),
        })
        .collect()
}

fn columns(model: &Model, entity: EntityId, spelling: Spelling) -> Vec<ExternalColumn> {
    let table = model.tables.of(entity);
    let fields = &model.design.entities[entity].fields;
    table
        .columns
        .iter()
        .map(|column| ExternalColumn {
            name: column.name.clone(),
            column_type: spelling.column_type(column.class),
            nullable: column.nullable,
            is_link: column.field == table.key || fields[column.field].ty.target().is_some(),
        })
        .collect()
}
