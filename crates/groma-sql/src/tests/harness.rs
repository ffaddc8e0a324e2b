//! A service in memory, asked like a server is, but without HTTP. What it answers on SQLite, it has to answer on
//! Postgres too.

mod postgres;

use std::cell::Cell as Counter;
use std::sync::Arc;

use groma_ir::Id;
use groma_ir::Model;
use groma_ir::access::CallerFacts;
use groma_ir::design::{RoleId, RoleSet};
use groma_ir::http::RouteId;
use groma_plan::{Caller, Cell, Failure, Found, Incoming, Plans, Request, Row, Value, World, problem_json};
use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;
use rusqlite::types::ValueRef;

pub(super) use postgres::Twin;

use crate::{Call, Dialect, Outcome, Presence, Sql, Step, Transaction, create_statements, replies, sqlite};

thread_local! {
    static KEYS: Counter<u64> = const { Counter::new(1) };
}

/// Keys that count up, so that goldens do not change.
fn uuid() -> [u8; 16] {
    let number = KEYS.replace(KEYS.get() + 1).to_be_bytes();
    let mut bytes = [0; 16];
    bytes[8..].copy_from_slice(&number);
    bytes
}

fn random(bytes: &mut [u8]) {
    bytes.fill(7);
}

pub(super) struct Api {
    pub(super) plans: Arc<Plans>,
    pub(super) sql: Arc<Sql>,
    pub(super) db: Connection,
    /// The same on Postgres; not there for a service whose rows only SQLite takes.
    pub(super) twin: Option<Twin>,
    /// Whether what a request changes stays.
    pub(super) keeps: Counter<bool>,
    pub(super) now: Counter<i64>,
    /// How many statements the last request ran.
    pub(super) ran: Counter<usize>,
    /// Whether the last request changed a row on Postgres.
    pub(super) twin_changed: Counter<bool>,
}

#[derive(PartialEq, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: serde_json::Value,
    pub(super) text: String,
    pub(super) etag: Option<String>,
    pub(super) location: Option<String>,
    pub(super) link: Option<String>,
}

pub(super) struct Ask<'a> {
    pub(super) method: &'a str,
    pub(super) url: &'a str,
    pub(super) body: &'a str,
    pub(super) if_match: Option<&'a str>,
    pub(super) if_none_match: Option<&'a str>,
    pub(super) idempotency_key: Option<&'a str>,
}

impl<'a> Ask<'a> {
    pub(super) fn new(method: &'a str, url: &'a str) -> Self {
        Self {
            method,
            url,
            body: "",
            if_match: None,
            if_none_match: None,
            idempotency_key: None,
        }
    }
}

impl Answer {
    fn of(outcome: Outcome, ask: &Ask<'_>) -> Self {
        match outcome {
            Ok(reply) => {
                let text = String::from_utf8(reply.body).unwrap();
                Self {
                    status: reply.status,
                    body: serde_json::from_str(&text).unwrap_or_default(),
                    text,
                    etag: reply.etag,
                    location: reply.location,
                    link: reply.link,
                }
            }
            Err(failure) => {
                let text = String::from_utf8(problem_json(&failure, ask.url, "r1")).unwrap();
                Self {
                    status: failure.problem.status(),
                    body: serde_json::from_str(&text).unwrap(),
                    text,
                    etag: None,
                    location: None,
                    link: None,
                }
            }
        }
    }
}

/// A step of the database's plan.
struct Node {
    id: i64,
    parent: i64,
    detail: String,
}

struct Adapter<'r, 's>(&'r rusqlite::Row<'s>);

impl Row for Adapter<'_, '_> {
    fn cell(&self, index: usize) -> Cell<'_> {
        match self.0.get_ref(index).unwrap() {
            ValueRef::Null => Cell::Null,
            ValueRef::Integer(number) => Cell::Int(number),
            ValueRef::Real(number) => Cell::Float(number),
            ValueRef::Text(text) => Cell::Text(std::str::from_utf8(text).unwrap()),
            ValueRef::Blob(_) => panic!("no column holds bytes"),
        }
    }
}

/// A user with a token.
pub(super) fn user(name: &str) -> Caller {
    let roles = RoleSet::EMPTY.with(RoleId::new(0));
    Caller {
        key: Value::Text(name.to_owned()),
        facts: CallerFacts {
            authenticated: true,
            roles,
        },
        claims: Vec::new(),
    }
}

