//! Routes: which there are, how they are called, what they answer.

use std::collections::BTreeMap;

use groma_ir::Model;
use groma_ir::design::{Design, EntityId, FieldId};
use groma_ir::http::{Http, PathPart, Problem, Route, SchemaId, SchemaKind};

use super::members::{Bodies, Way, value};
use super::query::{self, Side};
use super::service::rates;
use super::{Grade, Log};

/// What makes a route the same: method and path below the base, whatever its parameters are called.
type Call = (&'static str, String);

pub(super) fn compare(old: &Model, new: &Model, log: &mut Log) {
    base(&old.http, &new.http, log);
    let (known, found) = (calls(&old.http), calls(&new.http));
    for route in &old.http.routes {
        match found.get(&call(&old.http, route)) {
            Some(other) => one(
                Side { model: old, route },
                Side {
                    model: new,
                    route: other,
                },
                log,
            ),
            None => log.breaking(format!("{} is gone", words(route))),
        }
    }
    for route in &new.http.routes {
        if !known.contains_key(&call(&new.http, route)) {
            log.compatible(format!("{} is new", words(route)));
        }
    }
}

fn base(old: &Http, new: &Http, log: &mut Log) {
    let shown = |base: &str| {
        if base.is_empty() {
            String::from("/")
        } else {
            base.to_owned()
        }
    };
    if old.base != new.base {
        let (old, new) = (shown(&old.base), shown(&new.base));
        log.breaking(format!("every route begins with `{new}`, not with `{old}`"));
    }
}

fn calls(http: &Http) -> BTreeMap<Call, &Route> {
    http.routes
        .iter()
        .map(|route| (call(http, route), route))
        .collect()
}

fn call(http: &Http, route: &Route) -> Call {
    let shape = route.path.shape();
    let below = shape.strip_prefix(&http.base).unwrap_or(&shape);
    (route.method.name(), below.to_owned())
}

/// `GET /api/tasks/{id}`.
fn words(route: &Route) -> String {
    format!("{} {}", route.method.name(), route.path.template())
}

fn one(old: Side<'_>, new: Side<'_>, log: &mut Log) {
    log.route = Some(words(new.route));
    path(old, new, log);
    head(old.route, new.route, log);
    query::compare(old, new, log);
    request(old, new, log);
    success(old, new, log);
    problems(old.route, new.route, log);
    log.route = None;
}

fn path(old: Side<'_>, new: Side<'_>, log: &mut Log) {
    for (was, is) in old.route.path.parts.iter().zip(&new.route.path.parts) {
        match (was, is) {
            (PathPart::Literal(_), PathPart::Literal(_))
            | (PathPart::Caller { .. }, PathPart::Caller { .. }) => {}
            (_, PathPart::Caller { name }) => {
                log.breaking(format!("`{{{name}}}` in the path must be the caller"));
            }
            (PathPart::Caller { name }, _) => {
                log.breaking(format!("`{{{name}}}` in the path is not the caller"));
            }
            (was, is) => {
                let (Some(was), Some(is)) = (found(old, was), found(new, is)) else {
                    unreachable!("paths of one shape have their parameters at the same places")
                };
                lookup((old, &was), (new, &is), log);
            }
        }
    }
}

/// A row that a path leads to.
struct Found<'f> {
    /// What it is for people: `the item`, `the team in the path`.
    what: String,
    name: &'f str,
    entity: EntityId,
    by: FieldId,
}

fn found<'f>(side: Side<'f>, part: &'f PathPart) -> Option<Found<'f>> {
    match part {
        PathPart::Key { name, field } => Some(Found {
            what: String::from("the item"),
            name,
            entity: side.route.entity,
            by: *field,
        }),
        PathPart::Parent(parent) => Some(Found {
            what: format!(
                "the `{}` in the path",
                side.model.design.entities[parent.entity].name
            ),
            name: &parent.name,
            entity: parent.entity,
            by: parent.by,
        }),
        PathPart::Literal(_) | PathPart::Caller { .. } => None,
    }
}

/// What a row in the path is looked up by.
fn lookup((old, was): (Side<'_>, &Found<'_>), (new, is): (Side<'_>, &Found<'_>), log: &mut Log) {
    let (old, new) = (&old.model.design, &new.model.design);
    let field =
        |design: &'_ Design, found: &Found<'_>| design.entities[found.entity].fields[found.by].clone();
    let (old_field, new_field) = (field(old, was), field(new, is));
    let place = format!("`{{{}}}` in the path", was.name);
    value((old, &old_field.ty), (new, &new_field.ty), Way::In, &place, log);
    if old_field.name != new_field.name {
        let (was, is, what) = (old_field.name, new_field.name, &is.what);
        log.breaking(format!("{what} is found by its `{is}`, not by its `{was}`"));
    }
}

