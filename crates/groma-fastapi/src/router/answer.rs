//! What a handler does: a call of the service, and the answer.

use groma_ir::design::{EntityId, FieldId};
use groma_ir::http::{Operation, Route, Schema, SchemaId, SchemaKind};

use super::Router;
use crate::access::is_ruled;
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
        let mut arguments = vec![Doc::text("session")];
        arguments.extend(self.cx.caller());
        arguments.extend(
            parameters(self.cx, route)
                .iter()
                .map(|parameter| Doc::text(names::attribute(&parameter.wire))),
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

    /// `caller, `, among arguments.
    fn passed_caller(&self) -> &'static str {
        self.cx.caller().map_or("", |_| "caller, ")
    }

    /// The references that routes of the package embed, by their names on the wire.
    fn embedded(&self) -> Vec<(String, FieldId)> {
        let mut known = Vec::new();
        for (_, route) in self.cx.routes(self.package) {
            for reference in Self::includes(route) {
                if !known.contains(reference) {
                    known.push(reference.clone());
                }
            }
        }
        known
    }

    /// What `_items` is given before the rows: nothing where each row that it embeds is nobody's to read.
    fn passed_to_items(&self) -> String {
        let entity = &self.cx.model.design.entities[self.package.entity];
        let targets = self.embedded().into_iter();
        let mut targets = targets.filter_map(|(_, field)| entity.fields[field].ty.target());
        if targets.any(|target| is_ruled(self.cx, target)) {
            format!("session, {}", self.passed_caller())
        } else {
            String::new()
        }
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
        let schema = route.success.body;
        let kind = schema.map(|schema| &self.cx.model.http.schemas[schema].kind);
        let item = match kind {
            Some(SchemaKind::Page { item, .. } | SchemaKind::Array(item)) => Some(*item),
            _ => None,
        };
        let class = self.item(route);
        let answer = match kind {
            Some(SchemaKind::Array(_)) => "array_answer",
            _ => "page_answer",
        };
        self.take("app.core.answers", answer);
        let mut block = Block::new();
        let call = self.call(route, &["query"]);
        let passed = self.passed_to_items();
        let mut rows = String::from("page.rows");
        if !includes.is_empty() {
            let item = item.map_or_else(String::new, |item| self.schema(item));
            self.items(&item);
            rows = String::from("items");
        }
        block.inner(|body| {
            body.statement("page = ", &call, "");
            if !includes.is_empty() {
                body.line(&format!("items = _items({passed}page.rows, query.include)"));
            }
            let validated = Doc::call(format!("{class}.model_validate"), [members(kind, &rows)]);
            body.statement("body = ", &validated, "");
            let arguments = ["request", "page", "body"].map(Doc::text).into_iter();
            let arguments = arguments.chain(narrowing(route));
            body.statement("return ", &Doc::call(answer, arguments), "");
        });
        block
    }

    /// The function that makes items of rows, with what they embed; written once.
    fn items(&mut self, item: &str) {
        if self.module.has("_items") {
            return;
        }
        let entity = &self.cx.model.design.entities[self.package.entity];
        let passed = self.passed_to_items();
        let class = names::class(self.cx.model, self.package.entity);
        let module = self.package.module("models");
        self.take(&module, &class);
        self.take("collections.abc", "Sequence");
        let is_public = self
            .cx
            .routes(self.package)
            .any(|(_, route)| route.public && !route.operation.is_write());
        let rows = self.package.name.clone();
        let row = self.row();
        let mut block = Block::new();
        let mut parameters = Vec::new();
        if !passed.is_empty() {
            self.take("sqlmodel", "Session");
            parameters.push(Doc::text("session: Session"));
        }
        if !passed.is_empty() && self.cx.caller().is_some() {
            self.take("app.core.auth", "Caller");
            let none = if is_public { " | None" } else { "" };
            parameters.push(Doc::text(format!("caller: Caller{none}")));
        }
        parameters.push(Doc::text(format!("{rows}: Sequence[{class}]")));
        parameters.push(Doc::text("include: Sequence[str]"));
        let caller = self.passed_caller();
        let head = Doc::call("def _items", parameters);
        block.statement("", &head, &format!(" -> list[{item}]:"));
        block.inner(|body| {
            body.line(&format!(
                "shown = [{item}.model_validate({row}) for {row} in {rows}]"
            ));
        });
        for (wire, field) in self.embedded() {
            let Some(target) = entity.fields[field].ty.target() else {
                continue;
            };
            let Some(there) = self.embedded_schema(target) else {
                continue;
            };
            let is_read = is_ruled(self.cx, target);
            let there = if is_read {
                self.schema(there)
            } else {
                String::new()
            };
            let reference = names::field(self.cx.model, self.package.entity, field);
            let member = names::attribute(&wire);
            let embedded = embedded_of(&wire);
            // Names of their own: two references may have keys of two types.
            let found = format!("{member}_rows");
            let row = format!("{member}_row");
            block.inner(|body| {
                body.line(&format!("if {} in include:", string(&wire)));
                body.inner(|body| {
                    if !is_read {
                        body.line("for each in shown:");
                        body.inner(|body| {
                            body.line(&format!("each.{member} = None"));
                        });
                        return;
                    }
                    body.line(&format!("{found} = service.{embedded}(session, {caller}{rows})"));
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

    /// The schema of what embeds rows of an entity.
    fn embedded_schema(&self, target: EntityId) -> Option<SchemaId> {
        let mut schemas = self.cx.model.http.schemas.entries();
        let is_item =
            |schema: &Schema| matches!(schema.kind, SchemaKind::Item(_)) && schema.entity == Some(target);
        schemas.find(|(_, schema)| is_item(schema)).map(|(id, _)| id)
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
        let status = route.success.status;
        let status = (status != 201).then(|| Doc::text(status.to_string()));
        let answer = if route.success.location {
            self.take("app.core.answers", "created_answer");
            self.take("app.core.answers", "location_below");
            let location = Doc::text(format!("location_below(request, {row}.{by})"));
            let parts = [Doc::text(validated), location];
            Doc::call("created_answer", parts.into_iter().chain(status))
        } else {
            self.take("app.core.answers", "made_answer");
            let item = [Doc::text(validated)];
            Doc::call("made_answer", item.into_iter().chain(status))
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
        let passed = self.passed_to_items();
        self.take("app.core.answers", "item_answer");
        if has_includes {
            self.items(&item);
        }
        let mut block = Block::new();
        block.inner(|body| {
            body.statement(&format!("{row} = "), &call, "");
            if has_includes {
                body.line(&format!("[item] = _items({passed}[{row}], query.include)"));
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
        self.take("app.core.paths", "sent_path");
        let mut block = Block::new();
        block.inner(|body| {
            body.statement(&format!("{row}, is_made = "), &call, "");
            body.line(&format!("item = {item}.model_validate({row})"));
            body.line(
                "return created_answer(item, sent_path(request.scope)) if is_made else item_answer(item)",
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

/// What a list's answer is made from: its rows, and what stands beside them.
fn members(kind: Option<&SchemaKind>, rows: &str) -> Doc {
    let Some(SchemaKind::Page { items, cursor, .. }) = kind else {
        return Doc::text(rows);
    };
    let place: &[&str] = if *cursor {
        &["\"next_cursor\": page.next_cursor"]
    } else {
        &["\"limit\": query.limit", "\"offset\": query.offset"]
    };
    let rows = Doc::text(format!("{}: {rows}", string(items)));
    let beside = place.iter().chain(&["**page.totals"]);
    Doc::Group {
        open: String::from("{"),
        items: std::iter::once(rows)
            .chain(beside.map(|part| Doc::text(*part)))
            .collect(),
        close: "}",
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
