//! Rows to verify with, made through the service's own create routes.
//!
//! Every user makes rows at the edges of what fits; alice's are driven into every state that they can reach.

use serde_json::Value as Json;

use groma_ir::design::{ActionId, EntityId, Field, FieldId, Storage, Type};
use groma_ir::http::{Operation, RouteId};

use crate::call::{ActorId, Body, Call, Key, Member, Sample};
use crate::catalogue;
use crate::ground::is_caller_reference;
use crate::literals;
use crate::net::NetError;
use crate::oracle::{RowId, Scene, holds_cond};
use crate::report::Status;
use crate::session::Session;
use crate::values;

/// How many rows of an entity the first user makes; the others make fewer.
const ROWS_OF_FIRST: usize = 8;
const ROWS_OF_OTHERS: usize = 3;

/// How a row is filled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fill {
    /// Only what must be given.
    Least,
    /// Every field that may be given, with the values of this turn.
    Turn(usize),
}

/// Makes the rows of every entity, those that others need first.
pub(crate) fn lay(cx: &mut Session<'_>) -> Result<(), NetError> {
    find_out_callers(cx)?;
    for entity in in_order(cx) {
        let Some(route) = cx.route_of(entity, Operation::Create) else {
            let name = &cx.model.design.entities[entity].name;
            if cx.model.design.entities[entity].storage == Storage::Managed {
                cx.ledger.note(format!(
                    "`{name}` has no create route: what needs a row of it was not tried"
                ));
            }
            continue;
        };
        for actor in cx.users() {
            if cx.actor(actor).name != "carol" {
                lay_rows(cx, route, actor)?;
            }
        }
        drive(cx, entity)?;
    }
    say_if_empty(cx);
    Ok(())
}

/// Finds out whether the service has a table of its callers, in which this run's users are not: then a body cannot
/// refer to them.
fn find_out_callers(cx: &mut Session<'_>) -> Result<(), NetError> {
    let Some(alice) = cx.users().first().copied() else {
        return Ok(());
    };
    for (id, route) in cx.routes() {
        let entity = &cx.model.design.entities[route.entity];
        let is_caller = |field: &&FieldId| is_caller_reference(&cx.model.design, &entity.fields[**field].ty);
        let Some(field) = route
            .writes
            .iter()
            .find(is_caller)
            .filter(|_| route.operation == Operation::Create)
        else {
            continue;
        };
        let Some(subject) = cx.who(alice).map(|who| who.subject.clone()) else {
            continue;
        };
        let Some(mut fields) = filled(cx, id, alice, Fill::Least) else {
            continue;
        };
        fields.retain(|(known, _)| known != field);
        fields.push((*field, Sample::plain(cx.world.caller_key(&subject))));
        let call = Call::new(id, alice).with(fields);
        let (outcome, request) = (cx.decide(&call), cx.spell(&call)?);
        let answer = cx.client.send(&request)?;
        if answer.text().contains("reference_not_found") {
            cx.world.knows_callers = true;
            cx.ledger.note(
                "the service knows its users, and this run's are not among them: no body refers to one"
                    .into(),
            );
            return Ok(());
        }
        let item = answer.json().filter(|_| answer.status < 300);
        if let Some(Json::Object(item)) = item {
            cx.world.apply(&outcome.effect, Some(&item));
        }
    }
    Ok(())
}

/// Without a row most checks have nothing to try; that is no proof of anything.
fn say_if_empty(cx: &mut Session<'_>) {
    let entities: Vec<EntityId> = cx.model.design.entities.ids().collect();
    if entities
        .into_iter()
        .all(|entity| cx.world.alive(entity).next().is_none())
    {
        for check in catalogue::ALL {
            cx.skip(check, Status::NotRun, "no row could be made to try it on");
        }
    }
}

/// Entities, each after those that it must refer to.
fn in_order(cx: &Session<'_>) -> Vec<EntityId> {
    cx.model
        .tables
        .in_order_of_creation()
        .iter()
        .map(|table| table.entity)
        .collect()
}

