//! The `Authorization` header and the header of the token.

use serde_json::{Value, json};

use super::*;

fn judge_authorization(values: &[&[u8]]) -> Verdict {
    run(async {
        Verifier::new(config(ed()))
            .await
            .unwrap()
            .verify(values.iter().copied())
            .await
    })
}

fn token() -> String {
    ed().sign(&ed().header(), &claims()).unwrap()
}

#[test]
fn the_scheme_is_bearer_in_any_case() {
    for scheme in ["Bearer", "bearer", "BEARER", "Bearer  "] {
        accepted(&judge_authorization(
            &[format!("{scheme} {}", token()).as_bytes()],
        ));
    }
}

#[test]
fn no_header_is_missing_and_says_only_bearer() {
    let error = judge_authorization(&[]).unwrap_err();
    assert_eq!(error, AuthError::Missing);
    assert_eq!(error.challenge(), Some("Bearer"));
}

#[test]
fn another_scheme_or_no_token_is_malformed() {
    let token = token();
    let basic = format!("Basic {token}");
    let glued = format!("Bearer{token}");
    let tabbed = format!("Bearer\t{token}");
    let values: [&[u8]; 8] = [
        b"",
        b" ",
        b"Bearer",
        b"Bearer ",
        basic.as_bytes(),
        glued.as_bytes(),
        tabbed.as_bytes(),
        token.as_bytes(),
    ];
    for value in values {
        let error = judge_authorization(&[value]).unwrap_err();
        assert!(
            matches!(error, AuthError::Malformed(_)),
            "{error:?} for {value:?}"
        );
        assert_eq!(error.challenge(), Some("Bearer error=\"invalid_token\""));
    }
}

#[test]
fn two_headers_are_refused_even_when_both_are_good() {
    let value = format!("Bearer {}", token());
    let verdict = judge_authorization(&[value.as_bytes(), value.as_bytes()]);
    assert!(matches!(verdict, Err(AuthError::Malformed(_))));
}

#[test]
fn two_tokens_in_one_header_are_refused() {
    let value = format!("Bearer {}, Bearer {}", token(), token());
    assert!(judge_authorization(&[value.as_bytes()]).is_err());
}

#[test]
fn bytes_that_are_not_text_are_refused() {
    assert!(judge_authorization(&[b"Bearer \xff\xfe.\x00.\x80"]).is_err());
}

#[test]
fn a_token_has_exactly_three_parts() {
    let token = token();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let (header, payload) = signed.split_once('.').unwrap();
    accepted(&judge(config(ed()), &token));
    for parts in [
        signed.to_owned(),
        header.to_owned(),
        format!("{token}."),
        format!("{token}.{payload}"),
    ] {
        refused(&judge(config(ed()), &parts), Reason::NotThreeParts);
    }
    for parts in [format!("{signed}."), format!("{header}..{signature}")] {
        refused(&judge(config(ed()), &parts), Reason::Signature);
    }
    refused(
        &judge(config(ed()), &format!(".{payload}.{signature}")),
        Reason::Json("header"),
    );
}

#[test]
fn a_token_over_8_kib_is_refused_unread() {
    let sized = |bytes: usize| {
        let token = ed()
            .sign(&ed().header(), &with(claims(), "pad", "x".repeat(bytes)))
            .unwrap();
        (token.len(), judge(config(ed()), &token))
    };
    let (length, verdict) = sized(5_800);
    assert!(length < 8 * 1024, "{length}");
    accepted(&verdict);
    let (length, verdict) = sized(6_000);
    assert!(length > 8 * 1024, "{length}");
    refused(&verdict, Reason::TooLong);
}

#[test]
fn base64url_is_canonical_and_without_padding() {
    let token = token();
    let parts: Vec<&str> = token.split('.').collect();
    for (index, reason) in [
        Reason::Encoding("header"),
        Reason::Signature,
        Reason::Encoding("signature"),
    ]
    .into_iter()
    .enumerate()
    {
        for spoil in [
            |part: &str| format!("{part}="),
            |part: &str| format!("{part}=="),
            |part: &str| format!("{part}\n"),
        ] {
            let spoilt: Vec<String> = parts
                .iter()
                .enumerate()
                .map(|(at, part)| if at == index { spoil(part) } else { (*part).into() })
                .collect();
            refused(&judge(config(ed()), &spoilt.join(".")), reason);
        }
    }
}

#[test]
fn spare_bits_in_the_last_character_are_refused() {
    // 64 bytes of signature leave four spare bits in the 86th character.
    let token = token();
    let (kept, last) = token.split_at(token.len() - 1);
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let at = alphabet.find(last).unwrap();
    assert_eq!(at % 16, 0);
    for spare in 1..16 {
        let other = format!("{kept}{}", &alphabet[at + spare..=at + spare]);
        refused(&judge(config(ed()), &other), Reason::Encoding("signature"));
    }
}

#[test]
fn the_plain_base64_alphabet_is_refused() {
    let header = json!({ "alg": "EdDSA", "kid": "key-1", "x": "~~~???>>>" });
    let token = ed()
        .sign(&header, &with(claims(), "x", "???>>>~~~\u{3ff}\u{3fe}"))
        .unwrap();
    accepted(&judge(config(ed()), &token));
    let plain = token.replace('-', "+").replace('_', "/");
    assert_ne!(plain, token);
    assert!(judge(config(ed()), &plain).is_err());
}

