//! E418.

use groma_diag::{Diagnostic, Span};

use super::page::rule;

rule! {
    /// A field stands where its type can be used.
    ///
    /// ## Why
    /// Text is searched, what is ordered is sorted, references are included, numbers are summed. Elsewhere the server
    /// would have nothing to do, or something that costs too much.
    ///
    /// ## Bad
    /// entity Note {
    ///   id: uuid key
    ///   meta: json
    ///   index meta
    /// }
    ///
    /// ## Good
    /// entity Note {
    ///   id: uuid key
    ///   at: datetime
    ///   index at
    /// }
    Error WRONG_FIELD "E418" "wrong-field"
}

/// `clause` is where it stands, `why` it cannot.
pub(crate) fn wrong_field(span: Span, field: &str, clause: &str, why: &str) -> Diagnostic {
    Diagnostic::new(
        &WRONG_FIELD,
        span,
        format!("`{field}` cannot stand in `{clause}`: {why}"),
    )
    .help("take it out, or name another field")
}
