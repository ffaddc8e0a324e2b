//! Rows that the rules let Alice read, and nobody else.

use std::collections::BTreeMap;

use groma_ir::access::{Atom, Grants, Pred};
use groma_ir::design::{Default, EntityId, FieldId, Generated, VariantId};
use groma_ir::http::PathPart;

use super::{Tests, samples};
use crate::access::function_of;
use crate::literals;
use crate::names;
use crate::people;
use crate::python::{Block, Doc, string};

/// How far rules lead from row to row.
const MOST_ROWS: usize = 12;

/// Rows under construction.
#[derive(Default)]
struct Rows {
    /// A row for each entity, by the name of its variable.
    made: BTreeMap<EntityId, String>,
    /// The statements that make them, in order.
    lines: Vec<(String, Doc)>,
    /// Ties of Alice to rows, each at the highest level that is asked for.
    ties: BTreeMap<(EntityId, String), VariantId>,
}

impl Tests<'_, '_> {
    /// The fixture that gives the keys in the paths of the routes; whether there is one.
    pub(super) fn keys(&mut self) -> bool {
        let mut rows = Rows::default();
        let items = self.items();
        let (false, true) = (items.is_empty(), self.knows_alice()) else {
            return false;
        };
        let imports = self.module.imports.clone();
        let made = self
            .row(&mut rows, self.package.entity)
            .and_then(|_| self.named(&rows));
        let Some(keys) = made else {
            self.module.imports = imports;
            return false;
        };
        self.fixture(&rows, keys);
        true
    }

    /// The keys in the paths of the routes, of rows that are made.
    fn named(&mut self, rows: &Rows) -> Option<Vec<(String, Doc)>> {
        let mut keys: Vec<(String, Doc)> = Vec::new();
        for route in self.cx.routes(self.package).map(|(_, route)| route) {
            for part in &route.path.parts {
                let (name, value) = match part {
                    PathPart::Key { name, field } => (name, self.shown(rows, route.entity, *field)?),
                    PathPart::Parent(parent) => (&parent.name, self.shown(rows, parent.entity, parent.by)?),
                    PathPart::Caller { name } => (name, self.person("alice")),
                    PathPart::Literal(_) => continue,
                };
                let is_text = value.starts_with('"');
                let key = (
                    string(name),
                    Doc::text(if is_text { value } else { format!("str({value})") }),
                );
                if !keys.contains(&key) {
                    keys.push(key);
                }
            }
        }
        Some(keys)
    }

    /// `project.id`: what a row that is made holds.
    fn shown(&self, rows: &Rows, entity: EntityId, field: FieldId) -> Option<String> {
        let variable = rows.made.get(&entity)?;
        Some(format!(
            "{variable}.{}",
            names::field(self.cx.model, entity, field)
        ))
    }

    /// Whether a row can hold Alice's key without a row of hers.
    fn knows_alice(&self) -> bool {
        let design = &self.cx.model.design;
        let Some(caller) = design.caller_entity() else {
            return false;
        };
        !self.cx.is_there_in_tests(caller)
    }

    /// Whether nobody without more than a token may read rows that are Alice's.
    pub(super) fn is_hers(&self) -> bool {
        let facts = Grants::default().facts(&self.cx.model.design);
        let read = &self.cx.model.access.of(self.package.entity).read;
        is_closed(&read.for_caller(&facts))
    }

    fn fixture(&mut self, rows: &Rows, keys: Vec<(String, Doc)>) {
        self.module.imports.name("fastapi.testclient", "TestClient");
        self.module.imports.name("tests.conftest", "add");
        let is_hers = self.is_hers();
        let mut all: Vec<Doc> = Vec::new();
        let mut block = Block::new();
        block.line("@pytest.fixture");
        block.line("def keys(client: TestClient) -> dict[str, str]:");
        let one = crate::words::row(self.cx, self.package.entity);
        let ties: Vec<Doc> = rows
            .ties
            .iter()
            .map(|((link, key), level)| self.tie(*link, key, *level))
            .collect();
        block.inner(|body| {
            let others = if is_hers { ", and nobody else" } else { "" };
            body.doc(&format!("What leads to {one} that Alice may read{others}."));
            for (variable, row) in &rows.lines {
                body.statement(&format!("{variable} = "), row, "");
                all.push(Doc::text(variable.as_str()));
            }
            let arguments = std::iter::once(Doc::text("client")).chain(all).chain(ties);
            body.statement("", &Doc::call("add", arguments), "");
            body.statement("return ", &Doc::dict(keys), "");
        });
        self.module.push(block);
    }

    /// Somebody's key, as rows hold it.
    fn person(&mut self, name: &str) -> String {
        people::key(self.cx, &mut self.module.imports, name)
    }

    fn class(&mut self, entity: EntityId) -> String {
        let class = names::class(self.cx.model, entity);
        let module = self.cx.package(entity).module("models");
        self.module.imports.name(&module, &class);
        class
    }

    /// Alice is tied to the row with this key.
    fn tie(&mut self, link: EntityId, key: &str, level: VariantId) -> Doc {
        let class = self.class(link);
        let design = &self.cx.model.design;
        let entity = &design.entities[link];
        let mut parts = Vec::new();
        for (id, field) in entity.fields.entries() {
            let tie = entity.link.as_ref();
            let is = |of: Option<FieldId>| of == Some(id);
            let value = if field.generated == Some(Generated::Uuid7) {
                self.module.imports.name("app.core.db", "new_id");
                String::from("new_id()")
            } else if is(tie.map(|tie| tie.parent)) {
                key.to_owned()
            } else if is(tie.map(|tie| tie.user)) {
                self.person("alice")
            } else if let Some(tie) = tie.filter(|tie| tie.level == id) {
                let names = names::enumeration(self.cx.model, tie.of);
                if let Some(module) = self.cx.module_of_enum(tie.of) {
                    self.module.imports.name(&module, &names);
                }
                format!("{names}.{}", names::variant(self.cx.model, tie.of, level))
            } else if field.optional || field.default.is_some() {
                continue;
            } else {
                let imports = &mut self.module.imports;
                samples::stored(self.cx, imports, &field.ty).unwrap_or_else(|| String::from("None"))
            };
            let attribute = names::field(self.cx.model, link, id);
            parts.push(Doc::text(format!("{attribute}={value}")));
        }
        Doc::call(class, parts)
    }

