//! Sending, with the token and the version that a call means, and what every answer is held to.

use std::time::Duration;

use jiff::Timestamp;

use groma_ir::http::{Operation, Route};

use super::{Exchange, Session};
use crate::call::{ActorId, Call, Key, Precondition};
use crate::catalogue;
use crate::judge::{Seen, Symptom, observe};
use crate::net::{NetError, Request};
use crate::oracle::{Ground, RowId};
use crate::wire;

/// The longest pause that a 429 may ask for.
const MAX_PAUSE: Duration = Duration::from_secs(65);

impl<'a> Session<'a> {
    /// The request of a call, with its token and the version of its row.
    pub(crate) fn spell(&mut self, call: &Call) -> Result<Request, NetError> {
        let request = wire::request(&self.world, call, self.who(call.actor));
        let request = self.signed(request, call.actor);
        if call.precondition == Precondition::Absent {
            return Ok(request.header("If-None-Match", "*"));
        }
        Ok(match self.version(call)? {
            Some(tag) => request.header("If-Match", tag),
            None => request,
        })
    }

    /// A request with the actor's token.
    pub(crate) fn signed(&self, mut request: Request, actor: ActorId) -> Request {
        if let Some(token) = &self.actor(actor).token {
            request.headers.insert(
                0,
                ("Authorization".to_owned(), format!("Bearer {token}").into_bytes()),
            );
        }
        request
    }

    fn version(&mut self, call: &Call) -> Result<Option<String>, NetError> {
        let route = &self.model.http.routes[call.route];
        let row = match call.key {
            Key::Row(row) => Some(row),
            Key::None | Key::Missing(_) => None,
        };
        Ok(match call.precondition {
            Precondition::Omitted | Precondition::Absent => None,
            Precondition::Fine if !route.require_match => None,
            Precondition::Any => Some("*".to_owned()),
            Precondition::Stale => Some("\"AAAAAAAAAAAAAAAAAAAAAA\"".to_owned()),
            Precondition::Fine | Precondition::Current => self.current_tag(row, call.actor)?,
            Precondition::Weak => self.current_tag(row, call.actor)?.map(|tag| match tag.as_str() {
                "*" => "W/\"AAAAAAAAAAAAAAAAAAAAAA\"".to_owned(),
                tag => format!("W/{tag}"),
            }),
        })
    }

    /// The current `ETag` of a row as somebody sees it, or else another one who may read it; any, where no route tells.
    pub(crate) fn current_tag(
        &mut self,
        row: Option<RowId>,
        actor: ActorId,
    ) -> Result<Option<String>, NetError> {
        let none = Ok(Some("*".to_owned()));
        let Some((row, get)) = row.and_then(|row| Some((row, self.route_of(row.entity, Operation::Get)?)))
        else {
            return none;
        };
        // The name of a deleted row may be another's by now.
        let by = self.model.design.resources[self.model.http.routes[get].resource].by;
        let is_below = self.model.http.routes[get].path.parents().next().is_some();
        let other = self
            .world
            .named(row.entity, by, self.world.row(row).cell(by))
            .filter(|_| !is_below);
        let row = other.unwrap_or(row);
        let reads = self.world.may_read(row, self.who(actor), Timestamp::now());
        let Some(reader) = Some(actor).filter(|_| reads).or_else(|| self.reader(row)) else {
            return none;
        };
        let request = wire::request(&self.world, &Call::new(get, reader).on(row), self.who(reader));
        let request = self.signed(request, reader);
        let route = &self.model.http.routes[get];
        let exchange = self.exchange(Some(route), request, reader)?;
        Ok(exchange.and_then(|exchange| exchange.answer.header("etag").map(str::to_owned)))
    }

    /// Somebody who may read a row.
    pub(crate) fn reader(&self, row: RowId) -> Option<ActorId> {
        let now = Timestamp::now();
        self.users()
            .into_iter()
            .find(|actor| self.world.may_read(row, self.who(*actor), now))
    }

    /// Sends a request as it stands; `None` when the service broke off.
    pub(crate) fn exchange(
        &mut self,
        route: Option<&'a Route>,
        request: Request,
        actor: ActorId,
    ) -> Result<Option<Exchange>, NetError> {
        loop {
            let since = Timestamp::now();
            let answer = match self.client.send(&request) {
                Ok(answer) => answer,
                Err(broken @ (NetError::Broken { .. } | NetError::Malformed { .. })) => {
                    self.broke_off(request, actor, since, &broken);
                    return Ok(None);
                }
                Err(stop) => return Err(stop),
            };
            if answer.status == 429 {
                // An answer that the limiter gave says nothing of the route.
                self.pause(answer.header("retry-after"))?;
                continue;
            }
            let exchange = Exchange {
                request,
                answer,
                actor,
                since,
            };
            self.observe(route, &exchange);
            return Ok(Some(exchange));
        }
    }

    /// Sends calls at the same moment, each on a connection of its own; nothing where the service broke off.
    pub(crate) fn exchange_together(&mut self, calls: &[Call]) -> Result<Vec<Option<Exchange>>, NetError> {
        let mut requests = Vec::new();
        for call in calls {
            requests.push(self.spell(call)?);
        }
        let since = Timestamp::now();
        let answers = self.client.send_together(&requests)?;
        let mut exchanges = Vec::new();
        for ((call, request), answer) in calls.iter().zip(requests).zip(answers) {
            let answer = match answer {
                Ok(answer) => answer,
                Err(broken) => {
                    self.broke_off(request, call.actor, since, &broken);
                    exchanges.push(None);
                    continue;
                }
            };
            let exchange = Exchange {
                request,
                answer,
                actor: call.actor,
                since,
            };
            self.observe(Some(&self.model.http.routes[call.route]), &exchange);
            exchanges.push(Some(exchange));
        }
        Ok(exchanges)
    }

    fn observe(&mut self, route: Option<&'a Route>, exchange: &Exchange) {
        let token = self.actor(exchange.actor).token.clone();
        let seen = Seen {
            design: &self.model.design,
            route,
            request: &exchange.request,
            answer: &exchange.answer,
            token: token.as_deref(),
        };
        for (check, symptom) in observe(seen) {
            self.ledger.count(check);
            if let Some(symptom) = symptom {
                let label = exchange.answer.status.to_string();
                self.find(check, &label, exchange, Ground::Route, symptom);
            }
        }
    }

    fn broke_off(&mut self, request: Request, actor: ActorId, since: Timestamp, broken: &NetError) {
        let answer = crate::net::Answer {
            status: 0,
            headers: Vec::new(),
            body: Vec::new(),
        };
        let source = std::error::Error::source(broken)
            .map(|source| format!(": {source}"))
            .unwrap_or_default();
        let symptom = Symptom::new("no-answer", "an answer", format!("{broken}{source}"));
        let exchange = Exchange {
            request,
            answer,
            actor,
            since,
        };
        self.find(&catalogue::E05, "broken", &exchange, Ground::Route, symptom);
    }

    /// Waits as long as a 429 asks; ends the run where that is longer than it has.
    fn pause(&mut self, retry_after: Option<&str>) -> Result<(), NetError> {
        let asked = retry_after
            .and_then(|text| text.parse().ok())
            .map_or(Duration::from_secs(1), Duration::from_secs);
        let pause = asked.max(Duration::from_millis(100));
        self.ledger.note(
            "the service limits how often a caller may call, and the run had to wait: lift the limit for it"
                .to_owned(),
        );
        if pause > MAX_PAUSE || pause >= self.client.remaining() {
            return Err(NetError::Spent { what: "time" });
        }
        std::thread::sleep(pause);
        Ok(())
    }
}
