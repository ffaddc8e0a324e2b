//! Every route as a plan, made once at start.

use std::collections::HashMap;

use groma_ir::Model;
use groma_ir::access::CallerFacts;
use groma_ir::design::{EntityId, FieldId, Parent, RoleSet};
use groma_ir::http::{Operation, PathPart, Problem, Route, RouteId, SchemaId, SchemaKind, Success};

use crate::admit::Admit;
use crate::decode::shape::{One, caller_key};
use crate::decode::{Body, BodyPlan, Incoming, Query, QueryPlan, Request, RetryPlan, Target, percent};
use crate::find::{Finder, Found, Params};
use crate::reply::{ItemPlan, ReportPlan};
use crate::{Caller, Failure, Value, World};

/// The plans of a design's routes.
#[derive(Debug)]
pub struct Plans {
    finder: Finder,
    routes: groma_ir::Arena<RouteId, RoutePlan>,
    items: HashMap<SchemaId, ItemPlan>,
    caller_key: Option<One>,
}

/// One route, with everything decided that can be.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own that the design states"
)]
pub struct RoutePlan {
    /// The route.
    pub id: RouteId,
    /// The entity that it is about.
    pub entity: EntityId,
    /// What it does.
    pub operation: Operation,
    /// Whether it answers without a token.
    pub public: bool,
    /// The answer when all is well.
    pub success: Success,
    /// Of a replace that makes the row where there is none: the answer when it did.
    pub made: Option<Success>,
    /// The field by which the item is looked up.
    pub key_field: Option<FieldId>,
    /// The schema of the item that it answers with, or lists.
    pub item: Option<SchemaId>,
    /// How a list stands in its answer.
    pub envelope: Envelope,
    /// How a report is written.
    pub report: Option<ReportPlan>,
    /// Whether it honours `If-Match`.
    pub if_match: bool,
    /// Whether it requires `If-Match`.
    pub require_match: bool,
    pub(crate) etag: bool,
    /// How a request is known again, where the route honours `Idempotency-Key`.
    pub(crate) retry: Option<RetryPlan>,
    pub(crate) query: QueryPlan,
    pub(crate) body: BodyPlan,
    /// The rows that the item lies below, in the order of the path.
    pub parents: Vec<Parent>,
    targets: Vec<Target>,
    /// The member of the body that says which row is meant, where the path does not.
    found_by: Option<usize>,
    /// What the parameters of the path are, in order.
    params: Vec<ParamPlan>,
    admit: Admit,
}

/// A parameter of a path.
#[derive(Debug)]
enum ParamPlan {
    Caller,
    Key(One),
    Parent(One),
}

/// How a list stands in its answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Envelope {
    /// It is no list.
    None,
    /// A bare array.
    Array,
    /// An object that holds the rows under this name.
    Object {
        /// The name.
        items: String,
        /// Whether `next_cursor` stands beside them; otherwise `limit` and `offset` do.
        cursor: bool,
    },
}

impl Plans {
    /// Plans every route of a design.
    pub fn new(model: &Model) -> Self {
        let items = model
            .http
            .schemas
            .entries()
            .filter(|(_, schema)| matches!(schema.kind, SchemaKind::Item(_)) && schema.entity.is_some());
        Self {
            finder: Finder::new(&model.http),
            routes: model
                .http
                .routes
                .entries()
                .map(|(id, route)| RoutePlan::new(model, id, route))
                .collect(),
            items: items.map(|(id, _)| (id, ItemPlan::new(model, id))).collect(),
            caller_key: caller_key(&model.design),
        }
    }

    /// What a method and a path mean; the path is still percent-encoded.
    pub fn find<'f, 'r>(&'f self, method: &str, path: &'r str) -> Found<'f, 'r> {
        self.finder.find(method, path)
    }

    /// The plan of a route.
    pub fn route(&self, id: RouteId) -> &RoutePlan {
        &self.routes[id]
    }

    /// All plans, in the order of the routes.
    pub fn routes(&self) -> impl Iterator<Item = &RoutePlan> {
        self.routes.iter()
    }

    /// How the items of a schema are written.
    pub fn item(&self, schema: SchemaId) -> &ItemPlan {
        match self.items.get(&schema) {
            Some(plan) => plan,
            None => unreachable!("every schema of an item is planned"),
        }
    }

    /// A caller from what the token says; nothing when its subject cannot be a key of the callers' entity.
    pub fn caller(&self, subject: &str, roles: RoleSet, claims: Vec<Value>) -> Option<Caller> {
        let key = self.caller_key.as_ref()?.parse(subject).ok()?;
        Some(Caller {
            key,
            facts: CallerFacts {
                authenticated: true,
                roles,
            },
            claims,
        })
    }

    /// What the caller alone decides: the caller in the path, then whether such a caller ever may.
    pub fn admit(&self, route: RouteId, params: &Params<'_>, caller: &Caller) -> Result<(), Failure> {
        let plan = self.route(route);
        if !caller.facts.authenticated && !plan.public {
            return Err(Failure::of(Problem::Unauthenticated));
        }
        let named = params
            .0
            .iter()
            .zip(&plan.params)
            .filter(|(_, param)| matches!(param, ParamPlan::Caller));
        for (part, _) in named {
            if !caller.facts.authenticated {
                return Err(Failure::of(Problem::Unauthenticated));
            }
            if key_of(self.caller_key.as_ref(), part) != caller.key {
                return Err(Failure::because(
                    Problem::Forbidden,
                    "The path names another caller than the token does.",
                ));
            }
        }
        if plan.admit.is_possible(&caller.facts) {
            Ok(())
        } else {
            Err(Failure::of(Problem::Forbidden))
        }
    }

