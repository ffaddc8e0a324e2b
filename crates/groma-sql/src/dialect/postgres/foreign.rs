//! Columns of somebody else's tables: their types are the database's word for what they hold.
//!
//! Every expression has the type that the design's type has in a table of ours. A column whose type cannot be read so
//! is nothing, in every row.

use groma_plan::{Foreign, Value};

use super::super::Theirs;
use super::literal;

/// The type of a column, as far as it matters how it is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Of the type that one of ours has.
    Ours,
    Text,
    Bool,
    Whole,
    Numeric,
    Double,
    Instant,
    /// A date and time without a zone, which is taken as UTC.
    Local,
    Date,
    Time,
    Json,
    Jsonb,
    Array,
    Other,
}

impl Kind {
    fn of(column: Theirs<'_>) -> Self {
        let Some(name) = column.type_name else {
            return Self::Ours;
        };
        if name.ends_with("[]") {
            return Self::Array;
        }
        match without_modifier(name).as_str() {
            "text" | "character varying" => Self::Text,
            "boolean" => Self::Bool,
            "smallint" | "integer" | "bigint" => Self::Whole,
            "numeric" => Self::Numeric,
            "real" | "double precision" => Self::Double,
            "timestamp with time zone" => Self::Instant,
            "timestamp without time zone" => Self::Local,
            "date" => Self::Date,
            "time without time zone" => Self::Time,
            "json" => Self::Json,
            "jsonb" => Self::Jsonb,
            _ => Self::Other,
        }
    }
}

/// `timestamp without time zone` from `timestamp(3) without time zone`.
fn without_modifier(name: &str) -> String {
    match (name.find('('), name.find(')')) {
        (Some(open), Some(close)) if open < close => {
            let (before, _) = name.split_at(open);
            let after = name.get(close + 1..).unwrap_or_default();
            format!("{before}{after}")
        }
        _ => name.to_owned(),
    }
}

/// A date, time or instant.
pub(in super::super) fn moment(moment: Foreign, column: Theirs<'_>) -> String {
    let text = column.text;
    let instant = |value: &str| {
        format!(
            "CASE WHEN {value} >= '0001-01-01 00:00:00+00'::timestamptz \
             AND {value} < '10000-01-01 00:00:00+00'::timestamptz THEN {value} END"
        )
    };
    match (moment, Kind::of(column)) {
        (Foreign::Instant, Kind::Ours | Kind::Instant) => instant(text),
        (Foreign::Instant, Kind::Local) => instant(&format!("({text} AT TIME ZONE 'UTC')")),
        // Milliseconds since 1970.
        (Foreign::Instant, Kind::Whole) => format!(
            "CASE WHEN {text} BETWEEN -62135596800000 AND 253402300799999 \
             THEN '1970-01-01 00:00:00+00'::timestamptz + {text} * '1 millisecond'::interval END"
        ),
        (Foreign::Date, Kind::Ours | Kind::Date) => {
            format!("CASE WHEN {text} >= '0001-01-01'::date AND {text} < '10000-01-01'::date THEN {text} END")
        }
        (Foreign::Time, Kind::Ours | Kind::Time) => {
            format!("CASE WHEN {text} < '24:00:00'::time THEN {text} END")
        }
        (Foreign::Instant, _) => String::from("NULL::timestamptz"),
        (Foreign::Date, _) => String::from("NULL::date"),
        (Foreign::Time, _) => String::from("NULL::time"),
    }
}

/// A number within these bounds, of their kind.
pub(in super::super) fn number_between(column: Theirs<'_>, (least, most): (&Value, &Value)) -> String {
    let text = column.text;
    let kind = Kind::of(column);
    let is_within = format!("{text} BETWEEN {} AND {}", literal(least), literal(most));
    let is_number = matches!(kind, Kind::Ours | Kind::Whole | Kind::Numeric | Kind::Double);
    match least {
        Value::Decimal { scale, .. } if is_number && kind != Kind::Double => {
            format!(
                "CASE WHEN {is_within} AND {text} = round({text}, {scale}) THEN round({text}, {scale}) END"
            )
        }
        Value::Decimal { .. } => String::from("NULL::numeric"),
        Value::Float(_) if is_number => format!("CASE WHEN {is_within} THEN {text}::float8 END"),
        Value::Float(_) => String::from("NULL::float8"),
        _ if matches!(kind, Kind::Ours | Kind::Whole) => {
            format!("CASE WHEN {is_within} THEN {text}::bigint END")
        }
        _ if is_number => {
            format!("CASE WHEN {is_within} AND {text} = trunc({text}) THEN {text}::bigint END")
        }
        _ => String::from("NULL::bigint"),
    }
}

/// A boolean, or a number that is not zero.
pub(in super::super) fn truth(column: Theirs<'_>) -> String {
    let text = column.text;
    match Kind::of(column) {
        Kind::Ours | Kind::Bool => text.to_owned(),
        Kind::Whole | Kind::Numeric | Kind::Double => format!("({text} <> 0)"),
        _ => String::from("NULL::boolean"),
    }
}

/// Text; what is no text as the database writes it.
pub(in super::super) fn text(column: Theirs<'_>) -> String {
    match Kind::of(column) {
        Kind::Ours | Kind::Text => column.text.to_owned(),
        _ => format!("{}::text", column.text),
    }
}

/// JSON; an array is one of its lists. Text may be no JSON, which this database cannot ask.
pub(in super::super) fn json(column: Theirs<'_>) -> String {
    let text = column.text;
    match Kind::of(column) {
        Kind::Ours | Kind::Jsonb => text.to_owned(),
        Kind::Json => format!("{text}::jsonb"),
        Kind::Array => format!("to_jsonb({text})"),
        _ => String::from("NULL::jsonb"),
    }
}
