//! What goes in comes out: every field at every edge of its type, and text that other languages would run.

use groma_ir::design::{EntityId, Type};
use groma_ir::http::{Operation, RouteId};
use groma_ir::scalar::Scalar;
use serde_json::Value as Json;

use super::runs;
use crate::call::{ActorId, Call, Sample};
use crate::catalogue;
use crate::fixtures::{Fill, compose, creator, filled, is_user, lacking, must_be_fresh, telling};
use crate::net::NetError;
use crate::oracle::RowId;
use crate::session::Session;
use crate::values;

/// The most turns that one entity takes.
const MOST_TURNS: usize = 20;

pub(super) fn run(cx: &mut Session<'_>) -> Result<(), NetError> {
    for (id, route) in cx.routes() {
        if route.operation != Operation::Create {
            continue;
        }
        let Some(actor) = creator(cx, id)? else {
            lacking(cx, &[&catalogue::F01, &catalogue::V10], id);
            continue;
        };
        if runs(cx, &catalogue::F01) {
            edges(cx, id, actor)?;
        }
        if runs(cx, &catalogue::V10) {
            canaries(cx, id, actor)?;
        }
    }
    Ok(())
}

/// One row for each turn of values, until every field has shown each of its edges.
fn edges(cx: &mut Session<'_>, route: RouteId, actor: ActorId) -> Result<(), NetError> {
    for turn in 0..turns(cx, route) {
        let Some(fields) = filled(cx, route, actor, Fill::Turn(turn)) else {
            continue;
        };
        let call = Call::new(route, actor).with(fields);
        if cx.decide(&call).is_success() {
            let reply = cx.try_call(&catalogue::F01, "create", &call)?;
            read_and_remove(cx, reply.row, actor)?;
        }
    }
    let Some(call) = compose(cx, route, actor, Fill::Least) else {
        return Ok(());
    };
    let reply = cx.try_call(&catalogue::F01, "defaults", &call)?;
    read_and_remove(cx, reply.row, actor)
}

fn turns(cx: &Session<'_>, route: RouteId) -> usize {
    let route = &cx.model.http.routes[route];
    let counts = route
        .writes
        .iter()
        .map(|field| telling(cx, route.entity, *field).len());
    // Every fourth turn leaves optional fields empty.
    (counts.max().unwrap_or(0) * 4 / 3 + 2).min(MOST_TURNS)
}

fn read_and_remove(cx: &mut Session<'_>, row: Option<RowId>, actor: ActorId) -> Result<(), NetError> {
    let Some(row) = row else { return Ok(()) };
    let reader = cx.reader(row).unwrap_or(actor);
    cx.check_row(&catalogue::F01, "read-back", row, reader)?;
    remove(cx, row, actor)
}

/// Deletes a row that is no longer needed, as the actor or as whoever may.
pub(super) fn remove(cx: &mut Session<'_>, row: RowId, actor: ActorId) -> Result<(), NetError> {
    let delete = cx.route_of(row.entity, Operation::Delete);
    let Some(delete) = delete.filter(|_| cx.world.row(row).alive && !is_user(cx, row)) else {
        return Ok(());
    };
    let all = std::iter::once(actor).chain(cx.users());
    let mut calls = all.map(|actor| Call::new(delete, actor).on(row));
    if let Some(call) = calls.find(|call| cx.decide(call).is_success()) {
        cx.try_call(&catalogue::F08, "tidy", &call)?;
    }
    Ok(())
}

fn canaries(cx: &mut Session<'_>, route: RouteId, actor: ActorId) -> Result<(), NetError> {
    let entity: EntityId = cx.model.http.routes[route].entity;
    for field in cx.model.http.routes[route].writes.clone() {
        let ty: &Type = &cx.model.design.entities[entity].fields[field].ty;
        // Others may hold the same text: where it must be unique, it ends in what nobody else has.
        let end = (must_be_fresh(cx, entity, field) && !is_scoped(cx, entity)).then(|| cx.marker.clone());
        for (at, canary) in values::canaries(ty).into_iter().enumerate() {
            let canary = match &end {
                Some(end) => ending(ty, &canary, end),
                None => Some(canary),
            };
            if let (Some(canary), Some(mut call)) = (canary, compose(cx, route, actor, Fill::Least)) {
                let mut fields = call.body.into_fields();
                fields.retain(|(known, _)| *known != field);
                fields.push((field, trim(ty, canary)));
                call = Call::new(route, actor).with(fields);
                if cx.decide(&call).is_success() {
                    let name = cx.model.design.entities[entity].fields[field].wire.clone();
                    let reply = cx.try_call(&catalogue::V10, &format!("{name}-{at}"), &call)?;
                    if let Some(row) = reply.row {
                        let reader = cx.reader(row).unwrap_or(actor);
                        cx.check_row(&catalogue::V10, &format!("{name}-{at}"), row, reader)?;
                        remove(cx, row, actor)?;
                    }
                }
            }
        }
    }
    Ok(())
}

/// A text with an end of its own, where both fit.
fn ending(ty: &Type, canary: &Sample, end: &str) -> Option<Sample> {
    let text = Json::from(format!("{}{end}", canary.kept.as_str()?));
    let Type::Scalar(Scalar::Text(bounds)) = ty else {
        return None;
    };
    let length = text.as_str()?.chars().count();
    bounds
        .max
        .is_none_or(|max| length <= max as usize)
        .then(|| Sample::plain(text))
}

/// Whether unique values of an entity are unique among one owner's rows.
fn is_scoped(cx: &Session<'_>, entity: EntityId) -> bool {
    let entity = &cx.model.design.entities[entity];
    entity
        .owner
        .is_some_and(|owner| entity.uniques.iter().all(|unique| unique.fields.contains(&owner)))
}

fn trim(ty: &Type, sample: Sample) -> Sample {
    match ty {
        Type::Scalar(Scalar::Text(text)) if text.trim => {
            let kept = sample.kept.as_str().map(str::trim).unwrap_or_default().to_owned();
            Sample {
                kept: kept.into(),
                ..sample
            }
        }
        _ => sample,
    }
}
