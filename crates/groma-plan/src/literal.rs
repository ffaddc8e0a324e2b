//! Literals of the design as typed values.

use groma_ir::Model;
use groma_ir::design::{Design, EntityId, FieldId, Type, Value as Literal};
use groma_ir::scalar::{Bounds, Scalar, Text};

use crate::Value;
use crate::decode::shape::One;

/// A literal that stands where a value of a field does.
pub fn literal_of_field(model: &Model, entity: EntityId, field: FieldId, literal: &Literal) -> Value {
    literal_of(
        &model.design,
        &model.design.entities[entity].fields[field].ty,
        literal,
    )
}

/// A literal that stands where a value of a type does.
pub fn literal_of(design: &Design, ty: &Type, literal: &Literal) -> Value {
    match literal {
        Literal::None => Value::Null,
        Literal::Bool(_) | Literal::Int(_) | Literal::Float(_) | Literal::Text(_)
            if *ty == Type::Scalar(Scalar::Json) =>
        {
            let plain = Type::Scalar(Scalar::Text(Text::default()));
            json_of(&literal_of(design, &plain, literal))
        }
        Literal::Bool(value) => Value::Bool(*value),
        Literal::Int(number) => whole(ty, *number),
        Literal::Float(number) => Value::Float(*number),
        Literal::Text(text) => text_of(design, ty, text),
        Literal::Variant(of, variant) => Value::Text(design.variant_name(*of, *variant).to_owned()),
        Literal::List(items) => {
            let item = match ty {
                Type::List(list) => &list.item,
                Type::Scalar(_) | Type::Enum(_) | Type::Reference(_) => ty,
            };
            let items: Vec<Value> = items
                .iter()
                .map(|literal| literal_of(design, item, literal))
                .collect();
            Value::Json(json_list(&items))
        }
    }
}

/// A value as JSON text, in which a JSON field is stored.
fn json_of(value: &Value) -> Value {
    let mut out = Vec::new();
    crate::reply::write_value(&mut out, value);
    Value::Json(String::from_utf8(out).unwrap_or_default())
}

/// A whole number where a float or a decimal is wanted is one.
fn whole(ty: &Type, number: i64) -> Value {
    match ty {
        Type::Scalar(Scalar::Decimal { scale, .. }) => {
            let units = 10_i64
                .checked_pow(u32::from(*scale))
                .and_then(|unit| number.checked_mul(unit));
            Value::Decimal {
                units: units.unwrap_or(number),
                scale: *scale,
            }
        }
        #[expect(
            clippy::cast_precision_loss,
            reason = "the author wrote a whole number for a double"
        )]
        Type::Scalar(Scalar::Float(_)) => Value::Float(number as f64),
        Type::Scalar(_) | Type::Enum(_) | Type::Reference(_) | Type::List(_) => Value::Int(number),
    }
}

/// Canonical text is read by the type's own reader; the bounds of text do not matter here.
fn text_of(design: &Design, ty: &Type, text: &str) -> Value {
    let loose = match ty {
        Type::Scalar(Scalar::Text(_)) => Type::Scalar(Scalar::Text(Text::default())),
        Type::Scalar(Scalar::Decimal { scale, .. }) => Type::Scalar(Scalar::Decimal {
            precision: 18,
            scale: *scale,
        }),
        Type::Scalar(Scalar::Int(_)) => Type::Scalar(Scalar::Int(Bounds {
            min: Some(i64::MIN),
            max: Some(i64::MAX),
        })),
        other => other.clone(),
    };
    One::of(design, &loose)
        .parse(text)
        .unwrap_or_else(|_| Value::Text(text.to_owned()))
}

/// Values as the compact JSON array in which a list is stored.
pub(crate) fn json_list(items: &[Value]) -> String {
    let mut out = Vec::with_capacity(2 + items.len() * 16);
    out.push(b'[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        crate::reply::write_value(&mut out, item);
    }
    out.push(b']');
    String::from_utf8(out).unwrap_or_default()
}
