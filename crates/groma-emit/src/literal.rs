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

/// Prose for readers who have the pages of the design not at hand: `@specs/db/task.md#Task` is a name in code.
pub(crate) fn prose(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text.trim();
    while let Some(at) = rest.find("@specs/") {
        let (before, after) = rest.split_at(at);
        let end = after
            .find(|c: char| c.is_whitespace() || ",;:()[]`\"'<>".contains(c))
            .unwrap_or(after.len());
        let (word, tail) = after.split_at(end);
        let name = word.trim_end_matches(['.', '!', '?']);
        out.push_str(before);
        if before.ends_with(['`', '[']) {
            out.push_str(word);
        } else {
            out.extend(["`", name.trim_start_matches('@'), "`"]);
            out.push_str(word.get(name.len()..).unwrap_or_default());
        }
        rest = tail;
    }
    out.push_str(rest);
    out
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
