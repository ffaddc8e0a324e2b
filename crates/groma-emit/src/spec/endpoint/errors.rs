//! The other statuses of an endpoint.

use std::collections::BTreeMap;

use groma_ir::http::{Answer, Method, Problem, RouteId};

use super::super::Cx;
use crate::markdown::{Page, Table, code, fence, link};

/// Every other status: when, and an example body for each kind.
pub(super) fn errors(cx: &Cx<'_>, page: &mut Page, id: RouteId) {
    let route = &cx.model.http.routes[id];
    page.heading(4, "Errors");
    let mut table = Table::new(["Status", "Problem", "When"]);
    let readme = "README.md#kinds-of-problems";
    if route.etag && route.method == Method::Get {
        table.row([
            "`304`",
            "none: no error, and no body",
            "`If-None-Match` names the current state.",
        ]);
    }
    let mut by_status: BTreeMap<u16, Vec<&Answer>> = BTreeMap::new();
    for answer in &route.answers {
        by_status.entry(answer.problem.status()).or_default().push(answer);
    }
    for (status, answer) in by_status
        .iter()
        .flat_map(|(status, answers)| answers.iter().map(move |a| (status, a)))
    {
        let kind = link(&code(answer.problem.slug()), readme);
        table.row([code(&status.to_string()), kind, answer.when.clone()]);
    }
    page.table(&table);
    let mut seen: Vec<&str> = Vec::new();
    let mut bodies = Vec::new();
    for answer in by_status.values().flatten() {
        if !seen.contains(&answer.problem.slug()) {
            seen.push(answer.problem.slug());
            bodies.push(example_body(cx, id, &answer.problem));
        }
    }
    page.details("Example bodies", &bodies.join("\n\n"));
}

/// A body in full where it says something about the route, on one line where it is the same everywhere.
fn example_body(cx: &Cx<'_>, id: RouteId, problem: &Problem) -> String {
    let body = cx.examples.problem(id, problem);
    let text = if is_special(problem) {
        format!("{body:#}")
    } else {
        body.to_string()
    };
    format!(
        "**{} {}**\n\n{}",
        problem.status(),
        problem.title(),
        fence("json", &text)
    )
}

fn is_special(problem: &Problem) -> bool {
    match problem {
        Problem::InvalidRequest
        | Problem::InvalidBody { .. }
        | Problem::Forbidden
        | Problem::NotFound
        | Problem::Conflict
        | Problem::InvalidState
        | Problem::PreconditionFailed
        | Problem::PreconditionRequired
        | Problem::Declared { .. } => true,
        Problem::Unauthenticated
        | Problem::MethodNotAllowed
        | Problem::NotAcceptable
        | Problem::ContentTooLarge
        | Problem::UnsupportedMediaType
        | Problem::TooManyRequests
        | Problem::Internal
        | Problem::Unavailable => false,
    }
}
