//! E419.

use groma_diag::{Diagnostic, Span};

use super::page::rule;

rule! {
    /// An action sets fields that are neither the key nor a state.
    ///
    /// ## Why
    /// A row keeps its key. A state is left and entered by a move, so that the states decide whether it may be.
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
    /// enum Status { draft, published }
    /// entity Note {
    ///   id: uuid key
    ///   status: Status = draft
    ///   owner: User = caller readonly
    ///   states status { draft -> published }
    /// }
    /// access Note {
    ///   allow publish to owner
    /// }
    /// resource /notes for Note {
    ///   action publish { set status = published }
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
    /// enum Status { draft, published }
    /// entity Note {
    ///   id: uuid key
    ///   status: Status = draft
    ///   owner: User = caller readonly
    ///   states status { draft -> published }
    /// }
    /// access Note {
    ///   allow publish to owner
    /// }
    /// resource /notes for Note {
    ///   action publish { from draft to published }
    /// }
    Error SET_FIELD "E419" "set-field"
}

pub(crate) fn key(span: Span, field: &str) -> Diagnostic {
    Diagnostic::new(
        &SET_FIELD,
        span,
        format!("`{field}` is the key, which a row keeps"),
    )
    .help("set another field")
}

pub(crate) fn state(span: Span, field: &str) -> Diagnostic {
    Diagnostic::new(
        &SET_FIELD,
        span,
        format!("`{field}` is a state, which only a move changes"),
    )
    .help("write `from .. to ..`")
}

/// The reference to the tenant.
pub(crate) fn tenant(span: Span, field: &str) -> Diagnostic {
    Diagnostic::new(
        &SET_FIELD,
        span,
        format!("`{field}` is the tenant that a row stands in, which it keeps"),
    )
    .help("make a new row in the other tenant")
}
