//! How the values of one type become those of another.

mod sqlite;

use groma_sql::Dialect;
use groma_sql::schema::{Column, quoted};

/// What a change of a column's type takes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Conversion {
    /// Nothing: values are kept as they are, and none has to be looked at.
    Free,
    /// Each value is made anew by this expression.
    Each(String),
    /// There is no value of the new type for one of the old.
    None,
}

/// How a column's values become those of the new type.
pub(crate) fn conversion(dialect: Dialect, from: &Column, to: &Column) -> Conversion {
    converted(dialect, &quoted(&from.name), (from, to))
}

/// How a value that stands somewhere, said as an expression, becomes one of the new type.
pub fn converted(dialect: Dialect, value: &str, (from, to): (&Column, &Column)) -> Conversion {
    if (&from.ty, &from.class) == (&to.ty, &to.class) {
        return Conversion::Free;
    }
    // Whether a value of JSON is a list is counted; nothing else ever is one.
    if is_list(to) && !is_list(from) && class(from) != "json" {
        return Conversion::None;
    }
    match dialect {
        Dialect::Sqlite => sqlite::conversion(value, from, to),
        Dialect::Postgres => postgres(value, &from.ty, &to.ty),
    }
}

/// What its values are, for people.
pub(crate) fn said(column: &Column) -> &str {
    column.class.as_deref().unwrap_or(&column.ty)
}

fn class(column: &Column) -> &str {
    column.class.as_deref().unwrap_or_default()
}

fn is_list(column: &Column) -> bool {
    class(column) == "list"
}

/// Whether a value may be none of the new type, so that Postgres refuses it.
pub(crate) fn may_fail(from: &Column, to: &Column) -> bool {
    let is_text = |ty: &str| family(ty) == "text";
    conversion(Dialect::Postgres, from, to) == Conversion::None
        || is_text(&from.ty) && !is_text(&to.ty)
        || misfits(Dialect::Postgres, from, to).is_some()
}

/// Whether it is one of the types that every Postgres has under this name.
pub(crate) fn is_plain(ty: &str) -> bool {
    matches!(
        family(ty),
        "text" | "number" | "moment" | "boolean" | "uuid" | "jsonb"
    ) && ty != "citext"
}

/// What holds of a value that the new type does not take, or holds as another one; nothing where each fits, or where that
/// cannot be told.
pub(crate) fn misfits(dialect: Dialect, from: &Column, to: &Column) -> Option<String> {
    let name = quoted(&from.name);
    if dialect == Dialect::Sqlite {
        return sqlite::misfits(&name, from, to);
    }
    if is_list(to) && class(from) == "json" {
        return Some(format!("jsonb_typeof({name}) <> 'array'"));
    }
    let (old, new) = (sized(&from.ty), sized(&to.ty));
    let is_text = family(&from.ty) == "text";
    if let Some(shape) = shape(&to.ty).filter(|_| is_text) {
        return Some(match beyond(&format!("btrim({name})"), &new) {
            // What does not look like a value is not read as one.
            Some(beyond) => format!(
                "{name} IS NOT NULL AND CASE WHEN {name} ~ '^ *({shape}) *$' THEN {beyond} ELSE true END"
            ),
            None => format!("{name} !~ '^ *({shape}) *$'"),
        });
    }
    match (new.0, new.1.as_slice()) {
        ("character varying" | "character", [most]) => {
            let fits = is_text && old.1.first().is_some_and(|old| old <= most);
            (is_text && !fits).then(|| format!("char_length({name}) > {most}"))
        }
        ("numeric", [digits, scale]) if family(&from.ty) == "number" => {
            let before = digits.saturating_sub(*scale);
            let whole = match (old.0, old.1.as_slice()) {
                ("smallint", _) => Some((5, 0)),
                ("integer", _) => Some((10, 0)),
                ("bigint", _) => Some((19, 0)),
                ("numeric", [digits, scale]) => Some((digits.saturating_sub(*scale), *scale)),
                _ => None,
            };
            let fits = whole.is_some_and(|(digits, places)| digits <= before && places <= *scale);
            (!fits).then(|| rounded(&format!("{name}::numeric"), before, *scale))
        }
        (whole, []) => {
            let (least, most) = bounds(whole)?;
            let fits = bounds(old.0).is_some_and(|(_, old)| old <= most);
            let is_number = family(&from.ty) == "number" && !fits;
            is_number.then(|| format!("{name} NOT BETWEEN {least} AND {most} OR {name} <> trunc({name})"))
        }
        _ => None,
    }
}

