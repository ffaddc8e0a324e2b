//! The other statuses of an endpoint.

use std::collections::BTreeMap;

use groma_ir::http::{Method, Problem, RouteId};

use super::super::{Cx, errors};
use crate::markdown::{Page, Table, code, link};

/// Every other status: those that say something about the endpoint with when they are answered, then those that
/// any endpoint answers, with links to the bodies.
pub(super) fn errors(cx: &Cx<'_>, page: &mut Page, id: RouteId) {
    let route = &cx.model.http.routes[id];
    page.heading(4, "Errors");
    let mut table = Table::new(["Status", "Problem", "When"]);
    if route.etag && route.method == Method::Get {
        let when = "`If-None-Match` names the current state. No error, and no body.";
        table.row(["`304`", "", when]);
    }
    let mut own: BTreeMap<(u16, &Problem), Vec<String>> = BTreeMap::new();
    let mut common: BTreeMap<(u16, &Problem), &str> = BTreeMap::new();
    for answer in &route.answers {
        let place = (answer.problem.status(), &answer.problem);
        if is_common(&answer.problem) {
            common.insert(place, &answer.when);
        } else {
            own.entry(place)
                .or_default()
                .push(errors::when(cx, route, answer));
        }
    }
    for ((status, problem), when) in own {
        let kind = link(&code(&problem.slug()), &errors::target(problem));
        table.row([code(&status.to_string()), kind, when.join(" ")]);
    }
    let statuses = common.keys().map(|(status, _)| code(&status.to_string()));
    let statuses: Vec<String> = statuses.collect();
    if !statuses.is_empty() {
        let kinds = link("as everywhere", "#errors");
        table.row([statuses.join(" "), kinds, words(&common)]);
    }
    page.table(&table);
}

/// What the common ones mean, in a few words each.
fn words(common: &BTreeMap<(u16, &Problem), &str>) -> String {
    let words = common.keys().filter_map(|(_, problem)| {
        Some(match problem {
            Problem::Unauthenticated => "no valid token",
            Problem::NotAcceptable => "`Accept` without JSON",
            Problem::UriTooLong => "path and query too long",
            Problem::ContentTooLarge => "body too large",
            Problem::UnsupportedMediaType => "body not sent as JSON",
            Problem::KeyInUse => "the first request with the `Idempotency-Key` still being answered",
            Problem::KeyReused => "an `Idempotency-Key` of another request",
            Problem::TooManyRequests => "too many requests",
            Problem::Internal => "a defect",
            Problem::Unavailable => "not available now",
            _ => return None,
        })
    });
    let words: Vec<&str> = words.collect();
    crate::markdown::sentence(&words.join(", "))
}

/// Whether a problem means the same on every endpoint.
fn is_common(problem: &Problem) -> bool {
    match problem {
        Problem::Unauthenticated
        | Problem::MethodNotAllowed
        | Problem::NotAcceptable
        | Problem::RequestTimeout
        | Problem::UriTooLong
        | Problem::HeadersTooLarge
        | Problem::NotImplemented
        | Problem::ContentTooLarge
        | Problem::UnsupportedMediaType
        | Problem::TooManyRequests
        | Problem::Internal
        | Problem::KeyInUse
        | Problem::KeyReused
        | Problem::Unavailable => true,
        Problem::InvalidRequest
        | Problem::InvalidBody { .. }
        | Problem::Forbidden
        | Problem::NotFound
        | Problem::Conflict
        | Problem::InvalidState
        | Problem::PreconditionFailed
        | Problem::PreconditionRequired
        | Problem::Declared { .. } => false,
    }
}
