//! Predicates over a row, the caller and the clock.

use crate::design::{
    ClaimId, Compare, Design, EntityId, FieldId, Path, RoleId, RoleSet, Row, Term, VariantId,
};

/// A boolean tree. An atom that is unknown (an empty field, an absent claim) is not true; negation is
/// only of what is known, so `Not(unknown)` is not true either, as in SQL.
#[derive(Clone, PartialEq, Debug)]
pub enum Pred {
    /// All of them; of none: always.
    All(Vec<Pred>),
    /// Any of them; of none: never.
    Any(Vec<Pred>),
    /// Not this one.
    Not(Box<Pred>),
    /// One fact.
    Atom(Atom),
}

/// One fact about the caller, the row, or both.
#[derive(Clone, PartialEq, Debug)]
pub enum Atom {
    /// The caller has a token.
    Authenticated,
    /// The caller has this role.
    Role(RoleId),
    /// The user at the end of the path is the caller. Never unknown: an empty reference is nobody.
    IsCaller {
        /// The entity on which the path starts.
        entity: EntityId,
        /// The references; at least one.
        path: Path,
    },
    /// The caller is tied to the row at the end of the path, at this level or a higher one. Never unknown.
    Linked {
        /// The entity on which the path starts.
        entity: EntityId,
        /// The references; none for the row itself.
        path: Path,
        /// What ties people to such rows.
        link: EntityId,
        /// The lowest level that will do.
        least: VariantId,
    },
    /// The row at the end of the path exists and meets a predicate of its own. Never unknown.
    Exists {
        /// The entity on which the path starts.
        entity: EntityId,
        /// The references; at least one.
        path: Path,
        /// The entity at its end.
        target: EntityId,
        /// What holds there, with `This` being the row at the end.
        pred: Box<Pred>,
    },
    /// Two terms compare so. Unknown when a side is empty.
    Compare {
        /// How.
        op: Compare,
        /// The left side.
        left: Term,
        /// The right side.
        right: Term,
    },
    /// A term is empty (or, negated, is not). Never unknown.
    IsNone(Term),
    /// A term is one of these. Unknown when the term is empty.
    In {
        /// The term.
        term: Term,
        /// The values.
        set: Vec<Term>,
    },
    /// A boolean field is true. Unknown when it is empty.
    IsTrue {
        /// Before or after.
        row: Row,
        /// The field.
        field: FieldId,
    },
    /// A boolean claim is true. Unknown when it is absent.
    ClaimIsTrue(ClaimId),
}

/// What is known of a caller before the database is asked.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Debug)]
pub struct CallerFacts {
    /// Whether there is a token.
    pub authenticated: bool,
    /// The roles that it gives.
    pub roles: RoleSet,
}

/// Every kind of caller that a design can tell apart by role: nobody, a caller without a known role (or with
/// the default one), and each set of roles that a token can give, up to a bound that no sane design meets.
pub fn kinds_of_caller(design: &Design) -> Vec<CallerFacts> {
    const MOST: usize = 256;
    let mut kinds = vec![CallerFacts::default()];
    let Some(auth) = &design.auth else { return kinds };
    let mut sets = vec![RoleSet::EMPTY];
    for role in &auth.roles {
        for at in 0..sets.len() {
            let set = sets.get(at).copied().unwrap_or_default().union(role.includes);
            if !sets.contains(&set) && sets.len() < MOST {
                sets.push(set);
            }
        }
    }
    if let Some(role) = auth.default_role {
        // A token without a known role acts as the default one, so nobody has no role at all.
        sets.retain(|set| *set != RoleSet::EMPTY);
        if !sets.contains(&auth.roles[role].includes) {
            sets.push(auth.roles[role].includes);
        }
    }
    sets.sort_unstable();
    kinds.extend(sets.into_iter().map(|roles| CallerFacts {
        authenticated: true,
        roles,
    }));
    kinds
}

impl Pred {
    /// Holds for nobody.
    pub const NEVER: Self = Self::Any(Vec::new());
    /// Holds for everybody.
    pub const ALWAYS: Self = Self::All(Vec::new());

    /// Whether it plainly holds for nobody.
    pub fn is_never(&self) -> bool {
        matches!(self, Self::Any(preds) if preds.is_empty())
    }

    /// Whether it plainly holds for everybody.
    pub fn is_always(&self) -> bool {
        matches!(self, Self::All(preds) if preds.is_empty())
    }

    /// All of these, flattened and without what is plainly true; never, when one is never.
    #[must_use]
    pub fn all(preds: impl IntoIterator<Item = Self>) -> Self {
        let mut parts = Vec::new();
        for pred in preds {
            match pred {
                Self::All(inner) => push_new(&mut parts, inner),
                never if never.is_never() => return Self::NEVER,
                other => push_new(&mut parts, [other]),
            }
        }
        single(parts, Self::All)
    }

    /// Any of these, flattened and without what is plainly false; always, when one is always.
    #[must_use]
    pub fn any(preds: impl IntoIterator<Item = Self>) -> Self {
        let mut parts = Vec::new();
        for pred in preds {
            match pred {
                Self::Any(inner) => push_new(&mut parts, inner),
                always if always.is_always() => return Self::ALWAYS,
                other => push_new(&mut parts, [other]),
            }
        }
        single(parts, Self::Any)
    }

