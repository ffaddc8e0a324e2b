//! Makes tokens where there is no issuer: at a developer's desk and in tests.
//!
//! Never for production: every key here has a `kid` that begins with `groma-dev-`, or the name that a test gives it, and
//! [`super::is_development_key`] finds the first kind.

mod issuer;
mod request;
mod signing;

use std::io;
use std::path::PathBuf;

use thiserror::Error;

pub use issuer::{DevIssuer, TestIssuer, mint_with_secret};
pub use request::TokenRequest;

/// Why no key or token could be made.
#[derive(Debug, Error)]
pub enum DevError {
    /// The folder or a file in it could not be used.
    #[error("could not {doing} `{path}`")]
    File {
        /// What was tried.
        doing: &'static str,
        /// With which file.
        path: PathBuf,
        /// What went wrong.
        #[source]
        source: io::Error,
    },
    /// The key file does not hold an Ed25519 key.
    #[error("`{0}` does not hold a development key: delete it and a new one is made at the next start")]
    NotAKey(PathBuf),
    /// The cryptographic library refused.
    #[error("the key could not be made or used: the random source of the system does not answer")]
    Crypto,
    /// The claims cannot be written as JSON.
    #[error("the token could not be written")]
    Json(#[from] serde_json::Error),
}

impl From<aws_lc_rs::error::Unspecified> for DevError {
    fn from(_: aws_lc_rs::error::Unspecified) -> Self {
        DevError::Crypto
    }
}
