//! Rights that callers give to themselves by what they write: a field of a body, or an input of an action.

use std::collections::BTreeSet;

use groma_ir::access::{Atom, Pred, fold};
use groma_ir::design::{
    Action, ActionId, Assign, Compare, Effect, EntityId, FieldId, InputId, Path, Row, Rule, Term, Value, Verb,
};

use super::{Analysis, Situation, Wants};
use crate::space::Want;

/// A right that a caller gives to themself.
#[derive(Clone, Debug)]
pub struct Gain<'d> {
    /// What they may do then and could not before.
    pub verb: Verb,
    /// The situation.
    pub situation: Situation<'d>,
}

/// What is written at once.
struct Written {
    /// What is so where it is written.
    wants: Wants,
    /// The fields that are in question.
    fields: Vec<FieldId>,
    /// What is written beside them.
    beside: Vec<FieldId>,
}

/// With so many other fields a field is looked at, one at a time.
const MOST_BESIDE: usize = 8;

impl<'d> Analysis<'d> {
    /// Somebody who may change this field of a row may then do more to it than before. No rule names the field for them:
    /// who may `update(assignee)`, or is left out where that is denied, was thought of. Another field that rules ask for
    /// may be written at once, where that alone gives nothing.
    pub fn gain(&self, entity: EntityId, field: FieldId) -> Option<Gain<'d>> {
        let declared = &self.design.entities[entity];
        let rules: Vec<Rule> = declared
            .rules
            .iter()
            .filter_map(|rule| match (names(rule, field), rule.effect) {
                (false, _) => Some(rule.clone()),
                (true, Effect::Allow) => None,
                (true, Effect::Deny) => Some(Rule {
                    except: Vec::new(),
                    ..rule.clone()
                }),
            })
            .collect();
        let rules: Vec<&Rule> = rules.iter().collect();
        let update = fold(self.design, (entity, Verb::Update), Some(field), &rules);
        if update.is_never() {
            return None;
        }
        let rights = self.rights(entity, &[field]);
        let written = |beside: Option<FieldId>| {
            let of = &self.access.of(entity).update;
            let other = beside.map(|other| of.field(other));
            let mut wants = self.stored(entity);
            wants.push((entity, self.access.of(entity).read.clone(), Want::True));
            for rule in [&update].into_iter().chain(other) {
                wants.push((entity, rule.clone(), Want::True));
                wants.push((entity, rule.clone().on_row(Row::New), Want::True));
            }
            for field in [field].into_iter().chain(beside) {
                let leads = self.leads_to_readable(entity, field, Row::New);
                wants.extend(leads.map(|pred| (entity, pred, Want::True)));
            }
            Written {
                wants,
                fields: vec![field],
                beside: beside.into_iter().collect(),
            }
        };
        let beside = self.asked(entity).into_iter().filter(|other| {
            *other != field
                && self.is_accepted_by_write(entity, *other)
                && declared.states_of(*other).is_none()
        });
        let beside = beside.take(MOST_BESIDE).map(Some);
        std::iter::once(None)
            .chain(beside)
            .find_map(|beside| self.gained(entity, &written(beside), &rights))
    }

    /// Somebody who may call this action may then do more to the row than before, by what they choose for this input. What
    /// the action does whatever they choose is not meant, nor what one of its errors asks of the input.
    pub fn gain_by_input(&self, entity: EntityId, action: ActionId, input: InputId) -> Option<Gain<'d>> {
        let declared = &self.design.entities[entity].actions[action];
        let fields: Vec<FieldId> = declared
            .sets
            .iter()
            .filter(|(_, assign)| *assign == Assign::Term(Term::Input(input)))
            .map(|(field, _)| *field)
            .collect();
        if fields.is_empty() || is_asked_for(declared, input) {
            return None;
        }
        let verb = Verb::Action(action);
        let of = self.access.of(entity);
        let mut wants = self.stored(entity);
        wants.push((entity, of.read.clone(), Want::True));
        wants.push((entity, of.verb(verb).clone(), Want::True));
        wants.extend(self.begins(entity, verb));
        let fixed = fixed(declared, entity);
        wants.extend(fixed.iter().map(|(_, pred)| (entity, pred.clone(), Want::True)));
        for field in &fields {
            let leads = self.leads_to_readable(entity, *field, Row::New);
            wants.extend(leads.map(|pred| (entity, pred, Want::True)));
        }
        let rights = self.rights(entity, &fields);
        let written = Written {
            wants,
            fields,
            beside: fixed.into_iter().map(|(field, _)| field).collect(),
        };
        self.gained(entity, &written, &rights)
    }

    /// A right that is there after a write and was not before, and is not there without the fields in question.
    fn gained(&self, entity: EntityId, written: &Written, rights: &[(Verb, Pred)]) -> Option<Gain<'d>> {
        rights.iter().find_map(|(verb, may)| {
            let mut wants = written.wants.clone();
            let begins = self.begins(entity, *verb).into_iter();
            wants.extend(begins.map(|(entity, pred, want)| (entity, pred.on_row(Row::New), want)));
            wants.push((entity, may.clone().on_this_row(), Want::NotTrue));
            if !written.beside.is_empty() {
                // What is written beside gives it not alone.
                let without = may.clone().on_rows(&|field| match field {
                    Some(field) if written.fields.contains(&field) => Row::This,
                    _ => Row::New,
                });
                wants.push((entity, without, Want::NotTrue));
            }
            wants.push((entity, may.clone().on_row(Row::New), Want::True));
            let mut space = self.space();
            self.keep_all_but(&mut space, entity, |field| {
                written.fields.contains(&field) || written.beside.contains(&field)
            });
            let situation = self.find(space, &wants)?;
            Some(Gain {
                verb: *verb,
                situation,
            })
        })
    }

    /// What can be done to a row, and when: deleting it, its actions, changing other fields of it than these, and seeing
    /// those that only some may see.
    fn rights(&self, entity: EntityId, fields: &[FieldId]) -> Vec<(Verb, Pred)> {
        let of = self.access.of(entity);
        let actions = self.design.entities[entity].actions.ids();
        let mut rights: Vec<(Verb, Pred)> = [Verb::Delete]
            .into_iter()
            .chain(actions.map(Verb::Action))
            .map(|verb| (verb, of.verb(verb).clone()))
            .collect();
        let others = self.design.entities[entity].fields.ids();
        let others =
            others.filter(|other| !fields.contains(other) && self.is_accepted_by_write(entity, *other));
        for other in others {
            let pred = of.update.field(other);
            let is_same = |field: &FieldId| {
                self.is_accepted_by_write(entity, *field) && of.update.field(*field) == pred
            };
            if !fields.iter().any(is_same) && !rights.iter().any(|(_, known)| known == pred) {
                rights.push((Verb::Update, pred.clone()));
            }
        }
        // What only some may see of a row.
        let shown = of.shown.iter().filter(|(field, _)| !fields.contains(field));
        let shown = shown.map(|(_, pred)| (Verb::Read, Pred::all([of.read.clone(), pred.clone()])));
        rights.extend(shown);
        rights.retain(|(_, pred)| !pred.is_never());
        rights
    }

    /// The fields that conditions of rules ask for.
    fn asked(&self, entity: EntityId) -> BTreeSet<FieldId> {
        let conds = self.design.entities[entity].rules.iter();
        let conds = conds.filter_map(|rule| rule.when.as_ref());
        conds.flat_map(groma_ir::design::Cond::fields).collect()
    }
}

