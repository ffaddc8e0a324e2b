//! E325.

use groma_diag::{Diagnostic, Span};

use super::page::rule;

rule! {
    /// Only `create`, `read` and `update` are for some fields.
    ///
    /// ## Why
    /// Deleting is about the row as a whole; an action writes what it says and nothing else.
    ///
    /// ## Bad
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "notes"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    /// entity Note {
    ///   id: uuid key
    ///   title: text(1..200)
    ///   owner: User = caller readonly
    /// }
    /// access Note {
    ///   allow read to owner
    ///   allow delete(title) to owner
    /// }
    ///
    /// ## Good
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "notes"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    /// entity Note {
    ///   id: uuid key
    ///   title: text(1..200)
    ///   owner: User = caller readonly
    /// }
    /// access Note {
    ///   allow read to owner
    ///   allow delete to owner
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
