//! What an operator says about the issuer, and the mistakes in it that are found before the first request.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use thiserror::Error;

use super::fetch::{FetchError, Url};
use super::jwk::{JwkSet, JwkSetError};

/// How a token is signed (RFC 7518 §3.1, RFC 8037, RFC 9864). There is no `none`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Algorithm {
    /// Ed25519; named `EdDSA`, or `Ed25519` by RFC 9864.
    EdDsa,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-521 with SHA-512.
    Es512,
    /// RSA, PKCS #1 v1.5, SHA-256.
    Rs256,
    /// RSA, PSS, SHA-256.
    Ps256,
    /// HMAC with SHA-256 and a shared secret.
    Hs256,
}

impl Algorithm {
    /// Every algorithm, in the order of the enum.
    pub const ALL: [Algorithm; 6] = [
        Algorithm::EdDsa,
        Algorithm::Es256,
        Algorithm::Es512,
        Algorithm::Rs256,
        Algorithm::Ps256,
        Algorithm::Hs256,
    ];

    /// The name in `alg`.
    pub fn name(self) -> &'static str {
        match self {
            Algorithm::EdDsa => "EdDSA",
            Algorithm::Es256 => "ES256",
            Algorithm::Es512 => "ES512",
            Algorithm::Rs256 => "RS256",
            Algorithm::Ps256 => "PS256",
            Algorithm::Hs256 => "HS256",
        }
    }

    pub(super) fn is_rsa(self) -> bool {
        matches!(self, Algorithm::Rs256 | Algorithm::Ps256)
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A name that is no algorithm of this server.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not a signature algorithm known here: use EdDSA, ES256, ES512, RS256, PS256 or HS256")]
pub struct UnknownAlgorithm(pub String);

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    fn from_str(name: &str) -> Result<Self, UnknownAlgorithm> {
        if name == "Ed25519" {
            return Ok(Algorithm::EdDsa);
        }
        let known = Algorithm::ALL
            .into_iter()
            .find(|algorithm| algorithm.name() == name);
        known.ok_or_else(|| UnknownAlgorithm(name.to_owned()))
    }
}

/// A shared secret; never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// Takes the bytes as they are, without decoding.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(..)")
    }
}

/// Where the keys come from.
#[derive(Debug, Clone)]
pub enum KeySource {
    /// A JWKS that is fetched at start and kept fresh: `https`, or `http` on a loopback address.
    JwksUrl(String),
    /// A JWKS in a file, read at start and again from time to time, so that it can be replaced.
    JwksFile(PathBuf),
    /// The secret of HS256.
    Secret(Secret),
    /// Keys given as they are.
    Static(JwkSet),
}

/// What is required of a token. Start from [`Config::new`] and set what the design says.
#[derive(Debug, Clone)]
pub struct Config {
    /// The allow-list.
    pub algorithms: Vec<Algorithm>,
    /// `iss`, exactly; not checked when absent.
    pub issuer: Option<String>,
    /// `aud` must have one of these; not checked when empty.
    pub audience: Vec<String>,
    /// The claim that names the caller.
    pub subject_claim: String,
    /// Whether a claim other than `sub` may name the caller by a whole number; `sub` is text (RFC 7519 §4.1.2).
    pub numeric_subject: bool,
    /// How far clocks may differ, at most [`Config::MAX_LEEWAY`].
    pub leeway: Duration,
    /// Where the keys come from.
    pub keys: KeySource,
    /// How long the last good key set is used when no newer one can be had, at least [`Config::MIN_MAX_STALE`].
    pub max_stale: Duration,
    /// `typ`, when only one type of token is taken, such as `at+jwt`.
    pub required_token_type: Option<String>,
    /// Lets a JWKS come by plain `http` from another machine. Whoever is on the wire then chooses the keys.
    pub allow_insecure_http: bool,
}

impl Config {
    /// More leeway than this is refused.
    pub const MAX_LEEWAY: Duration = Duration::from_mins(1);

