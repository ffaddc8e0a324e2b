//! Replaces that make the row where there is none.

use groma_ir::http::Route;

use super::{Function, Service, body, function_of};
use crate::names;
use crate::python::{Block, Doc, string};

impl<'m> Service<'_, 'm> {
    /// A replace that makes the row where there is none.
    pub(super) fn put(&mut self, route: &'m Route) {
        let class = self.own();
        let row = self.cx.row_name(self.entity());
        let said = self.said(route, &route.writes);
        let check = self.check_references(route, Doc::text("written"));
        let conditions = Doc::text("if_match=if_match");
        let then = self.then_found(route);
        let mut change = self.written_change(route, conditions, then.as_ref());
        if let Doc::Group { items, .. } = &mut change {
            items.push(Doc::text("if_none_match=if_none_match"));
            items.extend(check.clone());
        }
        let mut parameters = self.changing(route);
        parameters.push(self.tags("if_none_match"));
        self.take("app.core.changes", "update_row");
        self.take("typing", "Any");
        self.take("app.core.errors", "Problem");
        self.take("app.core.errors", "NOT_FOUND");
        let touched = self.touching();
        let seen = self.as_seen(&format!("[{row}]"));
        let mut block = body(|body| {
            body.statement("written: dict[str, Any] = ", &said, "");
        })
        .with(then.map(|then| then.block).unwrap_or_default())
        .with(body(|body| {
            body.statement("change = ", &change, "");
        }))
        .with(touched)
        .with(body(|body| {
            body.line("try:");
            body.inner(|body| match &seen {
                None => {
                    body.line("return update_row(session, change, written), False");
                }
                Some(seen) => {
                    body.line(&format!("{row} = update_row(session, change, written)"));
                    body.line(seen);
                    body.line(&format!("return {row}, False"));
                }
            });
            body.line("except Problem as problem:");
            body.inner(|body| {
                body.line("if problem.kind is not NOT_FOUND:");
                body.inner(|body| {
                    body.line("raise");
                });
            });
        }));
        let named = self.named(route);
        if let Some(named) = &named {
            block.append(self.named_in_path(route, named));
        }
        let new = self.new_row(route, named.as_ref());
        let sent = named.as_ref().map_or_else(
            || String::from("body.model_fields_set"),
            |named| {
                let field = names::field(self.model(), self.entity(), named.field);
                format!("dict(body).keys() | {{{}}}", string(&field))
            },
        );
        self.write_new(&mut block, route, new, &sent);
        self.insert(&mut block, route, &row, check);
        let one = self.one();
        let function = Function {
            name: function_of(route),
            parameters,
            returns: format!("tuple[{class}, bool]"),
            doc: format!("The {one}, made where there is none, and whether it was made."),
            body: block,
        };
        self.operation(route, function);
    }

    /// What a path names must be there, where it is a reference.
    fn named_in_path(&mut self, route: &Route, named: &super::Parameter) -> Block {
        let field = &self.model().design.entities[self.entity()].fields[named.field];
        let dangles = format!("raise reference_not_found(parameter={})", string(&field.wire));
        let Some(target) = self.cx.asked(&field.ty) else {
            // Whether a row is there that is kept elsewhere nobody knows, but none has a key that cannot be one.
            let raise = if field.ty.target().is_some() {
                self.take("app.core.errors", "reference_not_found");
                dangles
            } else {
                self.raise("NOT_FOUND")
            };
            return body(|body| {
                body.line(&format!("if {} is None:", named.name));
                body.inner(|body| {
                    body.line(&raise);
                });
            });
        };
        let tenant = self.tenant_before(route, target);
        let nowhere = self.leads_nowhere(target, &named.name);
        self.take("app.core.errors", "reference_not_found");
        let is_ruled = crate::access::is_ruled(self.cx, target);
        let condition = if is_ruled {
            Doc::Infix {
                operator: "or",
                parts: vec![Doc::text(format!("{} is None", named.name)), nowhere],
            }
        } else {
            nowhere
        };
        body(|body| {
            if let Some(tenant) = &tenant {
                body.statement("tenant = ", tenant, "");
            }
            body.statement("if ", &condition, ":");
            body.inner(|body| {
                body.line(&dangles);
            });
        })
    }
}
