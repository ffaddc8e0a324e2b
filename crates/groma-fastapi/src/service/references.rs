//! References: rows by their keys, for whoever refers to them, and what bodies refer to.

use groma_ir::design::{EntityId, FieldId};
use groma_ir::http::{Operation, Route};

use super::needs::is_fenced;
use super::{Function, Service, body};
use crate::access::is_ruled;
use crate::names;
use crate::python::{Block, Doc};

impl Service<'_, '_> {
    pub(super) fn is_missing(&mut self) {
        let class = self.own();
        let table = self.cx.table(self.entity());
        let key = names::field(self.model(), self.entity(), table.key);
        let name = format!("{}_{key}", self.package.one);
        let field = &self.model().design.entities[self.entity()].fields[table.key];
        let ty = super::python(self.cx, &mut self.module.imports, &field.ty);
        let column = self.column(self.entity(), table.key);
        let parameters = vec![self.session(), Doc::text(format!("{name}: {ty} | None"))];
        self.take("sqlalchemy", "select");
        self.take("app.core.db", "has_table");
        let find = format!("session.scalar(select({column}).where({column} == {name})) is None");
        let body = body(|body| {
            body.line(&format!("if {name} is None:"));
            body.inner(|body| {
                body.line("return True");
            });
            body.line(&format!("if not has_table(session, {class}):"));
            body.inner(|body| {
                body.line("return False");
            });
            body.line(&format!("return {find}"));
        });
        self.define(Function {
            name: "is_missing".into(),
            parameters,
            returns: "bool".into(),
            doc: "Whether a reference leads nowhere; not known where its table is kept in another database."
                .into(),
            body,
        });
    }

    /// Rows by their keys.
    pub(super) fn readable_rows(&mut self) {
        let class = self.own();
        let table = self.cx.table(self.entity());
        let key = names::field(self.model(), self.entity(), table.key);
        let field = &self.model().design.entities[self.entity()].fields[table.key];
        let ty = super::python(self.cx, &mut self.module.imports, &field.ty);
        let column = self.column(self.entity(), table.key);
        let access = self.access(self.entity());
        self.take("sqlalchemy", "select");
        self.take("collections.abc", "Collection");
        let mut parameters = vec![self.session()];
        parameters.extend(self.reader(self.entity()));
        parameters.push(Doc::text(format!("keys: Collection[{ty}]")));
        let statement = Doc::call(
            format!("select({class}).where"),
            [
                Doc::text(format!("{column}.in_(keys)")),
                self.cx.rule(&access, "may_read", &[&class]),
            ],
        );
        let rows = self.package.name.clone();
        let row = self.cx.row_name(self.entity());
        let seen = self.as_seen("rows");
        // Somebody else's table may be in another database: nothing is embedded then.
        let is_held = !self.cx.is_managed(self.entity());
        if is_held {
            self.take("app.core.db", "has_table");
        }
        let body = body(|body| {
            if is_held {
                body.line(&format!("if not has_table(session, {class}):"));
                body.inner(|body| {
                    body.line("return {}");
                });
            }
            body.statement("statement = ", &statement, "");
            let Some(seen) = &seen else {
                let found = "session.scalars(statement)";
                body.line(&format!("return {{{row}.{key}: {row} for {row} in {found}}}"));
                return;
            };
            body.line("rows = session.scalars(statement).all()");
            body.line(seen);
            body.line(&format!("return {{{row}.{key}: {row} for {row} in rows}}"));
        });
        self.define(Function {
            name: format!("readable_{rows}"),
            parameters,
            returns: format!("dict[{ty} | None, {class}]"),
            doc: format!(
                "Those of the {} with these keys that the caller may read: one statement for all of them.",
                rows.replace('_', " ")
            ),
            body,
        });
    }

