//! The Python of a list's tests: its rows, who reads them, the table of queries.

use std::collections::BTreeSet;

use groma_ir::http::{MemberKind, ParamKind, Route, SchemaKind};

use super::Lists;
use super::cases::{Case, Cases};
use crate::access_tests::scene::{Scene, Several};
use crate::cx::Cx;
use crate::python::{Block, Doc, string};
use crate::service::function_of;
use crate::words;

/// A list as tests go through it.
pub(super) struct Shown<'t, 'w, 'm> {
    pub(super) cases: &'t Cases<'t, 'w, 'm>,
    /// `/api/tasks`, as a literal.
    pub(super) path: &'t str,
    /// The fixture of who reads it.
    pub(super) reader: &'t str,
    /// The constant that holds its rows.
    pub(super) rows: &'t str,
}

impl Lists<'_, '_> {
    /// The rows, and whoever may read them all.
    pub(super) fn reader(&mut self, reader: &str, name: &str, scene: &Scene<'_, '_>, several: Several) {
        for (module, imported) in [
            ("fastapi.testclient", "TestClient"),
            ("tests.conftest", "Issuer"),
            ("tests.conftest", "Person"),
            ("tests.rows", "calls"),
        ] {
            self.module.imports.name(module, imported);
        }
        self.module.imports.module("pytest");
        let mut constant = Block::new();
        constant.statement(&format!("{name} = "), &Doc::list(several.rows), "");
        self.module.constant(constant);
        let mine = Doc::text(if several.before.is_empty() && several.behind.is_empty() {
            name.to_owned()
        } else {
            format!("*{name}")
        });
        let rows = if mine.flat() == name {
            mine
        } else {
            Doc::list(several.before.into_iter().chain([mine]).chain(several.behind))
        };
        let mut block = Block::new();
        block.line("@pytest.fixture");
        block.line(&format!(
            "def {reader}(client: TestClient, issuer: Issuer) -> Person:"
        ));
        let of = words::rows(self.cx, self.package.entity);
        block.inner(|body| {
            body.doc(&format!("Who may read all these {of}."));
            let call = ["client", "issuer"].map(Doc::text).into_iter();
            let call = Doc::call("calls", call.chain([scene.claims(), rows]));
            body.statement("return ", &call, "");
        });
        self.module.push(block);
    }

    /// Every query, and the rows that it shows.
    pub(super) fn queries(&mut self, list: &Shown<'_, '_, '_>, is_alone: bool) {
        let Some((member, held)) = list.cases.table.told_by(&members(self.cx, list.cases.route)) else {
            return;
        };
        self.module.imports.name("tests.lists", "walk");
        let cases: Vec<Doc> = list.cases.all.iter().map(|case| self.case(case)).collect();
        let names = Doc::tuple(["query", "shown"].map(|name| Doc::text(string(name))));
        let mut block = Block::new();
        block.statement(
            "@",
            &Doc::call("pytest.mark.parametrize", [names, Doc::list(cases)]),
            "",
        );
        let function = function_of(list.cases.route);
        let head = Doc::call(
            format!("def test_{function}"),
            [
                Doc::text(format!("{}: Person", list.reader)),
                Doc::text("query: str"),
                Doc::text("shown: list[int]"),
            ],
        );
        block.statement("", &head, " -> None:");
        block.inner(|body| {
            let walk = self.walk(list, Doc::text("query"));
            body.line(&format!("keys = [{held} for row in {}]", list.rows));
            body.statement("items = ", &walk, "");
            let member = format!("item[{}]", string(&member));
            // Others are in the list because the rules ask for them.
            let others = if is_alone {
                String::new()
            } else {
                format!(" if {member} in keys")
            };
            body.line(&format!("found = [{member} for item in items{others}]"));
            body.line("assert found == [keys[at] for at in shown]");
        });
        self.module.push(block);
    }

    fn walk(&self, list: &Shown<'_, '_, '_>, query: Doc) -> Doc {
        let mut arguments = vec![Doc::text(list.reader), Doc::text(list.path), query];
        let schemas = &self.cx.model.http.schemas;
        let body = list.cases.route.success.body.map(|body| &schemas[body].kind);
        match body {
            Some(SchemaKind::Page { items, .. }) if items == "items" => {}
            Some(SchemaKind::Page { items, .. }) => arguments.push(Doc::named("items", string(items))),
            _ => arguments.push(Doc::named("items", "None")),
        }
        Doc::call("walk", arguments)
    }

    fn case(&mut self, case: &Case) -> Doc {
        for name in &case.uses {
            self.module.imports.name("tests.rows", name);
        }
        let prefix = if case.uses.is_empty() { "" } else { "f" };
        let shown = case.shown.iter().map(|row| Doc::text(row.to_string()));
        let query = Doc::text(format!("{prefix}{}", string(&case.query)));
        Doc::tuple([query, Doc::list(shown.collect::<Vec<_>>())])
    }

