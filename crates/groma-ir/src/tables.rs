//! The tables view: what the database holds for a design.
//!
//! Column types are storage classes; how a dialect spells them is not known here.

mod lower;
mod order;

pub use lower::{base_type, lower, max_length, name as name_within};

use std::collections::BTreeSet;

use groma_diag::Span;

use crate::design::{Cond, Default, EntityId, EnumId, FieldId, Generated, OnDelete};
use crate::scalar::StorageClass;

/// The tables of a design, one an entity, in the same order.
#[derive(Clone, PartialEq, Debug)]
pub struct Tables {
    tables: Vec<Table>,
    /// Their names without case, as databases compare them.
    names: BTreeSet<String>,
}

impl Tables {
    /// The table of an entity.
    pub fn of(&self, entity: EntityId) -> &Table {
        match self.tables.get(crate::Id::index(entity)) {
            Some(table) => table,
            None => unreachable!("every entity is lowered to a table"),
        }
    }

    /// Whether some table has this name, in whatever case.
    pub fn has_name(&self, name: &str) -> bool {
        self.names.contains(&name.to_ascii_lowercase())
    }

    /// All tables, in the order of the entities.
    pub fn iter(&self) -> std::slice::Iter<'_, Table> {
        self.tables.iter()
    }

    /// The tables that Groma creates, each after the tables that it points at (a cycle, or a table that
    /// points at itself, keeps the design's order).
    pub fn in_order_of_creation(&self) -> Vec<&Table> {
        lower::in_order_of_creation(&self.tables)
    }
}

impl<'a> IntoIterator for &'a Tables {
    type Item = &'a Table;
    type IntoIter = std::slice::Iter<'a, Table>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// A table.
#[derive(Clone, PartialEq, Debug)]
pub struct Table {
    /// The entity that it holds.
    pub entity: EntityId,
    /// Its name, unquoted.
    pub name: String,
    /// Its name before.
    pub was: Option<String>,
    /// Whether Groma creates and migrates it.
    pub managed: bool,
    /// Whether it exists in this database at all: an `external` entity without a table does not.
    pub present: bool,
    /// Its columns, one a field, in the same order.
    pub columns: Vec<Column>,
    /// The primary key's column.
    pub key: FieldId,
    /// The primary key's name: `tasks_pkey`.
    pub key_name: String,
    /// Foreign keys.
    pub foreign_keys: Vec<ForeignKey>,
    /// Unique constraints.
    pub uniques: Vec<UniqueKey>,
    /// Indexes: the author's, one a foreign key, and those that each list's default order needs.
    pub indexes: Vec<TableIndex>,
    /// Check constraints beside those of the columns' types.
    pub checks: Vec<TableCheck>,
    /// The comment.
    pub doc: Option<String>,
    /// Where the entity was declared.
    pub origin: Span,
}

/// A column.
#[derive(Clone, PartialEq, Debug)]
pub struct Column {
    /// The field that it stores.
    pub field: FieldId,
    /// Its name, unquoted.
    pub name: String,
    /// Its name before.
    pub was: Option<String>,
    /// How a value is kept.
    pub class: StorageClass,
    /// For an enum: the variants that may stand here.
    pub variants: Option<EnumId>,
    /// Whether it holds a JSON list.
    pub is_list: bool,
    /// Whether it may be null.
    pub nullable: bool,
    /// What it gets when a statement leaves it out; the server always says a value.
    pub default: Option<Default>,
    /// How the server makes a key's value.
    pub generated: Option<Generated>,
    /// The bound on its length in code points, where the type has one.
    pub max_length: Option<u32>,
    /// The name of the check that keeps what its type says, where a database needs one: `tasks_title_check`.
    pub check_name: String,
    /// The comment.
    pub doc: Option<String>,
    /// Where the field was declared.
    pub origin: Span,
}

/// A foreign key of one column.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ForeignKey {
    /// The constraint's name: `tasks_project_id_fkey`.
    pub name: String,
    /// The column here.
    pub field: FieldId,
    /// The entity that it points at, whose key it holds.
    pub target: EntityId,
    /// What happens here when the row there is deleted.
    pub on_delete: OnDelete,
}

/// Columns that no two rows share.
#[derive(Clone, PartialEq, Debug)]
pub struct UniqueKey {
    /// The constraint's name: `projects_owner_id_name_key`.
    pub name: String,
    /// The columns together.
    pub fields: Vec<FieldId>,
    /// Only among rows for which this holds.
    pub when: Option<Cond>,
    /// Where it was declared.
    pub origin: Span,
}

/// An index.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TableIndex {
    /// Its name: `tasks_owner_id_created_at_idx`.
    pub name: String,
    /// The columns in order.
    pub columns: Vec<IndexColumn>,
    /// Why it is there.
    pub reason: IndexReason,
}

/// A column of an index.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct IndexColumn {
    /// The column.
    pub field: FieldId,
    /// Largest first.
    pub descending: bool,
}

/// Why an index is there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum IndexReason {
    /// The author asked for it.
    Asked,
    /// A foreign key, so that deleting the row there finds the rows here.
    ForeignKey,
    /// The default order of a list, behind the field by which callers find their rows.
    ListOrder,
    /// The caller's rows here lead to the rows of a list elsewhere.
    WayIn,
}

/// A check constraint.
#[derive(Clone, PartialEq, Debug)]
pub struct TableCheck {
    /// Its name: `tasks_check_1`.
    pub name: String,
    /// The condition.
    pub cond: Cond,
    /// The condition as the author wrote it.
    pub text: String,
    /// Where it was declared.
    pub origin: Span,
}

impl Table {
    /// The column of a field.
    pub fn column(&self, field: FieldId) -> &Column {
        match self.columns.get(crate::Id::index(field)) {
            Some(column) => column,
            None => unreachable!("every field is lowered to a column"),
        }
    }
}
