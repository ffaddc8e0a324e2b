//! Enums, entities, tenants and what is in them.

use super::modifiers::{Default, Flag, FlagKind, Modifier, OnDelete, Was};
use super::names::{Name, Path, StringLit};
use super::node::{AstNode, node_enum, nodes};
use super::term::{Cond, Hole, Number, Term};
use crate::kind::SyntaxKind;

nodes! {
    /// `enum Status { todo, doing }`.
    Enum = ENUM;
    /// One value of an enum.
    EnumValue = ENUM_VALUE;
    /// `entity Name in Tenant { .. }` or `tenant Name { .. }`.
    Entity = ENTITY;
    /// `external table "user"`.
    External = EXTERNAL;
    /// `table "name"`: ours, by another name.
    Table = TABLE;
    /// `name: type modifiers`.
    Field = FIELD;
    /// A type with its bounds.
    Type = TYPE;
    /// `1..200`, either end may be missing.
    Range = RANGE;
    /// `shared with User as view < edit`.
    Shared = SHARED;
    /// `timestamps`.
    Timestamps = TIMESTAMPS;
    /// `members User as member < owner, at least 1 owner`.
    Members = MEMBERS;
    /// `view < edit`, the weakest first.
    Levels = LEVELS;
    /// `states status { todo -> doing }`.
    States = STATES;
    /// `todo -> doing, done`.
    Transition = TRANSITION;
    /// `unique owner, name when cond`.
    Unique = UNIQUE;
    /// `index owner, due`.
    Index = INDEX;
    /// `check cond`.
    Check = CHECK;
}

node_enum! {
    /// One line of an entity or tenant.
    Member {
        /// A field, also one that is the inverse of a reference.
        Field(Field),
        /// `shared with ..`.
        Shared(Shared),
        /// `timestamps`.
        Timestamps(Timestamps),
        /// `members ..`, in a tenant.
        Members(Members),
        /// `states ..`.
        States(States),
        /// `unique ..`.
        Unique(Unique),
        /// `index ..`.
        Index(Index),
        /// `check ..`.
        Check(Check),
    }
}

node_enum! {
    /// What stands in the parentheses of a type.
    TypeArg {
        /// `1..200`.
        Range(Range),
        /// `10`.
        Term(Term),
    }
}

impl Enum {
    /// Its name.
    pub fn name(&self) -> Option<Name> {
        self.0.child()
    }

    /// Its values, the order is their order.
    pub fn values(&self) -> impl Iterator<Item = EnumValue> + use<> {
        self.0.children()
    }
}

impl EnumValue {
    /// Its name in the design.
    pub fn name(&self) -> Option<Name> {
        self.0.child()
    }

    /// What it is on the wire, `in_progress = "in-progress"`, if that differs from the name.
    pub fn wire(&self) -> Option<StringLit> {
        self.0.child()
    }

    /// What it was called before.
    pub fn was(&self) -> Option<Was> {
        self.0.child()
    }
}

impl Entity {
    /// Its name.
    pub fn name(&self) -> Option<Name> {
        self.0.child()
    }

    /// Whether it was declared by `tenant`.
    pub fn is_tenant(&self) -> bool {
        self.0.has_keyword("tenant")
    }

    /// The tenant that fences it, `entity Document in Team`.
    pub fn tenant(&self) -> Option<Path> {
        self.0.child()
    }

    /// What it was called before.
    pub fn was(&self) -> Option<Was> {
        self.0.child()
    }

    /// Whether someone else owns the table, and which.
    pub fn external(&self) -> Option<External> {
        self.0.child()
    }

    /// What the table is called, where it is ours and its name is said.
    pub fn table(&self) -> Option<StringLit> {
        self.0.child::<Table>()?.0.child()
    }

    /// Whether there are braces, also empty ones.
    pub fn has_body(&self) -> bool {
        self.0.token(SyntaxKind::L_BRACE).is_some()
    }

    /// Its lines in order.
    pub fn members(&self) -> impl Iterator<Item = Member> + use<> {
        self.0.children()
    }

    /// Its fields in order, also inverses (`[Task] via project`).
    pub fn fields(&self) -> impl Iterator<Item = Field> + use<> {
        self.0.children()
    }
}

impl External {
    /// The table, if it was named.
    pub fn table(&self) -> Option<StringLit> {
        self.0.child()
    }
}

impl Field {
    /// Its name.
    pub fn name(&self) -> Option<Name> {
        self.0.child()
    }

    /// Its type.
    pub fn ty(&self) -> Option<Type> {
        self.0.child()
    }

    /// What follows the type.
    pub fn modifiers(&self) -> impl Iterator<Item = Modifier> + use<> {
        self.0.children()
    }

    /// The first flag of this kind.
    pub fn flag(&self, kind: FlagKind) -> Option<Flag> {
        self.0.children::<Flag>().find(|flag| flag.kind() == Some(kind))
    }

