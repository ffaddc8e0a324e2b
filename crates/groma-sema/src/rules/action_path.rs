//! E431.

use groma_diag::{Diagnostic, Span};

use super::page::rule;

rule! {
    /// The path of an action says which row it is about, once.
    ///
    /// ## Why
    /// An action changes one row. Below its row (`POST /notes/{id}/archive`) the path says which one. A path of its own, by
    /// `at`, has the same parameter somewhere, unless the action finds its row by what the body says (`find by token`). It
    /// is sent by `POST`, `PUT`, `PATCH` or `DELETE`: what answers to `GET` changes nothing (RFC 9110, 9.2.1), and what is
    /// sent with `DELETE` has no meaning (9.3.5).
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
    ///   archived: bool = false
    ///   owner: User = caller readonly
    /// }
    /// access Note {
    ///   allow read, archive to owner
    /// }
    /// resource /notes for Note {
    ///   read
    ///   action archive at PUT /archive {
    ///     set archived = true
    ///   }
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
    ///   archived: bool = false
    ///   owner: User = caller readonly
    /// }
    /// access Note {
    ///   allow read, archive to owner
    /// }
    /// resource /notes for Note {
    ///   read
    ///   action archive at PUT /archive/{id} {
    ///     set archived = true
    ///   }
    /// }
    Error ACTION_PATH "E431" "action-path"
}

pub(crate) fn no_row(span: Span, item: &str) -> Diagnostic {
    Diagnostic::new(
        &ACTION_PATH,
        span,
        "this path does not say which row the action is about",
    )
    .help(format!(
        "put `{{{item}}}` into it, or let the action `find by` a field that no two rows share"
    ))
}

pub(crate) fn twice(span: Span, item: &str) -> Diagnostic {
    Diagnostic::new(
        &ACTION_PATH,
        span,
        format!("`{{{item}}}` stands in this path twice"),
    )
    .help("leave one of them")
}

pub(crate) fn found_already(span: Span, item: &str) -> Diagnostic {
    Diagnostic::new(
        &ACTION_PATH,
        span,
        format!("the action finds its row by what the body says, so `{{{item}}}` says it twice"),
    )
    .help("leave out one of the two")
}

pub(crate) fn get(span: Span) -> Diagnostic {
    Diagnostic::new(
        &ACTION_PATH,
        span,
        "an action changes something, and `GET` never does",
    )
    .help("write `POST`, or leave the method out")
}

pub(crate) fn delete_with_body(span: Span) -> Diagnostic {
    Diagnostic::new(
        &ACTION_PATH,
        span,
        "the action has inputs, and a body has no meaning with `DELETE`",
    )
    .help("write `POST`, or leave the method out")
}
