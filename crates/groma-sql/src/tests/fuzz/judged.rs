//! What the rules say of a request, and what the statements make of it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use groma_ir::Id;
use groma_ir::design::{Assign, Default, Entity, EntityId, FieldId, Storage, Term, Type, Value, Verb};
use groma_ir::sample::judge::{Holder, Seen};
use serde_json::{Map, Value as Json, json};

use super::asked::{Asked, What};
use super::world::{NOW, World, caller, now};
use crate::tests::harness::{Answer, Ask};

/// One request, with everything that it is judged by.
pub(super) struct Case<'w> {
    world: &'w World,
    holder: Option<&'w Holder>,
    id: EntityId,
    entity: &'w Entity,
    path: String,
}

impl<'w> Case<'w> {
    /// Judges a request: whether it was let through, or where the statements do not answer as the rules say.
    pub(super) fn check(world: &'w World, asked: &Asked) -> Result<bool, String> {
        let design = &world.model().design;
        let id = design.resources[asked.resource].entity;
        let case = Self {
            world,
            holder: world.callers[asked.who].as_ref(),
            id,
            entity: &design.entities[id],
            path: format!("/api/{}", design.entities[id].name.to_lowercase()),
        };
        if case.holder.is_none() && !asked.is_public(world) {
            return Ok(false);
        }
        match &asked.what {
            What::List { limit, sort, named } => case.list(*limit, *sort, *named),
            What::Report => case.report(),
            What::Get { row } => case.get(&case.rows()[*row]),
            What::Delete { row } => case.change("DELETE", Verb::Delete, &case.rows()[*row], &[]),
            What::Act { row } => case.change("POST", act(), &case.rows()[*row], &[]),
            What::Create { body } => case.create(body),
            What::Update { row, body } => case.change("PATCH", Verb::Update, &case.rows()[*row], body),
            What::Replace { row, body } => case.change("PUT", Verb::Update, &case.rows()[*row], body),
        }
    }

