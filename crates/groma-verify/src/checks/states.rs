//! States: each declared move succeeds, every other is refused and changes nothing; actions from every state.

use serde_json::Value as Json;

use groma_ir::design::{ActionId, EntityId, FieldId, States};
use groma_ir::http::{Operation, RouteId};

use super::round_trip::remove;
use crate::call::{ActorId, Call, Sample};
use crate::catalogue;
use crate::fixtures::{Cast, Fill, action_call, bring_to, cast, lacking};
use crate::net::NetError;
use crate::oracle::RowId;
use crate::session::Session;

/// How many rows an action with errors or inputs of its own is tried on.
const TURNS: usize = 8;

pub(super) fn run(cx: &mut Session<'_>) -> Result<(), NetError> {
    let entities: Vec<EntityId> = cx.model.design.entities.ids().collect();
    for entity in entities {
        let declared = &cx.model.design.entities[entity];
        for states in &declared.states {
            let names: Vec<String> = cx.model.design.enums[states.of]
                .variants
                .iter()
                .map(|variant| variant.name.clone())
                .collect();
            for from in &names {
                moves(cx, entity, states.field, from, &names)?;
            }
        }
        actions(cx, entity)?;
    }
    Ok(())
}

/// Every move from one state by PATCH.
fn moves(
    cx: &mut Session<'_>,
    entity: EntityId,
    field: FieldId,
    from: &str,
    names: &[String],
) -> Result<(), NetError> {
    let Some(update) = updating(cx, entity, field) else {
        return Ok(());
    };
    let mut at_hand: Option<Cast> = None;
    for to in names {
        let Some(part) = in_state(cx, (update, 0), field, from, at_hand)? else {
            return Ok(());
        };
        let call = Call::new(update, part.actor)
            .on(part.row)
            .with(vec![(field, Sample::plain(Json::from(to.as_str())))]);
        cx.try_refused(&catalogue::F09, &format!("{from}-to-{to}"), &call)?;
        at_hand = Some(part);
    }
    match at_hand {
        Some(Cast { actor, row }) => remove(cx, row, actor),
        None => Ok(()),
    }
}

fn updating(cx: &Session<'_>, entity: EntityId, field: FieldId) -> Option<RouteId> {
    cx.route_of(entity, Operation::Update)
        .filter(|id| cx.model.http.routes[*id].writes.contains(&field))
}

/// A row in a state, and who may use the route on it: the one at hand if it is still there, otherwise a new one.
fn in_state(
    cx: &mut Session<'_>,
    (route, turn): (RouteId, usize),
    field: FieldId,
    state: &str,
    at_hand: Option<Cast>,
) -> Result<Option<Cast>, NetError> {
    if let Some(part) = at_hand.filter(|part| *cx.world.row(part.row).cell(field) == state) {
        return Ok(Some(part));
    }
    let Some(part) = cast(cx, route, Fill::Turn(turn))? else {
        return Ok(None);
    };
    Ok(bring_to(cx, part.row, field, state, part.actor)?.then_some(part))
}

/// Every action, from every state or from wherever a new row is; on rows of many values where its errors look at
/// them.
fn actions(cx: &mut Session<'_>, entity: EntityId) -> Result<(), NetError> {
    let all: Vec<ActionId> = cx.model.design.entities[entity].actions.ids().collect();
    for action in all {
        let Some(route) = cx
            .route_of(entity, Operation::Action(action))
            .filter(|id| cx.routes().iter().any(|(known, _)| known == id))
        else {
            continue;
        };
        let before = cx.ledger.cases(&catalogue::F09);
        for state in places(cx, entity) {
            from_state(cx, (route, action), state.as_ref())?;
        }
        if cx.ledger.cases(&catalogue::F09) == before {
            lacking(cx, &[&catalogue::F09], route);
        }
    }
    Ok(())
}

/// Every state of an entity, or none where it has no states.
fn places(cx: &Session<'_>, entity: EntityId) -> Vec<Option<(FieldId, String)>> {
    let design = &cx.model.design;
    let declared = &design.entities[entity];
    if declared.states.is_empty() {
        return vec![None];
    }
    let of = |states: &States| {
        let variants = design.enums[states.of].variants.iter();
        let field = states.field;
        variants
            .map(|variant| Some((field, variant.name.clone())))
            .collect::<Vec<_>>()
    };
    declared.states.iter().flat_map(of).collect()
}

fn from_state(
    cx: &mut Session<'_>,
    (route, action): (RouteId, ActionId),
    state: Option<&(FieldId, String)>,
) -> Result<(), NetError> {
    let entity = cx.model.http.routes[route].entity;
    let declared = &cx.model.design.entities[entity].actions[action];
    let is_plain = declared.errors.is_empty() && declared.inputs.is_empty();
    for turn in 0..if is_plain { 1 } else { TURNS } {
        let part = match state {
            Some((field, state)) => in_state(cx, (route, turn), *field, state, None)?,
            None => cast(cx, route, Fill::Turn(turn))?,
        };
        if let Some(Cast { actor, row }) = part {
            let from = state.map_or("new", |(_, state)| state.as_str());
            act(cx, row, action, actor, (from, turn))?;
            remove(cx, row, actor)?;
        }
    }
    Ok(())
}

fn act(
    cx: &mut Session<'_>,
    row: RowId,
    action: ActionId,
    actor: ActorId,
    (from, turn): (&str, usize),
) -> Result<(), NetError> {
    let name = cx.model.design.entities[row.entity].actions[action].name.clone();
    let Some(call) = action_call(cx, row, (action, turn), actor) else {
        return Ok(());
    };
    cx.try_refused(&catalogue::F09, &format!("{name}-from-{from}"), &call)?;
    // Once more: what the first call left behind decides.
    cx.try_refused(&catalogue::F09, &format!("{name}-again"), &call)?;
    cx.check_row(&catalogue::F09, &format!("{name}-read-back"), row, actor)
}
