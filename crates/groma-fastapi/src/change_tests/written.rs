//! What requests write: the answer to one, and the row as it is read after it, hold what was sent, what was set and what
//! nobody said, in every member.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use groma_access::{Told, Want, situations};
use groma_ir::access::{Atom, Pred};
use groma_ir::design::{FieldId, Row, Term};
use groma_ir::http::{MemberKind, Operation, PathPart, Route, SchemaKind};

use super::line::{Line, Read};
use super::readable::After;
use super::sent::{self, Sent, held};
use super::values::{self, possible, shown};
use super::{Changes, allowed, placed};
use crate::access_tests::courses::{Ask, Draft, asks};
use crate::access_tests::scene::Scene;
use crate::access_tests::values::Value;
use crate::python::{Doc, Imports, string};
use crate::service::function_of;

/// What is asked, in a situation in which it is done.
#[derive(Clone, Copy)]
pub(super) struct Done<'a, 'm> {
    pub(super) ask: &'a Ask<'m>,
    pub(super) told: &'a Told,
    pub(super) scene: &'a Scene<'a, 'm>,
}

/// A row as a change leaves it.
#[derive(Default)]
pub(super) struct Changed {
    /// What answers show of the fields that are written.
    pub(super) wrote: BTreeMap<FieldId, Value>,
    /// What rules know of them.
    pub(super) facts: Vec<Pred>,
}