#[test]
fn the_header_is_one_strict_json_object() {
    let payload = claims().to_string();
    let bad: [&[u8]; 9] = [
        b"",
        b"[]",
        b"\"EdDSA\"",
        b"{",
        br#"{"alg":"EdDSA","kid":"key-1"} {}"#,
        br#"{"alg":"EdDSA","kid":"key-1","alg":"EdDSA"}"#,
        br#"{"alg":"EdDSA","kid":"key-1","\u0061lg":"none"}"#,
        br#"{"alg":"EdDSA","kid":"key-1","x":{"a":1,"a":2}}"#,
        b"{\"alg\":\"EdDSA\",\"kid\":\"key-1\",\"x\":\"\xff\"}",
    ];
    for header in bad {
        let token = ed().sign_bytes(header, payload.as_bytes()).unwrap();
        refused(&judge(config(ed()), &token), Reason::Json("header"));
    }
    let spaced = b" { \"kid\" : \"key-1\" , \"alg\" : \"EdDSA\" } ";
    accepted(&judge(
        config(ed()),
        &ed().sign_bytes(spaced, payload.as_bytes()).unwrap(),
    ));
}

#[test]
fn deep_nesting_is_refused_and_does_not_overflow() {
    for (depth, fits) in [(20, true), (40, false), (2_000, false)] {
        let nested = format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        let header = format!(r#"{{"alg":"EdDSA","kid":"key-1","x":{nested}}}"#);
        let token = ed()
            .sign_bytes(header.as_bytes(), claims().to_string().as_bytes())
            .unwrap();
        assert_eq!(judge(config(ed()), &token).is_ok(), fits, "depth {depth}");
    }
}

#[test]
fn none_does_not_exist_in_any_spelling() {
    for name in ["none", "None", "NONE", "nOnE", "", " none", "null"] {
        let header = with(ed().header(), "alg", name);
        let signed = ed().sign(&header, &claims()).unwrap();
        let (unsigned, _) = signed.rsplit_once('.').unwrap();
        refused(&judge(config(ed()), &signed), Reason::UnknownAlgorithm);
        refused(
            &judge(config(ed()), &format!("{unsigned}.")),
            Reason::UnknownAlgorithm,
        );
    }
}

#[test]
fn alg_must_be_known_text_in_exact_case() {
    for name in ["eddsa", "EDDSA", "Ed448", "ES384", "RS512", "HS512", "ES256K"] {
        refused(
            &judge_parts(&with(ed().header(), "alg", name), &claims()),
            Reason::UnknownAlgorithm,
        );
    }
    refused(
        &judge_parts(&with(ed().header(), "alg", Value::Null), &claims()),
        Reason::Header("alg"),
    );
    refused(
        &judge_parts(&with(ed().header(), "alg", 7), &claims()),
        Reason::Header("alg"),
    );
    refused(
        &judge_parts(&with(ed().header(), "alg", json!(["EdDSA"])), &claims()),
        Reason::Header("alg"),
    );
}

#[test]
fn the_name_of_rfc_9864_is_taken_too() {
    accepted(&judge_parts(&with(ed().header(), "alg", "Ed25519"), &claims()));
}

#[test]
fn alg_outside_the_allow_list_is_refused() {
    let hs = issuer(Algorithm::Hs256);
    let token = hs.sign(&hs.header(), &claims()).unwrap();
    refused(&judge(config(ed()), &token), Reason::AlgorithmNotAllowed);
}

#[test]
fn crit_is_refused_whatever_it_lists() {
    for value in [json!(["b64"]), json!(["exp"]), json!([]), json!("x")] {
        refused(
            &judge_parts(&with(ed().header(), "crit", value), &claims()),
            Reason::CriticalExtension,
        );
    }
}

#[test]
fn an_unencoded_payload_is_refused() {
    refused(
        &judge_parts(&with(ed().header(), "b64", false), &claims()),
        Reason::Header("b64"),
    );
    refused(
        &judge_parts(&with(ed().header(), "b64", "true"), &claims()),
        Reason::Header("b64"),
    );
    accepted(&judge_parts(&with(ed().header(), "b64", true), &claims()));
}

#[test]
fn typ_when_given_is_that_of_a_token() {
    for typ in [
        "JWT",
        "jwt",
        "at+jwt",
        "AT+JWT",
        "application/at+jwt",
        "application/jwt",
    ] {
        accepted(&judge_parts(&with(ed().header(), "typ", typ), &claims()));
    }
    for typ in [
        "",
        "JOSE",
        "dpop+jwt",
        "logout+jwt",
        "id+jwt",
        "application/",
        "at",
    ] {
        refused(
            &judge_parts(&with(ed().header(), "typ", typ), &claims()),
            Reason::TokenType,
        );
    }
    refused(
        &judge_parts(&with(ed().header(), "typ", 1), &claims()),
        Reason::Header("typ"),
    );
}

#[test]
fn a_required_type_must_be_given() {
    let judge_type = |typ: Value| {
        let mut config = config(ed());
        config.required_token_type = Some("at+jwt".to_owned());
        judge(
            config,
            &ed().sign(&with(ed().header(), "typ", typ), &claims()).unwrap(),
        )
    };
    accepted(&judge_type(json!("at+JWT")));
    accepted(&judge_type(json!("application/at+jwt")));
    refused(&judge_type(json!("JWT")), Reason::TokenType);
    refused(&judge_type(Value::Null), Reason::TokenType);
}

#[test]
fn keys_in_the_token_are_ignored() {
    let stranger = TestIssuer::generate(Algorithm::EdDsa, KID).unwrap();
    let header = with(stranger.header(), "jwk", stranger.jwk());
    let header = with(header, "jku", "https://evil.example/jwks");
    let header = with(header, "x5u", "https://evil.example/cert");
    let header = with(header, "x5c", json!(["MIIB"]));
    refused(
        &judge(config(ed()), &stranger.sign(&header, &claims()).unwrap()),
        Reason::Signature,
    );
    accepted(&judge(config(ed()), &ed().sign(&header, &claims()).unwrap()));
}
