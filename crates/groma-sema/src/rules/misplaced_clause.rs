//! E031.

use groma_diag::{Diagnostic, Span};

use super::page::rule;

rule! {
    /// A clause stands in a block that it means something to.
    ///
    /// ## Why
    /// Elsewhere it would have no effect, and whoever wrote it believes that it has.
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
    ///   allow read to authenticated
    /// }
    /// resource /notes for Note {
    ///   read { accept title }
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
    ///   allow read to authenticated
    /// }
    /// resource /notes for Note {
    ///   read
    /// }
    Error MISPLACED_CLAUSE "E031" "misplaced-clause"
}

/// `clause` is its word, `here` the block: `` `read` ``, `fits` where it belongs.
pub(crate) fn misplaced_clause(span: Span, clause: &str, here: &str, fits: &str) -> Diagnostic {
    Diagnostic::new(
        &MISPLACED_CLAUSE,
        span,
        format!("`{clause}` means nothing in {here}"),
    )
    .help(format!("`{clause}` belongs in {fits}"))
}
