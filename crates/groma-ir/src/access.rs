//! The access view: one predicate a verb, as data.
//!
//! `allow`, `deny`, `except` and `when` are folded into one boolean tree over a closed set of atoms. A server
//! writes the tree into its SQL, a document puts it into words, the verifier evaluates it: none derives it again.
//! Atoms about the caller alone can be decided before the database is asked: [`Pred::for_caller`].

mod grants;
mod lower;
mod normal;
mod order;
mod pred;

pub use grants::{Grants, least, newcomer, typical};
pub use lower::{any_of, clause, fold, lower};
pub use pred::{Atom, CallerFacts, Pred, kinds_of_caller};

use crate::Id;
use crate::design::{ActionId, EntityId, FieldId, Verb};

/// The predicates of every entity.
#[derive(Clone, PartialEq, Debug)]
pub struct Access {
    entities: Vec<EntityAccess>,
}

impl Access {
    /// The predicates of one entity.
    pub fn of(&self, entity: EntityId) -> &EntityAccess {
        match self.entities.get(entity.index()) {
            Some(access) => access,
            None => unreachable!("every entity is lowered to its predicates"),
        }
    }
}

/// The predicates of one entity. What no rule allows is [`Pred::NEVER`].
#[derive(Clone, PartialEq, Debug)]
pub struct EntityAccess {
    /// Which rows a caller may see. Holds on the row as it is.
    pub read: Pred,
    /// The fields that rules single out, `read(salary)`: whose value a caller may see of a row that they may read.
    /// For anybody else it is null.
    pub shown: Vec<(FieldId, Pred)>,
    /// Which rows a caller may make. Holds on the row after.
    pub create: VerbRule,
    /// Which changes a caller may make. Holds on the row before, and on the row after.
    pub update: VerbRule,
    /// Which rows a caller may remove. Holds on the row as it is.
    pub delete: Pred,
    /// Of which rows a caller may say with whom they are shared; other rows ask for it by `can share`.
    pub share: Pred,
    /// Which actions a caller may take. Holds on the row before.
    pub actions: Vec<Pred>,
}

impl EntityAccess {
    /// The predicate of an action.
    pub fn action(&self, action: ActionId) -> &Pred {
        match self.actions.get(action.index()) {
            Some(pred) => pred,
            None => unreachable!("every action is lowered to its predicate"),
        }
    }

    /// Who may see the value of a field, beside that they may read the row; everybody, where no rule singles it out.
    pub fn guard(&self, field: FieldId) -> Option<&Pred> {
        let mut guards = self.shown.iter();
        guards.find(|(id, _)| *id == field).map(|(_, pred)| pred)
    }

    /// The predicate of a verb on the row as a whole.
    pub fn verb(&self, verb: Verb) -> &Pred {
        match verb {
            Verb::Read => &self.read,
            Verb::Create => &self.create.row,
            Verb::Update => &self.update.row,
            Verb::Delete => &self.delete,
            Verb::Share => &self.share,
            Verb::Action(action) => self.action(action),
        }
    }
}

/// The predicate of a verb that writes fields.
#[derive(Clone, PartialEq, Debug)]
pub struct VerbRule {
    /// Holds for a field that has no predicate of its own, and for a request that writes no field.
    pub row: Pred,
    /// The fields that rules single out: `update(project)`. A request may write a set of fields when the
    /// predicate of each of them holds; a field that is sent counts as written, whatever its value.
    pub fields: Vec<(FieldId, Pred)>,
}

impl VerbRule {
    /// The predicate for writing one field.
    pub fn field(&self, field: FieldId) -> &Pred {
        self.fields
            .iter()
            .find(|(id, _)| *id == field)
            .map_or(&self.row, |(_, pred)| pred)
    }

    /// The predicates that a request which writes these fields must meet, each once: all of them must hold.
    /// Writing none must meet the row's own, or any field's.
    pub fn required(&self, written: &[FieldId]) -> Vec<&Pred> {
        let mut preds: Vec<&Pred> = Vec::new();
        for field in written {
            let pred = self.field(*field);
            if !preds.contains(&pred) {
                preds.push(pred);
            }
        }
        if preds.is_empty() {
            preds.push(&self.row);
        }
        preds
    }

    /// Whether some request could pass for a caller of this kind: otherwise the route answers 403.
    pub fn is_possible(&self, caller: &CallerFacts) -> bool {
        std::iter::once(&self.row)
            .chain(self.fields.iter().map(|(_, pred)| pred))
            .any(|pred| !pred.for_caller(caller).is_never())
    }
}

#[cfg(test)]
mod tests;
