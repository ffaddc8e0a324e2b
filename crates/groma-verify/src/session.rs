//! One run: each call is sent, judged by the oracle, and carried out in the oracle's own rows.

mod exchange;
mod hidden;
mod resync;
mod taken;
mod walk;

use std::collections::BTreeSet;

use jiff::Timestamp;

use groma_ir::Model;
use groma_ir::design::EntityId;
use groma_ir::http::{Operation, Route, RouteId};

use crate::actors::Actor;
use crate::call::{ActorId, Call};
use crate::catalogue::Check;
use crate::judge::{Symptom, Trial, home, symptoms};
use crate::ledger::Ledger;
use crate::net::{Answer, Client, NetError, Request};
use crate::oracle::{Effect, Ground, Outcome, RowId, Verdict, World};
use crate::report::{Finding, Status};
use crate::rng::Rng;
use crate::target::Target;
use crate::tokens::Identity;
use crate::{ground, wire};
use taken::Around;

/// How often a call is tried with other values where rows of others hold unique ones.
const DETOURS: u32 = 12;

/// A run in progress.
pub(crate) struct Session<'a> {
    pub(crate) model: &'a Model,
    pub(crate) target: &'a Target<'a>,
    pub(crate) world: World<'a>,
    pub(crate) actors: Vec<Actor>,
    pub(crate) ledger: Ledger,
    pub(crate) rng: Rng,
    /// The word that stands in the texts that this run writes.
    pub(crate) marker: String,
    pub(crate) client: Client,
    /// The number of the last unique value; it begins elsewhere in every run.
    pub(crate) serial: u64,
    /// Chance for values that no other run should make.
    pub(crate) own_rng: Rng,
    /// Who was seen to see other rows of an entity than those of this run.
    pub(crate) in_company: BTreeSet<(EntityId, ActorId)>,
}

/// A request that was answered.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    pub(crate) request: Request,
    pub(crate) answer: Answer,
    pub(crate) actor: ActorId,
    pub(crate) since: Timestamp,
}

/// How a call went.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    /// What was sent in the end, where the service did as it was asked.
    pub(crate) request: Option<Request>,
    pub(crate) outcome: Outcome,
    /// The row that came into being or was changed.
    pub(crate) row: Option<RowId>,
    /// The answer, unless the connection broke.
    pub(crate) answer: Option<Answer>,
}

impl Reply {
    /// Whether the service did as it was asked.
    pub(crate) fn succeeded(&self) -> bool {
        self.answer.as_ref().is_some_and(|answer| answer.status < 300)
    }
}

impl<'a> Session<'a> {
    /// The identity of an actor.
    pub(crate) fn who(&self, actor: ActorId) -> Option<&Identity> {
        self.actor(actor).identity.as_ref()
    }

    /// An actor.
    pub(crate) fn actor(&self, actor: ActorId) -> &Actor {
        match self.actors.get(actor.0) {
            Some(actor) => actor,
            None => unreachable!("an actor's id is only made from the list of actors"),
        }
    }

    /// The tokens of users that give less than their usual ones.
    pub(crate) fn guises(&self) -> Vec<ActorId> {
        let all = self.actors.iter().enumerate();
        all.filter(|(_, actor)| actor.is_guise)
            .map(|(index, _)| ActorId(index))
            .collect()
    }

    /// Every actor with a token, each once.
    pub(crate) fn users(&self) -> Vec<ActorId> {
        crate::actors::with_token(&self.actors).collect()
    }

    /// Nobody and every actor with a token.
    pub(crate) fn everyone(&self) -> Vec<ActorId> {
        std::iter::once(ActorId::NOBODY).chain(self.users()).collect()
    }

    /// Whom a route may serve: every user, and nobody as well where it asks for no token.
    pub(crate) fn callers_of(&self, route: RouteId) -> Vec<ActorId> {
        let is_public = self.model.http.routes[route].public;
        let nobody = is_public.then_some(ActorId::NOBODY);
        self.users().into_iter().chain(nobody).collect()
    }

