//! Predicates over choices, with three values, evaluated while some choices are still open.

/// The values that a formula can still take: a set of true, false and unknown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Truths(u8);

impl Truths {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const FALSE: Self = Self(1);
    pub(crate) const UNKNOWN: Self = Self(2);
    pub(crate) const TRUE: Self = Self(4);
    pub(crate) const NOT_TRUE: Self = Self(3);
    pub(crate) const NOT_FALSE: Self = Self(6);

    pub(crate) fn of(truth: Option<bool>) -> Self {
        match truth {
            Some(true) => Self::TRUE,
            Some(false) => Self::FALSE,
            None => Self::UNKNOWN,
        }
    }

    pub(crate) fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(crate) fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// Exchanges true and false.
    fn negated(self) -> Self {
        Self((self.0 & 2) | ((self.0 & 1) << 2) | ((self.0 & 4) >> 2))
    }

    /// Takes unknown for false.
    fn firm(self) -> Self {
        Self((self.0 & 5) | ((self.0 & 2) >> 1))
    }

    /// Both: the lesser of each, false before unknown before true.
    fn and(self, other: Self) -> Self {
        let (left, right) = (self.0, other.0);
        if left == 0 || right == 0 {
            return Self::NONE;
        }
        let is_unknown = left & 2 != 0 && right & 6 != 0 || right & 2 != 0 && left & 6 != 0;
        Self((left | right) & 1 | u8::from(is_unknown) << 1 | left & right & 4)
    }
}

/// A predicate over choices.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Formula {
    /// All of them.
    All(Vec<Formula>),
    /// Not this one.
    Not(Box<Formula>),
    /// What a choice of a variable says, by the place of the choice in its range.
    Test {
        /// The variable, by its place in the space.
        variable: usize,
        /// One truth for each choice.
        truths: Vec<Truths>,
    },
    /// Unknown unless all of these are true; then what it says.
    Known(Vec<Formula>, Box<Formula>),
    /// Never unknown: what is unknown is false.
    Firm(Box<Formula>),
    /// Always this.
    Always(Truths),
}

impl Formula {
    pub(crate) fn any(parts: Vec<Formula>) -> Self {
        let parts = parts.into_iter().map(|part| Self::Not(Box::new(part))).collect();
        Self::Not(Box::new(Self::All(parts)))
    }

    pub(crate) fn truth(holds: bool) -> Self {
        Self::Always(Truths::of(Some(holds)))
    }

    /// How many parts it has.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::All(parts) => 1 + parts.iter().map(Self::size).sum::<usize>(),
            Self::Not(part) | Self::Firm(part) => 1 + part.size(),
            Self::Test { truths, .. } => 1 + truths.len() / 4,
            Self::Known(needs, then) => 1 + then.size() + needs.iter().map(Self::size).sum::<usize>(),
            Self::Always(_) => 1,
        }
    }

    /// That it is one of these, as goals that can be met one by one: all of them together say the same.
    pub(crate) fn goals(self, wanted: Truths, goals: &mut Vec<(Formula, Truths)>) {
        match self {
            Self::All(parts) if wanted == Truths::TRUE || wanted == Truths::NOT_FALSE => {
                for part in parts {
                    part.goals(wanted, goals);
                }
            }
            Self::Not(part) => part.goals(wanted.negated(), goals),
            Self::Firm(part) if wanted == Truths::TRUE || wanted == Truths::NOT_FALSE => {
                part.goals(Truths::TRUE, goals);
            }
            Self::Firm(part) if wanted == Truths::FALSE || wanted == Truths::NOT_TRUE => {
                part.goals(Truths::NOT_TRUE, goals);
            }
            other => goals.push((other, wanted)),
        }
    }

    /// What it can still say, where `None` is a choice that is open.
    pub(crate) fn truths(&self, chosen: &[Option<usize>]) -> Truths {
        match self {
            Self::All(parts) => {
                let mut all = Truths::TRUE;
                for part in parts {
                    all = all.and(part.truths(chosen));
                    if all == Truths::FALSE {
                        break;
                    }
                }
                all
            }
            Self::Not(part) => part.truths(chosen).negated(),
            Self::Test { variable, truths } => match chosen.get(*variable).copied().flatten() {
                Some(choice) => truths.get(choice).copied().unwrap_or(Truths::UNKNOWN),
                None => truths.iter().fold(Truths::NONE, |all, truth| all.with(*truth)),
            },
            Self::Known(needs, then) => {
                let needs = needs
                    .iter()
                    .fold(Truths::TRUE, |all, need| all.and(need.truths(chosen)));
                let mut truths = Truths::NONE;
                if needs.meets(Truths::TRUE) {
                    truths = then.truths(chosen);
                }
                if needs.meets(Truths::NOT_TRUE) {
                    truths = truths.with(Truths::UNKNOWN);
                }
                truths
            }
            Self::Firm(part) => part.truths(chosen).firm(),
            Self::Always(truths) => *truths,
        }
    }

    /// An open choice on which it hangs.
    pub(crate) fn open(&self, chosen: &[Option<usize>]) -> Option<usize> {
        let truths = self.truths(chosen);
        if [Truths::FALSE, Truths::UNKNOWN, Truths::TRUE].contains(&truths) {
            return None;
        }
        match self {
            Self::All(parts) => parts.iter().find_map(|part| part.open(chosen)),
            Self::Not(part) | Self::Firm(part) => part.open(chosen),
            // Of what somebody else keeps not all is known, whatever is chosen.
            Self::Test { variable, .. } => {
                let is_open = chosen.get(*variable).is_none_or(Option::is_none);
                is_open.then_some(*variable)
            }
            Self::Known(needs, then) => needs
                .iter()
                .find_map(|need| need.open(chosen))
                .or_else(|| then.open(chosen)),
            Self::Always(_) => None,
        }
    }
}
