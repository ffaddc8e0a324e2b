//! E424.

use groma_diag::{Diagnostic, Span};

use super::page::rule;

rule! {
    /// A path is made of letters, digits, `-`, `_`, `.` and `~`.
    ///
    /// ## Why
    /// Anything else would have to be escaped by every client, and `.` and `..` alone are taken out of paths by browsers and
    /// proxies before the server sees them.
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
    /// resource /notes/v1:beta for Note {
    ///   read
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
    /// resource /notes/v1-beta for Note {
    ///   read
    /// }
    Error BAD_PATH "E424" "bad-path"
}

pub(crate) fn bad_path(span: Span, segment: &str) -> Diagnostic {
    Diagnostic::new(&BAD_PATH, span, format!("`{segment}` cannot be a part of a path"))
        .help("use letters, digits, `-`, `_`, `.` and `~`")
}
