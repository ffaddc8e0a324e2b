//! What a right server answers, in the order in which it decides.

use jiff::Timestamp;
use serde_json::Value as Json;

use groma_ir::access::Pred;
use groma_ir::design::{ActionId, EntityId, FieldId, Parent, Verb};
use groma_ir::http::{Operation, Problem, Route};

use super::cond::{Scene, holds_pred};
use super::report::{Figure, Reporting, figures};
use super::slot::Slot;
use super::{RowId, World};
use crate::call::{Call, Key, Mistake, Precondition};
use crate::tokens::Identity;

/// What a right server does.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Outcome {
    /// What it answers.
    pub(crate) verdict: Verdict,
    /// What it changes.
    pub(crate) effect: Effect,
    /// Why.
    pub(crate) ground: Ground,
}

/// What a right server answers.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Verdict {
    /// An item with these values, one a field.
    Item(Vec<Slot>),
    /// These rows, in this order, over all pages.
    Page(Vec<RowId>),
    /// These numbers.
    Report(Vec<Figure>),
    /// No body.
    Empty,
    /// A refusal.
    Refused {
        /// Its kind.
        problem: Problem,
        /// Its single mistakes; empty when they are not compared.
        mistakes: Vec<Mistake>,
    },
}

/// What a right server changes.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Effect {
    /// Nothing.
    Nothing,
    /// A new row.
    Insert(EntityId, Vec<Slot>),
    /// A changed row.
    Change(RowId, Vec<Slot>),
    /// Rows removed, and references emptied.
    Remove(Vec<RowId>, Vec<(RowId, FieldId)>),
}

/// The part of the design that decides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ground {
    /// The route itself.
    Route,
    /// The access rules of a verb.
    Rule(EntityId, Verb),
    /// The declaration of a field.
    Field(EntityId, FieldId),
    /// The states of a field.
    States(EntityId, FieldId),
    /// An action.
    Action(EntityId, ActionId),
    /// A unique constraint, by its index.
    Unique(EntityId, usize),
    /// A check of the row, by its index.
    Check(EntityId, usize),
}

impl Outcome {
    pub(super) fn refused(problem: Problem, ground: Ground) -> Self {
        Self::refused_for(problem, Vec::new(), ground)
    }

    pub(super) fn refused_for(problem: Problem, mistakes: Vec<Mistake>, ground: Ground) -> Self {
        Self {
            verdict: Verdict::Refused { problem, mistakes },
            effect: Effect::Nothing,
            ground,
        }
    }

    /// Whether the request is carried out.
    pub(crate) fn is_success(&self) -> bool {
        !matches!(self.verdict, Verdict::Refused { .. })
    }

    /// Whether another body could be small enough.
    pub(crate) fn is_too_large(&self) -> bool {
        matches!(
            &self.verdict,
            Verdict::Refused {
                problem: Problem::ContentTooLarge,
                ..
            }
        )
    }

    /// Whether no body makes up for who sends it: the row would belong to a caller who has none.
    pub(crate) fn is_of_unknown_caller(&self) -> bool {
        let is_conflict = matches!(
            &self.verdict,
            Verdict::Refused {
                problem: Problem::Conflict,
                ..
            }
        );
        is_conflict && matches!(self.ground, Ground::Rule(_, Verb::Create))
    }
}

/// A call with everything that its decision looks at.
#[derive(Clone, Copy)]
pub(super) struct Case<'a> {
    pub(super) world: &'a World<'a>,
    pub(super) call: &'a Call,
    pub(super) route: &'a Route,
    pub(super) who: Option<&'a Identity>,
    pub(super) now: Timestamp,
}

impl World<'_> {
    /// What a right server does with a call of this caller.
    pub(crate) fn decide(&self, call: &Call, who: Option<&Identity>, now: Timestamp) -> Outcome {
        let case = Case {
            world: self,
            call,
            route: &self.model.http.routes[call.route],
            who,
            now,
        };
        case.refuse_early().unwrap_or_else(|| case.carry_out())
    }

    /// Whether a caller may read a row.
    pub(crate) fn may_read(&self, row: RowId, who: Option<&Identity>, now: Timestamp) -> bool {
        self.row(row).alive
            && holds_pred(
                Scene::of(self, who, now, row),
                &self.model.access.of(row.entity).read,
            )
    }
}

