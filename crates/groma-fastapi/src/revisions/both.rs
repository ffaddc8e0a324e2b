//! What changes between two states of the tables, on both databases at once.
//!
//! Each database has its own schema and its own list of things to do; a revision is one list for both. What is done to
//! the same thing is paired; what one of them alone needs stays with it.

use std::collections::BTreeSet;

use groma_migrate::{Op, Question, Renames, at_once, settled};
use groma_sql::Dialect;
use groma_sql::schema::Schema;

/// The tables of a state, as each database has them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Tables {
    pub(crate) sqlite: Schema,
    pub(crate) postgres: Schema,
}

impl Tables {
    /// Without any.
    pub(crate) fn none() -> Self {
        let none = |dialect| Schema {
            dialect,
            tables: Vec::new(),
            role: None,
        };
        Self {
            sqlite: none(Dialect::Sqlite),
            postgres: none(Dialect::Postgres),
        }
    }

    /// Those of a design. The project asks its rules in its own statements: it has no second fence.
    pub(crate) fn of(sqlite: &Schema, postgres: &Schema) -> Self {
        Self {
            sqlite: unfenced(sqlite),
            postgres: unfenced(postgres),
        }
    }

    /// Whether they hold the same.
    pub(crate) fn same(&self, other: &Self) -> bool {
        groma_migrate::same(&self.sqlite, &other.sqlite)
            && groma_migrate::same(&self.postgres, &other.postgres)
    }

    /// Does it to them.
    pub(crate) fn apply(&mut self, pair: &Pair) {
        if let Some(op) = &pair.sqlite {
            op.apply(&mut self.sqlite);
        }
        if let Some(op) = &pair.postgres {
            op.apply(&mut self.postgres);
        }
    }
}

fn unfenced(schema: &Schema) -> Schema {
    let mut schema = schema.clone();
    schema.role = None;
    for table in &mut schema.tables {
        table.row_security = false;
        table.functions.clear();
        table.policies.clear();
    }
    schema
}

/// One thing that is done, as each database knows it; at least one of them does.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Pair {
    pub(crate) sqlite: Option<Op>,
    pub(crate) postgres: Option<Op>,
}

impl Pair {
    /// The same on both.
    pub(crate) fn same(op: Op) -> Self {
        Self {
            sqlite: Some(op.clone()),
            postgres: Some(op),
        }
    }

    /// As one of them knows it.
    pub(crate) fn op(&self) -> &Op {
        match self.postgres.as_ref().or(self.sqlite.as_ref()) {
            Some(op) => op,
            None => unreachable!("a pair has one side at least"),
        }
    }

    /// The database that alone does it.
    pub(crate) fn only(&self) -> Option<Dialect> {
        match (&self.sqlite, &self.postgres) {
            (Some(_), Some(_)) => None,
            (Some(_), None) => Some(Dialect::Sqlite),
            (None, _) => Some(Dialect::Postgres),
        }
    }

    /// The sides that are there.
    pub(crate) fn sides(&self) -> impl Iterator<Item = (Dialect, &Op)> {
        let sqlite = self.sqlite.iter().map(|op| (Dialect::Sqlite, op));
        sqlite.chain(self.postgres.iter().map(|op| (Dialect::Postgres, op)))
    }

    fn inverse(&self) -> Self {
        Self {
            sqlite: self.sqlite.as_ref().map(Op::inverse),
            postgres: self.postgres.as_ref().map(Op::inverse),
        }
    }
}

/// What has to be done to get from one state to another, and what has to be asked first.
pub(crate) fn changes(
    from: &Tables,
    to: &Tables,
    renames: &Renames,
    goes: &BTreeSet<(String, Option<String>)>,
) -> (Vec<Pair>, Vec<Question>) {
    let sqlite = at_once(&from.sqlite, &to.sqlite, renames, goes);
    let postgres = at_once(&from.postgres, &to.postgres, renames, goes);
    let mut questions = postgres.questions;
    for question in sqlite.questions {
        let is_known =
            |known: &Question| (&known.table, &known.column) == (&question.table, &question.column);
        if !questions.iter().any(is_known) {
            questions.push(question);
        }
    }
    let sqlite = keys_apart(sqlite.ops, &postgres.ops);
    (paired(sqlite, postgres.ops), questions)
}

