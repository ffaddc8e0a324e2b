//! `Idempotency-Key`: by what a request is known again when its client sends it once more
//! (draft-ietf-httpapi-idempotency-key-header).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use groma_ir::http::ErrorCode;
use xxhash_rust::xxh3::xxh3_128;

use super::Incoming;
use crate::failure::{Mistake, Mistakes, Place};
use crate::{Caller, RoutePlan};

/// The header.
const NAME: &str = "Idempotency-Key";
/// The longest key.
const LONGEST: usize = 255;
/// The longest key of a caller's row with which answers are kept: together they are a key of a table.
const LONGEST_CALLER: usize = 1024;

/// By what a request is known again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Retry {
    /// Whose it is.
    pub caller: String,
    /// What was asked for: the name of the route.
    pub operation: String,
    /// The key that the client made up.
    pub key: String,
    /// A digest of the path and the body: the same key with another one is a mistake of the client. It may be forged by
    /// the client alone, who gains nothing by it.
    pub digest: String,
}

/// The key of a request, of a caller with a token, on a route that honours it.
pub(super) fn read(
    plan: &RoutePlan,
    incoming: &Incoming<'_>,
    caller: &Caller,
    mistakes: &mut Mistakes,
) -> Option<Retry> {
    let (operation, header) = (plan.retry.as_ref()?, incoming.idempotency_key?);
    let who = caller.key.to_wire_text();
    if caller.key.is_null() || who.len() > LONGEST_CALLER {
        return None;
    }
    let Some(key) = key_of(header) else {
        let detail = format!("`{NAME}` is 1 to {LONGEST} visible characters, such as a UUID.");
        let mistake = Mistake::new(ErrorCode::StringPatternMismatch, detail);
        mistakes.push_malformed(mistake.at(Place::Header(NAME)));
        return None;
    };
    let mut asked = Vec::with_capacity(incoming.path.len() + 1 + incoming.body.len());
    asked.extend_from_slice(incoming.path.as_bytes());
    // No path holds a line end.
    asked.push(b'\n');
    asked.extend_from_slice(incoming.body);
    Some(Retry {
        caller: who,
        operation: operation.clone(),
        key: key.to_owned(),
        digest: URL_SAFE_NO_PAD.encode(xxh3_128(&asked).to_be_bytes()),
    })
}

/// The key, which the draft has in quotes and most clients send bare.
fn key_of(header: &str) -> Option<&str> {
    let header = header.trim_matches([' ', '\t']);
    let quoted = header.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let key = quoted.unwrap_or(header);
    let is_visible = |byte: &u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\' | b',');
    let is_key = !key.is_empty() && key.len() <= LONGEST && key.as_bytes().iter().all(is_visible);
    is_key.then_some(key)
}
