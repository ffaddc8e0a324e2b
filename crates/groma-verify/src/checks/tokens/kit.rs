//! A valid token taken apart, and the means to make others of its parts.

use serde_json::{Map, Value as Json};

use groma_ir::design::Auth;

use crate::jose::{self, Foreign};
use crate::tokens::Minter;

/// A valid token taken apart, and whoever can sign.
pub(super) struct Kit<'a> {
    minter: &'a dyn Minter,
    pub(super) auth: &'a Auth,
    pub(super) token: &'a str,
    pub(super) header: Map<String, Json>,
    pub(super) claims: Map<String, Json>,
    pub(super) foreign: Option<Foreign>,
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
    pub(super) fn signed(&self, changes: &[(&str, Json)]) -> Option<String> {
        self.signed_as(&self.header, &changed(&self.claims, changes))
    }

    fn signed_as(&self, header: &Map<String, Json>, claims: &Map<String, Json>) -> Option<String> {
        self.minter.sign(&text(header), &text(claims))?.ok()
    }

    pub(super) fn with_header(&self, changes: &[(&str, Json)]) -> Option<String> {
        self.signed_as(&changed(&self.header, changes), &self.claims)
    }

    /// A token with a changed header, signed by the foreign key.
    pub(super) fn foreign(&self, changes: &[(&str, Json)]) -> Option<String> {
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

pub(super) fn changed(object: &Map<String, Json>, changes: &[(&str, Json)]) -> Map<String, Json> {
    let mut object = object.clone();
    for (name, value) in changes {
        match value {
            Json::Null => object.remove(*name),
            value => object.insert((*name).to_owned(), value.clone()),
        };
    }
    object
}

pub(super) fn text(object: &Map<String, Json>) -> String {
    Json::Object(object.clone()).to_string()
}
