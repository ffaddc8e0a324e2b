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
    /// PostgreSQL 14 or later, with ICU.
    Postgres,
}

/// How a statement is spelled: for a database, or for people, who read what databases have in common.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Spelling {
    Sqlite,
    Postgres,
    People,
}

/// A column of somebody else's table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Theirs<'c> {
    /// How it is written.
    pub(crate) text: &'c str,
    /// The type that the database says it has, where it was asked.
    pub(crate) type_name: Option<&'c str>,
}

/// How the first rows are taken for each of other rows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum FirstOfEach {
    /// By asking for them by what names a row of ours to the database, or by their key.
    ByName(Option<&'static str>),
    /// By a statement in `FROM` that sees the other row.
    Lateral,
}

/// How rows that stand in several branches are made one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Merge {
    /// `GROUP BY` the terms of the order, the last of which is the key.
    Group,
    /// `DISTINCT ON` them.
    DistinctOn,
    /// `UNION` of whole rows.
    Union,
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

    /// What the values of a column are, where its type does not say it.
    pub(crate) fn class_name(self, class: StorageClass, is_list: bool) -> Option<String> {
        match (self, class) {
            (_, StorageClass::Json) => Some(String::from(if is_list { "list" } else { "json" })),
            (Self::Sqlite | Self::People, class) => Some(sqlite::class_name(class)),
            (Self::Postgres, _) => None,
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

    /// That a column holds one of the values of a parameter that has several.
    pub(crate) fn is_one_of(self, column: &str, parameter: &str) -> String {
        match self {
            Self::Sqlite => format!("{column} IN (SELECT value FROM json_each({parameter}))"),
            Self::Postgres => format!("{column} = ANY({parameter})"),
            Self::People => format!("{column} IN ({parameter})"),
        }
    }

    /// That a stored list has an item.
    pub(crate) fn has_item(self, list: &str, parameter: &str) -> String {
        match self {
            Self::Sqlite | Self::People => {
                format!("EXISTS (SELECT 1 FROM json_each({list}) AS i WHERE i.value = {parameter})")
            }
            Self::Postgres => format!("{list} @> {parameter}"),
        }
    }

    /// That a stored list has one of the items of a parameter that has several.
    pub(crate) fn has_one_of(self, list: &str, parameter: &str) -> String {
        match self {
            Self::Sqlite | Self::People => {
                let is_one = self.is_one_of("i.value", parameter);
                format!("EXISTS (SELECT 1 FROM json_each({list}) AS i WHERE {is_one})")
            }
            Self::Postgres => format!("{list} @> ANY({parameter})"),
        }
    }

    /// What stands around a statement that gives values, to ask for rows that have one of them, and to find them so.
    ///
    /// Postgres finds no rows by an `IN` with a statement that stands beside another condition under an `OR`. An array
    /// is made once, and is a value like any other.
    pub(crate) fn within(self) -> (&'static str, &'static str) {
        match self {
            Self::Sqlite | Self::People => (" IN (", ")"),
            Self::Postgres => (" = ANY(ARRAY(", "))"),
        }
    }

    /// How the first rows are taken for each of other rows.
    pub(crate) fn first_of_each(self) -> FirstOfEach {
        match self {
            Self::Sqlite => FirstOfEach::ByName(Some("rowid")),
            Self::People => FirstOfEach::ByName(None),
            Self::Postgres => FirstOfEach::Lateral,
        }
    }

    /// How rows that stand in several branches are made one.
    pub(crate) fn merges_by(self) -> Merge {
        match self {
            Self::Sqlite => Merge::Group,
            Self::Postgres => Merge::DistinctOn,
            Self::People => Merge::Union,
        }
    }

    /// A name for a statement inside another one, where it must have one.
    pub(crate) fn named(self, name: &str) -> String {
        match self {
            Self::Sqlite | Self::People => String::new(),
            Self::Postgres => format!(" AS {name}"),
        }
    }

    /// Whether an index gives what is empty first where the largest comes first: then rows that hold a value and those
    /// that do not are read apart, so that what is empty comes last.
    pub(crate) fn reads_empty_apart(self) -> bool {
        match self {
            Self::Sqlite | Self::People => false,
            Self::Postgres => true,
        }
    }

    /// A join whose left side is read first, whatever statistics say, where that can be said.
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
            Self::Postgres => postgres::folded(text),
            Self::People => format!("lower({text})"),
        }
    }

    /// A date, time or instant of somebody else's table, in the form in which our own hold it.
    pub(crate) fn foreign(self, kind: Foreign, column: Theirs<'_>) -> String {
        match self {
            Self::Sqlite | Self::People => format!("{}({})", kind.function(), column.text),
            Self::Postgres => postgres::foreign::moment(kind, column),
        }
    }

    /// A number of somebody else's table, where it is one from `least` to `most`.
    pub(crate) fn number_between(self, column: Theirs<'_>, (least, most): (&Value, &Value)) -> String {
        if self == Self::Postgres {
            return postgres::foreign::number_between(column, (least, most));
        }
        let types = match least {
            Value::Float(_) => "IN ('integer', 'real')",
            _ => "= 'integer'",
        };
        let (column, least, most) = (column.text, self.literal(least), self.literal(most));
        format!(
            "CASE WHEN typeof({column}) {types} AND {column} BETWEEN {least} AND {most} THEN {column} END"
        )
    }

    /// A boolean of somebody else's table: any number but zero is true, and what is no number is nothing.
    pub(crate) fn truth(self, column: Theirs<'_>) -> String {
        match self {
            Self::Sqlite | Self::People => {
                let column = column.text;
                format!("CASE WHEN typeof({column}) IN ('integer', 'real') THEN {column} <> 0 END")
            }
            Self::Postgres => postgres::foreign::truth(column),
        }
    }

    /// Text of somebody else's table, whatever its type is called there.
    pub(crate) fn text(self, column: Theirs<'_>) -> String {
        match self {
            Self::Sqlite | Self::People => column.text.to_owned(),
            Self::Postgres => postgres::foreign::text(column),
        }
    }

    /// JSON of somebody else's table, where it is JSON.
    pub(crate) fn valid_json(self, column: Theirs<'_>) -> String {
        match self {
            Self::Sqlite | Self::People => {
                let column = column.text;
                format!("CASE WHEN json_valid({column}) THEN {column} END")
            }
            Self::Postgres => postgres::foreign::json(column),
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
            Self::Postgres if class == StorageClass::Float => postgres::float_sum(column),
            Self::Sqlite | Self::Postgres | Self::People => vec![(format!("sum({column})"), String::new())],
        }
    }

    /// An average, as a double, in the same form as a sum.
    ///
    /// It is the sum rounded to a double and divided, so that databases agree to the last digit.
    pub(crate) fn average(self, column: &str, class: StorageClass) -> Vec<(String, String)> {
        let scale = match class {
            StorageClass::Decimal { scale, .. } => scale,
            _ => 0,
        };
        match self {
            // Its own `avg` keeps a sum of squares, which is an error long before the numbers are large.
            Self::Postgres if class == StorageClass::Float => {
                let mut pieces = postgres::float_sum(column);
                if let Some((_, end)) = pieces.last_mut() {
                    end.push_str(" / nullif(");
                }
                pieces.push((format!("count({column})"), String::from(", 0)")));
                pieces
            }
            Self::Postgres => {
                let shift = if scale > 0 {
                    format!(" / '1e{scale}'::float8")
                } else {
                    String::new()
                };
                vec![
                    (
                        format!("(sum({column})"),
                        format!(" * 1{})::float8 / nullif(", "0".repeat(scale.into())),
                    ),
                    (format!("count({column})"), format!(", 0){shift}")),
                ]
            }
            Self::Sqlite | Self::People if scale > 0 => {
                vec![(format!("avg({column})"), format!(" / 1e{scale}"))]
            }
            Self::Sqlite | Self::People => vec![(format!("avg({column})"), String::new())],
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