/// A user who has every role of the sample.
pub(super) fn admin(name: &str) -> Caller {
    let mut caller = user(name);
    caller.facts.roles = caller.facts.roles.with(RoleId::new(1));
    caller
}

impl Api {
    pub(super) fn tasks() -> Self {
        Self::new(groma_ir::sample::tasks(), Presence::none())
    }

    pub(super) fn new(model: Model, presence: Presence) -> Self {
        let mut api = Self::on_sqlite(model, presence);
        let sql = &api.sql;
        let twin = Twin::new(sql.model.clone(), api.plans.clone(), sql.presence().clone());
        api.twin = Some(twin);
        api
    }

    /// The same without its twin.
    pub(super) fn on_sqlite(model: Model, presence: Presence) -> Self {
        let db = Connection::open_in_memory().unwrap();
        db.pragma_update(None, "foreign_keys", true).unwrap();
        let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
        db.create_scalar_function("groma_fold", 1, flags, |cx| {
            let text: Option<String> = cx.get(0)?;
            Ok(text.map(|text| groma_plan::fold(&text)))
        })
        .unwrap();
        for statement in create_statements(&model, Dialect::Sqlite) {
            db.execute_batch(&statement)
                .unwrap_or_else(|error| panic!("{error}: {statement}"));
        }
        let plans = Arc::new(Plans::new(&model));
        let sql = Arc::new(Sql::new(
            Arc::new(model),
            plans.clone(),
            Dialect::Sqlite,
            presence,
        ));
        let now = Counter::new(1_795_255_200_000_000);
        Self {
            plans,
            sql,
            db,
            twin: None,
            keeps: Counter::new(true),
            now,
            ran: Counter::new(0),
            twin_changed: Counter::new(false),
        }
    }

    /// Asks, and panics on anything that a server could not answer.
    pub(super) fn ask(&self, caller: &Caller, ask: &Ask<'_>) -> Answer {
        self.twin_changed.set(false);
        let (route, request) = match self.decoded(caller, ask) {
            Ok(request) => (request.route, request),
            Err((route, failure)) => {
                self.is_declared(route, &failure);
                return Answer::of(Err(failure), ask);
            }
        };
        let keys = KEYS.get();
        let outcome = self.outcome(caller, &request);
        if let Err(failure) = &outcome {
            self.is_declared(route, failure);
        }
        let answer = Answer::of(outcome, ask);
        if let Some(twin) = &self.twin {
            KEYS.set(keys);
            let ran = twin.answer(caller, &request, self.keeps.get());
            self.twin_changed.set(ran.has_changed);
            let other = Answer::of(ran.outcome, ask);
            assert_eq!(
                other, answer,
                "{} {}: Postgres, and then SQLite",
                ask.method, ask.url
            );
            assert_eq!(ran.statements, self.ran.get(), "{} {}", ask.method, ask.url);
        }
        answer
    }

    /// What a request needs around its statements.
    pub(super) fn transaction(
        &self,
        caller: &Caller,
        (method, url, body): (&str, &str, &str),
    ) -> Transaction {
        let ask = Ask {
            body,
            ..Ask::new(method, url)
        };
        let Ok(request) = self.decoded(caller, &ask) else {
            panic!("{method} {url} cannot be asked for")
        };
        self.sql.job(Arc::new(caller.clone()), request).transaction()
    }

    /// What Postgres answers, where only it has the rows.
    pub(super) fn get_on_postgres(&self, caller: &Caller, url: &str) -> Answer {
        let ask = Ask::new("GET", url);
        let Ok(request) = self.decoded(caller, &ask) else {
            panic!("{url} cannot be asked for")
        };
        let twin = self.twin.as_ref().unwrap();
        Answer::of(twin.answer(caller, &request, true).outcome, &ask)
    }

