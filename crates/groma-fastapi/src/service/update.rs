//! Changes of rows that are there, and their end.

use groma_ir::design::{FieldId, Verb};
use groma_ir::http::{Operation, Route};

use super::hooks::Then;
use super::{Function, Service, body, function_of};
use crate::access::{change_functions, function_of as rule_of};
use crate::names;
use crate::python::{Block, Doc, string};

impl<'m> Service<'_, 'm> {
    pub(super) fn update(&mut self, route: &'m Route) {
        let one = self.one();
        let doc = format!("The {one} with some fields changed.");
        let said = Doc::text("body.model_dump(exclude_unset=True)");
        self.change(route, &said, doc);
    }

    pub(super) fn replace(&mut self, route: &'m Route) {
        let one = self.one();
        let doc = format!("The {one} with every field changed that may be written.");
        let said = self.said(route, &route.writes);
        self.change(route, &said, doc);
    }

    fn change(&mut self, route: &'m Route, said: &Doc, doc: String) {
        let class = self.own();
        let check = self.check_references(route, Doc::text("written"));
        let then = self.then(route);
        let mut change = self.written_change(route, Doc::text("if_match=if_match"), then.as_ref());
        if let Doc::Group { items, .. } = &mut change {
            items.extend(check);
        }
        let parameters = self.changing(route);
        self.take("app.core.changes", "update_row");
        self.take("typing", "Any");
        let touched = self.touching();
        let returned = self.returned("update_row(session, change, written)");
        let (said, time) = Self::at_one_time(said.clone());
        let block = body(|body| {
            if let Some(time) = time {
                body.line(time);
            }
            body.statement("written: dict[str, Any] = ", &said, "");
        })
        .with(then.map(|then| then.block).unwrap_or_default())
        .with(body(|body| {
            body.statement("change = ", &change, "");
        }))
        .with(touched)
        .with(returned);
        let function = Function {
            name: function_of(route),
            parameters,
            returns: class,
            doc,
            body: block,
        };
        self.operation(route, function);
    }

    /// What a function for a change takes.
    pub(super) fn changing(&mut self, route: &'m Route) -> Vec<Doc> {
        let schema = route.body.map(|body| self.schema(body));
        let mut parameters = self.taken(route);
        parameters.extend(schema.map(|schema| Doc::text(format!("body: {schema}"))));
        if route.if_match {
            parameters.push(self.tags("if_match"));
        }
        parameters
    }

    /// The time goes where every write puts it.
    pub(super) fn touching(&mut self) -> Block {
        let touched = self.touched();
        if touched.is_empty() {
            return Block::new();
        }
        self.take("app.core.db", "now");
        body(|body| {
            body.line("if written:");
            body.inner(|body| match touched.as_slice() {
                [only] => {
                    body.line(&format!("written[{}] = now()", string(only)));
                }
                several => {
                    let items: Vec<String> = several
                        .iter()
                        .map(|name| format!("{}: now()", string(name)))
                        .collect();
                    body.line(&format!("written |= {{{}}}", items.join(", ")));
                }
            });
        })
    }

    /// `Change(...)` for what a body writes.
    pub(super) fn written_change(&mut self, route: &'m Route, conditions: Doc, then: Option<&Then>) -> Doc {
        let (class, item) = (self.own(), self.item());
        let readable = self.readable(route);
        self.take("app.core.changes", "Change");
        self.may_write();
        let mut arguments = vec![
            Doc::text(class),
            Doc::text(item.unwrap_or_default()),
            readable,
            Doc::call(
                "may_write",
                self.cx.caller().into_iter().chain([Doc::text("written")]),
            ),
        ];
        if self.may_reach(&route.writes) {
            arguments.push(Doc::text("guards=[*may_reach(written)]"));
        }
        if route.require_match {
            arguments.push(Doc::text("requires_match=True"));
        }
        arguments.extend(self.check_arguments(route, "written.keys()"));
        arguments.extend(self.as_seen_argument());
        arguments.extend(then.map(Then::argument));
        arguments.push(conditions);
        Doc::call("Change", arguments)
    }

    /// The function that gives what must hold for some fields to be written.
    fn may_write(&mut self) {
        if self.module.has("may_write") {
            return;
        }
        let class = self.own();
        let access = self.access(self.entity());
        let whole = rule_of(self.cx, self.entity(), Verb::Update);
        let of_fields = change_functions(self.cx, self.entity(), Verb::Update);
        for (module, name) in [
            ("sqlalchemy", "ColumnElement"),
            ("sqlalchemy", "and_"),
            ("collections.abc", "Mapping"),
            ("typing", "Any"),
            ("app.core.db", "after"),
        ] {
            self.take(module, name);
        }
        let functions = of_fields.clone();
        let takes_new = |name: &str| {
            let mut all = functions.iter().chain([&whole]);
            all.any(|function| function.name == name && function.takes_new)
        };
        let cx = self.cx;
        let calls = |name: &str| {
            let rule = |row: &str| {
                if takes_new(name) {
                    cx.rule(&access, name, &[row, "new"])
                } else {
                    cx.rule(&access, name, &[row])
                }
            };
            vec![rule(&class), rule("new")]
        };
        let mut block = body(|body| {
            body.line(&format!("new = after({class}, written)"));
        });
        if of_fields.is_empty() {
            let all = Doc::call("and_", calls(&whole.name));
            block = block.with(body(|body| {
                body.statement("return ", &all, "");
            }));
        } else {
            let fields = self.updated();
            let lines = self.by_fields((&whole.name, &of_fields), &fields, &calls);
            block = block
                .with(body(|body| {
                    if lines.text().contains("sent") {
                        body.line("sent = written.keys()");
                    }
                }))
                .with(lines)
                .with(body(|body| {
                    body.line("return and_(*asked)");
                }));
        }
        let may_be_nobody = self.uses.may_be_nobody(self.entity(), Verb::Update);
        let mut parameters: Vec<Doc> = self.caller(may_be_nobody).into_iter().collect();
        parameters.push(Doc::text("written: Mapping[str, Any]"));
        self.define(Function {
            name: "may_write".into(),
            parameters,
            returns: "ColumnElement[bool]".into(),
            doc: "What must hold for these fields to be written: on the row as it is, and as the change leaves it."
                .into(),
            body: block,
        });
    }

    /// The fields that some route of the package changes.
    pub(super) fn updated(&self) -> Vec<FieldId> {
        let routes = self.cx.routes(self.package).map(|(_, route)| route);
        let changing =
            routes.filter(|route| matches!(route.operation, Operation::Update | Operation::Replace));
        let fields: std::collections::BTreeSet<FieldId> =
            changing.flat_map(|route| route.writes.iter().copied()).collect();
        fields.into_iter().collect()
    }

    pub(super) fn delete(&mut self, route: &'m Route) {
        let (class, item) = (self.own(), self.item());
        let readable = self.readable(route);
        let access = self.access(self.entity());
        self.take("app.core.changes", "Change");
        self.take("app.core.changes", "delete_row");
        let mut arguments = vec![
            Doc::text(class.as_str()),
            Doc::text(item.unwrap_or_default()),
            readable,
            self.cx.rule(&access, "may_delete", &[&class]),
        ];
        let link = self.model().design.entities[self.entity()].link.clone();
        if let Some(link) = link
            && let Some(least) = link.least
        {
            let function = self.keeps(&link, least.level);
            self.take("app.core.changes", "Guard");
            let guard = Self::kept_guard(&link, &function, self.model());
            arguments.push(Doc::named("guards", Doc::list([guard])));
        }
        if route.require_match {
            arguments.push(Doc::text("requires_match=True"));
        }
        arguments.extend(self.as_seen_argument());
        let then = self.then(route);
        arguments.extend(then.as_ref().map(Then::argument));
        arguments.push(Doc::text("if_match=if_match"));
        let change = Doc::call("Change", arguments);
        let parameters = self.changing(route);
        let block = then.map(|then| then.block).unwrap_or_default().with(body(|body| {
            body.statement("change = ", &change, "");
            body.line("delete_row(session, change)");
        }));
        let one = names::article(&self.one());
        let function = Function {
            name: function_of(route),
            parameters,
            returns: "None".into(),
            doc: format!("Removes {one}."),
            body: block,
        };
        self.operation(route, function);
    }
}
