//! `service.py`: what is done with the rows of an entity, a function a route; none can be called without a session and a
//! caller, which is nobody only where the design lets anybody.
//!
//! A function puts the conditions of its change into the statement that makes it, in the order in which a request is
//! decided: references, the row, the rules, `If-Match`, the state, an action's own errors, conflicts.

mod action;
mod checks;
mod create;
mod filters;
mod hooks;
mod list;
mod lookup;
mod needs;
mod path;
mod put;
mod read;
mod references;
mod report;
mod seen;
mod states;
mod types;
mod update;
mod written;

pub(crate) use list::embedded_of;
pub(crate) use needs::Needs;
pub(crate) use path::{Parameter, parameters};
pub(crate) use types::python;

use groma_ir::Model;
use groma_ir::design::{EntityId, Verb};
use groma_ir::http::{Operation, Route, SchemaId};

use crate::access::Uses;
use crate::cx::{Cx, Package};
use crate::names;
use crate::python::{Block, Doc, Imports, Module};
use crate::words;

/// The module; none where nothing is done with the rows.
pub(crate) fn write(cx: &Cx<'_>, uses: &Uses, needs: &Needs, package: &Package) -> Option<String> {
    let rows = words::rows(cx, package.entity);
    let mut service = Service {
        cx,
        uses,
        needs,
        package,
        module: Module::new(format!("What is done with {rows}.")).waiting(cx.owner.asynchronous),
    };
    service.lookups();
    if package.routes.is_empty() && !service.has_any() {
        return None;
    }
    for (_, route) in cx.routes(package) {
        service.route(route);
    }
    if cx.caller().is_some() {
        let nobody = if service.module.says("Caller | None") {
            ", who is `None` where there is no token"
        } else {
            ""
        };
        service.module.doc = if service.module.says("caller: Caller") {
            format!("What is done with {rows}; nothing without a caller{nobody}.")
        } else {
            format!("What others ask about {rows}.")
        };
    }
    Some(service.module.text())
}

/// A module under construction.
pub(super) struct Service<'w, 'm> {
    cx: &'w Cx<'m>,
    uses: &'w Uses,
    needs: &'w Needs,
    package: &'w Package,
    module: Module,
}

/// A function: its parameters, what it gives, and its statements.
struct Function {
    name: String,
    parameters: Vec<Doc>,
    returns: String,
    doc: String,
    body: Block,
}

