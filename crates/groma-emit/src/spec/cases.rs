//! How to test a route: concrete cases, derived from what the route takes and answers.

mod body;

use groma_ir::design::{FieldId, ListShape, States, Type, VariantId};
use groma_ir::http::{Operation, Operator, ParamKind, Problem, Route, RouteId};
use groma_ir::scalar::Scalar;
use groma_ir::words;

use super::{Cx, members};
use crate::example::plain;
use crate::literal;
use crate::markdown::{Table, code};

/// The cases of a route.
pub(super) fn cases(cx: &Cx<'_>, id: RouteId) -> Table {
    let mut cases = Cases {
        table: Table::new(["Given", "When", "Then"]),
    };
    let route = &cx.model.http.routes[id];
    success(cx, id, route, &mut cases);
    match route.operation {
        Operation::List => list(cx, route, &mut cases),
        Operation::Get => get(cx, route, &mut cases),
        Operation::Create | Operation::Replace | Operation::Action(_) => body::cases(cx, route, &mut cases),
        Operation::Update => {
            body::of_patch(cx, route, &mut cases);
            body::cases(cx, route, &mut cases);
        }
        Operation::Delete | Operation::Report(_) => {}
    }
    row(cx, route, &mut cases);
    conflicts(cx, route, &mut cases);
    identity(cx, route, &mut cases);
    limit(route, &mut cases);
    cases.table
}

struct Cases {
    table: Table,
}

impl Cases {
    fn add(&mut self, given: &str, when: &str, then: &str) {
        self.table.row([given, when, then]);
    }
}

fn problem_of(route: &Route, is_it: impl Fn(&Problem) -> bool) -> Option<&Problem> {
    route
        .answers
        .iter()
        .map(|answer| &answer.problem)
        .find(|problem| is_it(problem))
}

fn status_of(route: &Route, is_it: impl Fn(&Problem) -> bool) -> Option<u16> {
    problem_of(route, is_it).map(Problem::status)
}

/// The status of a body that does not fit.
fn invalid(route: &Route) -> u16 {
    status_of(route, |problem| matches!(problem, Problem::InvalidBody { .. })).unwrap_or(400)
}

fn success(cx: &Cx<'_>, id: RouteId, route: &Route, cases: &mut Cases) {
    let status = route.success.status;
    let request = format!("{} {}", route.method.name(), route.path.template());
    let entity = &cx.model.design.entities[route.entity];
    let (given, then) = match route.operation {
        Operation::List => (
            "rows of yours and of others",
            format!("{status}; exactly the rows that you may read"),
        ),
        Operation::Create => {
            let location = located(route.success.location);
            (
                "a body with only the required members",
                format!("{status}{location}; every other member has its default"),
            )
        }
        Operation::Get => (
            "a row that you may read",
            format!("{status}; the row, with `ETag`"),
        ),
        Operation::Update => (
            "a row that you may change",
            format!("{status}; what was sent is changed, all else is as before"),
        ),
        Operation::Replace => (
            "a row that you may change",
            format!("{status}; members that were left out have their defaults"),
        ),
        Operation::Delete => (
            "a row that you may delete",
            format!("{status}; a second time, and `GET`, 404"),
        ),
        Operation::Action(action) => {
            let action = &entity.actions[action];
            let moved = action.moves.as_ref().map(|moves| {
                let to = cx.model.design.variant_name(moves.of, moves.to);
                format!("; {} is {}", code(&entity.fields[moves.field].wire), code(to))
            });
            (
                "a row on which it is allowed",
                format!("{status}{}", moved.unwrap_or_default()),
            )
        }
        Operation::Report(_) => (
            "rows of yours and of others",
            format!("{status}; only rows that you may read are counted"),
        ),
    };
    let when = match cx.examples.bodies(id).first() {
        Some((_, _, body)) => format!("{} with {}", code(&request), code(&body.to_string())),
        None => code(&request),
    };
    cases.add(given, &when, &then);
    if let Some(made) = route.made {
        let then = format!("{}{}", made.status, located(made.location));
        cases.add("no such row, where you may make it", "the request", &then);
        cases.add(
            "",
            "the request twice at once",
            "one makes the row, the other one changes it",
        );
    }
}

