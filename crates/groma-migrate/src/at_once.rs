//! Everything between two schemas in one go, for tools that keep one migration for a change and write it in a language of
//! their own.
//!
//! It is the plan without its two phases: what stands only between them is left out. Columns change where they stand.

use std::collections::BTreeSet;

use groma_sql::Dialect;
use groma_sql::schema::Schema;

use crate::change::{Question, changes};
use crate::conversion::loss;
use crate::obstacle;
use crate::op::Op;
use crate::plan::{Given, Size, known_alike};
use crate::renames::Renames;
use crate::step::Obstacle;

/// What to do, and what has to be answered first.
#[derive(Clone, PartialEq, Debug)]
pub struct AtOnce {
    /// What is done, in order.
    pub ops: Vec<Op>,
    /// What cannot be told from the schemas.
    pub questions: Vec<Question>,
}

/// Compares two schemas of one dialect. `goes` are tables and columns of which somebody has said that they go.
pub fn at_once(
    source: &Schema,
    target: &Schema,
    renames: &Renames,
    goes: &BTreeSet<(String, Option<String>)>,
) -> AtOnce {
    // A small table changes where it stands; one of unknown size may have rows.
    let small = Size { rows: 1, bytes: 0 };
    let given = Given {
        renames: renames.clone(),
        goes: goes.clone(),
        ours: None,
        sizes: source.tables.iter().map(|it| (it.name.clone(), small)).collect(),
    };
    let target = known_alike(source, target, &given);
    let changes = changes(source, &target, &given);
    let mut ops = changes.expand;
    ops.extend(changes.contract);
    AtOnce {
        ops: settled(&ops),
        questions: changes.questions,
    }
}

/// Rows that would make it fail.
pub fn in_the_way(dialect: Dialect, op: &Op) -> Option<Obstacle> {
    match op {
        Op::AddCheck { table, check } => Some(obstacle::refused(table, check)),
        Op::AddUnique { table, unique } => Some(obstacle::shared(table, &unique.columns, None)),
        Op::AddIndex { table, index } if index.unique => {
            let columns: Vec<String> = index.columns.iter().map(|it| it.name.clone()).collect();
            Some(obstacle::shared(table, &columns, index.predicate.as_deref()))
        }
        Op::AddForeignKey { table, key } => Some(obstacle::dangling(table, key)),
        Op::SetNotNull { table, column } => Some(obstacle::empty(table, column)),
        Op::Retype { table, from, to, .. } => obstacle::misfit(dialect, table, from, to),
        _ => None,
    }
}

/// What is gone when it is done, whatever is undone.
pub fn lost(dialect: Dialect, op: &Op) -> Option<String> {
    match op {
        Op::DropTable(table) => Some(format!("every row of `{}`", table.name)),
        Op::DropColumn { table, column } => Some(format!("every value of `{table}.{}`", column.name)),
        Op::Retype { table, from, to, .. } => {
            let loss = loss(dialect, from, to)?;
            Some(format!("of values of `{table}.{}`: {loss}", to.name))
        }
        _ => None,
    }
}

/// Without what would be taken back, said twice, or done to a column that goes.
pub fn settled(ops: &[Op]) -> Vec<Op> {
    let mut settled: Vec<Op> = Vec::new();
    for (at, op) in ops.iter().enumerate() {
        let later = ops.get(at + 1..).unwrap_or_default();
        let is_moot = match op {
            Op::LetGo { table, column }
            | Op::SetDefault { table, column, .. }
            | Op::SetNotNull { table, column }
            | Op::DropNotNull { table, column } => later.iter().any(|it| drops(it, table, column)),
            Op::AddCheck { table, check } => {
                let (table, check) = (table.clone(), check.clone());
                later.contains(&Op::DropCheck { table, check })
            }
            // One that was never made.
            Op::DropCheck { table, check } => {
                let (table, check) = (table.clone(), check.clone());
                let earlier = ops.get(..at).unwrap_or_default();
                earlier.contains(&Op::AddCheck { table, check })
            }
            Op::Fill { .. } | Op::RenameValue { .. } => settled.contains(op),
            _ => false,
        };
        if !is_moot {
            settled.push(op.clone());
        }
    }
    settled
}

fn drops(op: &Op, of: &str, name: &str) -> bool {
    matches!(op, Op::DropColumn { table, column } if table == of && column.name == name)
}
