//! Tokens that must be refused, each one mistake away from a valid one.

use serde_json::{Map, Value as Json, json};

use groma_ir::design::Auth;

use crate::catalogue::{self, Check};
use crate::jose::{self, Foreign};
use crate::tokens::Minter;

/// A token that must be refused.
pub(super) struct Forged {
    pub(super) check: &'static Check,
    pub(super) label: String,
    pub(super) token: String,
}

/// A valid token taken apart, and whoever can sign.
pub(super) struct Kit<'a> {
    minter: &'a dyn Minter,
    auth: &'a Auth,
    token: &'a str,
    header: Map<String, Json>,
    claims: Map<String, Json>,
    foreign: Option<Foreign>,
    can_sign: bool,
}

impl<'a> Kit<'a> {
    pub(super) fn new(minter: &'a dyn Minter, auth: &'a Auth, token: &'a str) -> Option<Self> {
        let header = jose::header(token)?;
        let algorithm = header.get("alg").and_then(Json::as_str).unwrap_or_default();
        let foreign = Foreign::generate(algorithm);
        let claims = jose::claims(token)?;
        let can_sign = minter.sign("{}", "{}").is_some();
        Some(Self {
            minter,
            auth,
            token,
            header,
            claims,
            foreign,
            can_sign,
        })
    }

    /// Whether tokens can be signed with the issuer's key.
    pub(super) fn can_sign(&self) -> bool {
        self.can_sign
    }

    /// Every form in which the issuer's public keys could be taken as a secret.
    pub(super) fn public_keys(&self) -> Vec<Vec<u8>> {
        let Some(text) = self.minter.jwks() else {
            return Vec::new();
        };
        let keys: Json = serde_json::from_str(&text).unwrap_or(Json::Null);
        let keys = keys
            .get("keys")
            .and_then(Json::as_array)
            .cloned()
            .unwrap_or_default();
        let mut forms = vec![text.into_bytes()];
        for key in keys
            .iter()
            .filter(|key| key.get("kty").and_then(Json::as_str) != Some("oct"))
        {
            forms.push(key.to_string().into_bytes());
            for member in ["x", "n"] {
                let Some(encoded) = key.get(member).and_then(Json::as_str) else {
                    continue;
                };
                forms.push(encoded.as_bytes().to_vec());
                let Some(bytes) = jose::decode(encoded) else {
                    continue;
                };
                if bytes.len() == 32 && key.get("crv").and_then(Json::as_str) == Some("Ed25519") {
                    forms.push(ed25519_pem(&bytes));
                }
                forms.push(bytes);
            }
        }
        forms
    }

    /// A token with these claims changed (null removes one), signed by the issuer.
    fn signed(&self, changes: &[(&str, Json)]) -> Option<String> {
        self.signed_as(&self.header, &changed(&self.claims, changes))
    }

    fn signed_as(&self, header: &Map<String, Json>, claims: &Map<String, Json>) -> Option<String> {
        self.minter.sign(&text(header), &text(claims))?.ok()
    }

    fn with_header(&self, changes: &[(&str, Json)]) -> Option<String> {
        self.signed_as(&changed(&self.header, changes), &self.claims)
    }

    /// A token with a changed header, signed by the foreign key.
    fn foreign(&self, changes: &[(&str, Json)]) -> Option<String> {
        self.foreign
            .as_ref()?
            .sign(&text(&changed(&self.header, changes)), &text(&self.claims))
    }
}

/// The `SubjectPublicKeyInfo` of an Ed25519 key in PEM, as key files hold it.
fn ed25519_pem(key: &[u8]) -> Vec<u8> {
    use base64::Engine;
    let prefix = [
        0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
    ];
    let der = [prefix.as_slice(), key].concat();
    let body = base64::engine::general_purpose::STANDARD.encode(der);
    format!("-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n").into_bytes()
}

fn changed(object: &Map<String, Json>, changes: &[(&str, Json)]) -> Map<String, Json> {
    let mut object = object.clone();
    for (name, value) in changes {
        match value {
            Json::Null => object.remove(*name),
            value => object.insert((*name).to_owned(), value.clone()),
        };
    }
    object
}

fn text(object: &Map<String, Json>) -> String {
    Json::Object(object.clone()).to_string()
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
    let Some(signature) = jose::decode(parts.signature) else {
        return;
    };
    let join = |header: &str, claims: &str, signature: &str| Some(format!("{header}.{claims}.{signature}"));
    for (label, at) in [
        ("first", 0),
        ("middle", signature.len() / 2),
        ("last", signature.len().saturating_sub(1)),
    ] {
        let mut bytes = signature.clone();
        if let Some(byte) = bytes.get_mut(at) {
            *byte ^= 1;
        }
        add(
            forged,
            &catalogue::J03,
            &format!("signature-bit-{label}"),
            join(parts.header, parts.claims, &jose::encode(bytes)),
        );
    }
    let short = signature
        .get(..signature.len().saturating_sub(1))
        .unwrap_or_default();
    add(
        forged,
        &catalogue::J03,
        "signature-short",
        join(parts.header, parts.claims, &jose::encode(short)),
    );
    let claims = jose::encode(text(&changed(
        &kit.claims,
        &[(kit.auth.caller_claim.as_str(), json!("somebody-else"))],
    )));
    add(
        forged,
        &catalogue::J03,
        "claims-changed",
        join(parts.header, &claims, parts.signature),
    );
    let header = jose::encode(text(&changed(&kit.header, &[("x", json!(1))])));
    add(
        forged,
        &catalogue::J03,
        "header-changed",
        join(&header, parts.claims, parts.signature),
    );
    add(forged, &catalogue::J03, "padded", Some(format!("{}=", kit.token)));
    add(
        forged,
        &catalogue::J03,
        "standard-base64",
        Some(format!("{}+/", kit.token)),
    );
    add(
        forged,
        &catalogue::J03,
        "four-parts",
        Some(format!("{}.{}", kit.token, parts.signature)),
    );
    add(forged, &catalogue::J03, "foreign-key", kit.foreign(&[]));
    add(
        forged,
        &catalogue::J03,
        "foreign-key-without-kid",
        kit.foreign(&[("kid", Json::Null)]),
    );
    add(forged, &catalogue::J03, "garbage", Some("a.b.c".to_owned()));
    add(
        forged,
        &catalogue::J03,
        "huge",
        Some(format!(
            "{}.{}.{}",
            parts.header,
            "A".repeat(20_000),
            parts.signature
        )),
    );
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