    /// A cursor leads on in its own query alone.
    pub(super) fn cursors(&mut self, list: &Shown<'_, '_, '_>) {
        let route = list.cases.route;
        let schemas = &self.cx.model.http.schemas;
        let body = route.success.body.map(|body| &schemas[body].kind);
        let Some(SchemaKind::Page { cursor: true, .. }) = body else {
            return;
        };
        let usual = list.cases.all.first().map(|case| case.shown.clone());
        // One of each kind is enough, and a sort that happens to be the usual one is none.
        let mut others: Vec<Doc> = Vec::new();
        let mut kinds = BTreeSet::new();
        for case in &list.cases.all {
            let Some((name, _)) = case.query.split_once('=') else {
                continue;
            };
            let kind = match name {
                "sort" | "q" => name,
                _ => "filter",
            };
            let is_same = name == "sort" && Some(&case.shown) == usual.as_ref();
            if case.uses.is_empty() && !is_same && kinds.insert(kind) {
                others.push(Doc::text(string(&case.query)));
            }
        }
        if others.is_empty() {
            return;
        }
        self.module.imports.name("tests.conftest", "mistakes");
        let mut block = Block::new();
        let table = [Doc::text(string("query")), Doc::list(others)];
        block.statement("@", &Doc::call("pytest.mark.parametrize", table), "");
        let function = function_of(route);
        let name = test_name(&format!("a_cursor_of_{function}_is_for_its_own_query"), &function);
        let head = [format!("{}: Person", list.reader), String::from("query: str")].map(Doc::text);
        block.statement("", &Doc::call(format!("def {name}"), head), " -> None:");
        block.inner(|body| {
            let path = list.path.trim_start_matches('f').trim_matches('"');
            let prefix = list
                .path
                .chars()
                .take_while(|char| *char == 'f')
                .collect::<String>();
            let first = Doc::call(
                format!("{}.get", list.reader),
                [Doc::text(format!("{prefix}\"{path}?limit=2\""))],
            );
            body.statement(
                "cursor = ",
                &Doc::join([first, Doc::of(".json()", [Doc::text("\"next_cursor\"")])]),
                "",
            );
            let other = Doc::call(
                format!("{}.get", list.reader),
                [Doc::text(format!("f\"{path}?{{query}}&cursor={{cursor}}\""))],
            );
            body.statement("answer = ", &other, "");
            body.line("assert mistakes(answer) == [(\"cursor\", \"invalid_cursor\")]");
        });
        self.module.push(block);
    }

    /// Only the members that a query names are answered.
    pub(super) fn narrowed(&mut self, list: &Shown<'_, '_, '_>) {
        let route = list.cases.route;
        let names = route.query.iter().find_map(|param| match &param.kind {
            ParamKind::Fields { names } => Some(names),
            _ => None,
        });
        let Some(names) = names else { return };
        let asked: Vec<&String> = names.iter().take(2).collect();
        let query: Vec<&str> = asked.iter().map(|name| name.as_str()).collect();
        let query = Doc::text(string(&format!("fields={}", query.join(","))));
        let function = function_of(route);
        let name = test_name(&format!("{function}_narrowed"), &function);
        let mut block = Block::new();
        block.line(&format!("def {name}({}: Person) -> None:", list.reader));
        block.inner(|body| {
            body.statement("items = ", &self.walk(list, query), "");
            let wanted = Doc::tuple(asked.iter().map(|name| Doc::text(string(name)))).flat();
            body.line(&format!(
                "assert {{tuple(item) for item in items}} == {{{wanted}}}"
            ));
        });
        self.module.push(block);
    }
}

/// The name of a test, on one line in any case.
fn test_name(name: &str, function: &str) -> String {
    if name.len() < 60 {
        format!("test_{name}")
    } else {
        format!("test_{}_{function}", name.split('_').next().unwrap_or_default())
    }
}

/// The members of the items of a list.
fn members(cx: &Cx<'_>, route: &Route) -> Vec<String> {
    let schemas = &cx.model.http.schemas;
    let item = route.success.body.and_then(|body| match &schemas[body].kind {
        SchemaKind::Page { item, .. } | SchemaKind::Array(item) => Some(&schemas[*item].kind),
        _ => None,
    });
    let Some(SchemaKind::Item(members)) = item else {
        return Vec::new();
    };
    let stored = members
        .iter()
        .filter(|member| matches!(member.kind, MemberKind::Field(..)));
    stored.map(|member| member.name.clone()).collect()
}
