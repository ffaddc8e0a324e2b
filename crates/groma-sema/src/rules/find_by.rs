//! E430.

use groma_diag::{Diagnostic, Span};

use super::page::rule;

rule! {
    /// An action that finds its row by what the body says finds exactly one.
    ///
    /// ## Why
    /// `find by token` looks for the row whose `token` is the input of that name: an invitation, a one-time code. Two rows
    /// with the same value would leave it to chance whose invitation is accepted, and without the input there is nothing to
    /// look for. Whoever can guess a value does what the action does, so let it be a `secret(...)`.
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
    /// entity Invitation {
    ///   id: uuid key
    ///   token: secret(43) internal
    ///   used: bool = false
    ///   owner: User = caller readonly
    /// }
    /// access Invitation {
    ///   allow create, read to owner
    ///   allow accept to authenticated
    /// }
    /// resource /invitations for Invitation {
    ///   create
    ///   action accept {
    ///     input token: text(43..43)
    ///     find by token
    ///     set used = true
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
    /// entity Invitation {
    ///   id: uuid key
    ///   token: secret(43) internal unique
    ///   used: bool = false
    ///   owner: User = caller readonly
    /// }
    /// access Invitation {
    ///   allow create, read to owner
    ///   allow accept to authenticated
    /// }
    /// resource /invitations for Invitation {
    ///   create
    ///   action accept {
    ///     input token: text(43..43)
    ///     find by token
    ///     set used = true
    ///   }
    /// }
    Error FIND_BY "E430" "find-by"
}

pub(crate) fn not_one_row(span: Span, field: &str, declared: Span) -> Diagnostic {
    Diagnostic::new(&FIND_BY, span, format!("`{field}` does not name exactly one row"))
        .label(declared, "declared here")
        .help("find by a field with one value, such as text or a `secret`, that is `unique` by itself")
}

pub(crate) fn no_input(span: Span, field: &str, wanted: &str) -> Diagnostic {
    Diagnostic::new(
        &FIND_BY,
        span,
        format!("no input says which `{field}` is looked for"),
    )
    .help(format!("add `input {field}: {wanted}` to the action"))
}

pub(crate) fn optional_input(span: Span, field: &str) -> Diagnostic {
    Diagnostic::new(
        &FIND_BY,
        span,
        format!("the row is found by `{field}`, so it cannot be left out"),
    )
    .help("take the `?` away")
}

pub(crate) fn other_type(span: Span, field: &str, wanted: &str, declared: Span) -> Diagnostic {
    Diagnostic::new(
        &FIND_BY,
        span,
        format!("this input cannot hold a value of the field `{field}`"),
    )
    .label(declared, "the field is declared here")
    .help(format!("write `input {field}: {wanted}`"))
}
