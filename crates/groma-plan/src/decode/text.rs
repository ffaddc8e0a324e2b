//! Scalars that are text on the wire: text itself, and what has a form of its own.

use groma_ir::http::ErrorCode;
use groma_ir::scalar::Text;

use super::shape::Pattern;
use crate::failure::Mistake;
use crate::{Value, time};

type Parsed = Result<Value, Mistake>;

pub(crate) fn parse_text(bounds: &Text, pattern: &Pattern, text: &str) -> Parsed {
    let text = if bounds.trim { text.trim() } else { text };
    if text.contains('\0') {
        return Err(nul());
    }
    check_length(text, bounds.min, bounds.max)?;
    let matches = match pattern {
        Pattern::None => true,
        Pattern::Compiled(regex) => regex.is_match(text),
        Pattern::Broken => false,
    };
    if !matches {
        let wanted = bounds.pattern.as_deref().unwrap_or_default();
        return Err(Mistake::new(
            ErrorCode::StringPatternMismatch,
            format!("The text must match the pattern `{wanted}`."),
        ));
    }
    Ok(Value::Text(text.to_owned()))
}

/// U+0000, which PostgreSQL cannot store.
pub(crate) fn nul() -> Mistake {
    Mistake::new(ErrorCode::StringPatternMismatch, "Text must not contain U+0000.")
}

fn check_length(text: &str, min: u32, max: Option<u32>) -> Result<(), Mistake> {
    let length = text.chars().count();
    if length < min as usize {
        let unit = if min == 1 { "character" } else { "characters" };
        return Err(Mistake::new(
            ErrorCode::StringTooShort,
            format!("The text must have at least {min} {unit}."),
        ));
    }
    match max {
        Some(max) if length > max as usize => {
            let unit = if max == 1 { "character" } else { "characters" };
            let detail = format!("The text must have at most {max} {unit}.");
            Err(Mistake::new(ErrorCode::StringTooLong, detail))
        }
        _ => Ok(()),
    }
}

pub(crate) fn parse_uuid(text: &str) -> Parsed {
    let wrong = || {
        Mistake::new(
            ErrorCode::UuidParsing,
            "A UUID is expected, such as `019a6b7e-3c52-7c21-9f0e-6b1d2f3a4c5d`.",
        )
    };
    if text.len() != 36 {
        return Err(wrong());
    }
    let mut bytes = [0_u8; 16];
    let mut nibbles = 0;
    for (place, char) in text.bytes().enumerate() {
        if matches!(place, 8 | 13 | 18 | 23) {
            if char != b'-' {
                return Err(wrong());
            }
            continue;
        }
        let digit = char::from(char)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok());
        let (Some(digit), Some(byte)) = (digit, bytes.get_mut(nibbles / 2)) else {
            return Err(wrong());
        };
        *byte = *byte << 4 | digit;
        nibbles += 1;
    }
    Ok(Value::Uuid(bytes))
}

pub(crate) fn parse_date(text: &str) -> Parsed {
    match time::parse_date(text.as_bytes()) {
        Ok(days) => Ok(Value::Date(days)),
        Err(_) => Err(Mistake::new(
            ErrorCode::DateFromDatetimeParsing,
            "A date of the calendar is expected, such as `2026-11-21`.",
        )),
    }
}

pub(crate) fn parse_time(text: &str) -> Parsed {
    match time::parse_time(text.as_bytes()) {
        Ok(micros) => Ok(Value::Time(micros)),
        Err(_) => Err(Mistake::new(
            ErrorCode::TimeParsing,
            "A time of day is expected, such as `10:30:00`.",
        )),
    }
}

pub(crate) fn parse_timestamp(text: &str) -> Parsed {
    let detail = match time::parse_timestamp(text.as_bytes()) {
        Ok(micros) => return Ok(Value::Timestamp(micros)),
        Err(time::Wrong::NoOffset) => {
            "A date and time needs a time and an offset, such as `2026-11-21T10:00:00Z`."
        }
        Err(time::Wrong::Form | time::Wrong::Range) => {
            "A date and time with an offset is expected, such as `2026-11-21T10:00:00Z`."
        }
    };
    Err(Mistake::new(ErrorCode::DatetimeParsing, detail))
}

/// One `@`, a plain local part, a dotted domain: the form that `Scalar::json` publishes.
pub(crate) fn parse_email(text: &str) -> Parsed {
    let is_email = text.len() <= 254
        && text.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && local.bytes().all(is_local) && domain.contains('.') && is_domain(domain)
        });
    if is_email {
        return Ok(Value::Text(text.to_owned()));
    }
    Err(Mistake::new(
        ErrorCode::ValueError,
        "An email address is expected, such as `ada@example.com`.",
    ))
}

fn is_local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&byte)
}

fn is_domain(domain: &str) -> bool {
    domain.split('.').all(|label| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    })
}

/// An absolute web address: the form that `Scalar::json` publishes.
pub(crate) fn parse_url(text: &str) -> Parsed {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    if rest.is_some_and(is_address) && text.len() <= 2048 {
        return Ok(Value::Text(text.to_owned()));
    }
    Err(Mistake::new(
        ErrorCode::UrlParsing,
        "A web address of at most 2,048 characters is expected, such as `https://example.com/`.",
    ))
}

fn is_address(rest: &str) -> bool {
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    };
    let is_edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    is_edge(host.as_bytes().first())
        && is_edge(host.as_bytes().last())
        && host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
        && port.is_none_or(|port| (1..=5).contains(&port.len()) && port.bytes().all(|b| b.is_ascii_digit()))
        && tail.bytes().all(|byte| byte.is_ascii_graphic())
}

pub(crate) fn parse_slug((min, max): (u32, u32), text: &str) -> Parsed {
    check_length(text, min, Some(max))?;
    let is_word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    if text.split('-').all(is_word) {
        return Ok(Value::Text(text.to_owned()));
    }
    Err(Mistake::new(
        ErrorCode::StringPatternMismatch,
        "Words of lower-case letters and digits, joined by single hyphens, are expected.",
    ))
}
