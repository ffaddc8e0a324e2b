//! Conditions: over stored fields, the caller, the clock and literals, each comparison between equal types.

use std::collections::{BTreeMap, BTreeSet};

use groma_diag::Span;
use groma_ir::design::{Compare, Cond, EntityId, InputId, Term, Type, Value};
use groma_ir::scalar::Scalar;
use groma_syntax::ast::{self, AstNode, Comparison};

use super::operands::Operand;
use super::{Resolver, kind_name};
use crate::rules::{empty_hole, idle_condition, type_mismatch};

/// What a condition may speak of beside the fields of the row.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// Nothing: it must hold at any time, whoever asks.
    Check,
    /// The caller and the clock.
    Row,
    /// The caller, the clock, and the row after the change.
    Change,
}

/// Where a condition stands.
pub(super) struct Place {
    /// Whose fields it sees.
    pub(super) entity: EntityId,
    /// What else it sees.
    pub(super) scope: Scope,
    /// Whether it may follow references to other rows, as rules may.
    pub(super) follows: bool,
    /// The clause, for messages: `` `check` ``.
    pub(super) clause: &'static str,
    /// The inputs of the action that it stands in.
    pub(super) inputs: BTreeMap<String, KnownInput>,
    /// Inputs that are broken: nothing more is said about them.
    pub(super) broken: BTreeSet<String>,
}

/// An input of an action, where its name is used.
#[derive(Clone)]
pub(super) struct KnownInput {
    /// Which one.
    pub(super) id: InputId,
    /// What it holds.
    pub(super) ty: Type,
    /// Whether it may be empty. One that has a default is not, unless its type says so.
    pub(super) optional: bool,
    /// Where it is declared.
    pub(super) origin: Span,
}

impl Place {
    /// A place in a rule, which may follow references.
    pub(super) fn rule(entity: EntityId, scope: Scope, clause: &'static str) -> Place {
        Place {
            follows: true,
            ..Place::stored(entity, scope, clause)
        }
    }

    /// A place without inputs.
    pub(super) fn stored(entity: EntityId, scope: Scope, clause: &'static str) -> Place {
        Place {
            entity,
            scope,
            follows: false,
            clause,
            inputs: BTreeMap::new(),
            broken: BTreeSet::new(),
        }
    }
}

