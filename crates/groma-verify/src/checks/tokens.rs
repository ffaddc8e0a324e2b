//! Tokens: what a service must refuse, whatever a token says of itself.

mod forge;
mod kit;
mod roles;

use groma_ir::Model;
use groma_ir::http::{Method, Operation, Problem, Route, RouteId};

use super::access::body_for;
use super::alike::missing_key;
use crate::call::{ActorId, Body, Call, Fault, Member};
use crate::catalogue::{self, Check};
use crate::judge::{Symptom, excerpt};
use crate::net::NetError;
use crate::oracle::{Ground, RowId, key_text};
use crate::session::Session;
use forge::Forged;
use kit::Kit;

pub(super) const J: [&Check; 10] = [
    &catalogue::J01,
    &catalogue::J02,
    &catalogue::J03,
    &catalogue::J04,
    &catalogue::J05,
    &catalogue::J06,
    &catalogue::J07,
    &catalogue::J08,
    &catalogue::J10,
    &catalogue::J11,
];

/// Whether a protected route gives a check of tokens something to do.
pub(super) fn is_about(model: &Model, check: &Check, route: &Route) -> bool {
    let Some(auth) = &model.design.auth else {
        return false;
    };
    match check.id {
        "J08" => auth.issuer.is_some() || !auth.audience.is_empty(),
        "J11" => auth.role_claim.is_some() && roles::is_asked(model, route),
        _ => true,
    }
}

pub(super) fn run(cx: &mut Session<'_>) -> Result<(), NetError> {
    let Some(call) = protected(cx) else {
        return Ok(());
    };
    let (Some(auth), Some(token)) = (cx.model.design.auth.clone(), cx.actor(call.actor).token.clone()) else {
        return Ok(());
    };
    cx.try_call(&catalogue::J01, "valid", &call)?;
    let bare = bare(cx, &call);
    headers(cx, &bare, &token)?;
    let Some(kit) = Kit::new(cx.target.tokens, &auth, &token) else {
        for check in J {
            cx.ledger
                .gap(check, "the token at hand does not read as a JWT".to_owned());
        }
        return Ok(());
    };
    for forged in forge::all(&kit) {
        refuse(cx, &bare, &forged)?;
    }
    missing(cx, &kit);
    for (label, token) in forge::fine(&kit) {
        accept(cx, &call, label, &token)?;
    }
    everywhere(cx, &kit)?;
    roles::run(cx, &kit, &auth)?;
    // The valid token still is, after all that.
    cx.try_call(&catalogue::J01, "valid-still", &call)?;
    Ok(())
}

/// The call without its token, to the same path.
fn bare(cx: &Session<'_>, call: &Call) -> Call {
    let own = cx.who(call.actor).map(|who| who.subject.clone());
    Call {
        actor: ActorId::NOBODY,
        path_caller: call.path_caller.clone().or(own),
        ..call.clone()
    }
}

/// A call to a protected route that a valid token lets through: best one that reads and succeeds, otherwise one that
/// is refused for something else than its token, and changes nothing.
fn protected(cx: &mut Session<'_>) -> Option<Call> {
    let routes: Vec<RouteId> = cx
        .routes()
        .into_iter()
        .filter(|(_, route)| !route.public)
        .map(|(id, _)| id)
        .collect();
    for id in &routes {
        if cx.model.http.routes[*id].method != Method::Get {
            continue;
        }
        if let Some(call) = reading(cx, *id) {
            return Some(call);
        }
    }
    let user = cx.users().first().copied()?;
    probe(cx, *routes.first()?, user)
}

/// A read that somebody may make.
fn reading(cx: &Session<'_>, id: RouteId) -> Option<Call> {
    let route = &cx.model.http.routes[id];
    let rows: Vec<RowId> = cx.world.alive(route.entity).map(|(row, _)| row).collect();
    let mut users = cx.users().into_iter();
    users.find_map(|user| {
        let call = Call::new(id, user);
        let mut calls: Vec<Call> = if route.operation == Operation::Get {
            rows.iter().map(|row| call.clone().on(*row)).collect()
        } else {
            vec![call]
        };
        calls.retain(|call| cx.decide(call).is_success());
        calls.into_iter().next()
    })
}

/// A call that changes nothing, whoever makes it: a key that no row has, or a member that no body has.
pub(super) fn probe(cx: &mut Session<'_>, id: RouteId, user: ActorId) -> Option<Call> {
    let route = &cx.model.http.routes[id];
    let mut call = Call::new(id, user);
    if route.operation.is_on_item() {
        let key = key_text(&missing_key(cx, route.entity));
        call = call.on_missing(key);
    }
    if route.operation != Operation::Create && route.made.is_none() {
        return body_for(cx, call.clone(), None).or(Some(call));
    }
    // Whatever else is missing is not compared.
    let fault = Fault {
        problem: Problem::InvalidBody {
            status: cx.model.design.service.validation_status,
        },
        mistakes: Vec::new(),
        field: None,
    };
    let member = Member::Raw("no_such_member".to_owned(), "1".to_owned());
    Some(call.body(Body::Members(vec![member])).wrong(fault))
}