/// What holds of a number that has more than these digits before or behind the point.
fn rounded(value: &str, before: u32, scale: u32) -> String {
    format!("abs(round({value}, {scale})) >= 1e{before} OR round({value}, {scale}) <> {value}")
}

/// What holds of a text that looks like a value of a type and is none.
fn beyond(text: &str, (ty, sizes): &(&str, Vec<u32>)) -> Option<String> {
    let number = format!("{text}::numeric");
    match (*ty, sizes.as_slice()) {
        ("numeric", [digits, scale]) => Some(rounded(&number, digits.saturating_sub(*scale), *scale)),
        ("date" | "timestamp with time zone" | "timestamp without time zone", _) => {
            let (year, month, day) = (part(text, 1, 4), part(text, 6, 2), part(text, 9, 2));
            // The year 0 is none; the first of the month after, and a day less.
            let last = format!(
                "extract(day FROM make_date({year}, {month}, 1) + interval '1 month' - interval '1 day')"
            );
            Some(format!("CASE WHEN {year} = 0 THEN true ELSE {day} > {last} END"))
        }
        (whole, []) => bounds(whole).map(|(least, most)| format!("{number} NOT BETWEEN {least} AND {most}")),
        _ => None,
    }
}

fn part(text: &str, from: u32, many: u32) -> String {
    format!("substr({text}, {from}, {many})::int")
}

/// What of a column's values is not in those of the new type; nothing where each comes back as it was.
pub(crate) fn loss(dialect: Dialect, from: &Column, to: &Column) -> Option<&'static str> {
    if conversion(dialect, from, to) == Conversion::Free {
        return None;
    }
    if matches!(class(from), "json" | "list") && !matches!(class(to), "json" | "list") {
        return Some(OF_JSON);
    }
    if dialect == Dialect::Sqlite {
        return sqlite::loss(from, to);
    }
    let (old, new) = (sized(&from.ty), sized(&to.ty));
    match (family(&from.ty), family(&to.ty)) {
        ("moment", "moment") => match (old.0, new.0) {
            ("date", _) => None,
            (_, "date") => Some(TIME_OF_DAY),
            _ => Some("which zone they are meant in"),
        },
        ("number", "boolean") => Some(ZERO),
        ("text", "number") if new.0 == "numeric" && !new.1.is_empty() => Some(PLACES),
        ("text", "number") if matches!(new.0, "real" | "double precision") => Some(DIGITS),
        ("text", "moment") if new.0 == "timestamp with time zone" => Some(ZONE),
        ("jsonb" | "json", "text") => Some(OF_JSON),
        ("number", "number") => number_loss(&old, &new),
        // A cast cuts what is too long, and says nothing.
        (_, "text") => {
            let most = match (new.0, new.1.first()) {
                ("character", None) => 1,
                (_, most) => *most?,
            };
            let fits = family(&from.ty) == "text" && old.1.first().is_some_and(|old| *old <= most);
            (!fits).then_some("what is longer than the new type takes")
        }
        _ => None,
    }
}

const BEHIND_THE_POINT: &str = "what stands behind the point";
const TIME_OF_DAY: &str = "the time of day";
const PLACES: &str = "places behind the point that the new type does not have";
const DIGITS: &str = "digits beyond those that the new type keeps";
const ZERO: &str = "every number but whether it is 0";
const ZONE: &str = "the zone that they were written in";
const OF_JSON: &str = "whether they were text, a number, a list or null in JSON";

fn number_loss(old: &(&str, Vec<u32>), new: &(&str, Vec<u32>)) -> Option<&'static str> {
    let is_whole = |ty: &str| bounds(ty).is_some();
    let scale = |ty: &(&str, Vec<u32>)| match ty.1.as_slice() {
        [_, scale] => Some(*scale),
        [_] => Some(0),
        _ => None,
    };
    match (old.0, new.0) {
        (old, new) if is_whole(old) && is_whole(new) => None,
        (_, new) if is_whole(new) && scale(old) != Some(0) => Some(BEHIND_THE_POINT),
        (old, "numeric") if is_whole(old) => None,
        (_, "numeric") => {
            let new = scale(new)?;
            let fits = old.0 == "numeric" && scale(old).is_some_and(|old| old <= new);
            (!fits).then_some(PLACES)
        }
        ("smallint", "real" | "double precision") | ("integer" | "real", "double precision") => None,
        (_, "real" | "double precision") => Some(DIGITS),
        _ => None,
    }
}

