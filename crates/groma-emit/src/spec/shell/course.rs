//! What has to be done before an example works, and why some cannot be pasted at all.
//!
//! Rules are read on the rows that a page makes, all of them by one person. What cannot be known of a row counts as
//! if it were so: an example is only held back where a rule plainly refuses it.

use std::borrow::Cow;

use groma_ir::design::{Assign, EntityId, FieldId, LinkKind, Storage, Term};
use groma_ir::http::{Group, Operation, Route, RouteId};

use super::super::Cx;
use super::rows::Making;
use super::speaker::{self, Speaker, Token};
use crate::example::{Row, Scene, Search, Speaks, Step, Way};
use crate::markdown::code;

const NO_WAY: &str = "no requests of this page bring a new row to where it works.";
const SECOND: &str = "it takes a second person, and everything here is made by one.";

/// What comes of the example of a route.
pub(super) enum Course {
    /// It works after these requests.
    Works(Vec<Step>),
    /// It is refused, and this is why.
    Fails(Cow<'static, str>),
}

/// Brings the rows that are made to where those that lie below them, or refer to them, may be made.
pub(super) fn stage(cx: &Cx<'_>, made: &mut [Making<'_>]) {
    let speaker = Speaker::plain();
    for at in 0..made.len() {
        let Some((done, [making, ..])) = made.split_at_mut_checked(at) else {
            return;
        };
        let mut scene = Scene::alone(making.group.entity, cx.examples.new_row(making.group));
        scene.above = above(cx, making, done);
        if refusal(cx, &speaker, making.create, (&scene, None)) {
            advance(cx, &speaker, (making, &mut scene), done);
        }
        making.scene = scene;
    }
}

