//! Types in the words of whoever calls the API.

use groma_ir::design::{ListType, Type};
use groma_ir::scalar::{Bounds, SAFE_INT, Scalar, Text};
use groma_ir::words;

use super::{Cx, links};
use crate::literal;
use crate::markdown::code;

/// A type as a table shows it: `string, 1 to 200 characters, or null`.
pub(super) fn words(cx: &Cx<'_>, ty: &Type, is_nullable: bool) -> String {
    let mut text = plain(cx, ty);
    if is_nullable {
        text.push_str(if text.contains(',') {
            ", or null"
        } else {
            " or null"
        });
    }
    text
}

fn plain(cx: &Cx<'_>, ty: &Type) -> String {
    let design = &cx.model.design;
    match ty {
        Type::Scalar(scalar) => scalar_words(scalar),
        Type::Enum(of) => {
            let names = design.enums[*of]
                .variants
                .iter()
                .map(|variant| code(&variant.name));
            words::list(names, "or")
        }
        Type::Reference(entity) => {
            let key = match literal::stored(design, ty) {
                Type::Scalar(Scalar::Uuid) => String::from("UUID"),
                Type::Scalar(Scalar::Int(_)) => String::from("integer"),
                _ => String::from("string"),
            };
            format!("{key}, the key of {}", links::an_entity(cx, *entity))
        }
        Type::List(list) => list_words(cx, list),
    }
}

fn list_words(cx: &Cx<'_>, list: &ListType) -> String {
    let item = plain(cx, &list.item);
    let (first, rest) = item.split_once(", ").unwrap_or((&item, ""));
    let is_names = matches!(list.item, Type::Enum(_));
    let item = match (is_names, rest) {
        (true, _) => item.clone(),
        (false, "") => many(first),
        (false, rest) => format!("{} ({rest})", many(first)),
    };
    let count = match (list.min, list.max) {
        (0, None) => String::new(),
        (0, Some(max)) => format!(", at most {max}"),
        (min, None) => format!(", at least {min}"),
        (min, Some(max)) => format!(", {min} to {max} of them"),
    };
    format!("array of {item}{count}")
}

/// `URLs`, `email addresses`.
fn many(word: &str) -> String {
    match word {
        "any JSON" => word.to_owned(),
        _ if word.ends_with('s') => format!("{word}es"),
        _ => format!("{word}s"),
    }
}

fn scalar_words(scalar: &Scalar) -> String {
    match scalar {
        Scalar::Text(text) => text_words(text),
        Scalar::Int(bounds) => int_words(*bounds),
        Scalar::Float(bounds) => match (bounds.min, bounds.max) {
            (None, None) => String::from("number"),
            (Some(min), None) => format!("number, at least {min}"),
            (None, Some(max)) => format!("number, at most {max}"),
            (Some(min), Some(max)) => format!("number, {min} to {max}"),
        },
        Scalar::Decimal { precision, scale } => {
            format!("decimal string, {precision} digits, {scale} of them after the point")
        }
        Scalar::Bool => String::from("boolean"),
        Scalar::Uuid => String::from("UUID"),
        Scalar::Date => String::from("date, `YYYY-MM-DD`"),
        Scalar::Time => String::from("time, `HH:MM:SS`"),
        Scalar::DateTime => String::from("date-time, RFC 3339"),
        Scalar::Email => String::from("email address"),
        Scalar::Url => String::from("URL, `http` or `https`"),
        Scalar::Slug { min, max } => format!("slug, {min} to {max} characters"),
        Scalar::Json => String::from("any JSON"),
        Scalar::Secret(length) => format!("string of {length} characters"),
    }
}

fn text_words(text: &Text) -> String {
    let mut parts = vec![String::from("string")];
    parts.extend(lengths(text.min, text.max));
    if text.trim {
        parts.push(String::from("trimmed"));
    }
    parts.extend(
        text.pattern
            .as_ref()
            .map(|pattern| format!("{} {}", matching(pattern), code(pattern))),
    );
    parts.join(", ")
}

/// A pattern may match anywhere unless it says where it begins and ends.
fn matching(pattern: &str) -> &'static str {
    if pattern.starts_with('^') && pattern.ends_with('$') {
        "matching"
    } else {
        "with a part that matches"
    }
}

fn lengths(min: u32, max: Option<u32>) -> Option<String> {
    match (min, max) {
        (0, None) => None,
        (0, Some(max)) => Some(format!("at most {max} characters")),
        (min, None) => Some(format!("at least {min} characters")),
        (min, Some(max)) if min == max => Some(format!("{min} characters")),
        (min, Some(max)) => Some(format!("{min} to {max} characters")),
    }
}

fn int_words(bounds: Bounds<i64>) -> String {
    match bounds.effective() {
        (min, max) if min == -SAFE_INT && max == SAFE_INT => String::from("integer"),
        (min, SAFE_INT) => format!("integer, at least {min}"),
        (min, max) if min == -SAFE_INT => format!("integer, at most {max}"),
        (min, max) => format!("integer, {min} to {max}"),
    }
}
