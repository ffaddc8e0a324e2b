//! The constraints and indexes of one table.

use groma_sql::Dialect;
use groma_sql::schema::{Action, Check, ForeignKey, Index, Table, Unique};

use super::{QuestionKind, Rank, Work};
use crate::expression::{Values, mentions, widens};
use crate::op::Op;

/// What is the same under another name is called otherwise.
pub(super) fn renames(old: &Table, new: &Table) -> Vec<Op> {
    let table = || new.name.clone();
    let mut ops = Vec::new();
    let mut constraint = |pairs: Vec<(&str, &str)>| {
        ops.extend(pairs.into_iter().map(|(from, to)| Op::RenameConstraint {
            table: table(),
            from: from.to_owned(),
            to: to.to_owned(),
        }));
    };
    if let (Some(was), Some(is)) = (&old.primary_key, &new.primary_key)
        && was.columns == is.columns
        && was.name != is.name
    {
        constraint(vec![(&was.name, &is.name)]);
    }
    let same = |was: &Unique, is: &Unique| was.columns == is.columns;
    constraint(renamed(&old.uniques, &new.uniques, |it| &it.name, same));
    let same = |was: &ForeignKey, is: &ForeignKey| {
        (&was.columns, &was.table, &was.to) == (&is.columns, &is.table, &is.to)
    };
    constraint(renamed(&old.foreign_keys, &new.foreign_keys, |it| &it.name, same));
    let same = |was: &Check, is: &Check| {
        let values = || Some(Values::of(&was.expression)?.is_like(&Values::of(&is.expression)?));
        was.expression == is.expression || values() == Some(true)
    };
    constraint(renamed(&old.checks, &new.checks, |it| &it.name, same));
    let same = |was: &Index, is: &Index| {
        (&was.columns, was.unique, &was.predicate) == (&is.columns, is.unique, &is.predicate)
    };
    let indexes = renamed(&old.indexes, &new.indexes, |it| &it.name, same);
    ops.extend(indexes.into_iter().map(|(from, to)| Op::RenameIndex {
        table: table(),
        from: from.to_owned(),
        to: to.to_owned(),
    }));
    ops
}

/// Pairs of what went and what came that are the same but for their names.
fn renamed<'t, T>(
    old: &'t [T],
    new: &'t [T],
    name: fn(&T) -> &String,
    same: impl Fn(&T, &T) -> bool,
) -> Vec<(&'t str, &'t str)> {
    let is_in = |all: &[T], one: &T| all.iter().any(|other| name(other) == name(one));
    let mut gone: Vec<&T> = old.iter().filter(|it| !is_in(new, it)).collect();
    let mut pairs = Vec::new();
    for came in new.iter().filter(|it| !is_in(old, it)) {
        if let Some(at) = gone.iter().position(|went| same(went, came)) {
            pairs.push((name(gone.remove(at)).as_str(), name(came).as_str()));
        }
    }
    pairs
}

/// Does such a rename to one table of a model.
pub(super) fn rename(table: &mut Table, op: &Op) {
    let mut alone = groma_sql::schema::Schema {
        dialect: Dialect::Postgres,
        tables: vec![std::mem::replace(table, table.clone())],
        role: None,
    };
    op.apply(&mut alone);
    if let Some(renamed) = alone.tables.pop() {
        *table = renamed;
    }
}

pub(super) fn compare(work: &mut Work<'_>, old: &Table, new: &Table) {
    let goes = |column: &String| new.column(column).is_none();
    let table = || new.name.clone();
    if old.primary_key != new.primary_key {
        let (from, to) = (old.primary_key.clone(), new.primary_key.clone());
        let table = table();
        work.expand(Rank::Unique, Op::SetPrimaryKey { table, from, to });
    }
    for unique in old.uniques.iter().filter(|it| !new.uniques.contains(it)) {
        // What goes with its column goes later.
        if !unique.columns.iter().any(goes) {
            let (table, unique) = (table(), unique.clone());
            work.expand(Rank::Loosen, Op::DropUnique { table, unique });
        }
    }
    for unique in new.uniques.iter().filter(|it| !old.uniques.contains(it)) {
        let (table, unique) = (table(), unique.clone());
        work.expand(Rank::Unique, Op::AddUnique { table, unique });
    }
    foreign_keys(work, old, new);
    checks(work, old, new);
    indexes(work, old, new);
}

