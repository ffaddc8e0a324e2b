//! One item, from one row.

use groma_ir::Model;
use groma_ir::design::{EntityId, FieldId, Type};
use groma_ir::http::{MemberKind, SchemaId, SchemaKind};
use groma_ir::scalar::{Scalar, StorageClass};

use super::report::key;
use super::{Cell, Row, write_string};
use crate::Value;
use crate::decode::json::Json;
use crate::decode::shape::{One, Shape};
use crate::value::write_decimal;

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

/// How a cell is written as JSON.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encode {
    /// A string as it is stored.
    Text,
    /// A number.
    Number,
    /// `true` or `false`.
    Bool,
    /// A decimal string.
    Decimal(u8),
    /// JSON as it is stored.
    Json,
    /// JSON in a table that is not ours, which may be no JSON.
    ForeignJson,
}

fn encode_type(model: &Model, ty: &Type, is_ours: bool) -> Encode {
    match Shape::of(&model.design, ty) {
        Shape::One(one) => Encode::of(&one, is_ours),
        Shape::List(_) if is_ours => Encode::Json,
        Shape::List(_) => Encode::ForeignJson,
    }
}

impl Encode {
    pub(crate) fn of(one: &One, is_ours: bool) -> Self {
        let One::Scalar(scalar, _) = one else {
            return Self::Text;
        };
        match scalar.storage() {
            StorageClass::Int | StorageClass::Float => Self::Number,
            StorageClass::Bool => Self::Bool,
            StorageClass::Decimal { scale, .. } => Self::Decimal(scale),
            StorageClass::Json if is_ours => Self::Json,
            StorageClass::Json => Self::ForeignJson,
            StorageClass::Text
            | StorageClass::Uuid
            | StorageClass::Date
            | StorageClass::Time
            | StorageClass::Timestamp => Self::Text,
        }
    }

    /// Writes a cell.
    pub fn write(self, cell: Cell<'_>, out: &mut Vec<u8>) {
        match (self, cell) {
            (_, Cell::Null) => out.extend_from_slice(b"null"),
            (Self::Bool, cell) => out.extend_from_slice(if cell.is_true() { b"true" } else { b"false" }),
            (Self::Decimal(scale), Cell::Int(units)) => {
                out.push(b'"');
                write_decimal(out, units, scale);
                out.push(b'"');
            }
            (Self::Decimal(scale), Cell::Float(units)) if units.is_finite() => write_large(out, units, scale),
            (Self::Json, Cell::Text(text)) => out.extend_from_slice(text.as_bytes()),
            (Self::ForeignJson, Cell::Text(text)) => write_foreign_json(text, out),
            (_, Cell::Int(number)) => out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes()),
            (_, Cell::Float(number)) if number.is_finite() => {
                out.extend_from_slice(zmij::Buffer::new().format_finite(number).as_bytes());
            }
            (_, Cell::Float(_)) => out.extend_from_slice(b"null"),
            (_, Cell::Text(text)) => write_string(out, text),
        }
    }
}

/// A sum of decimals that no 64 bits hold.
fn write_large(out: &mut Vec<u8>, units: f64, scale: u8) {
    let digits = usize::from(scale);
    let text = format!("\"{:.digits$}\"", units / 10_f64.powi(i32::from(scale)));
    out.extend_from_slice(text.as_bytes());
}

fn write_foreign_json(text: &str, out: &mut Vec<u8>) {
    let checked = Json::new(text.as_bytes()).and_then(|mut json| {
        let compact = json.compact()?;
        json.end().map(|()| compact.text)
    });
    match checked {
        Ok(compact) => out.extend_from_slice(compact.as_bytes()),
        Err(_) => out.extend_from_slice(b"null"),
    }
}

/// A cell as the typed value of a column.
pub fn value_of(class: StorageClass, cell: Cell<'_>) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Float(number) => Value::Float(number),
        Cell::Int(number) => match class {
            StorageClass::Bool => Value::Bool(number != 0),
            StorageClass::Decimal { scale, .. } => Value::Decimal { units: number, scale },
            _ => Value::Int(number),
        },
        Cell::Text(text) => match class {
            StorageClass::Uuid => parsed(&Scalar::Uuid, text),
            StorageClass::Date => parsed(&Scalar::Date, text),
            StorageClass::Time => parsed(&Scalar::Time, text),
            StorageClass::Timestamp => parsed(&Scalar::DateTime, text),
            _ => Value::Text(text.to_owned()),
        },
    }
}

fn parsed(scalar: &Scalar, text: &str) -> Value {
    One::of_scalar(scalar)
        .parse(text)
        .unwrap_or_else(|_| Value::Text(text.to_owned()))
}
