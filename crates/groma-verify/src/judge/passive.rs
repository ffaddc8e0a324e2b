//! What every answer of a run is held to, whatever was asked.

use serde_json::Value as Json;

use groma_ir::design::Design;
use groma_ir::http::Route;

use super::{Symptom, excerpt};
use crate::catalogue::{self, Check};
use crate::net::{Answer, Request};
use crate::report::Severity;

/// An exchange, and the route that it was about, if any.
#[derive(Clone, Copy)]
pub(crate) struct Seen<'a> {
    pub(crate) design: &'a Design,
    pub(crate) route: Option<&'a Route>,
    pub(crate) request: &'a Request,
    pub(crate) answer: &'a Answer,
    /// The token that was sent.
    pub(crate) token: Option<&'a str>,
}

/// Every promise that any answer must keep: the check, and how it was broken.
pub(crate) fn observe(seen: Seen<'_>) -> Vec<(&'static Check, Option<Symptom>)> {
    let mut results = vec![
        (&catalogue::E05, fault(seen)),
        (&catalogue::E02, leak(seen)),
        (&catalogue::E06, headers(seen)),
    ];
    let hidden = hidden(seen);
    if !hidden.is_empty() {
        results.push((&catalogue::Z08, shown(seen, &hidden)));
    }
    if seen.answer.status >= 400 && seen.request.method != "HEAD" {
        results.push((&catalogue::E01, problem(seen)));
    }
    if let Some(route) = seen.route.filter(|_| seen.request.method == route_method(seen)) {
        results.push((&catalogue::F02, undeclared(seen, route)));
    }
    results
}

fn route_method(seen: Seen<'_>) -> &str {
    seen.route.map_or("", |route| route.method.name())
}

fn fault(seen: Seen<'_>) -> Option<Symptom> {
    (seen.answer.status >= 500).then(|| Symptom::new("5xx", "an answer below 500", excerpt(seen.answer)))
}

/// The members that never leave, of the entity that a route is about.
fn hidden(seen: Seen<'_>) -> Vec<&str> {
    let Some(route) = seen.route else {
        return Vec::new();
    };
    let fields = seen.design.entities[route.entity].fields.iter();
    fields
        .filter(|field| !field.leaves())
        .map(|field| field.wire.as_str())
        .collect()
}

fn shown(seen: Seen<'_>, hidden: &[&str]) -> Option<Symptom> {
    let name = member_of(&seen.answer.json()?, hidden)?;
    Some(Symptom::new(
        name.clone(),
        format!("no member `{name}`"),
        excerpt(seen.answer),
    ))
}

/// The first member with one of these names, however deep; embedded rows of other entities are not asked.
fn member_of(body: &Json, names: &[&str]) -> Option<String> {
    match body {
        Json::Array(items) => items.iter().find_map(|item| member_of(item, names)),
        Json::Object(members) => {
            let direct = members
                .keys()
                .find(|name| names.contains(&name.as_str()))
                .cloned();
            direct.or_else(|| {
                members
                    .values()
                    .filter(|value| value.is_array())
                    .find_map(|value| member_of(value, names))
            })
        }
        _ => None,
    }
}

fn undeclared(seen: Seen<'_>, route: &Route) -> Option<Symptom> {
    let declared = route.statuses();
    (!declared.contains(&seen.answer.status)).then(|| {
        Symptom::new(
            "status",
            format!("one of the specified statuses {declared:?}"),
            excerpt(seen.answer),
        )
    })
}

/// RFC 9457, as the contract narrows it.
fn problem(seen: Seen<'_>) -> Option<Symptom> {
    let broken = |what: &str| Some(Symptom::new("problem", what.to_owned(), excerpt(seen.answer)));
    if seen.answer.media_type() != Some("application/problem+json") {
        return Some(Symptom::new(
            "problem",
            "`Content-Type: application/problem+json`",
            format!(
                "{:?} with {}",
                seen.answer.header("content-type"),
                excerpt(seen.answer)
            ),
        ));
    }
    let Some(Json::Object(body)) = seen.answer.json() else {
        return broken("a JSON object");
    };
    let text = |name: &str| {
        body.get(name)
            .and_then(Json::as_str)
            .filter(|text| !text.is_empty())
    };
    for name in ["type", "title", "detail", "instance", "request_id"] {
        if text(name).is_none() {
            return broken(&format!("a member `{name}` that is text"));
        }
    }
    if body.get("status").and_then(Json::as_u64) != Some(u64::from(seen.answer.status)) {
        return broken("`status` as in the status line");
    }
    let path = seen.request.path.split('?').next().unwrap_or_default();
    if !text("instance").is_some_and(|instance| instance.ends_with(path)) {
        return broken("`instance` that is the path");
    }
    if seen
        .answer
        .header("x-request-id")
        .is_some_and(|id| Some(id) != text("request_id"))
    {
        return broken("`request_id` as in `X-Request-Id`");
    }
    undeclared_kind(seen, &body).or_else(|| untold(seen, &body))
}

