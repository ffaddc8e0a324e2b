//! A design's tables in a database that somebody else made: the same, by other names and other types that hold the same.
//!
//! What is there and fits is taken as it is, and what the design does not know is left alone, so that adopting a
//! database changes nothing in it. What does not fit stays different, and shows as a difference.

use std::collections::BTreeSet;

use groma_sql::schema::{Action, Check, Column, ForeignKey, Index, IndexColumn, Schema, Table, Unique};

/// The wanted schema as a live one already fulfils it, with all that the live one has beside; its expressions have to be
/// spelled as those of the live one.
#[must_use]
pub fn adapted(wanted: &Schema, live: &Schema) -> Schema {
    adapt_all(wanted, live, Rest::Stays)
}

/// The same without what the live one has beside: what a design knows of it.
#[must_use]
pub fn fitted(wanted: &Schema, live: &Schema) -> Schema {
    adapt_all(wanted, live, Rest::IsUnknown)
}

/// What of a wanted schema can be taken over, and in words what is still to come: tables that are not there, and
/// indexes, without which everything is as it is, and slower. It is not a difference, but the next plan.
#[must_use]
pub fn there(wanted: &Schema, live: &Schema) -> (Schema, Vec<String>) {
    let mut there = wanted.clone();
    let mut to_come = Vec::new();
    there.tables.retain_mut(|table| {
        let Some(live) = live.table(&table.name) else {
            to_come.push(format!("table `{}`", table.name));
            return false;
        };
        let mut indexes = std::mem::take(&mut table.indexes);
        indexes.retain(|index| {
            let is_there = index.unique || live.indexes.iter().any(|there| is_same_index(index, there));
            if !is_there {
                to_come.push(format!("index `{}`", index.name));
            }
            is_there
        });
        table.indexes = indexes;
        true
    });
    (there, to_come)
}

/// What a live table has and a wanted one does not ask for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rest {
    Stays,
    IsUnknown,
}

fn adapt_all(wanted: &Schema, live: &Schema, rest: Rest) -> Schema {
    let mut wanted = wanted.clone();
    for table in &mut wanted.tables {
        if let Some(live) = live.table(&table.name) {
            adapt(table, live, rest);
        }
    }
    wanted
}

fn adapt(wanted: &mut Table, live: &Table, rest: Rest) {
    columns(wanted, live, rest);
    if let (Some(key), Some(there)) = (&mut wanted.primary_key, &live.primary_key)
        && key.columns == there.columns
    {
        key.name.clone_from(&there.name);
    }
    uniques(wanted, live, rest);
    take_over(&mut wanted.foreign_keys, &live.foreign_keys, is_same_key, rest);
    take_over(&mut wanted.checks, &live.checks, is_same_check, rest);
    take_over(&mut wanted.indexes, &live.indexes, is_same_index, rest);
    // Where the design has policies of its own, another one would open what they close.
    if rest == Rest::Stays && !wanted.row_security {
        wanted.row_security = live.row_security;
        wanted.policies.clone_from(&live.policies);
    }
}

/// Those that are there stand for the same ones that are wanted; the others that are there stay.
fn take_over<T: Clone>(wanted: &mut Vec<T>, live: &[T], is_same: fn(&T, &T) -> bool, rest: Rest) {
    for part in wanted.iter_mut() {
        if let Some(there) = live.iter().find(|there| is_same(part, there)) {
            *part = there.clone();
        }
    }
    if rest == Rest::IsUnknown {
        return;
    }
    let unknown: Vec<T> = live
        .iter()
        .filter(|there| !wanted.iter().any(|part| is_same(part, there)))
        .cloned()
        .collect();
    wanted.extend(unknown);
}

fn columns(wanted: &mut Table, live: &Table, rest: Rest) {
    for column in &mut wanted.columns {
        let Some(there) = live.column(&column.name) else {
            continue;
        };
        if holds(&there.ty, &column.ty) || holds_values(there, column, &wanted.checks) {
            if let Some(most) = length_of(&there.ty) {
                let said = length_check(column, most);
                wanted.checks.retain(|check| check.expression != said);
            }
            if is_boolean(&there.ty) {
                let said = format!("{} IN (FALSE, TRUE)", groma_sql::schema::quoted(&column.name));
                wanted.checks.retain(|check| check.expression != said);
            }
            if !there.labels.is_empty() {
                let length = format!("length({}) <= ", groma_sql::schema::quoted(&column.name));
                wanted.checks.retain(|check| {
                    values_of(check, column).is_none() && !check.expression.starts_with(&length)
                });
            }
            column.ty.clone_from(&there.ty);
            column.labels.clone_from(&there.labels);
            column.collation.clone_from(&there.collation);
        }
        if column.identity && counts_by_sequence(there) {
            column.identity = false;
        }
        // The server says every value itself: a default that only the database has is never asked for.
        if column.default.is_none() || is_same_value(column, there) {
            column.default.clone_from(&there.default);
        }
    }
    if rest == Rest::IsUnknown {
        return;
    }
    let unknown: Vec<Column> = live
        .columns
        .iter()
        .filter(|there| wanted.column(&there.name).is_none() && fills_itself(there))
        .cloned()
        .collect();
    wanted.columns.extend(unknown);
}

