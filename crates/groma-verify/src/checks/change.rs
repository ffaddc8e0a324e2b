//! PATCH changes what is sent; PUT puts every writable field in place.

use serde_json::Value as Json;

use groma_ir::design::FieldId;
use groma_ir::http::{Operation, RouteId};

use super::round_trip::remove;
use crate::call::{ActorId, Call, Key, Sample};
use crate::catalogue;
use crate::fixtures::{Fill, filled, fresh_row, must_be_fresh, passes_checks};
use crate::net::NetError;
use crate::oracle::RowId;
use crate::session::Session;
use crate::values;

pub(super) fn run(cx: &mut Session<'_>) -> Result<(), NetError> {
    for (id, route) in cx.routes() {
        let Some(alice) = cx.users().first().copied() else {
            return Ok(());
        };
        let Some(row) = fresh_row(cx, route.entity, alice, Fill::Turn(0))? else {
            continue;
        };
        match route.operation {
            Operation::Update => patch(cx, id, alice, row)?,
            Operation::Replace => put(cx, id, alice, row)?,
            _ => {}
        }
        remove(cx, row, alice)?;
    }
    Ok(())
}

/// Each field alone, with each value that fits, with null where it may be empty, and nothing at all.
fn patch(cx: &mut Session<'_>, id: RouteId, actor: ActorId, row: RowId) -> Result<(), NetError> {
    let route = &cx.model.http.routes[id];
    for field in &route.writes {
        let name = cx.model.design.entities[route.entity].fields[*field].wire.clone();
        for sample in samples(cx, id, *field, row) {
            send(cx, id, &name, row, actor, vec![(*field, sample)])?;
        }
    }
    send(cx, id, "nothing", row, actor, Vec::new())?;
    let merge = [(
        "Content-Type".to_owned(),
        "application/merge-patch+json".to_owned(),
    )];
    let mut call = Call::new(id, actor).on(row).with(Vec::new());
    call.headers.extend(merge);
    cx.try_call(&catalogue::F07, "merge-patch", &call)?;
    cx.check_row(&catalogue::F07, "read-back", row, actor)
}

fn samples(cx: &mut Session<'_>, id: RouteId, field: FieldId, row: RowId) -> Vec<Sample> {
    let entity_id = cx.model.http.routes[id].entity;
    let declared = &cx.model.design.entities[entity_id].fields[field];
    let mut samples: Vec<Sample> = if must_be_fresh(cx, entity_id, field) {
        cx.serial += 1;
        values::fresh(&declared.ty, &cx.marker, cx.serial, &mut cx.rng)
            .into_iter()
            .collect()
    } else {
        values::fitting(&cx.model.design, &declared.ty)
    };
    let current = cx.world.row(row).cell(field).clone();
    if declared.optional {
        samples.push(Sample::plain(Json::Null));
        samples.extend((!current.is_null()).then(|| Sample::plain(current)));
    }
    samples
}

fn send(
    cx: &mut Session<'_>,
    id: RouteId,
    label: &str,
    row: RowId,
    actor: ActorId,
    fields: Vec<(FieldId, Sample)>,
) -> Result<(), NetError> {
    let call = Call::new(id, actor).on(row).with(fields);
    if passes_checks(cx, &call) {
        let reply = cx.try_refused(&catalogue::F07, label, &call)?;
        if reply.outcome.is_success() {
            cx.check_row(&catalogue::F07, label, row, actor)?;
        }
    }
    Ok(())
}

/// The same body twice leaves the same row; a smaller one puts defaults in place of what it leaves out.
fn put(cx: &mut Session<'_>, id: RouteId, actor: ActorId, row: RowId) -> Result<(), NetError> {
    for fill in [Fill::Turn(0), Fill::Turn(2), Fill::Least] {
        let Some(mut fields) = filled(cx, id, actor, fill) else {
            continue;
        };
        keep_states(cx, row, &mut fields);
        let call = Call {
            key: Key::Row(row),
            ..Call::new(id, actor).with(fields)
        };
        if passes_checks(cx, &call) {
            cx.try_refused(&catalogue::F07, "put", &call)?;
            cx.try_refused(&catalogue::F07, "put-again", &call)?;
            cx.check_row(&catalogue::F07, "put", row, actor)?;
        }
    }
    Ok(())
}

/// A field with states keeps its state: moves are another check's.
pub(super) fn keep_states(cx: &Session<'_>, row: RowId, fields: &mut [(FieldId, Sample)]) {
    let entity = &cx.model.design.entities[row.entity];
    for states in &entity.states {
        let current = Sample::plain(cx.world.row(row).cell(states.field).clone());
        if let Some((_, sample)) = fields.iter_mut().find(|(field, _)| *field == states.field) {
            *sample = current;
        }
    }
}
