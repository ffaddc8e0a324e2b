//! JWK sets: which keys are used, and which key is meant.

use serde_json::{Value, json};

use super::super::base64url;
use super::super::{ConfigError, JwkSet, JwkSetError, KeySource, is_development_key};
use super::*;

fn set(keys: &[Value]) -> JwkSet {
    JwkSet::parse(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
}

/// Why the only key of a set is not used, if it is not.
fn skipped(key: &Value) -> Option<&'static str> {
    set(std::slice::from_ref(key))
        .skipped()
        .first()
        .map(|key| key.why)
}

fn judge_keys(keys: &[Value], allowed: &[Algorithm], token: &str) -> Verdict {
    let mut config = config(ed());
    config.algorithms = allowed.to_vec();
    config.keys = KeySource::Static(set(keys));
    judge(config, token)
}

fn good(issuer: &TestIssuer) -> String {
    issuer.sign(&issuer.header(), &claims()).unwrap()
}

#[test]
fn a_key_without_alg_takes_it_from_its_curve() {
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Es512] {
        let issuer = issuer(algorithm);
        let key = with(with(issuer.jwk(), "alg", Value::Null), "use", Value::Null);
        accepted(&judge_keys(&[key], &Algorithm::ALL[..5], &good(issuer)));
    }
}

#[test]
fn an_rsa_key_without_alg_needs_an_allow_list_with_one_rsa_algorithm() {
    for algorithm in [Algorithm::Rs256, Algorithm::Ps256] {
        let issuer = issuer(algorithm);
        let bare = with(issuer.jwk(), "alg", Value::Null);
        accepted(&judge_keys(
            std::slice::from_ref(&bare),
            &[Algorithm::EdDsa, algorithm],
            &good(issuer),
        ));
        let both = [bare, with(ed().jwk(), "kid", "ed")];
        let verdict = judge_keys(
            &both,
            &[Algorithm::EdDsa, Algorithm::Rs256, Algorithm::Ps256],
            &good(issuer),
        );
        assert!(verdict.is_err());
    }
}

#[test]
fn alg_of_a_key_must_belong_to_its_type() {
    let cases = [
        (Algorithm::EdDsa, "ES256"),
        (Algorithm::Es256, "ES512"),
        (Algorithm::Es256, "RS256"),
        (Algorithm::Rs256, "HS256"),
        (Algorithm::Rs256, "EdDSA"),
    ];
    for (algorithm, alg) in cases {
        let why = skipped(&with(issuer(algorithm).jwk(), "alg", alg));
        assert_eq!(
            why,
            Some("its `alg` does not belong to its type and curve"),
            "{algorithm} as {alg}"
        );
    }
    assert_eq!(skipped(&with(ed().jwk(), "alg", "Ed25519")), None);
    assert_eq!(
        skipped(&with(ed().jwk(), "alg", "RSA-OAEP")),
        Some("its `alg` is not known")
    );
    assert_eq!(
        skipped(&with(ed().jwk(), "alg", 1)),
        Some("its `alg` is not text")
    );
}

#[test]
fn use_and_key_ops_must_allow_verifying() {
    assert_eq!(skipped(&with(ed().jwk(), "use", Value::Null)), None);
    assert_eq!(skipped(&with(ed().jwk(), "key_ops", json!(["verify"]))), None);
    for wrong in [json!("enc"), json!("SIG"), json!(1)] {
        assert_eq!(
            skipped(&with(ed().jwk(), "use", wrong)),
            Some("its `use` is not `sig`")
        );
    }
    for wrong in [json!([]), json!(["sign"]), json!("verify"), json!(["encrypt", 1])] {
        assert_eq!(
            skipped(&with(ed().jwk(), "key_ops", wrong)),
            Some("its `key_ops` do not have `verify`")
        );
    }
}

#[test]
fn a_key_that_is_not_understood_does_not_spoil_the_others() {
    let keys = [
        json!("text"),
        json!({}),
        json!({ "kty": "OKP", "crv": "Ed448", "x": "AAAA" }),
        json!({ "kty": "AKP", "alg": "ML-DSA-44", "pub": "AAAA" }),
        json!({ "kty": "EC", "crv": "secp256k1", "x": "AAAA", "y": "AAAA" }),
        json!({ "kty": "oct", "k": "AAAA", "kid": "secret" }),
        json!({ "kty": "OKP", "crv": "Ed25519", "x": "AAAA", "kid": 7 }),
        ed().jwk(),
    ];
    assert_eq!(set(&keys).skipped().len(), 7);
    accepted(&judge_keys(&keys, &[Algorithm::EdDsa], &good(ed())));
}

