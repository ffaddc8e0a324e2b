//! The rows of a list: several hold the same.

use groma_ir::Id;
use groma_ir::design::{FieldId, Type, Value};

use super::ROWS;
use crate::access_tests::values;
use crate::sample_rows::{Column, Table};

/// Another order for each field.
pub(super) fn places(field: FieldId, _: usize, count: usize) -> Vec<usize> {
    let (turn, step) = (field.index(), 1 + field.index() % (ROWS - 1));
    (0..count).map(|row| (row * step + turn) % count).collect()
}

impl Table<'_, '_> {
    /// A field in which several rows hold the same, and some nothing where that may be.
    pub(crate) fn vary(&mut self, field: FieldId, rows: Option<[values::Value; 2]>) -> Option<()> {
        if self.columns.contains_key(&field) || self.fixed.contains(&field) {
            return None;
        }
        let declared = &self.cx.model.design.entities[self.entity].fields[field];
        if let Type::List(list) = &declared.ty {
            return self.vary_lists(field, &list.item, list.min, list.max);
        }
        let values = match rows {
            Some(_) => vec![Value::Int(0), Value::Int(1)],
            None => self.ladder(&declared.ty),
        };
        let values: Vec<Value> = values.into_iter().take(3).collect();
        if values.len() < 2 {
            return None;
        }
        let last = values.len() - 1;
        let steps = if declared.optional {
            [Some(0), Some(1), Some(1), None, None]
        } else {
            [0, 1, 1, last, last].map(Some)
        };
        let at = |place: usize| values.get(steps.get(place).copied().flatten()?).cloned();
        let cells = self.places(field).into_iter();
        let cells = cells.map(|place| at(place).unwrap_or(Value::None)).collect();
        let written = values.iter().cloned().zip(rows.into_iter().flatten()).collect();
        self.columns.insert(
            field,
            Column {
                values,
                cells,
                written,
            },
        );
        Some(())
    }

    fn vary_lists(&mut self, field: FieldId, item: &Type, min: u32, max: Option<u32>) -> Option<()> {
        let items = self.ladder(item);
        let (first, second) = (items.first()?.clone(), items.get(1)?.clone());
        if min > 1 || max.is_some_and(|max| max < 2) {
            return None;
        }
        let least = if min == 0 {
            Vec::new()
        } else {
            vec![second.clone()]
        };
        let lists = [
            vec![first.clone()],
            vec![first, second.clone()],
            vec![second],
            least.clone(),
            least,
        ];
        let at = |place: usize| lists.get(place).cloned().map_or(Value::None, Value::List);
        let cells = self.places(field).into_iter().map(at).collect();
        let values = items.into_iter().take(2).collect();
        let written = Vec::new();
        self.columns.insert(
            field,
            Column {
                values,
                cells,
                written,
            },
        );
        Some(())
    }
}
