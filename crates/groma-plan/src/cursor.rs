//! The opaque place at which a page ended.
//!
//! A cursor carries a digest of the query that it came from and the sort values of the last row. It is no
//! secret and proves nothing: whatever it says, the statement still asks what the caller may read.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use groma_ir::scalar::StorageClass;

use crate::Value;
use crate::decode::{Query, SortTerm};

/// The form of what follows; another one is another version.
const VERSION: u8 = 1;

/// The cursor after a row with these sort values, in the order of the query's sort terms.
pub fn encode(query: &Query, values: &[Value]) -> String {
    let mut bytes = vec![VERSION];
    bytes.extend_from_slice(&query.digest.to_be_bytes());
    for value in values {
        push(&mut bytes, value);
    }
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The sort values that a cursor carries; nothing when it was not made for a query with this digest and sort.
pub(crate) fn decode(cursor: &str, digest: u64, sort: &[SortTerm]) -> Option<Vec<Value>> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (version, rest) = bytes.split_first()?;
    let (head, mut rest) = rest.split_at_checked(8)?;
    if *version != VERSION || head != digest.to_be_bytes() {
        return None;
    }
    let mut values = Vec::with_capacity(sort.len());
    for term in sort {
        let (value, after) = pull(rest, term)?;
        values.push(value);
        rest = after;
    }
    rest.is_empty().then_some(values)
}

fn push(bytes: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null | Value::Json(_) | Value::List(_) => bytes.push(0),
        Value::Bool(value) => push_int(bytes, i64::from(*value)),
        Value::Int(number) | Value::Timestamp(number) | Value::Time(number) => push_int(bytes, *number),
        Value::Decimal { units, .. } => push_int(bytes, *units),
        Value::Date(days) => push_int(bytes, i64::from(*days)),
        Value::Float(number) => {
            bytes.push(1);
            bytes.extend_from_slice(&number.to_bits().to_be_bytes());
        }
        Value::Uuid(uuid) => {
            bytes.push(1);
            bytes.extend_from_slice(uuid);
        }
        Value::Text(text) => {
            bytes.push(1);
            bytes.extend_from_slice(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
            bytes.extend_from_slice(text.as_bytes());
        }
    }
}

fn push_int(bytes: &mut Vec<u8>, number: i64) {
    bytes.push(1);
    bytes.extend_from_slice(&number.to_be_bytes());
}

fn pull<'b>(bytes: &'b [u8], term: &SortTerm) -> Option<(Value, &'b [u8])> {
    let (present, rest) = bytes.split_first()?;
    match present {
        0 if term.nullable => return Some((Value::Null, rest)),
        1 => {}
        _ => return None,
    }
    if !term.variants.is_empty() {
        let (number, rest) = pull_int(rest)?;
        let known = usize::try_from(number).is_ok_and(|index| index < term.variants.len());
        return known.then_some((Value::Int(number), rest));
    }
    match term.class {
        StorageClass::Text => pull_text(rest),
        StorageClass::Uuid => {
            let (uuid, rest) = rest.split_first_chunk::<16>()?;
            Some((Value::Uuid(*uuid), rest))
        }
        StorageClass::Float => {
            let (bits, rest) = rest.split_first_chunk::<8>()?;
            let number = f64::from_bits(u64::from_be_bytes(*bits));
            number.is_finite().then_some((Value::Float(number), rest))
        }
        StorageClass::Json => None,
        class => {
            let (number, rest) = pull_int(rest)?;
            Some((from_int(class, number)?, rest))
        }
    }
}

fn pull_int(bytes: &[u8]) -> Option<(i64, &[u8])> {
    let (number, rest) = bytes.split_first_chunk::<8>()?;
    Some((i64::from_be_bytes(*number), rest))
}

fn pull_text(bytes: &[u8]) -> Option<(Value, &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (text, rest) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    // No text of ours has U+0000, and no database takes it.
    let text = std::str::from_utf8(text)
        .ok()
        .filter(|text| !text.contains('\0'))?;
    Some((Value::Text(text.to_owned()), rest))
}

/// Only what such a column can hold, so that nothing that is formatted later is out of range.
fn from_int(class: StorageClass, number: i64) -> Option<Value> {
    use crate::time::{AFTER_LAST, DAY, FIRST};
    match class {
        StorageClass::Int => Some(Value::Int(number)),
        StorageClass::Bool => (0..=1).contains(&number).then_some(Value::Bool(number == 1)),
        StorageClass::Decimal { scale, .. } => Some(Value::Decimal { units: number, scale }),
        StorageClass::Timestamp => (FIRST..AFTER_LAST)
            .contains(&number)
            .then_some(Value::Timestamp(number)),
        StorageClass::Time => (0..DAY).contains(&number).then_some(Value::Time(number)),
        StorageClass::Date => {
            let days = i32::try_from(number).ok()?;
            (FIRST / DAY..AFTER_LAST / DAY)
                .contains(&number)
                .then_some(Value::Date(days))
        }
        StorageClass::Text | StorageClass::Float | StorageClass::Uuid | StorageClass::Json => None,
    }
}
