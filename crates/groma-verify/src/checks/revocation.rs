//! Ties that were cut: what somebody could see by a share or a membership alone is gone with the next request.

use groma_ir::design::EntityId;
use groma_ir::http::{Operation, RouteId};

use crate::call::{ActorId, Call};
use crate::catalogue;
use crate::net::NetError;
use crate::oracle::RowId;
use crate::session::Session;

/// How many ties of each kind are cut.
const CUTS: usize = 3;

/// A tie, who cuts it, and what somebody sees by it alone.
struct Cut {
    delete: Call,
    reads: Call,
}

pub(super) fn run(cx: &mut Session<'_>) -> Result<(), NetError> {
    for (delete, route) in cx.routes() {
        let is_tie = cx.model.design.entities[route.entity].link.is_some();
        if !is_tie || route.operation != Operation::Delete {
            continue;
        }
        for _ in 0..CUTS {
            let Some(cut) = find(cx, (delete, route.entity)) else {
                break;
            };
            if !cx.try_call(&catalogue::Z14, "before", &cut.reads)?.succeeded() {
                break;
            }
            if cx.try_call(&catalogue::F08, "cut", &cut.delete)?.succeeded() {
                cx.try_call(&catalogue::Z14, "after", &cut.reads)?;
            }
        }
    }
    Ok(())
}

/// A tie without which its person does not see the row any more.
fn find(cx: &mut Session<'_>, (delete, entity): (RouteId, EntityId)) -> Option<Cut> {
    let link = cx.model.design.entities[entity].link.clone()?;
    let target = cx.model.design.entities[entity].fields[link.parent].ty.target()?;
    let get = cx.route_of(target, Operation::Get)?;
    let ties: Vec<RowId> = cx.world.alive(entity).map(|(row, _)| row).collect();
    for tie in ties {
        let Some((actor, row)) = ends(cx, tie, (&link, target)) else {
            continue;
        };
        let reads = Call::new(get, actor).on(row);
        let cutters = cx.users().into_iter();
        let mut cuts = cutters.map(|cutter| Call::new(delete, cutter).on(tie));
        let Some(delete) = cuts.find(|call| cx.decide(call).is_success()) else {
            continue;
        };
        let before = cx.decide(&reads).is_success();
        cx.world.row_mut(tie).alive = false;
        let after = cx.decide(&reads).is_success();
        cx.world.row_mut(tie).alive = true;
        if before && !after {
            return Some(Cut { delete, reads });
        }
    }
    None
}

/// Whom a tie ties to what, where both are of this run.
fn ends(
    cx: &Session<'_>,
    tie: RowId,
    (link, target): (&groma_ir::design::Link, EntityId),
) -> Option<(ActorId, RowId)> {
    let tie = cx.world.row(tie);
    let is_person = |actor: &ActorId| {
        let who = cx.who(*actor);
        who.is_some_and(|who| cx.world.caller_key(&who.subject) == *tie.cell(link.user))
    };
    let actor = cx.users().into_iter().find(is_person)?;
    let row = cx.world.find_alive(target, tie.cell(link.parent))?;
    Some((actor, row))
}
