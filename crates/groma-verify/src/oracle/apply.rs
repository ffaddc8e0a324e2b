//! What a request leaves behind.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use groma_ir::design::{EntityId, FieldId, OnDelete};

use super::decide::Effect;
use super::slot::Slot;
use super::{RowId, World};

/// The rows that go with a row, and the references that its going empties.
pub(super) type Removal = (Vec<RowId>, Vec<(RowId, FieldId)>);

impl World<'_> {
    /// Carries out an effect; values that only the server knows are taken from the item that it answered.
    pub(crate) fn apply(&mut self, effect: &Effect, answered: Option<&Map<String, Json>>) -> Option<RowId> {
        match effect {
            Effect::Nothing => None,
            Effect::Insert(entity, slots) => {
                let cells = self.adopt(*entity, slots, answered);
                Some(self.insert(*entity, cells))
            }
            Effect::Change(row, slots) => {
                let cells = self.adopt(row.entity, slots, answered);
                self.row_mut(*row).cells = cells;
                Some(*row)
            }
            Effect::Remove(rows, emptied) => {
                for row in rows {
                    self.row_mut(*row).alive = false;
                }
                for (row, field) in emptied {
                    self.row_mut(*row).set(*field, Json::Null);
                }
                None
            }
        }
    }

    /// A row as an item shows it; what the item leaves out stays as it was.
    pub(crate) fn resync(&mut self, row: RowId, answered: &Map<String, Json>) {
        let slots: Vec<Slot> = self.row(row).cells.iter().cloned().map(Slot::Known).collect();
        let cells = self.shown(row.entity, answered, &slots);
        let row = self.row_mut(row);
        row.cells = cells;
        row.alive = true;
    }

    fn adopt(&self, entity: EntityId, slots: &[Slot], answered: Option<&Map<String, Json>>) -> Vec<Json> {
        match answered {
            Some(item) => self.shown(entity, item, slots),
            None => slots.iter().map(Slot::known).collect(),
        }
    }

    fn shown(&self, entity: EntityId, item: &Map<String, Json>, slots: &[Slot]) -> Vec<Json> {
        let guards = self.model.access.of(entity);
        let fields = self.design().entities[entity].fields.entries().zip(slots);
        fields
            .map(|((id, field), slot)| {
                let shown = item.get(&field.wire).cloned();
                // What is hidden is not empty for that.
                let shown = shown.filter(|value| !value.is_null() || guards.guard(id).is_none());
                shown.unwrap_or_else(|| slot.known())
            })
            .collect()
    }

    /// What deleting a row takes along and empties; `None` when a row that would be left holds on to any of it.
    pub(super) fn removal(&self, row: RowId) -> Option<Removal> {
        let (removal, holding) = self.going(row);
        holding.is_empty().then_some(removal)
    }

    /// The rows that keep a row from being deleted.
    pub(crate) fn holding(&self, row: RowId) -> Vec<RowId> {
        self.going(row).1
    }

    /// Takes over that a service has deleted a row, right or not: what goes with it is gone too.
    pub(crate) fn bury(&mut self, row: RowId) {
        let ((removed, emptied), _) = self.going(row);
        self.apply(&Effect::Remove(removed, emptied), None);
    }

    /// What goes with a row, and the rows that would be left and hold on to any of it.
    fn going(&self, row: RowId) -> (Removal, Vec<RowId>) {
        let mut removed = BTreeSet::from([row]);
        let (mut emptied, mut holding) = (Vec::new(), Vec::new());
        let mut open = vec![row];
        while let Some(next) = open.pop() {
            for (pointing, field, on_delete) in self.pointing_at(next) {
                match on_delete {
                    OnDelete::Restrict => holding.push(pointing),
                    OnDelete::SetNull => emptied.push((pointing, field)),
                    OnDelete::Cascade => {
                        if removed.insert(pointing) {
                            open.push(pointing);
                        }
                    }
                }
            }
        }
        emptied.retain(|(pointing, _)| !removed.contains(pointing));
        holding.retain(|pointing| !removed.contains(pointing));
        ((removed.into_iter().collect(), emptied), holding)
    }

    /// The rows that hold a reference to this one.
    pub(crate) fn pointing_at(&self, row: RowId) -> Vec<(RowId, FieldId, OnDelete)> {
        let key = self.key(row);
        let mut found = Vec::new();
        for table in self.model.tables.iter().as_slice() {
            for foreign in table
                .foreign_keys
                .iter()
                .filter(|foreign| foreign.target == row.entity)
            {
                let rows = self
                    .alive(table.entity)
                    .filter(|(_, other)| other.cell(foreign.field) == key);
                found.extend(rows.map(|(other, _)| (other, foreign.field, foreign.on_delete)));
            }
        }
        found
    }
}
