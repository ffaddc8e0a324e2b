//! The only door to disk, clock, environment and terminal.
//!
//! Everything else in this crate, and every room below it but the server's own, is a function of what passes
//! through here.

mod disk;
mod git;
mod terminal;

pub(crate) use disk::{
    WorldError, can_be_written, is_file, is_folder, read, read_if_there, read_unless, remove,
    remove_with_empty_folders, stays_below, texts_below, write,
};
pub(crate) use git::{GitError, Revision};
pub(crate) use terminal::{
    CYAN, GREEN, RED, Style, YELLOW, ask, is_conversation, is_looked_at, print, say, say_over, stderr_style,
    stdout_style,
};

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The variables of the process that are text; others cannot be meant for us.
pub(crate) fn variables() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

/// Whether the words of the command ask for JSON, whether or not they make sense otherwise.
pub(crate) fn is_json_asked_for() -> bool {
    let words: Vec<_> = std::env::args_os().take_while(|word| word != "--").collect();
    let is_format =
        |pair: &[std::ffi::OsString]| matches!(pair, [one, other] if one == "--format" && other == "json");
    words
        .iter()
        .any(|word| word == "--json" || word == "--format=json")
        || words.windows(2).any(is_format)
}

/// Today's date in UTC, `2026-11-21`.
pub(crate) fn today() -> String {
    let now = jiff::Timestamp::now().to_string();
    now.split('T').next().unwrap_or(&now).to_owned()
}

/// The second that it is in UTC, `20261122T101500Z`.
pub(crate) fn stamp() -> String {
    let now = jiff::Timestamp::now().to_string();
    let second = now.split('.').next().unwrap_or(&now);
    let digits: String = second
        .chars()
        .filter(|char| char.is_ascii_alphanumeric() && *char != 'Z')
        .collect();
    digits + "Z"
}

/// Measures how long something takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts now.
    pub(crate) fn start() -> Stopwatch {
        Stopwatch(Instant::now())
    }

    /// The time since the start.
    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// The top of the repository that a path lies in.
pub(crate) fn repository(path: &Path) -> Option<PathBuf> {
    let path = path.canonicalize().ok()?;
    path.ancestors()
        .find(|folder| folder.join(".git").exists())
        .map(Path::to_owned)
}

/// A path made absolute, without asking whether it exists.
pub(crate) fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
