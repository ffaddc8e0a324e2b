//! By what a table does otherwise than its columns, keys and constraints say.
//!
//! A design knows none of it: every request counts on that equal is what has the same letters, that a row which breaks a
//! constraint is refused at once, and that a row which is written is there.

/// Something that a table does otherwise than its form says.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Quirk {
    /// What it is.
    pub kind: QuirkKind,
    /// Where: the name of a column, a constraint, a rule or a trigger; of a table that is everybody's, what they may.
    pub name: String,
}

/// What a table can do otherwise than its form says.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum QuirkKind {
    /// A column whose collation takes texts of different letters for the same.
    Collation,
    /// A column whose values the database computes.
    Computed,
    /// A key of whole numbers that SQLite does not count up: it is no number of the row.
    Uncounted,
    /// A constraint by which a row that breaks it is dropped, or takes the place of another one.
    Conflict,
    /// A key or a unique constraint that is looked at when the transaction ends.
    Deferrable,
    /// A foreign key whose triggers are off.
    Unkept,
    /// A rule that does something else instead of what it was asked for.
    Rule,
    /// A table that inherits this one, whose rows are found here and keep no key of it.
    Child,
    /// A trigger that may change a row before it is written, or drop it.
    Before,
    /// A trigger that does things of its own when rows are written.
    Beside,
    /// A table that every role of the database has rights on.
    Public,
    /// A table that takes values of any type in its columns.
    Untyped,
}

impl Quirk {
    /// Something at a name.
    pub(super) fn new(kind: QuirkKind, name: impl Into<String>) -> Self {
        let name = name.into();
        Self { kind, name }
    }

    /// What a table of this name does, in words.
    pub fn of(&self, table: &str) -> String {
        let name = &self.name;
        match self.kind {
            QuirkKind::Collation => format!(
                "the collation of column {name:?} of table {table:?} takes texts of different letters for the same"
            ),
            QuirkKind::Computed => format!("column {name:?} of table {table:?} is computed by the database"),
            QuirkKind::Uncounted => format!(
                "key {name:?} of table {table:?} is not counted up: with `DESC` or `WITHOUT ROWID` it is no number of the row"
            ),
            QuirkKind::Conflict => format!(
                "`ON CONFLICT` at {name:?} of table {table:?} does not refuse a row that breaks the constraint"
            ),
            QuirkKind::Deferrable => format!(
                "constraint {name:?} of table {table:?} is looked at when the transaction ends, and not at once"
            ),
            QuirkKind::Unkept => {
                format!("foreign key {name:?} of table {table:?} is not kept: its triggers are off")
            }
            QuirkKind::Rule => {
                format!("rule {name:?} of table {table:?} does something else instead of what is asked for")
            }
            QuirkKind::Child => format!(
                "table {name:?} inherits from table {table:?}: its rows are found there, and keep none of its keys"
            ),
            QuirkKind::Before => {
                format!("trigger {name:?} of table {table:?} may change or drop a row before it is written")
            }
            QuirkKind::Beside => {
                format!("trigger {name:?} of table {table:?} does things of its own when rows are written")
            }
            QuirkKind::Public => format!("every role of the database may {name} in table {table:?}"),
            QuirkKind::Untyped => format!("table {table:?} is not `STRICT`: it takes values of any type"),
        }
    }
}
