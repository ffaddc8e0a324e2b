//! What is known of a route before any request: made once, at start.

use std::collections::HashMap;

use groma_ir::Model;
use groma_ir::design::{EntityId, FieldId};
use groma_ir::http::{Operation, RouteId, SchemaId, SchemaKind};
use groma_plan::{Plans, RoutePlan, Target};

use crate::Presence;
use crate::columns::Columns;

/// What is known of every route and of every item that can be embedded.
#[derive(Debug)]
pub(crate) struct Prepared {
    routes: groma_ir::Arena<RouteId, PreparedRoute>,
    items: HashMap<SchemaId, PreparedItem>,
}

/// A route.
#[derive(Default, Debug)]
pub(crate) struct PreparedRoute {
    /// The columns of its item, then those that other parts of the answer need.
    pub(crate) columns: Columns,
    /// The members of its body that refer to rows, and where.
    pub(crate) references: Vec<(usize, EntityId)>,
    /// What the path of a row that it may make refers to.
    pub(crate) named: Option<EntityId>,
    /// For a create: the field that stands in the path of the item.
    pub(crate) located_by: Option<FieldId>,
}

/// An item that can be embedded.
#[derive(Debug)]
pub(crate) struct PreparedItem {
    pub(crate) entity: EntityId,
    pub(crate) columns: Columns,
    /// Where the key stands.
    pub(crate) key: usize,
}

impl Prepared {
    pub(crate) fn new(model: &Model, plans: &Plans, presence: &Presence) -> Self {
        let is_item = |kind: &SchemaKind| matches!(kind, SchemaKind::Item(_));
        let items = model
            .http
            .schemas
            .entries()
            .filter(|(_, schema)| is_item(&schema.kind));
        Self {
            routes: plans
                .routes()
                .map(|plan| route(model, plans, presence, plan))
                .collect(),
            items: items
                .map(|(schema, _)| (schema, item(model, plans, schema)))
                .collect(),
        }
    }

    pub(crate) fn route(&self, id: RouteId) -> &PreparedRoute {
        &self.routes[id]
    }

    /// An item that can be embedded, where its table is there.
    pub(crate) fn item(&self, schema: SchemaId) -> Option<&PreparedItem> {
        self.items.get(&schema)
    }
}

fn item(model: &Model, plans: &Plans, schema: SchemaId) -> PreparedItem {
    let plan = plans.item(schema);
    let key = model.tables.of(plan.entity).key;
    let columns = Columns::of(plan).with(key);
    PreparedItem {
        entity: plan.entity,
        key: columns.position(key).unwrap_or(0),
        columns,
    }
}

fn route(model: &Model, plans: &Plans, presence: &Presence, plan: &RoutePlan) -> PreparedRoute {
    let mut columns = Columns::default();
    if let Some(schema) = plan.item {
        let item = plans.item(schema);
        columns = item.embeddable().fold(Columns::of(item), Columns::with);
    }
    if !model.http.routes[plan.id].makes.is_empty() {
        columns = columns.with(model.tables.of(plan.entity).key);
    }
    let located_by = located_by(model, plan);
    if let Some(field) = located_by {
        columns = columns.with(field);
    }
    PreparedRoute {
        columns,
        references: references(model, presence, plan),
        named: named(model, presence, plan),
        located_by,
    }
}

fn located_by(model: &Model, plan: &RoutePlan) -> Option<FieldId> {
    let is_create = plan.operation == Operation::Create && plan.success.location;
    is_create.then(|| model.design.resources[model.http.routes[plan.id].resource].by)
}

fn named(model: &Model, presence: &Presence, plan: &RoutePlan) -> Option<EntityId> {
    plan.made?;
    let named = model.design.entities[plan.entity].fields[plan.key_field?]
        .ty
        .target()?;
    presence.knows_rows(model, named).then_some(named)
}

/// References whose rows can be looked up; what lives elsewhere is taken as it is.
fn references(model: &Model, presence: &Presence, plan: &RoutePlan) -> Vec<(usize, EntityId)> {
    let entity = &model.design.entities[plan.entity];
    let found = plan.targets().iter().enumerate().filter_map(|(member, target)| {
        let ty = match target {
            Target::Field(field) => &entity.fields[*field].ty,
            Target::Input(input) => match plan.operation {
                Operation::Action(action) => &entity.actions[action].inputs[*input].ty,
                _ => return None,
            },
        };
        let referred = ty.target()?;
        presence.knows_rows(model, referred).then_some((member, referred))
    });
    found.collect()
}
