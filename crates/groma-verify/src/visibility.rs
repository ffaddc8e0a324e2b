//! Whether a caller can see rows that this run did not make.
//!
//! Lists of a caller who cannot are judged exactly, even in a database full of other people's rows.

use groma_ir::access::{Atom, CallerFacts, Pred};
use groma_ir::design::{Compare, EntityId, Term};

use crate::oracle::World;
use crate::tokens::Identity;

/// Whether every row that the caller may read must be tied to the caller.
pub(crate) fn is_closed(world: &World<'_>, entity: EntityId, who: Option<&Identity>) -> bool {
    let facts = CallerFacts {
        authenticated: who.is_some(),
        roles: who.map(|who| who.roles).unwrap_or_default(),
    };
    who.is_none_or(|who| who.is_fresh) && is_tied(&world.model.access.of(entity).read.for_caller(&facts))
}

fn is_tied(pred: &Pred) -> bool {
    match pred {
        Pred::All(preds) => preds.iter().any(is_tied),
        Pred::Any(preds) => preds.iter().all(is_tied),
        Pred::Not(_) => false,
        Pred::Atom(atom) => match atom {
            Atom::IsCaller { .. } | Atom::Linked { .. } => true,
            Atom::Exists { pred, .. } => is_tied(pred),
            Atom::Compare {
                op: Compare::Eq,
                left,
                right,
            } => *left == Term::Caller || *right == Term::Caller,
            Atom::Compare { .. }
            | Atom::Authenticated
            | Atom::Role(_)
            | Atom::IsNone(_)
            | Atom::In { .. }
            | Atom::IsTrue { .. }
            | Atom::ClaimIsTrue(_) => false,
        },
    }
}
