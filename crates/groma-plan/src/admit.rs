//! What can be decided by the caller alone, before a body is read or the database asked.

use groma_ir::Model;
use groma_ir::access::{Atom, CallerFacts, Pred};
use groma_ir::http::{Operation, Route};

/// The predicates of which one must be possible for a caller of a kind; otherwise the route is closed to it.
#[derive(Clone, Debug)]
pub(crate) struct Admit {
    any: Vec<Pred>,
}

impl Admit {
    pub(crate) fn new(model: &Model, route: &Route) -> Self {
        let access = model.access.of(route.entity);
        let rule = |rule: &groma_ir::access::VerbRule| -> Vec<Pred> {
            std::iter::once(&rule.row)
                .chain(rule.fields.iter().map(|(_, pred)| pred))
                .cloned()
                .collect()
        };
        let any = match route.operation {
            Operation::List | Operation::Get | Operation::Report(_) => vec![access.read.clone()],
            Operation::Create => rule(&access.create),
            Operation::Replace if route.made.is_some() => {
                let all = [&access.create, &access.update];
                all.into_iter().flat_map(rule).collect()
            }
            Operation::Update | Operation::Replace => rule(&access.update),
            Operation::Delete => vec![access.delete.clone()],
            Operation::Action(action) => vec![access.action(action).clone()],
        };
        Self { any }
    }

    /// Whether some request of such a caller could pass: the same answer as [`Pred::for_caller`] gives, without
    /// building what is left.
    pub(crate) fn is_possible(&self, caller: &CallerFacts) -> bool {
        self.any.iter().any(|pred| !is_never(pred, caller))
    }
}

fn is_never(pred: &Pred, caller: &CallerFacts) -> bool {
    match pred {
        Pred::All(preds) => preds.iter().any(|pred| is_never(pred, caller)),
        Pred::Any(preds) => preds.iter().all(|pred| is_never(pred, caller)),
        Pred::Not(pred) => is_always(pred, caller),
        Pred::Atom(atom) => match atom {
            Atom::Authenticated | Atom::IsCaller { .. } | Atom::Linked { .. } => !caller.authenticated,
            Atom::Role(role) => !caller.roles.contains(*role),
            Atom::Exists { pred, .. } => is_never(pred, caller),
            Atom::Compare { .. }
            | Atom::IsNone(_)
            | Atom::In { .. }
            | Atom::IsTrue { .. }
            | Atom::ClaimIsTrue(_) => false,
        },
    }
}

fn is_always(pred: &Pred, caller: &CallerFacts) -> bool {
    match pred {
        Pred::All(preds) => preds.iter().all(|pred| is_always(pred, caller)),
        Pred::Any(preds) => preds.iter().any(|pred| is_always(pred, caller)),
        Pred::Not(pred) => is_never(pred, caller),
        Pred::Atom(atom) => match atom {
            Atom::Authenticated => caller.authenticated,
            Atom::Role(role) => caller.roles.contains(*role),
            Atom::IsCaller { .. }
            | Atom::Linked { .. }
            | Atom::Exists { .. }
            | Atom::Compare { .. }
            | Atom::IsNone(_)
            | Atom::In { .. }
            | Atom::IsTrue { .. }
            | Atom::ClaimIsTrue(_) => false,
        },
    }
}