#[test]
fn secrets_and_private_keys_are_not_taken_from_a_set() {
    let oct = json!({ "kty": "oct", "k": base64url::encode([7; 32]), "alg": "HS256", "kid": KID });
    assert!(skipped(&oct).unwrap().contains("secret"));
    let private = with(ed().jwk(), "d", "AAAA");
    assert!(skipped(&private).unwrap().contains("private"));
}

#[test]
fn numbers_of_the_wrong_size_or_form_are_refused() {
    let x = ed().jwk()["x"].as_str().unwrap().to_owned();
    // The same key with the frame of a certificate around it: another spelling, which no JWK has.
    let frame = [
        0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
    ];
    let spki = [&frame[..], &base64url::decode(&x).unwrap()].concat();
    for wrong in [
        json!(format!("{x}=")),
        json!(&x[1..]),
        json!(base64url::encode([9; 31])),
        json!(base64url::encode([9; 33])),
        json!(base64url::encode(spki)),
        json!(""),
        json!(7),
        Value::Null,
    ] {
        assert_eq!(
            skipped(&with(ed().jwk(), "x", wrong)),
            Some("its `x` is not 32 bytes")
        );
    }
    let es = issuer(Algorithm::Es256).jwk();
    let short = base64url::encode([1; 31]);
    assert!(skipped(&with(es.clone(), "x", short)).is_some());
    assert!(skipped(&with(es, "crv", "P-521")).is_some());
}

#[test]
fn a_point_off_the_curve_is_refused() {
    let es = issuer(Algorithm::Es256);
    let key = with(es.jwk(), "y", base64url::encode([1; 32]));
    let mut config = config(es);
    config.keys = KeySource::Static(set(&[key]));
    let error = run(Verifier::new(config)).unwrap_err();
    assert!(
        matches!(&error, ConfigError::NoUsableKey(why) if why.contains("key-1")),
        "{error}"
    );
}

#[test]
fn weak_rsa_keys_are_refused() {
    let modulus =
        |first: u8, bytes: usize| base64url::encode([&[first][..], &vec![0x55; bytes - 2], &[0x77]].concat());
    let why = |n: String, e: &str| skipped(&json!({ "kty": "RSA", "alg": "RS256", "n": n, "e": e }));
    let short = Some("its modulus has fewer than 2048 bits");
    assert_eq!(why(modulus(0x83, 256), "AQAB"), None);
    assert_eq!(why(modulus(0x7f, 256), "AQAB"), short);
    assert_eq!(why(modulus(0xc3, 255), "AQAB"), short);
    assert_eq!(why(modulus(0xc3, 128), "AQAB"), short);
    assert_eq!(why(modulus(0xc3, 1024), "AQAB"), None);
    assert_eq!(
        why(modulus(0x01, 1025), "AQAB"),
        Some("its modulus has more than 8192 bits")
    );
    for exponent in ["AQ", "AA", "", "BA"] {
        assert!(why(modulus(0xc3, 256), exponent).is_some(), "exponent {exponent}");
    }
}

#[test]
fn the_fingerprint_of_flawed_chips_is_found() {
    // A power of 65537 has the fingerprint modulo every prime; a sound key does not.
    let roca = (0..15).fold(vec![1_u8], |number, _| times_65537(&number));
    let padded = (0..130).fold(roca, |number, _| times_65537(&number));
    let why =
        skipped(&json!({ "kty": "RSA", "n": base64url::encode(&padded[padded.len() - 290..]), "e": "AQAB" }));
    assert_eq!(why, None, "a part of it is an ordinary number");
    let why = skipped(&json!({ "kty": "RSA", "n": base64url::encode(&padded), "e": "AQAB" }));
    assert!(why.unwrap().contains("ROCA"));
    assert_eq!(skipped(&issuer(Algorithm::Rs256).jwk()), None);
}

/// `number · (2^16 + 1)`, big-endian.
fn times_65537(number: &[u8]) -> Vec<u8> {
    let shifted = [number, &[0, 0]].concat();
    let mut sum = vec![0; shifted.len()];
    let mut carry = 0;
    for at in (0..shifted.len()).rev() {
        let low = at.checked_sub(2).map_or(0, |at| u16::from(number[at]));
        let total = u16::from(shifted[at]) + low + carry;
        sum[at] = u8::try_from(total & 0xff).unwrap();
        carry = total >> 8;
    }
    if carry > 0 { [&[1][..], &sum].concat() } else { sum }
}

