//! Predicates as SQL.
//!
//! SQL's logic has the same three values as the predicates', so the tree is written as it stands. What a
//! predicate promises never to be unknown must not be so under a negation either: there it is closed with
//! `coalesce`. Identifiers are quoted; what a request brings is a parameter.

use groma_ir::Id;
use groma_ir::access::{Atom, Pred};
use groma_ir::design::{Assign, Compare, EntityId, FieldId, Path, Row, Term, Type, Value as Literal};
use groma_ir::scalar::{Scalar, Text};
use groma_plan::{Value, literal_of};

use crate::write::{Slot, Writer};

/// What stands for a field of a row after a change.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Source {
    /// A parameter.
    Slot(Slot),
    /// A literal of the design.
    Literal(Value),
    /// What an action assigns, over the row before.
    Assign(Assign),
}

/// The fields that a change writes, and what it puts there; the others keep what they hold.
#[derive(Clone, PartialEq, Default, Debug)]
pub(crate) struct After {
    pub(crate) sources: Vec<(FieldId, Source)>,
}

impl After {
    pub(crate) fn get(&self, field: FieldId) -> Option<&Source> {
        self.sources
            .iter()
            .find(|(id, _)| *id == field)
            .map(|(_, source)| source)
    }
}

/// The row that a predicate is about.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'s> {
    pub(crate) entity: EntityId,
    /// The name of its table in the statement; empty where there is but one.
    pub(crate) alias: &'s str,
    /// The row after the change, where there is one.
    pub(crate) after: Option<&'s After>,
    /// Whether `This` is the row after the change.
    pub(crate) this_is_after: bool,
    /// Whether an `Exists` may lead the search for rows (`IN`), not only check one (`EXISTS`).
    pub(crate) leads: bool,
}

impl<'s> Scope<'s> {
    pub(crate) fn row(entity: EntityId, alias: &'s str) -> Self {
        Self {
            entity,
            alias,
            after: None,
            this_is_after: false,
            leads: false,
        }
    }

    pub(crate) fn before(entity: EntityId, alias: &'s str, after: &'s After) -> Self {
        Self {
            after: Some(after),
            ..Self::row(entity, alias)
        }
    }

    pub(crate) fn after(entity: EntityId, alias: &'s str, after: &'s After) -> Self {
        Self {
            after: Some(after),
            this_is_after: true,
            ..Self::row(entity, alias)
        }
    }

    #[must_use]
    pub(crate) fn leading(self) -> Self {
        Self { leads: true, ..self }
    }

    fn source(&self, row: Row, field: FieldId) -> Option<&'s Source> {
        match row {
            Row::This if !self.this_is_after => None,
            Row::This | Row::New => self.after?.get(field),
        }
    }
}

/// Whether the tree stands under a negation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    Plain,
    Negated,
}

