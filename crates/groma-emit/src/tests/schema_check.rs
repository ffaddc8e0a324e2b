//! A JSON Schema checker for the keywords that the document uses; an unknown keyword is an error, so that
//! nothing goes unchecked. An independent validator judges the document in the gate.

use serde_json::Value;

/// Every reason why a value does not fit a schema.
pub(super) fn mistakes(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let Some(keywords) = schema.as_object() else {
        return vec![format!("{schema} is no schema")];
    };
    for (keyword, wanted) in keywords {
        if !holds(document, schema, keyword, wanted, value) {
            found.push(format!("{value} breaks {keyword}: {wanted}"));
        }
    }
    found
}

fn fits(document: &Value, schema: &Value, value: &Value) -> bool {
    mistakes(document, schema, value).is_empty()
}

fn holds(document: &Value, schema: &Value, keyword: &str, wanted: &Value, value: &Value) -> bool {
    let all = |schemas: &Value| {
        schemas
            .as_array()
            .unwrap()
            .iter()
            .filter(|one| fits(document, one, value))
            .count()
    };
    let number = |bound: &Value| bound.as_f64().unwrap();
    let count = |bound: &Value| usize::try_from(bound.as_u64().unwrap()).unwrap();
    match keyword {
        "$ref" => fits(document, referred(document, wanted), value),
        "type" => match wanted {
            Value::Array(kinds) => kinds.iter().any(|kind| is_kind(kind, value)),
            kind => is_kind(kind, value),
        },
        "enum" => wanted.as_array().unwrap().contains(value),
        "anyOf" => all(wanted) > 0,
        "oneOf" => all(wanted) == 1,
        "allOf" => all(wanted) == wanted.as_array().unwrap().len(),
        "pattern" => value.as_str().is_none_or(|text| {
            regex::Regex::new(wanted.as_str().unwrap())
                .unwrap()
                .is_match(text)
        }),
        "minLength" => value
            .as_str()
            .is_none_or(|text| text.chars().count() >= count(wanted)),
        "maxLength" => value
            .as_str()
            .is_none_or(|text| text.chars().count() <= count(wanted)),
        "minimum" => value.as_f64().is_none_or(|value| value >= number(wanted)),
        "maximum" => value.as_f64().is_none_or(|value| value <= number(wanted)),
        "items" => value
            .as_array()
            .is_none_or(|items| items.iter().all(|item| fits(document, wanted, item))),
        "minItems" => value.as_array().is_none_or(|items| items.len() >= count(wanted)),
        "maxItems" => value.as_array().is_none_or(|items| items.len() <= count(wanted)),
        "contains" => value.as_array().is_none_or(|items| {
            let found = items.iter().filter(|item| fits(document, wanted, item)).count();
            found >= schema.get("minContains").map_or(1, count)
                && schema.get("maxContains").is_none_or(|most| found <= count(most))
        }),
        "required" => value.as_object().is_none_or(|object| {
            wanted
                .as_array()
                .unwrap()
                .iter()
                .all(|name| object.contains_key(name.as_str().unwrap()))
        }),
        "properties" => value.as_object().is_none_or(|object| {
            object.iter().all(|(name, value)| {
                wanted
                    .get(name)
                    .is_none_or(|schema| fits(document, schema, value))
            })
        }),
        "additionalProperties" => {
            assert_eq!(*wanted, Value::Bool(false));
            let known = schema["properties"].as_object().unwrap();
            value
                .as_object()
                .is_none_or(|object| object.keys().all(|name| known.contains_key(name)))
        }
        "description" | "examples" | "default" | "format" | "readOnly" | "minContains" | "maxContains" => {
            true
        }
        other => panic!("the checker does not know `{other}`"),
    }
}

/// What a `$ref` of the document points at.
pub(super) fn referred<'a>(document: &'a Value, reference: &Value) -> &'a Value {
    let path = reference
        .as_str()
        .and_then(|text| text.strip_prefix('#'))
        .unwrap();
    document
        .pointer(path)
        .unwrap_or_else(|| panic!("{reference} leads nowhere"))
}

fn is_kind(kind: &Value, value: &Value) -> bool {
    match kind.as_str().unwrap() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        other => panic!("there is no type `{other}`"),
    }
}
