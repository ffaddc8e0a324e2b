//! Conditions and terms in canonical form.

use super::Writer;
use crate::canonical::form;
use crate::design::{Action, Compare, Cond, EntityId, Row, Term};
use crate::words;

/// Conditions and terms may name an action's inputs.
pub(super) struct InAction<'a> {
    pub(super) writer: &'a Writer<'a>,
    pub(super) entity: EntityId,
    pub(super) action: Option<&'a Action>,
}

impl InAction<'_> {
    pub(super) fn cond(&self, cond: &Cond) -> form::Cond {
        match cond {
            Cond::And(parts) => form::Cond::And(parts.iter().map(|part| self.cond(part)).collect()),
            Cond::Or(parts) => form::Cond::Or(parts.iter().map(|part| self.cond(part)).collect()),
            Cond::Not(part) => form::Cond::Not(Box::new(self.cond(part))),
            Cond::Compare { op, left, right } => {
                form::Cond::Compare(operator(*op), self.term(left), self.term(right))
            }
            Cond::In { term, set } => form::Cond::In(
                self.term(term),
                set.iter().map(|value| self.term(value)).collect(),
            ),
            Cond::Is(term) => form::Cond::Is(self.term(term)),
            Cond::At {
                entity,
                path,
                target,
                cond,
            } => {
                let there = InAction {
                    writer: self.writer,
                    entity: *target,
                    action: self.action,
                };
                let path = words::path(self.writer.design, *entity, path);
                form::Cond::At(path, Box::new(there.cond(cond)))
            }
        }
    }

    pub(super) fn term(&self, term: &Term) -> form::Term {
        let design = self.writer.design;
        match term {
            Term::Field { row, field } => {
                let name = design.entities[self.entity].fields[*field].name.clone();
                match row {
                    Row::This => form::Term::Field(name),
                    Row::New => form::Term::NewField(name),
                }
            }
            Term::Caller => form::Term::Caller,
            Term::Claim(claim) => {
                let name = design.auth.as_ref().map(|auth| auth.claims[*claim].name.clone());
                form::Term::Claim(name.unwrap_or_default())
            }
            Term::Now { offset } => form::Term::Now(*offset),
            Term::Input(input) => {
                let name = self.action.map(|action| action.inputs[*input].name.clone());
                form::Term::Input(name.unwrap_or_default())
            }
            Term::Value(value) => form::Term::Value(self.writer.value(value)),
        }
    }
}

fn operator(of: Compare) -> &'static str {
    match of {
        Compare::Eq => "==",
        Compare::Ne => "!=",
        Compare::Lt => "<",
        Compare::Le => "<=",
        Compare::Gt => ">",
        Compare::Ge => ">=",
    }
}
