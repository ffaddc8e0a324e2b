//! Changes of a column's type that Postgres makes without looking at a row.

/// A change of a column's type.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change<'a> {
    /// As Postgres prints it.
    pub(super) from: &'a str,
    /// As somebody wrote it.
    pub(super) to: &'a str,
    /// Whether times without a zone are taken for UTC.
    pub(super) is_utc: bool,
}

/// A type and what stands in its parentheses.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Type {
    name: String,
    bounds: Vec<u32>,
}

/// Whether no row is read or written.
pub(super) fn is_free(change: &Change<'_>) -> bool {
    let (Some(from), Some(to)) = (Type::read(change.from), Type::read(change.to)) else {
        return false;
    };
    if from == to {
        return true;
    }
    match (from.name.as_str(), to.name.as_str()) {
        ("varchar", "text") | ("text", "varchar") => to.bounds.is_empty(),
        ("varchar", "varchar")
        | ("varbit", "varbit")
        | ("interval", "interval")
        | ("timestamp", "timestamp")
        | ("timestamptz", "timestamptz")
        | ("time", "time") => widens(&from, &to),
        ("timestamp", "timestamptz") | ("timestamptz", "timestamp") => change.is_utc && widens(&from, &to),
        ("numeric", "numeric") => match (from.bounds.as_slice(), to.bounds.as_slice()) {
            (_, []) => true,
            ([before, of], [after, to]) => of == to && before <= after,
            _ => false,
        },
        ("cidr", "inet") => true,
        _ => false,
    }
}

/// Whether the one bound of a type grows, or goes.
fn widens(from: &Type, to: &Type) -> bool {
    match (from.bounds.first(), to.bounds.first()) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(before), Some(after)) => before <= after,
    }
}

impl Type {
    /// Reads `character varying(50)` or `numeric (10, 2)`; of a list or of what has a schema nothing is known.
    fn read(text: &str) -> Option<Type> {
        let text = text.trim().to_lowercase();
        let (before, rest) = text.split_once('(').unwrap_or((text.as_str(), ")"));
        let (inner, after) = rest.split_once(')')?;
        let words = before.split_whitespace().chain(after.split_whitespace());
        let name = words.collect::<Vec<_>>().join(" ");
        if name.contains(['[', '.', '"']) {
            return None;
        }
        let bounds = inner.split(',').map(str::trim).filter(|bound| !bound.is_empty());
        let mut bounds = bounds
            .map(|bound| bound.parse().ok())
            .collect::<Option<Vec<u32>>>()?;
        let name = match name.as_str() {
            "character varying" => "varchar",
            "bit varying" => "varbit",
            "decimal" | "dec" => "numeric",
            "timestamp without time zone" => "timestamp",
            "timestamp with time zone" => "timestamptz",
            "time without time zone" => "time",
            "int" | "int4" => "integer",
            "int8" => "bigint",
            "int2" => "smallint",
            "bool" => "boolean",
            other => other,
        };
        if name == "numeric" && bounds.len() == 1 {
            bounds.push(0);
        }
        Some(Type {
            name: name.to_owned(),
            bounds,
        })
    }
}
