//! What is known of a predicate because a change says what it puts into the row.
//!
//! A new row whose owner is the caller meets `owner` whoever calls, and a move to `done` meets `status == done`: such
//! facts are not asked for. Every part of a predicate in normal form counts only where it is true, so that what is
//! false and what is unknown are one here. The result is for a statement, and must not be negated.

use groma_ir::access::{Atom, Pred};
use groma_ir::design::{Assign, Compare, EntityId, FieldId, Row, Term, Type};
use groma_plan::Value;

use super::{Scope, Source};
use crate::write::{Slot, Writer};

/// What is known of a fact.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Truth {
    True,
    False,
    Unknown,
}

/// What stands for a term.
#[derive(Clone, PartialEq, Debug)]
enum Operand {
    Nothing,
    Literal(Value),
    /// The caller's key: there always is one where something is written.
    Caller,
    /// A field of the row before.
    Field(FieldId),
    Slot(Slot),
}

impl Writer<'_> {
    /// What is left of a predicate.
    pub(crate) fn settled(&self, pred: &Pred, scope: Scope<'_>) -> Pred {
        self.left(&pred.normal(), scope).normal()
    }

    /// Whether a predicate cannot be unknown.
    pub(crate) fn is_never_unknown(&self, pred: &Pred, scope: Scope<'_>) -> bool {
        let is_there = |term: &Term, beside: Option<&Type>| {
            self.operand(term, beside, scope)
                .is_some_and(|operand| self.is_something(&operand, scope.entity, term))
        };
        !pred.any_atom(&|atom| match atom {
            Atom::Compare { left, right, .. } => {
                let ty = self.type_beside(left, right, scope);
                !is_there(left, ty.as_ref()) || !is_there(right, ty.as_ref())
            }
            Atom::IsTrue { row, field } => !is_there(
                &Term::Field {
                    row: *row,
                    field: *field,
                },
                None,
            ),
            Atom::In { .. } | Atom::IsNone(_) | Atom::IsCaller { .. } | Atom::ClaimIsTrue(_) => true,
            Atom::Linked { .. } | Atom::Exists { .. } | Atom::Authenticated | Atom::Role(_) => false,
        })
    }

    fn left(&self, pred: &Pred, scope: Scope<'_>) -> Pred {
        match pred {
            Pred::All(parts) => Pred::all(parts.iter().map(|part| self.left(part, scope))),
            Pred::Any(parts) => Pred::any(parts.iter().map(|part| self.left(part, scope))),
            Pred::Not(inner) => match &**inner {
                Pred::Atom(atom) => settle(pred, self.truth(atom, scope), Truth::False),
                Pred::All(_) | Pred::Any(_) | Pred::Not(_) => pred.clone(),
            },
            Pred::Atom(atom) => settle(pred, self.truth(atom, scope), Truth::True),
        }
    }

    /// Whether a fact is true, false or unknown, where that is known.
    fn truth(&self, atom: &Atom, scope: Scope<'_>) -> Option<Truth> {
        match atom {
            Atom::Compare { op, left, right } => {
                let ty = self.type_beside(left, right, scope);
                let operands = (
                    self.operand(left, ty.as_ref(), scope)?,
                    self.operand(right, ty.as_ref(), scope)?,
                );
                let is_something = self.is_something(&operands.0, scope.entity, left);
                compared(*op, (&operands.0, &operands.1), is_something)
            }
            Atom::IsNone(term) => match self.operand(term, None, scope)? {
                Operand::Nothing => Some(Truth::True),
                Operand::Field(_) => None,
                operand => self
                    .is_something(&operand, scope.entity, term)
                    .then_some(Truth::False),
            },
            Atom::IsTrue { row, field } => match self.source_operand(*row, *field, scope)? {
                Operand::Nothing => Some(Truth::Unknown),
                Operand::Literal(Value::Bool(value)) => Some(of(value)),
                _ => None,
            },
            Atom::IsCaller { path, .. } => match path.steps.as_slice() {
                [only] => match self.source_operand(path.row, *only, scope)? {
                    Operand::Nothing => Some(Truth::False),
                    Operand::Caller => Some(Truth::True),
                    _ => None,
                },
                _ => None,
            },
            Atom::In { .. }
            | Atom::Linked { .. }
            | Atom::Exists { .. }
            | Atom::Authenticated
            | Atom::Role(_)
            | Atom::ClaimIsTrue(_) => None,
        }
    }

    fn type_beside(&self, left: &Term, right: &Term, scope: Scope<'_>) -> Option<Type> {
        self.type_of(left, scope.entity)
            .or_else(|| self.type_of(right, scope.entity))
    }

    fn operand(&self, term: &Term, beside: Option<&Type>, scope: Scope<'_>) -> Option<Operand> {
        Some(match term {
            Term::Field { row, field } => return self.source_operand(*row, *field, scope),
            Term::Caller => Operand::Caller,
            Term::Now { offset } => Operand::Slot(Slot::Now(*offset)),
            Term::Value(literal) => match self.literal(literal, beside) {
                Value::Null => Operand::Nothing,
                value => Operand::Literal(value),
            },
            Term::Claim(_) | Term::Input(_) => return None,
        })
    }

    fn source_operand(&self, row: Row, field: FieldId, scope: Scope<'_>) -> Option<Operand> {
        let Some(source) = scope.source(row, field) else {
            return Some(Operand::Field(field));
        };
        match source {
            Source::Slot(Slot::Caller) => Some(Operand::Caller),
            Source::Slot(slot) => Some(Operand::Slot(slot.clone())),
            Source::Literal(Value::Null) => Some(Operand::Nothing),
            Source::Literal(value) => Some(Operand::Literal(value.clone())),
            Source::Assign(Assign::Term(term)) => {
                let ty = &self.cx.model.design.entities[scope.entity].fields[field].ty;
                self.operand(term, Some(ty), Scope::row(scope.entity, scope.alias))
            }
            Source::Assign(Assign::Not(_)) | Source::Parent(_) | Source::OfParent(..) => None,
        }
    }

    /// Whether what stands for a term of an entity's row is never empty.
    fn is_something(&self, operand: &Operand, entity: EntityId, term: &Term) -> bool {
        let is_required = |field: FieldId| {
            let is_ours = self.cx.model.tables.of(entity).managed;
            is_ours && !self.cx.model.design.entities[entity].fields[field].optional
        };
        match operand {
            Operand::Literal(_) | Operand::Caller => true,
            Operand::Field(field) => is_required(*field),
            Operand::Slot(slot) => match slot {
                // A body that puts nothing into a required field is refused before.
                Slot::Body(_) => matches!(term, Term::Field { field, .. } if is_required(*field)),
                Slot::Now(_) | Slot::FreshKey | Slot::Secret(..) | Slot::Key | Slot::Parent(_) => true,
                _ => false,
            },
            Operand::Nothing => false,
        }
    }
}

