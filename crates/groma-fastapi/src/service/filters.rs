//! What a query keeps: filters, named filters, words.

use groma_ir::design::{FieldId, NamedFilter, Type};
use groma_ir::http::{Operator, Param, ParamKind, Route};

use super::{Function, Service, function_of};
use crate::access::{Helpers, Rows, Writer};
use crate::names;
use crate::python::{Block, Doc};

impl<'m> Service<'_, 'm> {
    /// Writes the function that gives what a query keeps; its name, where it can keep anything.
    pub(super) fn kept(&mut self, route: &'m Route) -> Option<String> {
        let mut block = Block::new();
        let list = self.model().design.resources[route.resource].list.as_ref()?;
        let mut options = Vec::new();
        for param in &route.query {
            match &param.kind {
                ParamKind::Filter { field, operator, .. } => {
                    let condition = self.filter(*field, *operator, param);
                    write_if(&mut block, param, &condition);
                }
                ParamKind::Named { filter, .. } => {
                    let named = list.named.get(*filter)?;
                    let attribute = names::attribute(&param.name);
                    let name = format!("in_{}", attribute.trim_end_matches('_'));
                    let condition = Doc::text(format!("{name}(query.{attribute})"));
                    write_if(&mut block, param, &condition);
                    options.push((name, named));
                }
                ParamKind::Search { fields } => self.search(&mut block, fields),
                ParamKind::Sort { .. }
                | ParamKind::Limit { .. }
                | ParamKind::Cursor
                | ParamKind::Offset
                | ParamKind::Count
                | ParamKind::Include { .. }
                | ParamKind::Fields { .. } => {}
            }
        }
        if block.is_empty() {
            return None;
        }
        let name = if self.module.has("kept") {
            format!("kept_of_{}", function_of(route))
        } else {
            String::from("kept")
        };
        for (function, named) in options {
            self.option(route, function, named);
        }
        self.take("collections.abc", "Iterator");
        self.take("sqlalchemy", "ColumnElement");
        let query = self.query(route);
        self.define(Function {
            name: name.clone(),
            parameters: vec![Doc::text(format!("query: {query}"))],
            returns: "Iterator[ColumnElement[bool]]".into(),
            doc: "What a query keeps.".into(),
            body: block,
        });
        Some(name)
    }

    fn filter(&mut self, field: FieldId, operator: Operator, param: &Param) -> Doc {
        let ty = &self.model().design.entities[self.entity()].fields[field].ty;
        let is_list = matches!(ty, Type::List(_));
        let column = self.column(self.entity(), field);
        let value = format!("query.{}", names::attribute(&param.name));
        let text = match operator {
            Operator::Null => format!("{column}.is_(None) == {value}"),
            _ if is_list => {
                self.take("app.core.search", "holds_one_of");
                let values = match operator {
                    Operator::Eq | Operator::In => value,
                    _ => format!("[{value}]"),
                };
                format!("holds_one_of({column}, {values})")
            }
            Operator::Eq | Operator::In => format!("{column}.in_({value})"),
            Operator::Ne => format!("{column}.is_distinct_from({value})"),
            Operator::Gt => format!("{column} > {value}"),
            Operator::Gte => format!("{column} >= {value}"),
            Operator::Lt => format!("{column} < {value}"),
            Operator::Lte => format!("{column} <= {value}"),
            Operator::Contains => {
                self.take("app.core.search", "contains");
                self.take("app.core.search", "folded");
                format!("contains({column}, folded({value}))")
            }
            Operator::StartsWith => {
                self.take("app.core.search", "starts_with");
                self.take("app.core.search", "folded");
                format!("starts_with({column}, folded({value}))")
            }
        };
        Doc::text(text)
    }

    fn search(&mut self, block: &mut Block, fields: &[FieldId]) {
        self.take("app.core.search", "contains");
        let mut tests: Vec<Doc> = fields
            .iter()
            .map(|field| {
                let column = self.column(self.entity(), *field);
                Doc::text(format!("contains({column}, word)"))
            })
            .collect();
        let test = match (tests.len(), tests.pop()) {
            (1, Some(only)) => only,
            (_, last) => {
                tests.extend(last);
                self.take("sqlalchemy", "or_");
                Doc::call("or_", tests)
            }
        };
        block.inner(|body| {
            body.line("for word in query.q:");
            body.inner(|body| {
                body.statement("yield ", &test, "");
            });
        });
    }

    /// The function for a named filter.
    fn option(&mut self, route: &Route, function: String, named: &NamedFilter) {
        if self.module.has(&function) {
            return;
        }
        let class = names::option(route, &named.name);
        let module = self.package.module("schemas");
        self.take(&module, &class);
        self.take("sqlalchemy", "ColumnElement");
        let attribute = names::attribute(&named.name);
        let mut block = Block::new();
        block.inner(|body| {
            body.line(&format!("match {attribute}:"));
        });
        for (at, option) in named.options.iter().enumerate() {
            let condition = if let Some(when) = &option.when {
                self.condition(when)
            } else {
                self.take("sqlalchemy", "true");
                Doc::text("true()")
            };
            let member = names::member(named.options.iter().map(|option| option.name.as_str()), at);
            block.inner(|body| {
                body.inner(|body| {
                    body.line(&format!("case {class}.{member}:"));
                    body.inner(|body| {
                        body.statement("return ", &condition, "");
                    });
                });
            });
        }
        let rows = crate::words::rows(self.cx, self.entity());
        self.define(Function {
            name: function,
            parameters: vec![Doc::text(format!("{attribute}: {class}"))],
            returns: "ColumnElement[bool]".into(),
            doc: format!("A named part of the {rows}."),
            body: block,
        });
    }

    /// A condition on rows of this entity.
    pub(super) fn condition(&mut self, cond: &groma_ir::design::Cond) -> Doc {
        let pred = groma_ir::access::Pred::from_cond(cond).normal();
        let class = self.own();
        self.pred(&pred, &class)
    }

    /// A predicate without facts about the caller, on a row that is called so.
    pub(super) fn pred(&mut self, pred: &groma_ir::access::Pred, row: &str) -> Doc {
        let rows = Rows {
            entity: self.entity(),
            this: row.to_owned(),
            new: row.to_owned(),
        };
        let mut helpers = Helpers::of(self.entity());
        let mut writer = Writer::new(self.cx, &mut self.module.imports, &mut helpers, rows);
        let written = writer.pred(pred);
        for block in helpers.write(self.cx, self.uses, &mut self.module.imports) {
            self.module.push_once(block);
        }
        written
    }
}

fn write_if(block: &mut Block, param: &Param, condition: &Doc) {
    block.inner(|body| {
        body.line(&format!(
            "if query.{} is not None:",
            names::attribute(&param.name)
        ));
        body.inner(|body| {
            body.statement("yield ", condition, "");
        });
    });
}
