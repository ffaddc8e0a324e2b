//! What is there already, as the source of a design.
//!
//! [`of_database`] turns the tables of a live database into entities, one page each. It decides nothing that the tables
//! do not say: who may do what, which routes there are and who calls stay open, and the checker asks for them. A table
//! that the language cannot hold as it is becomes one that somebody else owns, and a [`Note`] says why.
//!
//! Pure: tables in, text out. Knows no socket, no disk and nothing of how a design is checked.

mod column;
mod entity;
mod left;
mod names;
mod page;

use std::collections::{BTreeMap, BTreeSet};

use groma_sql::schema::Schema;

#[cfg(test)]
mod tests;

/// The source of a design, and what was left out of it.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Imported {
    /// Pages, by their path below the project.
    pub pages: BTreeMap<String, String>,
    /// What a person has to know or to decide.
    pub notes: Vec<Note>,
}

/// Something that an import could not take over as it is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Note {
    /// The table.
    pub table: String,
    /// The column, where it is about one.
    pub column: Option<String>,
    /// What is so, and what can be done about it.
    pub text: String,
}

/// What a database holds beside the form of its tables.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Beside {
    /// Comments of tables.
    pub tables: BTreeMap<String, String>,
    /// Comments of columns, by table and column.
    pub columns: BTreeMap<(String, String), String>,
    /// How columns that the database computes are computed, by table and column.
    pub generated: BTreeMap<(String, String), String>,
    /// Keys of whole numbers that the database does not count up for another reason than their type, by table.
    pub uncounted: BTreeSet<String>,
    /// The table that a partition is a part of.
    pub partitions: BTreeMap<String, String>,
    /// What counts on a table and is no part of it: the table, and in words what it is.
    pub dependents: Vec<(String, String)>,
}

/// The design of a database that is there.
pub fn of_database(schema: &Schema, beside: &Beside) -> Imported {
    let mut drafts = entity::drafts(schema, beside);
    entity::forget_keys_of_others(&mut drafts);
    page::pages(drafts, beside, left::tables(schema, beside))
}
