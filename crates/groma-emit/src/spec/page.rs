//! The page of one resource.

use groma_ir::design::Entity;
use groma_ir::http::{Group, RouteId};
use groma_ir::words;

use super::{Cx, diagram, endpoint, errors, links, members, shell, title};
use crate::markdown::{Page, Table, anchor, code, json, link, one_line, sentence};

/// The page.
pub(super) fn page(cx: &Cx<'_>, group: &Group) -> String {
    let mut page = Page::new(&cx.comment());
    page.heading(1, &title(cx, group));
    overview(cx, &mut page, group);
    index(cx, &mut page, group);
    object(cx, &mut page, group);
    states(cx, &mut page, group);
    access(cx, &mut page, group);
    page.heading(2, "Before you try the examples");
    page.block(&preparing(cx, group));
    let speaker = shell::speaker(cx, group);
    page.fence("sh", &shell::preparation(cx, group, &speaker));
    page.heading(2, "Endpoints");
    for id in &group.routes {
        endpoint::endpoint(cx, &mut page, (group, &speaker), *id);
    }
    errors::bodies(cx, &mut page, group);
    page.finish()
}

/// The heading of a route's section: its summary, made unlike the others of its page.
pub(super) fn heading(cx: &Cx<'_>, group: &Group, id: RouteId) -> String {
    let routes = &cx.model.http.routes;
    let summary = one_line(&routes[id].summary);
    let taken =
        |other: &RouteId| *other != id && anchor(&one_line(&routes[*other].summary)) == anchor(&summary);
    let sections = [
        "Endpoints",
        "States",
        "Who may do what",
        "Before you try the examples",
        "Errors",
    ];
    let is_taken =
        group.routes.iter().any(taken) || sections.iter().any(|section| anchor(section) == anchor(&summary));
    if is_taken {
        format!("{summary} ({})", routes[id].operation_id)
    } else {
        summary
    }
}

/// The heading of the object's section: `The task object`.
fn object_heading(cx: &Cx<'_>, group: &Group) -> String {
    format!(
        "The {} object",
        members::noun(&cx.model.design.entities[group.entity].name)
    )
}

/// A link to the object of the page: `the task object`, `task objects`.
pub(super) fn object_link(cx: &Cx<'_>, group: &Group, is_plural: bool) -> String {
    let noun = members::noun(&cx.model.design.entities[group.entity].name);
    let words = if is_plural {
        format!("{noun} objects")
    } else {
        format!("the {noun} object")
    };
    link(&words, &format!("#{}", anchor(&object_heading(cx, group))))
}

fn entity<'a>(cx: &'a Cx<'_>, group: &Group) -> &'a Entity {
    &cx.model.design.entities[group.entity]
}

fn overview(cx: &Cx<'_>, page: &mut Page, group: &Group) {
    let design = &cx.model.design;
    let resource = &design.resources[group.resource];
    let entity = entity(cx, group);
    let docs: Vec<&String> = [&resource.doc, &entity.doc].into_iter().flatten().collect();
    for (index, doc) in docs.iter().enumerate() {
        if docs.iter().take(index).all(|before| before != doc) {
            page.block(&links::prose(cx, doc));
        }
    }
    let place = |origin| links::source(cx, &design.place(origin));
    let sources = [
        ("the row", place(entity.origin)),
        ("its rules", entity.access_origin.and_then(place)),
        ("its routes", place(resource.origin)),
    ];
    let sources = sources
        .into_iter()
        .filter_map(|(what, place)| Some(format!("{} ({what})", place?)));
    let sources = match words::list(sources, "and") {
        none if none.is_empty() => none,
        places => format!(" Declared in {places}."),
    };
    let overview = link("overview", "README.md");
    page.block(&format!(
        "The {overview} has what holds for every endpoint: tokens, bodies, lists, errors.{sources}"
    ));
}

fn index(cx: &Cx<'_>, page: &mut Page, group: &Group) {
    let mut table = Table::new(["Endpoint", ""]);
    for id in &group.routes {
        let route = &cx.model.http.routes[*id];
        let heading = heading(cx, group, *id);
        let target = link(&heading, &format!("#{}", anchor(&heading)));
        table.row([
            code(&format!("{} {}", route.method.name(), route.path.template())),
            target,
        ]);
    }
    page.table(&table);
}

fn object(cx: &Cx<'_>, page: &mut Page, group: &Group) {
    page.heading(2, &object_heading(cx, group));
    page.table(&members::item(cx, group));
    page.fence("json", &json(&cx.examples.schema(group.item)));
    page.list(constraints(cx, group));
}

/// What rows must meet beside the types of their members.
fn constraints(cx: &Cx<'_>, group: &Group) -> Vec<String> {
    let design = &cx.model.design;
    let entity = entity(cx, group);
    let mut lines = Vec::new();
    for unique in &entity.uniques {
        let names = unique
            .fields
            .iter()
            .map(|field| code(&entity.fields[*field].wire));
        let when = unique
            .when
            .as_ref()
            .map(|when| format!(", among rows where {}", words::cond(design, group.entity, when)));
        let no_two = if unique.fields.len() == 1 {
            "No two rows have the same"
        } else {
            "No two rows have the same pair of"
        };
        let no_two = if unique.fields.len() > 2 {
            "No two rows have the same combination of"
        } else {
            no_two
        };
        lines.push(format!(
            "{no_two} {}{}.",
            words::list(names, "and"),
            when.unwrap_or_default()
        ));
    }
    for check in &entity.checks {
        lines.push(sentence(&format!(
            "every row meets: {}",
            words::cond(design, group.entity, &check.cond)
        )));
    }
    lines
}

/// What to do before the examples are pasted.
fn preparing(cx: &Cx<'_>, group: &Group) -> String {
    let is_about_rows = cx
        .model
        .http
        .routes_of(group)
        .any(|route| route.operation.is_on_item());
    let token = if cx.model.design.auth.is_some() {
        " `groma token` makes a token that a development server takes (`groma dev` or `groma serve`, from the \
         folder of the project); elsewhere put one of your own into `TOKEN`."
    } else {
        ""
    };
    let again = if is_about_rows {
        " Run it again for a new row, when an example has deleted the row or moved it on."
    } else {
        ""
    };
    format!("Run this once in a shell; the examples below work after it.{again}{token}")
}

fn states(cx: &Cx<'_>, page: &mut Page, group: &Group) {
    let entity = entity(cx, group);
    if entity.states.is_empty() {
        return;
    }
    page.heading(2, "States");
    for states in &entity.states {
        let field = code(&entity.fields[states.field].wire);
        page.block(&format!(
            "{field} makes these moves and no other. A move with a name on it is made by that action alone; staying is always allowed."
        ));
        page.fence("mermaid", &diagram::states(cx, entity, states));
    }
}

fn access(cx: &Cx<'_>, page: &mut Page, group: &Group) {
    if entity(cx, group).rules.is_empty() {
        return;
    }
    page.heading(2, "Who may do what");
    page.block(super::readme::MATRIX);
    for matrix in cx
        .matrices()
        .iter()
        .filter(|matrix| matrix.entity == group.entity)
    {
        page.block(&cx.matrix(matrix));
    }
}
