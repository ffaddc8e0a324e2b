//! What routes share: the rows above, which row a path names, rows by their keys, references of bodies.

use groma_ir::design::{EntityId, FieldId, Parent};
use groma_ir::http::Route;

use super::path::arguments;
use super::{Function, Parameter, Service, body, parameters};
use crate::access::is_ruled;
use crate::names;
use crate::python::{Block, Doc};

impl Service<'_, '_> {
    /// The functions that several routes share.
    pub(super) fn lookups(&mut self) {
        if self.needs.there.contains(&self.entity()) {
            self.is_missing();
        }
        if self.needs.readable.contains(&self.entity()) {
            self.readable_rows();
        }
        if self.needs.fenced.contains(&self.entity()) {
            self.is_outside();
        }
    }

    /// The condition that rows lie below what the path says: the key of the nearest row above.
    pub(super) fn below(&mut self, route: &Route) -> Option<(FieldId, Doc)> {
        let parents: Vec<&Parent> = route.path.parents().collect();
        let last = parents.last()?;
        let key = self.key_of(route, parents.len())?;
        Some((last.field, key))
    }

    /// The key of the row at the end of so many parents, as an expression.
    fn key_of(&mut self, route: &Route, depth: usize) -> Option<Doc> {
        let parents: Vec<&Parent> = route.path.parents().take(depth).collect();
        let last = parents.last()?;
        let names: Vec<Parameter> = parameters(self.cx, route)
            .into_iter()
            .filter(|parameter| !parameter.is_key)
            .take(depth)
            .collect();
        let is_plain = !is_ruled(self.cx, last.entity) && last.by == self.cx.table(last.entity).key;
        if depth == 1 && is_plain {
            return Some(Doc::text(names.last()?.name.as_str()));
        }
        let function = self.key_function(route, depth);
        let arguments = self.cx.caller().into_iter().chain(arguments(&names));
        Some(Doc::call(function, arguments))
    }

    /// The function that gives the key of the row at the end of so many parents, written when it is first asked for.
    fn key_function(&mut self, route: &Route, depth: usize) -> String {
        let parents: Vec<&Parent> = route.path.parents().take(depth).collect();
        let names: Vec<Parameter> = parameters(self.cx, route)
            .into_iter()
            .filter(|parameter| !parameter.is_key)
            .take(depth)
            .collect();
        let name = format!("{}_key", self.above(route, depth));
        let (Some(last), Some(named)) = (parents.last(), names.last()) else {
            return name;
        };
        if self.module.has(&name) {
            return name;
        }
        let row = self.cx.row_name(last.entity);
        let class = self.class(last.entity);
        let table = self.cx.table(last.entity);
        let key = names::field(self.model(), last.entity, table.key);
        let by = names::field(self.model(), last.entity, last.by);
        let mut all = vec![Doc::text(format!("column({row}.{by}) == {}", named.name))];
        if let Some(above) = depth.checked_sub(2).and_then(|at| parents.get(at))
            && let Some(above_key) = self.key_of(route, depth - 1)
        {
            let reference = names::field(self.model(), last.entity, above.field);
            all.push(Doc::join([
                Doc::text(format!("column({row}.{reference}) == ")),
                above_key,
            ]));
        }
        if is_ruled(self.cx, last.entity) {
            let access = self.access(last.entity);
            all.push(self.cx.rule(&access, "may_read", &[&row]));
        }
        let field = &self.model().design.entities[last.entity].fields[table.key];
        let ty = super::python(self.cx, &mut self.module.imports, &field.ty);
        for (module, taken) in [
            ("sqlalchemy", "ColumnElement"),
            ("sqlalchemy", "select"),
            ("sqlalchemy.orm", "aliased"),
            ("app.core.db", "column"),
        ] {
            self.take(module, taken);
        }
        let mut parameters: Vec<Doc> = self.reader(last.entity).into_iter().collect();
        for parameter in &names {
            parameters.push(parameter.written(self.cx, &mut self.module.imports));
        }
        let statement = Doc::Chain(vec![
            Doc::text(format!("select(column({row}.{key}))")),
            Doc::call(".where", all),
            Doc::text(".scalar_subquery()"),
        ]);
        let body = body(|body| {
            body.line(&format!("{row} = aliased({class})"));
            body.statement("return ", &statement, "");
        });
        let one = crate::names::spaced(&self.model().design.entities[last.entity].name);
        self.define(Function {
            name: name.clone(),
            parameters,
            returns: format!("ColumnElement[{ty}]"),
            doc: format!("The key of the {one} in the path, if the caller may read it."),
            body,
        });
        name
    }

