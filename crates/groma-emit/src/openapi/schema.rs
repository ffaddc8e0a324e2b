//! The schemas of bodies: `components.schemas`.

use groma_ir::design::{Default, FieldId, Type, WriteBy};
use groma_ir::http::{ErrorCode, Member, MemberKind, Schema, SchemaId, SchemaKind};
use groma_ir::scalar::Scalar;
use groma_ir::spelling::capital;
use groma_ir::words;
use serde_json::{Map, Value, json};

use super::Cx;
use super::value::{self, nullable};
use crate::literal::{self, set};

/// Every named schema, then every enum.
pub(super) fn components(cx: &Cx<'_>) -> Map<String, Value> {
    let http = &cx.model.http;
    let mut components = Map::new();
    for (id, schema) in http.schemas.entries() {
        components.insert(schema.name.clone(), component(cx, id, schema));
        if let (SchemaKind::Item(members), Some(name)) = (&schema.kind, cx.names.part(id)) {
            components.insert(name.to_owned(), part(cx, schema, members));
        }
    }
    for (id, _) in cx.model.design.enums.entries() {
        components.insert(cx.names.of_enum(id).to_owned(), value::enum_schema(cx.model, id));
    }
    components
}

/// A reference to a named schema.
pub(super) fn reference(cx: &Cx<'_>, schema: SchemaId) -> Value {
    named(&cx.model.http.schemas[schema].name)
}

/// The item as a route answers it: whole, or narrowed by `fields=`.
pub(super) fn item(cx: &Cx<'_>, schema: SchemaId) -> Value {
    match cx.names.part(schema) {
        Some(part) => json!({ "anyOf": [reference(cx, schema), named(part)] }),
        None => reference(cx, schema),
    }
}

