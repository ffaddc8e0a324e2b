//! Values of each type: those that fit, those that do not, and fresh ones that no other row holds.
//!
//! The edges of scalars come from [`groma_ir::scalar::Scalar::samples`]; this room adds what depends on the
//! design (enums, lists, references), the wrong JSON types, and text that other languages would run.

use serde_json::Value as Json;

use groma_ir::design::{Design, EnumId, ListType, Type};
use groma_ir::http::ErrorCode;
use groma_ir::scalar::{Invalid, Scalar, Text};

use crate::call::Sample;
use crate::catalogue::{self, Check};
use crate::rng::Rng;

/// A value that does not fit.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Misfit {
    /// JSON text.
    pub(crate) json: String,
    /// The code of the mistake.
    pub(crate) code: ErrorCode,
    /// Where it is, below the member: empty, or `/0` for an item of a list.
    pub(crate) below: String,
    /// The check that it belongs to.
    pub(crate) check: &'static Check,
    /// A short, stable name.
    pub(crate) name: String,
}

/// Values that fit a type, references left out.
pub(crate) fn fitting(design: &Design, ty: &Type) -> Vec<Sample> {
    match ty {
        Type::Scalar(scalar) => scalar_samples(scalar),
        Type::Enum(of) => variants(design, *of)
            .map(|name| Sample::plain(Json::from(name)))
            .collect(),
        Type::List(list) => lists(design, list),
        Type::Reference(_) => Vec::new(),
    }
}

fn variants(design: &Design, of: EnumId) -> impl Iterator<Item = String> {
    design.enums[of]
        .variants
        .iter()
        .map(|variant| variant.name.clone())
        .collect::<Vec<_>>()
        .into_iter()
}

fn scalar_samples(scalar: &Scalar) -> Vec<Sample> {
    let parse = |(sent, kept): (String, String)| {
        Some(Sample {
            sent,
            kept: serde_json::from_str(&kept).ok()?,
        })
    };
    let mut samples: Vec<Sample> = scalar.samples().valid.into_iter().filter_map(parse).collect();
    if let Scalar::Text(text) = scalar {
        samples.extend(patterned(text));
        samples.extend(trimmed(text));
    }
    samples
}

/// A text that matches a pattern.
fn patterned(text: &Text) -> Option<Sample> {
    let made = crate::pattern::example(text.pattern.as_deref()?)?;
    let length = u32::try_from(made.chars().count()).ok()?;
    let fits = length >= text.min && text.max.is_none_or(|max| length <= max);
    fits.then(|| Sample::plain(Json::from(made)))
}

/// A text with white space around it, which is removed.
fn trimmed(text: &Text) -> Option<Sample> {
    let is_fit = text.trim && text.pattern.is_none() && text.min <= 4 && text.max.is_none_or(|max| max >= 4);
    is_fit.then(|| Sample {
        sent: "\" \\t a b\\u00e9 \\n\"".to_owned(),
        kept: Json::from("a b\u{e9}"),
    })
}

fn lists(design: &Design, list: &ListType) -> Vec<Sample> {
    let items: Vec<Sample> = fitting(design, &list.item)
        .into_iter()
        .filter(|item| item.sent.len() < 300)
        .collect();
    let lengths = [list.min, list.min + 1, list.max.unwrap_or(list.min + 3).min(50)];
    let fits = |length: &u32| list.max.is_none_or(|max| *length <= max);
    let mut samples: Vec<Sample> = lengths
        .iter()
        .filter(|length| fits(length))
        .map(|length| list_of(&items, *length))
        .collect();
    samples.dedup();
    samples
}

fn list_of(items: &[Sample], length: u32) -> Sample {
    let chosen: Vec<&Sample> = items.iter().cycle().take(length as usize).collect();
    let sent: Vec<&str> = chosen.iter().map(|item| item.sent.as_str()).collect();
    Sample {
        sent: format!("[{}]", sent.join(",")),
        kept: chosen.iter().map(|item| item.kept.clone()).collect(),
    }
}

/// Values that do not fit a type.
pub(crate) fn misfits(design: &Design, ty: &Type) -> Vec<Misfit> {
    let mut all = wrong_types(design, ty);
    if let Type::Scalar(Scalar::Text(text)) = ty {
        all.extend(unmatched(text));
    }
    match ty {
        Type::Scalar(scalar) => all.extend(
            scalar
                .samples()
                .invalid
                .into_iter()
                .enumerate()
                .map(|(at, invalid)| edge(scalar, at, invalid)),
        ),
        Type::Enum(of) => all.extend(no_variants(design, *of)),
        Type::List(list) => all.extend(no_lists(design, list)),
        Type::Reference(_) => {}
    }
    all
}

