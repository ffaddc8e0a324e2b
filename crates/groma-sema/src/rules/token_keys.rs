//! Q202 and E206.

use groma_diag::{Diagnostic, Edit, Span};

use super::page::rule;

rule! {
    /// `auth` says by which keys tokens are verified.
    ///
    /// ## Why
    /// Better Auth's JWT plug-in publishes its keys at `/api/auth/jwks` of the issuer; other issuers do so elsewhere. A
    /// shared secret is for issuers that have nothing else: whoever can verify with it can sign.
    ///
    /// ## Bad
    /// auth {
    ///   issuer "https://id.example.org"
    ///   audience "notes"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    ///
    /// ## Good
    /// auth {
    ///   issuer "https://id.example.org" jwks "/api/auth/jwks"
    ///   audience "notes"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    Question KEYS_UNSAID "Q202" "token-keys-unsaid"
}

rule! {
    /// The keys of tokens come from one place, and a secret is never written into the design.
    ///
    /// ## Why
    /// A design is read by many and kept in a repository; a secret in it signs tokens for everyone who can read it.
    ///
    /// ## Bad
    /// auth {
    ///   issuer "https://id.example.org"
    ///   secret "correct horse battery staple"
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
    ///   issuer "https://id.example.org"
    ///   secret env TOKEN_SECRET
    ///   audience "notes"
    ///   algorithms HS256
    ///   caller User from claim sub
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    Error BAD_KEYS "E206" "bad-token-keys"
}

/// No `jwks` and no `secret`.
pub(crate) fn unsaid(auth: Span, has_issuer: bool) -> Diagnostic {
    // Behind the opening brace; `auth` and it stand on one line.
    let inside = Span::at(auth.file, auth.end.saturating_sub(1));
    let line = |text: &str| [Edit::before(inside, format!("  {text}\n"))];
    let found = Diagnostic::new(&KEYS_UNSAID, auth, "by which keys are tokens verified?").about("auth.jwks");
    let found = if has_issuer {
        found.option(
            "jwks \"/api/auth/jwks\"",
            "the key set that Better Auth's JWT plug-in publishes at the issuer",
            line("jwks \"/api/auth/jwks\""),
        )
    } else {
        found
    };
    found
        .option(
            "jwks env JWKS_URL",
            "the key set at a URL, or in a file, that the environment names",
            line("jwks env JWKS_URL"),
        )
        .option(
            "secret env TOKEN_SECRET",
            "a secret shared with the issuer, for HS256: this service could then sign tokens too",
            line("secret env TOKEN_SECRET"),
        )
}

/// Both a key set and a secret.
pub(crate) fn two_kinds(second: Span, first: Span) -> Diagnostic {
    Diagnostic::new(&BAD_KEYS, second, "the keys of tokens come from two places")
        .label(first, "the first one")
        .help("keep `jwks` for published keys, or `secret` for a shared one")
}

/// A secret in the text.
pub(crate) fn written_secret(span: Span) -> Diagnostic {
    Diagnostic::new(&BAD_KEYS, span, "a secret is written into the design")
        .help("name an environment variable: `secret env TOKEN_SECRET`, and change this secret")
        .suggestion(
            "read it from the environment",
            [Edit::replace(span, "env TOKEN_SECRET")],
        )
}

/// A path of an issuer that is not named.
pub(crate) fn path_without_issuer(span: Span) -> Diagnostic {
    Diagnostic::new(
        &BAD_KEYS,
        span,
        "this is a path of the issuer, and no issuer is named",
    )
    .help("name the issuer: `issuer env AUTH_ISSUER`, or give the whole URL of the key set")
}
