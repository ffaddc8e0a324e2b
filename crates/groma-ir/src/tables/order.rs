//! In which orders lists read rows: each is worth an index, so that a page costs what a page costs.

use std::collections::BTreeSet;

use crate::access::{Access, Atom, CallerFacts, Pred};
use crate::design::{Compare, Design, EntityId, FieldId, Row, Term};

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
            leads.extend(parts(&read).into_iter().filter_map(|part| match lead(part) {
                Lead::Field(field) | Lead::Value(field) => Some(Some(field)),
                Lead::Nothing => Some(None),
                // No other index than that of the key.
                Lead::Key => None,
            }));
        }
    }
    leads.sort_by_key(|lead| (owner != Some(*lead), lead.is_none(), *lead));
    leads.dedup();
    leads
}

/// The references by which rows of others are found whose rows a list then looks for: the owner of a project, where
/// a list shows the tasks of the projects that somebody owns.
pub(super) fn ends<'e>(
    design: &Design,
    access: &Access,
    kinds: &[CallerFacts],
    listed: impl Iterator<Item = &'e EntityId>,
) -> BTreeSet<(EntityId, FieldId)> {
    let mut ends = BTreeSet::new();
    for entity in listed {
        for kind in kinds {
            let read = access.of(*entity).read.for_caller(kind);
            collect(design, &read, false, &mut ends);
        }
    }
    ends
}

fn collect(design: &Design, pred: &Pred, is_of_others: bool, ends: &mut BTreeSet<(EntityId, FieldId)>) {
    match pred {
        Pred::All(parts) | Pred::Any(parts) => {
            for part in parts {
                collect(design, part, is_of_others, ends);
            }
        }
        Pred::Atom(Atom::IsCaller { entity, path }) if is_of_others || path.steps.len() > 1 => {
            ends.extend(end(design, *entity, &path.steps));
        }
        Pred::Atom(Atom::Exists { pred, .. }) => collect(design, pred, true, ends),
        Pred::Not(_) | Pred::Atom(_) => {}
    }
}

/// The last field of a path, with the entity that has it.
fn end(design: &Design, entity: EntityId, steps: &[FieldId]) -> Option<(EntityId, FieldId)> {
    let (last, way) = steps.split_last()?;
    let target = |at: EntityId, step: &FieldId| design.entities[at].fields[*step].ty.target();
    let at = way.iter().try_fold(entity, target)?;
    Some((at, *last))
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

/// How the rows that a part of a rule opens are found.
#[derive(Clone, Copy)]
enum Lead {
    /// By this reference, whose value the caller decides: it leads to the caller, or to a row that does.
    Field(FieldId),
    /// By their keys: what ties the caller to them names each.
    Key,
    /// By this field, which holds one value in all of them: what everybody may read, as a rule.
    Value(FieldId),
    /// In no way: every row is looked at.
    Nothing,
}

impl Lead {
    fn of(first: Option<&FieldId>) -> Self {
        first.map_or(Self::Key, |field| Self::Field(*field))
    }
}

/// Of several ways the row's own reference to the caller is taken, otherwise the first that starts at the caller.
fn lead(part: &Pred) -> Lead {
    match part {
        Pred::All(preds) => {
            let own = preds.iter().find(|pred| is_own_field(pred)).map(lead);
            let of_caller = || {
                preds
                    .iter()
                    .map(lead)
                    .find(|lead| matches!(lead, Lead::Field(_) | Lead::Key))
            };
            let of_value = || preds.iter().map(lead).find(|lead| matches!(lead, Lead::Value(_)));
            own.or_else(of_caller).or_else(of_value).unwrap_or(Lead::Nothing)
        }
        Pred::Atom(Atom::IsCaller { path, .. } | Atom::Linked { path, .. }) => Lead::of(path.steps.first()),
        Pred::Atom(Atom::Exists { path, pred, .. }) if decides(pred) => Lead::of(path.steps.first()),
        Pred::Atom(
            Atom::Compare {
                op: Compare::Eq,
                left:
                    Term::Field {
                        row: Row::This,
                        field,
                    },
                right: Term::Value(_),
            }
            | Atom::IsTrue {
                row: Row::This,
                field,
            },
        ) => Lead::Value(*field),
        Pred::Any(_) | Pred::Not(_) | Pred::Atom(_) => Lead::Nothing,
    }
}

fn is_own_field(pred: &Pred) -> bool {
    matches!(pred, Pred::Atom(Atom::IsCaller { path, .. }) if path.steps.len() == 1)
}

/// Whether the caller decides which rows meet a predicate.
fn decides(pred: &Pred) -> bool {
    match pred {
        Pred::All(preds) => preds.iter().any(decides),
        Pred::Any(preds) => !preds.is_empty() && preds.iter().all(decides),
        Pred::Atom(Atom::IsCaller { .. } | Atom::Linked { .. }) => true,
        Pred::Atom(Atom::Exists { pred, .. }) => decides(pred),
        Pred::Not(_) | Pred::Atom(_) => false,
    }
}
