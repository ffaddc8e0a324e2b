//! One cell, as the bytes of JSON and as a typed value: the same whichever database gave it.

use groma_ir::scalar::{Scalar, StorageClass};

use super::{Cell, write_string};
use crate::Value;
use crate::decode::json::Json;
use crate::decode::shape::One;
use crate::time::{date_text, time_text, timestamp_text};
use crate::value::{uuid_text, write_decimal};

/// How a cell is written as JSON.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encode {
    /// A string as it is stored.
    Text,
    /// A number.
    Number,
    /// `true` or `false`.
    Bool,
    /// A decimal string.
    Decimal(u8),
    /// JSON as it is stored.
    Json,
    /// JSON in a table that is not ours, which may be no JSON.
    ForeignJson,
}

impl Encode {
    pub(crate) fn of(one: &One, is_ours: bool) -> Self {
        let One::Scalar(scalar, _) = one else {
            return Self::Text;
        };
        match scalar.storage() {
            StorageClass::Int | StorageClass::Float => Self::Number,
            StorageClass::Bool => Self::Bool,
            StorageClass::Decimal { scale, .. } => Self::Decimal(scale),
            StorageClass::Json if is_ours => Self::Json,
            StorageClass::Json => Self::ForeignJson,
            StorageClass::Text
            | StorageClass::Uuid
            | StorageClass::Date
            | StorageClass::Time
            | StorageClass::Timestamp => Self::Text,
        }
    }

    /// Writes a cell.
    pub fn write(self, cell: Cell<'_>, out: &mut Vec<u8>) {
        match (self, cell) {
            (_, Cell::Null) => out.extend_from_slice(b"null"),
            (Self::Bool, cell) => write_bool(cell.is_true(), out),
            (Self::Decimal(scale), Cell::Int(units)) => write_quoted_decimal(units, scale, out),
            (Self::Decimal(scale), Cell::Float(units)) if units.is_finite() => write_large(out, units, scale),
            (Self::Decimal(scale), Cell::Decimal { units, scale: held }) => {
                match rescaled(units, held, scale) {
                    Some(units) => write_quoted_decimal(units, scale, out),
                    None => write_quoted_decimal(units, held, out),
                }
            }
            (Self::Json, Cell::Text(text)) => out.extend_from_slice(text.as_bytes()),
            (Self::ForeignJson, Cell::Text(text)) => write_foreign_json(text, out),
            (_, Cell::Json(text)) => write_compact(text, out),
            (_, Cell::Int(number)) => out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes()),
            (_, Cell::Float(number)) if number.is_finite() => {
                out.extend_from_slice(zmij::Buffer::new().format_finite(number).as_bytes());
            }
            (_, Cell::Float(_)) => out.extend_from_slice(b"null"),
            (_, Cell::Text(text)) => write_string(out, text),
            (_, Cell::Bool(value)) => write_bool(value, out),
            (_, Cell::Uuid(bytes)) => write_quoted(&uuid_text(&bytes), out),
            (_, Cell::Timestamp(micros)) => write_quoted(&timestamp_text(micros), out),
            (_, Cell::Date(days)) => write_quoted(&date_text(days), out),
            (_, Cell::Time(micros)) => write_quoted(&time_text(micros), out),
            (_, Cell::Decimal { units, scale }) => write_decimal(out, units, scale),
        }
    }
}

fn write_bool(value: bool, out: &mut Vec<u8>) {
    out.extend_from_slice(if value { b"true" } else { b"false" });
}

/// Writes text of which no character needs an escape.
fn write_quoted(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(text);
    out.push(b'"');
}

fn write_quoted_decimal(units: i64, scale: u8, out: &mut Vec<u8>) {
    out.push(b'"');
    write_decimal(out, units, scale);
    out.push(b'"');
}

/// The same number with another count of digits after the point, where that loses nothing.
fn rescaled(units: i64, from: u8, to: u8) -> Option<i64> {
    let factor = 10_i64.checked_pow(u32::from(from.abs_diff(to)))?;
    if to >= from {
        return units.checked_mul(factor);
    }
    (units % factor == 0).then(|| units / factor)
}

