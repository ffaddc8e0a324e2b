//! Responses: every status that a route can answer, with its headers and an example body.

use std::collections::BTreeMap;

use groma_ir::Model;
use groma_ir::http::{Answer, Method, Problem, Route, RouteId, SchemaKind, Success};
use serde_json::{Map, Value, json};

use super::{Cx, schema};
use crate::literal::set;

/// Responses that several routes give alike, written once: `components.responses`.
pub(super) struct Shared {
    by_name: BTreeMap<String, Value>,
}

impl Shared {
    /// Collects the answers that do not depend on the route.
    pub(super) fn new(cx: &Cx<'_>) -> Self {
        let mut by_name = BTreeMap::new();
        for (id, route) in cx.model.http.routes.entries() {
            for (status, answers) in by_status(route) {
                if let Some(name) = shared_name(&answers) {
                    by_name
                        .entry(name)
                        .or_insert_with(|| failure(cx, id, status, &answers));
                }
            }
        }
        Self { by_name }
    }

    /// The responses by name.
    pub(super) fn components(&self) -> Value {
        self.by_name
            .iter()
            .map(|(name, response)| (name.clone(), response.clone()))
            .collect()
    }
}

/// The responses of a route by status.
pub(super) fn responses(cx: &Cx<'_>, shared: &Shared, id: RouteId) -> Map<String, Value> {
    let route = &cx.model.http.routes[id];
    let when_well = std::iter::once(route.success).chain(route.made);
    let mut responses: BTreeMap<u16, Value> = when_well.map(|it| (it.status, success(cx, id, it))).collect();
    if route.etag && route.method == Method::Get {
        responses.insert(304, not_modified());
    }
    for (status, answers) in by_status(route) {
        let response = match shared_name(&answers) {
            // The text differs where the design lets a token be left out: then the route says its own.
            Some(name)
                if shared
                    .by_name
                    .get(&name)
                    .is_some_and(|known| says(known, &answers)) =>
            {
                json!({ "$ref": format!("#/components/responses/{name}") })
            }
            Some(_) | None => failure(cx, id, status, &answers),
        };
        responses.insert(status, response);
    }
    responses
        .into_iter()
        .map(|(status, response)| (status.to_string(), response))
        .collect()
}

