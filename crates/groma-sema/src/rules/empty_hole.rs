//! E034.

use groma_diag::{Diagnostic, Edit, Span};

use super::page::rule;

rule! {
    /// A `TBD` says how it works until it is decided, where nothing else could be assumed.
    ///
    /// ## Why
    /// A design with holes in it still makes an API, so each hole needs an answer that holds for the time being.
    ///
    /// ## Bad
    /// entity Note {
    ///   id: uuid key
    ///   due: TBD
    /// }
    ///
    /// ## Good
    /// entity Note {
    ///   id: uuid key
    ///   due: date
    /// }
    Error EMPTY_HOLE "E034" "empty-hole"
}

/// `example` is an answer that would fit: `date`.
pub(crate) fn empty_hole(span: Span, example: &str) -> Diagnostic {
    Diagnostic::new(
        &EMPTY_HOLE,
        span,
        "this `TBD` does not say how it works meanwhile",
    )
    .help(format!("put a provisional answer into it: `TBD({example})`"))
    .suggestion(
        "put an answer into it",
        [Edit::replace(span, format!("TBD({example})"))],
    )
}
