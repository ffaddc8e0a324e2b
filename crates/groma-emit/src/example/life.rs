//! The life of an example row: what actions make of it, and which requests bring it to where an action works.
//!
//! Follows moves, assignments and the errors of actions. Does not know access rules: whoever asks speaks as one
//! who may.

mod cond;
mod scene;

use std::collections::VecDeque;

use groma_ir::Id as _;
use groma_ir::design::{Action, Assign, Default, Entity, EntityId, FieldId, States, Term, VariantId};
use groma_ir::http::{Group, Operation, RouteId};
use serde_json::{Value, json};

use super::{Examples, now, scalar};
use crate::literal;
pub(crate) use scene::{Scene, Speaks};

/// The most rows that are looked at on the search for a way.
const MOST: usize = 100;

/// The values of a row by field.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Row(Vec<Value>);

impl Row {
    pub(super) fn get(&self, field: FieldId) -> &Value {
        self.0.get(field.index()).unwrap_or(&Value::Null)
    }

    fn set(&mut self, field: FieldId, value: Value) {
        if let Some(place) = self.0.get_mut(field.index()) {
            *place = value;
        }
    }
}

/// A request on the way.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Step {
    /// Its route.
    pub(crate) route: RouteId,
    /// The state that an update asks for; an action has a body of its own, if any.
    pub(crate) change: Option<Value>,
}

/// Requests, and the row that they leave.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Way {
    /// The requests in order.
    pub(crate) steps: Vec<Step>,
    /// The row after them.
    pub(crate) row: Row,
}

/// What a way leads to, and over what.
#[derive(Clone, Copy)]
pub(crate) struct Search<'s> {
    /// Whether a row is as it is wanted.
    pub(crate) is_there: &'s dyn Fn(&Row) -> bool,
    /// Whether a request may be sent to a row.
    pub(crate) may: &'s dyn Fn(RouteId, &Row) -> bool,
}

