//! In which order things are done, and what Postgres does in a revision of its own.
//!
//! What belongs to one table is done together, so that SQLite makes it anew once. Names change first, so that everything
//! behind knows things by their new names; a way back changes them last.

use std::collections::{BTreeMap, BTreeSet};

use groma_migrate::{Op, mentions, short_name, widens};
use groma_sql::schema::{Check, quoted};

use super::both::Pair;

/// Something that is done.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Do {
    /// A change of the tables, or of rows.
    Change(Pair),
    /// The same, of a constraint that Postgres does not hold rows to that are there.
    Unproved(Pair),
    /// Rows that are there are held to it.
    Validate { table: String, name: String },
    /// Rows that would make it fail stop everything.
    Refuse(Pair),
}

/// The parts of a change that are a revision each.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Parts {
    /// What is done in one transaction.
    pub(crate) main: Vec<Do>,
    /// What reads whole tables, and on Postgres lets others write meanwhile.
    pub(crate) online: Vec<Do>,
}

/// Takes apart what is done to tables that are there from what makes their rows wait.
pub(crate) fn parts(pairs: &[Pair]) -> Parts {
    let work = Work::of(pairs);
    let mut parts = Parts::default();
    for pair in arranged(pairs, Names::First) {
        let op = pair.op();
        if work.is_new(op.table()) {
            parts.main.push(Do::Change(pair));
            continue;
        }
        if work.may_fail(op) {
            parts.main.push(Do::Refuse(pair.clone()));
        }
        match op.clone() {
            Op::AddIndex { .. } | Op::AddUnique { .. } => parts.online.push(Do::Change(pair)),
            Op::SetNotNull { table, column } => {
                let check = Check {
                    name: short_name(&[&table, &column, "set"]),
                    expression: is_set(&column),
                    validated: true,
                };
                let name = check.name.clone();
                let (add, drop) = (
                    Op::AddCheck {
                        table: table.clone(),
                        check: check.clone(),
                    },
                    Op::DropCheck {
                        table: table.clone(),
                        check,
                    },
                );
                parts.main.push(Do::Unproved(Pair::same(add)));
                parts.online.push(Do::Validate { table, name });
                parts.online.push(Do::Change(pair));
                parts.online.push(Do::Change(Pair::same(drop)));
            }
            Op::AddCheck { table, check } if pair.postgres.is_some() && !work.is_of_new(&table, &check) => {
                parts.main.push(Do::Unproved(pair));
                parts.online.push(Do::Validate {
                    table,
                    name: check.name,
                });
            }
            Op::AddForeignKey { table, key } => {
                parts.main.push(Do::Unproved(pair));
                parts.online.push(Do::Validate {
                    table,
                    name: key.name,
                });
            }
            _ => parts.main.push(Do::Change(pair)),
        }
    }
    settle(&mut parts.main, &work);
    parts.online.sort_by_key(|it| !matches!(it, Do::Validate { .. }));
    parts
}

fn is_set(column: &str) -> String {
    format!("{} IS NOT NULL", quoted(column))
}

/// What takes a part back.
pub(crate) fn back(part: &[Do]) -> Vec<Do> {
    let pairs: Vec<Pair> = part
        .iter()
        .filter_map(|it| match it {
            Do::Change(pair) | Do::Unproved(pair) => Some(pair.clone()),
            Do::Validate { .. } | Do::Refuse(_) => None,
        })
        .collect();
    let pairs = arranged(&super::both::back(&pairs), Names::Last);
    let work = Work::of(&pairs);
    let mut done = Vec::new();
    for pair in pairs {
        if !work.is_new(pair.op().table()) && work.may_fail(pair.op()) && !work.is_said(pair.op()) {
            done.push(Do::Refuse(pair.clone()));
        }
        done.push(Do::Change(pair));
    }
    settle(&mut done, &work);
    done
}

