//! From rows to the bytes of an answer, without a tree of JSON in between.

mod encode;
mod item;
mod problem;
mod report;

pub use encode::{Encode, value_of};
pub use item::{ItemPlan, Written};
pub use problem::problem_json;
pub use report::ReportPlan;

use crate::Value;
use crate::scan::plain;

/// A row of a result, read by the position of its columns.
pub trait Row {
    /// The value of a column; [`Cell::Null`] beyond the last one.
    fn cell(&self, index: usize) -> Cell<'_>;
}

/// A value as a database gave it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Cell<'r> {
    /// Nothing.
    Null,
    /// A whole number.
    Int(i64),
    /// A double.
    Float(f64),
    /// Text.
    Text(&'r str),
    /// `true` or `false`, from a database that knows them.
    Bool(bool),
    /// A UUID, as its sixteen bytes.
    Uuid([u8; 16]),
    /// An instant: microseconds since 1970-01-01T00:00:00Z, of the years 1 to 9999.
    Timestamp(i64),
    /// A calendar date: days since 1970-01-01, of the years 1 to 9999.
    Date(i32),
    /// A time of day: microseconds since midnight.
    Time(i64),
    /// A decimal number: so many units of 10^-scale.
    Decimal {
        /// The number times 10^scale.
        units: i64,
        /// Digits after the point.
        scale: u8,
    },
    /// JSON, perhaps with white space between its tokens.
    Json(&'r str),
}

impl Cell<'_> {
    /// Whether a database says true: by its own type, or by a number other than zero.
    pub fn is_true(self) -> bool {
        match self {
            Self::Bool(value) => value,
            Self::Int(number) => number != 0,
            Self::Null
            | Self::Float(_)
            | Self::Text(_)
            | Self::Uuid(_)
            | Self::Timestamp(_)
            | Self::Date(_)
            | Self::Time(_)
            | Self::Decimal { .. }
            | Self::Json(_) => false,
        }
    }
}

/// Writes a JSON string (RFC 8259 §7); what need not be escaped is not.
pub fn write_string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    loop {
        let (as_is, after) = rest.split_at(plain(rest));
        out.extend_from_slice(as_is);
        let Some((byte, after)) = after.split_first() else {
            break;
        };
        write_escape(out, *byte);
        rest = after;
    }
    out.push(b'"');
}

fn write_escape(out: &mut Vec<u8>, byte: u8) {
    match byte {
        b'"' => out.extend_from_slice(b"\\\""),
        b'\\' => out.extend_from_slice(b"\\\\"),
        b'\x08' => out.extend_from_slice(b"\\b"),
        b'\x0c' => out.extend_from_slice(b"\\f"),
        b'\n' => out.extend_from_slice(b"\\n"),
        b'\r' => out.extend_from_slice(b"\\r"),
        b'\t' => out.extend_from_slice(b"\\t"),
        _ => {
            const HEX: [u8; 16] = *b"0123456789abcdef";
            let digit = |nibble: u8| HEX.get(usize::from(nibble)).copied().unwrap_or(b'0');
            out.extend_from_slice(b"\\u00");
            out.extend([digit(byte >> 4), digit(byte & 15)]);
        }
    }
}

/// Writes a value as JSON.
pub fn write_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Json(_) => value.write_wire(out),
        Value::Text(text) => write_string(out, text),
        Value::Uuid(_) | Value::Timestamp(_) | Value::Date(_) | Value::Time(_) | Value::Decimal { .. } => {
            out.push(b'"');
            value.write_wire(out);
            out.push(b'"');
        }
        Value::List(values) => {
            out.push(b'[');
            for (index, value) in values.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_value(out, value);
            }
            out.push(b']');
        }
    }
}
