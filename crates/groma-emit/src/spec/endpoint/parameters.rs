//! The parameters of an endpoint: path, query, headers.

use groma_ir::http::{Method, Operator, ParamKind, PathPart, Route};
use groma_ir::words;

use super::super::{Cx, members, types};
use crate::markdown::{Page, Table, code};

/// Writes the table, unless the route takes nothing.
pub(super) fn parameters(cx: &Cx<'_>, page: &mut Page, route: &Route) {
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
            PathPart::Parent(parent) => {
                let entity = &design.entities[parent.entity];
                let ty = types::words(cx, &entity.fields[parent.by].ty, false);
                let about = format!("Of which {}.", members::noun(&entity.name));
                table.row([
                    code(&parent.name),
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
    query_parameters(cx, route, &mut table);
    for (name, is_required, about) in header_parameters(route) {
        let default = if is_required { "**required**" } else { "" };
        table.row([&code(name), "header", "entity tags or `*`", default, about]);
    }
    if route.retry {
        let about = "A key of your own, such as a UUID: sent again with it, the request is done once.";
        table.row([&code("Idempotency-Key"), "header", "string", "", about]);
    }
    if !table.is_empty() {
        page.heading(4, "Parameters");
        page.table(&table);
    }
}

/// One row a parameter; the operators of one field share theirs.
fn query_parameters(cx: &Cx<'_>, route: &Route, table: &mut Table) {
    for param in &route.query {
        if let ParamKind::Filter { operator, .. } = param.kind
            && operator != Operator::Eq
        {
            continue;
        }
        let (ty, default) = query_type(cx, route, &param.kind);
        let others = other_operators(route, &param.kind);
        table.row([
            code(&param.name),
            String::from("query"),
            ty,
            default,
            format!("{}{others}", param.doc),
        ]);
    }
}

/// The names of the other operators of a filter's field.
fn other_operators(route: &Route, kind: &ParamKind) -> String {
    let ParamKind::Filter { field: wanted, .. } = kind else {
        return String::new();
    };
    let others = route.query.iter().filter(|param| match &param.kind {
        ParamKind::Filter { field, operator, .. } => field == wanted && *operator != Operator::Eq,
        _ => false,
    });
    let names: Vec<String> = others.map(|param| code(&param.name)).collect();
    if names.is_empty() {
        String::new()
    } else {
        format!(" Also {}.", words::list(names, "and"))
    }
}

/// Headers that take entity tags.
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
    if route.made.is_some() {
        let about = "`*` makes the row, and changes none: 412 when it is there.";
        headers.push(("If-None-Match", false, about));
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
        ParamKind::Search { .. } | ParamKind::Cursor => (String::from("string"), none()),
        ParamKind::Sort { fields, default } => {
            let names = words::list(fields.iter().map(|(name, _)| code(name)), "and");
            (format!("list of {names}"), code(default))
        }
        ParamKind::Limit { default, max } => (format!("integer, 1 to {max}"), code(&default.to_string())),
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
