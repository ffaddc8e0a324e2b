//! The named schemas of bodies.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Member, MemberKind, Schema, SchemaId, SchemaKind};
use super::called::called;
use super::free;
use super::unreachable::Unreachable;
use crate::Arena;
use crate::design::{
    ActionId, Aggregate, Default, Design, Entity, EntityId, Field, FieldId, List, ListShape, Measure,
    PageMode, Report, Resource, Type, Value, Verb,
};
use crate::scalar::{Bounds, Scalar};
use crate::spelling::{capital, pascal, spaced};

/// The schemas made so far.
pub(super) struct Schemas<'a> {
    design: &'a Design,
    schemas: Arena<SchemaId, Schema>,
    items: BTreeMap<EntityId, SchemaId>,
    names: BTreeSet<String>,
    unreachable: Unreachable,
    /// The references that some route of an entity can embed.
    embedded: BTreeMap<EntityId, BTreeSet<FieldId>>,
}

fn embedded(design: &Design) -> BTreeMap<EntityId, BTreeSet<FieldId>> {
    let mut embedded: BTreeMap<EntityId, BTreeSet<FieldId>> = BTreeMap::new();
    for resource in &design.resources {
        let list = resource.list.as_ref().map_or(&[][..], |list| &list.include);
        let read = resource.read.as_ref().map_or(&[][..], |read| &read.include);
        let fields = embedded.entry(resource.entity).or_default();
        fields.extend(list.iter().chain(read));
    }
    embedded
}

impl<'a> Schemas<'a> {
    pub(super) fn new(design: &'a Design) -> Self {
        Self {
            design,
            schemas: Arena::default(),
            items: BTreeMap::new(),
            names: BTreeSet::new(),
            unreachable: Unreachable::new(design),
            embedded: embedded(design),
        }
    }

    /// All schemas, the problem's and the validation problem's.
    pub(super) fn finish(mut self) -> (Arena<SchemaId, Schema>, SchemaId, SchemaId) {
        let problem = self.add("Problem", "An error (RFC 9457).", None, SchemaKind::Problem);
        let validation = self.add(
            "ValidationProblem",
            "An error in the input, with every single mistake in it.",
            None,
            SchemaKind::ValidationProblem,
        );
        (self.schemas, problem, validation)
    }

    /// The item of an entity; made once. Embedded references make the items that they point at.
    pub(super) fn item(&mut self, entity: EntityId) -> SchemaId {
        if let Some(schema) = self.items.get(&entity) {
            return *schema;
        }
        let declared = &self.design.entities[entity];
        let doc = declared
            .doc
            .clone()
            .unwrap_or_else(|| format!("{}.", capital(&super::article(&declared.name))));
        let schema = self.add(&declared.name, &doc, Some(entity), SchemaKind::Item(Vec::new()));
        self.items.insert(entity, schema);
        let mut members: Vec<Member> = declared
            .fields
            .entries()
            .filter(|(_, field)| field.leaves())
            .map(|(id, field)| {
                let member = answered(id, field);
                if is_guarded(declared, id) {
                    guarded(member)
                } else {
                    member
                }
            })
            .collect();
        let embedded = self.embedded.get(&entity).cloned().unwrap_or_default();
        for field in embedded {
            let Some(target) = declared.fields[field].ty.target() else {
                continue;
            };
            let target = self.item(target);
            members.push(embedded_member(&declared.fields[field], field, target));
        }
        self.schemas[schema].kind = SchemaKind::Item(members);
        schema
    }

    /// The body of a create (`Create`) or a replace (`Replace`).
    pub(super) fn input(&mut self, resource: &Resource, accept: &[FieldId], suffix: &str) -> SchemaId {
        let entity = resource.entity;
        let declared = &self.design.entities[entity];
        let members = accept.iter().map(|field| self.accepted(entity, *field)).collect();
        let doc = match suffix {
            "Replace" => format!(
                "Every writable member of {}; an absent one takes its default.",
                noun(declared)
            ),
            _ => format!("What {} is made from.", noun(declared)),
        };
        self.add(
            &format!("{}{suffix}", called(self.design, resource).name),
            &doc,
            Some(entity),
            SchemaKind::Input(members),
        )
    }

    /// The body of an update.
    pub(super) fn patch(&mut self, resource: &Resource, accept: &[FieldId]) -> SchemaId {
        let entity = resource.entity;
        let declared = &self.design.entities[entity];
        let members: Vec<Member> = accept
            .iter()
            .map(|field| Member {
                required: false,
                default: None,
                ..self.accepted(entity, *field)
            })
            .collect();
        let clears = if members.iter().any(|member| member.nullable) {
            ", null clears it"
        } else {
            ""
        };
        let doc = format!(
            "Changes to {} (RFC 7396): an absent member is unchanged{clears}.",
            noun(declared)
        );
        self.add(
            &format!("{}Update", called(self.design, resource).name),
            &doc,
            Some(entity),
            SchemaKind::Patch(members),
        )
    }

    /// The answer of a list.
    pub(super) fn page(&mut self, resource: &Resource, list: &List, item: SchemaId) -> SchemaId {
        let entity = resource.entity;
        let called = called(self.design, resource).name;
        let declared = &self.design.entities[entity];
        let plural = spaced(&declared.plural);
        match &list.shape {
            ListShape::Object { items } => {
                let cursor = list.page.mode == PageMode::Cursor;
                let kind = SchemaKind::Page {
                    items: items.clone(),
                    item,
                    cursor,
                };
                let doc = format!("A page of {plural}.");
                self.add(&format!("{called}Page"), &doc, Some(entity), kind)
            }
            ListShape::Array => {
                let doc = format!("Some {plural}; `Link` leads to the next page.");
                self.add(
                    &format!("{called}List"),
                    &doc,
                    Some(entity),
                    SchemaKind::Array(item),
                )
            }
        }
    }

