//! What requests do and what rows must be, where no schema says it: assignments, conditions, constraints.
//!
//! Conditions are compared by their words, which are the same for the same condition.

use std::collections::BTreeMap;

use groma_ir::Model;
use groma_ir::design::{
    Action, Aggregate, Assign, Cond, Entity, EntityId, FieldId, OnDelete, Resource, Term,
};
use groma_ir::words;

use super::Log;

/// An entity and the model that it is in.
struct Side<'m> {
    model: &'m Model,
    id: EntityId,
    entity: &'m Entity,
    /// Its resources, in the order of the design.
    resources: Vec<&'m Resource>,
}

impl Side<'_> {
    fn name(&self, field: FieldId) -> &str {
        &self.entity.fields[field].name
    }

    fn cond(&self, cond: &Cond) -> String {
        words::cond(&self.model.design, self.id, cond)
    }
}

fn sides(model: &Model) -> BTreeMap<&str, Side<'_>> {
    let mut resources: BTreeMap<EntityId, Vec<&Resource>> = BTreeMap::new();
    for resource in &model.design.resources {
        resources.entry(resource.entity).or_default().push(resource);
    }
    let entities = model.design.entities.entries();
    let sides = entities.map(|(id, entity)| {
        let side = Side {
            model,
            id,
            entity,
            resources: resources.remove(&id).unwrap_or_default(),
        };
        (entity.name.as_str(), side)
    });
    sides.collect()
}

/// Things by their names, and what each does in words.
type Effects = BTreeMap<String, String>;

pub(super) fn compare(old: &Model, new: &Model, log: &mut Log) {
    let known = sides(new);
    for (name, was) in sides(old) {
        let Some(is) = known.get(name) else { continue };
        differing((&actions(&was), &actions(is)), log);
        differing((&lists(&was), &lists(is)), log);
        constraints((&checks(&was), &checks(is)), "need not hold", log);
        constraints((&uniques(&was), &uniques(is)), "may be the same", log);
        deletions(&was, is, log);
    }
}

/// What stands under one name in both, and does something else.
fn differing((old, new): (&Effects, &Effects), log: &mut Log) {
    for (name, was) in old {
        match new.get(name) {
            Some(is) if is != was => log.breaking(format!("{name} {is}, and not: {was}")),
            Some(_) | None => {}
        }
    }
}

/// What every row must be: more of it breaks.
fn constraints((old, new): (&Effects, &Effects), free: &str, log: &mut Log) {
    for (meaning, words) in new {
        if !old.contains_key(meaning) {
            log.breaking(words.clone());
        }
    }
    for meaning in old.keys().filter(|meaning| !new.contains_key(*meaning)) {
        log.compatible(format!("{meaning} {free}"));
    }
}

fn actions(side: &Side<'_>) -> Effects {
    let mut effects = Effects::new();
    for action in &side.entity.actions {
        let name = format!("the action `{}` of `{}`", action.name, side.entity.name);
        let sets = action.sets.iter();
        let sets: Vec<String> = sets
            .map(|(field, to)| assigned(side, action, *field, to))
            .collect();
        let does = if sets.is_empty() {
            String::from("sets nothing")
        } else {
            format!("sets {}", sets.join(", "))
        };
        effects.insert(name.clone(), does);
        for error in &action.errors {
            let name = format!("{name} raises `{}` when", error.name);
            effects.insert(name, side.cond(&error.when));
        }
    }
    effects
}

fn assigned(side: &Side<'_>, action: &Action, field: FieldId, to: &Assign) -> String {
    let value = match to {
        Assign::Term(Term::Input(input)) => format!("the input `{}`", action.inputs[*input].name),
        Assign::Term(term) => words::term(&side.model.design, side.id, term),
        Assign::Not(field) => format!("the opposite of `{}`", side.name(*field)),
    };
    format!("`{}` to {value}", side.name(field))
}

