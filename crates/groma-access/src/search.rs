//! Going through situations, the plainest first.

use groma_ir::access::Pred;
use groma_ir::design::EntityId;

use crate::case::{Case, Choice, Settled};
use crate::formula::{Formula, Truths};
use crate::space::{Space, Want};
use crate::spot::Variable;

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
    let mut search = Search::of(space, wants, made);
    let caller = space
        .variables()
        .iter()
        .position(|(variable, _)| *variable == Variable::Caller)
        .filter(|at| search.chosen.get(*at).copied().flatten().is_none());
    let ended = search.run(caller);
    space.effort = search.left;
    match ended {
        Ended::Found(chosen) => Settled::Found(case(space, &chosen)),
        Ended::Never => Settled::Never,
        Ended::GivenUp => Settled::Open,
    }
}

/// Whether there is surely no such situation, without looking for the smallest.
pub(crate) fn is_never(space: &mut Space<'_>, wants: &[(EntityId, &Pred, Want)]) -> bool {
    let mut search = Search::of(space, wants, |_| None);
    let look = search.look(usize::MAX);
    space.effort = search.left;
    matches!(look, Look::Nothing)
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

/// What a search came to.
enum Ended {
    Found(Vec<Option<usize>>),
    Never,
    GivenUp,
}

impl Search {
    fn of(
        space: &mut Space<'_>,
        wants: &[(EntityId, &Pred, Want)],
        made: impl Fn(&Variable) -> Option<usize>,
    ) -> Self {
        for (entity, pred, _) in wants {
            space.cut(*entity, pred);
        }
        let mut goals = Vec::new();
        for (entity, pred, want) in wants {
            space.formula(*entity, pred).goals(want.truths(), &mut goals);
        }
        // What is settled by little is settled first, so that the rest is looked at in fewer situations.
        goals.sort_by_key(|(goal, _)| goal.size());
        let variables = space.variables().iter();
        Self {
            work: 1 + 2 * goals.iter().map(|(goal, _)| goal.size()).sum::<usize>(),
            goals,
            sizes: variables.clone().map(|(_, regions)| regions.len()).collect(),
            chosen: variables.map(|(variable, _)| made(variable)).collect(),
            left: space.effort,
        }
    }

    /// The choices of the smallest case; `caller` is the variable of who calls, where that is open. Whether there is one
    /// at all is found out first: where going on to the smallest is too much, that one will do.
    fn run(&mut self, caller: Option<usize>) -> Ended {
        let made = self.chosen.clone();
        match self.look(usize::MAX) {
            Look::Found => {}
            Look::Nothing | Look::TooDear => return Ended::Never,
            Look::GivenUp => return Ended::GivenUp,
        }
        let any = std::mem::replace(&mut self.chosen, made.clone());
        let is_dear = |(choice, made): (&Option<usize>, &Option<usize>)| {
            made.is_none() && choice.is_some_and(|it| it > 0)
        };
        let most = any.iter().zip(&made).filter(|pair| is_dear(*pair)).count();
        for cost in 0..most {
            match self.look(cost) {
                Look::Found => return Ended::Found(self.plainer(caller, &made, cost)),
                Look::Nothing | Look::TooDear => {}
                Look::GivenUp => return Ended::Found(any),
            }
            self.chosen.clone_from(&made);
        }
        self.chosen = any;
        Ended::Found(self.plainer(caller, &made, most))
    }

    /// The same for the plainest caller, where several would do in a case as small.
    fn plainer(&mut self, caller: Option<usize>, made: &[Option<usize>], cost: usize) -> Vec<Option<usize>> {
        let found = std::mem::replace(&mut self.chosen, made.to_vec());
        let Some(caller) = caller else { return found };
        let least = found.get(caller).copied().flatten().unwrap_or(0);
        for kind in 0..least {
            let Some(left) = cost.checked_sub(usize::from(kind > 0)) else {
                break;
            };
            self.chosen = made.to_vec();
            self.set(caller, Some(kind));
            if matches!(self.look(left), Look::Found) {
                return std::mem::take(&mut self.chosen);
            }
        }
        found
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
