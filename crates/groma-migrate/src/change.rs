//! What differs between two schemas, as things to do: before a release runs, and after the one before it has ended.
//!
//! What a release needs, and what the one before it does not stumble over, comes first; what takes something away, or
//! refuses what the release before may still write, comes last. A rename is one only where the design says `was`.

mod beside;
mod columns;
mod constraints;
mod fences;
mod questions;

use std::collections::{BTreeMap, BTreeSet};

use groma_sql::Dialect;
use groma_sql::schema::{Schema, Table};

use crate::op::Op;
use crate::plan::Given;
pub(crate) use beside::SMALL;
pub(crate) use constraints::goes_with;
pub use questions::{Question, QuestionKind};

/// When something is done within a migration: in this order, table by table.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Rank {
    View,
    RenameTable,
    RenameColumn,
    RenameConstraint,
    Swap,
    Loosen,
    Create,
    AddColumn,
    Relax,
    Retype,
    Check,
    Value,
    Index,
    Unique,
    ForeignKey,
    Tighten,
    DropIndex,
    DropColumn,
    DropTable,
    Role,
    Policy,
    Comment,
}

/// What has to be done, and what has to be asked first.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Changes {
    pub(crate) expand: Vec<Op>,
    pub(crate) contract: Vec<Op>,
    pub(crate) questions: Vec<Question>,
}

/// What is found on the way.
pub(super) struct Work<'g> {
    dialect: Dialect,
    given: &'g Given,
    expand: Vec<(Rank, Op)>,
    contract: Vec<(Rank, Op)>,
    questions: Vec<Question>,
    /// Tables and columns whose values are kept in another way, by their new names.
    retyped: BTreeSet<(String, String)>,
    /// Columns that gave their place to one of another type, by tables: nobody asks whether they are called otherwise.
    beside: BTreeSet<(String, String)>,
    /// Tables whose rows are known by other columns, by their new names.
    rekeyed: BTreeSet<String>,
}

impl Work<'_> {
    fn expand(&mut self, rank: Rank, op: Op) {
        self.expand.push((rank, op));
    }

    fn contract(&mut self, rank: Rank, op: Op) {
        self.contract.push((rank, op));
    }

    /// Whether it is known that a table has no rows.
    fn is_empty(&self, table: &str) -> bool {
        self.given.size(table).is_some_and(|size| size.rows == 0)
    }
}

/// Compares two schemas of the same dialect.
pub(crate) fn changes(source: &Schema, target: &Schema, given: &Given) -> Changes {
    let mut work = Work {
        dialect: target.dialect,
        given,
        expand: Vec::new(),
        contract: Vec::new(),
        questions: Vec::new(),
        retyped: BTreeSet::new(),
        beside: BTreeSet::new(),
        rekeyed: BTreeSet::new(),
    };
    let mut source = source.clone();
    renames(&mut work, &mut source, target);
    beside::swap(&mut work, &mut source, target);
    let old: BTreeMap<&str, &Table> = source.tables.iter().map(|it| (it.name.as_str(), it)).collect();
    let gone = gone(&source, target, given);
    questions::tables(&mut work, &gone, &source, target);
    fences::role(&mut work, &source, target);
    let both = || {
        target
            .tables
            .iter()
            .filter_map(|new| Some((*old.get(new.name.as_str())?, new)))
    };
    work.rekeyed = both()
        .filter(|(old, new)| constraints::is_rekeyed(old, new))
        .map(|(_, new)| new.name.clone())
        .collect();
    for (old, new) in both() {
        columns::compare(&mut work, (old, new), (&source, target));
        comments(&mut work, old, new);
    }
    for (old, new) in both() {
        constraints::compare(&mut work, old, new);
    }
    created(&mut work, &old, target);
    for table in &target.tables {
        fences::compare(
            &mut work,
            old.get(table.name.as_str()).copied(),
            table,
            (&source, target),
        );
    }
    for table in gone.iter().rev() {
        constraints::free(&mut work, table, |_| true);
        fences::take(&mut work, table, (&source, target));
        work.contract(Rank::DropTable, Op::DropTable(left(table)));
    }
    let ordered = |mut ops: Vec<(Rank, Op)>| -> Vec<Op> {
        ops.sort_by_key(|(rank, _)| *rank);
        ops.into_iter().map(|(_, op)| op).collect()
    };
    Changes {
        expand: ordered(work.expand),
        contract: ordered(work.contract),
        questions: work.questions,
    }
}

