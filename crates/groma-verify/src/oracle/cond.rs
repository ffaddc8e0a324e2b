//! Predicates and conditions, evaluated in three values as SQL does: unknown is not true, and neither is its
//! negation.

use jiff::Timestamp;
use serde_json::Value as Json;

use groma_ir::Id;
use groma_ir::access::{Atom, Pred};
use groma_ir::design::{
    Compare, Cond, EntityId, FieldId, InputId, Path, Row as Side, Term, Type, Value, VariantId,
};

use super::slot::{instant_text, later};
use super::value::{compare, equal, from_value};
use super::{RowId, World};
use crate::tokens::Identity;

/// What a predicate looks at.
#[derive(Clone, Copy)]
pub(crate) struct Scene<'a> {
    pub(crate) world: &'a World<'a>,
    /// The caller; `None` has no token.
    pub(crate) who: Option<&'a Identity>,
    pub(crate) now: Timestamp,
    /// The entity of both rows.
    pub(crate) entity: EntityId,
    /// The row as `This`.
    pub(crate) this: &'a [Json],
    /// The row as `New`.
    pub(crate) new: &'a [Json],
    /// The inputs of an action.
    pub(crate) inputs: &'a [(InputId, Json)],
}

/// Whether a predicate is true.
pub(crate) fn holds_pred(scene: Scene<'_>, pred: &Pred) -> bool {
    eval_pred(scene, pred) == Some(true)
}

/// Whether a condition is true.
pub(crate) fn holds_cond(scene: Scene<'_>, cond: &Cond) -> bool {
    eval_cond(scene, cond) == Some(true)
}

/// Whether a row keeps a check: one that is unknown is kept.
pub(crate) fn is_kept(scene: Scene<'_>, cond: &Cond) -> bool {
    eval_cond(scene, cond) != Some(false)
}

fn eval_pred(scene: Scene<'_>, pred: &Pred) -> Option<bool> {
    match pred {
        Pred::All(preds) => all(preds.iter().map(|pred| eval_pred(scene, pred))),
        Pred::Any(preds) => any(preds.iter().map(|pred| eval_pred(scene, pred))),
        Pred::Not(pred) => eval_pred(scene, pred).map(|holds| !holds),
        Pred::Atom(atom) => eval_atom(scene, atom),
    }
}

fn eval_cond(scene: Scene<'_>, cond: &Cond) -> Option<bool> {
    match cond {
        Cond::And(conds) => all(conds.iter().map(|cond| eval_cond(scene, cond))),
        Cond::Or(conds) => any(conds.iter().map(|cond| eval_cond(scene, cond))),
        Cond::Not(cond) => eval_cond(scene, cond).map(|holds| !holds),
        Cond::Compare {
            op,
            left,
            right: Term::Value(Value::None),
        } => is_none(*op, &scene.term(left)),
        Cond::Compare {
            op,
            left: Term::Value(Value::None),
            right,
        } => is_none(*op, &scene.term(right)),
        Cond::Compare { op, left, right } => scene.compare(*op, left, right),
        Cond::In { term, set } => scene.is_in(term, set),
        Cond::Is(term) => scene.term(term).as_bool(),
        Cond::At {
            entity,
            path,
            target,
            cond,
        } => {
            let row = scene.world.find_alive(*target, &scene.walk(*entity, path)?)?;
            eval_cond(Scene::of(scene.world, scene.who, scene.now, row), cond)
        }
    }
}

fn eval_atom(scene: Scene<'_>, atom: &Atom) -> Option<bool> {
    match atom {
        Atom::Authenticated => Some(scene.who.is_some()),
        Atom::Role(role) => Some(scene.who.is_some_and(|who| who.roles.contains(*role))),
        Atom::IsCaller { entity, path } => Some(scene.is_caller(*entity, path)),
        Atom::Linked {
            entity,
            path,
            link,
            least,
        } => Some(scene.is_linked(*entity, path, (*link, *least))),
        Atom::Exists {
            entity,
            path,
            target,
            pred,
        } => Some(scene.exists(*entity, path, *target, pred)),
        Atom::Compare { op, left, right } => scene.compare(*op, left, right),
        Atom::IsNone(term) => Some(scene.term(term).is_null()),
        Atom::In { term, set } => scene.is_in(term, set),
        Atom::IsTrue { row, field } => scene.cell(*row, *field).as_bool(),
        Atom::ClaimIsTrue(claim) => scene.who?.claim(*claim)?.as_bool(),
    }
}

fn is_none(op: Compare, value: &Json) -> Option<bool> {
    match op {
        Compare::Eq => Some(value.is_null()),
        Compare::Ne => Some(!value.is_null()),
        Compare::Lt | Compare::Le | Compare::Gt | Compare::Ge => None,
    }
}

fn all(parts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut result = Some(true);
    for part in parts {
        match part {
            Some(true) => {}
            Some(false) => return Some(false),
            None => result = None,
        }
    }
    result
}

fn any(parts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    all(parts.map(|part| part.map(|holds| !holds))).map(|none_holds| !none_holds)
}

impl<'a> Scene<'a> {
    /// A scene about a stored row alone.
    pub(crate) fn of(world: &'a World<'a>, who: Option<&'a Identity>, now: Timestamp, row: RowId) -> Self {
        let cells = world.row(row).cells.as_slice();
        Self {
            world,
            who,
            now,
            entity: row.entity,
            this: cells,
            new: cells,
            inputs: &[],
        }
    }

