//! What the claims must say.

use serde_json::{Value, json};

use super::*;

fn judge_claim(name: &str, value: impl Into<Value>) -> Verdict {
    judge_parts(&ed().header(), &with(claims(), name, value))
}

fn judge_payload(payload: &[u8]) -> Verdict {
    let header = ed().header().to_string();
    judge(
        config(ed()),
        &ed().sign_bytes(header.as_bytes(), payload).unwrap(),
    )
}

#[test]
fn the_claims_are_one_strict_json_object() {
    let good = claims().to_string();
    accepted(&judge_payload(good.as_bytes()));
    let twice = good.replacen('{', r#"{"sub":"admin","#, 1);
    let inner = good.replacen('{', r#"{"x":{"a":1,"a":1},"#, 1);
    let trailing = format!("{good}x");
    let truncated = &good[..good.len() - 1];
    for payload in [
        &twice,
        &inner,
        &trailing,
        truncated,
        "",
        "null",
        "[]",
        "1",
        "\u{feff}{}",
    ] {
        refused(&judge_payload(payload.as_bytes()), Reason::Json("payload"));
    }
}

#[test]
fn exp_is_required_and_honoured() {
    accepted(&judge_claim("exp", now() + 1));
    accepted(&judge_claim("exp", now() - 20)); // within the 30 seconds of leeway
    refused(&judge_claim("exp", now() - 31), Reason::Expired);
    refused(&judge_claim("exp", 0), Reason::Expired);
    refused(&judge_claim("exp", -1), Reason::Expired);
    refused(&judge_claim("exp", -1.0e300), Reason::Expired);
    refused(&judge_claim("exp", Value::Null), Reason::ClaimMissing("exp"));
}

#[test]
fn exp_may_be_a_float_and_nothing_but_a_number() {
    #[expect(
        clippy::cast_precision_loss,
        reason = "seconds since 1970 fit a float exactly"
    )]
    let soon = now() as f64 + 10.5;
    accepted(&judge_claim("exp", soon));
    for value in [
        json!((now() + 600).to_string()),
        json!(true),
        json!([now() + 600]),
        json!({}),
        json!(""),
    ] {
        refused(&judge_claim("exp", value), Reason::ClaimForm("exp"));
    }
    let null = claims()
        .to_string()
        .replacen(&format!("\"exp\":{}", now() + 600), "\"exp\":null", 1);
    assert!(null.contains("null"));
    refused(&judge_payload(null.as_bytes()), Reason::ClaimForm("exp"));
}

#[test]
fn exp_beyond_the_year_9999_is_refused() {
    accepted(&judge_claim("exp", 253_402_300_799_u64));
    let in_milliseconds = (now() + 600) * 1000;
    for value in [
        json!(in_milliseconds),
        json!(253_402_300_800_u64),
        json!(u64::MAX),
        json!(1.0e300),
    ] {
        refused(&judge_claim("exp", value), Reason::ClaimForm("exp"));
    }
    let overflow = claims()
        .to_string()
        .replacen(&(now() + 600).to_string(), "1e999", 1);
    refused(&judge_payload(overflow.as_bytes()), Reason::Json("payload"));
}

#[test]
fn the_leeway_is_as_configured() {
    let judge_with = |leeway, exp: u64| {
        let mut config = config(ed());
        config.leeway = std::time::Duration::from_secs(leeway);
        judge(
            config,
            &ed().sign(&ed().header(), &with(claims(), "exp", exp)).unwrap(),
        )
    };
    accepted(&judge_with(60, now() - 50));
    refused(&judge_with(0, now() - 1), Reason::Expired);
}

#[test]
fn nbf_and_iat_are_honoured_when_given() {
    for (name, reason) in [("nbf", Reason::NotYetValid), ("iat", Reason::IssuedInFuture)] {
        accepted(&judge_claim(name, Value::Null));
        accepted(&judge_claim(name, 0));
        accepted(&judge_claim(name, now() - 1_000_000));
        accepted(&judge_claim(name, now() + 20));
        refused(&judge_claim(name, now() + 90), reason);
        refused(
            &judge_claim(name, json!("1")),
            Reason::ClaimForm(if name == "nbf" { "nbf" } else { "iat" }),
        );
        refused(
            &judge_claim(name, json!(1.0e300)),
            Reason::ClaimForm(if name == "nbf" { "nbf" } else { "iat" }),
        );
    }
}

#[test]
fn the_issuer_is_compared_exactly() {
    accepted(&judge_claim("iss", ISSUER));
    for other in [
        "",
        "https://issuer.example/",
        "https://ISSUER.example",
        "https://issuer.example.evil",
        "*",
    ] {
        refused(&judge_claim("iss", other), Reason::Issuer);
    }
    refused(&judge_claim("iss", Value::Null), Reason::ClaimMissing("iss"));
    refused(&judge_claim("iss", json!([ISSUER])), Reason::ClaimForm("iss"));
}

#[test]
fn an_unconfigured_issuer_is_not_asked_for() {
    let judge_iss = |iss: Value| {
        let mut config = config(ed());
        config.issuer = None;
        judge(
            config,
            &ed().sign(&ed().header(), &with(claims(), "iss", iss)).unwrap(),
        )
    };
    accepted(&judge_iss(Value::Null));
    accepted(&judge_iss(json!("anyone")));
    refused(&judge_iss(json!(7)), Reason::ClaimForm("iss"));
}

