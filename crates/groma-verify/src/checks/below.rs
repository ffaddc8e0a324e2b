//! Routes below other rows: a parent that is missing, one that may not be seen and one that the item does not lie
//! below are the same, and nothing comes of any of them.

use groma_ir::design::Parent;
use groma_ir::http::{Operation, RouteId};

use super::access::body_for;
use super::alike::{compare, invisible, missing_key};
use crate::call::{ActorId, Below, Call};
use crate::catalogue;
use crate::fixtures::{Fill, cast, compose};
use crate::net::{Answer, NetError};
use crate::oracle::{RowId, key_text};
use crate::session::Session;

pub(super) fn run(cx: &mut Session<'_>) -> Result<(), NetError> {
    for (id, route) in cx.routes() {
        let Some(parent) = route.path.parents().next_back() else {
            continue;
        };
        let users = cx.users().into_iter();
        let asking: Vec<ActorId> = users
            .filter(|actor| cx.world.is_possible(route, cx.who(*actor)))
            .collect();
        let blind = asking
            .iter()
            .find(|actor| invisible(cx, parent.entity, **actor).is_some());
        let Some(actor) = blind.or(asking.first()).copied() else {
            continue;
        };
        let missing = key_text(&missing_key(cx, parent.entity));
        let nowhere = elsewhere(cx, id, actor, Below::Missing(missing))?;
        if let Some(row) = invisible(cx, parent.entity, actor) {
            let hidden = elsewhere(cx, id, actor, Below::Row(row))?;
            if let (Some((_, first)), Some((call, second))) = (&nowhere, &hidden) {
                compare(cx, (&catalogue::Z12, "parents-alike"), call, first, second)?;
            }
        }
        of_another(cx, id, parent)?;
    }
    Ok(())
}

/// A call below a row that is not there for the caller: on an item that they could reach otherwise, if there is one.
fn elsewhere(
    cx: &mut Session<'_>,
    id: RouteId,
    actor: ActorId,
    below: Below,
) -> Result<Option<(Call, Answer)>, NetError> {
    let route = &cx.model.http.routes[id];
    let label = match below {
        Below::Row(_) => "invisible-parent",
        Below::Usual | Below::Key(_) | Below::Missing(_) => "missing-parent",
    };
    let call = if route.operation.is_on_item() {
        let Some(row) = reachable(cx, id, actor) else {
            return Ok(None);
        };
        body_for(cx, Call::new(id, actor).on(row), Some(row))
    } else if route.operation == Operation::Create {
        compose(cx, id, actor, Fill::Least)
    } else {
        Some(Call::new(id, actor))
    };
    let Some(call) = call else { return Ok(None) };
    let call = call.below(below);
    let reply = cx.try_refused(&catalogue::Z12, label, &call)?;
    Ok(reply.answer.map(|answer| (call, answer)))
}

/// A row that the caller may read, or any.
fn reachable(cx: &Session<'_>, id: RouteId, actor: ActorId) -> Option<RowId> {
    let entity = cx.model.http.routes[id].entity;
    let now = jiff::Timestamp::now();
    let mut rows = cx.world.alive(entity).map(|(row, _)| row);
    let readable = rows.find(|row| cx.world.may_read(*row, cx.who(actor), now));
    readable.or_else(|| cx.world.alive(entity).map(|(row, _)| row).next())
}

/// An item that the caller may read, by the path of another parent that they may read.
fn of_another(cx: &mut Session<'_>, id: RouteId, parent: &Parent) -> Result<(), NetError> {
    let route = &cx.model.http.routes[id];
    if !route.operation.is_on_item() {
        return Ok(());
    }
    let now = jiff::Timestamp::now();
    if cx.world.alive(route.entity).next().is_none() {
        cast(cx, id, Fill::Turn(0))?;
    }
    for actor in cx.users() {
        let rows = cx.world.alive(route.entity).map(|(row, _)| row);
        let rows: Vec<RowId> = rows
            .filter(|row| cx.world.may_read(*row, cx.who(actor), now))
            .collect();
        let all = cx
            .world
            .readable_parents(&Call::new(id, actor), cx.who(actor), now);
        let other = |row: RowId| {
            let own = cx.world.row(row).cell(parent.field);
            let is_other = |below: &&Below| match below {
                Below::Row(other) => cx.world.key(*other) != own,
                Below::Key(key) => key != own,
                Below::Usual | Below::Missing(_) => false,
            };
            Some((row, all.iter().find(is_other)?.clone()))
        };
        let Some((row, other)) = rows.into_iter().find_map(other) else {
            continue;
        };
        if let Some(call) = body_for(cx, Call::new(id, actor).on(row), Some(row)) {
            cx.try_refused(&catalogue::Z11, "of-another-parent", &call.below(other))?;
            return Ok(());
        }
    }
    Ok(())
}