impl Resolver<'_> {
    /// A condition; `None` if something in it is broken, and reported.
    pub(super) fn cond(&mut self, place: &Place, cond: &ast::Cond) -> Option<Cond> {
        match cond {
            ast::Cond::And(and) => self.conds(place, and.operands()).map(Cond::And),
            ast::Cond::Or(or) => self.conds(place, or.operands()).map(Cond::Or),
            ast::Cond::Not(not) => {
                let inner = self.cond(place, &not.operand()?)?;
                Some(Cond::Not(Box::new(inner)))
            }
            ast::Cond::Compare(compare) => self.compare(place, compare),
            ast::Cond::In(within) => self.within(place, within),
            ast::Cond::Term(term) => self.bare(place, term),
        }
    }

    fn conds(&mut self, place: &Place, all: impl Iterator<Item = ast::Cond>) -> Option<Vec<Cond>> {
        // All of them are looked at, so that every mistake is reported.
        let parts: Vec<Option<Cond>> = all.map(|part| self.cond(place, &part)).collect();
        parts.into_iter().collect()
    }

    fn compare(&mut self, place: &Place, ast: &ast::Compare) -> Option<Cond> {
        let left = self.plain_term(place, ast.left()?)?;
        let right = self.plain_term(place, ast.right()?)?;
        let op = operator(ast.comparison()?);
        match (&left, &right) {
            (ast::Term::None(_), ast::Term::None(_)) => {
                self.report(type_mismatch::literals(ast.span()));
                None
            }
            (_, ast::Term::None(_)) => self.compare_none(place, op, &left, right.span()),
            (ast::Term::None(_), _) => self.compare_none(place, op, &right, left.span()),
            _ => self.compare_terms(place, ast.span(), op, (&left, &right)),
        }
    }

    fn compare_none(&mut self, place: &Place, op: Compare, term: &ast::Term, none: Span) -> Option<Cond> {
        let operand = self.operand(place, term, None)?;
        if !matches!(op, Compare::Eq | Compare::Ne) {
            self.report(type_mismatch::none_is_not_ordered(none));
            return None;
        }
        if !operand.optional {
            let always = op == Compare::Ne;
            self.report(idle_condition::never_empty(
                term.span(),
                term.source().trim(),
                always,
            ));
        }
        let cond = Cond::Compare {
            op,
            left: operand.term.clone(),
            right: Term::Value(Value::None),
        };
        self.at(place, term.span(), &[&operand], cond)
    }

    fn compare_terms(
        &mut self,
        place: &Place,
        span: Span,
        op: Compare,
        (left, right): (&ast::Term, &ast::Term),
    ) -> Option<Cond> {
        let (left_type, right_type) = (self.peek(place, left), self.peek(place, right));
        if left_type.is_none() && right_type.is_none() && is_literal(left) && is_literal(right) {
            self.report(type_mismatch::literals(span));
            return None;
        }
        let a = self.operand(place, left, right_type.as_ref());
        if a.is_none() && right_type.is_none() && (is_name(right) || is_literal(right)) {
            // What a value means hangs on the name before it, which means nothing.
            return None;
        }
        let b = self.operand(place, right, left_type.as_ref().or(a.as_ref().map(|it| &it.ty)));
        let (a, b) = (a?, b?);
        if !self.can_compare(place, &a, &b) {
            let names = (kind_name(&self.design, &a.ty), kind_name(&self.design, &b.ty));
            self.report(type_mismatch::compared(
                span,
                (left.span(), &names.0),
                (right.span(), &names.1),
            ));
            return None;
        }
        if !matches!(op, Compare::Eq | Compare::Ne) && !is_ordered(&a.ty) {
            let name = kind_name(&self.design, &a.ty);
            self.report(type_mismatch::not_ordered(span, &name));
            return None;
        }
        self.settled(place, op, (&a, left.span()), (&b, right.span()));
        let cond = Cond::Compare {
            op,
            left: a.term.clone(),
            right: b.term.clone(),
        };
        self.at(place, span, &[&a, &b], cond)
    }

    /// Whether two operands are of one type, and of one that has equality.
    fn can_compare(&self, place: &Place, a: &Operand, b: &Operand) -> bool {
        let own_key = |key: &Operand, caller: &Operand| {
            let entity = key.way.as_ref().map_or(place.entity, |way| way.target);
            let is_key =
                matches!(key.term, Term::Field { field, .. } if field == self.design.entities[entity].key);
            is_key && caller.term == Term::Caller && self.design.caller_entity() == Some(entity)
        };
        same_kind(&a.ty, &b.ty) || own_key(a, b) || own_key(b, a)
    }

    fn within(&mut self, place: &Place, ast: &ast::In) -> Option<Cond> {
        let left = self.plain_term(place, ast.left()?)?;
        let right = ast.right()?;
        let operand = self.operand(place, &left, None);
        let ast::Term::List(list) = &right else {
            if self.peek(place, &right).is_some() {
                self.unsupported(
                    right.span(),
                    "`in` with anything but a list of values in parentheses",
                );
            } else if operand.is_some() {
                self.operand(place, &right, operand.as_ref().map(|it| &it.ty));
            }
            return None;
        };
        let operand = operand?;
        let mut set = Vec::new();
        let mut whole = true;
        for item in list.items() {
            match self.item(place, &item, (&operand, left.span())) {
                Some(item) => set.push(item),
                None => whole = false,
            }
        }
        if !whole {
            return None;
        }
        let cond = Cond::In {
            term: operand.term.clone(),
            set: set.iter().map(|item| item.term.clone()).collect(),
        };
        let operands: Vec<&Operand> = std::iter::once(&operand).chain(&set).collect();
        let found = self.at(place, ast.span(), &operands, cond)?;
        if ast.is_negated() {
            return Some(Cond::Not(Box::new(found)));
        }
        Some(found)
    }

    /// One value of the list behind `in`.
    fn item(&mut self, place: &Place, item: &ast::Term, (left, at): (&Operand, Span)) -> Option<Operand> {
        let right = self.operand(place, item, Some(&left.ty))?;
        if self.can_compare(place, left, &right) {
            self.settled(place, Compare::Eq, (left, at), (&right, item.span()));
            return Some(right);
        }
        let names = (
            kind_name(&self.design, &left.ty),
            kind_name(&self.design, &right.ty),
        );
        let found = type_mismatch::compared(item.span(), (item.span(), &names.1), (item.span(), &names.0));
        self.report(found);
        None
    }

    /// A term where a condition is wanted.
    fn bare(&mut self, place: &Place, term: &ast::Term) -> Option<Cond> {
        match term {
            ast::Term::Paren(paren) => self.cond(place, &paren.inner()?),
            ast::Term::Hole(hole) => {
                let Some(inner) = hole.cond() else {
                    self.report(empty_hole::empty_hole(hole.span(), "true"));
                    return None;
                };
                let subject = format!("{}.when", self.design.entities[place.entity].name);
                self.hole(subject, Some(inner.source().trim().to_owned()), hole);
                self.cond(place, &inner)
            }
            _ => {
                let wanted = Type::Scalar(Scalar::Bool);
                let operand = self.operand(place, term, Some(&wanted))?;
                if operand.ty == wanted {
                    let cond = Cond::Is(operand.term.clone());
                    return self.at(place, term.span(), &[&operand], cond);
                }
                let name = kind_name(&self.design, &operand.ty);
                self.report(type_mismatch::no_condition(
                    term.span(),
                    term.source().trim(),
                    &name,
                ));
                None
            }
        }
    }

    /// The term inside parentheses and holes.
    fn plain_term(&mut self, place: &Place, term: ast::Term) -> Option<ast::Term> {
        match &term {
            ast::Term::Paren(paren) => match paren.inner()? {
                ast::Cond::Term(inner) => self.plain_term(place, inner),
                other => {
                    self.report(type_mismatch::condition_as_value(other.span()));
                    None
                }
            },
            ast::Term::Hole(hole) => {
                let Some(inner) = hole.term() else {
                    self.report(empty_hole::empty_hole(hole.span(), "1"));
                    return None;
                };
                let subject = format!("{}.when", self.design.entities[place.entity].name);
                self.hole(subject, Some(inner.source().trim().to_owned()), hole);
                self.plain_term(place, inner)
            }
            _ => Some(term),
        }
    }
}

