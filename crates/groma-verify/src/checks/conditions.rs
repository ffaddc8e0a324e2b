//! Checks of rows: a body that would break one is refused, and every check that it breaks is told.

use groma_ir::design::EntityId;
use groma_ir::http::{Operation, RouteId};

use super::round_trip::remove;
use crate::call::{ActorId, Call};
use crate::catalogue;
use crate::fixtures::{Cast, Fill, action_call, cast, creator, make_up, scattered};
use crate::net::NetError;
use crate::oracle::{Ground, Outcome, RowId, Verdict};
use crate::session::Session;

/// How many bodies are made up for one row, and how many of those that break checks are sent.
const ATTEMPTS: usize = 300;
const MOST: usize = 6;

/// How many rows they are sent to, and how many turns of inputs are tried on each.
const ROWS: usize = 3;
const TURNS: usize = 8;

pub(super) fn run(cx: &mut Session<'_>) -> Result<(), NetError> {
    for (id, route) in cx.routes() {
        if cx.model.design.entities[route.entity].checks.is_empty() || !route.operation.is_write() {
            continue;
        }
        match route.operation {
            Operation::Create => {
                if let Some(actor) = creator(cx, id)? {
                    breaks(cx, id, actor, None)?;
                }
            }
            Operation::Update | Operation::Replace | Operation::Action(_) => {
                on_rows(cx, id)?;
            }
            Operation::Delete | Operation::List | Operation::Get | Operation::Report(_) => {}
        }
    }
    Ok(())
}

/// What a row holds decides too, above all where an input is all that is sent: where rows in turn do not bring it
/// about, one is looked for that does.
fn on_rows(cx: &mut Session<'_>, id: RouteId) -> Result<(), NetError> {
    let before = cx.ledger.cases(&catalogue::V11);
    for turn in 0..ROWS {
        if let Some(Cast { actor, row }) = cast(cx, id, Fill::Turn(turn))? {
            breaks(cx, id, actor, Some(row))?;
            remove(cx, row, actor)?;
        }
    }
    let Operation::Action(action) = cx.model.http.routes[id].operation else {
        return Ok(());
    };
    let entity = cx.model.http.routes[id].entity;
    let breaking = |cx: &Session<'_>, row: RowId| {
        let mut users = cx.users().into_iter();
        users.find(|actor| {
            let mut calls = (0..TURNS).filter_map(|turn| action_call(cx, row, (action, turn), *actor));
            calls.any(|call| kind(&cx.decide(&call), entity).is_some())
        })
    };
    for _ in 0..ATTEMPTS {
        if cx.ledger.cases(&catalogue::V11) > before {
            break;
        }
        let is_useful = |cx: &Session<'_>, row: RowId| breaking(cx, row).is_some();
        if let Some(row) = make_up(cx, entity, &is_useful)?
            && let Some(actor) = breaking(cx, row)
        {
            breaks(cx, id, actor, Some(row))?;
            remove(cx, row, actor)?;
        }
    }
    Ok(())
}

/// Bodies that break other checks than those before, or more of them at once.
fn breaks(cx: &mut Session<'_>, id: RouteId, actor: ActorId, row: Option<RowId>) -> Result<(), NetError> {
    let mut seen: Vec<(usize, usize)> = Vec::new();
    for turn in 0..ATTEMPTS {
        let Some(call) = body(cx, id, actor, row, turn) else {
            continue;
        };
        let outcome = cx.decide(&call);
        let Some(kind) = kind(&outcome, cx.model.http.routes[id].entity) else {
            continue;
        };
        if seen.contains(&kind) {
            continue;
        }
        seen.push(kind);
        cx.try_refused(
            &catalogue::V11,
            &format!("check-{}-of-{}", kind.0 + 1, kind.1),
            &call,
        )?;
        if seen.len() == MOST {
            break;
        }
    }
    Ok(())
}

/// The first check that a call breaks, and how many it breaks.
fn kind(outcome: &Outcome, entity: EntityId) -> Option<(usize, usize)> {
    match (&outcome.ground, &outcome.verdict) {
        (Ground::Check(of, check), Verdict::Refused { mistakes, .. }) if *of == entity => {
            Some((*check, mistakes.len()))
        }
        _ => None,
    }
}

fn body(cx: &mut Session<'_>, id: RouteId, actor: ActorId, row: Option<RowId>, turn: usize) -> Option<Call> {
    let operation = cx.model.http.routes[id].operation;
    if let (Operation::Action(action), Some(row)) = (operation, row) {
        return action_call(cx, row, (action, turn), actor);
    }
    let mut fields = scattered(cx, id, actor)?;
    if operation == Operation::Update {
        let kept = 1 + cx.rng.below(3);
        while fields.len() > kept {
            let at = cx.rng.below(fields.len());
            fields.remove(at);
        }
    }
    if let Some(row) = row {
        super::change::keep_states(cx, row, &mut fields);
    }
    let call = Call::new(id, actor).with(fields);
    Some(match row {
        Some(row) => call.on(row),
        None => call,
    })
}