fn foreign_keys(work: &mut Work<'_>, old: &Table, new: &Table) {
    let goes = |column: &String| new.column(column).is_none();
    let table = || new.name.clone();
    // What holds on a key, or on values that are kept otherwise, is let go meanwhile.
    let is_retyped = |work: &Work<'_>, key: &ForeignKey| {
        let here = key
            .columns
            .iter()
            .map(|column| (new.name.clone(), column.clone()));
        let there = key.to.iter().map(|column| (key.table.clone(), column.clone()));
        let is_held_by_key = work.dialect == Dialect::Postgres && work.rekeyed.contains(&key.table);
        is_held_by_key || here.chain(there).any(|place| work.retyped.contains(&place))
    };
    points_otherwise(work, old, new);
    for key in &old.foreign_keys {
        let stays = new.foreign_keys.contains(key);
        if (stays && !is_retyped(work, key)) || key.columns.iter().any(goes) {
            continue;
        }
        // What is there under the same name is exchanged in one go.
        let rank = if is_retyped(work, key) || !new.foreign_keys.iter().any(|it| it.name == key.name) {
            Rank::Loosen
        } else {
            Rank::ForeignKey
        };
        let (table, key) = (table(), key.clone());
        work.expand(rank, Op::DropForeignKey { table, key });
    }
    for key in &new.foreign_keys {
        if !old.foreign_keys.contains(key) || is_retyped(work, key) {
            let (table, key) = (table(), key.clone());
            work.expand(Rank::ForeignKey, Op::AddForeignKey { table, key });
        }
    }
    pair_keys(work, &new.name);
}

/// Whether rows are known by other columns.
pub(super) fn is_rekeyed(old: &Table, new: &Table) -> bool {
    let columns = |table: &Table| table.primary_key.as_ref().map(|key| key.columns.clone());
    columns(old) != columns(new)
}

/// Asks where a column holds what a row was known by, and is to hold what it is known by now.
fn points_otherwise(work: &mut Work<'_>, old: &Table, new: &Table) {
    for key in &new.foreign_keys {
        if !work.rekeyed.contains(&key.table) {
            continue;
        }
        let mut before = old.foreign_keys.iter();
        let was = before.find(|was| (&was.columns, &was.table) == (&key.columns, &key.table));
        if let Some(was) = was.filter(|was| was.to != key.to) {
            let kind = QuestionKind::PointsOtherwise {
                table: key.table.clone(),
                from: was.to.join("`, `"),
                to: key.to.join("`, `"),
            };
            work.ask(&new.name, key.columns.first().map(String::as_str), kind);
        }
    }
}

/// Puts what is dropped for another of its name right before that.
fn pair_keys(work: &mut Work<'_>, table: &str) {
    let is_of = |op: &Op| op.table() == table;
    let (mut own, others): (Vec<_>, Vec<_>) = std::mem::take(&mut work.expand)
        .into_iter()
        .partition(|(rank, op)| *rank == Rank::ForeignKey && is_of(op));
    let name = |op: &Op| match op {
        Op::AddForeignKey { key, .. } | Op::DropForeignKey { key, .. } => key.name.clone(),
        _ => String::new(),
    };
    own.sort_by_key(|(_, op)| (name(op), matches!(op, Op::AddForeignKey { .. })));
    work.expand = others;
    work.expand.extend(own);
}

fn checks(work: &mut Work<'_>, old: &Table, new: &Table) {
    for check in &old.checks {
        let is_left = new.checks.iter().any(|it| it.name == check.name);
        if is_left || is_of_gone(check, old, new) {
            continue;
        }
        let op = Op::DropCheck {
            table: new.name.clone(),
            check: check.clone(),
        };
        work.expand(Rank::Loosen, op);
    }
    // A check over several columns of which one goes is looked at with what the new release writes: it has no value.
    for check in old.checks.iter().filter(|check| is_of_gone(check, old, new)) {
        if new.checks.iter().any(|it| it.name == check.name) {
            continue;
        }
        if new
            .columns
            .iter()
            .any(|column| mentions(&check.expression, &column.name))
        {
            let op = Op::DropCheck {
                table: new.name.clone(),
                check: check.clone(),
            };
            work.expand(Rank::Loosen, op);
        }
    }
    for check in &new.checks {
        match old.checks.iter().find(|it| it.name == check.name) {
            Some(was) if was.expression == check.expression => {}
            Some(was) => changed(work, (old, new), was, check),
            None => added(work, old, new, check),
        }
    }
}

