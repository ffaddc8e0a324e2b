//! E509.

use groma_diag::{Diagnostic, Span};

use super::page::rule;

rule! {
    /// `was` names what is gone.
    ///
    /// ## Why
    /// `was title` says that what is called otherwise now is the same thing, with all its rows and values. While something
    /// is still called `title`, that cannot be: the database would have to give one column to two fields. Two names that
    /// trade places are renamed in two releases, by way of a third name.
    ///
    /// ## Bad
    /// entity Note {
    ///   id: uuid key
    ///   title: text(1..80)
    ///   heading: text(1..80) was title
    /// }
    ///
    /// ## Good
    /// entity Note {
    ///   id: uuid key
    ///   heading: text(1..80) was title
    /// }
    Error STILL_THERE "E509" "still-there"
}

/// `what` is the kind of thing that was renamed: `field`.
pub(crate) fn still_there(span: Span, there: Span, what: &str, name: &str) -> Diagnostic {
    Diagnostic::new(
        &STILL_THERE,
        span,
        format!("this {what} cannot have been `{name}`, which is still there"),
    )
    .label(there, "it is still here")
    .help("remove `was`, or what still has that name")
}
