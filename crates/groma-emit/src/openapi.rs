//! An OpenAPI 3.1 document: what the routes take and give, for machines.
//!
//! The schemas are exact: a server accepts what they accept and refuses what they refuse. Facts about values
//! come from [`groma_ir::scalar::Scalar::json`], facts about routes from the http view; nothing is decided here.

mod names;
mod operation;
mod parameter;
mod response;
mod schema;
mod value;

use std::collections::BTreeMap;

use groma_ir::Model;
use groma_ir::http::RoutePath;
use serde_json::{Map, Value, json};

#[cfg(test)]
pub(crate) use value::scalar_schema;

use names::Names;

use crate::example::Examples;
use crate::literal::{self, set};
use crate::{FileSet, Options};

/// Writes the document.
pub fn emit(model: &Model, options: &Options) -> FileSet {
    let mut files = FileSet::default();
    files.insert(options.openapi.clone(), text(model, options));
    files
}

/// The document as text: pretty, in a stable order, with a line end.
pub fn text(model: &Model, options: &Options) -> String {
    format!("{:#}\n", document(model, options))
}

/// The document as a value.
pub fn document(model: &Model, options: &Options) -> Value {
    let cx = Cx {
        model,
        examples: Examples::new(model),
        names: Names::new(model),
    };
    let shared = response::Shared::new(&cx);
    let mut components = json!({
        "schemas": schema::components(&cx),
        "parameters": parameter::components(&cx.model.http),
        "responses": shared.components(),
        "headers": response::headers(model),
    });
    if model.design.auth.is_some() {
        set(
            &mut components,
            "securitySchemes",
            json!({ BEARER: bearer(model) }),
        );
    }
    let mut document = json!({
        "openapi": "3.1.0",
        "info": info(model, options),
        "servers": [{ "url": "/", "description": "Where this document is served." }],
        "tags": tags(model),
        "paths": paths(&cx, &shared),
        "components": components,
    });
    if model.design.auth.is_some() {
        set(&mut document, "security", json!([{ BEARER: [] }]));
    }
    document
}

/// The name of the security scheme.
const BEARER: &str = "bearerAuth";

/// What every part of the document is written from.
struct Cx<'a> {
    model: &'a Model,
    examples: Examples<'a>,
    names: Names,
}

fn info(model: &Model, options: &Options) -> Value {
    let service = &model.design.service;
    let about = literal::prose(service.doc.as_deref().unwrap_or_default());
    let description = [
        about.as_str(),
        "Errors are `application/problem+json` (RFC 9457). A path that is not listed here answers 404, and a \
         listed path answers 405 with `Allow` to a method that it does not take. `HEAD` answers wherever `GET` \
         does. A query parameter that is not listed is a 400.",
    ];
    let description: Vec<&str> = description.into_iter().filter(|part| !part.is_empty()).collect();
    json!({
        "title": service.title,
        "description": description.join("\n\n"),
        "version": options.version,
    })
}

fn tags(model: &Model) -> Vec<Value> {
    let tags = model.http.groups.iter().map(|group| {
        let doc = model.design.resources[group.resource].doc.as_ref();
        let doc = doc.or(model.design.entities[group.entity].doc.as_ref());
        match doc {
            Some(doc) => json!({ "name": group.slug, "description": literal::prose(doc) }),
            None => json!({ "name": group.slug }),
        }
    });
    tags.collect()
}

/// Paths in the order in which they first appear. Two templates of one shape are one path in OpenAPI: the
/// first one's parameter names hold.
fn paths(cx: &Cx<'_>, shared: &response::Shared) -> Map<String, Value> {
    let mut paths = Map::new();
    let mut first: BTreeMap<String, &RoutePath> = BTreeMap::new();
    for group in &cx.model.http.groups {
        for id in &group.routes {
            let route = &cx.model.http.routes[*id];
            let path = *first.entry(route.path.shape()).or_insert(&route.path);
            let operation = operation::operation(cx, shared, operation::Place { group, id: *id, path });
            let methods = paths.entry(path.template()).or_insert_with(|| json!({}));
            set(methods, &route.method.name().to_lowercase(), operation);
        }
    }
    paths
}

fn bearer(model: &Model) -> Value {
    let algorithms = model.design.auth.as_ref().map(|auth| {
        auth.algorithms
            .iter()
            .map(|algorithm| algorithm.name())
            .collect::<Vec<_>>()
            .join(", ")
    });
    json!({
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": format!("A JSON Web Token signed with {}.", algorithms.unwrap_or_default()),
    })
}