impl Case<'_> {
    /// Everything that is decided before the database is asked.
    fn refuse_early(&self) -> Option<Outcome> {
        if self.who.is_none() && !self.route.public {
            return Some(Outcome::refused(Problem::Unauthenticated, Ground::Route));
        }
        if self.names_another_caller() {
            return Some(Outcome::refused(Problem::Forbidden, Ground::Route));
        }
        if !self.world.is_possible(self.route, self.who) {
            return Some(Outcome::refused(Problem::Forbidden, self.rule()));
        }
        if crate::wire::body_size(self.world, self.call) > self.world.design().service.limits.body {
            return Some(Outcome::refused(Problem::ContentTooLarge, Ground::Route));
        }
        let fault = self.call.fault.as_ref()?;
        let ground = fault
            .field
            .map_or(Ground::Route, |(entity, field)| Ground::Field(entity, field));
        Some(Outcome::refused_for(
            fault.problem.clone(),
            fault.mistakes.clone(),
            ground,
        ))
    }

    fn names_another_caller(&self) -> bool {
        let own = self.who.map(|who| who.subject.as_str());
        self.route.path.has_caller()
            && self
                .call
                .path_caller
                .as_deref()
                .is_some_and(|named| Some(named) != own)
    }

    fn carry_out(&self) -> Outcome {
        if !self.route.operation.is_on_item()
            && self.route.operation != Operation::Create
            && let Some(refused) = self.refuse_parent()
        {
            return refused;
        }
        match self.route.operation {
            Operation::List => self.answer(Verdict::Page(self.world.listed(self.call, self.who, self.now))),
            Operation::Report(report) => {
                let rows = self.world.listed(self.call, self.who, self.now);
                let report = &self.world.design().resources[self.route.resource].reports[report];
                let scene = Reporting {
                    world: self.world,
                    entity: self.route.entity,
                    who: self.who,
                    now: self.now,
                };
                self.answer(Verdict::Report(figures(scene, report, &rows)))
            }
            Operation::Create => self.create(),
            Operation::Get => self.on_row(|row| self.answer(Verdict::Item(self.slots(row)))),
            Operation::Update | Operation::Replace => self.update(),
            Operation::Delete => self.on_row(|row| self.delete(row)),
            Operation::Action(action) => self.on_row(|row| self.act(row, action)),
        }
    }

    /// The row that the path names, if it is there and the caller may see it.
    pub(super) fn seen_row(&self) -> Option<RowId> {
        let named = match &self.call.key {
            _ if self.route.find.is_some() => self.found(),
            Key::Row(row) => self.named_by(*row),
            // What was not there may have been made since.
            Key::Missing(_) if self.route.made.is_some() => self.named_in_path(),
            Key::Missing(_) | Key::None => None,
        };
        named.filter(|row| self.is_seen(*row))
    }

    /// Whether the request would make the row that its path names.
    pub(super) fn is_making(&self) -> bool {
        match self.route.operation {
            Operation::Create => true,
            Operation::Replace => self.route.made.is_some() && self.seen_row().is_none(),
            Operation::List
            | Operation::Get
            | Operation::Update
            | Operation::Delete
            | Operation::Action(_)
            | Operation::Report(_) => false,
        }
    }

    /// What the path says of the row that the request would make, and of which field.
    pub(super) fn named(&self) -> Option<(FieldId, Json)> {
        self.route.made?;
        let by = self.world.design().resources[self.route.resource].by;
        let name = match &self.call.key {
            Key::Row(row) => self.world.row(*row).cell(by).clone(),
            Key::Missing(text) => self.world.key_value(self.route.entity, by, text),
            Key::None => return None,
        };
        Some((by, name))
    }

    fn named_in_path(&self) -> Option<RowId> {
        let (by, name) = self.named()?;
        let parent = self.route.path.parents().next_back();
        let above = parent.map(|parent| (parent.field, self.parent_key()));
        let is_below = |row: &super::Row| {
            let mut above = above.iter();
            above.all(|(field, key)| key.as_ref() == Some(row.cell(*field)))
        };
        let mut rows = self.world.alive(self.route.entity);
        rows.find(|(_, row)| *row.cell(by) == name && is_below(row))
            .map(|(row, _)| row)
    }

    /// The row that the path names, if the caller may see it; otherwise 404.
    pub(super) fn on_row(&self, then: impl FnOnce(RowId) -> Outcome) -> Outcome {
        match self.seen_row() {
            Some(row) => then(row),
            None => Outcome::refused(Problem::NotFound, Ground::Rule(self.route.entity, Verb::Read)),
        }
    }

    /// Whether a row is there for the caller. One that is found by what the body says need not be readable.
    fn is_seen(&self, row: RowId) -> bool {
        let knows = match self.route.operation {
            Operation::Action(action) if self.route.find.is_some() => self.may_act(row, action),
            _ => false,
        };
        knows || self.world.may_read(row, self.who, self.now)
    }

    /// The key of the row that the path lies below, if there is one and it is there for the caller.
    pub(super) fn parent_key(&self) -> Option<Json> {
        self.world.parent_key(self.call, self.who, self.now)
    }

    /// 404 where what the path lies below is not there for the caller.
    pub(super) fn refuse_parent(&self) -> Option<Outcome> {
        let parent = self.route.path.parents().next_back()?;
        let is_there = self.parent_key().is_some();
        (!is_there).then(|| Outcome::refused(Problem::NotFound, Ground::Rule(parent.entity, Verb::Read)))
    }

    /// The row that the path of a row names: another one, where it was deleted and its slug taken again.
    pub(super) fn named_by(&self, row: RowId) -> Option<RowId> {
        if let Some(parent) = self.route.path.parents().next_back() {
            return self.named_below(row, parent);
        }
        if self.world.row(row).alive {
            return Some(row);
        }
        let by = self.name_field();
        let named = self.world.named(row.entity, by, self.world.row(row).cell(by))?;
        self.world.row(named).alive.then_some(named)
    }

    /// The row that is named alike below the parent in the path.
    fn named_below(&self, row: RowId, parent: &Parent) -> Option<RowId> {
        let above = self.parent_key()?;
        let by = self.name_field();
        let name = self.world.row(row).cell(by);
        let mut rows = self.world.alive(row.entity);
        rows.find(|(_, row)| row.cell(by) == name && *row.cell(parent.field) == above)
            .map(|(row, _)| row)
    }

    /// 412 for a version of a row that is not there.
    pub(super) fn refuse_any_version(&self) -> Option<Outcome> {
        let names_one = match self.call.precondition {
            Precondition::Stale | Precondition::Weak | Precondition::Current | Precondition::Any => true,
            Precondition::Omitted | Precondition::Fine | Precondition::Absent => false,
        };
        let is_put = self.route.operation == Operation::Replace;
        (is_put && names_one).then(|| Outcome::refused(Problem::PreconditionFailed, Ground::Route))
    }

    /// 428 and 412.
    pub(super) fn refuse_version(&self) -> Option<Outcome> {
        let problem = match self.call.precondition {
            Precondition::Omitted if self.route.require_match => Problem::PreconditionRequired,
            // A route that takes no `If-Match` does not look at one.
            Precondition::Stale | Precondition::Weak if self.route.if_match => Problem::PreconditionFailed,
            Precondition::Absent if self.route.made.is_some() => Problem::PreconditionFailed,
            Precondition::Omitted
            | Precondition::Fine
            | Precondition::Current
            | Precondition::Stale
            | Precondition::Weak
            | Precondition::Any
            | Precondition::Absent => {
                return None;
            }
        };
        Some(Outcome::refused(problem, Ground::Route))
    }

    pub(super) fn answer(&self, verdict: Verdict) -> Outcome {
        Outcome {
            verdict,
            effect: Effect::Nothing,
            ground: self.rule(),
        }
    }

    /// The values of a row, all known.
    pub(super) fn slots(&self, row: RowId) -> Vec<Slot> {
        self.world
            .row(row)
            .cells
            .iter()
            .cloned()
            .map(Slot::Known)
            .collect()
    }

    pub(super) fn verb(&self) -> Verb {
        verb_of(self.route.operation)
    }

    pub(super) fn rule(&self) -> Ground {
        Ground::Rule(self.route.entity, self.verb())
    }

    /// A scene in which the row changes from `this` to `new`.
    pub(super) fn scene<'a>(&'a self, this: &'a [Json], new: &'a [Json]) -> Scene<'a> {
        Scene {
            world: self.world,
            who: self.who,
            now: self.now,
            entity: self.route.entity,
            this,
            new,
            inputs: &[],
        }
    }

    pub(super) fn holds(&self, pred: &Pred, this: &[Json], new: &[Json]) -> bool {
        holds_pred(self.scene(this, new), pred)
    }
}

/// The verb whose rules decide about an operation.
pub(super) fn verb_of(operation: Operation) -> Verb {
    match operation {
        Operation::List | Operation::Get | Operation::Report(_) => Verb::Read,
        Operation::Create => Verb::Create,
        Operation::Update | Operation::Replace => Verb::Update,
        Operation::Delete => Verb::Delete,
        Operation::Action(action) => Verb::Action(action),
    }
}
