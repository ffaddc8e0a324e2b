//! W420.

use groma_diag::{Diagnostic, Span};

use super::page::rule;

rule! {
    /// An action changes something.
    ///
    /// ## Why
    /// A route that answers 200 and does nothing is a promise that nobody keeps.
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
    ///   pinned: bool = false
    ///   owner: User = caller readonly
    /// }
    /// access Note {
    ///   allow pin to owner
    /// }
    /// resource /notes for Note {
    ///   action pin
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
    ///   pinned: bool = false
    ///   owner: User = caller readonly
    /// }
    /// access Note {
    ///   allow pin to owner
    /// }
    /// resource /notes for Note {
    ///   action pin { set pinned = not pinned }
    /// }
    Warning IDLE_ACTION "W420" "idle-action"
}

pub(crate) fn idle_action(span: Span, action: &str) -> Diagnostic {
    Diagnostic::new(&IDLE_ACTION, span, format!("`{action}` does nothing"))
        .help("say what it changes: `from .. to ..`, or `set field = value`")
}