/// Whether two defaults are one value, written in two ways: `0.00` and `0`, and on SQLite `FALSE` and `0`.
fn is_same_value(wanted: &Column, there: &Column) -> bool {
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

/// Whether a row can be made that says nothing of a column.
fn fills_itself(column: &Column) -> bool {
    !column.not_null || column.default.is_some() || column.identity
}

/// A key of type `serial`, as most generators have made them.
pub fn counts_by_sequence(column: &Column) -> bool {
    let default = column.default.as_deref();
    default.is_some_and(|default| default.starts_with("nextval("))
}

/// Whether a column of one type takes every value of the other that the server lets through, and gives it back the
/// same. Narrower whole numbers do where the field is bounded, as an import writes it; times without a zone are in UTC.
pub fn holds(there: &str, wanted: &str) -> bool {
    there == wanted
        || match wanted {
            "bigint" => matches!(there, "integer" | "smallint"),
            "double precision" => there == "real",
            "text" => there == "character varying" || length_of(there).is_some(),
            "timestamp with time zone" => is_moment(there),
            "jsonb" => there == "json",
            // Types of SQLite say how values are kept, not which there are.
            "TEXT" | "INTEGER" | "REAL" => {
                affinity(there) == wanted || wanted == "INTEGER" && is_boolean(there)
            }
            _ => false,
        }
}

/// How SQLite keeps values in a column of a type, by the rules of its manual.
pub fn affinity(ty: &str) -> &'static str {
    let upper = ty.to_ascii_uppercase();
    let says = |parts: &[&str]| parts.iter().any(|part| upper.contains(part));
    if says(&["INT"]) {
        "INTEGER"
    } else if says(&["CHAR", "CLOB", "TEXT"]) {
        "TEXT"
    } else if upper.is_empty() || says(&["BLOB"]) {
        "BLOB"
    } else if says(&["REAL", "FLOA", "DOUB"]) {
        "REAL"
    } else {
        "NUMERIC"
    }
}

/// A name by which people say of SQLite's numbers that they are 0 or 1.
pub fn is_boolean(ty: &str) -> bool {
    ty.eq_ignore_ascii_case("boolean") || ty.eq_ignore_ascii_case("bool")
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

/// Whether a column of an enum that somebody made in the database holds what the design says: each of the design's
/// values is one of the type's, and the other way round. Where the design says nothing of values, its patterns do.
fn holds_values(there: &Column, wanted: &Column, checks: &[Check]) -> bool {
    if there.labels.is_empty() || wanted.ty != "text" {
        return false;
    }
    let mut said = checks.iter().filter_map(|check| values_of(check, wanted));
    let labels: BTreeSet<&str> = there.labels.iter().map(String::as_str).collect();
    said.next().is_none_or(|values| values == labels)
}

/// The values of `"status" IN ('a', 'b')`, as a design lowers an enum.
fn values_of<'c>(check: &'c Check, column: &Column) -> Option<BTreeSet<&'c str>> {
    let list = check
        .expression
        .strip_prefix(&groma_sql::schema::quoted(&column.name))?;
    let list = list.strip_prefix(" IN ('")?.strip_suffix("')")?;
    Some(list.split("', '").collect())
}

/// The bound of `character varying(200)`.
pub fn length_of(ty: &str) -> Option<u32> {
    let bound = ty.strip_prefix("character varying(")?;
    bound.strip_suffix(')')?.parse().ok()
}

/// What a bound on the length is as a check.
fn length_check(column: &Column, most: u32) -> String {
    format!("length({}) <= {most}", groma_sql::schema::quoted(&column.name))
}

/// A unique index keeps what a unique constraint keeps.
fn uniques(wanted: &mut Table, live: &Table, rest: Rest) {
    if rest == Rest::IsUnknown {
        // What keeps them is known as it is.
        let indexes = live.indexes.iter().filter(|index| {
            let mut uniques = wanted.uniques.iter();
            uniques.any(|unique| is_unique_index(index, unique) && !is_constraint(unique, live))
        });
        let indexes: Vec<Index> = indexes.cloned().collect();
        wanted.indexes.extend(indexes);
    }
    wanted.uniques.retain(|unique| {
        is_constraint(unique, live) || !live.indexes.iter().any(|index| is_unique_index(index, unique))
    });
    take_over(&mut wanted.uniques, &live.uniques, is_same_unique, rest);
}

fn is_constraint(unique: &Unique, live: &Table) -> bool {
    live.uniques.iter().any(|there| is_same_unique(unique, there))
}

fn is_same_unique(wanted: &Unique, there: &Unique) -> bool {
    wanted.columns == there.columns
}

fn is_unique_index(index: &Index, unique: &Unique) -> bool {
    let plain = unique.columns.iter().map(|name| IndexColumn {
        name: name.clone(),
        descending: false,
    });
    index.unique && index.valid && index.predicate.is_none() && index.columns.iter().cloned().eq(plain)
}

fn is_same_key(wanted: &ForeignKey, there: &ForeignKey) -> bool {
    let refuses = |action: Action| matches!(action, Action::NoAction | Action::Restrict);
    let same_action =
        wanted.on_delete == there.on_delete || refuses(wanted.on_delete) && refuses(there.on_delete);
    (&wanted.columns, &wanted.table, &wanted.to) == (&there.columns, &there.table, &there.to) && same_action
}

/// Checks of a design keep the names that the design gives them, by which a server knows them.
fn is_same_check(wanted: &Check, there: &Check) -> bool {
    let is_ours = wanted.name != there.name && there.name.ends_with("_check");
    wanted.expression == there.expression && !is_ours
}

fn is_same_index(wanted: &Index, there: &Index) -> bool {
    (&wanted.columns, wanted.unique, &wanted.predicate) == (&there.columns, there.unique, &there.predicate)
}