    /// What Postgres answers behind its policies to statements that know no rules, of a service with the same routes.
    pub(super) fn ask_without_rules(&self, open: &Model, caller: &Caller, ask: &Ask<'_>) -> Answer {
        let twin = self.twin.as_ref().unwrap();
        let mut open = open.clone();
        open.design
            .service
            .row_security
            .clone_from(&twin.fenced().model().design.service.row_security);
        let open = Arc::new(open);
        let plans = Arc::new(Plans::new(&open));
        let sql = Sql::new(open, plans, Dialect::Postgres, self.sql.presence().clone());
        let Ok(request) = self.decoded(caller, ask) else {
            panic!("{} cannot be asked for", ask.url)
        };
        Answer::of(
            twin.answer_by(&Arc::new(sql), caller, &request, false).outcome,
            ask,
        )
    }

    /// Lets so many seconds pass.
    pub(super) fn pass(&self, seconds: i64) {
        self.now.set(self.now.get() + seconds * 1_000_000);
    }

    /// Removes answers that are kept no longer, and says how many.
    pub(super) fn forget(&self) -> usize {
        let mut count = 0;
        let call = replies::forget(Dialect::Sqlite, self.now.get(), 500);
        self.run(&call, |_| count += 1).unwrap();
        count
    }

    /// Runs statements that both databases understand.
    pub(super) fn run_all(&self, text: &str) {
        self.db.execute_batch(text).unwrap();
        if let Some(twin) = &self.twin {
            twin.run(text);
        }
    }

    /// Every answer must be one that the documents of the route list.
    fn is_declared(&self, route: RouteId, failure: &Failure) {
        let route = &self.sql.model().http.routes[route];
        let is_known = route
            .answers
            .iter()
            .any(|answer| answer.problem == failure.problem);
        assert!(is_known, "{} does not list {failure:?}", route.operation_id);
    }

    pub(super) fn get(&self, caller: &Caller, url: &str) -> Answer {
        self.ask(caller, &Ask::new("GET", url))
    }

    pub(super) fn send(&self, caller: &Caller, method: &str, url: &str, body: &str) -> Answer {
        self.ask(
            caller,
            &Ask {
                body,
                ..Ask::new(method, url)
            },
        )
    }

    /// Makes something and returns its id.
    pub(super) fn make(&self, caller: &Caller, url: &str, body: &str) -> String {
        let answer = self.send(caller, "POST", url, body);
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.body["id"].as_str().unwrap().to_owned()
    }

