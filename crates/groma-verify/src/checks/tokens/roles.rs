//! The forms in which a token may give roles: text, a list, comma-separated text; nothing else gives any.

use serde_json::{Value as Json, json};

use groma_ir::Model;
use groma_ir::access::{Atom, Pred, VerbRule};
use groma_ir::design::Auth;
use groma_ir::http::{Operation, Route, RouteId};

use super::kit::Kit;
use crate::actors::Actor;
use crate::call::{ActorId, Call};
use crate::catalogue;
use crate::fixtures::make_up;
use crate::net::NetError;
use crate::oracle::RowId;
use crate::session::Session;
use crate::tokens::{Identity, identity};

/// How many rows are made up in the oracle for one that tells.
const ATTEMPTS: usize = 200;

/// Whether the rule of a route asks for a role.
pub(super) fn is_asked(model: &Model, route: &Route) -> bool {
    let access = model.access.of(route.entity);
    let asks = |pred: &Pred| pred.any_atom(&|atom| matches!(atom, Atom::Role(_)));
    let of_writes = |rule: &VerbRule| asks(&rule.row) || rule.fields.iter().any(|(_, pred)| asks(pred));
    match route.operation {
        Operation::List | Operation::Get | Operation::Report(_) => asks(&access.read),
        Operation::Create => of_writes(&access.create),
        Operation::Update | Operation::Replace => of_writes(&access.update),
        Operation::Delete => asks(&access.delete),
        Operation::Action(action) => asks(access.action(action)),
    }
}

/// Asks for what a role alone may have, with the role in every form.
pub(super) fn run(cx: &mut Session<'_>, kit: &Kit<'_>, auth: &Auth) -> Result<(), NetError> {
    let Some(claim) = auth.role_claim.clone() else {
        return Ok(());
    };
    for role in &auth.roles {
        let Some(call) = telling(cx, auth, &role.name)? else {
            continue;
        };
        for (label, value) in forms(&role.name) {
            let Some(token) = kit.signed(&[(claim.as_str(), value)]) else {
                return Ok(());
            };
            ask_as(cx, auth, (&format!("{}-{label}", role.name), token), call.clone())?;
        }
    }
    Ok(())
}

fn forms(role: &str) -> Vec<(&'static str, Json)> {
    vec![
        ("text", json!(role)),
        ("list", json!([role])),
        ("commas", json!(format!("no-such-role,{role}"))),
        ("unknown", json!("no-such-role")),
        ("another-case", json!(role.to_uppercase() + "X")),
        ("number", json!(1)),
        ("boolean", json!(true)),
        ("object", json!({ role: true })),
        ("empty", json!("")),
    ]
}

/// A call that the first user may make with the role and not without it, or the other way round: on a row, or on a route as a whole.
fn telling(cx: &mut Session<'_>, auth: &Auth, role: &str) -> Result<Option<Call>, NetError> {
    let Some((first, without)) = cx
        .users()
        .first()
        .and_then(|first| Some((*first, cx.who(*first)?.clone())))
    else {
        return Ok(None);
    };
    let with = Identity {
        roles: auth.roles_of([role]),
        ..without.clone()
    };
    let found = telling_row(cx, first, (&with, &without));
    match found.or_else(|| telling_route(cx, first, (&with, &without))) {
        Some(call) => Ok(Some(call)),
        None => made_up_row(cx, first, (&with, &without)),
    }
}

fn telling_row(cx: &Session<'_>, first: ActorId, (with, without): (&Identity, &Identity)) -> Option<Call> {
    let routes = cx.model.http.routes.entries();
    let mut gets = routes.filter(|(_, route)| route.operation == Operation::Get);
    gets.find_map(|(id, route)| {
        let mut rows = cx.world.alive(route.entity).map(|(row, _)| row);
        let row = rows.find(|row| is_telling(cx, *row, (with, without)))?;
        Some(Call::new(id, first).on(row))
    })
}

fn is_telling(cx: &Session<'_>, row: RowId, (with, without): (&Identity, &Identity)) -> bool {
    let now = jiff::Timestamp::now();
    cx.world.may_read(row, Some(with), now) != cx.world.may_read(row, Some(without), now)
}

/// A row that no turn of values has brought, where the rule of reading asks for a role.
fn made_up_row(
    cx: &mut Session<'_>,
    first: ActorId,
    (with, without): (&Identity, &Identity),
) -> Result<Option<Call>, NetError> {
    for (id, route) in cx.routes() {
        if route.operation != Operation::Get || !is_asked(cx.model, route) {
            continue;
        }
        for _ in 0..ATTEMPTS {
            let is_useful = |cx: &Session<'_>, row: RowId| is_telling(cx, row, (with, without));
            if let Some(row) = make_up(cx, route.entity, &is_useful)? {
                return Ok(Some(Call::new(id, first).on(row)));
            }
        }
    }
    Ok(None)
}

fn telling_route(
    cx: &mut Session<'_>,
    first: ActorId,
    (with, without): (&Identity, &Identity),
) -> Option<Call> {
    let routes = cx.routes();
    let is_telling = |(_, route): &&(RouteId, &Route)| {
        cx.world.is_possible(route, Some(with)) != cx.world.is_possible(route, Some(without))
    };
    let (id, _) = routes.iter().find(is_telling)?;
    super::probe(cx, *id, first)
}

/// The bearer has the key of whoever the kit's token is for, and the roles of this token.
fn ask_as(
    cx: &mut Session<'_>,
    auth: &Auth,
    (label, token): (&str, String),
    call: Call,
) -> Result<(), NetError> {
    let asked = cx
        .users()
        .first()
        .and_then(|first| cx.actor(*first).spec.as_ref())
        .map(|spec| spec.subject.clone())
        .unwrap_or_default();
    let Ok(identity) = identity(auth, &token, &asked) else {
        return Ok(());
    };
    let actor = Actor {
        name: label.to_owned(),
        token: Some(token),
        identity: Some(identity),
        spec: None,
        is_plain: false,
        is_guise: false,
    };
    cx.actors.push(actor);
    let call = Call {
        actor: ActorId(cx.actors.len() - 1),
        ..call
    };
    let result = cx.try_call(&catalogue::J11, label, &call);
    cx.actors.pop();
    result.map(|_| ())
}
