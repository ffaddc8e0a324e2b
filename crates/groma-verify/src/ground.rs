//! The rule that a finding breaks, in the design's own words, and where it stands.

use groma_ir::Id;
use groma_ir::design::{Design, Effect, EntityId, FieldId, Type, Verb};
use groma_ir::http::Route;
use groma_ir::words;

use crate::oracle::Ground;

/// A rule and its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Basis {
    pub(crate) rule: String,
    pub(crate) place: String,
}

/// Puts the part of the design that decides into words.
pub(crate) fn basis(design: &Design, route: Option<&Route>, ground: Ground, promise: &str) -> Basis {
    match ground {
        Ground::Route => on_route(design, route, promise),
        Ground::Rule(entity, verb) => on_rule(design, entity, verb, promise),
        Ground::Field(entity, field) => on_field(design, entity, field, promise),
        Ground::States(entity, field) => on_states(design, entity, field),
        Ground::Action(entity, action) => {
            let entity = &design.entities[entity];
            let action = &entity.actions[action];
            Basis {
                rule: format!("{promise}: the action `{}` of `{}`", action.name, entity.name),
                place: design.place(action.origin),
            }
        }
        Ground::Unique(entity, index) => on_unique(design, entity, index),
        Ground::Check(entity, index) => on_check(design, entity, index, promise),
    }
}

fn on_route(design: &Design, route: Option<&Route>, promise: &str) -> Basis {
    match route {
        Some(route) => Basis {
            rule: promise.to_owned(),
            place: design.place(route.origin),
        },
        None => Basis {
            rule: promise.to_owned(),
            place: design
                .service
                .origin
                .map_or_else(|| "the HTTP contract".to_owned(), |origin| design.place(origin)),
        },
    }
}

fn on_rule(design: &Design, id: EntityId, verb: Verb, promise: &str) -> Basis {
    let entity = &design.entities[id];
    let who = words::verb_rules(design, id, verb).join(" ");
    let rules = || {
        entity
            .rules
            .iter()
            .filter(|rule| rule.verbs.iter().any(|used| used.verb == verb))
    };
    let first = rules()
        .find(|rule| rule.effect == Effect::Allow)
        .or_else(|| rules().next());
    let place = first
        .map(|rule| rule.origin)
        .or(entity.access_origin)
        .unwrap_or(entity.origin);
    Basis {
        rule: format!(
            "{promise}; who may `{}` a `{}`: {who}",
            words::verb(entity, verb),
            entity.name
        ),
        place: design.place(place),
    }
}

fn on_field(design: &Design, id: EntityId, field: FieldId, promise: &str) -> Basis {
    let entity = &design.entities[id];
    let field = &entity.fields[field];
    let optional = if field.optional { "?" } else { "" };
    Basis {
        rule: format!(
            "{promise}: `{}.{}` is `{}{optional}`",
            entity.name,
            field.name,
            words::ty(design, &field.ty)
        ),
        place: design.place(field.origin),
    }
}

fn on_states(design: &Design, id: EntityId, field: FieldId) -> Basis {
    let entity = &design.entities[id];
    let Some(states) = entity.states_of(field) else {
        return on_field(design, id, field, "states");
    };
    let step = |step: &groma_ir::design::Transition| {
        let by = step
            .claimed_by
            .map(|action| format!(" by `{}`", entity.actions[action].name))
            .unwrap_or_default();
        format!(
            "{} -> {}{by}",
            design.variant_name(states.of, step.from),
            design.variant_name(states.of, step.to)
        )
    };
    let steps: Vec<String> = states.transitions.iter().map(step).collect();
    Basis {
        rule: format!(
            "`{}.{}` moves only so: {}",
            entity.name,
            entity.fields[field].name,
            steps.join(", ")
        ),
        place: design.place(states.origin),
    }
}

fn on_check(design: &Design, id: EntityId, index: usize, promise: &str) -> Basis {
    let entity = &design.entities[id];
    let (text, origin) = match entity.checks.get(index) {
        Some(check) => (words::cond(design, id, &check.cond), check.origin),
        None => (String::new(), entity.origin),
    };
    Basis {
        rule: format!("{promise}: of every `{}`, {text}", entity.name),
        place: design.place(origin),
    }
}

fn on_unique(design: &Design, id: EntityId, index: usize) -> Basis {
    let entity = &design.entities[id];
    let (fields, origin) = match entity.uniques.get(index) {
        Some(unique) => (unique.fields.clone(), unique.origin),
        None => (vec![entity.key], entity.fields[entity.key].origin),
    };
    let names: Vec<String> = fields
        .iter()
        .map(|field| format!("`{}`", entity.fields[*field].name))
        .collect();
    Basis {
        rule: format!(
            "no two rows of `{}` share {}",
            entity.name,
            words::list(names, "and")
        ),
        place: design.place(origin),
    }
}

/// Whether a field is a reference to the callers.
pub(crate) fn is_caller_reference(design: &Design, ty: &Type) -> bool {
    ty.target().is_some_and(|target| {
        design
            .caller_entity()
            .is_some_and(|caller| caller.index() == target.index())
    })
}
