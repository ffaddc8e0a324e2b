//! Lists: their order, what they keep, a page.

use groma_ir::design::{FieldId, Verb};
use groma_ir::http::{ParamKind, Route};

use super::path::arguments;
use super::{Function, Service, body, function_of, parameters};
use crate::access::is_ruled;
use crate::names;
use crate::python::{Block, Doc, string};

impl<'m> Service<'_, 'm> {
    pub(super) fn list(&mut self, route: &'m Route) {
        let listing = self.listing(route);
        let class = self.own();
        let mut keep = Vec::new();
        if let Some((field, key)) = self.below(route) {
            let column = self.column(self.entity(), field);
            keep.push(Doc::join([Doc::text(format!("{column} == ")), key]));
        }
        let access = self.access(self.entity());
        keep.push(self.cx.rule(&access, "may_read", &[&class]));
        if let Some(kept) = self.kept(route) {
            keep.push(Doc::text(format!("*{kept}(query)")));
        }
        let check = self.check_parent(route);
        let above: Vec<_> = parameters(self.cx, route);
        let mut asked: Vec<Doc> = ["session", &listing, &class, "query", "keep"]
            .map(Doc::text)
            .into();
        let is_numbered = route.query.iter().any(|param| param.kind == ParamKind::Offset);
        let read = if is_numbered {
            "read_numbered_page"
        } else {
            "read_page"
        };
        if !above.is_empty() && !is_numbered {
            asked.push(Doc::list(arguments(&above)));
        }
        self.take("app.core.paging", read);
        self.take("app.core.paging", "Page");
        let query = self.query(route);
        let mut parameters = self.taken(route);
        parameters.push(Doc::text(format!("query: {query}")));
        let seen = self.as_seen("page.rows");
        let after = self.after(route, "page");
        let body = body(|body| {
            body.statement("keep = ", &Doc::list(keep), "");
            let page = Doc::call(read, asked);
            if check.is_none() && seen.is_none() && after.is_none() {
                body.statement("return ", &page, "");
                return;
            }
            body.statement("page = ", &page, "");
            if let Some(check) = &check {
                body.line("if not page.rows:");
                body.inner(|body| {
                    body.line(check);
                });
            }
            if let Some(seen) = &seen {
                body.line(seen);
            }
            if let Some(after) = &after {
                body.statement("", after, "");
            }
            body.line("return page");
        });
        let rows = crate::words::rows(self.cx, self.entity());
        let function = Function {
            name: function_of(route),
            parameters,
            returns: format!("Page[{class}]"),
            doc: format!("A page of the {rows} that the caller may read."),
            body,
        };
        self.operation(route, function);
        self.embedded(route);
    }

    /// The constant that says what is fixed of a list; gives its name.
    fn listing(&mut self, route: &Route) -> String {
        let function = function_of(route);
        let name = function.strip_prefix("list_").unwrap_or(&function).to_uppercase();
        let class = self.own();
        let key = self.cx.table(self.entity()).key;
        let sorted = route.query.iter().find_map(|param| match &param.kind {
            ParamKind::Sort { fields, .. } => Some(fields.clone()),
            _ => None,
        });
        let fields: Vec<(String, Doc)> = sorted
            .unwrap_or_default()
            .iter()
            .map(|(wire, field)| (string(wire), self.sort_field(*field)))
            .collect();
        let key = self.sort_field(key);
        self.take("app.core.paging", "Listing");
        self.take("typing", "Final");
        let listing = Doc::call(
            "Listing",
            [
                Doc::named("operation", Doc::text(string(&route.operation_id))),
                Doc::named("model", Doc::text(class)),
                Doc::named("key", key),
                Doc::named("fields", Doc::dict(fields)),
            ],
        );
        let mut block = Block::new();
        block.statement(&format!("{name}: Final = "), &listing, "");
        self.module.constant(block);
        name
    }

    fn sort_field(&mut self, field: FieldId) -> Doc {
        let entity = &self.model().design.entities[self.entity()];
        let number = groma_ir::Id::index(field);
        let attribute = names::field(self.model(), self.entity(), field);
        let ty = super::python(self.cx, &mut self.module.imports, &entity.fields[field].ty);
        self.take("app.core.paging", "SortField");
        let mut parts = vec![
            Doc::text(number.to_string()),
            Doc::text(string(&attribute)),
            Doc::text(ty),
        ];
        if self.cx.table(self.entity()).column(field).nullable {
            parts.push(Doc::text("nullable=True"));
        }
        Doc::call("SortField", parts)
    }

    /// The function that gives the rows that rows of a page refer to, for each reference that a route embeds.
    pub(super) fn embedded(&mut self, route: &Route) {
        let references = route.query.iter().find_map(|param| match &param.kind {
            ParamKind::Include { references } => Some(references.clone()),
            _ => None,
        });
        for (wire, field) in references.unwrap_or_default() {
            let name = embedded_of(&wire);
            let entity = &self.model().design.entities[self.entity()];
            let Some(target) = entity.fields[field].ty.target() else {
                continue;
            };
            if self.module.has(&name) || !is_ruled(self.cx, target) {
                continue;
            }
            self.embedded_function(name, field, target);
        }
    }

    fn embedded_function(&mut self, name: String, field: FieldId, target: groma_ir::design::EntityId) {
        let model = self.model();
        let reference = names::field(model, self.entity(), field);
        let ty = &model.design.entities[self.entity()].fields[field].ty;
        let ty = super::python(self.cx, &mut self.module.imports, ty);
        let (class, there) = (self.own(), self.class(target));
        let package = self.cx.package(target).name.clone();
        let rows = self.package.name.clone();
        let row = self.cx.row_name(self.entity());
        let prefix = if target == self.entity() {
            String::new()
        } else {
            self.imports()
                .alias(&format!("app.{package}"), "service", &package);
            format!("{package}.")
        };
        self.take("collections.abc", "Sequence");
        let may_be_nobody = self.uses.may_be_nobody(self.entity(), Verb::Read);
        let mut parameters = vec![self.session()];
        parameters.extend(self.caller(may_be_nobody));
        parameters.push(Doc::text(format!("{rows}: Sequence[{class}]")));
        let caller = self.cx.caller().map_or("", |_| "caller, ");
        let keys = Doc::text(format!(
            "{{{row}.{reference} for {row} in {rows} if {row}.{reference} is not None}}"
        ));
        let body = body(|body| {
            body.statement("keys = ", &keys, "");
            body.line(&format!(
                "return {prefix}readable_{package}(session, {caller}keys) if keys else {{}}"
            ));
        });
        let plural = names::spaced(&model.design.entities[target].plural);
        self.define(Function {
            name,
            parameters,
            returns: format!("dict[{ty} | None, {there}]"),
            doc: format!(
                "The {plural} of {}, by their keys: those that the caller may read.",
                crate::words::rows(self.cx, self.entity())
            ),
            body,
        });
    }
}

/// The name of the function that gives what rows embed: `embedded_project`.
pub(crate) fn embedded_of(wire: &str) -> String {
    format!("embedded_{}", names::attribute(wire).trim_end_matches('_'))
}
