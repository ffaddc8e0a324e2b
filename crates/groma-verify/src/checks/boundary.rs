//! The boundary of each rule: for every part of it a caller and a row for which that part alone decides, both ways.
//!
//! A rule that lost an alternative, or a condition, is caught even where the other parts usually hide it. Such
//! pairs are looked for among the rows there are; where there is none, rows are made up in the oracle until one
//! fits, and only that one is made in the service.

use groma_ir::access::{Atom, Pred};
use groma_ir::design::{EntityId, FieldId, Storage, Verb};
use groma_ir::http::Operation;

use super::access::body_for;
use crate::call::{ActorId, Call, Sample};
use crate::catalogue;
use crate::fixtures::{action_call, is_user, make_up, value};
use crate::net::NetError;
use crate::oracle::{RowId, Scene, holds_pred};
use crate::session::Session;

/// How many rows are made up for one entity.
const ATTEMPTS: usize = 240;

/// A verb, for the row as a whole or for one field.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Point {
    verb: Verb,
    field: Option<FieldId>,
}

/// A part of a rule, and what it should be while it alone decides.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Goal {
    point: Point,
    atom: usize,
    holds: bool,
}

/// A caller and a row for which a part alone decides.
#[derive(Clone, Copy, Debug)]
struct Witness {
    goal: Goal,
    actor: ActorId,
    row: RowId,
}

pub(super) fn run(cx: &mut Session<'_>) -> Result<(), NetError> {
    let entities: Vec<EntityId> = cx.model.design.entities.ids().collect();
    for entity in entities {
        if cx.model.design.entities[entity].storage == Storage::Managed {
            let witnesses = witnesses(cx, entity)?;
            // What removes the row comes last.
            let (last, first): (Vec<Witness>, Vec<Witness>) = witnesses
                .into_iter()
                .partition(|witness| witness.goal.point.verb == Verb::Delete);
            for witness in first.into_iter().chain(last) {
                attempt(cx, witness)?;
            }
        }
    }
    Ok(())
}

/// Every part of every rule of an entity, both ways.
fn goals(cx: &Session<'_>, entity: EntityId) -> Vec<Goal> {
    let access = cx.model.access.of(entity);
    let whole = |verb| Point { verb, field: None };
    let mut points = vec![whole(Verb::Read), whole(Verb::Update), whole(Verb::Delete)];
    points.extend(access.update.fields.iter().map(|(field, _)| Point {
        verb: Verb::Update,
        field: Some(*field),
    }));
    points.extend(
        cx.model.design.entities[entity]
            .actions
            .ids()
            .map(|action| whole(Verb::Action(action))),
    );
    let parts = |point: Point| (0..atoms(pred_of(cx, entity, point))).map(move |atom| (point, atom));
    let both = points
        .into_iter()
        .flat_map(parts)
        .flat_map(|(point, atom)| [true, false].map(|holds| Goal { point, atom, holds }));
    both.collect()
}

fn pred_of<'a>(cx: &'a Session<'_>, entity: EntityId, point: Point) -> &'a Pred {
    let access = cx.model.access.of(entity);
    match point.field {
        Some(field) => access.update.field(field),
        None => access.verb(point.verb),
    }
}

fn atoms(pred: &Pred) -> usize {
    match pred {
        Pred::All(parts) | Pred::Any(parts) => parts.iter().map(atoms).sum(),
        Pred::Not(part) => atoms(part),
        Pred::Atom(_) => 1,
    }
}

/// The predicate with one part replaced.
fn forced(pred: &Pred, at: &mut usize, wanted: usize, with: &Pred) -> Pred {
    match pred {
        Pred::All(parts) => Pred::All(parts.iter().map(|part| forced(part, at, wanted, with)).collect()),
        Pred::Any(parts) => Pred::Any(parts.iter().map(|part| forced(part, at, wanted, with)).collect()),
        Pred::Not(part) => Pred::Not(Box::new(forced(part, at, wanted, with))),
        Pred::Atom(_) => {
            *at += 1;
            if *at == wanted + 1 {
                with.clone()
            } else {
                pred.clone()
            }
        }
    }
}

fn nth<'a>(pred: &'a Pred, at: &mut usize, wanted: usize) -> Option<&'a Atom> {
    match pred {
        Pred::All(parts) | Pred::Any(parts) => parts.iter().find_map(|part| nth(part, at, wanted)),
        Pred::Not(part) => nth(part, at, wanted),
        Pred::Atom(atom) => {
            *at += 1;
            (*at == wanted + 1).then_some(atom)
        }
    }
}