/// The rows that a row refers to, as far as they are made.
fn above(cx: &Cx<'_>, making: &Making<'_>, done: &[Making<'_>]) -> Vec<(FieldId, Scene)> {
    let of = |(field, target): (FieldId, EntityId)| {
        let mut done = done.iter();
        let found = done.find(|one| one.group.entity == target)?;
        Some((field, found.scene.clone()))
    };
    super::rows::references(cx, making.group, making.create)
        .into_iter()
        .filter_map(of)
        .collect()
}

/// Goes on with one of the rows that a new one refers to, until it may be made.
fn advance(
    cx: &Cx<'_>,
    speaker: &Speaker,
    (making, scene): (&Making<'_>, &mut Scene),
    done: &mut [Making<'_>],
) {
    for at in 0..scene.above.len() {
        let Some((_, parent)) = scene.above.get(at) else {
            return;
        };
        let Some(above) = done.iter_mut().find(|one| one.group.entity == parent.entity) else {
            continue;
        };
        let with = |row: &Row| {
            let mut scene = scene.clone();
            if let Some((_, parent)) = scene.above.get_mut(at) {
                parent.row = row.clone();
            }
            scene
        };
        let is_there = |row: &Row| !refusal(cx, speaker, making.create, (&with(row), None));
        let parent = parent.clone();
        if let Some(way) = way(cx, speaker, (above.group, &parent), &is_there) {
            let next = with(&way.row);
            above.go(cx, way);
            *scene = next;
            return;
        }
    }
}

/// The way from a row to one as it is wanted.
fn way(
    cx: &Cx<'_>,
    speaker: &Speaker,
    (group, scene): (&Group, &Scene),
    is_there: &dyn Fn(&Row) -> bool,
) -> Option<Way> {
    let may = |route: RouteId, row: &Row| !refusal(cx, speaker, route, (&scene.with(row), None));
    let search = Search { is_there, may: &may };
    cx.examples.way_to(group, scene.row.clone(), search)
}

/// What comes of the example of a route, on the row that its page makes.
pub(super) fn course(cx: &Cx<'_>, group: &Group, id: RouteId, speaker: &Speaker) -> Course {
    let route = &cx.model.http.routes[id];
    if matches!(speaker.token(cx, route), Token::Nobody) {
        return Course::Fails(Cow::Borrowed("no rule lets anybody do it."));
    }
    if let Some(why) = unknown(cx, route) {
        return Course::Fails(why);
    }
    if takes_membership(cx, route, speaker) {
        return Course::Fails(Cow::Borrowed(SECOND));
    }
    let Some(scene) = speaker.scene() else {
        let is_last = takes_the_last(cx, route);
        return if is_last {
            Course::Fails(Cow::Borrowed(SECOND))
        } else {
            Course::Works(Vec::new())
        };
    };
    let steps = |who| steps(cx, speaker, (group, id), (scene, who));
    match steps(None) {
        Some(steps) => Course::Works(steps),
        None if steps(Some(Speaks::Somebody)).is_some() => Course::Fails(Cow::Borrowed(SECOND)),
        None => Course::Fails(Cow::Borrowed(NO_WAY)),
    }
}

/// The requests that bring a row to where a route works on it.
fn steps(
    cx: &Cx<'_>,
    speaker: &Speaker,
    (group, id): (&Group, RouteId),
    (scene, who): (&Scene, Option<Speaks>),
) -> Option<Vec<Step>> {
    let operation = cx.model.http.routes[id].operation;
    let works = |row: &Row| {
        let is_open = match operation {
            Operation::Action(action) => {
                let action = &cx.model.design.entities[group.entity].actions[action];
                cx.examples.works(group.entity, action, row)
            }
            Operation::List
            | Operation::Create
            | Operation::Get
            | Operation::Update
            | Operation::Replace
            | Operation::Delete
            | Operation::Report(_) => true,
        };
        is_open && !refusal(cx, speaker, id, (&scene.with(row), who))
    };
    match operation {
        Operation::List | Operation::Report(_) => Some(Vec::new()),
        Operation::Create => works(&scene.row).then(Vec::new),
        Operation::Get
        | Operation::Update
        | Operation::Replace
        | Operation::Delete
        | Operation::Action(_) => way(cx, speaker, (group, scene), &works).map(|way| way.steps),
    }
}

/// Why nobody who reads the page knows by what an action finds its row.
fn unknown(cx: &Cx<'_>, route: &Route) -> Option<Cow<'static, str>> {
    let field = &cx.model.design.entities[route.entity].fields[route.find?.field];
    let text = format!(
        "no answer shows {}; put in one that was handed out.",
        code(&field.wire)
    );
    (!field.leaves()).then_some(Cow::Owned(text))
}

/// Whether a route takes a level from somebody who may be the last one with it: where the page makes nobody else, that
/// is who made the tenant.
fn takes_the_last(cx: &Cx<'_>, route: &Route) -> bool {
    let link = cx.model.design.entities[route.entity].link.as_ref();
    link.is_some_and(|link| {
        let takes = match route.operation {
            Operation::Delete => true,
            Operation::Update | Operation::Replace => route.writes.contains(&link.level),
            Operation::List
            | Operation::Create
            | Operation::Get
            | Operation::Action(_)
            | Operation::Report(_) => false,
        };
        link.least.is_some() && takes
    })
}

/// Whether an action makes its caller a member of the tenant that they have founded on the page.
fn takes_membership(cx: &Cx<'_>, route: &Route, speaker: &Speaker) -> bool {
    let design = &cx.model.design;
    let is_action = matches!(route.operation, Operation::Action(_));
    is_action
        && route.makes.iter().any(|made| {
            let link = design.entities[made.entity].link.as_ref();
            let link = link.filter(|link| link.kind == LinkKind::Members);
            let is_ours = design.entities[made.entity].storage == Storage::Managed;
            link.is_some_and(|link| {
                let takes_caller = (link.user, Assign::Term(Term::Caller));
                let tenant = design.entities[made.entity].fields[link.parent].ty.target();
                is_ours && made.sets.contains(&takes_caller) && speaker.has_made(tenant)
            })
        })
}

/// Whether the rules plainly refuse a request on a row.
fn refusal(cx: &Cx<'_>, speaker: &Speaker, id: RouteId, (scene, who): (&Scene, Option<Speaks>)) -> bool {
    let route = &cx.model.http.routes[id];
    let Some((facts, speaks)) = speaker.facts(cx, route) else {
        return true;
    };
    let who = who.unwrap_or(speaks);
    let mut rules = speaker::rules(cx, route).into_iter();
    rules.any(|rule| cx.examples.lets(scene, who, &rule.for_caller(&facts)) == Some(false))
}
