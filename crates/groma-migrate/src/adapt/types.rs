//! Which types that others chose hold what a design says.

use std::collections::BTreeSet;

use groma_sql::Dialect;
use groma_sql::schema::{Check, Column, quoted};

/// Whether a column takes every value of the wanted one that the server lets through, and gives it back the same.
/// Narrower whole numbers do where the field is bounded, as an import writes it; times without a zone are in UTC.
pub(super) fn holds(dialect: Dialect, there: &Column, wanted: &Column, checks: &[Check]) -> bool {
    let (found, ty) = (there.ty.as_str(), wanted.ty.as_str());
    found == ty
        || match (dialect, ty) {
            (Dialect::Sqlite, "INTEGER") if is_boolean(found) => true,
            (Dialect::Sqlite, _) => affinity(found) == affinity(ty),
            (Dialect::Postgres, "bigint") => matches!(found, "integer" | "smallint"),
            (Dialect::Postgres, "double precision") => found == "real",
            (Dialect::Postgres, "text") if !there.labels.is_empty() => holds_values(there, wanted, checks),
            (Dialect::Postgres, "text") => found == "character varying" || length_of(found).is_some(),
            (Dialect::Postgres, "timestamp with time zone") => is_moment(found),
            (Dialect::Postgres, "jsonb") => found == "json",
            (Dialect::Postgres, _) => false,
        }
}

/// Whether a wanted check says of a column what the type that is there says already.
pub(super) fn says(there: &Column, wanted: &Column, check: &Check) -> bool {
    let name = quoted(&wanted.name);
    let length = format!("length({name}) <= ");
    if !there.labels.is_empty() {
        return values_of(check, wanted).is_some() || check.expression.starts_with(&length);
    }
    match length_of(&there.ty) {
        Some(most) => check.expression == format!("{length}{most}"),
        None => is_boolean(&there.ty) && check.expression == format!("{name} IN (FALSE, TRUE)"),
    }
}

/// Whether a column of an enum that somebody made in the database holds what the design says: each of the design's
/// values is one of the type's, and the other way round. Where the design says nothing of values, its patterns do.
fn holds_values(there: &Column, wanted: &Column, checks: &[Check]) -> bool {
    let mut said = checks.iter().filter_map(|check| values_of(check, wanted));
    let labels: BTreeSet<&str> = there.labels.iter().map(String::as_str).collect();
    said.next().is_none_or(|values| values == labels)
}

/// The values of `"status" IN ('a', 'b')`, as a design lowers an enum.
fn values_of<'c>(check: &'c Check, column: &Column) -> Option<BTreeSet<&'c str>> {
    let list = check.expression.strip_prefix(&quoted(&column.name))?;
    let list = list.strip_prefix(" IN ('")?.strip_suffix("')")?;
    Some(list.split("', '").collect())
}

/// Whether two defaults are one value, written in two ways: `0.00` and `0`, and on SQLite `FALSE` and `0`.
pub(super) fn is_same_default(wanted: &Column, there: &Column) -> bool {
    let number = |column: &Column| -> Option<f64> {
        let text = column.default.as_deref()?;
        let plain = text.split_once("::").map_or(text, |(value, _)| value);
        match plain.to_ascii_uppercase().as_str() {
            "TRUE" => Some(1.0),
            "FALSE" => Some(0.0),
            _ => plain.trim_matches(['(', ')', '\'']).parse().ok(),
        }
    };
    let types = ["numeric", "double precision", "real"];
    let is_number = types.iter().any(|ty| there.ty.starts_with(ty)) || is_boolean(&there.ty);
    is_number && number(wanted).is_some() && number(wanted) == number(there)
}

/// The bound of `character varying(200)`.
pub fn length_of(ty: &str) -> Option<u32> {
    let bound = ty.strip_prefix("character varying(")?;
    bound.strip_suffix(')')?.parse().ok()
}

/// A date and a time, with a zone or without, to whichever digit.
pub fn is_moment(ty: &str) -> bool {
    let kind = ty.strip_prefix("timestamp").unwrap_or_default();
    let kind = match kind.strip_prefix('(').and_then(|digits| digits.split_once(')')) {
        Some((_, kind)) => kind,
        None => kind,
    };
    matches!(kind, " with time zone" | " without time zone")
}

/// A name by which people say of SQLite's numbers that they are 0 or 1.
pub fn is_boolean(ty: &str) -> bool {
    ty.eq_ignore_ascii_case("boolean") || ty.eq_ignore_ascii_case("bool")
}

/// What SQLite makes of the values that are written into a column of this type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Affinity {
    /// Whole numbers where they look like some.
    Integer,
    /// Text.
    Text,
    /// Numbers with a point.
    Real,
    /// Left as they are.
    None,
    /// Made numbers where they look like some.
    Numeric,
}

/// By the rules of <https://sqlite.org/datatype3.html#determination_of_column_affinity>, in their order.
pub fn affinity(ty: &str) -> Affinity {
    let ty = ty.to_ascii_uppercase();
    let says = |words: &[&str]| words.iter().any(|word| ty.contains(word));
    if says(&["INT"]) {
        Affinity::Integer
    } else if says(&["CHAR", "CLOB", "TEXT"]) {
        Affinity::Text
    } else if ty.is_empty() || says(&["BLOB"]) {
        Affinity::None
    } else if says(&["REAL", "FLOA", "DOUB"]) {
        Affinity::Real
    } else {
        Affinity::Numeric
    }
}
