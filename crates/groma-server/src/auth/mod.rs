//! Who is calling: checks bearer tokens (JWT) against the keys of an issuer.
//!
//! Plain functions over the bytes of `Authorization` headers. Knows RFC 7515–7519, 6750 and 8725. Does not know
//! designs, routes, SQL or the HTTP server; what a subject or a role may do is decided elsewhere.
//!
//! The path of a token: [`bearer`] takes it out of the header, [`cache`] knows the ones already checked, [`compact`]
//! reads its form, [`keys`] finds the one key that may have signed it, [`claims`] judges what it says.
//! [`keyring`] keeps the keys fresh; [`dev`] makes tokens where there is no issuer yet.

mod base64url;
mod bearer;
mod cache;
mod claims;
mod compact;
mod config;
pub mod dev;
mod error;
mod fetch;
mod json;
mod jwk;
mod keyring;
mod keys;
mod timing;
mod verifier;
mod weak;

#[cfg(test)]
mod tests;

pub use claims::Claims;
pub use config::{Algorithm, Config, ConfigError, KeySource, Secret, UnknownAlgorithm};
pub use error::{AuthError, Reason};
pub use fetch::FetchError;
pub use jwk::{JwkSet, JwkSetError, SkippedKey, is_development_key};
pub use verifier::Verifier;

/// A token longer than this many bytes is refused unread.
pub const MAX_TOKEN_BYTES: usize = 8 * 1024;