/// What does not stand in a body.
fn head(old: &Route, new: &Route, log: &mut Log) {
    rates((old.limit, new.limit), "call it", log);
    let mut turn = |was: bool, is: bool, (lost, gained): (&str, &str), on_gain: Grade| match (was, is) {
        (true, false) if on_gain == Grade::Compatible => log.breaking(lost),
        (true, false) => log.compatible(lost),
        (false, true) => log.add(on_gain, gained.to_owned()),
        (true, true) | (false, false) => {}
    };
    turn(
        old.public,
        new.public,
        ("a token is needed", "no token is needed"),
        Grade::Compatible,
    );
    turn(
        old.require_match,
        new.require_match,
        ("`If-Match` may be left out", "`If-Match` is required"),
        Grade::Breaking,
    );
    turn(
        old.if_match,
        new.if_match,
        ("`If-Match` is not looked at", "`If-Match` is honoured"),
        Grade::Compatible,
    );
    turn(
        old.etag,
        new.etag,
        ("the answer has no `ETag`", "the answer has an `ETag`"),
        Grade::Compatible,
    );
    let (was, is) = (&old.success, &new.success);
    turn(
        was.location,
        is.location,
        ("the answer has no `Location`", "the answer has a `Location`"),
        Grade::Compatible,
    );
    turn(
        was.link,
        is.link,
        ("the answer has no `Link`", "the answer has a `Link`"),
        Grade::Compatible,
    );
    turn(
        was.total,
        is.total,
        (
            "the answer has no `X-Total-Count`",
            "the answer has an `X-Total-Count`",
        ),
        Grade::Compatible,
    );
    if old.operation_id != new.operation_id {
        log.compatible(format!(
            "generated clients call it `{}`, not `{}`",
            new.operation_id, old.operation_id
        ));
    }
}

fn request(old: Side<'_>, new: Side<'_>, log: &mut Log) {
    match (old.route.body, new.route.body) {
        (Some(was), Some(is)) => {
            Bodies::new(old.model, new.model).compare((was, is), Way::In, "", log);
        }
        (Some(_), None) => log.breaking("it takes no body"),
        (None, Some(is)) if has_required(new.model, is) => log.breaking("it takes a body, and needs it"),
        (None, Some(_)) => log.compatible("it takes a body"),
        (None, None) => {}
    }
}

fn has_required(model: &Model, schema: SchemaId) -> bool {
    match &model.http.schemas[schema].kind {
        SchemaKind::Input(members) | SchemaKind::Patch(members) => {
            members.iter().any(|member| member.required)
        }
        SchemaKind::Item(_)
        | SchemaKind::Page { .. }
        | SchemaKind::Array(_)
        | SchemaKind::Report(_)
        | SchemaKind::Problem
        | SchemaKind::ValidationProblem => false,
    }
}

fn success(old: Side<'_>, new: Side<'_>, log: &mut Log) {
    let (was, is) = (old.route.success, new.route.success);
    if was.status != is.status {
        log.breaking(format!("success is {}, not {}", is.status, was.status));
    }
    match (was.body, is.body) {
        (Some(was), Some(is)) => {
            Bodies::new(old.model, new.model).compare((was, is), Way::Out, "", log);
        }
        (Some(_), None) => log.breaking("the answer has no body"),
        (None, Some(_)) => log.compatible("the answer has a body"),
        (None, None) => {}
    }
}

/// A client has to reckon with any problem; one that it knows must keep its status.
fn problems(old: &Route, new: &Route, log: &mut Log) {
    let of = |route: &Route| -> Vec<Problem> {
        let problems = route.answers.iter().map(|answer| answer.problem.clone());
        problems.collect()
    };
    let (was, is) = (of(old), of(new));
    for problem in &is {
        match was.iter().find(|known| known.slug() == problem.slug()) {
            Some(known) if known.status() != problem.status() => log.breaking(format!(
                "the problem `{}` is {}, not {}",
                problem.slug(),
                problem.status(),
                known.status()
            )),
            Some(_) => {}
            None => log.compatible(format!(
                "the problem `{}` ({}) is new",
                problem.slug(),
                problem.status()
            )),
        }
    }
    for problem in &was {
        if !is.iter().any(|other| other.slug() == problem.slug()) {
            log.compatible(format!(
                "the problem `{}` ({}) does not occur",
                problem.slug(),
                problem.status()
            ));
        }
    }
}
