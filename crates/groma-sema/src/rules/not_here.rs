//! E323.

use groma_diag::{Diagnostic, Span};

use super::page::rule;

rule! {
    /// `new`, `caller` and `now` stand where there is a change, a caller or a clock.
    ///
    /// ## Why
    /// A `check` holds for every row at any time, whoever asks; reading and deleting change no row, so there is nothing
    /// that `new` could mean.
    ///
    /// ## Bad
    /// entity Note {
    ///   id: uuid key
    ///   at: datetime
    ///   check at < now
    /// }
    ///
    /// ## Good
    /// entity Note {
    ///   id: uuid key
    ///   at: datetime
    ///   until: datetime
    ///   check at < until
    /// }
    Error NOT_HERE "E323" "not-here"
}

/// Why there is no caller.
pub(crate) const ANYONE: &str = "it holds for every row, whoever asks";
/// Why there is no clock.
pub(crate) const ANYTIME: &str = "it holds for every row at any time";
/// Why there is no row after.
pub(crate) const NO_CHANGE: &str = "there is no row after a change there";

/// `word` means nothing in `clause`, because of `why`.
pub(crate) fn not_here(span: Span, word: &str, clause: &str, why: &str) -> Diagnostic {
    Diagnostic::new(
        &NOT_HERE,
        span,
        format!("`{word}` means nothing in {clause}: {why}"),
    )
    .help("speak of the fields of the row and of literals only")
}
