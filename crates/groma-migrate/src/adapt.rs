//! A design's tables in a database that somebody else made: the same, by other names and other types that hold the same.
//!
//! What is there and fits is taken as it is, and what the design does not know is left alone, so that adopting a
//! database changes nothing in it. What does not fit stays different, and shows as a difference.

pub(crate) mod types;

use groma_sql::Dialect;
use groma_sql::schema::{Action, Check, Column, ForeignKey, Index, IndexColumn, Schema, Table, Unique};

/// A design's tables as a live database fulfils them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Adapted {
    /// What the design knows of them, in its own words, by the names and types that they have there.
    pub known: Schema,
    /// The same as the live one spells it, with all that it has beside: what differs from the live one does not fit.
    pub whole: Schema,
}

/// A wanted schema as a live one already fulfils it. `spelled` is the wanted one with its expressions as the live one
/// prints them; where both write alike, the wanted one itself.
#[must_use]
pub fn adapted(wanted: &Schema, spelled: &Schema, live: &Schema) -> Adapted {
    let mut known = wanted.clone();
    let mut whole = spelled.clone();
    for table in &mut known.tables {
        if let (Some(spelled), Some(live)) = (spelled.table(&table.name), live.table(&table.name)) {
            let pair = Pair {
                dialect: wanted.dialect,
                spelled,
                live,
            };
            pair.adapt(table);
        }
    }
    for table in &mut whole.tables {
        if let Some(live) = live.table(&table.name) {
            let spelled = table.clone();
            let pair = Pair {
                dialect: wanted.dialect,
                spelled: &spelled,
                live,
            };
            pair.adapt(table);
            keep_the_rest(table, live);
            table.forget_comments(live);
        }
    }
    Adapted { known, whole }
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
        table.indexes.retain(|index| {
            let is_there = index.unique || live.indexes.iter().any(|there| index.is_same(there));
            if !is_there {
                to_come.push(format!("index `{}`", index.name));
            }
            is_there
        });
        true
    });
    (there, to_come)
}

/// A table as it is wanted in the words of the live one, and the live one.
struct Pair<'s> {
    dialect: Dialect,
    spelled: &'s Table,
    live: &'s Table,
}

impl Pair<'_> {
    fn adapt(&self, wanted: &mut Table) {
        self.columns(wanted);
        if let (Some(key), Some(there)) = (&mut wanted.primary_key, &self.live.primary_key)
            && key.columns == there.columns
        {
            key.name.clone_from(&there.name);
        }
        self.uniques(wanted);
        take_over(&mut wanted.uniques, (&self.spelled.uniques, &self.live.uniques));
        take_over(
            &mut wanted.foreign_keys,
            (&self.spelled.foreign_keys, &self.live.foreign_keys),
        );
        take_over(&mut wanted.checks, (&self.spelled.checks, &self.live.checks));
        take_over(&mut wanted.indexes, (&self.spelled.indexes, &self.live.indexes));
    }

    fn columns(&self, wanted: &mut Table) {
        let key = wanted.primary_key.as_ref();
        let is_key = |column: &Column| key.is_some_and(|key| key.columns == [column.name.clone()]);
        for column in &mut wanted.columns {
            let Some(there) = self.live.column(&column.name) else {
                continue;
            };
            if types::holds(self.dialect, there, column, &wanted.checks) {
                wanted.checks.retain(|check| !types::says(there, column, check));
                column.ty.clone_from(&there.ty);
                column.labels.clone_from(&there.labels);
                column.collation.clone_from(&there.collation);
            }
            if column.identity && counts_up(self.dialect, there, is_key(column)) {
                column.identity = false;
            }
            // SQLite takes it that a key may be empty where nothing else is said; the server always writes one.
            if self.dialect == Dialect::Sqlite && is_key(column) {
                column.not_null = there.not_null;
            }
            // The server says every value itself: a default that only the database has is never asked for.
            if column.default.is_none() || types::is_same_default(column, there) {
                column.default.clone_from(&there.default);
            }
        }
    }

    /// A unique index keeps what a unique constraint keeps.
    fn uniques(&self, wanted: &mut Table) {
        let live = self.live;
        let is_constraint = |unique: &Unique| live.uniques.iter().any(|there| unique.is_same(there));
        let (constraints, kept): (Vec<_>, Vec<_>) = std::mem::take(&mut wanted.uniques)
            .into_iter()
            .partition(|unique| {
                let mut indexes = live.indexes.iter();
                is_constraint(unique) || !indexes.any(|index| is_unique_index(index, unique))
            });
        wanted.uniques = constraints;
        let indexes = live.indexes.iter();
        let indexes = indexes.filter(|index| kept.iter().any(|unique| is_unique_index(index, unique)));
        wanted.indexes.extend(indexes.cloned());
    }
}

