//! The protocol around the routes: 404, 405, 406, 413, HEAD and OPTIONS.

use std::collections::BTreeSet;

use groma_ir::http::{Method, Operation, Problem, Route, RouteId};

use super::access::body_for;
use super::alike::missing_key;
use crate::call::{ActorId, Body, Call, Fault};
use crate::catalogue;
use crate::fixtures::{Fill, compose, creator, lacking};
use crate::judge::{Symptom, excerpt};
use crate::net::{NetError, Request};
use crate::oracle::{Ground, RowId, key_text};
use crate::session::{Exchange, Session};

/// The longest body that is sent to find out whether it is too long.
const MOST_BODY: u64 = 8 * 1024 * 1024;

pub(super) fn run(cx: &mut Session<'_>) -> Result<(), NetError> {
    let Some(alice) = cx.users().first().copied() else {
        return Ok(());
    };
    unknown_paths(cx, alice)?;
    for (id, route) in cx.routes() {
        let Some(call) = plain_call(cx, id)? else {
            lacking(cx, &[&catalogue::E03], id);
            continue;
        };
        accepts(cx, &call)?;
        if route.method == Method::Get {
            head(cx, &call)?;
        }
        if route.body.is_some() {
            too_large(cx, &call)?;
        }
        methods(cx, &call, route)?;
    }
    Ok(())
}

/// A call of a route that somebody may make, on any row that they may read.
fn plain_call(cx: &mut Session<'_>, id: RouteId) -> Result<Option<Call>, NetError> {
    let route = &cx.model.http.routes[id];
    if route.operation == Operation::Create {
        let maker = creator(cx, id)?.or_else(|| cx.users().first().copied());
        return Ok(maker.and_then(|maker| compose(cx, id, maker, Fill::Least)));
    }
    let users = cx.users();
    if !route.operation.is_on_item() {
        let mut calls = users.iter().map(|user| Call::new(id, *user));
        let first = users.first().map(|user| Call::new(id, *user));
        return Ok(calls.find(|call| cx.decide(call).is_success()).or(first));
    }
    let rows: Vec<RowId> = cx.world.alive(route.entity).map(|(row, _)| row).collect();
    let mut first = None;
    for row in rows {
        for user in &users {
            let Some(call) = body_for(cx, Call::new(id, *user).on(row), Some(row)) else {
                continue;
            };
            if cx.decide(&call).is_success() {
                return Ok(Some(call));
            }
            first.get_or_insert(call);
        }
    }
    if first.is_some() {
        return Ok(first);
    }
    let key = key_text(&missing_key(cx, route.entity));
    let call = users.first().map(|user| Call::new(id, *user).on_missing(key));
    Ok(call.and_then(|call| body_for(cx, call, None)))
}

/// Paths that are no route's, a trailing slash among them.
fn unknown_paths(cx: &mut Session<'_>, actor: ActorId) -> Result<(), NetError> {
    let base = cx.model.http.base.clone();
    let mut paths = vec![
        format!("{base}/no-such-path"),
        format!("{base}/no/such/path"),
        "/%2e%2e/etc/passwd".to_owned(),
    ];
    for (id, route) in cx.routes() {
        if matches!(route.operation, Operation::List)
            && let Some(call) = plain_call(cx, id)?
        {
            let path = cx.spell(&call)?.path;
            paths.push(format!("{path}/"));
            paths.push(path.to_uppercase());
        }
    }
    for path in paths {
        if cx.route_at(&Request::new("GET", path.clone())).is_none() || path.ends_with('/') {
            let request = cx.signed(Request::new("GET", path), actor);
            expect(
                cx,
                ("unknown-path", 404, Some("/problems/not-found")),
                request,
                actor,
            )?;
        }
    }
    Ok(())
}

/// Sends a request outside of all routes and judges its status.
fn expect(
    cx: &mut Session<'_>,
    (label, status, kind): (&str, u16, Option<&str>),
    request: Request,
    actor: ActorId,
) -> Result<Option<Exchange>, NetError> {
    cx.ledger.count(&catalogue::E03);
    let Some(exchange) = cx.exchange(None, request, actor)? else {
        return Ok(None);
    };
    let body = exchange.answer.json();
    let got = body
        .as_ref()
        .and_then(|body| body.get("type"))
        .and_then(serde_json::Value::as_str);
    let is_of_kind = kind.is_none() || got == kind || exchange.request.method == "HEAD";
    if exchange.answer.status != status || !is_of_kind {
        let symptom = Symptom::new(
            "status",
            format!("{status} {}", kind.unwrap_or_default()),
            excerpt(&exchange.answer),
        );
        cx.find(&catalogue::E03, label, &exchange, Ground::Route, symptom);
    }
    Ok(Some(exchange))
}