fn lay_rows(cx: &mut Session<'_>, route: RouteId, actor: ActorId) -> Result<(), NetError> {
    let count = if actor.0 == 1 {
        ROWS_OF_FIRST
    } else {
        ROWS_OF_OTHERS
    };
    for turn in 0..count {
        let fill = if turn == 1 { Fill::Least } else { Fill::Turn(turn) };
        let Some(call) = compose(cx, route, actor, fill) else {
            let route = &cx.model.http.routes[route];
            let name = &cx.model.design.entities[route.entity].name;
            cx.ledger.note(format!(
                "no body could be made up for `{}` of `{name}`",
                route.operation_id
            ));
            return Ok(());
        };
        let name = cx.actor(actor).name.clone();
        if cx.decide(&call).is_success() {
            cx.try_call(&catalogue::F01, &format!("create-{name}"), &call)?;
        }
    }
    Ok(())
}

/// A row of an actor's own, made now.
pub(crate) fn fresh_row(
    cx: &mut Session<'_>,
    entity: EntityId,
    actor: ActorId,
    fill: Fill,
) -> Result<Option<RowId>, NetError> {
    let Some(route) = cx.route_of(entity, Operation::Create) else {
        return Ok(None);
    };
    let Some(call) = compose(cx, route, actor, fill) else {
        return Ok(None);
    };
    if !cx.decide(&call).is_success() {
        return Ok(None);
    }
    Ok(cx.try_call(&catalogue::F01, "create", &call)?.row)
}

/// A body that should be accepted; several are tried where the design has checks.
pub(crate) fn compose(cx: &mut Session<'_>, route: RouteId, actor: ActorId, fill: Fill) -> Option<Call> {
    let tries: Vec<Fill> = match fill {
        Fill::Least => vec![Fill::Least, Fill::Turn(0), Fill::Turn(1)],
        Fill::Turn(turn) => (0..12).map(|more| Fill::Turn(turn + more)).collect(),
    };
    let mut last = None;
    for fill in tries {
        let call = Call::new(route, actor).with(filled(cx, route, actor, fill)?);
        if passes_checks(cx, &call) {
            if cx.decide(&call).is_success() {
                return Some(call);
            }
            last.get_or_insert(call);
        }
    }
    last
}

/// Values for the fields that a route accepts.
pub(crate) fn filled(
    cx: &mut Session<'_>,
    route: RouteId,
    actor: ActorId,
    fill: Fill,
) -> Option<Vec<(FieldId, Sample)>> {
    let route = &cx.model.http.routes[route];
    let entity = &cx.model.design.entities[route.entity];
    let mut fields = Vec::new();
    for id in &route.writes {
        let field = &entity.fields[*id];
        let is_needed = !field.optional && field.default.is_none();
        let turn = match fill {
            Fill::Least if !is_needed => continue,
            Fill::Least => 0,
            Fill::Turn(turn) => turn,
        };
        match value(cx, route.entity, *id, actor, turn) {
            Some(sample) => fields.push((*id, sample)),
            None if is_needed => return None,
            None => {}
        }
    }
    Some(fields)
}

/// A value for one field.
pub(crate) fn value(
    cx: &mut Session<'_>,
    entity: EntityId,
    id: FieldId,
    actor: ActorId,
    turn: usize,
) -> Option<Sample> {
    let field = &cx.model.design.entities[entity].fields[id];
    // Fields turn out of step, so that rows hold many combinations of values.
    let step = turn + groma_ir::Id::index(id);
    if field.optional && step % 4 == 3 {
        return Some(Sample::plain(Json::Null));
    }
    if let Type::Reference(target) = field.ty {
        return reference(cx, field, target, actor, turn);
    }
    if must_be_fresh(cx, entity, id) || is_marked(cx, entity, id, turn) {
        cx.serial += 1;
        let made = values::fresh(&field.ty, &cx.marker, cx.serial, &mut cx.rng);
        if made.is_some() {
            return made;
        }
    }
    let samples = telling(cx, entity, id);
    samples.get(step % samples.len().max(1)).cloned()
}

