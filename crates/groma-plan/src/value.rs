//! One value on its way between a request, a statement and a reply.

use crate::time;

/// A typed value, small and ready to be bound: nothing is formatted until a dialect asks for its own spelling.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// Nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A finite double.
    Float(f64),
    /// Text; also the name of an enum's variant.
    Text(String),
    /// A UUID, as its sixteen bytes.
    Uuid([u8; 16]),
    /// An instant: microseconds since 1970-01-01T00:00:00Z.
    Timestamp(i64),
    /// A calendar date: days since 1970-01-01.
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
    /// JSON as compact text; stored lists are JSON too.
    Json(String),
    /// Several values for one parameter (`IN`), all of one class.
    List(Vec<Value>),
}

impl Value {
    /// Whether it is nothing.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The text on the wire, without quotes, as it stands in a path or a query.
    pub fn to_wire_text(&self) -> String {
        let mut out = Vec::new();
        self.write_wire(&mut out);
        String::from_utf8(out).unwrap_or_default()
    }

    /// Writes what [`Value::to_wire_text`] returns.
    pub(crate) fn write_wire(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => {}
            Self::Bool(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
            Self::Int(value) => out.extend_from_slice(itoa::Buffer::new().format(*value).as_bytes()),
            Self::Float(value) => out.extend_from_slice(zmij::Buffer::new().format_finite(*value).as_bytes()),
            Self::Text(text) | Self::Json(text) => out.extend_from_slice(text.as_bytes()),
            Self::Uuid(bytes) => out.extend_from_slice(&uuid_text(bytes)),
            Self::Timestamp(micros) => out.extend_from_slice(&time::timestamp_text(*micros)),
            Self::Date(days) => out.extend_from_slice(&time::date_text(*days)),
            Self::Time(micros) => out.extend_from_slice(&time::time_text(*micros)),
            Self::Decimal { units, scale } => write_decimal(out, *units, *scale),
            Self::List(values) => {
                for (index, value) in values.iter().enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    value.write_wire(out);
                }
            }
        }
    }
}

/// A UUID in lower case with hyphens (RFC 9562).
pub fn uuid_text(bytes: &[u8; 16]) -> [u8; 36] {
    const HEX: [u8; 16] = *b"0123456789abcdef";
    let mut text = [b'-'; 36];
    let mut places = (0..36).filter(|place| !matches!(place, 8 | 13 | 18 | 23));
    for byte in bytes {
        for nibble in [byte >> 4, byte & 15] {
            if let (Some(place), Some(digit)) = (places.next(), HEX.get(usize::from(nibble)))
                && let Some(slot) = text.get_mut(place)
            {
                *slot = *digit;
            }
        }
    }
    text
}

/// Writes `-12.50` for −1250 units of scale two.
pub(crate) fn write_decimal(out: &mut Vec<u8>, units: i64, scale: u8) {
    if units < 0 {
        out.push(b'-');
    }
    let mut buffer = itoa::Buffer::new();
    let digits = buffer.format(units.unsigned_abs()).as_bytes();
    let scale = usize::from(scale);
    let whole = digits.len().saturating_sub(scale);
    let (before, after) = digits.split_at(whole);
    out.extend_from_slice(if before.is_empty() { b"0" } else { before });
    if scale > 0 {
        out.push(b'.');
        out.extend(std::iter::repeat_n(b'0', scale - after.len()));
        out.extend_from_slice(after);
    }
}
