//! Reads a JSON Web Key Set (RFC 7517): what each key is, by its own words.
//!
//! A key that is not understood or not sound is left out with a reason and does not spoil the others.

use serde_json::{Map, Value};
use thiserror::Error;

use super::config::Algorithm;
use super::{base64url, json, weak};

/// The `kid` of every key that [`super::dev`] makes starts like this.
pub(super) const DEVELOPMENT_PREFIX: &str = "groma-dev-";

const MAX_KEYS: usize = 256;

/// The public signature keys of an issuer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JwkSet {
    keys: Vec<Jwk>,
    skipped: Vec<SkippedKey>,
}

/// A key of a set that is not used, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkippedKey {
    /// The key's own name, when it has one.
    pub kid: Option<String>,
    /// What keeps it from being used.
    pub why: &'static str,
}

/// Bytes that are no JWKS at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum JwkSetError {
    /// Not one JSON object.
    #[error("a JWKS is one JSON object without duplicate names, and this is not")]
    Json,
    /// An object without `keys`.
    #[error("a JWKS has a list named `keys`, and this has none")]
    Keys,
    /// More keys than an issuer has.
    #[error("a JWKS with more than 256 keys is not read")]
    TooManyKeys,
}

/// One sound public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Jwk {
    pub(super) kid: Option<String>,
    /// What `alg` says; when it says nothing, `material` decides.
    pub(super) declared: Option<Algorithm>,
    pub(super) material: Material,
}

/// The numbers of a public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Material {
    /// The encoded point.
    Ed25519(Vec<u8>),
    /// The uncompressed point.
    P256(Vec<u8>),
    /// The uncompressed point.
    P521(Vec<u8>),
    /// Big-endian numbers without leading zeros.
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
}

impl JwkSet {
    /// Reads the bytes of a JWKS.
    pub fn parse(bytes: &[u8]) -> Result<Self, JwkSetError> {
        let document = json::object(bytes).ok_or(JwkSetError::Json)?;
        let Some(Value::Array(entries)) = document.get("keys") else {
            return Err(JwkSetError::Keys);
        };
        if entries.len() > MAX_KEYS {
            return Err(JwkSetError::TooManyKeys);
        }
        let mut set = Self::default();
        for entry in entries {
            match Jwk::parse(entry) {
                Ok(key) => set.keys.push(key),
                Err(skipped) => set.skipped.push(skipped),
            }
        }
        Ok(set)
    }

    /// The keys that were left out.
    pub fn skipped(&self) -> &[SkippedKey] {
        &self.skipped
    }

    pub(super) fn keys(&self) -> &[Jwk] {
        &self.keys
    }
}

/// Whether a set has a key that [`super::dev`] made. A production start refuses such a set.
pub fn is_development_key(set: &JwkSet) -> bool {
    let mut names = set.keys.iter().filter_map(|key| key.kid.as_deref());
    names.any(|kid| kid.starts_with(DEVELOPMENT_PREFIX))
}

impl Jwk {
    fn parse(entry: &Value) -> Result<Self, SkippedKey> {
        let Value::Object(members) = entry else {
            return Err(SkippedKey {
                kid: None,
                why: "it is not a JSON object",
            });
        };
        let named = match members.get("kid") {
            None => Ok(None),
            Some(Value::String(kid)) => Ok(Some(kid.clone())),
            Some(_) => Err("its `kid` is not text"),
        };
        let kid = named.map_err(|why| SkippedKey { kid: None, why })?;
        match sound_key(members) {
            Ok((declared, material)) => Ok(Self {
                kid,
                declared,
                material,
            }),
            Err(why) => Err(SkippedKey { kid, why }),
        }
    }

    /// The one algorithm that this key verifies. An RSA key that does not say leaves it to an allow-list with one RSA
    /// algorithm; with two it is not used, because the token would choose.
    pub(super) fn algorithm(&self, allowed: &[Algorithm]) -> Option<Algorithm> {
        match (&self.material, self.declared) {
            (_, Some(declared)) => Some(declared),
            (Material::Ed25519(_), None) => Some(Algorithm::EdDsa),
            (Material::P256(_), None) => Some(Algorithm::Es256),
            (Material::P521(_), None) => Some(Algorithm::Es512),
            (Material::Rsa { .. }, None) => only_rsa_algorithm(allowed),
        }
    }
}

fn only_rsa_algorithm(allowed: &[Algorithm]) -> Option<Algorithm> {
    let first = allowed.iter().copied().find(|algorithm| algorithm.is_rsa())?;
    let alone = allowed
        .iter()
        .all(|algorithm| !algorithm.is_rsa() || *algorithm == first);
    alone.then_some(first)
}