#[test]
fn leading_zeros_of_a_modulus_do_not_matter() {
    let rs = issuer(Algorithm::Rs256);
    let bytes = base64url::decode(rs.jwk()["n"].as_str().unwrap()).unwrap();
    let key = with(rs.jwk(), "n", base64url::encode([&[0][..], &bytes].concat()));
    accepted(&judge_keys(&[key], &[Algorithm::Rs256], &good(rs)));
}

#[test]
fn the_key_is_found_by_its_kid() {
    let (first, second) = (
        TestIssuer::generate(Algorithm::EdDsa, "a").unwrap(),
        TestIssuer::generate(Algorithm::EdDsa, "b").unwrap(),
    );
    let keys = [first.jwk(), second.jwk()];
    accepted(&judge_keys(&keys, &[Algorithm::EdDsa], &good(&first)));
    accepted(&judge_keys(&keys, &[Algorithm::EdDsa], &good(&second)));
    let swapped = first.sign(&second.header(), &claims()).unwrap();
    refused(
        &judge_keys(&keys, &[Algorithm::EdDsa], &swapped),
        Reason::Signature,
    );
    for kid in [
        "c",
        "",
        "A",
        "../../../../dev/null",
        "a' OR 1=1 --",
        "a\0",
        &"k".repeat(4_000),
    ] {
        let token = first.sign(&with(first.header(), "kid", kid), &claims()).unwrap();
        refused(
            &judge_keys(&keys, &[Algorithm::EdDsa], &token),
            Reason::UnknownKey,
        );
    }
    let token = first.sign(&with(first.header(), "kid", 1), &claims()).unwrap();
    refused(
        &judge_keys(&keys, &[Algorithm::EdDsa], &token),
        Reason::Header("kid"),
    );
}

#[test]
fn a_token_without_kid_needs_exactly_one_fitting_key() {
    let other = TestIssuer::generate(Algorithm::EdDsa, "other").unwrap();
    let es = issuer(Algorithm::Es256);
    let token = ed().sign(&json!({ "alg": "EdDSA" }), &claims()).unwrap();
    let allowed = [Algorithm::EdDsa, Algorithm::Es256];
    accepted(&judge_keys(&[ed().jwk()], &allowed, &token));
    accepted(&judge_keys(
        &[ed().jwk(), with(es.jwk(), "kid", "es")],
        &allowed,
        &token,
    ));
    refused(
        &judge_keys(&[ed().jwk(), other.jwk()], &allowed, &token),
        Reason::AmbiguousKey,
    );
    refused(&judge_keys(&[es.jwk()], &allowed, &token), Reason::AmbiguousKey);
}

#[test]
fn a_kid_of_two_keys_names_none() {
    let twin = TestIssuer::generate(Algorithm::EdDsa, KID).unwrap();
    let keys = [ed().jwk(), twin.jwk()];
    refused(
        &judge_keys(&keys, &[Algorithm::EdDsa], &good(ed())),
        Reason::AmbiguousKey,
    );
    refused(
        &judge_keys(&keys, &[Algorithm::EdDsa], &good(&twin)),
        Reason::AmbiguousKey,
    );
    accepted(&judge_keys(
        &[ed().jwk(), ed().jwk()],
        &[Algorithm::EdDsa],
        &good(ed()),
    ));
}

#[test]
fn a_set_is_an_object_with_a_list_of_keys() {
    for (text, error) in [
        ("", JwkSetError::Json),
        ("[]", JwkSetError::Json),
        (r#"{"keys":[],"keys":[]}"#, JwkSetError::Json),
        ("{}", JwkSetError::Keys),
        (r#"{"keys":{}}"#, JwkSetError::Keys),
    ] {
        assert_eq!(JwkSet::parse(text.as_bytes()), Err(error), "{text}");
    }
    let crowd = json!({ "keys": vec![json!({}); 257] }).to_string();
    assert_eq!(JwkSet::parse(crowd.as_bytes()), Err(JwkSetError::TooManyKeys));
}

#[test]
fn a_development_key_is_known_by_its_name() {
    let dev = TestIssuer::generate(Algorithm::EdDsa, "groma-dev-x").unwrap();
    assert!(is_development_key(&set(&[ed().jwk(), dev.jwk()])));
    assert!(!is_development_key(&set(&[ed().jwk()])));
    assert!(!is_development_key(&set(&[])));
}