fn of(holds: bool) -> Truth {
    if holds { Truth::True } else { Truth::False }
}

fn settle(pred: &Pred, truth: Option<Truth>, wanted: Truth) -> Pred {
    match truth {
        Some(known) if known == wanted => Pred::ALWAYS,
        Some(_) => Pred::NEVER,
        None => pred.clone(),
    }
}

/// How two operands compare, where that is known.
fn compared(op: Compare, (left, right): (&Operand, &Operand), is_something: bool) -> Option<Truth> {
    let may_be_equal = matches!(op, Compare::Eq | Compare::Le | Compare::Ge);
    match (left, right) {
        (Operand::Nothing, _) | (_, Operand::Nothing) => Some(Truth::Unknown),
        _ if left == right && may_be_equal => is_something.then_some(Truth::True),
        // False, or unknown where they are empty: never true.
        _ if left == right => Some(Truth::False),
        (Operand::Literal(left), Operand::Literal(right)) if are_alike(left, right) => match op {
            Compare::Eq => Some(of(left == right)),
            Compare::Ne => Some(of(left != right)),
            Compare::Lt | Compare::Le | Compare::Gt | Compare::Ge => None,
        },
        _ => None,
    }
}

/// Whether two values of a kind are equal just when they are written alike.
fn are_alike(left: &Value, right: &Value) -> bool {
    matches!(
        (left, right),
        (Value::Text(_), Value::Text(_)) | (Value::Bool(_), Value::Bool(_)) | (Value::Int(_), Value::Int(_))
    )
}
