//! Who is calling.

use std::net::IpAddr;

use groma_ir::design::{Auth, CallerClaim, ClaimType};
use groma_ir::http::Problem;
use groma_plan::{Caller, Value};
use hyper::header::{AUTHORIZATION, HeaderMap, HeaderValue, WWW_AUTHENTICATE};

use super::App;
use super::answer::Refusal;
use super::client::{Client, Origin};
use crate::auth::{AuthError, Claims};

const INVALID_TOKEN: &str = "Bearer error=\"invalid_token\"";

/// A caller, and what to call them in a log and in a rate limit.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) caller: Caller,
    pub(crate) origin: Origin,
}

/// The caller of a request: 401 without a token that verifies, unless the route is public and none was sent.
pub(crate) async fn establish(
    app: &App,
    headers: &HeaderMap,
    peer: IpAddr,
    public: bool,
) -> Result<Known, Refusal> {
    let address = app.clients.address(headers, peer);
    let anonymous = || Known {
        caller: Caller::anonymous(),
        origin: Origin {
            client: address,
            address,
        },
    };
    let (Some(verifier), Some(auth)) = (&app.verifier, &app.model.design.auth) else {
        return Ok(anonymous());
    };
    let values = headers.get_all(AUTHORIZATION).iter().map(HeaderValue::as_bytes);
    let verified = verifier.verify(values).await;
    // Afterwards: verifying may have brought other keys.
    app.check_keys()?;
    match verified {
        Ok(claims) => known(app, auth, &claims, address),
        Err(AuthError::Missing) if public => Ok(anonymous()),
        Err(error) => Err(refusal(&error)),
    }
}

fn known(app: &App, auth: &Auth, claims: &Claims, address: Client) -> Result<Known, Refusal> {
    let subject = claims.subject();
    let roles = match &auth.role_claim {
        Some(claim) => auth.roles_of(claims.roles(claim)),
        None => auth.roles_of([]),
    };
    let values = auth.claims.iter().map(|claim| value(claims, claim)).collect();
    match app.plans.caller(subject, roles, values) {
        Some(caller) => Ok(Known {
            caller,
            origin: Origin {
                client: app.clients.caller(subject),
                address,
            },
        }),
        None => Err(unauthenticated(INVALID_TOKEN).because("the subject is no key of the caller's entity")),
    }
}

/// A claim that rules may read; one of another type counts as absent.
fn value(claims: &Claims, claim: &CallerClaim) -> Value {
    let value = match claim.ty {
        ClaimType::Bool => claims.boolean(&claim.claim).map(Value::Bool),
        ClaimType::Text => claims.text(&claim.claim).map(|text| Value::Text(text.to_owned())),
        ClaimType::Int => claims.integer(&claim.claim).map(Value::Int),
    };
    value.unwrap_or(Value::Null)
}

fn refusal(error: &AuthError) -> Refusal {
    match error.challenge() {
        Some(challenge) => unauthenticated(challenge),
        None => Refusal::unavailable(),
    }
    .because(error)
}

fn unauthenticated(challenge: &'static str) -> Refusal {
    Refusal::of(Problem::Unauthenticated).with(WWW_AUTHENTICATE, HeaderValue::from_static(challenge))
}