    /// Whether a key leads to no row in a tenant.
    pub(super) fn is_outside(&mut self) {
        let Some(fence) = self.model().design.fence(self.entity()) else {
            return;
        };
        let class = self.own();
        let row = self.cx.row_name(self.entity());
        let table = self.cx.table(self.entity());
        let key = names::field(self.model(), self.entity(), table.key);
        let tenant = names::field(self.model(), self.entity(), fence.field);
        let field = &self.model().design.entities[self.entity()].fields[table.key];
        let ty = super::python(self.cx, &mut self.module.imports, &field.ty);
        let access = self.access(self.entity());
        for (module, name) in [
            ("sqlalchemy", "ColumnElement"),
            ("sqlalchemy", "func"),
            ("sqlalchemy", "select"),
            ("sqlalchemy.orm", "aliased"),
            ("app.core.db", "column"),
            ("typing", "Any"),
        ] {
            self.take(module, name);
        }
        let mut parameters = vec![self.session()];
        parameters.extend(self.reader(self.entity()));
        parameters.push(Doc::text(format!("key: {ty}")));
        parameters.push(Doc::text("tenant: ColumnElement[Any]"));
        let statement = Doc::call(
            format!("select(column({row}.{key})).where"),
            [
                Doc::text(format!("column({row}.{key}) == key")),
                self.cx.rule(&access, "may_read", &[&row]),
                Doc::text(format!(
                    "column({row}.{tenant}) == func.coalesce(tenant, {row}.{tenant})"
                )),
            ],
        );
        let body = body(|body| {
            body.line(&format!("{row} = aliased({class})"));
            body.statement("statement = ", &statement, "");
            body.line("return session.scalar(statement) is None");
        });
        let one = self.one();
        self.define(Function {
            name: "is_outside".into(),
            parameters,
            returns: "bool".into(),
            doc: format!(
                "Whether a reference leads to no {one} of a tenant that the caller may read. What is to refer to it \
                 may not be there: then any tenant will do."
            ),
            body,
        });
    }

    /// The tenant of the row that refers to others: of a new one by what it lies below or says, of one that is there by
    /// itself.
    fn tenant(&mut self, route: &Route, is_new: bool) -> Option<Doc> {
        let fence = self.model().design.fence(self.entity())?;
        let below = self.below(route);
        if is_new {
            return Some(match below {
                Some((field, key)) if field == fence.field => key,
                Some(_) => self.tenant_of(route),
                None => {
                    let attribute = names::field(self.model(), self.entity(), fence.field);
                    self.take("sqlalchemy", "literal");
                    Doc::text(format!("literal(body.{attribute})"))
                }
            });
        }
        let column = self.column(self.entity(), fence.field);
        let readable = self.readable(route);
        self.take("sqlalchemy", "select");
        Some(Doc::Chain(vec![
            Doc::text(format!("select({column})")),
            Doc::call(".where", [readable]),
            Doc::text(".scalar_subquery()"),
        ]))
    }

    /// The tenant that a reference has to lead to, where it is fenced.
    pub(super) fn tenant_before(&mut self, route: &Route, target: EntityId) -> Option<Doc> {
        if !is_fenced(self.cx, self.entity(), target) || route.find.is_some() {
            return None;
        }
        self.tenant(route, route.made.is_some())
    }

    /// Whether a reference to a row leads nowhere, as a condition of Python.
    pub(super) fn leads_nowhere(&mut self, target: EntityId, key: &str) -> Doc {
        let package = self.cx.package(target);
        let (module, name) = (format!("app.{}", package.name), package.name.clone());
        let prefix = if target == self.entity() {
            String::new()
        } else {
            self.imports().alias(&module, "service", &name);
            format!("{name}.")
        };
        if is_fenced(self.cx, self.entity(), target) {
            let arguments = ["session", "caller", key, "tenant"].map(Doc::text);
            return Doc::call(format!("{prefix}is_outside"), arguments);
        }
        if is_ruled(self.cx, target) {
            let keys = Doc::text(format!("{{{key}}}"));
            let caller = self.cx.caller();
            let arguments = [Doc::text("session")].into_iter().chain(caller).chain([keys]);
            Doc::call(format!("not {prefix}readable_{name}"), arguments)
        } else {
            Doc::call(
                format!("{prefix}is_missing"),
                [Doc::text("session"), Doc::text(key)],
            )
        }
    }