impl Writer<'_> {
    /// Writes a predicate.
    pub(crate) fn pred(&mut self, pred: &Pred, scope: Scope<'_>) {
        self.tree(pred, scope, Sign::Plain);
    }

    /// Writes a predicate that is true or false, never unknown.
    pub(crate) fn known(&mut self, pred: &Pred, scope: Scope<'_>) {
        self.push("coalesce(");
        self.tree(pred, scope, Sign::Plain);
        self.push(", FALSE)");
    }

    fn tree(&mut self, pred: &Pred, scope: Scope<'_>, sign: Sign) {
        match pred {
            Pred::All(preds) => self.joined(preds, " AND ", "TRUE", scope, sign),
            Pred::Any(preds) => self.joined(preds, " OR ", "FALSE", scope, sign),
            Pred::Not(pred) => {
                // An `IN` is unknown where an `EXISTS` is false: under a negation only the latter will do.
                let inner = Scope {
                    leads: false,
                    ..scope
                };
                let is_closed = match pred.as_ref() {
                    Pred::All(_) | Pred::Any(_) | Pred::Atom(Atom::Exists { .. }) => true,
                    Pred::Not(_) | Pred::Atom(_) => false,
                };
                self.push(if is_closed { "NOT " } else { "NOT (" });
                self.tree(pred, inner, Sign::Negated);
                self.push(if is_closed { "" } else { ")" });
            }
            Pred::Atom(atom) => self.atom(atom, scope, sign),
        }
    }

    fn joined(&mut self, preds: &[Pred], joint: &str, none: &str, scope: Scope<'_>, sign: Sign) {
        if preds.is_empty() {
            self.push(none);
            return;
        }
        self.push("(");
        for (index, pred) in preds.iter().enumerate() {
            if index > 0 {
                self.push(joint);
            }
            self.tree(pred, scope, sign);
        }
        self.push(")");
    }

    fn atom(&mut self, atom: &Atom, scope: Scope<'_>, sign: Sign) {
        match atom {
            // Decided before a statement is written; what is left holds for nobody.
            Atom::Authenticated | Atom::Role(_) => self.push("FALSE"),
            Atom::IsCaller { path, .. } => self.is_caller(path, scope, sign),
            Atom::Exists {
                path, target, pred, ..
            } => self.exists(path, *target, pred, scope),
            Atom::Compare { op, left, right } => self.compare(*op, left, right, scope),
            Atom::IsNone(term) => {
                self.term(term, None, scope);
                self.push(" IS NULL");
            }
            Atom::In { term, set } => self.is_in(term, set, scope),
            Atom::IsTrue { row, field } => {
                self.field(*row, *field, scope);
                self.push(" = TRUE");
            }
            Atom::ClaimIsTrue(claim) => {
                self.push_parameter(Slot::Claim(claim.index()));
                self.push(" = TRUE");
            }
        }
    }

    fn is_caller(&mut self, path: &Path, scope: Scope<'_>, sign: Sign) {
        match path.steps.as_slice() {
            [only] => {
                self.push(if sign == Sign::Negated { "coalesce(" } else { "" });
                self.field(path.row, *only, scope);
                self.push(" = ");
                self.push_parameter(Slot::Caller);
                self.push(if sign == Sign::Negated { ", FALSE)" } else { "" });
            }
            [way @ .., last] => {
                let last = *last;
                self.reached(path.row, way, scope, |writer, entity, alias| {
                    let column = writer.column(entity, alias, last);
                    writer.push(&column);
                    writer.push(" = ");
                    writer.push_parameter(Slot::Caller);
                });
            }
            [] => self.push("FALSE"),
        }
    }

    fn exists(&mut self, path: &Path, target: EntityId, pred: &Pred, scope: Scope<'_>) {
        self.reached(path.row, &path.steps, scope, |writer, entity, alias| {
            debug_assert_eq!(entity, target, "the path ends at its target");
            let inner = Scope {
                leads: scope.leads,
                ..Scope::row(entity, alias)
            };
            writer.pred(pred, inner);
        });
    }

    /// Writes that the row at the end of a chain of references exists and meets a condition of its own.
    fn reached(
        &mut self,
        row: Row,
        way: &[FieldId],
        scope: Scope<'_>,
        condition: impl FnOnce(&mut Self, EntityId, &str),
    ) {
        let Some(chain) = self.chain(scope.entity, way) else {
            self.push("FALSE");
            return;
        };
        let (Some((first, rest)), Some(start)) = (chain.split_first(), way.first()) else {
            self.push("FALSE");
            return;
        };
        let alias = self.alias();
        let key = self.column(*first, &alias, self.cx.model.tables.of(*first).key);
        // Only a stored reference can lead: a value that is not stored has no index.
        let leads = scope.leads && scope.source(row, *start).is_none();
        if leads {
            self.field(row, *start, scope);
            self.push(&format!(
                " IN (SELECT {key} FROM {} AS {alias}",
                self.table(*first)
            ));
        } else {
            self.push(&format!(
                "EXISTS (SELECT 1 FROM {} AS {alias}",
                self.table(*first)
            ));
        }
        let mut last = (*first, alias);
        for (entity, field) in rest.iter().zip(way.iter().skip(1)) {
            last = self.join(last, *field, *entity);
        }
        self.push(" WHERE ");
        if !leads {
            self.push(&key);
            self.push(" = ");
            self.field(row, *start, scope);
            self.push(" AND ");
        }
        condition(self, last.0, &last.1);
        self.push(")");
    }

    fn join(
        &mut self,
        (from, from_alias): (EntityId, String),
        field: FieldId,
        to: EntityId,
    ) -> (EntityId, String) {
        let alias = self.alias();
        let table = self.table(to);
        let key = self.column(to, &alias, self.cx.model.tables.of(to).key);
        let reference = self.column(from, &from_alias, field);
        self.push(&format!(" JOIN {table} AS {alias} ON {key} = {reference}"));
        (to, alias)
    }

    /// The entities along a chain of references; nothing when a table on the way is not there.
    pub(crate) fn chain(&self, entity: EntityId, way: &[FieldId]) -> Option<Vec<EntityId>> {
        let mut entities = Vec::with_capacity(way.len());
        let mut at = entity;
        for field in way {
            at = self.cx.model.design.entities[at].fields[*field].ty.target()?;
            if !self.cx.presence.has(self.cx.model, at) {
                return None;
            }
            entities.push(at);
        }
        Some(entities)
    }

    fn compare(&mut self, op: Compare, left: &Term, right: &Term, scope: Scope<'_>) {
        let ty = self
            .type_of(left, scope.entity)
            .or_else(|| self.type_of(right, scope.entity));
        let ranked = match (&ty, op) {
            (Some(Type::Enum(of)), Compare::Lt | Compare::Le | Compare::Gt | Compare::Ge) => Some(*of),
            _ => None,
        };
        for (side, joint) in [(left, operator(op)), (right, "")] {
            match ranked {
                Some(of) => {
                    self.push("CASE ");
                    self.term(side, ty.as_ref(), scope);
                    self.push(&self.ranks(of));
                    self.push(" END");
                }
                None => self.term(side, ty.as_ref(), scope),
            }
            self.push(joint);
        }
    }

    /// ` WHEN 'high' THEN 0 WHEN 'low' THEN 1`: the order in which an enum is declared.
    pub(crate) fn ranks(&self, of: groma_ir::design::EnumId) -> String {
        let variants = self.cx.model.design.enums[of].variants.iter().enumerate();
        let ranks = variants.map(|(rank, variant)| {
            let name = self.cx.dialect.literal(&Value::Text(variant.name.clone()));
            format!(" WHEN {name} THEN {rank}")
        });
        ranks.collect()
    }

    fn is_in(&mut self, term: &Term, set: &[Term], scope: Scope<'_>) {
        let ty = self.type_of(term, scope.entity);
        if set.is_empty() {
            self.push("FALSE");
            return;
        }
        self.term(term, ty.as_ref(), scope);
        self.push(" IN (");
        for (index, value) in set.iter().enumerate() {
            if index > 0 {
                self.push(", ");
            }
            self.term(value, ty.as_ref(), scope);
        }
        self.push(")");
    }

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

    fn literal(&self, literal: &Literal, beside: Option<&Type>) -> Value {
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
        match source {
            Source::Slot(slot) => self.push_parameter(slot.clone()),
            Source::Literal(value) => {
                let text = self.cx.dialect.literal(value);
                self.push(&text);
            }
            // An assignment is over the row before.
            Source::Assign(assign) => {
                let before = Scope::row(scope.entity, scope.alias);
                match assign {
                    Assign::Term(term) => {
                        let ty = self.cx.model.design.entities[scope.entity].fields[field]
                            .ty
                            .clone();
                        self.term(term, Some(&ty), before);
                    }
                    Assign::Not(of) => {
                        self.push("NOT ");
                        self.field(Row::This, *of, before);
                    }
                }
            }
        }
    }

    fn type_of(&self, term: &Term, entity: EntityId) -> Option<Type> {
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

fn operator(op: Compare) -> &'static str {
    match op {
        Compare::Eq => " = ",
        Compare::Ne => " <> ",
        Compare::Lt => " < ",
        Compare::Le => " <= ",
        Compare::Gt => " > ",
        Compare::Ge => " >= ",
    }
}
