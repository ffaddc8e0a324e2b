//! Whether a value fits the type that the published schema gives it.
//!
//! The oracle says what a value should be; this says what it may be, whatever led to it: an answer that the
//! oracle expects can still break the schema, when the design lets an action store what its field forbids.

use regex::Regex;
use serde_json::Value as Json;

use groma_ir::design::{Design, Type};
use groma_ir::http::{Http, MemberKind, SchemaId, SchemaKind};
use groma_ir::scalar::{Bounds, Scalar, Text};
use groma_ir::words;

use super::Symptom;
use crate::catalogue;

/// Every member of an item that does not fit its schema; members that are missing are another's to find.
pub(super) fn misfits(design: &Design, http: &Http, schema: SchemaId, item: &Json) -> Vec<Symptom> {
    let SchemaKind::Item(members) = &http.schemas[schema].kind else {
        return Vec::new();
    };
    let mut symptoms = Vec::new();
    for member in members {
        let Some(value) = item.get(&member.name) else {
            continue;
        };
        match &member.kind {
            MemberKind::Field(_, ty) if value.is_null() && !member.nullable || !fits(design, ty, value) => {
                symptoms.push(symptom(design, &member.name, (ty, member.nullable), value));
            }
            MemberKind::Embedded(_, schema) => symptoms.extend(misfits(design, http, *schema, value)),
            _ => {}
        }
    }
    symptoms
}

fn symptom(design: &Design, name: &str, (ty, is_nullable): (&Type, bool), value: &Json) -> Symptom {
    let or_null = if is_nullable { " or null" } else { "" };
    Symptom::new(
        format!("{name}-schema"),
        format!(
            "{name}: a value that fits the schema of the answer, `{}`{or_null}",
            words::ty(design, ty)
        ),
        format!("{name}: {value}"),
    )
    .of(&catalogue::F02)
}

/// Whether a value is one of a type, in the form in which values leave; null is the caller's to judge.
pub(crate) fn fits(design: &Design, ty: &Type, value: &Json) -> bool {
    if value.is_null() {
        return true;
    }
    match ty {
        Type::Scalar(scalar) => fits_scalar(scalar, value),
        Type::Enum(of) => {
            let mut variants = design.enums[*of].variants.iter();
            variants.any(|variant| *value == variant.name)
        }
        Type::Reference(target) => {
            let target = &design.entities[*target];
            fits(design, &target.fields[target.key].ty, value)
        }
        Type::List(list) => value.as_array().is_some_and(|items| {
            let count = items.len();
            count >= list.min as usize
                && list.max.is_none_or(|max| count <= max as usize)
                && items
                    .iter()
                    .all(|item| !item.is_null() && fits(design, &list.item, item))
        }),
    }
}

fn fits_scalar(scalar: &Scalar, value: &Json) -> bool {
    let text = value.as_str();
    let is_of_length = |min: u32, max: Option<u32>| {
        text.is_some_and(|text| {
            let length = text.chars().count();
            length >= min as usize && max.is_none_or(|max| length <= max as usize)
        })
    };
    match scalar {
        Scalar::Text(bounds) => text.is_some_and(|text| fits_text(bounds, text)),
        Scalar::Int(bounds) => value.as_i64().is_some_and(|int| is_between(*bounds, int)),
        Scalar::Float(bounds) => value.as_f64().is_some_and(|float| {
            bounds.min.is_none_or(|min| float >= min) && bounds.max.is_none_or(|max| float <= max)
        }),
        Scalar::Decimal { precision, scale } => {
            text.is_some_and(|text| is_decimal(text, (*precision, *scale)))
        }
        Scalar::Bool => value.is_boolean(),
        Scalar::Uuid => text.is_some_and(|text| is_shaped(text, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx")),
        Scalar::Date => text.is_some_and(|text| is_shaped(text, "0000-00-00")),
        Scalar::Time => text.is_some_and(|text| is_shaped(text, "00:00:00.000000")),
        Scalar::DateTime => text.is_some_and(|text| is_shaped(text, "0000-00-00T00:00:00.000000Z")),
        Scalar::Email => text.is_some_and(|text| {
            let host = text.split_once('@').map(|(_, host)| host);
            host.is_some_and(|host| host.contains('.')) && !text.contains(char::is_whitespace)
        }),
        Scalar::Url => text.is_some_and(|text| {
            let rest = text
                .strip_prefix("https://")
                .or_else(|| text.strip_prefix("http://"));
            rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(char::is_whitespace))
        }),
        Scalar::Slug { min, max } => {
            let is_plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
            is_of_length(*min, Some(*max))
                && text.is_some_and(|text| {
                    text.split('-')
                        .all(|part| !part.is_empty() && part.chars().all(is_plain))
                })
        }
        Scalar::Json => true,
        Scalar::Secret(length) => is_of_length(*length, Some(*length)),
    }
}

fn fits_text(bounds: &Text, text: &str) -> bool {
    let length = text.chars().count();
    let matches = |pattern: &String| Regex::new(pattern).is_ok_and(|pattern| pattern.is_match(text));
    length >= bounds.min as usize
        && bounds.max.is_none_or(|max| length <= max as usize)
        && bounds.pattern.as_ref().is_none_or(matches)
        && !text.contains('\0')
}

fn is_between(bounds: Bounds<i64>, int: i64) -> bool {
    let (min, max) = bounds.effective();
    (min..=max).contains(&int)
}

/// `-12.30`, with exactly so many digits after the point, and no more before it than the precision leaves.
fn is_decimal(text: &str, (precision, scale): (u8, u8)) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let is_digits = |text: &str| text.chars().all(|letter| letter.is_ascii_digit());
    let most = usize::from(precision.saturating_sub(scale)).max(1);
    is_digits(whole)
        && is_digits(part)
        && (1..=most).contains(&whole.len())
        && part.len() == usize::from(scale)
        && digits.contains('.') == (scale > 0)
}

/// Whether a text has the shape of another: `0` is a digit, `x` a lower-case hexadecimal one, all else stands for
/// itself.
fn is_shaped(text: &str, shape: &str) -> bool {
    text.len() == shape.len()
        && text
            .chars()
            .zip(shape.chars())
            .all(|(letter, wanted)| match wanted {
                '0' => letter.is_ascii_digit(),
                'x' => letter.is_ascii_digit() || ('a'..='f').contains(&letter),
                wanted => letter == wanted,
            })
}

#[cfg(test)]
mod tests;
