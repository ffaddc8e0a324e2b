//! What goes in comes out: every field at every edge of its type, and text that other languages would run.

use groma_ir::design::{EntityId, Type};
use groma_ir::http::{Operation, RouteId};

use super::runs;
use crate::call::{ActorId, Call, Sample};
use crate::catalogue;
use crate::fixtures::{Fill, compose, filled, must_be_fresh, passes_checks, telling};
use crate::net::NetError;
use crate::oracle::RowId;
use crate::session::Session;
use crate::values;

/// The most turns that one entity takes.
const MOST_TURNS: usize = 20;

pub(super) fn run(cx: &mut Session<'_>) -> Result<(), NetError> {
    let Some(alice) = cx.users().first().copied() else {
        return Ok(());
    };
    for (id, route) in cx.routes() {
        if route.operation == Operation::Create {
            if runs(cx, &catalogue::F01) {
                edges(cx, id, alice)?;
            }
            if runs(cx, &catalogue::V10) {
                canaries(cx, id, alice)?;
            }
        }
    }
    Ok(())
}

/// One row for each turn of values, until every field has shown each of its edges.
fn edges(cx: &mut Session<'_>, route: RouteId, actor: ActorId) -> Result<(), NetError> {
    for turn in 0..turns(cx, route) {
        let Some(fields) = filled(cx, route, actor, Fill::Turn(turn)) else {
            return Ok(());
        };
        let call = Call::new(route, actor).with(fields);
        if passes_checks(cx, &call) && cx.decide(&call).is_success() {
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
    cx.check_row(&catalogue::F01, "read-back", row, actor)?;
    remove(cx, row, actor)
}

/// Deletes a row that is no longer needed, where the actor may.
pub(super) fn remove(cx: &mut Session<'_>, row: RowId, actor: ActorId) -> Result<(), NetError> {
    if let Some(delete) = cx.route_of(row.entity, Operation::Delete) {
        let call = Call::new(delete, actor).on(row);
        if cx.decide(&call).is_success() {
            cx.try_call(&catalogue::F08, "tidy", &call)?;
        }
    }
    Ok(())
}

fn canaries(cx: &mut Session<'_>, route: RouteId, actor: ActorId) -> Result<(), NetError> {
    let entity: EntityId = cx.model.http.routes[route].entity;
    for field in cx.model.http.routes[route].writes.clone() {
        let ty: &Type = &cx.model.design.entities[entity].fields[field].ty;
        if must_be_fresh(cx, entity, field) && !is_scoped(cx, entity) {
            continue;
        }
        for (at, canary) in values::canaries(ty).into_iter().enumerate() {
            if let Some(mut fields) = filled(cx, route, actor, Fill::Least) {
                fields.retain(|(known, _)| *known != field);
                fields.push((field, trim(ty, canary)));
                let call = Call::new(route, actor).with(fields);
                if passes_checks(cx, &call) && cx.decide(&call).is_success() {
                    let name = cx.model.design.entities[entity].fields[field].wire.clone();
                    let reply = cx.try_call(&catalogue::V10, &format!("{name}-{at}"), &call)?;
                    if let Some(row) = reply.row {
                        cx.check_row(&catalogue::V10, &format!("{name}-{at}"), row, actor)?;
                        remove(cx, row, actor)?;
                    }
                }
            }
        }
    }
    Ok(())
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
        Type::Scalar(groma_ir::scalar::Scalar::Text(text)) if text.trim => {
            let kept = sample.kept.as_str().map(str::trim).unwrap_or_default().to_owned();
            Sample {
                kept: kept.into(),
                ..sample
            }
        }
        _ => sample,
    }
}