/// What a text looks like that is a value of a type, as a regular expression; nothing where it can look like anything.
fn shape(ty: &str) -> Option<&'static str> {
    const DAY: &str = "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])";
    const MOMENT: &str = concat!(
        "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])",
        "([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?( ?(Z|[-+](0[0-9]|1[0-5])(:?[0-5][0-9])?))?)?"
    );
    match sized(ty).0 {
        "smallint" | "integer" | "bigint" => Some("[-+]?[0-9]+"),
        "numeric" if ty.contains('(') => Some("[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]{1,3})?"),
        "numeric" | "real" | "double precision" => {
            Some("[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]{1,3})?|NaN|[-+]?Infinity")
        }
        "uuid" => Some("[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}"),
        "boolean" => Some("[tT]|[fF]|[tT]rue|[fF]alse|TRUE|FALSE|yes|no|on|off|0|1"),
        "date" => Some(DAY),
        "timestamp with time zone" | "timestamp without time zone" => Some(MOMENT),
        "time without time zone" => Some("([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?"),
        _ => None,
    }
}

/// The least and the greatest of a type of whole numbers.
fn bounds(ty: &str) -> Option<(i64, i64)> {
    match ty {
        "smallint" => Some((i64::from(i16::MIN), i64::from(i16::MAX))),
        "integer" => Some((i64::from(i32::MIN), i64::from(i32::MAX))),
        "bigint" => Some((i64::MIN, i64::MAX)),
        _ => None,
    }
}

fn postgres(name: &str, from: &str, to: &str) -> Conversion {
    if is_free(from, to) {
        return Conversion::Free;
    }
    let (old, new) = (family(from), family(to));
    let cast = || Conversion::Each(format!("{name}::{to}"));
    match (old, new) {
        (_, "text") if from == "jsonb" => Conversion::Each(format!("({name} #>> '{{}}')::{to}")),
        (_, "jsonb") => Conversion::Each(format!("to_jsonb({name})")),
        (_, "text") | ("text", _) | ("number", "number") | ("moment", "moment") => cast(),
        ("boolean", "number") => Conversion::Each(format!("{name}::int::{to}")),
        ("number", "boolean") => Conversion::Each(format!("{name} <> 0")),
        (one, other) if one == other => cast(),
        _ => Conversion::None,
    }
}

fn family(ty: &str) -> &str {
    let base = ty.split('(').next().unwrap_or(ty).trim();
    match base {
        "text" | "character varying" | "character" | "citext" => "text",
        "bigint" | "integer" | "smallint" | "numeric" | "double precision" | "real" => "number",
        "timestamp with time zone" | "timestamp without time zone" | "date" => "moment",
        other => other,
    }
}

/// Whether a type holds every value of another one in the same bytes, so that Postgres looks at no row.
fn is_free(from: &str, to: &str) -> bool {
    let (from, to) = (sized(from), sized(to));
    match (from.0, to.0) {
        ("character varying", "text") => to.1.is_empty(),
        ("character varying", "character varying") => match (from.1.as_slice(), to.1.as_slice()) {
            (_, []) => true,
            ([old], [new]) => new >= old,
            _ => false,
        },
        ("numeric", "numeric") => match (from.1.as_slice(), to.1.as_slice()) {
            (_, []) => true,
            ([old, scale], [new, same]) => scale == same && new >= old,
            _ => false,
        },
        _ => false,
    }
}

/// A type, and what stands in its parentheses.
fn sized(ty: &str) -> (&str, Vec<u32>) {
    match ty.split_once('(') {
        Some((base, sizes)) => {
            let sizes = sizes.trim_end_matches(')').split(',');
            (
                base.trim(),
                sizes.filter_map(|size| size.trim().parse().ok()).collect(),
            )
        }
        None => (ty, Vec::new()),
    }
}