fn edge(scalar: &Scalar, at: usize, invalid: Invalid) -> Misfit {
    let check = match scalar {
        Scalar::Int(_) | Scalar::Float(_) if invalid.code == ErrorCode::IntType => &catalogue::V07,
        Scalar::Text(_) | Scalar::Int(_) | Scalar::Float(_) => &catalogue::V03,
        _ if matches!(invalid.code, ErrorCode::StringTooLong | ErrorCode::StringTooShort) => &catalogue::V03,
        _ => &catalogue::V05,
    };
    Misfit {
        name: format!("{}-{at}", invalid.code.name()),
        json: invalid.json,
        code: invalid.code,
        below: String::new(),
        check,
    }
}

/// A text of a fitting length that a pattern does not match.
fn unmatched(text: &Text) -> Option<Misfit> {
    let pattern = text.pattern.as_deref()?;
    let length = text.min.max(1).min(text.max.unwrap_or(u32::MAX)) as usize;
    let made = crate::pattern::counter_example(pattern, length)?;
    Some(misfit(
        "pattern",
        Json::from(made).to_string(),
        ErrorCode::StringPatternMismatch,
        &catalogue::V05,
    ))
}

fn no_variants(design: &Design, of: EnumId) -> Vec<Misfit> {
    let first = variants(design, of).next().unwrap_or_default();
    let upper = first.to_uppercase();
    let mut texts = vec![
        ("unknown", format!("{first}x")),
        ("empty", String::new()),
        ("padded", format!(" {first}")),
    ];
    if upper != first && !variants(design, of).any(|name| name == upper) {
        texts.push(("case", upper));
    }
    texts
        .into_iter()
        .map(|(name, text)| {
            misfit(
                name,
                Json::from(text).to_string(),
                ErrorCode::Enum,
                &catalogue::V04,
            )
        })
        .collect()
}

fn no_lists(design: &Design, list: &ListType) -> Vec<Misfit> {
    let items: Vec<Sample> = fitting(design, &list.item)
        .into_iter()
        .filter(|item| item.sent.len() < 300)
        .collect();
    let mut all = Vec::new();
    if let Some(max) = list.max.filter(|max| *max <= 1000) {
        all.push(misfit(
            "too-many",
            list_of(&items, max + 1).sent,
            ErrorCode::TooLong,
            &catalogue::V03,
        ));
    }
    if list.min > 0 {
        all.push(misfit(
            "too-few",
            list_of(&items, list.min - 1).sent,
            ErrorCode::TooShort,
            &catalogue::V03,
        ));
    }
    // One bad item in a list that is otherwise fine: the pointer leads to it.
    if list.min <= 1 {
        let bad = misfits(design, &list.item)
            .into_iter()
            .filter(|item| item.json.len() < 2000);
        all.extend(bad.map(|item| Misfit {
            json: format!("[{}]", item.json),
            below: format!("/0{}", item.below),
            name: format!("item-{}", item.name),
            ..item
        }));
    }
    all
}

fn misfit(name: &str, json: String, code: ErrorCode, check: &'static Check) -> Misfit {
    Misfit {
        json,
        code,
        below: String::new(),
        check,
        name: name.to_owned(),
    }
}

/// Values of every JSON type but the right one; null is the caller's to judge.
fn wrong_types(design: &Design, ty: &Type) -> Vec<Misfit> {
    let code = type_code(design, ty);
    let all = [
        ("text", "\"1\""),
        ("number", "1"),
        ("fraction", "1.5"),
        ("boolean", "true"),
        ("array", "[]"),
        ("object", "{}"),
    ];
    let is_wrong = |name: &str| match ty {
        Type::List(_) => name != "array",
        Type::Enum(_) => name != "text",
        Type::Reference(target) => {
            let key = &design.entities[*target];
            !takes(&key.fields[key.key].ty, name)
        }
        Type::Scalar(_) => !takes(ty, name),
    };
    let wrong = all.iter().filter(|(name, _)| is_wrong(name));
    wrong
        .map(|(name, json)| misfit(name, (*json).to_owned(), code, &catalogue::V02))
        .collect()
}

fn takes(ty: &Type, json: &str) -> bool {
    let Type::Scalar(scalar) = ty else {
        return json == "text";
    };
    match scalar {
        // A fraction is a number of the wrong kind: the edges of whole numbers have it.
        Scalar::Int(_) | Scalar::Float(_) => json == "number" || json == "fraction",
        Scalar::Bool => json == "boolean",
        Scalar::Json => true,
        Scalar::Text(_)
        | Scalar::Decimal { .. }
        | Scalar::Uuid
        | Scalar::Date
        | Scalar::Time
        | Scalar::DateTime
        | Scalar::Email
        | Scalar::Url
        | Scalar::Slug { .. }
        | Scalar::Secret(_) => json == "text",
    }
}

