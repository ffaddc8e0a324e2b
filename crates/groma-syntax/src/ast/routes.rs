//! Resources, their operations, actions and reports.

use super::access;
use super::clauses::{Clause, Public};
use super::names::{Name, Path, Route};
use super::node::{AstNode, node_enum, nodes};
use super::term::Cond;
use crate::kind::SyntaxKind;

nodes! {
    /// `resource /tasks for Task { .. }`.
    Resource = RESOURCE;
    /// `create, update public { .. }`.
    Operations = OPERATIONS;
    /// `action complete at POST /done { .. }`.
    Action = ACTION;
    /// `report stats { .. }`.
    Report = REPORT;
    /// `open: count per priority when cond`.
    Measure = MEASURE;
    /// `at POST /path`.
    At = AT;
    /// The braces behind an operation.
    Block = BLOCK;
}

node_enum! {
    /// One line of a resource.
    ResourceItem {
        /// Operations.
        Operations(Operations),
        /// An action.
        Action(Action),
        /// A report.
        Report(Report),
        /// A clause that holds for all of them.
        Clause(Clause),
    }
}

impl Resource {
    /// The path.
    pub fn route(&self) -> Option<Route> {
        self.0.child()
    }

    /// What it serves: an entity, `Task.shares`.
    pub fn entity(&self) -> Option<Path> {
        self.0.child()
    }

    /// The field in the item's path, `by slug`.
    pub fn by(&self) -> Option<Name> {
        self.0.after("by")
    }

    /// Whether all of it is public; also said by a `public` line in the body.
    pub fn is_public(&self) -> bool {
        self.0.child::<Public>().is_some()
    }

    /// Whether there are braces; without them the resource has the usual operations.
    pub fn has_body(&self) -> bool {
        self.0.token(SyntaxKind::L_BRACE).is_some()
    }

    /// Its lines.
    pub fn items(&self) -> impl Iterator<Item = ResourceItem> + use<> {
        self.0.children_in_braces()
    }
}

impl Operations {
    /// The operations: `list`, `create`, `read`, `update`, `replace`, `delete`, `shares`, `members`.
    pub fn names(&self) -> impl Iterator<Item = Name> + use<> {
        self.0.children()
    }

    /// Whether `public` stands behind them or in their block.
    pub fn is_public(&self) -> bool {
        self.0.child::<Public>().is_some() || self.clauses().any(|clause| matches!(clause, Clause::Public(_)))
    }

    /// Whether there are braces.
    pub fn has_block(&self) -> bool {
        self.0.child::<Block>().is_some()
    }

    /// The lines of the block.
    pub fn clauses(&self) -> impl Iterator<Item = Clause> + use<> {
        self.0.children::<Block>().flat_map(|block| block.0.children())
    }
}

impl Action {
    /// Its name.
    pub fn name(&self) -> Option<Name> {
        self.0.child()
    }

    /// The method, `POST` in `at POST /path`.
    pub fn method(&self) -> Option<Name> {
        self.0.child::<At>()?.0.child()
    }

    /// The path it was given.
    pub fn route(&self) -> Option<Route> {
        self.0.child::<At>()?.0.child()
    }

    /// Whether `public` stands behind the name or in the block.
    pub fn is_public(&self) -> bool {
        self.0.child::<Public>().is_some() || self.clauses().any(|clause| matches!(clause, Clause::Public(_)))
    }

    /// The lines of the block.
    pub fn clauses(&self) -> impl Iterator<Item = Clause> + use<> {
        self.0.children::<Block>().flat_map(|block| block.0.children())
    }
}

impl Report {
    /// Its name.
    pub fn name(&self) -> Option<Name> {
        self.0.child()
    }

    /// The path it was given.
    pub fn route(&self) -> Option<Route> {
        self.0.child::<At>()?.0.child()
    }

    /// Whether `public` stands behind the name or in the block.
    pub fn is_public(&self) -> bool {
        self.0.child::<Public>().is_some() || self.clauses().any(|clause| matches!(clause, Clause::Public(_)))
    }

    /// What it measures.
    pub fn measures(&self) -> impl Iterator<Item = Measure> + use<> {
        self.0.children::<Block>().flat_map(|block| block.0.children())
    }

    /// The other lines of the block.
    pub fn clauses(&self) -> impl Iterator<Item = Clause> + use<> {
        self.0.children::<Block>().flat_map(|block| block.0.children())
    }
}

impl Measure {
    /// Its name in the answer.
    pub fn name(&self) -> Option<Name> {
        self.0.child()
    }

    /// `count`, `sum`, `avg`, `min` or `max`.
    pub fn function(&self) -> Option<Name> {
        self.0.children().nth(1)
    }

    /// The field it is taken over, `amount` in `sum(amount)`.
    pub fn over(&self) -> Option<Path> {
        let per = self.0.keyword("per").map(|token| token.text_range().start());
        self.0
            .child()
            .filter(|path: &Path| per.is_none_or(|per| path.syntax().text_range().end() <= per))
    }

    /// The fields by which it is split.
    pub fn per(&self) -> impl Iterator<Item = Path> + use<> {
        let per = self.0.keyword("per").map(|token| token.text_range().end());
        self.0
            .children()
            .filter(move |path: &Path| per.is_some_and(|per| path.syntax().text_range().start() >= per))
    }

    /// Over which rows.
    pub fn when(&self) -> Option<Cond> {
        access::when(&self.0)
    }
}
