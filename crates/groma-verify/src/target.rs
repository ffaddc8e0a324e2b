//! What to verify, and within which bounds.

use std::time::Duration;

use crate::tokens::Minter;

/// A running service, and how far the verifier may go with it.
pub struct Target<'a> {
    /// Where it runs: `http://127.0.0.1:8080`.
    pub base_url: String,
    /// Who makes tokens.
    pub tokens: &'a dyn Minter,
    /// The most requests.
    pub max_requests: u32,
    /// The most time.
    pub max_time: Duration,
    /// The longest wait for one answer.
    pub answer_within: Duration,
    /// What the run's choices follow from.
    pub seed: u64,
    /// Verify these checks alone: `Z03`, or `Z` for all that begin so. Empty: all.
    pub only: Vec<String>,
    /// Verify these routes alone, by operation id. Empty: all.
    pub routes: Vec<String>,
    /// Hosts beyond this machine that may be verified.
    pub allow_hosts: Vec<String>,
    /// Who tells what never leaves the service, if somebody does.
    pub hidden: Option<&'a dyn Hidden>,
    /// Told of every step.
    pub progress: &'a dyn Fn(&Progress),
}

/// Tells what never leaves the service and is handed out by other ways than its answers: the token of an invitation,
/// which an e-mail carries.
pub trait Hidden {
    /// The value of a column in the row with this key; nothing where there is none, and why it cannot be told.
    fn value(&self, wanted: &Wanted<'_>) -> Result<Option<serde_json::Value>, String>;
}

/// A value that is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'w> {
    /// The table.
    pub table: &'w str,
    /// The column.
    pub column: &'w str,
    /// The column of the key.
    pub key_column: &'w str,
    /// The key of the row.
    pub key: &'w serde_json::Value,
}

/// A step of a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// The check that begins.
    pub check: &'static str,
    /// Requests so far.
    pub requests: u32,
    /// Findings so far.
    pub findings: usize,
}

impl<'a> Target<'a> {
    /// A target with ordinary bounds: 20,000 requests, five minutes, ten seconds an answer.
    pub fn new(base_url: impl Into<String>, tokens: &'a dyn Minter) -> Self {
        Self {
            base_url: base_url.into(),
            tokens,
            max_requests: 20_000,
            max_time: Duration::from_mins(5),
            answer_within: Duration::from_secs(10),
            seed: 1,
            only: Vec::new(),
            routes: Vec::new(),
            allow_hosts: Vec::new(),
            hidden: None,
            progress: &|_| {},
        }
    }

    /// Whether a check was asked for.
    pub(crate) fn wants(&self, check: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|wanted| check.starts_with(wanted.as_str()))
    }

    /// Whether a route was asked for.
    pub(crate) fn wants_route(&self, operation_id: &str) -> bool {
        self.routes.is_empty() || self.routes.iter().any(|wanted| wanted == operation_id)
    }
}
