//! E413.

use groma_diag::{Diagnostic, Span};

use super::page::rule;
use super::places::a;

rule! {
    /// What somebody else owns is only read.
    ///
    /// ## Why
    /// A table of another service has rules that are not known here; writing to it goes around them. Of an entity that is
    /// `external` without a table nothing is known but its key, so it cannot be served at all.
    ///
    /// ## Bad
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "notes"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    ///   claims name: text from claim name
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    /// entity Person external table "person" {
    ///   id: text(1..64) key
    ///   name: text(1..100)
    /// }
    /// access Person {
    ///   allow read to authenticated
    ///   allow delete to authenticated when name == caller.name
    /// }
    /// resource /people for Person {
    ///   read
    ///   delete
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
    /// entity Person external table "person" {
    ///   id: text(1..64) key
    ///   name: text(1..100)
    /// }
    /// access Person {
    ///   allow read to authenticated
    /// }
    /// resource /people for Person {
    ///   read
    /// }
    Error EXTERNAL_WRITTEN "E413" "external-written"
}

pub(crate) fn external_written(span: Span, entity: &str) -> Diagnostic {
    Diagnostic::new(
        &EXTERNAL_WRITTEN,
        span,
        format!("`{entity}` is owned by somebody else, so it is read here and never written"),
    )
    .help("take the operation out, or make the entity one of your own")
}

pub(crate) fn nothing_to_serve(span: Span, entity: &str) -> Diagnostic {
    Diagnostic::new(
        &EXTERNAL_WRITTEN,
        span,
        format!(
            "nothing is known of {} here but its key, so there is nothing to serve",
            a(entity)
        ),
    )
    .help("name its table, `external table \"..\"`, or take the resource out")
}
