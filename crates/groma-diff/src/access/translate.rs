//! Predicates of one design in the ids of another one.

use std::collections::BTreeMap;

use groma_ir::Id;
use groma_ir::access::{Atom, Pred};
use groma_ir::design::{
    ClaimId, Design, EntityId, EnumId, FieldId, ListType, Path, Term, Type, Value, VariantId,
};

/// What everything of a design is in the joint one, each by its place among its kind.
#[derive(Default)]
pub(super) struct Translator {
    entities: Vec<EntityId>,
    /// Where the entities of the joint design come from.
    origins: BTreeMap<EntityId, EntityId>,
    pub(super) fields: Vec<Vec<FieldId>>,
    /// The entity that the references of a design point at, for walking along paths.
    targets: BTreeMap<(EntityId, FieldId), EntityId>,
    pub(super) enums: Vec<EnumId>,
    pub(super) variants: Vec<Vec<VariantId>>,
    pub(super) claims: Vec<ClaimId>,
    /// What a level and those above it are in the joint design, the lowest first, by what ties people to rows.
    pub(super) levels: BTreeMap<EntityId, Levels>,
    /// What it takes to hold a role.
    pub(super) roles: Vec<Pred>,
}

/// The levels of a design in the joint one.
pub(super) enum Levels {
    /// They are the same, in the same order.
    Same,
    /// Each as one of the joint levels, with the one above that.
    Other(Vec<(VariantId, Option<VariantId>)>),
}

impl Translator {
    /// For a design of which nothing has been joined yet.
    pub(super) fn empty(design: &Design) -> Self {
        Self {
            targets: targets(design),
            ..Self::default()
        }
    }

    /// For the design that the joint one began as; roles are still to be joined.
    pub(super) fn identity(design: &Design) -> Self {
        let claims = design.auth.iter().flat_map(|auth| auth.claims.ids());
        Self {
            entities: design.entities.ids().collect(),
            origins: design.entities.ids().map(|id| (id, id)).collect(),
            fields: design
                .entities
                .iter()
                .map(|entity| entity.fields.ids().collect())
                .collect(),
            targets: targets(design),
            enums: design.enums.ids().collect(),
            variants: design
                .enums
                .iter()
                .map(|declared| declared.variants.ids().collect())
                .collect(),
            claims: claims.collect(),
            levels: BTreeMap::new(),
            roles: Vec::new(),
        }
    }

    pub(super) fn entity(&self, id: EntityId) -> EntityId {
        joined(&self.entities, id)
    }

    pub(super) fn field(&self, entity: EntityId, id: FieldId) -> FieldId {
        match self.fields.get(entity.index()) {
            Some(fields) => joined(fields, id),
            None => unreachable!("every entity of a design is joined"),
        }
    }

    pub(super) fn declared(&self, id: EnumId) -> EnumId {
        joined(&self.enums, id)
    }

    /// The entity of the design that an entity of the joint one comes from, if it does.
    pub(super) fn back(&self, joint: EntityId) -> Option<EntityId> {
        self.origins.get(&joint).copied()
    }

    /// Says what the next entity of the design is.
    pub(super) fn push_entity(&mut self, joint: EntityId) {
        self.origins.insert(joint, EntityId::new(self.entities.len()));
        self.entities.push(joint);
    }

    pub(super) fn ty(&self, ty: &Type) -> Type {
        match ty {
            Type::Scalar(scalar) => Type::Scalar(scalar.clone()),
            Type::Enum(id) => Type::Enum(joined(&self.enums, *id)),
            Type::Reference(id) => Type::Reference(self.entity(*id)),
            Type::List(list) => Type::List(Box::new(ListType {
                item: self.ty(&list.item),
                min: list.min,
                max: list.max,
            })),
        }
    }

    /// A predicate on the rows of an entity, both of the design that is translated.
    pub(super) fn pred(&self, entity: EntityId, pred: &Pred) -> Pred {
        match pred {
            Pred::All(preds) => Pred::all(preds.iter().map(|pred| self.pred(entity, pred))),
            Pred::Any(preds) => Pred::any(preds.iter().map(|pred| self.pred(entity, pred))),
            Pred::Not(pred) => self.pred(entity, pred).negate(),
            Pred::Atom(atom) => self.atom(entity, atom),
        }
    }

