//! The same on SQLite, where a type says little of what its values are: that is their class.

use groma_sql::schema::Column;

use super::{BEHIND_THE_POINT, Conversion, DIGITS, PLACES, TIME_OF_DAY};

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

pub(super) fn conversion(value: &str, from: &Column, to: &Column) -> Conversion {
    use Class::{Decimal, Named};
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
        (Named("bool"), Named("json")) => format!("CASE {value} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END"),
        (Named("text" | "uuid" | "date" | "time" | "datetime"), Named("json")) => {
            format!("CASE WHEN {value} IS NOT NULL THEN json_quote({value}) END")
        }
        (Named("json"), Named("text")) => format!("{value} ->> '$'"),
        _ if from.ty == to.ty => return Conversion::Free,
        _ => format!("CAST({value} AS {})", to.ty),
    };
    Conversion::Each(expression)
}

/// A count divided, half away from zero, as Postgres rounds.
fn rounded(value: &str, by: u128) -> String {
    let half = by / 2;
    format!("({value} + CASE WHEN {value} < 0 THEN -{half} ELSE {half} END) / {by}")
}

pub(super) fn misfits(name: &str, from: &Column, to: &Column) -> Option<String> {
    match (Class::of(from), Class::of(to)) {
        (Class::Named("text"), Class::Named("date")) => Some(format!("date({name}) IS NOT {name}")),
        (Class::Named("text"), Class::Named("datetime")) => {
            let shape = "[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:*Z";
            Some(format!("{name} NOT GLOB '{shape}'"))
        }
        (Class::Named("text"), Class::Named("uuid")) => {
            let hex = |many: usize| "[0-9a-f]".repeat(many);
            let shape = [8, 4, 4, 4, 12].map(hex).join("-");
            Some(format!("{name} NOT GLOB '{shape}'"))
        }
        (Class::Named("text"), Class::Named("json")) | (_, Class::Decimal(_)) => None,
        _ if from.ty == "TEXT" && to.ty == "INTEGER" => {
            Some(format!("CAST(CAST({name} AS INTEGER) AS TEXT) <> {name}"))
        }
        _ => None,
    }
}

pub(super) fn loss(from: &Column, to: &Column) -> Option<&'static str> {
    match (Class::of(from), Class::of(to)) {
        (Class::Named("datetime"), Class::Named("date")) => return Some(TIME_OF_DAY),
        (Class::Decimal(scale), Class::Named("int")) if scale > 0 => return Some(BEHIND_THE_POINT),
        (Class::Decimal(old), Class::Decimal(new)) => return (old > new).then_some(PLACES),
        (Class::Named("float"), Class::Decimal(_)) => return Some(PLACES),
        _ => {}
    }
    match (from.ty.as_str(), to.ty.as_str()) {
        ("REAL", "INTEGER") => Some(BEHIND_THE_POINT),
        ("INTEGER", "REAL") | ("REAL", "TEXT") => Some(DIGITS),
        ("TEXT", "INTEGER" | "REAL") => Some("what is no number, which becomes what it starts with, or 0"),
        _ => None,
    }
}
