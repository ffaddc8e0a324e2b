//! Predicates in normal form as expressions of `SQLAlchemy`.

use groma_ir::access::{Atom, Pred};
use groma_ir::design::{Compare, EntityId, FieldId, Row, Term, Type, Value};
use groma_ir::scalar::Scalar;

use super::helpers::Helpers;
use super::rules::Function;
use super::uses::{mirrored, row_of};
use crate::cx::Cx;
use crate::literals;
use crate::names;
use crate::python::{Block, Doc, Imports};

/// What the rows are called that a predicate is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Rows {
    pub(crate) entity: EntityId,
    /// The row as it is.
    pub(crate) this: String,
    /// The row as a change leaves it.
    pub(crate) new: String,
}

/// What an expression mentions.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Used {
    pub(crate) this: bool,
    pub(crate) new: bool,
    pub(crate) caller: bool,
}

/// Writes expressions about a row.
pub(crate) struct Writer<'w, 'm> {
    pub(crate) cx: &'w Cx<'m>,
    pub(crate) imports: &'w mut Imports,
    pub(crate) helpers: &'w mut Helpers,
    pub(crate) rows: Rows,
    pub(crate) used: Used,
    /// What the inputs of an action are called, where there are any.
    inputs: Vec<String>,
}

impl<'w, 'm> Writer<'w, 'm> {
    pub(crate) fn new(
        cx: &'w Cx<'m>,
        imports: &'w mut Imports,
        helpers: &'w mut Helpers,
        rows: Rows,
    ) -> Self {
        Self {
            cx,
            imports,
            helpers,
            rows,
            used: Used::default(),
            inputs: Vec::new(),
        }
    }

    /// With the inputs of an action.
    pub(crate) fn with_inputs(mut self, inputs: Vec<String>) -> Self {
        self.inputs = inputs;
        self
    }

    /// The class of an entity's rows.
    pub(crate) fn class(&mut self, entity: EntityId) -> String {
        let class = names::class(self.cx.model, entity);
        self.imports
            .name(&self.cx.package(entity).module("models"), &class);
        class
    }

    /// A predicate.
    pub(crate) fn pred(&mut self, pred: &Pred) -> Doc {
        match pred {
            Pred::All(parts) => self.joined("and_", "true", parts),
            Pred::Any(parts) => self.joined("or_", "false", parts),
            Pred::Not(part) => match &**part {
                Pred::Atom(atom) => self.not(atom),
                other => {
                    let inner = self.pred(other);
                    self.negated(inner)
                }
            },
            Pred::Atom(atom) => self.atom(atom),
        }
    }

    /// What another function says, and a predicate beside it.
    pub(super) fn upon(&mut self, body: &mut Block, base: &Function, pred: &Pred) {
        let mut rows = vec![self.row(Row::This)];
        if base.takes_new {
            rows.push(self.row(Row::New));
        }
        self.used.caller = true;
        rows.extend(self.cx.caller());
        let mut all = vec![Doc::call(base.name.as_str(), rows)];
        match pred {
            Pred::All(parts) => all.extend(parts.iter().map(|part| self.pred(part))),
            other => all.push(self.pred(other)),
        }
        if let [only] = all.as_slice() {
            body.statement("return ", only, "");
            return;
        }
        self.imports.name("sqlalchemy", "and_");
        body.statement("return ", &Doc::call("and_", all), "");
    }

    fn joined(&mut self, function: &str, none: &str, parts: &[Pred]) -> Doc {
        if parts.is_empty() {
            self.imports.name("sqlalchemy", none);
            return Doc::text(format!("{none}()"));
        }
        self.imports.name("sqlalchemy", function);
        let parts: Vec<Doc> = parts.iter().map(|part| self.pred(part)).collect();
        Doc::call(function, parts)
    }

    fn negated(&mut self, inner: Doc) -> Doc {
        self.imports.name("sqlalchemy", "not_");
        Doc::call("not_", [inner])
    }

