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

    /// Writes them.
    pub(crate) fn push(&self, writer: &mut Writer<'_>, entity: EntityId, alias: &str) {
        let columns: Vec<String> = self
            .fields
            .iter()
            .map(|field| writer.column(entity, alias, *field))
            .collect();
        writer.push(&columns.join(", "));
    }

    /// Writes their names, which a statement inside this one gave them.
    pub(crate) fn push_names(&self, writer: &mut Writer<'_>, entity: EntityId) {
        let names: Vec<String> = self
            .fields
            .iter()
            .map(|field| writer.stored(entity, "", *field))
            .collect();
        writer.push(&names.join(", "));
    }

    /// Writes them under their own names, for a statement around this one.
    pub(crate) fn push_named(&self, writer: &mut Writer<'_>, entity: EntityId, alias: &str) {
        if writer.cx.is_for_people() {
            writer.push(&format!("{alias}.*"));
            return;
        }
        let column = |field: &FieldId| {
            let name = writer.stored(entity, "", *field);
            format!("{} AS {name}", writer.column(entity, alias, *field))
        };
        let columns: Vec<String> = self.fields.iter().map(column).collect();
        writer.push(&columns.join(", "));
    }
}