/// A few forged tokens on every protected route: one of them may look at tokens in another way.
fn everywhere(cx: &mut Session<'_>, kit: &Kit<'_>) -> Result<(), NetError> {
    let few = forge::few(kit);
    let Some(user) = cx.users().first().copied() else {
        return Ok(());
    };
    for (id, route) in cx.routes() {
        if route.public {
            continue;
        }
        let Some(call) = probe(cx, id, user) else {
            continue;
        };
        let bare = bare(cx, &call);
        for forged in &few {
            refuse(cx, &bare, forged)?;
        }
    }
    Ok(())
}

/// Odd `Authorization` headers.
fn headers(cx: &mut Session<'_>, bare: &Call, token: &str) -> Result<(), NetError> {
    let bearer = format!("Bearer {token}");
    let odd: [(&str, Vec<Vec<u8>>); 10] = [
        ("absent", vec![]),
        ("empty", vec![Vec::new()]),
        ("scheme-alone", vec![b"Bearer".to_vec()]),
        ("other-scheme", vec![format!("Basic {token}").into_bytes()]),
        ("no-scheme", vec![token.as_bytes().to_vec()]),
        (
            "doubled",
            vec![bearer.clone().into_bytes(), bearer.clone().into_bytes()],
        ),
        ("two-in-one", vec![format!("{bearer}, {bearer}").into_bytes()]),
        ("text-behind", vec![format!("{bearer} x").into_bytes()]),
        ("not-utf-8", vec![b"Bearer \xff\xfe".to_vec()]),
        ("quoted", vec![format!("Bearer \"{token}\"").into_bytes()]),
    ];
    for (label, values) in odd {
        let mut request = cx.spell(bare)?;
        request.headers.extend(
            values
                .into_iter()
                .map(|value| ("Authorization".to_owned(), value)),
        );
        expect_401(cx, bare, (&catalogue::J01, label), request)?;
    }
    // A token in the query is a parameter that the route does not know, and no token.
    let mut request = cx.spell(bare)?;
    request.path = format!("{}?access_token={token}", request.path);
    expect_401(cx, bare, (&catalogue::J01, "in-the-query"), request)
}

fn refuse(cx: &mut Session<'_>, bare: &Call, forged: &Forged) -> Result<(), NetError> {
    let request = cx.spell(bare)?;
    let request = request.header("Authorization", format!("Bearer {}", forged.token));
    expect_401(cx, bare, (forged.check, &forged.label), request)
}

fn expect_401(
    cx: &mut Session<'_>,
    bare: &Call,
    (check, label): (&'static Check, &str),
    request: crate::net::Request,
) -> Result<(), NetError> {
    cx.ledger.count(check);
    let route = &cx.model.http.routes[bare.route];
    let Some(exchange) = cx.exchange(Some(route), request, ActorId::NOBODY)? else {
        return Ok(());
    };
    if exchange.answer.status != 401 {
        let symptom = Symptom::new("status", "401 unauthenticated", excerpt(&exchange.answer));
        cx.find(check, label, &exchange, Ground::Route, symptom);
        return Ok(());
    }
    let challenge = exchange.answer.header("www-authenticate").unwrap_or_default();
    let is_sent = exchange
        .request
        .headers
        .iter()
        .any(|(name, _)| name == "Authorization");
    let is_reasoned = check == &catalogue::J01 || challenge.contains("error=\"invalid_token\"");
    if !challenge.starts_with("Bearer") || is_sent && !is_reasoned {
        let symptom = Symptom::new(
            "challenge",
            "`WWW-Authenticate: Bearer error=\"invalid_token\"`",
            format!("`{challenge}`"),
        );
        cx.find(
            &catalogue::J01,
            label,
            &exchange,
            Ground::Route,
            symptom.severity(crate::report::Severity::Medium),
        );
    }
    Ok(())
}

/// A token that is odd but right must be accepted: refusing all is no way out.
fn accept(cx: &mut Session<'_>, call: &Call, label: &str, token: &str) -> Result<(), NetError> {
    let bare = bare(cx, call);
    let route = &cx.model.http.routes[bare.route];
    let request = cx
        .spell(&bare)?
        .header("Authorization", format!("Bearer {token}"));
    cx.ledger.count(&catalogue::J07);
    let Some(exchange) = cx.exchange(Some(route), request, ActorId::NOBODY)? else {
        return Ok(());
    };
    if exchange.answer.status == 401 {
        let symptom = Symptom::new("refused", "no 401", excerpt(&exchange.answer));
        cx.find(
            &catalogue::J07,
            label,
            &exchange,
            Ground::Route,
            symptom.severity(crate::report::Severity::Medium),
        );
    }
    Ok(())
}

/// Says which checks could not be tried with the tokens at hand.
fn missing(cx: &mut Session<'_>, kit: &Kit<'_>) {
    let signed = [
        &catalogue::J05,
        &catalogue::J06,
        &catalogue::J07,
        &catalogue::J08,
        &catalogue::J10,
        &catalogue::J11,
    ];
    let routes: Vec<RouteId> = cx.routes().into_iter().map(|(id, _)| id).collect();
    let mut lacks = |check: &'static Check, what: &str| {
        if routes.iter().any(|id| super::is_about(cx.model, check, *id)) {
            cx.ledger.gap(check, what.to_owned());
        }
    };
    if !kit.can_sign() {
        for check in signed {
            lacks(
                check,
                "tokens cannot be signed here: give the issuer's key with `--key-dir`",
            );
        }
    }
    if kit.public_keys().is_empty() {
        lacks(&catalogue::J04, "the issuer's public keys are not at hand");
    }
}
