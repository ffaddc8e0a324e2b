//! Who gained or lost which access, each with the smallest case.
//!
//! The rules of both designs are put into one ([`joint`]), by names, and the situations are gone through in which one
//! lets a caller and the other does not. A rule counts only where a route leads to what it is about.

mod joint;
mod levels;
mod reach;
mod roles;
mod translate;

use std::collections::BTreeSet;

use groma_access::{Settled, Space, Want, granted, settle, singled_out, verbs};
use groma_ir::Model;
use groma_ir::access::Pred;
use groma_ir::design::{EntityId, FieldId, Storage, Verb};
use groma_ir::words;

use joint::Joint;
use reach::Reach;
use translate::Translator;

/// Which way access went.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Turn {
    /// Somebody may what they could not do.
    Gained,
    /// Somebody may no more what they could do.
    Lost,
}

impl Turn {
    /// The turn in one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Gained => "gained",
            Self::Lost => "lost",
        }
    }
}

/// Access that somebody gained or lost.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccessChange {
    /// Which way it went.
    pub turn: Turn,
    /// On the rows of this entity.
    pub entity: String,
    /// What may be done, or may not.
    pub verb: String,
    /// To this field alone.
    pub field: Option<String>,
    /// The smallest case in words, one thing each, empty for the plainest of all; none: the rules tell too much
    /// apart to be gone through.
    pub case: Option<Vec<String>>,
    /// Whether the case surely exists.
    pub is_sure: bool,
}

/// Everything that somebody gained, then everything that somebody lost.
pub(crate) fn changes(old: &Model, new: &Model) -> Vec<AccessChange> {
    let joint = Joint::of(&old.design, &new.design);
    let (old, new) = (Side::of(old, &joint.old), Side::of(new, &joint.new));
    let mut found = Vec::new();
    for subject in subjects(&joint, &old, &new) {
        let (was, is) = (old.pred(&subject), new.pred(&subject));
        if was == is {
            continue;
        }
        let checks = |side: &Side<'_>| side.checks(subject.entity);
        found.extend(turn(&joint, &subject, Turn::Gained, (&is, &was), &checks(&new)));
        found.extend(turn(&joint, &subject, Turn::Lost, (&was, &is), &checks(&old)));
    }
    found.sort_by_key(|change| change.turn);
    found
}

/// Something that may be done, or not: by names, because ids differ from design to design.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Subject {
    /// The entity in the joint design.
    entity: EntityId,
    name: String,
    verb: String,
    field: Option<String>,
}

/// One of the two designs.
struct Side<'m> {
    model: &'m Model,
    into: &'m Translator,
    reach: Reach,
}

impl<'m> Side<'m> {
    fn of(model: &'m Model, into: &'m Translator) -> Self {
        Self {
            model,
            into,
            reach: Reach::of(model),
        }
    }

    fn verb(&self, entity: EntityId, name: &str) -> Option<Verb> {
        let declared = &self.model.design.entities[entity];
        let verbs = verbs(&self.model.design, entity);
        verbs
            .into_iter()
            .find(|verb| words::verb(declared, *verb) == name)
    }

    fn field(&self, entity: EntityId, name: &str) -> Option<FieldId> {
        self.model.design.entities[entity].field(name)
    }

    /// When somebody may do it, in the joint design; where nothing leads to it, never.
    fn pred(&self, subject: &Subject) -> Pred {
        let Some(entity) = self.into.back(subject.entity) else {
            return Pred::NEVER;
        };
        let Some(verb) = self.verb(entity, &subject.verb) else {
            return Pred::NEVER;
        };
        let field = match &subject.field {
            Some(name) => match self.field(entity, name) {
                Some(field) => Some(field),
                None => return Pred::NEVER,
            },
            None => None,
        };
        if field.is_some_and(|field| !self.reach.has_field(entity, verb, field)) {
            return Pred::NEVER;
        }
        let pred = granted(&self.model.design, &self.model.access, (entity, verb, field));
        self.into.pred(entity, &self.reach.limited(entity, verb, pred))
    }

