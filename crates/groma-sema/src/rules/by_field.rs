//! E416.

use groma_diag::{Diagnostic, Span};

use super::page::rule;

rule! {
    /// The field behind `by` names exactly one row.
    ///
    /// ## Why
    /// The path of an item leads to one row: its field is unique, never empty, and may be seen.
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
    ///   slug: slug(1..80)
    /// }
    /// access Note {
    ///   allow read to authenticated
    /// }
    /// resource /notes for Note by slug {
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
    ///   slug: slug(1..80) unique
    /// }
    /// access Note {
    ///   allow read to authenticated
    /// }
    /// resource /notes for Note by slug {
    ///   read
    /// }
    Error BY_FIELD "E416" "by-field"
}

pub(crate) fn by_field(span: Span, field: &str, declared: Span) -> Diagnostic {
    Diagnostic::new(
        &BY_FIELD,
        span,
        format!("`{field}` does not name exactly one row"),
    )
    .label(declared, "declared here")
    .help(
        "make it `unique`, alone or with the reference in the path, required, and text, a `slug`, an `int`, a `uuid` or a reference that may leave the server",
    )
}