/// Named filters and reports.
fn lists(side: &Side<'_>) -> Effects {
    let mut effects = Effects::new();
    for (at, resource) in side.resources.iter().enumerate() {
        let of = if at == 0 {
            side.entity.plural.clone()
        } else {
            format!("{} ({})", side.entity.plural, at + 1)
        };
        filters(side, resource, &of, &mut effects);
        for report in &resource.reports {
            for measure in &report.measures {
                let name = format!("`{}` in the report `{}` of {of} is", measure.name, report.name);
                let when = measure.when.as_ref().map_or_else(String::new, |when| {
                    format!(" of those for which {}", side.cond(when))
                });
                let per = measure
                    .per
                    .map_or_else(String::new, |field| format!(" per `{}`", side.name(field)));
                effects.insert(name, format!("{}{per}{when}", aggregate(side, measure.aggregate)));
            }
        }
    }
    effects
}

fn filters(side: &Side<'_>, resource: &Resource, of: &str, effects: &mut Effects) {
    for filter in resource.list.iter().flat_map(|list| &list.named) {
        for option in &filter.options {
            let name = format!("`{}={}` of {of} keeps", filter.name, option.name);
            let kept = option.when.as_ref().map_or_else(
                || String::from("all"),
                |when| format!("those for which {}", side.cond(when)),
            );
            effects.insert(name, kept);
        }
    }
}

fn aggregate(side: &Side<'_>, aggregate: Aggregate) -> String {
    match aggregate {
        Aggregate::Count => String::from("the number"),
        Aggregate::Sum(field) => format!("the sum of `{}`", side.name(field)),
        Aggregate::Avg(field) => format!("the mean of `{}`", side.name(field)),
        Aggregate::Min(field) => format!("the least `{}`", side.name(field)),
        Aggregate::Max(field) => format!("the greatest `{}`", side.name(field)),
    }
}

fn checks(side: &Side<'_>) -> Effects {
    let checks = side.entity.checks.iter();
    checks
        .map(|check| {
            let cond = side.cond(&check.cond);
            let words = format!("of each `{}` {cond} must hold", side.entity.name);
            (format!("of a `{}` {cond}", side.entity.name), words)
        })
        .collect()
}

fn uniques(side: &Side<'_>) -> Effects {
    let uniques = side.entity.uniques.iter();
    uniques
        .map(|unique| {
            let names: Vec<String> = unique
                .fields
                .iter()
                .map(|field| format!("`{}`", side.name(*field)))
                .collect();
            let when = unique
                .when
                .as_ref()
                .map_or_else(String::new, |when| format!(" when {}", side.cond(when)));
            let of = side.entity.plural.replace('_', " ");
            let meaning = format!("{} of two {of}{when}", names.join(" and "));
            (meaning.clone(), format!("{meaning} may not be the same"))
        })
        .collect()
}

/// A row that could be deleted while others refer to it, and cannot be any more.
fn deletions(old: &Side<'_>, new: &Side<'_>, log: &mut Log) {
    for field in &new.entity.fields {
        let was = old
            .entity
            .field(&field.name)
            .and_then(|id| old.entity.fields[id].on_delete);
        let (Some(was), Some(is), Some(target)) = (was, field.on_delete, field.ty.target()) else {
            continue;
        };
        if was == is {
            continue;
        }
        let target = &new.model.design.entities[target].name;
        let rows = new.entity.plural.replace('_', " ");
        let at = format!(
            "when a `{target}` is deleted, the {rows} that refer to it by `{}`",
            field.name
        );
        match is {
            OnDelete::Restrict => log.breaking(format!("{at} stand in the way (409)")),
            OnDelete::Cascade => log.breaking(format!("{at} are deleted too")),
            OnDelete::SetNull if was == OnDelete::Cascade => log.breaking(format!("{at} stay, without it")),
            OnDelete::SetNull => log.compatible(format!("{at} stay, without it")),
        }
    }
}
