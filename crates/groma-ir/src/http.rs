//! The http view: every route with what it takes, what it gives and every status that it can answer.
//!
//! Two servers, the documents and the verifier read the same list. Only [`lower`] decides a route, a parameter,
//! a schema or a status.

mod lower;
mod problem;
mod query;
mod route;
mod schema;

pub use crate::design::Method;
pub use lower::lower;
pub use problem::{ErrorCode, LARGEST_HEAD, LONGEST_TARGET, Problem};
pub use query::{MOST_VALUES, Operator, Param, ParamKind};
pub use route::{Answer, KEPT_FOR, Operation, PathPart, Route, RoutePath, Success};
pub use schema::{Member, MemberKind, Schema, SchemaKind};

use std::collections::BTreeMap;

use crate::Arena;
use crate::design::{EntityId, ResourceId};

crate::ids! {
    /// A route.
    RouteId
    /// A named schema.
    SchemaId
}

/// All routes and schemas of a design.
#[derive(Clone, PartialEq, Debug)]
pub struct Http {
    /// The path before every route, without a final slash.
    pub base: String,
    /// Resources in the order of the design.
    pub groups: Vec<Group>,
    /// Routes, by resource, then in the order list, create, get, update, replace, delete, actions, reports.
    pub routes: Arena<RouteId, Route>,
    /// Named schemas: those of each entity, then `Problem` and `ValidationProblem`.
    pub schemas: Arena<SchemaId, Schema>,
    /// The schema of every error.
    pub problem: SchemaId,
    /// The schema of errors in the input, with a list of them.
    pub validation_problem: SchemaId,
}

/// The routes of one resource.
#[derive(Clone, PartialEq, Debug)]
pub struct Group {
    /// The resource.
    pub resource: ResourceId,
    /// Its entity.
    pub entity: EntityId,
    /// A short name in lower case that no other group has, fit for a file or a tag: `tasks`.
    pub slug: String,
    /// Its routes.
    pub routes: Vec<RouteId>,
    /// The schema of one item.
    pub item: SchemaId,
}

impl Http {
    /// The routes of a group.
    pub fn routes_of<'a>(&'a self, group: &'a Group) -> impl Iterator<Item = &'a Route> {
        group.routes.iter().map(|id| &self.routes[*id])
    }

    /// The methods that answer at each path, in the order in which the paths first appear: for 405, `Allow`
    /// and `OPTIONS`. `HEAD` stands beside every `GET`, and `OPTIONS` is always there.
    pub fn methods(&self) -> Vec<(&RoutePath, Vec<&'static str>)> {
        let mut paths: Vec<(&RoutePath, Vec<&'static str>)> = Vec::new();
        let mut known: BTreeMap<String, usize> = BTreeMap::new();
        for route in &self.routes {
            let at = *known.entry(route.path.shape()).or_insert(paths.len());
            if at == paths.len() {
                paths.push((&route.path, Vec::new()));
            }
            let names: &[&'static str] = match route.method {
                Method::Get => &["GET", "HEAD"],
                Method::Post => &["POST"],
                Method::Put => &["PUT"],
                Method::Patch => &["PATCH"],
                Method::Delete => &["DELETE"],
            };
            if let Some((_, methods)) = paths.get_mut(at) {
                methods.extend_from_slice(names);
            }
        }
        for (_, methods) in &mut paths {
            methods.push("OPTIONS");
        }
        paths
    }
}
