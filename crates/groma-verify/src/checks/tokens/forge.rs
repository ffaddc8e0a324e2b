//! Tokens that must be refused, each one mistake away from a valid one.

use serde_json::{Value as Json, json};

use super::kit::{Kit, changed, text};
use crate::catalogue::{self, Check};
use crate::jose;

/// A token that must be refused.
pub(super) struct Forged {
    pub(super) check: &'static Check,
    pub(super) label: String,
    pub(super) token: String,
}

/// Every token that must be refused, as far as the kit can make it.
pub(super) fn all(kit: &Kit<'_>) -> Vec<Forged> {
    let mut forged = Vec::new();
    unsigned(kit, &mut forged);
    tampered(kit, &mut forged);
    confused(kit, &mut forged);
    embedded(kit, &mut forged);
    key_ids(kit, &mut forged);
    times(kit, &mut forged);
    parties(kit, &mut forged);
    critical(kit, &mut forged);
    forged
}

/// One of each kind that matters most, for every route.
pub(super) fn few(kit: &Kit<'_>) -> Vec<Forged> {
    let labels = ["alg-none", "claims-changed", "foreign-key", "exp-past"];
    let mut forged = all(kit);
    forged.retain(|forged| labels.contains(&forged.label.as_str()));
    forged
}

fn add(forged: &mut Vec<Forged>, check: &'static Check, label: &str, token: Option<String>) {
    forged.extend(token.map(|token| Forged {
        check,
        label: label.to_owned(),
        token,
    }));
}

fn unsigned(kit: &Kit<'_>, forged: &mut Vec<Forged>) {
    let Some(parts) = jose::split(kit.token) else {
        return;
    };
    for name in ["none", "None", "NONE", "nOnE", ""] {
        let header = jose::encode(text(&changed(&kit.header, &[("alg", json!(name))])));
        let label = format!("alg-{name}");
        add(
            forged,
            &catalogue::J02,
            &label,
            Some(format!("{header}.{}.", parts.claims)),
        );
        add(
            forged,
            &catalogue::J02,
            &format!("{label}-signed"),
            Some(format!("{header}.{}.{}", parts.claims, parts.signature)),
        );
    }
    let without = jose::encode(text(&changed(&kit.header, &[("alg", Json::Null)])));
    add(
        forged,
        &catalogue::J02,
        "alg-absent",
        Some(format!("{without}.{}.", parts.claims)),
    );
    add(
        forged,
        &catalogue::J02,
        "signature-stripped",
        Some(format!("{}.{}.", parts.header, parts.claims)),
    );
    add(
        forged,
        &catalogue::J02,
        "two-parts",
        Some(format!("{}.{}", parts.header, parts.claims)),
    );
    let length = jose::decode(parts.signature).map_or(64, |signature| signature.len());
    add(
        forged,
        &catalogue::J02,
        "signature-of-zeros",
        Some(format!(
            "{}.{}.{}",
            parts.header,
            parts.claims,
            jose::encode(vec![0; length])
        )),
    );
}

fn tampered(kit: &Kit<'_>, forged: &mut Vec<Forged>) {
    let Some(parts) = jose::split(kit.token) else {
        return;
    };
    let subject = kit.auth.caller_claim.as_str();
    let claims = jose::encode(text(&changed(&kit.claims, &[(subject, json!("somebody-else"))])));
    let header = jose::encode(text(&changed(&kit.header, &[("x", json!(1))])));
    let huge = "A".repeat(20_000);
    let tokens = [
        (
            "claims-changed",
            format!("{}.{claims}.{}", parts.header, parts.signature),
        ),
        (
            "header-changed",
            format!("{header}.{}.{}", parts.claims, parts.signature),
        ),
        ("padded", format!("{}=", kit.token)),
        ("standard-base64", format!("{}+/", kit.token)),
        ("four-parts", format!("{}.{}", kit.token, parts.signature)),
        ("garbage", "a.b.c".to_owned()),
        ("huge", format!("{}.{huge}.{}", parts.header, parts.signature)),
    ];
    for (label, token) in tokens {
        add(forged, &catalogue::J03, label, Some(token));
    }
    for (label, signature) in broken_signatures(parts.signature) {
        let token = format!("{}.{}.{signature}", parts.header, parts.claims);
        add(forged, &catalogue::J03, label, Some(token));
    }
    add(forged, &catalogue::J03, "foreign-key", kit.foreign(&[]));
    add(
        forged,
        &catalogue::J03,
        "foreign-key-without-kid",
        kit.foreign(&[("kid", Json::Null)]),
    );
}

