//! Parameters: those of the path, of the query, and the headers of conditional requests.

use groma_ir::design::{FieldId, Type};
use groma_ir::http::{Http, MOST_VALUES, Method, Operator, Param, ParamKind, PathPart, Route, RoutePath};
use groma_ir::scalar::SAFE_INT;
use serde_json::{Map, Value, json};

use super::{Cx, value};
use crate::literal::set;

/// The parameters of a route, at a path whose first template gave the parameters their names.
pub(super) fn parameters(cx: &Cx<'_>, route: &Route, path: &RoutePath) -> Vec<Value> {
    let mut parameters = path_parameters(cx, route, path);
    parameters.extend(route.query.iter().map(|param| query_parameter(cx, route, param)));
    if route.etag && route.method == Method::Get {
        parameters.push(shared("IfNoneMatch"));
    }
    if route.if_match {
        parameters.push(shared(if route.require_match {
            "RequiredIfMatch"
        } else {
            "IfMatch"
        }));
    }
    if route.made.is_some() {
        parameters.push(shared("OnlyIfMissing"));
    }
    if route.retry {
        parameters.push(shared("IdempotencyKey"));
    }
    parameters
}

/// The parameters that routes share: `components.parameters`.
pub(super) fn components(http: &Http) -> Value {
    let header = |name: &str, is_required: bool, about: &str| {
        json!({
            "name": name, "in": "header", "required": is_required, "description": about,
            "schema": { "type": "string" },
        })
    };
    let if_match =
        "Entity tags of the state that the change is based on, or `*`. When the item has changed since: 412.";
    let mut components = json!({
        "IfMatch": header("If-Match", false, if_match),
        "RequiredIfMatch": header("If-Match", true, &format!("{if_match} Without it: 428.")),
        "IfNoneMatch": header(
            "If-None-Match", false, "The `ETag` of the copy that you have. When it is still good: 304 without a body."
        ),
    });
    if http.routes.iter().any(|route| route.made.is_some()) {
        let about = "`*` makes the item, and changes none. When it is there: 412.";
        set(
            &mut components,
            "OnlyIfMissing",
            header("If-None-Match", false, about),
        );
    }
    if http.routes.iter().any(|route| route.retry) {
        let mut key = header("Idempotency-Key", false, RETRY);
        set(
            &mut key,
            "schema",
            json!({ "type": "string", "pattern": RETRY_KEY }),
        );
        set(&mut components, "IdempotencyKey", key);
    }
    components
}

/// What `Idempotency-Key` does.
const RETRY: &str = "A key that you make up for this one change, such as a UUID. The same request with the same key is \
    done once, and its answer given again for 24 hours; another request with it: 422.";
/// Visible characters, in quotes or bare; none that would have to be escaped in quotes, and no comma, which stands
/// between the lines of a header.
const RETRY_KEY: &str = "^([!#-+\\-./0-\\[\\]-~]{1,255}|\"[!#-+\\-./0-\\[\\]-~]{1,255}\")$";

fn shared(name: &str) -> Value {
    json!({ "$ref": format!("#/components/parameters/{name}") })
}

fn path_parameters(cx: &Cx<'_>, route: &Route, path: &RoutePath) -> Vec<Value> {
    let names = path.parts.iter().filter_map(PathPart::parameter);
    let own = route
        .path
        .parts
        .iter()
        .filter(|part| !matches!(part, PathPart::Literal(_)));
    own.zip(names)
        .map(|(part, name)| path_parameter(cx, route, part, name))
        .collect()
}

fn path_parameter(cx: &Cx<'_>, route: &Route, part: &PathPart, name: &str) -> Value {
    let design = &cx.model.design;
    let (ty, about, example) = match part {
        PathPart::Key { field, .. } => {
            let entity = &design.entities[route.entity];
            let about = format!("The `{}` of the {}.", entity.fields[*field].wire, entity.name);
            (
                Some(&entity.fields[*field].ty),
                about,
                cx.examples.field(route.entity, *field),
            )
        }
        PathPart::Parent(parent) => {
            let entity = &design.entities[parent.entity];
            let field = &entity.fields[parent.by];
            let about = format!(
                "The `{}` of the {} that it lies below; one that is not there, or that the caller may not see, is a 404.",
                field.wire, entity.name
            );
            (
                Some(&field.ty),
                about,
                cx.examples.field(parent.entity, parent.by),
            )
        }
        PathPart::Caller { .. } | PathPart::Literal(_) => {
            let caller = design.caller_entity();
            let ty = caller.map(|entity| &design.entities[entity].fields[design.entities[entity].key].ty);
            let example = caller.map_or(Value::Null, |entity| cx.examples.key(entity));
            (
                ty,
                String::from("The caller, as in the token; another one is a 403."),
                example,
            )
        }
    };
    let mut schema = ty.map_or_else(|| json!({ "type": "string" }), |ty| value::schema(cx, ty));
    not_empty(&mut schema);
    json!({ "name": name, "in": "path", "required": true, "description": about, "schema": schema, "example": example })
}