    pub(super) fn decoded(&self, caller: &Caller, ask: &Ask<'_>) -> Result<Request, (RouteId, Failure)> {
        let (path, query) = match ask.url.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (ask.url, None),
        };
        let Found::Route { route, params, .. } = self.plans.find(ask.method, path) else {
            panic!("no route for {} {path}", ask.method)
        };
        let at = |failure| (route, failure);
        self.plans.admit(route, &params, caller).map_err(at)?;
        self.now.set(self.now.get() + 1_000);
        let world = World {
            now: self.now.get(),
            uuid,
            random,
        };
        let incoming = Incoming {
            route,
            params: &params,
            path,
            query,
            body: ask.body.as_bytes(),
            if_match: ask.if_match,
            if_none_match: ask.if_none_match,
            idempotency_key: ask.idempotency_key,
        };
        self.plans.decode(&incoming, caller, &world).map_err(at)
    }

    fn outcome(&self, caller: &Caller, request: &Request) -> Outcome {
        let mut job = self.sql.job(Arc::new(caller.clone()), request.clone());
        let writes = matches!(job.transaction(), Transaction::Write(_));
        self.ran.set(0);
        self.db.execute_batch("SAVEPOINT request").unwrap();
        let outcome = loop {
            match job.next() {
                Step::Run(call) => {
                    self.ran.set(self.ran.get() + 1);
                    match self.run(&call, |row| job.row(row)) {
                        Ok(()) => {}
                        Err(rusqlite::Error::SqliteFailure(error, Some(message))) => {
                            let violation = sqlite::violation(error.extended_code, &message);
                            job.fail(violation.unwrap_or_else(|| panic!("{message}: {}", call.sql)));
                        }
                        Err(other) => panic!("{other}: {}", call.sql),
                    }
                }
                Step::Again => panic!("nobody else writes"),
                Step::Done(outcome) => break outcome,
            }
        };
        let end = if outcome.is_ok() && writes {
            "RELEASE request"
        } else {
            "ROLLBACK TO request; RELEASE request"
        };
        self.db.execute_batch(end).unwrap();
        outcome
    }

    pub(super) fn run(&self, call: &Call, mut on_row: impl FnMut(&dyn Row)) -> rusqlite::Result<()> {
        let mut statement = self.db.prepare_cached(&call.sql)?;
        bind(&mut statement, call)?;
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next()? {
            on_row(&Adapter(row));
        }
        Ok(())
    }

    /// The statement that a request runs first.
    fn first_call(&self, sql: &Arc<Sql>, caller: &Caller, url: &str) -> Call {
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        let Found::Route { route, params, .. } = self.plans.find("GET", path) else {
            panic!("no route")
        };
        let world = World { now: 0, uuid, random };
        let incoming = Incoming {
            route,
            params: &params,
            path,
            query: Some(query),
            body: b"",
            if_match: None,
            if_none_match: None,
            idempotency_key: None,
        };
        let request = self.plans.decode(&incoming, caller, &world).unwrap();
        let Step::Run(call) = sql.job(Arc::new(caller.clone()), request).next() else {
            panic!("nothing runs")
        };
        call
    }

    /// The database's plan for the statement that a request runs first.
    pub(super) fn explain(&self, caller: &Caller, url: &str) -> String {
        let details = self.nodes(caller, url).into_iter().map(|node| node.detail);
        details.collect::<Vec<_>>().join("\n")
    }

    /// What Postgres does for the statement that a request runs first.
    pub(super) fn explain_on_postgres(&self, caller: &Caller, url: &str) -> Vec<String> {
        let twin = self.twin.as_ref().unwrap();
        twin.explain(&self.first_call(&twin.sql, caller, url))
    }

    /// What the database does for each branch of the list that a request asks for, and after them for all together.
    pub(super) fn branches(&self, caller: &Caller, url: &str) -> (Vec<Vec<String>>, Vec<String>) {
        let nodes = self.nodes(caller, url);
        let mut branches: Vec<Vec<String>> = Vec::new();
        let mut rest = Vec::new();
        let mut inside: Vec<(i64, usize)> = Vec::new();
        for node in &nodes {
            let within = inside
                .iter()
                .find(|(id, _)| *id == node.parent)
                .map(|(_, at)| *at);
            if ["LEFT-MOST SUBQUERY", "UNION ALL"].contains(&node.detail.as_str()) {
                inside.push((node.id, branches.len()));
                branches.push(Vec::new());
            } else if let Some(steps) = within.and_then(|at| branches.get_mut(at)) {
                inside.extend(within.map(|at| (node.id, at)));
                steps.push(node.detail.clone());
            } else {
                rest.push(node.detail.clone());
            }
        }
        (branches, rest)
    }

    fn nodes(&self, caller: &Caller, url: &str) -> Vec<Node> {
        let call = self.first_call(&self.sql, caller, url);
        let mut statement = self
            .db
            .prepare(&format!("EXPLAIN QUERY PLAN {}", call.sql))
            .unwrap();
        bind(&mut statement, &call).unwrap();
        let mut rows = statement.raw_query();
        let mut nodes = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            nodes.push(Node {
                id: row.get(0).unwrap(),
                parent: row.get(1).unwrap(),
                detail: row.get(3).unwrap(),
            });
        }
        nodes
    }

    /// How many steps of its machine the database takes for the statement that a request runs first.
    pub(super) fn steps(&self, caller: &Caller, url: &str) -> i32 {
        let call = self.first_call(&self.sql, caller, url);
        let mut statement = self.db.prepare(&call.sql).unwrap();
        bind(&mut statement, &call).unwrap();
        let mut rows = statement.raw_query();
        while rows.next().unwrap().is_some() {}
        drop(rows);
        statement.get_status(rusqlite::StatementStatus::VmStep)
    }
}

fn bind(statement: &mut rusqlite::Statement<'_>, call: &Call) -> rusqlite::Result<()> {
    for (index, value) in call.params.iter().enumerate() {
        let index = index + 1;
        match sqlite::bound(value) {
            sqlite::Bound::Null => statement.raw_bind_parameter(index, rusqlite::types::Null)?,
            sqlite::Bound::Int(number) => statement.raw_bind_parameter(index, number)?,
            sqlite::Bound::Float(number) => statement.raw_bind_parameter(index, number)?,
            sqlite::Bound::Text(text) => statement.raw_bind_parameter(index, text.as_ref())?,
        }
    }
    Ok(())
}
