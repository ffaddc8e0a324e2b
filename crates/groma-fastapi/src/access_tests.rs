//! `tests/test_<resource>_access.py`: for each route the situations that its rules can tell apart, as a table.
//!
//! Which situations those are, and what is decided in each, is worked out from the rules themselves and not from the
//! Python that asks them: so whatever part of a rule, of a state or of a guard is broken, a line of some table fails.

pub(crate) mod courses;
mod embedded;
pub(crate) mod scene;
pub(crate) mod usual;
pub(crate) mod values;

use std::collections::BTreeSet;

use groma_access::{Told, situations};
use groma_files::FileSet;
use groma_ir::access::CallerFacts;
use groma_ir::design::{Aggregate, EntityId, Jwks, Report, Storage};
use groma_ir::http::{Operation, Route, SchemaKind};

use self::courses::{Ask, Refusal, asks};
use self::scene::Scene;
use crate::cx::{Cx, Package};
use crate::python::{Block, Doc, Module, string};
use crate::words;

/// Adds the tables of all packages, and the rows that they are made of.
pub(crate) fn add(cx: &Cx<'_>, files: &mut FileSet) {
    if !can_call(cx) {
        return;
    }
    let known = usual::known(cx);
    let mut is_used = false;
    for package in cx
        .packages
        .iter()
        .filter(|package| known.contains(&package.entity))
    {
        if let Some(text) = Tables::of(cx, package, &known).write() {
            files.insert(format!("tests/test_{}_access.py", package.name), text);
            is_used = true;
        }
    }
    if is_used {
        files.insert("tests/rows.py", usual::write(cx, &known));
    }
}

/// Whether tests can sign tokens, and rows can hold the key of whoever calls.
pub(crate) fn can_call(cx: &Cx<'_>) -> bool {
    let design = &cx.model.design;
    let signs = design
        .auth
        .as_ref()
        .is_some_and(|auth| !matches!(auth.jwks, Jwks::Secret(_)));
    let is_held = design
        .caller_entity()
        .is_none_or(|entity| design.entities[entity].storage != Storage::Managed);
    signs && is_held
}

struct Tables<'w, 'm> {
    cx: &'w Cx<'m>,
    package: &'w Package,
    known: &'w BTreeSet<EntityId>,
    module: Module,
}

/// A line of a table.
struct Line<'w, 'm> {
    told: &'w Told,
    scene: Scene<'w, 'm>,
    status: u16,
}

/// A column of a table: its name, its type, and a value for each line.
pub(crate) struct Column {
    name: &'static str,
    pub(crate) ty: &'static str,
    values: Vec<Doc>,
}

impl<'w, 'm> Tables<'w, 'm> {
    fn of(cx: &'w Cx<'m>, package: &'w Package, known: &'w BTreeSet<EntityId>) -> Self {
        let rows = words::rows(cx, package.entity);
        let rules = cx.model.design.entities[package.entity].access_origin;
        let place = rules.and_then(|origin| cx.model.design.path(origin));
        let place = place.map_or_else(|| cx.feature(package), |path| format!("@{path}"));
        let mut module = Module::new(format!(
            "Who may do what with {rows}, situation by situation. {place}"
        ));
        module.imports.module("pytest");
        for (from, name) in [
            ("typing", "Any"),
            ("fastapi.testclient", "TestClient"),
            ("sqlmodel", "SQLModel"),
            ("tests.conftest", "Issuer"),
            ("tests.rows", "calls"),
        ] {
            module.imports.name(from, name);
        }
        Self {
            cx,
            package,
            known,
            module,
        }
    }

    fn write(mut self) -> Option<String> {
        let routes: Vec<&'m Route> = self.cx.routes(self.package).map(|(_, route)| route).collect();
        for route in routes {
            for ask in asks(self.cx, route) {
                self.table(&ask);
            }
            self.embedded(route);
        }
        self.module.has_blocks().then(|| self.module.text())
    }

