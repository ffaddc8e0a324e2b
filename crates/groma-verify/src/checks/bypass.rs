//! Ways around the routes: headers that name another method, path or user, and other spellings of a path.

use groma_ir::http::{Method, Operation, RouteId};

use super::alike::{invisible, missing_key};
use crate::call::{ActorId, Call};
use crate::catalogue;
use crate::judge::{Symptom, excerpt};
use crate::net::{NetError, Request};
use crate::oracle::{Ground, RowId, key_text};
use crate::session::Session;

/// Headers by which proxies tell servers behind them who asks, and for what.
const FORWARDED: [(&str, &str); 8] = [
    ("X-Forwarded-User", "admin"),
    ("X-Remote-User", "admin"),
    ("X-User-Id", "1"),
    ("X-Authenticated-Userid", "admin"),
    ("X-Forwarded-For", "127.0.0.1"),
    ("Forwarded", "for=127.0.0.1;by=127.0.0.1"),
    ("X-Original-URL", "/livez"),
    ("X-Rewrite-URL", "/livez"),
];

/// Headers that name another method than the request has.
const OVERRIDES: [&str; 3] = ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"];

pub(super) fn run(cx: &mut Session<'_>) -> Result<(), NetError> {
    for (id, route) in cx.routes() {
        if !route.public && route.method == Method::Get {
            without_token(cx, id)?;
        }
        if route.operation == Operation::Get {
            by_another_spelling(cx, id)?;
        }
        if route.operation == Operation::Delete {
            by_another_method(cx, id)?;
        }
    }
    Ok(())
}

/// Nothing but a token in its header says who asks.
fn without_token(cx: &mut Session<'_>, id: RouteId) -> Result<(), NetError> {
    let entity = cx.model.http.routes[id].entity;
    let row = cx.world.alive(entity).map(|(row, _)| row).next();
    let call = Call::new(id, ActorId::NOBODY);
    let call = match row {
        _ if !cx.model.http.routes[id].operation.is_on_item() => call,
        Some(row) => call.on(row),
        None => call.on_missing(key_text(&missing_key(cx, entity))),
    };
    let plain = cx.spell(&call)?;
    let headers = FORWARDED
        .iter()
        .map(|(name, value)| plain.clone().header(name, *value));
    let mut requests: Vec<Request> = headers.collect();
    let user = cx.users().into_iter().next();
    if let Some(token) = user.and_then(|user| cx.actor(user).token.clone()) {
        let mut in_query = plain.clone();
        let mark = if in_query.path.contains('?') { '&' } else { '?' };
        in_query.path = format!("{}{mark}access_token={token}", in_query.path);
        requests.push(in_query);
        requests.push(plain.header("Cookie", format!("token={token}; session={token}")));
    }
    for request in requests {
        expect(cx, (id, "without-token"), request, ActorId::NOBODY, &[401])?;
    }
    Ok(())
}

/// A row that may not be seen is not there by any spelling of its path.
fn by_another_spelling(cx: &mut Session<'_>, id: RouteId) -> Result<(), NetError> {
    let entity = cx.model.http.routes[id].entity;
    let users = cx.users();
    let blind = users.iter().find_map(|actor| {
        let row = invisible(cx, entity, *actor)?;
        Some((*actor, row))
    });
    let Some((actor, row)) = blind else { return Ok(()) };
    let request = cx.spell(&Call::new(id, actor).on(row))?;
    for path in spellings(&request.path) {
        let request = Request {
            path,
            ..request.clone()
        };
        expect(cx, (id, "spelling"), request, actor, &[400, 404])?;
    }
    Ok(())
}

/// A path as others write it: some of these lead servers and what stands before them to different routes.
fn spellings(path: &str) -> Vec<String> {
    let rest = path.trim_start_matches('/');
    let Some((parents, last)) = path.rsplit_once('/') else {
        return Vec::new();
    };
    let first = rest.chars().next().unwrap_or('x');
    let code = u32::from(first);
    let tail: String = rest.chars().skip(1).collect();
    vec![
        format!("{path}/"),
        format!("//{rest}"),
        format!("{parents}//{last}"),
        format!("{parents}/./{last}"),
        format!("/x/..{path}"),
        format!("/%2e{path}"),
        format!("{parents}/x/%2e%2e/{last}"),
        format!("{parents}%2f{last}"),
        format!("/%{code:02X}{tail}"),
        format!("/%25{code:02X}{tail}"),
        format!("{parents}/{last};a=b"),
        format!("{parents}/{last}%00"),
        format!("{parents}/{last}.json"),
        path.to_uppercase(),
    ]
}

/// A request does what its method says, whatever else names another one.
fn by_another_method(cx: &mut Session<'_>, delete: RouteId) -> Result<(), NetError> {
    let entity = cx.model.http.routes[delete].entity;
    let Some(get) = cx.route_of(entity, Operation::Get) else {
        return Ok(());
    };
    let rows: Vec<RowId> = cx.world.alive(entity).map(|(row, _)| row).collect();
    let found = rows.into_iter().find_map(|row| {
        let mut users = cx.users().into_iter();
        let call = |actor| Call::new(get, actor).on(row);
        let actor = users.find(|actor| cx.decide(&call(*actor)).is_success())?;
        Some((row, actor))
    });
    let Some((row, actor)) = found else { return Ok(()) };
    for name in OVERRIDES {
        let mut call = Call::new(get, actor).on(row);
        call.headers.push((name.to_owned(), "DELETE".to_owned()));
        cx.try_call(&catalogue::Z16, "method-override", &call)?;
    }
    let plain = cx.spell(&Call::new(get, actor).on(row))?;
    let mut request = plain.clone();
    request.path = format!("{}?_method=DELETE", request.path);
    expect(cx, (get, "method-in-query"), request, actor, &[400])?;
    cx.check_row(&catalogue::Z16, "still-there", row, actor)
}

/// Sends a request that must be answered by one of these.
fn expect(
    cx: &mut Session<'_>,
    (id, label): (RouteId, &str),
    request: Request,
    actor: ActorId,
    wanted: &[u16],
) -> Result<(), NetError> {
    cx.ledger.count(&catalogue::Z16);
    let route = &cx.model.http.routes[id];
    // What another spelling leads to need not be the route.
    let route = (label != "spelling").then_some(route);
    let Some(exchange) = cx.exchange(route, request, actor)? else {
        return Ok(());
    };
    if !wanted.contains(&exchange.answer.status) {
        let all: Vec<String> = wanted.iter().map(u16::to_string).collect();
        let symptom = Symptom::new("around", all.join(" or "), excerpt(&exchange.answer));
        cx.find(&catalogue::Z16, label, &exchange, Ground::Route, symptom);
    }
    Ok(())
}
