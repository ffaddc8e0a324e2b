//! Which columns a statement gives, and where each stands.

use groma_ir::Model;
use groma_ir::access::{CallerFacts, Pred};
use groma_ir::design::{EntityId, FieldId};
use groma_plan::ItemPlan;

use crate::pred::Scope;
use crate::write::Writer;

/// The fields that a statement gives: those of the item first, as the item is written from them.
#[derive(Clone, PartialEq, Default, Debug)]
pub(crate) struct Columns {
    fields: Vec<FieldId>,
    /// Of which of them only some callers see the value, and when.
    guards: Vec<(FieldId, Pred)>,
}

impl Columns {
    pub(crate) fn of(item: &ItemPlan) -> Self {
        Self {
            fields: item.fields().collect(),
            guards: Vec::new(),
        }
    }

    /// The same, for such a caller: what they may not see is empty.
    pub(crate) fn seen_by(&self, model: &Model, entity: EntityId, facts: &CallerFacts) -> Self {
        let guards = model.access.of(entity).shown.iter();
        let guards = guards.map(|(field, pred)| (*field, pred.for_caller(facts)));
        Self {
            fields: self.fields.clone(),
            guards: guards.filter(|(_, pred)| !pred.is_always()).collect(),
        }
    }

    /// A column, or nothing in its place for a caller who may not see it.
    fn column(&self, writer: &mut Writer<'_>, entity: EntityId, alias: &str, field: FieldId) -> String {
        let column = writer.column(entity, alias, field);
        let Some((_, guard)) = self.guards.iter().find(|(guarded, _)| *guarded == field) else {
            return column;
        };
        // A table's own name stands for its row where a subquery could hide it.
        let row = if alias.is_empty() {
            writer.table(entity)
        } else {
            alias.to_owned()
        };
        let seen = writer.fragment(|writer| writer.pred(guard, Scope::row(entity, &row)));
        format!("CASE WHEN {seen} THEN {column} END")
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
            .map(|field| self.column(writer, entity, alias, *field))
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
        if writer.cx.is_for_people() && self.guards.is_empty() {
            writer.push(&format!("{alias}.*"));
            return;
        }
        let mut column = |field: &FieldId| {
            let name = writer.stored(entity, "", *field);
            format!("{} AS {name}", self.column(writer, entity, alias, *field))
        };
        let columns: Vec<String> = self.fields.iter().map(&mut column).collect();
        writer.push(&columns.join(", "));
    }
}