/// Whether a rule speaks of changing this field by its name.
fn names(rule: &Rule, field: FieldId) -> bool {
    let mut uses = rule.verbs.iter();
    uses.any(|used| used.verb == Verb::Update && used.fields.contains(&field))
}

/// Whether an error of an action asks for an input.
fn is_asked_for(action: &Action, input: InputId) -> bool {
    let is_it = |term: &Term| *term == Term::Input(input);
    let asks = |atom: &Atom| match atom {
        Atom::Compare { left, right, .. } => is_it(left) || is_it(right),
        Atom::In { term, set } => is_it(term) || set.iter().any(is_it),
        Atom::IsNone(term) => is_it(term),
        Atom::Authenticated
        | Atom::Role(_)
        | Atom::IsCaller { .. }
        | Atom::Linked { .. }
        | Atom::Exists { .. }
        | Atom::IsTrue { .. }
        | Atom::ClaimIsTrue(_) => false,
    };
    let mut errors = action.errors.iter();
    errors.any(|error| Pred::from_cond(&error.when).any_atom(&asks))
}

/// What an action leaves in the row whoever calls it, and with whatever inputs.
fn fixed(action: &Action, entity: EntityId) -> Vec<(FieldId, Pred)> {
    let holds = |field: FieldId, value: Value| {
        Pred::Atom(Atom::Compare {
            op: Compare::Eq,
            left: Term::Field { row: Row::New, field },
            right: Term::Value(value),
        })
    };
    let moved = action.moves.iter().map(|moves| {
        let to = Value::Variant(moves.of, moves.to);
        (moves.field, holds(moves.field, to))
    });
    let sets = action.sets.iter().filter_map(|(field, assign)| match assign {
        Assign::Term(Term::Value(Value::Bool(value))) => {
            let is_true = Pred::Atom(Atom::IsTrue {
                row: Row::New,
                field: *field,
            });
            Some((*field, if *value { is_true } else { is_true.negate() }))
        }
        Assign::Term(Term::Value(Value::None)) => {
            let term = Term::Field {
                row: Row::New,
                field: *field,
            };
            Some((*field, Pred::Atom(Atom::IsNone(term))))
        }
        Assign::Term(Term::Value(value)) => Some((*field, holds(*field, value.clone()))),
        Assign::Term(Term::Caller) => Some((
            *field,
            Pred::Atom(Atom::IsCaller {
                entity,
                path: Path {
                    row: Row::New,
                    steps: vec![*field],
                },
            }),
        )),
        // What it becomes is not known here: it stays, so that less is said.
        Assign::Term(Term::Field { .. } | Term::Claim(_) | Term::Now { .. } | Term::Input(_))
        | Assign::Not(_) => None,
    });
    moved.chain(sets).collect()
}