    fn atom(&self, at: EntityId, atom: &Atom) -> Pred {
        Pred::Atom(match atom {
            Atom::Authenticated => Atom::Authenticated,
            Atom::Role(role) => return self.roles.get(role.index()).cloned().unwrap_or(Pred::NEVER),
            Atom::IsCaller { entity, path } => Atom::IsCaller {
                entity: self.entity(*entity),
                path: self.path(*entity, path),
            },
            Atom::Linked {
                entity,
                path,
                link,
                least,
            } => return self.linked((*entity, path), *link, *least),
            Atom::Exists {
                entity,
                path,
                target,
                pred,
            } => Atom::Exists {
                entity: self.entity(*entity),
                path: self.path(*entity, path),
                target: self.entity(*target),
                pred: Box::new(self.pred(*target, pred)),
            },
            Atom::Compare { op, left, right } => Atom::Compare {
                op: *op,
                left: self.term(at, left),
                right: self.term(at, right),
            },
            Atom::IsNone(term) => Atom::IsNone(self.term(at, term)),
            Atom::In { term, set } => Atom::In {
                term: self.term(at, term),
                set: set.iter().map(|item| self.term(at, item)).collect(),
            },
            Atom::IsTrue { row, field } => Atom::IsTrue {
                row: *row,
                field: self.field(at, *field),
            },
            Atom::ClaimIsTrue(claim) => Atom::ClaimIsTrue(joined(&self.claims, *claim)),
        })
    }

    /// That the caller is tied to a row at a level or above.
    fn linked(&self, (entity, path): (EntityId, &Path), link: EntityId, least: VariantId) -> Pred {
        let tied = |level: VariantId| {
            Pred::Atom(Atom::Linked {
                entity: self.entity(entity),
                path: self.path(entity, path),
                link: self.entity(link),
                least: level,
            })
        };
        match self.levels.get(&link) {
            Some(Levels::Same) => tied(least),
            Some(Levels::Other(levels)) => {
                let enough = levels.iter().skip(least.index());
                Pred::any(enough.map(|(level, above)| {
                    let not_above = above.map(|above| tied(above).negate());
                    Pred::all(std::iter::once(tied(*level)).chain(not_above))
                }))
            }
            None => Pred::NEVER,
        }
    }

    fn path(&self, entity: EntityId, path: &Path) -> Path {
        let mut at = entity;
        let mut steps = Vec::new();
        for step in &path.steps {
            steps.push(self.field(at, *step));
            // Only the last step may lead nowhere.
            at = self.targets.get(&(at, *step)).copied().unwrap_or(at);
        }
        Path { row: path.row, steps }
    }

    fn term(&self, at: EntityId, term: &Term) -> Term {
        match term {
            Term::Field { row, field } => Term::Field {
                row: *row,
                field: self.field(at, *field),
            },
            Term::Caller => Term::Caller,
            Term::Claim(claim) => Term::Claim(joined(&self.claims, *claim)),
            Term::Now { offset } => Term::Now { offset: *offset },
            // Rules do not see the inputs of actions.
            Term::Input(input) => Term::Input(*input),
            Term::Value(value) => Term::Value(self.value(value)),
        }
    }

    fn value(&self, value: &Value) -> Value {
        match value {
            Value::None | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Text(_) => value.clone(),
            Value::Variant(of, variant) => {
                let variants = self.variants.get(of.index()).map_or(&[][..], Vec::as_slice);
                Value::Variant(joined(&self.enums, *of), joined(variants, *variant))
            }
            Value::List(values) => Value::List(values.iter().map(|item| self.value(item)).collect()),
        }
    }
}

/// Where the references of a design lead.
fn targets(design: &Design) -> BTreeMap<(EntityId, FieldId), EntityId> {
    let mut targets = BTreeMap::new();
    for (id, entity) in design.entities.entries() {
        for (field, declared) in entity.fields.entries() {
            if let Some(target) = declared.ty.target() {
                targets.insert((id, field), target);
            }
        }
    }
    targets
}

fn joined<I: Id>(all: &[I], id: I) -> I {
    match all.get(id.index()) {
        Some(joint) => *joint,
        None => unreachable!("everything of a design is joined before its rules are translated"),
    }
}
