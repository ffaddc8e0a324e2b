//! `tests/test_<resource>_reports.py`: the numbers of reports over known rows, beside one of somebody else's.
//!
//! What a number goes by has several values, each in as many rows as no other one: so what counts in the place of
//! something else makes another number. The numbers are worked out from the design's measures and these values, not
//! from the Python that asks the database.

mod numbers;
mod spread;

use std::collections::BTreeSet;

use groma_access::{Told, situations};
use groma_files::FileSet;
use groma_ir::design::{EntityId, FieldId, Report};
use groma_ir::http::{Operation, Route};

use self::numbers::Numbers;
use self::spread::{MOST, Spread};
use crate::access_tests::courses::{Ask, asks};
use crate::access_tests::scene::{Scene, Several};
use crate::access_tests::{can_call, usual};
use crate::change_tests::placed;
use crate::cx::{Cx, Package};
use crate::owner::Moment;
use crate::python::{Block, Doc, Module};
use crate::sample_rows::{fixed, said};
use crate::service::function_of;
use crate::words;

/// Adds the tests of all packages.
pub(crate) fn add(cx: &Cx<'_>, files: &mut FileSet) {
    if !can_call(cx) {
        return;
    }
    let known = usual::known(cx);
    for package in cx
        .packages
        .iter()
        .filter(|package| known.contains(&package.entity))
    {
        let mut reports = Reports::of(cx, package, &known);
        for (_, route) in cx.routes(package) {
            // Where the owner has a say in an answer, its numbers are not known.
            let hook = Moment::After.name(&function_of(route));
            if let Operation::Report(id) = route.operation
                && !cx.owner.has_hook(package, &hook)
            {
                let report = &cx.model.design.resources[route.resource].reports[id];
                reports.report(route, report);
            }
        }
        if reports.module.has_blocks() {
            let path = format!("tests/test_{}_reports.py", package.name);
            files.insert(path, reports.module.text());
            files.insert("tests/rows.py", usual::write(cx, &known));
        }
    }
}

struct Reports<'w, 'm> {
    cx: &'w Cx<'m>,
    known: &'w BTreeSet<EntityId>,
    module: Module,
}

/// Who asks for a report, and whose rows there are.
struct Asked<'w, 'm> {
    scene: Scene<'w, 'm>,
    /// The fields by which the rows are the caller's to read.
    fixed: Vec<FieldId>,
    /// A row that is not, and the fields by which that is so.
    other: Option<(Scene<'w, 'm>, BTreeSet<FieldId>)>,
}

impl<'w, 'm> Reports<'w, 'm> {
    fn of(cx: &'w Cx<'m>, package: &Package, known: &'w BTreeSet<EntityId>) -> Self {
        let rows = words::rows(cx, package.entity);
        let mut module = Module::new(format!("The numbers about {rows}. {}", cx.feature(package)));
        for (from, name) in [
            ("fastapi.testclient", "TestClient"),
            ("tests.conftest", "Issuer"),
            ("tests.rows", "calls"),
        ] {
            module.imports.name(from, name);
        }
        Self { cx, known, module }
    }

