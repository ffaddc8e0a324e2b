//! Columns as fields: which type of the language holds what a column holds.

use groma_migrate::{Affinity, affinity, counts_by_sequence, is_boolean, is_moment, length_of};
use groma_sql::Dialect;
use groma_sql::schema::{Check, Column, Table};

use crate::names;

/// What a column is in the language.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// A type, as it is written.
    Plain(String),
    /// Text of this type that matches a pattern.
    Text(String, String),
    /// One of these texts.
    Values(Vec<String>),
}

/// The type of a column, and the checks that it stands for; or why there is none.
pub(crate) fn kind(
    dialect: Dialect,
    table: &Table,
    column: &Column,
    is_key: bool,
) -> Result<(Kind, Vec<String>), String> {
    let own = |check: &&Check| mentions_only(check, column, table);
    let checks: Vec<&Check> = table.checks.iter().filter(own).collect();
    let listed = checks
        .iter()
        .find_map(|check| Some((check, values(&check.expression, column)?)));
    if let Some((check, values)) = &listed
        && values.iter().all(|value| names::is_value(value))
    {
        return Ok((Kind::Values(values.clone()), vec![check.name.clone()]));
    }
    if !column.labels.is_empty() {
        return Ok((of_labels(column)?, Vec::new()));
    }
    let bound = checks
        .iter()
        .find_map(|check| Some((check, length(&check.expression, column)?)));
    let stands_for = |check: Option<&&Check>| check.map(|check| check.name.clone()).into_iter().collect();
    let said = match dialect {
        Dialect::Postgres => of_postgres(column, is_key)?,
        Dialect::Sqlite => of_sqlite(column, &checks)?,
    };
    if let Some((check, values)) = listed
        && said.starts_with("text")
    {
        return Ok((Kind::Text(said, one_of(&values)?), vec![check.name.clone()]));
    }
    Ok(match bound {
        Some((check, most)) if said == "text" => {
            (Kind::Plain(format!("text(..{most})")), stands_for(Some(check)))
        }
        _ => (Kind::Plain(said), Vec::new()),
    })
}

/// An enum of the database: one of the language where its values are names, and otherwise text that is one of them.
fn of_labels(column: &Column) -> Result<Kind, String> {
    let labels = &column.labels;
    if labels.iter().all(|label| names::is_value(label)) {
        return Ok(Kind::Values(labels.clone()));
    }
    let most = labels.iter().map(|label| label.chars().count()).max();
    let ty = format!("text(..{})", most.unwrap_or(1).max(1));
    Ok(Kind::Text(ty, one_of(labels)?))
}

/// A pattern that these texts match and no others.
fn one_of(texts: &[String]) -> Result<String, String> {
    let is_odd = |char: char| char.is_control() || char == '`';
    if let Some(odd) = texts.iter().find(|text| text.contains(is_odd)) {
        let odd = odd.escape_debug();
        return Err(format!("it may be `{odd}`, which cannot be written here"));
    }
    let escaped: Vec<String> = texts.iter().map(|text| literally(text)).collect();
    Ok(format!("/^({})$/", escaped.join("|")))
}

/// A pattern that matches this text alone.
fn literally(text: &str) -> String {
    let mut pattern = String::new();
    for char in text.chars() {
        if r"\.+*?()|[]{}^$#&-~/".contains(char) {
            pattern.push('\\');
        }
        pattern.push(char);
    }
    pattern
}

fn of_postgres(column: &Column, is_key: bool) -> Result<String, String> {
    if is_key && is_whole(column) {
        return Ok(String::from("int"));
    }
    let said = match column.ty.as_str() {
        "bigint" => String::from("int"),
        "integer" => format!("int({}..{})", i32::MIN, i32::MAX),
        "smallint" => format!("int({}..{})", i16::MIN, i16::MAX),
        "boolean" => String::from("bool"),
        "double precision" | "real" => String::from("float"),
        "text" | "character varying" => String::from("text"),
        "uuid" => String::from("uuid"),
        "date" => String::from("date"),
        "time without time zone" => String::from("time"),
        "jsonb" | "json" => String::from("json"),
        ty if is_moment(ty) => String::from("datetime"),
        ty => return bounded(ty).ok_or_else(|| remedy(ty)),
    };
    Ok(said)
}