    /// Keys that age faster than this could not be fetched in time.
    pub const MIN_MAX_STALE: Duration = Duration::from_secs(10);

    /// The usual configuration: `sub`, 30 seconds of leeway, keys good for an hour without their issuer.
    pub fn new(algorithms: Vec<Algorithm>, keys: KeySource) -> Self {
        Self {
            algorithms,
            issuer: None,
            audience: Vec::new(),
            subject_claim: "sub".to_owned(),
            numeric_subject: false,
            leeway: Duration::from_secs(30),
            keys,
            max_stale: Duration::from_hours(1),
            required_token_type: None,
            allow_insecure_http: false,
        }
    }

    /// Looks for what cannot work or must not be: done by [`super::Verifier::new`] too.
    pub fn validate(&self) -> Result<(), ConfigError> {
        if self.algorithms.is_empty() {
            return Err(ConfigError::NoAlgorithm);
        }
        if self.leeway > Self::MAX_LEEWAY {
            return Err(ConfigError::Leeway);
        }
        if self.max_stale < Self::MIN_MAX_STALE {
            return Err(ConfigError::MaxStale);
        }
        if self.subject_claim.is_empty() {
            return Err(ConfigError::SubjectClaim);
        }
        self.validate_source()
    }

    fn validate_source(&self) -> Result<(), ConfigError> {
        let shared = self.algorithms.contains(&Algorithm::Hs256);
        let public = self
            .algorithms
            .iter()
            .any(|algorithm| *algorithm != Algorithm::Hs256);
        match &self.keys {
            KeySource::Secret(_) if public => Err(ConfigError::SecretForPublicKeys),
            KeySource::JwksUrl(_) | KeySource::JwksFile(_) | KeySource::Static(_) if shared => {
                Err(ConfigError::SharedWithoutSecret)
            }
            KeySource::Secret(_) | KeySource::JwksFile(_) | KeySource::Static(_) => Ok(()),
            KeySource::JwksUrl(url) => Url::parse(url, self.allow_insecure_http).map(drop),
        }
    }
}

/// A configuration that a server must not start with.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The allow-list is empty.
    #[error("no signature algorithm is allowed, so no token could verify: name at least one, such as EdDSA")]
    NoAlgorithm,
    /// Too much leeway.
    #[error("the leeway is more than 60 seconds: synchronise the clocks instead")]
    Leeway,
    /// Keys would be stale before they can be fetched again.
    #[error("keys would count as stale before they can be fetched again: give ten seconds or more")]
    MaxStale,
    /// The caller would have no name.
    #[error("the name of the subject claim is empty: use `sub`")]
    SubjectClaim,
    /// HS256 and public keys in one allow-list.
    #[error(
        "a shared secret serves HS256 only, and the allow-list has other algorithms: \
         remove them, or give a JWKS instead of the secret"
    )]
    SecretForPublicKeys,
    /// HS256 with a JWKS.
    #[error(
        "HS256 needs a shared secret, and the keys come from a JWKS: \
         remove HS256 from the allow-list, or give the secret instead of the JWKS"
    )]
    SharedWithoutSecret,
    /// Not a URL that keys may come from.
    #[error("the JWKS URL `{url}` cannot be used: {why}")]
    Url {
        /// The URL as it was given, without user information.
        url: String,
        /// What is wrong with it and what to do.
        why: &'static str,
    },
    /// The shared secret is too short.
    #[error(
        "the shared secret has {0} bytes, and fewer than 32 can be guessed: make one with `openssl rand -base64 48`"
    )]
    WeakSecret(usize),
    /// The JWKS file could not be read.
    #[error("the keys could not be read")]
    Fetch(#[source] FetchError),
    /// What was read is not a JWKS.
    #[error("the keys are not a JWKS")]
    Jwks(#[source] JwkSetError),
    /// There are keys, and none may be used.
    #[error("none of the keys can verify a token with the allowed algorithms: {0}")]
    NoUsableKey(String),
    /// The runtime went away while the keys were read.
    #[error("the server is shutting down")]
    Stopped,
}
