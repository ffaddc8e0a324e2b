//! What a scene holds that a change is told by, and the same scene with other rows.

use groma_ir::design::{EntityId, FieldId, Row};

use super::Scene;
use crate::access_tests::values::Value;

impl Scene<'_, '_> {
    /// The same, with the row that the rules are about holding something else.
    pub(crate) fn holding(&self, sets: impl IntoIterator<Item = (FieldId, Value)>) -> Self {
        let mut scene = self.clone();
        let mut rows = scene.rows.iter_mut();
        if let Some(row) = rows.find(|row| row.place == Some((Row::This, Vec::new()))) {
            row.sets.extend(sets);
        }
        scene
    }

    /// What is said of a field of the row that the rules are about; nothing where it holds what is usual.
    pub(crate) fn holds(&self, field: FieldId) -> Option<&Value> {
        let mut rows = self.rows.iter();
        let row = rows.find(|row| row.place == Some((Row::This, Vec::new())))?;
        row.sets.get(&field)
    }

    /// The value that a body has for a field, `None` too.
    pub(crate) fn said(&self, field: FieldId) -> Option<&Value> {
        self.body.get(&field)
    }

    /// The key of the row that a new row's reference leads to.
    pub(crate) fn key_at(&self, field: FieldId) -> Option<&Value> {
        let place = Some((Row::This, vec![field]));
        self.rows
            .iter()
            .find(|row| row.place == place)
            .map(|row| &row.key)
    }

    /// How many rows of an entity there are.
    pub(crate) fn count_of(&self, entity: EntityId) -> usize {
        self.rows.iter().filter(|row| row.entity == entity).count()
    }

    /// Whether whoever calls has a token.
    pub(crate) fn has_token(&self) -> bool {
        self.has_token
    }

    /// How many references the body leads to rows by.
    pub(crate) fn led(&self) -> usize {
        let fields = &self.cx.model.design.entities[self.ask.route.entity].fields;
        let is_led = |field: &FieldId| fields[*field].ty.target().is_some() && self.sent(*field).is_some();
        self.body.keys().filter(|field| is_led(field)).count()
    }
}