impl<'m> Service<'_, 'm> {
    fn has_any(&self) -> bool {
        self.module.has_blocks()
    }

    fn route(&mut self, route: &'m Route) {
        match route.operation {
            Operation::List => self.list(route),
            Operation::Create => self.create(route),
            Operation::Get => self.get(route),
            Operation::Update => self.update(route),
            Operation::Replace if route.made.is_some() => self.put(route),
            Operation::Replace => self.replace(route),
            Operation::Delete => self.delete(route),
            Operation::Action(action) => self.action(route, action),
            Operation::Report(report) => self.report(route, report),
        }
    }

    fn model(&self) -> &'m Model {
        self.cx.model
    }

    fn entity(&self) -> EntityId {
        self.package.entity
    }

    fn imports(&mut self) -> &mut Imports {
        &mut self.module.imports
    }

    /// Takes a name from a module.
    fn take(&mut self, module: &str, name: &str) -> String {
        self.module.imports.name(module, name);
        name.to_owned()
    }

    /// The class of an entity's rows.
    fn class(&mut self, entity: EntityId) -> String {
        let class = names::class(self.model(), entity);
        let module = self.cx.package(entity).module("models");
        self.take(&module, &class)
    }

    /// The class of this entity's rows.
    fn own(&mut self) -> String {
        self.class(self.entity())
    }

    /// The class of a schema.
    fn schema(&mut self, schema: SchemaId) -> String {
        let class = names::schema(self.model(), schema);
        let entity = self.model().http.schemas[schema].entity.unwrap_or(self.entity());
        let module = self.cx.package(entity).module("schemas");
        self.take(&module, &class)
    }

    /// The class of an item of this entity.
    fn item(&mut self) -> Option<String> {
        let entity = self.entity();
        let mut groups = self.model().http.groups.iter();
        let group = groups.find(|group| group.entity == entity)?;
        Some(self.schema(group.item))
    }

    /// The class of the query of a route.
    fn query(&mut self, route: &Route) -> String {
        let class = names::query(route);
        let module = self.package.module("schemas");
        self.take(&module, &class)
    }

    /// `column(Task.due)`.
    fn column(&mut self, entity: EntityId, field: groma_ir::design::FieldId) -> String {
        let class = self.class(entity);
        self.take("app.core.db", "column");
        format!("column({class}.{})", names::field(self.model(), entity, field))
    }

    /// The rules of an entity, as a module: `access` for its own.
    fn access(&mut self, entity: EntityId) -> String {
        let package = self.cx.package(entity);
        let module = format!("app.{}", package.name);
        if entity == self.entity() {
            return self.take(&module, "access");
        }
        let alias = format!("{}_access", package.one);
        self.imports().alias(&module, "access", &alias);
        alias
    }

    /// `caller: Caller`, or nobody; none where the design knows no callers.
    fn caller(&mut self, may_be_nobody: bool) -> Option<Doc> {
        self.cx.caller()?;
        self.take("app.core.auth", "Caller");
        let none = if may_be_nobody { " | None" } else { "" };
        Some(Doc::text(format!("caller: Caller{none}")))
    }

    /// `caller: Caller` for what asks whether rows may be read.
    fn reader(&mut self, entity: EntityId) -> Option<Doc> {
        let may_be_nobody = self.uses.may_be_nobody(entity, Verb::Read);
        self.caller(may_be_nobody)
    }

    /// `session: Session`.
    fn session(&mut self) -> Doc {
        self.take("sqlmodel", "Session");
        Doc::text("session: Session")
    }

    /// What every function for a route takes first: the session, the caller, and what the path says.
    fn taken(&mut self, route: &Route) -> Vec<Doc> {
        let mut all = vec![self.session()];
        all.extend(self.caller(route.public));
        for parameter in parameters(self.cx, route) {
            all.push(parameter.written(self.cx, &mut self.module.imports));
        }
        all
    }

    /// `if_match: Tags | None`.
    fn tags(&mut self, name: &str) -> Doc {
        self.take("app.core.etags", "Tags");
        Doc::text(format!("{name}: Tags | None"))
    }

    /// `raise Problem(NOT_FOUND)`.
    fn raise(&mut self, kind: &str) -> String {
        self.take("app.core.errors", "Problem");
        self.take("app.core.errors", kind);
        format!("raise Problem({kind})")
    }

    fn define(&mut self, function: Function) {
        self.define_as(&[], function);
    }

    /// The same, decorated.
    fn define_as(&mut self, decorators: &[&str], function: Function) {
        let mut block = Block::new();
        for name in decorators {
            block.line(&format!("@{name}"));
        }
        let head = Doc::call(format!("def {}", function.name), function.parameters);
        let mut inner = Block::new();
        inner.inner(|inner| {
            inner.doc(&function.doc);
        });
        block
            .statement("", &head, &format!(" -> {}:", function.returns))
            .append(inner)
            .append(function.body);
        self.module.push(block);
    }

    /// What one row is called: `task share`.
    fn one(&self) -> String {
        names::spaced(&self.model().design.entities[self.entity()].name)
    }
}

/// The name of the function for a route, in services and in routers.
pub(crate) fn function_of(route: &Route) -> String {
    names::snake(&route.operation_id)
}

/// Statements that stand in a function.
fn body(write: impl FnOnce(&mut Block)) -> Block {
    let mut block = Block::new();
    block.inner(write);
    block
}