    /// The same, also with the tokens of users that give less.
    pub(crate) fn guises_of(&self, route: RouteId) -> Vec<ActorId> {
        self.callers_of(route).into_iter().chain(self.guises()).collect()
    }

    /// The routes that are verified.
    pub(crate) fn routes(&self) -> Vec<(RouteId, &'a Route)> {
        let all = self.model.http.routes.entries();
        all.filter(|(_, route)| self.target.wants_route(&route.operation_id))
            .collect()
    }

    /// The first route of an operation on an entity, whether it is verified or not.
    pub(crate) fn route_of(&self, entity: EntityId, operation: Operation) -> Option<RouteId> {
        let all = self.model.http.routes.entries();
        let mut all = all.filter(|(_, route)| route.entity == entity && route.operation == operation);
        let first = all.next()?;
        // One that lies below no other rows leads to all of them.
        let is_free = |(_, route): &(RouteId, &Route)| route.path.parents().next().is_none();
        let free = std::iter::once(first).chain(all).find(is_free);
        Some(free.unwrap_or(first).0)
    }

    /// The route that makes the rows of another one: beside it, if there is one, so that they lie below the same rows.
    pub(crate) fn create_for(&self, route: RouteId) -> Option<RouteId> {
        let wanted = &self.model.http.routes[route];
        let mut all = self.model.http.routes.entries();
        let beside =
            all.find(|(_, route)| route.resource == wanted.resource && route.operation == Operation::Create);
        beside
            .map(|(id, _)| id)
            .or_else(|| self.route_of(wanted.entity, Operation::Create))
    }

    /// What a right service does with a call, as of now.
    pub(crate) fn decide(&self, call: &Call) -> Outcome {
        self.world.decide(call, self.who(call.actor), Timestamp::now())
    }

    /// Sends a call and judges the answer.
    pub(crate) fn try_call(
        &mut self,
        check: &'static Check,
        label: &str,
        call: &Call,
    ) -> Result<Reply, NetError> {
        self.try_with(check, label, call, DETOURS)
    }

    /// As [`Session::try_call`], with so many other tries where rows of others hold unique values.
    fn try_with(
        &mut self,
        check: &'static Check,
        label: &str,
        call: &Call,
        detours: u32,
    ) -> Result<Reply, NetError> {
        let outcome = self.decide(call);
        if matches!(outcome.verdict, Verdict::Page(_)) {
            return self.try_list(check, label, call, outcome);
        }
        let is_alone = match outcome.verdict {
            Verdict::Report(_) => self.is_alone(call)?,
            _ => true,
        };
        let request = self.spell(call)?;
        self.ledger.count(check);
        let route = &self.model.http.routes[call.route];
        let Some(exchange) = self.exchange(Some(route), request, call.actor)? else {
            return self.recover(check, label, call, outcome, None);
        };
        match self.around(call, &outcome, &exchange) {
            Around::Other(other) if detours > 0 => {
                return self.try_with(check, label, &other, detours - 1);
            }
            Around::UsedUp(fields) => {
                let names = taken::names(self, call, &fields);
                let what = format!(
                    "`{}`: rows of others hold every value of {names}",
                    route.operation_id
                );
                self.ledger.gap(check, what);
                return self.recover(check, label, call, outcome, Some(exchange));
            }
            Around::Other(_) | Around::Nothing => {}
        }
        let found = symptoms(
            Trial {
                world: &self.world,
                call,
                outcome: &outcome,
                who: self.who(call.actor),
                since: exchange.since,
                is_alone,
            },
            &exchange.answer,
        );
        let is_off = exchange.answer.status >= 400 && outcome.is_success()
            || exchange.answer.status < 400 && !outcome.is_success();
        for symptom in found {
            // Wrong values in an answer that only had to come are the operation's own fault.
            let is_of_value =
                symptom.kind != "status" && outcome.is_success() && !check.id.starts_with(['F', 'C']);
            let check = if is_of_value && check.id != "V10" && check.id != "Z07" {
                home(route.operation)
            } else {
                check
            };
            self.find(check, label, &exchange, outcome.ground, symptom);
        }
        if is_off || exchange.answer.status >= 500 {
            return self.recover(check, label, call, outcome, Some(exchange));
        }
        let item = exchange.answer.json();
        let row = self.world.apply(
            &outcome.effect,
            item.as_ref().and_then(serde_json::Value::as_object),
        );
        if let Some(row) = row {
            if item.is_none() {
                self.learn(row)?;
            }
            self.learn_hidden(row);
            self.learn_beside(call, row)?;
        }
        Ok(Reply {
            request: Some(exchange.request),
            outcome,
            row,
            answer: Some(exchange.answer),
        })
    }

