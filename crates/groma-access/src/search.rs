//! Going through situations, the plainest first.

use groma_ir::access::Pred;
use groma_ir::design::EntityId;

use crate::case::{Case, Choice, Settled};
use crate::formula::{Formula, Truths};
use crate::space::{Space, Want};
use crate::spot::Variable;

/// So many parts of predicates are looked at before the search gives up: a tenth of a second or so.
const MOST: usize = 20_000_000;

/// The smallest situation in which all of these predicates, each on the rows of its entity, are as wanted.
pub fn settle(space: &mut Space<'_>, wants: &[(EntityId, &Pred, Want)]) -> Settled {
    settle_as(space, wants, |_| None)
}

/// The same where some choices are made already, each by its place in the variable's ranges.
pub(crate) fn settle_as(
    space: &mut Space<'_>,
    wants: &[(EntityId, &Pred, Want)],
    made: impl Fn(&Variable) -> Option<usize>,
) -> Settled {
    for (entity, pred, _) in wants {
        space.cut(*entity, pred);
    }
    let goals: Vec<(Formula, Truths)> = wants
        .iter()
        .map(|(entity, pred, want)| (space.formula(*entity, pred), want.truths()))
        .collect();
    let sizes = space
        .variables()
        .iter()
        .map(|(_, regions)| regions.len())
        .collect();
    let mut search = Search {
        work: 1 + 2 * goals.iter().map(|(goal, _)| goal.size()).sum::<usize>(),
        goals,
        sizes,
        chosen: space
            .variables()
            .iter()
            .map(|(variable, _)| made(variable))
            .collect(),
        left: MOST,
    };
    search.run().map_or_else(
        |ended| if ended { Settled::Never } else { Settled::Open },
        |chosen| Settled::Found(case(space, &chosen)),
    )
}

fn case(space: &Space<'_>, chosen: &[Option<usize>]) -> Case {
    let choices = space.variables().iter().zip(chosen);
    let choices = choices.filter_map(|((variable, regions), choice)| {
        Some(Choice {
            variable: variable.clone(),
            region: regions.get((*choice)?)?.clone(),
        })
    });
    Case::new(choices.collect())
}

struct Search {
    goals: Vec<(Formula, Truths)>,
    sizes: Vec<usize>,
    chosen: Vec<Option<usize>>,
    /// What a look costs.
    work: usize,
    /// What may still be spent.
    left: usize,
}

/// What a look at a situation, or at all below it, came to.
enum Look {
    /// None meets the goals.
    Nothing,
    /// None does within the cost that was allowed; there may be dearer ones.
    TooDear,
    /// What is chosen meets them, however the rest is.
    Found,
    /// The search was given up.
    GivenUp,
}

impl Search {
    /// The choices of the smallest case; otherwise whether all were gone through.
    fn run(&mut self) -> Result<Vec<Option<usize>>, bool> {
        for cost in 0..=self.sizes.len() {
            match self.look(cost) {
                Look::Found => return Ok(std::mem::take(&mut self.chosen)),
                Look::Nothing => return Err(true),
                Look::GivenUp => return Err(false),
                Look::TooDear => {}
            }
        }
        Err(true)
    }

    fn look(&mut self, cost: usize) -> Look {
        let Some(left) = self.left.checked_sub(self.work) else {
            return Look::GivenUp;
        };
        self.left = left;
        let mut open = None;
        for (goal, wanted) in &self.goals {
            let truths = goal.truths(&self.chosen);
            if !truths.meets(*wanted) {
                return Look::Nothing;
            }
            if open.is_none() && !truths.is_within(*wanted) {
                open = goal.open(&self.chosen);
            }
        }
        let Some(variable) = open else {
            return Look::Found;
        };
        self.choose(variable, cost)
    }

    fn choose(&mut self, variable: usize, cost: usize) -> Look {
        let mut is_whole = true;
        for choice in 0..self.sizes.get(variable).copied().unwrap_or(0) {
            // The first choice of each variable is the plain one; every other has its price.
            let Some(cost) = cost.checked_sub(usize::from(choice > 0)) else {
                is_whole = false;
                break;
            };
            self.set(variable, Some(choice));
            match self.look(cost) {
                Look::Nothing => {}
                Look::TooDear => is_whole = false,
                found_or_given_up => return found_or_given_up,
            }
        }
        self.set(variable, None);
        if is_whole { Look::Nothing } else { Look::TooDear }
    }

    fn set(&mut self, variable: usize, choice: Option<usize>) {
        if let Some(slot) = self.chosen.get_mut(variable) {
            *slot = choice;
        }
    }
}
