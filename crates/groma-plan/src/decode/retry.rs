//! `Idempotency-Key`: by what a request is known again when its client sends it once more
//! (draft-ietf-httpapi-idempotency-key-header).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use groma_ir::Model;
use groma_ir::design::RoleId;
use groma_ir::http::{ErrorCode, Route};
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
/// What ends a part of what is digested: no text holds it.
const END: u8 = 0xff;

/// By what a request is known again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Retry {
    /// Whose it is.
    pub caller: String,
    /// What was asked for: the name of the route.
    pub operation: String,
    /// The key that the client made up.
    pub key: String,
    /// A digest of the request and of what the token says: the same key with another one is a mistake of the client. It
    /// may be forged by the client alone, who gains nothing by it.
    pub digest: String,
}

/// How requests of a route are known again.
#[derive(Debug)]
pub(crate) struct RetryPlan {
    operation: String,
    roles: Vec<(RoleId, String)>,
}

impl RetryPlan {
    /// Nothing where the route does not honour the header.
    pub(crate) fn of(model: &Model, route: &Route) -> Option<Self> {
        let auth = model.design.auth.as_ref().filter(|_| route.retry)?;
        let roles = auth.roles.entries();
        Some(Self {
            operation: route.operation_id.clone(),
            roles: roles.map(|(id, role)| (id, role.name.clone())).collect(),
        })
    }

    /// What was sent, and what the caller may do by roles and claims: an answer is not for other rights than those that
    /// it was made by.
    fn digest(&self, incoming: &Incoming<'_>, caller: &Caller) -> String {
        let held = self
            .roles
            .iter()
            .filter(|(id, _)| caller.facts.roles.contains(*id));
        let roles: Vec<&str> = held.map(|(_, name)| name.as_str()).collect();
        let mut parts = vec![
            incoming.path.to_owned(),
            incoming.query.unwrap_or_default().to_owned(),
            roles.join(","),
        ];
        parts.extend(caller.claims.iter().map(crate::Value::to_wire_text));
        let mut asked = Vec::new();
        for part in parts.iter().map(String::as_bytes).chain([incoming.body]) {
            asked.extend_from_slice(part);
            asked.push(END);
        }
        URL_SAFE_NO_PAD.encode(xxh3_128(&asked).to_be_bytes())
    }
}

/// The key of a request, of a caller with a token, on a route that honours it.
pub(super) fn read(
    plan: &RoutePlan,
    incoming: &Incoming<'_>,
    caller: &Caller,
    mistakes: &mut Mistakes,
) -> Option<Retry> {
    let (plan, header) = (plan.retry.as_ref()?, incoming.idempotency_key?);
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
    Some(Retry {
        caller: who,
        operation: plan.operation.clone(),
        key: key.to_owned(),
        digest: plan.digest(incoming, caller),
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
