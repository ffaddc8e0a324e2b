//! W315.

use groma_diag::Diagnostic;
use groma_ir::design::Rule;

use super::page::rule;

rule! {
    /// `except` leaves somebody out.
    ///
    /// ## Why
    /// An exception that is never made looks like protection, or like a way in, that is not there: the rule would say the
    /// same without it.
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
    /// entity Project {
    ///   id: uuid key
    ///   owner: User = caller readonly
    /// }
    /// entity Note {
    ///   id: uuid key
    ///   locked: bool = false
    ///   owner: User = caller readonly
    ///   project: Project? on delete set null
    /// }
    /// access Project {
    ///   allow read to owner
    /// }
    /// access Note {
    ///   allow read, delete to owner
    ///   deny delete to everyone except can update project when locked
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
    /// entity Project {
    ///   id: uuid key
    ///   owner: User = caller readonly
    /// }
    /// entity Note {
    ///   id: uuid key
    ///   locked: bool = false
    ///   owner: User = caller readonly
    ///   project: Project? on delete set null
    /// }
    /// access Project {
    ///   allow read, update to owner
    /// }
    /// access Note {
    ///   allow read, delete to owner
    ///   deny delete to everyone except can update project when locked
    /// }
    Warning IDLE_EXCEPT "W315" "idle-except"
}

/// What is wrong with an `except` that nobody is behind; the rules without effect are found in one go.
pub(super) fn phrase(rule: &Rule) -> Diagnostic {
    Diagnostic::new(
        &IDLE_EXCEPT,
        rule.origin,
        "`except` leaves nobody out: the rule says the same without it",
    )
    .help("remove the `except`, or name whom it is meant to leave out")
}
