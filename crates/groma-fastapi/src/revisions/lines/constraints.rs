//! What holds rows, and what finds them: constraints and indexes.

use groma_migrate::Op;
use groma_sql::Dialect;
use groma_sql::schema::{Action, Check, ForeignKey, Index, Unique};

use super::super::both::Pair;
use super::super::table::{index, sql_name};
use super::{Alter, Writer, bound, execute};
use crate::constraints::{plain, strings};
use crate::python::{Doc, string};

impl Writer {
    /// One change; `options` go with what is new.
    pub(super) fn constraint(&mut self, pair: &Pair, options: &[(&str, &str)]) {
        let options = || options.iter().map(|(name, value)| Doc::named(name, *value));
        let only = pair.only();
        let table = pair.op().table();
        match pair.op() {
            Op::SetPrimaryKey { from, to, .. } => {
                if let Some(from) = from {
                    let drop = drop_constraint(&from.name, "primary");
                    self.alter(Some(Dialect::Postgres), table, drop);
                }
                if let Some(to) = to {
                    let columns = Doc::list(strings(&to.columns));
                    let add = Alter::new("create_primary_key").named(&to.name);
                    self.alter(only, table, add.behind(vec![columns]));
                }
            }
            Op::AddUnique { unique, .. } => self.alter(only, table, add_unique(unique)),
            Op::DropUnique { unique, .. } => {
                self.alter(only, table, drop_constraint(&unique.name, "unique"));
            }
            Op::AddForeignKey { key, .. } => {
                let mut add = add_key(key);
                add.behind.extend(options());
                self.alter(only, table, add);
            }
            Op::DropForeignKey { key, .. } => {
                self.alter(only, table, drop_constraint(&key.name, "foreignkey"));
            }
            Op::AddCheck { .. } => {
                for (only, check) in checks(pair) {
                    let mut add = add_check(check);
                    if only != Some(Dialect::Sqlite) {
                        add.behind.extend(options());
                    }
                    self.alter(only, table, add);
                }
            }
            Op::DropCheck { check, .. } => self.alter(only, table, drop_constraint(&check.name, "check")),
            Op::RenameConstraint { from, to, .. } => self.rename_constraint(pair, table, (from, to)),
            Op::AddIndex { index, .. } => self.index(only, table, indexes(pair, index)),
            Op::DropIndex { index, .. } => self.alter(only, table, Alter::index("drop_index", &index.name)),
            Op::RenameIndex { from, to, .. } => self.rename_index(pair, table, (from, to)),
            _ => unreachable!("what is no constraint and no index is done elsewhere"),
        }
    }

    fn rename_constraint(&mut self, pair: &Pair, table: &str, (from, to): (&str, &str)) {
        if pair.postgres.is_some() {
            let sql = format!(
                "ALTER TABLE {} RENAME CONSTRAINT {} TO {}",
                sql_name(table),
                sql_name(from),
                sql_name(to)
            );
            self.plain(Some(Dialect::Postgres), execute(&sql));
        }
        // SQLite keeps no name of a primary key.
        let Some(it) = self.at.sqlite.table(table).filter(|_| pair.sqlite.is_some()) else {
            return;
        };
        let unique = it.uniques.iter().find(|it| it.name == from).cloned();
        let key = it.foreign_keys.iter().find(|it| it.name == from).cloned();
        let check = it.checks.iter().find(|it| it.name == from).cloned();
        let to = || to.to_owned();
        let exchange = unique
            .map(|it| ("unique", add_unique(&Unique { name: to(), ..it })))
            .or_else(|| key.map(|it| ("foreignkey", add_key(&ForeignKey { name: to(), ..it }))))
            .or_else(|| check.map(|it| ("check", add_check(&Check { name: to(), ..it }))));
        if let Some((kind, add)) = exchange {
            self.alter(Some(Dialect::Sqlite), table, drop_constraint(from, kind));
            self.alter(Some(Dialect::Sqlite), table, add);
        }
    }

    fn rename_index(&mut self, pair: &Pair, table: &str, (from, to): (&str, &str)) {
        if pair.postgres.is_some() {
            let sql = format!("ALTER INDEX {} RENAME TO {}", sql_name(from), sql_name(to));
            self.plain(Some(Dialect::Postgres), execute(&sql));
        }
        let there = self.at.sqlite.table(table).filter(|_| pair.sqlite.is_some());
        let Some(it) = there
            .and_then(|it| it.indexes.iter().find(|it| it.name == from))
            .cloned()
        else {
            return;
        };
        self.alter(Some(Dialect::Sqlite), table, Alter::index("drop_index", from));
        let it = Index {
            name: to.to_owned(),
            ..it
        };
        self.index(Some(Dialect::Sqlite), table, (&it, &it));
    }

    fn index(&mut self, only: Option<Dialect>, table: &str, (sqlite, postgres): (&Index, &Index)) {
        let add = Alter::index("create_index", &sqlite.name);
        self.alter(only, table, add.behind(index(sqlite, postgres)));
    }
}

fn add_unique(unique: &Unique) -> Alter {
    let columns = Doc::list(strings(&unique.columns));
    Alter::new("create_unique_constraint")
        .named(&unique.name)
        .behind(vec![columns])
}

fn add_key(key: &ForeignKey) -> Alter {
    let mut parts = vec![
        Doc::text(string(&key.table)),
        Doc::list(strings(&key.columns)),
        Doc::list(strings(&key.to)),
    ];
    if key.on_delete != Action::NoAction {
        parts.push(Doc::named("ondelete", string(key.on_delete.sql())));
    }
    Alter::new("create_foreign_key").named(&key.name).behind(parts)
}

fn add_check(check: &Check) -> Alter {
    let condition = Doc::prose(bound(&plain(&check.expression)));
    Alter::new("create_check_constraint")
        .named(&check.name)
        .behind(vec![condition])
}

fn drop_constraint(name: &str, kind: &str) -> Alter {
    let kind = Doc::named("type_", string(kind));
    Alter::new("drop_constraint").named(name).behind(vec![kind])
}

/// The check of each database, once where both have the same.
fn checks(pair: &Pair) -> Vec<(Option<Dialect>, &Check)> {
    let own = pair.sides().filter_map(|(dialect, op)| match op {
        Op::AddCheck { check, .. } => Some((Some(dialect), check)),
        _ => None,
    });
    let own: Vec<_> = own.collect();
    match own.as_slice() {
        [(_, one), (_, other)] if one.expression == other.expression => vec![(None, *one)],
        _ => own,
    }
}

pub(super) fn indexes<'p>(pair: &'p Pair, either: &'p Index) -> (&'p Index, &'p Index) {
    let side = |op: &'p Option<Op>| match op {
        Some(Op::AddIndex { index, .. }) => Some(index),
        _ => None,
    };
    (
        side(&pair.sqlite).unwrap_or(either),
        side(&pair.postgres).unwrap_or(either),
    )
}
