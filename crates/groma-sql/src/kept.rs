//! Columns of our tables that hold their values otherwise than we would: they were taken over with their tables.
//!
//! Every statement reads such a column through one expression, in the form in which our own tables hold it, and puts what
//! it writes back into the form that is there. What rows are found and put in order by is compared as it stands, for the
//! sake of indexes: then the other side is brought into the form of the column.

use groma_ir::design::{EntityId, FieldId, Term, Type};
use groma_ir::scalar::StorageClass;

use crate::dialect::Spelling;
use crate::pred::Scope;
use crate::write::{Context, Slot, Writer};

/// How a column holds its values.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kept<'c> {
    /// Instants as dates and times without a zone, in UTC.
    Local,
    /// JSON as text.
    Json,
    /// Texts as values of an enum of this name.
    Label(&'c str),
}

impl Kept<'_> {
    /// The value of a column, as one of ours would hold it.
    fn read(self, stored: &str) -> String {
        match self {
            Self::Local => format!("({stored} AT TIME ZONE 'UTC')"),
            Self::Json => format!("{stored}::jsonb"),
            Self::Label(_) => format!("{stored}::text"),
        }
    }

    /// A value, as the column holds it.
    pub(crate) fn of(self, value: &str) -> String {
        match self {
            Self::Local => format!("({value}::timestamptz AT TIME ZONE 'UTC')"),
            Self::Json => format!("{value}::json"),
            Self::Label(name) => format!("{value}::{name}"),
        }
    }
}

/// A column by which rows are looked for, or put in order.
pub(crate) struct Sought<'c> {
    /// The column.
    pub(crate) column: String,
    kept: Option<Kept<'c>>,
}

impl Sought<'_> {
    /// What the column is compared with.
    pub(crate) fn value(&self, value: &str) -> String {
        self.kept.map_or_else(|| value.to_owned(), |kept| kept.of(value))
    }
}

impl<'c> Context<'c> {
    /// How a column of ours holds its values, where that is otherwise than we would.
    pub(crate) fn kept(&self, entity: EntityId, field: FieldId) -> Option<Kept<'c>> {
        let table = self.model.tables.of(entity);
        if self.dialect != Spelling::Postgres || !table.managed {
            return None;
        }
        let column = table.column(field);
        let name = self.presence.type_of(&table.name, &column.name)?;
        match column.class {
            StorageClass::Timestamp => name.ends_with("without time zone").then_some(Kept::Local),
            StorageClass::Json => (name == "json").then_some(Kept::Json),
            StorageClass::Text => (!is_text(name)).then_some(Kept::Label(name)),
            StorageClass::Int
            | StorageClass::Float
            | StorageClass::Decimal { .. }
            | StorageClass::Bool
            | StorageClass::Uuid
            | StorageClass::Date
            | StorageClass::Time => None,
        }
    }

    /// A column of ours as it is read, where that is not as it stands.
    pub(crate) fn read_kept(&self, entity: EntityId, field: FieldId, stored: &str) -> Option<String> {
        Some(self.kept(entity, field)?.read(stored))
    }

    /// How a column is compared as it stands. What it is compared with is one of its values, or literals of the design.
    fn comparable(&self, entity: EntityId, field: FieldId) -> Option<Kept<'c>> {
        let is_enum = matches!(self.model.design.entities[entity].fields[field].ty, Type::Enum(_));
        match self.kept(entity, field)? {
            // A text that is none of the type's values would be an error.
            Kept::Label(name) => is_enum.then_some(Kept::Label(name)),
            Kept::Local => Some(Kept::Local),
            Kept::Json => None,
        }
    }
}

/// Whether a type is text by whichever name.
fn is_text(name: &str) -> bool {
    name == "text" || name.starts_with("character")
}

impl<'c> Writer<'c> {
    /// A column by which rows are looked for, or put in order: as it stands, where it can be.
    pub(crate) fn sought(&self, entity: EntityId, alias: &str, field: FieldId) -> Sought<'c> {
        match self.cx.comparable(entity, field) {
            Some(kept) => Sought {
                column: self.stored(entity, alias, field),
                kept: Some(kept),
            },
            None => Sought {
                column: self.column(entity, alias, field),
                kept: None,
            },
        }
    }

    /// How the column of a term holds its values, where it can be compared with these as it stands: they are no columns
    /// themselves, and where it is of an enum, they are literals of the design.
    pub(crate) fn held(&self, term: &Term, others: &[&Term], scope: Scope<'_>) -> Option<Kept<'c>> {
        let Term::Field { row, field } = term else {
            return None;
        };
        let kept = self.cx.comparable(scope.entity, *field)?;
        let is_column =
            |term: &&Term| matches!(term, Term::Field { row, field } if scope.source(*row, *field).is_none());
        let is_literal = |term: &&Term| matches!(term, Term::Value(_));
        let fits = match kept {
            Kept::Label(_) => others.iter().all(is_literal),
            Kept::Local | Kept::Json => !others.iter().any(is_column),
        };
        (fits && scope.source(*row, *field).is_none()).then_some(kept)
    }

    /// That a column holds one of the values of a parameter that has several.
    pub(crate) fn is_one_of(
        &mut self,
        (entity, alias, field): (EntityId, &str, FieldId),
        slot: Slot,
    ) -> String {
        let parameter = self.parameter(slot);
        let dialect = self.cx.dialect;
        match self.cx.comparable(entity, field) {
            Some(Kept::Label(name)) => {
                let stored = self.stored(entity, alias, field);
                dialect.is_one_of(&stored, &format!("{parameter}::{name}[]"))
            }
            Some(Kept::Local | Kept::Json) | None => {
                dialect.is_one_of(&self.column(entity, alias, field), &parameter)
            }
        }
    }

    /// Writes what is put into a column, in the form in which it holds its values.
    pub(crate) fn put(&mut self, entity: EntityId, field: FieldId, write: impl FnOnce(&mut Self)) {
        let Some(kept) = self.cx.kept(entity, field) else {
            write(self);
            return;
        };
        let value = self.fragment(|writer| {
            writer.push("(");
            write(writer);
            writer.push(")");
        });
        self.push(&kept.of(&value));
    }
}
