//! Whether the service lets anybody in at all: asked before everything else. One that trusts another issuer, or other
//! keys, breaks every promise at once and not one of them by itself.

use std::collections::BTreeSet;

use groma_ir::design::{Auth, Jwks, Setting};
use groma_ir::http::{Method, Problem, RouteId};
use jiff::Timestamp;
use serde_json::{Map, Value as Json};

use super::tokens::probe;
use crate::call::{ActorId, Call};
use crate::judge::excerpt;
use crate::net::{Answer, NetError, Request};
use crate::oracle::Verdict;
use crate::report::Finding;
use crate::session::Session;
use crate::{catalogue, jose, wire};

/// The most requests that are refused before the service is given up.
const MOST: usize = 30;

/// Whether some valid token is not refused. Where every one is, on every route that was asked, that is the finding.
pub(super) fn run(cx: &mut Session<'_>) -> Result<bool, NetError> {
    let mut refused: Vec<Refused> = Vec::new();
    for (id, user) in probes(cx) {
        let Some(call) = probe(cx, id, user).filter(|call| is_let_in(cx, call)) else {
            continue;
        };
        let request = cx.spell(&call)?;
        match cx.client.send(&request) {
            Ok(answer) if answer.status == 401 => refused.push(Refused {
                route: id,
                user,
                request,
                answer,
            }),
            Ok(_) => {
                cx.ledger.count(&catalogue::J09);
                return Ok(true);
            }
            // Somebody else's finding.
            Err(NetError::Broken { .. } | NetError::Malformed { .. }) => return Ok(true),
            Err(stop) => return Err(stop),
        }
    }
    let Some(first) = refused.first() else {
        return Ok(true);
    };
    let finding = finding(cx, first, &refused);
    cx.ledger.find(&catalogue::J09, finding);
    Ok(false)
}

/// A request with a valid token, and its refusal.
struct Refused {
    route: RouteId,
    user: ActorId,
    request: Request,
    answer: Answer,
}

/// The first user on every route that asks for a token, those that read before others; then the others on one route.
fn probes(cx: &Session<'_>) -> Vec<(RouteId, ActorId)> {
    let users = cx.users();
    let Some((user, others)) = users.split_first() else {
        return Vec::new();
    };
    let mut routes = cx.routes();
    if routes.iter().any(|(_, route)| !route.public) {
        routes.retain(|(_, route)| !route.public);
    }
    if routes.iter().any(|(_, route)| route.method == Method::Get) {
        // What a body lacks may be said before what a token lacks.
        routes.retain(|(_, route)| route.method == Method::Get);
    }
    let routes = routes.iter().map(|(id, _)| *id);
    let others = others
        .iter()
        .flat_map(|user| routes.clone().take(1).map(|id| (id, *user)));
    let own = routes.clone().map(|id| (id, *user));
    own.chain(others).take(MOST).collect()
}

/// Whether a right service answers it with anything but 401.
fn is_let_in(cx: &Session<'_>, call: &Call) -> bool {
    let verdict = cx.decide(call).verdict;
    !matches!(
        verdict,
        Verdict::Refused {
            problem: Problem::Unauthenticated,
            ..
        }
    )
}

fn finding(cx: &Session<'_>, first: &Refused, all: &[Refused]) -> Finding {
    let design = &cx.model.design;
    let actor = cx.actor(first.user);
    let check = &catalogue::J09;
    let routes: BTreeSet<RouteId> = all.iter().map(|refused| refused.route).collect();
    let users: BTreeSet<ActorId> = all.iter().map(|refused| refused.user).collect();
    let route = &cx.model.http.routes[first.route];
    Finding {
        id: format!("{}/{}/valid/status", check.id, route.operation_id),
        check: check.id,
        severity: check.severity,
        rule: check.title.to_owned(),
        place: design
            .auth
            .as_ref()
            .map_or_else(String::new, |auth| design.place(auth.origin)),
        standard: check.standard,
        user: actor.name.clone(),
        request: first.request.line(),
        expected: "any answer but 401 to a valid token".to_owned(),
        got: format!(
            "401 to {}, on {}; nothing else was tried: {}",
            counted(users.len(), "valid token"),
            counted(routes.len(), "route"),
            excerpt(&first.answer)
        ),
        help: help(cx, first.user),
        curl: wire::curl(
            &cx.client.url().join(&first.request.path),
            &first.request,
            Some(&actor.variable()),
        ),
        count: 1,
    }
}

/// `1 route`, `each of 2 routes`.
fn counted(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        _ => format!("each of {count} {what}s"),
    }
}

/// What the service may not agree with: whom a token is from, for whom, until when, and by which key.
fn help(cx: &Session<'_>, user: ActorId) -> Vec<String> {
    let (Some(auth), Some(token)) = (&cx.model.design.auth, &cx.actor(user).token) else {
        return Vec::new();
    };
    let (header, claims) = (
        jose::header(token).unwrap_or_default(),
        jose::claims(token).unwrap_or_default(),
    );
    let mut help = Vec::new();
    if claims
        .get("exp")
        .and_then(Json::as_i64)
        .is_some_and(|exp| exp < Timestamp::now().as_second())
    {
        help.push("the token at hand has expired".to_owned());
    }
    help.extend(auth.issuer.as_ref().map(|issuer| said(&claims, "iss", &[issuer])));
    if !auth.audience.is_empty() {
        help.push(said(&claims, "aud", &auth.audience.iter().collect::<Vec<_>>()));
    }
    help.push(format!(
        "`alg` is {} and `kid` {}: {}",
        shown(header.get("alg")),
        shown(header.get("kid")),
        cx.target.tokens.trusted_by().unwrap_or_else(|| keys(auth)),
    ));
    help
}

/// What the tokens say, and which setting of the service has to agree.
fn said(claims: &Map<String, Json>, claim: &str, settings: &[&Setting]) -> String {
    let wanted = settings.iter().map(|setting| match setting {
        Setting::Env(name) => format!("what `{name}` is set to there"),
        Setting::Value(value) => format!("the design's `{value}`"),
    });
    let wanted: Vec<String> = wanted.collect();
    format!(
        "`{claim}` of the tokens is {}: the service has to want that, and goes by {}",
        shown(claims.get(claim)),
        wanted.join(" or ")
    )
}

fn shown(value: Option<&Json>) -> String {
    match value {
        Some(Json::String(text)) => format!("`{text}`"),
        Some(other) => format!("`{other}`"),
        None => "missing".to_owned(),
    }
}

/// Where the design has the keys from.
fn keys(auth: &Auth) -> String {
    match &auth.jwks {
        Jwks::IssuerPath(path) => format!("the service has to take its keys from {path} of that issuer"),
        Jwks::At(Setting::Value(place)) => format!("the service has to take its keys from {place}"),
        Jwks::At(Setting::Env(name)) => format!("the service has to take its keys from where `{name}` says"),
        Jwks::Secret(Setting::Env(name)) => {
            format!("the secret in `{name}` of the service has to be the one they are signed with")
        }
        Jwks::Secret(Setting::Value(_)) => {
            "the secret of the service has to be the one they are signed with".to_owned()
        }
    }
}
