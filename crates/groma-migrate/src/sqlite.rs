//! The steps of a migration on SQLite, a table each, all in one transaction.
//!
//! SQLite can add, rename and drop plain columns. For everything else a table is made anew beside the old one, takes over
//! its rows, and takes its name. Foreign keys are off meanwhile, and looked at before the transaction ends.

use std::collections::BTreeMap;

use groma_sql::Dialect;
use groma_sql::schema::{Column, Schema, Table, column_definition, create_index, quoted};

use crate::canonical::order;
use crate::conversion::{Conversion, converted};
use crate::expression::text_literal;
use crate::obstacle;
use crate::op::Op;
use crate::plan::Given;
use crate::step::{Cost, Obstacle, Run, Step, Undo};

/// The steps from one schema to another, which these things done lead to.
pub(crate) fn steps(from: &Schema, to: &Schema, ops: &[Op], given: &Given) -> Vec<Step> {
    let back: Vec<Op> = ops.iter().rev().map(Op::inverse).collect();
    let (there, again) = (Ways::of(from, ops), Ways::of(to, &back));
    // Not everything comes back.
    let mut returned = to.clone();
    for op in &back {
        op.apply(&mut returned);
    }
    let mut steps = Vec::new();
    for table in &to.tables {
        let origin = there.origin(&table.name);
        let old = origin.and_then(|origin| from.table(origin));
        let sql = match old {
            None => create(table),
            Some(old) if is_same(old, table) && !there.writes(&table.name) => continue,
            Some(old) => change(old, table, &there),
        };
        let undo = match old {
            None => vec![format!("DROP TABLE {}", quoted(&table.name))],
            Some(old) => change(table, returned.table(&old.name).unwrap_or(old), &again),
        };
        let title = title(old, table);
        let own = ops_of(ops, table, origin);
        let mut step = step(title, sql, undo, own);
        step.rows = given.size(&table.name).map(|size| size.rows);
        if let Some(old) = old {
            step.lost = lost(old, table, &there);
            step.lost.extend(cut(&step.ops, &table.name));
            let mut obstacles = obstacle::of_table(table);
            let known = obstacle::of_table(old);
            obstacles.retain(|it| !known.contains(it));
            step.obstacles = obstacle::seen_from(obstacles, &table.name, &rows(old, table, &there));
            step.obstacles.extend(misfits(&step.ops, (old, table), &there));
        }
        step.cost = if step.sql.iter().any(|sql| sql.starts_with("INSERT INTO")) {
            Cost::Rewrite
        } else {
            Cost::Metadata
        };
        steps.push(step);
    }
    for table in from.tables.iter().rev().filter(|table| {
        again
            .origin(&table.name)
            .is_none_or(|name| to.table(name).is_none())
    }) {
        if !ops.contains(&Op::DropTable(table.clone())) && !ops.iter().any(|op| drops(op, table)) {
            continue;
        }
        let sql = vec![format!("DROP TABLE {}", quoted(&table.name))];
        let own: Vec<Op> = ops.iter().filter(|op| drops(op, table)).cloned().collect();
        let mut step = step(
            format!("drop the table `{}`", table.name),
            sql,
            create(table),
            own,
        );
        step.lost = vec![format!("every row of `{}`", table.name)];
        steps.push(step);
    }
    steps
}

fn drops(op: &Op, table: &Table) -> bool {
    matches!(op, Op::DropTable(it) if it.name == table.name)
}

fn step(title: String, sql: Vec<String>, undo: Vec<String>, ops: Vec<Op>) -> Step {
    let back: Vec<Op> = ops.iter().rev().map(Op::inverse).collect();
    Step {
        title,
        sql,
        run: Run::Together(1),
        locks: Vec::new(),
        cost: Cost::Metadata,
        avoids: Vec::new(),
        way: None,
        rows: None,
        lost: Vec::new(),
        undo: Undo {
            sql: undo,
            lost: back.iter().filter_map(Op::doubt).collect(),
            ops: back,
        },
        done: None,
        obstacles: Vec::new(),
        ops,
    }
}

