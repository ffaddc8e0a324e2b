//! Values at the edges of a scalar: what a test sends.

use super::{Bounds, Scalar, Text};
use crate::http::ErrorCode;

/// Values of a scalar, as JSON text.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Samples {
    /// Values that fit, with the JSON text in which they come back.
    pub valid: Vec<(String, String)>,
    /// Values that do not fit.
    pub invalid: Vec<Invalid>,
}

/// A value that does not fit, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Invalid {
    /// The value as JSON text.
    pub json: String,
    /// The code of the mistake.
    pub code: ErrorCode,
}

impl Scalar {
    /// Values at the edges of the type, both ways. Wrong JSON types are left to the caller.
    pub fn samples(&self) -> Samples {
        match self {
            Self::Text(text) => text_samples(text),
            Self::Int(bounds) => int_samples(*bounds),
            Self::Float(bounds) => float_samples(*bounds),
            Self::Decimal { precision, scale } => decimal_samples(*precision, *scale),
            Self::Bool => Samples {
                valid: same(&["true", "false"]),
                invalid: Vec::new(),
            },
            Self::Uuid => uuid_samples(),
            Self::Date => date_samples(),
            Self::Time => time_samples(),
            Self::DateTime => datetime_samples(),
            Self::Email => email_samples(),
            Self::Url => url_samples(),
            Self::Slug { min, max } => slug_samples(*min, *max),
            Self::Json => Samples {
                valid: same(&["{\"a\":[1,true,null]}", "[]", "\"text\"", "0"]),
                invalid: Vec::new(),
            },
            Self::Secret(_) => Samples::default(),
        }
    }
}

fn same(texts: &[&str]) -> Vec<(String, String)> {
    texts
        .iter()
        .map(|text| ((*text).to_owned(), (*text).to_owned()))
        .collect()
}

fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

fn bad(json: impl Into<String>, code: ErrorCode) -> Invalid {
    Invalid {
        json: json.into(),
        code,
    }
}

fn text_samples(text: &Text) -> Samples {
    let mut samples = Samples::default();
    if text.pattern.is_none() {
        // One code point each, of four and of two bytes: a length in bytes or UTF-16 units shows.
        for unit in ["a", "\u{1f600}", "\u{e9}"] {
            let lengths = [text.min.max(1), text.max.unwrap_or(64).min(10_000)];
            samples.valid.extend(
                lengths
                    .iter()
                    .map(|n| quoted(&unit.repeat(*n as usize)))
                    .map(|v| (v.clone(), v)),
            );
            if let Some(max) = text.max.filter(|max| *max <= 10_000) {
                let long = quoted(&unit.repeat(max as usize + 1));
                samples.invalid.push(bad(long, ErrorCode::StringTooLong));
            }
        }
    }
    if text.min > 0 {
        samples.invalid.push(bad(
            quoted(&"a".repeat(text.min as usize - 1)),
            ErrorCode::StringTooShort,
        ));
        if text.trim {
            samples.invalid.push(bad(
                quoted(&" ".repeat(text.min as usize)),
                ErrorCode::StringTooShort,
            ));
        }
    }
    let filler = "a".repeat(text.min.saturating_sub(1) as usize);
    samples.invalid.push(bad(
        quoted(&format!("{filler}\\u0000")),
        ErrorCode::StringPatternMismatch,
    ));
    samples
}

fn int_samples(bounds: Bounds<i64>) -> Samples {
    let (min, max) = bounds.effective();
    let mut invalid = Vec::new();
    if let Some(less) = min.checked_sub(1) {
        invalid.push(bad(less.to_string(), ErrorCode::GreaterThanEqual));
    }
    if let Some(more) = max.checked_add(1) {
        invalid.push(bad(more.to_string(), ErrorCode::LessThanEqual));
    }
    invalid.push(bad("1.5", ErrorCode::IntType));
    Samples {
        valid: same(&[&min.to_string(), &max.to_string()]),
        invalid,
    }
}

fn float_samples(bounds: Bounds<f64>) -> Samples {
    let mut samples = Samples::default();
    let text = |value: f64| serde_json::Value::from(value).to_string();
    let mut valid = |value: f64| samples.valid.extend(same(&[&text(value)]));
    valid(bounds.min.unwrap_or(-1.5));
    valid(bounds.max.unwrap_or(1_234_567.25));
    if let (Some(min), Some(max)) = (bounds.min, bounds.max) {
        valid(min + (max - min) / 4.0);
    }
    if let Some(min) = bounds.min {
        let less = bad(format!("{:e}", min - 1.0), ErrorCode::GreaterThanEqual);
        samples.invalid.push(less);
    }
    if let Some(max) = bounds.max {
        let more = bad(format!("{:e}", max + 1.0), ErrorCode::LessThanEqual);
        samples.invalid.push(more);
    }
    samples
}

