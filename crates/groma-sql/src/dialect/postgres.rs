//! PostgreSQL: types and literals.

use groma_ir::scalar::StorageClass;
use groma_plan::Value;

/// The type of a column, as PostgreSQL prints it.
pub(super) fn column_type(class: StorageClass) -> String {
    String::from(match class {
        StorageClass::Int => "bigint",
        StorageClass::Bool => "boolean",
        StorageClass::Float => "double precision",
        StorageClass::Text => "text",
        StorageClass::Uuid => "uuid",
        StorageClass::Date => "date",
        StorageClass::Time => "time without time zone",
        StorageClass::Timestamp => "timestamp with time zone",
        StorageClass::Json => "jsonb",
        StorageClass::Decimal { precision, scale } => return format!("numeric({precision},{scale})"),
    })
}

/// A literal, which takes its type from where it stands.
pub(super) fn literal(value: &Value) -> String {
    match value {
        Value::Null => String::from("NULL"),
        Value::Bool(true) => String::from("TRUE"),
        Value::Bool(false) => String::from("FALSE"),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => format!("{number:?}"),
        Value::Decimal { .. } => value.to_wire_text(),
        Value::Text(text) | Value::Json(text) => quoted_text(text),
        Value::Uuid(_) | Value::Timestamp(_) | Value::Date(_) | Value::Time(_) => {
            quoted_text(&value.to_wire_text())
        }
        Value::List(values) => {
            let values: Vec<String> = values.iter().map(literal).collect();
            format!("ARRAY[{}]", values.join(", "))
        }
    }
}

/// A backslash is itself, as `standard_conforming_strings` has it since 9.1.
fn quoted_text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
