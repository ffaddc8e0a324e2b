//! One realistic value of a scalar, chosen by the name of its field and fitted to its bounds.

use groma_ir::scalar::{Bounds, Scalar, Text};
use serde_json::{Value, json};

use super::names::{self, Pair};
use super::pattern;

/// When the example rows were made, and when they were changed.
pub(super) const MADE: &str = "2026-11-21T09:30:00.000000Z";
pub(super) const CHANGED: &str = "2026-11-21T10:05:12.480913Z";

/// What a value is for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    /// The name of the entity, report or action that holds it.
    pub(super) owner: &'a str,
    /// The name of the field.
    pub(super) field: &'a str,
    /// Whether it is the value after a change.
    pub(super) is_second: bool,
}

impl Place<'_> {
    fn of(&self, pair: Pair) -> &'static str {
        if self.is_second { pair.1 } else { pair.0 }
    }

    fn has(&self, words: &[&str]) -> bool {
        self.field
            .to_lowercase()
            .split('_')
            .any(|word| words.contains(&word))
    }
}

/// The value itself.
pub(super) fn value(scalar: &Scalar, place: Place<'_>) -> Value {
    match scalar {
        Scalar::Text(bounds) => json!(text(bounds, place)),
        Scalar::Int(bounds) => json!(int(*bounds, place)),
        Scalar::Float(bounds) => json!(float(*bounds, place)),
        Scalar::Decimal { precision, scale } => json!(decimal(*precision, *scale, place)),
        Scalar::Bool => json!(place.has(&["active", "enabled", "verified", "public"]) != place.is_second),
        Scalar::Uuid => json!(uuid(&format!("{}.{}", place.owner, place.field))),
        Scalar::Date => json!(date(place)),
        Scalar::Time => json!(if place.is_second {
            "14:00:00.000000"
        } else {
            "09:30:00.000000"
        }),
        Scalar::DateTime => json!(datetime(place)),
        Scalar::Email => json!(place.of(("ada@example.com", "grace@example.com"))),
        Scalar::Url => json!(url(place)),
        Scalar::Slug { min, max } => json!(slug(*min, *max, place)),
        Scalar::Json => json!({ "source": place.of(("import", "form")) }),
        Scalar::Secret(length) => json!(
            "k3Jv0yXo1bQmZ8tR"
                .chars()
                .cycle()
                .take(*length as usize)
                .collect::<String>()
        ),
    }
}

/// A UUID of version 7 that stands for a name: the same name, the same UUID.
pub(super) fn uuid(name: &str) -> String {
    let hash = fnv(name);
    let (b, c) = ((hash >> 48) & 0x0fff, hash & 0xffff_ffff_ffff);
    let variant = 0x8000 | ((hash >> 34) & 0x3fff);
    format!("01a1fd70-f1c0-7{b:03x}-{variant:04x}-{c:012x}")
}

/// Eight hexadecimal digits that stand for a name.
pub(super) fn token(name: &str) -> String {
    format!("{:08x}", fnv(name) >> 32)
}

/// FNV-1a, 64 bits: small, and the same everywhere.
fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

fn text(bounds: &Text, place: Place<'_>) -> String {
    let words = place.field.replace('_', " ");
    let fallback = if place.is_second {
        format!("Another {words}")
    } else {
        format!("Example {words}")
    };
    let named = names::by_field(place.owner, place.field).map(|pair| place.of(pair).to_owned());
    let text = fit(&named.unwrap_or(fallback), bounds.min, bounds.max);
    match &bounds.pattern {
        Some(pattern) if !pattern::is_match(pattern, &text) => {
            pattern::matching(pattern).map_or(text, |made| fit(&made, bounds.min, bounds.max))
        }
        Some(_) | None => text,
    }
}