impl Examples<'_> {
    /// The example row of an entity.
    pub(crate) fn row(self, entity: EntityId) -> Row {
        let fields = self.entity(entity).fields.ids();
        Row(fields.map(|field| self.field(entity, field)).collect())
    }

    /// The row that a group's create makes from its shortest body; the example row, where there is no create.
    pub(crate) fn new_row(self, group: &Group) -> Row {
        let mut routes = group.routes.iter().map(|id| &self.model.http.routes[*id]);
        let create = routes.find(|route| route.operation == Operation::Create);
        let Some(body) = create.and_then(|create| create.body) else {
            return self.row(group.entity);
        };
        let body = self.shortest_again(body);
        let fields = self.entity(group.entity).fields.entries();
        Row(fields
            .map(|(id, field)| match body.get(&field.wire) {
                Some(sent) => sent.clone(),
                None if field.optional && field.default.is_none() => Value::Null,
                None => match &field.default {
                    Some(Default::Value(value)) => literal::json(&self.model.design, value),
                    _ => self.field(group.entity, id),
                },
            })
            .collect())
    }

    /// The shortest way from a row to one on which an action works; none, when the group has no such way.
    pub(crate) fn way(self, group: &Group, action: &Action, start: Row) -> Option<Way> {
        let is_there = |row: &Row| self.works(group.entity, action, row);
        let may = |_, _: &Row| true;
        self.way_to(
            group,
            start,
            Search {
                is_there: &is_there,
                may: &may,
            },
        )
    }

    /// The shortest way from a row to one as it is wanted, by requests that may be sent.
    pub(crate) fn way_to(
        self,
        group: &Group,
        start: Row,
        Search { is_there, may }: Search<'_>,
    ) -> Option<Way> {
        let mut seen = vec![start.clone()];
        let mut queue = VecDeque::from([Way {
            steps: Vec::new(),
            row: start,
        }]);
        while let Some(way) = queue.pop_front() {
            if is_there(&way.row) {
                return Some(way);
            }
            for (step, row) in self.steps(group, &way.row) {
                if seen.len() < MOST && !seen.contains(&row) && may(step.route, &way.row) {
                    seen.push(row.clone());
                    let steps = way.steps.iter().cloned().chain([step]).collect();
                    queue.push_back(Way { steps, row });
                }
            }
        }
        None
    }

    /// What an action leaves in the item of an answer, at the end of the way to it.
    pub(super) fn acted(self, group: &Group, action: &Action, item: &mut Value) {
        let start = self.row(group.entity);
        let way = self.way(group, action, start.clone());
        let before = way.map_or_else(|| start.clone(), |way| way.row);
        let after = self.after(group.entity, action, &before);
        for (id, field) in self.entity(group.entity).fields.entries() {
            if after.get(id) != start.get(id) {
                super::route::put(item, &field.wire, after.get(id).clone());
            }
        }
    }

    /// Whether the example row may change so: its checks hold after, and the rules do not plainly refuse it.
    pub(super) fn may_become(self, entity: EntityId, changes: &[(FieldId, Value)]) -> bool {
        let declared = self.entity(entity);
        let mut row = self.row(entity);
        for (field, value) in changes {
            row.set(*field, value.clone());
        }
        let written: Vec<FieldId> = changes.iter().map(|(field, _)| *field).collect();
        let mut checks = declared.checks.iter();
        let mut rules = self.model.access.of(entity).update.required(&written).into_iter();
        checks.all(|check| self.holds(entity, None, &row, &check.cond) != Some(false))
            && rules.all(|rule| {
                self.lets(&Scene::alone(entity, row.clone()), Speaks::Somebody, rule) != Some(false)
            })
    }

    /// Whether an action works on a row: its move starts there, and none of its errors is raised.
    pub(crate) fn works(self, entity: EntityId, action: &Action, row: &Row) -> bool {
        let starts_here = action.moves.as_ref().is_none_or(|moves| {
            let mut names = moves.from.iter().map(|from| self.variant(moves.of, *from));
            names.any(|name| name == *row.get(moves.field))
        });
        let mut errors = action.errors.iter();
        starts_here && errors.all(|error| self.holds(entity, Some(action), row, &error.when) != Some(true))
    }

    /// The requests that a row takes, and what each leaves.
    fn steps(self, group: &Group, row: &Row) -> Vec<(Step, Row)> {
        let entity = self.entity(group.entity);
        let mut steps = Vec::new();
        for id in &group.routes {
            let route = &self.model.http.routes[*id];
            match route.operation {
                Operation::Action(action) => {
                    let action = &entity.actions[action];
                    if self.works(group.entity, action, row) {
                        let after = self.after(group.entity, action, row);
                        let step = Step {
                            route: *id,
                            change: None,
                        };
                        steps.push((step, after));
                    }
                }
                Operation::Update => {
                    let states = entity.states.iter();
                    for states in states.filter(|states| route.writes.contains(&states.field)) {
                        steps.extend(self.moves(entity, states, *id, row));
                    }
                }
                Operation::List
                | Operation::Create
                | Operation::Get
                | Operation::Replace
                | Operation::Delete
                | Operation::Report(_) => {}
            }
        }
        steps
    }

    /// The moves that an update may make.
    fn moves(self, entity: &Entity, states: &States, route: RouteId, row: &Row) -> Vec<(Step, Row)> {
        let open = states.transitions.iter().filter(|step| {
            step.claimed_by.is_none() && self.variant(states.of, step.from) == *row.get(states.field)
        });
        open.map(|transition| {
            let to = self.variant(states.of, transition.to);
            let change = json!({ entity.fields[states.field].wire.as_str(): to.clone() });
            let mut after = row.clone();
            after.set(states.field, to);
            let step = Step {
                route,
                change: Some(change),
            };
            (step, after)
        })
        .collect()
    }

    fn after(self, entity: EntityId, action: &Action, before: &Row) -> Row {
        let mut row = before.clone();
        if let Some(moves) = &action.moves {
            row.set(moves.field, self.variant(moves.of, moves.to));
        }
        for (field, assign) in &action.sets {
            row.set(*field, self.assigned(entity, action, *field, assign, before));
        }
        row
    }

    fn assigned(
        self,
        entity: EntityId,
        action: &Action,
        field: FieldId,
        assign: &Assign,
        before: &Row,
    ) -> Value {
        match assign {
            Assign::Not(field) => json!(*before.get(*field) != json!(true)),
            Assign::Term(Term::Value(value)) => literal::json(&self.model.design, value),
            Assign::Term(Term::Caller) => self.caller(),
            Assign::Term(Term::Field { field, .. }) => before.get(*field).clone(),
            Assign::Term(Term::Now { .. }) => now(&self.entity(entity).fields[field], scalar::CHANGED),
            Assign::Term(Term::Input(input)) => self.input(entity, action, *input),
            Assign::Term(Term::Claim(_)) => self.changed(entity, field),
        }
    }

    /// What an input of an action is in its example.
    pub(super) fn input(self, entity: EntityId, action: &Action, input: groma_ir::design::InputId) -> Value {
        let input = &action.inputs[input];
        self.of_type(&input.ty, super::place(&self.entity(entity).name, &input.name))
    }

    fn variant(self, of: groma_ir::design::EnumId, variant: VariantId) -> Value {
        json!(self.model.design.variant_name(of, variant))
    }
}
