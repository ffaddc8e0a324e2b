//! The plan: what to do to get from one schema to another, in two migrations at most.
//!
//! Between the two, which release serves? Both, but for the last rows; "serves" is that it starts, makes, reads and
//! changes rows. Before `expand` the new release is refused where it needs something that is not there yet, and after
//! `contract` the one before it where something is gone or narrower; each refusal says which difference it is.
//!
//! | change | between: the release before | between: the new one |
//! | --- | --- | --- |
//! | field added, optional or with a value as default | serves | serves |
//! | field added, required, `= now` | serves; the database says the value | serves |
//! | field added, required, without a default | serves; its rows have none | serves; reads `null` in those |
//! | field removed | serves; reads `null` in rows of the new one | serves |
//! | entity removed | serves; nothing keeps its rows' targets from being deleted | serves |
//! | value of an enum added, or removed | serves | serves |
//! | value of an enum renamed by `was` | serves; reads the new name | serves; reads the old one in later rows |
//! | length raised, or lowered | serves | serves |
//! | optional made required | serves | serves; reads `null` in rows of the one before |
//! | required made optional | serves; reads `null` in rows of the new one | serves |
//! | unique added | serves; twins are a 409 | serves |
//! | unique removed, check removed | serves; they are kept no more | serves |
//! | check added over a new field | serves | serves |
//! | check added over fields that are there, or changed | serves; what it was is kept no more | is refused until `contract`: nothing would keep it |
//! | `on delete` changed | serves as long as it runs; a new start is refused | serves |
//! | field or entity renamed by `was` | breaks, and a new start is refused | serves |
//! | type changed | shows values as the new one has them, or breaks; a new start is refused | serves |
//! | rules, with `database row_security` | is held by the new rules; a new start is refused | serves |

use std::collections::{BTreeMap, BTreeSet};

use groma_sql::Dialect;
use groma_sql::schema::Schema;

use crate::before::Before;
use crate::canonical::{Fingerprint, fingerprint, same};
use crate::change::{Question, changes};
use crate::op::Op;
use crate::renames::Renames;
use crate::step::Step;
use crate::{postgres, sqlite};

/// What is known beside the two schemas.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Given {
    /// What the design says that things were called.
    pub renames: Renames,
    /// Tables, and columns of tables, of which somebody has said that they go, by their old names below new tables.
    pub goes: BTreeSet<(String, Option<String>)>,
    /// The tables that earlier migrations made; nothing else is ever dropped. None: all of the source.
    pub ours: Option<BTreeSet<String>>,
    /// How large tables are, by their names in the source.
    pub sizes: BTreeMap<String, Size>,
}

/// How large a table is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Size {
    /// Its rows, about.
    pub rows: u64,
    /// Its bytes with its indexes.
    pub bytes: u64,
}

impl Given {
    pub(crate) fn goes(&self, table: &str, column: Option<&str>) -> bool {
        let place = (table.to_owned(), column.map(str::to_owned));
        self.goes.contains(&place)
    }

    pub(crate) fn is_ours(&self, table: &str) -> bool {
        let renamed = self.renames.tables.get(table);
        let is_there =
            |ours: &BTreeSet<String>| ours.contains(table) || renamed.is_some_and(|old| ours.contains(old));
        self.ours.as_ref().is_none_or(is_there)
    }

    /// How large a table is, by its name in the source or the target.
    pub(crate) fn size(&self, table: &str) -> Option<Size> {
        let renamed = self.renames.tables.get(table);
        let size = self.sizes.get(table).or_else(|| self.sizes.get(renamed?));
        size.copied()
    }
}

/// When a migration is applied.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Phase {
    /// Before the new release runs; what becomes of the one before it says [`Before`].
    Expand,
    /// Once the release before it runs no more.
    Contract,
}

impl Phase {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Expand => "expand",
            Self::Contract => "contract",
        }
    }

    /// The phase of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Expand, Self::Contract]
            .into_iter()
            .find(|phase| phase.name() == name)
    }
}

