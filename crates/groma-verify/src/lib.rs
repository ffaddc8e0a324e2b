//! Holds any running service to its design, over HTTP.
//!
//! From the lowered views alone: an oracle of its own (the simplest in-memory service that obeys them) says what
//! each request should bring, checks walk every route as several users, and a report names the rule that each
//! finding breaks, with a command that repeats it.
//!
//! Shares no code with any server: it must not know plans, SQL or the server crates.

mod actors;
mod call;
mod catalogue;
mod checks;
mod fixtures;
mod ground;
mod jose;
mod judge;
mod ledger;
mod literals;
mod net;
mod oracle;
mod pattern;
mod report;
mod rng;
mod session;
mod target;
mod tokens;
mod values;
mod verify;
mod visibility;
mod wire;

pub use net::NetError;
pub use report::{CheckResult, Finding, Report, Severity, Status, User};
pub use target::{Hidden, Progress, Target, Wanted};
pub use tokens::{MintError, Minter, ReadyTokens, TokenSpec};
pub use verify::{VerifyError, verify};

/// The ids and promises of every check, in order.
pub fn catalogue() -> impl Iterator<Item = (&'static str, &'static str)> {
    catalogue::ALL.iter().map(|check| (check.id, check.title))
}

#[cfg(test)]
mod tests;
