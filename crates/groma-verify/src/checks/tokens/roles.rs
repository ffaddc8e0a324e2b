//! The forms in which a token may give roles: text, a list, comma-separated text; nothing else gives any.

use serde_json::{Value as Json, json};

use groma_ir::design::Auth;
use groma_ir::http::Operation;

use super::kit::Kit;
use crate::actors::Actor;
use crate::call::{ActorId, Call};
use crate::catalogue;
use crate::net::NetError;
use crate::oracle::RowId;
use crate::session::Session;
use crate::tokens::identity;

/// Reads a row that a role alone may read, with the role in every form.
pub(super) fn run(cx: &mut Session<'_>, kit: &Kit<'_>, auth: &Auth) -> Result<(), NetError> {
    let Some(claim) = auth.role_claim.clone() else {
        return Ok(());
    };
    for role in &auth.roles {
        let Some(row) = telling_row(cx, &role.name) else {
            continue;
        };
        for (label, value) in forms(&role.name) {
            let Some(token) = kit.signed(&[(claim.as_str(), value)]) else {
                return Ok(());
            };
            read_as(cx, auth, (&format!("{}-{label}", role.name), token), row)?;
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

/// A row that the role's user may read and alice may not.
fn telling_row(cx: &Session<'_>, role: &str) -> Option<RowId> {
    let users = cx.users();
    let alice = users.first().copied()?;
    let of_role = users.into_iter().find(|user| cx.actor(*user).name == role)?;
    let now = jiff::Timestamp::now();
    let gets = cx
        .model
        .http
        .routes
        .iter()
        .filter(|route| route.operation == Operation::Get);
    let rows = gets.flat_map(|route| cx.world.alive(route.entity).map(|(row, _)| row));
    let mut telling = rows.filter(|row| {
        cx.world.may_read(*row, cx.who(of_role), now) && !cx.world.may_read(*row, cx.who(alice), now)
    });
    telling.next()
}

/// The bearer is alice, with the roles of the token.
fn read_as(
    cx: &mut Session<'_>,
    auth: &Auth,
    (label, token): (&str, String),
    row: RowId,
) -> Result<(), NetError> {
    let (Some(alice), Some(get)) = (
        cx.users().first().copied(),
        cx.route_of(row.entity, Operation::Get),
    ) else {
        return Ok(());
    };
    let spec = cx.actor(alice).spec.clone();
    let asked = spec.as_ref().map(|spec| spec.subject.clone()).unwrap_or_default();
    let Ok(identity) = identity(auth, &token, &asked) else {
        return Ok(());
    };
    let actor = Actor {
        name: label.to_owned(),
        token: Some(token),
        identity: Some(identity),
        spec: None,
        is_plain: false,
    };
    cx.actors.push(actor);
    let call = Call::new(get, ActorId(cx.actors.len() - 1)).on(row);
    let result = cx.try_call(&catalogue::J11, label, &call);
    cx.actors.pop();
    result.map(|_| ())
}