    fn not(&mut self, atom: &Atom) -> Doc {
        match atom {
            Atom::IsNone(term) => self.method(term, "is_not(None)"),
            Atom::In { term, set } => self.is_in(term, set, "not_in"),
            Atom::IsTrue { row, field } => {
                let column = self.column(*row, *field);
                self.imports.name("sqlalchemy", "false");
                Doc::join([column, Doc::text(" == false()")])
            }
            Atom::ClaimIsTrue(claim) => self.truth(&format!("caller.{} is False", self.claim(*claim))),
            Atom::Role(role) => self.truth(&format!("{} not in caller.roles", self.role(*role))),
            // An empty reference is nobody, and so it is not the caller.
            Atom::IsCaller { path, .. } if path.steps.len() == 1 => {
                self.used.caller = true;
                match path.steps.first() {
                    Some(field) => {
                        let column = self.column(row_of(path), *field);
                        Doc::join([column, Doc::text(".is_distinct_from(caller.id)")])
                    }
                    None => Doc::text("true()"),
                }
            }
            Atom::Authenticated
            | Atom::IsCaller { .. }
            | Atom::Linked { .. }
            | Atom::Exists { .. }
            | Atom::Compare { .. } => {
                let inner = self.atom(atom);
                self.negated(inner)
            }
        }
    }

    fn atom(&mut self, atom: &Atom) -> Doc {
        match atom {
            // Who has none is told so before.
            Atom::Authenticated => self.joined("and_", "true", &[]),
            Atom::Role(role) => self.truth(&format!("{} in caller.roles", self.role(*role))),
            Atom::ClaimIsTrue(claim) => self.truth(&format!("caller.{} is True", self.claim(*claim))),
            Atom::IsCaller { path, .. } | Atom::Linked { path, .. } | Atom::Exists { path, .. } => {
                let (name, takes_caller) = self.helpers.name(self.cx, self.rows.entity, atom);
                let row = self.row(row_of(path));
                self.used.caller |= takes_caller;
                let caller = self.cx.caller().filter(|_| takes_caller);
                let levels = super::helpers::levels(self.cx, self.imports, atom);
                Doc::call(name, std::iter::once(row).chain(caller).chain(levels))
            }
            Atom::Compare { op, left, right } => self.compare(*op, left, right),
            Atom::IsNone(term) => self.method(term, "is_(None)"),
            Atom::In { term, set } => self.is_in(term, set, "in_"),
            Atom::IsTrue { row, field } => {
                let column = self.column(*row, *field);
                self.imports.name("sqlalchemy", "true");
                Doc::join([column, Doc::text(" == true()")])
            }
        }
    }

    /// What Python knows, where an expression is wanted.
    fn truth(&mut self, known: &str) -> Doc {
        self.used.caller = true;
        self.imports.name("sqlalchemy", "true");
        self.imports.name("sqlalchemy", "false");
        Doc::text(format!("true() if {known} else false()"))
    }

    pub(super) fn role(&self, role: groma_ir::design::RoleId) -> String {
        let auth = self.cx.model.design.auth.as_ref();
        crate::python::string(auth.map_or("", |auth| auth.roles[role].name.as_str()))
    }

    pub(super) fn claim(&self, claim: groma_ir::design::ClaimId) -> String {
        let auth = self.cx.model.design.auth.as_ref();
        names::claim(auth.map_or("", |auth| auth.claims[claim].name.as_str()))
    }

    fn row(&mut self, row: Row) -> Doc {
        match row {
            Row::This => self.used.this = true,
            Row::New => self.used.new = true,
        }
        if self.rows.this == self.rows.new {
            self.used.this = true;
        }
        Doc::text(match row {
            Row::This => &self.rows.this,
            Row::New => &self.rows.new,
        })
    }

    /// A column of a row: `column(task.due)`.
    pub(crate) fn column(&mut self, row: Row, field: FieldId) -> Doc {
        let attribute = names::field(self.cx.model, self.rows.entity, field);
        let row = self.row(row).flat();
        self.imports.name("app.core.db", "column");
        Doc::text(format!("column({row}.{attribute})"))
    }

    fn type_of(&self, term: &Term) -> Option<Type> {
        match term {
            Term::Field { field, .. } => Some(
                self.cx.model.design.entities[self.rows.entity].fields[*field]
                    .ty
                    .clone(),
            ),
            Term::Caller => self.cx.model.design.caller_entity().map(Type::Reference),
            Term::Now { .. } => Some(Type::Scalar(Scalar::DateTime)),
            Term::Claim(_) | Term::Input(_) | Term::Value(_) => None,
        }
    }

