//! How the values of one type become those of another.

use groma_sql::Dialect;
use groma_sql::schema::{Column, quoted};

/// What a change of a column's type takes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Conversion {
    /// Nothing: values are kept as they are, and none has to be looked at.
    Free,
    /// Each value is made anew by this expression.
    Each(String),
    /// There is no value of the new type for one of the old.
    None,
}

/// How a column's values become those of the new type.
pub(crate) fn conversion(dialect: Dialect, from: &Column, to: &Column) -> Conversion {
    let name = quoted(&from.name);
    if from.ty == to.ty {
        return Conversion::Free;
    }
    match dialect {
        Dialect::Sqlite => Conversion::Each(format!("CAST({name} AS {})", to.ty)),
        Dialect::Postgres => postgres(&name, &from.ty, &to.ty),
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
