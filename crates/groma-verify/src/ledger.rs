//! Counts of cases, and findings without repetition.

use std::collections::BTreeMap;

use crate::catalogue::{ALL, Check};
use crate::report::{CheckResult, Finding, Status};

/// The findings that are kept; later ones of other ids are only counted.
const MOST_FINDINGS: usize = 200;

/// The account of a run.
#[derive(Default)]
pub(crate) struct Ledger {
    tallies: BTreeMap<&'static str, Tally>,
    findings: Vec<Finding>,
    notes: Vec<String>,
}

#[derive(Clone, Default)]
struct Tally {
    cases: u32,
    failed: u32,
    reason: Option<(Status, String)>,
    /// What it could not be tried on, and why.
    gaps: Vec<String>,
    /// Whether it was left before its own cases: then what held proves nothing.
    is_cut: bool,
    /// Whether nobody asked for it.
    is_unasked: bool,
}

impl Ledger {
    /// Counts a case that held, so far.
    pub(crate) fn count(&mut self, check: &'static Check) {
        self.tally(check).cases += 1;
    }

    /// Says why a check, or a part of it, was not tried.
    pub(crate) fn skip(&mut self, check: &'static Check, status: Status, reason: &str) {
        let tally = self.tally(check);
        if tally.reason.is_none() {
            tally.reason = Some((status, reason.to_owned()));
        }
    }

    /// Says that a check was left before its end.
    pub(crate) fn cut(&mut self, check: &'static Check, reason: &str) {
        let tally = self.tally(check);
        tally.is_cut = true;
        tally.reason = Some((Status::NotRun, reason.to_owned()));
    }

    /// How many cases a check has had.
    pub(crate) fn cases(&self, check: &'static Check) -> u32 {
        self.tallies.get(check.id).map_or(0, |tally| tally.cases)
    }

    /// Says what a check could not be tried on, and why.
    pub(crate) fn gap(&mut self, check: &'static Check, what: String) {
        let gaps = &mut self.tally(check).gaps;
        if !gaps.contains(&what) {
            gaps.push(what);
        }
    }

    /// Leaves a check out of the report: nobody asked for it.
    pub(crate) fn leave_out(&mut self, check: &'static Check) {
        self.tally(check).is_unasked = true;
    }

    /// Whether a check has had a case, or its lack was explained.
    pub(crate) fn is_explained(&self, check: &'static Check) -> bool {
        self.tallies.get(check.id).is_some_and(|tally| {
            tally.cases > 0 || tally.is_cut || tally.reason.is_some() || !tally.gaps.is_empty()
        })
    }

    /// Says what is to be known about the run.
    pub(crate) fn note(&mut self, text: String) {
        if !self.notes.contains(&text) {
            self.notes.push(text);
        }
    }

    /// Takes in a finding.
    pub(crate) fn find(&mut self, check: &'static Check, finding: Finding) {
        let tally = self.tally(check);
        tally.failed += 1;
        tally.cases = tally.cases.max(1);
        let is_full = self.findings.len() >= MOST_FINDINGS;
        match self.findings.iter_mut().find(|known| known.id == finding.id) {
            Some(known) => known.count += 1,
            None if !is_full => self.findings.push(finding),
            None => self.note(format!(
                "more than {MOST_FINDINGS} findings; the rest is only counted"
            )),
        }
    }

    /// How many findings there are.
    pub(crate) fn len(&self) -> usize {
        self.findings.len()
    }

    /// The findings, the worst first, and the result of every check.
    pub(crate) fn close(mut self) -> (Vec<Finding>, Vec<CheckResult>, Vec<String>) {
        let mut findings = std::mem::take(&mut self.findings);
        findings.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.id.cmp(&b.id)));
        let checks = ALL.iter().filter_map(|check| self.result(check)).collect();
        (findings, checks, self.notes)
    }

    fn result(&self, check: &'static Check) -> Option<CheckResult> {
        let tally = self.tallies.get(check.id).cloned().unwrap_or_default();
        if tally.is_unasked {
            return None;
        }
        let (status, reason) = match (tally.failed, tally.cases, tally.reason) {
            (1.., _, _) => (Status::Failed, None),
            (0, _, reason) if tally.is_cut => (Status::NotRun, reason.map(|(_, text)| text)),
            (0, 1.., reason) => (Status::Passed, reason.map(|(_, text)| text)),
            (0, 0, _) if !tally.gaps.is_empty() => (Status::NotRun, None),
            (0, 0, Some((status, text))) => (status, Some(text)),
            (0, 0, None) => (Status::NotRun, Some("nothing came up to try it on".to_owned())),
        };
        Some(CheckResult {
            id: check.id,
            title: check.title,
            standard: check.standard,
            status,
            cases: tally.cases,
            failed: tally.failed,
            reason,
            gaps: tally.gaps,
        })
    }

    fn tally(&mut self, check: &'static Check) -> &mut Tally {
        self.tallies.entry(check.id).or_default()
    }
}
