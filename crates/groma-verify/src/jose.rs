//! Compact JWS by the byte: taking tokens apart, tampering with them, and signing with keys that the issuer
//! does not have.
//!
//! Knows nothing of designs and nothing of HTTP.

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
    Ed25519KeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value as Json};

/// The three parts of a token, still encoded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Parts<'a> {
    pub(crate) header: &'a str,
    pub(crate) claims: &'a str,
    pub(crate) signature: &'a str,
}

/// Takes a token apart.
pub(crate) fn split(token: &str) -> Option<Parts<'_>> {
    let mut parts = token.split('.');
    let split = Parts {
        header: parts.next()?,
        claims: parts.next()?,
        signature: parts.next()?,
    };
    parts.next().is_none().then_some(split)
}

/// The claims of a token, unverified.
pub(crate) fn claims(token: &str) -> Option<Map<String, Json>> {
    object(split(token)?.claims)
}

/// The header of a token.
pub(crate) fn header(token: &str) -> Option<Map<String, Json>> {
    object(split(token)?.header)
}

fn object(part: &str) -> Option<Map<String, Json>> {
    match serde_json::from_slice(&decode(part)?).ok()? {
        Json::Object(object) => Some(object),
        _ => None,
    }
}

/// Base64url without padding.
pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes of base64url without padding.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// The part of a token that is signed.
pub(crate) fn signing_input(header: &str, claims: &str) -> String {
    format!("{}.{}", encode(header), encode(claims))
}

/// A token with this signature.
pub(crate) fn token(header: &str, claims: &str, signature: &[u8]) -> String {
    format!("{}.{}", signing_input(header, claims), encode(signature))
}

/// Signs with HMAC-SHA-256 under any secret.
pub(crate) fn sign_hmac(secret: &[u8], header: &str, claims: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let tag = hmac::sign(&key, signing_input(header, claims).as_bytes());
    token(header, claims, tag.as_ref())
}

/// A key that the issuer does not have, of the algorithm that a header names; with its public JWK.
pub(crate) struct Foreign {
    key: ForeignKey,
    /// Its public half as a JWK without `kid`.
    pub(crate) jwk: Json,
}

enum ForeignKey {
    Ed25519(Ed25519KeyPair),
    Ecdsa(EcdsaKeyPair),
    Secret(Vec<u8>),
}

impl Foreign {
    /// A fresh key for an algorithm; `None` for one that this crate makes no keys of.
    pub(crate) fn generate(algorithm: &str) -> Option<Self> {
        match algorithm {
            "EdDSA" | "Ed25519" => ed25519(),
            "ES256" => ecdsa(&ECDSA_P256_SHA256_FIXED_SIGNING, "P-256"),
            "ES512" => ecdsa(&ECDSA_P521_SHA512_FIXED_SIGNING, "P-521"),
            "HS256" => {
                let secret = b"a secret that the issuer never had".to_vec();
                let jwk = serde_json::json!({"kty": "oct", "k": encode(&secret)});
                Some(Self {
                    key: ForeignKey::Secret(secret),
                    jwk,
                })
            }
            _ => None,
        }
    }

    /// Signs as the header says.
    pub(crate) fn sign(&self, header: &str, claims: &str) -> Option<String> {
        let input = signing_input(header, claims);
        let signature = match &self.key {
            ForeignKey::Ed25519(pair) => pair.sign(input.as_bytes()).as_ref().to_vec(),
            ForeignKey::Ecdsa(pair) => pair
                .sign(&SystemRandom::new(), input.as_bytes())
                .ok()?
                .as_ref()
                .to_vec(),
            ForeignKey::Secret(secret) => return Some(sign_hmac(secret, header, claims)),
        };
        Some(token(header, claims, &signature))
    }
}

fn ed25519() -> Option<Foreign> {
    use aws_lc_rs::signature::KeyPair;
    let pair = Ed25519KeyPair::generate().ok()?;
    let jwk = serde_json::json!({"kty": "OKP", "crv": "Ed25519", "x": encode(pair.public_key())});
    Some(Foreign {
        key: ForeignKey::Ed25519(pair),
        jwk,
    })
}

fn ecdsa(algorithm: &'static EcdsaSigningAlgorithm, curve: &str) -> Option<Foreign> {
    use aws_lc_rs::signature::KeyPair;
    let pair = EcdsaKeyPair::generate(algorithm).ok()?;
    // An uncompressed point: one byte of form, then x and y of equal length.
    let point = pair.public_key().as_ref().get(1..)?;
    let (x, y) = point.split_at(point.len() / 2);
    let jwk = serde_json::json!({"kty": "EC", "crv": curve, "x": encode(x), "y": encode(y)});
    Some(Foreign {
        key: ForeignKey::Ecdsa(pair),
        jwk,
    })
}
