//! E026.

use groma_diag::{Diagnostic, Span};

use super::page::rule;

rule! {
    /// A name behind `to` is either a role or a field, and not both.
    ///
    /// ## Why
    /// The rule would mean something else than half of its readers believe.
    ///
    /// ## Bad
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "notes"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    ///   roles author < editor from claim role default author
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    /// entity Note {
    ///   id: uuid key
    ///   author: User = caller readonly
    /// }
    /// access Note {
    ///   allow read to author
    /// }
    ///
    /// ## Good
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "notes"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    ///   roles writer < editor from claim role default writer
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    /// entity Note {
    ///   id: uuid key
    ///   author: User = caller readonly
    /// }
    /// access Note {
    ///   allow read to author
    /// }
    Error AMBIGUOUS_WHO "E026" "ambiguous-who"
}

pub(crate) fn ambiguous_who(span: Span, name: &str, role: Span, field: Span) -> Diagnostic {
    Diagnostic::new(&AMBIGUOUS_WHO, span, format!("`{name}` is a role and a field"))
        .label(role, "the role")
        .label(field, "the field")
        .help("rename one of them")
}

/// A level that is also a field, or a role of callers.
pub(crate) fn ambiguous_level(span: Span, name: &str, level: Span, other: Span) -> Diagnostic {
    Diagnostic::new(&AMBIGUOUS_WHO, span, format!("`{name}` means two things"))
        .label(level, "a level of this")
        .label(other, "and this")
        .help("rename one of them")
}
