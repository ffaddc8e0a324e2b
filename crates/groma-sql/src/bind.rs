//! The values of a statement's parameters, for one request.

use groma_ir::Model;
use groma_ir::design::{EntityId, FieldId, VariantId};
use groma_plan::{Caller, Filter, Request, Test, Value, fold};

use crate::write::{Slot, Template};
use crate::{Call, Sql};

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
    pub(crate) fn call(&self, template: &Template) -> Call {
        Call {
            sql: template.sql.clone(),
            params: template.slots.iter().map(|slot| self.value(slot)).collect(),
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
            Slot::Item(index) => item(&first(query.filters.get(*index))),
            Slot::Items(index) => Value::List(values(query.filters.get(*index)).iter().map(item).collect()),
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
            Slot::Keys => Value::List(self.keys.to_vec()),
            Slot::Changed => self.keys.first().cloned().unwrap_or(Value::Null),
        }
    }

    /// The states from which a field may move to what the body says. Staying is always allowed; a move that
    /// an action claims is not.
    fn states_before(&self, member: usize) -> Value {
        let plan = self.sql.plans().route(self.request.route);
        let Some(groma_plan::Target::Field(field)) = plan.targets().get(member).copied() else {
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

/// A value as an item of a stored list is: what is text on the wire is text there.
fn item(value: &Value) -> Value {
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
