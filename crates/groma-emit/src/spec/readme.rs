//! The index: every endpoint, and what holds for all of them.

use groma_ir::design::{Effect, Entity, Setting};
use groma_ir::http::{Group, Route};
use groma_ir::words;

use super::{Cx, auth, conventions, diagram, errors, links, open, page, title};
use crate::markdown::{Page, Table, anchor, code, link};

/// The page.
pub(super) fn readme(cx: &Cx<'_>) -> String {
    let mut page = Page::new(&cx.comment());
    page.heading(1, &cx.model.design.service.title);
    if let Some(doc) = &cx.model.design.service.doc {
        page.block(&links::prose(cx, doc));
    }
    page.table(&glance(cx));
    page.list(contents(cx));
    page.heading(2, "Endpoints");
    endpoints(cx, &mut page);
    auth::authentication(cx, &mut page);
    who(cx, &mut page);
    conventions::conventions(cx, &mut page);
    errors::errors(cx, &mut page);
    data(cx, &mut page);
    open::open(cx, &mut page);
    page.finish()
}

/// What a reader wants to know first.
fn glance(cx: &Cx<'_>) -> Table {
    let service = &cx.model.design.service;
    let mut table = Table::new(["", ""]);
    let base = if service.base.is_empty() {
        "/"
    } else {
        &service.base
    };
    table.row(["Base path", &code(base)]);
    table.row(["Version", &code(&cx.options.version)]);
    table.row(["Bodies", "JSON; errors are problem details (RFC 9457)"]);
    if let Some(auth) = &cx.model.design.auth {
        let names: Vec<String> = auth
            .algorithms
            .iter()
            .map(|algorithm| algorithm.name().to_owned())
            .collect();
        table.row([
            String::from("Authentication"),
            format!("bearer token, {}", words::list(names, "or")),
        ]);
    }
    let openapi = links::relative(&cx.options.folder, &cx.options.openapi);
    table.row([String::from("For machines"), link("OpenAPI 3.1", &openapi)]);
    table
}

fn contents(cx: &Cx<'_>) -> Vec<String> {
    let mut sections = vec!["Endpoints"];
    if cx.model.design.auth.is_some() {
        sections.push("Authentication");
    }
    if !cx.matrices().is_empty() {
        sections.push("Who may do what");
    }
    sections.extend(["Conventions", "Errors", "Data model", "Open, assumed, decided"]);
    sections
        .iter()
        .map(|section| link(section, &format!("#{}", anchor(section))))
        .collect()
}

fn endpoints(cx: &Cx<'_>, page: &mut Page) {
    let design = &cx.model.design;
    for group in &cx.model.http.groups {
        let file = links::page_name(group);
        page.heading(3, &title(cx, group));
        let doc = design.resources[group.resource]
            .doc
            .as_ref()
            .or(design.entities[group.entity].doc.as_ref());
        if let Some(doc) = doc {
            page.block(&links::prose(cx, doc));
        }
        let mut table = Table::new(["Endpoint", "", "Who"]);
        for id in &group.routes {
            let route = &cx.model.http.routes[*id];
            let heading = page::heading(cx, group, *id);
            let target = link(&heading, &format!("{file}#{}", anchor(&heading)));
            let endpoint = code(&format!("{} {}", route.method.name(), route.path.template()));
            let who = callers(cx, group, route);
            table.row([endpoint, target, who]);
        }
        page.table(&table);
    }
}

/// Whom the rules allow, and whether some rule refuses part of it again.
fn callers(cx: &Cx<'_>, group: &Group, route: &Route) -> String {
    let design = &cx.model.design;
    let verb = route.operation.verb();
    let rules = &design.entities[group.entity].rules;
    let about = |effect| {
        rules
            .iter()
            .filter(move |rule| rule.effect == effect && rule.verbs.iter().any(|used| used.verb == verb))
    };
    let mut lines: Vec<String> = about(Effect::Allow)
        .map(|rule| words::rule_line(design, group.entity, rule, verb))
        .collect();
    if lines.is_empty() {
        lines.push(String::from("Nobody."));
    } else if about(Effect::Deny).next().is_some() {
        let heading = matrix_heading(&design.entities[group.entity]);
        lines.push(format!(
            "{}.",
            link("With exceptions", &format!("#{}", anchor(&heading)))
        ));
    }
    if route.public {
        lines.push(String::from("Public: no token is needed."));
    }
    lines.join(" ")
}

fn matrix_heading(entity: &Entity) -> String {
    format!("{} rows", entity.name)
}

/// How the tables are read.
pub(super) const MATRIX: &str = "Proved by going through every situation that the rules can tell apart. Whoever is \
    something to a row, such as its owner, is shown with no more roles than anybody has, and a caller with a role as one who \
    is nothing to the row. `when` depends on the rules whose numbers follow. What no rule allows is forbidden, and a rule \
    that refuses beats every rule that allows.";

fn who(cx: &Cx<'_>, page: &mut Page) {
    let matrices = cx.matrices();
    if matrices.is_empty() {
        return;
    }
    page.heading(2, "Who may do what");
    page.block(MATRIX);
    for matrix in matrices {
        page.heading(3, &matrix_heading(&cx.model.design.entities[matrix.entity]));
        page.block(&cx.matrix(matrix));
    }
}

fn data(cx: &Cx<'_>, page: &mut Page) {
    page.heading(2, "Data model");
    page.fence("mermaid", &diagram::entities(cx));
    let rows = cx.model.design.entities.entries().map(|(id, entity)| {
        let table = cx.model.tables.of(id);
        let owner = match (table.managed, table.present) {
            (true, _) => format!("table {}", code(&table.name)),
            (false, true) => format!(
                "table {}, which another program owns: read here, never changed",
                code(&table.name)
            ),
            (false, false) => String::from("lives elsewhere: only its key is known here"),
        };
        let source = links::source(cx, &cx.model.design.place(entity.origin)).unwrap_or_default();
        [links::entity(cx, id), owner, source]
    });
    let mut table = Table::new(["Entity", "Where it is kept", "Declared in"]);
    for row in rows {
        table.row(row);
    }
    page.table(&table);
    for (id, entity) in cx.model.design.entities.entries() {
        for states in &entity.states {
            let field = &entity.fields[states.field].wire;
            page.heading(3, &format!("States of {}.{field}", entity.name));
            if let Some(group) = links::group_of(cx, id) {
                page.block(&format!(
                    "See {}.",
                    link(&title(cx, group), &format!("{}#states", links::page_name(group)))
                ));
            }
            page.fence("mermaid", &diagram::states(cx, entity, states));
        }
    }
}

/// A setting as a reader may see it: where it comes from, or its value.
pub(super) fn setting(setting: &Setting) -> String {
    match setting {
        Setting::Env(name) => format!("the environment variable {}", code(name)),
        Setting::Value(value) => code(value),
    }
}
