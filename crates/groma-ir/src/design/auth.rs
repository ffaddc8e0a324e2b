//! Who the caller is: tokens, claims and roles.

use groma_diag::Span;

use super::{ClaimId, EntityId, RoleId, Setting};
use crate::{Arena, Id};

/// How a token is verified and what it says about the caller.
#[derive(Clone, PartialEq, Debug)]
pub struct Auth {
    /// The `iss` that a token must carry.
    pub issuer: Option<Setting>,
    /// The `aud` values of which a token must carry one.
    pub audience: Vec<Setting>,
    /// Where the verification keys come from.
    pub jwks: Jwks,
    /// The algorithms that are accepted, and no other.
    pub algorithms: Vec<Algorithm>,
    /// Tolerated clock difference in seconds, at most 60.
    pub leeway: u32,
    /// The entity whose rows are the callers.
    pub caller: EntityId,
    /// The claim that holds the caller's key: `sub`.
    pub caller_claim: String,
    /// Claims that rules may read as `caller.x`.
    pub claims: Arena<ClaimId, CallerClaim>,
    /// Roles in the order of their declaration.
    pub roles: Arena<RoleId, Role>,
    /// The claim that holds the caller's roles: text, a list, or comma-separated text.
    pub role_claim: Option<String>,
    /// The role of a caller whose token names none that is known.
    pub default_role: Option<RoleId>,
    /// Where it was declared.
    pub origin: Span,
}

/// Where the verification keys come from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Jwks {
    /// A JWK set at this path of the issuer: `/api/auth/jwks`.
    IssuerPath(String),
    /// A JWK set at this URL or in this file.
    At(Setting),
    /// A shared secret for HS256.
    Secret(Setting),
}

/// A JSON Web Signature algorithm (RFC 7518, RFC 8037).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Algorithm {
    /// Ed25519 (RFC 8037, RFC 9864).
    EdDsa,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-521 with SHA-512.
    Es512,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// HMAC with SHA-256.
    Hs256,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::EdDsa,
        Self::Es256,
        Self::Es512,
        Self::Rs256,
        Self::Ps256,
        Self::Hs256,
    ];

    /// The name in a token's header and in the design: `EdDSA`.
    pub fn name(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
            Self::Es512 => "ES512",
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::Hs256 => "HS256",
        }
    }
}

/// A claim that rules may read as `caller.name`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CallerClaim {
    /// The name in the design: `verified`.
    pub name: String,
    /// The name in the token: `emailVerified`.
    pub claim: String,
    /// What it must be; a claim of another type counts as absent.
    pub ty: ClaimType,
    /// Where it was declared.
    pub origin: Span,
}

/// The type of a claim.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ClaimType {
    /// `true` or `false`.
    Bool,
    /// Text.
    Text,
    /// A whole number.
    Int,
}

/// A role that a token can give.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Role {
    /// The name in the design and in the token: `admin`.
    pub name: String,
    /// This role and every role below it: `admin` includes `user`.
    pub includes: RoleSet,
    /// Where it was declared.
    pub origin: Span,
}

/// A set of at most 64 roles.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Debug)]
pub struct RoleSet(u64);

impl RoleSet {
    /// The most roles that a design may declare.
    pub const MOST: usize = 64;

    /// No role.
    pub const EMPTY: Self = Self(0);

    /// The same set with one more role.
    #[must_use]
    pub fn with(self, role: RoleId) -> Self {
        Self(
            self.0
                | 1_u64
                    .checked_shl(u32::try_from(role.index()).unwrap_or(u32::MAX))
                    .unwrap_or(0),
        )
    }

    /// Both sets together.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the role is in the set.
    pub fn contains(self, role: RoleId) -> bool {
        self.with(role) == self
    }
}

impl Auth {
    /// What the caller may act as, from the role names in the token: unknown names give nothing, every
    /// known one brings the roles below it, and none at all gives the default role.
    pub fn roles_of<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> RoleSet {
        let mut set = RoleSet::EMPTY;
        for name in names {
            if let Some(role) = self.roles.iter().find(|role| role.name == name) {
                set = set.union(role.includes);
            }
        }
        match self.default_role {
            Some(role) if set == RoleSet::EMPTY => self.roles[role].includes,
            _ => set,
        }
    }
}
