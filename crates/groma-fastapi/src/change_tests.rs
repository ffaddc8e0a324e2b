//! `tests/test_<resource>_changes.py`: what a change meets beside the rules. Another state of the row than the one that was
//! read, another row with what no two may have, and a replace that makes its row.
//!
//! The situations are those of the access tests in which everything is allowed.

mod acts;
mod line;
mod makes;
mod readable;
mod sent;
mod values;
mod written;

use std::collections::BTreeSet;

use groma_access::{Told, situations};
use groma_files::FileSet;
use groma_ir::design::{Default, EntityId, FieldId};
use groma_ir::http::{Operation, Route};

use crate::access_tests::courses::{Ask, asks};
use crate::access_tests::scene::Scene;
use crate::access_tests::{can_call, usual};
use crate::cx::{Cx, Package};
use crate::python::{Block, Doc, Imports, Module, string};
use crate::service::function_of;
use crate::words;

/// Adds the tests of all packages.
pub(crate) fn add(cx: &Cx<'_>, files: &mut FileSet) {
    if !can_call(cx) && cx.model.design.auth.is_some() {
        return;
    }
    let known = usual::known(cx);
    let mut is_used = false;
    for package in cx
        .packages
        .iter()
        .filter(|package| known.contains(&package.entity))
    {
        let mut changes = Changes::of(cx, package, &known);
        changes.states();
        for (_, route) in cx.routes(package) {
            match route.operation {
                Operation::Create => changes.twice(route),
                Operation::Replace if route.made.is_some() => changes.makes(route),
                _ => None,
            };
        }
        changes.written();
        if changes.module.has_blocks() {
            let path = format!("tests/test_{}_changes.py", package.name);
            is_used = true;
            files.insert(path, changes.module.text());
        }
    }
    if is_used {
        files.insert("tests/rows.py", usual::write(cx, &known));
    }
}

struct Changes<'w, 'm> {
    cx: &'w Cx<'m>,
    package: &'w Package,
    known: &'w BTreeSet<EntityId>,
    module: Module,
}

impl<'w, 'm> Changes<'w, 'm> {
    fn of(cx: &'w Cx<'m>, package: &'w Package, known: &'w BTreeSet<EntityId>) -> Self {
        let rows = words::rows(cx, package.entity);
        let mut module = Module::new(format!(
            "What changes of {rows} meet and leave behind. {}",
            cx.feature(package)
        ));
        module.imports.name("fastapi.testclient", "TestClient");
        module.imports.name("tests.rows", "calls");
        if cx.model.design.auth.is_some() {
            module.imports.name("tests.conftest", "Issuer");
        }
        Self {
            cx,
            package,
            known,
            module,
        }
    }

