//! Whether a literal is within the bounds of the type of its place.
//!
//! What text must look like is what [`Scalar::json`] publishes: a value that the server would refuse from anybody is
//! not one that it makes.

use groma_ir::design::{Type, Value};
use groma_ir::scalar::{Scalar, Text};
use regex::{Regex, RegexBuilder};

/// The memory that a compiled pattern may take, here as where requests are read.
const PATTERN_SIZE: usize = 1 << 20;

/// Why a value of the right type is not within the type's bounds.
pub(crate) fn breaks(ty: &Type, value: &Value) -> Option<String> {
    match (ty, value) {
        (Type::List(list), Value::List(items)) => {
            let count = u32::try_from(items.len()).unwrap_or(u32::MAX);
            count_breaks(count, list.min, list.max, "items")
                .or_else(|| items.iter().find_map(|item| breaks(&list.item, item)))
        }
        (Type::Scalar(scalar), Value::Text(text)) => text_breaks(scalar, text),
        (Type::Scalar(Scalar::Int(bounds)), Value::Int(value)) => {
            let (min, max) = bounds.effective();
            (!(min..=max).contains(value)).then(|| format!("the type allows {min} to {max}"))
        }
        (Type::Scalar(Scalar::Float(bounds)), Value::Float(value)) => {
            let below = bounds.min.is_some_and(|min| *value < min);
            let above = bounds.max.is_some_and(|max| *value > max);
            (below || above).then(|| format!("the type is `{}`", Scalar::Float(*bounds)))
        }
        _ => None,
    }
}

fn text_breaks(scalar: &Scalar, value: &str) -> Option<String> {
    match scalar {
        Scalar::Text(text) => free_text_breaks(text, value),
        Scalar::Slug { min, max } if is_of_form(scalar, value) => {
            count_breaks(length(value), *min, Some(*max), "characters")
        }
        Scalar::Slug { .. } => Some(String::from(
            "a slug is lower-case letters, digits and single hyphens",
        )),
        Scalar::Email if !is_of_form(scalar, value) || value.len() > 254 => {
            Some(String::from("an email address is like `ada@example.com`"))
        }
        Scalar::Url if !is_of_form(scalar, value) || value.len() > 2048 => Some(String::from(
            "a url starts with `https://` and has neither blanks nor letters beyond ASCII",
        )),
        Scalar::Secret(length_of) => {
            if !is_of_form(scalar, value) {
                return Some(String::from("a secret is letters, digits, `-` and `_`"));
            }
            count_breaks(length(value), *length_of, Some(*length_of), "characters")
        }
        // Text in the form of another type was brought into it, or refused, where the literal was read.
        Scalar::Email
        | Scalar::Url
        | Scalar::Int(_)
        | Scalar::Float(_)
        | Scalar::Decimal { .. }
        | Scalar::Bool
        | Scalar::Uuid
        | Scalar::Date
        | Scalar::Time
        | Scalar::DateTime
        | Scalar::Json => None,
    }
}

fn free_text_breaks(text: &Text, value: &str) -> Option<String> {
    if value.contains('\0') {
        return Some(String::from("it has a U+0000, which databases do not store"));
    }
    if text.trim && value.trim() != value {
        return Some(String::from(
            "it begins or ends in white space, which `trim` takes away",
        ));
    }
    count_breaks(length(value), text.min, text.max, "characters").or_else(|| {
        let pattern = text.pattern.as_deref()?;
        let matches = compiled(pattern)?.is_match(value);
        (!matches).then(|| format!("it does not match `/{}/`", pattern.replace('/', "\\/")))
    })
}

/// Whether text has the form of its type, its length apart.
fn is_of_form(scalar: &Scalar, value: &str) -> bool {
    let patterns = scalar.json().patterns;
    let mut compiled = patterns.iter().filter_map(|pattern| compiled(pattern));
    compiled.all(|pattern| pattern.is_match(value))
}

/// A pattern made ready; `None` is one that is broken or too large, which is reported where it stands.
pub(super) fn compiled(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(pattern).size_limit(PATTERN_SIZE).build().ok()
}

fn length(text: &str) -> u32 {
    u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
}

fn count_breaks(count: u32, min: u32, max: Option<u32>, of: &str) -> Option<String> {
    if count < min {
        return Some(format!("it has {count} {of}, and the type wants at least {min}"));
    }
    max.filter(|max| count > *max)
        .map(|max| format!("it has {count} {of}, and the type allows {max}"))
}
