//! What never leaves the service, and an action asks for: told by whoever has the database.

use groma_ir::design::{EntityId, FieldId};

use super::Session;
use crate::oracle::RowId;
use crate::target::Wanted;

impl Session<'_> {
    /// Asks for the values of a new row by which actions find it, where no answer shows them.
    pub(crate) fn learn_hidden(&mut self, row: RowId) {
        for field in self.sought(row.entity) {
            if !self.world.row(row).cell(field).is_null() {
                continue;
            }
            let design = &self.model.design;
            let entity = &design.entities[row.entity];
            let table = self.model.tables.of(row.entity);
            let name = format!("{}.{}", entity.name, entity.fields[field].name);
            let Some(hidden) = self.target.hidden else {
                self.ledger.note(format!(
                    "`{name}` never leaves the service: give its database with `--database`, as its `DATABASE_URL` says, and what it is for is tried too"
                ));
                continue;
            };
            let key = self.world.key(row).clone();
            let told = hidden.value(&Wanted {
                table: &table.name,
                column: &table.column(field).name,
                key_column: &table.column(table.key).name,
                key: &key,
            });
            match told {
                Ok(Some(value)) => self.world.row_mut(row).set(field, value),
                Ok(None) => self.ledger.note(format!(
                    "the database that was given has no `{name}` of a row that the service has made: it is another one"
                )),
                Err(why) => self.ledger.note(format!("the database that was given cannot be read: {why}")),
            }
        }
    }

    /// The fields that no answer shows, and by which actions find a row.
    fn sought(&self, entity: EntityId) -> Vec<FieldId> {
        let entity = &self.model.design.entities[entity];
        let finds = entity.actions.iter().filter_map(|action| action.find);
        let fields = finds.map(|find| find.field);
        fields.filter(|field| !entity.fields[*field].leaves()).collect()
    }
}