/// The headers that responses refer to: `components.headers`.
pub(super) fn headers(model: &Model) -> Value {
    let header = |schema: Value, about: &str, example: &str| json!({ "description": about, "schema": schema, "example": example });
    let text = || json!({ "type": "string" });
    let path = model
        .http
        .routes
        .iter()
        .next()
        .map_or_else(|| String::from("/"), |route| route.path.template());
    let next = format!("<{path}?cursor=AQID>; rel=\"next\"");
    let mut headers = json!({
        "ETag": header(
            json!({ "type": "string", "pattern": r#"^"[!#-~]*"$"# }),
            "Changes whenever the item does; for `If-Match` and `If-None-Match`.",
            r#""kq3VnLx0T6u2pYc1wZ8d4g""#,
        ),
        "Location": header(text(), "The path of the new item.", &path),
        "Link": header(text(), "The next page, as `rel=\"next\"` (RFC 8288); absent on the last one.", &next),
        "RequestId": header(
            text(), "Finds the request in the log; taken over from the request when it is sane.", "01JD7Z0V9Q4B"
        ),
        "WwwAuthenticate": header(text(), "How to authenticate (RFC 6750).", "Bearer error=\"invalid_token\""),
        "RetryAfter": {
            "description": "How many seconds to wait.", "schema": { "type": "integer", "minimum": 0 }, "example": 5,
        },
    });
    if let Some(headers) = headers.as_object_mut()
        && model.http.routes.iter().any(|route| route.success.total)
    {
        let total = json!({
            "description": "With `count=true`: how many items there are on all pages.",
            "schema": { "type": "integer", "minimum": 0 },
            "example": 42,
        });
        headers.insert(String::from("TotalCount"), total);
    }
    headers
}

/// Whether a shared response says exactly these answers.
fn says(response: &Value, answers: &[&Answer]) -> bool {
    response.get("description").and_then(Value::as_str) == Some(&description(answers))
}

/// The answers of a route by status, in the order of the statuses.
fn by_status(route: &Route) -> BTreeMap<u16, Vec<&Answer>> {
    let mut by_status: BTreeMap<u16, Vec<&Answer>> = BTreeMap::new();
    for answer in &route.answers {
        by_status.entry(answer.problem.status()).or_default().push(answer);
    }
    by_status
}

/// The name of a response that no route has of its own.
fn shared_name(answers: &[&Answer]) -> Option<String> {
    let [Answer { problem, .. }] = answers else {
        return None;
    };
    let name = match problem {
        Problem::Unauthenticated => "Unauthenticated",
        Problem::NotAcceptable => "NotAcceptable",
        Problem::ContentTooLarge => "ContentTooLarge",
        Problem::UriTooLong => "UriTooLong",
        Problem::UnsupportedMediaType => "UnsupportedMediaType",
        Problem::KeyReused => "IdempotencyKeyReused",
        Problem::TooManyRequests => "TooManyRequests",
        Problem::Internal => "Internal",
        Problem::Unavailable => "Unavailable",
        Problem::InvalidRequest
        | Problem::InvalidBody { .. }
        | Problem::Forbidden
        | Problem::NotFound
        | Problem::MethodNotAllowed
        | Problem::RequestTimeout
        | Problem::HeadersTooLarge
        | Problem::NotImplemented
        | Problem::Conflict
        | Problem::InvalidState
        | Problem::KeyInUse
        | Problem::PreconditionFailed
        | Problem::PreconditionRequired
        | Problem::Declared { .. } => return None,
    };
    Some(name.to_owned())
}

fn success(cx: &Cx<'_>, id: RouteId, when_well: Success) -> Value {
    let route = &cx.model.http.routes[id];
    let mut headers = vec![("X-Request-Id", "RequestId")];
    if route.etag {
        headers.push(("ETag", "ETag"));
    }
    if when_well.location {
        headers.push(("Location", "Location"));
    }
    if when_well.link {
        headers.push(("Link", "Link"));
    }
    if when_well.total {
        headers.push(("X-Total-Count", "TotalCount"));
    }
    let mut response = json!({ "description": success_words(when_well.status), "headers": refer(&headers) });
    if let Some(body) = when_well.body {
        let is_item = matches!(cx.model.http.schemas[body].kind, SchemaKind::Item(_));
        let schema = match route.method {
            Method::Get if is_item => schema::item(cx, body),
            Method::Get | Method::Post | Method::Put | Method::Patch | Method::Delete => {
                schema::reference(cx, body)
            }
        };
        let mut media = json!({ "schema": schema });
        if let Some(example) = cx.examples.answer(id) {
            set(&mut media, "example", example);
        }
        set(&mut response, "content", json!({ "application/json": media }));
    }
    response
}

fn success_words(status: u16) -> &'static str {
    match status {
        201 => "Created.",
        204 => "Done; there is no body.",
        _ => "Done.",
    }
}

fn not_modified() -> Value {
    json!({
        "description": "The copy named by `If-None-Match` is still good; there is no body.",
        "headers": refer(&[("X-Request-Id", "RequestId"), ("ETag", "ETag")]),
    })
}

fn failure(cx: &Cx<'_>, id: RouteId, status: u16, answers: &[&Answer]) -> Value {
    let mut headers = vec![("X-Request-Id", "RequestId")];
    match status {
        401 => headers.push(("WWW-Authenticate", "WwwAuthenticate")),
        429 | 503 => headers.push(("Retry-After", "RetryAfter")),
        _ => {}
    }
    let http = &cx.model.http;
    let of = |schema| schema::reference(cx, schema);
    let listed = answers
        .iter()
        .filter(|answer| answer.problem.has_errors())
        .count();
    let schema = match listed {
        0 => of(http.problem),
        all if all == answers.len() => of(http.validation_problem),
        _ => json!({ "anyOf": [of(http.validation_problem), of(http.problem)] }),
    };
    let mut examples = Map::new();
    for answer in answers {
        let example = cx.examples.problem(id, &answer.problem);
        let name = answer.problem.slug().into_owned();
        examples
            .entry(name)
            .or_insert_with(|| json!({ "summary": answer.problem.title(), "value": example }));
    }
    let media = json!({ "schema": schema, "examples": examples });
    json!({
        "description": description(answers),
        "headers": refer(&headers),
        "content": { "application/problem+json": media },
    })
}

fn description(answers: &[&Answer]) -> String {
    match answers {
        [only] => only.when.clone(),
        _ => answers
            .iter()
            .map(|answer| format!("- {}", answer.when))
            .collect::<Vec<_>>()
            .join("\n"),
    }
}

fn refer(headers: &[(&str, &str)]) -> Value {
    let headers = headers.iter().map(|(name, component)| {
        (
            (*name).to_owned(),
            json!({ "$ref": format!("#/components/headers/{component}") }),
        )
    });
    headers.collect()
}
