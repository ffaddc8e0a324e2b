//! One endpoint of a page.

mod database;
mod errors;
mod parameters;

use groma_ir::design::Verb;
use groma_ir::http::{Group, Operation, ParamKind, PathPart, Route, RouteId, SchemaKind};
use groma_ir::words;
use serde_json::Value;

use super::{Cx, cases, links, members, page, shell};
use crate::example::plain;
use crate::markdown::{Page, code, json};

/// Writes the section of a route.
pub(super) fn endpoint(
    cx: &Cx<'_>,
    page: &mut Page,
    (group, speaker): (&Group, &shell::Speaker),
    id: RouteId,
) {
    let route = &cx.model.http.routes[id];
    page.heading(3, &page::heading(cx, group, id));
    definition(cx, page, id);
    access(cx, page, route);
    parameters::parameters(cx, page, route);
    request(cx, page, id);
    page.heading(4, "Example");
    match shell::example(cx, group, id, speaker) {
        shell::Example::Pasted(commands) => page.fence("sh", &commands),
        shell::Example::Shown { why, request } => {
            page.block(&why);
            page.fence("text", &request);
        }
    }
    response(cx, page, group, id);
    errors::errors(cx, page, id);
    database::database(cx, page, id);
    let cases = cases::cases(cx, id);
    page.details(
        &format!("How to test: {}", many(cases.len(), "case")),
        &cases.render(),
    );
}

/// `1 case`, `12 cases`.
fn many(count: usize, word: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {word}{plural}")
}

fn definition(cx: &Cx<'_>, page: &mut Page, id: RouteId) {
    let route = &cx.model.http.routes[id];
    page.fence(
        "http",
        &format!("{} {}", route.method.name(), route.path.template()),
    );
    if let Some(doc) = &route.doc {
        page.block(&links::prose(cx, doc));
    }
    let auth = match (cx.model.design.auth.is_some(), route.public) {
        (false, _) => "no token",
        (true, true) => "token optional",
        (true, false) => "token required",
    };
    let mut facts = vec![
        format!("Operation {}", code(&route.operation_id)),
        format!("answers {}", statuses(route)),
        auth.to_owned(),
    ];
    if let Some(limit) = route.limit {
        let (rate, per) = (words::rate(limit), limit.per.name());
        facts.push(format!("at most {rate} for each {per}"));
    }
    facts.extend(links::source(cx, &cx.model.design.place(route.origin)));
    page.block(&facts.join(" · "));
}

/// The statuses of a route when all is well.
fn statuses(route: &Route) -> String {
    let made = route.made.map(|made| made.status);
    let all = made.into_iter().chain([route.success.status]);
    words::list(all.map(|status| code(&status.to_string())), "or")
}

/// Who may do what a route is about; one that may make its row asks for another right then.
fn who(cx: &Cx<'_>, route: &Route) -> Vec<String> {
    let of = |verb| words::verb_rules(&cx.model.design, route.entity, verb);
    let lines = of(route.operation.verb());
    let made = route.made.map_or_else(Vec::new, |_| of(Verb::Create));
    if made.is_empty() || made == lines {
        return lines;
    }
    let where_it_is = |line: &String| format!("Where the row is there: {}", lowered(line));
    let where_not = |line: &String| format!("Where it is not: {}", lowered(line));
    lines
        .iter()
        .map(where_it_is)
        .chain(made.iter().map(where_not))
        .collect()
}

