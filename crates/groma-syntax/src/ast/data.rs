//! Enums, entities, tenants and what is in them.

use super::names::{Name, Path, StringLit};
use super::node::{AstNode, node_enum, nodes};
use super::term::{Cond, Hole, Number, Term};
use crate::kind::SyntaxKind;
use crate::text::regex_pattern;

nodes! {
    /// `enum Status { todo, doing }`.
    Enum = ENUM;
    /// One value of an enum.
    EnumValue = ENUM_VALUE;
    /// `entity Name in Tenant { .. }` or `tenant Name { .. }`.
    Entity = ENTITY;
    /// `external table "user"`.
    External = EXTERNAL;
    /// `name: type modifiers`.
    Field = FIELD;
    /// A type with its bounds.
    Type = TYPE;
    /// `1..200`, either end may be missing.
    Range = RANGE;
    /// `= term`.
    Default = DEFAULT;
    /// A modifier of one word.
    Flag = FLAG;
    /// `matches /re/`.
    Matches = MATCHES;
    /// `on delete cascade`.
    OnDelete = ON_DELETE;
    /// `on update now`.
    OnUpdate = ON_UPDATE;
    /// `column "name"`.
    Column = COLUMN;
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
    /// What follows the type of a field.
    Modifier {
        /// `= term`.
        Default(Default),
        /// A modifier of one word.
        Flag(Flag),
        /// `matches /re/`.
        Matches(Matches),
        /// `on delete ..`.
        OnDelete(OnDelete),
        /// `on update ..`.
        OnUpdate(OnUpdate),
        /// `column "name"`.
        Column(Column),
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

    /// Whether someone else owns the table, and which.
    pub fn external(&self) -> Option<External> {
        self.0.child()
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

impl Default {
    /// The value.
    pub fn value(&self) -> Option<Cond> {
        self.0.child()
    }

    /// The value as a term.
    pub fn term(&self) -> Option<Term> {
        self.0.child()
    }
}

/// The modifiers of one word.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum FlagKind {
    /// It identifies the row.
    Key,
    /// No two rows share a value.
    Unique,
    /// Only the server writes it.
    Readonly,
    /// It is never read back.
    Writeonly,
    /// It never leaves the server.
    Internal,
    /// Blanks around it are cut.
    Trim,
}

impl FlagKind {
    /// All of them by their words.
    pub const ALL: [(&'static str, FlagKind); 6] = [
        ("key", FlagKind::Key),
        ("unique", FlagKind::Unique),
        ("readonly", FlagKind::Readonly),
        ("writeonly", FlagKind::Writeonly),
        ("internal", FlagKind::Internal),
        ("trim", FlagKind::Trim),
    ];

    /// The one with this word.
    pub fn from_word(word: &str) -> Option<FlagKind> {
        FlagKind::ALL
            .iter()
            .find(|(name, _)| *name == word)
            .map(|&(_, kind)| kind)
    }
}

impl Flag {
    /// Which one it is.
    pub fn kind(&self) -> Option<FlagKind> {
        FlagKind::from_word(self.0.first_token()?.text())
    }
}

impl Matches {
    /// The regular expression between the slashes, `\/` resolved.
    pub fn pattern(&self) -> Option<String> {
        self.0
            .token(SyntaxKind::REGEX)
            .map(|token| regex_pattern(token.text()))
    }
}

/// What happens to a reference when its target is deleted.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum DeleteAction {
    /// The row goes too.
    Cascade,
    /// The target cannot be deleted.
    Restrict,
    /// The reference becomes empty.
    SetNull,
    /// It is open; the hole has words as its provisional answer.
    Hole(Hole),
}

impl OnDelete {
    /// What happens; a hole's provisional answer is in its [`Hole::words`].
    pub fn action(&self) -> Option<DeleteAction> {
        if let Some(hole) = self.0.child::<Hole>() {
            return Some(DeleteAction::Hole(hole));
        }
        DeleteAction::from_words(&self.0.child::<super::Words>()?.text())
    }
}

impl DeleteAction {
    /// The action that these words name.
    pub fn from_words(words: &str) -> Option<DeleteAction> {
        match words {
            "cascade" => Some(DeleteAction::Cascade),
            "restrict" => Some(DeleteAction::Restrict),
            "set null" => Some(DeleteAction::SetNull),
            _ => None,
        }
    }
}

impl OnUpdate {
    /// The value that every write sets.
    pub fn value(&self) -> Option<Term> {
        self.0.child()
    }
}

impl Column {
    /// The name in the database.
    pub fn name(&self) -> Option<StringLit> {
        self.0.child()
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
