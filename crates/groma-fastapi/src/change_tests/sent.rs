//! What a request sends so that each of its members tells, and what a row holds after it.

use std::collections::{BTreeMap, BTreeSet};

use groma_ir::access::Pred;
use groma_ir::design::{Cond, EntityId, FieldId};
use groma_ir::http::{Operation, Route};

use super::values::{self, Written, other, parts, possible, shown};
use crate::access_tests::scene::Scene;
use crate::access_tests::values::Value;
use crate::cx::Cx;
use crate::python::{Doc, Imports};

/// What a body has, and what its fields hold then.
#[derive(Default)]
pub(super) struct Sent {
    /// The members of the body.
    body: Vec<(String, Value)>,
    /// What answers show of the fields that it writes.
    pub(super) wrote: BTreeMap<FieldId, Value>,
    /// The fields of which no situation says what they are to hold.
    pub(super) chosen: BTreeSet<FieldId>,
}

impl Sent {
    /// The body, in Python.
    pub(super) fn body(&self, imports: &mut Imports) -> Doc {
        values::dict(imports, &self.body)
    }

    /// One more member.
    pub(super) fn push(&mut self, name: &str, value: Value) {
        self.body.push((name.to_owned(), value));
    }

    /// A member for a field.
    pub(super) fn add(&mut self, cx: &Cx<'_>, (entity, field): (EntityId, FieldId), written: Written) {
        let declared = &cx.model.design.entities[entity].fields[field];
        self.push(&declared.wire, written.sent);
        self.wrote.insert(field, written.shown);
    }
}

/// What a situation itself has in a body.
pub(super) fn least(cx: &Cx<'_>, scene: &Scene<'_, '_>, route: &Route) -> Sent {
    let mut sent = Sent::default();
    for field in &route.writes {
        if let Some(written) = said(cx, scene, (route.entity, *field)) {
            sent.add(cx, (route.entity, *field), written);
        }
    }
    sent
}

/// All of these fields that a body can have: what rules and checks look at as the situation says, the others with what
/// they do not hold before.
pub(super) fn whole(
    cx: &Cx<'_>,
    scene: &Scene<'_, '_>,
    (route, fields): (&Route, &[FieldId]),
    bound: &BTreeSet<FieldId>,
) -> Sent {
    let entity = &cx.model.design.entities[route.entity];
    let mut sent = Sent::default();
    for field in fields {
        let declared = &entity.fields[*field];
        let is_bound = bound.contains(field) || entity.states_of(*field).is_some();
        let mut held = vec![if route.operation == Operation::Create {
            values::given(cx, declared, scene.has_token())
        } else {
            held(cx, scene, (route.entity, *field))
        }];
        // A replace puts the default into what is not sent.
        if route.operation == Operation::Replace {
            held.push(values::given(cx, declared, scene.has_token()));
        }
        let held: Vec<&Value> = held.iter().flatten().collect();
        let chosen = match declared.ty.target() {
            _ if is_bound => None,
            Some(target) => {
                outside(cx, (route.entity, *field), target).filter(|_| !cx.is_there_in_tests(target))
            }
            None => other(cx, &declared.ty, possible(cx, (route.entity, *field)), &held),
        };
        if chosen.is_some() {
            sent.chosen.insert(*field);
        }
        if let Some(written) = chosen.or_else(|| said(cx, scene, (route.entity, *field))) {
            sent.add(cx, (route.entity, *field), written);
        }
    }
    sent
}

/// The key of somebody else, where their rows are kept elsewhere.
fn outside(cx: &Cx<'_>, (entity, field): (EntityId, FieldId), target: EntityId) -> Option<Written> {
    let is_person = Some(target) == cx.model.design.caller_entity();
    let ty =
        crate::resource_tests::samples::plain(cx.model, &cx.model.design.entities[entity].fields[field].ty);
    let carol = is_person.then(|| Value::constant("CAROL", ty))?;
    Some(Written {
        sent: carol.clone(),
        shown: carol,
    })
}

/// What a situation has in a body for a field.
fn said(cx: &Cx<'_>, scene: &Scene<'_, '_>, (entity, field): (EntityId, FieldId)) -> Option<Written> {
    let sent = scene.said(field)?.clone();
    let shown = shown(cx, &cx.model.design.entities[entity].fields[field].ty, &sent);
    Some(Written { sent, shown })
}

/// What an answer shows of a field of the row that a change is about.
pub(super) fn held(
    cx: &Cx<'_>,
    scene: &Scene<'_, '_>,
    (entity, field): (EntityId, FieldId),
) -> Option<Value> {
    match scene.holds(field) {
        Some(value) => Some(shown(
            cx,
            &cx.model.design.entities[entity].fields[field].ty,
            value,
        )),
        None => values::usual(cx, entity, field),
    }
}

/// The fields that one of these rules looks at, or a check beside others.
pub(super) fn bound<'p>(
    cx: &Cx<'_>,
    entity: EntityId,
    rules: impl IntoIterator<Item = &'p Pred>,
) -> BTreeSet<FieldId> {
    let checks = &cx.model.design.entities[entity].checks;
    let checked = checks.iter().flat_map(|check| parts(&check.cond));
    let checked = checked
        .map(Cond::fields)
        .filter(|fields| fields.len() > 1)
        .flatten();
    let ruled = rules.into_iter().flat_map(Pred::fields);
    checked.chain(ruled).collect()
}
