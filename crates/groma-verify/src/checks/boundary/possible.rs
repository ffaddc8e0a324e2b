//! Whether there is a situation at all in which a part of a rule decides alone.
//!
//! What the analysis says of rules is not what the oracle judges by; it only tells a part that cannot be tried from
//! one for which nothing came up.

use groma_access::{Settled, Space, Want, settle, ties_itself};
use groma_ir::access::{Atom, Pred};
use groma_ir::design::{EntityId, FieldId, Path, Row, Storage, Term, Verb};
use groma_ir::http::Operation;

use super::super::breakable;
use super::search::operation;
use super::{Goal, Part, Point, finds, parts, rule_of};
use crate::session::Session;

/// Whether a request can meet a goal, as far as the analysis knows.
pub(super) fn is_possible(cx: &Session<'_>, goal: Goal) -> bool {
    let point = goal.point;
    let rule = rule_of(cx, point);
    let (part, when) = match goal.part {
        Part::Fact(part, when) => (part, when),
        Part::Sight => {
            let read = &cx.model.access.of(point.entity).read;
            return can_be(cx, point, Some(false), &asked(point, rule, rule), (read, None));
        }
    };
    let forced = |with: &Pred| {
        let forced = parts::forced(rule, part, with);
        let at = |time| if when.is_about(time) { &forced } else { rule };
        asked(point, at(0), at(1))
    };
    let (yes, no) = (forced(&Pred::ALWAYS), forced(&Pred::NEVER));
    let actual = asked(point, rule, rule);
    [(&yes, &no), (&no, &yes)].into_iter().any(|(holds, fails)| {
        can_be(
            cx,
            point,
            Some(true),
            holds,
            (fails, Some((&actual, goal.lets_through))),
        )
    })
}

/// A rule as it is asked: of a change, on the row before and on the row after.
fn asked(point: Point, before: &Pred, after: &Pred) -> Pred {
    match point.verb {
        Verb::Update => Pred::all([before.clone(), after.clone().on_row(Row::New)]),
        Verb::Read | Verb::Create | Verb::Delete => before.clone().on_this_row(),
        Verb::Share | Verb::Action(_) => before.clone(),
    }
}

/// Whether the one can be true while the other is not, for a caller who is let so far.
fn can_be(
    cx: &Session<'_>,
    point: Point,
    sees: Option<bool>,
    holds: &Pred,
    (fails, actual): (&Pred, Option<(&Pred, bool)>),
) -> bool {
    let entity = point.entity;
    let read = &cx.model.access.of(entity).read;
    let with_token = Pred::Atom(Atom::Authenticated);
    let refers = Pred::all([refers(cx, point), given(cx, point), lies_below(cx, point)]);
    let mut wants = vec![
        (entity, holds, Want::True),
        (entity, fails, Want::NotTrue),
        (entity, &with_token, Want::True),
        (entity, &refers, Want::True),
    ];
    if let Some((actual, lets_through)) = actual {
        let want = if lets_through { Want::True } else { Want::NotTrue };
        wants.push((entity, actual, want));
    }
    let needs_sight = !matches!(point.verb, Verb::Read | Verb::Create) && !finds(cx, point);
    if sees == Some(true) && needs_sight {
        wants.push((entity, read, Want::True));
    }
    let ties = ties_itself(&cx.model.design, entity);
    if point.verb != Verb::Create {
        wants.extend(ties.iter().map(|pred| (entity, pred, Want::NotFalse)));
    }
    let mut space = Space::new(&cx.model.design);
    keep(cx, &mut space, point);
    !matches!(settle(&mut space, &wants), Settled::Never)
}

/// What the path of the route lies below may be read: anything else is a 404 before a rule is asked.
fn lies_below(cx: &Session<'_>, point: Point) -> Pred {
    let route = operation(point.verb).and_then(|operation| cx.route_of(point.entity, operation));
    let Some(route) = route.map(|id| &cx.model.http.routes[id]) else {
        return Pred::ALWAYS;
    };
    let mut entity_of = vec![point.entity];
    entity_of.extend(route.path.parents().rev().map(|parent| parent.entity));
    // From the outermost on: what is above a row is asked of that row.
    let mut above = Pred::ALWAYS;
    for (parent, entity) in route.path.parents().zip(entity_of.iter().rev().skip(1)) {
        if cx.model.design.entities[parent.entity].storage != Storage::Managed {
            above = Pred::ALWAYS;
            continue;
        }
        let read = cx.model.access.of(parent.entity).read.clone();
        above = Pred::Atom(Atom::Exists {
            entity: *entity,
            path: Path {
                row: Row::This,
                steps: vec![parent.field],
            },
            target: parent.entity,
            pred: Box::new(Pred::all([read, above])),
        });
    }
    above
}

/// What a body refers to may be read: anything else is refused before a rule is asked.
fn refers(cx: &Session<'_>, point: Point) -> Pred {
    let design = &cx.model.design;
    let row = match point.verb {
        Verb::Create => Row::This,
        Verb::Update => Row::New,
        Verb::Read | Verb::Delete | Verb::Share | Verb::Action(_) => return Pred::ALWAYS,
    };
    let fields = design.entities[point.entity].fields.entries();
    let fields = fields.filter(|(id, _)| point.verb == Verb::Create || point.field == Some(*id));
    let managed = fields.filter_map(|(id, field)| {
        let target = field.ty.target()?;
        (design.entities[target].storage == Storage::Managed).then_some((id, target))
    });
    Pred::all(managed.map(|(id, target)| is_readable(cx, (point.entity, id, row), target)))
}

/// What a new row holds in the fields that no body gives.
fn given(cx: &Session<'_>, point: Point) -> Pred {
    match cx.route_of(point.entity, Operation::Create) {
        Some(route) if point.verb == Verb::Create => breakable::given(cx.model, &cx.model.http.routes[route]),
        Some(_) | None => Pred::ALWAYS,
    }
}

fn is_readable(cx: &Session<'_>, (entity, field, row): (EntityId, FieldId, Row), target: EntityId) -> Pred {
    let is_there = Pred::Atom(Atom::Exists {
        entity,
        path: Path {
            row,
            steps: vec![field],
        },
        target,
        pred: Box::new(cx.model.access.of(target).read.clone()),
    });
    Pred::any([Pred::Atom(Atom::IsNone(Term::Field { row, field })), is_there])
}

/// What an update of this kind leaves as it was: what it does not write, and what another rule is about.
fn keep(cx: &Session<'_>, space: &mut Space<'_>, point: Point) {
    if point.verb != Verb::Update {
        return;
    }
    let route = cx.route_of(point.entity, Operation::Update);
    let writes = route.map(|id| cx.model.http.routes[id].writes.as_slice());
    let update = &cx.model.access.of(point.entity).update;
    for field in cx.model.design.entities[point.entity].fields.ids() {
        let is_written = writes.unwrap_or_default().contains(&field);
        if !is_written || update.field(field) != rule_of(cx, point) {
            space.keep(point.entity, field);
        }
    }
}
