//! `tests/test_<resource>_lists.py`: for each list a table of queries, each with the rows that it shows, page by page.
//!
//! The rows are made so that every field has several values, each more than once, and nothing where that may be: so a
//! page ends among equals, and a comparison that is turned round shows other rows. What a query shows is worked out from
//! the design's views and these values, not from the Python that asks the database.

mod cases;
mod ladder;
mod says;
mod table;

use std::collections::BTreeSet;

use groma_access::{Operand, Space, Told, Variable, situations};
use groma_files::FileSet;
use groma_ir::design::{EntityId, FieldId};
use groma_ir::http::{MemberKind, Operation, ParamKind, Route, SchemaKind};

use self::cases::{Case, Cases};
use self::ladder::ROWS;
use self::table::Table;
use crate::access_tests::courses::{Ask, asks};
use crate::access_tests::scene::{Scene, Several};
use crate::access_tests::{can_call, usual};
use crate::cx::{Cx, Package};
use crate::python::{Block, Doc, Module, string};
use crate::service::function_of;
use crate::words;

/// How the pages of any list are gone through.
const WALK: &str = include_str!("../project/tests/lists.py");

/// Adds the tables of all packages.
pub(crate) fn add(cx: &Cx<'_>, files: &mut FileSet) {
    if !can_call(cx) {
        return;
    }
    let known = usual::known(cx);
    let mut is_used = false;
    for package in &cx.packages {
        let mut lists = Lists::of(cx, package, &known);
        let routes = cx.routes(package).map(|(_, route)| route);
        for route in routes.filter(|route| route.operation == Operation::List) {
            lists.list(route);
        }
        if lists.module.has_blocks() {
            let text = lists.module.text();
            files.insert(format!("tests/test_{}_lists.py", package.name), text);
            is_used = true;
        }
    }
    if is_used {
        files.insert("tests/lists.py", WALK);
        files.insert("tests/rows.py", usual::write(cx, &known));
    }
}

struct Lists<'w, 'm> {
    cx: &'w Cx<'m>,
    package: &'w Package,
    known: &'w BTreeSet<EntityId>,
    module: Module,
}

/// A list as tests go through it.
struct Shown<'t, 'w, 'm> {
    cases: &'t Cases<'t, 'w, 'm>,
    /// `/api/tasks`, as a literal.
    path: &'t str,
    /// The fixture of who reads it.
    reader: &'t str,
    /// The constant that holds its rows.
    rows: &'t str,
}

impl<'w, 'm> Lists<'w, 'm> {
    fn of(cx: &'w Cx<'m>, package: &'w Package, known: &'w BTreeSet<EntityId>) -> Self {
        let rows = words::rows(cx, package.entity);
        let module = Module::new(format!(
            "What lists of {rows} show, in which order, page by page. {}",
            cx.feature(package)
        ));
        Self {
            cx,
            package,
            known,
            module,
        }
    }

    /// The tests of a list; none where its rows cannot be made.
    fn list(&mut self, route: &'m Route) -> Option<()> {
        let largest = route.query.iter().find_map(|param| match &param.kind {
            ParamKind::Limit { max, .. } => Some(*max),
            _ => None,
        });
        let is_counted = route.query.iter().any(|param| param.kind == ParamKind::Count);
        if largest? < 2 || !is_counted || !self.known.contains(&self.package.entity) {
            return None;
        }
        let ask = asks(self.cx, route).into_iter().next()?;
        let told = situations(&self.cx.model.design, &ask.course);
        let scenes = told.iter().filter(|told| told.refused.is_none()).filter_map(|told| {
            let scene = Scene::of((self.cx, self.known), &ask, told)?;
            Some((fixed(self.cx, &ask, told), scene))
        });
        // The fewer fields a rule looks at, the more there are to vary.
        let (fixed, mut scene) = scenes.min_by_key(|(fixed, _)| fixed.len())?;
        let table = self.table(route, fixed, &mut scene)?;
        let mut imports = self.module.imports.clone();
        let rows: Option<Vec<_>> = (0..ROWS).map(|row| table.row(&mut imports, row)).collect();
        let several = scene.several(&mut imports, &rows?)?;
        let (path, uses) = scene.path()?;
        let cases = Cases::of(&table, route)?;
        for name in uses {
            imports.name("tests.rows", &name);
        }
        self.module.imports = imports;
        let function = function_of(route);
        let name = function.strip_prefix("list_").unwrap_or(&function).to_uppercase();
        let reader = if self.module.has("reader") {
            format!("reader_of_{function}")
        } else {
            String::from("reader")
        };
        self.reader(&reader, &name, &scene, several);
        let shown = Shown {
            cases: &cases,
            path: &path,
            reader: &reader,
            rows: &name,
        };
        self.queries(&shown, scene.is_single());
        self.cursors(&shown);
        self.narrowed(&shown);
        Some(())
    }

