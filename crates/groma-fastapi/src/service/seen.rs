//! What a caller may not see of a row that they may read: it is empty for them.

use groma_ir::design::Verb;

use super::{Function, Service, body};
use crate::access::change_functions;
use crate::names;
use crate::python::{Block, Doc, string};

impl Service<'_, '_> {
    /// The call that empties what the caller may not see of some rows, where rules single fields out; its function is
    /// written when it is first asked for.
    pub(super) fn as_seen(&mut self, rows: &str) -> Option<String> {
        let guards = change_functions(self.cx, self.entity(), Verb::Read);
        if guards.is_empty() {
            return None;
        }
        if !self.module.has("as_seen") {
            self.as_seen_function(&guards);
        }
        let caller = if self.cx.caller().is_some() {
            "caller, "
        } else {
            ""
        };
        Some(format!("as_seen(session, {caller}{rows})"))
    }

    fn as_seen_function(&mut self, guards: &[crate::access::Function]) {
        let class = self.own();
        let access = self.access(self.entity());
        let row = self.cx.row_name(self.entity());
        let field = self.cx.table(self.entity()).key;
        let key = names::field(self.model(), self.entity(), field);
        let column = self.column(self.entity(), field);
        for (module, name) in [
            ("sqlalchemy", "select"),
            ("sqlalchemy.orm.attributes", "set_committed_value"),
            ("collections.abc", "Sequence"),
        ] {
            self.take(module, name);
        }
        let mut block = Block::new();
        block.inner(|body| {
            body.line(&format!("keys = [{row}.{key} for {row} in rows]"));
        });
        for guard in guards {
            let statement = Doc::call(
                format!("select({column}).where"),
                [
                    Doc::text(format!("{column}.in_(keys)")),
                    self.cx.rule(&access, &guard.name, &[&class]),
                ],
            );
            let names: Vec<String> = guard
                .fields
                .iter()
                .map(|field| string(&names::field(self.model(), self.entity(), *field)))
                .collect();
            block = block.with(body(|body| {
                body.statement("statement = ", &statement, "");
                body.line("seen = set(session.scalars(statement))");
                body.line(&format!("for {row} in rows:"));
                body.inner(|body| {
                    body.line(&format!("if {row}.{key} not in seen:"));
                    body.inner(|body| {
                        for name in &names {
                            body.line(&format!("set_committed_value({row}, {name}, None)"));
                        }
                    });
                });
            }));
        }
        let mut parameters = vec![self.session()];
        parameters.extend(self.reader(self.entity()));
        parameters.push(Doc::text(format!("rows: Sequence[{class}]")));
        self.define(Function {
            name: "as_seen".into(),
            parameters,
            returns: "None".into(),
            doc: "Empties what the caller may not see of rows that they may read.".into(),
            body: block,
        });
    }

    /// The argument of a change for the same.
    pub(super) fn as_seen_argument(&mut self) -> Option<Doc> {
        let call = self.as_seen("rows")?;
        Some(Doc::text(format!("as_seen=lambda session, rows: {call}")))
    }

    /// `return update_row(...)`, with what the caller may not see emptied before.
    pub(super) fn returned(&mut self, value: &str) -> Block {
        let row = self.cx.row_name(self.entity());
        match self.as_seen(&format!("[{row}]")) {
            None => body(|body| {
                body.line(&format!("return {value}"));
            }),
            Some(call) => body(|body| {
                body.line(&format!("{row} = {value}"));
                body.line(&call);
                body.line(&format!("return {row}"));
            }),
        }
    }
}
