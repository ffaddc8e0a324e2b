//! The compact form of a signed token, read and not yet believed (RFC 7515 §3.1, §4.1).

use serde_json::{Map, Value};

use super::config::Algorithm;
use super::error::Reason;
use super::{MAX_TOKEN_BYTES, base64url, json};

/// A token in its parts. Nothing in it is trusted before [`super::keys::Key::verify`] has said so.
#[derive(Debug)]
pub(super) struct Compact<'t> {
    pub(super) header: Header,
    /// What was signed: header and payload as they came, with the dot.
    pub(super) signing_input: &'t [u8],
    pub(super) signature: Vec<u8>,
    payload: &'t [u8],
}

/// The header parameters that matter. `jku`, `jwk`, `x5u` and `x5c` are not even read: keys come from the issuer.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) algorithm: Algorithm,
    pub(super) kid: Option<String>,
    pub(super) token_type: Option<String>,
}

impl<'t> Compact<'t> {
    pub(super) fn parse(token: &'t [u8]) -> Result<Self, Reason> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(Reason::TooLong);
        }
        let mut parts = token.split(|byte| *byte == b'.');
        let (Some(header), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Reason::NotThreeParts);
        };
        let signed = header.len() + 1 + payload.len();
        Ok(Self {
            header: Header::parse(header)?,
            signing_input: token.get(..signed).ok_or(Reason::NotThreeParts)?,
            signature: base64url::decode(signature).ok_or(Reason::Encoding("signature"))?,
            payload,
        })
    }

    /// The claims. Ask only after the signature was verified.
    pub(super) fn claims(&self) -> Result<Map<String, Value>, Reason> {
        let bytes = base64url::decode(self.payload).ok_or(Reason::Encoding("payload"))?;
        json::object(&bytes).ok_or(Reason::Json("payload"))
    }
}

impl Header {
    fn parse(encoded: &[u8]) -> Result<Self, Reason> {
        let bytes = base64url::decode(encoded).ok_or(Reason::Encoding("header"))?;
        let members = json::object(&bytes).ok_or(Reason::Json("header"))?;
        if members.contains_key("crit") {
            return Err(Reason::CriticalExtension);
        }
        if members.get("b64").is_some_and(|b64| *b64 != Value::Bool(true)) {
            return Err(Reason::Header("b64"));
        }
        let name = text(&members, "alg")?.ok_or(Reason::Header("alg"))?;
        Ok(Self {
            algorithm: name.parse().map_err(|_| Reason::UnknownAlgorithm)?,
            kid: text(&members, "kid")?,
            token_type: text(&members, "typ")?,
        })
    }

    /// Whether `typ` is one of an access token, and `required` when one is required (RFC 8725 §3.11, RFC 9068 §4).
    pub(super) fn check_type(&self, required: Option<&str>) -> Result<(), Reason> {
        let given = self.token_type.as_deref().map(media_type);
        let accepted = match (given, required) {
            (None, required) => required.is_none(),
            (Some(given), Some(required)) => given.eq_ignore_ascii_case(media_type(required)),
            (Some(given), None) => ["jwt", "at+jwt"]
                .iter()
                .any(|known| given.eq_ignore_ascii_case(known)),
        };
        if accepted { Ok(()) } else { Err(Reason::TokenType) }
    }
}

/// A type without the `application/` that RFC 7515 §4.1.9 lets a writer leave out.
fn media_type(name: &str) -> &str {
    const PREFIX: &str = "application/";
    match name.get(..PREFIX.len()) {
        Some(prefix) if prefix.eq_ignore_ascii_case(PREFIX) => name.get(PREFIX.len()..).unwrap_or(name),
        _ => name,
    }
}

/// A header parameter that is text when it is there at all.
fn text(members: &Map<String, Value>, name: &'static str) -> Result<Option<String>, Reason> {
    match members.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Reason::Header(name)),
    }
}
