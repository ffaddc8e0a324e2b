//! Pages: small ones to the end, also while rows come and go, and cursors that are not this query's.

use groma_ir::http::{ErrorCode, Operation, ParamKind, Problem, Route, RouteId};
use serde_json::Value as Json;

use super::lists::everything;
use super::round_trip::remove;
use crate::call::{ActorId, Ask, Call, Fault, Mistake};
use crate::catalogue;
use crate::fixtures::{Fill, creator, fresh_row, viewer};
use crate::judge::Symptom;
use crate::net::NetError;
use crate::oracle::{Ground, RowId, Verdict, key_text};
use crate::session::{Exchange, Session};

pub(super) fn run(cx: &mut Session<'_>) -> Result<(), NetError> {
    for (id, route) in cx.routes() {
        if route.operation == Operation::List {
            let actor = viewer(cx, id);
            for limit in [1, 2, 3] {
                let ask = Ask {
                    limit: Some(limit),
                    ..everything(cx, id, actor)
                };
                cx.try_call(
                    &catalogue::F06,
                    &format!("limit-{limit}"),
                    &Call::new(id, actor).asking(ask),
                )?;
            }
            if has(route, &ParamKind::Cursor) {
                while_others_write(cx, id, actor)?;
                foreign_cursor(cx, id, actor)?;
            }
        }
    }
    Ok(())
}

fn has(route: &Route, kind: &ParamKind) -> bool {
    route.query.iter().any(|param| param.kind == *kind)
}

/// Between any two pages a row comes and a row goes; those that were there throughout come exactly once.
fn while_others_write(cx: &mut Session<'_>, id: RouteId, actor: ActorId) -> Result<(), NetError> {
    let entity = cx.model.http.routes[id].entity;
    let ask = Ask {
        limit: Some(2),
        ..everything(cx, id, actor)
    };
    let call = Call::new(id, actor).asking(Ask { count: false, ..ask });
    let Verdict::Page(before) = cx.decide(&call).verdict else {
        return Ok(());
    };
    let mut request = cx.spell(&call)?;
    let mut seen: Vec<String> = Vec::new();
    let mut passing: Option<RowId> = None;
    cx.ledger.count(&catalogue::F06);
    let maker = match cx.route_of(entity, Operation::Create) {
        Some(create) => creator(cx, create)?.unwrap_or(actor),
        None => actor,
    };
    for _ in 0..40 {
        let Some(exchange) = cx.exchange(Some(&cx.model.http.routes[id]), request.clone(), actor)? else {
            return Ok(());
        };
        let (keys, next) = keys_and_next(cx, id, &exchange);
        seen.extend(keys);
        let Some(next) = next else {
            judge(cx, &exchange, &before, &seen);
            break;
        };
        if let Some(row) = passing.take() {
            remove(cx, row, actor)?;
        }
        passing = fresh_row(cx, entity, maker, Fill::Least)?;
        request.path = format!("{}?{next}", request.path.split('?').next().unwrap_or_default());
    }
    match passing {
        Some(row) => remove(cx, row, actor),
        None => Ok(()),
    }
}

fn keys_and_next(cx: &Session<'_>, id: RouteId, exchange: &Exchange) -> (Vec<String>, Option<String>) {
    let route = &cx.model.http.routes[id];
    let entity = &cx.model.design.entities[route.entity];
    let wire = &entity.fields[entity.key].wire;
    let body = exchange.answer.json().unwrap_or(Json::Null);
    let items = match &body {
        Json::Array(items) => items.as_slice(),
        Json::Object(page) => page
            .values()
            .find_map(Json::as_array)
            .map(Vec::as_slice)
            .unwrap_or_default(),
        _ => &[],
    };
    let keys = items
        .iter()
        .filter_map(|item| item.get(wire))
        .map(key_text)
        .collect();
    let link = exchange
        .answer
        .header("link")
        .and_then(|link| link.split_once('<')?.1.split_once('>'));
    let next = link
        .and_then(|(url, _)| url.split_once('?'))
        .map(|(_, query)| query.to_owned());
    (keys, next)
}

fn judge(cx: &mut Session<'_>, exchange: &Exchange, before: &[RowId], seen: &[String]) {
    for row in before {
        let key = key_text(cx.world.key(*row));
        let times = seen.iter().filter(|known| **known == key).count();
        if cx.world.row(*row).alive && times != 1 {
            let symptom = Symptom::new(
                "unstable",
                format!("`{key}` once in the walk"),
                format!("{times} times"),
            );
            cx.find(
                &catalogue::F06,
                "while-others-write",
                exchange,
                Ground::Route,
                symptom,
            );
            return;
        }
    }
}

/// A cursor of another order is refused, and so is one that was touched.
fn foreign_cursor(cx: &mut Session<'_>, id: RouteId, actor: ActorId) -> Result<(), NetError> {
    let ask = Ask {
        limit: Some(1),
        ..Ask::default()
    };
    let request = cx.spell(&Call::new(id, actor).asking(ask.clone()))?;
    let Some(exchange) = cx.exchange(Some(&cx.model.http.routes[id]), request, actor)? else {
        return Ok(());
    };
    let body = exchange.answer.json().unwrap_or(Json::Null);
    let Some(cursor) = body.get("next_cursor").and_then(Json::as_str).map(str::to_owned) else {
        return Ok(());
    };
    let mut tries = vec![("touched", ask.clone(), flipped(&cursor))];
    if let Some(sort) = other_sort(&cx.model.http.routes[id]) {
        tries.push((
            "of-another-query",
            Ask {
                sort: vec![sort],
                ..ask
            },
            cursor,
        ));
    }
    for (label, ask, cursor) in tries {
        let mistake = Mistake::at_parameter(ErrorCode::InvalidCursor, "cursor");
        let fault = Fault {
            problem: Problem::InvalidRequest,
            mistakes: vec![mistake],
            field: None,
        };
        let ask = Ask {
            raw: vec![("cursor".to_owned(), cursor)],
            ..ask
        };
        cx.try_call(
            &catalogue::F06,
            label,
            &Call::new(id, actor).asking(ask).wrong(fault),
        )?;
    }
    Ok(())
}

/// A sort that is not the list's own.
fn other_sort(route: &Route) -> Option<(groma_ir::design::FieldId, bool)> {
    route.query.iter().find_map(|param| match &param.kind {
        ParamKind::Sort { fields, default } => {
            let (name, field) = fields.last()?;
            // The other way round, where the list's own order begins with this field.
            let first = default.split(',').next().unwrap_or_default().trim();
            Some((*field, first != format!("-{name}")))
        }
        _ => None,
    })
}

/// The cursor with its first letter changed: whatever it begins with, its version or its digest, no longer fits.
fn flipped(cursor: &str) -> String {
    let mut letters = cursor.chars();
    let first = if letters.next() == Some('A') { 'B' } else { 'A' };
    std::iter::once(first).chain(letters).collect()
}
