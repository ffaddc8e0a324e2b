//! `tests/test_<resource>_times.py`: what the server sets to a time is as far from now as the design says.

use std::collections::BTreeSet;

use groma_access::situations;
use groma_files::FileSet;
use groma_ir::design::{Assign, Default, EntityId, FieldId, Term};
use groma_ir::http::{Member, MemberKind, Operation, Route, SchemaKind};

use crate::access::timedelta;
use crate::access_tests::courses::asks;
use crate::access_tests::scene::Scene;
use crate::access_tests::{can_call, usual};
use crate::change_tests::{allowed, caller, placed};
use crate::cx::{Cx, Package};
use crate::names;
use crate::owner::Moment;
use crate::python::{Block, Doc, Module, string};
use crate::service::function_of;
use crate::words;

/// A field that is set to a time.
struct Set {
    field: FieldId,
    /// How far from now, in seconds.
    offset: i64,
    /// The member of the answer that shows it.
    member: String,
}

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
        let mut times = Times::of(cx, package, &known);
        for (_, route) in cx.routes(package) {
            // Where the owner has a say in an answer, its times are not known.
            let hook = Moment::After.name(&function_of(route));
            if !cx.owner.has_hook(package, &hook) {
                times.route(route);
            }
        }
        if times.module.has_blocks() {
            files.insert(
                format!("tests/test_{}_times.py", package.name),
                times.module.text(),
            );
            files.insert("tests/rows.py", usual::write(cx, &known));
        }
    }
}

struct Times<'w, 'm> {
    cx: &'w Cx<'m>,
    known: &'w BTreeSet<EntityId>,
    module: Module,
}

impl<'w, 'm> Times<'w, 'm> {
    fn of(cx: &'w Cx<'m>, package: &Package, known: &'w BTreeSet<EntityId>) -> Self {
        let rows = words::rows(cx, package.entity);
        let mut module = Module::new(format!(
            "The times that the server sets in {rows}. {}",
            cx.feature(package)
        ));
        for (from, name) in [
            ("datetime", "UTC"),
            ("datetime", "datetime"),
            ("fastapi.testclient", "TestClient"),
            ("tests.conftest", "Issuer"),
            ("tests.rows", "calls"),
        ] {
            module.imports.name(from, name);
        }
        Self { cx, known, module }
    }

    /// The test of a request after which some field is away from now.
    fn route(&mut self, route: &'m Route) -> Option<()> {
        let sets = self.sets(route);
        if sets.is_empty() {
            return None;
        }
        let ask = asks(self.cx, route)
            .into_iter()
            .find(|ask| ask.refuses.is_none())?;
        let told = situations(&self.cx.model.design, &ask.course);
        let scenes = allowed(self.cx, self.known, &ask, &told);
        let is_free = |scene: &Scene<'_, 'm>| sets.iter().all(|set| scene.sent(set.field).is_none());
        let (_, scene) = scenes.iter().find(|(_, scene)| is_free(scene))?;
        let mut imports = self.module.imports.clone();
        let mut sent = vec![
            Doc::text(string(route.method.name())),
            Doc::text(placed(&mut imports, scene.path()?)),
        ];
        let body = scene.body(&mut imports);
        if body.is_none() && route.body.is_some() {
            // An action that takes nothing has a body all the same.
            matches!(route.operation, Operation::Action(_)).then_some(())?;
        }
        sent.extend(body);
        let caller = caller(scene, &mut imports);
        let mut block = Block::new();
        let parameters = ["client: TestClient", "issuer: Issuer"].map(Doc::text);
        let name = format!("def test_times_of_{}", function_of(route));
        block.statement("", &Doc::call(name, parameters), " -> None:");
        block.inner(|body| {
            body.statement("caller = ", &caller, "");
            body.statement("answer = ", &Doc::call("caller.send", sent), "");
            let status = route.success.status;
            body.line(&format!("assert answer.status_code == {status}, answer.text"));
            for Set {
                field,
                offset,
                member,
            } in &sets
            {
                let attribute = names::field(self.cx.model, route.entity, *field);
                let member = string(member);
                body.line(&format!(
                    "{attribute} = datetime.fromisoformat(answer.json()[{member}])"
                ));
                let sign = if *offset < 0 { '+' } else { '-' };
                let size = offset.saturating_abs();
                let span = timedelta(&mut imports, size);
                // Time passes until the answer is here.
                let most = timedelta(&mut imports, if size < 3_600 { 60 } else { 300 });
                body.line(&format!(
                    "assert abs({attribute} - datetime.now(UTC) {sign} {span}) < {most}"
                ));
            }
        });
        self.module.imports = imports;
        self.module.push(block);
        Some(())
    }

    /// The fields of an answer that the server sets to another time than now.
    fn sets(&self, route: &Route) -> Vec<Set> {
        let declared = &self.cx.model.design.entities[route.entity];
        let all: Vec<(FieldId, i64)> = match route.operation {
            Operation::Create => {
                let fields = declared.fields.entries();
                let defaults = fields.filter_map(|(id, field)| match field.default {
                    Some(Default::Now { offset }) => Some((id, offset)),
                    _ => None,
                });
                defaults.collect()
            }
            Operation::Action(id) => {
                let sets = declared.actions[id].sets.iter();
                let times = sets.filter_map(|(field, assign)| match assign {
                    Assign::Term(Term::Now { offset }) => Some((*field, *offset)),
                    Assign::Term(_) | Assign::Not(_) => None,
                });
                times.collect()
            }
            Operation::List
            | Operation::Get
            | Operation::Update
            | Operation::Replace
            | Operation::Delete
            | Operation::Report(_) => Vec::new(),
        };
        let away = all.into_iter().filter(|(_, offset)| *offset != 0);
        let sets = away.filter_map(|(field, offset)| {
            let member = self.member(route, field)?;
            Some(Set {
                field,
                offset,
                member,
            })
        });
        sets.collect()
    }

    /// The member of the answer that shows a field of the row.
    fn member(&self, route: &Route, field: FieldId) -> Option<String> {
        let body = &self.cx.model.http.schemas[route.success.body?];
        let SchemaKind::Item(members) = &body.kind else {
            return None;
        };
        let mut members = members.iter();
        let shows = |member: &&Member| matches!(member.kind, MemberKind::Field(shown, _) if shown == field);
        Some(members.find(shows)?.name.clone())
    }
}
