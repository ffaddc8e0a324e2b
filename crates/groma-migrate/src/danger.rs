//! What can go wrong with a change of a Postgres database: the catalogue, and which entries a plan touches.
//!
//! A plan avoids what can be avoided, so that what is left to say is what no order of statements can help: what the
//! release that still runs cannot work with, what is gone, what waits for a lock on two tables.

mod catalogue;

use crate::conversion::{loss, misfits};
use crate::obstacle;
use crate::op::Op;
use crate::plan::{Migration, Phase};
use crate::step::{Cost, LockMode, Obstacle, Step};
use groma_sql::Dialect;
use groma_sql::schema::{Column, quoted};

pub use catalogue::{CATALOGUE, Danger, Kind};

/// Something about a step that its author should know.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lint {
    /// The entry of the catalogue, which is of Postgres: `PG33`. None where the plan is for another database.
    pub id: Option<&'static str>,
    /// How grave it is.
    pub level: Level,
    /// What happens.
    pub message: String,
    /// What to do about it.
    pub remedy: &'static str,
    /// The number of the step, counted from one.
    pub step: usize,
}

/// How grave a lint is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Level {
    /// Good to know.
    Note,
    /// Somebody may notice.
    Warning,
    /// Something is gone, or stops working.
    Danger,
}

impl Level {
    /// In a word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Danger => "danger",
        }
    }
}

/// Everything that the catalogue has to say about a migration, in the order of its steps.
pub fn lints(migration: &Migration) -> Vec<Lint> {
    let mut all = Vec::new();
    let met = met(migration);
    for (at, step) in migration.steps.iter().enumerate() {
        let mut found = Found {
            all: &mut all,
            step: at + 1,
            phase: migration.phase,
            dialect: migration.dialect,
        };
        if migration.dialect == Dialect::Postgres {
            found.locks(step);
        }
        for op in &step.ops {
            found.op(op, migration);
        }
        let what: Vec<&str> = step
            .obstacles
            .iter()
            .map(|it| it.what.as_str())
            .filter(|what| !met.iter().any(|met| met.what == *what))
            .collect();
        if !what.is_empty() {
            found.say(
                "PG60",
                Level::Warning,
                format!("it fails where {}", what.join(", or ")),
            );
        }
    }
    all
}

/// What no row stands in the way of, for it is about columns that the same migration adds: they are empty, or hold what
/// they are filled with.
fn met(migration: &Migration) -> Vec<Obstacle> {
    let ops = || migration.steps.iter().flat_map(|step| &step.ops);
    let added = |table: &str, name: &str| {
        ops().find_map(|op| match op {
            Op::AddColumn { table: of, column } if of == table && column.name == name => Some(column),
            _ => None,
        })
    };
    let is_filled = |column: &Column| column.fill.is_some() || column.default.is_some();
    let any_empty = |table: &str, columns: &[String]| {
        let mut columns = columns.iter().filter_map(|name| added(table, name));
        columns.any(|column| !is_filled(column))
    };
    let is_of_added = |table: &str, expression: &str| {
        let known = migration.reached.table(table).map_or(&[][..], |it| &it.columns);
        let mut asked = known.iter().filter(|it| expression.contains(&quoted(&it.name)));
        asked.all(|it| added(table, &it.name).is_some())
    };
    ops()
        .filter_map(|op| match op {
            Op::AddColumn { table, column } if is_filled(column) => {
                Some(obstacle::empty(table, &column.name))
            }
            Op::AddForeignKey { table, key } if any_empty(table, &key.columns) => {
                Some(obstacle::dangling(table, key))
            }
            Op::AddUnique { table, unique } if any_empty(table, &unique.columns) => {
                Some(obstacle::shared(table, &unique.columns, None))
            }
            Op::Convert { table, to, .. } => Some(obstacle::empty(table, &to.name)),
            Op::AddCheck { table, check } if is_of_added(table, &check.expression) => {
                Some(obstacle::refused(table, check))
            }
            _ => None,
        })
        .collect()
}

struct Found<'l> {
    all: &'l mut Vec<Lint>,
    step: usize,
    phase: Phase,
    dialect: Dialect,
}

