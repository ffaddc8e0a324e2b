//! Requests at the same moment: of changes that were made of one version one wins, and of rows that would share what is
//! unique one is made.

use groma_ir::http::{Operation, RouteId};

use super::round_trip::remove;
use crate::call::{ActorId, Call, Precondition};
use crate::catalogue::{self, Check};
use crate::fixtures::{Cast, Fill, cast, compose, creator, fresh_value, lacking};
use crate::judge::{Symptom, excerpt};
use crate::net::NetError;
use crate::oracle::{Effect, Ground, RowId};
use crate::session::{Exchange, Session};

/// How many requests are sent at the same moment.
const TOGETHER: usize = 6;

/// Changes of one version: one is carried out, and the row is as that one left it.
pub(super) fn run_changes(cx: &mut Session<'_>) -> Result<(), NetError> {
    for (id, _) in cx.routes() {
        if !super::is_about(cx.model, &catalogue::C03, id) {
            continue;
        }
        let Some(Cast { actor, row }) = cast(cx, id, Fill::Turn(0))? else {
            lacking(cx, &[&catalogue::C03], id);
            continue;
        };
        let calls = changes(cx, id, row, actor);
        if calls.len() > 1 {
            let winner = race(cx, (&catalogue::C03, "changes", 412), &calls)?;
            if let Some((call, exchange)) = winner {
                settle(cx, &call, &exchange)?;
                let reader = cx.reader(row).unwrap_or(actor);
                cx.check_row(&catalogue::C03, "after", row, reader)?;
            }
        }
        remove(cx, row, actor)?;
    }
    Ok(())
}

/// Changes of one field of a row to different values, each of which would be carried out alone.
fn changes(cx: &mut Session<'_>, id: RouteId, row: RowId, actor: ActorId) -> Vec<Call> {
    let route = &cx.model.http.routes[id];
    let name = cx.model.design.resources[route.resource].by;
    // A row with another name is elsewhere.
    for field in route.writes.iter().copied().filter(|field| *field != name) {
        let mut calls: Vec<Call> = Vec::new();
        for _ in 0..TOGETHER {
            let Some(sample) = fresh_value(cx, row.entity, field, actor) else {
                break;
            };
            let call = Call::new(id, actor).on(row).with(vec![(field, sample)]);
            let call = call.given(Precondition::Current);
            if !calls.contains(&call) && cx.decide(&call).is_success() {
                calls.push(call);
            }
        }
        if calls.len() == TOGETHER {
            return calls;
        }
    }
    Vec::new()
}

/// Rows that would share what is unique: one is made.
pub(super) fn run_creates(cx: &mut Session<'_>) -> Result<(), NetError> {
    for (id, route) in cx.routes() {
        if route.operation != Operation::Create {
            continue;
        }
        let Some(actor) = creator(cx, id)? else {
            continue;
        };
        let Some(call) = compose(cx, id, actor, Fill::Turn(0)).filter(|call| is_single(cx, call)) else {
            continue;
        };
        let calls = vec![call; TOGETHER];
        if let Some((call, exchange)) = race(cx, (&catalogue::C04, "creates", 409), &calls)? {
            settle(cx, &call, &exchange)?;
        }
    }
    Ok(())
}

/// Whether a create is carried out, and not a second time.
fn is_single(cx: &mut Session<'_>, call: &Call) -> bool {
    let outcome = cx.decide(call);
    let Effect::Insert(entity, slots) = &outcome.effect else {
        return false;
    };
    let row = cx.world.imagine(*entity, slots);
    let again = cx.decide(call).ground;
    cx.world.forget(row);
    outcome.is_success() && matches!(again, Ground::Unique(..))
}

/// Sends calls at the same moment; one must be carried out, and the others be refused with a status.
fn race(
    cx: &mut Session<'_>,
    (check, label, status): (&'static Check, &str, u16),
    calls: &[Call],
) -> Result<Option<(Call, Exchange)>, NetError> {
    let exchanges = cx.exchange_together(calls)?;
    cx.ledger.count(check);
    let mut won = None;
    for (call, exchange) in calls.iter().zip(exchanges) {
        let Some(exchange) = exchange else { continue };
        let got = exchange.answer.status;
        if got < 300 && won.is_none() {
            won = Some((call.clone(), exchange));
        } else if got != status {
            let wanted = format!("{status}: another request was carried out");
            let symptom = Symptom::new("second-winner", wanted, excerpt(&exchange.answer));
            cx.find(check, label, &exchange, Ground::Route, symptom);
        }
    }
    Ok(won)
}

/// Takes note of what the one that was carried out has changed.
fn settle(cx: &mut Session<'_>, call: &Call, exchange: &Exchange) -> Result<(), NetError> {
    let effect = cx.decide(call).effect;
    let item = exchange.answer.json();
    let item = item.as_ref().and_then(serde_json::Value::as_object);
    if let Some(row) = cx.world.apply(&effect, item) {
        cx.learn_hidden(row);
        cx.learn_beside(call, row)?;
    }
    Ok(())
}