fn located(location: bool) -> &'static str {
    if location { ", with `Location`" } else { "" }
}

fn list(cx: &Cx<'_>, route: &Route, cases: &mut Cases) {
    for param in &route.query {
        let example = cx.examples.parameter(route, param).map(|value| match value {
            serde_json::Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(","),
            value => plain(&value),
        });
        let sent = code(&format!("?{}={}", param.name, example.unwrap_or_default()));
        match &param.kind {
            ParamKind::Filter {
                operator: Operator::Eq,
                ty,
                ..
            } => {
                cases.add("rows with several values", &sent, "200; only rows that match");
                if can_be_wrong(cx, ty) {
                    let wrong = code(&format!("?{}=no-such-value", param.name));
                    cases.add(
                        "",
                        &wrong,
                        &format!("400; `errors[0].parameter` is {}", code(&param.name)),
                    );
                }
            }
            ParamKind::Filter { .. } | ParamKind::Fields { .. } => {}
            ParamKind::Named { values, .. } => {
                let names = words::list(values.iter().map(|value| code(value)), "and");
                cases.add(
                    "rows of every kind",
                    &format!("{} with each of {names}", code(&param.name)),
                    "200; only rows of that kind",
                );
            }
            ParamKind::Search { .. } => cases.add(
                "a row that holds both words, and a row that holds one of them",
                &code("?q=FIRST second"),
                "200; only the first; `%` and `_` are plain characters",
            ),
            ParamKind::Sort { .. } => {
                cases.add(
                    "rows that tie",
                    &sent,
                    "200; in that order, empty values last, the same order every time",
                );
                cases.add("", &code("?sort=no_such_name"), "400 `unknown_value`");
            }
            ParamKind::Limit { max, .. } => {
                let wrong = format!(
                    "{} or {}",
                    code("?limit=0"),
                    code(&format!("?limit={}", u64::from(*max) + 1))
                );
                cases.add("", &wrong, "400");
            }
            ParamKind::Cursor => {
                let end = walk_end(cx, route);
                cases.add(
                    "more rows than a page holds",
                    &format!("each page's cursor is followed {end}"),
                    "every row exactly once",
                );
                cases.add("", &code("?cursor=made-up"), "400 `invalid_cursor`");
            }
            ParamKind::Offset => cases.add("", &code("?offset=-1"), "400"),
            ParamKind::Count if route.success.total => {
                cases.add(
                    "rows on several pages",
                    &sent,
                    "200; `X-Total-Count` counts all pages",
                );
            }
            ParamKind::Count => cases.add("rows on several pages", &sent, "200; `total` counts all pages"),
            ParamKind::Include { references } => includes(cx, route, references, cases),
        }
    }
    cases.add("", &code("?no_such_parameter=1"), "400 `unknown_parameter`");
}