    fn table(&mut self, ask: &Ask<'m>) {
        let told = situations(&self.cx.model.design, &ask.course);
        let lines = told.iter().filter_map(|told| {
            if ask.refuses.is_some() && told.refused.is_some() {
                return None;
            }
            let scene = Scene::of((self.cx, self.known), ask, told)?;
            let status = match told.refused {
                None if ask.refuses == Some(Refusal::LastOfLevel) => 409,
                None if ask.refuses == Some(Refusal::OtherParent) => 404,
                Some(_) if !is_possible(self.cx, ask.route, &scene.facts) => 403,
                Some(at) => *ask.statuses.get(at)?,
                None => ask.route.success.status,
            };
            Some(Line { told, scene, status })
        });
        let lines: Vec<Line<'_, 'm>> = lines.collect();
        if lines.is_empty() {
            return;
        }
        match ask.route.operation {
            Operation::List => self.list(ask, &lines),
            Operation::Report(_) => self.report(ask, lines),
            _ => self.request(ask, &lines),
        }
    }

    /// A request, and its status.
    fn request(&mut self, ask: &Ask<'m>, lines: &[Line<'_, 'm>]) {
        let Some((mut columns, path)) = self.columns(lines) else {
            return;
        };
        let bodies = lines.iter().map(|line| line.scene.body(&mut self.module.imports));
        let bodies: Option<Vec<Doc>> = bodies.collect();
        if bodies.is_none() && takes_inputs(self.cx, ask.route) {
            return;
        }
        let mut sent = vec![Doc::text(string(ask.route.method.name())), path];
        if let Some(bodies) = bodies {
            sent.push(uniform(&mut columns, ("body", "dict[str, Any]"), bodies));
        }
        columns.push(statuses(lines));
        let write = |body: &mut Block| {
            body.line("caller = calls(client, issuer, claims, rows)");
            body.statement("answer = ", &Doc::call("caller.send", sent), "");
            body.line("assert answer.status_code == status, answer.text");
        };
        self.push(&ask.name, &columns, lines, write);
    }

    /// A list, and whether the row is in it.
    fn list(&mut self, ask: &Ask<'m>, lines: &[Line<'_, 'm>]) {
        let Some((mut columns, path)) = self.columns(lines) else {
            return;
        };
        let Some((field, keys)) = self.keys(ask.route, lines) else {
            return;
        };
        let key = uniform(&mut columns, ("key", "str"), keys);
        let last = ask.statuses.len() - 1;
        let is_shown = lines.iter().map(|line| {
            // What may not be read is not in the list; the list is there all the same.
            Doc::text(if line.told.refused.is_none() {
                "True"
            } else {
                "False"
            })
        });
        let mut all = statuses(lines);
        for (value, line) in all.values.iter_mut().zip(lines) {
            if line.told.refused == Some(last) && line.status == 404 {
                *value = Doc::text(ask.route.success.status.to_string());
            }
        }
        let is_shown: Vec<Doc> = is_shown.collect();
        columns.push(all);
        columns.push(Column {
            name: "is_shown",
            ty: "bool",
            values: is_shown,
        });
        let write = |body: &mut Block| {
            body.statement(
                "answer = calls(client, issuer, claims, rows).",
                &Doc::call("get", [path]),
                "",
            );
            body.line("assert answer.status_code == status, answer.text");
            let items = items_of(self.cx, ask.route);
            body.line(&format!("keys = [item[{}] for item in {items}]", string(&field)));
            body.line(&format!("assert ({} in keys) == is_shown", key.flat()));
        };
        self.push(&ask.name, &columns, lines, write);
    }

