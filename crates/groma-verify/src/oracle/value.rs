//! Values as they stand on the wire, and their order.
//!
//! The oracle keeps rows as JSON in the one form in which values leave, so that equality is equality of text.

use std::cmp::Ordering;

use serde_json::Value as Json;

use groma_ir::design::{Design, EnumId, Type, Value};
use groma_ir::scalar::Scalar;

/// A literal of the design as it stands on the wire.
pub(crate) fn from_value(design: &Design, value: &Value) -> Json {
    match value {
        Value::None => Json::Null,
        Value::Bool(bool) => Json::Bool(*bool),
        Value::Int(int) => Json::from(*int),
        Value::Float(float) => Json::from(*float),
        Value::Text(text) => Json::String(text.clone()),
        Value::Variant(of, variant) => Json::String(design.variant_name(*of, *variant).to_owned()),
        Value::List(items) => items.iter().map(|item| from_value(design, item)).collect(),
    }
}

/// A value as it leaves in a field of a type: a time has six digits of its second, however it was written.
pub(crate) fn in_form(ty: &Type, value: Json) -> Json {
    match (ty, value) {
        (Type::Scalar(Scalar::Time), Json::String(text)) => Json::String(clock(&text)),
        (Type::List(list), Json::Array(items)) => {
            items.into_iter().map(|item| in_form(&list.item, item)).collect()
        }
        (_, value) => value,
    }
}

/// `09:30` and `09:30:00` as `09:30:00.000000`.
fn clock(text: &str) -> String {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let seconds = if whole.len() == 5 { ":00" } else { "" };
    format!("{whole}{seconds}.{part:0<6}")
}

/// A key as it stands in a path.
pub(crate) fn key_text(key: &Json) -> String {
    match key {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Whether two values are equal; unknown when one is empty.
pub(crate) fn equal(design: &Design, ty: Option<&Type>, left: &Json, right: &Json) -> Option<bool> {
    if left.is_null() || right.is_null() {
        return None;
    }
    match compare(design, ty, left, right) {
        Some(order) => Some(order.is_eq()),
        None => Some(same_json(left, right)),
    }
}

/// The order of two values of a type; none when one is empty, or they have no order.
pub(crate) fn compare(design: &Design, ty: Option<&Type>, left: &Json, right: &Json) -> Option<Ordering> {
    match (left, right) {
        (Json::Bool(a), Json::Bool(b)) => Some(a.cmp(b)),
        (Json::Number(_), Json::Number(_)) => numbers(left, right),
        (Json::String(a), Json::String(b)) => texts(design, ty, a, b),
        _ => None,
    }
}

fn numbers(left: &Json, right: &Json) -> Option<Ordering> {
    match (left.as_i64(), right.as_i64()) {
        (Some(a), Some(b)) => Some(a.cmp(&b)),
        _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
    }
}

fn texts(design: &Design, ty: Option<&Type>, left: &str, right: &str) -> Option<Ordering> {
    match ty {
        Some(Type::Enum(of)) => Some(rank(design, *of, left)?.cmp(&rank(design, *of, right)?)),
        Some(Type::Scalar(Scalar::Decimal { .. })) => Some(decimal(left)?.cmp(&decimal(right)?)),
        Some(Type::Scalar(Scalar::Date)) => Some(day(left).cmp(day(right))),
        Some(Type::Scalar(Scalar::Time)) => Some(clock(left).cmp(&clock(right))),
        Some(Type::Reference(target)) => {
            let target = &design.entities[*target];
            texts(design, Some(&target.fields[target.key].ty), left, right)
        }
        _ => Some(left.cmp(right)),
    }
}

fn rank(design: &Design, of: EnumId, name: &str) -> Option<usize> {
    design.enums[of]
        .variants
        .iter()
        .position(|variant| variant.name == name)
}

/// A date, also of an instant: `due < now` compares days.
fn day(text: &str) -> &str {
    text.get(..10).unwrap_or(text)
}

/// A decimal number in units of 10^-18.
fn decimal(text: &str) -> Option<i128> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let part = format!("{part:0<18}");
    let whole: i128 = whole.parse().ok()?;
    Some(
        sign * (whole
            .checked_mul(1_000_000_000_000_000_000)?
            .checked_add(part.get(..18)?.parse().ok()?)?),
    )
}

/// So many units of the last digit, as a decimal text.
pub(crate) fn decimal_text(units: i128, scale: u8) -> String {
    let scale = usize::from(scale);
    let digits = format!("{:0>width$}", units.unsigned_abs(), width = scale + 1);
    let (whole, part) = digits.split_at(digits.len() - scale);
    let sign = if units < 0 { "-" } else { "" };
    let point = if scale == 0 { "" } else { "." };
    format!("{sign}{whole}{point}{part}")
}

/// Whether two JSON values mean the same: `1` and `1.0` do, the order of members does not matter.
pub(crate) fn same_json(left: &Json, right: &Json) -> bool {
    match (left, right) {
        (Json::Number(_), Json::Number(_)) => numbers(left, right) == Some(Ordering::Equal),
        (Json::Array(a), Json::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_json(a, b))
        }
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(name, a)| b.get(name).is_some_and(|b| same_json(a, b)))
        }
        _ => left == right,
    }
}