/// The things done to one table, under its old and its new name.
fn ops_of(ops: &[Op], table: &Table, origin: Option<&str>) -> Vec<Op> {
    let is_own = |op: &&Op| op.table() == table.name || origin == Some(op.table());
    ops.iter().filter(is_own).cloned().collect()
}

fn title(old: Option<&Table>, new: &Table) -> String {
    match old {
        None => format!("make the table `{}`", new.name),
        Some(old) if old.name == new.name => format!("change the table `{}`", new.name),
        Some(old) => format!(
            "change the table `{}`, which is called `{}` then",
            old.name, new.name
        ),
    }
}

/// Where tables, columns and values come from.
struct Ways {
    /// New names of tables to old ones, for tables that are there before.
    tables: BTreeMap<String, String>,
    /// New tables and new columns to what their values are made of, in the words of the old table.
    values: BTreeMap<(String, String), String>,
    /// New tables and new columns to the old column.
    columns: BTreeMap<(String, String), String>,
    /// Tables in which values are written though nothing else changes.
    written: Vec<String>,
}

impl Ways {
    fn of(from: &Schema, ops: &[Op]) -> Self {
        let mut ways = Self {
            tables: BTreeMap::new(),
            values: BTreeMap::new(),
            columns: BTreeMap::new(),
            written: Vec::new(),
        };
        for table in &from.tables {
            ways.tables.insert(table.name.clone(), table.name.clone());
            for column in &table.columns {
                let place = (table.name.clone(), column.name.clone());
                ways.values.insert(place.clone(), quoted(&column.name));
                ways.columns.insert(place, column.name.clone());
            }
        }
        for op in ops {
            ways.follow(op);
        }
        ways
    }

    fn follow(&mut self, op: &Op) {
        match op {
            Op::RenameTable { from, to } => self.rename_table(from, to),
            Op::RenameColumn { table, from, to } => {
                let place = |column: &String| (table.clone(), column.clone());
                if let Some(value) = self.values.remove(&place(from)) {
                    self.values.insert(place(to), value);
                }
                if let Some(column) = self.columns.remove(&place(from)) {
                    self.columns.insert(place(to), column);
                }
            }
            Op::DropTable(table) => drop(self.tables.remove(&table.name)),
            Op::AddColumn { table, column } => {
                let value = column.fill.clone().or_else(|| column.default.clone());
                let value = value.unwrap_or_else(|| String::from("NULL"));
                self.values.insert((table.clone(), column.name.clone()), value);
            }
            Op::DropColumn { table, column } => {
                let place = (table.clone(), column.name.clone());
                self.values.remove(&place);
                self.columns.remove(&place);
            }
            Op::Retype { table, from, to, .. } => {
                self.wrap(table, &to.name, |value| {
                    match converted(Dialect::Sqlite, value, (from, to)) {
                        Conversion::Each(expression) => expression,
                        Conversion::Free | Conversion::None => value.to_owned(),
                    }
                });
            }
            Op::Fill { table, column, with } => {
                self.wrap(table, column, |value| format!("coalesce({value}, {with})"));
                self.written.push(table.clone());
            }
            Op::RenameValue {
                table,
                column,
                from,
                to,
            } => {
                let (from, to) = (text_literal(from), text_literal(to));
                self.wrap(table, column, |value| {
                    format!("CASE WHEN {value} = {from} THEN {to} ELSE {value} END")
                });
                self.written.push(table.clone());
            }
            _ => {}
        }
    }

    fn wrap(&mut self, table: &str, column: &str, how: impl Fn(&str) -> String) {
        if let Some(value) = self.values.get_mut(&(table.to_owned(), column.to_owned())) {
            *value = how(value);
        }
    }

