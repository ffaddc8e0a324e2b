//! What the state of a row must be for a change: moves, and the level of which one row must be left.

use groma_ir::design::{FieldId, Link, States, VariantId};

use super::{Function, Service, body};
use crate::names;
use crate::python::{Block, Doc, string};

impl Service<'_, '_> {
    /// Whether a change of these fields depends on the state of the row; writes, once, what says so.
    pub(super) fn may_reach(&mut self, writes: &[FieldId]) -> bool {
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
    pub(super) fn kept_level(&self, writes: &[FieldId]) -> Option<(Link, VariantId)> {
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
    pub(super) fn keeps(&mut self, link: &Link, level: VariantId) -> String {
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
    pub(super) fn kept_guard(link: &Link, function: &str, model: &groma_ir::Model) -> Doc {
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
}