/// Puts what stops at rows before everything else where the tables are as they were, and else behind what is written into
/// the rows, which may mend them, and before all that they are held to.
fn settle(done: &mut Vec<Do>, work: &Work) {
    let all = std::mem::take(done);
    let (early, rest): (Vec<Do>, Vec<Do>) = all
        .into_iter()
        .partition(|it| matches!(it, Do::Refuse(pair) if !work.is_touched(pair.op())));
    done.extend(early);
    for it in rest {
        let at = match &it {
            Do::Refuse(pair) => done.len() - held(done, pair.op().table()),
            Do::Change(_) | Do::Unproved(_) | Do::Validate { .. } => done.len(),
        };
        done.insert(at, it);
    }
}

/// How many of the last things hold the rows of this table to something.
fn held(done: &[Do], table: &str) -> usize {
    let holds = |it: &&Do| match it {
        Do::Change(pair) | Do::Unproved(pair) => {
            pair.op().table() == table && stage(pair.op(), Names::First, false).1 == HOLD
        }
        Do::Validate { .. } | Do::Refuse(_) => false,
    };
    done.iter().rev().take_while(holds).count()
}

/// What is known of a change as a whole.
struct Work {
    made: BTreeSet<String>,
    /// Tables whose names, columns or rows change.
    touched: BTreeSet<String>,
    added: BTreeSet<(String, String)>,
    /// Checks that go, or make place for others of their names.
    dropped: BTreeMap<(String, String), String>,
    filled: BTreeSet<(String, String)>,
    /// Columns that may be empty then.
    freed: BTreeSet<String>,
}

impl Work {
    fn of(pairs: &[Pair]) -> Self {
        let mut work = Self {
            made: BTreeSet::new(),
            touched: BTreeSet::new(),
            added: BTreeSet::new(),
            dropped: BTreeMap::new(),
            filled: BTreeSet::new(),
            freed: BTreeSet::new(),
        };
        for pair in pairs {
            let op = pair.op();
            match op {
                Op::CreateTable(table) => drop(work.made.insert(table.name.clone())),
                Op::RenameTable { to, .. } => drop(work.touched.insert(to.clone())),
                Op::AddColumn { table, column } => {
                    work.touched.insert(table.clone());
                    let place = (table.clone(), column.name.clone());
                    if column.default.is_some() {
                        work.filled.insert(place.clone());
                    }
                    work.added.insert(place);
                }
                Op::Fill { table, column, .. } => {
                    work.touched.insert(table.clone());
                    work.filled.insert((table.clone(), column.clone()));
                }
                Op::DropNotNull { column, .. } => drop(work.freed.insert(column.clone())),
                Op::DropCheck { table, check } => {
                    let place = (table.clone(), check.name.clone());
                    work.dropped.insert(place, check.expression.clone());
                }
                Op::RenameColumn { table, .. } | Op::Retype { table, .. } | Op::RenameValue { table, .. } => {
                    work.touched.insert(table.clone());
                }
                _ => {}
            }
        }
        work
    }

    fn is_new(&self, table: &str) -> bool {
        self.made.contains(table)
    }

    /// Whether rows that are there may be in the way. A column that is new has no value, or a right one.
    fn may_fail(&self, op: &Op) -> bool {
        let is_new = |table: &String, column: &String| self.added.contains(&(table.clone(), column.clone()));
        match op {
            Op::SetNotNull { table, column } => !self.filled.contains(&(table.clone(), column.clone())),
            Op::AddUnique { table, unique } => {
                let mut columns = unique.columns.iter();
                columns.all(|column| {
                    !is_new(table, column) || self.filled.contains(&(table.clone(), column.clone()))
                })
            }
            Op::AddForeignKey { table, key } => !key.columns.iter().any(|column| is_new(table, column)),
            Op::AddCheck { table, check } => {
                let before = self.dropped.get(&(table.clone(), check.name.clone()));
                let is_wider = before.is_some_and(|before| widens(before, &check.expression));
                !is_wider && !self.is_of_new(table, check)
            }
            Op::AddIndex { index, .. } => index.unique,
            Op::Retype { .. } => true,
            _ => false,
        }
    }

