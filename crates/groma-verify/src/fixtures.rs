//! Rows to verify with, made through the service's own create routes.
//!
//! Every user makes rows at the edges of what fits; alice's are driven into every state that they can reach.

mod callers;
mod cast;
mod drive;
mod fill;
mod prepare;
mod ties;

use serde_json::Value as Json;

use groma_ir::design::{EntityId, FieldId, Storage};
use groma_ir::http::{Operation, RouteId};

use crate::call::{ActorId, Call, Sample};
use crate::catalogue;
use crate::ground::is_caller_reference;
use crate::net::NetError;
use crate::oracle::{Ground, RowId};
use crate::session::Session;

pub(crate) use callers::is_user;
pub(crate) use cast::{Cast, cast, cast_for, creator, lacking, make_up, may_write, onlooker, supply, viewer};
pub(crate) use drive::{action_call, bring_to};
pub(crate) use fill::{
    edge_values, filled, fresh_value, has_spare, must_be_fresh, scattered, telling, value,
};
pub(crate) use ties::tie_by_actions;

/// How many rows of an entity the first user makes; the others make fewer.
const ROWS_OF_FIRST: usize = 8;
const ROWS_OF_OTHERS: usize = 3;

/// How many turns of values are tried for a body, and how many bodies at random after them.
const TURNS: usize = 12;
const SCATTERED: usize = 150;

/// How often it is tried to tie somebody to a row by an action.
const TIES: usize = 24;

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
    callers::introduce(cx)?;
    find_out_callers(cx)?;
    for entity in in_order(cx) {
        let Some(route) = cx.route_of(entity, Operation::Create) else {
            let design = &cx.model.design;
            let is_served = cx.model.http.routes.iter().any(|route| route.entity == entity);
            let is_beside = cx.model.http.routes.iter().any(|route| {
                let mut makes = route.makes.iter();
                makes.any(|made| made.entity == entity)
            });
            if !is_beside && (is_served || design.entities[entity].storage == Storage::Managed) {
                let name = &design.entities[entity].name;
                cx.ledger
                    .note(format!("no route makes rows of `{name}`: this run has none"));
            }
            continue;
        };
        let mut made = 0;
        for actor in cx.callers_of(route) {
            if cx.actor(actor).name != "carol" {
                made += lay_rows(cx, route, actor)?;
            }
        }
        if made == 0 {
            lacking(cx, &[&catalogue::F01], route);
        }
        drive::drive(cx, entity)?;
    }
    let ties = cx.model.design.entities.entries();
    let ties: Vec<EntityId> = ties
        .filter(|(_, entity)| entity.link.is_some())
        .map(|(id, _)| id)
        .collect();
    for entity in ties {
        tie_by_actions(cx, entity, TIES)?;
    }
    Ok(())
}

/// Finds out whether the service has a table of its callers, in which this run's users are not: then a body cannot
/// refer to them.
fn find_out_callers(cx: &mut Session<'_>) -> Result<(), NetError> {
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
        let Some(author) = creator(cx, id)? else {
            continue;
        };
        let Some(subject) = cx.who(author).map(|who| who.subject.clone()) else {
            continue;
        };
        let Some(mut fields) = filled(cx, id, author, Fill::Least) else {
            continue;
        };
        fields.retain(|(known, _)| known != field);
        fields.push((*field, Sample::plain(cx.world.caller_key(&subject))));
        let call = Call::new(id, author).with(fields);
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
        if let Some(Json::Object(item)) = item
            && let Some(row) = cx.world.apply(&outcome.effect, Some(&item))
        {
            cx.learn_hidden(row);
            cx.learn_beside(&call, row)?;
        }
    }
    Ok(())
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

/// How many rows were made.
fn lay_rows(cx: &mut Session<'_>, route: RouteId, actor: ActorId) -> Result<usize, NetError> {
    let wanted = if actor.0 == 1 {
        ROWS_OF_FIRST
    } else {
        ROWS_OF_OTHERS
    };
    let entity = cx.model.http.routes[route].entity;
    let mut made = 0;
    for turn in 0..wanted {
        if !fill::has_room(cx, entity, actor) {
            break;
        }
        let fill = if turn == 1 { Fill::Least } else { Fill::Turn(turn) };
        supply(cx, route, actor, 0)?;
        let Some(call) = compose(cx, route, actor, fill) else {
            return Ok(made);
        };
        let name = cx.actor(actor).name.clone();
        if cx.decide(&call).is_success() {
            cx.try_call(&catalogue::F01, &format!("create-{name}"), &call)?;
            made += 1;
        }
    }
    Ok(made)
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
    supply(cx, route, actor, 0)?;
    let Some(call) = compose(cx, route, actor, fill) else {
        return Ok(None);
    };
    if !cx.decide(&call).is_success() {
        return Ok(None);
    }
    Ok(cx.try_call(&catalogue::F01, "create", &call)?.row)
}

/// The same call below one of the rows that it could lie below, in turn.
pub(crate) fn below(cx: &Session<'_>, call: Call, turn: usize) -> Call {
    let parents = cx
        .world
        .readable_parents(&call, cx.who(call.actor), jiff::Timestamp::now());
    match parents.get(turn % parents.len().max(1)) {
        Some(parent) if turn > 0 => call.below(parent.clone()),
        Some(_) | None => call,
    }
}

/// A body that should be accepted: values in turn, then at random where checks and rules are hard to meet. One that
/// a rule refuses, if there is no other.
pub(crate) fn compose(cx: &mut Session<'_>, route: RouteId, actor: ActorId, fill: Fill) -> Option<Call> {
    let first = match fill {
        Fill::Least => 0,
        Fill::Turn(turn) => turn,
    };
    let turns = (0..TURNS).map(|more| Fill::Turn(first + more));
    let mut last = None;
    // A value that cannot be made is missing in nearly every turn.
    let mut misses = 0;
    for fill in std::iter::once(fill)
        .chain(turns)
        .map(Some)
        .chain(std::iter::repeat_n(None, SCATTERED))
    {
        let fields = match fill {
            Some(fill) => filled(cx, route, actor, fill),
            None => fill::scattered(cx, route, actor),
        };
        let turn = match fill {
            Some(Fill::Turn(turn)) => turn,
            Some(Fill::Least) | None => 0,
        };
        let call = fields.map(|fields| below(cx, Call::new(route, actor).with(fields), turn));
        let Some(call) = call else {
            misses += 1;
            if misses > TURNS {
                break;
            }
            continue;
        };
        let outcome = cx.decide(&call);
        if outcome.is_success() {
            return Some(call);
        }
        // Other values may take less room.
        if outcome.is_too_large() {
            continue;
        }
        // Nothing in the body makes up for who sends it.
        if outcome.is_of_unknown_caller()
            || outcome.ground == Ground::Route
            || !cx.world.is_possible(&cx.model.http.routes[route], cx.who(actor))
        {
            return Some(call);
        }
        if !matches!(outcome.ground, Ground::Check(..)) {
            last.get_or_insert(call);
        }
    }
    last
}
