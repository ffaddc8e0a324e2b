//! The types of fields, inputs and claims.

use groma_diag::Span;
use groma_ir::design::{EntityId, ListType, Type};
use groma_ir::scalar::{Bounds, Scalar, Text};
use groma_syntax::ast::{self, AstNode};

use super::{Resolver, TopKind};
use crate::rules::reserved_name::TYPES;
use crate::rules::{bad_type, empty_hole};

/// What a type says about a member.
pub(super) enum TypeUse {
    /// Something stored.
    Stored { ty: Type, optional: bool },
    /// `[Task] via project`.
    Inverse { entity: EntityId, via: ast::Path },
    /// `[Task]` without saying by which reference.
    ListOfRows { entity: EntityId },
    /// Something that is broken, and reported.
    Broken,
}

/// Longer slugs than this have to be asked for.
const SLUG: (u32, u32) = (1, 100);
/// So many characters of six bits each cannot be guessed.
const SECRET: u32 = 43;

impl Resolver<'_> {
    /// A type; `subject` is what a `TBD` in it is about: `Task.due`.
    pub(super) fn ty(&mut self, ast: &ast::Type, subject: &str) -> TypeUse {
        if let Some(hole) = ast.hole() {
            let Some(inner) = hole.ty() else {
                self.report(empty_hole::empty_hole(hole.span(), "text(1..200)"));
                return TypeUse::Broken;
            };
            self.hole(
                format!("{subject}.type"),
                Some(inner.source().trim().to_owned()),
                &hole,
            );
            return match self.ty(&inner, subject) {
                TypeUse::Stored { ty, optional } => TypeUse::Stored {
                    ty,
                    optional: optional || ast.is_optional(),
                },
                other => other,
            };
        }
        if ast.is_list() {
            return self.list_type(ast, subject);
        }
        let Some(path) = ast.path() else {
            return TypeUse::Broken;
        };
        if let Some(via) = ast.via() {
            self.report(bad_type::via_without_list(via.span()));
            return TypeUse::Broken;
        }
        match self.named_type(ast, &path, subject) {
            Some(ty) => TypeUse::Stored {
                ty,
                optional: ast.is_optional(),
            },
            None => TypeUse::Broken,
        }
    }

    fn list_type(&mut self, ast: &ast::Type, subject: &str) -> TypeUse {
        let Some(element) = ast.element() else {
            return TypeUse::Broken;
        };
        let item = match self.ty(&element, subject) {
            TypeUse::Stored { ty, optional: false } => ty,
            TypeUse::Stored { optional: true, .. } => {
                self.report(bad_type::element(element.span(), "an item that may be empty"));
                return TypeUse::Broken;
            }
            TypeUse::Inverse { .. } | TypeUse::ListOfRows { .. } | TypeUse::Broken => return TypeUse::Broken,
        };
        match (&item, ast.via()) {
            (Type::Reference(entity), Some(via)) => {
                self.refuse_args(ast, "a list of rows");
                TypeUse::Inverse { entity: *entity, via }
            }
            (Type::Reference(entity), None) => TypeUse::ListOfRows { entity: *entity },
            (_, Some(via)) => {
                self.report(bad_type::via_without_list(via.span()));
                TypeUse::Broken
            }
            (Type::List(_), None) => {
                self.report(bad_type::element(element.span(), "a list"));
                TypeUse::Broken
            }
            (Type::Scalar(Scalar::Secret(_)), None) => {
                self.report(bad_type::element(element.span(), "a `secret`"));
                TypeUse::Broken
            }
            (Type::Scalar(_) | Type::Enum(_), None) => self.bounded_list(ast, item),
        }
    }

    fn bounded_list(&mut self, ast: &ast::Type, item: Type) -> TypeUse {
        let Some((min, max)) = self.bounds(ast, "a list") else {
            return TypeUse::Broken;
        };
        TypeUse::Stored {
            ty: Type::List(Box::new(ListType {
                item,
                min: min.unwrap_or(0),
                max,
            })),
            optional: ast.is_optional(),
        }
    }

    fn named_type(&mut self, ast: &ast::Type, path: &ast::Path, subject: &str) -> Option<Type> {
        let text = path.text();
        if TYPES.contains(&text.as_str()) {
            return self.scalar(ast, &text, subject).map(Type::Scalar);
        }
        match self.top.get(&text).map(|top| top.kind) {
            Some(TopKind::Enum(id)) => self.refuse_args(ast, "an enum").then_some(Type::Enum(id)),
            Some(TopKind::Entity(id)) => self
                .refuse_args(ast, "a reference")
                .then_some(Type::Reference(id)),
            None if let Some(levels) = self.levels_named(path) => {
                self.refuse_args(ast, "an enum").then_some(Type::Enum(levels))
            }
            None => {
                self.unknown_top(path.span(), &text, "type", true);
                None
            }
        }
    }

    /// The scalar of this name; `None` is one that is broken, and reported.
    fn scalar(&mut self, ast: &ast::Type, name: &str, subject: &str) -> Option<Scalar> {
        let plain = match name {
            "text" => {
                return self.bounds(ast, "`text`").map(|(min, max)| {
                    Scalar::Text(Text {
                        min: min.unwrap_or(0),
                        max,
                        trim: false,
                        pattern: None,
                    })
                });
            }
            "int" => return self.int_bounds(ast),
            "float" => return self.float_bounds(ast),
            "decimal" => return self.decimal(ast),
            "slug" => return self.slug(ast, subject),
            "secret" => return self.secret(ast, subject),
            "bool" => Scalar::Bool,
            "uuid" => Scalar::Uuid,
            "date" => Scalar::Date,
            "time" => Scalar::Time,
            "datetime" => Scalar::DateTime,
            "email" => Scalar::Email,
            "url" => Scalar::Url,
            _ => Scalar::Json,
        };
        self.refuse_args(ast, &format!("`{name}`")).then_some(plain)
    }

    /// Whether nothing stands in parentheses; reports it otherwise.
    fn refuse_args(&mut self, ast: &ast::Type, what: &str) -> bool {
        let Some(first) = ast.args().next() else {
            return true;
        };
        self.report(bad_type::arguments(first.span(), what, "nothing in parentheses"));
        false
    }

    /// `(1..200)` with whole, non-negative ends.
    fn bounds(&mut self, ast: &ast::Type, what: &str) -> Option<(Option<u32>, Option<u32>)> {
        let (min, max) = self.range(ast, what, "a range such as `(1..200)`", |term| {
            u32::try_from(integer(term)?).ok()
        })?;
        self.ordered(ast, min, max).then_some((min, max))
    }

    fn int_bounds(&mut self, ast: &ast::Type) -> Option<Scalar> {
        let (min, max) = self.range(ast, "`int`", "a range such as `(1..500)`", integer)?;
        self.ordered(ast, min, max)
            .then_some(Scalar::Int(Bounds { min, max }))
    }

    fn float_bounds(&mut self, ast: &ast::Type) -> Option<Scalar> {
        let (min, max) = self.range(ast, "`float`", "a range such as `(0..1.5)`", float)?;
        self.ordered(ast, min, max)
            .then_some(Scalar::Float(Bounds { min, max }))
    }

    /// The only argument as a range, each end read by `read`; no argument is a range without ends.
    fn range<N>(
        &mut self,
        ast: &ast::Type,
        what: &str,
        wanted: &str,
        read: impl Fn(&ast::Term) -> Option<N>,
    ) -> Option<(Option<N>, Option<N>)> {
        let mut args = ast.args();
        let (first, second) = (args.next(), args.next());
        let span = match (&first, &second) {
            (None, _) => return Some((None, None)),
            (Some(ast::TypeArg::Range(range)), None) => {
                let end =
                    |term: Option<ast::Term>| term.map(|term| read(&term).ok_or(term.span())).transpose();
                match (end(range.min()), end(range.max())) {
                    (Ok(min), Ok(max)) => return Some((min, max)),
                    (Err(span), _) | (_, Err(span)) => span,
                }
            }
            (Some(first), Some(second)) => first.span().cover(second.span()),
            (Some(ast::TypeArg::Term(term)), None) => {
                let found = bad_type::not_a_range(term.span(), what, wanted, integer(term).is_some());
                self.report(found);
                return None;
            }
        };
        self.report(bad_type::arguments(span, what, wanted));
        None
    }

    fn ordered<N: PartialOrd>(&mut self, ast: &ast::Type, min: Option<N>, max: Option<N>) -> bool {
        let (Some(min), Some(max)) = (min, max) else {
            return true;
        };
        let fits = min <= max;
        if !fits && let Some(arg) = ast.args().next() {
            self.report(bad_type::empty_range(arg.span()));
        }
        fits
    }

    fn decimal(&mut self, ast: &ast::Type) -> Option<Scalar> {
        let numbers: Vec<Option<i64>> = ast
            .args()
            .map(|arg| match arg {
                ast::TypeArg::Term(term) => integer(&term),
                ast::TypeArg::Range(_) => None,
            })
            .collect();
        if let [Some(precision @ 1..=18), Some(scale)] = numbers.as_slice()
            && (0..=*precision).contains(scale)
        {
            return Some(Scalar::Decimal {
                precision: u8::try_from(*precision).ok()?,
                scale: u8::try_from(*scale).ok()?,
            });
        }
        let wanted = "all digits, at most 18, and those after the point: `(10, 2)`";
        self.report(bad_type::arguments(args_span(ast), "`decimal`", wanted));
        None
    }

    fn slug(&mut self, ast: &ast::Type, subject: &str) -> Option<Scalar> {
        let (min, max) = self.bounds(ast, "`slug`")?;
        if min.is_none() && max.is_none() {
            let (min, max) = SLUG;
            let text = format!("A slug without bounds has {min} to {max} characters.");
            self.assume(format!("{subject}.bounds"), text, Some(ast.span()));
        }
        Some(Scalar::Slug {
            min: min.unwrap_or(SLUG.0).max(1),
            max: max.unwrap_or(SLUG.1.max(min.unwrap_or(0))),
        })
    }

    fn secret(&mut self, ast: &ast::Type, subject: &str) -> Option<Scalar> {
        let mut args = ast.args();
        let length = match (args.next(), args.next()) {
            (None, _) => {
                let text = format!("A secret without a length has {SECRET} characters.");
                self.assume(format!("{subject}.length"), text, Some(ast.span()));
                Some(SECRET)
            }
            (Some(ast::TypeArg::Term(term)), None) => {
                integer(&term).and_then(|length| u32::try_from(length).ok())
            }
            (Some(_), _) => None,
        };
        if let Some(length @ 16..=512) = length {
            return Some(Scalar::Secret(length));
        }
        let wanted = "a length from 16 to 512: `(32)`";
        self.report(bad_type::arguments(args_span(ast), "`secret`", wanted));
        None
    }
}

fn args_span(ast: &ast::Type) -> Span {
    let spans = ast.args().map(|arg| arg.span());
    spans.reduce(Span::cover).unwrap_or_else(|| ast.span())
}

/// A whole number, also a negative one.
pub(super) fn integer(term: &ast::Term) -> Option<i64> {
    match term {
        ast::Term::Number(number) => number.as_integer(),
        ast::Term::Negative(negative) => match negative.operand()? {
            ast::Term::Number(number) => format!("-{}", number.text().replace('_', "")).parse().ok(),
            _ => None,
        },
        _ => None,
    }
}

fn float(term: &ast::Term) -> Option<f64> {
    let (sign, number) = match term {
        ast::Term::Number(number) => ("", number.clone()),
        ast::Term::Negative(negative) => match negative.operand()? {
            ast::Term::Number(number) => ("-", number),
            _ => return None,
        },
        _ => return None,
    };
    let value: f64 = format!("{sign}{}", number.text().replace('_', "")).parse().ok()?;
    value.is_finite().then_some(value)
}
