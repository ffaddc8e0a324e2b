//! Which columns a statement gives, and where each stands.

use groma_ir::design::{EntityId, FieldId};
use groma_plan::ItemPlan;

use crate::write::Writer;

/// The fields that a statement gives: those of the item first, as the item is written from them.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Columns {
    fields: Vec<FieldId>,
}

impl Columns {
    pub(crate) fn of(item: &ItemPlan) -> Self {
        Self {
            fields: item.fields().collect(),
        }
    }

    /// Makes sure that a field is there.
    #[must_use]
    pub(crate) fn with(mut self, field: FieldId) -> Self {
        if !self.fields.contains(&field) {
            self.fields.push(field);
        }
        self
    }

    /// Where a field stands.
    pub(crate) fn position(&self, field: FieldId) -> Option<usize> {
        self.fields.iter().position(|known| *known == field)
    }

    pub(crate) fn len(&self) -> usize {
        self.fields.len()
    }

    /// Writes them, each under a name by its position where they are selected once more.
    pub(crate) fn push(&self, writer: &mut Writer<'_>, entity: EntityId, alias: &str, numbered: bool) {
        for (index, field) in self.fields.iter().enumerate() {
            if index > 0 {
                writer.push(", ");
            }
            let column = writer.column(entity, alias, *field);
            writer.push(&column);
            if numbered {
                writer.push(&format!(" AS c{index}"));
            }
        }
    }
}
