//! Unique values: a second row that would share them is refused, by create and by change; another one is not.

use groma_ir::design::{EntityId, FieldId};
use groma_ir::http::Operation;

use super::round_trip::remove;
use crate::call::{ActorId, Call, Sample};
use crate::catalogue;
use crate::fixtures::{Fill, filled, fresh_row, passes_checks};
use crate::net::NetError;
use crate::oracle::RowId;
use crate::session::Session;

pub(super) fn run(cx: &mut Session<'_>) -> Result<(), NetError> {
    let Some(alice) = cx.users().first().copied() else {
        return Ok(());
    };
    let entities: Vec<EntityId> = cx.model.design.entities.ids().collect();
    for entity in entities {
        for unique in &cx.model.design.entities[entity].uniques {
            if let Some(row) = fresh_row(cx, entity, alice, Fill::Turn(0))? {
                twice(cx, row, &unique.fields, alice)?;
                remove(cx, row, alice)?;
            }
        }
    }
    Ok(())
}

fn twice(cx: &mut Session<'_>, row: RowId, fields: &[FieldId], actor: ActorId) -> Result<(), NetError> {
    let Some(create) = cx.route_of(row.entity, Operation::Create) else {
        return Ok(());
    };
    let Some(mut body) = filled(cx, create, actor, Fill::Least) else {
        return Ok(());
    };
    let copied = copies(cx, row, fields, &cx.model.http.routes[create].writes);
    body.retain(|(field, _)| !copied.iter().any(|(known, _)| known == field));
    body.extend(copied.clone());
    let call = Call::new(create, actor).with(body);
    if passes_checks(cx, &call) {
        cx.try_call(&catalogue::C04, "create", &call)?;
    }
    let (Some(update), Some(other)) = (
        cx.route_of(row.entity, Operation::Update),
        fresh_row(cx, row.entity, actor, Fill::Turn(0))?,
    ) else {
        return Ok(());
    };
    let writable = copies(cx, row, fields, &cx.model.http.routes[update].writes);
    let call = Call::new(update, actor).on(other).with(writable);
    if passes_checks(cx, &call) {
        cx.try_refused(&catalogue::C04, "update", &call)?;
    }
    remove(cx, other, actor)
}

/// The row's own values of these fields, as far as a body may hold them.
fn copies(cx: &Session<'_>, row: RowId, fields: &[FieldId], writes: &[FieldId]) -> Vec<(FieldId, Sample)> {
    let writable = fields.iter().filter(|field| writes.contains(field));
    writable
        .map(|field| (*field, Sample::plain(cx.world.row(row).cell(*field).clone())))
        .collect()
}