/// What takes it back, in order.
pub(crate) fn back(pairs: &[Pair]) -> Vec<Pair> {
    let back = pairs.iter().rev();
    // What was filled may stay so.
    let back = back.filter(|pair| !matches!(pair.op(), Op::Fill { .. } | Op::LetGo { .. }));
    let back: Vec<Pair> = back.map(Pair::inverse).collect();
    let side = |side: fn(&Pair) -> Option<Op>| settled(&back.iter().filter_map(side).collect::<Vec<Op>>());
    let (sqlite, postgres) = (
        side(|pair| pair.sqlite.clone()),
        side(|pair| pair.postgres.clone()),
    );
    paired(sqlite, postgres)
}

/// Adds keys to tables behind their making where Postgres has to: tables that point at each other.
fn keys_apart(mut sqlite: Vec<Op>, postgres: &[Op]) -> Vec<Op> {
    let mut apart = Vec::new();
    for op in &mut sqlite {
        let Op::CreateTable(made) = op else { continue };
        made.foreign_keys.retain(|key| {
            let table = made.name.clone();
            let later = Op::AddForeignKey {
                table,
                key: key.clone(),
            };
            let is_later = postgres.contains(&later);
            if is_later {
                apart.push(later);
            }
            !is_later
        });
    }
    sqlite.extend(apart);
    sqlite
}

/// One list of two, in the order of both as far as they agree.
fn paired(sqlite: Vec<Op>, postgres: Vec<Op>) -> Vec<Pair> {
    let mut pairs = Vec::new();
    let mut rest: std::collections::VecDeque<Op> = sqlite.into();
    let wanted: Vec<String> = postgres.iter().map(key).collect();
    for (at, op) in postgres.into_iter().enumerate() {
        let later = wanted.get(at..).unwrap_or_default();
        // What SQLite alone does, and does before.
        while let Some(own) = rest.pop_front_if(|own| !later.contains(&key(own))) {
            pairs.push(Pair {
                sqlite: Some(own),
                postgres: None,
            });
        }
        let known = rest.iter().position(|own| Some(&key(own)) == wanted.get(at));
        pairs.push(Pair {
            sqlite: known.and_then(|known| rest.remove(known)),
            postgres: Some(op),
        });
    }
    pairs.extend(rest.into_iter().map(|own| Pair {
        sqlite: Some(own),
        postgres: None,
    }));
    pairs
}

/// What is done to what: the same on both databases, however each spells it.
fn key(op: &Op) -> String {
    let table = op.table();
    match op {
        Op::CreateTable(_) => format!("create {table}"),
        Op::DropTable(_) => format!("drop {table}"),
        Op::RenameTable { .. } => format!("rename {table}"),
        Op::AddColumn { column, .. } => format!("add {table}.{}", column.name),
        Op::DropColumn { column, .. } => format!("drop {table}.{}", column.name),
        Op::RenameColumn { from, .. } => format!("rename {table}.{from}"),
        Op::Retype { to, .. } => format!("retype {table}.{}", to.name),
        Op::SetNotNull { column, .. } => format!("set {table}.{column}"),
        Op::DropNotNull { column, .. } | Op::LetGo { column, .. } => format!("let {table}.{column}"),
        Op::SetDefault { column, to, .. } => format!("default {table}.{column} {}", to.is_some()),
        Op::SetIdentity { column, .. } => format!("count {table}.{column}"),
        Op::SetComment { column, .. } => format!("comment {table}.{}", column.as_deref().unwrap_or_default()),
        Op::SetPrimaryKey { .. } => format!("key {table}"),
        Op::AddUnique { unique, .. } => format!("add unique {table} {}", unique.name),
        Op::DropUnique { unique, .. } => format!("drop unique {table} {}", unique.name),
        Op::AddForeignKey { key, .. } => format!("add key {table} {}", key.name),
        Op::DropForeignKey { key, .. } => format!("drop key {table} {}", key.name),
        Op::AddCheck { check, .. } => format!("add check {table} {}", check.name),
        Op::DropCheck { check, .. } => format!("drop check {table} {}", check.name),
        Op::RenameConstraint { from, .. } => format!("rename constraint {table} {from}"),
        Op::AddIndex { index, .. } => format!("add index {table} {}", index.name),
        Op::DropIndex { index, .. } => format!("drop index {table} {}", index.name),
        Op::RenameIndex { from, .. } => format!("rename index {table} {from}"),
        Op::Fill { column, .. } => format!("fill {table}.{column}"),
        Op::RenameValue { column, from, .. } => format!("value {table}.{column} {from}"),
        Op::Mirror { .. }
        | Op::Convert { .. }
        | Op::AtOnce { .. }
        | Op::SetRole { .. }
        | Op::SetFunction { .. }
        | Op::Secure { .. }
        | Op::AddPolicy { .. }
        | Op::DropPolicy { .. } => {
            unreachable!("columns change where they stand, and there is no second fence")
        }
    }
}