/// The signature with one bit flipped, or one byte short.
fn broken_signatures(signature: &str) -> Vec<(&'static str, String)> {
    let Some(bytes) = jose::decode(signature) else {
        return Vec::new();
    };
    let flipped = |at: usize| {
        let mut bytes = bytes.clone();
        if let Some(byte) = bytes.get_mut(at) {
            *byte ^= 1;
        }
        jose::encode(bytes)
    };
    let short = bytes.get(..bytes.len().saturating_sub(1)).unwrap_or_default();
    vec![
        ("signature-bit-first", flipped(0)),
        ("signature-bit-middle", flipped(bytes.len() / 2)),
        ("signature-bit-last", flipped(bytes.len().saturating_sub(1))),
        ("signature-short", jose::encode(short)),
    ]
}

fn confused(kit: &Kit<'_>, forged: &mut Vec<Forged>) {
    let header = text(&changed(&kit.header, &[("alg", json!("HS256"))]));
    let claims = text(&kit.claims);
    for (at, key) in kit.public_keys().into_iter().enumerate() {
        add(
            forged,
            &catalogue::J04,
            &format!("public-key-as-secret-{at}"),
            Some(jose::sign_hmac(&key, &header, &claims)),
        );
    }
    for secret in ["", "secret"] {
        add(
            forged,
            &catalogue::J04,
            &format!("weak-secret-{secret}"),
            Some(jose::sign_hmac(secret.as_bytes(), &header, &claims)),
        );
    }
}

/// Keys that the token brings along: the foreign key signs, and the header says where to find it.
fn embedded(kit: &Kit<'_>, forged: &mut Vec<Forged>) {
    let Some(foreign) = &kit.foreign else { return };
    let jwk = foreign.jwk.clone();
    let url = json!("http://127.0.0.1:9/keys.json");
    add(
        forged,
        &catalogue::J05,
        "jwk",
        kit.foreign(&[("jwk", jwk), ("kid", Json::Null)]),
    );
    add(
        forged,
        &catalogue::J05,
        "jku",
        kit.foreign(&[("jku", url.clone())]),
    );
    add(forged, &catalogue::J05, "x5u", kit.foreign(&[("x5u", url)]));
    add(
        forged,
        &catalogue::J05,
        "x5c",
        kit.foreign(&[("x5c", json!(["AAAA"]))]),
    );
}

fn key_ids(kit: &Kit<'_>, forged: &mut Vec<Forged>) {
    let kids = [
        ("unknown", json!("no-such-key")),
        ("traversal", json!("../../../../dev/null")),
        ("sql", json!("' OR 1=1 --")),
        ("number", json!(1)),
        ("list", json!(["a"])),
        ("huge", json!("k".repeat(4_000))),
    ];
    for (label, kid) in kids {
        add(
            forged,
            &catalogue::J06,
            &format!("kid-{label}"),
            kit.foreign(&[("kid", kid.clone())]),
        );
        if label == "unknown" {
            add(
                forged,
                &catalogue::J06,
                "kid-unknown-signed",
                kit.with_header(&[("kid", kid)]),
            );
        }
    }
}

