//! Values that are new each time they are pasted, for what no two rows may share.

use groma_ir::scalar::{Bounds, Scalar, Text};
use serde_json::Value;

use super::inserted;
use crate::example::pattern::{self, Piece};

/// How many new digits are enough.
const DIGITS: u32 = 9;

/// The JSON of a value like this one with new digits in it, where its type has room for them. A time is in the
/// future, as guards on the clock ask for, unless it must come before another.
pub(super) fn value(scalar: &Scalar, example: &Value, is_earlier: bool) -> Option<String> {
    let text = example.as_str().unwrap_or_default();
    match scalar {
        Scalar::Text(bounds) => in_text(bounds, text),
        Scalar::Slug { max, .. } => Some(match max.checked_sub(DIGITS + 1) {
            Some(room) if room > 0 => {
                let word: String = text.chars().take(room as usize).collect();
                json(&[word.trim_end_matches('-'), "-", &digits(DIGITS)])
            }
            _ => json(&[&digits((*max).min(DIGITS))]),
        }),
        Scalar::Email => {
            let (local, domain) = text.split_once('@')?;
            Some(json(&[local, "+", &digits(DIGITS), "@", domain]))
        }
        Scalar::Url => Some(json(&[text, "?n=", &digits(DIGITS)])),
        Scalar::Uuid => Some(json(&["00000000-0000-4000-8000-", &digits(12)])),
        Scalar::Date => Some(json(&[if is_earlier { "1" } else { "3" }, &digits(3), "-11-21"])),
        Scalar::Time => Some(json(&["09:30:00.", &digits(6)])),
        Scalar::DateTime => {
            let day = if is_earlier { "2026" } else { "2099" };
            Some(json(&[day, "-11-21T09:30:00.", &digits(6), "Z"]))
        }
        Scalar::Int(bounds) => int(*bounds),
        Scalar::Float(bounds) => float(*bounds),
        Scalar::Decimal { precision, scale } => {
            let whole = u32::from(precision.saturating_sub(*scale)).min(DIGITS);
            let rest = match u32::from(*scale) {
                0 => None,
                scale => Some(digits(scale.min(DIGITS)) + &"0".repeat(scale.saturating_sub(DIGITS) as usize)),
            };
            let before = match whole {
                0 => String::from("0"),
                1 => String::from("1"),
                _ => format!("1{}", digits(whole - 1)),
            };
            (whole > 1 || rest.is_some()).then(|| match &rest {
                Some(rest) => json(&[&before, ".", rest]),
                None => json(&[&before]),
            })
        }
        Scalar::Bool | Scalar::Json | Scalar::Secret(_) => None,
    }
}

fn in_text(bounds: &Text, text: &str) -> Option<String> {
    if let Some(pattern) = &bounds.pattern {
        let pieces = pattern::pieces(pattern, bounds.max)?;
        let parts: Vec<String> = pieces.iter().map(piece).collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        return Some(json(&parts));
    }
    let room = bounds
        .max
        .map_or(Some(u32::MAX), |max| max.checked_sub(DIGITS + 1));
    match room {
        Some(room) if room > 0 => {
            let words: String = text.chars().take(room as usize).collect();
            let between = if words.contains(' ') { " " } else { "-" };
            Some(json(&[words.trim_end(), between, &digits(DIGITS)]))
        }
        _ => {
            let count = bounds.max.unwrap_or(DIGITS);
            (count > 0).then(|| json(&[&digits(count)]))
        }
    }
}

fn piece(piece: &Piece) -> String {
    match piece {
        Piece::Fixed(text) => text.clone(),
        Piece::Digits(count) => digits(*count),
        Piece::Letters { count, from } => {
            let last = char::from_u32(u32::from(*from) + 9).unwrap_or(*from);
            inserted(&format!("$(digits {count} | tr 0-9 {from}-{last})"))
        }
    }
}

/// `1` and as many new digits as fit.
fn int(bounds: Bounds<i64>) -> Option<String> {
    let (min, max) = bounds.effective();
    let fits = |count: &u32| {
        let least = 10_i64.pow(*count);
        min <= least && least.saturating_mul(2) <= max.saturating_add(1)
    };
    match (1..=DIGITS).rev().find(fits) {
        Some(count) => Some(format!("1{}", digits(count))),
        None => (min <= 0 && max >= 9).then(|| digits(1)),
    }
}

fn float(bounds: Bounds<f64>) -> Option<String> {
    let is_inside = |least: f64, most: f64| {
        bounds.min.is_none_or(|min| min <= least) && bounds.max.is_none_or(|max| most <= max)
    };
    [("1", 1e9, 2e9), ("0.1", 0.1, 0.2)]
        .into_iter()
        .find(|(_, least, most)| is_inside(*least, *most))
        .map(|(before, ..)| format!("{before}{}", digits(DIGITS)))
}

fn digits(count: u32) -> String {
    inserted(&format!("$(digits {count})"))
}

/// A JSON string of parts, some of which the shell makes.
fn json(parts: &[&str]) -> String {
    let parts = parts.iter().map(|part| {
        if part.contains(super::MARK) {
            (*part).to_owned()
        } else {
            Value::from(*part).to_string().trim_matches('"').to_owned()
        }
    });
    format!("\"{}\"", parts.collect::<String>())
}
