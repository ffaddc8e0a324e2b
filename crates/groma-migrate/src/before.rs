//! What becomes of the release before, once what the new one needs is applied: the table in [`crate::plan`], by what is
//! done.

use std::collections::BTreeSet;

use groma_sql::Dialect;

use crate::conversion::{Conversion, conversion};
use crate::op::Op;

/// What becomes of the release before.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub enum Before {
    /// It serves, and can be started.
    Serves,
    /// It serves as long as it runs.
    Runs,
    /// The table does not say it.
    #[default]
    Unsaid,
    /// It shows values as the new one has them, or breaks.
    Shows,
    /// It breaks.
    Breaks,
}

impl Before {
    /// Behind these operations: the worst of what they do to it.
    pub(crate) fn of(dialect: Dialect, ops: &[&Op]) -> Self {
        let made: BTreeSet<&str> = ops
            .iter()
            .filter_map(|op| match op {
                Op::CreateTable(table) => Some(table.name.as_str()),
                _ => None,
            })
            .collect();
        let of_each = ops.iter().map(|op| match op {
            Op::AddForeignKey { .. } if is_exchanged(op, ops) => Self::Runs,
            op => of_one(dialect, op, &made),
        });
        of_each.max().unwrap_or_default()
    }

    /// As the head of a file says it.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Serves => "Before the new release runs; the one before it goes on running meanwhile.",
            Self::Runs => {
                "Before the new release runs; the one before it goes on as long as it runs, and a new start of it is refused."
            }
            Self::Breaks => {
                "Before the new release runs; the one before it breaks, and a new start of it is refused: stop its servers \
                 first."
            }
            Self::Shows => {
                "Before the new release runs; the one before it shows values as the new one has them, or breaks, and a new \
                 start of it is refused."
            }
            Self::Unsaid => "Before the new release runs.",
        }
    }

    /// What is said so.
    pub(crate) fn from_words(text: &str) -> Option<Self> {
        [Self::Serves, Self::Runs, Self::Unsaid, Self::Shows, Self::Breaks]
            .into_iter()
            .find(|before| before.words() == text)
    }
}

fn of_one(dialect: Dialect, op: &Op, made: &BTreeSet<&str>) -> Before {
    let rules_of = |table: &str| {
        if made.contains(table) {
            Before::Serves
        } else {
            Before::Runs
        }
    };
    match op {
        Op::RenameTable { .. } | Op::RenameColumn { .. } => Before::Breaks,
        Op::Retype { from, to, .. } if conversion(dialect, from, to) != Conversion::Free => Before::Shows,
        // The two columns of a type that changes swap their names.
        Op::AtOnce { .. } => Before::Shows,
        Op::SetPrimaryKey { .. } | Op::SetIdentity { .. } => Before::Unsaid,
        Op::Secure { table, .. } | Op::AddPolicy { table, .. } | Op::DropPolicy { table, .. } => {
            rules_of(table)
        }
        Op::SetFunction { from: Some(_), .. } | Op::SetRole { from: Some(_), .. } => Before::Runs,
        Op::Retype { .. }
        | Op::SetFunction { .. }
        | Op::SetRole { .. }
        | Op::CreateTable(_)
        | Op::DropTable(_)
        | Op::AddColumn { .. }
        | Op::DropColumn { .. }
        | Op::Mirror { .. }
        | Op::Convert { .. }
        | Op::SetNotNull { .. }
        | Op::DropNotNull { .. }
        | Op::LetGo { .. }
        | Op::SetDefault { .. }
        | Op::SetComment { .. }
        | Op::AddUnique { .. }
        | Op::DropUnique { .. }
        | Op::AddForeignKey { .. }
        | Op::DropForeignKey { .. }
        | Op::AddCheck { .. }
        | Op::DropCheck { .. }
        | Op::RenameConstraint { .. }
        | Op::AddIndex { .. }
        | Op::DropIndex { .. }
        | Op::RenameIndex { .. }
        | Op::Fill { .. }
        | Op::RenameValue { .. } => Before::Serves,
    }
}

/// Whether a reference takes the place of one that points from and to the same columns: it does something else when what
/// it points at is deleted.
fn is_exchanged(added: &Op, ops: &[&Op]) -> bool {
    let Op::AddForeignKey { table, key } = added else {
        return false;
    };
    ops.iter().any(|op| match op {
        Op::DropForeignKey { table: of, key: old } => {
            of == table
                && (&old.columns, &old.table) == (&key.columns, &key.table)
                && old.on_delete != key.on_delete
        }
        _ => false,
    })
}
