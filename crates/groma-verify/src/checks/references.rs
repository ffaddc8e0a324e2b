//! References in bodies: to a row that is not there, and to one that the caller may not see.

use serde_json::Value as Json;

use groma_ir::design::{EntityId, FieldId, Storage};
use groma_ir::http::RouteId;

use super::alike::{compare, missing_key};
use super::input::{Bench, benches};
use crate::call::{Call, Member, Sample};
use crate::catalogue;
use crate::net::NetError;
use crate::oracle::RowId;
use crate::session::Session;

pub(super) fn run(cx: &mut Session<'_>) -> Result<(), NetError> {
    for bench in benches(cx, &[&catalogue::V08])? {
        for (field, target) in references(cx, bench.route) {
            let key = missing_key(cx, target);
            let missing = call(cx, &bench, field, key);
            let first = cx.try_refused(&catalogue::V08, "missing", &missing)?;
            if let Some(row) = invisible(cx, target, &bench) {
                let hidden = call(cx, &bench, field, cx.world.key(row).clone());
                let second = cx.try_refused(&catalogue::V08, "invisible", &hidden)?;
                if let (Some(first), Some(second)) = (first.answer, second.answer) {
                    compare(cx, (&catalogue::V08, "alike"), &hidden, &first, &second)?;
                }
            }
        }
    }
    Ok(())
}

/// The references that a route's body may hold, to rows of this service.
fn references(cx: &Session<'_>, id: RouteId) -> Vec<(FieldId, EntityId)> {
    let route = &cx.model.http.routes[id];
    let entity = &cx.model.design.entities[route.entity];
    let fields = route
        .writes
        .iter()
        .filter_map(|field| Some((*field, entity.fields[*field].ty.target()?)));
    fields
        .filter(|(_, target)| cx.model.design.entities[*target].storage == Storage::Managed)
        .collect()
}

fn call(cx: &Session<'_>, bench: &Bench, field: FieldId, key: Json) -> Call {
    let entity = cx.model.http.routes[bench.route].entity;
    let name = cx.model.design.entities[entity].fields[field].wire.clone();
    bench.call(bench.body(cx, &name, vec![Member::Field(field, Sample::plain(key))]))
}

fn invisible(cx: &Session<'_>, target: EntityId, bench: &Bench) -> Option<RowId> {
    let now = jiff::Timestamp::now();
    let who = cx.who(bench.actor);
    cx.world
        .alive(target)
        .map(|(row, _)| row)
        .find(|row| !cx.world.may_read(*row, who, now))
}
