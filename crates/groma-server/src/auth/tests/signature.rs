//! Signatures: whose they are, over what, and by which algorithm.

use serde_json::{Value, json};

use super::super::base64url;
use super::super::{JwkSet, KeySource, Secret};
use super::*;

fn good(issuer: &TestIssuer) -> String {
    issuer.sign(&issuer.header(), &claims()).unwrap()
}

#[test]
fn every_algorithm_verifies_its_own_tokens() {
    for algorithm in Algorithm::ALL {
        let issuer = issuer(algorithm);
        let verdict = judge(config(issuer), &good(issuer));
        assert_eq!(
            verdict.as_ref().map(|claims| claims.subject()),
            Ok("user-1"),
            "{algorithm}"
        );
    }
}

#[test]
fn another_key_of_the_same_name_does_not_verify() {
    for algorithm in Algorithm::ALL {
        let stranger = TestIssuer::generate(algorithm, KID).unwrap();
        refused(
            &judge(config(issuer(algorithm)), &good(&stranger)),
            Reason::Signature,
        );
    }
}

#[test]
fn a_changed_byte_anywhere_is_refused() {
    let token = good(ed());
    run(async {
        let verifier = Verifier::new(config(ed())).await.unwrap();
        assert!(ask(&verifier, &token).await.is_ok());
        for at in 0..token.len() {
            for other in ["A", "x", "_", ".", "=", "+"] {
                let mut changed = token.clone();
                changed.replace_range(at..=at, other);
                if changed != token {
                    assert!(ask(&verifier, &changed).await.is_err(), "byte {at} as {other}");
                }
            }
        }
    });
}

#[test]
fn a_signature_of_zeros_or_of_another_length_is_refused() {
    for (algorithm, length) in [
        (Algorithm::EdDsa, 64),
        (Algorithm::Es256, 64),
        (Algorithm::Es512, 132),
        (Algorithm::Rs256, 256),
        (Algorithm::Ps256, 256),
        (Algorithm::Hs256, 32),
    ] {
        let token = good(issuer(algorithm));
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let bytes = base64url::decode(signature).unwrap();
        assert_eq!(bytes.len(), length, "{algorithm}");
        let longer = [bytes.as_slice(), &[0]].concat();
        let doubled = [bytes.as_slice(), &bytes].concat();
        for spoilt in [
            &vec![0; length][..],
            &vec![0xff; length],
            &bytes[1..],
            &bytes[..length - 1],
            &longer,
            &doubled,
            &[],
        ] {
            let other = format!("{signed}.{}", base64url::encode(spoilt));
            refused(&judge(config(issuer(algorithm)), &other), Reason::Signature);
        }
    }
}

#[test]
fn an_ecdsa_signature_in_der_is_refused() {
    // RFC 7518 §3.4 wants r and s side by side; DER would be a second spelling of the same signature.
    let token = good(issuer(Algorithm::Es256));
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let bytes = base64url::decode(signature).unwrap();
    let integer = |number: &[u8]| [&[0x02, 33, 0], number].concat();
    let (r, s) = bytes.split_at(32);
    let body = [integer(r), integer(s)].concat();
    let der = [&[0x30, u8::try_from(body.len()).unwrap()], body.as_slice()].concat();
    let other = format!("{signed}.{}", base64url::encode(der));
    refused(
        &judge(config(issuer(Algorithm::Es256)), &other),
        Reason::Signature,
    );
}

#[test]
fn a_public_key_is_never_a_secret() {
    // The classic confusion: HS256 with the bytes of the public key, in every form that an attacker can get them.
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Rs256] {
        let victim = issuer(algorithm);
        let public = victim.jwk();
        let number = public
            .get("x")
            .or(public.get("n"))
            .and_then(Value::as_str)
            .unwrap();
        for bytes in [
            base64url::decode(number).unwrap(),
            number.into(),
            victim.jwks_json().into(),
            public.to_string().into(),
        ] {
            let header = json!({ "alg": "HS256", "kid": KID });
            let signed = format!("{}.{}", encode(&header), encode(&claims()));
            let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &bytes);
            let tag = aws_lc_rs::hmac::sign(&key, signed.as_bytes());
            let token = format!("{signed}.{}", base64url::encode(tag));
            refused(&judge(config(victim), &token), Reason::AlgorithmNotAllowed);
        }
    }
}

