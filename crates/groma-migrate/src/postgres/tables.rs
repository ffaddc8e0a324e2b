//! Tables, columns and what is in them.

use groma_sql::Dialect;
use groma_sql::schema::{Column, Table, quoted};

use super::{Maker, alter, spelled, stands_on};
use crate::batch;
use crate::conversion::{Conversion, conversion};
use crate::expression::text_literal;
use crate::name;
use crate::obstacle;
use crate::op::{Op, Way};
use crate::step::{Cost, LockMode, Run, Step, Undo};

impl Maker<'_> {
    pub(super) fn create(&mut self, table: &Table) {
        self.made.insert(table.name.clone());
        let op = Op::CreateTable(table.clone());
        let (mut statements, types) = stands_on::enums(&self.now, table);
        statements.extend(spelled::statements(&op));
        let mut step = self.step(spelled::title(&op), statements, &table.name);
        let others = table.foreign_keys.iter().filter(|key| key.table != table.name);
        let locks = others.filter_map(|key| self.lock(&key.table, LockMode::ShareRowExclusive));
        step.locks = locks.collect();
        step.done = Some(exists(&table.name));
        step.undo = opposite(&op);
        step.undo.sql.extend(types);
        step.ops = vec![op];
        self.push(step);
    }

    pub(super) fn drop(&mut self, table: &Table) {
        let op = Op::DropTable(table.clone());
        let mut step = self.step(spelled::title(&op), spelled::statements(&op), &table.name);
        for key in table.foreign_keys.iter().filter(|key| key.table != table.name) {
            step.locks
                .extend(self.lock(&key.table, LockMode::AccessExclusive));
        }
        step.done = Some(format!(
            "SELECT to_regclass({}) IS NULL",
            text_literal(&quoted(&table.name))
        ));
        step.lost = vec![format!("every row of `{}`", table.name)];
        step.undo = Undo {
            sql: spelled::statements(&op.inverse()),
            lost: Vec::new(),
            ops: vec![op.inverse()],
        };
        step.ops = vec![op];
        self.push(step);
    }

    pub(super) fn add_column(&mut self, table: &str, column: &Column) {
        let op = Op::AddColumn {
            table: table.to_owned(),
            column: column.clone(),
        };
        let mut step = self.step(spelled::title(&op), spelled::statements(&op), table);
        if column.identity {
            step.cost = Cost::Rewrite;
        }
        step.undo = opposite(&op);
        step.ops = vec![op];
        self.push(step);
    }

    /// A column and what goes with it: Postgres drops constraints and indexes on it by itself.
    pub(super) fn drop_column(&mut self, table: &str, column: &Column, ops: &[Op]) {
        let op = Op::DropColumn {
            table: table.to_owned(),
            column: column.clone(),
        };
        let mut step = self.step(spelled::title(&op), spelled::statements(&op), table);
        for op in ops {
            if let Op::DropForeignKey { key, .. } = op {
                step.locks
                    .extend(self.lock(&key.table, LockMode::AccessExclusive));
            }
        }
        step.lost = vec![format!("every value of `{table}.{}`", column.name)];
        let back: Vec<Op> = ops.iter().rev().map(Op::inverse).collect();
        step.undo = Undo {
            sql: back.iter().flat_map(spelled::statements).collect(),
            lost: Vec::new(),
            ops: back,
        };
        step.ops = ops.to_vec();
        self.push(step);
    }

    pub(super) fn retype(&mut self, op: &Op) {
        let Op::Retype { table, from, to, way } = op else {
            return;
        };
        let there = conversion(Dialect::Postgres, from, to);
        let mut step = self.step(spelled::title(op), retype(table, to, &there), table);
        if there != Conversion::Free {
            step.cost = Cost::Rewrite;
        }
        step.lost
            .extend(obstacle::cut(Dialect::Postgres, table, from, to));
        step.obstacles
            .extend(obstacle::misfit(Dialect::Postgres, table, from, to));
        step.way = way.as_ref().map(|way| match way {
            Way::Small { rows } => format!("where it stands, for the table has about {rows} rows"),
            Way::Held(why) => format!("where it stands, for {why}"),
        });
        if let Some(Way::Small { .. }) = way {
            step.obstacles.push(obstacle::too_large(table));
        }
        step.undo = match conversion(Dialect::Postgres, to, from) {
            Conversion::None => Undo {
                lost: vec![format!(
                    "`{table}.{}` cannot be made into {} again",
                    to.name, from.ty
                )],
                ..Undo::default()
            },
            back => Undo {
                // What was free one way has to be looked at on the way back.
                sql: retype(table, from, &back),
                lost: vec![format!(
                    "values of `{table}.{}` that {} does not hold",
                    to.name, from.ty
                )],
                ops: vec![op.inverse()],
            },
        };
        step.ops = vec![op.clone()];
        self.push(step);
    }

    pub(super) fn fill(&mut self, table: &str, column: &str, with: &str) {
        let op = Op::Fill {
            table: table.to_owned(),
            column: column.to_owned(),
            with: with.to_owned(),
        };
        let name = quoted(column);
        self.batches(op, &format!("{name} = {with}"), &format!("{name} IS NULL"));
    }

    pub(super) fn rename_value(&mut self, table: &str, column: &str, from: &str, to: &str) {
        let op = Op::RenameValue {
            table: table.to_owned(),
            column: column.to_owned(),
            from: from.to_owned(),
            to: to.to_owned(),
        };
        let (name, from, to) = (quoted(column), text_literal(from), text_literal(to));
        self.batches(op, &format!("{name} = {to}"), &format!("{name} = {from}"));
        let back = format!("UPDATE {} SET {name} = {from} WHERE {name} = {to}", quoted(table));
        if let Some(step) = self.steps.last_mut() {
            step.undo = Undo {
                sql: vec![back],
                lost: Vec::new(),
                ops: Vec::new(),
            };
        }
    }

    pub(super) fn batches(&mut self, op: Op, set: &str, still: &str) {
        let name = op.table().to_owned();
        let Some(table) = self.table(&name) else { return };
        let sql = vec![batch::statement(table, set, still)];
        let mut step = self.step(spelled::title(&op), sql, &name);
        step.run = Run::Batches;
        step.locks = self.lock(&name, LockMode::RowExclusive).into_iter().collect();
        step.cost = Cost::Batched;
        step.avoids = vec!["PG44"];
        step.done = Some(format!(
            "SELECT NOT EXISTS (SELECT 1 FROM {} WHERE {still})",
            quoted(&name)
        ));
        step.ops = vec![op];
        self.push(step);
    }

    /// A check that was true before it is believed, so that the table need not be read while everybody waits.
    pub(super) fn not_null(&mut self, table: &str, column: &str) {
        let op = Op::SetNotNull {
            table: table.to_owned(),
            column: column.to_owned(),
        };
        let proof = name::short(&[table, column, "not_null"]);
        let (name, quoted_proof) = (quoted(column), quoted(&proof));
        let add = format!(
            "{} ADD CONSTRAINT {quoted_proof} CHECK ({name} IS NOT NULL) NOT VALID",
            alter(table)
        );
        let title = format!("refuse new rows without `{table}.{column}`");
        let mut step = self.step(title, vec![add], table);
        step.obstacles = vec![obstacle::empty(table, column)];
        step.avoids = vec!["PG15"];
        step.undo.sql = vec![format!(
            "{} DROP CONSTRAINT IF EXISTS {quoted_proof}",
            alter(table)
        )];
        self.push(step);
        self.validate(table, &proof, None);
        let drop = format!("{} DROP CONSTRAINT {quoted_proof}", alter(table));
        let sql = spelled::statements(&op).into_iter().chain([drop]).collect();
        let mut step = self.step(spelled::title(&op), sql, table);
        step.undo = opposite(&op);
        step.ops = vec![op];
        self.push(step);
    }

    /// Reads the rows once, while everybody reads and writes.
    pub(super) fn validate(&mut self, table: &str, constraint: &str, other: Option<&str>) {
        let sql = format!("{} VALIDATE CONSTRAINT {}", alter(table), quoted(constraint));
        let title = format!("look whether the rows of `{table}` that are there meet `{constraint}`");
        let mut step: Step = self.step(title, vec![sql], table);
        step.locks = self
            .lock(table, LockMode::ShareUpdateExclusive)
            .into_iter()
            .collect();
        let other = other.and_then(|other| self.lock(other, LockMode::RowShare));
        step.locks.extend(other.filter(|other| other.table != table));
        step.cost = Cost::OnlineScan;
        self.push(step);
    }
}

fn retype(table: &str, to: &Column, how: &Conversion) -> Vec<String> {
    let collation = to.collation.as_ref();
    let collation = collation.map_or_else(String::new, |it| format!(" COLLATE {}", quoted(it)));
    let using = match how {
        Conversion::Each(expression) => format!(" USING {expression}"),
        Conversion::Free | Conversion::None => String::new(),
    };
    vec![format!(
        "{} ALTER COLUMN {} TYPE {}{collation}{using}",
        alter(table),
        quoted(&to.name),
        to.ty
    )]
}

/// A query that answers whether a table or an index is there.
pub(super) fn exists(name: &str) -> String {
    format!("SELECT to_regclass({}) IS NOT NULL", text_literal(&quoted(name)))
}

/// The way back from something that is one statement there and back.
pub(super) fn opposite(op: &Op) -> Undo {
    let back = op.inverse();
    Undo {
        sql: spelled::statements(&back),
        lost: back.doubt().into_iter().collect(),
        ops: vec![back],
    }
}
