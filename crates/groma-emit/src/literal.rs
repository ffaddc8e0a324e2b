//! JSON values: members, and literals of the design; and what a reference is kept as.

use groma_ir::design::{self, Design, Type};
use serde_json::{Value, json};

/// A literal as it stands on the wire.
pub(crate) fn json(design: &Design, value: &design::Value) -> Value {
    match value {
        design::Value::None => Value::Null,
        design::Value::Bool(value) => json!(value),
        design::Value::Int(value) => json!(value),
        design::Value::Float(value) => json!(value),
        design::Value::Text(value) => json!(value),
        design::Value::Variant(of, variant) => json!(design.variant_name(*of, *variant)),
        design::Value::List(values) => values.iter().map(|value| json(design, value)).collect(),
    }
}

/// Gives an object a member.
pub(crate) fn set(object: &mut Value, name: &str, member: impl Into<Value>) {
    if let Value::Object(members) = object {
        members.insert(name.to_owned(), member.into());
    }
}

/// What a value of a type is kept as: a reference is kept as the key that it holds. Keys that refer to each other
/// in a circle stay references.
pub(crate) fn stored<'a>(design: &'a Design, ty: &'a Type) -> &'a Type {
    let mut at = ty;
    for _ in 0..=design.entities.len() {
        let Type::Reference(entity) = at else { return at };
        let target = &design.entities[*entity];
        at = &target.fields[target.key].ty;
    }
    at
}