/// Whether a check is about a column that goes.
fn is_of_gone(check: &Check, old: &Table, new: &Table) -> bool {
    let gone = old.columns.iter().filter(|it| new.column(&it.name).is_none());
    gone.into_iter()
        .any(|column| mentions(&check.expression, &column.name))
}

fn added(work: &mut Work<'_>, old: &Table, new: &Table, check: &Check) {
    let op = Op::AddCheck {
        table: new.name.clone(),
        check: check.clone(),
    };
    let mut columns = new.columns.iter();
    let is_of_new =
        columns.any(|column| old.column(&column.name).is_none() && mentions(&check.expression, &column.name));
    if is_of_new {
        work.expand(Rank::Check, op);
    } else {
        work.contract(Rank::Tighten, op);
    }
}

fn changed(work: &mut Work<'_>, (before, table): (&Table, &Table), old: &Check, new: &Check) {
    let drop = |check: &Check| Op::DropCheck {
        table: table.name.clone(),
        check: check.clone(),
    };
    let add = |check: &Check| Op::AddCheck {
        table: table.name.clone(),
        check: check.clone(),
    };
    let place = |column: &str| (table.name.clone(), column.to_owned());
    let mut columns = table.columns.iter();
    let is_retyped =
        columns.any(|it| work.retyped.contains(&place(&it.name)) && mentions(&new.expression, &it.name));
    if is_retyped {
        work.expand(Rank::Loosen, drop(old));
        return work.expand(Rank::Check, add(new));
    }
    if widens(&old.expression, &new.expression) {
        work.expand(Rank::Check, drop(old));
        return work.expand(Rank::Check, add(new));
    }
    let (was, is) = (Values::of(&old.expression), Values::of(&new.expression));
    let meanwhile = match (&was, &is) {
        (Some(was), Some(is)) if is.is_like(was) => Check {
            expression: is.with(was),
            ..new.clone()
        },
        _ if widens(&new.expression, &old.expression) => old.clone(),
        _ => {
            work.expand(Rank::Loosen, drop(old));
            return added(work, before, table, new);
        }
    };
    if widens(&meanwhile.expression, &old.expression) {
        work.contract(Rank::Tighten, drop(old));
    } else {
        work.expand(Rank::Check, drop(old));
        work.expand(Rank::Check, add(&meanwhile));
        values(work, table, (was.as_ref(), is.as_ref()));
        work.contract(Rank::Tighten, drop(&meanwhile));
    }
    work.contract(Rank::Tighten, add(new));
}

/// Writes new values where old ones stand that are called otherwise now, again when nobody writes those any more.
fn values(work: &mut Work<'_>, table: &Table, (old, new): (Option<&Values>, Option<&Values>)) {
    let (Some(old), Some(new)) = (old, new) else {
        return;
    };
    let given = work.given;
    let renamed = given
        .renames
        .values
        .iter()
        .filter(|((of, _), _)| *of == table.name);
    for ((_, column), pairs) in renamed {
        let fits = |(from, to): &&(String, String)| {
            let has = |all: &Values, value: &String| all.values.contains(value);
            has(old, from) && !has(old, to) && has(new, to) && !has(new, from)
        };
        for (from, to) in pairs.iter().filter(fits) {
            let op = Op::RenameValue {
                table: table.name.clone(),
                column: column.clone(),
                from: from.clone(),
                to: to.clone(),
            };
            work.expand(Rank::Value, op.clone());
            work.contract(Rank::Value, op);
        }
    }
}