/// A row that the actor may refer to, or nothing where that is fine.
fn reference(
    cx: &Session<'_>,
    field: &Field,
    target: EntityId,
    actor: ActorId,
    turn: usize,
) -> Option<Sample> {
    let elsewhere = cx.model.design.entities[target].storage != Storage::Managed;
    if elsewhere {
        let is_caller = cx.model.design.caller_entity() == Some(target);
        if !is_caller || cx.world.knows_callers {
            return field.optional.then(|| Sample::plain(Json::Null));
        }
        let users = cx.users();
        let user = users.get(turn % users.len().max(1))?;
        return Some(Sample::plain(cx.world.caller_key(&cx.who(*user)?.subject)));
    }
    let now = jiff::Timestamp::now();
    let rows: Vec<RowId> = cx
        .world
        .alive(target)
        .map(|(id, _)| id)
        .filter(|row| cx.world.may_read(*row, cx.who(actor), now))
        .collect();
    match rows.get(turn % rows.len().max(1)) {
        Some(row) => Some(Sample::plain(cx.world.key(*row).clone())),
        None => field.optional.then(|| Sample::plain(Json::Null)),
    }
}

/// Whether rows of others could hold the same value: it is unique, and not within one owner's rows.
pub(crate) fn must_be_fresh(cx: &Session<'_>, entity: EntityId, field: FieldId) -> bool {
    let entity = &cx.model.design.entities[entity];
    field == entity.key || entity.uniques.iter().any(|unique| unique.fields.contains(&field))
}

/// Values at which conditions turn, then those at the edges of the type.
pub(crate) fn telling(cx: &Session<'_>, entity: EntityId, field: FieldId) -> Vec<Sample> {
    let design = &cx.model.design;
    let mut samples: Vec<Sample> = literals::of(design, entity, field)
        .into_iter()
        .map(Sample::plain)
        .collect();
    samples.extend(values::fitting(design, &design.entities[entity].fields[field].ty));
    samples
}

/// Whether the field carries the run's marker in this turn: the first text that lists search nearly always, other
/// searched texts every second time, without searches the first text there is.
fn is_marked(cx: &Session<'_>, entity: EntityId, field: FieldId, turn: usize) -> bool {
    let design = &cx.model.design;
    let lists = design
        .resources
        .iter()
        .filter(|resource| resource.entity == entity)
        .filter_map(|resource| resource.list.as_ref());
    let searched: Vec<FieldId> = lists.flat_map(|list| list.search.iter().copied()).collect();
    let is_text = |field: &Field| matches!(&field.ty, Type::Scalar(scalar) if scalar.is_textual());
    let fields = design.entities[entity].fields.entries();
    let first = searched.first().copied().or_else(|| {
        fields
            .filter(|(_, field)| is_text(field))
            .map(|(id, _)| id)
            .next()
    });
    first == Some(field) && turn < 6
        || searched.contains(&field) && first != Some(field) && turn.is_multiple_of(2)
}

/// Whether the row that a call would make meets the entity's checks.
pub(crate) fn passes_checks(cx: &Session<'_>, call: &Call) -> bool {
    let entity_id = cx.model.http.routes[call.route].entity;
    let entity = &cx.model.design.entities[entity_id];
    if entity.checks.is_empty() {
        return true;
    }
    let mut cells: Vec<Json> = match &call.key {
        Key::Row(row) => cx.world.row(*row).cells.clone(),
        Key::None | Key::Missing(_) => entity
            .fields
            .iter()
            .map(|field| default_cell(cx, field))
            .collect(),
    };
    for (field, value) in call.body.fields() {
        if let Some(cell) = cells.get_mut(groma_ir::Id::index(field)) {
            *cell = value.clone();
        }
    }
    let scene = Scene {
        world: &cx.world,
        who: cx.who(call.actor),
        now: jiff::Timestamp::now(),
        entity: entity_id,
        this: &cells,
        new: &cells,
        inputs: &[],
    };
    entity.checks.iter().all(|check| holds_cond(scene, &check.cond))
}

fn default_cell(cx: &Session<'_>, field: &Field) -> Json {
    match &field.default {
        Some(groma_ir::design::Default::Value(value)) => crate::oracle::from_value(&cx.model.design, value),
        _ => Json::Null,
    }
}

