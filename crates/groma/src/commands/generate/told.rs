//! What `groma generate` says of the files of a project.

use std::fmt::Write as _;

use groma_fastapi::{Finding, Stop};
use groma_files::{Change, ChangeKind, Regenerated, diff, unsettled};
use serde_json::json;

use super::Folder;
use crate::words;
use crate::world::{self, CYAN, RED};

/// How much there is for the owner to look at.
pub(super) fn waiting(made: &Regenerated, findings: &[Finding]) -> usize {
    let changes = made.changes.iter();
    findings.len() + changes.filter(|change| change.kind.needs_attention()).count()
}

/// Why nothing was written.
pub(super) fn stopped(stop: &Stop) -> String {
    let style = world::stderr_style();
    let mut text = format!("{}: {stop}\n", style.strong(RED, "error"));
    if let Stop::Questions(questions) = stop {
        for question in questions {
            let _ = writeln!(text, "  question: {question}\n    help: {}", question.remedy());
        }
    }
    let _ = writeln!(
        text,
        "  {}: {}; nothing was written",
        style.strong(CYAN, "help"),
        stop.remedy()
    );
    text
}

/// Why nothing was written, for programs.
pub(super) fn stopped_as_json(stop: &Stop) -> String {
    let (kind, questions) = match stop {
        Stop::Questions(questions) => ("questions", questions.as_slice()),
        Stop::OtherDesign(_) => ("other-design", [].as_slice()),
        Stop::Heads { .. } | Stop::Lost { .. } | Stop::Gone { .. } => ("migrations-apart", [].as_slice()),
        Stop::NoSnapshot => ("snapshot-missing", [].as_slice()),
        Stop::Snapshot(_) => ("snapshot-unreadable", [].as_slice()),
    };
    let questions = questions.iter();
    let questions =
        questions.map(|question| json!({"question": question.to_string(), "help": question.remedy()}));
    let error = json!({
        "kind": kind,
        "message": stop.to_string(),
        "because": [],
        "place": null,
        "help": stop.remedy(),
        "questions": questions.collect::<Vec<_>>(),
    });
    format!("{:#}\n", json!({"error": error, "written": false}))
}

/// What there is to say to a person.
pub(super) struct Told<'a> {
    pub(super) made: &'a Regenerated,
    pub(super) findings: &'a [Finding],
    pub(super) notes: &'a [String],
}

impl Told<'_> {
    /// One line a file of which something is to be said, then what else is, and how many files there are.
    pub(super) fn text(&self, folder: &Folder, files: usize, is_check: bool) -> String {
        let mut text = String::new();
        for change in &self.made.changes {
            let (word, note) = word(change);
            let _ = writeln!(text, "{word:<10} {}{note}", change.path);
        }
        for finding in self.findings {
            let (kind, place) = (finding.kind.name(), finding.place());
            let _ = writeln!(text, "{kind:<10} {place}: {}", finding.message);
        }
        for note in self.notes {
            let _ = writeln!(text, "note: {note}");
        }
        let done = tally(self.made, waiting(self.made, self.findings));
        let written = if is_check { "; nothing was written" } else { "" };
        let _ = writeln!(
            text,
            "{} in {}: {done}{written}",
            words::count(files, "file", "files"),
            folder.0.display()
        );
        text
    }
}

/// How many files are new, changed and so on: `3 new, 1 removed`.
fn tally(made: &Regenerated, waiting: usize) -> String {
    let count = |kinds: fn(ChangeKind) -> bool| {
        let changes = made.changes.iter().filter(|change| change.is_made());
        changes.filter(|change| kinds(change.kind)).count()
    };
    let is_changed = |kind| {
        use ChangeKind::{Conflict, Merged, Updated};
        matches!(kind, Updated | Merged | Conflict(_))
    };
    let counts = [
        (count(|kind| kind == ChangeKind::Added), "new"),
        (count(is_changed), "changed"),
        (count(|kind| kind == ChangeKind::Removed), "removed"),
        (waiting, "for you to look at"),
    ];
    let said = counts.iter().filter(|(count, _)| *count > 0);
    let said: Vec<String> = said.map(|(count, what)| format!("{count} {what}")).collect();
    if said.is_empty() {
        String::from("nothing changed")
    } else {
        said.join(", ")
    }
}

fn word(change: &Change) -> (&'static str, String) {
    let plain = |word| (word, String::new());
    let because = |word, note: &str| (word, format!(": {note}"));
    match change.kind {
        ChangeKind::Added => plain("new"),
        ChangeKind::Updated => plain("changed"),
        ChangeKind::Merged => because("merged", "your edits are in it"),
        ChangeKind::Conflict(_) => (
            "conflict",
            format!(
                "{}: you changed the same lines as what is generated now; settle what stands between `<<<<<<<` and \
                 `>>>>>>>`, and generate again",
                marks(change.after.as_deref())
            ),
        ),
        ChangeKind::Removed => plain("removed"),
        ChangeKind::Kept => because(
            "kept",
            "it is no longer generated, but you edited it; it is yours now",
        ),
        ChangeKind::Absent => (
            "absent",
            format!(
                ": you removed it, and it would read differently now; bring it back with `--restore {path}`, or say \
                 `--without {path}` to hear no more of it",
                path = change.path
            ),
        ),
        ChangeKind::Occupied => (
            "occupied",
            format!(
                ": a file of yours is there and is not touched, which is said again when ours would change; `--restore \
                 {path}` marks in it where the two differ",
                path = change.path
            ),
        ),
        ChangeKind::Behind => (
            "behind",
            format!(
                ": this file of yours stands where ours would read differently now; put them together with `--restore \
                 {path}`, which marks in it where they differ, or say `--without {path}` to hear no more of it",
                path = change.path
            ),
        ),
        ChangeKind::Unresolved => (
            "unresolved",
            format!(
                "{}: the marks of a conflict stand in it; it was left as it is",
                marks(change.before.as_deref())
            ),
        ),
    }
}

/// The lines at which conflicts are marked: `:12, 40`.
fn marks(text: Option<&str>) -> String {
    let lines = unsettled(text.unwrap_or_default());
    let numbers: Vec<String> = lines.iter().map(usize::to_string).collect();
    format!(":{}", numbers.join(", "))
}

/// The changes as a patch.
pub(super) fn differences(made: &Regenerated) -> String {
    let changes = made.changes.iter().filter(|change| change.is_made());
    changes
        .map(|change| diff(&change.path, change.before.as_deref(), change.after.as_deref()))
        .collect()
}

/// The report for programs.
pub(super) fn as_json(
    made: &Regenerated,
    findings: &[Finding],
    folder: &Folder,
    files: usize,
    is_written: bool,
) -> serde_json::Value {
    let findings = findings.iter().map(|finding| {
        json!({
            "path": finding.path,
            "line": finding.line,
            "kind": finding.kind.name(),
            "message": finding.message,
        })
    });
    let changes = made.changes.iter().map(|change| {
        let places = match change.kind {
            ChangeKind::Conflict(places) => Some(places),
            _ => None,
        };
        json!({
            "path": change.path,
            "kind": word(change).0,
            "places": places,
            "needs_attention": change.kind.needs_attention(),
        })
    });
    json!({
        "folder": folder.0.display().to_string(),
        "files": files,
        "written": is_written,
        "changes": changes.collect::<Vec<_>>(),
        "findings": findings.collect::<Vec<_>>(),
    })
}
