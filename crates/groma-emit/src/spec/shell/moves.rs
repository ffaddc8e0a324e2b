//! The moves that bring a new row into a state in which an action works.

use std::collections::VecDeque;

use groma_ir::design::{Default, States, Value, VariantId};
use groma_ir::http::{Group, Operation, Route, RouteId};

use super::super::Cx;

/// A request that makes a move: its route, and its body.
type Step = (RouteId, Option<String>);

/// The requests to send first, in order; none, when a new row will do or no such way is known.
pub(super) fn before(cx: &Cx<'_>, group: &Group, route: &Route) -> Vec<Step> {
    let entity = &cx.model.design.entities[group.entity];
    let Operation::Action(action) = route.operation else {
        return Vec::new();
    };
    let Some(moves) = &entity.actions[action].moves else {
        return Vec::new();
    };
    let Some(states) = entity.states_of(moves.field) else {
        return Vec::new();
    };
    let Some(Default::Value(Value::Variant(_, first))) = &entity.fields[moves.field].default else {
        return Vec::new();
    };
    way(cx, group, states, *first, &moves.from).unwrap_or_default()
}

/// The shortest way over the declared moves, breadth first.
fn way(cx: &Cx<'_>, group: &Group, states: &States, from: VariantId, to: &[VariantId]) -> Option<Vec<Step>> {
    let mut seen = vec![from];
    let mut queue = VecDeque::from([(from, Vec::new())]);
    while let Some((at, steps)) = queue.pop_front() {
        if to.contains(&at) {
            return Some(steps);
        }
        for transition in states
            .transitions
            .iter()
            .filter(|transition| transition.from == at)
        {
            if seen.contains(&transition.to) {
                continue;
            }
            let wanted = transition.claimed_by.map_or(Operation::Update, Operation::Action);
            if let Some(step) = step(cx, group, states, wanted, transition.to) {
                seen.push(transition.to);
                queue.push_back((transition.to, steps.iter().cloned().chain([step]).collect()));
            }
        }
    }
    None
}

/// The request of one move: an action that takes no body, or an update that may write the field.
fn step(cx: &Cx<'_>, group: &Group, states: &States, wanted: Operation, to: VariantId) -> Option<Step> {
    let mut routes = group.routes.iter().map(|id| (*id, &cx.model.http.routes[*id]));
    let (id, route) = routes.find(|(_, route)| route.operation == wanted)?;
    if wanted != Operation::Update {
        return route.body.is_none().then_some((id, None));
    }
    let wire = &cx.model.design.entities[group.entity].fields[states.field].wire;
    let body = format!(
        "{{\"{wire}\": \"{}\"}}",
        cx.model.design.variant_name(states.of, to)
    );
    route.writes.contains(&states.field).then_some((id, Some(body)))
}
