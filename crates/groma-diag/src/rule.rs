//! What a catalogue knows of one kind of diagnostic, before any is found.

use crate::Level;

/// One entry of the catalogue: `groma explain`, the manual, SARIF and the editor read it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RuleInfo {
    /// The code, `E021`.
    pub code: &'static str,
    /// The name in words, `declared-twice`.
    pub name: &'static str,
    /// How much it weighs.
    pub level: Level,
    /// The version that brought it, `0.1`.
    pub since: &'static str,
    /// One sentence: what must hold.
    pub summary: &'static str,
    /// Markdown with the sections `## Why`, `## Bad` and `## Good`.
    pub explanation: &'static str,
}

impl RuleInfo {
    /// The text under `## title` in the explanation, without blank lines around it.
    pub fn section(&self, title: &str) -> Option<&'static str> {
        let mut rest = self.explanation;
        loop {
            let (_, after) = rest.split_once("## ")?;
            let (head, body) = after.split_once('\n').unwrap_or((after, ""));
            let end = body.find("\n## ").map_or(body.len(), |at| at + 1);
            if head.trim() == title {
                return body.get(..end).map(str::trim);
            }
            rest = body;
        }
    }
}
