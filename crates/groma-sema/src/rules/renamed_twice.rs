//! E510.

use groma_diag::{Diagnostic, Span};

use super::page::rule;

rule! {
    /// One thing at most was called by an old name.
    ///
    /// ## Why
    /// What was called so goes on under one new name, with its rows and values. They cannot go to two places.
    ///
    /// ## Bad
    /// entity Note {
    ///   id: uuid key
    ///   heading: text(1..80) was title
    ///   headline: text(1..80) was title
    /// }
    ///
    /// ## Good
    /// entity Note {
    ///   id: uuid key
    ///   heading: text(1..80) was title
    ///   headline: text(1..80)
    /// }
    Error RENAMED_TWICE "E510" "renamed-twice"
}

/// `what` is the kind of thing that was renamed: `field`.
pub(crate) fn renamed_twice(second: Span, first: Span, what: &str, name: &str) -> Diagnostic {
    Diagnostic::new(
        &RENAMED_TWICE,
        second,
        format!("`{name}` is the old name of two things"),
    )
    .primary_label("said again here")
    .label(first, "first said here")
    .help(format!(
        "keep the `was` of the {what} that goes on with its values"
    ))
}
