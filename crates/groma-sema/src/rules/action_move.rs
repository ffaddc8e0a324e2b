//! E404 and E423.

use groma_diag::{Diagnostic, Span};

use super::page::rule;

rule! {
    /// An action makes a move that the states allow.
    ///
    /// ## Why
    /// An action from a state that it cannot leave so would always answer 409, or the states are not what is meant.
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
    /// enum Status { draft, published, archived }
    /// entity Note {
    ///   id: uuid key
    ///   status: Status = draft
    ///   owner: User = caller readonly
    ///   states status { draft -> published; published -> archived }
    /// }
    /// access Note {
    ///   allow archive to owner
    /// }
    /// resource /notes for Note {
    ///   action archive { from draft to archived }
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
    /// enum Status { draft, published, archived }
    /// entity Note {
    ///   id: uuid key
    ///   status: Status = draft
    ///   owner: User = caller readonly
    ///   states status { draft -> published; published -> archived }
    /// }
    /// access Note {
    ///   allow archive to owner
    /// }
    /// resource /notes for Note {
    ///   action archive { from published to archived }
    /// }
    Error IMPOSSIBLE_MOVE "E404" "impossible-move"
}

rule! {
    /// It is plain which field an action moves.
    ///
    /// ## Why
    /// `from` and `to` name states, and not their field. With one `states` in the entity, or one enum field that has
    /// the state, there is only one that can be meant.
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
    ///   done: bool = false
    /// }
    /// access Note {
    ///   allow finish to authenticated when not done
    /// }
    /// resource /notes for Note {
    ///   action finish { from open to done }
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
    ///   done: bool = false
    ///   by: User = caller readonly
    /// }
    /// access Note {
    ///   allow finish to by
    /// }
    /// resource /notes for Note {
    ///   action finish { set done = true }
    /// }
    Error UNCLEAR_MOVE "E423" "unclear-move"
}

/// `from` → `to` is not declared by the states at `states`.
pub(crate) fn impossible(span: Span, action: &str, from: &str, to: &str, states: Span) -> Diagnostic {
    Diagnostic::new(
        &IMPOSSIBLE_MOVE,
        span,
        format!("`{action}` moves from `{from}` to `{to}`, which the states do not allow"),
    )
    .label(states, "the states are declared here")
    .help(format!(
        "take `{from}` out of `from`, or add `{from} -> {to}` to the states"
    ))
}

/// `candidates` fields could be meant.
pub(crate) fn unclear(span: Span, entity: &str, candidates: usize) -> Diagnostic {
    let message = match candidates {
        0 => format!("`{entity}` has no enum field with this state"),
        _ => format!("{candidates} fields of `{entity}` have this state"),
    };
    Diagnostic::new(&UNCLEAR_MOVE, span, message)
        .help("declare `states` for the field that is meant, or set another field by `set`")
}