    /// What tells the row in a list: its key, or by what a path names it.
    fn keys(&mut self, route: &Route, lines: &[Line<'_, 'm>]) -> Option<(String, Vec<Doc>)> {
        let entity = &self.cx.model.design.entities[route.entity];
        let is_shown = |field: groma_ir::design::FieldId| {
            let schemas = &self.cx.model.http.schemas;
            let body = &schemas[route.success.body?];
            let item = match &body.kind {
                SchemaKind::Page { item, .. } | SchemaKind::Array(item) => &schemas[*item],
                _ => return None,
            };
            let SchemaKind::Item(members) = &item.kind else {
                return None;
            };
            let wire = &entity.fields[field].wire;
            members.iter().any(|member| member.name == *wire).then_some(field)
        };
        let by = self
            .cx
            .model
            .http
            .routes
            .iter()
            .filter(|other| other.entity == route.entity);
        let by = by
            .flat_map(|other| &other.path.parts)
            .filter_map(|part| match part {
                groma_ir::http::PathPart::Key { field, .. } => Some(*field),
                _ => None,
            });
        let field = std::iter::once(entity.key).chain(by).find_map(is_shown)?;
        let values: Option<Vec<_>> = lines.iter().map(|line| line.scene.shown(field)).collect();
        let values = values?.into_iter().map(|value| {
            for (module, name) in &value.uses {
                self.module.imports.name(module, name);
            }
            Doc::text(value.sent)
        });
        Some((entity.fields[field].wire.clone(), values.collect()))
    }

    /// A report, and whether the row changes it.
    fn report(&mut self, ask: &Ask<'m>, lines: Vec<Line<'_, 'm>>) {
        let Operation::Report(id) = ask.route.operation else {
            return;
        };
        let report = &self.cx.model.design.resources[ask.route.resource].reports[id];
        let last = ask.statuses.len() - 1;
        let is_told = |line: &Line<'_, 'm>| {
            counts_all(report)
                && ask.route.path.parents().next().is_none()
                && line.scene.is_single()
                && line.told.refused.is_none_or(|refused| refused == last)
                && is_possible(self.cx, ask.route, &line.scene.facts)
        };
        let lines: Vec<Line<'_, 'm>> = lines.into_iter().filter(is_told).collect();
        if lines.is_empty() {
            return;
        }
        let Some((mut columns, path)) = self.columns(&lines) else {
            return;
        };
        let counts = lines.iter().map(|line| {
            Doc::text(if line.told.refused.is_none() {
                "True"
            } else {
                "False"
            })
        });
        columns.push(Column {
            name: "counts",
            ty: "bool",
            values: counts.collect(),
        });
        let write = |body: &mut Block| {
            let get = Doc::call("get", [path]);
            body.statement("before = calls(client, issuer, claims, []).", &get, "");
            body.statement("after = calls(client, issuer, claims, rows).", &get, "");
            body.line("assert (before.json() != after.json()) == counts");
        };
        self.push(&ask.name, &columns, &lines, write);
    }

    /// What every table has: who calls, and the rows that are there; and the path, in a column where it is not always
    /// the same.
    fn columns(&mut self, lines: &[Line<'_, 'm>]) -> Option<(Vec<Column>, Doc)> {
        let mut paths = Vec::new();
        for line in lines {
            let (path, uses) = line.scene.path()?;
            for (module, name) in uses {
                self.module.imports.name(&module, &name);
            }
            paths.push(Doc::text(path));
        }
        let mut columns = vec![
            Column {
                name: "claims",
                ty: "dict[str, Any] | None",
                values: lines.iter().map(|line| line.scene.claims()).collect(),
            },
            Column {
                name: "rows",
                ty: "list[SQLModel]",
                values: lines
                    .iter()
                    .map(|line| line.scene.rows(&mut self.module.imports))
                    .collect(),
            },
        ];
        let path = uniform(&mut columns, ("path", "str"), paths);
        Some((columns, path))
    }

    fn push(
        &mut self,
        name: &str,
        columns: &[Column],
        lines: &[Line<'_, 'm>],
        write: impl FnOnce(&mut Block),
    ) {
        let ids = lines.iter().map(|line| {
            let words = line.told.words.join(", ").replace('`', "");
            Doc::prose(words)
        });
        let who = ["client: TestClient", "issuer: Issuer"];
        self.module
            .push(table((name, &who), columns, ids.collect(), write));
    }
}

