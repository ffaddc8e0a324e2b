//! Values in conditions: fields before and after a change, parameters, literals.

use groma_ir::Id;
use groma_ir::design::{Assign, EntityId, FieldId, Row, Term, Type, Value as Literal};
use groma_ir::scalar::{Scalar, Text};
use groma_plan::{Value, literal_of};

use super::{Scope, Source};
use crate::write::{Slot, Writer};

impl Writer<'_> {
    /// Writes a term; a literal is of the type of what it stands beside.
    pub(crate) fn term(&mut self, term: &Term, beside: Option<&Type>, scope: Scope<'_>) {
        match term {
            Term::Field { row, field } => self.field(*row, *field, scope),
            Term::Caller => self.push_parameter(Slot::Caller),
            Term::Claim(claim) => self.push_parameter(Slot::Claim(claim.index())),
            Term::Now { offset } => self.push_parameter(Slot::Now(*offset)),
            Term::Input(input) => self.push_parameter(Slot::Body(input.index())),
            Term::Value(literal) => {
                let text = self.cx.dialect.literal(&self.literal(literal, beside));
                self.push(&text);
            }
        }
    }

    pub(super) fn literal(&self, literal: &Literal, beside: Option<&Type>) -> Value {
        let text = Type::Scalar(Scalar::Text(Text::default()));
        literal_of(&self.cx.model.design, beside.unwrap_or(&text), literal)
    }

    /// Writes a field of a row: its column, or what a change puts there.
    pub(crate) fn field(&mut self, row: Row, field: FieldId, scope: Scope<'_>) {
        match scope.source(row, field) {
            None => {
                let column = self.column(scope.entity, scope.alias, field);
                self.push(&column);
            }
            Some(source) => self.source(field, source, scope),
        }
    }

    /// Writes what a change puts into a field.
    pub(crate) fn source(&mut self, field: FieldId, source: &Source, scope: Scope<'_>) {
        let ty = self.cx.model.design.entities[scope.entity].fields[field]
            .ty
            .clone();
        self.source_of(&ty, source, scope);
    }

    /// Writes what is put into a field of this type, of whichever entity.
    pub(crate) fn source_of(&mut self, ty: &Type, source: &Source, scope: Scope<'_>) {
        match source {
            Source::Slot(slot) => self.push_parameter(slot.clone()),
            Source::Literal(value) => {
                let text = self.cx.dialect.literal(value);
                self.push(&text);
            }
            Source::Parent(parents) => self.parent_key(parents),
            Source::OfParent(parents, field) => self.of_parent(parents, *field),
            // An assignment is over the row before.
            Source::Assign(assign) => {
                let before = Scope::row(scope.entity, scope.alias);
                match assign {
                    Assign::Term(term) => self.term(term, Some(ty), before),
                    Assign::Not(of) => {
                        self.push("NOT ");
                        self.field(Row::This, *of, before);
                    }
                }
            }
        }
    }

    pub(super) fn type_of(&self, term: &Term, entity: EntityId) -> Option<Type> {
        match term {
            Term::Field { field, .. } => {
                Some(self.cx.model.design.entities[entity].fields[*field].ty.clone())
            }
            Term::Caller => self.cx.model.design.caller_entity().map(Type::Reference),
            Term::Now { .. } => Some(Type::Scalar(Scalar::DateTime)),
            Term::Claim(_) | Term::Input(_) | Term::Value(_) => None,
        }
    }
}
