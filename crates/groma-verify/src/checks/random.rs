//! Random requests, one after the other, each judged by the oracle: what no check thought of together.

use groma_ir::http::{Operation, Route, RouteId};

use super::filters::all_filters;
use super::sorting::sorts;
use crate::call::{ActorId, Ask, Body, Call, Member, Precondition};
use crate::catalogue;
use crate::fixtures::{Fill, action_call, compose, filled, has_spare, is_user};
use crate::net::NetError;
use crate::oracle::RowId;
use crate::session::Session;

/// How many requests are made.
const STEPS: usize = 120;

pub(super) fn run(cx: &mut Session<'_>) -> Result<(), NetError> {
    let routes: Vec<RouteId> = cx.routes().into_iter().map(|(id, _)| id).collect();
    let users = cx.users();
    for _ in 0..STEPS {
        let (Some(id), Some(actor)) = (cx.rng.pick(&routes).copied(), cx.rng.pick(&users).copied()) else {
            return Ok(());
        };
        if let Some(call) = random_call(cx, id, actor) {
            cx.try_call(&catalogue::F10, "random", &call)?;
        }
    }
    Ok(())
}

fn random_call(cx: &mut Session<'_>, id: RouteId, actor: ActorId) -> Option<Call> {
    let route: &Route = &cx.model.http.routes[id];
    let call = Call::new(id, actor);
    match route.operation {
        Operation::List => Some(call.asking(random_ask(cx, id, actor))),
        Operation::Report(_) => Some(call),
        Operation::Create => {
            let turn = cx.rng.below(1_000);
            has_spare(cx, route.entity, actor)
                .then(|| compose(cx, id, actor, Fill::Turn(turn)))
                .flatten()
        }
        Operation::Get
        | Operation::Update
        | Operation::Replace
        | Operation::Delete
        | Operation::Action(_) => {
            let rows: Vec<RowId> = cx.world.known(route.entity).map(|(row, _)| row).collect();
            let row = cx.rng.pick(&rows).copied()?;
            random_change(cx, call.on(row), row)
        }
    }
}

fn random_ask(cx: &mut Session<'_>, id: RouteId, actor: ActorId) -> Ask {
    let route = &cx.model.http.routes[id];
    let mut ask = super::lists::everything(cx, id, actor);
    let filters = all_filters(cx, id, actor);
    let count = cx.rng.below(3);
    for _ in 0..count {
        ask.filters.extend(cx.rng.pick(&filters).cloned());
    }
    // The same parameter twice would be another request than two filters.
    ask.filters
        .dedup_by(|a, b| super::filters::name_of(a) == super::filters::name_of(b));
    let sorts = sorts(cx, route);
    ask.sort = cx
        .rng
        .pick(&sorts)
        .map(|(_, sort)| sort.clone())
        .unwrap_or_default();
    ask
}

fn random_change(cx: &mut Session<'_>, call: Call, row: RowId) -> Option<Call> {
    let id = call.route;
    let turn = cx.rng.below(1_000);
    let precondition = match cx.rng.below(8) {
        0 => Precondition::Stale,
        1 => Precondition::Current,
        _ => Precondition::Fine,
    };
    match cx.model.http.routes[id].operation {
        Operation::Get => Some(call),
        Operation::Delete => (!is_user(cx, row)).then(|| call.given(precondition)),
        Operation::Action(action) => {
            let made = action_call(cx, row, (action, turn), call.actor)?;
            Some(call.body(made.body).given(precondition))
        }
        Operation::Replace => Some(
            call.clone()
                .with(filled(cx, id, call.actor, Fill::Turn(turn))?)
                .given(precondition),
        ),
        _ => {
            let mut fields = filled(cx, id, call.actor, Fill::Turn(turn))?;
            let kept = 1 + cx.rng.below(3);
            while fields.len() > kept {
                let at = cx.rng.below(fields.len());
                fields.remove(at);
            }
            let members = fields
                .into_iter()
                .map(|(field, sample)| Member::Field(field, sample))
                .collect();
            Some(call.body(Body::Members(members)).given(precondition))
        }
    }
}
