//! What updates ask: one for each rule that fields have, and one for each state that it can be asked to reach.

use std::cell::RefCell;

use groma_access::Want;
use groma_ir::access::{Atom, Pred};
use groma_ir::design::{FieldId, Path, Row, States, Term, Value, VariantId};
use groma_ir::http::Route;

use super::draft::Draft;
use super::{Ask, is, one_of};
use crate::cx::Cx;
use crate::names;
use crate::service::function_of;

/// An update for each rule that fields have.
pub(super) fn updates<'m>(cx: &Cx<'m>, route: &'m Route) -> Vec<Ask<'m>> {
    let rules = &cx.model.access.of(route.entity).update;
    let mut groups: Vec<(&Pred, Vec<FieldId>)> = Vec::new();
    for field in &route.writes {
        let rule = rules.field(*field);
        match groups.iter_mut().find(|(known, _)| *known == rule) {
            Some((_, fields)) => fields.push(*field),
            None => groups.push((rule, vec![*field])),
        }
    }
    let entity = &cx.model.design.entities[route.entity];
    let mut all = Vec::new();
    for (rule, fields) in &groups {
        let after = after(rule);
        let mut writes: Vec<FieldId> = fields.iter().copied().filter(|id| after.contains(id)).collect();
        if writes.is_empty() {
            let is_plain =
                |id: &&FieldId| entity.states_of(**id).is_none() && entity.fields[**id].ty.target().is_none();
            writes.extend(fields.iter().find(is_plain).or(fields.first()));
        }
        let mut draft = Draft::new(cx, route);
        draft.change(rule, &writes);
        if let Some(step) = draft.steps.last_mut() {
            step.in_parts = true;
        }
        let name = match writes.as_slice() {
            [only] if groups.len() > 1 && **rule != rules.row => {
                let field = names::field(cx.model, route.entity, *only);
                format!("{}_{field}", function_of(route))
            }
            _ => function_of(route),
        };
        all.push(draft.finish(name, writes));
    }
    all
}

/// The fields that a rule reads of the row as the change leaves it.
fn after(rule: &Pred) -> Vec<FieldId> {
    let found = RefCell::new(Vec::new());
    let note = |term: &Term| {
        if let Term::Field { row: Row::New, field } = term {
            found.borrow_mut().push(*field);
        }
    };
    let way = |path: &Path| {
        if path.row == Row::New {
            found.borrow_mut().extend(path.steps.first());
        }
    };
    rule.any_atom(&|atom| {
        match atom {
            Atom::IsCaller { path, .. } | Atom::Linked { path, .. } | Atom::Exists { path, .. } => way(path),
            Atom::Compare { left, right, .. } => [left, right].into_iter().for_each(note),
            Atom::IsNone(term) | Atom::In { term, .. } => note(term),
            Atom::IsTrue { row, field } => note(&Term::Field {
                row: *row,
                field: *field,
            }),
            Atom::Authenticated | Atom::Role(_) | Atom::ClaimIsTrue(_) => {}
        }
        false
    });
    found.into_inner()
}

/// An update for each state that it can be asked to reach.
pub(super) fn moves<'m>(cx: &Cx<'m>, route: &'m Route) -> Vec<Ask<'m>> {
    let entity = &cx.model.design.entities[route.entity];
    let guarded = route.writes.iter().filter_map(|field| entity.states_of(*field));
    guarded.flat_map(|states| moves_of(cx, route, states)).collect()
}

fn moves_of<'m>(cx: &Cx<'m>, route: &'m Route, states: &States) -> Vec<Ask<'m>> {
    let declared = &cx.model.design.enums[states.of];
    let rule = cx.model.access.of(route.entity).update.field(states.field);
    let asks = declared.variants.entries().map(|(to, variant)| {
        let from: Vec<VariantId> = declared
            .variants
            .ids()
            .filter(|from| {
                let mut moves = states.transitions.iter();
                *from == to
                    || moves.any(|step| step.claimed_by.is_none() && step.from == *from && step.to == to)
            })
            .collect();
        let writes = vec![states.field];
        let mut draft = Draft::new(cx, route);
        draft.change(rule, &writes);
        let reached = is(Row::New, states.field, Value::Variant(states.of, to));
        draft.given.push((reached, Want::True));
        draft.tell(one_of(states.field, states.of, &from), 409);
        let name = format!("{}_to_{}", function_of(route), names::snake(&variant.name));
        draft.finish(name, writes)
    });
    asks.collect()
}