/// What to do, and what has to be answered first.
#[derive(Clone, PartialEq, Debug)]
pub struct Plan {
    /// The migrations in order: none, `expand`, `contract` or both.
    pub migrations: Vec<Migration>,
    /// What cannot be told from the schemas.
    pub questions: Vec<Question>,
}

/// A migration as planned.
#[derive(Clone, PartialEq, Debug)]
pub struct Migration {
    /// The database that it is spelled for.
    pub dialect: Dialect,
    /// When it is applied.
    pub phase: Phase,
    /// The state that it starts from.
    pub from: Fingerprint,
    /// The state that it leads to.
    pub to: Fingerprint,
    /// The schema that it leads to.
    pub reached: Schema,
    /// What is done, in order.
    pub steps: Vec<Step>,
}

impl Migration {
    /// What becomes of the release before.
    pub fn before(&self) -> Before {
        let ops: Vec<&Op> = self.steps.iter().flat_map(|step| &step.ops).collect();
        Before::of(self.dialect, &ops)
    }

    /// Everything that is gone when it is done, whatever is undone.
    pub fn lost(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().flat_map(|step| &step.lost).map(String::as_str)
    }
}

impl Plan {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.migrations.is_empty()
    }

    /// Whether a question stands in the way.
    pub fn is_blocked(&self) -> bool {
        self.questions.iter().any(Question::is_blocking)
    }
}

/// Compares two schemas of one dialect, and says how to get from the first to the second.
pub fn plan(source: &Schema, target: &Schema, given: &Given) -> Plan {
    let target = &known_alike(source, target, given);
    let changes = changes(source, target, given);
    let mut migrations = Vec::new();
    let mut at = source.clone();
    for (phase, ops) in [
        (Phase::Expand, changes.expand),
        (Phase::Contract, changes.contract),
    ] {
        if ops.is_empty() {
            continue;
        }
        let migration = migration(&at, phase, &ops, given);
        at = migration.reached.clone();
        migrations.push(migration);
    }
    Plan {
        migrations,
        questions: changes.questions,
    }
}

/// The target with what the source says of columns where one of the two says nothing: nobody knows whether they change.
pub(crate) fn known_alike(source: &Schema, target: &Schema, given: &Given) -> Schema {
    let mut target = target.clone();
    for table in &mut target.tables {
        let renames = &given.renames;
        let was = source.table(&table.name);
        let Some(was) = was.or_else(|| source.table(renames.tables.get(&table.name)?)) else {
            continue;
        };
        for column in &mut table.columns {
            let place = (table.name.clone(), column.name.clone());
            let old = was.column(&column.name);
            let old = old.or_else(|| was.column(renames.columns.get(&place)?));
            if let Some(old) = old.filter(|old| old.ty == column.ty)
                && (old.class.is_none() || column.class.is_none())
            {
                column.class.clone_from(&old.class);
            }
        }
    }
    target
}

fn migration(from: &Schema, phase: Phase, ops: &[Op], given: &Given) -> Migration {
    let mut reached = from.clone();
    for op in ops {
        op.apply(&mut reached);
    }
    let steps = match from.dialect {
        Dialect::Postgres => postgres::steps(from, ops, given),
        Dialect::Sqlite => sqlite::steps(from, &reached, ops, given),
    };
    debug_assert!(
        same(&reached, &after(from, &steps)),
        "steps do what the changes say"
    );
    Migration {
        dialect: from.dialect,
        phase,
        from: fingerprint(from),
        to: fingerprint(&reached),
        reached,
        steps,
    }
}

/// The schema behind some steps.
fn after(from: &Schema, steps: &[Step]) -> Schema {
    let mut schema = from.clone();
    for op in steps.iter().flat_map(|step| &step.ops) {
        op.apply(&mut schema);
    }
    schema
}
