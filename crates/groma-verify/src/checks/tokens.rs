//! Tokens: what a service must refuse, whatever a token says of itself.

mod forge;
mod kit;
mod roles;

use groma_ir::design::Auth;
use groma_ir::http::{Method, Operation};

use crate::call::{ActorId, Call};
use crate::catalogue::{self, Check};
use crate::judge::{Symptom, excerpt};
use crate::net::NetError;
use crate::oracle::Ground;
use crate::report::Status;
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

pub(super) fn run(cx: &mut Session<'_>) -> Result<(), NetError> {
    let alice = cx.users().first().copied();
    let (Some(call), Some(alice)) = (alice.and_then(|alice| protected(cx, alice)), alice) else {
        for check in J {
            cx.skip(
                check,
                Status::NotApplicable,
                "no protected route can be asked, or no user has a token",
            );
        }
        return Ok(());
    };
    let (Some(auth), Some(token)) = (cx.model.design.auth.clone(), cx.actor(alice).token.clone()) else {
        return Ok(());
    };
    cx.try_call(&catalogue::J01, "valid", &call)?;
    let bare = Call {
        actor: ActorId::NOBODY,
        ..call.clone()
    };
    headers(cx, &bare, &token)?;
    let Some(kit) = Kit::new(cx.target.tokens, &auth, &token) else {
        return Ok(());
    };
    for forged in forge::all(&kit) {
        refuse(cx, &bare, &forged)?;
    }
    missing(cx, &kit, &auth);
    for (label, token) in forge::fine(&kit) {
        accept(cx, &bare, label, &token)?;
    }
    roles::run(cx, &kit, &auth)?;
    // The valid token still is, after all that.
    cx.try_call(&catalogue::J01, "valid-still", &call)?;
    Ok(())
}

/// A call that brings a 200 with a valid token: of a list or a report, otherwise of a row.
fn protected(cx: &Session<'_>, actor: ActorId) -> Option<Call> {
    let is_simple = |operation| matches!(operation, Operation::List | Operation::Report(_));
    let gets = || {
        let all = cx.model.http.routes.entries();
        all.filter(|(_, route)| !route.public && route.method == Method::Get)
    };
    let subject = cx.who(actor).map(|who| who.subject.clone());
    let call = |id| Call {
        path_caller: subject.clone(),
        ..Call::new(id, actor)
    };
    let mut calls: Vec<Call> = gets()
        .filter(|(_, route)| is_simple(route.operation))
        .map(|(id, _)| call(id))
        .collect();
    let rows = |entity| cx.world.alive(entity).map(|(row, _)| row);
    calls.extend(
        gets()
            .filter(|(_, route)| route.operation == Operation::Get)
            .flat_map(|(id, route)| rows(route.entity).map(move |row| (id, row)).collect::<Vec<_>>())
            .map(|(id, row)| call(id).on(row)),
    );
    calls.into_iter().find(|call| cx.decide(call).is_success())
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
fn accept(cx: &mut Session<'_>, bare: &Call, label: &str, token: &str) -> Result<(), NetError> {
    let route = &cx.model.http.routes[bare.route];
    let request = cx.spell(bare)?.header("Authorization", format!("Bearer {token}"));
    cx.ledger.count(&catalogue::J07);
    let Some(exchange) = cx.exchange(Some(route), request, ActorId::NOBODY)? else {
        return Ok(());
    };
    if exchange.answer.status != 200 {
        let symptom = Symptom::new("refused", "200", excerpt(&exchange.answer));
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
fn missing(cx: &mut Session<'_>, kit: &Kit<'_>, auth: &Auth) {
    if !kit.can_sign() {
        for check in [
            &catalogue::J05,
            &catalogue::J06,
            &catalogue::J07,
            &catalogue::J08,
            &catalogue::J10,
            &catalogue::J11,
        ] {
            cx.skip(check, Status::NotRun, "needs a signing key");
        }
    }
    if kit.public_keys().is_empty() {
        cx.skip(&catalogue::J04, Status::NotRun, "needs the issuer's public keys");
    }
    if auth.role_claim.is_none() {
        cx.skip(
            &catalogue::J11,
            Status::NotApplicable,
            "the design reads no roles from tokens",
        );
    }
    if auth.issuer.is_none() && auth.audience.is_empty() {
        cx.skip(
            &catalogue::J08,
            Status::NotApplicable,
            "the design names no issuer and no audience",
        );
    }
}