    /// The tests of a report; none where its rows cannot be made.
    fn report(&mut self, route: &'m Route, report: &'m Report) -> Option<()> {
        let ask = asks(self.cx, route).into_iter().next()?;
        let told = situations(&self.cx.model.design, &ask.course);
        let spread = Spread::of(self.cx, route.entity, report);
        let mut asked = asked((self.cx, self.known), (&ask, &told), &spread)?;
        let values = spread.values((self.cx, self.known), &asked.fixed, &mut asked.scene);
        // The order in which the numbers say the most.
        let tables = (0..MOST * values.rows).filter_map(|turn| spread.table(&asked.fixed, &values, turn));
        let table = tables.min_by_key(|table| Numbers { table, route }.silent(report))?;
        let mut imports = self.module.imports.clone();
        let counted = table.count - 1;
        let rows: Option<Vec<_>> = (0..counted).map(|row| table.row(&mut imports, row)).collect();
        let several = asked.scene.several(&mut imports, &rows?)?;
        let path = Doc::text(placed(&mut imports, asked.scene.path()?));
        let other = match &asked.other {
            Some((other, said)) => {
                let mut own = table.row(&mut imports, counted)?;
                own.retain(|field, _| !said.contains(field));
                Some(other.with(&mut imports, own)?)
            }
            None => None,
        };
        let numbers = Numbers { table: &table, route };
        let [some, none] = [counted, 0].map(|rows| numbers.answer(report, rows));
        let some = some?;
        if some.flat().contains("pytest.approx") {
            imports.module("pytest");
        }
        self.module.imports = imports;
        let claims = asked.scene.claims();
        let function = function_of(route);
        let is_of_nothing = several.behind.is_empty();
        let before = several.before.clone();
        self.test(&function, |body| {
            let rows = all(body, several, other.clone());
            asks_for(body, (claims.clone(), rows), (path.clone(), some));
        });
        if let Some(none) = none.filter(|_| is_of_nothing) {
            self.test(&format!("{function}_of_nothing"), |body| {
                let other = named(body, other);
                let rows = Doc::list(before.into_iter().chain(other));
                asks_for(body, (claims, rows), (path, none));
            });
        }
        Some(())
    }

    fn test(&mut self, name: &str, write: impl FnOnce(&mut Block)) {
        let mut block = Block::new();
        let parameters = ["client: TestClient", "issuer: Issuer"].map(Doc::text);
        let head = Doc::call(format!("def test_{name}"), parameters);
        block.statement("", &head, " -> None:");
        block.inner(write);
        self.module.push(block);
    }
}

/// The situation of which a test can say the most.
fn asked<'a, 'm>(
    (cx, known): (&'a Cx<'m>, &'a BTreeSet<EntityId>),
    (ask, told): (&'a Ask<'m>, &[Told]),
    spread: &Spread<'_, 'm>,
) -> Option<Asked<'a, 'm>> {
    let last = ask.statuses.len().checked_sub(1)?;
    let scene = |told: &Told| Scene::of((cx, known), ask, told);
    let refused = told.iter().filter(|told| told.refused == Some(last));
    let refused: Vec<_> = refused
        .filter_map(|told| Some((scene(told)?, said(told))))
        .collect();
    let allowed = told.iter().filter(|told| told.refused.is_none());
    let all = allowed.filter_map(|told| {
        let scene = scene(told).filter(Scene::is_single)?;
        let mut others = refused.iter();
        let other = others.find(|(other, _)| scene.is_beside(other)).cloned();
        let fixed = fixed(cx, ask, told);
        Some(Asked { scene, fixed, other })
    });
    all.min_by_key(|asked| {
        let lost = asked.fixed.iter().filter(|field| spread.is_about(**field));
        (lost.count(), asked.other.is_none(), asked.fixed.len())
    })
}

/// Names the rows that count, and the one that does not; gives all of them.
fn all(body: &mut Block, rows: Several, other: Option<Doc>) -> Doc {
    body.statement("rows = ", &Doc::list(rows.rows), "");
    let behind = named(body, other).into_iter().chain(rows.behind);
    let behind: Vec<Doc> = behind.collect();
    if rows.before.is_empty() && behind.is_empty() {
        return Doc::text("rows");
    }
    let mine = [Doc::text("*rows")];
    Doc::list(rows.before.into_iter().chain(mine).chain(behind))
}

/// The row that does not count, as a variable.
fn named(body: &mut Block, other: Option<Doc>) -> Option<Doc> {
    body.statement("other = ", &other?, "");
    Some(Doc::text("other"))
}

/// Somebody asks where there are some rows, and is told numbers.
fn asks_for(body: &mut Block, (claims, rows): (Doc, Doc), (path, numbers): (Doc, Doc)) {
    let who = ["client", "issuer"].map(Doc::text).into_iter();
    let caller = Doc::call("calls", who.chain([claims, rows]));
    body.statement("caller = ", &caller, "");
    body.statement("answer = ", &Doc::call("caller.get", [path]), "");
    body.line("assert answer.status_code == 200, answer.text");
    body.statement("assert answer.json() == ", &numbers, "");
}
