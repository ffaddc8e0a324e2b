//! A migration as a file: plain SQL that a person reads, edits and can run.
//!
//! Comments say what a step costs and how it is undone. Those that start with one of the known words are read again; a
//! file without them is one step, written by hand. Its hash is of what is run and of what is warned of, so that other
//! comments, blanks and line ends may be changed freely.

mod read;
mod write;

use std::fmt::Write as _;

use groma_sql::Dialect;

use crate::before::Before;
use crate::canonical::Fingerprint;
use crate::danger::{Level, Lint, lints};
use crate::plan::{Migration, Phase};
use crate::split::normalised;
use crate::step::Run;

pub use read::FileError;

/// A migration as it stands in its file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct File {
    /// The database that it is spelled for; one that was written by hand does not say it.
    pub dialect: Option<Dialect>,
    /// When it is applied.
    pub phase: Phase,
    /// What becomes of the release before.
    pub before: Before,
    /// The states that it leads from and to; one that was written by hand leaves them alone, as far as is known.
    pub states: Option<(Fingerprint, Fingerprint)>,
    /// The hash that its header says: that of what was planned.
    pub planned: Option<Fingerprint>,
    /// What is done, in order.
    pub steps: Vec<FileStep>,
}

/// A step as it stands in its file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileStep {
    /// What it does, in plain words.
    pub title: String,
    /// What it costs whom, a line each: for people.
    pub facts: Vec<String>,
    /// How its statements are run.
    pub run: Run,
    /// A query that answers `true` once its effect is there.
    pub done: Option<String>,
    /// Queries that count rows which stand in the way.
    pub counts: Vec<String>,
    /// The statements.
    pub sql: Vec<String>,
    /// The statements that undo it.
    pub down: Vec<String>,
    /// What undoing it does not bring back.
    pub lost: Vec<String>,
    /// The findings that its author has looked at, by their names: `-- groma: allow PG29`.
    pub allowed: Vec<String>,
}

impl File {
    /// The file of a planned migration.
    pub fn of(migration: &Migration) -> Self {
        let lints = lints(migration);
        let steps = migration.steps.iter().enumerate().map(|(at, step)| {
            let own: Vec<&Lint> = lints.iter().filter(|lint| lint.step == at + 1).collect();
            write::step(step, &own)
        });
        let mut file = Self {
            dialect: Some(migration.dialect),
            phase: migration.phase,
            before: migration.before(),
            states: Some((migration.from.clone(), migration.to.clone())),
            planned: None,
            steps: steps.collect(),
        };
        file.planned = Some(file.hash());
        file
    }

    /// Reads a file.
    pub fn parse(text: &str) -> Result<Self, FileError> {
        read::file(text)
    }

    /// Tells it from every other one, whatever its comments and blanks are.
    pub fn hash(&self) -> Fingerprint {
        let mut text = String::new();
        // How long each is keeps one from reading like two.
        let mut line = |word: &str, what: &str| {
            let _ = writeln!(text, "{word} {} {what}", what.len());
        };
        let plain = |sql: &String| normalised(sql, self.dialect);
        if let Some((from, to)) = &self.states {
            line("from", from.as_str());
            line("to", to.as_str());
        }
        line("phase", self.phase.name());
        for step in &self.steps {
            line("run", &step.run.words());
            step.sql.iter().for_each(|sql| line("do", &plain(sql)));
            step.done.iter().for_each(|sql| line("done", &plain(sql)));
            step.down.iter().for_each(|sql| line("down", &plain(sql)));
            step.counts.iter().for_each(|sql| line("count", &plain(sql)));
            step.lost.iter().for_each(|lost| line("not back", lost));
            let warnings = step.facts.iter().filter(|fact| is_warning(fact));
            warnings.for_each(|fact| line("warns", fact));
        }
        Fingerprint::of(&text)
    }

    /// Whether somebody has changed what was planned.
    pub fn is_edited(&self) -> bool {
        self.planned
            .as_ref()
            .is_some_and(|planned| *planned != self.hash())
    }

    /// The text of the file.
    pub fn text(&self) -> String {
        write::file(self)
    }
}

impl FileStep {
    /// What was found about it when it was planned and nobody has looked at since; what is only good to know is not
    /// among it.
    pub fn findings(&self) -> impl Iterator<Item = &str> {
        let said = self.facts.iter().filter_map(|fact| fact.strip_prefix("lint: "));
        let grave = said.filter(|said| !said.starts_with(Level::Note.name()));
        grave.filter(|said| !self.allowed.iter().any(|id| said.contains(&format!(", {id}, "))))
    }
}

/// Whether a fact is one that who applies a migration has to know.
fn is_warning(fact: &str) -> bool {
    fact.starts_with("loses:") || fact.starts_with("fails where:")
}

/// The name of a file in `migrations/`: `20261122T101500Z_add_rank.sql`. `time` is in UTC, without signs between its
/// parts.
pub fn name(time: &str, slug: &str, phase: Phase) -> String {
    let mut word = String::new();
    for char in slug.chars().flat_map(char::to_lowercase) {
        if char.is_ascii_alphanumeric() {
            word.push(char);
        } else if !word.ends_with('_') && !word.is_empty() {
            word.push('_');
        }
    }
    let word: String = word.chars().take(60).collect();
    let word = word.trim_matches('_');
    let word = if word.is_empty() { "change" } else { word };
    match phase {
        Phase::Expand => format!("{time}_{word}.sql"),
        Phase::Contract => format!("{time}_{word}_contract.sql"),
    }
}
