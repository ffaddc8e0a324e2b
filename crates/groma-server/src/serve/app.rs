//! Everything that a request can need, made once at start.

use std::sync::Arc;

use groma_ir::Model;
use groma_ir::http::RouteId;
use groma_plan::Plans;
use groma_sql::Sql;

use super::answer::Refusal;
use super::client::Clients;
use super::cors::Cors;
use super::rate::Limits;
use super::retries::Retries;
use crate::auth::Verifier;
use crate::docs::Docs;
use crate::settings::{Mode, Patience};
use crate::store::Store;

/// What all requests share.
pub(crate) struct App {
    pub(crate) model: Arc<Model>,
    pub(crate) plans: Arc<Plans>,
    pub(crate) sql: Arc<Sql>,
    pub(crate) store: Store,
    pub(crate) verifier: Option<Verifier>,
    pub(crate) mode: Mode,
    pub(crate) clients: Clients,
    pub(crate) cors: Option<Cors>,
    pub(crate) limits: Limits,
    pub(crate) docs: Option<Docs>,
    pub(crate) patience: Patience,
    /// Requests with an `Idempotency-Key` that are being answered.
    pub(crate) retries: Retries,
    pub(crate) facts: Vec<RouteFacts>,
}

/// What the steps around a plan need to know of a route.
#[derive(Debug)]
pub(crate) struct RouteFacts {
    /// The path as documents write it, for the log.
    pub(crate) template: String,
    /// Whether it answers without a token.
    pub(crate) public: bool,
    /// Whether its success has a body, so that `Accept` matters.
    pub(crate) answers_json: bool,
}

impl App {
    /// 503 in production while a development key is among the keys, which may have changed since the start.
    pub(crate) fn check_keys(&self) -> Result<(), Refusal> {
        match &self.verifier {
            Some(verifier) if self.mode == Mode::Production && verifier.uses_development_key() => {
                Err(Refusal::unavailable().because("a development key is among the issuer's keys"))
            }
            _ => Ok(()),
        }
    }

    /// The facts of a route.
    pub(crate) fn facts(&self, route: RouteId) -> &RouteFacts {
        match self.facts.get(groma_ir::Id::index(route)) {
            Some(facts) => facts,
            None => unreachable!("every route of the model has its facts"),
        }
    }
}

impl RouteFacts {
    /// The facts of every route, in order.
    pub(crate) fn all(model: &Model) -> Vec<Self> {
        let of = |route: &groma_ir::http::Route| Self {
            template: route.path.template(),
            public: route.public,
            answers_json: route.success.body.is_some(),
        };
        model.http.routes.iter().map(of).collect()
    }
}
