//! Literals of a design as Python writes them.

use groma_ir::Model;
use groma_ir::design::{Type, Value};
use groma_ir::scalar::Scalar;

use crate::cx::Cx;
use crate::names;
use crate::python::{Doc, Imports, string};

/// A literal that stands where a value of this type does.
pub(crate) fn literal(cx: &Cx<'_>, imports: &mut Imports, ty: Option<&Type>, value: &Value) -> Doc {
    let item = match ty {
        Some(Type::List(list)) => Some(&list.item),
        other => other,
    };
    match value {
        Value::None => Doc::text("None"),
        Value::Bool(true) => Doc::text("True"),
        Value::Bool(false) => Doc::text("False"),
        Value::Int(number) => match scalar(cx.model, ty) {
            Some(Scalar::Decimal { .. }) => decimal(imports, &number.to_string()),
            Some(Scalar::Float(_)) => Doc::text(format!("{number}.0")),
            _ => Doc::text(number.to_string()),
        },
        Value::Float(number) => Doc::text(format!("{number:?}")),
        Value::Text(text) => of_text(imports, scalar(cx.model, ty), text),
        Value::Variant(of, variant) => {
            if let Some(module) = cx.module_of_enum(*of) {
                imports.name(&module, &names::enumeration(cx.model, *of));
            }
            let class = names::enumeration(cx.model, *of);
            Doc::text(format!("{class}.{}", names::variant(cx.model, *of, *variant)))
        }
        Value::List(items) => Doc::list(items.iter().map(|value| literal(cx, imports, item, value))),
    }
}

/// The scalar of a type; that of the key for a reference.
fn scalar<'m>(model: &'m Model, ty: Option<&'m Type>) -> Option<&'m Scalar> {
    let mut ty = ty?;
    for _ in 0..=model.design.entities.len() {
        match ty {
            Type::Scalar(scalar) => return Some(scalar),
            Type::Reference(target) => {
                let target = &model.design.entities[*target];
                ty = &target.fields[target.key].ty;
            }
            Type::Enum(_) | Type::List(_) => return None,
        }
    }
    None
}

fn of_text(imports: &mut Imports, scalar: Option<&Scalar>, text: &str) -> Doc {
    let quoted = Doc::text(string(text));
    let mut parsed = |class: &str, method: &str| {
        imports.name("datetime", class);
        Doc::call(format!("{class}.{method}"), [quoted.clone()])
    };
    match scalar {
        Some(Scalar::Date) => parsed("date", "fromisoformat"),
        Some(Scalar::Time) => parsed("time", "fromisoformat"),
        Some(Scalar::DateTime) => parsed("datetime", "fromisoformat"),
        Some(Scalar::Decimal { .. }) => decimal(imports, text),
        Some(Scalar::Uuid) => {
            imports.name("uuid", "UUID");
            Doc::call("UUID", [quoted])
        }
        Some(
            Scalar::Text(_)
            | Scalar::Int(_)
            | Scalar::Float(_)
            | Scalar::Bool
            | Scalar::Email
            | Scalar::Url
            | Scalar::Slug { .. }
            | Scalar::Json
            | Scalar::Secret(_),
        )
        | None => quoted,
    }
}

fn decimal(imports: &mut Imports, text: &str) -> Doc {
    imports.name("decimal", "Decimal");
    Doc::call("Decimal", [Doc::text(string(text))])
}
