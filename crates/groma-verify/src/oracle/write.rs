//! Requests that write: what the row becomes, and what stands in the way.

use serde_json::Value as Json;

use groma_ir::access::Pred;
use groma_ir::design::{
    Action, ActionId, Assign, Default, Entity, Field, FieldId, Generated, Input, InputId, Storage, Term,
    Type, Verb,
};
use groma_ir::http::{Operation, Problem};
use groma_ir::scalar::Scalar;

use super::RowId;
use super::cond::{Scene, holds_cond};
use super::decide::{Case, Effect, Ground, Outcome, Verdict};
use super::slot::{Slot, instant_text, later};
use super::value::{from_value, in_form, same_json};
use crate::call::{Key, Mistake};

impl Case<'_> {
    pub(super) fn create(&self) -> Outcome {
        if let Some(refused) = self.refuse_references() {
            return refused;
        }
        if let Some(refused) = self.refuse_parent() {
            return refused;
        }
        let in_path = self.in_path();
        let given = self.given(&in_path);
        let slots = self.new_row(&given);
        let row = self.settle(&slots);
        let written = self.made_of(&given);
        let required = self
            .world
            .model
            .access
            .of(self.route.entity)
            .create
            .required(&written);
        if !self.all_hold(&required, &row, &row) {
            return Outcome::refused(Problem::Forbidden, self.rule());
        }
        self.refuse_checks(&row)
            .or_else(|| self.refuse_conflict(&row, None))
            .or_else(|| self.refuse_unknown_caller(&given))
            .or_else(|| self.refuse_any_version())
            .unwrap_or_else(|| Outcome {
                verdict: Verdict::Item(slots.clone()),
                effect: Effect::Insert(self.route.entity, slots),
                ground: self.rule(),
            })
    }

    /// What the path says of a new row: below which other one it lies, and its name.
    fn in_path(&self) -> Vec<(FieldId, Json)> {
        let parent = self.route.path.parents().next_back();
        let above = parent.zip(self.parent_key());
        let above = above.map(|(parent, key)| (parent.field, key));
        let all = above.into_iter().chain(self.tenant_above());
        all.chain(self.named()).collect()
    }

    /// The tenant of a new row, where it is that of the row in the path.
    fn tenant_above(&self) -> Option<(FieldId, Json)> {
        let design = self.world.design();
        let (own, above) = design.tenant_by_path(&design.resources[self.route.resource])?;
        let parent = self.route.path.parents().next_back()?;
        let row = self.world.find_alive(parent.entity, &self.parent_key()?)?;
        Some((own, self.world.row(row).cell(above).clone()))
    }

    /// What a create gives the row: by the body, and by the path.
    fn given<'a>(&'a self, in_path: &'a [(FieldId, Json)]) -> Vec<(FieldId, &'a Json)> {
        let in_path = in_path.iter().map(|(field, value)| (*field, value));
        self.call.body.fields().into_iter().chain(in_path).collect()
    }

    fn new_row(&self, given: &[(FieldId, &Json)]) -> Vec<Slot> {
        let fields = self.entity().fields.entries();
        fields.map(|(id, field)| self.initial(id, field, given)).collect()
    }

    /// The fields of a new row that the request says; a replace says all that it may.
    fn made_of(&self, given: &[(FieldId, &Json)]) -> Vec<FieldId> {
        let mut fields: Vec<FieldId> = given.iter().map(|(field, _)| *field).collect();
        if self.route.operation == Operation::Replace {
            fields.extend(&self.route.writes);
            fields.sort_unstable();
            fields.dedup();
        }
        fields
    }

    /// The row that a create makes, as the rules see it, and the fields that it was given.
    pub(super) fn created(&self) -> (Vec<Json>, Vec<FieldId>) {
        let in_path = self.in_path();
        let given = self.given(&in_path);
        let written = self.made_of(&given);
        (self.settle(&self.new_row(&given)), written)
    }

    /// The row that an action leaves, as the rules see it.
    pub(super) fn after_action(&self, row: RowId, id: ActionId) -> Vec<Json> {
        let action = &self.entity().actions[id];
        self.settle(&self.acted(action, row, &self.inputs(action)))
    }

    pub(super) fn update(&self) -> Outcome {
        if self.is_making() {
            return self.create();
        }
        if let Some(refused) = self.refuse_references() {
            return refused;
        }
        self.on_row(|row| {
            let written = self.written();
            let slots = self.changed(row, &written);
            let before = self.world.row(row).cells.clone();
            let after = self.settle(&slots);
            let required = self
                .world
                .model
                .access
                .of(self.route.entity)
                .update
                .required(&written);
            if !self.all_hold(&required, &before, &after) || !self.all_hold(&required, &after, &after) {
                return Outcome::refused(Problem::Forbidden, self.rule());
            }
            self.refuse_version()
                .or_else(|| self.refuse_move(&before, &after))
                .or_else(|| self.world.refuse_leaving(row, Some(&after)))
                .or_else(|| self.refuse_checks(&after))
                .or_else(|| self.refuse_conflict(&after, Some(row)))
                .unwrap_or_else(|| self.change(row, slots))
        })
    }

    pub(super) fn act(&self, row: RowId, id: ActionId) -> Outcome {
        let action = &self.entity().actions[id];
        let inputs = self.inputs(action);
        let before = self.world.row(row).cells.clone();
        let slots = self.acted(action, row, &inputs);
        let after = self.settle(&slots);
        if !self.may_act(row, id) {
            return Outcome::refused(Problem::Forbidden, self.rule());
        }
        let scene = Scene {
            inputs: &inputs,
            ..self.scene(&before, &after)
        };
        self.refuse_version()
            .or_else(|| refuse_action(self, scene, action, id))
            .or_else(|| self.refuse_checks(&after))
            .or_else(|| self.refuse_conflict(&after, Some(row)))
            .or_else(|| self.world.refuse_beside(self.call, self.scene(&after, &after)))
            .unwrap_or_else(|| self.change(row, slots))
    }

    /// Whether the rules allow an action on a row.
    pub(super) fn may_act(&self, row: RowId, id: ActionId) -> bool {
        let rule = self.world.model.access.of(self.route.entity).action(id);
        self.holds(rule, &self.world.row(row).cells, &self.after_action(row, id))
    }

    pub(super) fn delete(&self, row: RowId) -> Outcome {
        let cells = &self.world.row(row).cells;
        if !self.holds(
            &self.world.model.access.of(self.route.entity).delete,
            cells,
            cells,
        ) {
            return Outcome::refused(Problem::Forbidden, self.rule());
        }
        let refused = self
            .refuse_version()
            .or_else(|| self.world.refuse_leaving(row, None));
        if let Some(refused) = refused {
            return refused;
        }
        match self.world.removal(row) {
            Some((rows, emptied)) => Outcome {
                verdict: Verdict::Empty,
                effect: Effect::Remove(rows, emptied),
                ground: Ground::Rule(row.entity, Verb::Delete),
            },
            None => Outcome::refused(Problem::Conflict, Ground::Route),
        }
    }

    fn entity(&self) -> &Entity {
        &self.world.design().entities[self.route.entity]
    }

    fn change(&self, row: RowId, slots: Vec<Slot>) -> Outcome {
        let verdict = match self.route.success.body {
            Some(_) => Verdict::Item(slots.clone()),
            None => Verdict::Empty,
        };
        Outcome {
            verdict,
            effect: Effect::Change(row, slots),
            ground: self.rule(),
        }
    }

    fn all_hold(&self, preds: &[&Pred], this: &[Json], new: &[Json]) -> bool {
        preds.iter().all(|pred| self.holds(pred, this, new))
    }

    /// The fields that the request writes.
    pub(super) fn written(&self) -> Vec<FieldId> {
        match self.route.operation {
            Operation::Replace => self.route.writes.clone(),
            _ => self.call.body.fields().iter().map(|(field, _)| *field).collect(),
        }
    }

    /// A field of a new row.
    fn initial(&self, id: FieldId, field: &Field, given: &[(FieldId, &Json)]) -> Slot {
        if let Some((_, value)) = given.iter().find(|(known, _)| *known == id) {
            return Slot::Known((*value).clone());
        }
        match (field.generated, &field.ty) {
            (Some(Generated::Uuid7), _) => Slot::Uuid7,
            (Some(Generated::Identity), _) => Slot::Identity,
            (None, Type::Scalar(Scalar::Secret(length))) if field.default.is_none() => Slot::Secret(*length),
            (None, _) => self.default_of(field),
        }
    }

    fn default_of(&self, field: &Field) -> Slot {
        match &field.default {
            Some(Default::Value(value)) => {
                Slot::Known(in_form(&field.ty, from_value(self.world.design(), value)))
            }
            Some(Default::Caller) => Slot::Known(
                self.who
                    .map_or(Json::Null, |who| self.world.caller_key(&who.subject)),
            ),
            Some(Default::Now { offset }) => now_slot(&field.ty, *offset),
            None => Slot::Known(Json::Null),
        }
    }

    /// The row after an update or a replace.
    pub(super) fn changed(&self, row: RowId, written: &[FieldId]) -> Vec<Slot> {
        let given = self.call.body.fields();
        let before = self.world.row(row);
        let fields = self.entity().fields.entries();
        fields
            .map(|(id, field)| match given.iter().find(|(known, _)| *known == id) {
                Some((_, value)) => Slot::Known((*value).clone()),
                None if written.contains(&id) => self.default_of(field),
                None if field.touch && written.is_empty() => Slot::NowOr(before.cell(id).clone()),
                None if field.touch => now_slot(&field.ty, 0),
                None => Slot::Known(before.cell(id).clone()),
            })
            .collect()
    }

    /// The row after an action.
    fn acted(&self, action: &Action, row: RowId, inputs: &[(InputId, Json)]) -> Vec<Slot> {
        let before = self.world.row(row);
        let scene = Scene {
            inputs,
            ..self.scene(&before.cells, &before.cells)
        };
        let fields = self.entity().fields.entries();
        fields
            .map(|(id, field)| {
                let set = action.sets.iter().rev().find(|(known, _)| *known == id);
                match (set, &action.moves) {
                    (Some((_, assign)), _) => assigned(scene, before, field, assign),
                    (None, Some(moves)) if moves.field == id => {
                        Slot::Known(Json::from(self.world.design().variant_name(moves.of, moves.to)))
                    }
                    (None, _) if field.touch => now_slot(&field.ty, 0),
                    (None, _) => Slot::Known(before.cell(id).clone()),
                }
            })
            .collect()
    }

    fn inputs(&self, action: &Action) -> Vec<(InputId, Json)> {
        let given = self.call.body.inputs();
        let value = |id: InputId, input: &Input| {
            let sent = given
                .iter()
                .find(|(known, _)| *known == id)
                .map(|(_, value)| value.clone());
            let default = input.default.as_ref();
            sent.or_else(|| default.map(|value| in_form(&input.ty, from_value(self.world.design(), value))))
                .unwrap_or(Json::Null)
        };
        action
            .inputs
            .entries()
            .map(|(id, input)| (id, value(id, input)))
            .collect()
    }

    /// The row as the rules see it, with the clock of the verifier where the server's will stand.
    pub(super) fn settle(&self, slots: &[Slot]) -> Vec<Json> {
        let value = |slot: &Slot| match slot {
            Slot::Now { offset } => Json::String(instant_text(later(self.now, *offset))),
            Slot::Today { offset } => Json::String(later(self.now, *offset).strftime("%Y-%m-%d").to_string()),
            other => other.known(),
        };
        slots.iter().map(value).collect()
    }

    /// References in the body to rows that are not there, or that the caller may not see.
    pub(super) fn refuse_references(&self) -> Option<Outcome> {
        let entity = self.entity();
        let mut mistakes = Vec::new();
        let mut ground = Ground::Route;
        let in_path = self.named().filter(|_| self.is_making());
        let named = in_path.iter().map(|(field, value)| (*field, value));
        for (id, value) in self.call.body.fields().into_iter().chain(named.clone()) {
            let field = &entity.fields[id];
            let Some(target) = field.ty.target().filter(|_| !value.is_null()) else {
                continue;
            };
            let is_caller = self.world.design().caller_entity() == Some(target);
            let is_managed = self.world.design().entities[target].storage == Storage::Managed;
            let is_looked_up = is_managed || is_caller && self.world.knows_callers;
            let row = self.world.find_alive(target, value);
            let is_there = |row| self.world.may_read(row, self.who, self.now) && self.is_in_same_tenant(row);
            if is_looked_up && !row.is_some_and(is_there) {
                ground = Ground::Field(self.route.entity, id);
                let code = groma_ir::http::ErrorCode::ReferenceNotFound;
                let is_in_path = named.clone().any(|(field, _)| field == id);
                mistakes.push(if is_in_path {
                    Mistake::at_parameter(code, &field.wire)
                } else {
                    Mistake::at_member(code, &field.wire)
                });
            }
        }
        let status = self.world.design().service.validation_status;
        (!mistakes.is_empty())
            .then(|| Outcome::refused_for(Problem::InvalidBody { status }, mistakes, ground))
    }

    /// Whether a row that is referred to stands in the tenant of the row that refers to it. Where that is not there for
    /// the caller, it is the row that is missing.
    fn is_in_same_tenant(&self, row: RowId) -> bool {
        let design = self.world.design();
        let (Some(own), Some(other)) = (design.fence(self.route.entity), design.fence(row.entity)) else {
            return true;
        };
        if own.tenant != other.tenant {
            return true;
        }
        let there = self.world.row(row).cell(other.field);
        let here = if self.is_making() {
            let given = self.call.body.fields();
            let given = given.iter().find(|(field, _)| *field == own.field);
            given.map(|(_, value)| (*value).clone()).or_else(|| {
                let mut in_path = self.in_path().into_iter();
                in_path.find(|(field, _)| *field == own.field).map(|(_, key)| key)
            })
        } else {
            let Key::Row(own_row) = self.call.key else {
                return true;
            };
            let is_seen = self.world.may_read(own_row, self.who, self.now);
            is_seen.then(|| self.world.row(own_row).cell(own.field).clone())
        };
        here.is_none_or(|here| here == *there)
    }

    /// A row that would belong to a caller who has none: callers are rows here, and this one's was deleted.
    fn refuse_unknown_caller(&self, given: &[(FieldId, &Json)]) -> Option<Outcome> {
        let design = self.world.design();
        let caller = design
            .caller_entity()
            .filter(|id| design.entities[*id].storage == Storage::Managed)?;
        let is_given = |id: FieldId| given.iter().any(|(field, _)| *field == id);
        let mut fields = self.entity().fields.entries();
        fields.find(|(id, field)| field.default == Some(Default::Caller) && !is_given(*id))?;
        let key = self.world.caller_key(&self.who?.subject);
        let is_known = self.world.find_alive(caller, &key).is_some();
        (!is_known).then(|| Outcome::refused(Problem::Conflict, self.rule()))
    }

    /// A move between states that no transition allows, or that an action claims.
    fn refuse_move(&self, before: &[Json], after: &[Json]) -> Option<Outcome> {
        let design = self.world.design();
        let cell = |cells: &[Json], field: FieldId| {
            cells.get(groma_ir::Id::index(field)).cloned().unwrap_or_default()
        };
        self.entity().states.iter().find_map(|states| {
            let (from, to) = (cell(before, states.field), cell(after, states.field));
            let is_allowed = from == to
                || states.transitions.iter().any(|step| {
                    step.claimed_by.is_none()
                        && from == design.variant_name(states.of, step.from)
                        && to == design.variant_name(states.of, step.to)
                });
            let ground = Ground::States(self.route.entity, states.field);
            (!is_allowed).then(|| Outcome::refused(Problem::InvalidState, ground))
        })
    }

    /// Another row with the same unique values.
    fn refuse_conflict(&self, cells: &[Json], own: Option<RowId>) -> Option<Outcome> {
        let entity = self.entity();
        let key = [entity.key];
        let uniques = entity
            .uniques
            .iter()
            .map(|unique| (unique.fields.as_slice(), unique.when.as_ref()));
        let all = uniques.chain(std::iter::once((key.as_slice(), None)));
        for (index, (fields, when)) in all.enumerate() {
            let counts = |cells: &[Json]| when.is_none_or(|when| holds_cond(self.scene(cells, cells), when));
            let mut others = self
                .world
                .alive(self.route.entity)
                .filter(|(id, _)| Some(*id) != own);
            if counts(cells)
                && others.any(|(_, row)| counts(&row.cells) && are_same(fields, cells, &row.cells))
            {
                return Some(Outcome::refused(
                    Problem::Conflict,
                    Ground::Unique(self.route.entity, index),
                ));
            }
        }
        None
    }
}

