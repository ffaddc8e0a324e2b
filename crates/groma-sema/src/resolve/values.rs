//! Values that are given in the text: defaults, and what hangs on their types.

use groma_diag::{Diagnostic, Edit, Span};
use groma_ir::design::{Default, EnumId, Type, Value};
use groma_ir::scalar::Scalar;
use groma_syntax::ast::{self, AstNode, DateKind, Sign};

use super::breaks::breaks;
use super::literals::{Literal, describe};
use super::slips::{Slip, Trust, Where};
use super::{Resolver, kind_name};
use crate::rules::{bad_default, no_auth};

/// Nobody means a time further away than this many seconds: a hundred years.
const FARTHEST: i64 = 100 * 366 * 86_400;

impl Resolver<'_> {
    /// The default of a field or input; `None` if there is none, or if it is broken and reported.
    pub(super) fn default(
        &mut self,
        ast: &ast::Default,
        ty: &Type,
        optional: bool,
        subject: &str,
    ) -> Option<Default> {
        let term = ast.term()?;
        self.default_term(&term, ty, optional, subject)
    }

    fn default_term(
        &mut self,
        term: &ast::Term,
        ty: &Type,
        optional: bool,
        subject: &str,
    ) -> Option<Default> {
        match term {
            ast::Term::Hole(hole) => {
                let inner = hole.term();
                let provisional = inner.as_ref().map(|inner| inner.source().trim().to_owned());
                self.hole(format!("{subject}.default"), provisional, hole);
                self.default_term(&inner?, ty, optional, subject)
            }
            ast::Term::None(_) if optional => None,
            ast::Term::Caller(_) => self.default_caller(term.span(), ty),
            ast::Term::Now(_) | ast::Term::Arithmetic(_) => self.default_now(term, ty),
            _ => self.default_literal(term, ty).map(Default::Value),
        }
    }

    fn default_caller(&mut self, span: Span, ty: &Type) -> Option<Default> {
        let Some(auth) = &self.design.auth else {
            self.no_auth(span, "the default `caller`");
            return None;
        };
        if *ty == Type::Reference(auth.caller) {
            return Some(Default::Caller);
        }
        let caller = self.design.entities[auth.caller].name.clone();
        self.report(bad_default::caller(span, &kind_name(&self.design, ty), &caller));
        None
    }

    fn default_now(&mut self, term: &ast::Term, ty: &Type) -> Option<Default> {
        match (now(term), ty) {
            (Some(offset), Type::Scalar(Scalar::DateTime)) => Some(Default::Now { offset }),
            (Some(_), _) => {
                let wanted = kind_name(&self.design, ty);
                self.report(bad_default::type_of(term.span(), "a datetime", &wanted));
                None
            }
            (None, _) => {
                self.unsupported(
                    term.span(),
                    "arithmetic other than `now` plus or minus a duration",
                );
                None
            }
        }
    }

    /// A literal of exactly this type and within its bounds.
    pub(super) fn default_literal(&mut self, term: &ast::Term, ty: &Type) -> Option<Value> {
        match (self.literal(term, ty), term, ty) {
            (Literal::Value(value), ..) => match breaks(ty, &value) {
                None => Some(value),
                Some(why) => {
                    self.report(bad_default::bounds(term.span(), term.source().trim(), &why));
                    None
                }
            },
            (_, ast::Term::Path(path), Type::Enum(of)) => {
                self.unknown_variant(*of, path.span(), &path.text());
                None
            }
            (_, ast::Term::Object(_) | ast::Term::List(_), Type::Scalar(Scalar::Json)) => {
                self.unsupported(term.span(), "a JSON object or list as a default");
                None
            }
            _ => {
                let wanted = kind_name(&self.design, ty);
                let found = match ty {
                    Type::Reference(_) => bad_default::of_reference(term.span(), describe(term), &wanted),
                    _ => bad_default::type_of(term.span(), describe(term), &wanted),
                };
                self.report(without_quotes(found, term, ty));
                None
            }
        }
    }

    /// Reports a name that should be a value of an enum.
    pub(super) fn unknown_variant(&mut self, of: EnumId, span: Span, text: &str) {
        let declared = &self.design.enums[of];
        let variants = declared.variants.iter().map(|variant| variant.name.as_str());
        let meant = self.guess(text, variants);
        let declared = meant
            .as_ref()
            .and_then(|meant| declared.variants.iter().find(|variant| variant.name == *meant))
            .map(|variant| variant.origin);
        self.slip(Slip {
            name: text.to_owned(),
            span,
            wanted: "value",
            place: Where::Variants(of),
            meant: meant.map(|meant| (meant, declared)),
            trust: Trust::Near,
            note: None,
        });
    }

    /// Says once that the design needs to know its callers.
    pub(super) fn no_auth(&mut self, span: Span, what: &str) {
        if !self.said_no_auth {
            self.said_no_auth = true;
            self.report(no_auth::no_auth(span, what));
        }
    }
}

/// Offers a date in quotes without them, where a date is wanted.
pub(super) fn without_quotes(found: Diagnostic, term: &ast::Term, wanted: &Type) -> Diagnostic {
    let kind = match wanted {
        Type::Scalar(Scalar::Date) => DateKind::Date,
        Type::Scalar(Scalar::Time) => DateKind::Time,
        Type::Scalar(Scalar::DateTime) => DateKind::DateTime,
        _ => return found,
    };
    match term {
        ast::Term::String(text) if groma_syntax::is_temporal(&text.value(), kind) => {
            let edit = Edit::replace(term.span(), text.value());
            found.fix("take the quotes away", [edit])
        }
        _ => found,
    }
}

/// `now`, `now + 7d`, `now - 1h`: how many seconds from now.
pub(super) fn now(term: &ast::Term) -> Option<i64> {
    let parts = match term {
        ast::Term::Now(_) => return Some(0),
        ast::Term::Arithmetic(sum) => sum.parts(),
        _ => return None,
    };
    let mut offset: i64 = 0;
    for (at, (sign, part)) in parts.iter().enumerate() {
        match part {
            ast::Term::Now(_) if at == 0 => {}
            ast::Term::Duration(duration) if at > 0 => {
                let seconds = i64::try_from(duration.seconds()?).ok()?;
                offset = match sign {
                    Sign::Plus => offset.checked_add(seconds)?,
                    Sign::Minus => offset.checked_sub(seconds)?,
                };
            }
            _ => return None,
        }
    }
    (offset.abs() <= FARTHEST).then_some(offset)
}
