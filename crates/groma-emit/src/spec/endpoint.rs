//! One endpoint of a page.

use std::collections::BTreeMap;

use groma_ir::design::Verb;
use groma_ir::http::{Answer, Group, Method, Operation, ParamKind, PathPart, Route, RouteId, SchemaKind};
use groma_ir::words;
use serde_json::Value;

use super::{Cx, cases, links, members, page, shell, types};
use crate::example::plain;
use crate::markdown::{Page, Table, code, fence, link, one_line, prose};

/// Writes the section of a route.
pub(super) fn endpoint(cx: &Cx<'_>, page: &mut Page, group: &Group, id: RouteId) {
    let route = &cx.model.http.routes[id];
    page.heading(3, &page::heading(cx, group, id));
    definition(cx, page, id);
    access(cx, page, route);
    parameters(cx, page, route);
    request(cx, page, id);
    response(cx, page, group, id);
    page.heading(4, "Example");
    page.fence("sh", &shell::curl(cx, group, id));
    errors(cx, page, id);
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
        page.block(&prose(doc));
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

fn parameters(cx: &Cx<'_>, page: &mut Page, route: &Route) {
    let design = &cx.model.design;
    let mut table = Table::new(["Name", "In", "Type", "Default", "Description"]);
    for part in &route.path.parts {
        match part {
            PathPart::Literal(_) => {}
            PathPart::Key { name, field } => {
                let entity = &design.entities[route.entity];
                let ty = types::words(cx, &entity.fields[*field].ty, false);
                let about = format!("Which {}.", members::noun(&entity.name));
                table.row([
                    code(name),
                    String::from("path"),
                    ty,
                    String::from("**required**"),
                    about,
                ]);
            }
            PathPart::Caller { name } => {
                let about = String::from("The caller, as in the token.");
                table.row([
                    code(name),
                    String::from("path"),
                    String::from("string"),
                    String::from("**required**"),
                    about,
                ]);
            }
        }
    }
    for param in &route.query {
        let (ty, default) = query_type(cx, route, &param.kind);
        table.row([
            code(&param.name),
            String::from("query"),
            ty,
            default,
            param.doc.clone(),
        ]);
    }
    for (name, is_required, about) in header_parameters(route) {
        let default = if is_required { "**required**" } else { "" };
        let ty = String::from("entity tags or `*`");
        table.row([
            code(name),
            String::from("header"),
            ty,
            default.to_owned(),
            about.to_owned(),
        ]);
    }
    if !table.is_empty() {
        page.heading(4, "Parameters");
        page.table(&table);
    }
}

fn header_parameters(route: &Route) -> Vec<(&'static str, bool, &'static str)> {
    let mut headers = Vec::new();
    if route.etag && route.method == Method::Get {
        headers.push((
            "If-None-Match",
            false,
            "The `ETag` of your copy: 304 when it is still good.",
        ));
    }
    if route.if_match {
        let about = "The `ETag` that the change is based on: 412 when the row has changed since.";
        headers.push(("If-Match", route.require_match, about));
    }
    headers
}

fn query_type(cx: &Cx<'_>, route: &Route, kind: &ParamKind) -> (String, String) {
    let none = String::new;
    match kind {
        ParamKind::Filter { ty, .. } => (types::words(cx, ty, false), none()),
        ParamKind::Named { values, .. } => {
            (words::list(values.iter().map(|value| code(value)), "or"), none())
        }
        ParamKind::Search { .. } => (String::from("string"), none()),
        ParamKind::Sort { fields, default } => {
            let names = words::list(fields.iter().map(|(name, _)| code(name)), "and");
            (format!("list of {names}"), code(default))
        }
        ParamKind::Limit { default, max } => (format!("integer, 1 to {max}"), code(&default.to_string())),
        ParamKind::Cursor => (String::from("string"), none()),
        ParamKind::Offset => (String::from("integer, at least 0"), code("0")),
        ParamKind::Count => (String::from("boolean"), code("false")),
        ParamKind::Include { references } => (
            format!(
                "list of {}",
                words::list(references.iter().map(|(name, _)| code(name)), "and")
            ),
            none(),
        ),
        ParamKind::Fields { .. } => {
            let item = cx
                .model
                .http
                .groups
                .iter()
                .find(|group| group.resource == route.resource);
            let name = item.map_or("item", |group| &cx.model.http.schemas[group.item].name);
            (format!("list of members of {name}"), none())
        }
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
        page.fence("json", &format!("{example:#}"));
    }
}

fn response(cx: &Cx<'_>, page: &mut Page, group: &Group, id: RouteId) {
    let route = &cx.model.http.routes[id];
    page.heading(4, "Response");
    let status = code(&route.success.status.to_string());
    let object = page::object_link(cx, group);
    let Some(body) = route.success.body else {
        page.block(&format!("{status} without a body."));
        return;
    };
    let what = match &cx.model.http.schemas[body].kind {
        SchemaKind::Item(_) => format!("{status} with {object}."),
        SchemaKind::Array(_) => format!("{status} with a bare array of {object}."),
        SchemaKind::Page { .. } => format!("{status} with a page:"),
        _ => format!("{status} with an object:"),
    };
    page.block(&what);
    page.table(&members::answer(cx, body, &object));
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

/// Every other status: when, and an example body for each kind.
fn errors(cx: &Cx<'_>, page: &mut Page, id: RouteId) {
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
            let body = cx.examples.problem(id, &answer.problem);
            bodies.push(format!(
                "**{} {}**\n\n{}",
                answer.problem.status(),
                answer.problem.title(),
                fence("json", &format!("{body:#}"))
            ));
        }
    }
    page.details("Example bodies", &bodies.join("\n\n"));
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
        let served = operation
            .index
            .as_ref()
            .map(|index| format!(" Served by {}.", code(&one_line(index))));
        page.block(&format!("{number}{purpose}{}", served.unwrap_or_default()));
        page.fence("sql", operation.sql.trim());
    }
}