/// A part of a path is never empty: an empty one is another path.
fn not_empty(schema: &mut Value) {
    if is_string(schema) && schema.get("minLength").is_none() {
        set(schema, "minLength", json!(1));
    }
}

fn is_string(schema: &Value) -> bool {
    schema.get("type").is_some_and(|kind| kind == "string")
}

fn query_parameter(cx: &Cx<'_>, route: &Route, param: &Param) -> Value {
    let mut parameter = json!({
        "name": param.name, "in": "query", "required": false, "description": param.doc,
    });
    let (form, schema) = query_schema(cx, param);
    if let Form::List { is_exploded } = form {
        set(&mut parameter, "style", json!("form"));
        set(&mut parameter, "explode", json!(is_exploded));
    }
    set(&mut parameter, "schema", schema);
    if let Some(example) = cx.examples.parameter(route, param) {
        set(&mut parameter, "example", example);
    }
    parameter
}

/// How a parameter is written into the query.
enum Form {
    /// Once.
    One,
    /// Once for each value (exploded), or once with commas.
    List { is_exploded: bool },
}

const REPEATED: Form = Form::List { is_exploded: true };
const COMMAS: Form = Form::List { is_exploded: false };

fn query_schema(cx: &Cx<'_>, param: &Param) -> (Form, Value) {
    match &param.kind {
        ParamKind::Filter { operator, ty, .. } => filter_schema(cx, *operator, ty),
        ParamKind::Named { values, .. } => (Form::One, json!({ "type": "string", "enum": values })),
        ParamKind::Search { .. } => (Form::One, json!({ "type": "string", "pattern": NO_NUL })),
        ParamKind::Sort { fields, default } => (COMMAS, sort_schema(fields, default)),
        ParamKind::Limit { default, max } => (
            Form::One,
            json!({ "type": "integer", "minimum": 1, "maximum": max, "default": default }),
        ),
        ParamKind::Cursor => (
            Form::One,
            json!({ "type": "string", "pattern": "^[A-Za-z0-9_-]+$" }),
        ),
        ParamKind::Offset => (
            Form::One,
            json!({ "type": "integer", "minimum": 0, "maximum": SAFE_INT, "default": 0 }),
        ),
        ParamKind::Count => (Form::One, json!({ "type": "boolean", "default": false })),
        ParamKind::Include { references } => (COMMAS, names(references.iter().map(|(name, _)| name))),
        ParamKind::Fields { names: all } => (COMMAS, names(all.iter())),
    }
}

/// No U+0000, as in every text.
const NO_NUL: &str = r"^[^\u0000]*$";

fn filter_schema(cx: &Cx<'_>, operator: Operator, ty: &Type) -> (Form, Value) {
    let one = value::schema(cx, ty);
    match operator {
        Operator::Eq => (
            REPEATED,
            json!({ "type": "array", "items": one, "maxItems": MOST_VALUES }),
        ),
        Operator::In => (
            COMMAS,
            json!({ "type": "array", "items": without_comma(one), "minItems": 1, "maxItems": MOST_VALUES }),
        ),
        Operator::Ne
        | Operator::Null
        | Operator::Gt
        | Operator::Gte
        | Operator::Lt
        | Operator::Lte
        | Operator::Contains
        | Operator::StartsWith => (Form::One, one),
    }
}

/// A comma stands between two values, so that free text in a list of them cannot hold one.
fn without_comma(mut schema: Value) -> Value {
    if is_string(&schema) && schema.get("format").is_none() {
        let mut all = schema
            .get("allOf")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        all.push(json!({ "pattern": "^[^,]*$" }));
        set(&mut schema, "allOf", Value::Array(all));
    }
    schema
}

/// Each field at most once, in one direction.
fn sort_schema(fields: &[(String, FieldId)], default: &str) -> Value {
    let both = |name: &str| [name.to_owned(), format!("-{name}")];
    let all: Vec<String> = fields.iter().flat_map(|(name, _)| both(name)).collect();
    let once = fields
        .iter()
        .map(|(name, _)| json!({ "contains": { "enum": both(name) }, "minContains": 0, "maxContains": 1 }));
    json!({
        "type": "array", "items": { "type": "string", "enum": all }, "minItems": 1, "maxItems": fields.len(),
        "allOf": once.collect::<Vec<_>>(), "default": [default],
    })
}

fn names<'a>(names: impl Iterator<Item = &'a String>) -> Value {
    let names: Map<String, Value> = Map::from_iter([
        (String::from("type"), json!("string")),
        (String::from("enum"), names.map(|name| json!(name)).collect()),
    ]);
    json!({ "type": "array", "items": names, "minItems": 1 })
}
