//! Keys, indexes and checks of one table.

use std::collections::BTreeMap;

use groma_ir::design::{Cond, OnDelete};
use groma_ir::words;

use super::{Risk, Side, Work};

pub(super) fn compare(old: Side<'_>, new: Side<'_>, work: &mut Work<'_>) {
    foreign_keys(old, new, work);
    let (was, is) = (uniques(old), uniques(new));
    turn(
        (&was, &is),
        "is unique",
        "need not be unique",
        Risk::MayFail,
        work,
    );
    let (was, is) = (indexes(old), indexes(new));
    turn(
        (&was, &is),
        "is indexed",
        "is no index any more",
        Risk::Safe,
        work,
    );
    let (was, is) = (checks(old), checks(new));
    turn((&was, &is), "must hold", "need not hold", Risk::MayFail, work);
}

/// Things by what they mean, with the words for them.
type Known = BTreeMap<String, String>;

fn turn((old, new): (&Known, &Known), comes: &str, goes: &str, risk: Risk, work: &mut Work<'_>) {
    for (meaning, words) in old {
        if !new.contains_key(meaning) {
            work.does(Risk::Safe, format!("{words} {goes}"));
        }
    }
    for (meaning, words) in new {
        if !old.contains_key(meaning) {
            work.does(risk, format!("{words} {comes}"));
        }
    }
}

fn when(side: Side<'_>, cond: Option<&Cond>) -> String {
    let words = cond.map(|cond| words::cond(&side.model.design, side.table.entity, cond));
    words.map_or_else(String::new, |words| format!(" when {words}"))
}

fn uniques(side: Side<'_>) -> Known {
    let uniques = side.table.uniques.iter();
    uniques
        .map(|unique| {
            let when = when(side, unique.when.as_ref());
            (
                format!("{}{when}", side.fields(&unique.fields).join(",")),
                format!("{}{when}", side.columns(&unique.fields)),
            )
        })
        .collect()
}

fn indexes(side: Side<'_>) -> Known {
    let indexes = side.table.indexes.iter();
    indexes
        .map(|index| {
            let name = |column: &groma_ir::tables::IndexColumn, name: &str| {
                format!("{name}{}", if column.descending { " descending" } else { "" })
            };
            let fields = index.columns.iter();
            let fields: Vec<String> = fields
                .map(|column| name(column, side.field(column.field)))
                .collect();
            let columns = index.columns.iter();
            let columns = columns.map(|column| {
                let column_name = format!("`{}`", side.table.column(column.field).name);
                name(column, &column_name)
            });
            (fields.join(","), columns.collect::<Vec<_>>().join(", "))
        })
        .collect()
}

fn checks(side: Side<'_>) -> Known {
    let checks = side.table.checks.iter();
    checks
        .map(|check| {
            let words = words::cond(&side.model.design, side.table.entity, &check.cond);
            (words.clone(), words)
        })
        .collect()
}

fn foreign_keys(old: Side<'_>, new: Side<'_>, work: &mut Work<'_>) {
    let of = |side: Side<'_>| -> BTreeMap<String, (String, OnDelete, String)> {
        let keys = side.table.foreign_keys.iter();
        keys.map(|key| {
            let column = side.table.column(key.field).name.clone();
            let target = side.entity_name(key.target).to_owned();
            (side.field(key.field).to_owned(), (target, key.on_delete, column))
        })
        .collect()
    };
    let (was, is) = (of(old), of(new));
    for (field, (target, on_delete, column)) in &is {
        match was.get(field) {
            Some((old_target, ..)) if old_target != target => work.does(
                Risk::MayFail,
                format!("`{column}` points at a `{target}`, not at a `{old_target}`"),
            ),
            Some((_, old_on_delete, _)) if old_on_delete != on_delete => work.does(
                Risk::Safe,
                format!(
                    "when its `{target}` is deleted, {}, and not: {}",
                    effect(*on_delete, column),
                    effect(*old_on_delete, column)
                ),
            ),
            Some(_) => {}
            // A column that is added brings its own.
            None if old.entity.field(field).is_none() => {}
            None => work.does(
                Risk::MayFail,
                format!("`{column}` must point at a `{target}` that is there"),
            ),
        }
    }
    for (field, (target, _, column)) in &was {
        if !is.contains_key(field) && new.entity.field(field).is_some() {
            work.does(Risk::Safe, format!("`{column}` need not point at a `{target}`"));
        }
    }
}

fn effect(on_delete: OnDelete, column: &str) -> String {
    match on_delete {
        OnDelete::Cascade => String::from("the row goes too"),
        OnDelete::Restrict => String::from("the deletion is refused"),
        OnDelete::SetNull => format!("`{column}` becomes empty"),
    }
}
