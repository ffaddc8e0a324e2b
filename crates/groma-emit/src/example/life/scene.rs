//! Whether a rule lets the caller of the examples do something, as far as that can be known.

use groma_ir::access::{Atom, Pred};
use groma_ir::design::{Default, EntityId, FieldId, Path, Term, WriteBy};
use serde_json::Value;

use super::super::Examples;
use super::Row;
use super::cond::{all, compared};

/// An example row, and those that it refers to, where the examples have made them.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Scene {
    /// What the row is.
    pub(crate) entity: EntityId,
    /// Its values.
    pub(crate) row: Row,
    /// The rows that it refers to.
    pub(crate) above: Vec<(FieldId, Scene)>,
}

/// Who asks, towards rows that the caller of the examples has made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Speaks {
    /// Whoever made them.
    Maker,
    /// Somebody of whom only that is known which the token says.
    Somebody,
    /// Nobody: there is no token.
    Nobody,
}

impl Scene {
    /// A row of which nothing else is known.
    pub(crate) fn alone(entity: EntityId, row: Row) -> Self {
        Self {
            entity,
            row,
            above: Vec::new(),
        }
    }

    /// The same, with the row as it is later.
    pub(crate) fn with(&self, row: &Row) -> Self {
        Self {
            row: row.clone(),
            ..self.clone()
        }
    }

    /// The row on which the last step of a path stands.
    fn at(&self, path: &Path) -> Option<(&Scene, FieldId)> {
        let (last, way) = path.steps.split_last()?;
        let mut scene = self;
        for step in way {
            scene = scene.through(*step)?;
        }
        Some((scene, *last))
    }

    /// The row that a reference leads to.
    fn through(&self, field: FieldId) -> Option<&Scene> {
        let mut above = self.above.iter();
        above.find(|(known, _)| *known == field).map(|(_, scene)| scene)
    }
}

impl Examples<'_> {
    /// Whether a predicate lets somebody do something to a row; none where it cannot be known.
    pub(crate) fn lets(self, scene: &Scene, who: Speaks, pred: &Pred) -> Option<bool> {
        let part = |pred: &Pred| self.lets(scene, who, pred);
        match pred {
            Pred::All(parts) => all(parts.iter().map(part)),
            Pred::Any(parts) => all(parts.iter().map(|pred| part(pred).map(|lets| !lets))).map(|none| !none),
            Pred::Not(inner) => part(inner).map(|lets| !lets),
            Pred::Atom(atom) => self.meets(scene, who, atom),
        }
    }

    fn meets(self, scene: &Scene, who: Speaks, atom: &Atom) -> Option<bool> {
        let value = |term: &Term| self.term(scene.entity, None, &scene.row, term);
        match atom {
            Atom::Compare { op, left, right } => compared(*op, &value(left)?, &value(right)?),
            Atom::IsNone(term) => Some(value(term)?.is_null()),
            Atom::In { term, set } => {
                let left = value(term)?;
                let mut values = set.iter().filter_map(value);
                (!left.is_null()).then(|| values.any(|one| one == left))
            }
            Atom::IsTrue { field, .. } => scene.row.get(*field).as_bool(),
            Atom::IsCaller { path, .. } => self.asks(scene, who, path),
            Atom::Exists { path, pred, .. } => {
                let (owner, field) = scene.at(path)?;
                match owner.through(field) {
                    Some(there) => self.lets(there, who, pred),
                    None => owner.row.get(field).is_null().then_some(false),
                }
            }
            Atom::Linked { .. } if who == Speaks::Nobody => Some(false),
            Atom::Linked { .. } | Atom::Authenticated | Atom::Role(_) | Atom::ClaimIsTrue(_) => None,
        }
    }

    /// Whether the user at the end of a path asks: known of fields that take their caller.
    fn asks(self, scene: &Scene, who: Speaks, path: &Path) -> Option<bool> {
        if who == Speaks::Nobody {
            return Some(false);
        }
        let (owner, field) = scene.at(path)?;
        let declared = &self.entity(owner.entity).fields[field];
        let held = owner.row.get(field);
        if *held == Value::Null {
            return Some(false);
        }
        let is_makers = declared.default == Some(Default::Caller) && declared.write == WriteBy::Server;
        (is_makers && who == Speaks::Maker).then(|| *held == self.caller())
    }
}
