//! One design in which the rules of both can be asked: the new one, with what only the old one has beside it.
//!
//! It is made for going through situations and for nothing else. What both have under one name is one thing, unless
//! it is of another kind; where they bound it differently, both bounds are within it.

use std::collections::BTreeMap;

use groma_ir::Arena;
use groma_ir::design::{Design, Entity, EntityId, EnumId, Field, FieldId, Storage, Type};
use groma_ir::scalar::{Bounds, Scalar};

use super::translate::Translator;
use super::{levels, roles};

/// The joint design, and the ways into it.
pub(super) struct Joint {
    pub(super) design: Design,
    pub(super) old: Translator,
    pub(super) new: Translator,
    kept: BTreeMap<EntityId, Vec<FieldId>>,
}

impl Joint {
    pub(super) fn of(old: &Design, new: &Design) -> Self {
        let mut design = new.clone();
        let mut from_old = Translator::empty(old);
        enums(&mut design, old, &mut from_old);
        entities(&mut design, old, &mut from_old);
        fields(&mut design, old, &mut from_old);
        let mut from_new = Translator::identity(new);
        levels::join(&mut design, (old, &mut from_old), (new, &mut from_new));
        roles::join(&mut design, (old, &mut from_old), (new, &mut from_new));
        let kept = kept(&design, (old, &from_old), (new, &from_new));
        Self {
            design,
            old: from_old,
            new: from_new,
            kept,
        }
    }

    /// The fields that no request writes in either design.
    pub(super) fn kept(&self, entity: EntityId) -> Vec<FieldId> {
        self.kept.get(&entity).cloned().unwrap_or_default()
    }
}

fn kept(
    design: &Design,
    (old, from_old): (&Design, &Translator),
    (new, from_new): (&Design, &Translator),
) -> BTreeMap<EntityId, Vec<FieldId>> {
    let of = |design: &Design, into: &Translator, entity: EntityId| {
        let entity = into.back(entity)?;
        let kept = groma_access::kept(design, entity).into_iter();
        Some(kept.map(|field| into.field(entity, field)).collect::<Vec<_>>())
    };
    let mut all = BTreeMap::new();
    for entity in design.entities.ids() {
        let kept = match (of(old, from_old, entity), of(new, from_new, entity)) {
            (Some(mut was), Some(is)) => {
                was.retain(|field| is.contains(field));
                was
            }
            (Some(only), None) | (None, Some(only)) => only,
            (None, None) => Vec::new(),
        };
        all.insert(entity, kept);
    }
    all
}

fn enums(design: &mut Design, old: &Design, into: &mut Translator) {
    let known: BTreeMap<String, EnumId> = design
        .enums
        .entries()
        .map(|(id, declared)| (declared.name.clone(), id))
        .collect();
    for declared in &old.enums {
        let id = match known.get(&declared.name) {
            Some(id) => *id,
            None => design.enums.push(groma_ir::design::Enum {
                variants: Arena::default(),
                ..declared.clone()
            }),
        };
        into.enums.push(id);
        let mut variants = Vec::new();
        for variant in &declared.variants {
            let there = &mut design.enums[id].variants;
            let found = there.entries().find(|(_, other)| other.name == variant.name);
            let found = found.map(|(id, _)| id);
            variants.push(found.unwrap_or_else(|| there.push(variant.clone())));
        }
        into.variants.push(variants);
    }
}

fn entities(design: &mut Design, old: &Design, into: &mut Translator) {
    let known: BTreeMap<String, EntityId> = design
        .entities
        .entries()
        .map(|(id, declared)| (declared.name.clone(), id))
        .collect();
    for declared in &old.entities {
        let id = match known.get(&declared.name) {
            Some(id) => {
                let there = &mut design.entities[*id];
                // What somebody else writes may hold anything.
                if there.storage == Storage::Managed {
                    there.storage = declared.storage;
                }
                *id
            }
            // Whatever names things by the old ids stays behind; situations differ in fields alone.
            None => design.entities.push(Entity {
                fields: Arena::default(),
                owner: None,
                links: Vec::new(),
                link: None,
                fence: None,
                inverses: Vec::new(),
                uniques: Vec::new(),
                indexes: Vec::new(),
                checks: Vec::new(),
                states: Vec::new(),
                actions: Arena::default(),
                rules: Vec::new(),
                guarantees: Vec::new(),
                ..declared.clone()
            }),
        };
        into.push_entity(id);
    }
}

fn fields(design: &mut Design, old: &Design, into: &mut Translator) {
    for (entity, declared) in old.entities.entries() {
        let id = into.entity(entity);
        let there = &design.entities[id].fields;
        let known: BTreeMap<String, FieldId> = there
            .entries()
            .map(|(id, field)| (field.name.clone(), id))
            .collect();
        let mut fields = Vec::new();
        for field in &declared.fields {
            let ty = into.ty(&field.ty);
            let there = &mut design.entities[id].fields;
            let same = known.get(&field.name).copied();
            let same = same.filter(|known| is_same_kind(&there[*known].ty, &ty));
            fields.push(match same {
                Some(known) => {
                    widen(&mut there[known], &ty, field.optional);
                    known
                }
                None => there.push(Field {
                    ty,
                    default: None,
                    ..field.clone()
                }),
            });
        }
        into.fields.push(fields);
    }
}

/// Whether values of both can be told apart by the same literals.
fn is_same_kind(one: &Type, other: &Type) -> bool {
    match (one, other) {
        (Type::Scalar(one), Type::Scalar(other)) => match (one, other) {
            (Scalar::Decimal { scale, .. }, Scalar::Decimal { scale: other, .. }) => scale == other,
            _ => one.name() == other.name(),
        },
        (Type::Enum(one), Type::Enum(other)) => one == other,
        (Type::Reference(one), Type::Reference(other)) => one == other,
        (Type::List(_), Type::List(_)) => true,
        (Type::Scalar(_) | Type::Enum(_) | Type::Reference(_) | Type::List(_), _) => false,
    }
}

fn widen(field: &mut Field, other: &Type, is_optional: bool) {
    field.optional |= is_optional;
    match (&mut field.ty, other) {
        (Type::Scalar(Scalar::Int(one)), Type::Scalar(Scalar::Int(other))) => {
            let ((min, max), (low, high)) = (one.effective(), other.effective());
            *one = Bounds {
                min: Some(min.min(low)),
                max: Some(max.max(high)),
            };
        }
        (Type::Scalar(Scalar::Float(one)), Type::Scalar(Scalar::Float(other))) => {
            one.min = one.min.zip(other.min).map(|(one, other)| one.min(other));
            one.max = one.max.zip(other.max).map(|(one, other)| one.max(other));
        }
        // No bounds of other types tell situations apart.
        _ => {}
    }
}
