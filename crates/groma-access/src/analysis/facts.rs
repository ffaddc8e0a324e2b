//! What is so of every row: what the design keeps out, and what no request ever changes.

use std::cell::RefCell;
use std::cmp::Ordering;

use groma_ir::access::{Atom, Pred};
use groma_ir::design::{
    Compare, Default, Design, EntityId, FieldId, LinkKind, Move, Path, Row, Storage, Term, Type, Value,
    VariantId, Verb,
};

use super::{Analysis, Wants};
use crate::guarantee::ties_itself;
use crate::space::Want;

impl Analysis<'_> {
    /// What the checks of an entity keep out; nothing where they leave no row, which is said elsewhere.
    pub(super) fn checks(&self, entity: EntityId) -> Wants {
        if let Some(known) = self.checks.borrow().get(&entity) {
            return known.clone();
        }
        let declared = &self.design.entities[entity];
        let mut checks: Wants = Vec::new();
        if declared.storage == Storage::Managed {
            let conds = declared.checks.iter().map(|check| Pred::from_cond(&check.cond));
            checks.extend(conds.map(|pred| (entity, pred, Want::NotFalse)));
        }
        if !checks.is_empty() && self.is_never(&checks) {
            checks.clear();
        }
        self.checks.borrow_mut().insert(entity, checks.clone());
        checks
    }

    /// What is so of every stored row of an entity.
    pub(super) fn stored(&self, entity: EntityId) -> Wants {
        let declared = &self.design.entities[entity];
        if declared.storage != Storage::Managed {
            return Vec::new();
        }
        let constant = declared.fields.ids().filter(|field| {
            self.is_made(entity)
                && !self.is_written(entity, *field)
                && declared.fields[*field].default != Some(Default::Caller)
        });
        let constant = constant.filter_map(|field| made_with(self.design, entity, field));
        let mut stored = self.checks(entity);
        let ties = ties_itself(self.design, entity);
        stored.extend(ties.into_iter().map(|pred| (entity, pred, Want::NotFalse)));
        stored.extend(constant.map(|pred| (entity, pred, Want::True)));
        stored
    }

    /// What is so of a row that a body makes which may hold these fields.
    pub(super) fn made(&self, entity: EntityId, accept: &[FieldId]) -> Wants {
        let declared = &self.design.entities[entity];
        // Rows in somebody else's name are a finding of their own.
        let is_callers = |field: FieldId| declared.fields[field].default == Some(Default::Caller);
        let left = declared.fields.ids();
        let left = left.filter(|field| !accept.contains(field) || is_callers(*field));
        let left = left.filter_map(|field| made_with(self.design, entity, field));
        let given = accept
            .iter()
            .filter_map(|field| self.leads_to_readable(entity, *field, Row::This));
        let rule = &self.access.of(entity).create;
        let allowed = rule.fields.iter().filter(|(field, _)| accept.contains(field));
        // A body may leave it out.
        let allowed = allowed.map(|(field, pred)| {
            let is_left_out = made_with(self.design, entity, *field);
            Pred::any(is_left_out.into_iter().chain([pred.clone().on_this_row()]))
        });
        let read = &self.access.of(entity).read;
        let times = declared
            .fields
            .entries()
            .filter(|(field, _)| !accept.contains(field));
        let times = times.filter_map(|(field, declared)| match declared.default {
            Some(Default::Now { offset }) => Some(stamped(field, offset, read)),
            Some(Default::Value(_) | Default::Caller) | None => None,
        });
        let ties = declared.links.iter();
        let ties = ties.filter_map(|link| tied_to_maker(self.design, entity, *link));
        let facts = left.chain(given).chain(allowed).chain(times).chain(ties);
        let mut made = self.checks(entity);
        made.extend(facts.map(|pred| (entity, pred, Want::True)));
        made
    }

    /// Where an action begins.
    pub(super) fn begins(&self, entity: EntityId, verb: Verb) -> Wants {
        let Verb::Action(action) = verb else {
            return Vec::new();
        };
        let moves = self.design.entities[entity].actions[action].moves.as_ref();
        let from = moves.map(|moves| is_in(moves, &moves.from));
        from.map(|pred| (entity, pred, Want::True)).into_iter().collect()
    }

    /// A body refers to rows that its caller may read.
    pub(super) fn leads_to_readable(&self, entity: EntityId, field: FieldId, row: Row) -> Option<Pred> {
        let declared = &self.design.entities[entity].fields[field];
        let target = declared.ty.target()?;
        // Of what no rule speaks nothing is known here.
        if self.design.entities[target].rules.is_empty() {
            return None;
        }
        let is_empty = declared
            .optional
            .then_some(Pred::Atom(Atom::IsNone(Term::Field { row, field })));
        let leads = Pred::Atom(Atom::Exists {
            entity,
            path: Path {
                row,
                steps: vec![field],
            },
            target,
            pred: Box::new(self.access.of(target).read.clone()),
        });
        Some(Pred::any(is_empty.into_iter().chain([leads])))
    }

    /// Whether requests make rows of an entity; otherwise they come from elsewhere, and may hold anything.
    pub(super) fn is_made(&self, entity: EntityId) -> bool {
        self.resources(entity).any(|resource| resource.create.is_some())
    }

    /// Whether some request gives a field another value than the one that rows are made with.
    fn is_written(&self, entity: EntityId, field: FieldId) -> bool {
        let declared = &self.design.entities[entity];
        let mut accepted = self.resources(entity).flat_map(|resource| {
            let create = resource.create.iter().map(|create| &create.accept);
            let writes = [&resource.update, &resource.replace].into_iter().flatten();
            create.chain(writes.map(|write| &write.accept))
        });
        declared.fields[field].touch
            || accepted.any(|accept| accept.contains(&field))
            || self.is_set(entity, field)
    }

    /// Whether an action changes a field.
    fn is_set(&self, entity: EntityId, field: FieldId) -> bool {
        self.design.entities[entity].actions.iter().any(|action| {
            action.moves.as_ref().is_some_and(|moves| moves.field == field)
                || action.sets.iter().any(|(set, _)| *set == field)
        })
    }
}