/// A test of each line of some columns; of one line that has none, a plain one.
pub(crate) fn table(
    (name, who): (&str, &[&str]),
    columns: &[Column],
    ids: Vec<Doc>,
    write: impl FnOnce(&mut Block),
) -> Block {
    let mut block = Block::new();
    if !columns.is_empty() {
        let mut cases: Vec<(Vec<Doc>, Doc)> = Vec::new();
        for (at, id) in ids.into_iter().enumerate() {
            let values = columns.iter().filter_map(|column| column.values.get(at).cloned());
            let values: Vec<Doc> = values.collect();
            // Situations that differ in nothing that is written are the same.
            if cases.iter().all(|(known, _)| *known != values) {
                cases.push((values, Doc::join([Doc::text("id="), id])));
            }
        }
        let cases = cases
            .into_iter()
            .map(|(values, id)| Doc::call("pytest.param", values.into_iter().chain([id])));
        let mut names: Vec<Doc> = columns
            .iter()
            .map(|column| Doc::text(string(column.name)))
            .collect();
        let names = match names.as_slice() {
            [_] => names.remove(0),
            _ => Doc::tuple(names),
        };
        let table = [names, Doc::list(cases.collect::<Vec<_>>())];
        block.statement("@", &Doc::call("pytest.mark.parametrize", table), "");
    }
    let who = who.iter().map(|fixture| Doc::text(*fixture));
    let own = columns
        .iter()
        .map(|column| Doc::text(format!("{}: {}", column.name, column.ty)));
    let head = Doc::call(format!("def test_{name}"), who.chain(own));
    block.statement("", &head, " -> None:");
    block.inner(write);
    block
}

/// The value of all lines, or the name of a column with the value of each.
pub(crate) fn uniform(
    columns: &mut Vec<Column>,
    (name, ty): (&'static str, &'static str),
    values: Vec<Doc>,
) -> Doc {
    match values.first() {
        Some(first) if values.iter().all(|value| value == first) => first.clone(),
        _ => {
            columns.push(Column { name, ty, values });
            Doc::text(name)
        }
    }
}

fn statuses(lines: &[Line<'_, '_>]) -> Column {
    Column {
        name: "status",
        ty: "int",
        values: lines
            .iter()
            .map(|line| Doc::text(line.status.to_string()))
            .collect(),
    }
}

/// Whether a body says what an action is to do.
fn takes_inputs(cx: &Cx<'_>, route: &Route) -> bool {
    let Operation::Action(id) = route.operation else {
        return false;
    };
    !cx.model.design.entities[route.entity].actions[id]
        .inputs
        .is_empty()
}

/// The items of an answer; none where it is a problem.
fn items_of(cx: &Cx<'_>, route: &Route) -> String {
    let kind = route.success.body.map(|body| &cx.model.http.schemas[body].kind);
    match kind {
        Some(SchemaKind::Page { items, .. }) => format!("answer.json().get({}, [])", string(items)),
        _ => String::from("(answer.json() if status == 200 else [])"),
    }
}

/// Whether some number of a report is that of all rows.
fn counts_all(report: &Report) -> bool {
    let mut measures = report.measures.iter();
    measures.any(|measure| measure.aggregate == Aggregate::Count && measure.when.is_none())
}

/// Whether some request to a route could pass for such a caller.
pub(crate) fn is_possible(cx: &Cx<'_>, route: &Route, facts: &CallerFacts) -> bool {
    let access = cx.model.access.of(route.entity);
    match route.operation {
        Operation::Create => access.create.is_possible(facts),
        Operation::Update | Operation::Replace => access.update.is_possible(facts),
        operation => !access.verb(operation.verb()).for_caller(facts).is_never(),
    }
}
