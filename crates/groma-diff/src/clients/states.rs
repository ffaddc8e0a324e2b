//! Which moves a row may make, by updates and by actions.

use std::collections::BTreeMap;

use groma_ir::Model;
use groma_ir::design::{Action, Entity, EnumId, VariantId};

use super::Log;

/// A move by the names of its ends, and the action that claims it.
type Step = (String, String, Option<String>);

pub(super) fn compare(old: &Model, new: &Model, log: &mut Log) {
    let entities = new.design.entities.iter();
    let known: BTreeMap<&str, &Entity> = entities.map(|entity| (entity.name.as_str(), entity)).collect();
    for was in &old.design.entities {
        let Some(is) = known.get(was.name.as_str()) else {
            continue;
        };
        states((old, was), (new, is), log);
        for action in &was.actions {
            if let Some(other) = is.actions.iter().find(|other| other.name == action.name) {
                starts((old, was, action), (new, is, other), log);
            }
        }
    }
}

fn states((old_in, old): (&Model, &Entity), (new_in, new): (&Model, &Entity), log: &mut Log) {
    for (id, field) in old.fields.entries() {
        let was = old.states_of(id);
        let is = new.field(&field.name).and_then(|id| new.states_of(id));
        let name = format!("`{}.{}`", old.name, field.name);
        match (was, is) {
            (Some(was), Some(is)) => {
                let was = steps(old_in, old, was.of, &was.transitions);
                let is = steps(new_in, new, is.of, &is.transitions);
                moves(&name, (&was, &is), log);
            }
            (Some(_), None) if new.field(&field.name).is_some() => {
                log.compatible(format!("{name} may change from anything to anything"));
            }
            (None, _) | (Some(_), None) => {}
        }
    }
    for states in &new.states {
        let field = &new.fields[states.field].name;
        let was = old.field(field);
        if was.is_some_and(|was| old.states_of(was).is_none()) {
            log.breaking(format!(
                "`{}.{field}` makes only the moves that are listed",
                old.name
            ));
        }
    }
}

fn moves(name: &str, (old, new): (&[Step], &[Step]), log: &mut Log) {
    for (from, to, by) in old {
        match new.iter().find(|(start, end, _)| (start, end) == (from, to)) {
            None => log.breaking(format!("{name} may not go from `{from}` to `{to}`")),
            Some((.., Some(action))) if by.as_ref() != Some(action) => log.breaking(format!(
                "{name} goes from `{from}` to `{to}` by the action `{action}` alone"
            )),
            Some((.., None)) if by.is_some() => {
                log.compatible(format!("{name} may go from `{from}` to `{to}` by an update"));
            }
            Some(_) => {}
        }
    }
    for (from, to, _) in new {
        if !old.iter().any(|(start, end, _)| (start, end) == (from, to)) {
            log.compatible(format!("{name} may go from `{from}` to `{to}`"));
        }
    }
}

fn steps(
    model: &Model,
    entity: &Entity,
    of: EnumId,
    transitions: &[groma_ir::design::Transition],
) -> Vec<Step> {
    let name = |variant| model.design.variant_name(of, variant).to_owned();
    let action = |action| entity.actions[action].name.clone();
    let steps = transitions.iter();
    steps
        .map(|step| (name(step.from), name(step.to), step.claimed_by.map(action)))
        .collect()
}

/// From where an action works, and where it leads.
fn starts(
    (old_in, old_of, old): (&Model, &Entity, &Action),
    (new_in, _, new): (&Model, &Entity, &Action),
    log: &mut Log,
) {
    let name = format!("the action `{}` of `{}`", old.name, old_of.name);
    let names = |model: &Model, of: EnumId, ids: &[VariantId]| -> Vec<String> {
        let ids = ids.iter();
        ids.map(|id| model.design.variant_name(of, *id).to_owned())
            .collect()
    };
    match (&old.moves, &new.moves) {
        (Some(was), Some(is)) => {
            let end = (
                old_in.design.variant_name(was.of, was.to),
                new_in.design.variant_name(is.of, is.to),
            );
            if end.0 != end.1 {
                log.breaking(format!("{name} leads to `{}`, not to `{}`", end.1, end.0));
            }
            let (was, is) = (names(old_in, was.of, &was.from), names(new_in, is.of, &is.from));
            let (gone, added) = super::only_in(&was, &is);
            for from in gone {
                log.breaking(format!("{name} does not work from `{from}`"));
            }
            for from in added {
                log.compatible(format!("{name} works from `{from}` too"));
            }
        }
        (None, Some(_)) => log.breaking(format!("{name} works from some states only")),
        (Some(_), None) => log.breaking(format!("{name} makes no move")),
        (None, None) => {}
    }
}
