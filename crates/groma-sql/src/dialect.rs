//! What databases spell differently, asked by what is needed, not by which database it is.

pub mod postgres;
pub mod sqlite;

use groma_ir::scalar::StorageClass;
use groma_plan::{Foreign, Value};
use serde::{Deserialize, Serialize};

/// A database that statements are made for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// SQLite 3.39 or later.
    Sqlite,
    /// PostgreSQL 14 or later.
    Postgres,
}

/// How a statement is spelled: for a database, or for people, who read what databases have in common.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Spelling {
    Sqlite,
    Postgres,
    People,
}

impl From<Dialect> for Spelling {
    fn from(dialect: Dialect) -> Self {
        match dialect {
            Dialect::Sqlite => Self::Sqlite,
            Dialect::Postgres => Self::Postgres,
        }
    }
}

impl Spelling {
    /// The parameter with this number, counted from one.
    pub(crate) fn parameter(self, number: usize) -> String {
        match self {
            Self::Sqlite => format!("?{number}"),
            Self::Postgres => format!("${number}"),
            Self::People => format!(":{number}"),
        }
    }

    /// A name as an identifier.
    pub(crate) fn name(self, name: &str) -> String {
        match self {
            Self::People if is_plain(name) => name.to_owned(),
            Self::Sqlite | Self::Postgres | Self::People => format!("\"{}\"", name.replace('"', "\"\"")),
        }
    }

    /// The name of a column's type.
    pub(crate) fn column_type(self, class: StorageClass) -> String {
        match self {
            Self::Sqlite | Self::People => String::from(sqlite::column_type(class)),
            Self::Postgres => postgres::column_type(class),
        }
    }

    /// The collation of a column, where it is not that of its type: text is in the order of its code points in every
    /// dialect, whatever a database was made with.
    pub(crate) fn collation(self, class: StorageClass) -> Option<&'static str> {
        match self {
            Self::Postgres if class == StorageClass::Text => Some("C"),
            Self::Sqlite | Self::Postgres | Self::People => None,
        }
    }

    /// The time now and so many seconds, as a column holds it.
    pub(crate) fn now(self, offset: i64) -> String {
        match self {
            Self::Sqlite | Self::People => {
                format!("strftime('%Y-%m-%dT%H:%M:%f000Z', 'now', '{offset:+} seconds')")
            }
            Self::Postgres if offset == 0 => String::from("now()"),
            Self::Postgres => format!("now() + interval '{offset} seconds'"),
        }
    }

    /// A literal of the design.
    pub(crate) fn literal(self, value: &Value) -> String {
        match self {
            Self::Sqlite | Self::People => sqlite::literal(value),
            Self::Postgres => postgres::literal(value),
        }
    }

    /// The values of a parameter that holds several, as the right side of `IN`.
    pub(crate) fn values_of(self, parameter: &str) -> String {
        match self {
            Self::Sqlite => format!("(SELECT value FROM json_each({parameter}))"),
            Self::Postgres => format!("(SELECT unnest({parameter}))"),
            Self::People => format!("({parameter})"),
        }
    }

    /// A table with a column `value` that holds the items of a stored list.
    pub(crate) fn items_of(self, column: &str) -> String {
        match self {
            Self::Sqlite | Self::People => format!("json_each({column})"),
            Self::Postgres => format!("jsonb_array_elements_text({column}) AS item (value)"),
        }
    }

    /// The name by which every row of ours can be asked for, beside its key.
    pub(crate) fn row_id(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => Some("rowid"),
            Self::Postgres | Self::People => None,
        }
    }

    /// A join whose left side is read first, whatever statistics say.
    pub(crate) fn ordered_join(self) -> &'static str {
        match self {
            Self::Sqlite => "CROSS JOIN",
            Self::Postgres | Self::People => "JOIN",
        }
    }

    /// Text without its case.
    pub(crate) fn folded(self, text: &str) -> String {
        match self {
            Self::Sqlite => format!("groma_fold({text})"),
            Self::Postgres => format!("lower(upper({text} COLLATE \"und-x-icu\"))"),
            Self::People => format!("lower({text})"),
        }
    }

    /// A date, time or instant of somebody else's table, in the form in which our own hold it.
    pub(crate) fn foreign(self, kind: Foreign, column: &str) -> String {
        match self {
            Self::Sqlite | Self::People => format!("{}({column})", kind.function()),
            Self::Postgres => column.to_owned(),
        }
    }

    /// A number of somebody else's table, where it is one from `least` to `most`.
    pub(crate) fn number_between(self, column: &str, least: &str, most: &str, is_whole: bool) -> String {
        let types = if is_whole {
            "= 'integer'"
        } else {
            "IN ('integer', 'real')"
        };
        match self {
            Self::Sqlite | Self::People => format!(
                "CASE WHEN typeof({column}) {types} AND {column} BETWEEN {least} AND {most} THEN {column} END"
            ),
            Self::Postgres => format!("CASE WHEN {column} BETWEEN {least} AND {most} THEN {column} END"),
        }
    }

    /// A boolean of somebody else's table: any number but zero is true, and what is no number is nothing.
    pub(crate) fn truth(self, column: &str) -> String {
        match self {
            Self::Sqlite | Self::People => {
                format!("CASE WHEN typeof({column}) IN ('integer', 'real') THEN {column} <> 0 END")
            }
            Self::Postgres => column.to_owned(),
        }
    }

    /// JSON of somebody else's table, where it is JSON.
    pub(crate) fn valid_json(self, column: &str) -> String {
        match self {
            Self::Sqlite | Self::People => format!("CASE WHEN json_valid({column}) THEN {column} END"),
            Self::Postgres => column.to_owned(),
        }
    }

    /// A sum: aggregates, each with what stands behind its filter.
    ///
    /// SQLite's `sum` of whole numbers is an error beyond 64 bits. The sums of their upper and lower halves are
    /// not, and put together they are exact up to 64 bits and a double beyond.
    pub(crate) fn sum(self, column: &str, class: StorageClass) -> Vec<(String, String)> {
        let is_whole = matches!(class, StorageClass::Int | StorageClass::Decimal { .. });
        match self {
            Self::Sqlite if is_whole => vec![
                (format!("sum({column} >> 32)"), String::from(" * 4294967296 + ")),
                (format!("sum({column} & 4294967295)"), String::new()),
            ],
            Self::Sqlite | Self::Postgres | Self::People => vec![(format!("sum({column})"), String::new())],
        }
    }

    /// Where a text stands in another, counted from one; zero when it does not.
    pub(crate) fn position(self, text: &str, part: &str) -> String {
        match self {
            Self::Sqlite => format!("instr({text}, {part})"),
            Self::Postgres | Self::People => format!("position({part} IN {text})"),
        }
    }
}

/// Whether a name needs no quotes anywhere: lower case, and long or odd enough to be no keyword.
fn is_plain(name: &str) -> bool {
    const KEYWORDS: [&str; 16] = [
        "user",
        "order",
        "group",
        "table",
        "index",
        "check",
        "default",
        "select",
        "from",
        "where",
        "to",
        "references",
        "values",
        "case",
        "end",
        "limit",
    ];
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        && !KEYWORDS.contains(&name)
}

/// An identifier in quotes.
pub(crate) fn quoted(name: &str) -> String {
    Spelling::Sqlite.name(name)
}