/// What is said about a table and its columns.
fn comments(work: &mut Work<'_>, old: &Table, new: &Table) {
    let columns = new.columns.iter();
    let columns =
        columns.filter_map(|is| Some((Some(&is.name), &old.column(&is.name)?.comment, &is.comment)));
    for (column, from, to) in std::iter::once((None, &old.comment, &new.comment)).chain(columns) {
        if from != to {
            let op = Op::SetComment {
                table: new.name.clone(),
                column: column.cloned(),
                from: from.clone(),
                to: to.clone(),
            };
            work.expand(Rank::Comment, op);
        }
    }
}

/// A table that is dropped, as it stands then: what it keeps others from is gone before.
fn left(table: &Table) -> Table {
    let mut table = fences::without(table);
    table.foreign_keys.retain(|key| !constraints::holds_on(key));
    table
}

/// Renames what is called otherwise, in the source too, so that the rest is compared under one name.
fn renames(work: &mut Work<'_>, source: &mut Schema, target: &Schema) {
    let renames = &work.given.renames;
    let mut ops = Vec::new();
    for table in &target.tables {
        let old = renames.tables.get(&table.name);
        if let Some(old) =
            old.filter(|old| source.table(old).is_some() && source.table(&table.name).is_none())
        {
            ops.push((
                Rank::RenameTable,
                Op::RenameTable {
                    from: old.clone(),
                    to: table.name.clone(),
                },
            ));
        }
    }
    for (_, op) in &ops {
        op.apply(source);
    }
    let columns = renames.columns.iter().filter(|((table, column), old)| {
        let is_new = target
            .table(table)
            .is_some_and(|table| table.column(column).is_some());
        let was = source.table(table);
        is_new && was.is_some_and(|was| was.column(old).is_some() && was.column(column).is_none())
    });
    let columns = columns.map(|((table, column), old)| {
        let op = Op::RenameColumn {
            table: table.clone(),
            from: old.clone(),
            to: column.clone(),
        };
        (Rank::RenameColumn, op)
    });
    let columns: Vec<_> = columns.collect();
    for (_, op) in &columns {
        op.apply(source);
    }
    ops.extend(columns);
    for table in &target.tables {
        if let Some(old) = source.tables.iter_mut().find(|old| old.name == table.name) {
            let named = constraints::renames(old, table);
            for op in &named {
                constraints::rename(old, op);
            }
            ops.extend(named.into_iter().map(|op| (Rank::RenameConstraint, op)));
        }
    }
    work.expand.extend(ops);
}

/// The tables that are ours and in the design no more, in the order in which they were made.
fn gone<'s>(source: &'s Schema, target: &Schema, given: &Given) -> Vec<&'s Table> {
    let all = source.tables.iter();
    all.filter(|table| target.table(&table.name).is_none() && given.is_ours(&table.name))
        .collect()
}

/// Makes tables that are new, each after those that it points at; keys to what is there already, or comes later, are
/// added when all stand. SQLite can add none, and takes them at once.
fn created(work: &mut Work<'_>, old: &BTreeMap<&str, &Table>, target: &Schema) {
    let mut made: BTreeSet<&str> = BTreeSet::new();
    for table in target
        .tables
        .iter()
        .filter(|table| !old.contains_key(table.name.as_str()))
    {
        made.insert(&table.name);
        let mut bare = fences::without(table);
        if work.dialect == Dialect::Postgres {
            bare.foreign_keys.retain(|key| made.contains(key.table.as_str()));
            let later = table
                .foreign_keys
                .iter()
                .filter(|key| !made.contains(key.table.as_str()));
            for key in later {
                let op = Op::AddForeignKey {
                    table: table.name.clone(),
                    key: key.clone(),
                };
                work.expand(Rank::ForeignKey, op);
            }
        }
        work.expand(Rank::Create, Op::CreateTable(bare));
    }
}
