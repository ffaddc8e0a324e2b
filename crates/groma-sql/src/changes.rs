//! What each route that writes changes, and what it asks for.

use groma_ir::access::CallerFacts;
use groma_ir::access::Pred;
use groma_ir::design::{EntityId, FieldId};
use groma_ir::http::Operation;
use groma_plan::{RoutePlan, Target};

use crate::pred::After;
use crate::statements::below;
use crate::statements::change::{Change, StateGuard, acted_row, changed_row, new_row, required};
use crate::write::Context;

/// The change that a route makes for such a caller who sends these members.
pub(crate) fn change(
    cx: &Context<'_>,
    plan: &RoutePlan,
    facts: &CallerFacts,
    sent: &dyn Fn(usize) -> bool,
) -> Change {
    let access = cx.model.access.of(plan.entity);
    let fields = fields(plan);
    let mut change = Change {
        is_new: plan.operation == Operation::Create,
        ..nothing(cx, plan)
    };
    match plan.operation {
        Operation::Create => {
            let all: Vec<FieldId> = fields.iter().map(|(field, _)| *field).collect();
            change.after = new_row(cx, plan.entity, &all, (&plan.parents, None));
            may_make(cx, &mut change, only_sent(&fields, sent), facts);
        }
        Operation::Update => {
            let written: Vec<_> = fields
                .iter()
                .filter(|(_, member)| sent(*member))
                .copied()
                .collect();
            writing(cx, &mut change, &written, facts);
        }
        Operation::Replace => writing(cx, &mut change, &fields, facts),
        Operation::Delete => {
            change.before_rules = vec![access.delete.for_caller(facts)];
            change.states.extend(kept(cx, plan.entity, None));
        }
        Operation::Action(id) => {
            let entity = &cx.model.design.entities[plan.entity];
            let action = &entity.actions[id];
            change.after = acted_row(entity, action);
            change.before_rules = vec![access.action(id).for_caller(facts)];
            change.states = action.moves.iter().cloned().map(StateGuard::From).collect();
            change.errors = action
                .errors
                .iter()
                .map(|error| Pred::from_cond(&error.when))
                .collect();
        }
        Operation::List | Operation::Get | Operation::Report(_) => {}
    }
    change
}

/// The row that a replace makes for such a caller where there is none: what the path names, with all of the body.
pub(crate) fn making(cx: &Context<'_>, plan: &RoutePlan, facts: &CallerFacts) -> Change {
    let fields: Vec<FieldId> = fields(plan).iter().map(|(field, _)| *field).collect();
    let mut change = nothing(cx, plan);
    change.is_new = true;
    change.after = new_row(cx, plan.entity, &fields, (&plan.parents, plan.key_field));
    let written = fields.into_iter().chain(plan.key_field).collect();
    may_make(cx, &mut change, written, facts);
    change
}

fn nothing(cx: &Context<'_>, plan: &RoutePlan) -> Change {
    Change {
        entity: plan.entity,
        is_new: false,
        is_found: plan.finds(),
        key: plan.key_field.unwrap_or(cx.model.tables.of(plan.entity).key),
        parents: plan.parents.clone(),
        after: After::default(),
        before_rules: Vec::new(),
        after_rules: Vec::new(),
        states: Vec::new(),
        errors: Vec::new(),
    }
}

/// What must hold on a new row of which the request says these fields, and what it lies below.
fn may_make(cx: &Context<'_>, change: &mut Change, mut written: Vec<FieldId>, facts: &CallerFacts) {
    written.extend(change.parents.last().map(|parent| parent.field));
    let tenant = below::tenant(cx, change.entity, &change.parents);
    written.extend(tenant.map(|(field, _)| field));
    let rules = required(&cx.model.access.of(change.entity).create, &written, facts);
    let below = change.below(facts);
    let left: Vec<Pred> = rules.iter().map(|rule| below.left(cx, rule, &|_| true)).collect();
    change.after_rules = left;
}

fn writing(cx: &Context<'_>, change: &mut Change, written: &[(FieldId, usize)], facts: &CallerFacts) {
    let entity = &cx.model.design.entities[change.entity];
    let fields: Vec<FieldId> = written.iter().map(|(field, _)| *field).collect();
    let rules = required(&cx.model.access.of(change.entity).update, &fields, facts);
    change.after = changed_row(entity, written);
    change.before_rules.clone_from(&rules);
    change.after_rules = rules;
    let guarded = written
        .iter()
        .filter(|(field, _)| entity.states_of(*field).is_some());
    change.states = guarded
        .map(|(field, member)| StateGuard::Reaches(*field, *member))
        .collect();
    let level = entity.link.as_ref().map(|link| link.level);
    let level = written.iter().find(|(field, _)| Some(*field) == level);
    if let Some((_, member)) = level {
        change.states.extend(kept(cx, change.entity, Some(*member)));
    }
}

/// That so many rows with a level are left.
fn kept(cx: &Context<'_>, entity: EntityId, member: Option<usize>) -> Option<StateGuard> {
    let link = cx.model.design.entities[entity].link.clone()?;
    let level = link.least?.level;
    Some(StateGuard::Kept { link, level, member })
}

/// The fields that the body writes, with their members.
fn fields(plan: &RoutePlan) -> Vec<(FieldId, usize)> {
    let targets = plan.targets().iter().enumerate();
    let fields = targets.filter_map(|(member, target)| match target {
        Target::Field(field) => Some((*field, member)),
        Target::Input(_) => None,
    });
    fields.collect()
}

fn only_sent(fields: &[(FieldId, usize)], sent: &dyn Fn(usize) -> bool) -> Vec<FieldId> {
    fields
        .iter()
        .filter(|(_, member)| sent(*member))
        .map(|(field, _)| *field)
        .collect()
}
