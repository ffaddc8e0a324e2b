//! E030.

use groma_diag::{Diagnostic, Edit, Span};

use super::page::rule;

rule! {
    /// A setting, clause, modifier or name in a list stands once in its place.
    ///
    /// ## Why
    /// The second one says nothing new, or contradicts the first.
    ///
    /// ## Bad
    /// entity Note {
    ///   id: uuid key
    ///   slug: slug(1..80) unique unique
    /// }
    ///
    /// ## Good
    /// entity Note {
    ///   id: uuid key
    ///   slug: slug(1..80) unique
    /// }
    Error SAID_TWICE "E030" "said-twice"
}

/// `what` is what was said: `` `page` ``.
pub(crate) fn said_twice(second: Span, first: Span, what: &str) -> Diagnostic {
    Diagnostic::new(&SAID_TWICE, second, format!("{what} is said twice"))
        .primary_label("said again here")
        .label(first, "first said here")
        .help("keep one of them")
        .suggestion("remove the second", [Edit::delete(second)])
}

/// A word that stands twice in a row in an answer.
pub(crate) fn word_twice(span: Span, word: &str) -> Diagnostic {
    Diagnostic::new(&SAID_TWICE, span, format!("`{word}` is said twice in a row")).help("keep one of them")
}