    /// The argument that refuses references of a body that lead nowhere, where these fields hold any; its function is
    /// written when it is first asked for.
    pub(super) fn check_references(&mut self, route: &Route, said: Doc) -> Option<Doc> {
        let entity = &self.model().design.entities[self.entity()];
        let is_reference = |field: &&FieldId| self.cx.asked(&entity.fields[**field].ty).is_some();
        route.writes.iter().find(is_reference)?;
        if !self.module.has("check_references") {
            self.check_references_function();
        }
        self.take("functools", "partial");
        let mut arguments = vec![Doc::text("check_references")];
        if self.asks_reader() {
            arguments.extend(self.cx.caller().map(|caller| Doc::named("caller", caller)));
        }
        arguments.push(Doc::named("written", said));
        if self.asks_tenant() {
            let tenant = self.tenant(route, route.operation == Operation::Create);
            arguments.extend(tenant.map(|tenant| Doc::named("tenant", tenant)));
        }
        Some(Doc::named("refers", Doc::call("partial", arguments)))
    }

    /// The references that some body of the package holds.
    fn references(&self) -> Vec<(FieldId, EntityId)> {
        let routes = self.cx.routes(self.package);
        let written: std::collections::BTreeSet<FieldId> = routes
            .flat_map(|(_, route)| route.writes.iter().copied())
            .collect();
        let entity = &self.model().design.entities[self.entity()];
        let target = |field: FieldId| Some((field, self.cx.asked(&entity.fields[field].ty)?));
        written.into_iter().filter_map(target).collect()
    }

    /// Whether it is asked if the caller may read what bodies refer to.
    fn asks_reader(&self) -> bool {
        self.references()
            .iter()
            .any(|(_, target)| is_ruled(self.cx, *target))
    }

    /// Whether what bodies refer to must stand in the tenant of what refers to it.
    fn asks_tenant(&self) -> bool {
        self.references()
            .iter()
            .any(|(_, target)| is_fenced(self.cx, self.entity(), *target))
    }

    fn check_references_function(&mut self) {
        let entity = &self.model().design.entities[self.entity()];
        let references = self.references();
        let is_one = references.len() == 1;
        let mut block = Block::new();
        for (field, target) in &references {
            let attribute = names::field(self.model(), self.entity(), *field);
            let pointer = crate::python::string(&format!("/{}", entity.fields[*field].wire));
            let nowhere = self.leads_nowhere(*target, &attribute);
            let told = if is_one {
                self.take("app.core.errors", "reference_not_found");
                format!("raise reference_not_found(pointer={pointer})")
            } else {
                format!("missing.append({pointer})")
            };
            block.inner(|body| {
                body.line(&format!(
                    "{attribute} = written.get({})",
                    crate::python::string(&attribute)
                ));
                let condition = Doc::Infix {
                    operator: "and",
                    parts: vec![Doc::text(format!("{attribute} is not None")), nowhere],
                };
                body.statement("if ", &condition, ":");
                body.inner(|body| {
                    body.line(&told);
                });
            });
        }
        let block = if is_one {
            block
        } else {
            self.take("app.core.errors", "references_not_found");
            body(|body| {
                body.line("missing: list[str] = []");
            })
            .with(block)
            .with(body(|body| {
                body.line("if missing:");
                body.inner(|body| {
                    body.line("raise references_not_found(missing)");
                });
            }))
        };
        self.take("collections.abc", "Mapping");
        self.take("typing", "Any");
        let may_be_nobody = self.is_public();
        let mut parameters = vec![self.session()];
        if self.asks_reader() {
            parameters.extend(self.caller(may_be_nobody));
        }
        parameters.push(Doc::text("written: Mapping[str, Any]"));
        if self.asks_tenant() {
            self.take("sqlalchemy", "ColumnElement");
            parameters.push(Doc::text("tenant: ColumnElement[Any]"));
        }
        self.define(Function {
            name: "check_references".into(),
            parameters,
            returns: "None".into(),
            doc: "400 for what a body refers to that is not there, or that the caller may not see.".into(),
            body: block,
        });
    }

    /// Whether some route that writes takes no token.
    pub(super) fn is_public(&self) -> bool {
        self.cx
            .routes(self.package)
            .any(|(_, route)| route.public && route.operation.is_write())
    }
}