    /// Sends a call that must be refused, and proves that the row is as it was.
    pub(crate) fn try_refused(
        &mut self,
        check: &'static Check,
        label: &str,
        call: &Call,
    ) -> Result<Reply, NetError> {
        let reply = self.try_call(check, label, call)?;
        let route = &self.model.http.routes[call.route];
        if let crate::call::Key::Row(row) = call.key
            && route.operation.is_write()
            && !reply.outcome.is_success()
            && reply.outcome.effect == Effect::Nothing
        {
            self.prove_unchanged(check, label, call, row)?;
        }
        Ok(reply)
    }

    /// Takes in a finding.
    pub(crate) fn find(
        &mut self,
        check: &'static Check,
        label: &str,
        exchange: &Exchange,
        ground: Ground,
        symptom: Symptom,
    ) {
        let check = symptom.check.unwrap_or(check);
        if !self.target.wants(check.id) {
            return;
        }
        let route = self.route_at(&exchange.request);
        let name = route.map_or("service", |route| route.operation_id.as_str());
        let actor = self.actor(exchange.actor);
        let basis = ground::basis(&self.model.design, route, ground, check.title);
        // A token that only this run could make stands in the command as it is.
        let token = actor.spec.as_ref().map(|_| actor.variable());
        let finding = Finding {
            id: format!("{}/{name}/{}/{}", check.id, label.replace('/', "-"), symptom.kind),
            check: check.id,
            severity: symptom.severity.unwrap_or(check.severity),
            rule: basis.rule,
            place: basis.place,
            standard: check.standard,
            user: actor.name.clone(),
            request: exchange.request.line(),
            expected: symptom.expected,
            got: symptom.got,
            help: Vec::new(),
            curl: wire::curl(
                &self.client.url().join(&exchange.request.path),
                &exchange.request,
                token.as_deref(),
            ),
            count: 1,
        };
        self.ledger.find(check, finding);
    }

    /// The route that a request was about.
    pub(crate) fn route_at(&self, request: &Request) -> Option<&'a Route> {
        let path = request.path.split('?').next().unwrap_or_default();
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        let mut found: Vec<&Route> = self
            .model
            .http
            .routes
            .iter()
            .filter(|route| fits(route, &parts))
            .collect();
        let open = |route: &Route| {
            let parts = route.path.parts.iter();
            parts
                .filter(|part| !matches!(part, groma_ir::http::PathPart::Literal(_)))
                .count()
        };
        // Fixed text before parameters, as a router has it; then the route of this method.
        found.sort_by_key(|route| (open(route), route.method.name() != request.method));
        found.into_iter().next()
    }

    /// Says why a check was not tried.
    pub(crate) fn skip(&mut self, check: &'static Check, status: Status, reason: &str) {
        self.ledger.skip(check, status, reason);
    }
}

fn fits(route: &Route, parts: &[&str]) -> bool {
    use groma_ir::http::PathPart;
    route.path.parts.len() == parts.len()
        && route
            .path
            .parts
            .iter()
            .zip(parts)
            .all(|(part, given)| match part {
                PathPart::Literal(literal) => literal == given,
                PathPart::Key { .. } | PathPart::Caller { .. } | PathPart::Parent(_) => true,
            })
}