/// Moves rows of alice's so that every state that can be reached is held by one.
fn drive(cx: &mut Session<'_>, entity: EntityId) -> Result<(), NetError> {
    let design = &cx.model.design;
    let Some(states) = design.entities[entity].states.first() else {
        return Ok(());
    };
    let field = states.field;
    let variants: Vec<String> = design.enums[states.of]
        .variants
        .iter()
        .map(|variant| variant.name.clone())
        .collect();
    let Some(alice) = cx.users().first().copied() else {
        return Ok(());
    };
    for wanted in variants {
        if cx.world.alive(entity).any(|(_, row)| *row.cell(field) == wanted) {
            continue;
        }
        if let Some(row) = fresh_row(cx, entity, alice, Fill::Turn(0))? {
            bring_to(cx, row, field, &wanted, alice)?;
        }
    }
    Ok(())
}

/// Brings a row into a state by the shortest way that the actor may go; whether it got there.
pub(crate) fn bring_to(
    cx: &mut Session<'_>,
    row: RowId,
    field: FieldId,
    wanted: &str,
    actor: ActorId,
) -> Result<bool, NetError> {
    for _ in 0..8 {
        if *cx.world.row(row).cell(field) == wanted {
            return Ok(true);
        }
        let Some(call) = next_step(cx, row, field, wanted, actor) else {
            return Ok(false);
        };
        let reply = cx.try_call(&catalogue::F09, "drive", &call)?;
        if !reply.succeeded() {
            return Ok(false);
        }
    }
    Ok(false)
}

/// The first step of the shortest way from where a row is to a state.
fn next_step(cx: &Session<'_>, row: RowId, field: FieldId, wanted: &str, actor: ActorId) -> Option<Call> {
    let design = &cx.model.design;
    let states = design.entities[row.entity].states_of(field)?;
    let name = |variant| design.variant_name(states.of, variant).to_owned();
    let from = cx.world.row(row).cell(field).as_str()?.to_owned();
    // Breadth first, backwards from the goal; a design has a handful of states.
    let mut reached = vec![wanted.to_owned()];
    let mut at = 0;
    while let Some(state) = reached.get(at).cloned() {
        for step in states.transitions.iter().filter(|step| name(step.to) == state) {
            if name(step.from) == from {
                return step_call(cx, row, field, &state, step.claimed_by, actor);
            }
            if !reached.contains(&name(step.from)) {
                reached.push(name(step.from));
            }
        }
        at += 1;
    }
    None
}

fn step_call(
    cx: &Session<'_>,
    row: RowId,
    field: FieldId,
    to: &str,
    by: Option<ActionId>,
    actor: ActorId,
) -> Option<Call> {
    let call = if let Some(action) = by {
        action_call(cx, row, (action, 0), actor)?
    } else {
        let route = cx.route_of(row.entity, Operation::Update)?;
        if !cx.model.http.routes[route].writes.contains(&field) {
            return None;
        }
        Call::new(route, actor)
            .on(row)
            .with(vec![(field, Sample::plain(Json::from(to)))])
    };
    cx.decide(&call).is_success().then_some(call)
}

/// A call of an action with every input that it needs, with the values of a turn.
pub(crate) fn action_call(
    cx: &Session<'_>,
    row: RowId,
    (action, turn): (ActionId, usize),
    actor: ActorId,
) -> Option<Call> {
    let route = cx.route_of(row.entity, Operation::Action(action))?;
    let declared = &cx.model.design.entities[row.entity].actions[action];
    if declared.inputs.is_empty() {
        return Some(Call::new(route, actor).on(row));
    }
    let mut members = Vec::new();
    for (id, input) in declared.inputs.entries() {
        let samples = values::fitting(&cx.model.design, &input.ty);
        match samples.get(turn % samples.len().max(1)) {
            Some(_) if input.optional && turn % 3 == 2 => {}
            Some(sample) => members.push(Member::Input(id, sample.clone())),
            None if input.optional || input.default.is_some() => {}
            None => return None,
        }
    }
    Some(Call::new(route, actor).on(row).body(Body::Members(members)))
}
