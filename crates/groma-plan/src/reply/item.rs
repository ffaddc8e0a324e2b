//! One item, from one row.

use groma_ir::Model;
use groma_ir::design::{EntityId, FieldId, Type};
use groma_ir::http::{MemberKind, SchemaId, SchemaKind};

use super::report::key;
use super::{Encode, Row};
use crate::decode::shape::Shape;

/// How an item is written: its fields stand in the row in this order, from the first column on.
#[derive(Clone, Debug)]
pub struct ItemPlan {
    /// The entity.
    pub entity: EntityId,
    members: Vec<OutMember>,
    embedded: Vec<OutEmbedded>,
}

#[derive(Clone, Debug)]
struct OutMember {
    field: FieldId,
    /// `"title":`
    key: Vec<u8>,
    encode: Encode,
}

/// A reference that can be embedded.
#[derive(Clone, Debug)]
struct OutEmbedded {
    field: FieldId,
    /// `,"project":`
    key: Vec<u8>,
    item: SchemaId,
}

/// What was written, for what comes after.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Written {
    /// Where the item's closing brace stands.
    pub end: usize,
}

impl ItemPlan {
    pub(crate) fn new(model: &Model, schema: SchemaId) -> Self {
        let schema = &model.http.schemas[schema];
        let Some(entity) = schema.entity else {
            unreachable!("the schema of an item belongs to an entity")
        };
        let members = match &schema.kind {
            SchemaKind::Item(members) => members.as_slice(),
            _ => &[],
        };
        let is_ours = model.tables.of(entity).managed;
        let mut plan = Self {
            entity,
            members: Vec::new(),
            embedded: Vec::new(),
        };
        for member in members {
            match &member.kind {
                MemberKind::Field(field, ty) => plan.members.push(OutMember {
                    field: *field,
                    key: key(&member.name),
                    encode: encode_type(model, ty, is_ours),
                }),
                MemberKind::Embedded(field, item) => {
                    let mut name = vec![b','];
                    name.extend(key(&member.name));
                    plan.embedded.push(OutEmbedded {
                        field: *field,
                        key: name,
                        item: *item,
                    });
                }
                MemberKind::Input(..)
                | MemberKind::Measure(..)
                | MemberKind::PerVariant(..)
                | MemberKind::PerBool(..) => {}
            }
        }
        plan
    }

    /// The fields that a row must hold, in this order.
    pub fn fields(&self) -> impl Iterator<Item = FieldId> {
        self.members.iter().map(|member| member.field)
    }

    /// How many columns an item takes.
    pub fn width(&self) -> usize {
        self.members.len()
    }

    /// The references that can be embedded.
    pub fn embeddable(&self) -> impl Iterator<Item = FieldId> {
        self.embedded.iter().map(|embedded| embedded.field)
    }

    /// The schema of what a reference embeds.
    pub fn embedded(&self, field: FieldId) -> Option<SchemaId> {
        self.embedded
            .iter()
            .find(|embedded| embedded.field == field)
            .map(|embedded| embedded.item)
    }

    /// `,"project":`, which stands before what a reference embeds.
    pub fn embedded_key(&self, field: FieldId) -> &[u8] {
        self.embedded
            .iter()
            .find(|embedded| embedded.field == field)
            .map_or(b"", |found| &found.key)
    }

    /// Writes an item, all of it or the members that are wanted.
    pub fn write(&self, row: &dyn Row, wanted: Option<&[bool]>, out: &mut Vec<u8>) -> Written {
        let mut separator = b'{';
        for (column, member) in self.members.iter().enumerate() {
            if wanted.is_some_and(|wanted| !wanted.get(column).copied().unwrap_or(false)) {
                continue;
            }
            out.push(separator);
            separator = b',';
            out.extend_from_slice(&member.key);
            member.encode.write(row.cell(column), out);
        }
        if separator == b'{' {
            out.push(b'{');
        }
        let end = out.len();
        out.push(b'}');
        Written { end }
    }
}

fn encode_type(model: &Model, ty: &Type, is_ours: bool) -> Encode {
    match Shape::of(&model.design, ty) {
        Shape::One(one) => Encode::of(&one, is_ours),
        Shape::List(_) if is_ours => Encode::Json,
        Shape::List(_) => Encode::ForeignJson,
    }
}
