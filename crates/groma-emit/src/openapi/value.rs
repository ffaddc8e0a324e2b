//! Schemas of single values, from the types of fields.

use groma_ir::Model;
use groma_ir::design::{EnumId, ListType, Type};
use groma_ir::scalar::{JsonKind, JsonType, Scalar};
use serde_json::{Map, Value, json};

use super::Cx;
use crate::literal;

/// The schema of a value that may not be null.
pub(super) fn schema(cx: &Cx<'_>, ty: &Type) -> Value {
    match literal::stored(&cx.model.design, ty) {
        Type::Scalar(scalar) => scalar_schema(scalar),
        Type::Enum(of) => json!({ "$ref": format!("#/components/schemas/{}", cx.names.of_enum(*of)) }),
        Type::Reference(_) => json!({}),
        Type::List(list) => list_schema(cx, list),
    }
}

/// The schema of a value that may be null.
pub(super) fn nullable(schema: Value) -> Value {
    let Value::Object(mut members) = schema else {
        return schema;
    };
    match members.get("type") {
        Some(Value::String(kind)) => {
            let kinds = json!([kind, "null"]);
            members.insert(String::from("type"), kinds);
            Value::Object(members)
        }
        // No type at all takes null already; a reference needs an alternative.
        None if members.contains_key("$ref") => {
            json!({ "anyOf": [Value::Object(members), { "type": "null" }] })
        }
        Some(_) | None => Value::Object(members),
    }
}

/// The component of an enum.
pub(super) fn enum_schema(model: &Model, of: EnumId) -> Value {
    let declared = &model.design.enums[of];
    let names: Vec<&str> = declared
        .variants
        .iter()
        .map(|variant| variant.name.as_str())
        .collect();
    let mut members = Map::new();
    let docs = declared.variants.iter().filter_map(|variant| {
        Some(format!(
            "- `{}`: {}",
            variant.name,
            crate::literal::prose(variant.doc.as_deref()?)
        ))
    });
    let description: Vec<String> = declared
        .doc
        .iter()
        .map(|doc| crate::literal::prose(doc))
        .chain(docs)
        .collect();
    if !description.is_empty() {
        members.insert(String::from("description"), json!(description.join("\n")));
    }
    members.insert(String::from("type"), json!("string"));
    members.insert(String::from("enum"), json!(names));
    Value::Object(members)
}

fn list_schema(cx: &Cx<'_>, list: &ListType) -> Value {
    let mut members = Map::new();
    members.insert(String::from("type"), json!("array"));
    members.insert(String::from("items"), schema(cx, &list.item));
    if list.min > 0 {
        members.insert(String::from("minItems"), json!(list.min));
    }
    if let Some(max) = list.max {
        members.insert(String::from("maxItems"), json!(max));
    }
    Value::Object(members)
}

pub(crate) fn scalar_schema(scalar: &Scalar) -> Value {
    let facts = scalar.json();
    let mut members = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            members.insert(name.to_owned(), value);
        }
    };
    put("type", kind(facts.kind).map(Value::from));
    put("format", facts.format.map(Value::from));
    put("minLength", facts.min_length.map(Value::from));
    put("maxLength", facts.max_length.map(Value::from));
    put("minimum", facts.minimum.map(|bound| number(facts.kind, bound)));
    put("maximum", facts.maximum.map(|bound| number(facts.kind, bound)));
    patterns(&facts, &mut put);
    Value::Object(members)
}

/// Every pattern must match; JSON Schema has room for one, and `allOf` for the others.
fn patterns(facts: &JsonType, put: &mut impl FnMut(&str, Option<Value>)) {
    let mut patterns = facts.patterns.iter();
    put("pattern", patterns.next().map(|pattern| json!(pattern)));
    let others: Vec<Value> = patterns.map(|pattern| json!({ "pattern": pattern })).collect();
    put("allOf", (!others.is_empty()).then(|| Value::Array(others)));
}

fn kind(kind: JsonKind) -> Option<&'static str> {
    match kind {
        JsonKind::String => Some("string"),
        JsonKind::Integer => Some("integer"),
        JsonKind::Number => Some("number"),
        JsonKind::Boolean => Some("boolean"),
        JsonKind::Any => None,
    }
}

/// A bound, without a point where it is a whole number.
fn number(kind: JsonKind, bound: f64) -> Value {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a whole double is converted exactly or saturates"
    )]
    let whole = bound as i64;
    match kind {
        JsonKind::Integer => json!(whole),
        JsonKind::String | JsonKind::Number | JsonKind::Boolean | JsonKind::Any => {
            if bound.fract() == 0.0 && bound.abs() < 9e15 {
                json!(whole)
            } else {
                json!(bound)
            }
        }
    }
}
