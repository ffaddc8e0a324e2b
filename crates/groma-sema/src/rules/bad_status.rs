//! E421.

use groma_diag::{Diagnostic, Span};

use super::page::rule;

rule! {
    /// A status is one that the route can answer.
    ///
    /// ## Why
    /// Clients act on the status before they read the body; one that means something else misleads them.
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
    /// }
    /// access Note {
    ///   allow create to authenticated
    /// }
    /// resource /notes for Note {
    ///   create { status 418 }
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
    /// }
    /// access Note {
    ///   allow create to authenticated
    /// }
    /// resource /notes for Note {
    ///   create { status 200 }
    /// }
    Error BAD_STATUS "E421" "bad-status"
}

/// `wanted` says what fits.
pub(crate) fn bad_status(span: Span, wanted: &str) -> Diagnostic {
    Diagnostic::new(&BAD_STATUS, span, "this status does not fit here").help(wanted)
}
