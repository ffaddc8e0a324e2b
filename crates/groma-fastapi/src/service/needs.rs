//! What services need of each other: rows that bodies refer to, and rows that answers embed.

use std::collections::BTreeSet;

use groma_ir::design::EntityId;
use groma_ir::http::{Operation, ParamKind, Route};

use crate::access::is_ruled;
use crate::cx::Cx;

/// The entities whose rows others ask for by their keys.
#[derive(Clone, Default, Debug)]
pub(crate) struct Needs {
    /// Those that the caller may read.
    pub(crate) readable: BTreeSet<EntityId>,
    /// Those that the caller may read in a tenant.
    pub(crate) fenced: BTreeSet<EntityId>,
    /// Whether they are there at all: somebody else's, without rules.
    pub(crate) there: BTreeSet<EntityId>,
}

impl Needs {
    pub(crate) fn of(cx: &Cx<'_>) -> Self {
        let mut needs = Self::default();
        for route in &cx.model.http.routes {
            needs.readable.extend(embedded(cx, route));
            for target in referred(cx, route) {
                if is_fenced(cx, route.entity, target) {
                    needs.fenced.insert(target);
                } else if is_ruled(cx, target) {
                    needs.readable.insert(target);
                } else {
                    needs.there.insert(target);
                }
            }
        }
        needs
    }
}

/// Whether rows of both entities stand in tenants of a kind: then one refers to those in its own alone.
pub(super) fn is_fenced(cx: &Cx<'_>, from: EntityId, to: EntityId) -> bool {
    let tenant = |entity| cx.model.design.fence(entity).map(|fence| fence.tenant);
    tenant(from).is_some() && tenant(from) == tenant(to)
}

/// The entities that a route embeds rows of.
fn embedded(cx: &Cx<'_>, route: &Route) -> Vec<EntityId> {
    let entity = &cx.model.design.entities[route.entity];
    let includes = route.query.iter().filter_map(|param| match &param.kind {
        ParamKind::Include { references } => Some(references),
        _ => None,
    });
    let fields = includes.flatten().map(|(_, field)| *field);
    let targets = fields.filter_map(|field| entity.fields[field].ty.target());
    // Without rules nobody may read what is somebody else's: nothing is looked up.
    targets.filter(|target| is_ruled(cx, *target)).collect()
}

/// The entities that the body of a route refers to, and the path of one that makes the row.
fn referred(cx: &Cx<'_>, route: &Route) -> Vec<EntityId> {
    let entity = &cx.model.design.entities[route.entity];
    let mut all: Vec<EntityId> = route
        .writes
        .iter()
        .filter_map(|field| cx.asked(&entity.fields[*field].ty))
        .collect();
    if let Operation::Action(action) = route.operation {
        let inputs = entity.actions[action].inputs.iter();
        all.extend(inputs.filter_map(|input| cx.asked(&input.ty)));
    }
    if route.made.is_some() {
        let by = cx.model.design.resources[route.resource].by;
        all.extend(cx.asked(&entity.fields[by].ty));
    }
    all
}