    /// What the rows hold.
    fn table(&self, route: &'m Route, fixed: Vec<FieldId>, scene: &mut Scene<'_, 'm>) -> Option<Table<'w, 'm>> {
        let mut table = Table::new(self.cx, route.entity, fixed)?;
        table.tell_apart()?;
        let declared = &self.cx.model.design.entities[route.entity];
        for field in asked(self.cx, route) {
            let target = declared.fields[field].ty.target();
            let rows = match target.filter(|target| self.cx.is_managed(*target)) {
                // Such rows would be in the list themselves.
                Some(target) if target == route.entity || !self.known.contains(&target) => continue,
                Some(_) => {
                    let mut with = scene.clone();
                    let Some(rows) = with.referred(field) else { continue };
                    *scene = with;
                    Some(rows)
                }
                None => None,
            };
            table.vary(field, rows);
        }
        table.keep_checks();
        Some(table)
    }

    /// The rows, and whoever may read them all.
    fn reader(&mut self, reader: &str, name: &str, scene: &Scene<'_, '_>, several: Several) {
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
        block.line(&format!("def {reader}(client: TestClient, issuer: Issuer) -> Person:"));
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
    fn queries(&mut self, list: &Shown<'_, '_, '_>, is_alone: bool) {
        let Some((member, held)) = list.cases.table.told_by(&members(self.cx, list.cases.route)) else {
            return;
        };
        self.module.imports.name("tests.lists", "walk");
        let cases: Vec<Doc> = list.cases.all.iter().map(|case| self.case(case)).collect();
        let names = Doc::tuple(["query", "shown"].map(|name| Doc::text(string(name))));
        let mut block = Block::new();
        block.statement("@", &Doc::call("pytest.mark.parametrize", [names, Doc::list(cases)]), "");
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
            let others = if is_alone { String::new() } else { format!(" if {member} in keys") };
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
    fn cursors(&mut self, list: &Shown<'_, '_, '_>) {
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
            let prefix = list.path.chars().take_while(|char| *char == 'f').collect::<String>();
            let first = Doc::call(
                format!("{}.get", list.reader),
                [Doc::text(format!("{prefix}\"{path}?limit=2\""))],
            );
            body.statement("cursor = ", &Doc::join([first, Doc::text(".json()[\"next_cursor\"]")]), "");
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
    fn narrowed(&mut self, list: &Shown<'_, '_, '_>) {
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
            body.line(&format!("assert {{tuple(item) for item in items}} == {{{wanted}}}"));
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
    let stored = members.iter().filter(|member| matches!(member.kind, MemberKind::Field(..)));
    stored.map(|member| member.name.clone()).collect()
}

/// The fields that queries ask for.
fn asked(cx: &Cx<'_>, route: &Route) -> Vec<FieldId> {
    let list = cx.model.design.resources[route.resource].list.as_ref();
    let mut fields = Vec::new();
    for param in &route.query {
        match &param.kind {
            ParamKind::Filter { field, .. } => fields.push(*field),
            ParamKind::Search { fields: searched } => fields.extend(searched),
            ParamKind::Sort { fields: sorted, .. } => fields.extend(sorted.iter().map(|(_, field)| *field)),
            ParamKind::Named { filter, .. } => {
                let named = list.and_then(|list| list.named.get(*filter));
                let options = named.iter().flat_map(|named| &named.options);
                fields.extend(options.filter_map(|option| option.when.as_ref()).flat_map(|cond| cond.fields()));
            }
            ParamKind::Limit { .. }
            | ParamKind::Cursor
            | ParamKind::Offset
            | ParamKind::Count
            | ParamKind::Include { .. }
            | ParamKind::Fields { .. } => {}
        }
    }
    // Of what some readers do not see, nothing is known.
    let singled = groma_access::singled_out(&cx.model.access, route.entity, groma_ir::design::Verb::Read);
    let mut seen = BTreeSet::new();
    fields.retain(|field| !singled.contains(field) && seen.insert(*field));
    fields
}

/// The fields of a row that the path names, or without which the caller might not read it.
fn fixed(cx: &Cx<'_>, ask: &Ask<'_>, told: &Told) -> Vec<FieldId> {
    let mut fields: Vec<FieldId> = ask.route.path.parents().map(|parent| parent.field).collect();
    let unreadable = cx.model.access.of(ask.route.entity).read.clone().negate();
    let mut space = Space::new(&cx.model.design);
    let mut case = told.case.clone();
    let all: BTreeSet<FieldId> = case.choices.iter().flat_map(|choice| own(&choice.variable)).collect();
    for field in all {
        let mut without = case.clone();
        without.choices.retain(|choice| !own(&choice.variable).contains(&field));
        if space.can_be(&without, ask.route.entity, &unreadable) {
            fields.push(field);
        } else {
            case = without;
        }
    }
    fields
}

/// The fields of the row itself that a variable is about.
fn own(variable: &Variable) -> Vec<FieldId> {
    let start = |way: &[FieldId], field: Option<FieldId>| way.first().copied().or(field).into_iter().collect();
    match variable {
        Variable::IsCaller(spot) | Variable::Field(spot) | Variable::Gone(spot) => {
            start(&spot.way, Some(spot.field))
        }
        Variable::Level(tie) => start(&tie.way, None),
        Variable::Order(left, right) => {
            let spots = [left, right].into_iter().filter_map(|operand| match operand {
                Operand::Field(spot) => spot.way.first().copied().or(Some(spot.field)),
                Operand::Claim(_) | Operand::Now(_) => None,
            });
            spots.collect()
        }
        Variable::Caller | Variable::Claim(_) => Vec::new(),
    }
}
