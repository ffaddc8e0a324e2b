//! What a handler does: a call of the service, and the answer.

use groma_ir::http::{Operation, Route, SchemaKind};

use super::Router;
use crate::names;
use crate::python::{Block, Doc, string};
use crate::service::{embedded_of, function_of, parameters};

impl<'m> Router<'_, 'm> {
    /// The statements of a handler, and whether they look at the request.
    pub(super) fn answer(&mut self, route: &'m Route) -> (Block, bool) {
        let module = format!("app.{}", self.package.name);
        self.take(&module, "service");
        match route.operation {
            Operation::List => (self.page(route), true),
            Operation::Create => self.created(route),
            Operation::Get => (self.one(route), false),
            Operation::Replace if route.made.is_some() => (self.put(route), true),
            Operation::Update | Operation::Replace | Operation::Action(_) => (self.changed(route), false),
            Operation::Delete => (self.deleted(route), false),
            Operation::Report(_) => (self.report(route), false),
        }
    }

    /// `service.get_task(session, caller, id, ...)`.
    fn call(&self, route: &Route, rest: &[&str]) -> Doc {
        let mut arguments = vec![Doc::text("session"), Doc::text("caller")];
        arguments.extend(
            parameters(self.cx, route)
                .iter()
                .map(|parameter| Doc::text(parameter.wire.as_str())),
        );
        arguments.extend(rest.iter().map(|name| Doc::text(*name)));
        Doc::call(format!("service.{}", function_of(route)), arguments)
    }

    /// The call of a change: with what its body says, and the conditions on its row.
    fn change(&self, route: &Route) -> Doc {
        let mut rest = Vec::new();
        if super::takes_body(route) && !self.is_without_input(route) {
            rest.push("body");
        }
        if route.if_match {
            rest.push("if_match");
        }
        if route.made.is_some() {
            rest.push("if_none_match");
        }
        self.call(route, &rest)
    }

    fn row(&self) -> String {
        self.cx.row_name(self.package.entity)
    }

    /// The class of the item that a route answers with.
    fn item(&mut self, route: &Route) -> String {
        let body = route.success.body;
        body.map_or_else(String::new, |body| self.schema(body))
    }

    fn page(&mut self, route: &'m Route) -> Block {
        let includes = Self::includes(route);
        let body = route
            .success
            .body
            .map(|body| &self.cx.model.http.schemas[body].kind);
        let (items, item) = match body {
            Some(SchemaKind::Page { items, item, .. }) => (items.clone(), Some(*item)),
            Some(SchemaKind::Array(item)) => (String::from("items"), Some(*item)),
            _ => (String::from("items"), None),
        };
        let class = self.item(route);
        self.take("app.core.answers", "page_answer");
        let mut block = Block::new();
        let call = self.call(route, &["query"]);
        let mut rows = String::from("page.rows");
        if !includes.is_empty() {
            let item = item.map_or_else(String::new, |item| self.schema(item));
            self.items(&item);
            rows = String::from("items");
        }
        block.inner(|body| {
            body.statement("page = ", &call, "");
            if !includes.is_empty() {
                body.line("items = _items(session, caller, page.rows, query.include)");
            }
            let members = Doc::Group {
                open: String::from("{"),
                items: vec![
                    Doc::text(format!("{}: {rows}", string(&items))),
                    Doc::text("\"next_cursor\": page.next_cursor"),
                    Doc::text("**page.totals"),
                ],
                close: "}",
            };
            body.statement(
                "body = ",
                &Doc::call(format!("{class}.model_validate"), [members]),
                "",
            );
            let mut arguments = vec![Doc::text("request"), Doc::text("body")];
            arguments.extend(narrowing(route));
            body.statement("return ", &Doc::call("page_answer", arguments), "");
        });
        block
    }

    /// The function that makes items of rows, with what they embed; written once.
    fn items(&mut self, item: &str) {
        if self.module.has("_items") {
            return;
        }
        let entity = &self.cx.model.design.entities[self.package.entity];
        let mut known = Vec::new();
        for (_, route) in self.cx.routes(self.package) {
            for reference in Self::includes(route) {
                if !known.contains(reference) {
                    known.push(reference.clone());
                }
            }
        }
        let class = names::class(self.cx.model, self.package.entity);
        let module = self.package.module("models");
        self.take(&module, &class);
        self.take("sqlmodel", "Session");
        self.take("collections.abc", "Sequence");
        let is_public = self
            .cx
            .routes(self.package)
            .any(|(_, route)| route.public && !route.operation.is_write());
        self.take("app.core.auth", "Caller");
        let caller = if is_public { "Caller | None" } else { "Caller" };
        let rows = self.package.name.clone();
        let row = self.row();
        let mut block = Block::new();
        let head = Doc::call(
            "def _items",
            [
                Doc::text("session: Session"),
                Doc::text(format!("caller: {caller}")),
                Doc::text(format!("{rows}: Sequence[{class}]")),
                Doc::text("include: Sequence[str]"),
            ],
        );
        block.statement("", &head, &format!(" -> list[{item}]:"));
        block.inner(|body| {
            body.line(&format!(
                "shown = [{item}.model_validate({row}) for {row} in {rows}]"
            ));
        });
        for (wire, field) in known {
            let Some(target) = entity.fields[field].ty.target() else {
                continue;
            };
            let groups = &self.cx.model.http.groups;
            let there = groups
                .iter()
                .find(|group| group.entity == target)
                .map(|group| group.item);
            let there = there.map_or_else(String::new, |there| self.schema(there));
            let reference = names::field(self.cx.model, self.package.entity, field);
            let member = names::attribute(&wire);
            let embedded = embedded_of(&wire);
            // Names of their own: two references may have keys of two types.
            let found = format!("{member}_rows");
            let row = format!("{member}_row");
            block.inner(|body| {
                body.line(&format!("if {} in include:", string(&wire)));
                body.inner(|body| {
                    body.line(&format!("{found} = service.{embedded}(session, caller, {rows})"));
                    body.line("for each in shown:");
                    body.inner(|body| {
                        body.line(&format!("{row} = {found}.get(each.{reference})"));
                        let value = format!("None if {row} is None else {there}.model_validate({row})");
                        body.choice(&format!("each.{member} = "), &value);
                    });
                });
            });
        }
        block.inner(|body| {
            body.line("return shown");
        });
        self.module.push(block);
    }

    fn created(&mut self, route: &'m Route) -> (Block, bool) {
        let row = self.row();
        let call = self.call(route, &["body"]);
        let item = self.item(route);
        let mut block = Block::new();
        if route.success.body.is_none() {
            let status = route.success.status;
            block.inner(|body| {
                body.statement("", &call, "");
                body.line(&format!("return Response(status_code={status})"));
            });
            return (block, false);
        }
        let resource = &self.cx.model.design.resources[route.resource];
        let by = names::field(self.cx.model, route.entity, resource.by);
        let validated = format!("{item}.model_validate({row})");
        let answer = if route.success.location {
            self.take("app.core.answers", "created_answer");
            self.take("app.core.answers", "location_below");
            let location = Doc::text(format!("location_below(request, {row}.{by})"));
            Doc::call("created_answer", [Doc::text(validated), location])
        } else {
            self.take("app.core.answers", "made_answer");
            Doc::call("made_answer", [Doc::text(validated)])
        };
        block.inner(|body| {
            body.statement(&format!("{row} = "), &call, "");
            body.statement("return ", &answer, "");
        });
        (block, route.success.location)
    }

    fn one(&mut self, route: &'m Route) -> Block {
        let row = self.row();
        let call = self.call(route, &[]);
        let item = self.item(route);
        let has_includes = !Self::includes(route).is_empty();
        self.take("app.core.answers", "item_answer");
        if has_includes {
            self.items(&item);
        }
        let mut block = Block::new();
        block.inner(|body| {
            body.statement(&format!("{row} = "), &call, "");
            if has_includes {
                body.line(&format!(
                    "[item] = _items(session, caller, [{row}], query.include)"
                ));
            } else {
                body.line(&format!("item = {item}.model_validate({row})"));
            }
            let mut arguments = vec![Doc::text("item"), Doc::text("if_none_match")];
            arguments.extend(narrowing(route));
            body.statement("return ", &Doc::call("item_answer", arguments), "");
        });
        block
    }

    fn changed(&mut self, route: &'m Route) -> Block {
        let row = self.row();
        let call = self.change(route);
        let mut block = Block::new();
        if route.success.body.is_none() {
            let status = route.success.status;
            block.inner(|body| {
                body.statement("", &call, "");
                body.line(&format!("return Response(status_code={status})"));
            });
            return block;
        }
        let item = self.item(route);
        let validated = Doc::text(format!("{item}.model_validate({row})"));
        let answer = if route.etag {
            self.take("app.core.answers", "item_answer");
            Doc::call("item_answer", [validated])
        } else {
            self.take("app.core.answers", "json_answer");
            self.take("app.core.answers", "encode");
            Doc::call("json_answer", [Doc::call("encode", [validated])])
        };
        block.inner(|body| {
            body.statement(&format!("{row} = "), &call, "");
            body.statement("return ", &answer, "");
        });
        block
    }

    fn put(&mut self, route: &'m Route) -> Block {
        let row = self.row();
        let call = self.change(route);
        let item = self.item(route);
        self.take("app.core.answers", "item_answer");
        self.take("app.core.answers", "created_answer");
        let mut block = Block::new();
        block.inner(|body| {
            body.statement(&format!("{row}, is_made = "), &call, "");
            body.line(&format!("item = {item}.model_validate({row})"));
            body.line(
                "return created_answer(item, request.scope[\"path\"]) if is_made else item_answer(item)",
            );
        });
        block
    }

    fn deleted(&mut self, route: &Route) -> Block {
        let call = self.change(route);
        let mut block = Block::new();
        block.inner(|body| {
            body.statement("", &call, "");
            body.line(&format!("return Response(status_code={})", route.success.status));
        });
        block
    }

    fn report(&mut self, route: &Route) -> Block {
        let call = self.call(route, &[]);
        self.take("app.core.answers", "json_answer");
        self.take("app.core.answers", "encode");
        let mut block = Block::new();
        block.inner(|body| {
            let answer = Doc::call("json_answer", [Doc::call("encode", [call])]);
            body.statement("return ", &answer, "");
        });
        block
    }
}

/// What narrows an answer, and what it embeds.
fn narrowing(route: &Route) -> Vec<Doc> {
    let mut all = Vec::new();
    if Router::has_fields(route) {
        all.push(Doc::text("fields=query.fields"));
    }
    if !Router::includes(route).is_empty() {
        all.push(Doc::text("embedded=query.include"));
    }
    all
}