    /// Each change of the state that was read, and of another one.
    fn states(&mut self) {
        let routes = self.cx.routes(self.package).map(|(_, route)| route);
        let routes: Vec<&'m Route> = routes.collect();
        let gets = routes
            .iter()
            .filter(|route| route.operation == Operation::Get && route.etag);
        for get in gets {
            self.known_state(get);
        }
        let mut cases = Vec::new();
        let mut items = Vec::new();
        for route in routes
            .iter()
            .filter(|route| route.if_match && route.find.is_none())
        {
            let get = routes.iter().find(|get| {
                let is_same = route.path.parts.starts_with(&get.path.parts);
                get.operation == Operation::Get && get.etag && get.resource == route.resource && is_same
            });
            if let Some((case, item)) = get.and_then(|get| self.state(route, get)) {
                cases.push(case);
                items.push(item);
            }
        }
        let Some(first) = items.first().cloned() else {
            return;
        };
        let mut names = vec!["rows", "method", "path", "body", "status"];
        let mut types = vec!["list[SQLModel]", "str", "str", "object", "int"];
        if self.has_callers() {
            names.insert(0, "claims");
            types.insert(0, "dict[str, Any] | None");
            self.module.imports.name("typing", "Any");
        }
        let item = if items.iter().all(|item| *item == first) {
            first
        } else {
            for (case, item) in cases.iter_mut().zip(items) {
                case.push(item);
            }
            names.push("item");
            types.push("str");
            Doc::text("item")
        };
        self.module.imports.name("sqlmodel", "SQLModel");
        self.module.imports.module("pytest");
        let mut block = Block::new();
        let quoted = Doc::tuple(names.iter().map(|name| Doc::text(string(name))));
        let table = [quoted, Doc::list(cases.into_iter().map(Doc::tuple))];
        block.statement("@", &Doc::call("pytest.mark.parametrize", table), "");
        let own = names.iter().zip(types).map(|(name, ty)| format!("{name}: {ty}"));
        let head = self.fixtures().iter().map(|fixture| (*fixture).to_owned());
        let head = Doc::call(
            "def test_a_change_is_of_the_state_that_was_read",
            head.chain(own).map(Doc::text),
        );
        block.statement("", &head, " -> None:");
        let claims = self.has_callers().then(|| Doc::text("claims"));
        let caller = calls(claims, Doc::text("rows"));
        let is_touched = self.cx.model.design.entities[self.package.entity]
            .fields
            .iter()
            .any(|field| field.touch);
        block.inner(|body| {
            body.statement("caller = ", &caller, "");
            let get = Doc::join([
                Doc::call("caller.get", [item.clone()]),
                Doc::of(".headers", [Doc::text("\"etag\"")]),
            ]);
            body.statement("tag = ", &get, "");
            body.line("answer = caller.send(method, path, body, If_Match='\"other\"')");
            body.line("assert answer.status_code == 412, answer.text");
            body.line("answer = caller.send(method, path, body, If_Match=f'\"other\", {tag}')");
            body.line("assert answer.status_code == status, answer.text");
            if is_touched {
                let get = Doc::call("caller.get", [item.clone()]);
                let get = Doc::join([get, Doc::text(".headers.get(\"etag\") != tag")]);
                body.statement("assert ", &get, "");
            }
        });
        self.module.push(block);
    }

    /// A change of a state, and the path of the row.
    fn state(&mut self, route: &'m Route, get: &'m Route) -> Option<(Vec<Doc>, Doc)> {
        let ask = asks(self.cx, route)
            .into_iter()
            .find(|ask| ask.refuses.is_none())?;
        let told = situations(&self.cx.model.design, &ask.course);
        let scenes = allowed(self.cx, self.known, &ask, &told);
        let of = |changes: &Self, scene: &Scene<'_, 'm>, imports: &mut Imports| {
            let body = scene.body(imports);
            if route.body.is_some() && body.is_none() {
                return None;
            }
            let item = placed(imports, scene.path_of(get)?);
            let claims = changes.has_callers().then(|| scene.claims());
            let others = vec![
                scene.rows(imports),
                Doc::text(string(route.method.name())),
                Doc::text(placed(imports, scene.path()?)),
                body.unwrap_or_else(|| Doc::text("None")),
                Doc::text(route.success.status.to_string()),
            ];
            let case = claims.into_iter().chain(others).collect();
            Some((case, Doc::text(item)))
        };
        self.first(scenes, of)
    }

    /// What can be written of the plainest situation, with what it imports.
    fn first<R>(
        &mut self,
        scenes: Vec<(&Told, Scene<'_, 'm>)>,
        write: impl Fn(&Self, &Scene<'_, 'm>, &mut Imports) -> Option<R>,
    ) -> Option<R> {
        let mut scenes = scenes.into_iter();
        scenes.find_map(|(_, scene)| self.attempt(|changes, imports| write(changes, &scene, imports)))
    }

    /// What somebody knows of a row is not sent to them again.
    fn known_state(&mut self, get: &'m Route) -> Option<()> {
        let ask = asks(self.cx, get).into_iter().find(|ask| ask.refuses.is_none())?;
        let told = situations(&self.cx.model.design, &ask.course);
        let scenes = allowed(self.cx, self.known, &ask, &told);
        let (caller, path) = self.first(scenes, |changes, scene, imports| {
            let path = placed(imports, scene.path()?);
            Some((changes.caller(scene, imports), path))
        })?;
        let name = format!("test_{}_that_is_known", function_of(get));
        self.test(&name, |body| {
            body.statement("caller = ", &caller, "");
            body.line(&format!("tag = caller.get({path}).headers[\"etag\"]"));
            body.line(&format!("answer = caller.get({path}, If_None_Match=tag)"));
            body.line("assert (answer.status_code, answer.content) == (304, b\"\")");
            body.line(&format!("answer = caller.get({path}, If_None_Match='\"other\"')"));
            body.line("assert answer.status_code == 200, answer.text");
        });
        Some(())
    }