/// Whether a column holds whole numbers.
fn is_whole(column: &Column) -> bool {
    matches!(column.ty.as_str(), "bigint" | "integer" | "smallint")
}

/// Whether a key is a number that nothing counts up.
pub(crate) fn is_uncounted(column: &Column) -> bool {
    is_whole(column) && !column.identity && !counts_by_sequence(column)
}

/// `numeric(10,2)` and `character varying(200)`.
fn bounded(ty: &str) -> Option<String> {
    if let Some(most) = length_of(ty) {
        return Some(format!("text(..{most})"));
    }
    let numbers = ty.strip_prefix("numeric(")?.strip_suffix(')')?;
    let (precision, scale) = numbers.split_once(',')?;
    let (precision, scale): (u8, u8) = (precision.parse().ok()?, scale.parse().ok()?);
    (precision <= 18 && scale <= precision).then(|| format!("decimal({precision}, {scale})"))
}

/// What can be done about a type that the language does not have.
fn remedy(ty: &str) -> String {
    let how = match ty {
        "numeric" => "give it digits: `numeric(12,2)`",
        "money" => "make it `numeric(12,2)`",
        ty if ty.ends_with("[]") => "make it `jsonb`, or keep it out of the design",
        ty if ty.starts_with("character(") => "make it `text`",
        _ => "such types stay with whoever knows them",
    };
    format!("its type `{ty}` has no counterpart here: {how}")
}

/// SQLite's types say little; what a check adds says more.
fn of_sqlite(column: &Column, checks: &[&Check]) -> Result<String, String> {
    let says = |text: &str| checks.iter().any(|check| check.expression.contains(text));
    if says("json_valid(") {
        return Ok(String::from("json"));
    }
    if is_boolean(&column.ty) || says("(FALSE, TRUE)") {
        return Ok(String::from("bool"));
    }
    let said = match affinity(&column.ty) {
        Affinity::Integer => "int",
        Affinity::Text => "text",
        Affinity::Real => "float",
        Affinity::Numeric => loose(&column.ty),
        Affinity::None => {
            return Err(format!(
                "its type `{}` says nothing of what it holds",
                column.ty.escape_debug()
            ));
        }
    };
    Ok(String::from(said))
}

/// What people keep in columns of a name that SQLite makes nothing of.
fn loose(ty: &str) -> &'static str {
    let upper = ty.to_ascii_uppercase();
    match upper.split('(').next().unwrap_or_default() {
        "DATETIME" | "TIMESTAMP" => "datetime",
        "DATE" => "date",
        "TIME" => "time",
        "JSON" | "JSONB" => "json",
        _ => "float",
    }
}

/// Why a column can be read and not written: SQLite keeps whatever form it was written in, and ours is another one.
pub(crate) fn only_read(dialect: Dialect, column: &Column) -> Option<String> {
    let is_loose = affinity(&column.ty) == Affinity::Numeric && !is_boolean(&column.ty);
    (dialect == Dialect::Sqlite && is_loose).then(|| {
        format!(
            "SQLite keeps in a column `{}` whatever was written, and others may write it otherwise than a server here would",
            column.ty.escape_debug()
        )
    })
}

/// Whether a check is about this column and no other.
fn mentions_only(check: &Check, column: &Column, table: &Table) -> bool {
    let names = |column: &Column| says_name(&check.expression, &column.name);
    names(column)
        && !table
            .columns
            .iter()
            .any(|other| other.name != column.name && names(other))
}

