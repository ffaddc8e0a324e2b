//! Requests that are sent again with their `Idempotency-Key`: done once, answered alike, and nobody else's.

use groma_ir::http::{Operation, Problem, RouteId};

use super::round_trip::remove;
use crate::call::{ActorId, Call, Key};
use crate::catalogue;
use crate::fixtures::{Fill, compose, creator, lacking};
use crate::judge::{Symptom, excerpt};
use crate::net::{Answer, NetError, Request};
use crate::oracle::Ground;
use crate::session::{Exchange, Session};

const HEADER: &str = "Idempotency-Key";

pub(super) fn run(cx: &mut Session<'_>) -> Result<(), NetError> {
    for (id, _) in cx.routes() {
        if !super::is_about(cx.model, &catalogue::C05, id) {
            continue;
        }
        let Some(actor) = creator(cx, id)?.filter(|actor| *actor != ActorId::NOBODY) else {
            lacking(cx, &[&catalogue::C05], id);
            continue;
        };
        let key = cx.own_rng.uuid();
        again(cx, id, actor, &key)?;
    }
    Ok(())
}

/// A row is made with a key; the same request gives it again, another one with the key is refused, and the key of one
/// caller is not another's.
fn again(cx: &mut Session<'_>, id: RouteId, actor: ActorId, key: &str) -> Result<(), NetError> {
    let Some(call) = keyed(cx, id, actor, key) else {
        return Ok(());
    };
    let reply = cx.try_call(&catalogue::C05, "first", &call)?;
    let answer = reply.answer.filter(|answer| answer.status < 300);
    let (Some(row), Some(request), Some(first)) = (reply.row, reply.request, answer) else {
        return Ok(());
    };
    if let Some(exchange) = send(cx, id, (request.clone(), actor))?
        && (exchange.answer.status, &exchange.answer.body) != (first.status, &first.body)
    {
        let expected = format!("{} with the same body", first.status);
        found(cx, "again", &exchange, &expected);
        undo(cx, &exchange)?;
    }
    let other = match keyed(cx, id, actor, key) {
        Some(call) => Some(cx.spell(&call)?),
        None => None,
    };
    if let Some(other) = other.filter(|other| other.body != request.body)
        && let Some(exchange) = send(cx, id, (other, actor))?
        && exchange.answer.status != Problem::KeyReused.status()
    {
        found(cx, "another-body", &exchange, "422");
        undo(cx, &exchange)?;
    }
    stranger(cx, id, (actor, key), &first)?;
    remove(cx, row, actor)
}

/// Somebody else with the same key makes a row of their own.
fn stranger(
    cx: &mut Session<'_>,
    id: RouteId,
    (owner, key): (ActorId, &str),
    first: &Answer,
) -> Result<(), NetError> {
    let mut others = cx.users().into_iter().filter(|actor| *actor != owner);
    let Some(call) = others.find_map(|actor| keyed(cx, id, actor, key)) else {
        return Ok(());
    };
    let reply = cx.try_call(&catalogue::C05, "somebody-else", &call)?;
    let is_first = |answer: &Answer| answer.body == first.body && !answer.body.is_empty();
    if let Some((request, answer)) = reply.request.zip(reply.answer.filter(is_first)) {
        let exchange = Exchange {
            request,
            answer,
            actor: call.actor,
            since: jiff::Timestamp::now(),
        };
        found(cx, "somebody-else", &exchange, "a row of their own");
    }
    match reply.row {
        Some(row) => remove(cx, row, call.actor),
        None => Ok(()),
    }
}

/// A create that would be carried out, with the key; each has another body where bodies can differ.
fn keyed(cx: &mut Session<'_>, id: RouteId, actor: ActorId, key: &str) -> Option<Call> {
    let turn = usize::try_from(cx.rng.next() % 7).unwrap_or(0);
    let mut call = compose(cx, id, actor, Fill::Turn(turn))?;
    call.headers.push((HEADER.to_owned(), key.to_owned()));
    cx.decide(&call).is_success().then_some(call)
}

fn send(
    cx: &mut Session<'_>,
    id: RouteId,
    (request, actor): (Request, ActorId),
) -> Result<Option<Exchange>, NetError> {
    cx.ledger.count(&catalogue::C05);
    cx.exchange(Some(&cx.model.http.routes[id]), request, actor)
}

fn found(cx: &mut Session<'_>, label: &str, exchange: &Exchange, expected: &str) {
    let symptom = Symptom::new("retry", expected, excerpt(&exchange.answer));
    cx.find(&catalogue::C05, label, exchange, Ground::Route, symptom);
}

/// Removes a row that this made and the world of the run does not know.
fn undo(cx: &mut Session<'_>, exchange: &Exchange) -> Result<(), NetError> {
    let route = cx.route_at(&exchange.request);
    let item = exchange.answer.json();
    let made = route.filter(|_| exchange.answer.status < 300).zip(item);
    let Some((route, item)) = made else { return Ok(()) };
    let Some(delete) = cx.route_of(route.entity, Operation::Delete) else {
        return Ok(());
    };
    let by = cx.model.design.resources[cx.model.http.routes[delete].resource].by;
    let name = &cx.model.design.entities[route.entity].fields[by].wire;
    let Some(named) = item.get(name).map(crate::oracle::key_text) else {
        return Ok(());
    };
    let mut call = Call::new(delete, exchange.actor);
    call.key = Key::Missing(named);
    let request = cx.spell(&call)?;
    cx.exchange(Some(&cx.model.http.routes[delete]), request, exchange.actor)?;
    Ok(())
}
