//! SQLite: types, literals, what is bound, and what its errors mean.

use groma_ir::scalar::StorageClass;
use groma_plan::{Value, date_text, time_text, timestamp_text, uuid_text};

use crate::Violation;

/// A value in the form in which SQLite takes it.
#[derive(Clone, PartialEq, Debug)]
pub enum Bound<'v> {
    /// Nothing.
    Null,
    /// A whole number.
    Int(i64),
    /// A double.
    Float(f64),
    /// Text.
    Text(Text<'v>),
}

/// Text that is borrowed, or short and made on the spot.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Text<'v> {
    /// Borrowed from the value.
    Borrowed(&'v str),
    /// Made.
    Owned(String),
    /// Made, of a fixed form, without an allocation: so many bytes of it.
    Short([u8; 36], usize),
}

impl AsRef<str> for Text<'_> {
    fn as_ref(&self) -> &str {
        match self {
            Self::Borrowed(text) => text,
            Self::Owned(text) => text,
            Self::Short(bytes, length) => bytes
                .get(..*length)
                .and_then(|bytes| std::str::from_utf8(bytes).ok())
                .unwrap_or_default(),
        }
    }
}

/// A value in the form in which SQLite takes it.
pub fn bound(value: &Value) -> Bound<'_> {
    match value {
        Value::Null => Bound::Null,
        Value::Bool(value) => Bound::Int(i64::from(*value)),
        Value::Int(number) => Bound::Int(*number),
        Value::Float(number) => Bound::Float(*number),
        Value::Decimal { units, .. } => Bound::Int(*units),
        Value::Text(text) | Value::Json(text) => Bound::Text(Text::Borrowed(text)),
        Value::Uuid(bytes) => short(&uuid_text(bytes)),
        Value::Timestamp(micros) => short(&timestamp_text(*micros)),
        Value::Date(days) => short(&date_text(*days)),
        Value::Time(micros) => short(&time_text(*micros)),
        Value::List(values) => Bound::Text(Text::Owned(list(values))),
    }
}

fn short(text: &[u8]) -> Bound<'static> {
    let mut bytes = [0; 36];
    for (slot, byte) in bytes.iter_mut().zip(text) {
        *slot = *byte;
    }
    Bound::Text(Text::Short(bytes, text.len()))
}

/// Values as the JSON array that `json_each` takes apart, in the form in which columns hold them.
fn list(values: &[Value]) -> String {
    let mut out = vec![b'['];
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        match bound(value) {
            Bound::Null => out.extend_from_slice(b"null"),
            Bound::Int(number) => out.extend_from_slice(number.to_string().as_bytes()),
            Bound::Float(number) => out.extend_from_slice(format!("{number:?}").as_bytes()),
            Bound::Text(text) => groma_plan::write_string(&mut out, text.as_ref()),
        }
    }
    out.push(b']');
    String::from_utf8(out).unwrap_or_default()
}

pub(super) fn column_type(class: StorageClass) -> &'static str {
    match class {
        StorageClass::Int | StorageClass::Bool | StorageClass::Decimal { .. } => "INTEGER",
        StorageClass::Float => "REAL",
        StorageClass::Text
        | StorageClass::Uuid
        | StorageClass::Date
        | StorageClass::Time
        | StorageClass::Timestamp
        | StorageClass::Json => "TEXT",
    }
}

/// What the values of a column are.
pub(super) fn class_name(class: StorageClass) -> String {
    let name = match class {
        StorageClass::Decimal { scale, .. } => return format!("decimal({scale})"),
        StorageClass::Text => "text",
        StorageClass::Int => "int",
        StorageClass::Float => "float",
        StorageClass::Bool => "bool",
        StorageClass::Uuid => "uuid",
        StorageClass::Date => "date",
        StorageClass::Time => "time",
        StorageClass::Timestamp => "datetime",
        StorageClass::Json => "json",
    };
    String::from(name)
}

pub(super) fn literal(value: &Value) -> String {
    match bound(value) {
        Bound::Null => String::from("NULL"),
        Bound::Int(number) => match value {
            Value::Bool(true) => String::from("TRUE"),
            Value::Bool(false) => String::from("FALSE"),
            _ => number.to_string(),
        },
        Bound::Float(number) => format!("{number:?}"),
        Bound::Text(text) => quoted_text(text.as_ref()),
    }
}

/// SQLite ends a statement at U+0000, so such a text is put together from parts.
fn quoted_text(text: &str) -> String {
    let parts: Vec<String> = text
        .split('\0')
        .map(|part| format!("'{}'", part.replace('\'', "''")))
        .collect();
    match parts.as_slice() {
        [only] => only.clone(),
        _ => format!("({})", parts.join(" || char(0) || ")),
    }
}

/// What a failed statement ran into, from SQLite's extended result code and its message; nothing when it is
/// no constraint.
pub fn violation(extended_code: i32, message: &str) -> Option<Violation> {
    const CHECK: i32 = 275;
    const FOREIGN_KEY: i32 = 787;
    // What `ON DELETE RESTRICT` gives, which tables of others in the same file may have: SQLite keeps it by a trigger.
    const TRIGGER: i32 = 1811;
    const PRIMARY_KEY: i32 = 1555;
    const UNIQUE: i32 = 2067;
    const ROWID: i32 = 2579;
    let after = |prefix: &str| message.split_once(prefix).map_or("", |(_, rest)| rest.trim());
    match extended_code {
        PRIMARY_KEY | UNIQUE | ROWID => {
            let columns = after("UNIQUE constraint failed:").split(',').filter_map(|name| {
                let (table, column) = name.trim().rsplit_once('.')?;
                Some((table.to_owned(), column.to_owned()))
            });
            Some(Violation::Unique(columns.collect()))
        }
        FOREIGN_KEY | TRIGGER => Some(Violation::ForeignKey),
        CHECK => Some(Violation::Check(after("CHECK constraint failed:").to_owned())),
        _ => None,
    }
}
