//! The steps of a migration on Postgres: each takes the weakest lock for the shortest time that does it.
//!
//! What a statement locks and reads was measured on Postgres 15, not read in a book: adding a check is ACCESS EXCLUSIVE
//! but reads nothing when it is `NOT VALID`, validating it reads everything and keeps nobody out, and so on.

mod beside;
mod constraints;
mod spelled;
mod stands_on;
mod tables;

use std::collections::BTreeSet;

use groma_sql::schema::{Schema, Table, quoted};

use crate::change::goes_with;
use crate::op::Op;
use crate::plan::Given;
use crate::step::{Cost, Lock, LockMode, Run, Step, Undo};

/// The steps that do these things, in order.
pub(crate) fn steps(from: &Schema, ops: &[Op], given: &Given) -> Vec<Step> {
    let mut maker = Maker {
        now: from.clone(),
        made: BTreeSet::new(),
        group: 0,
        joint: None,
        steps: Vec::new(),
        given,
    };
    let mut rest = ops;
    while let Some((first, behind)) = rest.split_first() {
        let taken = together(first, behind);
        let (now, later) = rest.split_at(taken.min(rest.len()));
        maker.make(now);
        for op in now {
            op.apply(&mut maker.now);
        }
        rest = later;
    }
    maker.steps
}

/// What is known while steps are made.
struct Maker<'g> {
    /// The schema as the steps so far leave it.
    now: Schema,
    /// Tables that this migration makes: nobody uses them yet.
    made: BTreeSet<String>,
    group: u32,
    /// What the last step is one of: the next one of these is done together with it.
    joint: Option<Joint>,
    steps: Vec<Step>,
    given: &'g Given,
}

/// Steps that are done in one transaction, or not at all.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Joint {
    Renames,
    Fences,
    Comments,
}

