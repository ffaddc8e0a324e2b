//! E107.

use groma_diag::{Diagnostic, Edit, Span};

use super::page::rule;

rule! {
    /// A type gets the bounds that it takes, and lists hold plain values.
    ///
    /// ## Why
    /// `text`, `int`, `float`, `slug` and lists take a range, `decimal` its digits, `secret` its length; the others
    /// take nothing. A bound that nothing understands would not bound anything.
    ///
    /// ## Bad
    /// entity Note {
    ///   id: uuid key
    ///   title: text(200)
    /// }
    ///
    /// ## Good
    /// entity Note {
    ///   id: uuid key
    ///   title: text(1..200)
    /// }
    Error BAD_TYPE "E107" "bad-type"
}

/// `what` takes `wanted`, and got something else.
pub(crate) fn arguments(span: Span, what: &str, wanted: &str) -> Diagnostic {
    Diagnostic::new(&BAD_TYPE, span, format!("{what} takes {wanted}"))
}

/// `text(200)` where a range is wanted.
pub(crate) fn not_a_range(span: Span, what: &str, wanted: &str, is_number: bool) -> Diagnostic {
    let found = arguments(span, what, wanted);
    if !is_number {
        return found;
    }
    let found = found.help("put `..` before the number to make it the largest allowed");
    let (title, edit) = ("make it the upper end of a range", [Edit::before(span, "..")]);
    // The length of a text is its largest everywhere; a number behind another type may mean anything.
    if what == "`text`" {
        found.fix(title, edit)
    } else {
        found.suggestion(title, edit)
    }
}

/// `200..1`.
pub(crate) fn empty_range(span: Span) -> Diagnostic {
    Diagnostic::new(
        &BAD_TYPE,
        span,
        "nothing fits this range: its lower end is above its upper end",
    )
    .help("swap the two ends")
}

/// A list of something that a list cannot hold.
pub(crate) fn element(span: Span, what: &str) -> Diagnostic {
    Diagnostic::new(&BAD_TYPE, span, format!("a list cannot hold {what}"))
        .help("use an entity of its own, with a reference to this one")
}

/// `via` behind something that is no list of rows.
pub(crate) fn via_without_list(span: Span) -> Diagnostic {
    Diagnostic::new(&BAD_TYPE, span, "`via` needs a list of an entity before it")
        .help("write `[Entity] via field`, or remove `via`")
}
