//! What the database must do: tables, columns, keys, indexes and constraints.
//!
//! Tables are the same when their entities are called the same, columns when their fields are, as far
//! as the new design does not say what they were called before; a table or column with another name only is renamed. Says what changes, not by which statements.

mod columns;
mod constraints;

use std::collections::BTreeMap;

use groma_ir::Model;
use groma_ir::design::{Entity, EntityId, FieldId};
use groma_ir::tables::Table;

/// What a change does to the rows that are there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Risk {
    /// Values that are there are gone afterwards.
    LosesData,
    /// Rows that are there may stand in its way.
    MayFail,
    /// Rows that are there stay as they are.
    Safe,
}

impl Risk {
    /// The risk in a few words.
    pub fn word(self) -> &'static str {
        match self {
            Self::LosesData => "loses data",
            Self::MayFail => "may fail",
            Self::Safe => "safe",
        }
    }
}

/// Something that the database must do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DatabaseChange {
    /// What it does to the rows that are there.
    pub risk: Risk,
    /// The table, by its new name.
    pub table: String,
    /// What is done, as one sentence.
    pub text: String,
}

/// Everything that the database must do, what loses data first.
pub(crate) fn changes(old: &Model, new: &Model) -> Vec<DatabaseChange> {
    let (was, is) = (tables(old), tables(new));
    let mut log = Vec::new();
    for (name, old) in &was {
        match is.get(name) {
            Some(new) => one(*old, *new, &mut Work::new(&new.table.name, &mut log)),
            None if old.is_ours() => {
                Work::new(&old.table.name, &mut log).does(Risk::LosesData, "the table is dropped");
            }
            None => {}
        }
    }
    for (name, new) in &is {
        if was.contains_key(name) {
            continue;
        }
        let mut work = Work::new(&new.table.name, &mut log);
        if new.is_ours() {
            work.does(Risk::Safe, "the table is created");
        } else if new.table.present {
            work.does(Risk::MayFail, "the table must be there: somebody else makes it");
        }
    }
    log.sort_by_key(|change| change.risk);
    log
}

/// A table, and what its columns mean.
#[derive(Clone, Copy)]
struct Side<'m> {
    model: &'m Model,
    entity: &'m Entity,
    table: &'m Table,
}

impl Side<'_> {
    /// Whether the table is there, and is ours to change.
    fn is_ours(self) -> bool {
        self.table.managed && self.table.present
    }

    fn field(&self, id: FieldId) -> &str {
        &self.entity.fields[id].name
    }

    fn fields(&self, ids: &[FieldId]) -> Vec<String> {
        ids.iter().map(|id| self.field(*id).to_owned()).collect()
    }

    /// The columns of some fields, as `a, b`.
    fn columns(&self, ids: &[FieldId]) -> String {
        let names: Vec<String> = ids
            .iter()
            .map(|id| format!("`{}`", self.table.column(*id).name))
            .collect();
        names.join(", ")
    }

    fn entity_name(&self, id: EntityId) -> &str {
        &self.model.design.entities[id].name
    }
}

fn tables(model: &Model) -> BTreeMap<&str, Side<'_>> {
    let entities = model.design.entities.entries();
    let sides = entities.map(|(id, entity)| {
        let table = model.tables.of(id);
        (entity.name.as_str(), Side { model, entity, table })
    });
    sides.collect()
}

/// What is found about one table.
struct Work<'l> {
    table: String,
    log: &'l mut Vec<DatabaseChange>,
}

impl<'l> Work<'l> {
    fn new(table: &str, log: &'l mut Vec<DatabaseChange>) -> Self {
        Self {
            table: table.to_owned(),
            log,
        }
    }

    fn does(&mut self, risk: Risk, text: impl Into<String>) {
        self.log.push(DatabaseChange {
            risk,
            table: self.table.clone(),
            text: text.into(),
        });
    }
}

fn one(old: Side<'_>, new: Side<'_>, work: &mut Work<'_>) {
    match (old.is_ours(), new.is_ours()) {
        (true, true) => {
            if old.table.name != new.table.name {
                work.does(Risk::Safe, format!("the table `{}` is renamed", old.table.name));
            }
            columns::compare(old, new, work);
            constraints::compare(old, new, work);
        }
        (true, false) => work.does(Risk::Safe, "the table is left to somebody else"),
        (false, true) => work.does(
            Risk::MayFail,
            "the table is created, unless somebody else has made it",
        ),
        (false, false) => theirs(old, new, work),
    }
}

/// What somebody else's table must have.
fn theirs(old: Side<'_>, new: Side<'_>, work: &mut Work<'_>) {
    if !new.table.present {
        return;
    }
    if !old.table.present || old.table.name != new.table.name {
        work.does(Risk::MayFail, "the table must be there: somebody else makes it");
        return;
    }
    let known: Vec<&str> = old
        .table
        .columns
        .iter()
        .map(|column| column.name.as_str())
        .collect();
    for column in &new.table.columns {
        if !known.contains(&column.name.as_str()) {
            work.does(
                Risk::MayFail,
                format!("somebody else's table must have a column `{}`", column.name),
            );
        }
    }
}
