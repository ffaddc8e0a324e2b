//! Typed views of the tree: what the rest of the program reads instead of nodes.
//!
//! Every view is a node and its file, so it is cheap to clone and knows its place. A part that the text left out
//! or got wrong is `None` or missing from the iterator; the parser has reported it then.

mod access;
mod clauses;
mod data;
mod modifiers;
mod names;
mod node;
mod open;
mod reads;
mod routes;
mod service;
mod term;

pub use access::{Access, Can, Effect, Except, Rule, Verb, When, Who, Whos};
pub use clauses::{
    Accept, Answer, Assignment, Cache, Clause, CreateRow, ErrorClause, Fields, Filter, FilterCase,
    FilterItem, Find, Handled, Hide, Include, Input, Limit, Move, Page, ParameterName, Public, Search, Set,
    Shape, Sort, Status,
};
pub use data::{
    Check, Entity, Enum, EnumValue, External, Field, Index, Levels, Member, Members, Range, Shared, States,
    Table, Timestamps, Transition, Type, TypeArg, TypeArgs, Unique,
};
pub use modifiers::{
    Column, Default, DeleteAction, Flag, FlagKind, Matches, Modifier, OnDelete, OnUpdate, Was,
};
pub use names::{Name, Path, Route, Segment, SortKey, StringLit};
pub use node::{AstNode, Doc};
pub use open::{Decision, OpenValue, Question, Words};
pub use reads::{Reads, record};
pub use routes::{Action, At, Block, Measure, Operations, Report, Resource, ResourceItem};
pub use service::{
    Any, Auth, AuthItem, Base, CallerClause, Claim, Claims, Denied, Env, JsonStyle, Origin, OriginKind, Rate,
    Roles, Service, ServiceItem, Setting, SettingGroup, TextSetting, Value,
};
pub use term::{
    And, Arithmetic, Bool, Call, Caller, Compare, Comparison, Cond, Date, DateKind, Duration, Hole, In, List,
    Negative, NoneTerm, Not, Now, Number, Object, Or, Pair, Paren, Sign, Size, Term,
};

use node::{node_enum, nodes};

node_enum! {
    /// One declaration at the top of a fence or file.
    Declaration {
        /// `service`.
        Service(Service),
        /// `auth`.
        Auth(Auth),
        /// `enum`.
        Enum(Enum),
        /// `entity` and `tenant`.
        Entity(Entity),
        /// `access`.
        Access(Access),
        /// `resource`.
        Resource(Resource),
        /// `question`.
        Question(Question),
        /// `decision`.
        Decision(Decision),
    }
}

nodes! {
    /// A whole file.
    File = FILE;
    /// One fence, or all of a plain file.
    Island = ISLAND;
}

impl File {
    /// The fences in order.
    pub fn islands(&self) -> impl Iterator<Item = Island> + use<> {
        self.0.children()
    }

    /// All declarations of all fences in order.
    pub fn declarations(&self) -> impl Iterator<Item = Declaration> + use<> {
        self.islands().flat_map(|island| island.declarations())
    }
}

impl Island {
    /// The declarations of this fence in order.
    pub fn declarations(&self) -> impl Iterator<Item = Declaration> + use<> {
        self.0.children()
    }
}