    /// A row that Alice may read, made before; its variable.
    fn row(&mut self, rows: &mut Rows, entity: EntityId) -> Option<String> {
        if let Some(known) = rows.made.get(&entity) {
            return Some(known.clone());
        }
        let declared = &self.cx.model.design.entities[entity];
        if !self.cx.is_there_in_tests(entity) || rows.made.len() >= MOST_ROWS {
            return None;
        }
        let variable = self.cx.row_name(entity);
        rows.made.insert(entity, variable.clone());
        let read = function_of(self.cx, entity, groma_ir::design::Verb::Read).pred;
        let way = Self::way(&read)?;
        let mut parts = Vec::new();
        for id in declared.fields.ids() {
            if declared.fields[id].generated == Some(Generated::Identity) {
                continue;
            }
            let value = match way {
                Way::Field(field) if field == id => Doc::text(self.person("alice")),
                _ => self.value(rows, entity, id)?,
            };
            let attribute = names::field(self.cx.model, entity, id);
            parts.push(Doc::join([Doc::text(format!("{attribute}=")), value]));
        }
        let class = self.class(entity);
        rows.lines.push((variable.clone(), Doc::call(class, parts)));
        if let Way::Tie(link, at, least) = way {
            let field = at.unwrap_or(self.cx.table(entity).key);
            let attribute = names::field(self.cx.model, entity, field);
            let key = match at.and_then(|at| declared.fields[at].ty.target()) {
                // What the row refers to is there by the same name.
                Some(target) => {
                    let named = rows.made.get(&target)?;
                    let key = names::field(self.cx.model, target, self.cx.table(target).key);
                    format!("{named}.{key}")
                }
                None => format!("{variable}.{attribute}"),
            };
            let level = rows.ties.entry((link, key)).or_insert(least);
            *level = (*level).max(least);
        }
        Some(variable)
    }

    /// How Alice comes to read a row.
    fn way(read: &Pred) -> Option<Way> {
        let parts = match read {
            Pred::Any(parts) => parts.as_slice(),
            other => std::slice::from_ref(other),
        };
        let of = |part: &Pred| match part {
            Pred::Atom(Atom::IsCaller { path, .. }) => match path.steps.as_slice() {
                [only] => Some(Way::Field(*only)),
                _ => None,
            },
            Pred::Atom(Atom::Linked {
                path, link, least, ..
            }) => match path.steps.as_slice() {
                [] => Some(Way::Tie(*link, None, *least)),
                [only] => Some(Way::Tie(*link, Some(*only), *least)),
                _ => None,
            },
            _ => None,
        };
        let ways: Vec<Way> = parts.iter().filter_map(of).collect();
        let is_field = |way: &&Way| matches!(way, Way::Field(_));
        ways.iter().find(is_field).or(ways.first()).copied()
    }

    fn value(&mut self, rows: &mut Rows, entity: EntityId, id: FieldId) -> Option<Doc> {
        let field = &self.cx.model.design.entities[entity].fields[id];
        if field.generated == Some(Generated::Uuid7) {
            self.module.imports.name("app.core.db", "new_id");
            return Some(Doc::text("new_id()"));
        }
        let is_set = matches!(field.default, Some(Default::Now { .. })) || field.touch;
        if is_set {
            self.module.imports.name("app.core.db", "now");
            return Some(Doc::text("now()"));
        }
        if let Some(Default::Value(value)) = &field.default {
            let imports = &mut self.module.imports;
            return Some(literals::literal(self.cx, imports, Some(&field.ty), value));
        }
        if field.optional {
            return Some(Doc::text("None"));
        }
        if let Some(target) = field.ty.target() {
            if self.cx.is_there_in_tests(target) {
                let variable = self.row(rows, target)?;
                let key = names::field(self.cx.model, target, self.cx.table(target).key);
                return Some(Doc::text(format!("{variable}.{key}")));
            }
            if Some(target) == self.cx.model.design.caller_entity() {
                return Some(Doc::text(self.person("carol")));
            }
        }
        let value = samples::stored(self.cx, &mut self.module.imports, &field.ty)?;
        Some(Doc::text(value))
    }
}

/// Whether a rule holds only for those whom the row names, or who are tied to it.
fn is_closed(pred: &Pred) -> bool {
    match pred {
        Pred::All(parts) => parts.iter().any(is_closed),
        Pred::Any(parts) => parts.iter().all(is_closed),
        Pred::Not(_) => false,
        Pred::Atom(atom) => match atom {
            Atom::IsCaller { .. } | Atom::Linked { .. } => true,
            Atom::Exists { pred, .. } => is_closed(pred),
            Atom::Authenticated
            | Atom::Role(_)
            | Atom::Compare { .. }
            | Atom::IsNone(_)
            | Atom::In { .. }
            | Atom::IsTrue { .. }
            | Atom::ClaimIsTrue(_) => false,
        },
    }
}

/// How somebody comes to read a row.
#[derive(Clone, Copy)]
enum Way {
    /// The field names them.
    Field(FieldId),
    /// They are tied to the row, or to what the field leads to, at this level.
    Tie(EntityId, Option<FieldId>, VariantId),
}
