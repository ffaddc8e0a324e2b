//! The normal form of predicates: the same truth, said shortly.
//!
//! Exact in the three values of the logic, so that a predicate in normal form can be negated or made a part of
//! another one: only laws are used that hold where something is unknown too (De Morgan, idempotence, absorption),
//! and of opposites only those of facts that are never unknown.

use super::{Atom, Pred};
use crate::design::{Term, Value};

/// Parts beyond this number are not compared with each other: each is with each.
const MOST_COMPARED: usize = 48;

impl Pred {
    /// The normal form. `Not` stands before single facts alone, and not before comparisons, and no part is left that
    /// follows from another one beside it.
    #[must_use]
    pub fn normal(&self) -> Self {
        self.signed(true)
    }

    /// The normal form of the predicate, or of its opposite.
    fn signed(&self, holds: bool) -> Self {
        let all_of = |parts: &[Self]| parts.iter().map(|part| part.signed(holds)).collect::<Vec<_>>();
        match self {
            Self::All(parts) if holds => reduced(Self::all(all_of(parts))),
            Self::Any(parts) if !holds => reduced(Self::all(all_of(parts))),
            Self::All(parts) | Self::Any(parts) => reduced(Self::any(all_of(parts))),
            Self::Not(inner) => inner.signed(!holds),
            Self::Atom(atom) => atom.signed(holds),
        }
    }
}

impl Atom {
    fn signed(&self, holds: bool) -> Pred {
        match self {
            Self::Compare { op, left, right } if !holds => Pred::Atom(Self::Compare {
                op: op.opposite(),
                left: left.clone(),
                right: right.clone(),
            }),
            Self::In { set, .. } if set.is_empty() => constant(!holds),
            Self::IsNone(Term::Value(value)) => constant((*value == Value::None) == holds),
            Self::Exists {
                entity,
                path,
                target,
                pred,
            } => match pred.normal() {
                never if never.is_never() => constant(!holds),
                pred => plain(
                    Self::Exists {
                        entity: *entity,
                        path: path.clone(),
                        target: *target,
                        pred: Box::new(pred),
                    },
                    holds,
                ),
            },
            Self::Compare { .. }
            | Self::Authenticated
            | Self::Role(_)
            | Self::IsCaller { .. }
            | Self::Linked { .. }
            | Self::IsNone(_)
            | Self::In { .. }
            | Self::IsTrue { .. }
            | Self::ClaimIsTrue(_) => plain(self.clone(), holds),
        }
    }

    /// Whether it is true or false for every row and caller. (Whether a field is empty is unknown where somebody
    /// else's table holds what the design does not know.)
    fn is_never_unknown(&self) -> bool {
        match self {
            Self::Authenticated
            | Self::Role(_)
            | Self::IsCaller { .. }
            | Self::Linked { .. }
            | Self::Exists { .. } => true,
            Self::Compare { .. }
            | Self::IsNone(_)
            | Self::In { .. }
            | Self::IsTrue { .. }
            | Self::ClaimIsTrue(_) => false,
        }
    }
}

fn constant(holds: bool) -> Pred {
    if holds { Pred::ALWAYS } else { Pred::NEVER }
}

fn plain(atom: Atom, holds: bool) -> Pred {
    let atom = Pred::Atom(atom);
    if holds { atom } else { Pred::Not(Box::new(atom)) }
}

/// Without the parts that follow from others: of `a and (a or b)` and of `a or (a and b)` only `a` is left.
fn reduced(pred: Pred) -> Pred {
    match pred {
        Pred::All(parts) if has_opposites(&parts) => Pred::NEVER,
        Pred::Any(parts) if has_opposites(&parts) => Pred::ALWAYS,
        Pred::All(parts) => Pred::all(absorbed(parts, |part| match part {
            Pred::Any(inner) => Some(inner),
            Pred::All(_) | Pred::Not(_) | Pred::Atom(_) => None,
        })),
        Pred::Any(parts) => Pred::any(absorbed(parts, |part| match part {
            Pred::All(inner) => Some(inner),
            Pred::Any(_) | Pred::Not(_) | Pred::Atom(_) => None,
        })),
        other => other,
    }
}

/// The parts, without each of which the alternatives (or conditions) include all those of another part.
fn absorbed(parts: Vec<Pred>, inner: fn(&Pred) -> Option<&Vec<Pred>>) -> Vec<Pred> {
    let members = |part: &Pred| inner(part).map_or(1, Vec::len);
    if parts.iter().map(members).sum::<usize>() > MOST_COMPARED {
        return parts;
    }
    let sets: Vec<&[Pred]> = parts
        .iter()
        .map(|part| inner(part).map_or(std::slice::from_ref(part), Vec::as_slice))
        .collect();
    let follows = |at: usize, set: &[Pred]| {
        sets.iter().enumerate().any(|(other, smaller)| {
            let includes = smaller.iter().all(|member| set.contains(member));
            other != at && includes && (smaller.len() < set.len() || other < at)
        })
    };
    let kept: Vec<bool> = sets
        .iter()
        .enumerate()
        .map(|(at, set)| !follows(at, set))
        .collect();
    let kept = parts.into_iter().zip(kept).filter(|(_, is_kept)| *is_kept);
    kept.map(|(part, _)| part).collect()
}

/// Whether a fact that is never unknown stands beside its opposite.
fn has_opposites(parts: &[Pred]) -> bool {
    parts.len() <= MOST_COMPARED
        && parts.iter().any(|part| match part {
            Pred::Not(inner) => {
                matches!(&**inner, Pred::Atom(atom) if atom.is_never_unknown()) && parts.contains(inner)
            }
            Pred::All(_) | Pred::Any(_) | Pred::Atom(_) => false,
        })
}
