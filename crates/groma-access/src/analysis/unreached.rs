//! Rows that nobody may read.

use std::collections::BTreeMap;

use groma_ir::design::{EntityId, Storage};

use super::{Analysis, Situation};
use crate::case::{Case, Choice, Settled};
use crate::formula::{Formula, Truths};
use crate::search::settle_as;
use crate::space::Space;
use crate::spot::{Operand, Variable};

/// What is gone through: formulas, and what each may still be.
struct Search<'s> {
    /// True for some caller means that somebody reads the row.
    read: &'s Formula,
    /// What every row meets, and how.
    facts: &'s [(Formula, Truths)],
    /// The variables that are about the row alone, each with the number of its ranges.
    open: &'s [(usize, usize)],
    /// Callers who are all that rules can ask for, one of each kind: the choices that they make.
    callers: &'s [Vec<(usize, usize)>],
    chosen: Vec<Option<usize>>,
    /// What a look costs.
    work: usize,
    /// What may still be spent.
    left: usize,
}

/// So many kinds of callers are tried one by one.
const MOST_KINDS: usize = 16;

impl<'d> Analysis<'d> {
    /// A state of a row in which no caller whatever may read it.
    pub fn unreached(&self, entity: EntityId) -> Option<Situation<'d>> {
        // Who puts rows in from elsewhere takes care of them there.
        if self.design.entities[entity].storage != Storage::Managed || !self.is_made(entity) {
            return None;
        }
        let mut space = self.space();
        let read = &self.access.of(entity).read;
        let stored = self.stored(entity);
        space.cut(entity, read);
        for (entity, pred, _) in &stored {
            space.cut(*entity, pred);
        }
        let read = space.formula(entity, read);
        let facts: Vec<(Formula, Truths)> = stored
            .iter()
            .map(|(entity, pred, want)| (space.formula(*entity, pred), want.truths()))
            .collect();
        let variables = space.variables().iter().enumerate();
        let open: Vec<(usize, usize)> = variables
            .filter(|(_, (variable, _))| is_of_row(variable))
            .map(|(at, (_, regions))| (at, regions.len()))
            .collect();
        let callers = callers(&space);
        let work = 1 + 2 * read.size() + facts.iter().map(|(fact, _)| fact.size()).sum::<usize>();
        let chosen = self.within_budget(&mut space, |space| {
            let mut search = Search {
                read: &read,
                facts: &facts,
                open: &open,
                callers: &callers,
                work,
                chosen: vec![None; space.variables().len()],
                left: space.effort,
            };
            let found = (0..=open.len()).any(|most| search.look(0, most));
            space.effort = search.left;
            found.then_some(search.chosen)
        })?;
        let known: BTreeMap<Variable, usize> = space
            .variables()
            .iter()
            .zip(&chosen)
            .filter_map(|((variable, _), choice)| Some((variable.clone(), (*choice)?)))
            .collect();
        // Whatever else such a row holds, what every row meets can be so.
        let exists = self.within_budget(&mut space, |space| {
            let wants: Vec<_> = stored
                .iter()
                .map(|(entity, pred, want)| (*entity, pred, *want))
                .collect();
            settle_as(space, &wants, |variable| known.get(variable).copied())
        });
        if !matches!(exists, Settled::Found(_)) {
            return None;
        }
        let choices = space.variables().iter().zip(&chosen);
        let choices = choices.filter_map(|((variable, regions), choice)| {
            Some(Choice {
                variable: variable.clone(),
                region: regions.get((*choice)?)?.clone(),
            })
        });
        let case = Case::new(choices.collect());
        Some(Situation { space, case })
    }
}

impl Search<'_> {
    /// Whether so many choices from this variable on leave nobody who reads.
    fn look(&mut self, from: usize, most: usize) -> bool {
        let Some(left) = self.left.checked_sub(self.work) else {
            return false;
        };
        self.left = left;
        if self.is_read_whatever() {
            return false;
        }
        if most == 0 {
            return !self.read.truths(&self.chosen).meets(Truths::TRUE) && self.may_be();
        }
        for at in from..self.open.len() {
            let Some((variable, size)) = self.open.get(at).copied() else {
                return false;
            };
            for choice in 0..size {
                self.set(variable, Some(choice));
                if self.look(at + 1, most - 1) {
                    return true;
                }
            }
            self.set(variable, None);
        }
        false
    }

    /// Whether somebody reads the row whatever else it holds.
    fn is_read_whatever(&mut self) -> bool {
        self.callers.iter().any(|choices| {
            for (variable, choice) in choices {
                if let Some(slot) = self.chosen.get_mut(*variable) {
                    *slot = Some(*choice);
                }
            }
            let is_read = self.read.truths(&self.chosen).is_within(Truths::TRUE);
            for (variable, _) in choices {
                if let Some(slot) = self.chosen.get_mut(*variable) {
                    *slot = None;
                }
            }
            is_read
        })
    }

    /// Whether what is chosen leaves room for what every row meets.
    fn may_be(&mut self) -> bool {
        let Self { facts, chosen, .. } = self;
        facts
            .iter()
            .all(|(fact, wanted)| fact.truths(chosen).meets(*wanted))
    }

    fn set(&mut self, variable: usize, choice: Option<usize>) {
        if let Some(slot) = self.chosen.get_mut(variable) {
            *slot = choice;
        }
    }
}

/// For each kind of caller one who is whatever a rule can ask for by the row.
fn callers(space: &Space<'_>) -> Vec<Vec<(usize, usize)>> {
    let variables = || space.variables().iter().enumerate();
    let is_all = variables().filter_map(|(at, (variable, regions))| match variable {
        Variable::IsCaller(_) | Variable::Level(_) => Some((at, regions.len().saturating_sub(1))),
        Variable::Caller
        | Variable::Field(_)
        | Variable::Claim(_)
        | Variable::Order(..)
        | Variable::Gone(_) => None,
    });
    let is_all: Vec<(usize, usize)> = is_all.collect();
    let Some((caller, (_, kinds))) = variables().find(|(_, (variable, _))| *variable == Variable::Caller)
    else {
        return vec![is_all];
    };
    let with = |kind| is_all.iter().copied().chain([(caller, kind)]).collect();
    (0..kinds.len()).take(MOST_KINDS).map(with).collect()
}

/// Whether a variable is about the row alone, whoever calls.
fn is_of_row(variable: &Variable) -> bool {
    let is_of_row = |operand: &Operand| match operand {
        Operand::Field(_) | Operand::Literal(_) => true,
        // That a row is read no more from some time on is what was meant.
        Operand::Now(_) | Operand::Claim(_) | Operand::Caller | Operand::Input(_) => false,
    };
    match variable {
        Variable::Field(_) | Variable::Gone(_) => true,
        Variable::Order(left, right) => is_of_row(left) && is_of_row(right),
        Variable::Caller | Variable::IsCaller(_) | Variable::Level(_) | Variable::Claim(_) => false,
    }
}
