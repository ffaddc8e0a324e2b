//! E325.

use groma_diag::{Diagnostic, Span};

use super::page::rule;

rule! {
    /// Only `create` and `update` are for some fields.
    ///
    /// ## Why
    /// Reading and deleting are about the row as a whole; an action writes what it says and nothing else. What never
    /// leaves the server is `internal`.
    ///
    /// ## Bad
    /// entity Note {
    ///   id: uuid key
    ///   title: text(1..200)
    /// }
    /// access Note {
    ///   allow read(title) to everyone
    /// }
    ///
    /// ## Good
    /// entity Note {
    ///   id: uuid key
    ///   title: text(1..200)
    /// }
    /// access Note {
    ///   allow read to everyone
    /// }
    Error VERB_FIELDS "E325" "verb-fields"
}

pub(crate) fn verb_fields(span: Span, verb: &str) -> Diagnostic {
    Diagnostic::new(
        &VERB_FIELDS,
        span,
        format!("`{verb}` is about the whole row, and not about fields"),
    )
    .help(format!("write `{verb}` without parentheses"))
}
