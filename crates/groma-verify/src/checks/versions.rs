//! Versions of an item: `ETag`, `If-None-Match` and `If-Match`.

use groma_ir::http::{Operation, RouteId};

use super::access::body_for;
use super::round_trip::remove;
use crate::call::{ActorId, Call, Precondition};
use crate::catalogue;
use crate::fixtures::{Cast, Fill, cast, lacking};
use crate::judge::{Symptom, excerpt};
use crate::net::{NetError, Request};
use crate::oracle::{Ground, RowId};
use crate::session::{Exchange, Session};

pub(super) fn run(cx: &mut Session<'_>) -> Result<(), NetError> {
    for (id, route) in cx.routes() {
        if !route.etag && !route.if_match || !route.operation.is_on_item() {
            continue;
        }
        let Some(Cast { actor, row }) = cast(cx, id, Fill::Turn(0))? else {
            lacking(cx, &[&catalogue::C01, &catalogue::C02], id);
            continue;
        };
        match route.operation {
            Operation::Get => validators(cx, id, row, actor)?,
            _ if route.if_match => preconditions(cx, id, row, actor)?,
            _ => {}
        }
        remove(cx, row, actor)?;
    }
    Ok(())
}

/// The tag stands as long as the item does, and brings a 304; it changes when the item does.
fn validators(cx: &mut Session<'_>, id: RouteId, row: RowId, actor: ActorId) -> Result<(), NetError> {
    let Some(first) = get(cx, id, row, actor, None)? else {
        return Ok(());
    };
    let Some(second) = get(cx, id, row, actor, None)? else {
        return Ok(());
    };
    let Some(tag) = tag(&first) else { return Ok(()) };
    if self::tag(&second).as_ref() != Some(&tag) {
        let symptom = Symptom::new(
            "unstable",
            format!("`ETag: {tag}` again"),
            format!("{:?}", self::tag(&second)),
        );
        cx.find(&catalogue::C01, "twice", &second, Ground::Route, symptom);
    }
    for (label, value, status) in [
        ("same", tag.clone(), 304),
        ("weak", format!("W/{tag}"), 304),
        ("any", "*".to_owned(), 304),
        ("list", format!("\"x\", {tag}"), 304),
        ("other", "\"x\"".to_owned(), 200),
    ] {
        conditional(cx, id, row, actor, (label, &value, status))?;
    }
    changed(cx, id, row, actor, &tag)
}

fn changed(cx: &mut Session<'_>, id: RouteId, row: RowId, actor: ActorId, tag: &str) -> Result<(), NetError> {
    let Some(update) = cx.route_of(row.entity, Operation::Update) else {
        return Ok(());
    };
    let Some(call) = changing(cx, update, row, actor) else {
        return Ok(());
    };
    if !cx.try_call(&catalogue::C01, "change", &call)?.succeeded() || call.body.fields().is_empty() {
        return Ok(());
    }
    cx.ledger.count(&catalogue::C01);
    if let Some(exchange) = get(cx, id, row, actor, Some(tag))?
        && (exchange.answer.status != 200 || self::tag(&exchange).as_deref() == Some(tag))
    {
        let symptom = Symptom::new("stale", "200 with another `ETag`", excerpt(&exchange.answer));
        cx.find(
            &catalogue::C01,
            "after-a-change",
            &exchange,
            Ground::Route,
            symptom,
        );
    }
    Ok(())
}

/// A change of the row by the reader, or else by whoever may.
fn changing(cx: &mut Session<'_>, update: RouteId, row: RowId, reader: ActorId) -> Option<Call> {
    let all: Vec<ActorId> = std::iter::once(reader).chain(cx.users()).collect();
    all.into_iter().find_map(|actor| {
        let call = body_for(cx, Call::new(update, actor).on(row), Some(row))?;
        cx.decide(&call).is_success().then_some(call)
    })
}

fn conditional(
    cx: &mut Session<'_>,
    id: RouteId,
    row: RowId,
    actor: ActorId,
    (label, value, status): (&str, &str, u16),
) -> Result<(), NetError> {
    cx.ledger.count(&catalogue::C01);
    let Some(exchange) = get(cx, id, row, actor, Some(value))? else {
        return Ok(());
    };
    let has_tag = exchange.answer.status != 304 || exchange.answer.header("etag").is_some();
    if exchange.answer.status != status || !has_tag {
        let symptom = Symptom::new(
            "status",
            format!("{status} with `ETag`"),
            excerpt(&exchange.answer),
        );
        cx.find(
            &catalogue::C01,
            &format!("if-none-match-{label}"),
            &exchange,
            Ground::Route,
            symptom,
        );
    }
    Ok(())
}

fn get(
    cx: &mut Session<'_>,
    id: RouteId,
    row: RowId,
    actor: ActorId,
    known: Option<&str>,
) -> Result<Option<Exchange>, NetError> {
    let request: Request = cx.spell(&Call::new(id, actor).on(row))?;
    let request = match known {
        Some(tag) => request.header("If-None-Match", tag),
        None => request,
    };
    cx.exchange(Some(&cx.model.http.routes[id]), request, actor)
}

fn tag(exchange: &Exchange) -> Option<String> {
    exchange.answer.header("etag").map(str::to_owned)
}

/// Stale, weak, missing: refused, and the row is as it was. Current and `*`: carried out.
fn preconditions(cx: &mut Session<'_>, id: RouteId, row: RowId, actor: ActorId) -> Result<(), NetError> {
    let all = [
        ("stale", Precondition::Stale),
        ("weak", Precondition::Weak),
        ("omitted", Precondition::Omitted),
        ("any", Precondition::Any),
        ("current", Precondition::Current),
    ];
    for (label, precondition) in all {
        if cx.world.row(row).alive
            && let Some(call) = body_for(cx, Call::new(id, actor).on(row), Some(row))
        {
            cx.try_refused(&catalogue::C02, label, &call.given(precondition))?;
        }
    }
    Ok(())
}
