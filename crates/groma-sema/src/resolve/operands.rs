//! What stands on either side of a comparison, or right of the `=` of an assignment.

use groma_diag::Span;
use groma_ir::design::{ClaimType, FieldId, Row, Term, Type, Value};
use groma_ir::scalar::{Bounds, Scalar, Text};
use groma_syntax::ast::{self, AstNode};

use super::conds::{Place, Scope};
use super::literals::{Literal, is_plain};
use super::slips::{Slip, Trust, Where};
use super::values::{now, without_quotes};
use super::ways::Way;
use super::{MemberKind, Resolver, kind_name};
use crate::rules::{not_here, relation_in_condition, type_mismatch};

/// A value with its type.
pub(super) struct Operand {
    /// The value.
    pub(super) term: Term,
    /// Its type.
    pub(super) ty: Type,
    /// Whether it may be empty.
    pub(super) optional: bool,
    /// The other row that it stands in, if it does.
    pub(super) way: Option<Way>,
}

impl Operand {
    fn new(term: Term, ty: Type) -> Operand {
        Operand {
            term,
            ty,
            optional: false,
            way: None,
        }
    }
}

impl Resolver<'_> {
    /// The type of a term that has one by itself, without reporting anything.
    pub(super) fn peek(&self, place: &Place, term: &ast::Term) -> Option<Type> {
        match term {
            ast::Term::Path(path) => self.peek_path(place, path),
            ast::Term::Caller(_) => self.design.caller_entity().map(Type::Reference),
            ast::Term::Now(_) | ast::Term::Arithmetic(_) => now(term).map(|_| Type::Scalar(Scalar::DateTime)),
            _ => None,
        }
    }

    fn peek_path(&self, place: &Place, path: &ast::Path) -> Option<Type> {
        let names: Vec<String> = path.names().map(|name| name.text()).collect();
        match names.as_slice() {
            [name] => match place.inputs.get(name) {
                Some(input) => Some(input.ty.clone()),
                None => self.field_type(place, name),
            },
            [first, name] if first == "new" => self.field_type(place, name),
            [first, name] if first == "caller" && !self.broken_claims.contains(name) => {
                let auth = self.design.auth.as_ref()?;
                let claim = auth.claims.iter().find(|claim| claim.name == *name)?;
                Some(claim_type(claim.ty))
            }
            _ => {
                let (way, field) = self.far(place, path)?;
                Some(self.design.entities[way.target].fields[field].ty.clone())
            }
        }
    }

    fn field_type(&self, place: &Place, name: &str) -> Option<Type> {
        match self.member(place.entity, name)?.kind {
            MemberKind::Field(field) => Some(self.design.entities[place.entity].fields[field].ty.clone()),
            MemberKind::Inverse | MemberKind::Broken => None,
        }
    }

    /// A term as a value, where one of the type `expected` is wanted, if that is known.
    pub(super) fn operand(
        &mut self,
        place: &Place,
        term: &ast::Term,
        expected: Option<&Type>,
    ) -> Option<Operand> {
        match term {
            ast::Term::Path(path) => self.path_operand(place, path, expected),
            ast::Term::Caller(_) => self.caller_operand(place, term.span()),
            ast::Term::Now(_) | ast::Term::Arithmetic(_) => self.now_operand(place, term),
            ast::Term::Call(_) => {
                self.unsupported(term.span(), "a computed value such as `count(..)` in a condition");
                None
            }
            ast::Term::Hole(hole) => {
                let inner = hole.term()?;
                let subject = format!("{}.value", self.design.entities[place.entity].name);
                self.hole(subject, Some(inner.source().trim().to_owned()), hole);
                self.operand(place, &inner, expected)
            }
            _ => self.literal_operand(term, expected),
        }
    }

    fn literal_operand(&mut self, term: &ast::Term, expected: Option<&Type>) -> Option<Operand> {
        let natural = natural_type(term);
        let Some(ty) = expected.cloned().or(natural) else {
            let what = super::literals::describe(term);
            self.report(type_mismatch::no_value(term.span(), what));
            return None;
        };
        if let Literal::Value(value) = self.literal(term, &ty) {
            return Some(Operand::new(Term::Value(value), ty));
        }
        let wanted = kind_name(&self.design, &ty);
        let what = super::literals::describe(term);
        let found = type_mismatch::literal(term.span(), what, &wanted);
        self.report(without_quotes(found, term, &ty));
        None
    }

    fn caller_operand(&mut self, place: &Place, span: Span) -> Option<Operand> {
        if place.scope == Scope::Check {
            self.report(not_here::not_here(span, "caller", place.clause, not_here::ANYONE));
            return None;
        }
        let Some(caller) = self.design.caller_entity() else {
            self.no_auth(span, "`caller`");
            return None;
        };
        Some(Operand::new(Term::Caller, Type::Reference(caller)))
    }

    fn now_operand(&mut self, place: &Place, term: &ast::Term) -> Option<Operand> {
        let Some(offset) = now(term) else {
            self.unsupported(
                term.span(),
                "arithmetic other than `now` plus or minus a duration",
            );
            return None;
        };
        if place.scope == Scope::Check {
            self.report(not_here::not_here(
                term.span(),
                "now",
                place.clause,
                not_here::ANYTIME,
            ));
            return None;
        }
        Some(Operand::new(Term::Now { offset }, Type::Scalar(Scalar::DateTime)))
    }

    fn path_operand(&mut self, place: &Place, path: &ast::Path, expected: Option<&Type>) -> Option<Operand> {
        let names: Vec<ast::Name> = path.names().collect();
        match names.as_slice() {
            [name] => self.name_operand(place, path, &name.text(), expected),
            [first, rest @ ..] if first.is("new") => self.new_operand(place, path, rest),
            [first, name] if first.is("caller") => self.claim_operand(place, name),
            names @ [_, _, ..] => self.far_operand(place, path, (Row::This, names)),
            [] => None,
        }
    }

    fn name_operand(
        &mut self,
        place: &Place,
        path: &ast::Path,
        name: &str,
        expected: Option<&Type>,
    ) -> Option<Operand> {
        if let Some(Type::Enum(of)) = expected
            && let Some(variant) = self.variant(*of, name)
        {
            return Some(Operand::new(
                Term::Value(Value::Variant(*of, variant)),
                Type::Enum(*of),
            ));
        }
        if place.broken.contains(name) {
            return None;
        }
        if let Some(input) = place.inputs.get(name) {
            return Some(Operand {
                term: Term::Input(input.id),
                ty: input.ty.clone(),
                optional: input.optional,
                way: None,
            });
        }
        match (self.member(place.entity, name), expected) {
            (Some(member), _) => match member.kind {
                MemberKind::Field(field) => self.field_operand(place, Row::This, field),
                MemberKind::Broken => None,
                MemberKind::Inverse => {
                    self.report(relation_in_condition::relation_in_condition(path.span(), name));
                    None
                }
            },
            (None, Some(Type::Enum(of))) => {
                self.unknown_variant(*of, path.span(), name);
                None
            }
            (None, _) => {
                self.unknown_operand(place, path.span(), name);
                None
            }
        }
    }

    fn unknown_operand(&mut self, place: &Place, span: Span, name: &str) {
        let input = self.guess(name, place.inputs.keys().map(String::as_str));
        match input {
            Some(input) => {
                let declared = place.inputs.get(&input).map(|known| known.origin);
                self.slip(Slip {
                    name: name.to_owned(),
                    span,
                    wanted: "field or input",
                    place: Where::Members(place.entity),
                    meant: Some((input, declared)),
                    trust: Trust::Never,
                    note: None,
                });
            }
            None => self.unknown_member(place.entity, span, name, false),
        }
    }

    fn field_operand(&mut self, place: &Place, row: Row, field: FieldId) -> Option<Operand> {
        if self.is_broken(place.entity, field) {
            return None;
        }
        let declared = &self.design.entities[place.entity].fields[field];
        Some(Operand {
            term: Term::Field { row, field },
            ty: declared.ty.clone(),
            optional: declared.optional,
            way: None,
        })
    }

    /// `new.x`, the names behind `new`.
    fn new_operand(&mut self, place: &Place, path: &ast::Path, names: &[ast::Name]) -> Option<Operand> {
        if place.scope != Scope::Change {
            self.report(not_here::not_here(
                path.span(),
                "new",
                place.clause,
                not_here::NO_CHANGE,
            ));
            return None;
        }
        let (name, more) = names.split_first()?;
        let text = name.text();
        match self.member(place.entity, &text).map(|member| member.kind) {
            Some(MemberKind::Field(field)) if more.is_empty() => self.field_operand(place, Row::New, field),
            Some(MemberKind::Field(_)) => self.far_operand(place, path, (Row::New, names)),
            Some(MemberKind::Inverse) => {
                self.report(relation_in_condition::relation_in_condition(path.span(), &text));
                None
            }
            Some(MemberKind::Broken) => None,
            None => {
                self.unknown_member(place.entity, name.span(), &text, false);
                None
            }
        }
    }

    fn claim_operand(&mut self, place: &Place, name: &ast::Name) -> Option<Operand> {
        if place.scope == Scope::Check {
            self.report(not_here::not_here(
                name.span(),
                "caller",
                place.clause,
                not_here::ANYONE,
            ));
            return None;
        }
        let text = name.text();
        let Some(auth) = &self.design.auth else {
            self.no_auth(name.span(), "`caller`");
            return None;
        };
        if self.broken_claims.contains(&text) {
            return None;
        }
        let found = auth.claims.entries().find(|(_, claim)| claim.name == text);
        if let Some((id, claim)) = found {
            return Some(Operand {
                term: Term::Claim(id),
                ty: claim_type(claim.ty),
                optional: true,
                way: None,
            });
        }
        let names = auth.claims.iter().map(|claim| claim.name.as_str());
        let meant = self.guess(&text, names);
        let note = match text.as_str() {
            "id" | "sub" => String::from("the caller's own key is `caller`, without more"),
            "role" | "roles" => String::from("a role stands behind `to`: `allow read to admin`"),
            _ => format!("a claim is declared in `auth`: `claims {text}: text from claim {text}`"),
        };
        self.slip(Slip {
            name: text,
            span: name.span(),
            wanted: "claim",
            place: Where::Auth,
            meant: meant.map(|meant| (meant.clone(), self.claim_span(&meant))),
            trust: Trust::Never,
            note: Some(note),
        });
        None
    }

    /// Where a claim is named.
    fn claim_span(&self, name: &str) -> Option<Span> {
        let items = self.map.auth.as_ref()?.items();
        let claims = items.filter_map(|item| match item {
            ast::AuthItem::Claims(claims) => Some(claims),
            _ => None,
        });
        let mut names = claims.flat_map(|claims| claims.claims().filter_map(|claim| claim.name()));
        names.find(|known| known.is(name)).map(|known| known.span())
    }
}

fn claim_type(ty: ClaimType) -> Type {
    Type::Scalar(match ty {
        ClaimType::Bool => Scalar::Bool,
        ClaimType::Text => Scalar::Text(Text::default()),
        ClaimType::Int => Scalar::Int(Bounds::default()),
    })
}

/// The type of a literal that is compared with something of no known type.
fn natural_type(term: &ast::Term) -> Option<Type> {
    if !is_plain(term) {
        return None;
    }
    let scalar = match term {
        ast::Term::Number(number) if number.as_integer().is_some() => Scalar::Int(Bounds::default()),
        ast::Term::Number(_) => Scalar::Float(Bounds::default()),
        ast::Term::String(_) => Scalar::Text(Text::default()),
        ast::Term::Bool(_) => Scalar::Bool,
        _ => return None,
    };
    Some(Type::Scalar(scalar))
}
