//! The parameters of a statement: what each is, once and for all, and its value for one request.

use std::sync::Arc;

use groma_ir::design::{ClaimType, EntityId, FieldId, Type, VariantId};
use groma_ir::http::{Operation, ParamKind};
use groma_ir::scalar::StorageClass;
use groma_ir::{Id, Model};
use groma_plan::{Caller, Filter, Query, Request, RoutePlan, Target, Test, Value, fold, write_value};

use crate::write::{Slot, Template};
use crate::{Call, Dialect, Sql};

/// What a parameter is. It is known when the text is made and is the same for every request, so that a statement can
/// be prepared with the types of its parameters.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ParameterType {
    /// One value of this class, or nothing.
    One(StorageClass),
    /// Several values of this class.
    Many(StorageClass),
}

/// A statement that is kept: its text, and what its parameters are and are filled from.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Statement {
    pub(crate) sql: Arc<str>,
    slots: Vec<Slot>,
    types: Arc<[ParameterType]>,
}

impl Statement {
    pub(crate) fn new(template: Template, typing: Typing<'_>) -> Self {
        Self {
            types: template.slots.iter().map(|slot| typing.of(slot)).collect(),
            sql: template.sql,
            slots: template.slots,
        }
    }
}

/// What the types of parameters follow from.
#[derive(Clone, Copy)]
pub(crate) struct Typing<'t> {
    pub(crate) model: &'t Model,
    pub(crate) plan: &'t RoutePlan,
    pub(crate) query: &'t Query,
}

impl Typing<'_> {
    /// What the parameter of a slot is.
    fn of(&self, slot: &Slot) -> ParameterType {
        use ParameterType::{Many, One};
        let table = self.model.tables.of(self.plan.entity);
        match slot {
            Slot::Key => One(table.column(self.plan.key_field.unwrap_or(table.key)).class),
            Slot::Parent(at) => One(self.plan.parents.get(*at).map_or(StorageClass::Text, |parent| {
                self.model.tables.of(parent.entity).column(parent.by).class
            })),
            Slot::Caller => One(self
                .model
                .design
                .caller_entity()
                .map_or(StorageClass::Text, |entity| self.key_of(entity))),
            Slot::Claim(index) => One(self.claim(*index)),
            Slot::Now(_) => One(StorageClass::Timestamp),
            Slot::Body(member) => One(self.member(*member)),
            Slot::StatesBefore(_) => Many(StorageClass::Text),
            Slot::FreshKey => One(StorageClass::Uuid),
            Slot::Secret(..) | Slot::Folded(_) | Slot::Word(_) => One(StorageClass::Text),
            Slot::Filter(index) => One(self.filter(*index)),
            Slot::Filters(index) => Many(self.filter(*index)),
            Slot::Item(_) => One(StorageClass::Json),
            Slot::Items(_) => Many(StorageClass::Json),
            Slot::After(index) => One(match self.query.sort.get(*index) {
                Some(term) if term.variants.is_empty() => term.class,
                Some(_) | None => StorageClass::Int,
            }),
            Slot::Limit | Slot::Window | Slot::Offset => One(StorageClass::Int),
            Slot::Keys(entity) => Many(self.key_of(*entity)),
            Slot::Changed => One(self.key_of(self.plan.entity)),
        }
    }

    fn key_of(&self, entity: EntityId) -> StorageClass {
        let table = self.model.tables.of(entity);
        table.column(table.key).class
    }

    fn claim(&self, index: usize) -> StorageClass {
        let auth = self.model.design.auth.as_ref();
        let mut claims = auth.into_iter().flat_map(|auth| auth.claims.entries());
        match claims
            .find(|(id, _)| id.index() == index)
            .map(|(_, claim)| claim.ty)
        {
            Some(ClaimType::Bool) => StorageClass::Bool,
            Some(ClaimType::Int) => StorageClass::Int,
            Some(ClaimType::Text) | None => StorageClass::Text,
        }
    }

    fn member(&self, member: usize) -> StorageClass {
        match self.plan.targets().get(member) {
            Some(Target::Field(field)) => self.model.tables.of(self.plan.entity).column(*field).class,
            Some(Target::Input(input)) => match self.plan.operation {
                Operation::Action(action) => {
                    let action = &self.model.design.entities[self.plan.entity].actions[action];
                    self.class_of(&action.inputs[*input].ty)
                }
                _ => StorageClass::Text,
            },
            None => StorageClass::Text,
        }
    }

    fn class_of(&self, ty: &Type) -> StorageClass {
        match ty {
            Type::Scalar(scalar) => scalar.storage(),
            Type::Enum(_) => StorageClass::Text,
            Type::Reference(target) => self.key_of(*target),
            Type::List(_) => StorageClass::Json,
        }
    }

    fn filter(&self, index: usize) -> StorageClass {
        let param = self.query.filters.get(index).map(|filter| filter.param);
        let params = &self.model.http.routes[self.plan.id].query;
        match param.and_then(|param| params.get(param)).map(|param| &param.kind) {
            Some(ParamKind::Filter { field, .. }) => {
                self.model.tables.of(self.plan.entity).column(*field).class
            }
            _ => StorageClass::Text,
        }
    }
}

/// What parameters are filled from.
#[derive(Clone, Copy)]
pub(crate) struct Filling<'f> {
    pub(crate) sql: &'f Sql,
    pub(crate) request: &'f Request,
    pub(crate) caller: &'f Caller,
    /// The keys of the rows to embed, or of the row that was changed.
    pub(crate) keys: &'f [Value],
}

