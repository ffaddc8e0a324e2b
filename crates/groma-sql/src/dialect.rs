//! What databases spell differently, asked by what is needed, not by which database it is.

pub mod sqlite;

use groma_ir::scalar::StorageClass;
use groma_plan::Value;

/// A database whose SQL is written.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Dialect {
    /// SQLite 3.39 or later.
    Sqlite,
}

impl Dialect {
    /// The parameter with this number, counted from one.
    pub(crate) fn parameter(self, number: usize) -> String {
        match self {
            Self::Sqlite => format!("?{number}"),
        }
    }

    /// The name of a column's type.
    pub(crate) fn column_type(self, class: StorageClass) -> &'static str {
        match self {
            Self::Sqlite => sqlite::column_type(class),
        }
    }

    /// A literal of the design.
    pub(crate) fn literal(self, value: &Value) -> String {
        match self {
            Self::Sqlite => sqlite::literal(value),
        }
    }

    /// The rows of a parameter that holds several values, as a subquery of one column.
    pub(crate) fn values_of(self, parameter: &str) -> String {
        match self {
            Self::Sqlite => format!("(SELECT value FROM json_each({parameter}))"),
        }
    }

    /// A table with a column `value` that holds the items of a stored list.
    pub(crate) fn items_of(self, column: &str) -> String {
        match self {
            Self::Sqlite => format!("json_each({column})"),
        }
    }

    /// A join whose left side is read first, whatever statistics say.
    pub(crate) fn ordered_join(self) -> &'static str {
        match self {
            Self::Sqlite => "CROSS JOIN",
        }
    }

    /// Text without its case.
    pub(crate) fn folded(self, text: &str) -> String {
        match self {
            Self::Sqlite => format!("groma_fold({text})"),
        }
    }

    /// Where a text stands in another, counted from one; zero when it does not.
    pub(crate) fn position(self, text: &str, part: &str) -> String {
        match self {
            Self::Sqlite => format!("instr({text}, {part})"),
        }
    }
}

/// An identifier in quotes.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