    fn cell(&self, row: Side, field: FieldId) -> Json {
        let cells = match row {
            Side::This => self.this,
            Side::New => self.new,
        };
        cells.get(field.index()).cloned().unwrap_or(Json::Null)
    }

    /// The value of a term; null when it is empty or unknown.
    pub(crate) fn term(&self, term: &Term) -> Json {
        match term {
            Term::Field { row, field } => self.cell(*row, *field),
            Term::Caller => self
                .who
                .map_or(Json::Null, |who| self.world.caller_key(&who.subject)),
            Term::Claim(claim) => self
                .who
                .and_then(|who| who.claim(*claim))
                .cloned()
                .unwrap_or(Json::Null),
            Term::Now { offset } => Json::String(instant_text(later(self.now, *offset))),
            Term::Input(input) => self
                .inputs
                .iter()
                .find(|(id, _)| id == input)
                .map_or(Json::Null, |(_, value)| value.clone()),
            Term::Value(value) => from_value(self.world.design(), value),
        }
    }

    fn ty(&self, term: &Term) -> Option<&'a Type> {
        match term {
            Term::Field { field, .. } => Some(self.world.ty(self.entity, *field)),
            Term::Caller | Term::Claim(_) | Term::Now { .. } | Term::Input(_) | Term::Value(_) => None,
        }
    }

    fn compare(&self, op: Compare, left: &Term, right: &Term) -> Option<bool> {
        let ty = self.ty(left).or_else(|| self.ty(right));
        let (left, right) = (self.term(left), self.term(right));
        let design = self.world.design();
        let order = || compare(design, ty, &left, &right);
        match op {
            Compare::Eq => equal(design, ty, &left, &right),
            Compare::Ne => equal(design, ty, &left, &right).map(|same| !same),
            Compare::Lt => order().map(std::cmp::Ordering::is_lt),
            Compare::Le => order().map(std::cmp::Ordering::is_le),
            Compare::Gt => order().map(std::cmp::Ordering::is_gt),
            Compare::Ge => order().map(std::cmp::Ordering::is_ge),
        }
    }

    fn is_in(&self, term: &Term, set: &[Term]) -> Option<bool> {
        let ty = self.ty(term);
        let value = self.term(term);
        if value.is_null() {
            return None;
        }
        any(set
            .iter()
            .map(|item| equal(self.world.design(), ty, &value, &self.term(item))))
    }

    pub(crate) fn is_caller(&self, entity: EntityId, path: &Path) -> bool {
        let Some(who) = self.who else { return false };
        self.walk(entity, path)
            .is_some_and(|key| key == self.world.caller_key(&who.subject))
    }

    /// Whether a row ties the caller to the one at the end of a path, at this level or a higher one.
    fn is_linked(&self, entity: EntityId, path: &Path, (link, least): (EntityId, VariantId)) -> bool {
        let Some(who) = self.who else { return false };
        let design = self.world.design();
        let Some(tie) = &design.entities[link].link else {
            return false;
        };
        let key = if path.steps.is_empty() {
            Some(self.cell(path.row, design.entities[entity].key)).filter(|key| !key.is_null())
        } else {
            self.walk(entity, path)
        };
        let Some(key) = key else { return false };
        let caller = self.world.caller_key(&who.subject);
        let ordered = design.enums[tie.of].variants.entries();
        let enough: Vec<&str> = ordered
            .filter(|(level, _)| *level >= least)
            .map(|(_, variant)| variant.name.as_str())
            .collect();
        self.world.alive(link).any(|(_, row)| {
            let level = row.cell(tie.level).as_str();
            *row.cell(tie.parent) == key
                && *row.cell(tie.user) == caller
                && level.is_some_and(|level| enough.contains(&level))
        })
    }

    fn exists(&self, entity: EntityId, path: &Path, target: EntityId, pred: &Pred) -> bool {
        let row = self
            .walk(entity, path)
            .and_then(|key| self.world.find_alive(target, &key));
        row.is_some_and(|row| holds_pred(Scene::of(self.world, self.who, self.now, row), pred))
    }

    /// The key at the end of a path.
    fn walk(&self, entity: EntityId, path: &Path) -> Option<Json> {
        let (first, rest) = path.steps.split_first()?;
        let mut key = self.cell(path.row, *first);
        let mut target = self.world.ty(entity, *first).target()?;
        for step in rest {
            let row = self.world.find_alive(target, &key)?;
            key = self.world.row(row).cell(*step).clone();
            target = self.world.ty(target, *step).target()?;
        }
        (!key.is_null()).then_some(key)
    }
}

impl World<'_> {
    /// A subject as a key of the caller entity.
    pub(crate) fn caller_key(&self, subject: &str) -> Json {
        match self.design().caller_entity() {
            Some(caller) => self.key_value(caller, self.design().entities[caller].key, subject),
            None => Json::String(subject.to_owned()),
        }
    }

    /// What a text in a path says of a field.
    pub(crate) fn key_value(&self, entity: EntityId, field: FieldId, given: &str) -> Json {
        let text = || Json::String(given.to_owned());
        let ty = &self.design().entities[entity].fields[field].ty;
        match ty {
            Type::Scalar(groma_ir::scalar::Scalar::Int(_)) => {
                given.parse::<i64>().map_or_else(|_| text(), Json::from)
            }
            Type::Scalar(groma_ir::scalar::Scalar::Uuid) => Json::String(given.to_ascii_lowercase()),
            Type::Reference(target) => self.key_value(*target, self.design().entities[*target].key, given),
            Type::Scalar(_) | Type::Enum(_) | Type::List(_) => text(),
        }
    }
}