    /// Its default.
    pub fn default(&self) -> Option<Default> {
        self.0.child()
    }

    /// What it was called before.
    pub fn was(&self) -> Option<Was> {
        self.0.child()
    }

    /// What happens to it when what it refers to is deleted.
    pub fn on_delete(&self) -> Option<OnDelete> {
        self.0.child()
    }
}

impl Type {
    /// The name: a built-in type, an enum, an entity or `Team.role`.
    pub fn path(&self) -> Option<Path> {
        self.0.child().filter(|_| !self.is_list())
    }

    /// Whether it is a list.
    pub fn is_list(&self) -> bool {
        self.0.token(SyntaxKind::L_BRACKET).is_some()
    }

    /// What a list holds.
    pub fn element(&self) -> Option<Type> {
        self.0.child()
    }

    /// The hole, where the type itself is open: `TBD(date)`.
    pub fn hole(&self) -> Option<Hole> {
        self.0.child()
    }

    /// What stands in the parentheses; for a list these are its own, not those of the element.
    pub fn args(&self) -> impl Iterator<Item = TypeArg> + use<> {
        self.0.children::<TypeArgs>().flat_map(|args| args.0.children())
    }

    /// The field on the other side, `[Task] via project`.
    pub fn via(&self) -> Option<Path> {
        self.0.after("via")
    }

    /// Whether it ends in `?`.
    pub fn is_optional(&self) -> bool {
        self.0.token(SyntaxKind::QUESTION_MARK).is_some()
    }
}

nodes! {
    /// The parentheses of a type.
    TypeArgs = TYPE_ARGS;
}

impl Range {
    /// The lower end.
    pub fn min(&self) -> Option<Term> {
        let dots = self.dots()?;
        self.0.children::<Term>().find(|term| term.span().end <= dots)
    }

    /// The upper end.
    pub fn max(&self) -> Option<Term> {
        let dots = self.dots()?;
        self.0.children::<Term>().find(|term| term.span().start > dots)
    }

    fn dots(&self) -> Option<u32> {
        self.0
            .token(SyntaxKind::DOT_DOT)
            .map(|dots| dots.text_range().start().into())
    }
}

impl Shared {
    /// With whom.
    pub fn with(&self) -> Option<Path> {
        self.0.child()
    }

    /// The levels, the weakest first.
    pub fn levels(&self) -> Option<Levels> {
        self.0.child()
    }
}

impl Levels {
    /// The names, the weakest first.
    pub fn names(&self) -> impl Iterator<Item = Name> + use<> {
        self.0.children()
    }

    /// What a level of these was called before: it stands right behind its name.
    pub fn was(&self, level: &Name) -> Option<Was> {
        let behind = |was: &Was| was.span().start >= level.span().end;
        let was = self.0.children::<Was>().find(behind)?;
        let next = self.names().find(|name| name.span().start >= level.span().end);
        next.is_none_or(|next| was.span().end <= next.span().start)
            .then_some(was)
    }
}

impl Members {
    /// Who can be a member.
    pub fn user(&self) -> Option<Path> {
        self.0.child()
    }

    /// The roles, the weakest first.
    pub fn roles(&self) -> Option<Levels> {
        self.0.child()
    }

    /// How many there must always be, in `at least 1 owner`.
    pub fn at_least(&self) -> Option<Number> {
        self.0.child()
    }

    /// Of which role.
    pub fn at_least_role(&self) -> Option<Name> {
        self.0.child()
    }

    /// Whether someone else owns the table of members.
    pub fn external(&self) -> Option<External> {
        self.0.child()
    }
}

impl States {
    /// The enum field.
    pub fn field(&self) -> Option<Name> {
        self.0.child()
    }

    /// The transitions.
    pub fn transitions(&self) -> impl Iterator<Item = Transition> + use<> {
        self.0.children()
    }
}

impl Transition {
    /// The value before.
    pub fn from(&self) -> Option<Name> {
        self.0.child()
    }

    /// The values that may follow.
    pub fn to(&self) -> impl Iterator<Item = Name> + use<> {
        self.0.children().skip(1)
    }
}

impl Unique {
    /// The fields that are unique together.
    pub fn paths(&self) -> impl Iterator<Item = Path> + use<> {
        self.0.children()
    }

    /// Among which rows.
    pub fn when(&self) -> Option<Cond> {
        super::access::when(&self.0)
    }
}

impl Index {
    /// The fields in order.
    pub fn paths(&self) -> impl Iterator<Item = Path> + use<> {
        self.0.children()
    }

    /// For which rows.
    pub fn when(&self) -> Option<Cond> {
        super::access::when(&self.0)
    }
}

impl Check {
    /// What holds for every row.
    pub fn cond(&self) -> Option<Cond> {
        self.0.child()
    }

    /// For which rows.
    pub fn when(&self) -> Option<Cond> {
        super::access::when(&self.0)
    }
}
