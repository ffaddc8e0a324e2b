//! From rows to the bytes of an answer, without a tree of JSON in between.

mod item;
mod problem;
mod report;

pub use item::{Encode, ItemPlan, Written, value_of};
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
}

impl Cell<'_> {
    /// Whether it is a number other than zero: how a database says true.
    pub fn is_true(self) -> bool {
        matches!(self, Self::Int(number) if number != 0)
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
pub(crate) fn write_value(out: &mut Vec<u8>, value: &Value) {
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
