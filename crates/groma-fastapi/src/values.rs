//! Literals of a design, in JSON and in Python.

use groma_ir::Model;
use groma_ir::design::{Type, Value};
use groma_ir::scalar::StorageClass;

use crate::cx::Cx;
use crate::names;
use crate::python::{Imports, string};
use crate::types::{Types, grouped};

/// As an expression in Python, of what a place of this type holds.
pub(crate) fn python(
    cx: &Cx<'_>,
    types: &Types<'_, '_>,
    imports: &mut Imports,
    ty: &Type,
    value: &Value,
) -> String {
    match value {
        Value::None => String::from("None"),
        Value::Bool(true) => String::from("True"),
        Value::Bool(false) => String::from("False"),
        Value::Int(value) => grouped(*value),
        Value::Float(value) => format!("{value:?}"),
        Value::Variant(of, variant) => {
            let class = types.enumeration(imports, *of);
            format!("{class}.{}", names::variant(cx.model, *of, *variant))
        }
        Value::List(values) => {
            let item = match ty {
                Type::List(list) => &list.item,
                other => other,
            };
            let values: Vec<String> = values
                .iter()
                .map(|value| python(cx, types, imports, item, value))
                .collect();
            format!("[{}]", values.join(", "))
        }
        Value::Text(text) => {
            let class = match ty {
                Type::Scalar(scalar) => scalar.storage(),
                Type::Enum(_) | Type::Reference(_) | Type::List(_) => StorageClass::Text,
            };
            let made = types.kept(imports, class);
            let text = string(text);
            match class {
                StorageClass::Date | StorageClass::Time | StorageClass::Timestamp => {
                    format!("{made}.fromisoformat({text})")
                }
                StorageClass::Decimal { .. } | StorageClass::Uuid => format!("{made}({text})"),
                _ => text,
            }
        }
    }
}

/// As JSON without white space.
pub(crate) fn json(model: &Model, value: &Value) -> String {
    match value {
        Value::None => String::from("null"),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Float(value) => format!("{value:?}"),
        Value::Text(text) => json_string(text),
        Value::Variant(of, variant) => json_string(model.design.variant_name(*of, *variant)),
        Value::List(values) => {
            let values: Vec<String> = values.iter().map(|value| json(model, value)).collect();
            format!("[{}]", values.join(","))
        }
    }
}

fn json_string(text: &str) -> String {
    let mut out = String::from('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            char if char < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(char))),
            char => out.push(char),
        }
    }
    out.push('"');
    out
}
