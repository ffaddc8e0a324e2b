//! The two issuers: one that keeps its key in a folder, one that lives in memory.

use std::fs;
use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use aws_lc_rs::signature::Ed25519KeyPair;
use serde_json::{Value, json};

use super::signing::SigningKey;
use super::{DevError, TokenRequest};
use crate::auth::base64url;
use crate::auth::config::{Algorithm, KeySource, Secret};
use crate::auth::jwk::{DEVELOPMENT_PREFIX, JwkSet};

const KEY_FILE: &str = "dev-key.pkcs8";
const JWKS_FILE: &str = "dev-jwks.json";

/// Signs with an Ed25519 key that is made at the first start and kept in a folder.
#[derive(Debug)]
pub struct DevIssuer {
    key: NamedKey,
    jwks_path: PathBuf,
}

impl DevIssuer {
    /// Opens the issuer of `folder`; makes the folder, the key (readable by its owner only) and the JWKS if need be.
    pub fn open(folder: &Path) -> Result<Self, DevError> {
        fs::create_dir_all(folder).map_err(|source| failed("create the folder", folder, source))?;
        let pair = read_or_create(&folder.join(KEY_FILE))?;
        let key = SigningKey::Ed25519(pair);
        let kid = format!("{DEVELOPMENT_PREFIX}{}", key.thumbprint());
        let issuer = Self {
            key: NamedKey { key, kid },
            jwks_path: folder.join(JWKS_FILE),
        };
        publish(&issuer.jwks_path, &issuer.jwks_json())?;
        Ok(issuer)
    }

    /// The public key as a set, for [`KeySource::Static`].
    pub fn jwks(&self) -> JwkSet {
        self.key.jwks()
    }

    /// The public key as the text of a JWKS.
    pub fn jwks_json(&self) -> String {
        self.key.jwks_json()
    }

    /// The file with the public key, for [`KeySource::JwksFile`].
    pub fn jwks_path(&self) -> &Path {
        &self.jwks_path
    }

    /// Makes a token.
    pub fn mint(&self, token: &TokenRequest) -> Result<String, DevError> {
        self.key.mint(token)
    }

    /// Signs any header and any payload as they stand: for tokens that a server must refuse.
    pub fn sign_bytes(&self, header: &[u8], payload: &[u8]) -> Result<String, DevError> {
        self.key.sign(header, payload)
    }
}

/// Signs with a key of any algorithm that is gone with the process. For tests and benches.
#[derive(Debug)]
pub struct TestIssuer {
    key: NamedKey,
}

impl TestIssuer {
    /// Makes a key for `algorithm` that is named `kid`.
    pub fn generate(algorithm: Algorithm, kid: impl Into<String>) -> Result<Self, DevError> {
        Ok(Self {
            key: NamedKey {
                key: SigningKey::generate(algorithm)?,
                kid: kid.into(),
            },
        })
    }

    /// The algorithm that this issuer signs with.
    pub fn algorithm(&self) -> Algorithm {
        self.key.key.algorithm()
    }

    /// What a verifier of this issuer's tokens is configured with.
    pub fn key_source(&self) -> KeySource {
        match &self.key.key {
            SigningKey::Shared(secret) => KeySource::Secret(secret.clone()),
            _ => KeySource::Static(self.key.jwks()),
        }
    }

    /// The public key as a JWK; `null` for HS256.
    pub fn jwk(&self) -> Value {
        self.key.key.jwk(&self.key.kid).unwrap_or_default()
    }

    /// The public key as the text of a JWKS; an empty set for HS256.
    pub fn jwks_json(&self) -> String {
        self.key.jwks_json()
    }

    /// Makes a token.
    pub fn mint(&self, token: &TokenRequest) -> Result<String, DevError> {
        self.key.mint(token)
    }

    /// The header of a token by this issuer, to be changed for [`TestIssuer::sign`].
    pub fn header(&self) -> Value {
        self.key.header()
    }

    /// Signs any header and any claims: the way to tokens that must be refused.
    pub fn sign(&self, header: &Value, claims: &Value) -> Result<String, DevError> {
        self.key
            .sign(header.to_string().as_bytes(), claims.to_string().as_bytes())
    }

    /// Signs any bytes, JSON or not.
    pub fn sign_bytes(&self, header: &[u8], payload: &[u8]) -> Result<String, DevError> {
        self.key.sign(header, payload)
    }
}

/// Makes a token that is signed with a secret that its verifier shares: HS256.
pub fn mint_with_secret(secret: &Secret, token: &TokenRequest) -> Result<String, DevError> {
    let key = SigningKey::Shared(secret.clone());
    let kid = String::from("shared");
    NamedKey { key, kid }.mint(token)
}

#[derive(Debug)]
struct NamedKey {
    key: SigningKey,
    kid: String,
}

impl NamedKey {
    fn jwks_json(&self) -> String {
        let keys: Vec<Value> = self.key.jwk(&self.kid).into_iter().collect();
        json!({ "keys": keys }).to_string()
    }

    fn jwks(&self) -> JwkSet {
        JwkSet::parse(self.jwks_json().as_bytes()).unwrap_or_default()
    }

    fn header(&self) -> Value {
        json!({ "alg": self.key.algorithm().name(), "kid": self.kid })
    }

    fn mint(&self, token: &TokenRequest) -> Result<String, DevError> {
        let claims = serde_json::to_vec(&token.claims())?;
        self.sign(self.header().to_string().as_bytes(), &claims)
    }

    fn sign(&self, header: &[u8], payload: &[u8]) -> Result<String, DevError> {
        let signed = format!("{}.{}", base64url::encode(header), base64url::encode(payload));
        let signature = base64url::encode(self.key.sign(signed.as_bytes())?);
        Ok(format!("{signed}.{signature}"))
    }
}

fn read_or_create(path: &Path) -> Result<Ed25519KeyPair, DevError> {
    if !path.exists() {
        create(path)?;
    }
    let bytes = fs::read(path).map_err(|source| failed("read", path, source))?;
    Ed25519KeyPair::from_pkcs8(&bytes).map_err(|_| DevError::NotAKey(path.to_owned()))
}

/// Writes the key beside its place and links it there: of two first starts at once one wins, and nobody ever reads half
/// a key.
fn create(path: &Path) -> Result<(), DevError> {
    let document = Ed25519KeyPair::generate()?.to_pkcs8v1()?;
    let draft = draft(path);
    let written = write_private(&draft, document.as_ref());
    let placed = written.and_then(|()| match fs::hard_link(&draft, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(_) => fs::rename(&draft, path), // Not every file system has links.
        Ok(()) => Ok(()),
    });
    // The draft is of no use any more, whatever happened.
    let _removed = fs::remove_file(&draft);
    placed.map_err(|source| failed("create", path, source))
}

/// Replaces the JWKS as a whole, when it is not there as it should be.
fn publish(path: &Path, text: &str) -> Result<(), DevError> {
    if fs::read_to_string(path).is_ok_and(|present| present == text) {
        return Ok(());
    }
    let draft = draft(path);
    let placed = fs::write(&draft, text).and_then(|()| fs::rename(&draft, path));
    placed.map_err(|source| failed("write", path, source))
}

/// A name beside `path` that nobody else writes to.
fn draft(path: &Path) -> PathBuf {
    path.with_extension(format!(
        "{:016x}",
        RandomState::new().hash_one(std::process::id())
    ))
}

fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn failed(doing: &'static str, path: &Path, source: io::Error) -> DevError {
    DevError::File {
        doing,
        path: path.to_owned(),
        source,
    }
}
