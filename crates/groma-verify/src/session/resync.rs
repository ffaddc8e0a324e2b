//! Proof that a refused write changed nothing, and what to do when the service and the oracle fall apart.

use serde_json::{Map, Value as Json};

use groma_ir::http::{Operation, RouteId};

use super::{Exchange, Reply, Session};
use crate::call::{ActorId, Call, Key};
use crate::catalogue::Check;
use crate::judge::{Expected, Symptom, excerpt};
use crate::net::NetError;
use crate::oracle::{Outcome, RowId};
use crate::report::Severity;
use crate::wire;

impl Session<'_> {
    /// Reads a row back, as somebody who may read it.
    fn read_back(&mut self, row: RowId) -> Result<Option<(Exchange, RouteId)>, NetError> {
        let Some(reader) = self.reader(row) else {
            return Ok(None);
        };
        self.read_back_as(row, reader)
    }

    fn read_back_as(&mut self, row: RowId, reader: ActorId) -> Result<Option<(Exchange, RouteId)>, NetError> {
        let Some(get) = self.route_of(row.entity, Operation::Get) else {
            return Ok(None);
        };
        let request = wire::request(&self.world, &Call::new(get, reader).on(row), self.who(reader));
        let request = self.signed(request, reader);
        let route = &self.model.http.routes[get];
        Ok(self
            .exchange(Some(route), request, reader)?
            .map(|exchange| (exchange, get)))
    }

    /// Takes note of the rows that a call has made beside its own, and asks for their keys where a route tells them.
    pub(crate) fn learn_beside(&mut self, call: &Call, row: RowId) -> Result<(), NetError> {
        let who = self
            .actors
            .get(call.actor.0)
            .and_then(|actor| actor.identity.as_ref());
        for made in self.world.make_beside(call, who, row) {
            self.learn(made)?;
        }
        Ok(())
    }

    /// Asks for what only the service knows of a row that an answer did not show, where a route tells it.
    pub(crate) fn learn(&mut self, row: RowId) -> Result<(), NetError> {
        let Some((read, _)) = self.read_back(row)? else {
            return Ok(());
        };
        if let Some(Json::Object(item)) = read.answer.json().filter(|_| read.answer.status == 200) {
            self.world.resync(row, &item);
        }
        Ok(())
    }

    /// Compares a row with what the oracle holds of it; the finding names the write that was refused.
    pub(crate) fn prove_unchanged(
        &mut self,
        check: &'static Check,
        label: &str,
        call: &Call,
        row: RowId,
    ) -> Result<(), NetError> {
        if !self.world.row(row).alive {
            return Ok(());
        }
        let Some((read, get)) = self.read_back(row)? else {
            return Ok(());
        };
        let Some(schema) = self.model.http.routes[get].success.body else {
            return Ok(());
        };
        let expected = Expected {
            world: &self.world,
            schema,
            ask: &call.ask,
            who: self.who(read.actor),
            since: read.since,
        }
        .shown(row);
        let got = read.answer.json().unwrap_or(Json::Null);
        if read.answer.status == 200 && same_members(&expected, &got) {
            return Ok(());
        }
        let request = self.spell(call)?;
        let symptom = Symptom::new(
            "row-changed",
            format!("the row as it was: {expected}"),
            excerpt(&read.answer),
        );
        let severity = if check.severity < Severity::High {
            Severity::High
        } else {
            check.severity
        };
        let exchange = Exchange {
            request,
            actor: call.actor,
            ..read.clone()
        };
        let outcome = self.decide(call);
        self.find(
            check,
            label,
            &exchange,
            outcome.ground,
            symptom.severity(severity),
        );
        self.adopt(row, &read);
        Ok(())
    }

    /// Takes over what the service holds, so that one mistake is not reported again and again.
    pub(super) fn recover(
        &mut self,
        _check: &'static Check,
        _label: &str,
        call: &Call,
        outcome: Outcome,
        exchange: Option<Exchange>,
    ) -> Result<Reply, NetError> {
        let route = &self.model.http.routes[call.route];
        let answer = exchange.map(|exchange| exchange.answer);
        let item = answer
            .as_ref()
            .filter(|answer| answer.status < 300)
            .and_then(crate::net::Answer::json);
        match (&call.key, route.operation) {
            (Key::None, Operation::Create) => {
                self.take_in(route.entity, item.as_ref().and_then(Json::as_object));
            }
            (Key::Row(row), operation) if operation.is_write() => {
                if let Some(Json::Object(item)) = &item {
                    self.world.resync(*row, item);
                }
                let read = self.read_back(*row)?;
                let is_gone = read.as_ref().is_none_or(|(read, _)| read.answer.status == 404);
                let is_done = answer.as_ref().is_some_and(|answer| answer.status < 300);
                if operation == Operation::Delete && is_done && is_gone {
                    self.bury(*row)?;
                } else if let Some((read, _)) = read {
                    self.adopt(*row, &read);
                }
            }
            _ => {}
        }
        Ok(Reply {
            request: None,
            outcome,
            row: None,
            answer,
        })
    }

    /// Takes over that a row was deleted that others should have kept, and which of those are gone with it.
    fn bury(&mut self, row: RowId) -> Result<(), NetError> {
        let mut open = vec![row];
        while let Some(row) = open.pop() {
            for holding in self.world.holding(row) {
                let read = self.read_back(holding)?;
                if read.is_some_and(|(read, _)| read.answer.status == 404) && !open.contains(&holding) {
                    open.push(holding);
                }
            }
            self.world.bury(row);
        }
        Ok(())
    }

    /// Takes in a row that should not have come into being, as the service shows it.
    fn take_in(&mut self, entity: groma_ir::design::EntityId, item: Option<&Map<String, Json>>) {
        let Some(item) = item else { return };
        let fields = self.model.design.entities[entity].fields.iter();
        let cells = fields
            .map(|field| item.get(&field.wire).cloned().unwrap_or(Json::Null))
            .collect();
        self.world.insert(entity, cells);
    }

    fn adopt(&mut self, row: RowId, read: &Exchange) {
        match (read.answer.status, read.answer.json()) {
            (200, Some(Json::Object(item))) => self.world.resync(row, &item),
            (404, _) => self.world.row_mut(row).alive = false,
            _ => {}
        }
    }

    /// Reads a row as an actor and judges it as the answer to a call of a check.
    pub(crate) fn check_row(
        &mut self,
        check: &'static Check,
        label: &str,
        row: RowId,
        reader: ActorId,
    ) -> Result<(), NetError> {
        let Some(get) = self.route_of(row.entity, Operation::Get) else {
            return Ok(());
        };
        self.try_call(check, label, &Call::new(get, reader).on(row))?;
        Ok(())
    }
}

fn same_members(expected: &Json, got: &Json) -> bool {
    let (Json::Object(expected), Json::Object(got)) = (expected, got) else {
        return false;
    };
    expected.iter().all(|(name, value)| {
        got.get(name)
            .is_some_and(|got| crate::oracle::same_json(value, got))
    })
}