/// A part of a table that may be there under another name.
trait Part: Clone {
    fn name(&self) -> &str;
    /// Whether what is there keeps what is wanted.
    fn is_same(&self, there: &Self) -> bool;
    /// What is wanted, as it is there.
    fn as_there(&self, there: &Self) -> Self;
}

/// Those that are there stand for the same ones that are wanted. A name that another one of the wanted has is not taken.
fn take_over<T: Part>(wanted: &mut [T], (spelled, live): (&[T], &[T])) {
    let names: Vec<String> = wanted.iter().map(|part| part.name().to_owned()).collect();
    for (at, part) in wanted.iter_mut().enumerate() {
        let said = spelled.iter().find(|said| said.name() == part.name());
        let is_free = |there: &T| {
            let mut others = names.iter().enumerate();
            !others.any(|(of, name)| of != at && name == there.name())
        };
        let fits = |there: &&T| is_free(there) && said.unwrap_or(part).is_same(there);
        let by_name = live
            .iter()
            .find(|there| there.name() == part.name() && fits(there));
        if let Some(there) = by_name.or_else(|| live.iter().find(fits)) {
            *part = part.as_there(there);
        }
    }
}

/// What a live table has beside what is wanted of it.
fn keep_the_rest(wanted: &mut Table, live: &Table) {
    let columns = live.columns.iter();
    let unknown = columns.filter(|there| wanted.column(&there.name).is_none() && fills_itself(there));
    let unknown: Vec<Column> = unknown.cloned().collect();
    wanted.columns.extend(unknown);
    keep(&mut wanted.uniques, &live.uniques);
    keep(&mut wanted.foreign_keys, &live.foreign_keys);
    keep(&mut wanted.checks, &live.checks);
    keep(&mut wanted.indexes, &live.indexes);
    // Where the design has policies of its own, another one would open what they close.
    if !wanted.row_security {
        wanted.row_security = live.row_security;
        wanted.policies.clone_from(&live.policies);
    }
}

fn keep<T: Part>(wanted: &mut Vec<T>, live: &[T]) {
    let unknown = live.iter().filter(|there| {
        let mut known = wanted.iter();
        !known.any(|part| part.name() == there.name())
    });
    let unknown: Vec<T> = unknown.cloned().collect();
    wanted.extend(unknown);
}

/// Whether a row can be made that says nothing of a column.
fn fills_itself(column: &Column) -> bool {
    !column.not_null || column.default.is_some() || column.identity
}

/// Whether a database counts the values of a column up, though not by the means that we would take.
fn counts_up(dialect: Dialect, there: &Column, is_key: bool) -> bool {
    match dialect {
        Dialect::Postgres => counts_by_sequence(there),
        Dialect::Sqlite => is_key && there.ty.eq_ignore_ascii_case("INTEGER"),
    }
}

/// A key of type `serial`, as most generators have made them.
pub fn counts_by_sequence(column: &Column) -> bool {
    let default = column.default.as_deref();
    default.is_some_and(|default| default.starts_with("nextval("))
}

fn is_unique_index(index: &Index, unique: &Unique) -> bool {
    let plain = unique.columns.iter().map(|name| IndexColumn {
        name: name.clone(),
        descending: false,
    });
    index.unique && index.valid && index.predicate.is_none() && index.columns.iter().cloned().eq(plain)
}

impl Part for Unique {
    fn name(&self) -> &str {
        &self.name
    }

    fn is_same(&self, there: &Self) -> bool {
        self.columns == there.columns
    }

    fn as_there(&self, there: &Self) -> Self {
        there.clone()
    }
}

impl Part for ForeignKey {
    fn name(&self) -> &str {
        &self.name
    }

    fn is_same(&self, there: &Self) -> bool {
        let refuses = |action: Action| matches!(action, Action::NoAction | Action::Restrict);
        let same_action =
            self.on_delete == there.on_delete || refuses(self.on_delete) && refuses(there.on_delete);
        (&self.columns, &self.table, &self.to) == (&there.columns, &there.table, &there.to) && same_action
    }

    fn as_there(&self, there: &Self) -> Self {
        there.clone()
    }
}

impl Part for Check {
    fn name(&self) -> &str {
        &self.name
    }

    fn is_same(&self, there: &Self) -> bool {
        self.expression == there.expression
    }

    fn as_there(&self, there: &Self) -> Self {
        Self {
            expression: self.expression.clone(),
            ..there.clone()
        }
    }
}

impl Part for Index {
    fn name(&self) -> &str {
        &self.name
    }

    fn is_same(&self, there: &Self) -> bool {
        (&self.columns, self.unique, &self.predicate) == (&there.columns, there.unique, &there.predicate)
    }

    fn as_there(&self, there: &Self) -> Self {
        Self {
            predicate: self.predicate.clone(),
            ..there.clone()
        }
    }
}
