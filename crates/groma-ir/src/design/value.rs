//! Literal values, and the defaults of fields.

use super::{EnumId, VariantId};

/// A literal, already of the type of the place where it stands.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// `none`.
    None,
    /// `yes`, `no`, `true`, `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A floating-point number.
    Float(f64),
    /// Text; also the canonical text of a decimal, uuid, date, time or datetime.
    Text(String),
    /// A variant of an enum.
    Variant(EnumId, VariantId),
    /// A list.
    List(Vec<Value>),
}

/// What a field gets when nobody gives it a value.
#[derive(Clone, PartialEq, Debug)]
pub enum Default {
    /// This literal.
    Value(Value),
    /// The caller's key, from the token.
    Caller,
    /// The time of the write, so many seconds later: `now`, `now + 7d`.
    Now {
        /// Seconds to add.
        offset: i64,
    },
}
