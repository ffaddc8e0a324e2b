//! Predicates as SQL.
//!
//! SQL's logic has the same three values as the predicates', so the tree is written as it stands, in normal form.
//! What a predicate promises never to be unknown must not be so under a negation either. Identifiers are quoted;
//! what a request brings is a parameter.

mod settle;
mod term;
mod way;

use groma_ir::Id;
use groma_ir::access::{Atom, Pred};
use groma_ir::design::{Assign, Compare, EntityId, FieldId, Parent, RoleId, Row, Term, Type};
use groma_plan::Value;

use crate::schema::CALLER;
use crate::write::{Slot, Style, Writer};

/// What stands for a field of a row after a change.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Source {
    /// A parameter.
    Slot(Slot),
    /// A literal of the design.
    Literal(Value),
    /// What an action assigns, over the row before.
    Assign(Assign),
    /// The key of the row at the end of these, which the path names by other fields.
    Parent(Vec<Parent>),
    /// What the row at the end of these holds in a field: the tenant in which both stand.
    OfParent(Vec<Parent>, FieldId),
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

    pub(crate) fn source(&self, row: Row, field: FieldId) -> Option<&'s Source> {
        match row {
            Row::This if !self.this_is_after => None,
            Row::This | Row::New => self.after?.get(field),
        }
    }
}

impl Writer<'_> {
    /// Writes a predicate.
    pub(crate) fn pred(&mut self, pred: &Pred, scope: Scope<'_>) {
        self.tree(&pred.normal(), scope);
    }

    /// Writes a predicate that is true or false, never unknown.
    pub(crate) fn known(&mut self, pred: &Pred, scope: Scope<'_>) {
        self.push("coalesce(");
        self.pred(pred, scope);
        self.push(", FALSE)");
    }

    fn tree(&mut self, pred: &Pred, scope: Scope<'_>) {
        match pred {
            Pred::All(preds) => self.joined(preds, " AND ", "TRUE", scope),
            Pred::Any(preds) => self.joined(preds, " OR ", "FALSE", scope),
            Pred::Not(pred) => self.not(pred, scope),
            Pred::Atom(atom) => self.atom(atom, scope),
        }
    }

    fn not(&mut self, pred: &Pred, scope: Scope<'_>) {
        // An `IN` is unknown where an `EXISTS` is false: under a negation only the latter will do.
        let scope = Scope {
            leads: false,
            ..scope
        };
        match pred {
            Pred::Atom(Atom::IsNone(term)) => self.is_none(term, scope, false),
            Pred::Atom(Atom::In { term, set }) => self.is_in(term, set, scope, " NOT IN ("),
            Pred::Atom(Atom::IsTrue { row, field }) => {
                self.field(*row, *field, scope);
                self.push(" <> TRUE");
            }
            Pred::Atom(Atom::ClaimIsTrue(claim)) => {
                self.push_parameter(Slot::Claim(claim.index()));
                self.push(" <> TRUE");
            }
            // An empty reference is nobody, and so it is not the caller; and who is nobody is not whom it names.
            Pred::Atom(Atom::IsCaller { path, .. }) if path.steps.len() == 1 => {
                let may_be_nobody = matches!(self.cx.style, Style::Rule(_));
                self.push(if may_be_nobody { "(" } else { "" });
                self.is_caller(path, scope, " IS DISTINCT FROM ");
                if may_be_nobody {
                    self.push(" OR ");
                    self.push_parameter(Slot::Caller);
                    self.push(" IS NULL)");
                }
            }
            Pred::All(_) | Pred::Any(_) | Pred::Not(_) | Pred::Atom(_) => {
                self.push("NOT ");
                self.tree(pred, scope);
            }
        }
    }

    fn joined(&mut self, preds: &[Pred], joint: &str, none: &str, scope: Scope<'_>) {
        if preds.is_empty() {
            self.push(none);
            return;
        }
        self.push("(");
        for (index, pred) in preds.iter().enumerate() {
            if index > 0 {
                self.push(joint);
            }
            self.tree(pred, scope);
        }
        self.push(")");
    }

    fn atom(&mut self, atom: &Atom, scope: Scope<'_>) {
        match atom {
            Atom::Authenticated if matches!(self.cx.style, Style::Rule(_)) => {
                self.push_parameter(Slot::Caller);
                self.push(" IS NOT NULL");
            }
            Atom::Role(role) if matches!(self.cx.style, Style::Rule(_)) => self.has_role(*role),
            // Decided before a statement is written; what is left holds for nobody.
            Atom::Authenticated | Atom::Role(_) => self.push("FALSE"),
            Atom::IsCaller { path, .. } => self.is_caller(path, scope, " = "),
            Atom::Linked {
                path, link, least, ..
            } => self.linked(path, (*link, *least), scope),
            Atom::Exists {
                path, target, pred, ..
            } => self.exists(path, *target, pred, scope),
            Atom::Compare { op, left, right } => self.compare(*op, left, right, scope),
            Atom::IsNone(term) => self.is_none(term, scope, true),
            Atom::In { term, set } => self.is_in(term, set, scope, " IN ("),
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

    /// Writes that the caller has a role, where that is not known beforehand.
    fn has_role(&mut self, role: RoleId) {
        let auth = self.cx.model.design.auth.as_ref();
        let name = auth.map_or_else(String::new, |auth| auth.roles[role].name.clone());
        let name = self.cx.dialect.literal(&Value::Text(name));
        self.push(&format!(
            "coalesce(jsonb_exists({CALLER} -> 'roles', {name}), FALSE)"
        ));
    }

    fn is_none(&mut self, term: &Term, scope: Scope<'_>, is_empty: bool) {
        match term {
            Term::Field { row, field } if scope.source(*row, *field).is_none() => {
                let text = self.emptiness(scope.entity, scope.alias, *field, is_empty);
                self.push(&text);
            }
            _ => {
                self.term(term, None, scope);
                self.push(if is_empty { " IS NULL" } else { " IS NOT NULL" });
            }
        }
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
                None => self.side(
                    side,
                    if joint.is_empty() { left } else { right },
                    ty.as_ref(),
                    scope,
                ),
            }
            self.push(joint);
        }
    }

    /// Writes one side of a comparison: in the form in which a column of a table that was taken over holds it, where the
    /// other side is such a column.
    fn side(&mut self, term: &Term, other: &Term, ty: Option<&Type>, scope: Scope<'_>) {
        if let (Term::Field { field, .. }, Some(_)) = (term, self.held(term, &[other], scope)) {
            let column = self.stored(scope.entity, scope.alias, *field);
            self.push(&column);
        } else if let Some(kept) = self.held(other, &[term], scope) {
            let value = self.fragment(|writer| writer.term(term, ty, scope));
            self.push(&kept.of(&value));
        } else {
            self.term(term, ty, scope);
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

    fn is_in(&mut self, term: &Term, set: &[Term], scope: Scope<'_>, joint: &str) {
        let ty = self.type_of(term, scope.entity);
        let others: Vec<&Term> = set.iter().collect();
        let kept = self.held(term, &others, scope);
        match (term, kept) {
            (Term::Field { field, .. }, Some(_)) => {
                let column = self.stored(scope.entity, scope.alias, *field);
                self.push(&column);
            }
            _ => self.term(term, ty.as_ref(), scope),
        }
        self.push(joint);
        for (index, value) in set.iter().enumerate() {
            if index > 0 {
                self.push(", ");
            }
            let value = self.fragment(|writer| writer.term(value, ty.as_ref(), scope));
            let value = kept.map_or_else(|| value.clone(), |kept| kept.of(&value));
            self.push(&value);
        }
        self.push(")");
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