#[test]
fn one_of_the_audiences_must_be_meant() {
    accepted(&judge_claim("aud", AUDIENCE));
    accepted(&judge_claim("aud", json!([AUDIENCE])));
    accepted(&judge_claim("aud", json!(["other", AUDIENCE])));
    for other in [
        json!("other"),
        json!(["other"]),
        json!([]),
        json!(""),
        json!(format!("{AUDIENCE}/")),
    ] {
        refused(&judge_claim("aud", other), Reason::Audience);
    }
    for malformed in [
        json!(7),
        json!([AUDIENCE, 7]),
        json!({ "0": AUDIENCE }),
        json!([[AUDIENCE]]),
    ] {
        refused(&judge_claim("aud", malformed), Reason::ClaimForm("aud"));
    }
    refused(&judge_claim("aud", Value::Null), Reason::ClaimMissing("aud"));
}

#[test]
fn any_of_several_configured_audiences_is_enough() {
    let judge_aud = |accepted: &[&str], aud: Value| {
        let mut config = config(ed());
        config.audience = accepted.iter().map(|name| (*name).to_owned()).collect();
        judge(
            config,
            &ed().sign(&ed().header(), &with(claims(), "aud", aud)).unwrap(),
        )
    };
    accepted(&judge_aud(&["a", "b"], json!(["b", "c"])));
    refused(&judge_aud(&["a", "b"], json!(["c"])), Reason::Audience);
    accepted(&judge_aud(&[], json!("anything")));
    accepted(&judge_aud(&[], Value::Null));
}

#[test]
fn the_subject_is_text_that_a_database_takes() {
    for subject in ["1", "user-1", "ü", " ", &"x".repeat(255), &"ü".repeat(255)] {
        assert_eq!(judge_claim("sub", subject).unwrap().subject(), subject);
    }
    for subject in [
        json!(""),
        json!("a\0b"),
        json!("x".repeat(256)),
        json!(1),
        json!(["user-1"]),
        json!({}),
    ] {
        refused(&judge_claim("sub", subject), Reason::ClaimForm("sub"));
    }
    refused(&judge_claim("sub", Value::Null), Reason::ClaimMissing("sub"));
}

#[test]
fn another_claim_may_name_the_caller() {
    let judge_email = |claims: &Value| {
        let mut config = config(ed());
        config.subject_claim = "email".to_owned();
        judge(config, &ed().sign(&ed().header(), claims).unwrap())
    };
    let verdict = judge_email(&with(claims(), "email", "a@example.com"));
    assert_eq!(verdict.unwrap().subject(), "a@example.com");
    refused(&judge_email(&claims()), Reason::ClaimMissing("sub"));
}

#[test]
fn a_whole_number_names_the_caller_only_where_keys_are_whole_numbers() {
    let judge_id = |numeric_subject: bool, claim: &str, value: Value| {
        let mut config = config(ed());
        config.subject_claim = claim.to_owned();
        config.numeric_subject = numeric_subject;
        let claims = with(claims(), claim, value);
        judge(config, &ed().sign(&ed().header(), &claims).unwrap())
    };
    for (value, subject) in [
        (json!(1), "1"),
        (json!(-7), "-7"),
        (json!("1"), "1"),
        (json!(i64::MAX), "9223372036854775807"),
    ] {
        assert_eq!(judge_id(true, "user_id", value).unwrap().subject(), subject);
    }
    for value in [
        json!(1.0),
        json!(1.5),
        json!(1e3),
        json!(u64::MAX),
        json!(true),
        json!([1]),
    ] {
        refused(&judge_id(true, "user_id", value), Reason::ClaimForm("sub"));
    }
    refused(&judge_id(false, "user_id", json!(1)), Reason::ClaimForm("sub"));
    refused(&judge_id(true, "sub", json!(1)), Reason::ClaimForm("sub"));
}

#[test]
fn roles_are_text_a_list_or_text_with_commas() {
    let roles = |value: Value| -> Vec<String> {
        let claims = judge_claim("role", value).unwrap();
        claims.roles("role").map(str::to_owned).collect()
    };
    assert_eq!(roles(json!("admin")), ["admin"]);
    assert_eq!(roles(json!("user,admin")), ["user", "admin"]);
    assert_eq!(roles(json!(" user , admin ,, ")), ["user", "admin"]);
    assert_eq!(roles(json!(["user", "admin"])), ["user", "admin"]);
    assert_eq!(roles(json!(["user,admin"])), ["user,admin"]);
    assert_eq!(roles(json!(["user", 7, null, ["admin"]])), ["user"]);
    for nobody in [
        json!(""),
        json!([]),
        json!(7),
        json!(true),
        json!({ "admin": true }),
        Value::Null,
    ] {
        assert_eq!(roles(nobody), [""; 0]);
    }
}

#[test]
fn claims_are_read_by_name_and_type() {
    let mut body = claims();
    for (name, value) in [
        ("name", json!("Ann")),
        ("verified", json!(true)),
        ("level", json!(-3)),
        ("score", json!(1.5)),
        ("big", json!(u64::MAX)),
        ("list", json!([1])),
    ] {
        body = with(body, name, value);
    }
    let claims = judge_parts(&ed().header(), &body).unwrap();
    assert_eq!(claims.text("name"), Some("Ann"));
    assert_eq!(claims.text("verified"), None);
    assert_eq!(claims.boolean("verified"), Some(true));
    assert_eq!(claims.boolean("name"), None);
    assert_eq!(claims.integer("level"), Some(-3));
    assert_eq!(claims.integer("score"), None);
    assert_eq!(claims.integer("big"), None);
    assert_eq!(claims.number("score"), Some(1.5));
    assert_eq!(claims.number("name"), None);
    assert_eq!(claims.value("list"), Some(&json!([1])));
    assert_eq!(claims.value("absent"), None);
}
