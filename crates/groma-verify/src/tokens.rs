//! Tokens: whom the verifier asks to be, and who can make such tokens.
//!
//! The verifier holds no key of the issuer. A [`Minter`] does, or it holds tokens that somebody else made; what
//! needs a signing key is then reported as not run, never as passed.

use serde_json::{Map, Value as Json};

use groma_ir::Id;
use groma_ir::design::{Auth, ClaimType, RoleSet};

use crate::jose;

/// A user that the verifier wants to be.
#[derive(Clone, PartialEq, Debug)]
pub struct TokenSpec {
    /// The name in reports: `alice`, `admin`.
    pub name: String,
    /// The caller's key, fresh in every run.
    pub subject: String,
    /// The names of the roles that the token gives; none leaves the role claim out.
    pub roles: Vec<String>,
    /// Further claims, by their name in the token.
    pub claims: Map<String, Json>,
}

/// Why there is no token.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct MintError(
    /// What and why, in lower case.
    pub String,
);

/// Makes tokens, or hands out ready ones.
pub trait Minter {
    /// A valid token for this user. One of another subject or with other roles is fine: what it says counts.
    fn mint(&self, user: &TokenSpec) -> Result<String, MintError>;

    /// Signs `base64url(header) + "." + base64url(claims)` as they stand, with the issuer's key, whatever they
    /// say, and returns the whole token; `None` where only ready tokens are at hand.
    fn sign(&self, header: &str, claims: &str) -> Option<Result<String, MintError>>;

    /// The issuer's public keys, for the check that a public key is not taken as a secret.
    fn jwks(&self) -> Option<String> {
        None
    }

    /// How a service comes to trust these tokens: where the public keys of whoever signs them are, and which of its
    /// settings takes them.
    fn trusted_by(&self) -> Option<String> {
        None
    }

    /// A command that mints a token for this user, for whoever repeats a finding.
    fn command(&self, user: &TokenSpec) -> Option<String>;
}

/// Tokens that somebody else made, by the names of the users: `alice`, `bob`, `carol`, a role's name.
#[derive(Clone, Default, Debug)]
pub struct ReadyTokens(
    /// The tokens.
    pub Vec<(String, String)>,
);

impl Minter for ReadyTokens {
    fn mint(&self, user: &TokenSpec) -> Result<String, MintError> {
        let found = self.0.iter().find(|(name, _)| *name == user.name);
        found
            .map(|(_, token)| token.clone())
            .ok_or_else(|| MintError(format!("no token is given for `{}`", user.name)))
    }

    fn sign(&self, _header: &str, _claims: &str) -> Option<Result<String, MintError>> {
        None
    }

    fn command(&self, _user: &TokenSpec) -> Option<String> {
        None
    }
}

/// Who a token says that its bearer is, read by the verifier itself.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Identity {
    /// The caller's key, as JSON of the key's type.
    pub(crate) subject: String,
    /// The roles that it gives.
    pub(crate) roles: RoleSet,
    /// The claims that rules may read, by their id; `None` is absent or of another type.
    pub(crate) claims: Vec<Option<Json>>,
    /// Whether no row can be theirs but those of this run.
    pub(crate) is_fresh: bool,
}

/// Reads a token's claims without verifying it; `asked` is the subject that was asked for.
pub(crate) fn identity(auth: &Auth, token: &str, asked: &str) -> Result<Identity, MintError> {
    let claims =
        jose::claims(token).ok_or_else(|| MintError("the token does not read as a JWT".to_owned()))?;
    let subject = match claims.get(&auth.caller_claim) {
        Some(Json::String(subject)) => subject.clone(),
        Some(Json::Number(number)) => number.to_string(),
        _ => {
            return Err(MintError(format!(
                "the token has no claim `{}`",
                auth.caller_claim
            )));
        }
    };
    let roles = auth
        .role_claim
        .as_ref()
        .and_then(|name| claims.get(name))
        .map(role_names)
        .unwrap_or_default();
    let read = |(_, claim): (_, &groma_ir::design::CallerClaim)| {
        claims
            .get(&claim.claim)
            .filter(|value| fits(claim.ty, value))
            .cloned()
    };
    Ok(Identity {
        is_fresh: subject == asked,
        subject,
        roles: auth.roles_of(roles.iter().map(String::as_str)),
        claims: auth.claims.entries().map(read).collect(),
    })
}

impl Identity {
    /// A claim that rules may read.
    pub(crate) fn claim(&self, id: groma_ir::design::ClaimId) -> Option<&Json> {
        self.claims.get(id.index()).and_then(Option::as_ref)
    }
}

fn role_names(claim: &Json) -> Vec<String> {
    match claim {
        Json::String(text) => text.split(',').map(|name| name.trim().to_owned()).collect(),
        Json::Array(names) => names.iter().filter_map(Json::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

fn fits(ty: ClaimType, value: &Json) -> bool {
    match ty {
        ClaimType::Bool => value.is_boolean(),
        ClaimType::Text => value.is_string(),
        ClaimType::Int => value.is_i64(),
    }
}
