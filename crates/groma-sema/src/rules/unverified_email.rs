//! W205.

use groma_diag::{Diagnostic, Span};
use groma_ir::design::{Auth, CallerClaim, ClaimId, ClaimType, Cond, Effect, Term};

use super::page::rule;
use crate::resolve::Resolved;

rule! {
    /// An email address that decides access is a verified one.
    ///
    /// ## Why
    /// Anybody can sign up with an address that is not theirs. Until the issuer has verified it, the address says what
    /// somebody typed, not who they are; issuers say so in a claim of its own.
    ///
    /// ## Bad
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "notes"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    ///   claims email: text from claim email
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    /// entity Invitation {
    ///   id: uuid key
    ///   email: email internal
    /// }
    /// access Invitation {
    ///   allow read to authenticated when caller.email == email
    /// }
    ///
    /// ## Good
    /// auth {
    ///   issuer "https://id.example.org" jwks "/jwks"
    ///   audience "notes"
    ///   algorithms EdDSA
    ///   caller User from claim sub
    ///   claims email: text from claim email
    ///   claims verified: bool from claim emailVerified
    /// }
    /// entity User external {
    ///   id: text(1..64) key
    /// }
    /// entity Invitation {
    ///   id: uuid key
    ///   email: email internal
    /// }
    /// access Invitation {
    ///   allow read to authenticated when caller.email == email and caller.verified
    /// }
    Warning UNVERIFIED_EMAIL "W205" "unverified-email"
}

pub(crate) fn check(resolved: &Resolved<'_>) -> Vec<Diagnostic> {
    let Some(auth) = &resolved.design.auth else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for rule in resolved.design.entities.iter().flat_map(|entity| &entity.rules) {
        let Some(when) = rule.when.as_ref().filter(|_| rule.effect == Effect::Allow) else {
            continue;
        };
        let mut claims = Vec::new();
        claims_of(when, &mut claims);
        let email = claims.iter().find(|claim| is_email(&auth.claims[**claim]));
        let is_verified = claims.iter().any(|claim| is_verification(&auth.claims[*claim]));
        if let Some(email) = email.filter(|_| !is_verified) {
            found.push(unverified(rule.origin, auth, *email));
        }
    }
    found
}

/// The claims that a condition reads.
fn claims_of(cond: &Cond, claims: &mut Vec<ClaimId>) {
    let mut term = |term: &Term| {
        if let Term::Claim(claim) = term {
            claims.push(*claim);
        }
    };
    match cond {
        Cond::And(parts) | Cond::Or(parts) => parts.iter().for_each(|part| claims_of(part, claims)),
        Cond::Not(part) => claims_of(part, claims),
        Cond::Compare { left, right, .. } => {
            term(left);
            term(right);
        }
        Cond::In { term: of, set } => {
            term(of);
            set.iter().for_each(term);
        }
        Cond::Is(of) => term(of),
        Cond::At { cond, .. } => claims_of(cond, claims),
    }
}

fn says(claim: &CallerClaim, word: &str) -> bool {
    claim.name.to_lowercase().contains(word) || claim.claim.to_lowercase().contains(word)
}

fn is_email(claim: &CallerClaim) -> bool {
    claim.ty == ClaimType::Text && says(claim, "email")
}

fn is_verification(claim: &CallerClaim) -> bool {
    claim.ty == ClaimType::Bool && (says(claim, "verif") || says(claim, "confirm"))
}

fn unverified(span: Span, auth: &Auth, email: ClaimId) -> Diagnostic {
    let email = &auth.claims[email];
    let verified = auth.claims.iter().find(|claim| is_verification(claim));
    let found = Diagnostic::new(
        &UNVERIFIED_EMAIL,
        span,
        format!("`caller.{}` decides here, and need not be verified", email.name),
    )
    .label(email.origin, "what the token says");
    match verified {
        Some(claim) => found.help(format!("add `and caller.{}`", claim.name)),
        None => found.help(
            "declare the claim, `claims verified: bool from claim emailVerified`, and add `and caller.verified`",
        ),
    }
}
