//! Unique values that rows of others hold: numbers, dates and short texts cannot say whose they are, and a service
//! that is not empty may refuse them rightly.

use serde_json::Value as Json;

use groma_ir::design::{Default, FieldId};
use groma_ir::http::{Operation, Problem};

use super::{Exchange, Session};
use crate::call::Call;
use crate::fixtures::fresh_value;
use crate::oracle::{Outcome, from_value};

/// What to do about a conflict that no row of this run explains.
pub(super) enum Around {
    /// It is one: nothing else can explain it.
    Nothing,
    /// The same with other values.
    Other(Box<Call>),
    /// There are no other values left.
    UsedUp(Vec<FieldId>),
}

impl Session<'_> {
    /// Another call in place of one whose unique values rows of others may hold.
    pub(super) fn around(&mut self, call: &Call, outcome: &Outcome, exchange: &Exchange) -> Around {
        let kind = exchange.answer.json().unwrap_or(Json::Null);
        let is_conflict =
            kind.get("type").and_then(Json::as_str) == Some(Problem::Conflict.type_uri().as_ref());
        if exchange.answer.status != 409 || !is_conflict || !outcome.is_success() {
            return Around::Nothing;
        }
        let open = self.open_values(call);
        if open.is_empty() {
            return Around::Nothing;
        }
        let entity = self.model.http.routes[call.route].entity;
        let mut fields = call.body.clone().into_fields();
        for (field, value) in &open {
            let held = (entity, *field, value.clone());
            if !self.world.taken.contains(&held) {
                self.world.taken.push(held);
            }
            let Some(other) = fresh_value(self, entity, *field, call.actor) else {
                return Around::UsedUp(open.iter().map(|(field, _)| *field).collect());
            };
            fields.retain(|(known, _)| known != field);
            fields.push((*field, other));
        }
        let other = call.clone().with(fields);
        if self.decide(&other).is_success() {
            Around::Other(Box::new(other))
        } else {
            Around::Nothing
        }
    }

    /// The unique values that a call writes, of which nobody can tell whose they are, and that no row of this run
    /// holds.
    fn open_values(&self, call: &Call) -> Vec<(FieldId, Json)> {
        let route = &self.model.http.routes[call.route];
        let entity = &self.model.design.entities[route.entity];
        let mut open = Vec::new();
        for field in &route.writes {
            let mut uniques = entity
                .uniques
                .iter()
                .filter(|unique| unique.fields.contains(field));
            let is_of_owner = |fields: &[FieldId]| entity.owner.is_some_and(|owner| fields.contains(&owner));
            let is_open = *field == entity.key || uniques.any(|unique| !is_of_owner(&unique.fields));
            let Some(value) = self.written(call, *field).filter(|_| is_open) else {
                continue;
            };
            let is_marked = value.as_str().is_some_and(|text| text.contains(&self.marker));
            let is_reference = entity.fields[*field].ty.target().is_some();
            let is_ours = self
                .world
                .alive(route.entity)
                .any(|(_, row)| *row.cell(*field) == value);
            if !value.is_null() && !is_marked && !is_reference && !is_ours {
                open.push((*field, value));
            }
        }
        open
    }

    /// The value that a call brings into a field, by its body or as the default.
    fn written(&self, call: &Call, field: FieldId) -> Option<Json> {
        let route = &self.model.http.routes[call.route];
        let sent = call.body.fields().into_iter().find(|(known, _)| *known == field);
        let takes_default = matches!(route.operation, Operation::Create | Operation::Replace);
        match (
            sent,
            &self.model.design.entities[route.entity].fields[field].default,
        ) {
            (Some((_, value)), _) => Some(value.clone()),
            (None, Some(Default::Value(value))) if takes_default => {
                Some(from_value(&self.model.design, value))
            }
            (None, _) => None,
        }
    }
}

/// Fields by their names, for people.
pub(super) fn names(session: &Session<'_>, call: &Call, fields: &[FieldId]) -> String {
    let entity = &session.model.design.entities[session.model.http.routes[call.route].entity];
    let names: Vec<String> = fields
        .iter()
        .map(|field| format!("`{}`", entity.fields[*field].name))
        .collect();
    groma_ir::words::list(names, "and")
}
