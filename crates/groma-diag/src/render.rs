//! The forms in which findings leave the program, each a pure function of sources and findings.

pub mod github;
pub mod json;
pub mod sarif;
pub mod terminal;

use crate::{Diagnostic, Level};

/// How many findings there are of each level.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Counts {
    /// Errors.
    pub errors: usize,
    /// Warnings.
    pub warnings: usize,
    /// Questions.
    pub questions: usize,
}

impl Counts {
    /// Counts the findings.
    pub fn of(diagnostics: &[Diagnostic]) -> Counts {
        let count = |level| diagnostics.iter().filter(|found| found.level == level).count();
        Counts {
            errors: count(Level::Error),
            warnings: count(Level::Warning),
            questions: count(Level::Question),
        }
    }
}

impl std::fmt::Display for Counts {
    /// `2 errors, 1 question`, or `no findings`.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts = [
            (self.errors, "error"),
            (self.warnings, "warning"),
            (self.questions, "question"),
        ];
        let words = parts.iter().filter(|(count, _)| *count > 0);
        let words: Vec<String> = words
            .map(|(count, word)| format!("{count} {word}{}", if *count == 1 { "" } else { "s" }))
            .collect();
        out.write_str(if words.is_empty() { "no findings" } else { "" })?;
        out.write_str(&words.join(", "))
    }
}

/// A document with indentation and a line end.
fn pretty(document: &impl serde::Serialize) -> String {
    // Only maps with keys that are no texts, and writers, can fail here; there are none.
    let mut text = serde_json::to_string_pretty(document).unwrap_or_default();
    text.push('\n');
    text
}
