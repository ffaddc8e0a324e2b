//! Private keys of all the algorithms, the public half as a JWK, and signatures.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
    KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaKeyPair,
};
use aws_lc_rs::{hmac, rand, signature};
use serde_json::{Value, json};

use super::DevError;
use crate::auth::base64url;
use crate::auth::config::{Algorithm, Secret};

/// A private key and the algorithm that it signs with.
#[derive(Debug)]
pub(super) enum SigningKey {
    Ed25519(Ed25519KeyPair),
    P256(EcdsaKeyPair),
    P521(EcdsaKeyPair),
    Rsa(RsaKeyPair),
    RsaPss(RsaKeyPair),
    Shared(Secret),
}

impl SigningKey {
    pub(super) fn generate(algorithm: Algorithm) -> Result<Self, DevError> {
        Ok(match algorithm {
            Algorithm::EdDsa => Self::Ed25519(Ed25519KeyPair::generate()?),
            Algorithm::Es256 => Self::P256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?),
            Algorithm::Es512 => Self::P521(EcdsaKeyPair::generate(&ECDSA_P521_SHA512_FIXED_SIGNING)?),
            Algorithm::Rs256 => Self::Rsa(RsaKeyPair::generate(KeySize::Rsa2048)?),
            Algorithm::Ps256 => Self::RsaPss(RsaKeyPair::generate(KeySize::Rsa2048)?),
            Algorithm::Hs256 => Self::Shared(random_secret()?),
        })
    }

    pub(super) fn algorithm(&self) -> Algorithm {
        match self {
            Self::Ed25519(_) => Algorithm::EdDsa,
            Self::P256(_) => Algorithm::Es256,
            Self::P521(_) => Algorithm::Es512,
            Self::Rsa(_) => Algorithm::Rs256,
            Self::RsaPss(_) => Algorithm::Ps256,
            Self::Shared(_) => Algorithm::Hs256,
        }
    }

    /// The public half with `kid` and `alg`; `None` for a shared secret, which has none.
    pub(super) fn jwk(&self, kid: &str) -> Option<Value> {
        let mut jwk = self.public_members()?;
        for (name, value) in [("kid", kid), ("alg", self.algorithm().name()), ("use", "sig")] {
            if let Some(members) = jwk.as_object_mut() {
                members.insert(name.to_owned(), json!(value));
            }
        }
        Some(jwk)
    }

    /// The members that make the thumbprint of RFC 7638, in its order.
    fn public_members(&self) -> Option<Value> {
        Some(match self {
            Self::Ed25519(pair) => {
                json!({ "crv": "Ed25519", "kty": "OKP", "x": base64url::encode(pair.public_key()) })
            }
            Self::P256(pair) => point("P-256", pair.public_key().as_ref()),
            Self::P521(pair) => point("P-521", pair.public_key().as_ref()),
            Self::Rsa(pair) | Self::RsaPss(pair) => {
                let key = pair.public_key();
                let number = |bytes: &[u8]| base64url::encode(bytes);
                let exponent = number(key.exponent().big_endian_without_leading_zero());
                let modulus = number(key.modulus().big_endian_without_leading_zero());
                json!({ "e": exponent, "kty": "RSA", "n": modulus })
            }
            Self::Shared(_) => return None,
        })
    }

    /// A name that follows from the key (RFC 7638), so that the same key always has the same one.
    pub(super) fn thumbprint(&self) -> String {
        let members = self
            .public_members()
            .map(|members| members.to_string())
            .unwrap_or_default();
        base64url::encode(digest(&SHA256, members.as_bytes()))
    }

    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, DevError> {
        let random = rand::SystemRandom::new();
        match self {
            Self::Ed25519(pair) => Ok(pair.try_sign(message)?.as_ref().to_vec()),
            Self::P256(pair) | Self::P521(pair) => Ok(pair.sign(&random, message)?.as_ref().to_vec()),
            Self::Rsa(pair) => rsa(pair, &RSA_PKCS1_SHA256, message),
            Self::RsaPss(pair) => rsa(pair, &RSA_PSS_SHA256, message),
            Self::Shared(secret) => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, secret.bytes());
                Ok(hmac::sign(&key, message).as_ref().to_vec())
            }
        }
    }
}

fn rsa(
    pair: &RsaKeyPair,
    padding: &'static dyn signature::RsaEncoding,
    message: &[u8],
) -> Result<Vec<u8>, DevError> {
    let mut bytes = vec![0; pair.public_modulus_len()];
    pair.sign(padding, &rand::SystemRandom::new(), message, &mut bytes)?;
    Ok(bytes)
}

/// The JWK members of an uncompressed point, `04 x y`.
fn point(curve: &str, uncompressed: &[u8]) -> Value {
    let coordinates = uncompressed.get(1..).unwrap_or_default();
    let (x, y) = coordinates.split_at(coordinates.len() / 2);
    json!({ "crv": curve, "kty": "EC", "x": base64url::encode(x), "y": base64url::encode(y) })
}

fn random_secret() -> Result<Secret, DevError> {
    let mut bytes = vec![0; 32];
    rand::fill(&mut bytes)?;
    Ok(Secret::new(bytes))
}
