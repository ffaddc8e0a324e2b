//! Which rules the project asks for, and whether of somebody without a token.

use std::collections::BTreeMap;

use groma_ir::access::{Atom, Pred};
use groma_ir::design::{Compare, EntityId, Path, Row, Storage, Term, Verb, Who};
use groma_ir::http::{Operation, ParamKind, Route};

use crate::cx::Cx;

/// The rules that are asked for, each with whether the caller may be nobody.
#[derive(Clone, Default, Debug)]
pub(crate) struct Uses {
    asked: BTreeMap<(EntityId, Verb), bool>,
}

impl Uses {
    /// What the routes ask for, and what that asks for in turn.
    pub(crate) fn of(cx: &Cx<'_>) -> Self {
        let mut uses = Self::default();
        let mut open: Vec<(EntityId, Verb, bool)> = Vec::new();
        for route in &cx.model.http.routes {
            open.extend(asked_by(cx, route).map(|(entity, verb)| (entity, verb, route.public)));
        }
        while let Some((entity, verb, may_be_nobody)) = open.pop() {
            let known = uses.asked.get(&(entity, verb)).copied();
            if known == Some(true) || known.is_some() && !may_be_nobody {
                continue;
            }
            uses.asked.insert((entity, verb), may_be_nobody);
            for pred in preds(cx, entity, verb) {
                let pred = pred.normal();
                let asks = |pred: &Pred, may_be_nobody| {
                    let mut found = Vec::new();
                    asks(cx, entity, pred, &mut |target, verb| {
                        found.push((target, verb, may_be_nobody));
                    });
                    found
                };
                open.extend(asks(&pred, false));
                if may_be_nobody {
                    open.extend(asks(&anonymous(&pred), true));
                }
            }
        }
        uses
    }

    /// Whether a rule is asked for.
    pub(crate) fn has(&self, entity: EntityId, verb: Verb) -> bool {
        self.asked.contains_key(&(entity, verb))
    }

    /// Whether a rule is asked for of somebody without a token.
    pub(crate) fn may_be_nobody(&self, entity: EntityId, verb: Verb) -> bool {
        self.asked.get(&(entity, verb)) == Some(&true)
    }
}

/// Whether rules say who may read the rows: somebody else's table without rules is only asked whether a row is there.
pub(crate) fn is_ruled(cx: &Cx<'_>, entity: EntityId) -> bool {
    let entity = &cx.model.design.entities[entity];
    entity.storage == Storage::Managed || entity.access_origin.is_some()
}

/// The rules that a route asks for itself.
fn asked_by(cx: &Cx<'_>, route: &Route) -> impl Iterator<Item = (EntityId, Verb)> {
    let mut asked = vec![(route.entity, route.operation.verb())];
    if route.operation.is_on_item() {
        asked.push((route.entity, Verb::Read));
    }
    if route.operation == Operation::Replace && route.made.is_some() {
        asked.push((route.entity, Verb::Create));
    }
    let entity = &cx.model.design.entities[route.entity];
    let mut read: Vec<EntityId> = route.path.parents().map(|parent| parent.entity).collect();
    for param in &route.query {
        if let ParamKind::Include { references } = &param.kind {
            let targets = references.iter();
            read.extend(targets.filter_map(|(_, field)| entity.fields[*field].ty.target()));
        }
    }
    read.extend(
        route
            .writes
            .iter()
            .filter_map(|field| entity.fields[*field].ty.target()),
    );
    if let Operation::Action(action) = route.operation {
        let inputs = entity.actions[action].inputs.iter();
        read.extend(inputs.filter_map(|input| input.ty.target()));
    }
    let ruled = read.into_iter().filter(|target| is_ruled(cx, *target));
    asked.extend(ruled.map(|target| (target, Verb::Read)).collect::<Vec<_>>());
    asked.into_iter()
}

