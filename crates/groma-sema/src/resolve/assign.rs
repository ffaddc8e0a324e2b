//! Assignments of an action: `set done_at = now`.

use std::collections::BTreeMap;

use groma_diag::Span;
use groma_ir::design::{Assign, EntityId, FieldId, Misfit, Row, Term, Type, Value};
use groma_ir::scalar::Scalar;
use groma_syntax::ast::{self, AstNode};

use super::breaks::breaks;
use super::conds::Place;
use super::literals::{Literal, spelled};
use super::operands::Operand;
use super::{Resolver, kind_name};
use crate::rules::too_wide::{From, Typed, may_be_empty, too_wide};
use crate::rules::{empty_hole, said_twice, set_field, type_mismatch};

/// The field that gets a value, and the entity that has it.
type Target = (EntityId, FieldId);

impl Resolver<'_> {
    pub(super) fn sets(
        &mut self,
        place: &Place,
        all: &[ast::Assignment],
        moved: Option<FieldId>,
    ) -> Vec<(FieldId, Assign)> {
        let mut first: BTreeMap<FieldId, Span> = BTreeMap::new();
        let mut sets = Vec::new();
        for ast in all {
            let (Some(path), Some(value)) = (ast.path(), ast.value()) else {
                continue;
            };
            let Some(field) = self.field_path(place.entity, &path, "set") else {
                continue;
            };
            if let Some(earlier) = first.insert(field, path.span()) {
                let what = format!("`{}`", path.text());
                self.report(said_twice::said_twice(path.span(), earlier, &what));
                continue;
            }
            if !self.may_set(place.entity, field, moved, path.span()) {
                continue;
            }
            if let Some(assign) = self.assign(place, (place.entity, field), &value) {
                sets.push((field, assign));
            }
        }
        sets
    }

    fn may_set(&mut self, id: EntityId, field: FieldId, moved: Option<FieldId>, span: Span) -> bool {
        let entity = &self.design.entities[id];
        let name = &entity.fields[field].name;
        let found = if Some(field) == entity.fence {
            set_field::tenant(span, name)
        } else if field == entity.key {
            set_field::key(span, name)
        } else if moved == Some(field) || entity.states_of(field).is_some() {
            set_field::state(span, name)
        } else {
            return true;
        };
        self.report(found);
        false
    }

    pub(super) fn assign(&mut self, place: &Place, field: Target, value: &ast::Cond) -> Option<Assign> {
        match value {
            ast::Cond::Term(ast::Term::Paren(paren)) => self.assign(place, field, &paren.inner()?),
            ast::Cond::Term(ast::Term::Hole(hole)) => self.assign_hole(place, field, hole),
            ast::Cond::Term(term) => self.assign_term(place, field, term),
            ast::Cond::Not(not) => self.toggle(place, field, &not.operand()?),
            other => {
                self.unsupported(other.span(), "a condition as the value of a field");
                None
            }
        }
    }

    fn assign_hole(&mut self, place: &Place, field: Target, hole: &ast::Hole) -> Option<Assign> {
        let Some(inner) = hole.cond() else {
            self.report(empty_hole::empty_hole(hole.span(), "none"));
            return None;
        };
        let subject = format!("{}.value", self.design.entities[place.entity].name);
        self.hole(subject, Some(inner.source().trim().to_owned()), hole);
        self.assign(place, field, &inner)
    }

    /// `set done = not done`.
    fn toggle(&mut self, place: &Place, field: Target, operand: &ast::Cond) -> Option<Assign> {
        let wanted = Type::Scalar(Scalar::Bool);
        let ast::Cond::Term(term) = operand else {
            self.unsupported(operand.span(), "a condition as the value of a field");
            return None;
        };
        let found = self.operand(place, term, Some(&wanted))?;
        let target = &self.design.entities[field.0].fields[field.1];
        match found.term {
            Term::Field {
                row: Row::This,
                field: of,
            } if found.ty == wanted && target.ty == wanted => {
                if found.optional && !target.optional {
                    self.report(type_mismatch::emptied(term.span(), &target.name));
                }
                Some(Assign::Not(of))
            }
            _ if found.ty == wanted && target.ty == wanted => {
                self.unsupported(operand.span(), "`not` before anything but a field");
                None
            }
            _ => {
                let name = kind_name(
                    &self.design,
                    if target.ty == wanted { &found.ty } else { &wanted },
                );
                let wanted = kind_name(&self.design, &target.ty);
                self.report(type_mismatch::assigned(term.span(), &name, &target.name, &wanted));
                None
            }
        }
    }

    fn assign_term(&mut self, place: &Place, field: Target, term: &ast::Term) -> Option<Assign> {
        let declared = &self.design.entities[field.0].fields[field.1];
        let (name, ty, optional) = (declared.name.clone(), declared.ty.clone(), declared.optional);
        if matches!(term, ast::Term::None(_)) {
            if !optional {
                self.report(type_mismatch::emptied(term.span(), &name));
                return None;
            }
            return Some(Assign::Term(Term::Value(Value::None)));
        }
        if matches!(term, ast::Term::List(_)) || super::literals::is_plain(term) {
            return self.assign_literal(term, &name, &ty);
        }
        let operand = self.operand(place, term, Some(&ty))?;
        match operand.ty.fits_into(&ty) {
            Ok(()) if operand.optional && !optional => {
                self.not_held(place, field, (term.span(), &operand), None);
                None
            }
            Ok(()) => Some(Assign::Term(operand.term)),
            Err(Misfit::Kind) => {
                let is = kind_name(&self.design, &operand.ty);
                let wanted = kind_name(&self.design, &ty);
                self.report(type_mismatch::assigned(term.span(), &is, &name, &wanted));
                None
            }
            Err(misfit) => {
                self.not_held(place, field, (term.span(), &operand), Some(&misfit));
                None
            }
        }
    }

    /// Reports a value of the right kind that the field cannot hold: for its `misfit`, or because it may be empty.
    fn not_held(
        &mut self,
        place: &Place,
        (entity, field): Target,
        (span, value): (Span, &Operand),
        misfit: Option<&Misfit>,
    ) {
        let target = &self.design.entities[entity].fields[field];
        if self.is_shaky(super::slips::to_line_end(self.sources, target.origin)) {
            return;
        }
        let Some((from, name, declared)) = self.source_of(place, &value.term) else {
            self.report(type_mismatch::emptied(span, &target.name.clone()));
            return;
        };
        let spelled = |ty: &Type, optional: bool| spelled(&self.design, ty, optional);
        let source = Typed {
            name: &name,
            ty: &spelled(&value.ty, value.optional),
            declared,
            better: &spelled(&target.ty, value.optional && target.optional),
        };
        let target = Typed {
            name: &target.name,
            ty: &spelled(&target.ty, target.optional),
            declared: target.origin,
            better: &spelled(&value.ty, value.optional || target.optional),
        };
        self.report(match misfit {
            Some(misfit) => too_wide(span, (from, &source), &target, misfit),
            None => may_be_empty(span, (from, &source), &target),
        });
    }

    /// What a value is taken from: of which sort, its name, and where it is declared.
    fn source_of(&self, place: &Place, term: &Term) -> Option<(From, String, Span)> {
        match term {
            Term::Input(input) => {
                let mut inputs = place.inputs.iter();
                let (name, known) = inputs.find(|(_, known)| known.id == *input)?;
                Some((From::Input, name.clone(), known.origin))
            }
            Term::Field { field, .. } => {
                let declared = &self.design.entities[place.entity].fields[*field];
                Some((From::Field, declared.name.clone(), declared.origin))
            }
            Term::Claim(claim) => {
                let declared = &self.design.auth.as_ref()?.claims[*claim];
                Some((From::Claim, format!("caller.{}", declared.name), declared.origin))
            }
            Term::Caller | Term::Now { .. } | Term::Value(_) => None,
        }
    }

    fn assign_literal(&mut self, term: &ast::Term, name: &str, ty: &Type) -> Option<Assign> {
        if let Literal::Value(value) = self.literal(term, ty) {
            let Some(why) = breaks(ty, &value) else {
                return Some(Assign::Term(Term::Value(value)));
            };
            self.report(type_mismatch::out_of_bounds(term.span(), name, &why));
            return None;
        }
        let wanted = kind_name(&self.design, ty);
        let is = super::literals::describe(term);
        self.report(type_mismatch::literal_assigned(term.span(), is, name, &wanted));
        None
    }
}
