//! The same on SQLite, where a type says little of what its values are: that is their class.

use groma_sql::schema::Column;

use super::{BEHIND_THE_POINT, Conversion, DIGITS, PLACES, TIME_OF_DAY, ZERO};

/// What the values of a column are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Class<'c> {
    /// Counts of so many digits behind the point.
    Decimal(u32),
    /// As the type says, and the design calls it.
    Named(&'c str),
    /// Nobody has said it.
    Unknown,
}

impl Class<'_> {
    fn of(column: &Column) -> Class<'_> {
        let Some(class) = &column.class else {
            return Class::Unknown;
        };
        let scale = class
            .strip_prefix("decimal(")
            .and_then(|rest| rest.strip_suffix(')'));
        let scale = scale.and_then(|scale| scale.parse().ok());
        scale.map_or(Class::Named(class), Class::Decimal)
    }
}

impl Class<'_> {
    /// Those of one family are made into each other.
    fn family(self) -> &'static str {
        match self {
            Class::Decimal(_) | Class::Named("int" | "float") => "number",
            Class::Named("date" | "datetime") => "moment",
            Class::Named("text") => "text",
            Class::Named("bool") => "bool",
            Class::Named("json" | "list") => "json",
            Class::Named("uuid") => "uuid",
            Class::Named("time") => "time",
            Class::Named(_) | Class::Unknown => "",
        }
    }
}

/// Whether a value of one class can be one of another, as on Postgres.
fn can_be(from: Class<'_>, to: Class<'_>) -> bool {
    match (from.family(), to.family()) {
        ("" | "text", _) | (_, "" | "text" | "json") | ("bool", "number") | ("number", "bool") => true,
        (one, other) => one == other,
    }
}

pub(super) fn conversion(value: &str, from: &Column, to: &Column) -> Conversion {
    use Class::{Decimal, Named};
    if !can_be(Class::of(from), Class::of(to)) {
        return Conversion::None;
    }
    let power = |scale: u32| 10_u128.pow(scale.min(18));
    let expression = match (Class::of(from), Class::of(to)) {
        (Named("date"), Named("datetime")) => format!("{value} || 'T00:00:00.000000Z'"),
        (Named("datetime"), Named("date")) => format!("substr({value}, 1, 10)"),
        (Named("int" | "bool"), Decimal(scale)) => format!("{value} * {}", power(scale)),
        (Decimal(scale), Named("int")) => rounded(value, power(scale)),
        (Decimal(old), Decimal(new)) if old < new => format!("{value} * {}", power(new - old)),
        (Decimal(old), Decimal(new)) if old > new => rounded(value, power(old - new)),
        (Decimal(scale), Named("float")) => format!("{value} / {}.0", power(scale)),
        (Decimal(0), Named("text")) | (Named("int" | "float"), Named("json")) => {
            format!("CAST({value} AS TEXT)")
        }
        (Decimal(scale), Named("text")) => {
            let power = power(scale);
            format!(
                "CASE WHEN {value} < 0 THEN '-' ELSE '' END || printf('%d.%0{scale}d', abs({value}) / {power}, abs({value}) % {power})"
            )
        }
        (Named("float" | "text"), Decimal(scale)) => {
            format!("CAST(round({value} * {}.0) AS INTEGER)", power(scale))
        }
        (Named("text"), Named("bool")) => {
            format!("CASE WHEN lower({value}) IN ({YES}) THEN 1 WHEN lower({value}) IN ({NO}) THEN 0 END")
        }
        (Named("int" | "float") | Decimal(_), Named("bool")) => format!("{value} <> 0"),
        (Named("float"), Named("int")) => format!("CAST(round({value}) AS INTEGER)"),
        (Named("bool"), Named("json")) => format!("CASE {value} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END"),
        (Named("text" | "uuid" | "date" | "time" | "datetime"), Named("json")) => {
            format!("CASE WHEN {value} IS NOT NULL THEN json_quote({value}) END")
        }
        (Named("json" | "list"), Named("text")) => format!("{value} ->> '$'"),
        _ if from.ty == to.ty => return Conversion::Free,
        _ => format!("CAST({value} AS {})", to.ty),
    };
    Conversion::Each(expression)
}

