//! W112.

use std::collections::{BTreeMap, BTreeSet};

use groma_diag::{Diagnostic, Span};
use groma_ir::Design;
use groma_ir::design::{Default, Entity, EntityId, FieldId, States, Value, VariantId};

use super::page::rule;
use crate::resolve::Resolved;

rule! {
    /// Every state can be reached, and one that is not an end can be left.
    ///
    /// ## Why
    /// A state that no row ever enters is a slip in `states`, or a move that was forgotten. Where `create` takes the
    /// field, rows begin in any state. A state without a way out is an end, which most are allowed to be; one with a name
    /// such as `draft`, `pending` or `active` is not meant to be one.
    ///
    /// ## Bad
    /// enum Status { draft, published, archived }
    /// entity Note {
    ///   id: uuid key
    ///   status: Status = draft
    ///   states status { draft -> published }
    /// }
    ///
    /// ## Good
    /// enum Status { draft, published, archived }
    /// entity Note {
    ///   id: uuid key
    ///   status: Status = draft
    ///   states status { draft -> published; published -> archived }
    /// }
    Warning DEAD_STATE "W112" "dead-state"
}

/// Names of states that something follows.
const NOT_LAST: [&str; 22] = [
    "draft",
    "pending",
    "new",
    "open",
    "todo",
    "doing",
    "in_progress",
    "processing",
    "waiting",
    "active",
    "queued",
    "started",
    "running",
    "review",
    "in_review",
    "scheduled",
    "submitted",
    "requested",
    "created",
    "placed",
    "paused",
    "invited",
];

pub(crate) fn check(resolved: &Resolved<'_>) -> Vec<Diagnostic> {
    let design = &resolved.design;
    let free = free(design);
    let mut found = Vec::new();
    for (id, entity) in design.entities.entries() {
        if !resolved.is_sound(entity.origin) {
            continue;
        }
        for states in entity
            .states
            .iter()
            .filter(|states| !states.transitions.is_empty())
        {
            let start = start(entity, states).filter(|_| !free.contains(&(id, states.field)));
            if let Some(start) = start {
                let lost = first_lost(design, states, start);
                found.extend(
                    lost.into_iter()
                        .map(|state| unreachable(design, entity, states, state)),
                );
            }
            let ends = stuck(design, states);
            found.extend(ends.into_iter().map(|state| no_way_out(design, states, state)));
        }
    }
    found
}

/// Fields that `create` takes: in those, rows begin in any state.
fn free(design: &Design) -> BTreeSet<(EntityId, FieldId)> {
    let creates = design
        .resources
        .iter()
        .filter_map(|it| Some((it.entity, it.create.as_ref()?)));
    creates
        .flat_map(|(entity, create)| create.accept.iter().map(move |field| (entity, *field)))
        .collect()
}

/// The state in which every row begins, if that is one.
fn start(entity: &Entity, states: &States) -> Option<VariantId> {
    match entity.fields[states.field].default {
        Some(Default::Value(Value::Variant(_, start))) => Some(start),
        _ => None,
    }
}

/// The states that cannot be reached and that no other such state leads to: what is behind them follows.
fn first_lost(design: &Design, states: &States, start: VariantId) -> Vec<VariantId> {
    let mut ways: BTreeMap<VariantId, Vec<VariantId>> = BTreeMap::new();
    for step in &states.transitions {
        ways.entry(step.from).or_default().push(step.to);
    }
    let mut reached = BTreeSet::from([start]);
    let mut open = vec![start];
    while let Some(state) = open.pop() {
        let next = ways.get(&state).into_iter().flatten();
        open.extend(next.filter(|next| reached.insert(**next)));
    }
    let entered: BTreeSet<VariantId> = states.transitions.iter().map(|step| step.to).collect();
    let lost: Vec<VariantId> = design.enums[states.of]
        .variants
        .ids()
        .filter(|it| !reached.contains(it))
        .collect();
    let first: Vec<VariantId> = lost
        .iter()
        .copied()
        .filter(|state| !entered.contains(state))
        .collect();
    if first.is_empty() {
        lost.into_iter().take(1).collect()
    } else {
        first
    }
}

/// The states that are entered, cannot be left, and by their names should be.
fn stuck(design: &Design, states: &States) -> Vec<VariantId> {
    let left: BTreeSet<VariantId> = states.transitions.iter().map(|step| step.from).collect();
    let entered: BTreeSet<VariantId> = states.transitions.iter().map(|step| step.to).collect();
    let is_stuck = |state: &VariantId| {
        !left.contains(state) && NOT_LAST.contains(&design.variant_name(states.of, *state))
    };
    entered.into_iter().filter(is_stuck).collect()
}

fn place(states: &States, state: VariantId) -> Span {
    let mentions = states
        .transitions
        .iter()
        .find(|step| step.from == state || step.to == state);
    mentions.map_or(states.origin, |step| step.origin)
}

fn unreachable(design: &Design, entity: &Entity, states: &States, state: VariantId) -> Diagnostic {
    let name = design.variant_name(states.of, state);
    Diagnostic::new(
        &DEAD_STATE,
        place(states, state),
        format!("no row ever gets to `{name}`"),
    )
    .label(
        entity.fields[states.field].origin,
        "every row begins with this default",
    )
    .label(design.enums[states.of].variants[state].origin, "the state")
    .help(format!("add a move to `{name}`, or take it out of the enum"))
}

fn no_way_out(design: &Design, states: &States, state: VariantId) -> Diagnostic {
    let name = design.variant_name(states.of, state);
    Diagnostic::new(
        &DEAD_STATE,
        place(states, state),
        format!("nothing leads out of `{name}`"),
    )
    .help(format!(
        "add a move from `{name}`, or give an end a name that says so"
    ))
}
