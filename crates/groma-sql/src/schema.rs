//! What a database holds, spelled for one dialect: the one form in which the tables of a design, those of a live
//! database and those of an earlier release meet.
//!
//! [`of_model`] lowers a design's tables to it; what a database says of itself is read into it; two of them are
//! compared for a migration. The statements that make each part are written from it and from nothing else.

mod lower;
mod render;
mod security;

pub use lower::of_model;
pub(crate) use lower::table;
pub use render::{
    CALLER_BODY, add_check, add_foreign_key, add_unique, column_definition, comment_on, comments_on,
    create_function, create_index, create_policy, create_role, create_table, dollars, drop_function,
    marked_rows, quoted, secure,
};
pub(crate) use render::{table_options, table_parts};
pub use security::looked_up;
pub(crate) use security::{CALLER, doing, rows_name};

use serde::{Deserialize, Serialize};

use crate::Dialect;

/// The tables of a database that are the design's.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Schema {
    /// The database that the parts are spelled for.
    pub dialect: Dialect,
    /// Its tables: those of a design each after the tables that it points at.
    pub tables: Vec<Table>,
    /// The role under which requests run, where the rules hold inside the database too.
    pub role: Option<Role>,
}

/// The role that row-level security holds.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// Tables of somebody else that it reads, and their columns.
    pub reads: Vec<(String, Vec<String>)>,
}

/// A table.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Table {
    /// Its name, unquoted.
    pub name: String,
    /// Its columns, in order.
    pub columns: Vec<Column>,
    /// The primary key.
    pub primary_key: Option<PrimaryKey>,
    /// Unique constraints over whole columns.
    pub uniques: Vec<Unique>,
    /// Foreign keys.
    pub foreign_keys: Vec<ForeignKey>,
    /// Checks.
    pub checks: Vec<Check>,
    /// Indexes that are no part of a constraint.
    pub indexes: Vec<Index>,
    /// Whether row-level security is on. The owner of the table is not held by it.
    pub row_security: bool,
    /// What its policies ask.
    pub functions: Vec<Function>,
    /// The policies of row-level security.
    pub policies: Vec<Policy>,
    /// What it is there for, in the database's own words about it. SQLite has none; a live database is not asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// What is answered with the rights of a table's owner, so that what it looks at need not be there for who asks.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// One SQL statement, as the database keeps it, to the letter.
    pub body: String,
    /// What it gives.
    pub kind: FunctionKind,
}

/// What is answered with the rights of a table's owner.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum FunctionKind {
    /// Whether something is so of a row: a function in the schema `groma_internal`, which policies ask.
    Question,
    /// What rules look up: a view beside the table, which shows every row and of it what rules go by.
    Rows {
        /// The role that reads it.
        reader: String,
    },
}

/// A column.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Column {
    /// Its name, unquoted.
    pub name: String,
    /// Its type as the database prints it: `timestamp with time zone`, `numeric(12,2)`.
    pub ty: String,
    /// The collation, where it is not that of the type.
    pub collation: Option<String>,
    /// Whether it always has a value.
    pub not_null: bool,
    /// What it gets when a statement leaves it out.
    pub default: Option<String>,
    /// Whether the database counts its values up.
    pub identity: bool,
    /// What a row that is already there gets when the column is new: an expression. A live database does not say it.
    pub fill: Option<String>,
    /// What its values are where the type does not say it: on SQLite `date` and `datetime` are both TEXT, and `decimal(2)`
    /// counts hundredths. A live database does not say it either.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// The values of its type, where that is an enum that somebody made in the database. A design makes none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// What it is there for, as [`Table::comment`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// A primary key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PrimaryKey {
    /// The constraint's name; SQLite keeps none.
    pub name: String,
    /// Its columns.
    pub columns: Vec<String>,
}

/// A unique constraint.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Unique {
    /// The constraint's name.
    pub name: String,
    /// Its columns.
    pub columns: Vec<String>,
}

/// A foreign key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ForeignKey {
    /// The constraint's name.
    pub name: String,
    /// The columns here.
    pub columns: Vec<String>,
    /// The table that it points at.
    pub table: String,
    /// The columns there.
    pub to: Vec<String>,
    /// What happens here when the row there is deleted.
    pub on_delete: Action,
    /// Whether the rows that are there are known to meet it.
    pub validated: bool,
}

/// What happens to rows that point at one that is deleted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// The delete is refused when the statement ends.
    NoAction,
    /// The delete is refused at once.
    Restrict,
    /// They are deleted too.
    Cascade,
    /// They point at nothing.
    SetNull,
    /// They point at the default.
    SetDefault,
}

/// A check.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Check {
    /// The constraint's name.
    pub name: String,
    /// What must hold, without the parentheses around it.
    pub expression: String,
    /// Whether the rows that are there are known to meet it.
    pub validated: bool,
}

/// An index.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// Its columns, in order.
    pub columns: Vec<IndexColumn>,
    /// Whether no two rows may share them.
    pub unique: bool,
    /// Of which rows alone it knows.
    pub predicate: Option<String>,
    /// Whether it is complete: one whose building was broken off is not.
    pub valid: bool,
}

/// A column of an index.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct IndexColumn {
    /// Its name, or an expression in parentheses.
    pub name: String,
    /// Largest first.
    pub descending: bool,
}

/// A policy of row-level security, for whatever role.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Policy {
    /// Its name.
    pub name: String,
    /// What it is about.
    pub command: Command,
    /// Which rows are there for the command.
    pub using: Option<String>,
    /// Which rows it may leave behind.
    pub check: Option<String>,
}

/// What a policy is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Reading.
    Select,
    /// Making.
    Insert,
    /// Changing.
    Update,
    /// Removing.
    Delete,
    /// All of these.
    All,
}

impl Schema {
    /// The table of this name.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name == name)
    }

    /// The statements that make everything where nothing of it is: each table before its indexes, and what points at
    /// a later table last.
    pub fn create_statements(&self) -> Vec<String> {
        render::create_all(self)
    }
}

impl Table {
    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Forgets the comments on what a live table has, which was not asked for its own.
    pub fn forget_comments(&mut self, live: &Self) {
        self.comment = None;
        let there = self.columns.iter_mut();
        for column in there.filter(|column| live.column(&column.name).is_some()) {
            column.comment = None;
        }
    }
}

impl Action {
    /// As SQL says it.
    pub fn sql(self) -> &'static str {
        match self {
            Self::NoAction => "NO ACTION",
            Self::Restrict => "RESTRICT",
            Self::Cascade => "CASCADE",
            Self::SetNull => "SET NULL",
            Self::SetDefault => "SET DEFAULT",
        }
    }
}

impl Command {
    /// As SQL says it.
    pub fn sql(self) -> &'static str {
        match self {
            Self::Select => "SELECT",
            Self::Insert => "INSERT",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::All => "ALL",
        }
    }
}
