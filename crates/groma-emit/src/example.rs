//! Realistic examples, the same on every page and in every document.
//!
//! One row an entity stands for all of them: a create makes it, a get answers it, an update changes it. No
//! clock and no chance: a value follows from the names and the types alone.

mod life;
mod names;
pub(crate) mod pattern;
mod problem;
mod query;
mod report;
mod route;
mod scalar;

use groma_ir::design::{
    self, Default, Entity, EntityId, EnumId, Field, FieldId, Generated, InputId, Type, WriteBy,
};
use groma_ir::http::{Member, MemberKind, SchemaId, SchemaKind};
use groma_ir::scalar::Scalar;
use groma_ir::{Id as _, Model};
use serde_json::{Map, Value, json};

use crate::literal;
use scalar::Place;

pub(crate) use life::{Row, Scene, Search, Speaks, Step, Way};
pub(crate) use route::plain;

/// The examples of a design.
#[derive(Clone, Copy)]
pub(crate) struct Examples<'m> {
    model: &'m Model,
}

/// A cursor, as a server might give it.
pub(crate) const CURSOR: &str = "AaH9cPHAAAGh_XDxwH0dT1yQk3vN";

impl<'m> Examples<'m> {
    /// The examples of a design.
    pub(crate) fn new(model: &'m Model) -> Self {
        Self { model }
    }

    /// The key of the entity's example row.
    pub(crate) fn key(self, entity: EntityId) -> Value {
        let home = self.home(entity);
        let declared = self.entity(home);
        let key = &declared.fields[declared.key];
        if let Some(caller) = self.newcomer().filter(|_| self.is_caller(home)) {
            return match &key.ty {
                Type::Scalar(Scalar::Int(_)) => json!(caller.parse::<i64>().unwrap_or(1)),
                _ => json!(caller),
            };
        }
        match &key.ty {
            Type::Scalar(Scalar::Uuid) => json!(scalar::uuid(&declared.name)),
            Type::Scalar(Scalar::Int(_)) if key.generated == Some(Generated::Identity) => json!(42),
            Type::Scalar(Scalar::Text(text)) if text.pattern.is_none() => {
                let name = declared.name.to_lowercase();
                let key = format!("{name}_{}", scalar::token(&declared.name));
                json!(scalar::fit(&key, text.min, text.max))
            }
            Type::Reference(_) => json!("key"),
            other => self.of_type(other, place(&declared.name, &key.name)),
        }
    }

