//! Mass assignment and transfer: fields that the caller may not write, and owners and parents that they may
//! not choose.

use serde_json::Value as Json;

use groma_ir::design::{Default, Field, FieldId, Storage, Type};
use groma_ir::http::{ErrorCode, RouteId};

use super::access::{body_for, owner_of, typical_rows};
use super::input::benches;
use super::round_trip::remove;
use crate::call::{ActorId, Call, Key, Member, Mistake, Sample};
use crate::catalogue;
use crate::fixtures::{Fill, compose, supply};
use crate::net::NetError;
use crate::session::Session;
use crate::values;

/// Names that frameworks write unasked.
const USUAL: [&str; 5] = ["is_admin", "role", "user_id", "owner", "_id"];

pub(super) fn run_injection(cx: &mut Session<'_>) -> Result<(), NetError> {
    for bench in benches(cx, &[&catalogue::Z09])? {
        for (name, json) in injections(cx, bench.route) {
            let body = bench.body(cx, &name, vec![Member::Raw(name.clone(), json)]);
            let mistake = Mistake::at_member(ErrorCode::ExtraForbidden, &name);
            let call = bench.call(body).wrong(bench.fault(cx, vec![mistake], None));
            cx.try_refused(&catalogue::Z09, &name, &call)?;
        }
    }
    Ok(())
}

/// Fields that the route does not accept, with values that they could hold.
fn injections(cx: &mut Session<'_>, id: RouteId) -> Vec<(String, String)> {
    let route = &cx.model.http.routes[id];
    let entity = &cx.model.design.entities[route.entity];
    let mut all = Vec::new();
    let accepted = super::input::members(cx, id);
    for (field_id, field) in entity.fields.entries() {
        if !route.writes.contains(&field_id) && !accepted.iter().any(|member| member.name == field.wire) {
            all.push((field.wire.clone(), plausible(cx, field)));
        }
    }
    for name in USUAL {
        if !accepted.iter().any(|member| member.name == name) && !all.iter().any(|(known, _)| known == name) {
            all.push((name.to_owned(), "\"admin\"".to_owned()));
        }
    }
    all
}

fn plausible(cx: &mut Session<'_>, field: &Field) -> String {
    let bob = cx
        .users()
        .get(1)
        .and_then(|bob| cx.who(*bob))
        .map(|who| who.subject.clone())
        .unwrap_or_default();
    let value = match &field.ty {
        Type::Reference(_) if field.default == Some(Default::Caller) => cx.world.caller_key(&bob),
        Type::Reference(target) => cx
            .world
            .alive(*target)
            .map(|(row, _)| cx.world.key(row).clone())
            .next()
            .unwrap_or_else(|| cx.world.caller_key(&bob)),
        ty => match values::fitting(&cx.model.design, ty).into_iter().last() {
            Some(sample) => return sample.sent,
            None => Json::from("x"),
        },
    };
    value.to_string()
}

/// References that the body may hold, to rows of every owner, by every user.
pub(super) fn run_transfer(cx: &mut Session<'_>) -> Result<(), NetError> {
    for (id, route) in cx.routes() {
        let entity = &cx.model.design.entities[route.entity];
        let references: Vec<FieldId> = route
            .writes
            .iter()
            .copied()
            .filter(|field| entity.fields[*field].ty.target().is_some())
            .collect();
        for field in references {
            for actor in cx.users() {
                for key in candidates(cx, id, field) {
                    transfer(cx, id, field, actor, key)?;
                }
            }
        }
    }
    Ok(())
}

/// Keys of rows of different owners.
fn candidates(cx: &Session<'_>, id: RouteId, field: FieldId) -> Vec<Json> {
    let route = &cx.model.http.routes[id];
    let Some(target) = cx.model.design.entities[route.entity].fields[field].ty.target() else {
        return Vec::new();
    };
    if cx.model.design.entities[target].storage != Storage::Managed {
        let is_caller = cx.model.design.caller_entity() == Some(target) && !cx.world.knows_callers;
        let users = cx.users().into_iter().take(2).filter(|_| is_caller);
        return users
            .filter_map(|user| cx.who(user).map(|who| cx.world.caller_key(&who.subject)))
            .collect();
    }
    let mut owners = Vec::new();
    let mut keys = Vec::new();
    for (row, _) in cx.world.alive(target) {
        let owner = owner_of(cx, row);
        if !owners.contains(&owner) && keys.len() < 4 {
            owners.push(owner);
            keys.push(cx.world.key(row).clone());
        }
    }
    keys
}

fn transfer(
    cx: &mut Session<'_>,
    id: RouteId,
    field: FieldId,
    actor: ActorId,
    key: Json,
) -> Result<(), NetError> {
    let route = &cx.model.http.routes[id];
    let label = format!(
        "{}-{}",
        cx.actor(actor).name,
        cx.model.design.entities[route.entity].fields[field].wire
    );
    let value = (field, Sample::plain(key));
    if !route.operation.is_on_item() {
        supply(cx, id, actor, 0)?;
        let Some(made) = compose(cx, id, actor, Fill::Least) else {
            return Ok(());
        };
        let mut fields = made.body.into_fields();
        fields.retain(|(known, _)| *known != field);
        fields.push(value);
        let call = Call::new(id, actor).with(fields);
        let reply = cx.try_call(&catalogue::Z10, &label, &call)?;
        if let Some(row) = reply.row {
            remove(cx, row, actor)?;
        }
        return Ok(());
    }
    let now = jiff::Timestamp::now();
    let rows = typical_rows(cx, route.entity);
    let row = rows
        .iter()
        .copied()
        .find(|row| cx.world.may_read(*row, cx.who(actor), now));
    let Some(row) = row else { return Ok(()) };
    let mut fields = match route.operation {
        groma_ir::http::Operation::Replace => match body_for(cx, Call::new(id, actor).on(row), Some(row)) {
            Some(call) => call.body.into_fields(),
            None => return Ok(()),
        },
        _ => Vec::new(),
    };
    fields.retain(|(known, _)| *known != field);
    fields.push(value);
    super::change::keep_states(cx, row, &mut fields);
    let call = Call {
        key: Key::Row(row),
        ..Call::new(id, actor).with(fields)
    };
    cx.try_refused(&catalogue::Z10, &label, &call)?;
    Ok(())
}
