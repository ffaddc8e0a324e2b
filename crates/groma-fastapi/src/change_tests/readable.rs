//! Whether whoever made or changed a row may surely read it then.

use std::collections::BTreeSet;

use groma_access::{Space, Told, created};
use groma_ir::access::{Atom, Pred};
use groma_ir::design::{FieldId, Row};
use groma_ir::http::{Operation, Route};

use crate::cx::Cx;
use crate::resource_tests::made::level;
use crate::sample_rows::own;

/// A row as a request leaves it.
pub(super) struct After<'a, 'm> {
    pub(super) route: &'m Route,
    pub(super) told: &'a Told,
    /// The fields that are not as the situation says.
    pub(super) changed: &'a BTreeSet<FieldId>,
    /// What is so of them.
    pub(super) facts: Vec<Pred>,
}

impl After<'_, '_> {
    /// Whether the caller may read it.
    pub(super) fn is_read(&self, cx: &Cx<'_>) -> bool {
        let read = cx.model.access.of(self.route.entity).read.clone();
        self.surely(cx, tied(cx, self.route, read))
    }

    /// Whether the caller is shown a field of it.
    pub(super) fn shows(&self, cx: &Cx<'_>, field: FieldId) -> bool {
        let guard = cx.model.access.of(self.route.entity).guard(field);
        guard.is_none_or(|guard| self.surely(cx, tied(cx, self.route, guard.clone())))
    }

    fn surely(&self, cx: &Cx<'_>, pred: Pred) -> bool {
        let mut space = Space::new(&cx.model.design);
        let mut case = self.told.case.clone();
        let pred = if self.route.operation == Operation::Create {
            let is_kept = |field: &FieldId| !self.changed.contains(field);
            case.choices
                .retain(|choice| own(&choice.variable).iter().all(is_kept));
            created(&cx.model.design, self.route.entity, pred.on_this_row())
        } else {
            pred.on_rows(&|field| match field {
                Some(field) if self.changed.contains(&field) => Row::New,
                Some(_) | None => Row::This,
            })
        };
        let not = self.facts.iter().cloned().chain([pred.negate()]);
        !space.can_be(&case, self.route.entity, &Pred::all(not))
    }
}

/// A rule of whoever is tied to the row by making it.
fn tied(cx: &Cx<'_>, route: &Route, pred: Pred) -> Pred {
    if route.operation != Operation::Create {
        return pred;
    }
    let all = |preds: Vec<Pred>| {
        preds
            .into_iter()
            .map(|pred| tied(cx, route, pred))
            .collect::<Vec<_>>()
    };
    match pred {
        Pred::All(preds) => Pred::all(all(preds)),
        Pred::Any(preds) => Pred::any(all(preds)),
        Pred::Not(pred) => tied(cx, route, *pred).negate(),
        Pred::Atom(Atom::Linked {
            path, link, least, ..
        }) if path.steps.is_empty() && level(cx, route, link).is_some_and(|level| level >= least) => {
            Pred::ALWAYS
        }
        Pred::Atom(atom) => Pred::Atom(atom),
    }
}
