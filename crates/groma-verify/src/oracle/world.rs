//! The rows that the verifier knows of: those that it made.

use serde_json::Value as Json;

use groma_ir::access::{CallerFacts, Pred};
use groma_ir::design::{Design, EntityId, FieldId, Type};
use groma_ir::http::{Operation, Route};
use groma_ir::{Id, Model};

use super::decide::verb_of;
use super::slot::Slot;
use crate::tokens::Identity;

/// A row, for as long as the run lasts; it stays known after it was deleted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct RowId {
    pub(crate) entity: EntityId,
    pub(crate) index: usize,
}

/// A row: one cell a field, in the design's order; what is not known is null.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Row {
    pub(crate) cells: Vec<Json>,
    pub(crate) alive: bool,
}

/// All rows that the verifier made.
#[derive(Clone, Debug)]
pub(crate) struct World<'m> {
    pub(crate) model: &'m Model,
    tables: Vec<Vec<Row>>,
    /// Whether the service knows the rows of the caller entity: then references to it are looked up.
    pub(crate) knows_callers: bool,
    /// Whether somebody tells what never leaves the service.
    pub(crate) knows_hidden: bool,
    /// Unique values that rows of others were seen to hold.
    pub(crate) taken: Vec<(EntityId, FieldId, Json)>,
}

impl Row {
    /// The value of a field.
    pub(crate) fn cell(&self, field: FieldId) -> &Json {
        self.cells.get(field.index()).unwrap_or(&Json::Null)
    }

    /// Sets the value of a field.
    pub(crate) fn set(&mut self, field: FieldId, value: Json) {
        if let Some(cell) = self.cells.get_mut(field.index()) {
            *cell = value;
        }
    }
}

impl<'m> World<'m> {
    /// A world without rows.
    pub(crate) fn new(model: &'m Model) -> Self {
        let tables = model.design.entities.iter().map(|_| Vec::new()).collect();
        Self {
            model,
            tables,
            knows_callers: false,
            knows_hidden: false,
            taken: Vec::new(),
        }
    }

    /// The design.
    pub(crate) fn design(&self) -> &'m Design {
        &self.model.design
    }

    /// A row.
    pub(crate) fn row(&self, id: RowId) -> &Row {
        match self
            .tables
            .get(id.entity.index())
            .and_then(|rows| rows.get(id.index))
        {
            Some(row) => row,
            None => unreachable!("a row's id is only made by the world that holds it"),
        }
    }

    /// A row, to change it.
    pub(crate) fn row_mut(&mut self, id: RowId) -> &mut Row {
        match self
            .tables
            .get_mut(id.entity.index())
            .and_then(|rows| rows.get_mut(id.index))
        {
            Some(row) => row,
            None => unreachable!("a row's id is only made by the world that holds it"),
        }
    }

    /// Takes in a row.
    pub(crate) fn insert(&mut self, entity: EntityId, cells: Vec<Json>) -> RowId {
        let Some(rows) = self.tables.get_mut(entity.index()) else {
            unreachable!("every entity has its table")
        };
        rows.push(Row { cells, alive: true });
        RowId {
            entity,
            index: rows.len() - 1,
        }
    }

    /// Takes in a row that is not made yet, to see what could be done with it. What the server makes and the run will
    /// know then, such as a token, stands in it as something that no row has.
    pub(crate) fn imagine(&mut self, entity: EntityId, slots: &[Slot]) -> RowId {
        let fields = self.design().entities[entity].fields.iter().zip(slots);
        let cells = fields.map(|(field, slot)| match slot {
            Slot::Secret(length) if field.leaves() || self.knows_hidden => {
                Json::from("~".repeat(*length as usize))
            }
            other => other.known(),
        });
        let cells = cells.collect();
        self.insert(entity, cells)
    }

    /// Takes back the row that was taken in last.
    pub(crate) fn forget(&mut self, row: RowId) {
        if let Some(rows) = self.tables.get_mut(row.entity.index()) {
            rows.truncate(row.index);
        }
    }

    /// Every row of an entity that was not deleted.
    pub(crate) fn alive(&self, entity: EntityId) -> impl Iterator<Item = (RowId, &Row)> {
        self.known(entity).filter(|(_, row)| row.alive)
    }

    /// Every row of an entity, deleted ones too.
    pub(crate) fn known(&self, entity: EntityId) -> impl Iterator<Item = (RowId, &Row)> {
        let rows = self
            .tables
            .get(entity.index())
            .map(Vec::as_slice)
            .unwrap_or_default();
        rows.iter()
            .enumerate()
            .map(move |(index, row)| (RowId { entity, index }, row))
    }

    /// The key of a row.
    pub(crate) fn key(&self, id: RowId) -> &Json {
        self.row(id).cell(self.design().entities[id.entity].key)
    }

    /// The row with this key, deleted or not; where a key was taken again, the one that holds it now.
    pub(crate) fn find(&self, entity: EntityId, key: &Json) -> Option<RowId> {
        self.named(entity, self.design().entities[entity].key, key)
    }

    /// The row with this value in a field that tells rows apart, as [`World::find`].
    pub(crate) fn named(&self, entity: EntityId, field: FieldId, value: &Json) -> Option<RowId> {
        let is_it = |(_, row): &(RowId, &Row)| row.cell(field) == value;
        let found = self
            .alive(entity)
            .find(is_it)
            .or_else(|| self.known(entity).find(is_it));
        found.map(|(id, _)| id)
    }

    /// Whether some request to a route could be carried out for a caller of this kind: a replace writes every field.
    pub(crate) fn may_succeed(&self, route: &Route, who: Option<&Identity>) -> bool {
        let update = &self.model.access.of(route.entity).update;
        let facts = facts(who);
        let is_barred = |pred: &&Pred| pred.for_caller(&facts).is_never();
        let is_whole = route.operation == Operation::Replace && route.made.is_none();
        self.is_possible(route, who) && !(is_whole && update.required(&route.writes).iter().any(is_barred))
    }

    /// Whether some request to a route could pass for a caller of this kind.
    pub(crate) fn is_possible(&self, route: &Route, who: Option<&Identity>) -> bool {
        let access = self.model.access.of(route.entity);
        let facts = facts(who);
        match route.operation {
            Operation::Create => access.create.is_possible(&facts),
            Operation::Replace if route.made.is_some() => {
                access.create.is_possible(&facts) || access.update.is_possible(&facts)
            }
            Operation::Update | Operation::Replace => access.update.is_possible(&facts),
            operation => !access.verb(verb_of(operation)).for_caller(&facts).is_never(),
        }
    }

    /// The row with this key, unless it was deleted.
    pub(crate) fn find_alive(&self, entity: EntityId, key: &Json) -> Option<RowId> {
        self.find(entity, key).filter(|id| self.row(*id).alive)
    }

    /// The type of a field.
    pub(crate) fn ty(&self, entity: EntityId, field: FieldId) -> &'m Type {
        &self.design().entities[entity].fields[field].ty
    }
}

/// What is known of a caller before a row is looked at.
fn facts(who: Option<&Identity>) -> CallerFacts {
    CallerFacts {
        authenticated: who.is_some(),
        roles: who.map(|who| who.roles).unwrap_or_default(),
    }
}
