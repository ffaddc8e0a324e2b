//! `tests/test_<resource>_lists.py`: for each list a table of queries, each with the rows that it shows, page by page.
//!
//! The rows are made so that every field has several values, each more than once, and nothing where that may be: so a
//! page ends among equals, and a comparison that is turned round shows other rows. What a query shows is worked out from
//! the design's views and these values, not from the Python that asks the database.

mod cases;
mod fields;
mod vary;
mod write;

use std::collections::BTreeSet;

use groma_access::situations;
use groma_files::FileSet;
use groma_ir::design::{EntityId, FieldId};
use groma_ir::http::{Operation, ParamKind, Route};

use self::cases::Cases;
use self::fields::asked;
use self::vary::places;
use self::write::Shown;
use crate::access_tests::courses::asks;
use crate::access_tests::scene::Scene;
use crate::access_tests::{can_call, usual};
use crate::cx::{Cx, Package};
use crate::python::Module;
use crate::sample_rows::{Referred, Table, fixed, referred};
use crate::service::function_of;
use crate::words;

/// How many rows a list has.
const ROWS: usize = 5;

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
        let scenes = told
            .iter()
            .filter(|told| told.refused.is_none())
            .filter_map(|told| {
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
        for (module, name) in uses {
            imports.name(&module, &name);
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
    fn table(
        &self,
        route: &'m Route,
        fixed: Vec<FieldId>,
        scene: &mut Scene<'_, 'm>,
    ) -> Option<Table<'w, 'm>> {
        let entity = route.entity;
        let mut table = Table::new((self.cx, entity), fixed, (ROWS, places))?;
        let fields = asked(self.cx, route);
        table.tell_apart(&fields)?;
        for field in fields {
            match referred((self.cx, self.known), scene, (entity, field)) {
                Referred::Nothing => table.vary(field, None),
                Referred::Rows(rows) => table.vary(field, Some(rows)),
                Referred::Unknown => None,
            };
        }
        table.keep_checks();
        Some(table)
    }
}
