//! Tests of the rows of an entity. `tests/conformance/test_<resource>.py` asks what the contract says, by requests
//! alone, and goes to any service; `tests/test_<resource>.py` is for rows that have to be put into the database.
//!
//! Either has rows in a state in which the rules let Alice read one of them, and nobody else.

mod bodies;
pub(crate) mod made;
mod requests;
mod retries;
mod rows;
pub(crate) mod samples;

pub(crate) use retries::add as add_retries;

use groma_files::FileSet;
use groma_ir::access::Grants;
use groma_ir::design::Verb;
use groma_ir::http::{Operation, PathPart, Route, SchemaKind};

use crate::cx::{Cx, Package};
use crate::python::{Block, Doc, Module, string};
use crate::words;

/// Adds the tests of a package; none where there are no routes.
pub(crate) fn add(cx: &Cx<'_>, package: &Package, files: &mut FileSet) {
    if package.routes.is_empty() {
        return;
    }
    let mut contract = Tests::new(cx, package);
    let is_made = contract.made();
    if is_made {
        contract.reading();
        contract.others();
    }
    contract.nobody();
    contract.bodies();
    contract.queries();
    contract.requests();
    if contract.module.has_blocks() {
        files.insert(
            format!("tests/conformance/test_{}.py", package.name),
            contract.module.text(),
        );
    }
    let mut own = Tests::new(cx, package);
    if !is_made && own.keys() {
        own.reading();
        if own.is_hers() {
            own.others();
        }
        files.insert(format!("tests/test_{}.py", package.name), own.module.text());
    }
}

struct Tests<'w, 'm> {
    cx: &'w Cx<'m>,
    package: &'w Package,
    module: Module,
}

impl<'w, 'm> Tests<'w, 'm> {
    fn new(cx: &'w Cx<'m>, package: &'w Package) -> Self {
        let rows = crate::names::capital(&words::rows(cx, package.entity));
        let mut module = Module::new(format!("{rows}. {}", cx.feature(package)));
        module.imports.name("tests.conftest", "Person");
        module.imports.module("pytest");
        Self { cx, package, module }
    }

