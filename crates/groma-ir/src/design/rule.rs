//! Access rules as written, with names resolved; `crate::access` lowers them to predicates.

use std::cmp::Ordering;

use groma_diag::Span;

use super::{ActionId, ClaimId, EntityId, FieldId, InputId, RoleId, Value, VariantId};

/// One line of an `access` block.
#[derive(Clone, PartialEq, Debug)]
pub struct Rule {
    /// Whether it opens or closes.
    pub effect: Effect,
    /// What it is about.
    pub verbs: Vec<VerbUse>,
    /// Whom it is about; any of them.
    pub who: Vec<Who>,
    /// Whom it leaves out.
    pub except: Vec<Who>,
    /// Under which condition it counts.
    pub when: Option<Cond>,
    /// The rule as the author wrote it, on one line.
    pub text: String,
    /// Where it stands.
    pub origin: Span,
}

/// Whether a rule opens or closes; closing wins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    /// `allow`.
    Allow,
    /// `deny`.
    Deny,
}

/// `guarantee delete only owner, admin when status == done`: what the rules must come down to.
#[derive(Clone, PartialEq, Debug)]
pub struct Guarantee {
    /// What it is about.
    pub verbs: Vec<VerbUse>,
    /// Who may, and nobody else.
    pub only: Vec<Who>,
    /// For which rows and callers it is said.
    pub when: Option<Cond>,
    /// The guarantee as the author wrote it, on one line.
    pub text: String,
    /// Where it stands.
    pub origin: Span,
}

/// A verb, for the whole row or for some of its fields.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VerbUse {
    /// The verb.
    pub verb: Verb,
    /// `update(title, notes)`; empty means the whole row.
    pub fields: Vec<FieldId>,
}

/// What a caller may do to a row. `all` is written out when the rule is resolved.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Verb {
    /// Make a row.
    Create,
    /// Get it, and have it in lists.
    Read,
    /// Change it, by `PATCH` or `PUT`.
    Update,
    /// Remove it.
    Delete,
    /// Say with whom it is shared: `can share task`.
    Share,
    /// An action.
    Action(ActionId),
}

/// One of the callers that a rule is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Who {
    /// Anyone, with or without a token.
    Everyone,
    /// Anyone with a token.
    Authenticated,
    /// Anyone who has this role.
    Role(RoleId),
    /// The user at the end of this path.
    Path(Path),
    /// Anyone to whom the row at the end of the path is tied at this level or a higher one: `edit`, `team.admin`.
    Level {
        /// The way to it; empty for the row itself.
        path: Path,
        /// What ties people to it.
        link: EntityId,
        /// The lowest level that will do.
        least: VariantId,
    },
    /// Anyone who may do this to the row at the end of the path.
    Can {
        /// The verb on that row.
        verb: Verb,
        /// The way to it; never empty.
        path: Path,
        /// The entity at its end.
        entity: EntityId,
    },
}

/// A chain of references from a row.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Path {
    /// Where it starts.
    pub row: Row,
    /// The references, each a field of the entity that the one before points at.
    pub steps: Vec<FieldId>,
}

/// Which state of the row.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Row {
    /// The row as it is: before a change, and again after it.
    This,
    /// `new.`: the row as the change leaves it.
    New,
}

/// A condition over stored fields, the caller and the clock. An unknown (a comparison with an empty field)
/// is not true.
#[derive(Clone, PartialEq, Debug)]
pub enum Cond {
    /// All of them.
    And(Vec<Cond>),
    /// Any of them.
    Or(Vec<Cond>),
    /// Not this one.
    Not(Box<Cond>),
    /// Two terms of one type. `== none` asks whether the other side is empty.
    Compare {
        /// How they are compared.
        op: Compare,
        /// The left side.
        left: Term,
        /// The right side.
        right: Term,
    },
    /// The term is one of these.
    In {
        /// The term.
        term: Term,
        /// The values.
        set: Vec<Term>,
    },
    /// A boolean term is true.
    Is(Term),
    /// A condition on the row at the end of a path of references. Unknown where there is no such row.
    At {
        /// The entity on which the path starts.
        entity: EntityId,
        /// The references; at least one.
        path: Path,
        /// The entity at its end.
        target: EntityId,
        /// What holds there, with `This` being the row at the end.
        cond: Box<Cond>,
    },
}

impl Cond {
    /// The fields that it mentions, each once, in the order in which it mentions them.
    pub fn fields(&self) -> Vec<FieldId> {
        let mut fields = Vec::new();
        self.each_field(&mut |field| {
            if !fields.contains(&field) {
                fields.push(field);
            }
        });
        fields
    }

    /// Whether it looks at other rows.
    pub fn looks_elsewhere(&self) -> bool {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().any(Self::looks_elsewhere),
            Self::Not(part) => part.looks_elsewhere(),
            Self::At { .. } => true,
            Self::Compare { .. } | Self::In { .. } | Self::Is(_) => false,
        }
    }

    /// How many facts it looks at.
    pub fn facts(&self) -> usize {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().map(Self::facts).sum(),
            Self::Not(part) => part.facts(),
            Self::In { set, .. } => set.len(),
            Self::At { path, cond, .. } => path.steps.len() + cond.facts(),
            Self::Compare { .. } | Self::Is(_) => 1,
        }
    }

    fn each_field(&self, visit: &mut dyn FnMut(FieldId)) {
        let mut term = |term: &Term| {
            if let Term::Field { field, .. } = term {
                visit(*field);
            }
        };
        match self {
            Self::Compare { left, right, .. } => [left, right].into_iter().for_each(term),
            Self::In { term: of, set } => std::iter::once(of).chain(set).for_each(term),
            Self::Is(of) => term(of),
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.each_field(visit)),
            Self::Not(part) => part.each_field(visit),
            Self::At { path, .. } => path.steps.first().copied().into_iter().for_each(visit),
        }
    }
}

/// How two terms are compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Compare {
    /// `==`.
    Eq,
    /// `!=`.
    Ne,
    /// `<`.
    Lt,
    /// `<=`.
    Le,
    /// `>`.
    Gt,
    /// `>=`.
    Ge,
}

impl Compare {
    /// Whether two values that stand in this order compare so.
    #[must_use]
    pub fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Eq => order.is_eq(),
            Self::Ne => order.is_ne(),
            Self::Lt => order.is_lt(),
            Self::Le => order.is_le(),
            Self::Gt => order.is_gt(),
            Self::Ge => order.is_ge(),
        }
    }

    /// The comparison that is true where this one is false; both are unknown where a side is empty.
    #[must_use]
    pub fn opposite(self) -> Self {
        match self {
            Self::Eq => Self::Ne,
            Self::Ne => Self::Eq,
            Self::Lt => Self::Ge,
            Self::Le => Self::Gt,
            Self::Gt => Self::Le,
            Self::Ge => Self::Lt,
        }
    }
}

/// A value in a condition or an assignment.
#[derive(Clone, PartialEq, Debug)]
pub enum Term {
    /// A stored field of the row.
    Field {
        /// Before or after.
        row: Row,
        /// The field.
        field: FieldId,
    },
    /// The caller's key.
    Caller,
    /// A claim of the caller; absent is unknown.
    Claim(ClaimId),
    /// The clock, so many seconds later.
    Now {
        /// Seconds to add.
        offset: i64,
    },
    /// An input of the action.
    Input(InputId),
    /// A literal; [`Value::None`] is `none`.
    Value(Value),
}
