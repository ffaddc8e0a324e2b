//! Lists and reports, as every user and as nobody: exactly the rows that each may get.

use groma_ir::http::{Operation, ParamKind, Route, RouteId};

use super::access::typical_rows;
use crate::call::{ActorId, Ask, Call};
use crate::catalogue::{self, Check};
use crate::net::NetError;
use crate::session::Session;
use crate::visibility;

pub(super) fn run(cx: &mut Session<'_>) -> Result<(), NetError> {
    for (id, route) in cx.routes() {
        for actor in cx.everyone() {
            let label = cx.actor(actor).name.clone();
            match route.operation {
                Operation::List => list(cx, id, actor, &label)?,
                Operation::Report(_) => {
                    cx.try_call(
                        check_of(cx, actor, &catalogue::Z05),
                        &label,
                        &Call::new(id, actor),
                    )?;
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// Embedded rows follow their own rule, and `fields` leaves what it names.
pub(super) fn run_narrowing(cx: &mut Session<'_>) -> Result<(), NetError> {
    for (id, route) in cx.routes() {
        for ask in narrowings(route) {
            for actor in cx.users() {
                narrowed(cx, id, actor, &ask)?;
            }
        }
    }
    Ok(())
}

fn narrowed(cx: &mut Session<'_>, id: RouteId, actor: ActorId, ask: &Ask) -> Result<(), NetError> {
    let route = &cx.model.http.routes[id];
    let label = if ask.include.is_empty() {
        "fields"
    } else {
        "include"
    };
    if route.operation == Operation::List {
        let ask = Ask {
            include: ask.include.clone(),
            fields: ask.fields.clone(),
            ..everything(cx, id, actor)
        };
        cx.try_call(&catalogue::Z07, label, &Call::new(id, actor).asking(ask))?;
        return Ok(());
    }
    for row in typical_rows(cx, route.entity) {
        cx.try_call(
            &catalogue::Z07,
            label,
            &Call::new(id, actor).on(row).asking(ask.clone()),
        )?;
    }
    Ok(())
}

/// Everything embedded, and a few members alone, the key among them so that rows can be told apart.
fn narrowings(route: &Route) -> Vec<Ask> {
    let mut asks = Vec::new();
    for param in &route.query {
        match &param.kind {
            ParamKind::Include { references } => {
                let include = references.iter().map(|(_, field)| *field).collect();
                asks.push(Ask {
                    include,
                    ..Ask::default()
                });
            }
            ParamKind::Fields { names } => {
                let mut fields: Vec<String> =
                    names.iter().take(1).chain(names.iter().last()).cloned().collect();
                fields.dedup();
                asks.push(Ask {
                    fields,
                    ..Ask::default()
                });
            }
            _ => {}
        }
    }
    asks
}

fn list(cx: &mut Session<'_>, route: RouteId, actor: ActorId, label: &str) -> Result<(), NetError> {
    let check = check_of(cx, actor, &catalogue::F03);
    let call = Call::new(route, actor).asking(everything(cx, route, actor));
    let reply = cx.try_call(check, label, &call)?;
    if reply.outcome.is_success() {
        // The same rows count towards Z05: none of them is one that the caller may not see.
        cx.ledger.count(&catalogue::Z05);
    }
    Ok(())
}

/// A query for all rows: large pages, the count, and where others' rows can be seen, only this run's.
pub(super) fn everything(cx: &Session<'_>, route: RouteId, actor: ActorId) -> Ask {
    let route = &cx.model.http.routes[route];
    let max = route.query.iter().find_map(|param| match param.kind {
        ParamKind::Limit { max, .. } => Some(max),
        _ => None,
    });
    let has_search = route
        .query
        .iter()
        .any(|param| matches!(param.kind, ParamKind::Search { .. }));
    let is_closed = visibility::is_closed(&cx.world, route.entity, cx.who(actor));
    Ask {
        limit: max,
        count: route.query.iter().any(|param| param.kind == ParamKind::Count),
        search: (!is_closed && has_search).then(|| cx.marker.clone()),
        ..Ask::default()
    }
}

/// Nobody's requests are Z01's, those of a role Z02's.
pub(super) fn check_of(cx: &Session<'_>, actor: ActorId, own: &'static Check) -> &'static Check {
    match (actor, cx.actor(actor).is_plain) {
        (ActorId::NOBODY, _) => &catalogue::Z01,
        (_, true) => own,
        (_, false) => &catalogue::Z02,
    }
}