fn decimal_samples(precision: u8, scale: u8) -> Samples {
    let whole = usize::from(precision.saturating_sub(scale).max(1));
    let part = usize::from(scale);
    let point = |digits: String| {
        if part == 0 {
            String::new()
        } else {
            format!(".{digits}")
        }
    };
    let most = quoted(&format!("{}{}", "9".repeat(whole), point("9".repeat(part))));
    let zero = quoted(&format!("0{}", point("0".repeat(part))));
    let mut samples = Samples {
        valid: vec![(most.clone(), most), (quoted("0"), zero)],
        invalid: vec![
            bad(quoted("abc"), ErrorCode::DecimalParsing),
            bad(quoted(""), ErrorCode::DecimalParsing),
        ],
    };
    let long = quoted(&"9".repeat(whole + 1));
    samples.invalid.push(bad(long, ErrorCode::DecimalWholeDigits));
    let fine = quoted(&format!("0.{}", "1".repeat(part + 1)));
    samples.invalid.push(bad(fine, ErrorCode::DecimalMaxPlaces));
    samples
}

fn uuid_samples() -> Samples {
    let lower = quoted("019a6b7e-3c52-7c21-9f0e-6b1d2f3a4c5d");
    let upper = quoted("019A6B7E-3C52-7C21-9F0E-6B1D2F3A4C5D");
    Samples {
        valid: vec![(lower.clone(), lower.clone()), (upper, lower)],
        invalid: [
            "",
            "x",
            "019a6b7e3c527c219f0e6b1d2f3a4c5d",
            "019a6b7e-3c52-7c21-9f0e-6b1d2f3a4c5g",
        ]
        .map(|text| bad(quoted(text), ErrorCode::UuidParsing))
        .into(),
    }
}

fn date_samples() -> Samples {
    Samples {
        valid: same(&[
            "\"2026-11-21\"",
            "\"2024-02-29\"",
            "\"0001-01-01\"",
            "\"9999-12-31\"",
        ]),
        invalid: [
            "2026-02-29",
            "2026-13-01",
            "2026-1-1",
            "21.11.2026",
            "2026-11-21T00:00:00Z",
            "",
        ]
        .map(|text| bad(quoted(text), ErrorCode::DateFromDatetimeParsing))
        .into(),
    }
}

fn time_samples() -> Samples {
    Samples {
        valid: vec![
            (quoted("00:00:00"), quoted("00:00:00.000000")),
            (quoted("23:59:59.999999"), quoted("23:59:59.999999")),
            (quoted("08:05"), quoted("08:05:00.000000")),
        ],
        invalid: ["24:00:00", "12:60:00", "24:00", "8:05", "12:00:00Z", ""]
            .map(|text| bad(quoted(text), ErrorCode::TimeParsing))
            .into(),
    }
}

fn datetime_samples() -> Samples {
    Samples {
        valid: vec![
            (
                quoted("2026-11-21T10:00:00Z"),
                quoted("2026-11-21T10:00:00.000000Z"),
            ),
            (
                quoted("2026-11-21T12:00:00.5+02:00"),
                quoted("2026-11-21T10:00:00.500000Z"),
            ),
            (
                quoted("2024-02-29T23:59:59.123456-00:30"),
                quoted("2024-03-01T00:29:59.123456Z"),
            ),
        ],
        invalid: [
            "2026-11-21",
            "2026-11-21T10:00:00",
            "2026-02-30T10:00:00Z",
            "2026-11-21T25:00:00Z",
            "9999-12-31T23:59:59-05:00",
            "",
        ]
        .map(|text| bad(quoted(text), ErrorCode::DatetimeParsing))
        .into(),
    }
}

fn email_samples() -> Samples {
    let invalid = [
        "plain",
        "a@b",
        "@example.com",
        "a b@example.com",
        "a@example..com",
        "",
    ];
    Samples {
        valid: same(&["\"ada@example.com\"", "\"a.b+c@mail.example.org\""]),
        invalid: invalid
            .map(|text| bad(quoted(text), ErrorCode::ValueError))
            .into(),
    }
}

fn url_samples() -> Samples {
    let invalid = [
        "example.com",
        "ftp://example.com",
        "javascript:alert(1)",
        "http://",
        "https://a b",
        "",
    ];
    Samples {
        valid: same(&["\"https://example.com/a?b=c#d\"", "\"http://example.com\""]),
        invalid: invalid
            .map(|text| bad(quoted(text), ErrorCode::UrlParsing))
            .into(),
    }
}

fn slug_samples(min: u32, max: u32) -> Samples {
    let shortest = quoted(&"a".repeat(min.max(1) as usize));
    let longest = quoted(&"a".repeat(max as usize));
    let filler = "a".repeat(min.max(1) as usize);
    let mut samples = Samples {
        valid: vec![(shortest.clone(), shortest), (longest.clone(), longest)],
        invalid: vec![bad(
            quoted(&"a".repeat(max as usize + 1)),
            ErrorCode::StringTooLong,
        )],
    };
    if min > 1 {
        samples.invalid.push(bad(
            quoted(&"a".repeat(min as usize - 1)),
            ErrorCode::StringTooShort,
        ));
    }
    if max as usize > filler.len() + 1 {
        for text in [
            format!("{filler}-"),
            format!("-{filler}"),
            format!("A{filler}"),
            format!("{filler} "),
        ] {
            samples
                .invalid
                .push(bad(quoted(&text), ErrorCode::StringPatternMismatch));
        }
    }
    samples
}