impl Found<'_> {
    fn say(&mut self, id: &str, level: Level, message: String) {
        // INVARIANT of this file, held by a test: every id that is said is in the catalogue.
        let Some(entry) = CATALOGUE.iter().find(|entry| entry.id == id) else {
            return;
        };
        self.all.push(Lint {
            id: (self.dialect == Dialect::Postgres).then_some(entry.id),
            level,
            message,
            remedy: entry.remedy,
            step: self.step,
        });
    }

    /// What others wait for.
    fn locks(&mut self, step: &Step) {
        let mut out = step
            .locks
            .iter()
            .filter(|lock| lock.mode == LockMode::AccessExclusive);
        if let (Some(one), Some(other)) = (out.next(), out.next()) {
            let message = format!(
                "it waits for everybody on `{}` and on `{}` at once",
                one.table, other.table
            );
            self.say("PG10", Level::Warning, message);
        }
        if step.cost == Cost::Rewrite && step.rows != Some(0) {
            let tables: Vec<&str> = step.locks.iter().map(|lock| lock.table.as_str()).collect();
            let rows = step
                .rows
                .map_or_else(String::new, |rows| format!(", about {rows} rows"));
            let message = format!(
                "`{}` is written anew while everybody waits{rows}",
                tables.join("`, `")
            );
            self.say("PG25", Level::Danger, message);
        }
    }

    fn op(&mut self, op: &Op, migration: &Migration) {
        match op {
            Op::RenameTable { from, to } => {
                let message = format!("the release that runs asks for `{from}`, which is `{to}` then");
                self.say("PG34", Level::Danger, message);
            }
            Op::RenameColumn { table, from, to } => {
                let message =
                    format!("the release that runs asks for `{table}.{from}`, which is `{to}` then");
                self.say("PG33", Level::Danger, message);
            }
            Op::RenameConstraint { from, .. } => {
                let message = format!("the release that runs knows what `{from}` means when it is broken");
                self.say("PG35", Level::Note, message);
            }
            Op::DropColumn { table, column } => {
                let name = &column.name;
                self.say(
                    "PG29",
                    Level::Danger,
                    format!("every value of `{table}.{name}` is gone"),
                );
            }
            Op::DropTable(table) => {
                self.say(
                    "PG30",
                    Level::Danger,
                    format!("every row of `{}` is gone", table.name),
                );
            }
            Op::Retype { table, from, to, .. } | Op::Convert { table, from, to } => {
                self.retype(table, from, to);
            }
            Op::AtOnce { ops, .. } => self.swap(ops),
            Op::DropNotNull { table, column } => {
                let message = format!("the release that runs may not expect `{table}.{column}` to be empty");
                self.say("PG36", Level::Warning, message);
            }
            Op::SetDefault {
                table,
                column,
                to: None,
                ..
            } if self.phase == Phase::Expand => {
                let message = format!("the release that runs may leave `{table}.{column}` out");
                self.say("PG37", Level::Warning, message);
            }
            Op::RenameValue {
                table,
                column,
                from,
                to,
            } if self.phase == Phase::Expand => {
                let message = format!(
                    "the release that runs does not know `{to}` in `{table}.{column}`, and writes `{from}`"
                );
                self.say("PG40", Level::Warning, message);
            }
            Op::AddColumn { table, column } if column.identity => {
                let message = format!(
                    "`{table}` is written anew to number its rows by `{}`",
                    column.name
                );
                self.say("PG18", Level::Danger, message);
            }
            Op::AddForeignKey { table, key } => {
                let is_indexed = migration.reached.table(table).is_some_and(|table| {
                    let first = key.columns.first();
                    let indexed = table
                        .indexes
                        .iter()
                        .map(|it| it.columns.first().map(|column| &column.name));
                    let unique = table.uniques.iter().map(|it| it.columns.first());
                    let known = table.primary_key.iter().map(|it| it.columns.first());
                    indexed.chain(unique).chain(known).any(|it| it == first)
                });
                if !is_indexed {
                    let message = format!("deleting a row of `{}` reads all of `{table}`", key.table);
                    self.say("PG11", Level::Warning, message);
                }
            }
            Op::Secure { table, .. } | Op::AddPolicy { table, .. } | Op::DropPolicy { table, .. } => {
                self.say(
                    "PG54",
                    Level::Warning,
                    format!("who may see and change rows of `{table}` is another matter then"),
                );
            }
            _ => {}
        }
    }

    /// Where a column takes the place of another one, which is kept in step with it from then on.
    fn swap(&mut self, ops: &[Op]) {
        for op in ops {
            if let Op::Mirror {
                table,
                from: new,
                to: old,
                on: true,
            } = op
            {
                let message = format!(
                    "the release that runs takes `{table}.{}` for {}, which is {} then",
                    new.name, old.ty, new.ty
                );
                self.say("PG25", Level::Warning, message);
            }
        }
    }

    fn retype(&mut self, table: &str, from: &Column, to: &Column) {
        if loss(self.dialect, from, to).is_none() && misfits(self.dialect, from, to).is_none() {
            return;
        }
        let (name, old, new) = (&to.name, &from.ty, &to.ty);
        let message = format!("values of `{table}.{name}` that are {old} may not fit into {new}");
        self.say("PG26", Level::Danger, message);
    }
}
