//! One situation, told by what it takes.

use crate::spot::{Operand, Region, Variable};

/// A situation: what of it matters, the rest is as plain as can be.
#[derive(Clone, PartialEq, Debug)]
pub struct Case {
    /// What is chosen, the caller first.
    pub choices: Vec<Choice>,
    /// Whether it surely exists. Otherwise comparisons of several values lean on each other, and nobody has shown
    /// that all of them can be so at once.
    pub is_sure: bool,
}

/// One thing that is so.
#[derive(Clone, PartialEq, Debug)]
pub struct Choice {
    /// What.
    pub variable: Variable,
    /// How.
    pub region: Region,
}

/// What became of a search.
#[derive(Clone, PartialEq, Debug)]
pub enum Settled {
    /// No situation is like that.
    Never,
    /// The smallest situation that is.
    Found(Case),
    /// There are more situations than were gone through.
    Open,
}

impl Case {
    pub(crate) fn new(mut choices: Vec<Choice>) -> Self {
        choices.sort_by(|a, b| a.variable.cmp(&b.variable));
        Self {
            is_sure: !leans(&choices),
            choices,
        }
    }
}

/// Whether a value is compared with another one, and with a third one or a literal beside that.
fn leans(choices: &[Choice]) -> bool {
    let orders = choices.iter().filter_map(|choice| match &choice.variable {
        Variable::Order(left, right) => Some([left, right]),
        _ => None,
    });
    let operands: Vec<&Operand> = orders.flatten().collect();
    let is_ranged = |operand: &Operand| {
        choices.iter().any(|choice| {
            let is_it = match (&choice.variable, operand) {
                (Variable::Field(spot), Operand::Field(other)) => spot == other,
                (Variable::Claim(claim), Operand::Claim(other)) => claim == other,
                _ => false,
            };
            is_it && !matches!(choice.region, Region::None | Region::Other)
        })
    };
    let is_clock = |operand: &&Operand| matches!(operand, Operand::Now(_));
    operands.iter().enumerate().any(|(at, operand)| {
        is_ranged(operand)
            || operands
                .iter()
                .skip(at + 1)
                .any(|other| other == operand || is_clock(other) && is_clock(operand))
    })
}
