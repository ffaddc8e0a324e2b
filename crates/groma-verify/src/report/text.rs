//! The report for people.

use std::fmt::Write;

use super::{CheckResult, Finding, Report, Severity, Status, User};

/// The report as plain text.
pub(super) fn render(report: &Report) -> String {
    let mut out = String::new();
    for finding in &report.findings {
        write_finding(&mut out, finding);
    }
    for check in &report.checks {
        if report.complete || check.status != Status::NotRun {
            write_check(&mut out, check);
        }
    }
    write_left(&mut out, report);
    write_gaps(&mut out, report);
    write_users(&mut out, report);
    for note in &report.notes {
        let _ = writeln!(out, "note: {note}");
    }
    write_summary(&mut out, report);
    out
}

fn write_finding(out: &mut String, finding: &Finding) {
    let times = if finding.count > 1 {
        format!(" ({} times)", finding.count)
    } else {
        String::new()
    };
    let _ = writeln!(
        out,
        "{}[{}]: {}{times}",
        severity(finding.severity),
        finding.id,
        finding.rule
    );
    let _ = writeln!(out, "  --> {}", finding.place);
    let _ = writeln!(out, "  {} as {}", finding.request, finding.user);
    let _ = writeln!(out, "  expected: {}", cut(&finding.expected, VALUE));
    let _ = writeln!(out, "  got:      {}", cut(&finding.got, VALUE));
    if let Some(standard) = finding.standard {
        let _ = writeln!(out, "  source:   {standard}");
    }
    for help in &finding.help {
        let _ = writeln!(out, "  help:     {help}");
    }
    let _ = writeln!(out, "  repeat:   {}\n", cut(&finding.curl, COMMAND));
}

/// How many characters of a value, and of a command, a line shows.
const VALUE: usize = 400;
const COMMAND: usize = 900;

/// The beginning of a text that no line would hold.
fn cut(text: &str, most: usize) -> String {
    let length = text.chars().count();
    if length <= most {
        return text.to_owned();
    }
    let start: String = text.chars().take(most).collect();
    format!(
        "{start}… ({} more characters; `--format json` has them)",
        length - most
    )
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}

fn write_check(out: &mut String, check: &CheckResult) {
    let (mark, count) = match check.status {
        Status::Passed => ("ok  ", counted(check.cases as usize, "case")),
        Status::Failed => (
            "FAIL",
            format!(
                "{} of {}",
                check.failed,
                counted(check.cases.max(check.failed) as usize, "case")
            ),
        ),
        Status::NotApplicable => ("n/a ", String::new()),
        Status::NotRun => ("skip", String::new()),
    };
    let reason = check
        .reason
        .as_ref()
        .map(|reason| format!(" [{reason}]"))
        .unwrap_or_default();
    let _ = writeln!(out, "{mark} {} {:<14} {}{reason}", check.id, count, check.title);
}

/// The checks that a run did not come to, in a line for each reason.
fn write_left(out: &mut String, report: &Report) {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    let left = report
        .checks
        .iter()
        .filter(|check| check.status == Status::NotRun);
    for check in left.filter(|_| !report.complete) {
        let reason = check.reason.as_deref().unwrap_or("see below");
        match reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, ids)) => ids.push(check.id),
            None => reasons.push((reason, vec![check.id])),
        }
    }
    for (reason, ids) in reasons {
        let _ = writeln!(out, "skip {} [{reason}]", ids.join(" "));
    }
}

/// What was not tried, with the checks that miss it: most reasons are the same for several.
fn write_gaps(out: &mut String, report: &Report) {
    let mut gaps: Vec<(&str, Vec<&str>)> = Vec::new();
    for check in &report.checks {
        for gap in &check.gaps {
            match gaps.iter_mut().find(|(known, _)| known == gap) {
                Some((_, ids)) => ids.push(check.id),
                None => gaps.push((gap, vec![check.id])),
            }
        }
    }
    if !gaps.is_empty() {
        let _ = writeln!(out, "\nNot tried:");
    }
    for (gap, ids) in gaps {
        let _ = writeln!(out, "  {gap} ({})", ids.join(" "));
    }
}

/// `1 finding`, `2 findings`.
fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

/// How to get the tokens that the `curl` lines of findings name.
fn write_users(out: &mut String, report: &Report) {
    let is_named = |user: &&User| {
        report
            .findings
            .iter()
            .any(|finding| finding.curl.contains(&format!("${}", user.variable)))
    };
    let named: Vec<&User> = report.users.iter().filter(is_named).collect();
    if named.is_empty() {
        return;
    }
    let _ = writeln!(out, "\nTokens for the lines above:");
    for user in named {
        let _ = match &user.token {
            Some(command) => writeln!(out, "  {}=$({command})", user.variable),
            None => writeln!(
                out,
                "  {}: the token that was given for `{}`",
                user.variable, user.name
            ),
        };
    }
}

fn write_summary(out: &mut String, report: &Report) {
    let has_passed = report.checks.iter().any(|check| check.status == Status::Passed);
    if !report.complete && has_passed {
        let _ = writeln!(
            out,
            "\nThe run stopped early: what passed above was tried in part."
        );
    }
    let count = |status| {
        report
            .checks
            .iter()
            .filter(|check| check.status == status)
            .count()
    };
    let _ = writeln!(
        out,
        "\n{}; {} passed, {} failed, {} not applicable, {} not run; {} in {}.{:03} s (seed {})",
        counted(report.findings.len(), "finding"),
        counted(count(Status::Passed), "check"),
        count(Status::Failed),
        count(Status::NotApplicable),
        count(Status::NotRun),
        counted(report.requests as usize, "request"),
        report.milliseconds / 1000,
        report.milliseconds % 1000,
        report.seed
    );
}
