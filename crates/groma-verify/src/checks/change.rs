//! PATCH changes what is sent; PUT puts every writable field in place.

use serde_json::Value as Json;

use groma_ir::design::FieldId;
use groma_ir::http::{Operation, RouteId};

use super::round_trip::remove;
use crate::call::{ActorId, Call, Key, Sample};
use crate::catalogue;
use crate::fixtures::{Cast, Fill, cast, cast_for, edge_values, filled, lacking, may_write};
use crate::net::NetError;
use crate::oracle::RowId;
use crate::session::Session;

pub(super) fn run(cx: &mut Session<'_>) -> Result<(), NetError> {
    for (id, route) in cx.routes() {
        if !matches!(route.operation, Operation::Update | Operation::Replace) {
            continue;
        }
        let Some(Cast { actor, row }) = cast(cx, id, Fill::Turn(0))? else {
            lacking(cx, &[&catalogue::F07], id);
            continue;
        };
        match route.operation {
            Operation::Update => patch(cx, id, actor, row)?,
            _ => put(cx, id, actor, row)?,
        }
        remove(cx, row, actor)?;
    }
    Ok(())
}

/// Each field alone, with each value that fits, with null where it may be empty, and nothing at all.
fn patch(cx: &mut Session<'_>, id: RouteId, actor: ActorId, row: RowId) -> Result<(), NetError> {
    for field in &cx.model.http.routes[id].writes {
        patch_field(cx, (id, *field), actor, row)?;
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

/// One field, on the row at hand or on one whose field somebody may write.
fn patch_field(
    cx: &mut Session<'_>,
    (id, field): (RouteId, FieldId),
    actor: ActorId,
    row: RowId,
) -> Result<(), NetError> {
    let other = if may_write(cx, (id, field), actor, row) {
        None
    } else {
        cast_for(cx, id, field, Fill::Turn(0))?
    };
    let part = other.unwrap_or(Cast { actor, row });
    let entity = cx.model.http.routes[id].entity;
    let name = cx.model.design.entities[entity].fields[field].wire.clone();
    for sample in samples(cx, id, field, part) {
        send(cx, id, &name, part.row, part.actor, vec![(field, sample)])?;
    }
    match other {
        Some(other) => remove(cx, other.row, other.actor),
        None => Ok(()),
    }
}

fn samples(cx: &mut Session<'_>, id: RouteId, field: FieldId, part: Cast) -> Vec<Sample> {
    let entity = cx.model.http.routes[id].entity;
    let declared = &cx.model.design.entities[entity].fields[field];
    let mut samples = edge_values(cx, entity, field, part.actor);
    let current = cx.world.row(part.row).cell(field).clone();
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
    let reply = cx.try_refused(&catalogue::F07, label, &call)?;
    if reply.outcome.is_success() {
        cx.check_row(&catalogue::F07, label, row, actor)?;
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
        cx.try_refused(&catalogue::F07, "put", &call)?;
        cx.try_refused(&catalogue::F07, "put-again", &call)?;
        cx.check_row(&catalogue::F07, "put", row, actor)?;
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
