//! Rows that a `PUT` makes where there are none: by those who may, once, and changed by the next one.

use groma_ir::http::RouteId;

use super::access::body_for;
use super::round_trip::remove;
use crate::call::{ActorId, Call, Precondition};
use crate::catalogue;
use crate::fixtures::lacking;
use crate::net::NetError;
use crate::oracle::key_text;
use crate::session::Session;

pub(super) fn run(cx: &mut Session<'_>) -> Result<(), NetError> {
    for (id, route) in cx.routes() {
        if route.made.is_none() {
            continue;
        }
        match missing(cx, id) {
            Some(call) => made(cx, &call)?,
            None => lacking(cx, &[&catalogue::F01, &catalogue::C02], id),
        }
    }
    Ok(())
}

/// A row that is not there and that somebody may make, named by one of the users.
fn missing(cx: &mut Session<'_>, id: RouteId) -> Option<Call> {
    let names: Vec<String> = cx
        .users()
        .into_iter()
        .filter_map(|user| cx.who(user).map(|who| cx.world.caller_key(&who.subject)))
        .map(|key| key_text(&key))
        .collect();
    for actor in cx.users() {
        for name in &names {
            let call = Call::new(id, actor).on_missing(name.clone());
            let parents = cx
                .world
                .readable_parents(&call, cx.who(actor), jiff::Timestamp::now());
            let calls: Vec<Call> = match parents.as_slice() {
                [] => vec![call],
                all => all
                    .iter()
                    .map(|below| call.clone().below(below.clone()))
                    .collect(),
            };
            for call in calls {
                let Some(call) = body_for(cx, call, None) else {
                    continue;
                };
                let is_made = matches!(cx.decide(&call).effect, crate::oracle::Effect::Insert(..));
                if is_made {
                    return Some(call);
                }
            }
        }
    }
    None
}

fn made(cx: &mut Session<'_>, call: &Call) -> Result<(), NetError> {
    let by = |actor: ActorId| Call {
        actor,
        ..call.clone()
    };
    for actor in cx.everyone() {
        if !cx.decide(&by(actor)).is_success() {
            cx.try_refused(&catalogue::Z04, "put-missing", &by(actor))?;
        }
    }
    let any = call.clone().given(Precondition::Any);
    cx.try_refused(&catalogue::C02, "put-missing", &any)?;
    let first = call.clone().given(Precondition::Absent);
    let row = cx.try_call(&catalogue::F01, "put-missing", &first)?.row;
    cx.try_refused(&catalogue::C02, "put-again", &first)?;
    cx.try_call(&catalogue::F01, "put-again", call)?;
    let Some(row) = row else { return Ok(()) };
    let reader = cx.reader(row).unwrap_or(call.actor);
    cx.check_row(&catalogue::F01, "read-back", row, reader)?;
    for actor in cx.everyone() {
        if !cx.decide(&by(actor)).is_success() {
            cx.try_refused(&catalogue::Z04, "put-again", &by(actor))?;
        }
    }
    remove(cx, row, call.actor)
}