    /// Not this one.
    #[must_use]
    pub fn negate(self) -> Self {
        match self {
            Self::Not(inner) => *inner,
            plain if plain.is_always() => Self::NEVER,
            plain if plain.is_never() => Self::ALWAYS,
            other => Self::Not(Box::new(other)),
        }
    }

    /// What is left for the database once the caller is known: facts about the caller alone are decided.
    #[must_use]
    pub fn for_caller(&self, caller: &CallerFacts) -> Self {
        match self {
            Self::All(preds) => Self::all(preds.iter().map(|pred| pred.for_caller(caller))),
            Self::Any(preds) => Self::any(preds.iter().map(|pred| pred.for_caller(caller))),
            Self::Not(pred) => pred.for_caller(caller).negate(),
            Self::Atom(atom) => atom.for_caller(caller),
        }
    }

    /// Whether it looks at the row after the change by `new.`.
    pub fn mentions_new(&self) -> bool {
        self.any_atom(&|atom| match atom {
            Atom::IsCaller { path, .. } | Atom::Linked { path, .. } | Atom::Exists { path, .. } => {
                path.row == Row::New
            }
            Atom::Compare { left, right, .. } => is_new(left) || is_new(right),
            Atom::IsNone(term) => is_new(term),
            Atom::In { term, set } => is_new(term) || set.iter().any(is_new),
            Atom::IsTrue { row, .. } => *row == Row::New,
            Atom::Authenticated | Atom::Role(_) | Atom::ClaimIsTrue(_) => false,
        })
    }

    /// The fields of the row that the predicate looks at, each once: the first step of a path, and stored
    /// fields in comparisons.
    pub fn fields(&self) -> Vec<FieldId> {
        let mut fields = Vec::new();
        self.collect_fields(&mut fields);
        fields.sort_unstable();
        fields.dedup();
        fields
    }

    fn collect_fields(&self, fields: &mut Vec<FieldId>) {
        match self {
            Self::All(preds) | Self::Any(preds) => preds.iter().for_each(|pred| pred.collect_fields(fields)),
            Self::Not(pred) => pred.collect_fields(fields),
            Self::Atom(atom) => atom.collect_fields(fields),
        }
    }

    /// Whether some atom of the tree (not of the trees inside `Exists`) is so.
    pub fn any_atom(&self, is_so: &dyn Fn(&Atom) -> bool) -> bool {
        match self {
            Self::All(preds) | Self::Any(preds) => preds.iter().any(|pred| pred.any_atom(is_so)),
            Self::Not(pred) => pred.any_atom(is_so),
            Self::Atom(atom) => is_so(atom),
        }
    }
}

impl Atom {
    fn collect_fields(&self, fields: &mut Vec<FieldId>) {
        let mut term = |term: &Term| {
            if let Term::Field { field, .. } = term {
                fields.push(*field);
            }
        };
        match self {
            Self::Compare { left, right, .. } => {
                term(left);
                term(right);
            }
            Self::IsNone(of) => term(of),
            Self::In { term: of, set } => {
                term(of);
                set.iter().for_each(term);
            }
            Self::IsCaller { path, .. } | Self::Linked { path, .. } | Self::Exists { path, .. } => {
                fields.extend(path.steps.first());
            }
            Self::IsTrue { field, .. } => fields.push(*field),
            Self::Authenticated | Self::Role(_) | Self::ClaimIsTrue(_) => {}
        }
    }

    fn for_caller(&self, caller: &CallerFacts) -> Pred {
        match self {
            Self::Authenticated => truth(caller.authenticated),
            Self::Role(role) => truth(caller.roles.contains(*role)),
            Self::IsCaller { .. } | Self::Linked { .. } if !caller.authenticated => Pred::NEVER,
            Self::Exists {
                entity,
                path,
                target,
                pred,
            } => exists(*entity, path, *target, pred.for_caller(caller)),
            Self::IsCaller { .. }
            | Self::Linked { .. }
            | Self::Compare { .. }
            | Self::IsNone(_)
            | Self::In { .. }
            | Self::IsTrue { .. }
            | Self::ClaimIsTrue(_) => Pred::Atom(self.clone()),
        }
    }
}

pub(super) fn exists(entity: EntityId, path: &Path, target: EntityId, pred: Pred) -> Pred {
    if pred.is_never() {
        return Pred::NEVER;
    }
    Pred::Atom(Atom::Exists {
        entity,
        path: path.clone(),
        target,
        pred: Box::new(pred),
    })
}

fn truth(holds: bool) -> Pred {
    if holds { Pred::ALWAYS } else { Pred::NEVER }
}

fn is_new(term: &Term) -> bool {
    matches!(term, Term::Field { row: Row::New, .. })
}

fn push_new(parts: &mut Vec<Pred>, preds: impl IntoIterator<Item = Pred>) {
    for pred in preds {
        if !parts.contains(&pred) {
            parts.push(pred);
        }
    }
}

fn single(mut parts: Vec<Pred>, many: fn(Vec<Pred>) -> Pred) -> Pred {
    match (parts.len(), parts.pop()) {
        (1, Some(only)) => only,
        (_, Some(last)) => {
            parts.push(last);
            many(parts)
        }
        (_, None) => many(parts),
    }
}