    /// The fields of a verb that rules or routes single out, by name.
    fn fields(&self, entity: EntityId, verb: Verb) -> (BTreeSet<&'m str>, BTreeSet<&'m str>) {
        let declared = &self.model.design.entities[entity];
        let name = |id: FieldId| declared.fields[id].name.as_str();
        let ruled = singled_out(&self.model.access, entity, verb);
        let reached = declared.fields.ids();
        let reached = reached.filter(|field| self.reach.has_field(entity, verb, *field));
        (ruled.into_iter().map(name).collect(), reached.map(name).collect())
    }

    /// What every stored row meets, in the joint design.
    fn checks(&self, entity: EntityId) -> Vec<Pred> {
        let Some(entity) = self.into.back(entity) else {
            return Vec::new();
        };
        let declared = &self.model.design.entities[entity];
        if declared.storage != Storage::Managed {
            return Vec::new();
        }
        let checks = declared.checks.iter();
        checks
            .map(|check| self.into.pred(entity, &Pred::from_cond(&check.cond)))
            .collect()
    }
}

/// Everything that can be done in either design, and could differ.
fn subjects(joint: &Joint, old: &Side<'_>, new: &Side<'_>) -> Vec<Subject> {
    let mut subjects = Vec::new();
    for (entity, declared) in joint.design.entities.entries() {
        let (was, is) = (joint.old.back(entity), joint.new.back(entity));
        let of = |side: &Side<'_>, entity: Option<EntityId>| -> Vec<String> {
            let Some(entity) = entity else { return Vec::new() };
            let declared = &side.model.design.entities[entity];
            let verbs = verbs(&side.model.design, entity).into_iter();
            verbs.map(|verb| words::verb(declared, verb).to_owned()).collect()
        };
        let mut names = of(new, is);
        for name in of(old, was) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        for verb in names {
            let fields = fields((old, was), (new, is), &verb);
            let all = std::iter::once(None).chain(fields.into_iter().map(Some));
            subjects.extend(all.map(|field| Subject {
                entity,
                name: declared.name.clone(),
                verb: verb.clone(),
                field,
            }));
        }
    }
    subjects
}

/// The fields whose rule may have changed otherwise than that of the row: those that a rule singles out, and those
/// that could not be reached before or cannot be any more.
fn fields(
    (old, was): (&Side<'_>, Option<EntityId>),
    (new, is): (&Side<'_>, Option<EntityId>),
    verb: &str,
) -> Vec<String> {
    let (Some(was), Some(is)) = (was, is) else {
        return Vec::new();
    };
    let (Some(old_verb), Some(new_verb)) = (old.verb(was, verb), new.verb(is, verb)) else {
        return Vec::new();
    };
    if !old.reach.has(was, old_verb) || !new.reach.has(is, new_verb) {
        return Vec::new();
    }
    let (old_ruled, old_reached) = old.fields(was, old_verb);
    let (new_ruled, new_reached) = new.fields(is, new_verb);
    let names: BTreeSet<&str> = old_ruled
        .union(&new_ruled)
        .chain(old_reached.symmetric_difference(&new_reached))
        .copied()
        .collect();
    // A field that is new, or gone, is no change of who may do what.
    let in_both = |name: &&str| old.field(was, name).is_some() && new.field(is, name).is_some();
    names.into_iter().filter(in_both).map(str::to_owned).collect()
}

fn turn(
    joint: &Joint,
    subject: &Subject,
    turn: Turn,
    (wide, narrow): (&Pred, &Pred),
    checks: &[Pred],
) -> Option<AccessChange> {
    let entity = subject.entity;
    let mut space = Space::new(&joint.design);
    for field in joint.kept(entity) {
        space.keep(entity, field);
    }
    let mut wants = vec![(entity, wide, Want::True), (entity, narrow, Want::NotTrue)];
    wants.extend(checks.iter().map(|check| (entity, check, Want::NotFalse)));
    let (case, is_sure) = match settle(&mut space, &wants) {
        Settled::Never => return None,
        Settled::Found(case) => (Some(space.describe(&case)), case.is_sure),
        Settled::Open => (None, false),
    };
    Some(AccessChange {
        turn,
        entity: subject.name.clone(),
        verb: subject.verb.clone(),
        field: subject.field.clone(),
        case,
        is_sure,
    })
}
