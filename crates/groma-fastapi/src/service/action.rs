//! Actions: guarded moves, with what they set, refuse and make.

use groma_ir::access::{Atom, Pred};
use groma_ir::design::{Action, ActionId, Term, Verb};
use groma_ir::http::{Problem, Route};

use super::hooks::Then;
use super::{Function, Service, body, function_of};
use crate::access::{Helpers, Rows, Writer, function_of as rule_of};
use crate::names;
use crate::python::{Block, Doc, string};

impl<'m> Service<'_, 'm> {
    pub(super) fn action(&mut self, route: &'m Route, id: ActionId) {
        let action = &self.model().design.entities[self.entity()].actions[id];
        let class = self.own();
        let row = self.found(route, id, action);
        let rule = rule_of(self.cx, self.entity(), Verb::Action(id));
        let access = self.access(self.entity());
        let written = self.acted(route, action);
        let item = self.item();
        self.take("app.core.changes", "Change");
        self.take("app.core.changes", "update_row");
        let mut rows = vec![class.as_str()];
        let new = format!("after({class}, written)");
        if rule.takes_new {
            self.take("app.core.db", "after");
            rows.push(&new);
        }
        let mut arguments = vec![
            Doc::text(class.as_str()),
            Doc::text(item.unwrap_or_default()),
            row,
            self.cx.rule(&access, &rule.name, &rows),
        ];
        let mut guards: Vec<Doc> = self.state_guard(action).into_iter().collect();
        guards.extend(self.errors(action));
        if !guards.is_empty() {
            self.take("app.core.changes", "Guard");
            arguments.push(Doc::named("guards", Doc::list(guards)));
        }
        if route.if_match {
            arguments.push(Doc::text("if_match=if_match"));
        }
        arguments.extend(self.as_seen_argument());
        let returned = self.returned("update_row(session, change, written)");
        let sent = if action.inputs.is_empty() { "" } else { "()" };
        arguments.extend(self.check_arguments(route, sent));
        arguments.extend(self.callerless(route));
        let then = self.then(route);
        arguments.extend(then.as_ref().map(Then::argument));
        let mut parameters = self.acting(route, action);
        let has_answer = route.success.body.is_some();
        let mut block = self.action_references(route, action);
        let name = if written.is_empty() {
            self.take("typing", "Any");
            "written: dict[str, Any] = "
        } else {
            "written = "
        };
        let (written, time) = Self::at_one_time(Doc::dict(written));
        block.inner(|body| {
            if let Some(time) = time {
                body.line(time);
            }
            body.statement(name, &written, "");
        });
        if let Some(then) = then {
            block.append(then.block);
        }
        block = block.with(body(|body| {
            body.statement("change = ", &Doc::call("Change", arguments), "");
            if !has_answer {
                body.line("update_row(session, change, written)");
            }
        }));
        if has_answer {
            block.append(returned);
        }
        if !block.text().contains("body.") {
            // Taken and checked, and of no further use.
            for parameter in &mut parameters {
                if let Doc::Text(text) = parameter
                    && text.starts_with("body: ")
                {
                    text.insert(0, '_');
                }
            }
        }
        let said = action.doc.clone();
        let function = Function {
            name: function_of(route),
            parameters,
            returns: if has_answer { class } else { String::from("None") },
            doc: said.unwrap_or_else(|| format!("{}.", route.summary)),
            body: block,
        };
        self.operation(route, function);
    }

    fn acting(&mut self, route: &'m Route, action: &Action) -> Vec<Doc> {
        let takes_input = !action.inputs.is_empty();
        let schema = route.body.filter(|_| takes_input).map(|body| self.schema(body));
        let mut parameters = self.taken(route);
        parameters.extend(schema.map(|schema| Doc::text(format!("body: {schema}"))));
        if route.if_match {
            parameters.push(self.tags("if_match"));
        }
        parameters
    }

    /// Which row it is: the one that the path names, or the one of which the body says so. That one is there for whoever
    /// may read it, or may do this.
    fn found(&mut self, route: &'m Route, id: ActionId, action: &'m Action) -> Doc {
        let Some(find) = route.find else {
            return self.readable(route);
        };
        let class = self.own();
        let access = self.access(self.entity());
        let rule = rule_of(self.cx, self.entity(), Verb::Action(id));
        let column = self.column(self.entity(), find.field);
        let input = names::attribute(&action.inputs[find.input].name);
        self.take("sqlalchemy", "and_");
        self.take("sqlalchemy", "or_");
        let either = [
            self.cx.rule(&access, "may_read", &[&class]),
            self.cx.rule(&access, &rule.name, &[&class]),
        ];
        let mut parts = vec![Doc::text(format!("{column} == body.{input}"))];
        if let Some((field, key)) = self.below(route) {
            let column = self.column(self.entity(), field);
            parts.push(Doc::join([Doc::text(format!("{column} == ")), key]));
        }
        parts.push(Doc::call("or_", either));
        Doc::call("and_", parts)
    }

    fn state_guard(&mut self, action: &Action) -> Option<Doc> {
        let moves = action.moves.as_ref()?;
        let class = names::enumeration(self.model(), moves.of);
        if let Some(module) = self.cx.module_of_enum(moves.of) {
            self.take(&module, &class);
        }
        let column = self.column(self.entity(), moves.field);
        let member = |variant| format!("{class}.{}", names::variant(self.cx.model, moves.of, variant));
        let is_one_of = match moves.from.as_slice() {
            [only] => Doc::text(format!("{column} == {}", member(*only))),
            several => {
                let several: Vec<Doc> = several.iter().map(|from| Doc::text(member(*from))).collect();
                Doc::call(format!("{column}.in_"), [Doc::tuple(several)])
            }
        };
        Some(Doc::call("Guard", [is_one_of]))
    }

    /// The errors of its own that an action is refused with, each with what must hold instead.
    fn errors(&mut self, action: &Action) -> Vec<Doc> {
        let mut all = Vec::new();
        for error in &action.errors {
            let problem = Problem::Declared {
                name: error.name.clone(),
                status: error.status,
            };
            let constant = names::snake(&error.name).to_uppercase();
            self.take("app.core.errors", "Kind");
            self.take("typing", "Final");
            let kind = Doc::call(
                "Kind",
                [
                    Doc::text(error.status.to_string()),
                    Doc::text(string(&problem.slug())),
                    Doc::text(string(&problem.title())),
                    Doc::text(string(&problem.detail())),
                ],
            );
            let mut block = Block::new();
            block.statement(&format!("{constant}: Final = "), &kind, "");
            self.module.constant(block);
            let when = Pred::from_cond(&error.when);
            let holds = if self.is_known(&when) {
                self.with_inputs(&when.negate().normal(), action)
            } else {
                // What is unknown refuses nothing.
                for name in ["func", "not_", "true"] {
                    self.take("sqlalchemy", name);
                }
                let raised = self.with_inputs(&when.normal(), action);
                Doc::call(
                    "func.coalesce",
                    [Doc::call("not_", [raised]), Doc::text("true()")],
                )
            };
            all.push(Doc::call("Guard", [holds, Doc::text(constant)]));
        }
        all
    }

    /// Whether a condition cannot be unknown: it looks at nothing that may be empty.
    fn is_known(&self, pred: &Pred) -> bool {
        let is_there = |term: &Term| match term {
            Term::Field { field, .. } => !self.cx.table(self.entity()).column(*field).nullable,
            Term::Claim(_) | Term::Input(_) => false,
            Term::Caller | Term::Now { .. } | Term::Value(_) => true,
        };
        !pred.any_atom(&|atom| match atom {
            Atom::Compare { left, right, .. } => !is_there(left) || !is_there(right),
            Atom::In { term, set } => !is_there(term) || !set.iter().all(is_there),
            Atom::IsTrue { field, .. } => self.cx.table(self.entity()).column(*field).nullable,
            Atom::ClaimIsTrue(_) => true,
            Atom::IsNone(_)
            | Atom::Linked { .. }
            | Atom::Exists { .. }
            | Atom::IsCaller { .. }
            | Atom::Authenticated
            | Atom::Role(_) => false,
        })
    }

    /// A condition over the row and the inputs.
    fn with_inputs(&mut self, pred: &Pred, action: &Action) -> Doc {
        let class = self.own();
        let mentions = pred.any_atom(&|atom| match atom {
            Atom::Compare { left, right, .. } => {
                [left, right].iter().any(|term| matches!(term, Term::Input(_)))
            }
            Atom::In { term, .. } | Atom::IsNone(term) => matches!(term, Term::Input(_)),
            _ => false,
        });
        if !mentions {
            return self.pred(pred, &class);
        }
        let rows = Rows {
            entity: self.entity(),
            this: class.clone(),
            new: class,
        };
        let mut helpers = Helpers::of(self.entity());
        let inputs = action
            .inputs
            .iter()
            .map(|input| names::attribute(&input.name))
            .collect();
        let mut writer =
            Writer::new(self.cx, &mut self.module.imports, &mut helpers, rows).with_inputs(inputs);
        writer.pred(pred)
    }

    /// What the inputs refer to must be there.
    fn action_references(&mut self, route: &Route, action: &Action) -> Block {
        let mut block = Block::new();
        for input in &action.inputs {
            let Some(target) = self.cx.asked(&input.ty) else {
                continue;
            };
            let name = format!("body.{}", names::attribute(&input.name));
            let tenant = self.tenant_before(route, target);
            let nowhere = self.leads_nowhere(target, &name);
            self.take("app.core.errors", "reference_not_found");
            let raise = format!(
                "raise reference_not_found(pointer={})",
                string(&format!("/{}", input.name))
            );
            let condition = Doc::Infix {
                operator: "and",
                parts: vec![Doc::text(format!("{name} is not None")), nowhere],
            };
            block = block.with(body(|body| {
                if let Some(tenant) = &tenant {
                    body.statement("tenant = ", tenant, "");
                }
                body.statement("if ", &condition, ":");
                body.inner(|body| {
                    body.line(&raise);
                });
            }));
        }
        block
    }
}
