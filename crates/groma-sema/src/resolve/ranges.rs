//! Comparisons whose outcome the type of one side settles: `stars > 9` where there are five.

use groma_diag::Span;
use groma_ir::design::{Compare, EntityId, Storage, Term, Type, Value};
use groma_ir::scalar::Scalar;

use super::Resolver;
use super::breaks::breaks;
use super::conds::Place;
use super::literals::spelled;
use super::operands::Operand;
use crate::rules::idle_condition;

impl Resolver<'_> {
    /// Says that a comparison always holds, or never, because of what its one side can be.
    pub(super) fn settled(
        &mut self,
        place: &Place,
        op: Compare,
        (left, left_at): (&Operand, Span),
        (right, right_at): (&Operand, Span),
    ) {
        let (op, side, literal, at) = match (&left.term, &right.term) {
            (Term::Value(_), Term::Value(_)) => return,
            (_, Term::Value(literal)) => (op, left, literal, left_at),
            (Term::Value(literal), _) => (mirrored(op), right, literal, right_at),
            _ => return,
        };
        let entity = side.way.as_ref().map_or(place.entity, |way| way.target);
        if !self.is_bounded_here(entity, &side.term) {
            return;
        }
        let Some(holds) = outcome(&side.ty, op, literal) else {
            return;
        };
        // What is empty makes the comparison unknown, so that it tells that apart at least.
        if holds && side.optional {
            return;
        }
        let span = left_at.cover(right_at);
        let (term, ty) = (
            self.sources.slice(at).to_owned(),
            spelled(&self.design, &side.ty, false),
        );
        self.report(idle_condition::settled(span, &term, &ty, holds));
    }

    /// Whether the bounds of the type hold for every value: nobody here sees to those of a foreign table.
    fn is_bounded_here(&self, entity: EntityId, term: &Term) -> bool {
        match term {
            Term::Field { .. } => self.design.entities[entity].storage == Storage::Managed,
            Term::Input(_) => true,
            Term::Caller | Term::Claim(_) | Term::Now { .. } | Term::Value(_) => false,
        }
    }
}

fn mirrored(op: Compare) -> Compare {
    match op {
        Compare::Eq | Compare::Ne => op,
        Compare::Lt => Compare::Gt,
        Compare::Le => Compare::Ge,
        Compare::Gt => Compare::Lt,
        Compare::Ge => Compare::Le,
    }
}

/// Whether `value op literal` holds for every value of the type, or for none; `None` if that depends.
fn outcome(ty: &Type, op: Compare, literal: &Value) -> Option<bool> {
    match (op, ty, literal) {
        (Compare::Eq | Compare::Ne, ..) => {
            breaks(ty, literal)?;
            Some(op == Compare::Ne)
        }
        (_, Type::Scalar(Scalar::Int(bounds)), Value::Int(value)) => {
            let (min, max) = bounds.effective();
            ordered(op, Some(min), Some(max), *value)
        }
        (_, Type::Scalar(Scalar::Float(bounds)), Value::Float(value)) => {
            ordered(op, bounds.min, bounds.max, *value)
        }
        (_, Type::Scalar(Scalar::Decimal { precision, scale }), Value::Text(text)) => {
            let digits = u32::from(precision.saturating_sub(*scale).max(1) + scale);
            let most = 10_i128.pow(digits) - 1;
            let units: i128 = text.replace('.', "").parse().ok()?;
            ordered(op, Some(-most), Some(most), units)
        }
        _ => None,
    }
}

fn ordered<N: PartialOrd + Copy>(op: Compare, min: Option<N>, max: Option<N>, literal: N) -> Option<bool> {
    let below = |or_at: bool| {
        min.as_ref()
            .is_some_and(|min| literal < *min || or_at && literal == *min)
    };
    let above = |or_at: bool| {
        max.as_ref()
            .is_some_and(|max| literal > *max || or_at && literal == *max)
    };
    let (always, never) = match op {
        Compare::Lt => (above(false), below(true)),
        Compare::Le => (above(true), below(false)),
        Compare::Gt => (below(false), above(true)),
        Compare::Ge => (below(true), above(false)),
        Compare::Eq | Compare::Ne => return None,
    };
    (always || never).then_some(always)
}
