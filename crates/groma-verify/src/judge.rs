//! Compares what came back with what a right service answers.
//!
//! Pure: an answer and an expectation in, symptoms out.

mod fit;
mod item;
mod page;
mod passive;
mod refusal;

use jiff::Timestamp;

use groma_ir::http::{Operation, Problem, Route, Success};

use crate::call::Call;
use crate::catalogue::{self, Check};
use crate::net::Answer;
use crate::oracle::{Effect, Outcome, Verdict, World};
use crate::report::Severity;
use crate::tokens::Identity;

pub(crate) use fit::fits;
pub(crate) use item::Expected;
pub(crate) use page::{Walk, page_symptoms};
pub(crate) use passive::{Seen, observe};

/// A way in which an answer differs from the right one.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Symptom {
    /// The check that it breaks; `None` is the one that asked.
    pub(crate) check: Option<&'static Check>,
    /// What differs, short and stable: a part of the finding's id.
    pub(crate) kind: String,
    pub(crate) expected: String,
    pub(crate) got: String,
    /// How bad, where it differs from the check's own.
    pub(crate) severity: Option<Severity>,
}

impl Symptom {
    /// A symptom of the check that asked.
    pub(crate) fn new(kind: impl Into<String>, expected: impl Into<String>, got: impl Into<String>) -> Self {
        Self {
            check: None,
            kind: kind.into(),
            expected: expected.into(),
            got: got.into(),
            severity: None,
        }
    }

    /// A symptom of a certain check.
    #[must_use]
    pub(crate) fn of(mut self, check: &'static Check) -> Self {
        self.check = Some(check);
        self
    }

    /// A symptom that is less or more severe than its check.
    #[must_use]
    pub(crate) fn severity(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }
}

/// A call, its decision, and the circumstances.
#[derive(Clone, Copy)]
pub(crate) struct Trial<'a> {
    pub(crate) world: &'a World<'a>,
    pub(crate) call: &'a Call,
    pub(crate) outcome: &'a Outcome,
    pub(crate) who: Option<&'a Identity>,
    pub(crate) since: Timestamp,
    /// Whether the caller can see no row but those of this run.
    pub(crate) is_alone: bool,
}

impl<'a> Trial<'a> {
    pub(crate) fn route(&self) -> &'a Route {
        &self.world.model.http.routes[self.call.route]
    }

    /// What the route answers when all is well: another thing where it made a row that it could have replaced.
    pub(crate) fn success(&self) -> Success {
        let made = self.route().made;
        let is_made = matches!(self.outcome.effect, Effect::Insert(..));
        made.filter(|_| is_made).unwrap_or(self.route().success)
    }

    /// The status of the right answer.
    pub(crate) fn status(&self) -> u16 {
        match &self.outcome.verdict {
            Verdict::Refused { problem, .. } => problem.status(),
            Verdict::Item(_) | Verdict::Page(_) | Verdict::Report(_) | Verdict::Empty => {
                self.success().status
            }
        }
    }
}

/// Every way in which an answer to anything but a list differs from the right one.
pub(crate) fn symptoms(trial: Trial<'_>, answer: &Answer) -> Vec<Symptom> {
    if answer.status != trial.status() && !(is_open(trial.outcome) && answer.status == 400) {
        return vec![Symptom::new("status", expected_status(trial), excerpt(answer))];
    }
    match &trial.outcome.verdict {
        Verdict::Refused { problem, mistakes } => {
            let kinds = if is_open(trial.outcome) {
                vec![problem.clone(), Problem::InvalidRequest]
            } else {
                vec![problem.clone()]
            };
            refusal::symptoms(&kinds, mistakes, answer)
        }
        Verdict::Item(slots) => item::symptoms(trial, slots, answer),
        Verdict::Report(figures) => page::report_symptoms(trial, figures, answer),
        Verdict::Empty if answer.body.is_empty() => Vec::new(),
        Verdict::Empty => {
            let symptom = Symptom::new("body", "no body", excerpt(answer));
            vec![symptom.of(&catalogue::F02)]
        }
        Verdict::Page(_) => Vec::new(),
    }
}

/// Whether a body may be refused for its syntax as well as for its schema: the case leaves it open by listing no
/// single mistake.
fn is_open(outcome: &Outcome) -> bool {
    matches!(&outcome.verdict, Verdict::Refused { problem: Problem::InvalidBody { .. }, mistakes } if mistakes.is_empty())
}

/// The right status, with the kind of problem.
pub(crate) fn expected_status(trial: Trial<'_>) -> String {
    match &trial.outcome.verdict {
        Verdict::Refused { problem, mistakes } => {
            let list: Vec<String> = mistakes
                .iter()
                .map(|mistake| format!("`{}` at `{}`", mistake.code, mistake.at))
                .collect();
            let list = if list.is_empty() {
                String::new()
            } else {
                format!(" with {}", list.join(", "))
            };
            format!("{} {}{list}", problem.status(), problem.slug())
        }
        Verdict::Item(_) | Verdict::Page(_) | Verdict::Report(_) | Verdict::Empty => {
            trial.status().to_string()
        }
    }
}

/// The check that holds the values of an operation's answer.
pub(crate) fn home(operation: Operation) -> &'static Check {
    match operation {
        Operation::Create | Operation::Get => &catalogue::F01,
        Operation::Update | Operation::Replace => &catalogue::F07,
        Operation::Delete => &catalogue::F08,
        Operation::Action(_) => &catalogue::F09,
        Operation::List => &catalogue::F03,
        Operation::Report(_) => &catalogue::Z05,
    }
}

/// Status and the beginning of the body.
pub(crate) fn excerpt(answer: &Answer) -> String {
    let body = answer.text();
    let short: String = body.chars().take(300).collect();
    let more = if short.len() < body.len() { "…" } else { "" };
    format!("{} {short}{more}", answer.status).trim_end().to_owned()
}