impl<'m> Changes<'_, 'm> {
    /// The tests of what is written.
    pub(super) fn written(&mut self) {
        let routes: Vec<&'m Route> = self.cx.routes(self.package).map(|(_, route)| route).collect();
        let mut lines = Vec::new();
        let mut is_made = false;
        for route in routes {
            match route.operation {
                Operation::Create => is_made |= self.creates(route).is_some(),
                Operation::Get if !is_made => is_made = self.shows(route).is_some(),
                Operation::Update => lines.extend(self.updates(route)),
                Operation::Replace if route.made.is_none() => {
                    lines.extend(self.replaces(route).into_iter().flatten());
                }
                Operation::Action(id) => lines.extend(self.acts(route, id).into_iter().flatten()),
                Operation::Get
                | Operation::Replace
                | Operation::List
                | Operation::Delete
                | Operation::Report(_) => {}
            }
        }
        self.changes(lines);
    }

    /// A new row: of all that can be said, and of no more than must be.
    fn creates(&mut self, route: &'m Route) -> Option<()> {
        let ask = plain(asks(self.cx, route))?;
        let told = situations(&self.cx.model.design, &ask.course);
        let scenes = allowed(self.cx, self.known, &ask, &told);
        let rules = &self.cx.model.access.of(route.entity).create;
        let bound = sent::bound(self.cx, route.entity, rules.required(&route.writes));
        let least = scenes.iter().find_map(|(told, scene)| {
            let done = Done {
                ask: &ask,
                told,
                scene,
            };
            let sent = sent::least(self.cx, scene, route);
            self.attempt(|changes, imports| changes.creation(imports, done, &sent))
        });
        let whole = self.leading(&ask).into_iter().find_map(|ask| {
            let told = situations(&self.cx.model.design, &ask.course);
            let mut scenes = allowed(self.cx, self.known, &ask, &told);
            scenes.sort_by_key(|(_, scene)| Reverse(scene.led()));
            scenes.iter().find_map(|(told, scene)| {
                let done = Done {
                    ask: &ask,
                    told,
                    scene,
                };
                let sent = sent::whole(self.cx, scene, (route, &route.writes), &bound);
                self.attempt(|changes, imports| changes.creation(imports, done, &sent))
            })
        });
        let mut lines: Vec<(Line, bool)> = whole.into_iter().chain(least).collect();
        lines.dedup_by(|(second, _), (first, _)| first.body == second.body && first.rows == second.rows);
        for ((line, _), id) in lines
            .iter_mut()
            .zip(["all that can be said", "what must be said"])
        {
            id.clone_into(&mut line.id);
        }
        let is_read = lines.iter().all(|(_, is_read)| *is_read);
        let lines: Vec<Line> = lines.into_iter().map(|(line, _)| line).collect();
        let read = &lines.first()?.read;
        let is_alike = lines.iter().all(|line| line.read == *read);
        let is_read = is_read && is_alike && *read != Read::Nowhere;
        self.table(
            &format!("{}_writes", function_of(route)),
            &lines,
            |block, cells| {
                cells.call(block);
                cells.send(block);
                cells.shows(block, "");
                if is_read {
                    cells.stays(block);
                }
            },
        )
    }

    /// A request for a row, and whether whoever made it may surely read it.
    fn creation(&self, imports: &mut Imports, done: Done<'_, 'm>, sent: &Sent) -> Option<(Line, bool)> {
        let (route, scene) = (done.ask.route, done.scene);
        let after = After {
            route,
            told: done.told,
            changed: &sent.chosen,
            facts: Vec::new(),
        };
        let mut wanted = Vec::new();
        for (name, field) in self.members(route)? {
            let value = match sent.wrote.get(&field) {
                _ if !after.shows(self.cx, field) => values::anything(),
                Some(value) => value.clone(),
                None => self.unsaid(route, scene, field)?,
            };
            wanted.push((name, value));
        }
        let read = self.read_of_new(imports, route, scene);
        let line = Self::line(imports, done, (sent, read), &wanted)?;
        Some((line, after.is_read(self.cx)))
    }

    /// What an answer shows of a field of a new row of which the body says nothing.
    pub(super) fn unsaid(&self, route: &Route, scene: &Scene<'_, 'm>, field: FieldId) -> Option<Value> {
        let declared = &self.cx.model.design.entities[route.entity].fields[field];
        let resource = &self.cx.model.design.resources[route.resource];
        let parent = route.path.parents().next_back().map(|parent| parent.field);
        let tenant = self.cx.model.design.tenant_by_path(resource).map(|(own, _)| own);
        if parent == Some(field) || tenant == Some(field) {
            return Some(scene.key_at(field).cloned().unwrap_or_else(values::set));
        }
        values::given(self.cx, declared, scene.has_token())
    }

    /// How a row that a route has made is read.
    fn read_of_new(&self, imports: &mut Imports, route: &Route, scene: &Scene<'_, 'm>) -> Read {
        if route.success.location && self.beside(route, Operation::Get).is_some() {
            return Read::Location;
        }
        let list = self
            .beside(route, Operation::List)
            .filter(|list| list.path.same_shape(&route.path) && scene.count_of(route.entity) == 0);
        list.and_then(|list| {
            Some(Read::At(
                Doc::text(placed(imports, scene.path_of(list)?)),
                self.first_of(list),
            ))
        })
        .unwrap_or(Read::Nowhere)
    }

    /// Every member of a row that nothing here makes.
    fn shows(&mut self, route: &'m Route) -> Option<()> {
        let ask = plain(asks(self.cx, route))?;
        let told = situations(&self.cx.model.design, &ask.course);
        let scenes = allowed(self.cx, self.known, &ask, &told);
        let line = scenes.iter().find_map(|(told, scene)| {
            let done = Done {
                ask: &ask,
                told,
                scene,
            };
            self.attempt(|changes, imports| {
                let wanted = changes.after(done, &Changed::default(), true)?;
                Self::line(imports, done, (&Sent::default(), Read::Nowhere), &wanted)
            })
        })?;
        self.table(
            &format!("{}_shows", function_of(route)),
            &[line],
            |block, cells| {
                cells.call(block);
                cells.send(block);
                cells.shows(block, "");
            },
        )
    }

    /// Changes of members: of all that one rule is about, and one for each state that can be reached.
    fn updates(&mut self, route: &'m Route) -> Vec<(Line, bool)> {
        let rules = &self.cx.model.access.of(route.entity).update;
        let entity = &self.cx.model.design.entities[route.entity];
        let named = named_by(route);
        let mut lines = Vec::new();
        for ask in asks(self.cx, route)
            .into_iter()
            .filter(|ask| ask.refuses.is_none())
        {
            let Some(first) = ask.writes.first().copied() else {
                continue;
            };
            let rule = rules.field(first);
            let is_move = ask.writes.len() == 1 && entity.states_of(first).is_some();
            let fields = route.writes.iter().copied();
            let fields = fields.filter(|field| {
                if is_move {
                    *field == first
                } else {
                    rules.field(*field) == rule
                }
            });
            // What leads to the row elsewhere is changed by itself.
            let (elsewhere, fields): (Vec<FieldId>, Vec<FieldId>) =
                fields.partition(|field| Some(*field) == named);
            let bound = sent::bound(self.cx, route.entity, [rule]);
            let asks = if is_move {
                vec![ask.clone()]
            } else {
                self.leading(&ask)
            };
            for (fields, has_moved) in [(fields, false), (elsewhere, true)] {
                if fields.is_empty() {
                    continue;
                }
                let line = asks
                    .iter()
                    .find_map(|ask| self.sent((ask, is_move), &fields, &bound));
                lines.extend(line.map(|(mut line, is_read)| {
                    if has_moved {
                        line.id.push_str(" elsewhere");
                    }
                    (line, is_read && !has_moved)
                }));
            }
        }
        lines
    }

    /// A change of some fields; one after which the row can be read, if there is one.
    fn sent(
        &mut self,
        (ask, is_move): (&Ask<'m>, bool),
        fields: &[FieldId],
        bound: &BTreeSet<FieldId>,
    ) -> Option<(Line, bool)> {
        let told = situations(&self.cx.model.design, &ask.course);
        let mut scenes = allowed(self.cx, self.known, ask, &told);
        if let Some(first) = ask.writes.first().filter(|_| is_move) {
            // Where a state is kept, nothing is told.
            scenes.retain(|(_, scene)| {
                let before = held(self.cx, scene, (ask.route.entity, *first)).map(|value| value.sent);
                before != scene.said(*first).map(|value| value.sent.clone())
            });
        }
        scenes.sort_by_key(|(_, scene)| Reverse(scene.led()));
        let read = self.cx.model.access.of(ask.route.entity).read.fields();
        let narrow: BTreeSet<FieldId> = bound.iter().copied().chain(read).collect();
        let mut last = None;
        for bound in [bound, &narrow] {
            for (told, scene) in &scenes {
                let done = Done { ask, told, scene };
                let sent = sent::whole(self.cx, scene, (ask.route, fields), bound);
                let changed = Changed {
                    wrote: sent.wrote.clone(),
                    facts: Vec::new(),
                };
                let line = self.attempt(|changes, imports| changes.change(imports, done, (&sent, &changed)));
                match line {
                    Some((line, true)) => return Some((line, true)),
                    line => last = last.or(line),
                }
            }
        }
        last
    }

    /// A replace of all that can be said, and one that says no more than it must: the rest is what it is by default.
    fn replaces(&mut self, route: &'m Route) -> Option<Vec<(Line, bool)>> {
        let ask = plain(asks(self.cx, route))?;
        let told = situations(&self.cx.model.design, &ask.course);
        let scenes = allowed(self.cx, self.known, &ask, &told);
        let rules = &self.cx.model.access.of(route.entity).update;
        let mut bound = sent::bound(self.cx, route.entity, rules.required(&route.writes));
        bound.extend(named_by(route));
        let least = scenes.iter().find_map(|(told, scene)| {
            let sent = sent::least(self.cx, scene, route);
            let free = route.writes.iter().filter(|field| !bound.contains(field));
            let row = self.unlike(scene, free.copied(), |field| {
                let declared = &self.cx.model.design.entities[route.entity].fields[field];
                values::given(self.cx, declared, scene.has_token())
            });
            let done = Done {
                ask: &ask,
                told,
                scene: &row,
            };
            let fields = &self.cx.model.design.entities[route.entity].fields;
            let mut wrote = sent.wrote.clone();
            for field in &route.writes {
                if !wrote.contains_key(field) {
                    wrote.insert(
                        *field,
                        values::given(self.cx, &fields[*field], scene.has_token())?,
                    );
                }
            }
            let facts = Vec::new();
            let changed = Changed { wrote, facts };
            self.attempt(|changes, imports| changes.change(imports, done, (&sent, &changed)))
        });
        let asks = self.leading(&ask);
        let whole = asks
            .iter()
            .find_map(|ask| self.sent((ask, false), &route.writes, &bound));
        let mut lines: Vec<(Line, bool)> = whole.into_iter().chain(least).collect();
        if let Some((line, _)) = lines.get_mut(1) {
            line.id.push_str(", what must be said");
        }
        Some(lines)
    }

    /// The same request, with what leads to other rows in its body: first with all of it, then with none.
    fn leading(&self, ask: &Ask<'m>) -> Vec<Ask<'m>> {
        let (route, fields) = (ask.route, &self.cx.model.design.entities[ask.route.entity].fields);
        let rules = &self.cx.model.access.of(route.entity).update;
        let rule = ask.writes.first().map(|field| rules.field(*field));
        let is_led = |field: &FieldId| {
            let target = fields[*field].ty.target();
            let is_alike = route.operation != Operation::Update || Some(rules.field(*field)) == rule;
            is_alike && target.is_some_and(|target| self.cx.is_there_in_tests(target))
        };
        let led: Vec<FieldId> = route.writes.iter().copied().filter(is_led).collect();
        if led.is_empty() {
            return vec![ask.clone()];
        }
        let mut leading = ask.clone();
        let mut row = Row::This;
        if route.operation != Operation::Create {
            let mut draft = Draft::new(self.cx, route);
            let others = ask.writes.iter().filter(|field| !led.contains(field));
            let writes: Vec<FieldId> = led.iter().chain(others).copied().collect();
            let rule = match (route.operation, rule) {
                (Operation::Update, Some(rule)) => rule.clone(),
                _ => Pred::all(rules.required(&route.writes).into_iter().cloned()),
            };
            draft.change(&rule, &writes);
            leading = draft.finish(ask.name.clone(), writes);
            row = Row::New;
        }
        for field in led {
            let empty = Pred::Atom(Atom::IsNone(Term::Field { row, field }));
            let is_optional = fields[field].optional;
            leading
                .course
                .given
                .extend(is_optional.then_some((empty, Want::NotTrue)));
        }
        vec![leading, ask.clone()]
    }

    /// The same scene, with a row that holds something else than these in some fields.
    pub(super) fn unlike<'a>(
        &self,
        scene: &Scene<'a, 'm>,
        fields: impl Iterator<Item = FieldId>,
        wanted: impl Fn(FieldId) -> Option<Value>,
    ) -> Scene<'a, 'm> {
        let entity = &self.cx.model.design.entities[self.package.entity];
        let sets = fields.filter_map(|field| {
            let ty = &entity.fields[field].ty;
            let wanted = wanted(field)?;
            let is_other =
                held(self.cx, scene, (self.package.entity, field)).is_some_and(|held| held != wanted);
            let is_ruled = entity.states_of(field).is_some() || ty.target().is_some();
            if is_other || is_ruled || scene.holds(field).is_some() {
                return None;
            }
            let mut all = possible(self.cx, (self.package.entity, field)).into_iter();
            let other = all.find(|value| shown(self.cx, ty, value) != wanted)?;
            Some((field, other))
        });
        scene.holding(sets.collect::<Vec<_>>())
    }

    /// A request that changes a row, and whether the row may surely be read afterwards.
    pub(super) fn change(
        &self,
        imports: &mut Imports,
        done: Done<'_, 'm>,
        (sent, changed): (&Sent, &Changed),
    ) -> Option<(Line, bool)> {
        let route = done.ask.route;
        let read = match route.find {
            Some(_) => Read::Nowhere,
            None => self.read_of(imports, route, done.scene),
        };
        let wanted = self.after(done, changed, read == Read::Nowhere)?;
        let line = Self::line(imports, done, (sent, read), &wanted)?;
        let fields: BTreeSet<FieldId> = changed.wrote.keys().copied().collect();
        let after = After {
            route,
            told: done.told,
            changed: &fields,
            facts: changed.facts.clone(),
        };
        Some((line, after.is_read(self.cx)))
    }

    /// What an answer shows of a row: of all of it, or of what a change has written.
    fn after(&self, done: Done<'_, 'm>, changed: &Changed, is_whole: bool) -> Option<Vec<(String, Value)>> {
        let route = done.ask.route;
        let fields: BTreeSet<FieldId> = changed.wrote.keys().copied().collect();
        let after = After {
            route,
            told: done.told,
            changed: &fields,
            facts: changed.facts.clone(),
        };
        let entity = &self.cx.model.design.entities[route.entity];
        let mut wanted = Vec::new();
        for (name, field) in self.members(route)? {
            let value = match changed.wrote.get(&field) {
                _ if !after.shows(self.cx, field) => values::anything(),
                Some(value) => value.clone(),
                None if entity.fields[field].touch && route.operation.is_write() => values::set(),
                None if is_whole => held(self.cx, done.scene, (route.entity, field))?,
                None => continue,
            };
            wanted.push((name, value));
        }
        Some(wanted)
    }

    fn line(
        imports: &mut Imports,
        done: Done<'_, 'm>,
        (sent, read): (&Sent, Read),
        wanted: &[(String, Value)],
    ) -> Option<Line> {
        let (route, scene) = (done.ask.route, done.scene);
        let wanted = values::dict(imports, wanted);
        let body = match route.body {
            Some(_) => sent.body(imports),
            None => Doc::text("None"),
        };
        Some(Line {
            id: done.ask.name.clone(),
            claims: scene.claims(),
            rows: scene.rows(imports),
            method: route.method.name(),
            path: Doc::text(placed(imports, scene.path()?)),
            body,
            status: route.success.status,
            wanted,
            read,
        })
    }

    /// How the row that a change is about is read.
    fn read_of(&self, imports: &mut Imports, route: &Route, scene: &Scene<'_, 'm>) -> Read {
        let is_above = |other: &&Route| route.path.parts.starts_with(&other.path.parts);
        let get = self.beside(route, Operation::Get).filter(is_above);
        let list = self.beside(route, Operation::List).filter(is_above);
        let list = list.filter(|_| scene.is_single());
        let (other, behind) = match (get, list) {
            (Some(get), _) => (get, String::new()),
            (None, Some(list)) => (list, self.first_of(list)),
            (None, None) => return Read::Nowhere,
        };
        match scene.path_of(other) {
            Some(path) => Read::At(Doc::text(placed(imports, path)), behind),
            None => Read::Nowhere,
        }
    }

    /// Another route of the same resource.
    pub(super) fn beside(&self, route: &Route, operation: Operation) -> Option<&'m Route> {
        let mut routes = self.cx.routes(self.package).map(|(_, route)| route);
        routes.find(|other| other.resource == route.resource && other.operation == operation)
    }

    /// `["items"][0]`: the first item of a list's answer.
    fn first_of(&self, list: &Route) -> String {
        let kind = list
            .success
            .body
            .map(|body| &self.cx.model.http.schemas[body].kind);
        match kind {
            Some(SchemaKind::Page { items, .. }) => format!("[{}][0]", string(items)),
            _ => String::from("[0]"),
        }
    }

    /// The members of the item that a route answers with, and the fields that they show.
    pub(super) fn members(&self, route: &Route) -> Option<Vec<(String, FieldId)>> {
        let SchemaKind::Item(members) = &self.cx.model.http.schemas[route.success.body?].kind else {
            return None;
        };
        let fields = members.iter().filter_map(|member| match member.kind {
            MemberKind::Field(field, _) => Some((member.name.clone(), field)),
            _ => None,
        });
        Some(fields.collect())
    }

    /// The tables of changes: of those after which the row is read, and of the others.
    fn changes(&mut self, lines: Vec<(Line, bool)>) {
        let mut groups: Vec<(Option<String>, bool, Vec<Line>)> = Vec::new();
        for (line, is_read) in lines {
            let behind = match &line.read {
                Read::At(_, behind) => Some(behind.clone()),
                Read::Location | Read::Nowhere => None,
            };
            let is_read = is_read && behind.is_some();
            let known = groups
                .iter_mut()
                .find(|(known, reads, _)| *known == behind && *reads == is_read);
            match known {
                Some((_, _, lines)) => lines.push(line),
                None => groups.push((behind, is_read, vec![line])),
            }
        }
        for (behind, is_read, lines) in groups {
            let name = match (&behind, is_read) {
                (Some(behind), true) if !behind.is_empty() => "what_a_change_writes_is_in_the_list",
                (Some(_), true) => "what_a_change_writes",
                (Some(_), false) => "what_a_change_answers",
                (None, _) => "what_is_answered_to_a_change",
            };
            self.table(name, &lines, |block, cells| {
                cells.call(block);
                cells.before(block);
                cells.send(block);
                cells.shows(block, if behind.is_some() { "before | " } else { "" });
                if is_read {
                    cells.stays(block);
                }
            });
        }
    }

    /// What can be written as a whole, with what it imports.
    pub(super) fn attempt<R>(&mut self, write: impl FnOnce(&Self, &mut Imports) -> Option<R>) -> Option<R> {
        let mut imports = self.module.imports.clone();
        let written = write(self, &mut imports)?;
        self.module.imports = imports;
        Some(written)
    }
}

/// What is asked of a request that nothing beside the rules refuses.
pub(super) fn plain(asks: Vec<Ask<'_>>) -> Option<Ask<'_>> {
    asks.into_iter().find(|ask| ask.refuses.is_none())
}

/// The field by which a path names the row.
fn named_by(route: &Route) -> Option<FieldId> {
    route.path.parts.iter().find_map(|part| match part {
        PathPart::Key { field, .. } => Some(*field),
        PathPart::Literal(_) | PathPart::Caller { .. } | PathPart::Parent(_) => None,
    })
}