    /// The key that callers of the examples have; none where the design asks for a particular form.
    pub(crate) fn newcomer(self) -> Option<&'static str> {
        groma_ir::access::newcomer(&self.model.design)
    }

    fn is_caller(self, entity: EntityId) -> bool {
        let caller = self.model.design.caller_entity();
        caller.is_some_and(|caller| self.home(caller) == entity)
    }

    /// The entity whose key an entity's key is, along keys that are references; at a circle it stops.
    fn home(self, entity: EntityId) -> EntityId {
        let next = |at: &EntityId| {
            let declared = self.entity(*at);
            declared.fields[declared.key].ty.target()
        };
        let chain = std::iter::successors(Some(entity), next).take(self.model.design.entities.len());
        chain.last().unwrap_or(entity)
    }

    /// The value of a field in the entity's example row.
    pub(crate) fn field(self, entity: EntityId, field: FieldId) -> Value {
        let declared = self.entity(entity);
        let field_decl = &declared.fields[field];
        if field == declared.key {
            return self.key(entity);
        }
        match &field_decl.default {
            Some(Default::Value(design::Value::None)) => return Value::Null,
            Some(Default::Value(design::Value::List(values))) if values.is_empty() => {}
            Some(Default::Value(value)) => return literal::json(&self.model.design, value),
            Some(Default::Caller) => return self.caller(),
            Some(Default::Now { offset: 0 }) => return now(field_decl, scalar::MADE),
            Some(Default::Now { .. }) | None => {}
        }
        if field_decl.optional && is_empty_at_first(entity, field_decl) {
            return Value::Null;
        }
        self.of_type(&field_decl.ty, place(&declared.name, &field_decl.name))
    }

    /// The value of a field after a change.
    pub(crate) fn changed(self, entity: EntityId, field: FieldId) -> Value {
        let declared = self.entity(entity);
        let field_decl = &declared.fields[field];
        match &field_decl.ty {
            Type::Enum(of) => self.next_variant(declared, field, *of),
            Type::Scalar(Scalar::Bool) => json!(self.field(entity, field) != json!(true)),
            Type::Reference(target) => self.key(*target),
            ty @ (Type::Scalar(_) | Type::List(_)) => self.of_type(
                ty,
                Place {
                    is_second: true,
                    ..place(&declared.name, &field_decl.name)
                },
            ),
        }
    }

    /// An example of a named schema.
    pub(crate) fn schema(self, id: SchemaId) -> Value {
        let schema = &self.model.http.schemas[id];
        match &schema.kind {
            SchemaKind::Item(members) => self.object(schema.entity, members, |member| member.required),
            SchemaKind::Input(members) => self.object(schema.entity, members, |_| true),
            SchemaKind::Patch(members) => self.change(schema.entity, members),
            SchemaKind::Report(members) => self.report(id, schema.entity, members),
            SchemaKind::Page { items, item, cursor } => {
                let mut page = Map::from_iter([(items.clone(), json!([self.schema(*item)]))]);
                if *cursor {
                    page.insert(String::from("next_cursor"), json!(CURSOR));
                } else {
                    page.insert(String::from("limit"), json!(20));
                    page.insert(String::from("offset"), json!(0));
                }
                Value::Object(page)
            }
            SchemaKind::Array(item) => json!([self.schema(*item)]),
            SchemaKind::Problem => problem::plain(self.model),
            SchemaKind::ValidationProblem => problem::validation(self.model),
        }
    }

    /// A value of a scalar in a field of this name.
    #[cfg(test)]
    pub(crate) fn sample(scalar: &Scalar, field: &str, is_second: bool) -> Value {
        scalar::value(
            scalar,
            Place {
                owner: "",
                field,
                is_second,
            },
        )
    }

    /// A value of a type.
    fn of_type(self, ty: &Type, place: Place<'_>) -> Value {
        match ty {
            Type::Scalar(scalar) => scalar::value(scalar, place),
            Type::Enum(of) => {
                let variants = &self.model.design.enums[*of].variants;
                let at = usize::from(place.is_second && variants.len() > 1);
                variants
                    .iter()
                    .nth(at)
                    .map_or(Value::Null, |variant| json!(variant.name))
            }
            Type::Reference(entity) => self.key(*entity),
            Type::List(list) => {
                let most = list.max.unwrap_or(u32::MAX).max(list.min);
                let count = list.min.max(2).min(most);
                (0..count)
                    .map(|index| {
                        self.of_type(
                            &list.item,
                            Place {
                                is_second: index % 2 == 1,
                                ..place
                            },
                        )
                    })
                    .collect()
            }
        }
    }

    fn entity(self, id: EntityId) -> &'m Entity {
        &self.model.design.entities[id]
    }

    /// The key of the caller.
    pub(crate) fn caller(self) -> Value {
        self.model
            .design
            .caller_entity()
            .map_or(Value::Null, |caller| self.key(caller))
    }

    /// The members that are wanted, in order.
    fn object(
        self,
        entity: Option<EntityId>,
        members: &[Member],
        is_wanted: impl Fn(&Member) -> bool,
    ) -> Value {
        let wanted = members.iter().filter(|member| is_wanted(member));
        wanted
            .map(|member| (member.name.clone(), self.member(entity, member)))
            .collect()
    }

    fn member(self, entity: Option<EntityId>, member: &Member) -> Value {
        let owner = entity.map_or("", |entity| &self.entity(entity).name);
        match &member.kind {
            MemberKind::Field(field, ty) => match entity {
                Some(entity) => self.field(entity, *field),
                None => self.of_type(ty, place(owner, &member.name)),
            },
            MemberKind::Input(input, ty) => {
                match entity.and_then(|entity| self.sought(entity, *input, member)) {
                    Some(value) => value,
                    None => self.of_type(ty, place(owner, &member.name)),
                }
            }
            MemberKind::Embedded(_, item) => self.schema(*item),
            // Reports have members of their own kind, and make them together.
            MemberKind::Measure(..) | MemberKind::PerVariant(..) | MemberKind::PerBool(..) => Value::Null,
        }
    }

    /// The value of the field by which an action finds its row.
    fn sought(self, entity: EntityId, input: InputId, member: &Member) -> Option<Value> {
        let mut finds = self.entity(entity).actions.iter().filter_map(|action| {
            let find = action.find.filter(|find| find.input == input)?;
            (action.inputs[input].name == member.name).then_some(find.field)
        });
        Some(self.field(entity, finds.next()?))
    }

    /// A small change: the first text, and the first enum that is no state.
    fn change(self, entity: Option<EntityId>, members: &[Member]) -> Value {
        let Some(entity) = entity else { return json!({}) };
        let declared = self.entity(entity);
        let fields = || {
            members.iter().filter_map(|member| match &member.kind {
                MemberKind::Field(field, ty) => Some((member, *field, ty)),
                _ => None,
            })
        };
        let text = fields().find(|(_, field, ty)| {
            matches!(ty, Type::Scalar(scalar) if scalar.is_textual()) && *field != declared.key
        });
        let choice = fields().find(|(_, field, ty)| {
            matches!(ty, Type::Enum(_) | Type::Scalar(Scalar::Bool)) && declared.states_of(*field).is_none()
        });
        let other = || fields().find(|(_, _, ty)| ty.target().is_none());
        let mut chosen: Vec<(&Member, FieldId)> = Vec::new();
        for (member, field, _) in text.into_iter().chain(choice) {
            let all = chosen.iter().map(|(_, field)| *field).chain([field]);
            let changes: Vec<_> = all.map(|field| (field, self.changed(entity, field))).collect();
            if self.may_become(entity, &changes) {
                chosen.push((member, field));
            }
        }
        if chosen.is_empty() {
            chosen.extend(other().map(|(member, field, _)| (member, field)));
        }
        chosen
            .into_iter()
            .map(|(member, field)| (member.name.clone(), self.changed(entity, field)))
            .collect()
    }

    /// A variant that the field may move to from the one that it holds.
    fn next_variant(self, entity: &Entity, field: FieldId, of: EnumId) -> Value {
        let variants = &self.model.design.enums[of].variants;
        let now = match &entity.fields[field].default {
            Some(Default::Value(design::Value::Variant(_, variant))) => *variant,
            _ => design::VariantId::new(0),
        };
        let next = match entity.states_of(field) {
            Some(states) => states
                .transitions
                .iter()
                .find(|move_| move_.from == now && move_.claimed_by.is_none())
                .map_or(now, |move_| move_.to),
            None => variants.ids().find(|id| *id != now).unwrap_or(now),
        };
        json!(self.model.design.variant_name(of, next))
    }
}

fn place<'a>(owner: &'a str, field: &'a str) -> Place<'a> {
    Place {
        owner,
        field,
        is_second: false,
    }
}

/// A time that the server sets, in the form of its field.
fn now(field: &Field, time: &str) -> Value {
    match &field.ty {
        Type::Scalar(Scalar::Date) => json!(time.get(..10)),
        Type::Scalar(Scalar::Time) => json!(time.get(11..26)),
        _ => json!(time),
    }
}

/// What the server fills in later, and a reference to another row of the same kind.
fn is_empty_at_first(entity: EntityId, field: &Field) -> bool {
    field.write == WriteBy::Server || field.ty.target() == Some(entity)
}
