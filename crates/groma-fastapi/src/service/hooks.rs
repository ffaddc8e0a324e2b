//! What is done around the statement of an operation: the owner's hooks, and rows that are made beside its own.

use groma_ir::design::Generated;
use groma_ir::http::{Operation, Route};

use super::{Function, Service, body, function_of};
use crate::names;
use crate::owner::Moment;
use crate::python::{Block, Doc};

/// A function that is called with a row in the transaction that writes it.
pub(super) struct Then {
    name: &'static str,
    /// Its definition, to stand before its use.
    pub(super) block: Block,
}

impl Then {
    /// `then=then`.
    pub(super) fn argument(&self) -> Doc {
        Doc::text(format!("then={}", self.name))
    }
}

impl<'m> Service<'_, 'm> {
    /// The function of a route, with the owner's hook before all that it decides; one that writes is tried again as a
    /// whole.
    pub(super) fn operation(&mut self, route: &'m Route, mut function: Function) {
        if let Some(hook) = self.hook(route, Moment::Before) {
            let has_body = function.body.text().contains("body");
            let mut arguments = Vec::new();
            for parameter in &mut function.parameters {
                let text = parameter.flat();
                let name = text.split(':').next().unwrap_or_default().trim_start_matches('_');
                if matches!(name, "if_match" | "if_none_match") {
                    continue;
                }
                arguments.push(Doc::text(name));
                if name == "body" {
                    *parameter = Doc::text(text.trim_start_matches('_'));
                }
            }
            let head = if has_body { "body = " } else { "" };
            let call = Doc::call(hook, arguments);
            let before = body(|body| {
                body.statement(head, &call, "");
            });
            function.body = before.with(function.body);
        }
        if self.is_serial(route) {
            self.take("app.core.changes", "isolate");
            let begin = body(|body| {
                body.line("isolate(session)");
            });
            function.body = begin.with(function.body);
        }
        let decorators: &[&str] = match route.operation.is_write() {
            true if route.made.is_some() => &["retried", "made_by_any"],
            true => &["retried"],
            false => &[],
        };
        for name in decorators {
            self.take("app.core.retries", name);
        }
        self.define_as(decorators, function);
    }

    /// Whether a route asks for other rows, which must stay as they are until it is done.
    fn is_serial(&self, route: &Route) -> bool {
        match route.operation {
            Operation::Update | Operation::Replace => self.kept_level(&route.writes).is_some(),
            Operation::Delete => {
                let link = &self.model().design.entities[self.entity()].link;
                link.as_ref().is_some_and(|link| link.least.is_some())
            }
            _ => false,
        }
    }

    /// The call of the owner's hook with what an operation gives: `hooks.after_list_tasks(session, caller, page)`.
    pub(super) fn after(&mut self, route: &Route, given: &str) -> Option<Doc> {
        let hook = self.hook(route, Moment::After)?;
        let caller = self.cx.caller();
        let arguments = [Doc::text("session")].into_iter().chain(caller);
        Some(Doc::call(hook, arguments.chain([Doc::text(given)])))
    }

    /// The function that is called with a row in the transaction that writes it; none where nothing is to be done.
    pub(super) fn then(&mut self, route: &'m Route) -> Option<Then> {
        let row = self.cx.row_name(self.entity());
        let made = self.made_beside(route, &row);
        let after = self.after(route, &row);
        self.nested("then", made, after.as_ref())
    }

    /// The same for the row that a replace finds; the rows beside it are made only with it.
    pub(super) fn then_found(&mut self, route: &'m Route) -> Option<Then> {
        let row = self.cx.row_name(self.entity());
        let after = self.after(route, &row);
        let name = if route.makes.is_empty() {
            "then"
        } else {
            "then_found"
        };
        self.nested(name, Vec::new(), after.as_ref())
    }

    fn nested(&mut self, name: &'static str, made: Vec<Doc>, after: Option<&Doc>) -> Option<Then> {
        if made.is_empty() && after.is_none() {
            return None;
        }
        let row = self.cx.row_name(self.entity());
        let class = self.own();
        let block = body(|body| {
            body.line("");
            body.line(&format!("def {name}(session: Session, {row}: {class}) -> None:"));
            body.inner(|body| {
                match made.as_slice() {
                    [] => {}
                    [only] => {
                        body.statement("", &Doc::call("session.add", [only.clone()]), "");
                    }
                    _ => {
                        body.statement("", &Doc::call("session.add_all", [Doc::list(made)]), "");
                    }
                }
                if let Some(after) = after {
                    body.statement("", after, "");
                }
            });
            body.line("");
        });
        Some(Then { name, block })
    }

    /// The rows that a route makes beside its own.
    fn made_beside(&mut self, route: &'m Route, row: &str) -> Vec<Doc> {
        let mut made = Vec::new();
        for creation in &route.makes {
            let there = self.class(creation.entity);
            let design = &self.model().design.entities[creation.entity];
            let key = names::field(self.model(), creation.entity, design.key);
            let mut values = Vec::new();
            if design.fields[design.key].generated == Some(Generated::Uuid7) {
                let fresh = self.take("app.core.db", "new_id");
                values.push(Doc::text(format!("{key}={fresh}()")));
            }
            for (field, assign) in &creation.sets {
                let ty = design.fields[*field].ty.clone();
                let value = self.assigned(assign, &ty, (self.entity(), row), route);
                let attribute = names::field(self.model(), creation.entity, *field);
                values.push(Doc::join([Doc::text(format!("{attribute}=")), value]));
            }
            made.push(Doc::call(there, values));
        }
        made
    }

    /// The owner's hook on an operation, where there is one.
    fn hook(&mut self, route: &Route, moment: Moment) -> Option<String> {
        let name = moment.name(&function_of(route));
        if !self.cx.owner.has_hook(self.package, &name) {
            return None;
        }
        let package = format!("app.{}", self.package.name);
        self.take(&package, "hooks");
        Some(format!("hooks.{name}"))
    }
}
