//! E204.

use groma_diag::{Diagnostic, Edit, Span};

use super::page::rule;

rule! {
    /// The algorithms of tokens are known ones, and fit the keys.
    ///
    /// ## Why
    /// The list is all that is ever accepted, whatever a token says of itself. A shared secret signs with `HS256`, and
    /// only with that; a published key never does: mixing the two lets anyone who can read the public key sign tokens.
    ///
    /// ## Bad
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "notes"
    ///   algorithms HS256
    ///   caller User from claim sub
    /// }
    /// entity User external {
    ///   id: text(1..64) key
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
    Error BAD_ALGORITHM "E204" "bad-algorithm"
}

/// An algorithm that does not exist here.
pub(crate) fn unknown(span: Span, name: &str, meant: Option<&str>) -> Diagnostic {
    let message = match name {
        "none" => String::from("`none` is no algorithm: anyone could make such a token"),
        _ => format!("there is no algorithm `{name}` here"),
    };
    let found = Diagnostic::new(&BAD_ALGORITHM, span, message)
        .help("use `EdDSA`, `ES256`, `ES512`, `RS256`, `PS256` or, with a secret, `HS256`");
    match meant.filter(|_| name != "none") {
        Some(meant) => found.suggestion(format!("write `{meant}`"), [Edit::replace(span, meant)]),
        None => found,
    }
}

/// An algorithm for other keys than those that are given.
pub(crate) fn other_keys(span: Span, name: &str, shared: bool) -> Diagnostic {
    let (message, help) = if shared {
        (
            format!("`{name}` needs a published key, and the keys are a shared secret"),
            "say `algorithms HS256`, or name a key set by `jwks` instead of `secret`",
        )
    } else {
        (
            format!("`{name}` needs a shared secret, and the keys are published ones"),
            "name the algorithm that the issuer signs with, such as `EdDSA`, or say `secret env NAME`",
        )
    };
    Diagnostic::new(&BAD_ALGORITHM, span, message).help(help)
}