fn says_name(expression: &str, name: &str) -> bool {
    let is_part = |char: char| char.is_alphanumeric() || char == '_';
    expression.match_indices(name).any(|(at, _)| {
        let before = expression.get(..at).and_then(|text| text.chars().next_back());
        let after = expression
            .get(at + name.len()..)
            .and_then(|text| text.chars().next());
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

/// An expression without what a database adds when it prints one: parentheses, casts, and the quotes of names.
fn bare(expression: &str) -> String {
    const CASTS: [&str; 4] = [
        "::character varying[]",
        "::character varying",
        "::text[]",
        "::text",
    ];
    let mut bare = String::new();
    let mut rest = expression;
    while let Some(char) = rest.chars().next() {
        if let Some((value, after)) = literal(rest) {
            bare.push('\'');
            bare.push_str(&value.replace('\'', "''"));
            bare.push('\'');
            rest = after;
            continue;
        }
        if let Some(after) = CASTS.iter().find_map(|cast| rest.strip_prefix(cast)) {
            rest = after;
            continue;
        }
        if !matches!(char, '(' | ')' | '"') {
            bare.push(char);
        }
        rest = rest.get(char.len_utf8()..).unwrap_or_default();
    }
    bare
}

/// The values of `status IN ('a', 'b')`, in whichever way the database prints it.
fn values(expression: &str, column: &Column) -> Option<Vec<String>> {
    let bare = bare(expression);
    let list = bare.strip_prefix(&column.name)?;
    let list = list.strip_prefix(" IN ").or_else(|| {
        let array = list.strip_prefix(" = ANY ARRAY[")?;
        array.strip_suffix(']')
    })?;
    let mut values = Vec::new();
    let mut rest = list;
    loop {
        let (value, after) = literal(rest)?;
        values.push(value);
        match after.strip_prefix(", ") {
            Some(more) => rest = more,
            None => return after.is_empty().then_some(values),
        }
    }
}

/// A text in single quotes, and what stands behind it.
fn literal(text: &str) -> Option<(String, &str)> {
    let mut rest = text.strip_prefix('\'')?;
    let mut value = String::new();
    loop {
        let (part, after) = rest.split_once('\'')?;
        value.push_str(part);
        match after.strip_prefix('\'') {
            Some(more) => {
                value.push('\'');
                rest = more;
            }
            None => return Some((value, after)),
        }
    }
}

/// The bound of `length(title) <= 200`.
fn length(expression: &str, column: &Column) -> Option<u32> {
    let bare = bare(expression);
    let rest = ["length", "char_length"].iter().find_map(|function| {
        let rest = bare.strip_prefix(function)?;
        rest.strip_prefix(&column.name)
    });
    rest?.strip_prefix(" <= ")?.parse().ok()
}

/// How databases say the time of now.
const NOW: [&str; 8] = [
    "now()",
    "current_timestamp",
    "localtimestamp",
    "statement_timestamp()",
    "transaction_timestamp()",
    "clock_timestamp()",
    "timezone('utc'::text, now())",
    "now() at time zone 'utc'::text",
];

/// A default as the language writes it; nothing where it has no word for it.
pub(crate) fn default(column: &Column, kind: &Kind) -> Option<String> {
    let text = column.default.as_deref()?;
    let plain = text.split_once("::").map_or(text, |(value, _)| value);
    let ty = match kind {
        Kind::Values(values) => {
            let (value, _) = literal(text)?;
            return values.contains(&value).then_some(value);
        }
        Kind::Plain(ty) | Kind::Text(ty, _) => ty,
    };
    let of = |start: &str| ty.starts_with(start);
    if of("bool") {
        let lower = plain.to_ascii_lowercase();
        let value = match lower.as_str() {
            "true" | "1" => "true",
            "false" | "0" => "false",
            _ => return None,
        };
        return Some(value.to_owned());
    }
    if of("int") {
        let number: i64 = number(plain).parse().ok()?;
        return Some(number.to_string());
    }
    if of("decimal") || of("float") {
        let number = number(plain);
        let is_plain = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        return (is_plain && number.parse::<f64>().is_ok()).then(|| number.to_owned());
    }
    if of("text") {
        let (value, after) = literal(text)?;
        let is_whole = after.is_empty() || after.starts_with("::");
        let is_odd = |char: char| char.is_control() || "\"\\".contains(char);
        return (is_whole && !value.contains(is_odd)).then(|| format!("\"{value}\""));
    }
    let lower = text.to_ascii_lowercase();
    let bare = lower.strip_prefix('(').and_then(|inner| inner.strip_suffix(')'));
    let is_now = NOW.contains(&lower.as_str()) || bare.is_some_and(|bare| NOW.contains(&bare));
    (of("datetime") && is_now).then(|| String::from("now"))
}

/// A number without what a database prints around it.
fn number(text: &str) -> &str {
    text.trim_matches(['(', ')', '\''])
}
