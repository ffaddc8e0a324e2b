//! Constraints and indexes, which are made while others read and write.

use groma_sql::schema::{
    Check, ForeignKey, Index, IndexColumn, PrimaryKey, Unique, add_check, add_foreign_key, quoted,
};

use super::tables::opposite;
use super::{Maker, alter, spelled};
use crate::expression::{text_literal, widens};
use crate::name;
use crate::obstacle;
use crate::op::Op;
use crate::step::{Cost, LockMode, Obstacle, Run, Undo};

impl Maker<'_> {
    pub(super) fn check(&mut self, table: &str, old: Option<&Check>, check: &Check) {
        let waiting = Check {
            validated: false,
            ..check.clone()
        };
        let drop = |check: &Check| Op::DropCheck {
            table: table.to_owned(),
            check: check.clone(),
        };
        let add = |check: &Check| Op::AddCheck {
            table: table.to_owned(),
            check: check.clone(),
        };
        let ops: Vec<Op> = old.map(drop).into_iter().chain([add(check)]).collect();
        let dropped = old.map(drop).into_iter().flat_map(|op| spelled::statements(&op));
        let sql: Vec<String> = dropped.chain([add_check(table, &waiting)]).collect();
        let mut step = self.step(spelled::title(&add(check)), sql, table);
        step.avoids = vec!["PG12"];
        if old.is_none_or(|old| !widens(&old.expression, &check.expression)) {
            step.obstacles = vec![obstacle::refused(table, check)];
        }
        step.undo = back(&ops);
        step.ops = ops;
        self.push(step);
        self.validate(table, &check.name, None);
    }

    pub(super) fn foreign_key(&mut self, table: &str, old: Option<&ForeignKey>, key: &ForeignKey) {
        let drop = |key: &ForeignKey| Op::DropForeignKey {
            table: table.to_owned(),
            key: key.clone(),
        };
        let add = Op::AddForeignKey {
            table: table.to_owned(),
            key: key.clone(),
        };
        let ops: Vec<Op> = old.map(drop).into_iter().chain([add.clone()]).collect();
        let is_new = self.made.contains(table);
        let waiting = ForeignKey {
            validated: is_new,
            ..key.clone()
        };
        let dropped = old.map(drop).into_iter().flat_map(|op| spelled::statements(&op));
        let sql: Vec<String> = dropped.chain([add_foreign_key(table, &waiting)]).collect();
        let mode = if old.is_some() {
            LockMode::AccessExclusive
        } else {
            LockMode::ShareRowExclusive
        };
        let mut step = self.step(spelled::title(&add), sql, table);
        step.locks = self
            .lock(table, mode)
            .into_iter()
            .chain(self.lock(&key.table, mode))
            .collect();
        let points_as_before =
            |old: &ForeignKey| (&old.columns, &old.table, &old.to) == (&key.columns, &key.table, &key.to);
        if !is_new && !old.is_some_and(points_as_before) {
            step.obstacles = vec![obstacle::dangling(table, key)];
        }
        if !is_new {
            step.avoids = vec!["PG07"];
        }
        step.undo = back(&ops);
        step.ops = ops;
        self.push(step);
        if !is_new {
            self.validate(table, &key.name, Some(&key.table));
        }
    }

    pub(super) fn unique(&mut self, table: &str, unique: &Unique) {
        let index = plain_index(&unique.name, &unique.columns);
        self.build(
            (table, &index),
            obstacle::shared(table, &unique.columns, None),
            "PG21",
        );
        let op = Op::AddUnique {
            table: table.to_owned(),
            unique: unique.clone(),
        };
        let name = quoted(&unique.name);
        let sql = format!("{} ADD CONSTRAINT {name} UNIQUE USING INDEX {name}", alter(table));
        let mut step = self.step(spelled::title(&op), vec![sql], table);
        step.undo = opposite(&op);
        step.ops = vec![op];
        self.push(step);
    }

    /// Builds the index of a constraint to be.
    fn build(&mut self, (table, index): (&str, &Index), obstacle: Obstacle, avoids: &'static str) {
        let title = format!("make the index that `{}` is to be", index.name);
        self.concurrently(title, table, index);
        if let Some(step) = self.steps.last_mut() {
            step.obstacles = vec![obstacle];
            step.avoids = vec![avoids];
        }
    }

    pub(super) fn primary_key(&mut self, table: &str, from: Option<&PrimaryKey>, to: Option<&PrimaryKey>) {
        let op = Op::SetPrimaryKey {
            table: table.to_owned(),
            from: from.cloned(),
            to: to.cloned(),
        };
        let meanwhile = to.map(|to| name::short(&[table, &to.columns.join("_"), "new_pkey"]));
        if let (Some(to), Some(name)) = (to, &meanwhile) {
            let index = plain_index(name, &to.columns);
            self.build(
                (table, &index),
                obstacle::shared(table, &to.columns, None),
                "PG22",
            );
        }
        let drop = |key: &PrimaryKey| format!("{} DROP CONSTRAINT {}", alter(table), quoted(&key.name));
        let add = to.zip(meanwhile).map(|(to, index)| {
            let (name, index) = (quoted(&to.name), quoted(&index));
            format!(
                "{} ADD CONSTRAINT {name} PRIMARY KEY USING INDEX {index}",
                alter(table)
            )
        });
        let mut step = self.step(
            spelled::title(&op),
            from.map(drop).into_iter().chain(add).collect(),
            table,
        );
        let again = from.map(|from| {
            let columns: Vec<String> = from.columns.iter().map(|column| quoted(column)).collect();
            let (name, columns) = (quoted(&from.name), columns.join(", "));
            format!("{} ADD CONSTRAINT {name} PRIMARY KEY ({columns})", alter(table))
        });
        step.undo = Undo {
            sql: to.map(drop).into_iter().chain(again).collect(),
            lost: Vec::new(),
            ops: vec![op.inverse()],
        };
        step.ops = vec![op];
        self.push(step);
    }

    pub(super) fn index(&mut self, table: &str, index: &Index) {
        let op = Op::AddIndex {
            table: table.to_owned(),
            index: index.clone(),
        };
        self.concurrently(spelled::title(&op), table, index);
        if let Some(step) = self.steps.last_mut() {
            if index.unique {
                let columns: Vec<String> = index.columns.iter().map(|column| column.name.clone()).collect();
                step.obstacles = vec![obstacle::shared(table, &columns, index.predicate.as_deref())];
            }
            step.undo.ops = vec![op.inverse()];
            step.ops = vec![op];
        }
    }

    /// Makes an index while others write. What an earlier attempt left behind is of no use, and has the name.
    fn concurrently(&mut self, title: String, table: &str, index: &Index) {
        let drop = format!("DROP INDEX CONCURRENTLY IF EXISTS {}", quoted(&index.name));
        let sql = vec![
            drop.clone(),
            spelled::index_statement(table, index, "CONCURRENTLY "),
        ];
        let mut step = self.step(title, sql, table);
        step.run = Run::Alone;
        step.locks = self
            .lock(table, LockMode::ShareUpdateExclusive)
            .into_iter()
            .collect();
        step.cost = Cost::OnlineScan;
        step.avoids = vec!["PG01"];
        step.done = Some(is_valid(&index.name));
        step.undo.sql = vec![drop];
        self.push(step);
    }

    pub(super) fn drop_index(&mut self, table: &str, index: &Index) {
        let op = Op::DropIndex {
            table: table.to_owned(),
            index: index.clone(),
        };
        let drop = format!("DROP INDEX CONCURRENTLY IF EXISTS {}", quoted(&index.name));
        let mut step = self.step(spelled::title(&op), vec![drop.clone()], table);
        step.run = Run::Alone;
        step.avoids = vec!["PG02"];
        step.locks = self
            .lock(table, LockMode::ShareUpdateExclusive)
            .into_iter()
            .collect();
        step.done = Some(format!(
            "SELECT to_regclass({}) IS NULL",
            text_literal(&quoted(&index.name))
        ));
        step.undo = Undo {
            sql: vec![drop, spelled::index_statement(table, index, "CONCURRENTLY ")],
            lost: Vec::new(),
            ops: vec![op.inverse()],
        };
        step.ops = vec![op];
        self.push(step);
    }
}

fn back(ops: &[Op]) -> Undo {
    let ops: Vec<Op> = ops.iter().rev().map(Op::inverse).collect();
    Undo {
        sql: ops.iter().flat_map(spelled::statements).collect(),
        lost: ops.iter().filter_map(Op::doubt).collect(),
        ops,
    }
}

fn plain_index(name: &str, columns: &[String]) -> Index {
    let columns = columns.iter().map(|name| IndexColumn {
        name: name.clone(),
        descending: false,
    });
    Index {
        name: name.to_owned(),
        columns: columns.collect(),
        unique: true,
        predicate: None,
        valid: true,
    }
}

/// A query that answers whether an index is there and complete: one whose building was broken off is there, too.
fn is_valid(index: &str) -> String {
    let name = text_literal(&quoted(index));
    format!("SELECT EXISTS (SELECT 1 FROM pg_index WHERE indexrelid = to_regclass({name}) AND indisvalid)")
}
