//! The scalar types of fields: one entry says what a value looks like everywhere.
//!
//! A server decodes by [`Scalar`], a document describes by [`Scalar::json`], a database stores by
//! [`Scalar::storage`], and the verifier draws its boundary cases from [`Scalar::samples`].

mod json;
mod samples;

pub use json::{JsonKind, JsonType};
pub use samples::{Invalid, Samples};

/// A type of one value.
#[derive(Clone, PartialEq, Debug)]
pub enum Scalar {
    /// Unicode text; its length counts code points, and U+0000 is refused.
    Text(Text),
    /// A whole number; without bounds it stays within ±(2^53 − 1), which every client can hold.
    Int(Bounds<i64>),
    /// A finite IEEE 754 double.
    Float(Bounds<f64>),
    /// A decimal number of at most so many digits, so many of them after the point; a JSON string.
    Decimal {
        /// All digits, at most 18.
        precision: u8,
        /// Digits after the point.
        scale: u8,
    },
    /// `true` or `false`.
    Bool,
    /// A UUID (RFC 9562), lower case with hyphens when it leaves.
    Uuid,
    /// A calendar date, `YYYY-MM-DD` (RFC 3339 full-date).
    Date,
    /// A time of day, `HH:MM` or `HH:MM:SS` with up to six digits of a second.
    Time,
    /// An instant: RFC 3339 with an offset; leaves in UTC with six digits of a second.
    DateTime,
    /// An email address of at most 254 characters.
    Email,
    /// An absolute `http` or `https` URL of at most 2,048 characters.
    Url,
    /// Lower-case letters, digits and single hyphens.
    Slug {
        /// The fewest characters.
        min: u32,
        /// The most characters.
        max: u32,
    },
    /// Any JSON value.
    Json,
    /// Random text that the server makes, of this many characters.
    Secret(u32),
}

/// Text and its bounds.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Text {
    /// The fewest code points, counted after trimming.
    pub min: u32,
    /// The most code points.
    pub max: Option<u32>,
    /// White space at both ends is removed before anything is checked.
    pub trim: bool,
    /// A regular expression that must match somewhere (anchor it with `^` and `$`).
    pub pattern: Option<String>,
}

/// Inclusive bounds of a number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bounds<N> {
    /// The smallest value.
    pub min: Option<N>,
    /// The largest value.
    pub max: Option<N>,
}

impl<N> Default for Bounds<N> {
    fn default() -> Self {
        Self { min: None, max: None }
    }
}

/// The largest whole number that every JSON client can hold: 2^53 − 1.
pub const SAFE_INT: i64 = 9_007_199_254_740_991;

impl Bounds<i64> {
    /// The bounds that hold: the declared ones, otherwise ±(2^53 − 1).
    pub fn effective(self) -> (i64, i64) {
        (self.min.unwrap_or(-SAFE_INT), self.max.unwrap_or(SAFE_INT))
    }
}

/// How a value is kept in a database: the handful of classes that a driver binds and reads.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum StorageClass {
    /// Text.
    Text,
    /// A 64-bit whole number.
    Int,
    /// A double.
    Float,
    /// A decimal number with so many digits after the point.
    Decimal {
        /// All digits.
        precision: u8,
        /// Digits after the point.
        scale: u8,
    },
    /// A boolean.
    Bool,
    /// A UUID.
    Uuid,
    /// A calendar date.
    Date,
    /// A time of day.
    Time,
    /// An instant at microseconds.
    Timestamp,
    /// JSON; lists are kept so too.
    Json,
}

impl Scalar {
    /// The name in the design: `datetime`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Int(_) => "int",
            Self::Float(_) => "float",
            Self::Decimal { .. } => "decimal",
            Self::Bool => "bool",
            Self::Uuid => "uuid",
            Self::Date => "date",
            Self::Time => "time",
            Self::DateTime => "datetime",
            Self::Email => "email",
            Self::Url => "url",
            Self::Slug { .. } => "slug",
            Self::Json => "json",
            Self::Secret(_) => "secret",
        }
    }

    /// How a value is kept in a database.
    pub fn storage(&self) -> StorageClass {
        match self {
            Self::Text(_) | Self::Email | Self::Url | Self::Slug { .. } | Self::Secret(_) => {
                StorageClass::Text
            }
            Self::Int(_) => StorageClass::Int,
            Self::Float(_) => StorageClass::Float,
            Self::Decimal { precision, scale } => StorageClass::Decimal {
                precision: *precision,
                scale: *scale,
            },
            Self::Bool => StorageClass::Bool,
            Self::Uuid => StorageClass::Uuid,
            Self::Date => StorageClass::Date,
            Self::Time => StorageClass::Time,
            Self::DateTime => StorageClass::Timestamp,
            Self::Json => StorageClass::Json,
        }
    }

    /// Whether `<` means something to a user: numbers, dates and times.
    pub fn is_ordered(&self) -> bool {
        match self {
            Self::Int(_)
            | Self::Float(_)
            | Self::Decimal { .. }
            | Self::Date
            | Self::Time
            | Self::DateTime => true,
            Self::Text(_)
            | Self::Bool
            | Self::Uuid
            | Self::Email
            | Self::Url
            | Self::Slug { .. }
            | Self::Json
            | Self::Secret(_) => false,
        }
    }

    /// Whether it is a number that can be summed.
    pub fn is_numeric(&self) -> bool {
        matches!(self, Self::Int(_) | Self::Float(_) | Self::Decimal { .. })
    }

    /// Whether it is text that can be searched.
    pub fn is_textual(&self) -> bool {
        matches!(self, Self::Text(_) | Self::Email | Self::Url | Self::Slug { .. })
    }
}

impl std::fmt::Display for Scalar {
    /// As the design writes it, without modifiers: `text(1..200)`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = self.name();
        match self {
            Self::Text(text) => write!(
                f,
                "{name}{}",
                range(&text.min.to_string(), text.max, text.min > 0)
            ),
            Self::Int(bounds) => write!(f, "{name}{}", bounds_text(*bounds)),
            Self::Float(bounds) => write!(f, "{name}{}", bounds_text(*bounds)),
            Self::Decimal { precision, scale } => write!(f, "{name}({precision}, {scale})"),
            Self::Slug { min, max } => write!(f, "{name}({min}..{max})"),
            Self::Secret(length) => write!(f, "{name}({length})"),
            Self::Bool
            | Self::Uuid
            | Self::Date
            | Self::Time
            | Self::DateTime
            | Self::Email
            | Self::Url
            | Self::Json => f.write_str(name),
        }
    }
}

fn range(min: &str, max: Option<u32>, has_min: bool) -> String {
    let min = if has_min { min } else { "" };
    match max {
        Some(max) => format!("({min}..{max})"),
        None if has_min => format!("({min}..)"),
        None => String::new(),
    }
}

fn bounds_text<N: std::fmt::Display>(bounds: Bounds<N>) -> String {
    match (bounds.min, bounds.max) {
        (None, None) => String::new(),
        (Some(min), None) => format!("({min}..)"),
        (None, Some(max)) => format!("(..{max})"),
        (Some(min), Some(max)) => format!("({min}..{max})"),
    }
}