fn times(kit: &Kit<'_>, forged: &mut Vec<Forged>) {
    let now = jiff::Timestamp::now().as_second();
    let cases = [
        ("exp-past", vec![("exp", json!(now - 3_600))]),
        ("exp-just-over-a-minute-ago", vec![("exp", json!(now - 62))]),
        ("exp-long-past", vec![("exp", json!(1))]),
        ("exp-zero", vec![("exp", json!(0))]),
        ("exp-negative", vec![("exp", json!(-1))]),
        ("exp-missing", vec![("exp", Json::Null)]),
        ("exp-text", vec![("exp", json!((now + 3_600).to_string()))]),
        ("exp-boolean", vec![("exp", json!(true))]),
        ("exp-list", vec![("exp", json!([now + 3_600]))]),
        ("nbf-future", vec![("nbf", json!(now + 3_600))]),
        ("nbf-text", vec![("nbf", json!("0"))]),
        ("iat-future", vec![("iat", json!(now + 3_600))]),
        (
            "subject-missing",
            vec![(kit.auth.caller_claim.as_str(), Json::Null)],
        ),
        ("subject-empty", vec![(kit.auth.caller_claim.as_str(), json!(""))]),
    ];
    for (label, changes) in cases {
        add(forged, &catalogue::J07, label, kit.signed(&changes));
    }
}

fn parties(kit: &Kit<'_>, forged: &mut Vec<Forged>) {
    let mut cases: Vec<(&str, Vec<(&str, Json)>)> = Vec::new();
    if kit.auth.issuer.is_some() {
        cases.extend([
            ("iss-other", vec![("iss", json!("https://evil.example"))]),
            ("iss-missing", vec![("iss", Json::Null)]),
            ("iss-list", vec![("iss", json!([kit.claims.get("iss")]))]),
            ("iss-longer", vec![("iss", longer(kit.claims.get("iss")))]),
        ]);
    }
    if !kit.auth.audience.is_empty() {
        cases.extend([
            ("aud-other", vec![("aud", json!("https://evil.example"))]),
            ("aud-missing", vec![("aud", Json::Null)]),
            ("aud-empty-list", vec![("aud", json!([]))]),
            ("aud-others", vec![("aud", json!(["https://evil.example", "x"]))]),
            ("aud-longer", vec![("aud", longer(kit.claims.get("aud")))]),
        ]);
    }
    for (label, changes) in cases {
        add(forged, &catalogue::J08, label, kit.signed(&changes));
    }
}

/// The right value with something behind it.
fn longer(value: Option<&Json>) -> Json {
    let text = match value {
        Some(Json::Array(items)) => items.first().and_then(Json::as_str),
        other => other.and_then(Json::as_str),
    };
    json!(format!("{}.evil.example", text.unwrap_or_default()))
}

fn critical(kit: &Kit<'_>, forged: &mut Vec<Forged>) {
    add(
        forged,
        &catalogue::J10,
        "crit-unknown",
        kit.with_header(&[("crit", json!(["x-unknown"])), ("x-unknown", json!(1))]),
    );
    add(
        forged,
        &catalogue::J10,
        "crit-empty",
        kit.with_header(&[("crit", json!([]))]),
    );
    add(
        forged,
        &catalogue::J10,
        "b64-false",
        kit.with_header(&[("crit", json!(["b64"])), ("b64", json!(false))]),
    );
}

/// Tokens that are odd but right.
pub(super) fn fine(kit: &Kit<'_>) -> Vec<(&'static str, String)> {
    let now = jiff::Timestamp::now().as_second();
    let mut tokens = Vec::new();
    let mut offer = |label, token: Option<String>| tokens.extend(token.map(|token| (label, token)));
    offer("signed-anew", kit.signed(&[]));
    offer(
        "exp-a-fraction",
        kit.signed(&[(
            "exp",
            serde_json::from_str(&format!("{}.5", now + 3_600)).unwrap_or(Json::Null),
        )]),
    );
    if let Some(audience @ Json::String(_)) = kit.claims.get("aud") {
        offer(
            "aud-list",
            kit.signed(&[("aud", json!(["https://other.example", audience]))]),
        );
    }
    tokens
}
