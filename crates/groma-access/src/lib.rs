//! Who may do what, decided.
//!
//! A rule asks a closed set of questions: is there a token, with which role; is this user the caller; how do two
//! values compare. So there are finitely many situations that rules can tell apart, and a claim about all of them
//! is settled by going through them: [`settle`] finds the smallest [`Case`] that meets some predicates, or knows
//! that there is none. The search gives up a branch as soon as what is chosen decides it, so that its cost follows
//! the rules and not the number of situations.
//!
//! Values fall into ranges, one for each literal that a rule names and one for each gap between them; two values
//! that are compared with each other are less, equal or greater. What is so found is possible, except where several
//! comparisons lean on each other (`a < b`, `b < c`): there a case is marked as one that may not exist.
//!
//! Knows the neutral form of a design. Does not know its text, SQL, or any output.

mod analysis;
mod case;
mod change;
mod formula;
mod guarantee;
mod matrix;
mod persona;
mod question;
mod search;
mod space;
mod spot;
mod telling;
mod words;

pub use analysis::{Analysis, Cause, Gain, Idle, Situation};
pub use case::{Case, Choice, Settled};
pub use change::{granted, kept, singled_out};
pub use guarantee::{Claim, created, holds, ties_itself};
pub use matrix::{Cell, Matrix, Row};
pub use persona::{Answer, Others, Persona, Relation, Verdict, anybody, ask, personas, verbs};
pub use question::{Misread, Question, entity_named, persona_named};
pub use search::settle;
pub use space::{Space, Want};
pub use spot::{Literal, Operand, Region, Spot, Tie, Variable};
pub use telling::{Course, Step, Told, situations};

#[cfg(test)]
mod tests;