fn lowered(line: &str) -> String {
    let mut chars = line.chars();
    chars
        .next()
        .map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// Who may, in words.
fn access(cx: &Cx<'_>, page: &mut Page, route: &Route) {
    let design = &cx.model.design;
    if design.auth.is_none() && design.entities[route.entity].rules.is_empty() {
        return;
    }
    page.heading(4, "Access");
    let verb = route.operation.verb();
    let mut lines = who(cx, route);
    if route.path.has_caller() {
        let name = route.path.parts.iter().find_map(|part| match part {
            PathPart::Caller { name } => Some(code(&format!("{{{name}}}"))),
            PathPart::Literal(_) | PathPart::Key { .. } | PathPart::Parent(_) => None,
        });
        lines.push(format!(
            "{} must be the caller of the token.",
            name.unwrap_or_default()
        ));
    }
    lines.extend(route.path.parents().map(|parent| {
        format!(
            "{} must be {} that you may read; another one answers as if it were not there: 404.",
            code(&format!("{{{}}}", parent.name)),
            links::an_entity(cx, parent.entity)
        )
    }));
    page.list(lines);
    let note = match verb {
        Verb::Read => match route.operation {
            Operation::List => "Rows that you may not read are left out.",
            Operation::Report(_) => "Rows that you may not read are not counted.",
            _ => "A row that you may not read answers as if it were not there: 404.",
        },
        Verb::Create => "",
        Verb::Update if route.made.is_some() => {
            "The rules of a change hold before and after it, those of a new row where there is none."
        }
        Verb::Update => {
            "The rules hold before and after the change. A row that you may not read answers 404."
        }
        Verb::Delete | Verb::Share | Verb::Action(_) => {
            "A row that you may not read answers as if it were not there: 404."
        }
    };
    match route.find {
        Some(find) => page.block(&format!(
            "Who sends the {} of a row need not be able to read it. To whom this is not allowed, and who may not read the \
             row either, it answers as if it were not there: 404.",
            code(&design.entities[route.entity].fields[find.field].wire)
        )),
        None => page.block(note),
    }
}

fn request(cx: &Cx<'_>, page: &mut Page, id: RouteId) {
    let route = &cx.model.http.routes[id];
    let Some(body) = route.body else {
        if matches!(route.operation, Operation::Action(_)) {
            page.heading(4, "Request");
            page.block("No body.");
        }
        return;
    };
    page.heading(4, "Request");
    let about = match route.operation {
        Operation::Update => {
            "A JSON Merge Patch (RFC 7396), as `application/json` or `application/merge-patch+json`. A member that \
             is left out keeps its value; `null` clears it. Other members are refused."
        }
        Operation::Replace => {
            "A JSON object. A member that is left out takes its default. Other members are refused."
        }
        _ => "A JSON object. Other members are refused.",
    };
    page.block(about);
    page.table(&members::body(cx, body));
    if let Some(example) = cx.examples.request(id) {
        page.fence("json", &json(&example));
    }
}

fn response(cx: &Cx<'_>, page: &mut Page, group: &Group, id: RouteId) {
    let route = &cx.model.http.routes[id];
    page.heading(4, "Response");
    let status = code(&route.success.status.to_string());
    let object = page::object_link(cx, group, false);
    let objects = page::object_link(cx, group, true);
    let Some(body) = route.success.body else {
        page.block(&format!("{status} without a body."));
        return;
    };
    let what = match &cx.model.http.schemas[body].kind {
        SchemaKind::Item(_) => match route.made {
            Some(made) => format!(
                "{status} with {object}, {} where the row was made.",
                code(&made.status.to_string())
            ),
            None => format!("{status} with {object}."),
        },
        SchemaKind::Array(_) => format!("{status} with a bare array of {objects}."),
        SchemaKind::Page { .. } => format!("{status} with a page of {objects}."),
        _ => format!("{status} with an object."),
    };
    let headers = response_headers(route);
    let headers = match words::list(headers, "and") {
        none if none.is_empty() => none,
        names => format!(" Headers: {names}."),
    };
    page.block(&format!("{what}{headers}"));
    page.table(&members::answer(cx, body, &objects));
    if let Some(answer) = cx.examples.answer(id) {
        page.fence("json", &json(&answer));
    }
    let includes = route.query.iter().find_map(|param| match param.kind {
        ParamKind::Include { .. } => cx.examples.parameter(route, param),
        _ => None,
    });
    if let (Some(Value::Array(names)), Some(embedded)) = (includes, cx.examples.embedded(id)) {
        let names: Vec<String> = names.iter().map(plain).collect();
        let names = names.join(",");
        page.block(&format!(
            "With {} the object holds this too:",
            code(&format!("?include={names}"))
        ));
        page.fence("json", &json(&embedded));
    }
}

fn response_headers(route: &Route) -> Vec<String> {
    let mut headers = Vec::new();
    if route.success.location {
        headers.push(String::from("`Location` (the path of the new row)"));
    }
    if route.made.is_some_and(|made| made.location) {
        headers.push(String::from("`Location` (the path of a new row)"));
    }
    if route.etag {
        headers.push(String::from("`ETag` (the state of the row)"));
    }
    if route.success.link {
        headers.push(String::from("`Link` (the next page, where there is one)"));
    }
    if route.success.total {
        headers.push(String::from("`X-Total-Count` (with `count=true`)"));
    }
    headers
}