    /// What so many rows above are called together; with what names the last one, where the package has it by several.
    fn above(&self, route: &Route, depth: usize) -> String {
        let parents = |route: &'_ Route| -> Vec<(EntityId, FieldId)> {
            let parents = route.path.parents().take(depth);
            parents.map(|parent| (parent.entity, parent.by)).collect()
        };
        let own = parents(route);
        let ones: Vec<&str> = own
            .iter()
            .map(|(entity, _)| self.cx.package(*entity).one.as_str())
            .collect();
        let is_other = |other: &Vec<(EntityId, FieldId)>| {
            let same = other.iter().zip(&own).all(|(other, own)| other.0 == own.0);
            same && other.len() == own.len() && *other != own
        };
        let mut others = self.cx.routes(self.package).map(|(_, route)| parents(route));
        match own.last() {
            Some((entity, by)) if others.any(|other| is_other(&other)) => {
                let by = names::field(self.cx.model, *entity, *by);
                format!("{}_by_{by}", ones.join("_"))
            }
            _ => ones.join("_"),
        }
    }

    /// Writes, once, what tells that the row above is not there; gives the call.
    pub(super) fn check_parent(&mut self, route: &Route) -> Option<String> {
        let (_, key) = self.below(route)?;
        let last = route.path.parents().next_back()?;
        let name = format!("check_{}", self.above(route, route.path.parents().count()));
        let names: Vec<Parameter> = parameters(self.cx, route)
            .into_iter()
            .filter(|parameter| !parameter.is_key)
            .collect();
        if !self.module.has(&name) {
            let mut parameters = vec![self.session()];
            parameters.extend(self.reader(last.entity));
            for parameter in &names {
                parameters.push(parameter.written(self.cx, &mut self.module.imports));
            }
            self.take("sqlalchemy", "select");
            let raise = self.raise("NOT_FOUND");
            let found = Doc::call("session.scalar", [Doc::call("select", [key])]);
            let body = body(|body| {
                body.statement("if ", &found, " is None:");
                body.inner(|body| {
                    body.line(&raise);
                });
            });
            let spaced = names::article(&names::spaced(&self.model().design.entities[last.entity].name));
            self.define(Function {
                name: name.clone(),
                parameters,
                returns: "None".into(),
                doc: format!("404 for {spaced} that is not there, or that the caller may not read."),
                body,
            });
        }
        let before = [Doc::text("session")].into_iter().chain(self.cx.caller());
        Some(Doc::call(name, before.chain(arguments(&names))).flat())
    }

    /// The call of the condition that a row is the one that a path names and may be read; written when it is first
    /// asked for.
    pub(super) fn readable(&mut self, route: &Route) -> Doc {
        let all = parameters(self.cx, route);
        let routes = self.cx.routes(self.package).map(|(_, route)| route);
        let items = routes.filter(|route| route.operation.is_on_item() && route.find.is_none());
        let ways: std::collections::BTreeSet<String> = items.map(|route| self.way(route)).collect();
        let name = match self.way(route) {
            way if ways.len() > 1 => format!("readable{way}"),
            _ => String::from("readable"),
        };
        if !self.module.has(&name) {
            self.readable_function(route, &name, &all);
        }
        let arguments = self.cx.caller().into_iter().chain(arguments(&all));
        Doc::call(name, arguments)
    }

    /// How a path says which row it is, where there are several ways: `_by_slug_in_team`.
    fn way(&self, route: &Route) -> String {
        let all = parameters(self.cx, route);
        let key = all.iter().find(|parameter| parameter.is_key);
        let is_own = |key: &&Parameter| key.field != self.cx.table(self.entity()).key;
        let mut way = key
            .filter(is_own)
            .map_or_else(String::new, |key| format!("_by_{}", key.name));
        let depth = route.path.parents().count();
        if depth > 0 {
            way.extend(["_in_", &self.above(route, depth)]);
        }
        way
    }

    fn readable_function(&mut self, route: &Route, name: &str, all: &[Parameter]) {
        let class = self.own();
        let mut parts = Vec::new();
        if let Some(key) = all.iter().find(|parameter| parameter.is_key) {
            let column = self.column(self.entity(), key.field);
            parts.push(Doc::text(format!("{column} == {}", key.name)));
        }
        if let Some((field, key)) = self.below(route) {
            let column = self.column(self.entity(), field);
            parts.push(Doc::join([Doc::text(format!("{column} == ")), key]));
        }
        let access = self.access(self.entity());
        parts.push(self.cx.rule(&access, "may_read", &[&class]));
        let mut parameters: Vec<Doc> = self.reader(self.entity()).into_iter().collect();
        for parameter in all {
            parameters.push(parameter.written(self.cx, &mut self.module.imports));
        }
        self.take("sqlalchemy", "ColumnElement");
        self.take("sqlalchemy", "and_");
        let mut body = Block::new();
        body.inner(|body| {
            body.statement("return ", &Doc::call("and_", parts), "");
        });
        let one = self.one();
        self.define(Function {
            name: name.to_owned(),
            parameters,
            returns: "ColumnElement[bool]".into(),
            doc: format!("The {one} that the path names, if the caller may read it."),
            body,
        });
    }
}