    /// Reads the query and the body, with every mistake at once.
    pub fn decode(
        &self,
        incoming: &Incoming<'_>,
        caller: &Caller,
        world: &World,
    ) -> Result<Request, Failure> {
        crate::decode::decode(self.route(incoming.route), incoming, caller, world)
    }
}

impl RoutePlan {
    fn new(model: &Model, id: RouteId, route: &Route) -> Self {
        let mut fields = route.path.parts.iter().filter_map(|part| match part {
            PathPart::Key { field, .. } => Some(*field),
            PathPart::Literal(_) | PathPart::Caller { .. } | PathPart::Parent(_) => None,
        });
        let in_path = fields.next_back();
        let (item, envelope) = answer(model, route);
        let body = BodyPlan::new(model, route);
        Self {
            id,
            entity: route.entity,
            operation: route.operation,
            public: route.public,
            success: route.success,
            made: route.made,
            key_field: route.find.map(|find| find.field).or(in_path),
            item,
            envelope,
            report: match (route.operation, route.success.body) {
                (Operation::Report(_), Some(body)) => {
                    Some(ReportPlan::new(model, &model.http.schemas[body].kind))
                }
                _ => None,
            },
            if_match: route.if_match,
            require_match: route.require_match,
            etag: route.etag,
            retry: RetryPlan::of(model, route),
            query: QueryPlan::new(model, route),
            found_by: route.find.and_then(|find| {
                let mut targets = body.targets().into_iter();
                targets.position(|target| target == Target::Input(find.input))
            }),
            targets: body.targets(),
            body,
            parents: route.path.parents().cloned().collect(),
            params: params(model, route),
            admit: Admit::new(model, route),
        }
    }

    /// Whether a body is read at all.
    pub fn takes_body(&self) -> bool {
        !matches!(self.body, BodyPlan::Nothing)
    }

    /// Whether a body must be there: otherwise an empty one is as good as none, whatever its type.
    pub fn needs_body(&self) -> bool {
        matches!(self.body, BodyPlan::Object(_))
    }

    /// Whether the body is a merge patch, which has a media type of its own beside JSON.
    pub fn is_patch(&self) -> bool {
        self.operation == Operation::Update
    }

    /// The query when nothing is sent.
    pub fn default_query(&self) -> Query {
        self.query.read("", &[], &mut crate::failure::Mistakes::default())
    }

    /// The references that `include` may embed.
    pub fn includes(&self) -> Vec<FieldId> {
        self.query.includes()
    }

    /// Whether the answer carries an `ETag`.
    pub fn has_tag(&self) -> bool {
        self.etag
    }

    /// What the members of the body write, in order.
    pub fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// The name of a member of the body.
    pub fn member_name(&self, member: usize) -> &str {
        self.body.member_name(member)
    }

    /// Whether the row is found by what the body says of it. Its caller need not be able to read it.
    pub fn finds(&self) -> bool {
        self.found_by.is_some()
    }

    /// The item's key in the path, or what the body says instead; null when there is none or it cannot be one.
    pub(crate) fn key_of(&self, params: &Params<'_>, body: &Body) -> Value {
        if let Some(member) = self.found_by {
            return body.value(member).cloned().unwrap_or(Value::Null);
        }
        let mut named = params.0.iter().zip(&self.params);
        let key = named.find_map(|(part, param)| match param {
            ParamPlan::Key(shape) => Some(key_of(Some(shape), part)),
            ParamPlan::Caller | ParamPlan::Parent(_) => None,
        });
        key.unwrap_or(Value::Null)
    }

    /// What the path says of the rows that the item lies below; null where it cannot be that.
    pub(crate) fn parents_of(&self, params: &Params<'_>) -> Vec<Value> {
        let named = params.0.iter().zip(&self.params);
        let parents = named.filter_map(|(part, param)| match param {
            ParamPlan::Parent(shape) => Some(key_of(Some(shape), part)),
            ParamPlan::Caller | ParamPlan::Key(_) => None,
        });
        parents.collect()
    }
}

fn params(model: &Model, route: &Route) -> Vec<ParamPlan> {
    let design = &model.design;
    let shape = |entity: EntityId, field: FieldId| One::of(design, &design.entities[entity].fields[field].ty);
    let params = route.path.parts.iter().filter_map(|part| match part {
        PathPart::Literal(_) => None,
        PathPart::Caller { .. } => Some(ParamPlan::Caller),
        PathPart::Key { field, .. } => Some(ParamPlan::Key(shape(route.entity, *field))),
        PathPart::Parent(parent) => Some(ParamPlan::Parent(shape(parent.entity, parent.by))),
    });
    params.collect()
}

fn key_of(shape: Option<&One>, part: &str) -> Value {
    let text = percent::path(part);
    shape
        .zip(text)
        .and_then(|(shape, text)| shape.parse(&text).ok())
        .unwrap_or(Value::Null)
}

fn answer(model: &Model, route: &Route) -> (Option<SchemaId>, Envelope) {
    let Some(body) = route.success.body else {
        return (None, Envelope::None);
    };
    match &model.http.schemas[body].kind {
        SchemaKind::Item(_) => (Some(body), Envelope::None),
        SchemaKind::Array(item) => (Some(*item), Envelope::Array),
        SchemaKind::Page { items, item, cursor } => (
            Some(*item),
            Envelope::Object {
                items: items.clone(),
                cursor: *cursor,
            },
        ),
        SchemaKind::Input(_)
        | SchemaKind::Patch(_)
        | SchemaKind::Report(_)
        | SchemaKind::Problem
        | SchemaKind::ValidationProblem => (None, Envelope::None),
    }
}
