//! What is said of a plan, in words and as JSON.

use std::fmt::Write as _;

use groma_database::catalog::Difference;
use groma_migrate::danger::lints;
use groma_migrate::{Migration, Plan, Step};
use serde_json::json;

use super::super::drift::{self, REMEDIES};
use super::super::here::FOLDER;
use super::Counted;

/// What there is to say of a plan.
pub(super) struct Said<'p> {
    pub(super) plan: &'p Plan,
    /// The files that were written.
    pub(super) names: &'p [String],
    pub(super) counted: &'p Counted,
    /// What somebody else has changed in the tables.
    pub(super) drift: &'p [Difference],
    /// What is good to know of the database.
    pub(super) notes: &'p [String],
}

pub(super) fn in_words(said: &Said<'_>) -> String {
    let Said {
        plan, names, counted, ..
    } = *said;
    let mut text = String::new();
    for note in said.notes {
        let _ = writeln!(text, "note: {note}");
    }
    for difference in said.drift {
        let _ = writeln!(text, "changed by somebody else: {difference}");
    }
    if !said.drift.is_empty() {
        let _ = writeln!(text, "  help: {REMEDIES}");
    }
    for question in &plan.questions {
        let word = if question.is_blocking() {
            "question"
        } else {
            "note"
        };
        let _ = writeln!(text, "{word}: {question}\n  help: {}", question.remedy());
    }
    if plan.is_blocked() || !said.drift.is_empty() {
        text.push_str("nothing was written: answer first\n");
        return text;
    }
    if plan.is_empty() {
        text.push_str("nothing to do: the migrations lead to the design\n");
    }
    for (name, migration) in names.iter().zip(&plan.migrations) {
        let _ = writeln!(text, "{FOLDER}/{name} ({})", migration.phase.name());
        for (at, step) in migration.steps.iter().enumerate() {
            step_in_words(&mut text, at + 1, step, counted);
        }
        for lint in lints(migration) {
            let _ = writeln!(
                text,
                "  {}step {}: {}\n    help: {}",
                lint.id.map_or_else(String::new, |id| format!("{id} ")),
                lint.step,
                lint.message,
                lint.remedy
            );
        }
    }
    text
}

fn step_in_words(text: &mut String, number: usize, step: &Step, counted: &Counted) {
    let _ = writeln!(text, "  {number}. {}: {}", step.title, step.cost.words());
    for lost in &step.lost {
        let _ = writeln!(text, "     loses {lost}");
    }
    for obstacle in &step.obstacles {
        if let Some(rows) = counted.get(&obstacle.count).filter(|rows| **rows > 0) {
            let _ = writeln!(
                text,
                "     fails: {} in {rows} rows; `{}` shows some",
                obstacle.what, obstacle.show
            );
        }
    }
}

pub(super) fn as_json(said: &Said<'_>) -> String {
    let Said {
        plan, names, counted, ..
    } = *said;
    let step = |step: &Step| {
        let obstacles = step.obstacles.iter().map(|obstacle| {
            json!({"what": obstacle.what, "rows": counted.get(&obstacle.count), "show": obstacle.show})
        });
        json!({
            "title": step.title,
            "sql": step.sql,
            "cost": step.cost.words(),
            "locks": step.locks.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "rows": step.rows,
            "loses": step.lost,
            "not_back": step.undo.lost,
            "obstacles": obstacles.collect::<Vec<_>>(),
        })
    };
    let migration = |(name, migration): (&String, &Migration)| {
        let lints = lints(migration).into_iter().map(
            |lint| json!({"id": lint.id, "step": lint.step, "message": lint.message, "help": lint.remedy}),
        );
        json!({
            "file": format!("{FOLDER}/{name}"),
            "phase": migration.phase.name(),
            "steps": migration.steps.iter().map(step).collect::<Vec<_>>(),
            "lints": lints.collect::<Vec<_>>(),
        })
    };
    let questions = plan.questions.iter().map(|question| {
        json!({"question": question.to_string(), "help": question.remedy(), "blocks": question.is_blocking()})
    });
    let document = json!({
        "notes": said.notes,
        "drift": drift::as_json(said.drift),
        "questions": questions.collect::<Vec<_>>(),
        "migrations": names.iter().zip(&plan.migrations).map(migration).collect::<Vec<_>>(),
    });
    format!("{document:#}\n")
}
