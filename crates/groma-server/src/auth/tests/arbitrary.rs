//! Whatever comes, nothing panics and nothing verifies that was not signed.

use std::sync::LazyLock;

use proptest::collection::vec;
use proptest::prelude::*;

use super::super::base64url;
use super::super::{JwkSet, json};
use super::*;

static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| run(Verifier::new(config(ed()))).unwrap());

fn ask_bytes(value: &[u8]) -> Verdict {
    run(VERIFIER.verify(std::iter::once(value)))
}

/// Text that is nearly JSON.
fn nearly_json() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"",
        "\"alg\"",
        "\"EdDSA\"",
        "\"kid\"",
        "\"key-1\"",
        "\"exp\"",
        "\"sub\"",
        "1",
        "-1",
        "1e999",
        "null",
        "true",
        "\\u0000",
        "\\ud800",
        "é",
        " ",
        "\"x\"",
    ]);
    vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(value in vec(any::<u8>(), 0..400)) {
        prop_assert!(ask_bytes(&value).is_err());
    }

    #[test]
    fn any_bytes_after_the_scheme(token in vec(any::<u8>(), 0..400)) {
        prop_assert!(ask_bytes(&[b"Bearer ", token.as_slice()].concat()).is_err());
    }

    #[test]
    fn any_three_parts(header in vec(any::<u8>(), 0..80), payload in vec(any::<u8>(), 0..80), end in vec(any::<u8>(), 0..80)) {
        let parts = [header, payload, end].map(base64url::encode);
        let verdict = ask_bytes(format!("Bearer {}", parts.join(".")).as_bytes());
        prop_assert!(verdict.is_err());
    }

    #[test]
    fn any_header_with_a_signature_of_nobody(header in nearly_json(), end in vec(any::<u8>(), 64)) {
        let parts = [header.into_bytes(), claims().to_string().into_bytes(), end].map(base64url::encode);
        let verdict = ask_bytes(format!("Bearer {}", parts.join(".")).as_bytes());
        prop_assert!(verdict.is_err());
    }

    #[test]
    fn any_claims_of_the_issuer_itself(payload in nearly_json()) {
        let token = ed().sign_bytes(ed().header().to_string().as_bytes(), payload.as_bytes()).unwrap();
        let verdict = ask_bytes(format!("Bearer {token}").as_bytes());
        prop_assert!(verdict.is_err());
    }

    #[test]
    fn a_good_token_with_bytes_changed(changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        static GOOD: LazyLock<String> = LazyLock::new(|| ed().sign(&ed().header(), &claims()).unwrap());
        let mut token = GOOD.clone().into_bytes();
        for (at, byte) in changes {
            let at = at.index(token.len());
            token[at] = byte;
        }
        prop_assume!(token != GOOD.as_bytes());
        prop_assert!(ask_bytes(&[b"Bearer ", token.as_slice()].concat()).is_err());
    }

    #[test]
    fn any_jwks(bytes in vec(any::<u8>(), 0..300), text in nearly_json()) {
        let _any = JwkSet::parse(&bytes);
        let _any = JwkSet::parse(text.as_bytes());
        let _any = JwkSet::parse(format!(r#"{{"keys":[{text}]}}"#).as_bytes());
    }

    #[test]
    fn strict_json_reads_what_a_lenient_reader_reads(text in nearly_json()) {
        if let Some(strict) = json::object(text.as_bytes()) {
            let lenient: serde_json::Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(serde_json::Value::Object(strict), lenient);
        }
    }
}
