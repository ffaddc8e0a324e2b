//! What a verified token says, judged once and then only read (RFC 7519 §4.1).

use serde_json::{Map, Value};

use super::error::Reason;

/// The last second of the year 9999. A later date is a date in milliseconds, or no date at all.
const LAST_SECOND: f64 = 253_402_300_799.0;
const MAX_SUBJECT_CHARS: usize = 255;

/// The claims of a token that was accepted.
#[derive(Debug, Clone, PartialEq)]
pub struct Claims {
    subject: String,
    expires_at: f64,
    members: Map<String, Value>,
}

/// What is required of the claims.
#[derive(Debug)]
pub(super) struct Requirements {
    pub(super) issuer: Option<String>,
    pub(super) audience: Vec<String>,
    pub(super) subject_claim: String,
    /// Whether it may be a whole number.
    pub(super) numeric_subject: bool,
    /// In seconds.
    pub(super) leeway: f64,
}

impl Claims {
    /// Who is calling.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// `exp`, in seconds since 1970.
    pub fn expires_at(&self) -> f64 {
        self.expires_at
    }

    /// The roles in `claim`: one text, text with commas (Better Auth's form), or a list of texts.
    pub fn roles<'c>(&'c self, claim: &str) -> impl Iterator<Item = &'c str> + use<'c> {
        let value = self.members.get(claim);
        let text = value
            .and_then(Value::as_str)
            .into_iter()
            .flat_map(|text| text.split(','));
        let list = value
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str);
        text.chain(list).map(str::trim).filter(|role| !role.is_empty())
    }

    /// A claim that is text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.value(name).and_then(Value::as_str)
    }

    /// A claim that is true or false.
    pub fn boolean(&self, name: &str) -> Option<bool> {
        self.value(name).and_then(Value::as_bool)
    }

    /// A claim that is a whole number of 64 bits.
    pub fn integer(&self, name: &str) -> Option<i64> {
        self.value(name).and_then(Value::as_i64)
    }

    /// A claim that is any number.
    pub fn number(&self, name: &str) -> Option<f64> {
        self.value(name).and_then(Value::as_f64)
    }

    /// A claim as it came.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.members.get(name)
    }

    /// Accepts the claims of a token whose signature was verified, at `now` in seconds since 1970.
    pub(super) fn accept(
        members: Map<String, Value>,
        required: &Requirements,
        now: f64,
    ) -> Result<Self, Reason> {
        let expires_at = check_times(&members, required.leeway, now)?;
        check_issuer(&members, required.issuer.as_deref())?;
        check_audience(&members, &required.audience)?;
        let subject = subject(&members, required)?;
        Ok(Self {
            subject,
            expires_at,
            members,
        })
    }
}

/// Whether a token that expires at `expires_at` is over.
pub(super) fn is_expired(expires_at: f64, leeway: f64, now: f64) -> bool {
    now >= expires_at + leeway
}

fn check_times(members: &Map<String, Value>, leeway: f64, now: f64) -> Result<f64, Reason> {
    let expires_at = seconds(members, "exp")?.ok_or(Reason::ClaimMissing("exp"))?;
    if is_expired(expires_at, leeway, now) {
        return Err(Reason::Expired);
    }
    if seconds(members, "nbf")?.is_some_and(|start| start > now + leeway) {
        return Err(Reason::NotYetValid);
    }
    if seconds(members, "iat")?.is_some_and(|issued| issued > now + leeway) {
        return Err(Reason::IssuedInFuture);
    }
    Ok(expires_at)
}

/// A date as a number; text such as `"1700000000"` is not one.
fn seconds(members: &Map<String, Value>, name: &'static str) -> Result<Option<f64>, Reason> {
    match members.get(name) {
        None => Ok(None),
        Some(value) => {
            let number = value.as_f64().filter(|number| *number <= LAST_SECOND);
            number.map(Some).ok_or(Reason::ClaimForm(name))
        }
    }
}

fn check_issuer(members: &Map<String, Value>, required: Option<&str>) -> Result<(), Reason> {
    match (members.get("iss"), required) {
        (None, Some(_)) => Err(Reason::ClaimMissing("iss")),
        (Some(Value::String(issuer)), Some(required)) if issuer != required => Err(Reason::Issuer),
        (None, None) | (Some(Value::String(_)), _) => Ok(()),
        (Some(_), _) => Err(Reason::ClaimForm("iss")),
    }
}

fn check_audience(members: &Map<String, Value>, accepted: &[String]) -> Result<(), Reason> {
    let given: Vec<&str> = match members.get("aud") {
        None if accepted.is_empty() => return Ok(()),
        None => return Err(Reason::ClaimMissing("aud")),
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several
            .iter()
            .map(Value::as_str)
            .collect::<Option<_>>()
            .ok_or(Reason::ClaimForm("aud"))?,
        Some(_) => return Err(Reason::ClaimForm("aud")),
    };
    let meant = accepted.is_empty()
        || given
            .iter()
            .any(|given| accepted.iter().any(|name| name == given));
    if meant { Ok(()) } else { Err(Reason::Audience) }
}

/// The caller's name: text that a database takes and that fits a column. A number is a whole one of 64 bits, written
/// without a fraction or an exponent.
fn subject(members: &Map<String, Value>, required: &Requirements) -> Result<String, Reason> {
    let number = |value: &Value| value.as_i64().filter(|_| required.numeric_subject);
    match members.get(&required.subject_claim) {
        None => Err(Reason::ClaimMissing("sub")),
        Some(Value::String(name)) if is_subject(name) => Ok(name.clone()),
        Some(value) => match number(value) {
            Some(number) => Ok(number.to_string()),
            None => Err(Reason::ClaimForm("sub")),
        },
    }
}

fn is_subject(name: &str) -> bool {
    !name.is_empty() && !name.contains('\0') && name.chars().count() <= MAX_SUBJECT_CHARS
}
