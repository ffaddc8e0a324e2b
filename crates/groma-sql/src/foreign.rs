//! Values of tables that somebody else owns, as the design reads them.
//!
//! Nothing there keeps a value to what the design says of it. So every statement reads such a column through one
//! expression: a rule, a filter, an order and an answer see the same value, in the form in which our own tables
//! hold it, and none where the design does not know what stands there. Keys and references are compared as they
//! stand, for the sake of their indexes; so is text, which is whatever it is.

use groma_ir::design::{EntityId, FieldId, Storage, Type};
use groma_ir::scalar::{Scalar, StorageClass};
use groma_plan::{Foreign, Value};

use crate::dialect::Theirs;

use crate::write::{Context, Writer};

impl Context<'_> {
    /// How a column of somebody else's table is read; nothing where it is read as it stands.
    pub(crate) fn foreign(&self, entity: EntityId, field: FieldId, column: &str) -> Option<String> {
        let table = self.model.tables.of(entity);
        let owner = &self.model.design.entities[entity];
        if owner.storage != Storage::ExternalTable || field == table.key {
            return None;
        }
        let theirs = Theirs {
            text: column,
            type_name: self.presence.type_of(&table.name, &table.column(field).name),
        };
        match &owner.fields[field].ty {
            Type::Reference(_) => None,
            Type::Enum(of) => {
                let column = self.dialect.text(theirs);
                let variants = self.model.design.enums[*of].variants.iter();
                let known: Vec<String> = variants
                    .map(|variant| self.dialect.literal(&Value::Text(variant.name.clone())))
                    .collect();
                Some(format!(
                    "CASE WHEN {column} IN ({}) THEN {column} END",
                    known.join(", ")
                ))
            }
            Type::List(_) => Some(self.dialect.valid_json(theirs)),
            Type::Scalar(scalar) => self.foreign_scalar(scalar, theirs),
        }
    }

    fn foreign_scalar(&self, scalar: &Scalar, column: Theirs<'_>) -> Option<String> {
        let between = |least, most| Some(self.dialect.number_between(column, (&least, &most)));
        match scalar {
            Scalar::Int(bounds) => {
                let (least, most) = bounds.effective();
                return between(Value::Int(least), Value::Int(most));
            }
            Scalar::Float(bounds) => {
                let (least, most) = (bounds.min.unwrap_or(f64::MIN), bounds.max.unwrap_or(f64::MAX));
                return between(Value::Float(least), Value::Float(most));
            }
            Scalar::Decimal { precision, scale } => {
                let units = 10_i64.saturating_pow(u32::from(*precision)) - 1;
                let bound = |units| Value::Decimal { units, scale: *scale };
                return between(bound(-units), bound(units));
            }
            _ => {}
        }
        match scalar.storage() {
            StorageClass::Bool => Some(self.dialect.truth(column)),
            StorageClass::Timestamp => Some(self.dialect.foreign(Foreign::Instant, column)),
            StorageClass::Date => Some(self.dialect.foreign(Foreign::Date, column)),
            StorageClass::Time => Some(self.dialect.foreign(Foreign::Time, column)),
            StorageClass::Json => Some(self.dialect.valid_json(column)),
            StorageClass::Text => {
                let text = self.dialect.text(column);
                (text != column.text).then_some(text)
            }
            _ => None,
        }
    }
}

impl Writer<'_> {
    /// That a field of a row is empty, or is not. A value that the design does not know is neither: a rule that
    /// asks for either does not hold.
    pub(crate) fn emptiness(&self, entity: EntityId, alias: &str, field: FieldId, is_empty: bool) -> String {
        let stored = self.stored(entity, alias, field);
        let read = self.column(entity, alias, field);
        let is_ours = self.cx.model.tables.of(entity).managed;
        let word = if is_empty { "IS NULL" } else { "IS NOT NULL" };
        if is_ours || read == stored {
            return format!("{stored} {word}");
        }
        format!("CASE WHEN {stored} IS NULL OR {read} IS NOT NULL THEN {stored} {word} END")
    }
}
