//! `Accept` and `Content-Type` (RFC 9110 §12.5.1, §8.3).

use groma_ir::http::Problem;
use hyper::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};

use super::answer::Refusal;

/// 406 when `Accept` leaves no room for JSON.
pub(crate) fn check_accept(headers: &HeaderMap) -> Result<(), Refusal> {
    let mut ranges = headers.get_all(ACCEPT).iter().peekable();
    if ranges.peek().is_none() || takes_json(ranges.filter_map(|value| value.to_str().ok())) {
        Ok(())
    } else {
        Err(Refusal::of(Problem::NotAcceptable))
    }
}

/// Whether the most specific range that fits JSON has a weight above zero.
fn takes_json<'h>(values: impl Iterator<Item = &'h str>) -> bool {
    let mut best: Option<(u8, bool)> = None;
    let mut is_empty = true;
    for range in values.flat_map(|value| value.split(',')) {
        let mut parts = range.split(';');
        let name = parts.next().unwrap_or_default().trim();
        is_empty &= name.is_empty();
        let Some(precision) = precision(name) else {
            continue;
        };
        let wanted = !parts.any(is_zero_weight);
        match best {
            Some((known, true)) if known == precision => {}
            Some((known, _)) if known > precision => {}
            _ => best = Some((precision, wanted)),
        }
    }
    is_empty || best.is_some_and(|(_, wanted)| wanted)
}

/// How exactly a range means JSON.
fn precision(range: &str) -> Option<u8> {
    if range.eq_ignore_ascii_case("application/json") {
        Some(2)
    } else if range.eq_ignore_ascii_case("application/*") {
        Some(1)
    } else if range == "*/*" {
        Some(0)
    } else {
        None
    }
}

fn is_zero_weight(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else {
        return false;
    };
    name.trim().eq_ignore_ascii_case("q") && value.trim().parse::<f32>().is_ok_and(|weight| weight <= 0.0)
}

/// 415 when a body is sent as something other than JSON in UTF-8, or packed (RFC 9110 §8.4).
pub(crate) fn check_content_type(headers: &HeaderMap, is_patch: bool, has_body: bool) -> Result<(), Refusal> {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let fits = match (values.next(), values.next()) {
        (None, _) => !has_body,
        (Some(value), None) => value.to_str().is_ok_and(|value| is_json(value, is_patch)),
        (Some(_), Some(_)) => false,
    };
    let is_plain = |coding: &HeaderValue| coding.as_bytes().eq_ignore_ascii_case(b"identity");
    if fits && headers.get_all(CONTENT_ENCODING).iter().all(is_plain) {
        Ok(())
    } else {
        Err(Refusal::of(Problem::UnsupportedMediaType))
    }
}

fn is_json(value: &str, is_patch: bool) -> bool {
    let mut parts = value.split(';');
    let name = parts.next().unwrap_or_default().trim();
    let fits = name.eq_ignore_ascii_case("application/json")
        || (is_patch && name.eq_ignore_ascii_case("application/merge-patch+json"));
    fits && parts.all(is_utf8)
}

/// Whether a parameter leaves the text in UTF-8: only `charset` could say otherwise.
fn is_utf8(parameter: &str) -> bool {
    match parameter.split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
            let value = value.trim().trim_matches('"');
            value.eq_ignore_ascii_case("utf-8") || value.eq_ignore_ascii_case("utf8")
        }
        _ => true,
    }
}