/// Methods that a path does not take, with and without a token; OPTIONS.
fn methods(cx: &mut Session<'_>, call: &Call, route: &Route) -> Result<(), NetError> {
    let all = cx.model.http.methods();
    let Some((first, allowed)) = all.iter().find(|(path, _)| path.same_shape(&route.path)).cloned() else {
        return Ok(());
    };
    // Once a path: by the route that names it first.
    if *first != route.path
        || cx
            .model
            .http
            .routes
            .iter()
            .find(|other| other.path.same_shape(first))
            .map(|other| other.method)
            != Some(route.method)
    {
        return Ok(());
    }
    let path = cx.spell(call)?.path;
    let path = path.split('?').next().unwrap_or_default().to_owned();
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        if !allowed.contains(&method) {
            let request = cx.signed(Request::new(method, path.clone()), call.actor);
            let label = format!("{method}-not-allowed");
            if let Some(exchange) = expect(
                cx,
                (&label, 405, Some("/problems/method-not-allowed")),
                request,
                call.actor,
            )? {
                allow(cx, &exchange, &allowed, &catalogue::E03);
            }
        }
    }
    cx.ledger.count(&catalogue::E07);
    let Some(exchange) = cx.exchange(None, Request::new("OPTIONS", path), ActorId::NOBODY)? else {
        return Ok(());
    };
    if exchange.answer.status >= 300 {
        let symptom = Symptom::new("status", "204 or 200", excerpt(&exchange.answer));
        cx.find(&catalogue::E07, "options", &exchange, Ground::Route, symptom);
    }
    allow(cx, &exchange, &allowed, &catalogue::E07);
    Ok(())
}

fn allow(cx: &mut Session<'_>, exchange: &Exchange, allowed: &[&str], check: &'static catalogue::Check) {
    let wanted: BTreeSet<&str> = allowed.iter().copied().collect();
    let header = exchange.answer.header("allow").unwrap_or_default().to_owned();
    let given: BTreeSet<&str> = header
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect();
    if wanted != given {
        let list: Vec<&str> = wanted.into_iter().collect();
        let symptom = Symptom::new(
            "allow",
            format!("`Allow: {}`", list.join(", ")),
            format!("`Allow: {header}`"),
        );
        cx.find(check, "allow", exchange, Ground::Route, symptom);
    }
}

/// `Accept` with and without room for JSON.
fn accepts(cx: &mut Session<'_>, call: &Call) -> Result<(), NetError> {
    let route = &cx.model.http.routes[call.route];
    if route.success.body.is_none()
        || !matches!(
            route.operation,
            Operation::List | Operation::Get | Operation::Create
        )
    {
        return Ok(());
    }
    for accept in [
        "text/html",
        "application/xml;q=0.9, text/*",
        "application/json;q=0",
    ] {
        let fault = Fault {
            problem: Problem::NotAcceptable,
            mistakes: Vec::new(),
            field: None,
        };
        let mut call = call.clone().wrong(fault);
        call.headers.push(("Accept".to_owned(), accept.to_owned()));
        cx.try_refused(&catalogue::E03, "not-acceptable", &call)?;
    }
    if route.method == Method::Get {
        for accept in ["*/*", "application/*", "text/html, application/json;q=0.5"] {
            let mut call = call.clone();
            call.headers.push(("Accept".to_owned(), accept.to_owned()));
            cx.try_call(&catalogue::E03, "acceptable", &call)?;
        }
    }
    Ok(())
}

/// HEAD answers as GET does, without the body.
fn head(cx: &mut Session<'_>, call: &Call) -> Result<(), NetError> {
    let request = cx.spell(call)?;
    let route = &cx.model.http.routes[call.route];
    cx.ledger.count(&catalogue::E07);
    let Some(get) = cx.exchange(Some(route), request.clone(), call.actor)? else {
        return Ok(());
    };
    let request = Request {
        method: "HEAD".to_owned(),
        ..request
    };
    let Some(head) = cx.exchange(Some(route), request, call.actor)? else {
        return Ok(());
    };
    let facts = |exchange: &Exchange| {
        let names = ["content-type", "etag", "content-length"];
        let headers: Vec<Option<String>> = names
            .iter()
            .map(|name| exchange.answer.header(name).map(str::to_owned))
            .collect();
        (exchange.answer.status, headers)
    };
    let (mut wanted, given) = (facts(&get), facts(&head));
    // A server need not say the length of what it does not send (RFC 9110 §8.6).
    if given.1.last() == Some(&None)
        && let Some(length) = wanted.1.last_mut()
    {
        *length = None;
    }
    if wanted != given {
        let symptom = Symptom::new("head", format!("{wanted:?}"), format!("{given:?}"));
        cx.find(&catalogue::E07, "head", &head, Ground::Route, symptom);
    }
    Ok(())
}

/// A body just over the limit, in white space: its JSON would be fine.
fn too_large(cx: &mut Session<'_>, call: &Call) -> Result<(), NetError> {
    let limit = cx.model.design.service.limits.body;
    if limit > MOST_BODY {
        return Ok(());
    }
    let request = cx.spell(call)?;
    let mut body = request.body.unwrap_or_default();
    let size = usize::try_from(limit + 1).unwrap_or(usize::MAX);
    body.resize(size.max(body.len()), b' ');
    let fault = Fault {
        problem: Problem::ContentTooLarge,
        mistakes: Vec::new(),
        field: None,
    };
    let call = call.clone().body(Body::Raw(body)).wrong(fault);
    cx.try_refused(&catalogue::E03, "too-large", &call)?;
    Ok(())
}
