//! Deleting: gone from everywhere, and rows that pointed there follow their declaration.

use groma_ir::design::{EntityId, FieldId, OnDelete};
use groma_ir::http::{Operation, RouteId};

use super::lists::everything;
use crate::call::{ActorId, Call, Sample};
use crate::catalogue;
use crate::fixtures::{Cast, Fill, cast, compose, is_user, lacking, supply};
use crate::net::NetError;
use crate::oracle::RowId;
use crate::session::Session;

pub(super) fn run(cx: &mut Session<'_>) -> Result<(), NetError> {
    for (id, route) in cx.routes() {
        if route.operation != Operation::Delete {
            continue;
        }
        let Some(Cast { actor, row }) = removable(cx, id)? else {
            lacking(cx, &[&catalogue::F08], id);
            continue;
        };
        if is_user(cx, row) {
            // Without the row the user would be nobody for the rest of the run.
            continue;
        }
        let pointing = point_at(cx, row, actor)?;
        delete(cx, id, row, &pointing, actor)?;
    }
    Ok(())
}

/// A row and somebody who may delete it, as long as nothing points at it.
fn removable(cx: &mut Session<'_>, id: RouteId) -> Result<Option<Cast>, NetError> {
    let mut any = None;
    for turn in 0..4 {
        let Some(cast) = cast(cx, id, Fill::Turn(turn))? else {
            break;
        };
        let is_removable = cx.decide(&Call::new(id, cast.actor).on(cast.row)).is_success();
        if is_removable && !is_user(cx, cast.row) {
            return Ok(Some(cast));
        }
        any = Some(cast);
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
        let others = cx.users().into_iter().filter(|other| *other != actor);
        for author in std::iter::once(actor).chain(others).collect::<Vec<_>>() {
            supply(cx, create, author, 0)?;
            let Some(made) = compose(cx, create, author, Fill::Least) else {
                continue;
            };
            let mut fields = made.body.into_fields();
            fields.retain(|(known, _)| *known != field);
            fields.push((field, Sample::plain(cx.world.key(row).clone())));
            let call = Call::new(create, author).with(fields);
            if cx.decide(&call).is_success() {
                rows.extend(cx.try_call(&catalogue::F08, "pointing", &call)?.row);
                break;
            }
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
        let reader = cx.reader(*other).unwrap_or(actor);
        cx.check_row(&catalogue::F08, "pointing", *other, reader)?;
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
