//! W203.

use groma_diag::{Diagnostic, Sources, Span};
use groma_ir::design::Auth;

use super::page::rule;
use super::places;
use crate::resolve::Resolved;

rule! {
    /// `auth` says whose tokens are accepted, and for whom they are made.
    ///
    /// ## Why
    /// A signature alone says that the issuer made a token, not that it was made for this service: a token for another
    /// application of the same issuer would open this one too.
    ///
    /// ## Bad
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   algorithms EdDSA
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
    Warning TOKEN_CHECKS "W203" "unchecked-token"
}

pub(crate) fn check(resolved: &Resolved<'_>) -> Vec<Diagnostic> {
    let Some(auth) = &resolved.design.auth else {
        return Vec::new();
    };
    if !resolved.is_sound(auth.origin) {
        return Vec::new();
    }
    let (issuer, audience) = (auth.issuer.is_none(), auth.audience.is_empty());
    // A setting that is there and broken has been reported.
    let is_said = |name: &str| resolved.map.auth.as_ref().is_some_and(|ast| says(ast, name));
    let missing = [
        (issuer && !is_said("issuer"), Missing::Issuer),
        (audience && !is_said("audience"), Missing::Audience),
    ];
    let missing = missing.into_iter().filter(|(is_missing, _)| *is_missing);
    missing
        .map(|(_, what)| unchecked(resolved.sources, auth, what))
        .collect()
}

fn says(ast: &groma_syntax::ast::Auth, name: &str) -> bool {
    ast.items().any(|item| match item {
        groma_syntax::ast::AuthItem::Setting(setting) => setting.name() == name,
        _ => false,
    })
}

#[derive(Clone, Copy)]
enum Missing {
    Issuer,
    Audience,
}

fn unchecked(sources: &Sources, auth: &Auth, missing: Missing) -> Diagnostic {
    let (message, line) = match missing {
        Missing::Issuer => (
            "tokens are accepted whoever issued them",
            "issuer env AUTH_ISSUER",
        ),
        Missing::Audience => (
            "tokens are accepted whatever service they were made for",
            "audience env AUTH_AUDIENCE",
        ),
    };
    let head = Span::new(
        auth.origin.file,
        auth.origin.start,
        auth.origin.start.saturating_add(4),
    );
    Diagnostic::new(&TOKEN_CHECKS, head, message)
        .help(format!("name it: `{line}`"))
        .suggestion(
            format!("add `{line}`"),
            places::at_end(sources, auth.origin, line),
        )
}
