//! Values in the binary form of the protocol: what is bound, and what a row gives.
//!
//! Knows no driver: types are their numbers in `pg_type`, which never change.

use groma_ir::scalar::StorageClass;
use groma_plan::{Cell, Value};

use super::numeric;
use crate::ParameterType;

/// 2000-01-01 in days and microseconds since 1970: where the protocol counts from.
const EPOCH_DAYS: i32 = 10_957;
const EPOCH: i64 = 10_957 * DAY;
const DAY: i64 = 86_400_000_000;
/// The first day and instant of the year 1, and the first ones after the year 9999.
const FIRST_DAY: i32 = -719_162;
const AFTER_LAST_DAY: i32 = 2_932_897;
const FIRST: i64 = -719_162 * DAY;
const AFTER_LAST: i64 = 2_932_897 * DAY;

/// A value as bytes, or nothing.
#[derive(Clone, PartialEq, Debug)]
pub enum Bound<'v> {
    /// Nothing.
    Null,
    /// Borrowed from the value.
    Borrowed(&'v [u8]),
    /// Made, without an allocation: so many bytes of it.
    Short([u8; 16], usize),
    /// Made.
    Owned(Vec<u8>),
}

impl Bound<'_> {
    /// The bytes; nothing where there is no value.
    pub fn bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Null => None,
            Self::Borrowed(bytes) => Some(bytes),
            Self::Short(bytes, length) => bytes.get(..*length),
            Self::Owned(bytes) => Some(bytes),
        }
    }
}

/// The number of a parameter's type in `pg_type`.
pub fn oid(parameter: ParameterType) -> u32 {
    let (one, many) = oids(match parameter {
        ParameterType::One(class) | ParameterType::Many(class) => class,
    });
    match parameter {
        ParameterType::One(_) => one,
        ParameterType::Many(_) => many,
    }
}

/// The type of a class, and that of its arrays.
fn oids(class: StorageClass) -> (u32, u32) {
    match class {
        StorageClass::Text => (25, 1009),
        StorageClass::Int => (20, 1016),
        StorageClass::Float => (701, 1022),
        StorageClass::Decimal { .. } => (1700, 1231),
        StorageClass::Bool => (16, 1000),
        StorageClass::Uuid => (2950, 2951),
        StorageClass::Date => (1082, 1182),
        StorageClass::Time => (1083, 1183),
        StorageClass::Timestamp => (1184, 1185),
        StorageClass::Json => (3802, 3807),
    }
}

/// A value in the form in which Postgres takes it for a parameter. One that the parameter cannot hold is nothing, which
/// no row has.
pub fn bound(value: &Value, parameter: ParameterType) -> Bound<'_> {
    match parameter {
        ParameterType::One(class) => one(value, class),
        ParameterType::Many(class) => match value {
            Value::List(values) => Bound::Owned(many(values, class)),
            _ => Bound::Null,
        },
    }
}

fn one(value: &Value, class: StorageClass) -> Bound<'_> {
    match (class, value) {
        (StorageClass::Text, Value::Text(text)) => text_bytes(text),
        (StorageClass::Int, Value::Int(number)) => short(&number.to_be_bytes()),
        (StorageClass::Float, Value::Float(number)) => short(&number.to_be_bytes()),
        #[expect(
            clippy::cast_precision_loss,
            reason = "a whole number where a double is wanted"
        )]
        (StorageClass::Float, Value::Int(number)) => short(&(*number as f64).to_be_bytes()),
        (StorageClass::Decimal { .. }, Value::Decimal { units, scale }) => {
            Bound::Owned(numeric::write(*units, *scale))
        }
        (StorageClass::Decimal { .. }, Value::Int(number)) => Bound::Owned(numeric::write(*number, 0)),
        (StorageClass::Bool, Value::Bool(value)) => short(&[u8::from(*value)]),
        (StorageClass::Uuid, Value::Uuid(bytes)) => short(bytes),
        (StorageClass::Date, Value::Date(days)) => short(&days.saturating_sub(EPOCH_DAYS).to_be_bytes()),
        (StorageClass::Time, Value::Time(micros)) => short(&micros.to_be_bytes()),
        (StorageClass::Timestamp, Value::Timestamp(micros)) => {
            short(&micros.saturating_sub(EPOCH).to_be_bytes())
        }
        (StorageClass::Json, Value::Json(text)) => {
            let mut bytes = Vec::with_capacity(text.len() + 1);
            bytes.push(1);
            bytes.extend_from_slice(text.as_bytes());
            Bound::Owned(bytes)
        }
        _ => Bound::Null,
    }
}