/// Whether a part, as it is for this caller and row, decides alone.
fn decides(cx: &Session<'_>, goal: Goal, actor: ActorId, row: RowId) -> bool {
    let pred = pred_of(cx, row.entity, goal.point);
    let scene = Scene::of(&cx.world, cx.who(actor), jiff::Timestamp::now(), row);
    let with = |part: &Pred| holds_pred(scene, &forced(pred, &mut 0, goal.atom, part));
    let is_so = nth(pred, &mut 0, goal.atom).is_some_and(|atom| holds_pred(scene, &Pred::Atom(atom.clone())));
    is_so == goal.holds && with(&Pred::ALWAYS) != with(&Pred::NEVER) && is_visible(cx, goal, actor, row)
}

/// A rule on writing shows only on rows that the caller may read.
fn is_visible(cx: &Session<'_>, goal: Goal, actor: ActorId, row: RowId) -> bool {
    goal.point.verb == Verb::Read || cx.world.may_read(row, cx.who(actor), jiff::Timestamp::now())
}

fn witnesses(cx: &mut Session<'_>, entity: EntityId) -> Result<Vec<Witness>, NetError> {
    let mut open = goals(cx, entity);
    let mut found = Vec::new();
    let rows: Vec<RowId> = cx.world.alive(entity).map(|(row, _)| row).collect();
    for row in rows {
        take(cx, row, &mut open, &mut found);
    }
    for _ in 0..ATTEMPTS {
        if open.is_empty() {
            break;
        }
        let users = cx.users();
        let is_useful = |cx: &Session<'_>, row: RowId| {
            open.iter()
                .any(|goal| users.iter().any(|actor| decides(cx, *goal, *actor, row)))
        };
        if let Some(row) = make_up(cx, entity, &is_useful)? {
            take(cx, row, &mut open, &mut found);
        }
    }
    Ok(found)
}

/// The goals that a row fulfils for some actor.
fn take(cx: &Session<'_>, row: RowId, open: &mut Vec<Goal>, found: &mut Vec<Witness>) {
    let actors = cx.users();
    open.retain(
        |goal| match actors.iter().find(|actor| decides(cx, *goal, **actor, row)) {
            Some(actor) => {
                found.push(Witness {
                    goal: *goal,
                    actor: *actor,
                    row,
                });
                false
            }
            None => true,
        },
    );
}

/// What the witness's caller does with its row.
fn attempt(cx: &mut Session<'_>, witness: Witness) -> Result<(), NetError> {
    let Witness { goal, actor, row } = witness;
    if !cx.world.row(row).alive || !decides(cx, goal, actor, row) {
        return Ok(());
    }
    let Some(call) = call_of(cx, goal.point, actor, row) else {
        return Ok(());
    };
    let label = label(cx, goal, row.entity);
    cx.try_refused(&catalogue::Z13, &label, &call)?;
    Ok(())
}

fn call_of(cx: &mut Session<'_>, point: Point, actor: ActorId, row: RowId) -> Option<Call> {
    let operation = match point.verb {
        Verb::Delete if is_user(cx, row) => return None,
        Verb::Read => Operation::Get,
        Verb::Update => Operation::Update,
        Verb::Delete => Operation::Delete,
        Verb::Action(action) => return action_call(cx, row, (action, 0), actor),
        Verb::Create | Verb::Share => return None,
    };
    let route = cx.route_of(row.entity, operation)?;
    let call = Call::new(route, actor).on(row);
    match point.field {
        None => body_for(cx, call, Some(row)),
        Some(field) if cx.model.http.routes[route].writes.contains(&field) => {
            let turn = cx.rng.below(100);
            let sample = value(cx, row.entity, field, actor, turn);
            let kept = Sample::plain(cx.world.row(row).cell(field).clone());
            Some(call.with(vec![(field, sample.unwrap_or(kept))]))
        }
        Some(_) => None,
    }
}

fn label(cx: &Session<'_>, goal: Goal, entity: EntityId) -> String {
    let entity = &cx.model.design.entities[entity];
    let verb = groma_ir::words::verb(entity, goal.point.verb);
    let field = goal
        .point
        .field
        .map(|field| format!("({})", entity.fields[field].wire))
        .unwrap_or_default();
    let way = if goal.holds { "with" } else { "without" };
    format!("{verb}{field}-{way}-part-{}", goal.atom + 1)
}