    /// A second row with what no two may have.
    fn twice(&mut self, route: &'m Route) -> Option<()> {
        let declared = &self.cx.model.design.entities[route.entity];
        if route.success.status != 201 || declared.uniques.is_empty() {
            return None;
        }
        let ask = asks(self.cx, route)
            .into_iter()
            .find(|ask| ask.refuses.is_none())?;
        let told = situations(&self.cx.model.design, &ask.course);
        let scenes = allowed(self.cx, self.known, &ask, &told);
        let parents: Vec<FieldId> = route.path.parents().map(|parent| parent.field).collect();
        let (caller, path, body) = self.first(scenes, |changes, scene, imports| {
            let is_same = |field: &FieldId| {
                let default = &declared.fields[*field].default;
                parents.contains(field)
                    || scene.sent(*field).is_some()
                    || !route.writes.contains(field)
                        && matches!(default, Some(Default::Caller | Default::Value(_)))
            };
            let mut uniques = declared.uniques.iter().filter(|unique| unique.when.is_none());
            uniques.find(|unique| unique.fields.iter().all(is_same))?;
            let path = placed(imports, scene.path()?);
            let body = scene.body(imports)?;
            Some((changes.caller(scene, imports), path, body))
        })?;
        let name = format!("test_{}_twice", function_of(route));
        self.test(&name, |block| {
            block.statement("caller = ", &caller, "");
            block.statement("body = ", &body, "");
            for status in [201, 409] {
                block.line(&format!("answer = caller.post({path}, body)"));
                block.line(&format!("assert answer.status_code == {status}, answer.text"));
            }
            block.line("assert answer.json()[\"type\"] == \"/problems/conflict\"");
        });
        Some(())
    }

    /// Whether the design knows who calls.
    fn has_callers(&self) -> bool {
        self.cx.model.design.auth.is_some()
    }

    /// What every test takes.
    fn fixtures(&self) -> &'static [&'static str] {
        if self.has_callers() {
            &["client: TestClient", "issuer: Issuer"]
        } else {
            &["client: TestClient"]
        }
    }

    fn caller(&self, scene: &Scene<'_, '_>, imports: &mut Imports) -> Doc {
        let rows = scene.rows(imports);
        calls(self.has_callers().then(|| scene.claims()), rows)
    }

    fn test(&mut self, name: &str, write: impl FnOnce(&mut Block)) {
        let mut block = Block::new();
        let parameters = self.fixtures().iter().map(|fixture| Doc::text(*fixture));
        block.statement("", &Doc::call(format!("def {name}"), parameters), " -> None:");
        block.inner(write);
        self.module.push(block);
    }
}

/// The situations in which a request is done, the plainest first.
pub(crate) fn allowed<'a, 'm>(
    cx: &'a Cx<'m>,
    known: &'a BTreeSet<EntityId>,
    ask: &'a Ask<'m>,
    told: &'a [Told],
) -> Vec<(&'a Told, Scene<'a, 'm>)> {
    let done = told.iter().filter(|told| told.refused.is_none());
    let scenes = done.filter_map(|told| Some((told, Scene::of((cx, known), ask, told)?)));
    let mut scenes: Vec<_> = scenes.collect();
    scenes.sort_by_key(|(_, scene)| scene.count());
    scenes
}

/// `calls(client, issuer, {}, [...])`
pub(crate) fn caller(scene: &Scene<'_, '_>, imports: &mut Imports) -> Doc {
    let rows = scene.rows(imports);
    calls(Some(scene.claims()), rows)
}

/// `calls(client, rows)`, with who calls where the design knows.
fn calls(claims: Option<Doc>, rows: Doc) -> Doc {
    let issuer = claims.is_some().then(|| Doc::text("issuer"));
    let client = std::iter::once(Doc::text("client"));
    Doc::call("calls", client.chain(issuer).chain(claims).chain([rows]))
}

/// A path as a literal, with what it takes to be imported.
pub(crate) fn placed(imports: &mut Imports, (path, uses): (String, Vec<(String, String)>)) -> String {
    for (module, name) in uses {
        imports.name(&module, &name);
    }
    path
}