fn operator(comparison: Comparison) -> Compare {
    match comparison {
        Comparison::Equal => Compare::Eq,
        Comparison::NotEqual => Compare::Ne,
        Comparison::Less => Compare::Lt,
        Comparison::LessOrEqual => Compare::Le,
        Comparison::Greater => Compare::Gt,
        Comparison::GreaterOrEqual => Compare::Ge,
    }
}

fn is_literal(term: &ast::Term) -> bool {
    super::literals::is_plain(term)
}

/// Whether a term is one word.
fn is_name(term: &ast::Term) -> bool {
    matches!(term, ast::Term::Path(path) if path.single().is_some())
}

/// Whether values of the two types can be equal.
pub(super) fn same_kind(a: &Type, b: &Type) -> bool {
    match (a, b) {
        (Type::Scalar(a), Type::Scalar(b)) => same_scalar(a, b),
        (Type::Enum(a), Type::Enum(b)) => a == b,
        (Type::Reference(a), Type::Reference(b)) => a == b,
        (Type::Scalar(_) | Type::Enum(_) | Type::Reference(_) | Type::List(_), _) => false,
    }
}

fn same_scalar(a: &Scalar, b: &Scalar) -> bool {
    let is_text = |it: &Scalar| it.is_textual() || matches!(it, Scalar::Secret(_));
    match (a, b) {
        (Scalar::Json, _) | (_, Scalar::Json) => false,
        (Scalar::Decimal { scale: a, .. }, Scalar::Decimal { scale: b, .. }) => a == b,
        _ => is_text(a) && is_text(b) || std::mem::discriminant(a) == std::mem::discriminant(b),
    }
}

fn is_ordered(ty: &Type) -> bool {
    match ty {
        Type::Scalar(scalar) => scalar.is_ordered(),
        Type::Enum(_) | Type::Reference(_) | Type::List(_) => false,
    }
}