    /// The routes about one row that its path names.
    fn items(&self) -> Vec<&'m Route> {
        let routes = self.cx.routes(self.package).map(|(_, route)| route);
        routes
            .filter(|route| route.operation.is_on_item() && route.find.is_none())
            .collect()
    }

    /// What Alice is shown.
    fn reading(&mut self) {
        let routes = self.cx.routes(self.package).map(|(_, route)| route);
        let reading: Vec<Doc> = routes
            .filter(|route| matches!(route.operation, Operation::Get | Operation::List))
            .map(|route| Doc::text(string(&route.path.template())))
            .collect();
        if reading.is_empty() {
            return;
        }
        let rows = self.rows();
        let mut block = Block::new();
        let cases = [Doc::text("\"path\""), Doc::list(reading)];
        block.statement("@", &Doc::call("pytest.mark.parametrize", cases), "");
        block.line("def test_alice_reads_it(alice: Person, keys: dict[str, str], path: str) -> None:");
        block.inner(|body| {
            body.line("answer = alice.get(path.format(**keys))");
            body.line("assert answer.status_code == 200, answer.text");
            body.line(&format!("assert {rows} != []"));
        });
        self.module.push(block);
    }

    /// Where the rows of a list stand in its answer; nowhere in that of a single row.
    fn rows(&self) -> String {
        let schemas = &self.cx.model.http.schemas;
        let mut routes = self.cx.routes(self.package).map(|(_, route)| route);
        let list = routes.find(|route| route.operation == Operation::List);
        let body = list.and_then(|list| list.success.body);
        match body.map(|body| &schemas[body].kind) {
            Some(SchemaKind::Page { items, .. }) => format!("answer.json().get({})", string(items)),
            _ => String::from("answer.json()"),
        }
    }

    /// What others are told of a row that is not theirs.
    fn others(&mut self) {
        let mut cases = Vec::new();
        for route in self.items() {
            if route.made.is_some() {
                continue;
            }
            let is_hers = route
                .path
                .parts
                .iter()
                .any(|part| matches!(part, PathPart::Caller { .. }));
            let status = if self.may_at_all(route) && !is_hers {
                "404"
            } else {
                "403"
            };
            let Some(body) = self.valid_body(route) else {
                continue;
            };
            cases.push(Doc::tuple([
                Doc::text(string(route.method.name())),
                Doc::text(string(&route.path.template())),
                body,
                Doc::text(status),
            ]));
        }
        if cases.is_empty() {
            return;
        }
        let mut block = Block::new();
        let names = ["method", "path", "body", "status"].map(|name| Doc::text(string(name)));
        let cases = [Doc::tuple(names), Doc::list(cases)];
        block.statement("@", &Doc::call("pytest.mark.parametrize", cases), "");
        let parameters = [
            "bob: Person",
            "keys: dict[str, str]",
            "method: str",
            "path: str",
            "body: object",
            "status: int",
        ];
        let head = Doc::call("def test_others_do_not_reach_it", parameters.map(Doc::text));
        block.statement("", &head, " -> None:");
        block.inner(|body| {
            body.line("answer = bob.send(method, path.format(**keys), body)");
            body.line("assert answer.status_code == status, answer.text");
        });
        self.module.push(block);
    }

    /// Whether some request of a caller without more than a token could pass.
    fn may_at_all(&self, route: &Route) -> bool {
        let access = self.cx.model.access.of(route.entity);
        let verb = route.operation.verb();
        let fields = if verb == Verb::Update {
            access.update.fields.as_slice()
        } else {
            &[]
        };
        let mut all = std::iter::once(access.verb(verb)).chain(fields.iter().map(|(_, pred)| pred));
        all.any(|pred| Grants::default().may(&self.cx.model.design, pred))
    }

    /// Routes that ask for a token.
    fn nobody(&mut self) {
        let routes = self.cx.routes(self.package).map(|(_, route)| route);
        let cases: Vec<Doc> = routes
            .filter(|route| !route.public)
            .map(|route| {
                Doc::tuple([
                    Doc::text(string(route.method.name())),
                    Doc::text(string(&placed(route))),
                ])
            })
            .collect();
        if cases.is_empty() {
            return;
        }
        let mut block = Block::new();
        let names = ["method", "path"].map(|name| Doc::text(string(name)));
        let cases = [Doc::tuple(names), Doc::list(cases)];
        block.statement("@", &Doc::call("pytest.mark.parametrize", cases), "");
        block.line("def test_who_has_no_token_is_told_so(nobody: Person, method: str, path: str) -> None:");
        block.inner(|body| {
            body.line("answer = nobody.send(method, path)");
            body.line("assert answer.status_code == 401, answer.text");
            body.line("assert answer.headers[\"www-authenticate\"] == \"Bearer\"");
        });
        self.module.push(block);
    }

    /// The fixture of whoever may call a route, as far as their token says.
    fn caller(&self, route: &Route) -> Option<String> {
        let grants = groma_ir::access::typical(self.cx.model, route);
        if !self.may_at_all(route) && grants.role.is_none() {
            return None;
        }
        let Some(auth) = &self.cx.model.design.auth else {
            return Some(String::from("nobody"));
        };
        Some(match grants.role {
            Some(role) if !self.may_at_all(route) => crate::names::attribute(&auth.roles[role].name),
            Some(_) | None => String::from("alice"),
        })
    }
}

/// A path of a route with keys that nobody and no row has.
fn placed(route: &Route) -> String {
    filled(route, "x", &|_| String::from("x"))
}

/// The text of such a path with the key of whoever calls, where it holds that, and with this behind it.
fn asked(route: &Route, caller: &str, tail: &str) -> String {
    let path = filled(route, &format!("{{{caller}.key}}"), &|_| String::from("x")) + tail;
    let is_filled = path.contains('{');
    format!("{}{}", if is_filled { "f" } else { "" }, string(&path))
}

fn filled(route: &Route, caller: &str, key: &dyn Fn(&str) -> String) -> String {
    let mut path = String::new();
    for part in &route.path.parts {
        path.push('/');
        match part {
            PathPart::Literal(text) => path.push_str(text),
            PathPart::Caller { .. } => path.push_str(caller),
            PathPart::Key { name, .. } => path.push_str(&key(name)),
            PathPart::Parent(parent) => path.push_str(&key(&parent.name)),
        }
    }
    path
}