impl Filling<'_> {
    /// A statement with its values.
    pub(crate) fn call(&self, statement: &Statement) -> Call {
        Call {
            sql: statement.sql.clone(),
            params: statement.slots.iter().map(|slot| self.value(slot)).collect(),
            types: statement.types.clone(),
        }
    }

    fn value(&self, slot: &Slot) -> Value {
        let query = &self.request.query;
        match slot {
            Slot::Key => self.request.key.clone(),
            Slot::Parent(at) => self.request.parents.get(*at).cloned().unwrap_or(Value::Null),
            Slot::Caller => self.caller.key.clone(),
            Slot::Claim(index) => self.caller.claim(*index),
            Slot::Now(offset) => {
                let later = offset.saturating_mul(1_000_000);
                Value::Timestamp(self.request.world.now.saturating_add(later))
            }
            Slot::Body(member) => self.request.body.value(*member).cloned().unwrap_or(Value::Null),
            Slot::StatesBefore(member) => self.states_before(*member),
            Slot::FreshKey => Value::Uuid((self.request.world.uuid)()),
            Slot::Secret(_, length) => Value::Text(secret(*length, self.request.world.random)),
            Slot::Filter(index) => first(query.filters.get(*index)),
            Slot::Filters(index) => Value::List(values(query.filters.get(*index)).to_vec()),
            Slot::Folded(index) => match first(query.filters.get(*index)) {
                Value::Text(text) => Value::Text(fold(&text)),
                other => other,
            },
            Slot::Item(index) => self.item(&first(query.filters.get(*index))),
            Slot::Items(index) => {
                let values = values(query.filters.get(*index)).iter();
                Value::List(values.map(|value| self.item(value)).collect())
            }
            Slot::Word(index) => query.words.get(*index).cloned().map_or(Value::Null, Value::Text),
            Slot::After(index) => query
                .after
                .as_ref()
                .and_then(|after| after.get(*index))
                .cloned()
                .unwrap_or(Value::Null),
            Slot::Limit => Value::Int(i64::from(query.limit) + 1),
            Slot::Offset => Value::Int(i64::try_from(query.offset).unwrap_or(i64::MAX)),
            Slot::Window => {
                let offset = i64::try_from(query.offset).unwrap_or(i64::MAX);
                Value::Int(offset.saturating_add(i64::from(query.limit) + 1))
            }
            Slot::Keys(_) => Value::List(self.keys.to_vec()),
            Slot::Changed => self.keys.first().cloned().unwrap_or(Value::Null),
        }
    }

    /// A value as an item of a stored list is: what is text on the wire is text there.
    fn item(&self, value: &Value) -> Value {
        match self.sql.dialect() {
            Dialect::Sqlite => plain(value),
            Dialect::Postgres => Value::Json(json_text(value)),
        }
    }

    /// The states from which a field may move to what the body says. Staying is always allowed; a move that
    /// an action claims is not.
    fn states_before(&self, member: usize) -> Value {
        let plan = self.sql.plans().route(self.request.route);
        let Some(Target::Field(field)) = plan.targets().get(member).copied() else {
            return Value::List(Vec::new());
        };
        let Some(Value::Text(to)) = self.request.body.value(member) else {
            return Value::List(Vec::new());
        };
        Value::List(sources_of(self.sql.model(), plan.entity, field, to))
    }
}

fn sources_of(model: &Model, entity: EntityId, field: FieldId, to: &str) -> Vec<Value> {
    let Some(states) = model.design.entities[entity].states_of(field) else {
        return Vec::new();
    };
    let name = |variant: VariantId| model.design.variant_name(states.of, variant);
    let moves = states
        .transitions
        .iter()
        .filter(|step| step.claimed_by.is_none() && name(step.to) == to);
    let mut names: Vec<Value> = moves
        .map(|step| Value::Text(name(step.from).to_owned()))
        .collect();
    names.push(Value::Text(to.to_owned()));
    names
}

fn values(filter: Option<&Filter>) -> &[Value] {
    match filter.map(|filter| &filter.test) {
        Some(Test::Values(values)) => values,
        Some(Test::Null(_) | Test::Option(_)) | None => &[],
    }
}

fn first(filter: Option<&Filter>) -> Value {
    values(filter).first().cloned().unwrap_or(Value::Null)
}

/// A value in the form that an item has once it is taken out of its list.
fn plain(value: &Value) -> Value {
    match value {
        Value::Uuid(_) | Value::Timestamp(_) | Value::Date(_) | Value::Time(_) | Value::Decimal { .. } => {
            Value::Text(value.to_wire_text())
        }
        Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Float(_)
        | Value::Text(_)
        | Value::Json(_)
        | Value::List(_) => value.clone(),
    }
}

fn json_text(value: &Value) -> String {
    let mut out = Vec::new();
    write_value(&mut out, value);
    String::from_utf8(out).unwrap_or_default()
}

/// Random text of letters, digits, `-` and `_`: six bits a character.
fn secret(length: u32, random: fn(&mut [u8])) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut bytes = vec![0; length as usize];
    random(&mut bytes);
    let letters = bytes
        .iter()
        .filter_map(|byte| ALPHABET.get(usize::from(byte & 63)));
    letters.map(|letter| char::from(*letter)).collect()
}
