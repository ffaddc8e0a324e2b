//! Rows that Alice makes as anybody makes them, by requests, where the rules let her read them and nobody else.

use std::collections::{BTreeMap, BTreeSet};

use groma_ir::access::{Atom, Grants, Pred};
use groma_ir::design::{Assign, Compare, Default, EntityId, FieldId, Storage, Term, Value, VariantId, Verb};
use groma_ir::http::{MemberKind, Operation, PathPart, Route};

use super::{Tests, samples};
use crate::cx::Cx;
use crate::names;
use crate::python::{Block, Doc, string};

/// Rows that are made by requests.
#[derive(Default)]
struct Made<'m> {
    /// The variable and the route of each, by entity.
    rows: BTreeMap<EntityId, (String, &'m Route)>,
    /// Which have been begun.
    begun: BTreeSet<EntityId>,
    /// The requests, in order.
    lines: Vec<(String, Doc)>,
    /// Their bodies.
    bodies: Vec<Doc>,
    /// Whether some value in them is new each time.
    has_fresh: bool,
}

/// Somebody who asks for a row that Alice made.
#[derive(Clone, Copy)]
struct Asking<'r, 'm> {
    rows: &'r BTreeMap<EntityId, (String, &'m Route)>,
    entity: EntityId,
    is_alice: bool,
}

/// Where references of a row lead.
enum End {
    /// To a row of this entity that Alice made.
    At(EntityId),
    /// One of them is empty.
    Nowhere,
}

