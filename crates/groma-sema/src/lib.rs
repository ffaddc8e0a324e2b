//! From syntax trees to a resolved design: names, types, rules, questions.
//!
//! [`compile`] reads every file of a design, in any order, and either makes a whole [`groma_ir::Design`] or says
//! what is wrong, all of it at once. Its passes may stop, and never fail. Knows no output, no clock, no disk.

mod compile;
mod resolve;
mod rules;

pub use compile::{Compiled, compile};
pub use rules::catalogue;

#[cfg(test)]
mod tests;
