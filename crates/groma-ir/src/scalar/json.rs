//! What a scalar looks like in JSON: the facts that a schema states and a decoder holds to.

use super::{Scalar, Text};

/// The JSON form of a scalar, as JSON Schema 2020-12 says it.
#[derive(Clone, PartialEq, Debug)]
pub struct JsonType {
    /// The JSON type.
    pub kind: JsonKind,
    /// The `format` annotation.
    pub format: Option<&'static str>,
    /// A regular expression (ECMA-262) that every value matches somewhere.
    pub patterns: Vec<String>,
    /// The fewest code points.
    pub min_length: Option<u32>,
    /// The most code points.
    pub max_length: Option<u32>,
    /// The smallest number.
    pub minimum: Option<f64>,
    /// The largest number.
    pub maximum: Option<f64>,
}

/// A JSON type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum JsonKind {
    /// `"..."`.
    String,
    /// A number without a fraction.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// Anything.
    Any,
}

/// No U+0000 anywhere: PostgreSQL cannot store it.
const NO_NUL: &str = r"^[^\u0000]*$";
/// A character that is not white space, for text that is trimmed and may not be empty. ECMA-262's `\s` lacks
/// U+0085, which Unicode counts as white space.
const NOT_BLANK: &str = r"[^\s\u0085]";
/// The year 0001 to 9999, RFC 3339 `full-date`.
const DATE: &str = r"^\d{4}-\d{2}-\d{2}$";
/// RFC 3339 `date-time` with an offset.
const DATE_TIME: &str = r"^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$";
/// RFC 3339 `partial-time`, or hours and minutes alone.
const TIME: &str = r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?$";
/// What an email address must look like: one `@`, a dotted domain of letters, digits and hyphens.
const EMAIL: &str = r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+$";
/// An absolute web address without white space or control characters.
const URL: &str = r#"^https?://[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?([/?#][!-~]*)?$"#;
/// Words of lower-case letters and digits, joined by single hyphens.
const SLUG: &str = r"^[a-z0-9]+(-[a-z0-9]+)*$";
/// RFC 9562, in any case.
const UUID: &str = r"^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$";

impl Scalar {
    /// What a value looks like in JSON.
    pub fn json(&self) -> JsonType {
        match self {
            Self::Text(text) => text_json(text),
            Self::Int(bounds) => {
                let (min, max) = bounds.effective();
                numbers(JsonKind::Integer, Some(float(min)), Some(float(max)))
            }
            Self::Float(bounds) => numbers(JsonKind::Number, bounds.min, bounds.max),
            Self::Decimal { precision, scale } => matching(&decimal_pattern(*precision, *scale)),
            Self::Bool => plain(JsonKind::Boolean),
            Self::Uuid => JsonType {
                format: Some("uuid"),
                ..matching(UUID)
            },
            Self::Date => JsonType {
                format: Some("date"),
                ..matching(DATE)
            },
            Self::Time => matching(TIME),
            Self::DateTime => JsonType {
                format: Some("date-time"),
                ..matching(DATE_TIME)
            },
            Self::Email => JsonType {
                format: Some("email"),
                max_length: Some(254),
                ..matching(EMAIL)
            },
            Self::Url => JsonType {
                format: Some("uri"),
                max_length: Some(2048),
                ..matching(URL)
            },
            Self::Slug { min, max } => JsonType {
                min_length: Some(*min),
                max_length: Some(*max),
                ..matching(SLUG)
            },
            Self::Json => plain(JsonKind::Any),
            Self::Secret(length) => JsonType {
                min_length: Some(*length),
                max_length: Some(*length),
                ..matching(r"^[A-Za-z0-9_-]*$")
            },
        }
    }
}

fn text_json(text: &Text) -> JsonType {
    let mut patterns = vec![NO_NUL.to_owned()];
    if text.trim {
        patterns.extend(trimmed(text.min));
    }
    patterns.extend(text.pattern.clone());
    JsonType {
        patterns,
        min_length: Some(text.min).filter(|min| *min > 0),
        max_length: text.max,
        ..plain(JsonKind::String)
    }
}

/// Text that has at least so many code points when the white space at both its ends is gone.
fn trimmed(min: u32) -> Option<String> {
    match min.checked_sub(2) {
        Some(0) => Some(format!(r"{NOT_BLANK}[\s\S]*{NOT_BLANK}")),
        Some(between) => Some(format!(r"{NOT_BLANK}[\s\S]{{{between},}}{NOT_BLANK}")),
        None => (min == 1).then(|| NOT_BLANK.to_owned()),
    }
}

/// Digits before the point and after it, as many as the precision leaves, no sign of plus, no bare point.
fn decimal_pattern(precision: u8, scale: u8) -> String {
    let whole = precision.saturating_sub(scale).max(1);
    match scale {
        0 => format!(r"^-?\d{{1,{whole}}}$"),
        _ => format!(r"^-?\d{{1,{whole}}}(\.\d{{1,{scale}}})?$"),
    }
}

fn plain(kind: JsonKind) -> JsonType {
    JsonType {
        kind,
        format: None,
        patterns: Vec::new(),
        min_length: None,
        max_length: None,
        minimum: None,
        maximum: None,
    }
}

fn matching(pattern: &str) -> JsonType {
    JsonType {
        patterns: vec![pattern.to_owned()],
        ..plain(JsonKind::String)
    }
}

fn numbers(kind: JsonKind, minimum: Option<f64>, maximum: Option<f64>) -> JsonType {
    JsonType {
        minimum,
        maximum,
        ..plain(kind)
    }
}

/// Bounds beyond 2^53 lose their last digits in a schema; a decoder holds to the exact ones.
#[expect(
    clippy::cast_precision_loss,
    reason = "a schema's bounds are doubles wherever they are read"
)]
fn float(bound: i64) -> f64 {
    bound as f64
}