/// Writes valid JSON without the white space between its tokens.
fn write_compact(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    let mut rest = bytes;
    while let Some(at) = rest
        .iter()
        .position(|byte| matches!(byte, b'"' | b' ' | b'\t' | b'\n' | b'\r'))
    {
        let (before, after) = rest.split_at(at);
        write_token(before, out);
        let string = string_length(after);
        let (string, after) = after.split_at(string);
        out.extend_from_slice(string);
        // White space is a token of no length that is passed over.
        rest = after.get(usize::from(string.is_empty())..).unwrap_or_default();
    }
    write_token(rest, out);
}

/// Writes what stands between strings and white space: at most one number. A database that keeps numbers digit by digit
/// gives `1e300` back as three hundred of them; one so long is written as the double that it is.
fn write_token(token: &[u8], out: &mut Vec<u8>) {
    const LONG: usize = 40;
    let is_digit = |byte: &u8| matches!(byte, b'-' | b'.' | b'0'..=b'9');
    let start = token.iter().position(is_digit).unwrap_or(token.len());
    let (before, rest) = token.split_at(start);
    let end = rest.iter().position(|byte| !is_digit(byte)).unwrap_or(rest.len());
    let (number, after) = rest.split_at(end);
    let double = std::str::from_utf8(number)
        .ok()
        .filter(|number| number.len() > LONG)
        .and_then(|number| number.parse::<f64>().ok())
        .filter(|double| double.is_finite());
    out.extend_from_slice(before);
    match double {
        Some(double) => out.extend_from_slice(zmij::Buffer::new().format_finite(double).as_bytes()),
        None => out.extend_from_slice(number),
    }
    out.extend_from_slice(after);
}

/// How long the string is that stands at the start, with its quotes; nothing where none does.
fn string_length(bytes: &[u8]) -> usize {
    if bytes.first() != Some(&b'"') {
        return 0;
    }
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// A sum of decimals that no 64 bits hold.
fn write_large(out: &mut Vec<u8>, units: f64, scale: u8) {
    let digits = usize::from(scale);
    let text = format!("\"{:.digits$}\"", units / 10_f64.powi(i32::from(scale)));
    out.extend_from_slice(text.as_bytes());
}

fn write_foreign_json(text: &str, out: &mut Vec<u8>) {
    let checked = Json::new(text.as_bytes()).and_then(|mut json| {
        let compact = json.compact()?;
        json.end().map(|()| compact.text)
    });
    match checked {
        Ok(compact) => out.extend_from_slice(compact.as_bytes()),
        Err(_) => out.extend_from_slice(b"null"),
    }
}

/// A cell as the typed value of a column.
pub fn value_of(class: StorageClass, cell: Cell<'_>) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Float(number) => Value::Float(number),
        Cell::Int(number) => match class {
            StorageClass::Bool => Value::Bool(number != 0),
            StorageClass::Decimal { scale, .. } => Value::Decimal { units: number, scale },
            _ => Value::Int(number),
        },
        Cell::Text(text) => match class {
            StorageClass::Uuid => parsed(&Scalar::Uuid, text),
            StorageClass::Date => parsed(&Scalar::Date, text),
            StorageClass::Time => parsed(&Scalar::Time, text),
            StorageClass::Timestamp => parsed(&Scalar::DateTime, text),
            _ => Value::Text(text.to_owned()),
        },
        Cell::Bool(value) => Value::Bool(value),
        Cell::Uuid(bytes) => Value::Uuid(bytes),
        Cell::Timestamp(micros) => Value::Timestamp(micros),
        Cell::Date(days) => Value::Date(days),
        Cell::Time(micros) => Value::Time(micros),
        Cell::Decimal { units, scale: held } => decimal(class, units, held),
        Cell::Json(text) => {
            let mut out = Vec::with_capacity(text.len());
            write_compact(text, &mut out);
            Value::Json(String::from_utf8(out).unwrap_or_default())
        }
    }
}

/// A decimal number in the scale of its column.
fn decimal(class: StorageClass, units: i64, held: u8) -> Value {
    let StorageClass::Decimal { scale, .. } = class else {
        return Value::Decimal { units, scale: held };
    };
    match rescaled(units, held, scale) {
        Some(units) => Value::Decimal { units, scale },
        None => Value::Decimal { units, scale: held },
    }
}

fn parsed(scalar: &Scalar, text: &str) -> Value {
    One::of_scalar(scalar)
        .parse(text)
        .unwrap_or_else(|_| Value::Text(text.to_owned()))
}
