//! E415.

use groma_diag::{Diagnostic, Span};

use super::page::rule;

rule! {
    /// A body holds only fields that a caller may write.
    ///
    /// ## Why
    /// What is `readonly`, `internal`, a key or a timestamp is written by the server. A body that could set it would let a
    /// caller forge it.
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
    ///   timestamps
    /// }
    /// access Note {
    ///   allow create to authenticated
    /// }
    /// resource /notes for Note {
    ///   create { accept title, created_at }
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
    ///   timestamps
    /// }
    /// access Note {
    ///   allow create to authenticated
    /// }
    /// resource /notes for Note {
    ///   create { accept title }
    /// }
    Error ACCEPTS_SERVER_FIELD "E415" "accepts-server-field"
}

pub(crate) fn accepts_server_field(span: Span, field: &str, why: &str, declared: Span) -> Diagnostic {
    Diagnostic::new(
        &ACCEPTS_SERVER_FIELD,
        span,
        format!("`{field}` cannot be accepted: {why}"),
    )
    .label(declared, "declared here")
    .help("take it out of `accept`")
}
