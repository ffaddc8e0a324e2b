//! The rules of the JWT contract, each one both ways: what must pass passes, what must not is refused for its reason.

mod arbitrary;
mod cache;
mod claims;
mod config;
mod dev;
mod header;
mod jwks_url;
mod keys;
mod loopback;
mod signature;
mod vectors;

use std::iter;
use std::sync::{Arc, LazyLock};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::dev::TestIssuer;
use super::{Algorithm, AuthError, Claims, Config, Reason, Verifier};

pub(super) const ISSUER: &str = "https://issuer.example";
pub(super) const AUDIENCE: &str = "https://api.example";
pub(super) const KID: &str = "key-1";

static ISSUERS: LazyLock<Vec<TestIssuer>> = LazyLock::new(|| {
    Algorithm::ALL
        .iter()
        .map(|algorithm| TestIssuer::generate(*algorithm, KID).unwrap())
        .collect()
});

/// The issuer of an algorithm, made once: RSA keys take their time.
pub(super) fn issuer(algorithm: Algorithm) -> &'static TestIssuer {
    ISSUERS
        .iter()
        .find(|issuer| issuer.algorithm() == algorithm)
        .unwrap()
}

pub(super) fn ed() -> &'static TestIssuer {
    issuer(Algorithm::EdDsa)
}

/// A strict configuration for the tokens of `issuer`.
pub(super) fn config(issuer: &TestIssuer) -> Config {
    let mut config = Config::new(vec![issuer.algorithm()], issuer.key_source());
    config.issuer = Some(ISSUER.to_owned());
    config.audience = vec![AUDIENCE.to_owned()];
    config
}

pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// Claims that every rule accepts.
pub(super) fn claims() -> Value {
    json!({ "sub": "user-1", "iss": ISSUER, "aud": AUDIENCE, "iat": now(), "exp": now() + 600 })
}

/// `object` with one member changed, or removed by `Null`.
pub(super) fn with(mut object: Value, name: &str, value: impl Into<Value>) -> Value {
    let members = object.as_object_mut().unwrap();
    match value.into() {
        Value::Null => drop(members.remove(name)),
        value => drop(members.insert(name.to_owned(), value)),
    }
    object
}

pub(super) type Verdict = Result<Arc<Claims>, AuthError>;

pub(super) fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

pub(super) async fn ask(verifier: &Verifier, token: &str) -> Verdict {
    let header = format!("Bearer {token}");
    verifier.verify(iter::once(header.as_bytes())).await
}

/// What a fresh verifier says of a token.
pub(super) fn judge(config: Config, token: &str) -> Verdict {
    run(async { ask(&Verifier::new(config).await.unwrap(), token).await })
}

/// What the strict configuration says of a token with this header and these claims.
pub(super) fn judge_parts(header: &Value, claims: &Value) -> Verdict {
    judge(config(ed()), &ed().sign(header, claims).unwrap())
}

#[track_caller]
pub(super) fn accepted(verdict: &Verdict) {
    assert!(verdict.is_ok(), "refused: {}", verdict.as_ref().unwrap_err());
}

#[track_caller]
pub(super) fn refused(verdict: &Verdict, reason: Reason) {
    assert_eq!(
        verdict.as_ref().map(|claims| claims.subject()),
        Err(&AuthError::Invalid(reason))
    );
}
