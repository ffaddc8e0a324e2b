//! The keys that may verify a token under one configuration, and the search for the one that must.

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P521_SHA512_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA256, RsaParameters, RsaPublicKeyComponents,
};

use super::compact::{Compact, Header};
use super::config::{Algorithm, ConfigError, Secret};
use super::error::Reason;
use super::jwk::{Jwk, JwkSet, Material, SkippedKey};

/// A shared secret needs at least the bytes of the hash (RFC 7518 §3.2).
const MIN_SECRET_BYTES: usize = 32;

/// The usable keys.
#[derive(Debug)]
pub(super) enum KeySet {
    /// Public keys, found by `kid`.
    Public(Vec<Key>),
    /// The one secret; a `kid` in the token means nothing to it.
    Shared(Box<Key>),
}

/// A key with the one algorithm that it verifies.
#[derive(Debug)]
pub(super) struct Key {
    kid: Option<String>,
    algorithm: Algorithm,
    check: Check,
}

#[derive(Debug)]
enum Check {
    Public(ParsedPublicKey),
    Shared(Box<hmac::Key>),
}

impl KeySet {
    /// The keys of `set` that verify one of the `allowed` algorithms, and the others with the reason.
    pub(super) fn public(set: &JwkSet, allowed: &[Algorithm]) -> (Self, Vec<SkippedKey>) {
        let mut keys = Vec::new();
        let mut skipped = set.skipped().to_vec();
        for (index, jwk) in set.keys().iter().enumerate() {
            if set.keys().iter().take(index).any(|earlier| earlier == jwk) {
                continue; // The same key listed twice is one key.
            }
            match Key::public(jwk, allowed) {
                Ok(key) => keys.push(key),
                Err(why) => skipped.push(SkippedKey {
                    kid: jwk.kid.clone(),
                    why,
                }),
            }
        }
        (Self::Public(keys), skipped)
    }

    /// The set of a shared secret.
    pub(super) fn shared(secret: &Secret) -> Result<Self, ConfigError> {
        let bytes = secret.bytes();
        if bytes.len() < MIN_SECRET_BYTES {
            return Err(ConfigError::WeakSecret(bytes.len()));
        }
        let check = Check::Shared(Box::new(hmac::Key::new(hmac::HMAC_SHA256, bytes)));
        Ok(Self::Shared(Box::new(Key {
            kid: None,
            algorithm: Algorithm::Hs256,
            check,
        })))
    }

    /// Whether no token could verify.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            KeySet::Public(keys) => keys.is_empty(),
            KeySet::Shared(_) => false,
        }
    }

    /// The one key that must have signed a token with this header.
    ///
    /// A name leads to one key or to none. Without a name the algorithm must do so.
    pub(super) fn find(&self, header: &Header) -> Result<&Key, Reason> {
        let key = match (self, header.kid.as_deref()) {
            (KeySet::Shared(key), _) => key,
            (KeySet::Public(keys), Some(kid)) => only(
                keys.iter().filter(|key| key.kid.as_deref() == Some(kid)),
                Reason::UnknownKey,
            )?,
            (KeySet::Public(keys), None) => only(
                keys.iter().filter(|key| key.algorithm == header.algorithm),
                Reason::AmbiguousKey,
            )?,
        };
        // The key says what it is for; a token cannot make a secret of a public key.
        if key.algorithm == header.algorithm {
            Ok(key)
        } else {
            Err(Reason::KeyMismatch)
        }
    }
}

fn only<'k>(mut keys: impl Iterator<Item = &'k Key>, none: Reason) -> Result<&'k Key, Reason> {
    let key = keys.next().ok_or(none)?;
    if keys.next().is_some() {
        Err(Reason::AmbiguousKey)
    } else {
        Ok(key)
    }
}

impl Key {
    fn public(jwk: &Jwk, allowed: &[Algorithm]) -> Result<Self, &'static str> {
        let algorithm = jwk
            .algorithm(allowed)
            .ok_or("it has no `alg`, and the allow-list has not exactly one for RSA")?;
        if !allowed.contains(&algorithm) {
            return Err("its algorithm is not in the allow-list");
        }
        let parsed = match &jwk.material {
            Material::Ed25519(point) => ParsedPublicKey::new(&ED25519, point),
            Material::P256(point) => ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point),
            Material::P521(point) => ParsedPublicKey::new(&ECDSA_P521_SHA512_FIXED, point),
            Material::Rsa { modulus, exponent } => RsaPublicKeyComponents {
                n: modulus,
                e: exponent,
            }
            .to_parsed_public_key(rsa_parameters(algorithm)),
        };
        let public = parsed.map_err(|_| "its numbers are not those of a key")?;
        Ok(Self {
            kid: jwk.kid.clone(),
            algorithm,
            check: Check::Public(public),
        })
    }

    /// Checks the signature over header and payload.
    pub(super) fn verify(&self, token: &Compact<'_>) -> Result<(), Reason> {
        let verified = match &self.check {
            Check::Public(key) => key.verify_sig(token.signing_input, &token.signature),
            Check::Shared(key) => hmac::verify(key, token.signing_input, &token.signature),
        };
        verified.map_err(|_| Reason::Signature)
    }
}

fn rsa_parameters(algorithm: Algorithm) -> &'static RsaParameters {
    if algorithm == Algorithm::Ps256 {
        &RSA_PSS_2048_8192_SHA256
    } else {
        &RSA_PKCS1_2048_8192_SHA256
    }
}
