//! Replaces that make the row where there is none.

use groma_access::{Space, situations};
use groma_ir::access::Pred;
use groma_ir::http::{Operation, PathPart, Route};

use super::line::bound;
use super::sent::{self, Sent};
use super::values::{self, Written, other, possible, shown};
use super::written::plain;
use super::{Changes, allowed, placed};
use crate::access_tests::courses::asks;
use crate::access_tests::scene::Scene;
use crate::access_tests::values::Value;
use crate::python::{Doc, Imports};
use crate::resource_tests::samples;
use crate::service::function_of;

/// Two requests, and what each answers: all of the row, and what is changed of it.
struct Twice {
    caller: Doc,
    path: String,
    first: (Doc, Doc),
    second: (Doc, Doc),
}

impl<'m> Changes<'_, 'm> {
    /// A replace that makes the row where there is none, and changes it where there is one.
    pub(super) fn makes(&mut self, route: &'m Route) -> Option<()> {
        let made = route.made?;
        let create = self.beside(route, Operation::Create)?;
        let ask = plain(asks(self.cx, create))?;
        let told = situations(&self.cx.model.design, &ask.course);
        let scenes = allowed(self.cx, self.known, &ask, &told);
        let refused = self.refused(route);
        let mut space = Space::new(&self.cx.model.design);
        let mut scenes = scenes.into_iter().filter(|(told, _)| {
            // Whoever may make it may change it, too.
            refused
                .iter()
                .all(|pred| !space.can_be(&told.case, route.entity, pred))
        });
        let twice = scenes.find_map(|(_, scene)| {
            self.attempt(|changes, imports| changes.put_twice(imports, route, &scene))
        })?;
        let get = self.beside(route, Operation::Get);
        let is_read = get.is_some_and(|get| get.path.same_shape(&route.path));
        let path = twice.path;
        let name = format!("test_{}_makes_and_changes", function_of(route));
        self.test(&name, |block| {
            block.statement("caller = ", &twice.caller, "");
            for (status, (sent, shown), head) in [
                (made.status, twice.first, ""),
                (route.success.status, twice.second, "made | "),
            ] {
                let body = bound(block, "body", &sent).flat();
                block.line(&format!("answer = caller.put({path}, {body})"));
                block.line(&format!("assert answer.status_code == {status}, answer.text"));
                let wanted = bound(block, "wanted", &shown).flat();
                let wanted = format!("{head}{wanted}");
                let wanted = wanted.trim_end_matches(" | {}");
                block.line(&format!("assert answer.json() == {wanted}"));
                if head.is_empty() {
                    block.line("made = answer.json()");
                }
            }
            if is_read {
                block.line(&format!("assert caller.get({path}).json() == answer.json()"));
            }
        });
        Some(())
    }

    fn put_twice(&self, imports: &mut Imports, route: &'m Route, scene: &Scene<'_, 'm>) -> Option<Twice> {
        let entity = &self.cx.model.design.entities[route.entity];
        let access = self.cx.model.access.of(route.entity);
        let rules = access.update.required(&route.writes).into_iter();
        let rules = rules
            .chain(access.create.required(&route.writes))
            .chain([&access.read]);
        let bound = sent::bound(self.cx, route.entity, rules);
        let (mut first, mut second) = (Sent::default(), Sent::default());
        for field in &route.writes {
            let declared = &entity.fields[*field];
            let value = match scene.sent(*field) {
                Some(value) => value.clone(),
                None => Value::plain(samples::sent(self.cx, &declared.ty)?),
            };
            let value = Written {
                shown: shown(self.cx, &declared.ty, &value),
                sent: value,
            };
            let is_free = !bound.contains(field) && entity.states_of(*field).is_none();
            let changed = other(
                self.cx,
                &declared.ty,
                possible(self.cx, (route.entity, *field)),
                &[&value.shown],
            );
            let changed = changed.filter(|_| is_free).unwrap_or_else(|| value.clone());
            first.add(self.cx, (route.entity, *field), value);
            second.add(self.cx, (route.entity, *field), changed);
        }
        let named = route.path.parts.iter().find_map(|part| match part {
            PathPart::Key { field, .. } => Some(*field),
            PathPart::Literal(_) | PathPart::Caller { .. } | PathPart::Parent(_) => None,
        });
        let (mut whole, mut changed) = (Vec::new(), Vec::new());
        for (name, field) in self.members(route)? {
            let ty = &entity.fields[field].ty;
            let guard = access.guard(field);
            let value = match first.wrote.get(&field) {
                _ if guard.is_some() => values::anything(),
                Some(value) => value.clone(),
                None if named == Some(field) => shown(self.cx, ty, scene.sent(field)?),
                None => self.unsaid(route, scene, field)?,
            };
            let other = match second.wrote.get(&field) {
                _ if guard.is_some() => Some(values::anything()),
                None if entity.fields[field].touch => Some(values::set()),
                other => other.cloned(),
            };
            changed.extend(other.map(|other| (name.clone(), other)));
            whole.push((name, value));
        }
        Some(Twice {
            caller: self.caller(scene, imports),
            path: placed(imports, scene.path_of(route)?),
            first: (first.body(imports), values::dict(imports, &whole)),
            second: (second.body(imports), values::dict(imports, &changed)),
        })
    }

    /// What must not be so for a row to be read and replaced.
    fn refused(&self, route: &Route) -> Vec<Pred> {
        let access = self.cx.model.access.of(route.entity);
        let rules = access.update.required(&route.writes).into_iter().cloned();
        rules
            .chain([access.read.clone()])
            .map(|pred| pred.on_this_row().negate())
            .collect()
    }
}
