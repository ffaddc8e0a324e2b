//! Why a caller is not let in: little for the caller, the reason for the log.

use thiserror::Error;

/// The answer to a request whose caller could not be established.
///
/// `Display` is meant for the log. A reply carries [`AuthError::challenge`] and nothing else of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AuthError {
    /// There is no `Authorization` header.
    #[error("no Authorization header")]
    Missing,
    /// The header is there and is not one bearer token.
    #[error("the Authorization header is not usable: {0}")]
    Malformed(&'static str),
    /// There is a token, and it does not verify.
    #[error("the token is refused: {0}")]
    Invalid(#[from] Reason),
    /// The issuer's keys were never had, or are too old to trust: nobody can be let in or turned away.
    #[error("the issuer's keys are not available")]
    Unavailable,
}

impl AuthError {
    /// What `WWW-Authenticate` says with the 401; `None` when the answer is a 503.
    pub fn challenge(&self) -> Option<&'static str> {
        match self {
            AuthError::Missing => Some("Bearer"),
            AuthError::Malformed(_) | AuthError::Invalid(_) => Some("Bearer error=\"invalid_token\""),
            AuthError::Unavailable => None,
        }
    }
}

/// Which rule a token breaks. For the log only: told to a caller it would guide an attacker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
pub enum Reason {
    /// More than [`super::MAX_TOKEN_BYTES`] bytes.
    #[error("longer than 8 KiB")]
    TooLong,
    /// Not `header.claims.signature`.
    #[error("not three parts with a dot between them")]
    NotThreeParts,
    /// A part is not canonical base64url without padding.
    #[error("the {0} is not canonical base64url")]
    Encoding(&'static str),
    /// A part is not one strict JSON object.
    #[error("the {0} is not one JSON object without duplicate names")]
    Json(&'static str),
    /// A header parameter has a form that no rule allows.
    #[error("the header parameter `{0}` is not acceptable")]
    Header(&'static str),
    /// `alg` names nothing known here, `none` among it.
    #[error("the algorithm is not known")]
    UnknownAlgorithm,
    /// `alg` is known and not in the allow-list.
    #[error("the algorithm is not in the allow-list")]
    AlgorithmNotAllowed,
    /// The header asks for an extension (`crit`).
    #[error("the header has critical extensions")]
    CriticalExtension,
    /// `typ` is not one of the types that are taken.
    #[error("the token type is not acceptable")]
    TokenType,
    /// No key has the token's `kid`.
    #[error("no key has this `kid`")]
    UnknownKey,
    /// The token has no `kid` and not exactly one key fits, or several keys share its `kid`.
    #[error("it is not clear which key is meant")]
    AmbiguousKey,
    /// The key is there and is for another algorithm.
    #[error("the key belongs to another algorithm")]
    KeyMismatch,
    /// The signature is not the key's.
    #[error("the signature does not verify")]
    Signature,
    /// A required claim is missing.
    #[error("the claim `{0}` is missing")]
    ClaimMissing(&'static str),
    /// A claim has the wrong type or a value out of its range.
    #[error("the claim `{0}` has a wrong type or value")]
    ClaimForm(&'static str),
    /// `exp` has passed.
    #[error("expired")]
    Expired,
    /// `nbf` is still to come.
    #[error("not valid yet")]
    NotYetValid,
    /// `iat` is still to come.
    #[error("issued in the future")]
    IssuedInFuture,
    /// `iss` is not the configured issuer.
    #[error("from another issuer")]
    Issuer,
    /// `aud` has none of the configured audiences.
    #[error("for another audience")]
    Audience,
}
