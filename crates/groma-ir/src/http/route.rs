//! One route.

use groma_diag::Span;

use super::{Param, Problem, SchemaId};
use crate::design::{
    ActionId, Creation, EntityId, FieldId, Find, Method, Parent, Rate, ReportId, ResourceId, Verb,
};

/// One method at one path.
#[derive(Clone, PartialEq, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own about the route, not a state"
)]
pub struct Route {
    /// The resource that it belongs to.
    pub resource: ResourceId,
    /// The entity that it is about.
    pub entity: EntityId,
    /// What it does.
    pub operation: Operation,
    /// A name that no other route has, in camel case: `listTasks`, `completeTask`.
    pub operation_id: String,
    /// One line for people: `List tasks`.
    pub summary: String,
    /// A paragraph for people, where the design has one.
    pub doc: Option<String>,
    /// The method.
    pub method: Method,
    /// The path, base included.
    pub path: RoutePath,
    /// Whether it answers without a token.
    pub public: bool,
    /// How often each may call it, beside the rate of the whole service.
    pub limit: Option<Rate>,
    /// The query parameters that it takes, and no other.
    pub query: Vec<Param>,
    /// The schema of its JSON body. An action without inputs takes no body, or an empty object.
    pub body: Option<SchemaId>,
    /// The fields that the body may write, in the design's order; empty for actions.
    pub writes: Vec<FieldId>,
    /// How it finds its row, where the path does not say which one it is.
    pub find: Option<Find>,
    /// Rows that it makes beside its own, in the same transaction; of a replace, beside one that was not there.
    pub makes: Vec<Creation>,
    /// Whether it answers with an `ETag` of the item.
    pub etag: bool,
    /// Whether it honours `If-Match` (412).
    pub if_match: bool,
    /// Whether `If-Match` is required (428).
    pub require_match: bool,
    /// Whether it honours `Idempotency-Key`, of callers with a token: the same request is answered once, and its
    /// answer given again ([`KEPT_FOR`]).
    pub retry: bool,
    /// The answer when all is well.
    pub success: Success,
    /// Of a replace that makes the row where there is none: the answer when it did.
    pub made: Option<Success>,
    /// Every other answer, by status, then in the order in which they are decided.
    pub answers: Vec<Answer>,
    /// Where it was declared.
    pub origin: Span,
}

/// How many seconds an answer is kept for whoever sends the same `Idempotency-Key` again.
pub const KEPT_FOR: i64 = 24 * 60 * 60;

/// What a route does.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Operation {
    /// A page of rows.
    List,
    /// Make a row.
    Create,
    /// One row.
    Get,
    /// Change some fields (JSON Merge Patch, RFC 7396).
    Update,
    /// Change every field that may be written; a route may make the row that is not there ([`Route::made`]).
    Replace,
    /// Remove a row.
    Delete,
    /// An action.
    Action(ActionId),
    /// A report.
    Report(ReportId),
}

impl Operation {
    /// Whether it is about one row that must exist.
    pub fn is_on_item(self) -> bool {
        match self {
            Self::Get | Self::Update | Self::Replace | Self::Delete | Self::Action(_) => true,
            Self::List | Self::Create | Self::Report(_) => false,
        }
    }

    /// The verb of the access rules that it is.
    pub fn verb(self) -> Verb {
        match self {
            Self::List | Self::Get | Self::Report(_) => Verb::Read,
            Self::Create => Verb::Create,
            Self::Update | Self::Replace => Verb::Update,
            Self::Delete => Verb::Delete,
            Self::Action(action) => Verb::Action(action),
        }
    }

    /// Whether it writes.
    pub fn is_write(self) -> bool {
        match self {
            Self::Create | Self::Update | Self::Replace | Self::Delete | Self::Action(_) => true,
            Self::List | Self::Get | Self::Report(_) => false,
        }
    }
}

/// A path with its parameters.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RoutePath {
    /// Its parts, without the slashes between them.
    pub parts: Vec<PathPart>,
}

/// A part of a path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PathPart {
    /// Fixed text.
    Literal(String),
    /// The item's key, or its other unique field.
    Key {
        /// The parameter's name: `id`, `slug`.
        name: String,
        /// The field that it is looked up by.
        field: FieldId,
    },
    /// Must be the caller of the token; otherwise 403.
    Caller {
        /// The parameter's name: `user_id`.
        name: String,
    },
    /// A row that what follows lies below.
    Parent(Parent),
}

impl PathPart {
    /// The name of the parameter, if it is one.
    pub fn parameter(&self) -> Option<&str> {
        match self {
            Self::Literal(_) => None,
            Self::Key { name, .. } | Self::Caller { name } | Self::Parent(Parent { name, .. }) => Some(name),
        }
    }
}

impl RoutePath {
    /// The path as OpenAPI writes it: `/api/tasks/{id}`.
    pub fn template(&self) -> String {
        let mut text = String::new();
        for part in &self.parts {
            text.push('/');
            match part {
                PathPart::Literal(literal) => text.push_str(literal),
                PathPart::Key { name, .. }
                | PathPart::Caller { name }
                | PathPart::Parent(Parent { name, .. }) => {
                    text.push('{');
                    text.push_str(name);
                    text.push('}');
                }
            }
        }
        text
    }

    /// The path without the names of its parameters: `/api/tasks/{}`.
    pub fn shape(&self) -> String {
        let mut text = String::new();
        for part in &self.parts {
            text.push('/');
            text.push_str(match part {
                PathPart::Literal(literal) => literal,
                PathPart::Key { .. } | PathPart::Caller { .. } | PathPart::Parent(_) => "{}",
            });
        }
        text
    }

    /// Whether two paths differ in parameter names alone.
    pub fn same_shape(&self, other: &Self) -> bool {
        self.shape() == other.shape()
    }

    /// The rows that what it leads to lies below, in order.
    pub fn parents(&self) -> impl DoubleEndedIterator<Item = &Parent> {
        self.parts.iter().filter_map(|part| match part {
            PathPart::Parent(parent) => Some(parent),
            PathPart::Literal(_) | PathPart::Key { .. } | PathPart::Caller { .. } => None,
        })
    }

    /// Whether it carries the caller.
    pub fn has_caller(&self) -> bool {
        self.parts
            .iter()
            .any(|part| matches!(part, PathPart::Caller { .. }))
    }
}

/// The answer when all is well.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Success {
    /// Its status.
    pub status: u16,
    /// The schema of its body, if it has one.
    pub body: Option<SchemaId>,
    /// Whether it carries `Location`.
    pub location: bool,
    /// Whether it carries `Link` to the next page.
    pub link: bool,
    /// Whether it carries `X-Total-Count` where `count=true` asks: a bare array has no room for a total.
    pub total: bool,
}

/// One way in which a request can fail.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// The kind of problem, which has the status.
    pub problem: Problem,
    /// When it happens on this route, as one sentence.
    pub when: String,
}

impl Route {
    /// Every status that the route can answer, in order, without repetition. `304` is among them where there
    /// is an `ETag` to ask with.
    pub fn statuses(&self) -> Vec<u16> {
        let mut all = vec![self.success.status];
        all.extend(self.made.map(|made| made.status));
        if self.etag && self.method == Method::Get {
            all.push(304);
        }
        all.extend(self.answers.iter().map(|answer| answer.problem.status()));
        all.sort_unstable();
        all.dedup();
        all
    }
}
