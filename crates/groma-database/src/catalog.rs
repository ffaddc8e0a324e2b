//! What a live database holds: its tables in the one form in which schemas are compared, and the facts beside them
//! that a migration has to know.
//!
//! Reads with a number of queries that does not depend on how much there is.

mod asked;
mod compare;
mod fence;
mod postgres;
mod quirk;
mod reconcile;
mod sqlite;

use std::collections::{BTreeMap, BTreeSet};

use groma_migrate::lint::{self, Ground};
use groma_sql::schema::Schema;

pub use asked::PATH as PIN;
pub use compare::{Difference, differences, differences_beside};
pub use fence::replaced;
pub use postgres::read as of_postgres;
pub use postgres::{functions, schema_name};
pub use quirk::{Quirk, QuirkKind};
pub use reconcile::{adapted_to_postgres, reconciled};
pub use sqlite::{adapted_to_sqlite, in_letters_of, read as of_sqlite};

#[cfg(test)]
pub(crate) mod tests;

/// What a database holds.
#[derive(Clone, PartialEq, Debug)]
pub struct Catalog {
    /// Its tables, in the order of their names.
    pub schema: Schema,
    /// What else is known of each, by name.
    pub facts: BTreeMap<String, Facts>,
    /// What stands beside its tables. SQLite has but triggers, which are not told.
    pub beside: Beside,
    /// The version of the server: 15. Of SQLite, 3.
    pub version: u32,
    /// Whether times without a zone are taken for UTC.
    pub is_utc: bool,
    /// Domains that hold a condition.
    pub bound_domains: BTreeSet<String>,
}

/// What stands beside tables and does things of its own, by tables and what it is called: triggers, rules, owners, grants;
/// below `groma_internal` the functions there.
pub type Beside = BTreeMap<(String, String), String>;

/// What is known of a table beside its form.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Facts {
    /// About how many rows it has; nothing where nobody has counted.
    pub rows: Option<u64>,
    /// How much it takes on disk, without its indexes.
    pub bytes: u64,
    /// What counts on it and is no part of it.
    pub dependents: Vec<Dependent>,
    /// Whether it is split into partitions.
    pub is_partitioned: bool,
    /// The table that it is a partition of.
    pub partition_of: Option<String>,
    /// The columns that the database computes, with how.
    pub generated: BTreeMap<String, String>,
    /// Its comment.
    pub comment: Option<String>,
    /// The comments of its columns.
    pub comments: BTreeMap<String, String>,
    /// By what it does otherwise than its columns and constraints say.
    pub quirks: Vec<Quirk>,
}

/// Something that counts on a table.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Dependent {
    /// What it is.
    pub kind: DependentKind,
    /// Its name.
    pub name: String,
    /// The column that it counts on; nothing where it is the table.
    pub column: Option<String>,
}

/// What can count on a table.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum DependentKind {
    /// A view, materialized or not, or a rule.
    View,
    /// A trigger on it.
    Trigger,
    /// A function.
    Function,
}

impl Catalog {
    /// The tables of these names alone.
    #[must_use]
    pub fn only(&self, names: &BTreeSet<String>) -> Schema {
        let mut schema = self.schema.clone();
        schema.tables.retain(|table| names.contains(&table.name));
        schema
    }

    /// What a lint of hand-written SQL has to know; see [`functions`] for what this does not hold.
    pub fn ground(&self) -> Ground {
        let tables = self.schema.tables.iter().map(|table| {
            let columns = table.columns.iter().map(|column| {
                let known = lint::Column {
                    ty: column.ty.clone(),
                    not_null: column.not_null,
                };
                (column.name.clone(), known)
            });
            let valid = table.checks.iter().filter(|check| check.validated);
            let known = lint::Table {
                rows: self.facts.get(&table.name).and_then(|facts| facts.rows),
                columns: columns.collect(),
                checks: valid.map(|check| check.expression.clone()).collect(),
            };
            (table.name.clone(), known)
        });
        Ground {
            version: self.version,
            tables: tables.collect(),
            bound_domains: self.bound_domains.clone(),
            is_utc: self.is_utc,
            functions: BTreeMap::new(),
        }
    }
}