    /// A term beside another one of this type.
    pub(crate) fn term(&mut self, term: &Term, beside: Option<&Type>) -> Doc {
        match term {
            Term::Field { row, field } => self.column(*row, *field),
            Term::Caller => {
                self.used.caller = true;
                Doc::text("caller.id")
            }
            // An absent claim is unknown: `== None` would ask whether the other side is empty.
            Term::Claim(claim) => {
                self.used.caller = true;
                self.imports.name("sqlalchemy", "literal");
                Doc::text(format!("literal(caller.{})", self.claim(*claim)))
            }
            Term::Now { offset } => now(self.imports, *offset),
            Term::Input(input) => {
                let name = self.inputs.get(groma_ir::Id::index(*input));
                self.imports.name("sqlalchemy", "literal");
                Doc::text(format!("literal(body.{})", name.map_or("", String::as_str)))
            }
            Term::Value(value) => literals::literal(self.cx, self.imports, beside, value),
        }
    }

    /// A term as an expression, whatever stands beside it.
    fn expression(&mut self, term: &Term, beside: Option<&Type>) -> Doc {
        let written = self.term(term, beside);
        match term {
            Term::Field { .. } | Term::Claim(_) | Term::Input(_) => written,
            Term::Caller | Term::Now { .. } | Term::Value(_) => {
                self.imports.name("sqlalchemy", "literal");
                Doc::call("literal", [written])
            }
        }
    }

    fn method(&mut self, term: &Term, call: &str) -> Doc {
        let of = self.expression(term, None);
        Doc::join([of, Doc::text(format!(".{call}"))])
    }

    fn is_in(&mut self, term: &Term, set: &[Term], method: &str) -> Doc {
        let ty = self.type_of(term);
        let of = self.expression(term, ty.as_ref());
        let values: Vec<Doc> = set.iter().map(|value| self.term(value, ty.as_ref())).collect();
        Doc::join([of, Doc::call(format!(".{method}"), [Doc::tuple(values)])])
    }

    fn compare(&mut self, op: Compare, left: &Term, right: &Term) -> Doc {
        // A column stands on the left where there is one.
        if !matches!(left, Term::Field { .. }) && matches!(right, Term::Field { .. }) {
            return self.compare(mirrored(op), right, left);
        }
        let ty = self.type_of(left).or_else(|| self.type_of(right));
        let is_order = !matches!(op, Compare::Eq | Compare::Ne);
        let sides = match &ty {
            Some(Type::Enum(of)) if is_order => {
                let class = names::enumeration(self.cx.model, *of);
                if let Some(module) = self.cx.module_of_enum(*of) {
                    self.imports.name(&module, &class);
                }
                self.imports.name("app.core.db", "rank");
                [left, right].map(|side| {
                    let side = self.expression(side, ty.as_ref());
                    Doc::call("rank", [side, Doc::text(&class)])
                })
            }
            _ => [self.expression(left, ty.as_ref()), self.term(right, ty.as_ref())],
        };
        let [left, other] = sides;
        if let (Term::Value(Value::Bool(value)), false) = (right, is_order) {
            // That it is not so is the opposite, and unknown where the other side is.
            let name = if *value == (op == Compare::Eq) {
                "true"
            } else {
                "false"
            };
            let constant = self.imports.name("sqlalchemy", name);
            return Doc::join([left, Doc::text(format!(" == {constant}()"))]);
        }
        Doc::join([left, Doc::text(format!(" {} ", operator(op))), other])
    }
}

/// The time of the request, or so many seconds later.
pub(crate) fn now(imports: &mut Imports, offset: i64) -> Doc {
    imports.name("app.core.db", "now");
    if offset == 0 {
        return Doc::text("now()");
    }
    let sign = if offset < 0 { '-' } else { '+' };
    let span = timedelta(imports, offset.saturating_abs());
    Doc::text(format!("now() {sign} {span}"))
}

/// So many seconds, in the largest unit that they fill.
pub(crate) fn timedelta(imports: &mut Imports, seconds: i64) -> String {
    imports.name("datetime", "timedelta");
    let (count, unit) = match seconds {
        size if size % 86_400 == 0 => (size / 86_400, "days"),
        size if size % 3_600 == 0 => (size / 3_600, "hours"),
        size if size % 60 == 0 => (size / 60, "minutes"),
        size => (size, "seconds"),
    };
    format!("timedelta({unit}={count})")
}

fn operator(op: Compare) -> &'static str {
    match op {
        Compare::Eq => "==",
        Compare::Ne => "!=",
        Compare::Lt => "<",
        Compare::Le => "<=",
        Compare::Gt => ">",
        Compare::Ge => ">=",
    }
}
