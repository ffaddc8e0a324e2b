//! States: each declared move succeeds, every other is refused and changes nothing; actions from every state.

use serde_json::Value as Json;

use groma_ir::design::{ActionId, EntityId, FieldId};
use groma_ir::http::{Operation, RouteId};

use super::round_trip::remove;
use crate::call::{ActorId, Call, Sample};
use crate::catalogue;
use crate::fixtures::{Fill, action_call, bring_to, fresh_row};
use crate::net::NetError;
use crate::oracle::RowId;
use crate::session::Session;

/// How many rows an action with errors or inputs of its own is tried on.
const TURNS: usize = 8;

pub(super) fn run(cx: &mut Session<'_>) -> Result<(), NetError> {
    let Some(alice) = cx.users().first().copied() else {
        return Ok(());
    };
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
                moves(cx, entity, states.field, from, &names, alice)?;
                actions(cx, entity, Some((states.field, from)), alice)?;
            }
        }
        if declared.states.is_empty() {
            actions(cx, entity, None, alice)?;
        }
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
    actor: ActorId,
) -> Result<(), NetError> {
    let Some(update) = updating(cx, entity, field) else {
        return Ok(());
    };
    let mut row = None;
    for to in names {
        let Some(current) = in_state(cx, (entity, 0), field, from, actor, row)? else {
            return Ok(());
        };
        let call = Call::new(update, actor)
            .on(current)
            .with(vec![(field, Sample::plain(Json::from(to.as_str())))]);
        cx.try_refused(&catalogue::F09, &format!("{from}-to-{to}"), &call)?;
        row = Some(current);
    }
    match row {
        Some(row) => remove(cx, row, actor),
        None => Ok(()),
    }
}

fn updating(cx: &Session<'_>, entity: EntityId, field: FieldId) -> Option<RouteId> {
    cx.route_of(entity, Operation::Update)
        .filter(|id| cx.model.http.routes[*id].writes.contains(&field))
}

/// A row in a state: the one at hand if it is still there, otherwise a new one.
fn in_state(
    cx: &mut Session<'_>,
    (entity, turn): (EntityId, usize),
    field: FieldId,
    state: &str,
    actor: ActorId,
    at_hand: Option<RowId>,
) -> Result<Option<RowId>, NetError> {
    if let Some(row) = at_hand.filter(|row| *cx.world.row(*row).cell(field) == state) {
        return Ok(Some(row));
    }
    let Some(row) = fresh_row(cx, entity, actor, Fill::Turn(turn))? else {
        return Ok(None);
    };
    Ok(bring_to(cx, row, field, state, actor)?.then_some(row))
}

/// Every action, from one state or from wherever a new row is; on rows of many values where its errors look at them.
fn actions(
    cx: &mut Session<'_>,
    entity: EntityId,
    state: Option<(FieldId, &String)>,
    actor: ActorId,
) -> Result<(), NetError> {
    let all: Vec<ActionId> = cx.model.design.entities[entity].actions.ids().collect();
    for action in all {
        let declared = &cx.model.design.entities[entity].actions[action];
        let is_plain = declared.errors.is_empty() && declared.inputs.is_empty();
        for turn in 0..if is_plain { 1 } else { TURNS } {
            let row = match state {
                Some((field, state)) => in_state(cx, (entity, turn), field, state, actor, None)?,
                None => fresh_row(cx, entity, actor, Fill::Turn(turn))?,
            };
            if let Some(row) = row {
                act(
                    cx,
                    row,
                    action,
                    actor,
                    (state.map_or("new", |(_, state)| state.as_str()), turn),
                )?;
                remove(cx, row, actor)?;
            }
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
