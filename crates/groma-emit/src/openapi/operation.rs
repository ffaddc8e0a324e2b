//! One method at one path.

use groma_ir::http::{Group, Operation, Route, RouteId, RoutePath, SchemaId};
use serde_json::{Map, Value, json};

use super::response::{self, Shared};
use super::{BEARER, Cx, parameter, schema};

/// A route of a group, at a path whose first template gave the parameters their names.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) group: &'a Group,
    pub(super) id: RouteId,
    pub(super) path: &'a RoutePath,
}

/// The operation of a route.
pub(super) fn operation(cx: &Cx<'_>, shared: &Shared, place: Place<'_>) -> Value {
    let Place { group, id, path } = place;
    let route = &cx.model.http.routes[id];
    let mut operation = Map::new();
    let mut put = |name: &str, value: Value| operation.insert(name.to_owned(), value);
    put("operationId", json!(route.operation_id));
    put("summary", json!(route.summary));
    if let Some(doc) = &route.doc {
        put("description", json!(crate::literal::prose(doc)));
    }
    put("tags", json!([group.slug]));
    let parameters = parameter::parameters(cx, route, path);
    if !parameters.is_empty() {
        put("parameters", Value::Array(parameters));
    }
    if let Some(body) = route.body {
        put("requestBody", request_body(cx, id, route, body));
    }
    put("responses", Value::Object(response::responses(cx, shared, id)));
    if route.public && cx.model.design.auth.is_some() {
        put("security", json!([{}, { BEARER: [] }]));
    }
    Value::Object(operation)
}

fn request_body(cx: &Cx<'_>, id: RouteId, route: &Route, body: SchemaId) -> Value {
    let mut examples = Map::new();
    for (name, summary, example) in cx.examples.bodies(id) {
        examples.insert(name.to_owned(), json!({ "summary": summary, "value": example }));
    }
    let media = json!({ "schema": schema::reference(cx, body), "examples": examples });
    let content = match route.operation {
        Operation::Update => json!({ "application/json": media, "application/merge-patch+json": media }),
        Operation::List
        | Operation::Create
        | Operation::Get
        | Operation::Replace
        | Operation::Delete
        | Operation::Action(_)
        | Operation::Report(_) => json!({ "application/json": media }),
    };
    json!({ "required": true, "content": content })
}
