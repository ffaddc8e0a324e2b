//! E090.

use groma_diag::{Diagnostic, Span};

use super::page::rule;

rule! {
    /// What is used is supported in this release.
    ///
    /// ## Why
    /// The language is read as a whole, and its parts are brought to life one after the other. What has no effect yet
    /// is refused by name: a rule that is silently ignored would be a hole.
    ///
    /// ## Bad
    /// entity Note {
    ///   id: uuid key
    ///   stars: int(1..5)
    ///   index stars when stars == 5
    /// }
    ///
    /// ## Good
    /// entity Note {
    ///   id: uuid key
    ///   stars: int(1..5)
    ///   index stars
    /// }
    Error UNSUPPORTED "E090" "unsupported"
}

/// `what` names it, as the subject of a sentence: `` `version` ``.
pub(crate) fn unsupported(span: Span, what: &str) -> Diagnostic {
    Diagnostic::new(&UNSUPPORTED, span, format!("{what} is not supported yet"))
        .note("it is part of the language and comes with a later release")
        .help("leave it out for now")
}
