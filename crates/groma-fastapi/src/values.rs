//! Literals of a design in JSON.

use groma_ir::Model;
use groma_ir::design::Value;

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
            char if char < ' ' => {
                let escape = format!("\\u{:04x}", u32::from(char));
                out.push_str(&escape);
            }
            char => out.push(char),
        }
    }
    out.push('"');
    out
}