fn indexes(work: &mut Work<'_>, old: &Table, new: &Table) {
    let is_same = |one: &Index, other: &Index| {
        Index {
            valid: true,
            ..one.clone()
        } == *other
            && one.valid
    };
    for index in &old.indexes {
        if new.indexes.iter().any(|it| is_same(index, it)) || is_on_gone(index, old, new) {
            continue;
        }
        let op = Op::DropIndex {
            table: new.name.clone(),
            index: index.clone(),
        };
        // A name is free only once the old one is gone, and a row is unique no more only if the old one is.
        if index.unique || new.indexes.iter().any(|it| it.name == index.name) {
            work.expand(Rank::Loosen, op);
        } else {
            work.contract(Rank::DropIndex, op);
        }
    }
    for index in &new.indexes {
        if !old.indexes.iter().any(|it| is_same(it, index)) {
            let op = Op::AddIndex {
                table: new.name.clone(),
                index: index.clone(),
            };
            work.expand(Rank::Index, op);
        }
    }
}

fn is_on_gone(index: &Index, old: &Table, new: &Table) -> bool {
    let gone = old.columns.iter().filter(|it| new.column(&it.name).is_none());
    gone.into_iter().any(|column| is_on(index, &column.name))
}

fn is_on(index: &Index, column: &str) -> bool {
    let is_it = |it: &groma_sql::schema::IndexColumn| {
        it.name == column || it.name.starts_with('(') && mentions(&it.name, column)
    };
    let predicate = index.predicate.as_ref();
    index.columns.iter().any(is_it) || predicate.is_some_and(|it| mentions(it, column))
}

/// Whether a foreign key refuses that a row there is deleted.
pub(super) fn holds_on(key: &ForeignKey) -> bool {
    matches!(key.on_delete, Action::NoAction | Action::Restrict)
}

/// Lets go of other tables: rows that the new release does not know keep nothing there from being deleted.
pub(super) fn free(work: &mut Work<'_>, table: &Table, goes: impl Fn(&[String]) -> bool) {
    for key in table
        .foreign_keys
        .iter()
        .filter(|key| holds_on(key) && goes(&key.columns))
    {
        let op = Op::DropForeignKey {
            table: table.name.clone(),
            key: key.clone(),
        };
        work.expand(Rank::Loosen, op);
    }
}

/// What goes with a column, right before it.
pub(super) fn dependents(work: &mut Work<'_>, old: &Table, new: &Table, column: &str) {
    let table = || new.name.clone();
    // Of several columns that go, the first takes along what is on all of them.
    let earlier = old.columns.iter().take_while(|it| it.name != column);
    let gone: Vec<&str> = earlier
        .map(|it| it.name.as_str())
        .filter(|name| new.column(name).is_none())
        .collect();
    let taken = |on: &dyn Fn(&str) -> bool| gone.iter().any(|name| on(name));
    let has = |columns: &[String], name: &str| columns.iter().any(|it| it == name);
    for unique in &old.uniques {
        if has(&unique.columns, column) && !taken(&|name| has(&unique.columns, name)) {
            let (table, unique) = (table(), unique.clone());
            work.contract(Rank::DropColumn, Op::DropUnique { table, unique });
        }
    }
    for key in old.foreign_keys.iter().filter(|key| !holds_on(key)) {
        if has(&key.columns, column) && !taken(&|name| has(&key.columns, name)) {
            let (table, key) = (table(), key.clone());
            work.contract(Rank::DropColumn, Op::DropForeignKey { table, key });
        }
    }
    for check in &old.checks {
        let is_own = mentions(&check.expression, column) && !taken(&|name| mentions(&check.expression, name));
        let is_shared = new.columns.iter().any(|it| mentions(&check.expression, &it.name));
        let is_changed = new.checks.iter().any(|it| it.name == check.name);
        if is_own && !is_shared && !is_changed {
            let (table, check) = (table(), check.clone());
            work.contract(Rank::DropColumn, Op::DropCheck { table, check });
        }
    }
    for index in &old.indexes {
        if is_on(index, column) && !taken(&|name| is_on(index, name)) {
            let (table, index) = (table(), index.clone());
            work.contract(Rank::DropColumn, Op::DropIndex { table, index });
        }
    }
}

/// Whether what is dropped goes by itself when a column does.
pub(crate) fn goes_with(op: &Op, column: &str) -> bool {
    let has = |columns: &[String]| columns.iter().any(|it| it == column);
    match op {
        Op::DropUnique { unique, .. } => has(&unique.columns),
        Op::DropForeignKey { key, .. } => has(&key.columns),
        Op::DropCheck { check, .. } => mentions(&check.expression, column),
        Op::DropIndex { index, .. } => is_on(index, column),
        _ => false,
    }
}
