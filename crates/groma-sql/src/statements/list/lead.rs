//! Rows that are found through other rows: by the project that the caller may read.
//!
//! Such a branch starts at the rows that the caller has there, and not at every row here. The order of the join is
//! said, not left to statistics: where most references are empty, they mislead.

use groma_ir::access::{Atom, Pred};
use groma_ir::design::{EntityId, FieldId, Path};

use super::Conditions;
use crate::pred::Scope;
use crate::write::{Slot, Writer};

/// What leads to the rows of a branch.
pub(super) struct Lead<'p> {
    way: Vec<FieldId>,
    chain: Vec<EntityId>,
    end: End<'p>,
    /// What else the rows meet.
    rest: Vec<&'p Pred>,
}

/// What holds at the end of the way.
enum End<'p> {
    Pred(&'p Pred),
    /// The field is the caller.
    Caller(FieldId),
}

impl<'p> Lead<'p> {
    /// What leads to the rows that meet a predicate, if something does that is likely to lead to few.
    pub(super) fn of(writer: &Writer<'_>, entity: EntityId, pred: &'p Pred) -> Option<Self> {
        let parts = match pred {
            Pred::All(parts) => parts.iter().collect(),
            Pred::Any(_) | Pred::Not(_) | Pred::Atom(_) => vec![pred],
        };
        if parts.iter().any(|part| is_own_field(part)) {
            return None;
        }
        let found = parts
            .iter()
            .enumerate()
            .find_map(|(at, part)| Some((at, leading(part)?)));
        let (at, (way, end)) = found?;
        let chain = writer.chain(entity, &way)?;
        let rest = parts
            .iter()
            .enumerate()
            .filter(|(index, _)| *index != at)
            .map(|(_, part)| *part);
        Some(Self {
            way,
            chain,
            end,
            rest: rest.collect(),
        })
    }

    /// Writes the tables, from the end of the way to the rows themselves; returns the name of the end.
    pub(super) fn from(&self, writer: &mut Writer<'_>, entity: EntityId) -> (EntityId, String) {
        let mut stops: Vec<(EntityId, String)> = vec![(entity, String::from("t"))];
        for reached in &self.chain {
            stops.push((*reached, writer.alias()));
        }
        writer.clause("FROM");
        let joint = writer.cx.dialect.ordered_join();
        let steps = stops.iter().zip(stops.iter().skip(1)).zip(&self.way).rev();
        for (index, ((to, from), field)) in steps.enumerate() {
            if index == 0 {
                writer.push(&format!("{} AS {}", writer.table(from.0), from.1));
            }
            let key = writer.column(from.0, &from.1, writer.cx.model.tables.of(from.0).key);
            let reference = writer.column(to.0, &to.1, *field);
            writer.push(&format!(
                " {joint} {} AS {} ON {reference} = {key}",
                writer.table(to.0),
                to.1
            ));
        }
        stops.pop().unwrap_or((entity, String::from("t")))
    }

    /// Writes what holds at the end, and what else the rows meet.
    pub(super) fn conditions(
        &self,
        conditions: &mut Conditions<'_, '_>,
        (entity, alias): &(EntityId, String),
        scope: Scope<'_>,
    ) {
        let writer = conditions.next();
        match self.end {
            End::Pred(pred) => writer.pred(pred, Scope::row(*entity, alias).leading()),
            End::Caller(field) => {
                let column = writer.column(*entity, alias, field);
                let caller = writer.parameter(Slot::Caller);
                writer.push(&format!("{column} = {caller}"));
            }
        }
        for pred in &self.rest {
            conditions.next().pred(pred, scope);
        }
    }
}

/// The way to other rows, where few of them are likely to count.
fn leading(pred: &Pred) -> Option<(Vec<FieldId>, End<'_>)> {
    match pred {
        Pred::Atom(Atom::Exists { path, pred, .. }) if is_selective(pred) => {
            Some((path.steps.clone(), End::Pred(pred)))
        }
        Pred::Atom(Atom::IsCaller {
            path: Path { steps, .. },
            ..
        }) => match steps.as_slice() {
            [way @ .., last] if !way.is_empty() => Some((way.to_vec(), End::Caller(*last))),
            _ => None,
        },
        Pred::All(_) | Pred::Any(_) | Pred::Not(_) | Pred::Atom(_) => None,
    }
}

/// Whether a predicate asks for a field of the row itself to be the caller: then the row is found by that.
fn is_own_field(pred: &Pred) -> bool {
    matches!(pred, Pred::Atom(Atom::IsCaller { path, .. }) if path.steps.len() == 1)
}

/// Whether the caller decides which rows count, not only whether some do.
fn is_selective(pred: &Pred) -> bool {
    match pred {
        Pred::All(preds) => preds.iter().any(is_selective),
        Pred::Any(preds) => preds.iter().all(is_selective),
        Pred::Atom(Atom::IsCaller { .. }) => true,
        Pred::Atom(Atom::Exists { pred, .. }) => is_selective(pred),
        Pred::Not(_) | Pred::Atom(_) => false,
    }
}
