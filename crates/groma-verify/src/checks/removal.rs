//! Deleting: gone from everywhere, and rows that pointed there follow their declaration.

use groma_ir::design::{EntityId, FieldId, OnDelete};
use groma_ir::http::{Operation, RouteId};

use super::lists::everything;
use crate::call::{ActorId, Call, Sample};
use crate::catalogue;
use crate::fixtures::{Fill, filled, fresh_row};
use crate::net::NetError;
use crate::oracle::RowId;
use crate::session::Session;

pub(super) fn run(cx: &mut Session<'_>) -> Result<(), NetError> {
    for (id, route) in cx.routes() {
        let Some(alice) = cx.users().first().copied() else {
            return Ok(());
        };
        if route.operation == Operation::Delete
            && let Some(row) = removable(cx, id, alice)?
        {
            let pointing = point_at(cx, row, alice)?;
            delete(cx, id, row, &pointing, alice)?;
        }
    }
    Ok(())
}

/// A row that the actor may delete, as long as nothing points at it.
fn removable(cx: &mut Session<'_>, id: RouteId, actor: ActorId) -> Result<Option<RowId>, NetError> {
    let entity = cx.model.http.routes[id].entity;
    let mut any = None;
    for turn in 0..4 {
        let Some(row) = fresh_row(cx, entity, actor, Fill::Turn(turn))? else {
            continue;
        };
        if cx.decide(&Call::new(id, actor).on(row)).is_success() {
            return Ok(Some(row));
        }
        any = Some(row);
    }
    Ok(any)
}

/// A row for each reference that can hold the one to be deleted.
fn point_at(cx: &mut Session<'_>, row: RowId, actor: ActorId) -> Result<Vec<RowId>, NetError> {
    let mut rows = Vec::new();
    for (entity, field, _) in references_to(cx, row.entity) {
        let Some(create) = cx.route_of(entity, Operation::Create) else {
            continue;
        };
        if !cx.model.http.routes[create].writes.contains(&field) {
            continue;
        }
        let Some(mut fields) = filled(cx, create, actor, Fill::Least) else {
            continue;
        };
        fields.retain(|(known, _)| *known != field);
        fields.push((field, Sample::plain(cx.world.key(row).clone())));
        let call = Call::new(create, actor).with(fields);
        if cx.decide(&call).is_success() {
            rows.extend(cx.try_call(&catalogue::F08, "pointing", &call)?.row);
        }
    }
    Ok(rows)
}

fn references_to(cx: &Session<'_>, target: EntityId) -> Vec<(EntityId, FieldId, OnDelete)> {
    let tables = cx.model.tables.iter();
    let keys = tables.flat_map(|table| table.foreign_keys.iter().map(|key| (table.entity, key)));
    keys.filter(|(_, key)| key.target == target)
        .map(|(entity, key)| (entity, key.field, key.on_delete))
        .collect()
}

fn delete(
    cx: &mut Session<'_>,
    id: RouteId,
    row: RowId,
    pointing: &[RowId],
    actor: ActorId,
) -> Result<(), NetError> {
    let call = Call::new(id, actor).on(row);
    let reply = cx.try_refused(&catalogue::F08, "delete", &call)?;
    for other in pointing {
        cx.check_row(&catalogue::F08, "pointing", *other, actor)?;
    }
    if !reply.outcome.is_success() {
        return Ok(());
    }
    cx.check_row(&catalogue::F08, "gone", row, actor)?;
    cx.try_call(&catalogue::F08, "again", &call)?;
    if let Some(update) = cx.route_of(row.entity, Operation::Update) {
        cx.try_call(
            &catalogue::F08,
            "update",
            &Call::new(update, actor).on(row).with(Vec::new()),
        )?;
    }
    if let Some(list) = cx.route_of(row.entity, Operation::List) {
        let ask = everything(cx, list, actor);
        cx.try_call(&catalogue::F08, "list", &Call::new(list, actor).asking(ask))?;
    }
    Ok(())
}
