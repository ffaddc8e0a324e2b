//! What each route that writes changes, and what it asks for.

use groma_ir::access::CallerFacts;
use groma_ir::access::Pred;
use groma_ir::design::{EntityId, FieldId};
use groma_ir::http::Operation;
use groma_plan::{RoutePlan, Target};

use crate::pred::After;
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
    let key = plan.key_field.unwrap_or(cx.model.tables.of(plan.entity).key);
    let fields = fields(plan);
    let mut change = Change {
        entity: plan.entity,
        key,
        is_found: plan.finds(),
        parents: plan.parents.clone(),
        after: After::default(),
        before_rules: Vec::new(),
        after_rules: Vec::new(),
        states: Vec::new(),
        errors: Vec::new(),
    };
    match plan.operation {
        Operation::Create => {
            let all: Vec<FieldId> = fields.iter().map(|(field, _)| *field).collect();
            change.after = new_row(cx, plan.entity, &all, &plan.parents);
            let mut written = only_sent(&fields, sent);
            written.extend(plan.parents.last().map(|parent| parent.field));
            let rules = required(&access.create, &written, facts);
            let below = change.below(facts);
            change.after_rules = rules.iter().map(|rule| below.left(cx, rule, &|_| true)).collect();
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
