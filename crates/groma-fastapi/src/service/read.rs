//! One row.

use groma_ir::http::Route;

use super::{Function, Service, body, function_of};
use crate::python::Doc;

impl<'m> Service<'_, 'm> {
    pub(super) fn get(&mut self, route: &'m Route) {
        let class = self.own();
        let row = self.cx.row_name(self.entity());
        let readable = self.readable(route);
        self.take("sqlalchemy", "select");
        let raise = self.raise("NOT_FOUND");
        let found = Doc::call(
            "session.scalar",
            [Doc::call(format!("select({class}).where"), [readable])],
        );
        let seen = self.as_seen(&format!("[{row}]"));
        let after = self.after(route, &row);
        let body = body(|body| {
            body.statement(&format!("{row} = "), &found, "");
            body.line(&format!("if {row} is None:"));
            body.inner(|body| {
                body.line(&raise);
            });
            if let Some(seen) = &seen {
                body.line(seen);
            }
            if let Some(after) = &after {
                body.statement("", after, "");
            }
            body.line(&format!("return {row}"));
        });
        let parameters = self.taken(route);
        let one = self.one();
        let function = Function {
            name: function_of(route),
            parameters,
            returns: class,
            doc: format!("One {one} that the caller may read."),
            body,
        };
        self.operation(route, function);
        self.embedded(route);
    }
}
