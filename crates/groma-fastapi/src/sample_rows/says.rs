//! What a condition says of a row whose values are known.

use std::cmp::Ordering;

use groma_ir::design::{Compare, Cond, FieldId, Row, Term, Value};

/// The key of whoever asks, in a field of a row that is theirs. A time that is so far from now is its number of seconds.
pub(crate) fn caller() -> Value {
    Value::Text(String::from("ALICE"))
}

/// Whether it holds. None where that depends on what is not known, or where the database does not know it either.
pub(crate) fn says(cond: &Cond, row: &dyn Fn(FieldId) -> Option<Value>) -> Option<bool> {
    match cond {
        Cond::And(parts) => all(parts.iter().map(|part| says(part, row))),
        Cond::Or(parts) => {
            let parts = parts.iter().map(|part| says(part, row).map(|holds| !holds));
            all(parts).map(|none_holds| !none_holds)
        }
        Cond::Not(part) => says(part, row).map(|holds| !holds),
        Cond::Compare { op, left, right } => compares(*op, left, right, row),
        Cond::In { term, set } => {
            let value = filled(self::value(term, row)?)?;
            let set: Option<Vec<Value>> = set.iter().map(|item| self::value(item, row)).collect();
            Some(set?.contains(&value))
        }
        Cond::Is(term) => Some(filled(value(term, row)?)? == Value::Bool(true)),
        Cond::At { .. } => None,
    }
}

fn value(term: &Term, row: &dyn Fn(FieldId) -> Option<Value>) -> Option<Value> {
    match term {
        Term::Field {
            row: Row::This,
            field,
        } => row(*field),
        Term::Value(value) => Some(value.clone()),
        Term::Caller => Some(caller()),
        Term::Now { offset } => Some(Value::Int(*offset)),
        Term::Field { row: Row::New, .. } | Term::Claim(_) | Term::Input(_) => None,
    }
}

fn compares(op: Compare, left: &Term, right: &Term, row: &dyn Fn(FieldId) -> Option<Value>) -> Option<bool> {
    let none = Term::Value(Value::None);
    let (is_none, values) = (
        *left == none || *right == none,
        (value(left, row)?, value(right, row)?),
    );
    if is_none {
        return Some((values.0 == values.1) == (op == Compare::Eq));
    }
    let order = order(&filled(values.0)?, &filled(values.1)?)?;
    Some(op.holds(order))
}

fn filled(value: Value) -> Option<Value> {
    (value != Value::None).then_some(value)
}

/// False where one is; otherwise unknown where one is.
fn all(parts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let parts: Vec<Option<bool>> = parts.collect();
    if parts.contains(&Some(false)) {
        return Some(false);
    }
    (!parts.contains(&None)).then_some(true)
}

/// The order of two values of one type, as lists have it.
pub(crate) fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
        (Value::Int(left), Value::Int(right)) => Some(left.cmp(right)),
        (Value::Float(left), Value::Float(right)) => left.partial_cmp(right),
        (Value::Text(left), Value::Text(right)) => Some(left.cmp(right)),
        (Value::Variant(_, left), Value::Variant(_, right)) => Some(left.cmp(right)),
        // A decimal, which is text, and what a design compares it with.
        (Value::Text(left), right) => left.parse::<f64>().ok()?.partial_cmp(&number(right)?),
        (left, Value::Text(right)) => number(left)?.partial_cmp(&right.parse::<f64>().ok()?),
        _ => None,
    }
}

#[expect(clippy::cast_precision_loss, reason = "the numbers of checks are small")]
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        Value::None | Value::Bool(_) | Value::Text(_) | Value::Variant(..) | Value::List(_) => None,
    }
}