fn refuse_action(case: &Case<'_>, scene: Scene<'_>, action: &Action, id: ActionId) -> Option<Outcome> {
    let ground = Ground::Action(case.route.entity, id);
    if let Some(moves) = &action.moves {
        let design = case.world.design();
        let state = scene.term(&Term::Field {
            row: groma_ir::design::Row::This,
            field: moves.field,
        });
        if !moves
            .from
            .iter()
            .any(|from| state == design.variant_name(moves.of, *from))
        {
            return Some(Outcome::refused(Problem::InvalidState, ground));
        }
    }
    let raised = action
        .errors
        .iter()
        .find(|error| holds_cond(scene, &error.when))?;
    let problem = Problem::Declared {
        name: raised.name.clone(),
        status: raised.status,
    };
    Some(Outcome::refused(problem, ground))
}

fn assigned(scene: Scene<'_>, before: &super::Row, field: &Field, assign: &Assign) -> Slot {
    match assign {
        Assign::Term(Term::Now { offset }) => now_slot(&field.ty, *offset),
        Assign::Term(term) => Slot::Known(in_form(&field.ty, scene.term(term))),
        Assign::Not(of) => Slot::Known(
            before
                .cell(*of)
                .as_bool()
                .map_or(Json::Null, |value| Json::Bool(!value)),
        ),
    }
}

fn now_slot(ty: &Type, offset: i64) -> Slot {
    match ty {
        Type::Scalar(Scalar::Date) => Slot::Today { offset },
        Type::Scalar(_) | Type::Enum(_) | Type::Reference(_) | Type::List(_) => Slot::Now { offset },
    }
}

/// Whether the fields hold the same values in both rows; empty ones are never the same.
fn are_same(fields: &[FieldId], left: &[Json], right: &[Json]) -> bool {
    fields.iter().all(|field| {
        let cell = |cells: &[Json]| {
            cells
                .get(groma_ir::Id::index(*field))
                .cloned()
                .unwrap_or_default()
        };
        let (left, right) = (cell(left), cell(right));
        !left.is_null() && same_json(&left, &right)
    })
}
