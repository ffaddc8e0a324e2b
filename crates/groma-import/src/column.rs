//! Columns as fields: which type of the language holds what a column holds.

use groma_migrate::{counts_by_sequence, length_of};
use groma_sql::Dialect;
use groma_sql::schema::{Check, Column, Table};

use crate::names;

/// What a column is in the language.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// A type, as it is written.
    Plain(String),
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
    if let Some((check, values)) = checks
        .iter()
        .find_map(|check| Some((check, values(&check.expression, column)?)))
    {
        let odd = values.iter().find(|value| !names::is_value(value));
        return match odd {
            None => Ok((Kind::Values(values), vec![check.name.clone()])),
            Some(odd) => Err(format!(
                "its check allows the value `{odd}`, which is no name here: rename the values to small letters, digits \
                 and `_`, then import again"
            )),
        };
    }
    let bound = checks
        .iter()
        .find_map(|check| Some((check, length(&check.expression, column)?)));
    let stands_for = |check: Option<&&Check>| check.map(|check| check.name.clone()).into_iter().collect();
    let said = match dialect {
        Dialect::Postgres => of_postgres(column, is_key)?,
        Dialect::Sqlite => of_sqlite(column, &checks),
    };
    Ok(match bound {
        Some((check, most)) if said == "text" => {
            (Kind::Plain(format!("text(..{most})")), stands_for(Some(check)))
        }
        _ => (Kind::Plain(said), Vec::new()),
    })
}

fn of_postgres(column: &Column, is_key: bool) -> Result<String, String> {
    let counts = column.identity || counts_by_sequence(column);
    let said = match column.ty.as_str() {
        "bigint" => String::from("int"),
        "integer" if is_key && counts => String::from("int"),
        "integer" => format!("int({}..{})", i32::MIN, i32::MAX),
        "smallint" => format!("int({}..{})", i16::MIN, i16::MAX),
        "boolean" => String::from("bool"),
        "double precision" | "real" => String::from("float"),
        "text" | "character varying" => String::from("text"),
        "uuid" => String::from("uuid"),
        "date" => String::from("date"),
        "time without time zone" => String::from("time"),
        "timestamp with time zone" => String::from("datetime"),
        "jsonb" => String::from("json"),
        ty => return bounded(ty).ok_or_else(|| remedy(ty)),
    };
    Ok(said)
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
        "timestamp without time zone" => {
            "make it `timestamp with time zone`: `ALTER COLUMN .. TYPE timestamptz USING .. AT TIME ZONE 'UTC'`"
        }
        "json" => "make it `jsonb`",
        "numeric" => "give it digits: `numeric(12,2)`",
        "money" => "make it `numeric(12,2)`",
        ty if ty.ends_with("[]") => "make it `jsonb`, or keep it out of the design",
        ty if ty.starts_with("character(") => "make it `text`",
        _ => "an enum type becomes `text` with a check; other types stay with whoever knows them",
    };
    format!("its type `{ty}` has no counterpart here: {how}")
}

/// SQLite's types say little; what a check adds says more.
fn of_sqlite(column: &Column, checks: &[&Check]) -> String {
    let says = |text: &str| checks.iter().any(|check| check.expression.contains(text));
    let said = match column.ty.to_ascii_uppercase().as_str() {
        _ if says("json_valid(") => "json",
        "INTEGER" | "INT" | "BIGINT" if says("(FALSE, TRUE)") => "bool",
        "INTEGER" | "INT" | "BIGINT" => "int",
        "REAL" | "DOUBLE" | "FLOAT" => "float",
        _ => "text",
    };
    String::from(said)
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

/// A default as the language writes it; nothing where it has no word for it.
pub(crate) fn default(column: &Column, kind: &Kind) -> Option<String> {
    let text = column.default.as_deref()?;
    let plain = text.split_once("::").map_or(text, |(value, _)| value);
    match kind {
        Kind::Values(values) => {
            let (value, _) = literal(plain)?;
            values.contains(&value).then_some(value)
        }
        Kind::Plain(ty) if ty == "bool" => {
            let lower = plain.to_ascii_lowercase();
            matches!(lower.as_str(), "true" | "false").then_some(lower)
        }
        Kind::Plain(ty) if ty.starts_with("int") => {
            let number: i64 = plain.trim_matches(['(', ')', '\'']).parse().ok()?;
            Some(number.to_string())
        }
        Kind::Plain(ty) if ty.starts_with("text") => {
            let (value, after) = literal(plain)?;
            let fits = after.is_empty()
                && !value
                    .chars()
                    .any(|char| char.is_control() || "\"\\".contains(char));
            fits.then(|| format!("\"{value}\""))
        }
        Kind::Plain(ty) if ty == "datetime" => {
            matches!(plain, "now()" | "CURRENT_TIMESTAMP").then(|| String::from("now"))
        }
        Kind::Plain(_) => None,
    }
}