/// A kind of problem that the specification does not list for the route.
fn undeclared_kind(seen: Seen<'_>, body: &serde_json::Map<String, Json>) -> Option<Symptom> {
    let route = seen.route?;
    let kind = body.get("type").and_then(Json::as_str).unwrap_or_default();
    let is_declared = route.answers.iter().any(|answer| {
        answer.problem.status() == seen.answer.status
            && answer.problem.type_uri() == kind
            && body.get("title").and_then(Json::as_str) == Some(answer.problem.title().as_str())
    });
    let is_of_route =
        seen.request.method == route.method.name() && route.statuses().contains(&seen.answer.status);
    (is_of_route && !is_declared).then(|| {
        Symptom::new(
            "kind",
            "a `type` and `title` that the specification lists for the route",
            excerpt(seen.answer),
        )
    })
}

/// A refusal of the input that does not say which part.
fn untold(seen: Seen<'_>, body: &serde_json::Map<String, Json>) -> Option<Symptom> {
    let kind = body.get("type").and_then(Json::as_str).unwrap_or_default();
    if kind != "/problems/invalid-request" && kind != "/problems/invalid-body" {
        return None;
    }
    let errors = body.get("errors").and_then(Json::as_array);
    let text = |error: &Json, name: &str| {
        error
            .get(name)
            .and_then(Json::as_str)
            .is_some_and(|text| !text.is_empty())
    };
    let is_placed = |error: &Json| {
        ["pointer", "parameter", "header"]
            .iter()
            .any(|name| error.get(name).is_some_and(Json::is_string))
    };
    let is_told = |error: &Json| text(error, "code") && text(error, "detail") && is_placed(error);
    let is_right = errors.is_some_and(|errors| !errors.is_empty() && errors.iter().all(is_told));
    (!is_right).then(|| {
        Symptom::new(
            "errors",
            "`errors`, each with `code`, `detail` and a place",
            excerpt(seen.answer),
        )
    })
}

/// Words of the inside, in the body of an error; what the request itself said may be quoted.
const INSIDE: [&str; 18] = [
    "traceback (most recent",
    "panicked at",
    "stack backtrace",
    "sqlite",
    "postgres",
    "select ",
    "insert into",
    "no such column",
    "constraint failed",
    "syntax error",
    ".rs:",
    ".py\"",
    "/home/",
    "/usr/",
    "rusqlite",
    "sqlalchemy",
    "psycopg",
    "unwrap()",
];

fn leak(seen: Seen<'_>) -> Option<Symptom> {
    let body = seen.answer.text();
    let signature = seen
        .token
        .and_then(|token| token.rsplit('.').next())
        .filter(|part| part.len() > 20);
    if signature.is_some_and(|signature| body.contains(signature)) {
        return Some(
            Symptom::new("token", "no token in a body", excerpt(seen.answer)).severity(Severity::Critical),
        );
    }
    if seen.answer.status < 400 {
        return None;
    }
    let body = body.to_lowercase();
    let sent = String::from_utf8_lossy(seen.request.body.as_deref().unwrap_or_default()).to_lowercase();
    let path = seen.request.path.to_lowercase();
    let word = INSIDE
        .iter()
        .find(|word| body.contains(**word) && !sent.contains(**word) && !path.contains(**word))?;
    Some(Symptom::new(
        "inside",
        format!("no `{word}` in an error"),
        excerpt(seen.answer),
    ))
}

/// The headers that stand around every answer.
fn headers(seen: Seen<'_>) -> Option<Symptom> {
    let answer = seen.answer;
    let wants = [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("content-security-policy", "default-src 'none'"),
    ];
    for (name, value) in wants {
        if !answer.header(name).is_some_and(|given| given.starts_with(value)) {
            return Some(Symptom::new(
                name,
                format!("`{name}: {value}`"),
                format!("{:?}", answer.header(name)),
            ));
        }
    }
    if answer.header("x-request-id").is_none_or(str::is_empty) {
        return Some(Symptom::new("x-request-id", "`X-Request-Id`", "none"));
    }
    if answer
        .header("server")
        .is_some_and(|server| server.contains(|letter: char| letter.is_ascii_digit()))
    {
        return Some(Symptom::new(
            "server",
            "no version in `Server`",
            format!("{:?}", answer.header("server")),
        ));
    }
    let is_private = seen
        .route
        .is_some_and(|route| !route.public || route.operation.is_write());
    let is_stored = !answer
        .header("cache-control")
        .is_some_and(|value| value.contains("no-store"));
    (is_private && is_stored).then(|| {
        Symptom::new(
            "cache-control",
            "`Cache-Control: no-store`",
            format!("{:?}", answer.header("cache-control")),
        )
        .severity(Severity::Medium)
    })
}