    /// Whether a check says what the column has said until now.
    fn is_said(&self, op: &Op) -> bool {
        let Op::AddCheck { check, .. } = op else {
            return false;
        };
        let mut freed = self.freed.iter();
        freed.any(|column| check.expression == is_set(column))
    }

    /// Whether a check is about a column that is new, in which every row holds the same.
    fn is_of_new(&self, table: &str, check: &Check) -> bool {
        let mut added = self.added.iter().filter(|(of, _)| of == table);
        added.any(|(_, column)| mentions(&check.expression, column))
    }

    fn is_touched(&self, op: &Op) -> bool {
        let is_there = |table: &str| self.touched.contains(table) || self.made.contains(table);
        match op {
            // What is asked before values change is asked of the values as they are, under the new name.
            Op::AddForeignKey { table, key } => is_there(table) || is_there(&key.table),
            _ => is_there(op.table()),
        }
    }
}

/// Whether names change before everything else or behind it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Names {
    First,
    Last,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Stage {
    Names,
    FreeKeys,
    Create,
    Table,
    Keys,
    Drop,
    Last,
}

/// Whether keys hold what changes: then all of them go before it, and come behind it.
fn is_tangled(pairs: &[Pair]) -> bool {
    pairs.iter().any(|pair| {
        matches!(
            pair.op(),
            Op::Retype { .. } | Op::SetPrimaryKey { .. } | Op::DropTable(_)
        )
    })
}

fn arranged(pairs: &[Pair], names: Names) -> Vec<Pair> {
    let is_tangled = is_tangled(pairs);
    let mut tables: Vec<&str> = Vec::new();
    for pair in pairs {
        let table = pair.op().table();
        if !tables.contains(&table) {
            tables.push(table);
        }
    }
    let place = |pair: &Pair| {
        let (stage, within) = stage(pair.op(), names, is_tangled);
        let table = tables.iter().position(|table| *table == pair.op().table());
        (stage, table.filter(|_| stage == Stage::Table), within)
    };
    let mut arranged = pairs.to_vec();
    arranged.sort_by_key(place);
    arranged
}

/// When rows are held to something, within their table.
const HOLD: u8 = 5;

/// When something is done, and when within its table.
fn stage(op: &Op, names: Names, is_tangled: bool) -> (Stage, u8) {
    let keys = |stage| if is_tangled { stage } else { Stage::Table };
    match op {
        Op::RenameTable { .. }
        | Op::RenameColumn { .. }
        | Op::RenameConstraint { .. }
        | Op::RenameIndex { .. } => match names {
            Names::First => (Stage::Names, 0),
            Names::Last => (Stage::Last, 0),
        },
        Op::DropForeignKey { .. } => (keys(Stage::FreeKeys), 1),
        Op::CreateTable(_) => (Stage::Create, 0),
        Op::DropUnique { .. } | Op::DropCheck { .. } | Op::DropIndex { .. } => (Stage::Table, 1),
        Op::AddColumn { .. } => (Stage::Table, 2),
        Op::Retype { .. }
        | Op::SetIdentity { .. }
        | Op::SetPrimaryKey { .. }
        | Op::DropNotNull { .. }
        | Op::LetGo { .. }
        | Op::SetDefault { .. } => (Stage::Table, 3),
        Op::Fill { .. } | Op::RenameValue { .. } => (Stage::Table, 4),
        Op::SetNotNull { .. } | Op::AddUnique { .. } | Op::AddCheck { .. } | Op::AddIndex { .. } => {
            (Stage::Table, HOLD)
        }
        Op::AddForeignKey { .. } => (keys(Stage::Keys), HOLD),
        Op::DropColumn { .. } => (Stage::Table, HOLD + 1),
        Op::SetComment { .. } => (Stage::Table, HOLD + 2),
        Op::DropTable(_) => (Stage::Drop, 0),
        Op::Mirror { .. }
        | Op::Convert { .. }
        | Op::AtOnce { .. }
        | Op::SetRole { .. }
        | Op::SetFunction { .. }
        | Op::Secure { .. }
        | Op::AddPolicy { .. }
        | Op::DropPolicy { .. } => (Stage::Table, HOLD + 3),
    }
}