const YES: &str = "'t', 'true', 'y', 'yes', 'on', '1'";
const NO: &str = "'f', 'false', 'n', 'no', 'off', '0'";

/// A count divided, half away from zero, as Postgres rounds.
fn rounded(value: &str, by: u128) -> String {
    let half = by / 2;
    format!("({value} + CASE WHEN {value} < 0 THEN -{half} ELSE {half} END) / {by}")
}

pub(super) fn misfits(name: &str, from: &Column, to: &Column) -> Option<String> {
    use Class::{Decimal, Named};
    let shaped = |shape: &str| Some(format!("{name} NOT GLOB '{shape}'"));
    // The number that it is, in JSON: what does not look like one is not read as one.
    let is_no_number = format!(
        "{name} IS NOT NULL AND CASE WHEN json_valid({name}) THEN json_type({name}) NOT IN ('integer', 'real') ELSE TRUE END"
    );
    let rounds = |value: &str, scale: u32| {
        let counted = format!("{value} * {}.0", 10_u128.pow(scale.min(18)));
        format!("abs({counted} - round({counted})) > 0.000001")
    };
    match (Class::of(from), Class::of(to)) {
        (Named("text"), Named("date")) => Some(format!("date({name}) IS NOT {name}")),
        (Named("text"), Named("datetime")) => {
            let shape = "[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:*Z";
            Some(format!(
                "{name} NOT GLOB '{shape}' OR date(substr({name}, 1, 10)) IS NOT substr({name}, 1, 10)"
            ))
        }
        (Named("text"), Named("time")) => shaped("[0-2][0-9]:[0-5][0-9]:[0-5][0-9]*"),
        (Named("text"), Named("uuid")) => {
            let hex = |many: usize| "[0-9a-f]".repeat(many);
            shaped(&[8, 4, 4, 4, 12].map(hex).join("-"))
        }
        (Named("text"), Named("bool")) => Some(format!("lower({name}) NOT IN ({YES}, {NO})")),
        (Named("text"), Named("float")) => Some(is_no_number),
        (Named("text"), Decimal(scale)) => Some(format!(
            "{is_no_number} OR {}",
            rounds(&format!("CAST({name} AS REAL)"), scale)
        )),
        (Named("json"), Named("list")) => Some(format!("json_type({name}) <> 'array'")),
        (Named("float"), Named("int")) => Some(rounds(name, 0)),
        (Named("float"), Decimal(scale)) => Some(rounds(name, scale)),
        (Decimal(scale), Named("int")) if scale > 0 => {
            Some(format!("{name} % {} <> 0", 10_u128.pow(scale.min(18))))
        }
        (Decimal(old), Decimal(new)) if old > new => {
            Some(format!("{name} % {} <> 0", 10_u128.pow((old - new).min(18))))
        }
        (Named("text"), Named("json")) | (_, Decimal(_)) => None,
        _ if from.ty == "TEXT" && to.ty == "INTEGER" => {
            Some(format!("CAST(CAST({name} AS INTEGER) AS TEXT) <> {name}"))
        }
        _ => None,
    }
}

pub(super) fn loss(from: &Column, to: &Column) -> Option<&'static str> {
    use Class::{Decimal, Named};
    match (Class::of(from), Class::of(to)) {
        (Named("datetime"), Named("date")) => return Some(TIME_OF_DAY),
        (Named("int" | "float") | Decimal(_), Named("bool")) => return Some(ZERO),
        (Decimal(scale), Named("int")) if scale > 0 => return Some(BEHIND_THE_POINT),
        (Decimal(old), Decimal(new)) => return (old > new).then_some(PLACES),
        (Named("float" | "text"), Decimal(_)) => return Some(PLACES),
        (Named("text"), Named("float")) => return Some(DIGITS),
        (Named("text"), Named("bool" | "int")) | (Decimal(0), Named("int")) | (_, Named("json")) => {
            return None;
        }
        _ => {}
    }
    match (from.ty.as_str(), to.ty.as_str()) {
        ("REAL", "INTEGER") => Some(BEHIND_THE_POINT),
        ("INTEGER", "REAL") | ("REAL", "TEXT") => Some(DIGITS),
        ("TEXT", "INTEGER" | "REAL") => Some("what is no number, which becomes what it starts with, or 0"),
        _ => None,
    }
}
