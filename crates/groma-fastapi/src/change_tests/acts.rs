//! What actions write: the state that they lead to, and what they set.

use std::collections::{BTreeMap, BTreeSet};

use groma_access::situations;
use groma_ir::Id;
use groma_ir::access::{Atom, Pred};
use groma_ir::design::{Action, ActionId, Assign, FieldId, InputId, Row, Term, Value as Literal};
use groma_ir::http::Route;

use super::line::Line;
use super::sent::{Sent, held};
use super::values::{self, Written, other, several, shown};
use super::written::{Changed, Done, plain};
use super::{Changes, allowed};
use crate::access_tests::courses::{asks, is};
use crate::access_tests::scene::Scene;
use crate::access_tests::values::{Value, literal};
use crate::resource_tests::samples;

impl<'m> Changes<'_, 'm> {
    /// An action with all of its inputs, and with no more of them than it must have.
    pub(super) fn acts(&mut self, route: &'m Route, id: ActionId) -> Option<Vec<(Line, bool)>> {
        let ask = plain(asks(self.cx, route))?;
        let action = &self.cx.model.design.entities[route.entity].actions[id];
        let told = situations(&self.cx.model.design, &ask.course);
        let scenes = allowed(self.cx, self.known, &ask, &told);
        let steps = ask.course.steps.iter().map(|step| &step.pred);
        let given = ask.course.given.iter().map(|(pred, _)| pred);
        let bound: BTreeSet<FieldId> = steps.chain(given).flat_map(Pred::fields).collect();
        let mut lines: Vec<(Line, bool)> = Vec::new();
        for is_whole in [true, false] {
            let line = scenes.iter().find_map(|(told, scene)| {
                let inputs = self.inputs(route, action, scene, is_whole)?;
                let free = action.sets.iter().map(|(field, _)| *field);
                let free = free.filter(|field| !bound.contains(field));
                let row = self.unlike(scene, free, |field| {
                    self.assigned(route, action, (scene, &inputs))
                        .wrote
                        .get(&field)
                        .cloned()
                });
                let changed = self.assigned(route, action, (&row, &inputs));
                let done = Done {
                    ask: &ask,
                    told,
                    scene: &row,
                };
                self.attempt(|changes, imports| changes.change(imports, done, (&inputs.sent, &changed)))
            });
            lines.extend(line);
        }
        lines.dedup_by(|(second, _), (first, _)| first.body == second.body);
        if let Some((line, _)) = lines.get_mut(1) {
            line.id.push_str(", what must be said");
        }
        Some(lines)
    }

    /// What a body says to an action. None where it cannot be said.
    fn inputs(
        &self,
        route: &Route,
        action: &Action,
        scene: &Scene<'_, 'm>,
        is_whole: bool,
    ) -> Option<Inputs> {
        let mut inputs = Inputs::default();
        for (id, input) in action.inputs.entries() {
            let is_asked = !input.optional && input.default.is_none();
            let is_refused = action
                .errors
                .iter()
                .any(|error| names(&Pred::from_cond(&error.when), id));
            let found = route.find.filter(|find| find.input == id);
            let written = if let Some(find) = found {
                let text = held(self.cx, scene, (route.entity, find.field))?;
                Some(same(text))
            } else if is_asked || is_whole && !is_refused && input.ty.target().is_none() {
                let mut sets = action.sets.iter();
                let set = sets.find(|(_, assign)| *assign == Assign::Term(Term::Input(id)));
                let is_checked = set.is_some_and(|(field, _)| self.is_checked(route, *field));
                let before = set.and_then(|(field, _)| held(self.cx, scene, (route.entity, *field)));
                let default = input
                    .default
                    .as_ref()
                    .and_then(|value| literal(self.cx, &input.ty, value));
                let default = default.map(|value| shown(self.cx, &input.ty, &value));
                let held: Vec<&Value> = before.iter().chain(&default).collect();
                let all = several(self.cx, &input.ty, id.index());
                let chosen = other(self.cx, &input.ty, all, &held);
                let usual = samples::sent(self.cx, &input.ty).map(|text| same(Value::plain(text)));
                let is_plain = is_checked || is_refused || input.ty.target().is_some();
                Some(if is_plain { usual? } else { chosen.or(usual)? })
            } else {
                None
            };
            let value = match &written {
                Some(written) => written.shown.clone(),
                None => match &input.default {
                    Some(value) => shown(self.cx, &input.ty, &literal(self.cx, &input.ty, value)?),
                    None => Value::plain("None"),
                },
            };
            if let Some(written) = written {
                inputs.sent.push(&input.name, written.sent);
            }
            inputs.values.insert(id, value);
        }
        // What an input refers to is not there.
        let mut references = action.inputs.iter().filter(|input| !input.optional);
        let is_lost = references.any(|input| self.cx.asked(&input.ty).is_some());
        (!is_lost).then_some(inputs)
    }

    fn is_checked(&self, route: &Route, field: FieldId) -> bool {
        let checks = &self.cx.model.design.entities[route.entity].checks;
        checks.iter().any(|check| check.cond.fields().contains(&field))
    }

    /// What an action leaves in its row.
    fn assigned(
        &self,
        route: &Route,
        action: &Action,
        (scene, inputs): (&Scene<'_, 'm>, &Inputs),
    ) -> Changed {
        let mut changed = Changed::default();
        let entity = &self.cx.model.design.entities[route.entity];
        if let Some(moves) = &action.moves {
            let to = Literal::Variant(moves.of, moves.to);
            let ty = &entity.fields[moves.field].ty;
            let value = literal(self.cx, ty, &to).unwrap_or_else(values::anything);
            changed.wrote.insert(moves.field, value);
            changed.facts.push(is(Row::New, moves.field, to));
        }
        for (field, assign) in &action.sets {
            let ty = &entity.fields[*field].ty;
            let value = match assign {
                Assign::Not(of) => held(self.cx, scene, (route.entity, *of)).map(|held| opposite(&held)),
                Assign::Term(term) => match term {
                    Term::Value(value) => literal(self.cx, ty, value).map(|value| shown(self.cx, ty, &value)),
                    Term::Input(input) => inputs.values.get(input).cloned(),
                    Term::Caller if scene.has_token() => {
                        Some(Value::constant("ALICE", samples::plain(self.cx.model, ty)))
                    }
                    Term::Now { .. } => Some(values::set()),
                    Term::Field { field, .. } => held(self.cx, scene, (route.entity, *field)),
                    Term::Caller | Term::Claim(_) => None,
                },
            };
            match assign {
                Assign::Term(Term::Value(Literal::None)) => {
                    let empty = Atom::IsNone(Term::Field {
                        row: Row::New,
                        field: *field,
                    });
                    changed.facts.push(Pred::Atom(empty));
                }
                Assign::Term(Term::Value(
                    value @ (Literal::Variant(..) | Literal::Int(_) | Literal::Text(_)),
                )) => {
                    changed.facts.push(is(Row::New, *field, value.clone()));
                }
                Assign::Term(_) | Assign::Not(_) => {}
            }
            changed
                .wrote
                .insert(*field, value.unwrap_or_else(values::anything));
        }
        changed
    }
}

/// What a body says to an action.
#[derive(Default)]
struct Inputs {
    sent: Sent,
    /// What each input is then.
    values: BTreeMap<InputId, Value>,
}

fn same(value: Value) -> Written {
    Written {
        sent: value.clone(),
        shown: value,
    }
}

fn opposite(held: &Value) -> Value {
    match held.sent.as_str() {
        "True" => Value::plain("False"),
        "False" => Value::plain("True"),
        _ => held.clone(),
    }
}

/// Whether a condition looks at an input.
fn names(pred: &Pred, input: InputId) -> bool {
    let is_it = |term: &Term| *term == Term::Input(input);
    pred.any_atom(&|atom| match atom {
        Atom::Compare { left, right, .. } => is_it(left) || is_it(right),
        Atom::In { term, set } => is_it(term) || set.iter().any(is_it),
        Atom::IsNone(term) => is_it(term),
        Atom::IsTrue { .. }
        | Atom::IsCaller { .. }
        | Atom::Linked { .. }
        | Atom::Exists { .. }
        | Atom::Authenticated
        | Atom::Role(_)
        | Atom::ClaimIsTrue(_) => false,
    })
}
