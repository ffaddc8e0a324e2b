//! New rows.

use groma_ir::design::{FieldId, Verb};
use groma_ir::http::Route;

use super::hooks::Then;
use super::{Function, Parameter, Service, body, function_of};
use crate::access::{change_functions, function_of as rule_of};
use crate::names;
use crate::python::{Block, Doc, string};

impl<'m> Service<'_, 'm> {
    pub(super) fn create(&mut self, route: &'m Route) {
        let class = self.own();
        let row = self.cx.row_name(self.entity());
        let fields = &self.model().design.entities[self.entity()].fields;
        let references = route.writes.iter().copied();
        let references: Vec<FieldId> = references
            .filter(|id| fields[*id].ty.target().is_some())
            .collect();
        let said = self.said(route, &references);
        let check = self.check_references(route, said);
        let written = self.new_row(route, None);
        let mut block = Block::new();
        let schema = route.body.map(|body| self.schema(body));
        let sent = if schema.is_some() {
            "body.model_fields_set"
        } else {
            "set()"
        };
        self.write_new(&mut block, route, written, sent);
        self.insert(&mut block, route, &row, check);
        let mut parameters = self.taken(route);
        let mark = if block.text().contains("body") { "" } else { "_" };
        parameters.extend(schema.map(|schema| Doc::text(format!("{mark}body: {schema}"))));
        let one = names::article(&self.one());
        let owner = self.model().design.entities[self.entity()].owner;
        let whose = if owner.is_some() { " of the caller's" } else { "" };
        let function = Function {
            name: function_of(route),
            parameters,
            returns: class,
            doc: format!("Makes {one}{whose}."),
            body: block,
        };
        self.operation(route, function);
    }

    /// `written = {...}`, the rules on it, and what is made beside it.
    pub(super) fn write_new(&mut self, block: &mut Block, route: &'m Route, written: Vec<Doc>, sent: &str) {
        self.take("typing", "Any");
        let dict = Doc::Group {
            open: String::from("{"),
            items: written,
            close: "}",
        };
        // A replace has said before what it is.
        let ty = if route.made.is_some() {
            ""
        } else {
            ": dict[str, Any]"
        };
        let (dict, time) = Self::at_one_time(dict);
        block.inner(|block| {
            if let Some(time) = time {
                block.line(time);
            }
            block.statement(&format!("written{ty} = "), &dict, "");
        });
        let class = self.own();
        self.take("app.core.db", "after");
        let resource = &self.model().design.resources[route.resource];
        let said = self.model().design.said_by_path(resource);
        let rules = self.create_rules(route, &said, sent);
        block.inner(|block| {
            if rules.needs_name {
                block.line(&format!("new = after({class}, written)"));
            }
        });
        block.append(rules.block);
    }

    fn create_rules(&mut self, route: &Route, said: &[FieldId], sent: &str) -> Rules {
        let class = self.own();
        let access = self.access(self.entity());
        let whole = rule_of(self.cx, self.entity(), Verb::Create);
        let of_fields = change_functions(self.cx, self.entity(), Verb::Create);
        let mut block = Block::new();
        let above = self
            .below(route)
            .map(|(_, key)| Doc::join([key, Doc::text(".is_not(None)")]));
        if of_fields.is_empty() {
            let new = format!("after({class}, written)");
            let rule = self.cx.rule(&access, &whole.name, &[&new]);
            let rule = match above {
                None => rule,
                Some(above) => {
                    self.take("sqlalchemy", "and_");
                    Doc::call("and_", [above, rule])
                }
            };
            block.inner(|block| {
                block.statement("rules = ", &rule, "");
            });
            return Rules {
                block,
                needs_name: false,
            };
        }
        self.take("sqlalchemy", "and_");
        let mut fields: Vec<FieldId> = route.writes.clone();
        fields.extend(said);
        let known: Vec<String> = said
            .iter()
            .map(|field| string(&names::field(self.model(), self.entity(), *field)))
            .collect();
        let cx = self.cx;
        let call = |name: &str| cx.rule(&access, name, &["new"]);
        let lines = self.by_fields((&whole.name, &of_fields), &fields, &|name| vec![call(name)]);
        let lines = lines.with(body(|body| {
            if let Some(above) = above {
                body.statement("", &Doc::call("asked.append", [above]), "");
            }
            body.line("rules = and_(*asked)");
        }));
        block.inner(|block| {
            let sent = if known.is_empty() {
                sent.to_owned()
            } else {
                format!("{sent} | {{{}}}", known.join(", "))
            };
            if lines.text().contains("sent") {
                block.line(&format!("sent = {sent}"));
            }
        });
        block.append(lines);
        Rules {
            block,
            needs_name: true,
        }
    }

    /// The rows that are made, or why they are not.
    pub(super) fn insert(&mut self, block: &mut Block, route: &'m Route, row: &str, refers: Option<Doc>) {
        let class = self.own();
        let then = self.then(route);
        self.take("app.core.changes", "insert_row");
        let mut arguments: Vec<Doc> = ["session", &class, "written", "rules"].map(Doc::text).into();
        arguments.extend(refers);
        arguments.extend(then.as_ref().map(Then::argument));
        if route.made.is_some() {
            arguments.push(Doc::text("if_match=if_match"));
        }
        let sent = if route.body.is_some() {
            "body.model_fields_set"
        } else {
            ""
        };
        arguments.extend(self.check_arguments(route, sent));
        arguments.extend(self.callerless(route));
        let parent = self.check_parent(route);
        let seen = self.as_seen(&format!("[{row}]"));
        let raise = self.raise("FORBIDDEN");
        // A replace has defined it before, but for the rows that are made.
        let is_defined = route.made.is_some() && route.makes.is_empty();
        if let Some(then) = then.filter(|_| !is_defined) {
            block.append(then.block);
        }
        block.inner(|block| {
            block.statement(&format!("{row} = "), &Doc::call("insert_row", arguments), "");
            block.line(&format!("if {row} is None:"));
            block.inner(|block| {
                if let Some(parent) = &parent {
                    block.line(parent);
                }
                block.line(&raise);
            });
            if let Some(seen) = &seen {
                block.line(seen);
            }
            let made = if route.made.is_some() { ", True" } else { "" };
            block.line(&format!("return {row}{made}"));
        });
    }

    /// Statements that collect, by which fields are sent, the rules that must hold.
    pub(super) fn by_fields(
        &mut self,
        (whole, of_fields): (&str, &[crate::access::Function]),
        fields: &[FieldId],
        call: &dyn Fn(&str) -> Vec<Doc>,
    ) -> Block {
        let (model, entity) = (self.model(), self.entity());
        let attribute = |field: &FieldId| string(&names::field(model, entity, *field));
        let singled: Vec<FieldId> = of_fields
            .iter()
            .flat_map(|function| function.fields.clone())
            .collect();
        let singled: Vec<FieldId> = fields
            .iter()
            .filter(|field| singled.contains(field))
            .copied()
            .collect();
        let set = |fields: &[FieldId]| {
            let fields: Vec<String> = fields.iter().map(&attribute).collect();
            format!("{{{}}}", fields.join(", "))
        };
        let has_others = fields.iter().any(|field| !singled.contains(field));
        let condition = match singled.as_slice() {
            [] => None,
            [_] if has_others => Some(format!("sent != {}", set(&singled))),
            _ if has_others => Some(format!("not sent or not sent <= {}", set(&singled))),
            _ => Some(String::from("not sent")),
        };
        self.module.imports.name("sqlalchemy", "ColumnElement");
        body(|body| {
            body.line("asked: list[ColumnElement[bool]] = []");
            let extend = |body: &mut Block, name: &str| {
                let calls = call(name);
                match calls.as_slice() {
                    [only] => body.statement("", &Doc::call("asked.append", [only.clone()]), ""),
                    _ => body.statement("asked += ", &Doc::list(calls), ""),
                };
            };
            match &condition {
                None => extend(body, whole),
                Some(condition) => {
                    body.line(&format!("if {condition}:"));
                    body.inner(|body| extend(body, whole));
                }
            }
            for function in of_fields {
                let own: Vec<FieldId> = function
                    .fields
                    .iter()
                    .filter(|field| fields.contains(field))
                    .copied()
                    .collect();
                let condition = match own.as_slice() {
                    [] => continue,
                    [only] => format!("{} in sent", attribute(only)),
                    several => format!("sent & {}", set(several)),
                };
                body.line(&format!("if {condition}:"));
                body.inner(|body| extend(body, &function.name));
            }
        })
    }

    /// What is written, with the time taken once where it stands in it more than once.
    pub(super) fn at_one_time(written: Doc) -> (Doc, Option<&'static str>) {
        let Doc::Group { open, items, close } = &written else {
            return (written, None);
        };
        let is_now = |item: &&Doc| item.flat().contains("now()");
        if items.iter().filter(is_now).count() < 2 {
            return (written, None);
        }
        let once = |item: &Doc| {
            let text = item.flat();
            if text.contains("now()") {
                Doc::text(text.replace("now()", "time"))
            } else {
                item.clone()
            }
        };
        let items = items.iter().map(once).collect();
        (
            Doc::Group {
                open: open.clone(),
                items,
                close,
            },
            Some("time = now()"),
        )
    }

    /// What names the row that a replace makes.
    pub(super) fn named(&self, route: &Route) -> Option<Parameter> {
        let all = super::parameters(self.cx, route);
        all.into_iter().find(|parameter| parameter.is_key)
    }
}

struct Rules {
    block: Block,
    needs_name: bool,
}
