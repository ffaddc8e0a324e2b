//! Assignments of an action: `set done_at = now`.

use std::collections::BTreeMap;

use groma_diag::Span;
use groma_ir::design::{Assign, EntityId, FieldId, Row, Term, Type, Value};
use groma_ir::scalar::Scalar;
use groma_syntax::ast::{self, AstNode};

use super::conds::{Place, same_kind};
use super::literals::Literal;
use super::values::breaks;
use super::{Resolver, kind_name};
use crate::rules::{said_twice, set_field, type_mismatch};

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
            if let Some(assign) = self.assign(place, field, &value) {
                sets.push((field, assign));
            }
        }
        sets
    }

    fn may_set(&mut self, id: EntityId, field: FieldId, moved: Option<FieldId>, span: Span) -> bool {
        let entity = &self.design.entities[id];
        let name = &entity.fields[field].name;
        let found = if field == entity.key {
            set_field::key(span, name)
        } else if moved == Some(field) || entity.states_of(field).is_some() {
            set_field::state(span, name)
        } else {
            return true;
        };
        self.report(found);
        false
    }

    fn assign(&mut self, place: &Place, field: FieldId, value: &ast::Cond) -> Option<Assign> {
        match value {
            ast::Cond::Term(term) => self.assign_term(place, field, term),
            ast::Cond::Not(not) => self.toggle(place, field, &not.operand()?),
            other => {
                self.unsupported(other.span(), "a condition as the value of a field");
                None
            }
        }
    }

    /// `set done = not done`.
    fn toggle(&mut self, place: &Place, field: FieldId, operand: &ast::Cond) -> Option<Assign> {
        let wanted = Type::Scalar(Scalar::Bool);
        let ast::Cond::Term(term) = operand else {
            self.unsupported(operand.span(), "a condition as the value of a field");
            return None;
        };
        let found = self.operand(place, term, Some(&wanted))?;
        let target = &self.design.entities[place.entity].fields[field];
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

    fn assign_term(&mut self, place: &Place, field: FieldId, term: &ast::Term) -> Option<Assign> {
        let declared = &self.design.entities[place.entity].fields[field];
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
        if !fits(&ty, &operand.ty) {
            let is = kind_name(&self.design, &operand.ty);
            let wanted = kind_name(&self.design, &ty);
            self.report(type_mismatch::assigned(term.span(), &is, &name, &wanted));
            return None;
        }
        if operand.optional && !optional {
            self.report(type_mismatch::emptied(term.span(), &name));
            return None;
        }
        Some(Assign::Term(operand.term))
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

/// Whether a value of one type can be kept in a field of another.
fn fits(field: &Type, value: &Type) -> bool {
    match (field, value) {
        (Type::List(a), Type::List(b)) => same_kind(&a.item, &b.item),
        _ => same_kind(field, value),
    }
}
