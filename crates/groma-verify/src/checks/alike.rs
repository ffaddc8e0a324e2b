//! A row that is not there and one that may not be seen: the same status, the same headers, the same words.

use serde_json::Value as Json;

use groma_ir::design::{EntityId, Generated, Type};
use groma_ir::http::{Operation, Problem, RouteId};
use groma_ir::scalar::{Bounds, Scalar};

use super::access::body_for;
use crate::call::{ActorId, Call, Key};
use crate::catalogue::{self, Check};
use crate::fixtures::{fresh_value, lacking};
use crate::judge::{Symptom, excerpt};
use crate::net::{Answer, NetError};
use crate::oracle::{RowId, Verdict, key_text};
use crate::session::{Exchange, Session};

pub(super) fn run(cx: &mut Session<'_>) -> Result<(), NetError> {
    for (id, route) in cx.routes() {
        if !route.operation.is_on_item() {
            continue;
        }
        let Some(actor) = stranger(cx, id) else { continue };
        malformed_key(cx, id, actor)?;
        let key = key_text(&missing_key(cx, route.entity));
        let Some(missing) = body_for(cx, Call::new(id, actor).on_missing(key), None) else {
            lacking(cx, &[&catalogue::Z12], id);
            continue;
        };
        let first = cx.try_call(&catalogue::Z12, "missing", &missing)?;
        if let Some(hidden) = hidden(cx, &missing) {
            let second = cx.try_refused(&catalogue::Z12, "invisible", &hidden)?;
            // What is not there may be made, and what is hidden stands in its way.
            let is_one = first.outcome.verdict == second.outcome.verdict;
            if let (Some(first), Some(second)) = (first.answer, second.answer)
                && is_one
            {
                compare(cx, (&catalogue::Z12, "alike"), &hidden, &first, &second)?;
            }
        }
    }
    Ok(())
}

/// The same request but for the key: that of a row which is not there for its caller.
fn hidden(cx: &Session<'_>, missing: &Call) -> Option<Call> {
    let now = jiff::Timestamp::now();
    let who = cx.who(missing.actor);
    let entity = cx.model.http.routes[missing.route].entity;
    let rows = cx.world.alive(entity).map(|(row, _)| row);
    let unseen = rows.filter(|row| !cx.world.may_read(*row, who, now));
    let mut calls = unseen.map(|row| Call {
        key: Key::Row(row),
        ..missing.clone()
    });
    // One that an action finds by what its body says may be there for whoever cannot read it.
    calls.find(|call| {
        let refused = cx.decide(call).verdict;
        matches!(
            refused,
            Verdict::Refused {
                problem: Problem::NotFound,
                ..
            }
        )
    })
}

/// A user whom the rules let ask at all, and who does not see every row; the first one if all do.
fn stranger(cx: &Session<'_>, id: RouteId) -> Option<ActorId> {
    let route = &cx.model.http.routes[id];
    let asks = |actor: &ActorId| cx.world.is_possible(route, cx.who(*actor));
    let users: Vec<ActorId> = cx.users().into_iter().filter(asks).collect();
    let mut strangers = users
        .iter()
        .filter(|actor| invisible(cx, route.entity, **actor).is_some());
    strangers
        .next()
        .or(users.first())
        .copied()
        .or_else(|| cx.users().first().copied())
}

/// A row that an actor may not see.
pub(super) fn invisible(cx: &Session<'_>, entity: EntityId, actor: ActorId) -> Option<RowId> {
    let now = jiff::Timestamp::now();
    let who = cx.who(actor);
    cx.world
        .alive(entity)
        .map(|(row, _)| row)
        .find(|row| !cx.world.may_read(*row, who, now))
}

/// A well-formed key that no row has.
pub(super) fn missing_key(cx: &mut Session<'_>, entity: EntityId) -> Json {
    let declared = &cx.model.design.entities[entity];
    let key = &declared.fields[declared.key];
    match (key.generated, &key.ty) {
        (Some(Generated::Identity), _) | (None, Type::Scalar(Scalar::Int(Bounds { max: None, .. }))) => {
            Json::from(9_000_000_000_000_000_i64)
        }
        (Some(Generated::Uuid7), _) | (None, Type::Scalar(Scalar::Uuid)) => Json::from(cx.rng.uuid()),
        (None, _) => fresh_value(cx, entity, declared.key, ActorId::NOBODY)
            .map_or_else(|| Json::from(format!("{}-none", cx.marker)), |sample| sample.kept),
    }
}

/// A key that is not of its type is a row that is not there; whatever it is, it is no fault of the server's.
fn malformed_key(cx: &mut Session<'_>, id: RouteId, actor: ActorId) -> Result<(), NetError> {
    if cx.model.http.routes[id].operation != Operation::Get {
        return Ok(());
    }
    for key in ["x", "%00", "..", "'", "1e999", "99999999999999999999", "-1"] {
        cx.try_call(
            &catalogue::Z12,
            "malformed-key",
            &Call::new(id, actor).on_missing(key.to_owned()),
        )?;
    }
    Ok(())
}

/// Compares two refusals that nobody may tell apart.
pub(super) fn compare(
    cx: &mut Session<'_>,
    (check, label): (&'static Check, &str),
    call: &Call,
    missing: &Answer,
    hidden: &Answer,
) -> Result<(), NetError> {
    cx.ledger.count(check);
    if missing.status == hidden.status && headers(missing) == headers(hidden) && body(missing) == body(hidden)
    {
        return Ok(());
    }
    let outcome = cx.decide(call);
    let request = cx.spell(call)?;
    let exchange = Exchange {
        request,
        answer: hidden.clone(),
        actor: call.actor,
        since: jiff::Timestamp::now(),
    };
    let symptom = Symptom::new(
        "differs",
        format!("as for a missing row: {}", excerpt(missing)),
        excerpt(hidden),
    );
    cx.find(check, label, &exchange, outcome.ground, symptom);
    Ok(())
}

/// What may differ between two answers that are alike.
const OWN: [&str; 6] = [
    "date",
    "x-request-id",
    "content-length",
    "traceparent",
    "ratelimit",
    "server-timing",
];

fn headers(answer: &Answer) -> Vec<(String, String)> {
    let mut headers: Vec<_> = answer
        .headers
        .iter()
        .filter(|(name, _)| !OWN.contains(&name.as_str()))
        .cloned()
        .collect();
    headers.sort();
    headers
}

fn body(answer: &Answer) -> Json {
    let mut body = answer.json().unwrap_or(Json::Null);
    if let Json::Object(members) = &mut body {
        members.remove("instance");
        members.remove("request_id");
    }
    body
}
