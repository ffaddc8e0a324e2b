//! What the user sees. Colour only where a person looks, and never against `NO_COLOR`.

use std::borrow::Cow;
use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};

/// Nobody types a longer answer.
const LONGEST_LINE: u64 = 64 * 1024;

/// How a stream wants to be written to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Style {
    /// Whether ANSI colours are welcome.
    pub(crate) colour: bool,
    /// How many columns there are.
    pub(crate) width: usize,
}

impl Style {
    /// A word that should catch the eye: bold, in a colour given by its ANSI number.
    pub(crate) fn strong(self, colour: u8, word: &str) -> String {
        if self.colour {
            format!("\u{1b}[1;{colour}m{word}\u{1b}[0m")
        } else {
            word.to_owned()
        }
    }

    /// Words that may be overlooked.
    pub(crate) fn faint(self, words: &str) -> String {
        if self.colour {
            format!("\u{1b}[2m{words}\u{1b}[0m")
        } else {
            words.to_owned()
        }
    }
}

/// The ANSI number of red.
pub(crate) const RED: u8 = 31;
/// The ANSI number of green.
pub(crate) const GREEN: u8 = 32;
/// The ANSI number of yellow.
pub(crate) const YELLOW: u8 = 33;
/// The ANSI number of cyan.
pub(crate) const CYAN: u8 = 36;

/// The style of the standard output.
pub(crate) fn stdout_style() -> Style {
    style(io::stdout().is_terminal())
}

/// The style of the standard error.
pub(crate) fn stderr_style() -> Style {
    style(io::stderr().is_terminal())
}

/// `NO_COLOR` (no-color.org) beats `CLICOLOR_FORCE`, which beats what the stream is.
fn style(is_terminal: bool) -> Style {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let forced = is_set("CLICOLOR_FORCE");
    Style {
        colour: !is_set("NO_COLOR") && (forced || is_terminal && !is_dumb()),
        width: width(),
    }
}

/// Shells keep the width in `COLUMNS`; where they do not export it, a usual width.
fn width() -> usize {
    let columns = std::env::var("COLUMNS")
        .ok()
        .and_then(|columns| columns.parse().ok());
    columns
        .filter(|columns| (40..=400).contains(columns))
        .unwrap_or(120)
}

/// Writes to the standard output. A reader that has gone away (`groma check | head`) is no mistake.
pub(crate) fn print(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out
        .write_all(harmless(text).as_bytes())
        .and_then(|()| out.flush());
}

/// Writes lines to the standard error, where progress and failures belong.
pub(crate) fn say(text: &str) {
    let _ = io::stderr().lock().write_all(harmless(text).as_bytes());
}

/// Writes over the line of the standard error that this has written last; nothing clears it away.
pub(crate) fn say_over(line: &str) {
    const CLEARED: &str = "\r\u{1b}[K";
    // A longer line would leave what stands on the row above it.
    let shown: String = harmless(line).chars().take(width().min(80) - 1).collect();
    let _ = io::stderr()
        .lock()
        .write_all(format!("{CLEARED}{shown}").as_bytes());
}

/// Whether a line of the standard error that is written over is seen as one.
pub(crate) fn is_looked_at() -> bool {
    io::stderr().is_terminal() && !is_dumb()
}

fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}

/// A text without what a terminal would obey, colours apart: names in databases and what their servers say may be meant
/// for it.
fn harmless(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_order) {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let behind = rest.get(letter.len_utf8()..).unwrap_or_default();
        match colour(rest) {
            Some(colour) => {
                kept.push_str(colour);
                rest = rest.get(colour.len()..).unwrap_or_default();
                continue;
            }
            None if is_order(letter) => kept.push(char::REPLACEMENT_CHARACTER),
            None => kept.push(letter),
        }
        rest = behind;
    }
    Cow::Owned(kept)
}

/// Whether a terminal does something at a letter, and does not show it.
fn is_order(letter: char) -> bool {
    letter.is_control() && !matches!(letter, '\n' | '\r' | '\t')
}

/// The colour with which a text begins, as [`Style`] writes it.
fn colour(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("\u{1b}[")?;
    let digits = rest.find(|letter: char| !(letter.is_ascii_digit() || letter == ';'))?;
    rest.get(digits..)?.starts_with('m').then_some(())?;
    text.get(..2 + digits + 1)
}

/// Whether somebody sits there who can be asked.
pub(crate) fn is_conversation() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// Asks for a line; nothing when there is nobody any more.
pub(crate) fn ask(prompt: &str) -> Option<String> {
    print(prompt);
    let mut line = String::new();
    match io::stdin().lock().take(LONGEST_LINE).read_line(&mut line) {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(line.trim().to_owned()),
    }
}

#[cfg(test)]
mod tests;
