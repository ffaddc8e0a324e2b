//! Scalars that are numbers.

use groma_ir::http::ErrorCode;
use groma_ir::scalar::Bounds;

use super::json::{Json, Kind, Syntax, is_number};
use crate::Value;
use crate::failure::Mistake;

type Parsed = Result<Value, Mistake>;

/// Reads a whole number of a body: `1`, never `1.0` or `"1"`.
pub(crate) fn read_int(json: &mut Json<'_>, bounds: Bounds<i64>) -> Result<Parsed, Syntax> {
    let wrong = || Mistake::new(ErrorCode::IntType, "A whole number is expected.");
    if json.kind()? != Kind::Number {
        json.skip()?;
        return Ok(Err(wrong()));
    }
    let text = json.number_that_fits()?;
    Ok(if text.bytes().all(is_int_byte) {
        fit_int(bounds, text)
    } else {
        Err(wrong())
    })
}

/// Reads a whole number of a path or a query.
pub(crate) fn parse_int(bounds: Bounds<i64>, text: &str) -> Parsed {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Mistake::new(ErrorCode::IntParsing, "A whole number is expected."));
    }
    fit_int(bounds, text)
}

fn is_int_byte(byte: u8) -> bool {
    byte.is_ascii_digit() || byte == b'-'
}

/// The text is a whole number; one that no 64 bits hold is beyond any bound, on the side of its sign.
fn fit_int(bounds: Bounds<i64>, text: &str) -> Parsed {
    let (min, max) = bounds.effective();
    match text.parse::<i64>() {
        Ok(value) if (min..=max).contains(&value) => Ok(Value::Int(value)),
        Ok(value) if value < min => Err(too_small(min)),
        Err(_) if text.starts_with('-') => Err(too_small(min)),
        Ok(_) | Err(_) => Err(too_large(max)),
    }
}

/// Reads a number of a body, with or without a fraction.
pub(crate) fn read_float(json: &mut Json<'_>, bounds: Bounds<f64>) -> Result<Parsed, Syntax> {
    if json.kind()? != Kind::Number {
        json.skip()?;
        return Ok(Err(Mistake::new(ErrorCode::FloatType, "A number is expected.")));
    }
    let text = json.number_that_fits()?;
    Ok(fit_float(bounds, text))
}

/// Reads a number of a query, spelled as in JSON.
pub(crate) fn parse_float(bounds: Bounds<f64>, text: &str) -> Parsed {
    if !is_number(text) {
        return Err(Mistake::new(ErrorCode::FloatParsing, "A number is expected."));
    }
    fit_float(bounds, text)
}

fn fit_float(bounds: Bounds<f64>, text: &str) -> Parsed {
    let value = text.parse::<f64>().unwrap_or(f64::NAN);
    if !value.is_finite() {
        return Err(Mistake::new(
            ErrorCode::FiniteNumber,
            "The number does not fit a double.",
        ));
    }
    match (bounds.min, bounds.max) {
        (Some(min), _) if value < min => Err(too_small(min)),
        (_, Some(max)) if value > max => Err(too_large(max)),
        _ => Ok(Value::Float(value)),
    }
}

fn too_small(min: impl std::fmt::Display) -> Mistake {
    Mistake::new(
        ErrorCode::GreaterThanEqual,
        format!("The number must be {min} or more."),
    )
}

fn too_large(max: impl std::fmt::Display) -> Mistake {
    Mistake::new(
        ErrorCode::LessThanEqual,
        format!("The number must be {max} or less."),
    )
}

/// Reads a decimal number: `-12.5`, with no more digits on either side of the point than declared.
pub(crate) fn parse_decimal(precision: u8, scale: u8, text: &str) -> Parsed {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = match digits.split_once('.') {
        Some((whole, part)) => (whole, Some(part)),
        None => (digits, None),
    };
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !part.is_none_or(is_digits) {
        return Err(Mistake::new(
            ErrorCode::DecimalParsing,
            "A decimal number is expected, such as `12.50`.",
        ));
    }
    let part = part.unwrap_or_default();
    let most = usize::from(precision.saturating_sub(scale).max(1));
    if part.len() > usize::from(scale) {
        let detail = format!("At most {scale} digits may stand after the point.");
        return Err(Mistake::new(ErrorCode::DecimalMaxPlaces, detail));
    }
    let units = if whole.len() > most {
        None
    } else {
        units(whole, part, scale)
    };
    let Some(units) = units else {
        let detail = format!("At most {most} digits may stand before the point.");
        return Err(Mistake::new(ErrorCode::DecimalWholeDigits, detail));
    };
    Ok(Value::Decimal {
        units: if text.starts_with('-') { -units } else { units },
        scale,
    })
}

fn units(whole: &str, part: &str, scale: u8) -> Option<i64> {
    let zeros = std::iter::repeat_n(b'0', usize::from(scale).saturating_sub(part.len()));
    let mut digits = whole.bytes().chain(part.bytes()).chain(zeros);
    digits.try_fold(0_i64, |units, digit| {
        units.checked_mul(10)?.checked_add(i64::from(digit - b'0'))
    })
}
