//! Rows that an action finds by what its body says: `find by token`.

use serde_json::Value as Json;

use groma_ir::design::FieldId;

use super::decide::Case;
use super::{RowId, World};
use crate::call::{Call, Key};

impl World<'_> {
    /// The value that a call is sent with, to find its row by: that of its row, where it is known, otherwise what its body
    /// says. Nothing, where the path says which row is meant.
    pub(crate) fn sought(&self, call: &Call) -> Option<Json> {
        let find = self.model.http.routes[call.route].find?;
        let of_row = match call.key {
            Key::Row(row) => Some(self.row(row).cell(find.field)).filter(|value| !value.is_null()),
            Key::Missing(_) | Key::None => None,
        };
        let of_row = of_row.filter(|_| call.fault.is_none()).cloned();
        of_row.or_else(|| {
            let mut given = call.body.inputs().into_iter();
            given
                .find(|(input, _)| *input == find.input)
                .map(|(_, value)| value)
        })
    }
}

impl Case<'_> {
    /// The row that has the value of the body, and lies where the path says.
    pub(super) fn found(&self) -> Option<RowId> {
        let field = self.route.find?.field;
        let value = self.world.sought(self.call)?;
        let row = self.world.named(self.route.entity, field, &value)?;
        self.named_by(row)
    }

    /// The field by which the call names its row.
    pub(super) fn name_field(&self) -> FieldId {
        let by = self.world.design().resources[self.route.resource].by;
        self.route.find.map_or(by, |find| find.field)
    }
}