/// A row is in one of these states of a move.
pub(super) fn is_in(moves: &Move, states: &[VariantId]) -> Pred {
    let set = states.iter();
    Pred::Atom(Atom::In {
        term: Term::Field {
            row: Row::This,
            field: moves.field,
        },
        set: set
            .map(|state| Term::Value(Value::Variant(moves.of, *state)))
            .collect(),
    })
}

/// What a field holds that a row was made with and no body said anything of.
fn made_with(design: &Design, entity: EntityId, field: FieldId) -> Option<Pred> {
    let declared = &design.entities[entity].fields[field];
    let term = || Term::Field {
        row: Row::This,
        field,
    };
    let is_empty = || Pred::Atom(Atom::IsNone(term()));
    match &declared.default {
        None if declared.optional && !matches!(declared.ty, Type::List(_)) => Some(is_empty()),
        None | Some(Default::Value(Value::List(_))) => None,
        Some(Default::Value(Value::None)) => Some(is_empty()),
        Some(Default::Value(Value::Bool(value))) => {
            let is_true = Pred::Atom(Atom::IsTrue {
                row: Row::This,
                field,
            });
            Some(if *value { is_true } else { is_true.negate() })
        }
        Some(Default::Value(value)) => Some(Pred::Atom(Atom::Compare {
            op: Compare::Eq,
            left: term(),
            right: Term::Value(value.clone()),
        })),
        Some(Default::Caller) => {
            let is_caller = Pred::Atom(Atom::IsCaller {
                entity,
                path: Path {
                    row: Row::This,
                    steps: vec![field],
                },
            });
            // Nobody's, where it was made without a token.
            let is_nobodys = || Pred::all([Pred::Atom(Atom::Authenticated).negate(), is_empty()]);
            Some(if declared.optional {
                Pred::any([is_caller, is_nobodys()])
            } else {
                is_caller
            })
        }
        Some(Default::Now { .. }) => declared.optional.then(|| is_empty().negate()),
    }
}

/// How a time that the server puts into a new row compares with each time that a predicate asks for.
fn stamped(field: FieldId, offset: i64, read: &Pred) -> Pred {
    let asked = RefCell::new(Vec::new());
    // Every atom is looked at, and none is found.
    read.any_atom(&|atom| {
        if let Atom::Compare { left, right, .. } = atom {
            let times = [left, right].into_iter().filter_map(|term| match term {
                Term::Now { offset } => Some(*offset),
                Term::Field { .. } | Term::Caller | Term::Claim(_) | Term::Input(_) | Term::Value(_) => None,
            });
            asked.borrow_mut().extend(times);
        }
        false
    });
    let asked = asked.into_inner();
    Pred::all(asked.into_iter().map(|time| {
        Pred::Atom(Atom::Compare {
            op: match offset.cmp(&time) {
                Ordering::Less => Compare::Lt,
                Ordering::Equal => Compare::Eq,
                Ordering::Greater => Compare::Gt,
            },
            left: Term::Field {
                row: Row::This,
                field,
            },
            right: Term::Now { offset: time },
        })
    }))
}

/// How the maker of a row is tied to it: the first member of a tenant has its highest level, and nothing is shared yet.
fn tied_to_maker(design: &Design, entity: EntityId, link: EntityId) -> Option<Pred> {
    let tie = design.entities[link].link.as_ref()?;
    let mut levels = design.enums[tie.of].variants.ids();
    let tied = |least| {
        Pred::Atom(Atom::Linked {
            entity,
            path: Path {
                row: Row::This,
                steps: Vec::new(),
            },
            link,
            least,
        })
    };
    match tie.kind {
        LinkKind::Members => levels.next_back().map(tied),
        LinkKind::Shares => levels.next().map(|lowest| tied(lowest).negate()),
    }
}
