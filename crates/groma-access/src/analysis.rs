//! What is odd about the rules of a design: each question is a search for the smallest situation that shows it.
//!
//! All questions share one budget, so that no design is too large to be looked at; what does not fit into it is left
//! unsaid, since none of these is a promise.

mod facts;
mod gains;
mod levels;
mod rows;
mod rules;
mod unreached;
mod unseen;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use groma_ir::access::{Access, Pred};
use groma_ir::design::{Design, EntityId, Resource};

use crate::case::{Case, Settled};
use crate::search::{is_never, settle};
use crate::space::{Space, Want};

pub use gains::Gain;
pub use rules::{Cause, Idle};

/// How many parts of predicates all questions together look at: a tenth of a second or so, and a little more for each
/// entity, up to half a second.
const MOST: usize = 20_000_000;
const MOST_OF_ENTITY: usize = 400_000;
const MOST_OF_ENTITIES: usize = 60_000_000;
/// How many one of them does: a few milliseconds.
const MOST_EACH: usize = 600_000;

/// The questions about one design.
#[derive(Debug)]
pub struct Analysis<'d> {
    design: &'d Design,
    access: &'d Access,
    /// What may still be spent.
    left: Cell<usize>,
    /// The resources of each entity.
    resources: BTreeMap<EntityId, Vec<&'d Resource>>,
    /// The checks of the entities that were asked about.
    checks: RefCell<BTreeMap<EntityId, Wants>>,
}

/// A situation that was found, and the space that tells it in words.
#[derive(Clone, Debug)]
pub struct Situation<'d> {
    space: Space<'d>,
    case: Case,
}

/// Predicates, each on the rows of its entity, and what they are wanted to be.
type Wants = Vec<(EntityId, Pred, Want)>;

impl<'d> Analysis<'d> {
    /// Nothing is asked yet.
    pub fn new(design: &'d Design, access: &'d Access) -> Self {
        let mut resources: BTreeMap<EntityId, Vec<&Resource>> = BTreeMap::new();
        for resource in &design.resources {
            resources.entry(resource.entity).or_default().push(resource);
        }
        Self {
            design,
            access,
            resources,
            left: Cell::new(MOST + MOST_OF_ENTITIES.min(MOST_OF_ENTITY * design.entities.len())),
            checks: RefCell::default(),
        }
    }

    fn resources(&self, entity: EntityId) -> impl Iterator<Item = &'d Resource> {
        self.resources.get(&entity).into_iter().flatten().copied()
    }

    fn space(&self) -> Space<'d> {
        Space::new(self.design)
    }

    /// Whether surely no such situation exists.
    fn is_never(&self, wants: &Wants) -> bool {
        let wants = borrowed(wants);
        self.within_budget(&mut self.space(), |space| is_never(space, &wants))
    }

    /// The smallest such situation.
    fn find(&self, mut space: Space<'d>, wants: &Wants) -> Option<Situation<'d>> {
        let wants = borrowed(wants);
        match self.within_budget(&mut space, |space| settle(space, &wants)) {
            Settled::Found(case) => Some(Situation { space, case }),
            Settled::Never | Settled::Open => None,
        }
    }

    fn within_budget<T>(&self, space: &mut Space<'d>, look: impl FnOnce(&mut Space<'d>) -> T) -> T {
        let each = MOST_EACH.min(self.left.get());
        space.effort = each;
        let found = look(space);
        self.left.set(self.left.get() - (each - space.effort));
        found
    }
}

fn borrowed(wants: &Wants) -> Vec<(EntityId, &Pred, Want)> {
    let wants = wants.iter();
    wants.map(|(entity, pred, want)| (*entity, pred, *want)).collect()
}

impl Situation<'_> {
    /// What is so, one thing each: `` the caller is `owner` ``.
    pub fn words(&self) -> Vec<String> {
        self.space.describe(&self.case)
    }

    /// Whether it surely exists; otherwise comparisons lean on each other, and it may not.
    pub fn is_sure(&self) -> bool {
        self.case.is_sure
    }

    /// Whether a predicate can be true there.
    pub fn can_be(&mut self, entity: EntityId, pred: &Pred) -> bool {
        self.space.can_be(&self.case, entity, pred)
    }
}