/// What `alg` says, and the numbers, of a key that may verify signatures.
fn sound_key(members: &Map<String, Value>) -> Result<(Option<Algorithm>, Material), &'static str> {
    check_purpose(members)?;
    if members.contains_key("d") {
        return Err("it holds a private key: publish the public part only, and make a new key");
    }
    let material = match text(members, "kty") {
        Some("OKP") => octet_key_pair(members)?,
        Some("EC") => elliptic_curve(members)?,
        Some("RSA") => rsa(members)?,
        Some("oct") => {
            return Err("it is a secret, which has no place in a JWKS: configure it as the secret");
        }
        Some(_) | None => return Err("its `kty` is not known"),
    };
    let declared = declared_algorithm(members)?;
    if declared.is_some_and(|algorithm| !fits(&material, algorithm)) {
        return Err("its `alg` does not belong to its type and curve");
    }
    Ok((declared, material))
}

/// `use` and `key_ops` must allow verifying (RFC 7517 §4.2, §4.3).
fn check_purpose(members: &Map<String, Value>) -> Result<(), &'static str> {
    if members
        .get("use")
        .is_some_and(|purpose| purpose.as_str() != Some("sig"))
    {
        return Err("its `use` is not `sig`");
    }
    let verifies = |operations: &Value| {
        operations
            .as_array()
            .is_some_and(|names| names.iter().any(|name| name.as_str() == Some("verify")))
    };
    if members
        .get("key_ops")
        .is_some_and(|operations| !verifies(operations))
    {
        return Err("its `key_ops` do not have `verify`");
    }
    Ok(())
}

fn declared_algorithm(members: &Map<String, Value>) -> Result<Option<Algorithm>, &'static str> {
    match members.get("alg") {
        None => Ok(None),
        Some(Value::String(name)) => name.parse().map(Some).map_err(|_| "its `alg` is not known"),
        Some(_) => Err("its `alg` is not text"),
    }
}

fn fits(material: &Material, algorithm: Algorithm) -> bool {
    match material {
        Material::Ed25519(_) => algorithm == Algorithm::EdDsa,
        Material::P256(_) => algorithm == Algorithm::Es256,
        Material::P521(_) => algorithm == Algorithm::Es512,
        Material::Rsa { .. } => algorithm.is_rsa(),
    }
}

fn octet_key_pair(members: &Map<String, Value>) -> Result<Material, &'static str> {
    if text(members, "crv") != Some("Ed25519") {
        return Err("its `crv` is not known");
    }
    let point = number(members, "x")
        .filter(|point| point.len() == 32)
        .ok_or("its `x` is not 32 bytes")?;
    if weak::is_small_order(&point) {
        return Err("it is a point of small order, for which anybody can make signatures");
    }
    Ok(Material::Ed25519(point))
}

fn elliptic_curve(members: &Map<String, Value>) -> Result<Material, &'static str> {
    match text(members, "crv") {
        Some("P-256") => Ok(Material::P256(point(members, 32)?)),
        Some("P-521") => Ok(Material::P521(point(members, 66)?)),
        Some(_) | None => Err("its `crv` is not known"),
    }
}

/// The uncompressed form of a point; whether it lies on the curve is found when the key is made.
fn point(members: &Map<String, Value>, width: usize) -> Result<Vec<u8>, &'static str> {
    let coordinate = |name| number(members, name).filter(|number| number.len() == width);
    let (Some(x), Some(y)) = (coordinate("x"), coordinate("y")) else {
        return Err("its `x` and `y` do not have the width of the curve");
    };
    Ok([&[0x04], x.as_slice(), y.as_slice()].concat())
}

fn rsa(members: &Map<String, Value>) -> Result<Material, &'static str> {
    let (Some(modulus), Some(exponent)) = (number(members, "n"), number(members, "e")) else {
        return Err("its `n` or `e` is missing or not base64url");
    };
    let (modulus, exponent) = (without_leading_zeros(modulus), without_leading_zeros(exponent));
    weak::check_rsa(&modulus, &exponent)?;
    Ok(Material::Rsa { modulus, exponent })
}

/// RFC 7518 §6.3.1.1 forbids leading zeros and some issuers send them; they do not change the number.
fn without_leading_zeros(mut number: Vec<u8>) -> Vec<u8> {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.drain(..zeros);
    number
}

fn text<'m>(members: &'m Map<String, Value>, name: &str) -> Option<&'m str> {
    members.get(name).and_then(Value::as_str)
}

fn number(members: &Map<String, Value>, name: &str) -> Option<Vec<u8>> {
    base64url::decode(text(members, name)?)
}