impl Maker<'_> {
    fn make(&mut self, ops: &[Op]) {
        match ops {
            [Op::DropCheck { table, check: old }, Op::AddCheck { check, .. }] => {
                self.check(table, Some(old), check);
            }
            [
                Op::DropForeignKey { table, key: old },
                Op::AddForeignKey { key, .. },
            ] => {
                self.foreign_key(table, Some(old), key);
            }
            [.., Op::DropColumn { table, column }] => self.drop_column(table, column, ops),
            [one] => self.one(one),
            _ => {}
        }
    }

    fn one(&mut self, op: &Op) {
        match op {
            Op::CreateTable(table) => self.create(table),
            Op::DropTable(table) => self.drop(table),
            Op::AddColumn { table, column } => self.add_column(table, column),
            Op::Retype { .. } => self.retype(op),
            Op::Mirror { from, to, on, .. } => self.mirror(op, (from, to), *on),
            Op::Convert { from, to, .. } => self.convert(op, (from, to)),
            Op::AtOnce { ops, .. } => self.at_once(op, ops),
            Op::SetNotNull { table, column } => self.not_null(table, column),
            Op::SetPrimaryKey { table, from, to } => self.primary_key(table, from.as_ref(), to.as_ref()),
            Op::AddUnique { table, unique } => self.unique(table, unique),
            Op::AddForeignKey { table, key } => self.foreign_key(table, None, key),
            Op::AddCheck { table, check } => self.check(table, None, check),
            Op::AddIndex { table, index } => self.index(table, index),
            Op::DropIndex { table, index } => self.drop_index(table, index),
            Op::Fill { table, column, with } => self.fill(table, column, with),
            Op::RenameValue {
                table,
                column,
                from,
                to,
            } => self.rename_value(table, column, from, to),
            Op::RenameTable { .. }
            | Op::RenameColumn { .. }
            | Op::RenameConstraint { .. }
            | Op::RenameIndex { .. } => self.rename(op),
            Op::DropColumn { .. }
            | Op::DropNotNull { .. }
            | Op::LetGo { .. }
            | Op::SetDefault { .. }
            | Op::SetIdentity { .. }
            | Op::DropUnique { .. }
            | Op::DropForeignKey { .. }
            | Op::DropCheck { .. } => self.plain(op),
            Op::SetComment { table, .. } => {
                self.joined(op, Joint::Comments);
                let locks = self.lock(table, LockMode::ShareUpdateExclusive);
                if let Some(step) = self.steps.last_mut() {
                    step.locks = locks.into_iter().collect();
                }
            }
            Op::SetRole { .. } => self.role(op),
            Op::SetFunction { .. } | Op::Secure { .. } | Op::AddPolicy { .. } | Op::DropPolicy { .. } => {
                self.fence(op);
            }
        }
    }

    /// Something that is one statement, takes a moment and is undone by its opposite.
    fn plain(&mut self, op: &Op) {
        let mut step = self.step(spelled::title(op), spelled::statements(op), op.table());
        if let Op::DropForeignKey { key, .. } = op {
            step.locks
                .extend(self.lock(&key.table, LockMode::AccessExclusive));
        }
        let back = op.inverse();
        step.undo = Undo {
            sql: spelled::statements(&back),
            lost: back.doubt().into_iter().collect(),
            ops: vec![back],
        };
        step.ops = vec![op.clone()];
        self.push(step);
    }

    /// All renames together: nobody sees one without the others.
    fn rename(&mut self, op: &Op) {
        self.joined(op, Joint::Renames);
    }

    /// All of the fences together: nobody gets in meanwhile, and nobody is kept out.
    fn fence(&mut self, op: &Op) {
        self.joined(op, Joint::Fences);
    }

    fn joined(&mut self, op: &Op, joint: Joint) {
        if self.joint == Some(joint) {
            self.group -= 1;
        }
        self.plain(op);
        self.joint = Some(joint);
    }

    /// The role of requests, which no table has to wait for.
    fn role(&mut self, op: &Op) {
        self.plain(op);
        if let Some(step) = self.steps.last_mut() {
            step.locks.clear();
        }
    }

    fn table(&self, name: &str) -> Option<&Table> {
        self.now.table(name)
    }

    /// A step of a transaction of its own that locks a table out for a moment.
    fn step(&self, title: String, sql: Vec<String>, table: &str) -> Step {
        Step {
            title,
            sql,
            run: Run::Together(self.group + 1),
            locks: self.lock(table, LockMode::AccessExclusive).into_iter().collect(),
            cost: Cost::Metadata,
            avoids: Vec::new(),
            way: None,
            rows: self.given.size(table).map(|size| size.rows),
            lost: Vec::new(),
            undo: Undo::default(),
            done: None,
            obstacles: Vec::new(),
            ops: Vec::new(),
        }
    }

    fn lock(&self, table: &str, mode: LockMode) -> Option<Lock> {
        let is_there = !self.made.contains(table);
        is_there.then(|| Lock {
            table: table.to_owned(),
            mode,
        })
    }

    fn push(&mut self, mut step: Step) {
        if matches!(step.run, Run::Together(_)) {
            self.group += 1;
            step.run = Run::Together(self.group);
        }
        step.locks.sort();
        step.locks.dedup();
        self.joint = None;
        self.steps.push(step);
    }
}

/// How many of the things at hand are one step.
fn together(first: &Op, behind: &[Op]) -> usize {
    match (first, behind.first()) {
        (
            Op::DropCheck { table, check },
            Some(Op::AddCheck {
                table: same,
                check: next,
            }),
        ) if table == same && check.name == next.name => {
            return 2;
        }
        (
            Op::DropForeignKey { table, key },
            Some(Op::AddForeignKey {
                table: same,
                key: next,
            }),
        ) if table == same && key.name == next.name => {
            return 2;
        }
        _ => {}
    }
    let all = std::iter::once(first).chain(behind);
    let drop = all.clone().position(|op| matches!(op, Op::DropColumn { .. }));
    match drop.and_then(|at| Some((at, all.clone().nth(at)?))) {
        Some((at, Op::DropColumn { table, column }))
            if all
                .take(at)
                .all(|op| op.table() == table && goes_with(op, &column.name)) =>
        {
            at + 1
        }
        Some(_) | None => 1,
    }
}

/// The start of a statement that changes a table.
fn alter(table: &str) -> String {
    format!("ALTER TABLE {}", quoted(table))
}