fn encode(value: &Value) -> String {
    base64url::encode(value.to_string())
}

#[test]
fn a_secret_is_never_a_public_key() {
    let hs = issuer(Algorithm::Hs256);
    let token = good(issuer(Algorithm::Rs256));
    refused(&judge(config(hs), &token), Reason::AlgorithmNotAllowed);
}

#[test]
fn the_key_fixes_the_algorithm_even_within_the_allow_list() {
    // Both RSA algorithms are allowed, and each key still verifies only its own.
    let (rs, ps) = (issuer(Algorithm::Rs256), issuer(Algorithm::Ps256));
    let judge_with = |keys: &TestIssuer, token: &str| {
        let mut config = config(keys);
        config.algorithms = vec![Algorithm::Rs256, Algorithm::Ps256, Algorithm::EdDsa];
        judge(config, token)
    };
    accepted(&judge_with(rs, &good(rs)));
    accepted(&judge_with(ps, &good(ps)));
    refused(
        &judge_with(rs, &rs.sign(&ps.header(), &claims()).unwrap()),
        Reason::KeyMismatch,
    );
    refused(
        &judge_with(rs, &ps.sign(&ps.header(), &claims()).unwrap()),
        Reason::KeyMismatch,
    );
    refused(&judge_with(rs, &good(ed())), Reason::KeyMismatch);
    refused(
        &judge_with(rs, &ps.sign(&rs.header(), &claims()).unwrap()),
        Reason::Signature,
    );
}

#[test]
fn a_secret_does_not_look_at_the_kid() {
    let secret = "0123456789abcdef0123456789abcdef";
    let mut config = config(issuer(Algorithm::Hs256));
    config.keys = KeySource::Secret(Secret::new(secret));
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret.as_bytes());
    for header in [
        json!({ "alg": "HS256" }),
        json!({ "alg": "HS256", "kid": "../../dev/null" }),
    ] {
        let signed = format!("{}.{}", encode(&header), encode(&claims()));
        let tag = base64url::encode(aws_lc_rs::hmac::sign(&key, signed.as_bytes()));
        accepted(&judge(config.clone(), &format!("{signed}.{tag}")));
        refused(
            &judge(config.clone(), &format!("{signed}.{}", &tag[..20])),
            Reason::Signature,
        );
    }
}

#[test]
fn the_signature_is_checked_before_the_claims_are_read() {
    let stranger = TestIssuer::generate(Algorithm::EdDsa, KID).unwrap();
    for payload in [&b"not json"[..], br#"{"exp":0}"#] {
        let token = stranger
            .sign_bytes(ed().header().to_string().as_bytes(), payload)
            .unwrap();
        refused(&judge(config(ed()), &token), Reason::Signature);
    }
}

#[test]
fn a_point_of_small_order_would_let_anybody_sign() {
    // With the neutral element as the key, R = neutral and s = 0 is a signature over everything.
    let mut neutral = [0_u8; 32];
    neutral[0] = 1;
    let forged = [neutral, [0; 32]].concat();
    let key = aws_lc_rs::signature::UnparsedPublicKey::new(&aws_lc_rs::signature::ED25519, neutral);
    assert!(
        key.verify(b"anything", &forged).is_ok(),
        "if the library refuses this, the list in `weak` can go"
    );
    let jwks =
        json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "x": base64url::encode(neutral), "kid": KID }] });
    let set = JwkSet::parse(jwks.to_string().as_bytes()).unwrap();
    assert!(set.skipped()[0].why.contains("small order"));
}
