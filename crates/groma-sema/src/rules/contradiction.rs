//! E033.

use groma_diag::{Diagnostic, Span};

use super::page::rule;

rule! {
    /// The modifiers of a field do not contradict each other.
    ///
    /// ## Why
    /// A key that may be empty, or a field that the server alone writes and nobody may read back, cannot be meant.
    ///
    /// ## Bad
    /// entity Note {
    ///   id: uuid? key
    /// }
    ///
    /// ## Good
    /// entity Note {
    ///   id: uuid key
    /// }
    Error CONTRADICTION "E033" "contradiction"
}

/// `what` contradicts `other`, because of `why`.
pub(crate) fn contradiction(span: Span, what: &str, other: &str, why: &str) -> Diagnostic {
    Diagnostic::new(&CONTRADICTION, span, format!("{what} contradicts {other}: {why}"))
        .help("keep one of the two")
}
