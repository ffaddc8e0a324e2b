//! Tokens: an issuer of Ed25519 keys, and their verification by the rules of the contract.

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use serde_json::{Map, Value as Json, json};

use groma_ir::design::Auth;

use super::Bug;
use crate::jose;
use crate::tokens::{Identity, MintError, Minter, TokenSpec, identity};

pub(crate) const ISSUER: &str = "https://issuer.test";
pub(crate) const AUDIENCE: &str = "https://tasks.test";
const LEEWAY: f64 = 30.0;

/// Makes tokens with one key.
pub(crate) struct Issuer {
    pair: Ed25519KeyPair,
    /// Whether it lets others sign with its key.
    pub(crate) can_sign: bool,
}

impl Issuer {
    pub(crate) fn new() -> Self {
        Self {
            pair: Ed25519KeyPair::generate().unwrap(),
            can_sign: true,
        }
    }

    pub(crate) fn public(&self) -> Vec<u8> {
        self.pair.public_key().as_ref().to_vec()
    }

    pub(crate) fn seal(&self, header: &str, claims: &str) -> String {
        let input = jose::signing_input(header, claims);
        jose::token(header, claims, self.pair.sign(input.as_bytes()).as_ref())
    }
}

impl Minter for Issuer {
    fn mint(&self, user: &TokenSpec) -> Result<String, MintError> {
        let now = jiff::Timestamp::now().as_second();
        let mut claims = user.claims.clone();
        claims.insert("sub".into(), json!(user.subject));
        claims.insert("iss".into(), json!(ISSUER));
        claims.insert("aud".into(), json!(AUDIENCE));
        claims.insert("iat".into(), json!(now));
        claims.insert("exp".into(), json!(now + 3600));
        if !user.roles.is_empty() {
            claims.insert("role".into(), json!(user.roles.join(",")));
        }
        let header = json!({"alg": "EdDSA", "typ": "JWT", "kid": "k1"});
        Ok(self.seal(&header.to_string(), &Json::Object(claims).to_string()))
    }

    fn sign(&self, header: &str, claims: &str) -> Option<Result<String, MintError>> {
        self.can_sign.then(|| Ok(self.seal(header, claims)))
    }

    fn jwks(&self) -> Option<String> {
        let x = jose::encode(self.public());
        Some(json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "k1", "x": x}]}).to_string())
    }

    fn command(&self, user: &TokenSpec) -> Option<String> {
        Some(format!("groma token --sub {}", user.subject))
    }
}

/// The caller of a request: who, nobody, or a refusal.
pub(super) fn verify(
    auth: &Auth,
    key: &[u8],
    values: &[&[u8]],
    has: &dyn Fn(Bug) -> bool,
) -> Result<Option<Identity>, Refusal> {
    let value = match values {
        [] => return Ok(None),
        [value] => *value,
        _ => return Err(Refusal::Token),
    };
    let token = std::str::from_utf8(value)
        .ok()
        .and_then(|text| text.strip_prefix("Bearer "));
    let token = token
        .filter(|token| !token.contains([' ', ',', '"']))
        .ok_or(Refusal::Token)?;
    if token.len() > 8192 {
        return Err(Refusal::Token);
    }
    let header = jose::header(token).ok_or(Refusal::Token)?;
    let claims = jose::claims(token).ok_or(Refusal::Token)?;
    check_signature(key, token, &header, has)?;
    check_claims(&claims, has)?;
    identity(auth, token, "").map(Some).map_err(|_| Refusal::Token)
}

/// Why a caller is not known.
pub(super) enum Refusal {
    Token,
    Fault,
}

fn check_signature(
    key: &[u8],
    token: &str,
    header: &Map<String, Json>,
    has: &dyn Fn(Bug) -> bool,
) -> Result<(), Refusal> {
    let algorithm = header.get("alg").and_then(Json::as_str).unwrap_or_default();
    if has(Bug::TakesNone) && algorithm.eq_ignore_ascii_case("none") {
        return Ok(());
    }
    if has(Bug::IgnoresSignature) {
        return Ok(());
    }
    let (input, signature) = token.rsplit_once('.').ok_or(Refusal::Token)?;
    let signature = jose::decode(signature).ok_or(Refusal::Token)?;
    if has(Bug::TakesPublicKeyAsSecret) && algorithm == "HS256" {
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, key);
        return aws_lc_rs::hmac::verify(&key, input.as_bytes(), &signature).map_err(|_| Refusal::Token);
    }
    if algorithm != "EdDSA" || header.contains_key("crit") && !has(Bug::IgnoresCrit) {
        return Err(Refusal::Token);
    }
    let embedded = header
        .get("jwk")
        .and_then(|jwk| jose::decode(jwk.get("x")?.as_str()?));
    let key = embedded
        .filter(|_| has(Bug::TakesEmbeddedKey))
        .unwrap_or_else(|| key.to_vec());
    match header.get("kid") {
        Some(Json::String(kid)) if kid == "k1" => {}
        None => {}
        Some(_) if has(Bug::FailsOnUnknownKid) => return Err(Refusal::Fault),
        Some(_) => return Err(Refusal::Token),
    }
    UnparsedPublicKey::new(&ED25519, &key)
        .verify(input.as_bytes(), &signature)
        .map_err(|_| Refusal::Token)
}

fn check_claims(claims: &Map<String, Json>, has: &dyn Fn(Bug) -> bool) -> Result<(), Refusal> {
    #[expect(clippy::cast_precision_loss, reason = "seconds of this era")]
    let now = jiff::Timestamp::now().as_second() as f64;
    let time = |name: &str| match claims.get(name) {
        None => Ok(None),
        Some(value) => value.as_f64().map(Some).ok_or(Refusal::Token),
    };
    if !has(Bug::IgnoresExp) && time("exp")?.ok_or(Refusal::Token)? + LEEWAY <= now {
        return Err(Refusal::Token);
    }
    let is_future = |at: Option<f64>| at.is_some_and(|at| at - LEEWAY > now);
    if !has(Bug::IgnoresNbf) && (is_future(time("nbf")?) || is_future(time("iat")?)) {
        return Err(Refusal::Token);
    }
    if !has(Bug::IgnoresIssuer) && claims.get("iss") != Some(&json!(ISSUER)) {
        return Err(Refusal::Token);
    }
    let is_ours = match claims.get("aud") {
        Some(Json::Array(all)) => all.contains(&json!(AUDIENCE)) && !has(Bug::RefusesAudienceList),
        other => other == Some(&json!(AUDIENCE)),
    };
    if !is_ours && !has(Bug::IgnoresAudience) {
        return Err(Refusal::Token);
    }
    match claims.get("sub").and_then(Json::as_str) {
        Some(subject) if !subject.is_empty() => Ok(()),
        _ => Err(Refusal::Token),
    }
}
