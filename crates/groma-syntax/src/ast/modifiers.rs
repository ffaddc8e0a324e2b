//! What follows the type of a field.

use super::names::{Name, StringLit};
use super::node::{node_enum, nodes};
use super::open::Words;
use super::term::{Cond, Hole, Term};
use crate::kind::SyntaxKind;
use crate::text::regex_pattern;

nodes! {
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
    /// `was title`, `was "title_text"`.
    Was = WAS;
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
        /// `was old_name`.
        Was(Was),
    }
}

impl Was {
    /// The old name in the design.
    pub fn name(&self) -> Option<Name> {
        self.0.child()
    }

    /// The old name in the database, where it is that alone which changed.
    pub fn stored(&self) -> Option<StringLit> {
        self.0.child()
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
    /// A reference without an index of its own.
    Unindexed,
}

impl FlagKind {
    /// All of them by their words.
    pub const ALL: [(&'static str, FlagKind); 7] = [
        ("key", FlagKind::Key),
        ("unique", FlagKind::Unique),
        ("readonly", FlagKind::Readonly),
        ("writeonly", FlagKind::Writeonly),
        ("internal", FlagKind::Internal),
        ("trim", FlagKind::Trim),
        ("unindexed", FlagKind::Unindexed),
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
        DeleteAction::from_words(&self.0.child::<Words>()?.text())
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