/// The text itself, cut to the most characters and filled up to the fewest.
pub(super) fn fit(text: &str, min: u32, max: Option<u32>) -> String {
    let most = max.map_or(usize::MAX, |max| max as usize);
    let least = (min as usize).min(most);
    let cut: String = text.chars().take(most).collect();
    let cut = cut.trim_end();
    let missing = least.saturating_sub(cut.chars().count());
    format!("{cut}{}", "x".repeat(missing))
}

fn int(bounds: Bounds<i64>, place: Place<'_>) -> i64 {
    let pair = match () {
        () if place.has(&["year"]) => (2026, 2027),
        () if place.has(&["age"]) => (36, 37),
        () if place.has(&["rating", "stars", "score"]) => (4, 5),
        () if place.has(&["percent", "progress"]) => (40, 60),
        () if place.has(&["minutes", "duration", "estimate"]) => (45, 90),
        () if place.has(&["seats", "capacity", "stock"]) => (12, 16),
        () if place.has(&["position", "rank", "order", "index", "level"]) => (1, 2),
        () if place.has(&["price", "amount", "total", "cost", "cents"]) => (1990, 2490),
        () => (3, 4),
    };
    let (min, max) = bounds.effective();
    let wanted: i64 = if place.is_second { pair.1 } else { pair.0 };
    wanted.clamp(min, max.max(min))
}

fn float(bounds: Bounds<f64>, place: Place<'_>) -> f64 {
    let wanted: f64 = if place.is_second { 13.25 } else { 12.5 };
    let wanted = bounds.min.map_or(wanted, |min| wanted.max(min));
    bounds.max.map_or(wanted, |max| wanted.min(max))
}

/// `19.90` in as many digits as there is room for.
fn decimal(precision: u8, scale: u8, place: Place<'_>) -> String {
    let whole = usize::from(precision.saturating_sub(scale).max(1));
    let digits = if place.is_second { "24" } else { "19" };
    let digits = digits.get(2_usize.saturating_sub(whole)..).unwrap_or(digits);
    match usize::from(scale) {
        0 => digits.to_owned(),
        scale => format!("{digits}.{:0<scale$}", if scale == 1 { "9" } else { "90" }),
    }
}

fn date(place: Place<'_>) -> &'static str {
    match () {
        () if place.has(&["birth", "birthday", "born", "birthdate"]) => {
            place.of(("1990-05-17", "1991-05-17"))
        }
        () if place.has(&["due", "deadline", "start", "starts", "begin"]) => {
            place.of(("2026-12-01", "2026-12-04"))
        }
        () if place.has(&["end", "ends", "until", "expires", "finish"]) => {
            place.of(("2026-12-15", "2026-12-18"))
        }
        () => place.of(("2026-11-21", "2026-11-22")),
    }
}

fn datetime(place: Place<'_>) -> &'static str {
    match () {
        () if place.has(&["due", "deadline", "start", "starts", "remind", "scheduled"]) => {
            place.of(("2026-12-01T17:00:00.000000Z", "2026-12-04T17:00:00.000000Z"))
        }
        () if place.has(&["end", "ends", "until", "expires", "expiry"]) => {
            place.of(("2026-12-15T17:00:00.000000Z", "2026-12-18T17:00:00.000000Z"))
        }
        () => place.of((MADE, CHANGED)),
    }
}

fn url(place: Place<'_>) -> &'static str {
    let pair = names::by_field("", place.field).filter(|pair| pair.0.starts_with("https://"));
    place.of(pair.unwrap_or(("https://example.com/report", "https://example.com/report-2")))
}

/// The name of the row in lower case with hyphens.
fn slug(min: u32, max: u32, place: Place<'_>) -> String {
    let pair = names::by_entity(place.owner).unwrap_or(("first example", "second example"));
    let letters = place.of(pair).to_lowercase();
    let words: Vec<&str> = letters
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let cut: String = words.join("-").chars().take(max as usize).collect();
    fit(cut.trim_end_matches('-'), min.max(1), Some(max))
}