fn named(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn component(cx: &Cx<'_>, id: SchemaId, schema: &Schema) -> Value {
    let mut component = match &schema.kind {
        SchemaKind::Item(members) | SchemaKind::Input(members) | SchemaKind::Patch(members) => {
            object(cx, schema, members)
        }
        SchemaKind::Report(members) => object(cx, schema, members),
        SchemaKind::Page { items, item, cursor } => page(cx, items, *item, *cursor),
        SchemaKind::Array(item) => json!({ "type": "array", "items": self::item(cx, *item) }),
        SchemaKind::Problem => problem(None),
        SchemaKind::ValidationProblem => problem(Some(errors())),
    };
    let example = cx.examples.component(id);
    if let Value::Object(members) = &mut component {
        members.shift_insert(0, String::from("description"), json!(literal::prose(&schema.doc)));
        members.insert(String::from("examples"), json!([example]));
    }
    component
}

/// An item of which any member may be left out.
fn part(cx: &Cx<'_>, schema: &Schema, members: &[Member]) -> Value {
    let mut part = object(cx, schema, members);
    if let Value::Object(part) = &mut part {
        part.shift_remove("required");
        part.shift_insert(
            0,
            String::from("description"),
            json!(format!(
                "`{}` narrowed by `fields=`: the members that were asked for.",
                schema.name
            )),
        );
    }
    part
}

fn object(cx: &Cx<'_>, schema: &Schema, members: &[Member]) -> Value {
    let properties: Map<String, Value> = members
        .iter()
        .map(|member| (member.name.clone(), property(cx, schema, member)))
        .collect();
    let required: Vec<&str> = members
        .iter()
        .filter(|member| member.required)
        .map(|member| member.name.as_str())
        .collect();
    closed(properties, &required)
}

/// An object that takes no other member.
fn closed(properties: Map<String, Value>, required: &[&str]) -> Value {
    let mut object = json!({ "type": "object", "additionalProperties": false });
    if let Value::Object(object) = &mut object {
        object.insert(String::from("properties"), Value::Object(properties));
        if !required.is_empty() {
            object.insert(String::from("required"), json!(required));
        }
    }
    object
}

fn property(cx: &Cx<'_>, schema: &Schema, member: &Member) -> Value {
    let mut property = match &member.kind {
        MemberKind::Field(_, ty) | MemberKind::Input(_, ty) | MemberKind::Measure(_, ty) => {
            value::schema(cx, ty)
        }
        MemberKind::Embedded(_, item) => reference(cx, *item),
        MemberKind::PerVariant(_, of, ty) => {
            let names = cx.model.design.enums[*of]
                .variants
                .iter()
                .map(|variant| variant.name.as_str());
            numbers(&names.collect::<Vec<_>>(), &measured(cx, ty, member))
        }
        MemberKind::PerBool(_, ty) => numbers(&["true", "false"], &measured(cx, ty, member)),
    };
    if let (Value::Object(property), false) = (&mut property, member.refused.is_empty()) {
        property.insert(String::from("not"), refused(member));
    }
    let is_split = matches!(member.kind, MemberKind::PerVariant(..) | MemberKind::PerBool(..));
    if member.nullable && !is_split {
        property = nullable(property);
    }
    if let Value::Object(property) = &mut property {
        annotate(cx, schema, member, property);
    }
    property
}

/// The texts that a body may not hold; where text is trimmed, with white space around them too.
fn refused(member: &Member) -> Value {
    let is_trimmed =
        matches!(&member.kind, MemberKind::Field(_, Type::Scalar(Scalar::Text(text))) if text.trim);
    if !is_trimmed {
        return json!({ "enum": member.refused });
    }
    let texts: Vec<String> = member
        .refused
        .iter()
        .map(|text| text.replace('.', r"\."))
        .collect();
    json!({ "pattern": format!(r"^[\s\u0085]*({})[\s\u0085]*$", texts.join("|")) })
}

/// What is said beside the type: the description, the default, and who writes.
fn annotate(cx: &Cx<'_>, schema: &Schema, member: &Member, property: &mut Map<String, Value>) {
    if let Some(description) = description(cx, member) {
        property.insert(String::from("description"), json!(description));
    }
    if let Some(Default::Value(default)) = &member.default {
        property.insert(String::from("default"), literal::json(&cx.model.design, default));
    }
    if let (SchemaKind::Item(_), MemberKind::Field(field, _)) = (&schema.kind, &member.kind)
        && is_written_by_server(cx, schema, *field)
    {
        property.insert(String::from("readOnly"), json!(true));
    }
}

fn description(cx: &Cx<'_>, member: &Member) -> Option<String> {
    let default = member.default.as_ref().and_then(|default| match default {
        Default::Value(_) => None,
        Default::Caller | Default::Now { .. } => {
            let words = words::default(&cx.model.design, default);
            Some(format!("{} when left out.", capital(&words)))
        }
    });
    let parts: Vec<String> = member
        .doc
        .iter()
        .map(|doc| literal::prose(doc))
        .chain(default)
        .collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

fn is_written_by_server(cx: &Cx<'_>, schema: &Schema, field: FieldId) -> bool {
    schema.entity.is_some_and(|entity| {
        let field = &cx.model.design.entities[entity].fields[field];
        field.write == WriteBy::Server || field.generated.is_some()
    })
}

fn measured(cx: &Cx<'_>, ty: &groma_ir::design::Type, member: &Member) -> Value {
    let schema = value::schema(cx, ty);
    if member.nullable { nullable(schema) } else { schema }
}

/// One number for each name.
fn numbers(names: &[&str], number: &Value) -> Value {
    closed(
        names
            .iter()
            .map(|name| ((*name).to_owned(), number.clone()))
            .collect(),
        names,
    )
}

fn page(cx: &Cx<'_>, items: &str, item: SchemaId, cursor: bool) -> Value {
    let count = |about: &str| json!({ "type": "integer", "minimum": 0, "description": about });
    let mut properties = Map::new();
    properties.insert(
        items.to_owned(),
        json!({ "type": "array", "items": self::item(cx, item) }),
    );
    let mut required = vec![items];
    if cursor {
        let about = "What `cursor` takes for the next page; null on the last one.";
        properties.insert(
            String::from("next_cursor"),
            json!({ "type": ["string", "null"], "description": about }),
        );
        required.push("next_cursor");
    } else {
        properties.insert(
            String::from("limit"),
            count("How many items a page holds at most."),
        );
        properties.insert(String::from("offset"), count("How many items were passed over."));
        required.extend(["limit", "offset"]);
    }
    properties.insert(
        String::from("total"),
        count("How many items there are on all pages; only with `count=true`."),
    );
    closed(properties, &required)
}

/// A problem, with the further members that its kind has.
fn problem(errors: Option<Value>) -> Value {
    let mut properties = Map::new();
    let mut put = |name: &str, schema: Value| properties.insert(name.to_owned(), schema);
    put(
        "type",
        json!({
            "type": "string", "format": "uri-reference", "description": "The kind of problem; stable."
        }),
    );
    put(
        "title",
        json!({ "type": "string", "description": "The kind in words; the same every time." }),
    );
    put(
        "status",
        json!({ "type": "integer", "minimum": 400, "maximum": 599 }),
    );
    put(
        "detail",
        json!({ "type": "string", "description": "What went wrong this time, for a person." }),
    );
    put(
        "instance",
        json!({ "type": "string", "description": "The path of the request." }),
    );
    put(
        "request_id",
        json!({ "type": "string", "description": "Finds the request in the log." }),
    );
    let mut required = vec!["type", "title", "status", "detail", "instance", "request_id"];
    if let Some(errors) = errors {
        put("errors", errors);
        required.push("errors");
    }
    closed(properties, &required)
}

/// The list of single mistakes: each says where by exactly one of three members.
fn errors() -> Value {
    let codes: Vec<&str> = ErrorCode::ALL.iter().map(|code| code.name()).collect();
    let properties = json!({
        "detail": { "type": "string", "description": "What is wrong, for a person." },
        "code": { "type": "string", "enum": codes, "description": "What is wrong, for a program." },
        "pointer": { "type": "string", "description": "Where in the body: a JSON Pointer (RFC 6901)." },
        "parameter": { "type": "string", "description": "Which parameter of the query or the path." },
        "header": { "type": "string", "description": "Which header." },
    });
    let Value::Object(properties) = properties else {
        return Value::Null;
    };
    let mut error = closed(properties, &["detail", "code"]);
    set(
        &mut error,
        "oneOf",
        json!([{ "required": ["pointer"] }, { "required": ["parameter"] }, { "required": ["header"] }]),
    );
    json!({ "type": "array", "items": error })
}
