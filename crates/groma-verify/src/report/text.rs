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
        write_check(&mut out, check);
    }
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
    let _ = writeln!(out, "  expected: {}", finding.expected);
    let _ = writeln!(out, "  got:      {}", finding.got);
    if let Some(standard) = finding.standard {
        let _ = writeln!(out, "  source:   {standard}");
    }
    let _ = writeln!(out, "  repeat:   {}\n", finding.curl);
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
        Status::Passed => ("ok  ", format!("{} cases", check.cases)),
        Status::Failed => (
            "FAIL",
            format!("{} of {} cases", check.failed, check.cases.max(check.failed)),
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
    if !report.complete {
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
        "\n{} findings; {} checks passed, {} failed, {} not applicable, {} not run; {} requests in {}.{:03} s (seed {})",
        report.findings.len(),
        count(Status::Passed),
        count(Status::Failed),
        count(Status::NotApplicable),
        count(Status::NotRun),
        report.requests,
        report.milliseconds / 1000,
        report.milliseconds % 1000,
        report.seed
    );
}
