//! Rows that are found through other rows: by the project that the caller may read.
//!
//! Such a branch starts at the rows that the caller has there, and not at every row here. The order of the join is
//! said, not left to statistics: where most references are empty, they mislead.

use groma_ir::access::{Atom, Pred};
use groma_ir::design::{EntityId, FieldId, Path, VariantId};

use super::Conditions;
use crate::pred::Scope;
use crate::write::{Slot, Writer};

/// What leads to the rows of a branch.
pub(super) struct Lead<'p> {
    /// The tables on the way, from the nearest on.
    hops: Vec<Hop>,
    end: End<'p>,
    /// What else the rows meet.
    rest: Vec<&'p Pred>,
}

/// A table on the way, and how the one before is joined to it.
#[derive(Clone, Copy)]
struct Hop {
    /// The field of the one before.
    from: FieldId,
    to: EntityId,
    /// The field here that it equals.
    own: FieldId,
}

/// What holds at the end of the way.
#[derive(Clone, Copy)]
enum End<'p> {
    Pred(&'p Pred),
    /// The field is the caller.
    Caller(FieldId),
    /// The row ties the caller, at this level or a higher one.
    Tie(EntityId, VariantId),
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
        let hops = hops(writer, entity, &way, end)?;
        let rest = parts
            .iter()
            .enumerate()
            .filter(|(index, _)| *index != at)
            .map(|(_, part)| *part);
        Some(Self {
            hops,
            end,
            rest: rest.collect(),
        })
    }

    /// Whether each row on the way leads to one row here at most.
    pub(super) fn leads_to_one(&self, writer: &Writer<'_>, entity: EntityId) -> bool {
        let key = writer.cx.model.tables.of(entity).key;
        matches!(self.hops.as_slice(), [only] if only.from == key)
    }

    /// Writes the tables on the way, from its end; returns their names from the nearest on.
    pub(super) fn from(&self, writer: &mut Writer<'_>) -> Vec<(EntityId, String)> {
        let stops: Vec<(EntityId, String)> = self.hops.iter().map(|hop| (hop.to, writer.alias())).collect();
        writer.clause("FROM");
        let joint = writer.cx.dialect.ordered_join();
        if let Some((entity, alias)) = stops.last() {
            writer.push(&format!("{} AS {alias}", writer.lookup(*entity)));
        }
        let steps = stops
            .iter()
            .zip(stops.iter().skip(1))
            .zip(self.hops.iter().skip(1))
            .rev();
        for (((to, alias), from), hop) in steps {
            let own = writer.column(from.0, &from.1, hop.own);
            let reference = writer.column(*to, alias, hop.from);
            writer.push(&format!(
                " {joint} {} AS {alias} ON {reference} = {own}",
                writer.lookup(*to)
            ));
        }
        stops
    }

    /// That a row refers to the nearest stop.
    pub(super) fn is_reached(
        &self,
        writer: &Writer<'_>,
        entity: EntityId,
        stops: &[(EntityId, String)],
    ) -> String {
        let (Some(first), Some((near, stop))) = (self.hops.first(), stops.first()) else {
            return String::from("FALSE");
        };
        let reference = writer.column(entity, "t", first.from);
        let own = writer.column(*near, stop, first.own);
        format!("{reference} = {own}")
    }

    /// Writes what holds at the end of the way.
    pub(super) fn end(&self, conditions: &mut Conditions<'_, '_>, stops: &[(EntityId, String)]) {
        let Some((entity, alias)) = stops.last() else {
            return;
        };
        let writer = conditions.next();
        match self.end {
            End::Pred(pred) => writer.pred(pred, Scope::row(*entity, alias).leading()),
            End::Caller(field) => {
                let column = writer.column(*entity, alias, field);
                let caller = writer.parameter(Slot::Caller);
                writer.push(&format!("{column} = {caller}"));
            }
            End::Tie(link, least) => writer.is_tie_of_caller((link, least), alias),
        }
    }

    /// Writes what else the rows meet.
    pub(super) fn rest(&self, conditions: &mut Conditions<'_, '_>, scope: Scope<'_>) {
        for pred in &self.rest {
            conditions.next().pred(pred, scope);
        }
    }
}

/// The tables along a way. The row that ties the caller to another one holds the key of that one, which is skipped.
fn hops(writer: &Writer<'_>, entity: EntityId, way: &[FieldId], end: End<'_>) -> Option<Vec<Hop>> {
    let chain = writer.chain(entity, way)?;
    let key_of = |entity: EntityId| writer.cx.model.tables.of(entity).key;
    let mut hops: Vec<Hop> = way
        .iter()
        .zip(&chain)
        .map(|(from, to)| Hop {
            from: *from,
            to: *to,
            own: key_of(*to),
        })
        .collect();
    if let End::Tie(link, _) = end {
        let from = hops.pop().map_or_else(|| key_of(entity), |last| last.from);
        hops.push(Hop {
            from,
            to: link,
            own: writer.cx.model.design.entities[link].link.as_ref()?.parent,
        });
    }
    Some(hops)
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
        Pred::Atom(Atom::Linked {
            path, link, least, ..
        }) => Some((path.steps.clone(), End::Tie(*link, *least))),
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
        Pred::Atom(Atom::IsCaller { .. } | Atom::Linked { .. }) => true,
        Pred::Atom(Atom::Exists { pred, .. }) => is_selective(pred),
        Pred::Not(_) | Pred::Atom(_) => false,
    }
}
