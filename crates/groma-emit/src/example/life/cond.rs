//! Whether a condition holds on an example row, as far as that can be known.

use std::cmp::Ordering;

use groma_ir::design::{Action, Compare, Cond, EntityId, Term};
use serde_json::Value;

use super::super::Examples;
use super::Row;
use crate::literal;

impl Examples<'_> {
    /// Whether the condition of an action's error holds; none where it cannot be known.
    pub(super) fn holds(
        self,
        entity: EntityId,
        action: Option<&Action>,
        row: &Row,
        cond: &Cond,
    ) -> Option<bool> {
        let part = |cond: &Cond| self.holds(entity, action, row, cond);
        let value = |term: &Term| self.term(entity, action, row, term);
        match cond {
            Cond::And(parts) => all(parts.iter().map(part)),
            Cond::Or(parts) => all(parts.iter().map(|cond| part(cond).map(|holds| !holds))).map(|none| !none),
            Cond::Not(inner) => part(inner).map(|holds| !holds),
            Cond::Compare { op, left, right } => compared(*op, &value(left)?, &value(right)?),
            Cond::In { term, set } => {
                let left = value(term)?;
                let mut values = set.iter().filter_map(value);
                (!left.is_null()).then(|| values.any(|one| one == left))
            }
            Cond::Is(term) => value(term)?.as_bool(),
            Cond::At { .. } => None,
        }
    }

    pub(super) fn term(
        self,
        entity: EntityId,
        action: Option<&Action>,
        row: &Row,
        term: &Term,
    ) -> Option<Value> {
        Some(match term {
            Term::Field { field, .. } => row.get(*field).clone(),
            Term::Caller => self.caller(),
            Term::Input(input) => self.input(entity, action?, *input),
            Term::Value(value) => literal::json(&self.model.design, value),
            // Whoever pastes does so at another time.
            Term::Claim(_) | Term::Now { .. } => return None,
        })
    }
}

/// Whether all hold: no as soon as one does not, unknown when one is.
pub(super) fn all(parts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut known = Some(true);
    for part in parts {
        match part {
            Some(false) => return Some(false),
            Some(true) => {}
            None => known = None,
        }
    }
    known
}

pub(super) fn compared(op: Compare, left: &Value, right: &Value) -> Option<bool> {
    let order = match (left, right) {
        (Value::Null, _) | (_, Value::Null) => {
            return match op {
                Compare::Eq => Some(left == right),
                Compare::Ne => Some(left != right),
                Compare::Lt | Compare::Le | Compare::Gt | Compare::Ge => None,
            };
        }
        _ => order(left, right)?,
    };
    Some(op.holds(order))
}

/// Decimals are texts that are numbers.
fn order(left: &Value, right: &Value) -> Option<Ordering> {
    let number = |value: &Value| match value {
        Value::String(text) => text.parse().ok(),
        other => other.as_f64(),
    };
    match (number(left), number(right)) {
        (Some(left), Some(right)) => left.partial_cmp(&right),
        _ => match (left, right) {
            (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
            (Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
            _ => None,
        },
    }
}
