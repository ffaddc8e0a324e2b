//! Changes of rows that are there, and their end.

use groma_ir::design::{FieldId, Link, States, VariantId, Verb};
use groma_ir::http::{Operation, Route};

use super::{Function, Service, body, function_of};
use crate::access::{change_functions, function_of as rule_of};
use crate::names;
use crate::python::{Block, Doc, string};

impl<'m> Service<'_, 'm> {
    pub(super) fn update(&mut self, route: &'m Route) {
        let one = self.one();
        let doc = format!("The {one} with some fields changed.");
        self.change(route, "body.model_dump(exclude_unset=True)", doc);
    }

    pub(super) fn replace(&mut self, route: &'m Route) {
        let one = self.one();
        let doc = format!("The {one} with every field changed that may be written.");
        self.change(route, "dict(body)", doc);
    }

    fn change(&mut self, route: &'m Route, said: &str, doc: String) {
        let class = self.own();
        let check = self.check_references(&route.writes, "written");
        let change = self.written_change(route, Doc::text("if_match=if_match"));
        let parameters = self.changing(route);
        self.take("app.core.changes", "update_row");
        self.take("typing", "Any");
        let touched = self.touching();
        let body = body(|body| {
            body.line(&format!("written: dict[str, Any] = {said}"));
            if let Some(check) = &check {
                body.line(check);
            }
            body.statement("change = ", &change, "");
        })
        .with(touched)
        .with(self::body(|body| {
            body.line("return update_row(session, change, written)");
        }));
        self.define(Function {
            name: function_of(route),
            parameters,
            returns: class,
            doc,
            body,
        });
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
    fn touching(&mut self) -> Block {
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
    fn written_change(&mut self, route: &'m Route, conditions: Doc) -> Doc {
        let (class, item) = (self.own(), self.item());
        let readable = self.readable(route);
        self.take("app.core.changes", "Change");
        self.may_write();
        let mut arguments = vec![
            Doc::text(class),
            Doc::text(item.unwrap_or_default()),
            readable,
            Doc::text("may_write(caller, written)"),
        ];
        if self.may_reach(&route.writes) {
            arguments.push(Doc::text("guards=[*may_reach(written)]"));
        }
        if self.kept_level(&route.writes).is_some() {
            arguments.push(Doc::text("is_serial=True"));
        }
        if route.require_match {
            arguments.push(Doc::text("requires_match=True"));
        }
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
        let calls = |name: &str| {
            let new = if takes_new(name) { "new, " } else { "" };
            ["new", class.as_str()]
                .iter()
                .rev()
                .map(|row| Doc::text(format!("{access}.{name}({row}, {new}caller)")))
                .collect::<Vec<_>>()
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
                    body.line("sent = written.keys()");
                }))
                .with(lines)
                .with(body(|body| {
                    body.line("return and_(*asked)");
                }));
        }
        let may_be_nobody = self.uses.may_be_nobody(self.entity(), Verb::Update);
        let parameters = vec![
            self.caller(may_be_nobody),
            Doc::text("written: Mapping[str, Any]"),
        ];
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
    fn updated(&self) -> Vec<FieldId> {
        let routes = self.cx.routes(self.package).map(|(_, route)| route);
        let changing =
            routes.filter(|route| matches!(route.operation, Operation::Update | Operation::Replace));
        let fields: std::collections::BTreeSet<FieldId> =
            changing.flat_map(|route| route.writes.iter().copied()).collect();
        fields.into_iter().collect()
    }

    /// Whether a change of these fields depends on the state of the row; writes, once, what says so.
    fn may_reach(&mut self, writes: &[FieldId]) -> bool {
        let entity = &self.model().design.entities[self.entity()];
        let is_guarded = writes.iter().any(|field| entity.states_of(*field).is_some());
        if !is_guarded && self.kept_level(writes).is_none() {
            return false;
        }
        if !self.module.has("may_reach") {
            self.may_reach_function();
        }
        true
    }

    fn may_reach_function(&mut self) {
        let fields = self.updated();
        let entity = &self.model().design.entities[self.entity()];
        let guarded: Vec<(FieldId, &States)> = fields
            .iter()
            .filter_map(|field| Some((*field, entity.states_of(*field)?)))
            .collect();
        let mut conditions: Vec<(String, Doc)> = Vec::new();
        for (field, states) in guarded {
            let constant = self.moves(field, states);
            let name = string(&names::field(self.model(), self.entity(), field));
            let column = self.column(self.entity(), field);
            let is_one = format!("{column}.in_({constant}[written[{name}]])");
            let condition = if self.cx.table(self.entity()).column(field).nullable {
                self.take("sqlalchemy", "or_");
                format!("or_({is_one}, {column}.is_(None))")
            } else {
                is_one
            };
            conditions.push((
                format!("{name} in written"),
                Doc::call("Guard", [Doc::text(condition)]),
            ));
        }
        if let Some((link, level)) = self.kept_level(&fields) {
            let name = string(&names::field(self.model(), self.entity(), link.level));
            let member = self.level(&link, level);
            let function = self.keeps(&link, level);
            conditions.push((
                format!("written.get({name}, {member}) != {member}"),
                Self::kept_guard(&link, &function, self.model()),
            ));
        }
        for (module, name) in [
            ("collections.abc", "Iterator"),
            ("collections.abc", "Mapping"),
            ("typing", "Any"),
            ("app.core.changes", "Guard"),
        ] {
            self.take(module, name);
        }
        let block = body(|body| {
            for (when, guard) in &conditions {
                body.line(&format!("if {when}:"));
                body.inner(|body| {
                    body.statement("yield ", guard, "");
                });
            }
        });
        let one = self.one();
        self.define(Function {
            name: "may_reach".into(),
            parameters: vec![Doc::text("written: Mapping[str, Any]")],
            returns: "Iterator[Guard]".into(),
            doc: format!("What the state of the {one} must be for the change."),
            body: block,
        });
    }

    /// The constant that says from which states an update may reach each; its name.
    fn moves(&mut self, field: FieldId, states: &States) -> String {
        let attribute = names::field(self.model(), self.entity(), field);
        let name = format!("{}_MOVES", attribute.to_uppercase());
        let class = names::enumeration(self.model(), states.of);
        if let Some(module) = self.cx.module_of_enum(states.of) {
            self.take(&module, &class);
        }
        self.take("typing", "Final");
        let member = |variant| {
            Doc::text(format!(
                "{class}.{}",
                names::variant(self.cx.model, states.of, variant)
            ))
        };
        let variants: Vec<VariantId> = self.model().design.enums[states.of].variants.ids().collect();
        let pairs = variants.iter().map(|to| {
            let reaches = |from: &&VariantId| {
                let mut moves = states.transitions.iter();
                *from == to
                    || moves.any(|step| step.claimed_by.is_none() && step.from == **from && step.to == *to)
            };
            let from = variants.iter().filter(reaches).map(|from| member(*from));
            (member(*to).flat(), Doc::tuple(from.collect::<Vec<_>>()))
        });
        let dict = Doc::dict(pairs.collect::<Vec<_>>());
        let mut block = Block::new();
        block.comment(
            "From which states an update may reach each; a move that has an action of its own is made by that alone.",
        );
        block.statement(&format!("{name}: Final = "), &dict, "");
        self.module.constant(block);
        name
    }

    /// The level of which one row must be left, where a change of these fields could take the last one.
    fn kept_level(&self, writes: &[FieldId]) -> Option<(Link, VariantId)> {
        let link = self.model().design.entities[self.entity()].link.clone()?;
        let level = link.least?.level;
        writes.contains(&link.level).then_some((link, level))
    }

    fn level(&mut self, link: &Link, level: VariantId) -> String {
        let class = names::enumeration(self.model(), link.of);
        if let Some(module) = self.cx.module_of_enum(link.of) {
            self.take(&module, &class);
        }
        format!("{class}.{}", names::variant(self.model(), link.of, level))
    }

    /// The function that says that a row with a level is left; its name.
    fn keeps(&mut self, link: &Link, level: VariantId) -> String {
        let named = names::snake(self.model().design.variant_name(link.of, level));
        let name = format!("leaves_{}", named.trim_end_matches('_'));
        if self.module.has(&name) {
            return name;
        }
        let class = self.own();
        let member = self.level(link, level);
        let key = names::field(self.model(), self.entity(), self.cx.table(self.entity()).key);
        let parent = names::field(self.model(), self.entity(), link.parent);
        let at = names::field(self.model(), self.entity(), link.level);
        let own_level = self.column(self.entity(), link.level);
        for (module, taken) in [
            ("sqlalchemy", "ColumnElement"),
            ("sqlalchemy", "exists"),
            ("sqlalchemy", "or_"),
            ("sqlalchemy.orm", "aliased"),
        ] {
            self.take(module, taken);
        }
        let other = Doc::call(
            "exists().where",
            [
                Doc::text(format!("column(other.{parent}) == {class}.{parent}")),
                Doc::text(format!("column(other.{at}) == {member}")),
                Doc::text(format!("column(other.{key}) != {class}.{key}")),
            ],
        );
        let either = Doc::call("or_", [Doc::text(format!("{own_level} != {member}")), other]);
        let body = body(|body| {
            body.line(&format!("other = aliased({class})"));
            body.statement("return ", &either, "");
        });
        self.define(Function {
            name: name.clone(),
            parameters: Vec::new(),
            returns: "ColumnElement[bool]".into(),
            doc: format!("That another row keeps `{named}`, or this one does not have it."),
            body,
        });
        name
    }

    /// The guard that a row with a level is left.
    fn kept_guard(link: &Link, function: &str, model: &groma_ir::Model) -> Doc {
        let least = link.least.map(|least| {
            let level = model.design.variant_name(link.of, least.level);
            format!("At least {} `{level}` must stay.", least.count)
        });
        let said = string(&least.unwrap_or_default());
        Doc::call(
            "Guard",
            [
                Doc::text(format!("{function}()")),
                Doc::named("detail", Doc::text(said)),
            ],
        )
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
            Doc::text(format!("{access}.may_delete({class}, caller)")),
        ];
        let link = self.model().design.entities[self.entity()].link.clone();
        if let Some(link) = link
            && let Some(least) = link.least
        {
            let function = self.keeps(&link, least.level);
            self.take("app.core.changes", "Guard");
            let guard = Self::kept_guard(&link, &function, self.model());
            arguments.push(Doc::named("guards", Doc::list([guard])));
            arguments.push(Doc::text("is_serial=True"));
        }
        if route.require_match {
            arguments.push(Doc::text("requires_match=True"));
        }
        arguments.push(Doc::text("if_match=if_match"));
        let change = Doc::call("Change", arguments);
        let parameters = self.changing(route);
        let body = body(|body| {
            body.statement("change = ", &change, "");
            body.line("delete_row(session, change)");
        });
        let one = names::article(&self.one());
        self.define(Function {
            name: function_of(route),
            parameters,
            returns: "None".into(),
            doc: format!("Removes {one}."),
            body,
        });
    }

    /// A replace that makes the row where there is none.
    pub(super) fn put(&mut self, route: &'m Route) {
        let class = self.own();
        let row = self.cx.row_name(self.entity());
        let check = self.check_references(&route.writes, "written");
        let conditions = Doc::text("if_match=if_match");
        let mut change = self.written_change(route, conditions);
        if let Doc::Group { items, .. } = &mut change {
            items.push(Doc::text("if_none_match=if_none_match"));
        }
        let mut parameters = self.changing(route);
        parameters.push(self.tags("if_none_match"));
        self.take("app.core.changes", "update_row");
        self.take("typing", "Any");
        self.take("app.core.errors", "Problem");
        self.take("app.core.errors", "NOT_FOUND");
        let touched = self.touching();
        let mut block = body(|body| {
            body.line("written: dict[str, Any] = dict(body)");
            if let Some(check) = &check {
                body.line(check);
            }
            body.statement("change = ", &change, "");
        })
        .with(touched)
        .with(body(|body| {
            body.line("try:");
            body.inner(|body| {
                body.line("return update_row(session, change, written), False");
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
            block.append(self.named_in_path(named));
        }
        let new = self.new_row(route, named.as_ref(), "dict(body)");
        let sent = named.as_ref().map_or_else(
            || String::from("body.model_fields_set"),
            |named| {
                let field = names::field(self.model(), self.entity(), named.field);
                format!("dict(body).keys() | {{{}}}", string(&field))
            },
        );
        self.write_new(&mut block, route, new, &sent);
        self.insert(&mut block, route, &row, "return ");
        let one = self.one();
        self.define(Function {
            name: function_of(route),
            parameters,
            returns: format!("tuple[{class}, bool]"),
            doc: format!("The {one}, made where there is none, and whether it was made."),
            body: block,
        });
    }

    /// What a path names must be there, where it is a reference.
    fn named_in_path(&mut self, named: &super::Parameter) -> Block {
        let field = &self.model().design.entities[self.entity()].fields[named.field];
        let Some(target) = field.ty.target() else {
            let raise = self.raise("NOT_FOUND");
            return body(|body| {
                body.line(&format!("if {} is None:", named.name));
                body.inner(|body| {
                    body.line(&raise);
                });
            });
        };
        let nowhere = self.leads_nowhere(target, &named.name);
        self.take("app.core.errors", "reference_not_found");
        let raise = format!("raise reference_not_found(parameter={})", string(&field.wire));
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
            body.statement("if ", &condition, ":");
            body.inner(|body| {
                body.line(&raise);
            });
        })
    }
}
