//! One endpoint of a page.

mod errors;
mod parameters;

use groma_ir::design::Verb;
use groma_ir::http::{Group, Operation, ParamKind, PathPart, Route, RouteId, SchemaKind};
use groma_ir::words;
use serde_json::Value;

use super::{Cx, cases, links, members, page, shell};
use crate::example::plain;
use crate::markdown::{Page, Table, code, fence, one_line};

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
    response(cx, page, group, id);
    page.heading(4, "Example");
    page.block(shell::note(cx, group, id, speaker).unwrap_or_default());
    page.fence("sh", &shell::curl(cx, group, id, speaker));
    errors::errors(cx, page, id);
    database(cx, page, id);
    page.heading(4, "How to test");
    page.table(&cases::cases(cx, id));
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
        format!("answers {}", code(&route.success.status.to_string())),
        auth.to_owned(),
    ];
    facts.extend(links::source(cx, &cx.model.design.place(route.origin)));
    page.block(&facts.join(" · "));
}

/// Who may, in words.
fn access(cx: &Cx<'_>, page: &mut Page, route: &Route) {
    let design = &cx.model.design;
    if design.auth.is_none() && design.entities[route.entity].rules.is_empty() {
        return;
    }
    page.heading(4, "Access");
    let verb = cases::verb(route.operation);
    let mut lines = words::verb_rules(design, route.entity, verb);
    if route.path.has_caller() {
        let name = route.path.parts.iter().find_map(|part| match part {
            PathPart::Caller { name } => Some(code(&format!("{{{name}}}"))),
            PathPart::Literal(_) | PathPart::Key { .. } => None,
        });
        lines.push(format!(
            "{} must be the caller of the token.",
            name.unwrap_or_default()
        ));
    }
    page.list(lines);
    let note = match verb {
        Verb::Read => match route.operation {
            Operation::List => "Rows that you may not read are left out.",
            Operation::Report(_) => "Rows that you may not read are not counted.",
            _ => "A row that you may not read answers as if it were not there: 404.",
        },
        Verb::Create => "",
        Verb::Update => {
            "The rules hold before and after the change. A row that you may not read answers 404."
        }
        Verb::Delete | Verb::Action(_) => "A row that you may not read answers as if it were not there: 404.",
    };
    page.block(note);
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
        page.fence("json", &format!("{example:#}"));
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
        SchemaKind::Item(_) => format!("{status} with {object}."),
        SchemaKind::Array(_) => format!("{status} with a bare array of {objects}."),
        SchemaKind::Page { .. } => format!("{status} with a page:"),
        _ => format!("{status} with an object:"),
    };
    page.block(&what);
    page.table(&members::answer(cx, body, &objects));
    page.table(&response_headers(route));
    if let Some(answer) = cx.examples.answer(id) {
        page.fence("json", &format!("{answer:#}"));
    }
    let includes = route.query.iter().find_map(|param| match param.kind {
        ParamKind::Include { .. } => cx.examples.parameter(route, param),
        _ => None,
    });
    if let (Some(Value::Array(names)), Some(embedded)) = (includes, cx.examples.embedded(id)) {
        let names: Vec<String> = names.iter().map(plain).collect();
        let summary = format!("With <code>?include={}</code>", names.join(","));
        page.details(&summary, &fence("json", &format!("{embedded:#}")));
    }
}

fn response_headers(route: &Route) -> Table {
    let mut table = Table::new(["Header", "Value"]);
    if route.success.location {
        table.row([code("Location"), String::from("The path of the new row.")]);
    }
    if route.etag {
        table.row([
            code("ETag"),
            String::from("The state of the row, for `If-Match` and `If-None-Match`."),
        ]);
    }
    if route.success.link {
        table.row([
            code("Link"),
            String::from("The next page, as `rel=\"next\"`; absent on the last one."),
        ]);
    }
    table
}

fn database(cx: &Cx<'_>, page: &mut Page, id: RouteId) {
    let Some(operations) = cx
        .options
        .statements
        .get(&id)
        .filter(|operations| !operations.is_empty())
    else {
        return;
    };
    page.heading(4, "Database");
    let one = operations.len() == 1;
    for (index, operation) in operations.iter().enumerate() {
        let number = if one {
            String::new()
        } else {
            format!("{}. ", index + 1)
        };
        let purpose = crate::markdown::sentence(&operation.purpose);
        let served = operation.index.as_ref().map(|index| {
            let is_name = !index.contains(char::is_whitespace);
            format!(
                " Served by {}.",
                if is_name {
                    code(index)
                } else {
                    format!("the {}", one_line(index))
                }
            )
        });
        page.block(&format!("{number}{purpose}{}", served.unwrap_or_default()));
        page.fence("sql", operation.sql.trim());
    }
}