    fn rename_table(&mut self, from: &str, to: &str) {
        if let Some(origin) = self.tables.remove(from) {
            self.tables.insert(to.to_owned(), origin);
        }
        let moved = |map: &mut BTreeMap<(String, String), String>| {
            let all = std::mem::take(map);
            *map = all
                .into_iter()
                .map(|((table, column), value)| {
                    let table = if table == from { to.to_owned() } else { table };
                    ((table, column), value)
                })
                .collect();
        };
        moved(&mut self.values);
        moved(&mut self.columns);
    }

    /// What a table was called, if it was there.
    fn origin(&self, table: &str) -> Option<&str> {
        self.tables.get(table).map(String::as_str)
    }

    fn writes(&self, table: &str) -> bool {
        self.written.iter().any(|it| it == table)
    }

    fn value(&self, table: &str, column: &str) -> &str {
        let value = self.values.get(&(table.to_owned(), column.to_owned()));
        value.map_or("NULL", String::as_str)
    }

    fn column(&self, table: &str, column: &str) -> Option<&str> {
        let column = self.columns.get(&(table.to_owned(), column.to_owned()));
        column.map(String::as_str)
    }
}

fn is_same(old: &Table, new: &Table) -> bool {
    let (mut old, mut new) = (old.clone(), new.clone());
    order(&mut old);
    order(&mut new);
    old == new
}

/// The values that are gone with their columns.
fn lost(old: &Table, new: &Table, ways: &Ways) -> Vec<String> {
    let is_kept = |column: &Column| {
        let mut columns = new.columns.iter();
        columns.any(|it| ways.column(&new.name, &it.name) == Some(column.name.as_str()))
    };
    let gone = old.columns.iter().filter(|column| !is_kept(column));
    gone.map(|column| format!("every value of `{}.{}`", old.name, column.name))
        .collect()
}

/// What values lose with their type.
fn cut(ops: &[Op], table: &str) -> Vec<String> {
    let retyped = ops.iter().filter_map(|op| {
        let Op::Retype { from, to, .. } = op else {
            return None;
        };
        obstacle::cut(Dialect::Sqlite, table, from, to)
    });
    retyped.collect()
}

/// Values of the old table that another type would hold otherwise, and silently.
fn misfits(ops: &[Op], (old, new): (&Table, &Table), ways: &Ways) -> Vec<Obstacle> {
    let retyped = ops.iter().filter_map(|op| {
        let Op::Retype { from, to, .. } = op else {
            return None;
        };
        let was = old.column(ways.column(&new.name, &from.name)?)?;
        let to = Column {
            name: was.name.clone(),
            ..to.clone()
        };
        obstacle::misfit(Dialect::Sqlite, &old.name, was, &to)
    });
    retyped.collect()
}

/// The rows that a table is to have, of the one that is there.
fn rows(old: &Table, new: &Table, ways: &Ways) -> String {
    let columns = new.columns.iter();
    let columns = columns.map(|column| {
        let value = ways.value(&new.name, &column.name);
        format!("{value} AS {}", quoted(&column.name))
    });
    let columns: Vec<String> = columns.collect();
    format!("SELECT {} FROM {}", columns.join(", "), quoted(&old.name))
}

fn create(table: &Table) -> Vec<String> {
    let alone = Schema {
        dialect: Dialect::Sqlite,
        tables: vec![table.clone()],
        role: None,
    };
    let statements = alone.create_statements().into_iter();
    statements
        .map(|sql| sql.replacen(" IF NOT EXISTS ", " ", 1))
        .collect()
}

fn make_index(table: &str, index: &groma_sql::schema::Index) -> String {
    create_index(table, index).replacen(" IF NOT EXISTS ", " ", 1)
}

fn change(old: &Table, new: &Table, ways: &Ways) -> Vec<String> {
    altered(old, new, ways).unwrap_or_else(|| rebuilt(old, new, ways))
}

