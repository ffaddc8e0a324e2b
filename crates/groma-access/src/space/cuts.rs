//! The literals that predicates name: the ranges of values are cut there.

use groma_ir::access::{Atom, Pred};
use groma_ir::design::Term;

use super::{Place, Space};
use crate::spot::Literal;

impl Space<'_> {
    pub(super) fn cut_at(&mut self, at: &Place, pred: &Pred) {
        match pred {
            Pred::All(preds) | Pred::Any(preds) => preds.iter().for_each(|pred| self.cut_at(at, pred)),
            Pred::Not(pred) => self.cut_at(at, pred),
            Pred::Atom(Atom::Exists {
                path, target, pred, ..
            }) => {
                if let Some((inner, _)) = self.end(at, path, *target) {
                    self.cut_at(&inner, pred);
                }
            }
            Pred::Atom(Atom::Compare { left, right, .. }) => {
                self.cut_by(at, left, right);
                self.cut_by(at, right, left);
            }
            Pred::Atom(Atom::In { term, set }) => set.iter().for_each(|item| self.cut_by(at, term, item)),
            Pred::Atom(
                Atom::Authenticated
                | Atom::Role(_)
                | Atom::IsCaller { .. }
                | Atom::Linked { .. }
                | Atom::IsNone(_)
                | Atom::IsTrue { .. }
                | Atom::ClaimIsTrue(_),
            ) => {}
        }
    }

    fn cut_by(&mut self, at: &Place, term: &Term, literal: &Term) {
        let Term::Value(value) = literal else { return };
        let Some((variable, ty)) = self.ranged(at, term) else {
            return;
        };
        let Some(literal) = Literal::of(ty.as_ref(), value) else {
            return;
        };
        let cuts = self.cuts.entry(variable).or_default();
        if let Err(index) = cuts.binary_search_by(|cut| cut.order(&literal)) {
            cuts.insert(index, literal);
        }
    }
}