    /// The body of an action.
    pub(super) fn action(&mut self, resource: &Resource, id: ActionId) -> SchemaId {
        let entity = resource.entity;
        let declared = &self.design.entities[entity];
        let action = &declared.actions[id];
        let members = action
            .inputs
            .entries()
            .map(|(id, input)| Member {
                name: input.name.clone(),
                kind: MemberKind::Input(id, input.ty.clone()),
                nullable: input.optional,
                required: !input.optional && input.default.is_none(),
                default: Some(Default::Value(input.default.clone().unwrap_or(Value::None)))
                    .filter(|_| input.optional || input.default.is_some()),
                refused: Vec::new(),
                doc: input.doc.clone(),
            })
            .collect();
        let called = called(self.design, resource).name;
        let name = format!("{}{called}", pascal(&action.name));
        let doc = format!("What `{}` needs.", action.name);
        self.add(&name, &doc, Some(entity), SchemaKind::Input(members))
    }

    /// The answer of a report.
    pub(super) fn report(&mut self, resource: &Resource, report: &Report) -> SchemaId {
        let entity = resource.entity;
        let declared = &self.design.entities[entity];
        let members = report.measures.iter().enumerate();
        let members = members
            .map(|(index, measure)| number(declared, index, measure))
            .collect();
        let doc = report.doc.clone().unwrap_or_else(|| {
            format!(
                "Numbers over the {} that the caller may read.",
                spaced(&declared.plural)
            )
        });
        let called = called(self.design, resource).name;
        let name = format!("{called}{}", pascal(&report.name));
        self.add(&name, &doc, Some(entity), SchemaKind::Report(members))
    }

    /// A body's member: it may be left out when it has a default or may be empty.
    fn accepted(&self, entity: EntityId, id: FieldId) -> Member {
        let field = &self.design.entities[entity].fields[id];
        let empty = Some(Default::Value(Value::None)).filter(|_| field.optional);
        Member {
            required: !field.optional && field.default.is_none(),
            default: field.default.clone().or(empty),
            refused: self.unreachable.of(entity, id),
            ..answered(id, field)
        }
    }

    fn add(&mut self, name: &str, doc: &str, entity: Option<EntityId>, kind: SchemaKind) -> SchemaId {
        let name = free(name, &mut self.names);
        self.schemas.push(Schema {
            name,
            doc: doc.to_owned(),
            entity,
            kind,
        })
    }
}

fn noun(entity: &Entity) -> String {
    super::article(&entity.name)
}

/// Whether only some of those who may read a row see the value of a field.
fn is_guarded(entity: &Entity, field: FieldId) -> bool {
    let uses = entity.rules.iter().flat_map(|rule| &rule.verbs);
    uses.filter(|used| used.verb == Verb::Read)
        .any(|used| used.fields.contains(&field))
}

/// The member of a field that is null for whoever may not see it.
fn guarded(member: Member) -> Member {
    let doc = member
        .doc
        .as_deref()
        .map_or_else(String::new, |doc| format!("{doc} "));
    Member {
        nullable: true,
        doc: Some(format!("{doc}Null for whoever may read the row and not this.")),
        ..member
    }
}

fn answered(id: FieldId, field: &Field) -> Member {
    Member {
        name: field.wire.clone(),
        kind: MemberKind::Field(id, field.ty.clone()),
        nullable: field.optional,
        required: true,
        default: None,
        refused: Vec::new(),
        doc: field.doc.clone(),
    }
}

fn embedded_member(field: &Field, id: FieldId, target: SchemaId) -> Member {
    Member {
        name: field.name.clone(),
        kind: MemberKind::Embedded(id, target),
        nullable: true,
        required: false,
        default: None,
        refused: Vec::new(),
        doc: Some(format!(
            "Only with `include={}`; null when there is none, or none that the caller may see.",
            field.name
        )),
    }
}

fn number(entity: &Entity, index: usize, measure: &Measure) -> Member {
    let ty = measured(entity, measure.aggregate);
    let kind = match measure.per.map(|field| &entity.fields[field].ty) {
        Some(Type::Enum(of)) => MemberKind::PerVariant(index, *of, ty),
        Some(Type::Scalar(_) | Type::Reference(_) | Type::List(_)) => MemberKind::PerBool(index, ty),
        None => MemberKind::Measure(index, ty),
    };
    Member {
        name: measure.name.clone(),
        kind,
        nullable: !matches!(measure.aggregate, Aggregate::Count | Aggregate::Sum(_)),
        required: true,
        default: None,
        refused: Vec::new(),
        doc: None,
    }
}

/// What an aggregate yields: a count is a whole number, a mean a float, a sum, a least or a greatest value
/// what the field is, without the field's bounds.
fn measured(entity: &Entity, aggregate: Aggregate) -> Type {
    match aggregate {
        Aggregate::Count => Type::Scalar(Scalar::Int(Bounds {
            min: Some(0),
            max: None,
        })),
        Aggregate::Avg(_) => Type::Scalar(Scalar::Float(Bounds::default())),
        Aggregate::Sum(field) => match &entity.fields[field].ty {
            Type::Scalar(Scalar::Int(_)) => Type::Scalar(Scalar::Int(Bounds::default())),
            Type::Scalar(Scalar::Float(_)) => Type::Scalar(Scalar::Float(Bounds::default())),
            Type::Scalar(Scalar::Decimal { scale, .. }) => Type::Scalar(Scalar::Decimal {
                precision: 38,
                scale: *scale,
            }),
            other => other.clone(),
        },
        Aggregate::Min(field) | Aggregate::Max(field) => entity.fields[field].ty.clone(),
    }
}
