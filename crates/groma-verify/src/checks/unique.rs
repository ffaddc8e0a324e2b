//! Unique values: a second row that would share them is refused, by create and by change; another one is not.

use groma_ir::design::FieldId;
use groma_ir::http::{Operation, RouteId};

use super::round_trip::remove;
use crate::call::{ActorId, Call, Sample};
use crate::catalogue;
use crate::fixtures::{Cast, Fill, cast, creator, filled, fresh_row, lacking, supply, value};
use crate::net::NetError;
use crate::oracle::{Ground, RowId};
use crate::session::Session;

/// How many values are tried in the place of one.
const TURNS: usize = 12;

pub(super) fn run(cx: &mut Session<'_>) -> Result<(), NetError> {
    for (create, route) in cx.routes() {
        if route.operation != Operation::Create {
            continue;
        }
        let Some(actor) = creator(cx, create)? else {
            lacking(cx, &[&catalogue::C04], create);
            continue;
        };
        for fields in uniques(cx, create) {
            if let Some(row) = fresh_row(cx, route.entity, actor, Fill::Turn(0))? {
                twice(cx, (create, row), &fields, actor)?;
                remove(cx, row, actor)?;
            }
        }
    }
    Ok(())
}

/// What must be unique, the key too where clients give it.
fn uniques(cx: &Session<'_>, create: RouteId) -> Vec<Vec<FieldId>> {
    let route = &cx.model.http.routes[create];
    let entity = &cx.model.design.entities[route.entity];
    let declared = entity.uniques.iter().map(|unique| unique.fields.clone());
    let key = route.writes.contains(&entity.key).then(|| vec![entity.key]);
    let is_written = |fields: &Vec<FieldId>| fields.iter().any(|field| route.writes.contains(field));
    declared.chain(key).filter(is_written).collect()
}

fn twice(
    cx: &mut Session<'_>,
    (create, row): (RouteId, RowId),
    fields: &[FieldId],
    actor: ActorId,
) -> Result<(), NetError> {
    supply(cx, create, actor, 0)?;
    // What is unique is taken from the row, so it need not be free in the body that it is put into.
    if let Some(call) = doubling(cx, (create, row), fields, actor) {
        let call = differing(cx, row, fields, call);
        cx.try_call(&catalogue::C04, "create", &call)?;
    }
    let Some(update) = cx.route_of(row.entity, Operation::Update) else {
        return Ok(());
    };
    let writable = copies(cx, row, fields, &cx.model.http.routes[update].writes);
    let Some(Cast { actor, row: other }) = cast(cx, update, Fill::Turn(0))? else {
        return Ok(());
    };
    let call = Call::new(update, actor).on(other).with(writable);
    cx.try_refused(&catalogue::C04, "update", &call)?;
    remove(cx, other, actor)
}

/// A create of a row with the same unique values; one that is refused for nothing else, if there is such.
fn doubling(
    cx: &mut Session<'_>,
    (create, row): (RouteId, RowId),
    fields: &[FieldId],
    actor: ActorId,
) -> Option<Call> {
    let mut first = None;
    for turn in 0..TURNS {
        let Some(mut body) = filled(cx, create, actor, Fill::Turn(turn)) else {
            continue;
        };
        let copied = copies(cx, row, fields, &cx.model.http.routes[create].writes);
        put_in(&mut body, copied);
        let call = Call::new(create, actor).with(body);
        if matches!(cx.decide(&call).ground, Ground::Unique(..)) {
            return Some(call);
        }
        first.get_or_insert(call);
    }
    first
}

/// The same call with other values than the row's in the fields that need not be unique, as far as it is refused all
/// the same: what is unique is so whatever else a row holds.
fn differing(cx: &mut Session<'_>, row: RowId, unique: &[FieldId], mut call: Call) -> Call {
    let verdict = cx.decide(&call).verdict;
    let fields = call.body.clone().into_fields();
    for (at, (field, _)) in fields.iter().enumerate() {
        if unique.contains(field) {
            continue;
        }
        for turn in 1..TURNS {
            let Some(other) = value(cx, row.entity, *field, call.actor, turn) else {
                continue;
            };
            if other.kept == *cx.world.row(row).cell(*field) {
                continue;
            }
            let mut changed = call.body.clone().into_fields();
            if let Some((_, sample)) = changed.get_mut(at) {
                *sample = other;
            }
            let changed = Call::new(call.route, call.actor).with(changed);
            if cx.decide(&changed).verdict == verdict {
                call = changed;
                break;
            }
        }
    }
    call
}

fn put_in(body: &mut Vec<(FieldId, Sample)>, copied: Vec<(FieldId, Sample)>) {
    body.retain(|(field, _)| !copied.iter().any(|(known, _)| known == field));
    body.extend(copied);
}

/// The row's own values of these fields, as far as a body may hold them.
fn copies(cx: &Session<'_>, row: RowId, fields: &[FieldId], writes: &[FieldId]) -> Vec<(FieldId, Sample)> {
    let writable = fields.iter().filter(|field| writes.contains(field));
    writable
        .map(|field| (*field, Sample::plain(cx.world.row(row).cell(*field).clone())))
        .collect()
}
