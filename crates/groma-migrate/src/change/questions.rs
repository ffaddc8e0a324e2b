//! What cannot be told from two schemas, and is never guessed.

use std::fmt;

use groma_sql::schema::{Column, Schema, Table};

use super::Work;

/// Something to be said before a plan can be followed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Question {
    /// The table, by its new name.
    pub table: String,
    /// The column, by its new name.
    pub column: Option<String>,
    /// What is open.
    pub kind: QuestionKind,
}

/// What is open.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum QuestionKind {
    /// One went and one like it came: is it the same?
    Renamed {
        /// What went.
        from: String,
    },
    /// No value of the old type is one of the new.
    NoConversion {
        /// The old type.
        from: String,
        /// The new type.
        to: String,
    },
    /// It holds what rows of a table were known by, and is to hold what they are known by now.
    PointsOtherwise {
        /// The table that it points at.
        table: String,
        /// What rows there were known by.
        from: String,
        /// What they are known by now.
        to: String,
    },
    /// Rows that are there have no value for it.
    NeedsValue,
}

impl Question {
    /// Whether nothing can be done before it is answered.
    pub fn is_blocking(&self) -> bool {
        match self.kind {
            QuestionKind::Renamed { .. }
            | QuestionKind::NoConversion { .. }
            | QuestionKind::PointsOtherwise { .. } => true,
            QuestionKind::NeedsValue => false,
        }
    }

    /// How it is answered.
    pub fn remedy(&self) -> String {
        match (&self.kind, &self.column) {
            (QuestionKind::Renamed { from }, Some(_)) => {
                format!(
                    "say `was \"{from}\"` behind the field if it is, or that it goes: `--goes {}.{from}`",
                    self.table
                )
            }
            (QuestionKind::Renamed { from }, None) => {
                format!("say `was \"{from}\"` behind the entity if it is, or that it goes: `--goes {from}`")
            }
            (QuestionKind::NoConversion { .. }, _) => {
                String::from("give the new field another name, and fill it from the old one before that goes")
            }
            (QuestionKind::PointsOtherwise { table, .. }, _) => format!(
                "in one migration add the new key to `{table}` as a unique field, and a new reference beside this one that is filled from it; \
                 change the key and let this one go in the next"
            ),
            (QuestionKind::NeedsValue, _) => String::from(
                "give the field a default, make it optional, or fill it before the second migration is applied",
            ),
        }
    }
}

impl fmt::Display for Question {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let table = &self.table;
        let column = self.column.as_deref().unwrap_or_default();
        match &self.kind {
            QuestionKind::Renamed { from } if self.column.is_some() => write!(
                out,
                "is `{table}.{column}` what `{table}.{from}` was, or does that go with its values?"
            ),
            QuestionKind::Renamed { from } => {
                write!(
                    out,
                    "is `{table}` what `{from}` was, or does that go with its rows?"
                )
            }
            QuestionKind::NoConversion { from, to } => write!(
                out,
                "what becomes of the values of `{table}.{column}`, which are `{from}` and cannot be made into `{to}`?"
            ),
            QuestionKind::PointsOtherwise {
                table: there,
                from,
                to,
            } => write!(
                out,
                "what becomes of `{table}.{column}`, which holds `{from}` of `{there}`, where rows are known by `{to}` now?"
            ),
            QuestionKind::NeedsValue => write!(
                out,
                "what do rows of `{table}` that are there get in `{column}`, which may not be empty?"
            ),
        }
    }
}

impl Work<'_> {
    pub(super) fn ask(&mut self, table: &str, column: Option<&str>, kind: QuestionKind) {
        self.questions.push(Question {
            table: table.to_owned(),
            column: column.map(str::to_owned),
            kind,
        });
    }
}

/// Asks whether a column that came is one that went: it holds the same type, and nobody has said that the old one goes.
pub(super) fn columns(work: &mut Work<'_>, table: &str, gone: &[&Column], come: &[&Column]) {
    for new in come {
        let like = gone
            .iter()
            .find(|old| old.ty == new.ty && !work.given.goes(table, Some(&old.name)));
        if let Some(old) = like {
            let from = old.name.clone();
            work.ask(table, Some(&new.name), QuestionKind::Renamed { from });
        }
    }
}

/// Asks whether a table that came is one that went: most of its columns are the same.
pub(super) fn tables(work: &mut Work<'_>, gone: &[&Table], source: &Schema, target: &Schema) {
    for new in target
        .tables
        .iter()
        .filter(|new| source.table(&new.name).is_none())
    {
        let like = gone
            .iter()
            .find(|old| is_like(old, new) && !work.given.goes(&old.name, None));
        if let Some(old) = like {
            let from = old.name.clone();
            work.ask(&new.name, None, QuestionKind::Renamed { from });
        }
    }
}

fn is_like(old: &Table, new: &Table) -> bool {
    let is_there = |column: &&Column| {
        let other = new.column(&column.name);
        other.is_some_and(|other| other.ty == column.ty)
    };
    let same = old.columns.iter().filter(is_there).count();
    same * 3 > old.columns.len().max(new.columns.len()) * 2
}
