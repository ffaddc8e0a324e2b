//! In which orders lists read rows: each is worth an index, so that a page costs what a page costs.

use crate::access::{Access, Atom, CallerFacts, Pred};
use crate::design::{Design, EntityId, FieldId};

/// The fields by which lists of an entity find the rows that callers may read, each once: nothing where some
/// callers read every row.
pub(super) fn leads(
    design: &Design,
    access: &Access,
    kinds: &[CallerFacts],
    entity: EntityId,
) -> Vec<Option<FieldId>> {
    let read = &access.of(entity).read;
    let mut leads = Vec::new();
    // The owner comes first, as in a reader's mind.
    let owner = design.entities[entity].owner.map(Some);
    for kind in kinds {
        let read = read.for_caller(kind);
        if !read.is_never() {
            leads.extend(parts(&read).into_iter().map(lead));
        }
    }
    leads.sort_by_key(|lead| (owner != Some(*lead), lead.is_none(), *lead));
    leads.dedup();
    leads
}

/// The parts of a rule of which any one opens a row.
fn parts(read: &Pred) -> Vec<&Pred> {
    match read {
        Pred::Any(parts) => parts.iter().collect(),
        Pred::All(all) => match all.iter().find(|pred| matches!(pred, Pred::Any(_))) {
            Some(Pred::Any(parts)) => parts.iter().collect(),
            _ => vec![read],
        },
        Pred::Not(_) | Pred::Atom(_) => vec![read],
    }
}

/// The field whose value the caller decides: a reference to the caller, or to a row that leads to the caller.
fn lead(part: &Pred) -> Option<FieldId> {
    match part {
        Pred::All(preds) => preds.iter().find_map(lead),
        Pred::Atom(Atom::IsCaller { path, .. }) => path.steps.first().copied(),
        Pred::Atom(Atom::Exists { path, pred, .. }) if decides(pred) => path.steps.first().copied(),
        Pred::Any(_) | Pred::Not(_) | Pred::Atom(_) => None,
    }
}

/// Whether the caller decides which rows meet a predicate.
fn decides(pred: &Pred) -> bool {
    match pred {
        Pred::All(preds) => preds.iter().any(decides),
        Pred::Any(preds) => !preds.is_empty() && preds.iter().all(decides),
        Pred::Atom(Atom::IsCaller { .. }) => true,
        Pred::Atom(Atom::Exists { pred, .. }) => decides(pred),
        Pred::Not(_) | Pred::Atom(_) => false,
    }
}