/// Every predicate of a verb: on whole rows, and on single fields.
fn preds<'m>(cx: &Cx<'m>, entity: EntityId, verb: Verb) -> Vec<&'m Pred> {
    let access = cx.model.access.of(entity);
    let fields = match verb {
        Verb::Read => &access.shown,
        Verb::Create => &access.create.fields,
        Verb::Update => &access.update.fields,
        Verb::Delete | Verb::Share | Verb::Action(_) => return vec![access.verb(verb)],
    };
    let fields = fields.iter().map(|(_, pred)| pred);
    std::iter::once(access.verb(verb)).chain(fields).collect()
}

/// The rules of other rows that a predicate in normal form asks for.
fn asks(cx: &Cx<'_>, entity: EntityId, pred: &Pred, found: &mut dyn FnMut(EntityId, Verb)) {
    match pred {
        Pred::All(parts) | Pred::Any(parts) => parts.iter().for_each(|part| asks(cx, entity, part, found)),
        Pred::Not(part) => asks(cx, entity, part, found),
        Pred::Atom(Atom::Exists {
            path, target, pred, ..
        }) => match verb_of(cx, entity, path, *target, pred) {
            Some(verb) => found(*target, verb),
            None => asks(cx, *target, pred, found),
        },
        Pred::Atom(_) => {}
    }
}

/// The verb that a rule asks of the row at the end of a path: `can read project`. Nothing where it is a condition.
pub(crate) fn verb_of(
    cx: &Cx<'_>,
    entity: EntityId,
    path: &Path,
    target: EntityId,
    pred: &Pred,
) -> Option<Verb> {
    let rules = cx.model.design.entities[entity].rules.iter();
    let who = rules.flat_map(|rule| rule.who.iter().chain(&rule.except));
    let mut said = who.filter_map(|who| match who {
        Who::Can { verb, path: way, .. } if way.steps == path.steps => Some(*verb),
        _ => None,
    });
    said.find(|verb| {
        let asked = cx.model.access.of(target).verb(*verb).clone();
        asked.on_this_row().normal() == *pred
    })
}

/// What is left of a predicate in normal form for somebody without a token.
pub(crate) fn anonymous(pred: &Pred) -> Pred {
    match pred {
        Pred::All(parts) => Pred::all(parts.iter().map(anonymous)),
        Pred::Any(parts) => Pred::any(parts.iter().map(anonymous)),
        Pred::Not(part) => match &**part {
            Pred::Atom(Atom::Authenticated | Atom::Role(_) | Atom::IsCaller { .. } | Atom::Linked { .. }) => {
                Pred::ALWAYS
            }
            Pred::Atom(atom) if asks_token(atom) => Pred::NEVER,
            Pred::All(_) | Pred::Any(_) | Pred::Not(_) | Pred::Atom(_) => pred.clone(),
        },
        Pred::Atom(Atom::Authenticated | Atom::Role(_) | Atom::IsCaller { .. } | Atom::Linked { .. }) => {
            Pred::NEVER
        }
        Pred::Atom(atom) if asks_token(atom) => Pred::NEVER,
        Pred::Atom(_) => pred.clone(),
    }
}

/// Whether a fact is unknown without a token.
fn asks_token(atom: &Atom) -> bool {
    let is_of_token = |term: &Term| matches!(term, Term::Caller | Term::Claim(_));
    match atom {
        Atom::Compare { left, right, .. } => is_of_token(left) || is_of_token(right),
        Atom::In { term, .. } => is_of_token(term),
        Atom::ClaimIsTrue(_) => true,
        Atom::Authenticated
        | Atom::Role(_)
        | Atom::IsCaller { .. }
        | Atom::Linked { .. }
        | Atom::Exists { .. }
        | Atom::IsNone(_)
        | Atom::IsTrue { .. } => false,
    }
}

/// The comparison with its sides exchanged.
pub(super) fn mirrored(op: Compare) -> Compare {
    match op {
        Compare::Lt => Compare::Gt,
        Compare::Le => Compare::Ge,
        Compare::Gt => Compare::Lt,
        Compare::Ge => Compare::Le,
        Compare::Eq | Compare::Ne => op,
    }
}

/// Whether a predicate looks at a change: then what is asked with it is the row before, and the row after.
pub(super) fn row_of(path: &Path) -> Row {
    path.row
}
