//! What a run found, as data, and its two renderings.
//!
//! The JSON form is stable: members are added, never renamed or removed, within one `version`.

mod text;

use serde::Serialize;

/// What a run found.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Report {
    /// The version of this form.
    pub version: u32,
    /// The address that was verified.
    pub target: String,
    /// The seed that repeats the run's choices.
    pub seed: u64,
    /// The word that stands in the texts that this run wrote.
    pub marker: String,
    /// How many requests were sent.
    pub requests: u32,
    /// How long it took, in milliseconds.
    pub milliseconds: u64,
    /// Whether the run came to its end: otherwise what passed was tried in part.
    pub complete: bool,
    /// The users of the run.
    pub users: Vec<User>,
    /// Every check that was asked for, in the order of the catalogue.
    pub checks: Vec<CheckResult>,
    /// What is wrong, the worst first.
    pub findings: Vec<Finding>,
    /// What could not be tried, and why.
    pub notes: Vec<String>,
}

/// A user of the run.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct User {
    /// The name in findings.
    pub name: String,
    /// The caller's key.
    pub subject: String,
    /// The roles that the token gives.
    pub roles: Vec<String>,
    /// The shell variable that stands for the token in `curl` lines.
    pub variable: String,
    /// How to get such a token.
    pub token: Option<String>,
}

/// The result of one check.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct CheckResult {
    /// Its stable id: `Z03`.
    pub id: &'static str,
    /// What it promises, as one sentence.
    pub title: &'static str,
    /// The standard that asks for it, where there is one.
    pub standard: Option<&'static str>,
    /// How it ended.
    pub status: Status,
    /// How many cases were tried.
    pub cases: u32,
    /// How many of them failed.
    pub failed: u32,
    /// Why it is not applicable or was not run.
    pub reason: Option<String>,
    /// What it could not be tried on, and why; what it was tried on is in `cases`.
    pub gaps: Vec<String>,
}

/// How a check ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Every case held.
    Passed,
    /// A case did not hold.
    Failed,
    /// The design has nothing that it is about.
    NotApplicable,
    /// It was not tried.
    NotRun,
}

/// How bad a finding is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A small deviation that a client can live with.
    Low,
    /// A client that follows the specification is misled.
    Medium,
    /// Wrong data, a lost write, or a crash.
    High,
    /// Somebody sees or does what the design forbids.
    Critical,
}

/// Something that breaks the design.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Finding {
    /// Its stable id: the check, the route and the case, `Z03/getTask/bob`.
    pub id: String,
    /// The check.
    pub check: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// The rule that it breaks, as one sentence.
    pub rule: String,
    /// Where the design says so: `specs/auth/access.md:12`.
    pub place: String,
    /// The standard that asks for it, where there is one.
    pub standard: Option<&'static str>,
    /// The user who asked.
    pub user: String,
    /// Method and path.
    pub request: String,
    /// What a right service answers.
    pub expected: String,
    /// What this one answered.
    pub got: String,
    /// What may be the matter, and what to do about it; mostly the rule says enough.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub help: Vec<String>,
    /// A command that repeats it.
    pub curl: String,
    /// How often it was seen; the first time is shown.
    pub count: u32,
}

impl Report {
    /// Whether nothing was found to be wrong; see [`Report::complete`] for whether everything was tried.
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    /// Whether everything that was asked for was tried: no check was left out, in whole or in part.
    pub fn is_whole(&self) -> bool {
        let is_tried = |check: &CheckResult| check.status != Status::NotRun && check.gaps.is_empty();
        self.complete && self.checks.iter().all(is_tried)
    }

    /// The result of a check.
    pub fn check(&self, id: &str) -> Option<&CheckResult> {
        self.checks.iter().find(|check| check.id == id)
    }

    /// The report for people, for a terminal without colours.
    pub fn to_text(&self) -> String {
        text::render(self)
    }

    /// The report for machines.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self)
            .unwrap_or_else(|_| unreachable!("a report holds only text and numbers"))
    }
}