    fn rows(&self) -> &'w [Vec<Value>] {
        &self.world.tables[self.id]
    }

    fn may(&self, verb: Verb, written: &[FieldId], this: &[Value], new: &[Value]) -> bool {
        let entity = self.id;
        self.world
            .judge(self.holder)
            .may(verb, written, Seen { entity, this, new })
    }

    fn may_read(&self, row: &[Value]) -> bool {
        self.may(Verb::Read, &[], row, row)
    }

    fn key(&self, row: &[Value]) -> String {
        text(&row[self.entity.key.index()])
    }

    /// Whether the route is closed to such a caller, whatever the rows.
    fn is_closed(&self, verb: Verb) -> bool {
        let design = &self.world.model().design;
        let facts = caller(design, self.holder).facts;
        let access = self.world.model().access.of(self.id);
        match verb {
            Verb::Create => !access.create.is_possible(&facts),
            Verb::Update => !access.update.is_possible(&facts),
            verb => access.verb(verb).for_caller(&facts).is_never(),
        }
    }

    /// Sends a request; what it changes is taken back.
    fn ask(&self, method: &str, url: &str, body: &str) -> (Answer, bool) {
        let design = &self.world.model().design;
        let db = &self.world.api.db;
        self.world.api.now.set(NOW - 1_000);
        db.execute_batch("SAVEPOINT fuzz").unwrap();
        let before = db.total_changes();
        let ask = Ask {
            body,
            ..Ask::new(method, url)
        };
        let answer = self.world.api.ask(&caller(design, self.holder), &ask);
        let has_changed = db.total_changes() > before;
        db.execute_batch("ROLLBACK TO fuzz; RELEASE fuzz").unwrap();
        (answer, has_changed || self.world.api.twin_changed.get())
    }

    fn list(&self, limit: usize, sort: Option<(FieldId, bool)>, named: Option<&str>) -> Result<bool, String> {
        let name = self.entity.field("name").unwrap().index();
        let rows = self.rows().iter().filter(|row| self.may_read(row));
        let rows: Vec<&Vec<Value>> = rows
            .filter(|row| named.is_none_or(|named| text(&row[name]) == named))
            .collect();
        let expected: BTreeSet<String> = rows.iter().map(|row| self.key(row)).collect();
        let mut query = format!("?limit={limit}&count=true");
        if let Some(named) = named {
            write!(query, "&name={named}").unwrap();
        }
        if let Some((field, descending)) = sort {
            let minus = if descending { "-" } else { "" };
            write!(query, "&sort={minus}{}", self.entity.fields[field].wire).unwrap();
        }
        let mut listed = Vec::new();
        let mut cursor = String::new();
        for _ in 0..=self.rows().len() {
            let url = format!("{}{query}{cursor}", self.path);
            let (answer, _) = self.ask("GET", &url, "");
            if answer.status == 403 && self.is_closed(Verb::Read) && expected.is_empty() {
                return Ok(false);
            }
            expect(&url, 200, &answer)?;
            if answer.body["total"] != json!(expected.len()) {
                return Err(format!(
                    "{url}: {} in all, not {}",
                    answer.body["total"],
                    expected.len()
                ));
            }
            for item in answer.body["items"].as_array().unwrap() {
                listed.push(item.clone());
            }
            let Some(next) = answer.body["next_cursor"].as_str() else {
                break;
            };
            cursor = format!("&cursor={next}");
        }
        let keys: Vec<&str> = listed.iter().map(|item| item["id"].as_str().unwrap()).collect();
        let found: BTreeSet<String> = keys.iter().map(|key| (*key).to_owned()).collect();
        if found != expected || keys.len() != expected.len() {
            return Err(format!(
                "{}{query}: expected {expected:?}, listed {keys:?}",
                self.path
            ));
        }
        if let Some((field, descending)) = sort {
            self.is_sorted(&listed, field, descending)?;
        }
        Ok(!expected.is_empty())
    }

    fn is_sorted(&self, listed: &[Json], field: FieldId, descending: bool) -> Result<(), String> {
        let of = |item: &Json| {
            let key = item["id"].as_str().unwrap();
            let row = self.rows().iter().find(|row| self.key(row) == key).unwrap();
            row[field.index()].clone()
        };
        let is_right = |pair: &[Json]| match (of(&pair[0]), of(&pair[1])) {
            (_, Value::None) => true,
            (Value::None, _) => false,
            (left, right) => {
                let order = groma_ir::sample::judge::order(&left, &right).unwrap();
                order.is_eq() || order.is_gt() == descending
            }
        };
        if listed.windows(2).all(is_right) {
            return Ok(());
        }
        Err(format!(
            "not in the order of `{}`: {listed:?}",
            self.entity.fields[field].name
        ))
    }

    fn report(&self) -> Result<bool, String> {
        let expected = self.rows().iter().filter(|row| self.may_read(row)).count();
        let url = format!("{}/stats", self.path);
        let (answer, _) = self.ask("GET", &url, "");
        if answer.status == 403 && self.is_closed(Verb::Read) && expected == 0 {
            return Ok(false);
        }
        expect(&url, 200, &answer)?;
        if answer.body["total"] == json!(expected) {
            return Ok(expected > 0);
        }
        Err(format!("{url}: counted {}, not {expected}", answer.body["total"]))
    }

    fn get(&self, row: &[Value]) -> Result<bool, String> {
        let embedded: Vec<(FieldId, EntityId)> = self
            .entity
            .fields
            .entries()
            .filter_map(|(id, field)| Some((id, field.ty.target()?)))
            .filter(|(_, to)| Some(*to) != self.world.model().design.caller_entity())
            .collect();
        let names: Vec<&str> = embedded
            .iter()
            .map(|(id, _)| self.entity.fields[*id].name.as_str())
            .collect();
        let query = if names.is_empty() {
            String::new()
        } else {
            format!("?include={}", names.join(","))
        };
        let url = format!("{}/{}{query}", self.path, self.key(row));
        let (answer, _) = self.ask("GET", &url, "");
        if !self.may_read(row) {
            return self.refused(&url, &answer, Verb::Read, 404);
        }
        expect(&url, 200, &answer)?;
        self.is_row(&url, &answer.body, row)?;
        for (field, to) in embedded {
            let judge = self.world.judge(self.holder);
            let target = judge.row(to, &row[field.index()]);
            let is_shown = target.is_some_and(|target| judge.may(Verb::Read, &[], Seen::still(to, target)));
            let shown = &answer.body[&self.entity.fields[field].name];
            if shown.is_null() == is_shown {
                return Err(format!(
                    "{url}: `{}` is {shown}, readable {is_shown}",
                    self.entity.fields[field].name
                ));
            }
        }
        Ok(true)
    }

    fn create(&self, body: &[(FieldId, Value)]) -> Result<bool, String> {
        let row = self.entity.fields.entries().map(|(id, field)| {
            if id == self.entity.key {
                return Value::Text("new".into());
            }
            given(body, id).unwrap_or_else(|| self.default(field))
        });
        let row: Vec<Value> = row.collect();
        let written: Vec<FieldId> = body.iter().map(|(field, _)| *field).collect();
        let (answer, has_changed) = self.ask("POST", &self.path, &self.json(body));
        let allowed = self.may(Verb::Create, &written, &row, &row);
        let status = match (self.refers_well(body, Some(&row)), allowed) {
            (false, _) => 400,
            (true, false) => 403,
            (true, true) => 201,
        };
        if status != 201 {
            no_change(&self.path, has_changed)?;
            return self.refused(&self.path, &answer, Verb::Create, status);
        }
        expect(&self.path, 201, &answer)?;
        self.is_row(&self.path, &answer.body, &row)?;
        Ok(true)
    }

    fn change(
        &self,
        method: &str,
        verb: Verb,
        row: &[Value],
        body: &[(FieldId, Value)],
    ) -> Result<bool, String> {
        let is_act = matches!(verb, Verb::Action(_));
        let url = format!(
            "{}/{}{}",
            self.path,
            self.key(row),
            if is_act { "/act" } else { "" }
        );
        let after = if is_act {
            self.acted(row)
        } else {
            changed(row, body)
        };
        let text = if matches!(verb, Verb::Update) {
            self.json(body)
        } else {
            String::new()
        };
        let (answer, has_changed) = self.ask(method, &url, &text);
        let written: Vec<FieldId> = body.iter().map(|(field, _)| *field).collect();
        let mut allowed = self.may(verb, &written, row, &after);
        if verb == Verb::Update {
            allowed &= self.may(verb, &written, &after, &after);
        }
        // Of a row that is not there for the caller nothing else is told.
        let seen = self.may_read(row).then_some(after.as_slice());
        let success = if verb == Verb::Delete { 204 } else { 200 };
        let status = if !self.refers_well(body, seen) {
            400
        } else if !self.may_read(row) {
            404
        } else if allowed {
            success
        } else {
            403
        };
        if status != success {
            no_change(&url, has_changed)?;
            return self.refused(&url, &answer, verb, status);
        }
        expect(&url, success, &answer)?;
        if verb != Verb::Delete {
            self.is_row(&url, &answer.body, &after)?;
        }
        Ok(true)
    }

    /// A refusal: by this status, or before anything is looked at.
    fn refused(&self, url: &str, answer: &Answer, verb: Verb, status: u16) -> Result<bool, String> {
        let status = if self.is_closed(verb) { 403 } else { status };
        expect(url, status, answer)?;
        Ok(false)
    }

    /// Whether what a body refers to is there for the caller, and in the tenant in which the row will be.
    fn refers_well(&self, body: &[(FieldId, Value)], row: Option<&[Value]>) -> bool {
        let design = &self.world.model().design;
        body.iter().all(|(field, key)| {
            let Some(to) = self.entity.fields[*field].ty.target() else {
                return true;
            };
            if *key == Value::None || design.entities[to].storage != Storage::Managed {
                return true;
            }
            let judge = self.world.judge(self.holder);
            let Some(there) = judge.row(to, key) else {
                return false;
            };
            let is_near = match (design.fence(self.id), design.fence(to)) {
                (Some(here), Some(fence)) if here.tenant == fence.tenant => {
                    row.is_none_or(|row| row[here.field.index()] == there[fence.field.index()])
                }
                _ => true,
            };
            is_near && judge.may(Verb::Read, &[], Seen::still(to, there))
        })
    }

    fn default(&self, field: &groma_ir::design::Field) -> Value {
        match &field.default {
            None => Value::None,
            Some(Default::Value(value)) => value.clone(),
            Some(Default::Caller) => self.holder.map_or(Value::None, |holder| holder.key.clone()),
            Some(Default::Now { offset }) => now(*offset),
        }
    }

    fn acted(&self, row: &[Value]) -> Vec<Value> {
        let mut after = row.to_vec();
        let action = self.entity.actions.iter().next().unwrap();
        for (field, assign) in &action.sets {
            let seen = Seen::still(self.id, row);
            after[field.index()] = match assign {
                Assign::Term(Term::Value(value)) => value.clone(),
                Assign::Term(term) => self
                    .world
                    .judge(self.holder)
                    .value(term, seen)
                    .unwrap_or(Value::None),
                Assign::Not(of) => match &row[of.index()] {
                    Value::Bool(value) => Value::Bool(!value),
                    other => other.clone(),
                },
            };
        }
        after
    }

    fn json(&self, body: &[(FieldId, Value)]) -> String {
        let members = body
            .iter()
            .map(|(field, value)| (self.entity.fields[*field].wire.clone(), self.wire(value)));
        Json::Object(members.collect::<Map<_, _>>()).to_string()
    }

    fn wire(&self, value: &Value) -> Json {
        match value {
            Value::None | Value::List(_) => Json::Null,
            Value::Bool(value) => json!(value),
            Value::Int(value) => json!(value),
            Value::Float(value) => json!(value),
            Value::Text(value) => json!(value),
            Value::Variant(of, variant) => json!(self.world.model().design.variant_name(*of, *variant)),
        }
    }

    /// Whether an item shows this row.
    fn is_row(&self, url: &str, item: &Json, row: &[Value]) -> Result<(), String> {
        for (id, field) in self
            .entity
            .fields
            .entries()
            .filter(|(id, _)| *id != self.entity.key)
        {
            let (shown, held) = (&item[&field.wire], self.wire(&row[id.index()]));
            let is_float = matches!(field.ty, Type::Scalar(groma_ir::scalar::Scalar::Float(_)));
            if *shown != held && !(is_float && shown.as_f64() == held.as_f64()) {
                return Err(format!("{url}: `{}` is {shown}, not {held}", field.wire));
            }
        }
        Ok(())
    }
}

fn act() -> Verb {
    Verb::Action(groma_ir::design::ActionId::new(0))
}

fn given(body: &[(FieldId, Value)], field: FieldId) -> Option<Value> {
    body.iter()
        .find(|(id, _)| *id == field)
        .map(|(_, value)| value.clone())
}

fn changed(row: &[Value], body: &[(FieldId, Value)]) -> Vec<Value> {
    let mut after = row.to_vec();
    for (field, value) in body {
        after[field.index()] = value.clone();
    }
    after
}

fn text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        other => format!("{other:?}"),
    }
}

fn expect(url: &str, status: u16, answer: &Answer) -> Result<(), String> {
    if answer.status == status {
        return Ok(());
    }
    Err(format!(
        "{url}: expected {status}, got {} {}",
        answer.status, answer.text
    ))
}

fn no_change(url: &str, has_changed: bool) -> Result<(), String> {
    if has_changed {
        return Err(format!("{url}: what is refused has changed something"));
    }
    Ok(())
}