fn walk_end(cx: &Cx<'_>, route: &Route) -> &'static str {
    let list = cx.model.design.resources[route.resource].list.as_ref();
    match list.map(|list| &list.shape) {
        Some(ListShape::Array) => "until `Link` has no next page",
        Some(ListShape::Object { .. }) | None => "until `next_cursor` is null",
    }
}

/// Whether some text is no value of the type that a filter takes.
fn can_be_wrong(cx: &Cx<'_>, ty: &Type) -> bool {
    let ty = match ty {
        Type::List(list) => &list.item,
        other => other,
    };
    !matches!(
        literal::stored(&cx.model.design, ty),
        Type::Scalar(Scalar::Text(_) | Scalar::Slug { .. } | Scalar::Secret(_) | Scalar::Json)
    )
}

/// What each reference embeds.
fn includes(cx: &Cx<'_>, route: &Route, references: &[(String, FieldId)], cases: &mut Cases) {
    let entity = &cx.model.design.entities[route.entity];
    for (name, field) in references {
        let field = &entity.fields[*field];
        let sent = code(&format!("?include={name}"));
        match (members::is_ever_read(cx, field.ty.target()), field.optional) {
            (false, _) => cases.add("any row", &sent, "200; `null`: nobody may read what it refers to"),
            (true, true) => {
                let given = "a row with the reference set, and one without";
                cases.add(
                    given,
                    &sent,
                    "200; the object, if you may read it; `null` for the other",
                );
            }
            (true, false) => cases.add(
                "a row",
                &sent,
                "200; the object, or `null` if you may not read it",
            ),
        }
    }
}

fn get(cx: &Cx<'_>, route: &Route, cases: &mut Cases) {
    if route.etag {
        cases.add(
            "the `ETag` of the last answer",
            "`If-None-Match` with it",
            "304, no body",
        );
        cases.add(
            "the row has changed since",
            "`If-None-Match` with the old one",
            "200, another `ETag`",
        );
    }
    for param in &route.query {
        if let ParamKind::Include { references } = &param.kind {
            includes(cx, route, references, cases);
        }
    }
}

/// What a route that makes the missing row does of it.
fn of_missing(cx: &Cx<'_>, route: &Route, cases: &mut Cases) {
    let entity = &cx.model.design.entities[route.entity];
    let by = &entity.fields[cx.model.design.resources[route.resource].by];
    if by.ty.target().is_some() {
        cases.add(
            &format!("a {} that is not there", code(&format!("{{{}}}", by.wire))),
            "the request",
            &format!(
                "{} `reference_not_found`; `errors[0].parameter` is {}",
                invalid(route),
                code(&by.wire)
            ),
        );
    }
    cases.add("no such row", "`If-Match: *`", "412; nothing is written");
    cases.add(
        "the row is there",
        "`If-None-Match: *`",
        "412; nothing is written",
    );
    cases.add(
        "the row has changed since you read it",
        "`If-Match` with the old `ETag`",
        "412; nothing is written",
    );
}

fn row(cx: &Cx<'_>, route: &Route, cases: &mut Cases) {
    for parent in route.path.parents() {
        let name = code(&format!("{{{}}}", parent.name));
        cases.add(&format!("a {name} that is not there"), "the request", "404");
        cases.add(
            &format!("a {name} that you may not read"),
            "the request",
            "404, the same body but for `instance` and `request_id`",
        );
    }
    if !route.operation.is_on_item() {
        return;
    }
    if route.made.is_some() {
        of_missing(cx, route, cases);
        return;
    }
    if let Some(find) = route.find {
        let field = code(&cx.model.design.entities[route.entity].fields[find.field].wire);
        cases.add(&format!("a {field} that no row has"), "the request", "404");
        cases.add(
            "a row that you may neither read nor do this to",
            "the request",
            "404, the same body but for `instance` and `request_id`",
        );
        return;
    }
    cases.add("a key that no row has", "the request", "404");
    if route.path.parents().next().is_some() {
        cases.add("a row that lies below another one", "the request", "404");
    }
    cases.add(
        "a row that you may not read",
        "the request",
        "404, the same body but for `instance` and `request_id`",
    );
    if route.if_match {
        cases.add(
            "the row has changed since you read it",
            "`If-Match` with the old `ETag`",
            "412; nothing is written",
        );
    }
    if route.require_match {
        cases.add("", "no `If-Match`", "428; nothing is written");
    }
}

fn conflicts(cx: &Cx<'_>, route: &Route, cases: &mut Cases) {
    let entity = &cx.model.design.entities[route.entity];
    if let Operation::Action(id) = route.operation {
        if let Some(moves) = &entity.actions[id].moves {
            let variants = &cx.model.design.enums[moves.of].variants;
            let others = variants
                .entries()
                .filter(|(variant, _)| !moves.from.contains(variant));
            let others: Vec<String> = others.map(|(_, variant)| code(&variant.name)).collect();
            if !others.is_empty() {
                let field = code(&entity.fields[moves.field].wire);
                let given = format!("{field} is {}", words::list(others, "or"));
                cases.add(&given, "the request", "409 `invalid-state`; nothing is written");
            }
        }
        for error in &entity.actions[id].errors {
            let given = words::cond(&cx.model.design, route.entity, &error.when);
            cases.add(
                &given,
                "the request",
                &format!("{} {}", error.status, code(&error.name)),
            );
        }
    } else if problem_of(route, |problem| *problem == Problem::InvalidState).is_some() {
        for states in entity
            .states
            .iter()
            .filter(|states| route.writes.contains(&states.field))
        {
            moves(cx, route, states, cases);
        }
    }
    if problem_of(route, |problem| *problem == Problem::Conflict).is_some() {
        let given = match route.operation {
            Operation::Delete => "rows that refer to it, or to what would go with it",
            Operation::Replace if route.made.is_some() => "the row is there, and you may not read it",
            _ => "a row with the same unique values",
        };
        cases.add(
            given,
            "the request",
            "409 `conflict`; nothing of the other row is told",
        );
    }
}

/// A move that is not declared, and one that only an action makes.
fn moves(cx: &Cx<'_>, route: &Route, states: &States, cases: &mut Cases) {
    let entity = &cx.model.design.entities[route.entity];
    let variants = &cx.model.design.enums[states.of].variants;
    let wire = &entity.fields[states.field].wire;
    let mut add = |from: VariantId, to: VariantId, then: &str| {
        let (from, to) = (&variants[from].name, &variants[to].name);
        let given = format!("{} is {}", code(wire), code(from));
        cases.add(&given, &code(&format!("\"{wire}\": \"{to}\"")), then);
    };
    let is_declared = |from, to| {
        states
            .transitions
            .iter()
            .any(|step| step.from == from && step.to == to)
    };
    let pairs = variants
        .ids()
        .flat_map(|from| variants.ids().map(move |to| (from, to)));
    if let Some((from, to)) = pairs
        .into_iter()
        .find(|(from, to)| from != to && !is_declared(*from, *to))
    {
        add(from, to, "409 `invalid-state`; nothing is written");
    }
    if let Some(step) = states.transitions.iter().find(|step| step.claimed_by.is_some()) {
        let by = step.claimed_by.map_or("", |action| &entity.actions[action].name);
        add(
            step.from,
            step.to,
            &format!("409 `invalid-state`: only {} makes this move", code(by)),
        );
    }
}

fn limit(route: &Route, cases: &mut Cases) {
    if let Some(limit) = route.limit {
        let given = format!("{} by one {}", words::rate(limit), limit.per.name());
        cases.add(&given, "one more", "429 `too-many-requests` with `Retry-After`");
    }
}

fn identity(cx: &Cx<'_>, route: &Route, cases: &mut Cases) {
    if cx.model.design.auth.is_none() {
        return;
    }
    if route.public {
        let what = if route.operation.is_write() { "do" } else { "see" };
        cases.add(
            "no token",
            "the request",
            &format!("{}; what everyone may {what}", route.success.status),
        );
        cases.add("a token that does not verify", "the request", "401");
    } else {
        cases.add(
            "no token, one that has expired, one of another issuer",
            "the request",
            "401 with `WWW-Authenticate: Bearer`",
        );
    }
    if route.path.has_caller() {
        cases.add("the path names another caller", "the request", "403");
    }
    let verb = route.operation.verb();
    let reasons = route
        .answers
        .iter()
        .filter(|answer| answer.problem == Problem::Forbidden);
    if reasons.count() > usize::from(route.path.has_caller()) {
        let entity = &cx.model.design.entities[route.entity];
        let given = match route.operation {
            Operation::Create => String::from("a row that the rules do not let you make"),
            _ => format!("a row that you may read and not {}", words::verb(entity, verb)),
        };
        cases.add(&given, "the request", "403; nothing is written");
        if route.made.is_some() {
            cases.add(
                "no such row, and the rules do not let you make it",
                "the request",
                "403; nothing is written",
            );
        }
    }
}