/// The change by `ALTER TABLE` and indexes alone, where that can be.
fn altered(old: &Table, new: &Table, ways: &Ways) -> Option<Vec<String>> {
    let is_plain = old.name == new.name && !ways.writes(&new.name);
    let is_held_alike = old.primary_key == new.primary_key
        && old.uniques == new.uniques
        && old.foreign_keys == new.foreign_keys
        && old.checks == new.checks;
    // A column that is called otherwise is no new one: its values come along.
    let is_moved = |column: &Column| {
        let origin = ways.column(&new.name, &column.name);
        origin.is_some_and(|origin| origin != column.name)
    };
    if !is_plain || !is_held_alike || new.columns.iter().any(is_moved) {
        return None;
    }
    let mut sql = Vec::new();
    let is_in = |all: &Table, index: &groma_sql::schema::Index| all.indexes.contains(index);
    for index in old.indexes.iter().filter(|it| !is_in(new, it)) {
        sql.push(format!("DROP INDEX {}", quoted(&index.name)));
    }
    for column in &old.columns {
        match new.column(&column.name) {
            Some(same) => {
                let kept = Column {
                    fill: column.fill.clone(),
                    ..same.clone()
                } == *column;
                if !kept || ways.column(&new.name, &column.name) != Some(column.name.as_str()) {
                    return None;
                }
            }
            None => sql.push(format!(
                "ALTER TABLE {} DROP COLUMN {}",
                quoted(&new.name),
                quoted(&column.name)
            )),
        }
    }
    for column in new.columns.iter().filter(|it| old.column(&it.name).is_none()) {
        let is_constant = column
            .default
            .as_ref()
            .is_some_and(|default| !default.starts_with('('));
        let fills_itself = column.fill == column.default;
        if !fills_itself || column.not_null && !is_constant || column.default.is_some() && !is_constant {
            return None;
        }
        let definition = column_definition(Dialect::Sqlite, column);
        sql.push(format!(
            "ALTER TABLE {} ADD COLUMN {definition}",
            quoted(&new.name)
        ));
    }
    for index in new.indexes.iter().filter(|it| !is_in(old, it)) {
        sql.push(make_index(&new.name, index));
    }
    Some(sql)
}

/// The table made anew: its rows are copied, and it takes the old one's place.
fn rebuilt(old: &Table, new: &Table, ways: &Ways) -> Vec<String> {
    let meanwhile = format!("groma_new_{}", new.name);
    let bare = Table {
        name: meanwhile.clone(),
        indexes: Vec::new(),
        ..new.clone()
    };
    let columns: Vec<String> = new.columns.iter().map(|column| quoted(&column.name)).collect();
    let values = new
        .columns
        .iter()
        .map(|column| ways.value(&new.name, &column.name));
    let values: Vec<&str> = values.collect();
    let mut sql = create(&bare);
    sql.push(format!(
        "INSERT INTO {} ({})\nSELECT {}\nFROM {}",
        quoted(&meanwhile),
        columns.join(", "),
        values.join(", "),
        quoted(&old.name)
    ));
    if counts_up(old) && counts_up(new) {
        // Numbers that were given out once are not given out again.
        let (from, to) = (text_literal(&old.name), text_literal(&meanwhile));
        sql.push(format!("DELETE FROM sqlite_sequence WHERE name = {to}"));
        sql.push(format!(
            "INSERT INTO sqlite_sequence (name, seq) SELECT {to}, seq FROM sqlite_sequence WHERE name = {from}"
        ));
    }
    sql.push(format!("DROP TABLE {}", quoted(&old.name)));
    sql.push(format!(
        "ALTER TABLE {} RENAME TO {}",
        quoted(&meanwhile),
        quoted(&new.name)
    ));
    sql.extend(new.indexes.iter().map(|index| make_index(&new.name, index)));
    sql
}

fn counts_up(table: &Table) -> bool {
    table.columns.iter().any(|column| column.identity)
}
