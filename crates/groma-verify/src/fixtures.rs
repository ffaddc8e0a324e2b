//! Rows to verify with, made through the service's own create routes.
//!
//! Every user makes rows at the edges of what fits; alice's are driven into every state that they can reach.

mod callers;
mod drive;
mod fill;

use serde_json::Value as Json;

use groma_ir::design::{EntityId, FieldId, Storage};
use groma_ir::http::{Operation, RouteId};

use crate::call::{ActorId, Call, Sample};
use crate::catalogue;
use crate::ground::is_caller_reference;
use crate::net::NetError;
use crate::oracle::RowId;
use crate::report::Status;
use crate::session::Session;

pub(crate) use callers::is_user;
pub(crate) use drive::{action_call, bring_to};
pub(crate) use fill::{filled, must_be_fresh, passes_checks, telling, value};

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
    callers::introduce(cx)?;
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
        drive::drive(cx, entity)?;
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