/// No text of a database has U+0000.
fn text_bytes(text: &str) -> Bound<'_> {
    if text.contains('\0') {
        return Bound::Null;
    }
    Bound::Borrowed(text.as_bytes())
}

fn short(bytes: &[u8]) -> Bound<'static> {
    let mut all = [0; 16];
    for (slot, byte) in all.iter_mut().zip(bytes) {
        *slot = *byte;
    }
    Bound::Short(all, bytes.len().min(16))
}

/// An array of one dimension.
fn many(values: &[Value], class: StorageClass) -> Vec<u8> {
    let length = |length: usize| i32::try_from(length).unwrap_or(i32::MAX).to_be_bytes();
    let bounds: Vec<Bound<'_>> = values.iter().map(|value| one(value, class)).collect();
    let has_null = bounds.contains(&Bound::Null);
    let mut out = Vec::with_capacity(20 + values.len() * 20);
    out.extend_from_slice(&length(usize::from(!values.is_empty())));
    out.extend_from_slice(&i32::from(has_null).to_be_bytes());
    out.extend_from_slice(&oids(class).0.to_be_bytes());
    if !values.is_empty() {
        out.extend_from_slice(&length(values.len()));
        out.extend_from_slice(&1_i32.to_be_bytes());
    }
    for bound in &bounds {
        match bound.bytes() {
            Some(bytes) => {
                out.extend_from_slice(&length(bytes.len()));
                out.extend_from_slice(bytes);
            }
            None => out.extend_from_slice(&(-1_i32).to_be_bytes()),
        }
    }
    out
}

/// A value of a row, by the number of its column's type; nothing where it is none that a design knows. What is of a
/// type that is not known here, such as an enum of somebody else's, is text.
pub fn cell(oid: u32, bytes: &[u8]) -> Cell<'_> {
    known(oid, bytes).unwrap_or(Cell::Null)
}

fn known(oid: u32, bytes: &[u8]) -> Option<Cell<'_>> {
    Some(match oid {
        16 => Cell::Bool(bytes.first()? != &0),
        20 => Cell::Int(i64::from_be_bytes(bytes.try_into().ok()?)),
        21 => Cell::Int(i16::from_be_bytes(bytes.try_into().ok()?).into()),
        23 => Cell::Int(i32::from_be_bytes(bytes.try_into().ok()?).into()),
        700 => Cell::Float(f32::from_be_bytes(bytes.try_into().ok()?).into()),
        701 => Cell::Float(f64::from_be_bytes(bytes.try_into().ok()?)),
        114 => Cell::Json(std::str::from_utf8(bytes).ok()?),
        3802 => Cell::Json(std::str::from_utf8(bytes.strip_prefix(&[1])?).ok()?),
        1082 => {
            let days = i32::from_be_bytes(bytes.try_into().ok()?).checked_add(EPOCH_DAYS)?;
            Cell::Date(Some(days).filter(|days| (FIRST_DAY..AFTER_LAST_DAY).contains(days))?)
        }
        1083 => {
            let micros = i64::from_be_bytes(bytes.try_into().ok()?);
            Cell::Time(Some(micros).filter(|micros| (0..DAY).contains(micros))?)
        }
        1114 | 1184 => {
            let micros = i64::from_be_bytes(bytes.try_into().ok()?).checked_add(EPOCH)?;
            Cell::Timestamp(Some(micros).filter(|micros| (FIRST..AFTER_LAST).contains(micros))?)
        }
        1700 => numeric::read(bytes),
        2950 => Cell::Uuid(bytes.try_into().ok()?),
        _ => Cell::Text(std::str::from_utf8(bytes).ok()?),
    })
}
