//! A value that a right answer holds, or what is known of it when only the server can make it.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;

use super::value::same_json;

/// How far the clocks of both sides may be apart.
const SKEW: SignedDuration = SignedDuration::from_secs(60);

/// What is known of a value.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Slot {
    /// This value.
    Known(Json),
    /// The time of the request, so many seconds later.
    Now { offset: i64 },
    /// As [`Slot::Now`], or this value: a request that changed nothing may count as no write.
    NowOr(Json),
    /// The day of the request, so many seconds later.
    Today { offset: i64 },
    /// A fresh UUID of version 7.
    Uuid7,
    /// A fresh whole number.
    Identity,
    /// Text of so many characters that the server makes.
    Secret(u32),
}

impl Slot {
    /// Whether a value is what it should be; `since` is when the request was sent.
    pub(crate) fn accepts(&self, value: &Json, since: Timestamp) -> bool {
        match self {
            Self::Known(known) => same_json(known, value),
            Self::Now { offset } => is_instant(value, since, *offset),
            Self::NowOr(same) => value == same || is_instant(value, since, 0),
            Self::Today { offset } => is_day(value, since, *offset),
            Self::Uuid7 => value.as_str().is_some_and(is_uuid7),
            Self::Identity => value.as_i64().is_some_and(|key| key > 0),
            Self::Secret(length) => value
                .as_str()
                .is_some_and(|text| text.chars().count() == *length as usize),
        }
    }

    /// What it should be, for people.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Known(known) => known.to_string(),
            Self::Now { offset: 0 } => "the time of the request, as `YYYY-MM-DDTHH:MM:SS.ffffffZ`".to_owned(),
            Self::Now { offset } => format!("the time of the request plus {offset} s"),
            Self::NowOr(same) => format!("{same} or the time of the request"),
            Self::Today { offset: 0 } => "the day of the request".to_owned(),
            Self::Today { offset } => format!("the day of the request plus {offset} s"),
            Self::Uuid7 => "a lower-case UUID of version 7".to_owned(),
            Self::Identity => "a positive whole number".to_owned(),
            Self::Secret(length) => format!("{length} characters of the server's own"),
        }
    }

    /// The value that is known before an answer came; null otherwise.
    pub(crate) fn known(&self) -> Json {
        match self {
            Self::Known(known) | Self::NowOr(known) => known.clone(),
            Self::Now { .. } | Self::Today { .. } | Self::Uuid7 | Self::Identity | Self::Secret(_) => {
                Json::Null
            }
        }
    }
}

/// An instant as it leaves: UTC with six digits of a second.
pub(crate) fn instant_text(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

/// The current instant, so many seconds later, as it leaves.
pub(crate) fn later(at: Timestamp, offset: i64) -> Timestamp {
    at.checked_add(SignedDuration::from_secs(offset)).unwrap_or(at)
}

fn is_instant(value: &Json, since: Timestamp, offset: i64) -> bool {
    let Some(text) = value.as_str() else { return false };
    let Ok(at) = text.parse::<Timestamp>() else {
        return false;
    };
    instant_text(at) == text && is_near(at, since, offset)
}

fn is_near(at: Timestamp, since: Timestamp, offset: i64) -> bool {
    at.duration_since(later(since, offset)).abs() <= SKEW
}

fn is_day(value: &Json, since: Timestamp, offset: i64) -> bool {
    let days = [-SKEW, SKEW].map(|skew| {
        let at = later(since, offset).checked_add(skew).unwrap_or(since);
        at.strftime("%Y-%m-%d").to_string()
    });
    value
        .as_str()
        .is_some_and(|text| days.iter().any(|day| day == text))
}

fn is_uuid7(text: &str) -> bool {
    text.len() == 36
        && text.chars().enumerate().all(|(at, letter)| match at {
            8 | 13 | 18 | 23 => letter == '-',
            14 => letter == '7',
            19 => matches!(letter, '8' | '9' | 'a' | 'b'),
            _ => letter.is_ascii_digit() || ('a'..='f').contains(&letter),
        })
}
