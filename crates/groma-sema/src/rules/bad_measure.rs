//! E425.

use groma_diag::{Diagnostic, Span};

use super::page::rule;

rule! {
    /// A report has numbers, and each is taken over what it needs.
    ///
    /// ## Why
    /// `count` counts rows; `sum`, `avg`, `min` and `max` are taken over a field.
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
    ///   read
    ///   report stats { total: sum }
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
    ///   report stats { total: count }
    /// }
    Error BAD_MEASURE "E425" "bad-measure"
}

pub(crate) fn no_measures(span: Span) -> Diagnostic {
    Diagnostic::new(&BAD_MEASURE, span, "this report has no numbers").help("give it some: `{ total: count }`")
}

pub(crate) fn count_over(span: Span) -> Diagnostic {
    Diagnostic::new(&BAD_MEASURE, span, "`count` counts rows, not values of a field")
        .help("write `count` alone, with `when` for some of the rows")
}

pub(crate) fn over_nothing(span: Span, function: &str) -> Diagnostic {
    Diagnostic::new(
        &BAD_MEASURE,
        span,
        format!("`{function}` does not say over which field"),
    )
    .help(format!("write `{function}(field)`"))
}
