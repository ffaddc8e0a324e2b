//! What a made token is to say.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};

/// The claims of a token to make. Start from [`TokenRequest::new`].
#[derive(Debug, Clone)]
pub struct TokenRequest {
    /// Who the token is for.
    pub subject: String,
    /// The claim that names them.
    pub subject_claim: String,
    /// `iss`, when there is one.
    pub issuer: Option<String>,
    /// `aud`, when there is one.
    pub audience: Option<String>,
    /// Written as text with commas between them; no claim when there are none.
    pub roles: Vec<String>,
    /// The claim that the roles go into.
    pub role_claim: String,
    /// From now to `exp`.
    pub lifetime: Duration,
    /// Further claims; one of the same name replaces any of the above.
    pub extra: Map<String, Value>,
}

impl TokenRequest {
    /// A token for `subject` that is good for a working day.
    pub fn new(subject: impl Into<String>) -> Self {
        Self {
            subject: subject.into(),
            subject_claim: "sub".to_owned(),
            issuer: None,
            audience: None,
            roles: Vec::new(),
            role_claim: "role".to_owned(),
            lifetime: Duration::from_hours(8),
            extra: Map::new(),
        }
    }

    /// The claims of a token that is made now.
    pub(super) fn claims(&self) -> Value {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |elapsed| elapsed.as_secs());
        let mut claims = Map::new();
        let mut set = |name: &str, value| drop(claims.insert(name.to_owned(), value));
        set(&self.subject_claim, json!(self.subject));
        set("iat", json!(now));
        set("exp", json!(now.saturating_add(self.lifetime.as_secs())));
        if let Some(issuer) = &self.issuer {
            set("iss", json!(issuer));
        }
        if let Some(audience) = &self.audience {
            set("aud", json!(audience));
        }
        if !self.roles.is_empty() {
            set(&self.role_claim, json!(self.roles.join(",")));
        }
        claims.extend(self.extra.clone());
        Value::Object(claims)
    }
}
