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
use crate::pattern::Pattern;

mod fresh;

pub(crate) use fresh::{Mint, fresh, fresh_edges};

/// How many texts are made for a pattern.
const PATTERNED: u64 = 4;

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
    match scalar {
        Scalar::Text(text) => {
            samples.extend(patterned(text));
            samples.extend(trimmed(text));
        }
        Scalar::Secret(length) => samples.push(Sample::plain(Json::from("s".repeat(*length as usize)))),
        _ => {}
    }
    samples
}

/// Texts that match a pattern.
fn patterned(text: &Text) -> Vec<Sample> {
    let Some(pattern) = Pattern::of(text) else {
        return Vec::new();
    };
    let mut made: Vec<String> = (0..PATTERNED).filter_map(|seed| pattern.example(seed)).collect();
    made.dedup();
    made.into_iter()
        .map(|text| Sample::plain(Json::from(text)))
        .collect()
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

/// How many values a type has, where they are few.
pub(crate) fn count(design: &Design, ty: &Type) -> u64 {
    match ty {
        Type::Enum(of) => design.enums[*of].variants.len() as u64,
        Type::Scalar(Scalar::Bool) => 2,
        Type::Scalar(Scalar::Int(bounds)) => {
            let (min, max) = bounds.effective();
            u64::try_from(i128::from(max) - i128::from(min) + 1).unwrap_or(u64::MAX)
        }
        Type::Scalar(Scalar::Text(Text { max: Some(1), .. }) | Scalar::Slug { max: 1, .. }) => 26,
        Type::Scalar(_) | Type::Reference(_) | Type::List(_) => u64::MAX,
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
    let made = Pattern::of(text)?.counter_example()?;
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
    let bad = misfits(design, &list.item)
        .into_iter()
        .filter(|item| item.json.len() < 2000);
    all.extend(bad.map(|item| Misfit {
        json: list_ending_in(&items, list, &item.json),
        below: format!("/{}{}", list.min.saturating_sub(1), item.below),
        name: format!("item-{}", item.name),
        ..item
    }));
    all
}

/// The shortest list that may hold an item, with this one at its end.
fn list_ending_in(items: &[Sample], list: &ListType, last: &str) -> String {
    let before = list_of(items, list.min.saturating_sub(1)).sent;
    let before = before
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or_default();
    let comma = if before.is_empty() { "" } else { "," };
    format!("[{before}{comma}{last}]")
}

/// Numbers that no 64 bits hold, alone or as the item of a list.
pub(crate) fn huge(design: &Design, ty: &Type) -> Vec<(&'static str, String)> {
    let texts: &[&'static str] = match ty {
        Type::Scalar(Scalar::Int(_)) => &[
            "9223372036854775808",
            "-9223372036854775809",
            "1e400",
            "123456789012345678901234567890",
        ],
        Type::Scalar(Scalar::Float(_)) => &["1e400", "-1e400"],
        Type::List(list) => {
            let items = fitting(design, &list.item);
            let huge = huge(design, &list.item).into_iter();
            return huge
                .map(|(name, json)| (name, list_ending_in(&items, list, &json)))
                .collect();
        }
        Type::Scalar(_) | Type::Enum(_) | Type::Reference(_) => &[],
    };
    texts.iter().map(|text| (*text, (*text).to_owned())).collect()
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