/// The code of a value of another JSON type.
pub(crate) fn type_code(design: &Design, ty: &Type) -> ErrorCode {
    match ty {
        Type::Enum(_) => ErrorCode::Enum,
        Type::List(_) => ErrorCode::ListType,
        Type::Reference(target) => {
            let target = &design.entities[*target];
            type_code(design, &target.fields[target.key].ty)
        }
        Type::Scalar(scalar) => match scalar {
            Scalar::Text(_) | Scalar::Email | Scalar::Slug { .. } | Scalar::Secret(_) | Scalar::Json => {
                ErrorCode::StringType
            }
            Scalar::Int(_) => ErrorCode::IntType,
            Scalar::Float(_) => ErrorCode::FloatType,
            Scalar::Decimal { .. } => ErrorCode::DecimalType,
            Scalar::Bool => ErrorCode::BoolType,
            Scalar::Uuid => ErrorCode::UuidType,
            Scalar::Date => ErrorCode::DateType,
            Scalar::Time => ErrorCode::TimeType,
            Scalar::DateTime => ErrorCode::DatetimeType,
            Scalar::Url => ErrorCode::UrlType,
        },
    }
}

/// A value that no other row holds, and that says whose it is where it is text.
pub(crate) fn fresh(ty: &Type, marker: &str, serial: u64, rng: &mut Rng) -> Option<Sample> {
    let Type::Scalar(scalar) = ty else { return None };
    let value = match scalar {
        Scalar::Text(text) => return fresh_text(text, marker, serial),
        Scalar::Slug { min, max } => {
            let padding = "a".repeat((*min as usize).saturating_sub(marker.len() + 4));
            bounded(&format!("{marker}{serial}{padding}"), *max)?
        }
        Scalar::Email => Json::from(format!("{marker}.{serial}@example.com")),
        Scalar::Url => Json::from(format!("https://example.com/{marker}/{serial}")),
        Scalar::Uuid => Json::from(rng.uuid()),
        Scalar::Int(bounds) => {
            let (min, max) = bounds.effective();
            let span = max.checked_sub(min).filter(|span| *span > 1_000)?;
            Json::from(min + i64::try_from(rng.next() % u64::try_from(span).ok()?).ok()?)
        }
        Scalar::Float(_)
        | Scalar::Decimal { .. }
        | Scalar::Bool
        | Scalar::Date
        | Scalar::Time
        | Scalar::DateTime
        | Scalar::Json
        | Scalar::Secret(_) => return None,
    };
    Some(Sample::plain(value))
}

fn fresh_text(text: &Text, marker: &str, serial: u64) -> Option<Sample> {
    if text.pattern.is_some() {
        return None;
    }
    let padding = "x".repeat((text.min as usize).saturating_sub(marker.len() + 2));
    let whole = format!("{marker} {serial}{padding}");
    bounded(&whole, text.max.unwrap_or(u32::MAX))
        .or_else(|| bounded(&serial.to_string(), text.max?))
        .map(Sample::plain)
}

fn bounded(text: &str, max: u32) -> Option<Json> {
    (text.chars().count() <= max as usize).then(|| Json::from(text))
}

/// Text that other languages would run, or that careless code cuts.
pub(crate) const CANARIES: [&str; 9] = [
    "'; DROP TABLE tasks; --",
    "\" OR \"\"=\"",
    "%_\\%",
    "{{7*7}} ${7*7} <%= 7*7 %>",
    "<script>alert(1)</script>",
    "a\r\nX-Injected: 1",
    "e\u{301} \u{1f469}\u{200d}\u{1f469}\u{200d}\u{1f467} \u{202e}abc",
    "\\u0041 \\n \\\\",
    "null",
];

/// Canaries that fit a text.
pub(crate) fn canaries(ty: &Type) -> Vec<Sample> {
    let Type::Scalar(Scalar::Text(text)) = ty else {
        return Vec::new();
    };
    let fits = |canary: &&&str| {
        let length = canary.chars().count();
        text.pattern.is_none()
            && length >= text.min as usize
            && text.max.is_none_or(|max| length <= max as usize)
    };
    CANARIES
        .iter()
        .filter(fits)
        .map(|canary| Sample::plain(Json::from(*canary)))
        .collect()
}
