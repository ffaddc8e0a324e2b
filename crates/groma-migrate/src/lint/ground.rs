//! What is known of the database that a text is for.

use std::collections::{BTreeMap, BTreeSet};

/// What is known of a database. Of one that nobody has asked, nothing.
#[derive(Clone, PartialEq, Debug)]
pub struct Ground {
    /// The version of the server: 15.
    pub version: u32,
    /// Its tables by name.
    pub tables: BTreeMap<String, Table>,
    /// Domains that hold a condition.
    pub bound_domains: BTreeSet<String>,
    /// Whether times without a zone are taken for UTC.
    pub is_utc: bool,
    /// What its functions may do, by name.
    pub functions: BTreeMap<String, Function>,
}

/// What functions of one name may do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Function {
    /// They read at most, and run nothing that somebody wrote.
    Reads,
    /// They are the server's own, or an extension's, and may change something.
    BuiltIn,
    /// Somebody wrote one of them: it may do anything.
    Runs,
}

/// What is known of a table.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Table {
    /// About how many rows it has; nothing where nobody has counted.
    pub rows: Option<u64>,
    /// Its columns by name.
    pub columns: BTreeMap<String, Column>,
    /// What the checks say that hold for every row.
    pub checks: Vec<String>,
}

/// What is known of a column.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Column {
    /// Its type, as Postgres prints it: `character varying(50)`.
    pub ty: String,
    /// Whether it always has a value.
    pub not_null: bool,
}

impl Default for Ground {
    fn default() -> Self {
        Self {
            version: 14,
            tables: BTreeMap::new(),
            bound_domains: BTreeSet::new(),
            is_utc: false,
            functions: BTreeMap::new(),
        }
    }
}

impl Ground {
    pub(super) fn table(&self, name: &str) -> Option<&Table> {
        self.tables.get(name)
    }

    pub(super) fn column(&self, table: &str, column: &str) -> Option<&Column> {
        self.table(table)?.columns.get(column)
    }
}

impl Table {
    /// Whether no row lacks a value: it is said of the column, or a check holds it.
    pub(super) fn always_has(&self, column: &str) -> bool {
        let proof = plain(&format!("{column} IS NOT NULL"));
        let is_said = self.columns.get(column).is_some_and(|column| column.not_null);
        is_said || self.checks.iter().any(|check| plain(check) == proof)
    }
}

/// An expression without quotes, parentheses, blanks and case.
fn plain(expression: &str) -> String {
    let kept = expression
        .chars()
        .filter(|letter| !matches!(letter, '"' | '(' | ')') && !letter.is_whitespace());
    kept.collect::<String>().to_lowercase()
}
