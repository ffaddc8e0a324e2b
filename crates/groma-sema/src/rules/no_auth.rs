//! E201.

use groma_diag::{Diagnostic, Span};

use super::page::rule;

rule! {
    /// A design that speaks of callers says how they are known.
    ///
    /// ## Why
    /// Without an `auth` block no token is verified, so there is no caller, no role and no owner. It is said once, at
    /// the first place that needs it.
    ///
    /// ## Bad
    /// entity Note {
    ///   id: uuid key
    ///   title: text(1..200)
    /// }
    /// access Note {
    ///   allow read to authenticated
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
    Error NO_AUTH "E201" "no-auth"
}

/// `what` needs a caller.
pub(crate) fn no_auth(span: Span, what: &str) -> Diagnostic {
    Diagnostic::new(
        &NO_AUTH,
        span,
        format!("{what} needs to know the caller, and there is no `auth`"),
    )
    .help("say how callers are known: `auth { issuer env ISSUER jwks \"/api/auth/jwks\"; audience env AUDIENCE; caller User from claim sub }`")
}

/// A resource with routes that are not public.
pub(crate) fn no_auth_route(span: Span) -> Diagnostic {
    no_auth(span, "a route that is not `public`")
}
