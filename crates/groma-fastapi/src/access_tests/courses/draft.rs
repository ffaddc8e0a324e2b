//! A course under construction: the steps that a request goes through, one after the other.

use groma_access::{Course, Step, Want, ties_itself};
use groma_ir::access::{Atom, Pred};
use groma_ir::design::{EntityId, FieldId, Path, Row, Term};
use groma_ir::http::{Operation, Route};

use super::Ask;
use crate::cx::Cx;

/// How far references are followed to rows with checks.
const LONGEST: usize = 2;

/// A course under construction.
pub(crate) struct Draft<'w, 'm> {
    pub(crate) cx: &'w Cx<'m>,
    pub(crate) route: &'m Route,
    pub(crate) given: Vec<(Pred, Want)>,
    pub(crate) steps: Vec<Step>,
    pub(crate) statuses: Vec<u16>,
}

impl<'w, 'm> Draft<'w, 'm> {
    pub(crate) fn new(cx: &'w Cx<'m>, route: &'m Route) -> Self {
        let entity = &cx.model.design.entities[route.entity];
        let checks = entity.checks.iter().map(|check| Pred::from_cond(&check.cond));
        let mut given: Vec<(Pred, Want)> = checks.map(|check| (check, Want::NotFalse)).collect();
        if !route.public {
            given.push((Pred::Atom(Atom::Authenticated), Want::True));
        }
        if route.operation != Operation::Create {
            let ties = ties_itself(&cx.model.design, route.entity);
            given.extend(ties.into_iter().map(|tie| (tie, Want::NotFalse)));
        }
        let mut draft = Self {
            cx,
            route,
            given,
            steps: Vec::new(),
            statuses: Vec::new(),
        };
        draft.sound(&[], route.entity);
        draft
    }

    /// The rows that references lead to meet the checks of their own.
    fn sound(&mut self, way: &[FieldId], entity: EntityId) {
        if way.len() == LONGEST {
            return;
        }
        for (field, declared) in self.cx.model.design.entities[entity].fields.entries() {
            let target = declared
                .ty
                .target()
                .filter(|target| self.cx.is_there_in_tests(*target));
            let Some(target) = target else { continue };
            let steps: Vec<FieldId> = way.iter().copied().chain([field]).collect();
            for check in &self.cx.model.design.entities[target].checks {
                let broken = Pred::Atom(Atom::Exists {
                    entity: self.route.entity,
                    path: Path {
                        row: Row::This,
                        steps: steps.clone(),
                    },
                    target,
                    pred: Box::new(Pred::from_cond(&check.cond).negate()),
                });
                self.given.push((broken.negate(), Want::True));
            }
            self.sound(&steps, target);
        }
    }

    /// Something that is asked, of which each part is told elsewhere.
    pub(crate) fn ask(&mut self, pred: Pred, status: u16) {
        self.steps.push(Step {
            pred,
            after_too: false,
            in_parts: false,
        });
        self.statuses.push(status);
    }

    /// Something that is asked, of which each part is to be told.
    pub(crate) fn tell(&mut self, pred: Pred, status: u16) {
        self.ask(pred, status);
        if let Some(step) = self.steps.last_mut() {
            step.in_parts = true;
        }
    }

    /// The steps before the rule of an update, and the rule: the change itself must not break it.
    pub(crate) fn change(&mut self, rule: &Pred, writes: &[FieldId]) {
        self.references(Row::New, writes);
        self.parents();
        self.ask(self.read(), 404);
        self.ask(rule.clone(), 403);
        if let Some(step) = self.steps.last_mut() {
            step.after_too = true;
        }
    }

    pub(crate) fn read(&self) -> Pred {
        self.cx.model.access.of(self.route.entity).read.clone()
    }

    /// The row at the end of a way is there for the caller.
    pub(crate) fn readable(&self, row: Row, steps: Vec<FieldId>, target: EntityId) -> Pred {
        Pred::Atom(Atom::Exists {
            entity: self.route.entity,
            path: Path { row, steps },
            target,
            pred: Box::new(self.cx.model.access.of(target).read.clone()),
        })
    }

    /// What the path leads through is there for the caller.
    pub(crate) fn parents(&mut self) {
        let mut way = Vec::new();
        let mut all = Vec::new();
        for parent in self.route.path.parents().rev() {
            way.push(parent.field);
            all.push(self.readable(Row::This, way.clone(), parent.entity));
        }
        if !all.is_empty() {
            self.ask(Pred::All(all), 404);
        }
    }

    /// What a body refers to is there for the caller.
    pub(crate) fn references(&mut self, row: Row, writes: &[FieldId]) {
        let entity = &self.cx.model.design.entities[self.route.entity];
        for field in writes {
            let Some(target) = entity.fields[*field].ty.target() else {
                continue;
            };
            if !self.cx.is_there_in_tests(target) {
                continue;
            }
            let there = self.readable(row, vec![*field], target);
            let pred = if entity.fields[*field].optional {
                let empty = Atom::IsNone(Term::Field { row, field: *field });
                Pred::Any(vec![Pred::Atom(empty), there])
            } else {
                there
            };
            let status = self.cx.model.design.service.validation_status;
            self.ask(pred, status);
        }
    }

    /// The whole course of a request that writes these fields.
    pub(crate) fn finish(self, name: String, writes: Vec<FieldId>) -> Ask<'m> {
        let fields = self.cx.model.design.entities[self.route.entity].fields.ids();
        let kept: Vec<FieldId> = fields.filter(|field| !writes.contains(field)).collect();
        let is_new = self.route.operation == Operation::Create;
        Ask {
            course: Course {
                entity: self.route.entity,
                given: self.given,
                steps: self.steps,
                fixed: if is_new { kept.clone() } else { Vec::new() },
                kept,
            },
            route: self.route,
            name,
            statuses: self.statuses,
            writes,
            refuses: None,
        }
    }
}
