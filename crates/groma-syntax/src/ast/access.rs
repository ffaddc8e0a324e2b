//! Who may do what.

use super::names::{Name, Path};
use super::node::{Node, node_enum, nodes};
use super::term::{Cond, Hole};

nodes! {
    /// `access Task { .. }`, `access Task.shares { .. }`.
    Access = ACCESS;
    /// `allow read to owner when cond`.
    Rule = RULE;
    /// `update` or `update(project)`.
    Verb = VERB;
    /// `can read project`.
    Can = CAN;
    /// The list of those meant.
    Whos = WHOS;
    /// The list of those not meant.
    Except = EXCEPT;
    /// `when cond`.
    When = WHEN;
}

node_enum! {
    /// One of those that a rule speaks of.
    Who {
        /// `everyone`, `authenticated`, a role, a level, a field path, `team.admin`.
        Path(Path),
        /// `can read project`.
        Can(Can),
        /// `TBD(owner)`.
        Hole(Hole),
    }
}

impl Access {
    /// What the rules are about.
    pub fn subject(&self) -> Option<Path> {
        self.0.child()
    }

    /// The rules.
    pub fn rules(&self) -> impl Iterator<Item = Rule> + use<> {
        self.0.children()
    }
}

/// What a rule does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Effect {
    /// `allow .. to ..`.
    Allow,
    /// `deny .. to ..`.
    Deny,
    /// `guarantee .. only ..`.
    Guarantee,
}

impl Rule {
    /// What it does.
    pub fn effect(&self) -> Effect {
        match self.0.first_keyword() {
            Some(word) if word.text() == "deny" => Effect::Deny,
            Some(word) if word.text() == "guarantee" => Effect::Guarantee,
            _ => Effect::Allow,
        }
    }

    /// The verbs.
    pub fn verbs(&self) -> impl Iterator<Item = Verb> + use<> {
        self.0.children()
    }

    /// Those after `to` or `only`.
    pub fn whos(&self) -> impl Iterator<Item = Who> + use<> {
        self.0.children::<Whos>().flat_map(|list| list.0.children())
    }

    /// Those after `except`.
    pub fn except(&self) -> impl Iterator<Item = Who> + use<> {
        self.0.children::<Except>().flat_map(|list| list.0.children())
    }

    /// The condition.
    pub fn when(&self) -> Option<Cond> {
        when(&self.0)
    }
}

impl Verb {
    /// The verb: `read`, an action's name, `all`.
    pub fn name(&self) -> Option<Name> {
        self.0.child()
    }

    /// The fields in its parentheses; none means all.
    pub fn fields(&self) -> impl Iterator<Item = Path> + use<> {
        self.0.children()
    }
}

impl Can {
    /// The verb.
    pub fn verb(&self) -> Option<Name> {
        self.0.child()
    }

    /// On what: `project`, `new.project`.
    pub fn path(&self) -> Option<Path> {
        self.0.child()
    }
}

impl When {
    /// The condition.
    pub fn cond(&self) -> Option<Cond> {
        self.0.child()
    }
}

/// The condition of the `when` in a node.
pub(super) fn when(node: &Node) -> Option<Cond> {
    node.child::<When>()?.cond()
}