impl<'m> Tests<'_, 'm> {
    /// The fixture that gives the keys of what Alice made; whether there is one.
    pub(super) fn made(&mut self) -> bool {
        let mut made = Made::default();
        let entity = self.package.entity;
        if self.cx.caller().is_none() || self.items().is_empty() || self.make(&mut made, entity).is_none() {
            return false;
        }
        let mut keys: Vec<(String, Doc)> = Vec::new();
        for route in self.cx.routes(self.package).map(|(_, route)| route) {
            for part in &route.path.parts {
                let (name, value) = match part {
                    PathPart::Key { name, field } => (name, self.member(&made, route.entity, *field)),
                    PathPart::Parent(parent) => (&parent.name, self.member(&made, parent.entity, parent.by)),
                    PathPart::Caller { name } => (name, Some(String::from("alice.key"))),
                    PathPart::Literal(_) => continue,
                };
                let Some(value) = value else { return false };
                let is_text = matches!(part, PathPart::Caller { .. });
                let key = (
                    string(name),
                    Doc::text(if is_text { value } else { format!("str({value})") }),
                );
                if !keys.contains(&key) {
                    keys.push(key);
                }
            }
        }
        if made.has_fresh {
            self.module.imports.name("uuid", "uuid4");
        }
        let mut block = Block::new();
        block.line("@pytest.fixture");
        block.line("def keys(alice: Person) -> dict[str, str]:");
        let one = crate::words::row(self.cx, entity);
        block.inner(|body| {
            body.doc(&format!(
                "What leads to {one} that Alice made, and that only she reads."
            ));
            for (variable, request) in &made.lines {
                body.statement(&format!("{variable} = "), request, "");
            }
            body.statement("return ", &Doc::dict(keys), "");
        });
        self.module.push(block);
        self.refusals(&made);
        true
    }

    /// The path and the body of a request by which Alice makes a row, if no other has to be there before.
    pub(super) fn sample(&self) -> Option<(String, Doc)> {
        let mut made = Made::default();
        self.make(&mut made, self.package.entity)?;
        let (_, route) = made.rows.get(&self.package.entity)?;
        let [body] = made.bodies.as_slice() else {
            return None;
        };
        let path = route.retry.then(|| route.path.template())?;
        Some((path, body.clone()))
    }

    /// `project["id"]`: what a row that was made shows.
    fn member(&self, made: &Made<'m>, entity: EntityId, field: FieldId) -> Option<String> {
        let (variable, _) = made.rows.get(&entity)?;
        let name = string(&self.cx.model.design.entities[entity].fields[field].wire);
        Some(format!("{variable}[{name}]"))
    }

    /// Makes a row of an entity, unless there is one.
    fn make(&self, made: &mut Made<'m>, entity: EntityId) -> Option<()> {
        if made.rows.contains_key(&entity) {
            return Some(());
        }
        // A row that needs itself first is made by nobody.
        made.begun.insert(entity).then_some(())?;
        let model = self.cx.model;
        let is_managed = model.design.entities[entity].storage == Storage::Managed;
        let mut routes = model.http.routes.iter();
        let route = routes.find(|route| {
            route.entity == entity && route.operation == Operation::Create && route.success.status == 201
        });
        let route = route.filter(|route| is_managed && route.success.body.is_some() && !route.public)?;
        let mut path = String::new();
        for part in &route.path.parts {
            path.push('/');
            match part {
                PathPart::Literal(text) => path.push_str(text),
                PathPart::Parent(parent) => {
                    self.make(made, parent.entity)?;
                    let key = self.member(made, parent.entity, parent.by)?;
                    path.extend(["{", &key.replace('"', "'"), "}"]);
                }
                PathPart::Key { .. } | PathPart::Caller { .. } => return None,
            }
        }
        let prefix = if path.contains('{') { "f" } else { "" };
        let mut arguments = vec![Doc::text(format!("{prefix}\"{path}\""))];
        let mut body = Vec::new();
        for member in self.members(route).map_or(&[][..], |(members, _)| members) {
            let MemberKind::Field(field, ty) = &member.kind else {
                return None;
            };
            if !member.required {
                continue;
            }
            let value = match ty.target() {
                None if self.is_unique(entity, *field) => {
                    made.has_fresh = true;
                    samples::fresh(self.cx, ty)?
                }
                None => samples::sent(self.cx, ty)?,
                Some(target) => {
                    self.make(made, target)?;
                    self.member(made, target, self.cx.table(target).key)?
                }
            };
            body.push((string(&member.name), Doc::text(&value)));
            arguments.push(if names::is_keyword(&member.name) {
                Doc::text(format!("**{{{}: {value}}}", string(&member.name)))
            } else {
                Doc::text(format!("{}={value}", member.name))
            });
        }
        let variable = self.cx.row_name(entity);
        made.rows.insert(entity, (variable.clone(), route));
        let is_so = |verb, is_alice| {
            let rows = &made.rows;
            let asking = Asking {
                rows,
                entity,
                is_alice,
            };
            self.may(asking, verb)
        };
        let is_hers = is_so(Verb::Create, true) == Some(true)
            && is_so(Verb::Read, true) == Some(true)
            && is_so(Verb::Read, false) == Some(false);
        is_hers.then_some(())?;
        made.lines.push((variable, Doc::call("alice.make", arguments)));
        made.bodies.push(Doc::dict(body));
        Some(())
    }

    /// Whether no two rows may have the same in a field.
    fn is_unique(&self, entity: EntityId, field: FieldId) -> bool {
        let entity = &self.cx.model.design.entities[entity];
        field == entity.key || entity.uniques.iter().any(|unique| unique.fields.contains(&field))
    }

    /// Whether somebody may do this with the row, as far as it can be told.
    fn may(&self, asking: Asking<'_, 'm>, verb: Verb) -> Option<bool> {
        let facts = Grants::default().facts(&self.cx.model.design);
        let pred = self
            .cx
            .model
            .access
            .of(asking.entity)
            .verb(verb)
            .for_caller(&facts);
        self.holds(asking, &pred)
    }

    fn holds(&self, asking: Asking<'_, 'm>, pred: &Pred) -> Option<bool> {
        // What is decided by one part is decided; otherwise each has to be known.
        let decide = |parts: &[Pred], by: bool| {
            let known = parts.iter().map(|part| self.holds(asking, part));
            let known: Vec<Option<bool>> = known.collect();
            let is_decided = known.contains(&Some(by));
            (is_decided || !known.contains(&None)).then_some(is_decided == by)
        };
        match pred {
            Pred::All(parts) => decide(parts, false),
            Pred::Any(parts) => decide(parts, true),
            Pred::Not(part) => self.holds(asking, part).map(|holds| !holds),
            Pred::Atom(atom) => self.atom(asking, atom),
        }
    }

    fn atom(&self, asking: Asking<'_, 'm>, atom: &Atom) -> Option<bool> {
        let design = &self.cx.model.design;
        match atom {
            Atom::IsCaller { path, .. } => {
                let (last, before) = path.steps.split_last()?;
                let End::At(entity) = self.end(asking, before)? else {
                    return Some(false);
                };
                let default = design.entities[entity].fields[*last].default.as_ref();
                matches!(default, Some(Default::Caller)).then_some(asking.is_alice)
            }
            Atom::Linked {
                path, link, least, ..
            } => {
                let End::At(entity) = self.end(asking, &path.steps)? else {
                    return Some(false);
                };
                let level = level(self.cx, asking.rows.get(&entity)?.1, *link);
                Some(asking.is_alice && level.is_some_and(|level| level >= *least))
            }
            Atom::Exists { path, pred, .. } => {
                let End::At(entity) = self.end(asking, &path.steps)? else {
                    return Some(false);
                };
                self.holds(Asking { entity, ..asking }, pred)
            }
            Atom::Compare {
                op: op @ (Compare::Eq | Compare::Ne),
                left: Term::Field { field, .. },
                right: Term::Value(value),
            } => match &design.entities[asking.entity].fields[*field].default {
                Some(Default::Value(there)) if *value != Value::None && *there != Value::None => {
                    Some((there == value) == (*op == Compare::Eq))
                }
                _ => None,
            },
            Atom::IsNone(Term::Field { field, .. }) => {
                let (_, route) = asking.rows.get(&asking.entity)?;
                if self.is_said(route, *field) {
                    return Some(false);
                }
                let default = &design.entities[asking.entity].fields[*field].default;
                default.is_none().then_some(true)
            }
            Atom::Authenticated
            | Atom::Role(_)
            | Atom::Compare { .. }
            | Atom::IsNone(_)
            | Atom::In { .. }
            | Atom::IsTrue { .. }
            | Atom::ClaimIsTrue(_) => None,
        }
    }

    /// Where references of the row lead, as far as it can be told.
    fn end(&self, asking: Asking<'_, 'm>, steps: &[FieldId]) -> Option<End> {
        let mut entity = asking.entity;
        for step in steps {
            let (_, route) = asking.rows.get(&entity)?;
            let is_said = self.is_said(route, *step);
            let field = &self.cx.model.design.entities[entity].fields[*step];
            if !is_said && field.default.is_none() {
                return Some(End::Nowhere);
            }
            entity = field.ty.target()?;
            let is_made = asking.rows.contains_key(&entity);
            (is_made && is_said).then_some(())?;
        }
        Some(End::At(entity))
    }

    /// Whether a request for a row says what stands in a field: by its path, or in a body that has to say it.
    fn is_said(&self, route: &'m Route, field: FieldId) -> bool {
        let above = route.path.parents().next_back();
        let members = self.members(route).map_or(&[][..], |(members, _)| members);
        let mut required = members.iter().filter(|member| member.required);
        above.is_some_and(|parent| parent.field == field)
            || required.any(|member| matches!(member.kind, MemberKind::Field(known, _) if known == field))
    }

    /// What Alice is told who means another state of the row, and that it is gone when she removed it.
    fn refusals(&mut self, made: &Made<'m>) {
        let entity = self.package.entity;
        let may = |verb| {
            let asking = Asking {
                rows: &made.rows,
                entity,
                is_alice: true,
            };
            self.may(asking, verb) == Some(true)
        };
        let items = self.items();
        let can = items.iter().filter(|route| {
            let is_plain = matches!(route.operation, Operation::Update | Operation::Delete);
            is_plain && route.if_match && may(route.operation.verb())
        });
        let cases: Vec<(&str, String)> = can
            .map(|route| (route.method.name(), route.path.template()))
            .collect();
        let get = items
            .iter()
            .find(|route| route.operation == Operation::Get && route.etag);
        let get = get.map(|route| route.path.template());
        let delete = items
            .iter()
            .find(|route| route.operation == Operation::Delete && !route.require_match && may(Verb::Delete));
        let delete = delete.map(|route| route.path.template());
        if let Some(path) = &get {
            self.test("what_alice_knows_is_not_sent_again", |body| {
                body.line(&format!("path = {}.format(**keys)", string(path)));
                body.line("answer = alice.get(path)");
                body.line("assert answer.status_code == 200, answer.text");
                body.line("known = alice.get(path, If_None_Match=answer.headers[\"etag\"])");
                body.line("assert (known.status_code, known.content) == (304, b\"\")");
            });
        }
        for (method, path) in &cases {
            let name = format!("{}_of_another_state_is_refused", method.to_lowercase());
            self.test(&name, |body| {
                let call = Doc::call(
                    "alice.send",
                    [
                        Doc::text(string(method)),
                        Doc::text(format!("{}.format(**keys)", string(path))),
                        Doc::text(if *method == "DELETE" { "None" } else { "{}" }),
                        Doc::text("If_Match='\"other\"'"),
                    ],
                );
                body.statement("answer = ", &call, "");
                body.line("assert answer.status_code == 412, answer.text");
            });
        }
        if let (Some(path), true) = (&delete, get.is_some() && get == delete) {
            self.test("what_alice_removes_is_gone", |body| {
                body.line(&format!("path = {}.format(**keys)", string(path)));
                body.line("assert alice.delete(path).status_code == 204");
                body.line("assert alice.get(path).status_code == 404");
                body.line("assert alice.delete(path).status_code == 404");
            });
        }
    }

    fn test(&mut self, name: &str, write: impl FnOnce(&mut Block)) {
        let mut block = Block::new();
        block.line(&format!(
            "def test_{name}(alice: Person, keys: dict[str, str]) -> None:"
        ));
        block.inner(write);
        self.module.push(block);
    }
}

/// The level at which a route ties whoever makes a row to it.
pub(crate) fn level(cx: &Cx<'_>, route: &Route, link: EntityId) -> Option<VariantId> {
    let tie = cx.model.design.entities[link].link.as_ref()?;
    let creation = route.makes.iter().find(|creation| creation.entity == link)?;
    let set = |wanted: FieldId| {
        let mut sets = creation.sets.iter();
        sets.find_map(|(field, assign)| (*field == wanted).then_some(assign))
    };
    match (set(tie.user)?, set(tie.level)?) {
        (Assign::Term(Term::Caller), Assign::Term(Term::Value(Value::Variant(_, level)))) => Some(*level),
        _ => None,
    }
}
