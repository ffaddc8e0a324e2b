//! The listener, and the way of a request from its path to its answer.

use std::collections::BTreeMap;
use std::io::BufReader;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::Value as Json;

use groma_ir::Model;
use groma_ir::design::{Design, Effect, EntityId, FieldId, RoleSet, Rule, Storage, Verb, VerbUse, Who};
use groma_ir::http::{Method, Operation, PathPart, Problem, Route, RouteId};

use super::Bug;
use super::body::{Strict, depth, read as read_body};
use super::http::{Incoming, Outgoing, decode};
use super::jwt::{Refusal, verify};
use super::query;
use crate::call::{ActorId, Below, Body, Call, Fault, Key, Member, Mistake, Precondition};
use crate::oracle::{Row, RowId, World, key_text};
use crate::tokens::Identity;

/// A running service.
pub(crate) struct Bed {
    address: SocketAddr,
}

impl Bed {
    /// Serves a design on a free port of this machine, until the process ends.
    pub(crate) fn start(design: Design, key: Vec<u8>, bugs: &[Bug]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let service = Arc::new(Mutex::new(Service::new(design, key, bugs)));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let service = Arc::clone(&service);
                std::thread::spawn(move || serve(stream, &service));
            }
        });
        Self { address }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

fn serve(mut stream: TcpStream, service: &Mutex<Service>) {
    stream.set_nodelay(true).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while let Some(incoming) = Incoming::read(&mut reader) {
        let answer = service.lock().unwrap().answer(&incoming);
        if answer.write(&mut stream, incoming.method == "HEAD").is_err() {
            return;
        }
    }
}

/// The path and the body of a request whose answer is kept, and the answer.
type Kept = (String, Vec<u8>, Outgoing);

/// Everything that a service holds.
pub(super) struct Service {
    pub(super) model: &'static Model,
    /// The same design with every rule open.
    pub(super) lax: &'static Model,
    pub(super) world: World<'static>,
    pub(super) bugs: Vec<Bug>,
    pub(super) serial: i64,
    key: Vec<u8>,
    /// What was answered to callers who may send the same again: whose, of which route, by which key.
    replies: BTreeMap<(String, RouteId, String), Kept>,
}

impl Service {
    fn new(mut design: Design, key: Vec<u8>, bugs: &[Bug]) -> Self {
        spoil(&mut design, bugs);
        let lax = Box::leak(Box::new(Model::new(open(design.clone()))));
        let model = Box::leak(Box::new(Model::new(design)));
        Self {
            model,
            lax,
            world: World::new(model),
            bugs: bugs.to_vec(),
            serial: 0,
            key,
            replies: BTreeMap::new(),
        }
    }

    pub(super) fn has(&self, bug: Bug) -> bool {
        self.bugs.contains(&bug)
    }

    fn answer(&mut self, incoming: &Incoming) -> Outgoing {
        let mut answer = self.route(incoming);
        let is_private = true;
        if is_private && !self.has(Bug::StoresPrivateAnswers) {
            answer = answer.with("Cache-Control", "no-store");
        }
        answer
            .with("X-Content-Type-Options", "nosniff")
            .with("Referrer-Policy", "no-referrer")
            .with(
                "Content-Security-Policy",
                "default-src 'none'; frame-ancestors 'none'",
            )
            .with("X-Request-Id", "r1")
    }

    fn route(&mut self, incoming: &Incoming) -> Outgoing {
        if incoming.path == "/livez" {
            return Outgoing::json(200, &Json::Object(serde_json::Map::new()));
        }
        if incoming.path.ends_with('/') && self.has(Bug::RedirectsTrailingSlash) {
            return Outgoing::empty(307).with("Location", incoming.path.trim_end_matches('/'));
        }
        let parts: Option<Vec<String>> = incoming.path.split('/').skip(1).map(decode).collect();
        let Some(found) = parts.and_then(|parts| self.matching(&parts).map(|found| (found, parts))) else {
            return self.problem(&Problem::NotFound, incoming, &[]);
        };
        let (shape, parts) = found;
        let methods = self.model.http.methods();
        let allowed = methods
            .iter()
            .find(|(path, _)| path.same_shape(&shape.path))
            .unwrap()
            .1
            .join(", ");
        let overridden = incoming
            .header("x-http-method-override")
            .filter(|_| self.has(Bug::HonoursMethodOverride));
        let method = match incoming.method.as_str() {
            "HEAD" => "GET",
            method => overridden.unwrap_or(method),
        };
        if method == "OPTIONS" {
            return Outgoing::empty(204).with("Allow", allowed);
        }
        let mut routes = self.model.http.routes.entries();
        let route =
            routes.find(|(_, route)| route.path.same_shape(&shape.path) && route.method.name() == method);
        let Some((id, route)) = route else {
            let answer = self.problem(&Problem::MethodNotAllowed, incoming, &[]);
            return if self.has(Bug::NoAllow) {
                answer
            } else {
                answer.with("Allow", allowed)
            };
        };
        let answer = self.on_route(id, route, &parts, incoming);
        if incoming.method == "HEAD" && self.has(Bug::HeadHasOtherStatus) {
            Outgoing {
                status: 204,
                ..answer
            }
        } else {
            answer
        }
    }

    /// A route of the shape that fits best: fixed text before parameters.
    fn matching(&self, parts: &[String]) -> Option<&'static Route> {
        let fits = |route: &&Route| {
            route.path.parts.len() == parts.len()
                && route
                    .path
                    .parts
                    .iter()
                    .zip(parts)
                    .all(|(part, given)| match part {
                        PathPart::Literal(literal) => literal == given,
                        PathPart::Key { .. } | PathPart::Caller { .. } | PathPart::Parent(_) => {
                            !given.is_empty()
                        }
                    })
        };
        let open = |route: &&Route| {
            route
                .path
                .parts
                .iter()
                .filter(|part| !matches!(part, PathPart::Literal(_)))
                .count()
        };
        self.model.http.routes.iter().filter(fits).min_by_key(open)
    }

    fn on_route(
        &mut self,
        id: RouteId,
        route: &'static Route,
        parts: &[String],
        incoming: &Incoming,
    ) -> Outgoing {
        let who = match self.caller(route, incoming) {
            Ok(who) => who,
            Err(answer) => return answer,
        };
        if self.has(Bug::DeniesEverything) && who.is_some() {
            return self.problem(&Problem::Forbidden, incoming, &[]);
        }
        if self.has(Bug::FailsOnPercent) && incoming.body.contains(&b'%') {
            return self.problem(&Problem::Internal, incoming, &[]);
        }
        let kept = self.kept(id, route, who.as_ref(), incoming);
        if let Some((path, body, answer)) = kept.as_ref().and_then(|key| self.replies.get(key)) {
            let is_same =
                *path == incoming.path && *body == incoming.body || self.has(Bug::RepeatsWhateverTheBody);
            return if is_same {
                answer.clone()
            } else {
                self.problem(&Problem::KeyReused, incoming, &[])
            };
        }
        let answer = self.done(id, route, parts, incoming, who.as_ref());
        if let Some(key) = kept.filter(|_| answer.status < 300) {
            let reply = (incoming.path.clone(), incoming.body.clone(), answer.clone());
            self.replies.insert(key, reply);
        }
        answer
    }

    /// Under what the answer is kept, if it is.
    fn kept(
        &self,
        id: RouteId,
        route: &Route,
        who: Option<&Identity>,
        incoming: &Incoming,
    ) -> Option<(String, RouteId, String)> {
        let key = incoming.header("idempotency-key")?;
        let who = who.filter(|_| route.retry && !self.has(Bug::IgnoresIdempotencyKey))?;
        let caller = if self.has(Bug::SharesIdempotencyKeys) {
            String::new()
        } else {
            who.subject.clone()
        };
        Some((caller, id, key.to_owned()))
    }

    fn done(
        &mut self,
        id: RouteId,
        route: &'static Route,
        parts: &[String],
        incoming: &Incoming,
        who: Option<&Identity>,
    ) -> Outgoing {
        let has = |bug| self.bugs.contains(&bug);
        let query = query::read(&self.model.design, route, &incoming.query, &has);
        let mut call = Call::new(id, ActorId::NOBODY).asking(query.ask.clone());
        self.fill_path(&mut call, route, parts);
        let fault = self.fill_body(&mut call, route, incoming, &query.errors);
        call.fault = fault;
        call.precondition = self.precondition(&call, route, incoming);
        self.carry_out(call, route, who, &query, incoming)
    }

    fn caller(&self, route: &Route, incoming: &Incoming) -> Result<Option<Identity>, Outgoing> {
        let mut values: Vec<&[u8]> = incoming
            .headers
            .iter()
            .filter(|(name, _)| name == "authorization")
            .map(|(_, value)| value.as_slice())
            .collect();
        let in_query = incoming.query.split("access_token=").nth(1);
        let in_query = in_query.map(|token| format!("Bearer {token}").into_bytes());
        if self.has(Bug::TakesTokenFromQuery) {
            values.extend(in_query.as_deref());
        }
        let has = |bug| self.bugs.contains(&bug);
        let Some(auth) = &self.model.design.auth else {
            return Ok(None);
        };
        match verify(auth, &self.key, &values, &has) {
            Ok(Some(who))
                if self.has(Bug::RefusesTokensOnLists) && route.operation == Operation::List
                    || self.has(Bug::RefusesTokensWithoutRole) && who.roles == auth.roles_of([]) =>
            {
                Err(self.unauthenticated(incoming, "Bearer error=\"invalid_token\""))
            }
            Ok(Some(who)) => Ok(Some(self.disguised(who))),
            Ok(None)
                if self.has(Bug::NeedsNoToken)
                    || self.has(Bug::TrustsForwardedUser)
                        && incoming.header("x-forwarded-user").is_some() =>
            {
                Ok(Some(Identity {
                    subject: "anonymous".into(),
                    roles: RoleSet::EMPTY,
                    claims: Vec::new(),
                    is_fresh: true,
                }))
            }
            Ok(None) if route.public => Ok(None),
            Err(Refusal::Fault) => Err(self.problem(&Problem::Internal, incoming, &[])),
            Ok(None) => Err(self.unauthenticated(incoming, "Bearer")),
            Err(Refusal::Token) => Err(self.unauthenticated(incoming, "Bearer error=\"invalid_token\"")),
        }
    }

    fn unauthenticated(&self, incoming: &Incoming, challenge: &str) -> Outgoing {
        let answer = self.problem(&Problem::Unauthenticated, incoming, &[]);
        if self.has(Bug::NoChallenge) {
            answer
        } else {
            answer.with("WWW-Authenticate", challenge)
        }
    }

    fn disguised(&self, mut who: Identity) -> Identity {
        let auth = self.model.design.auth.as_ref().unwrap();
        if self.has(Bug::EverybodyIsAdmin) {
            who.roles = auth
                .roles
                .iter()
                .fold(RoleSet::EMPTY, |all, role| all.union(role.includes));
        }
        if self.has(Bug::DeniesRoles) {
            who.roles = auth.roles_of([]);
        }
        who
    }

    fn fill_path(&self, call: &mut Call, route: &Route, parts: &[String]) {
        for (part, given) in route.path.parts.iter().zip(parts) {
            match part {
                PathPart::Literal(_) => {}
                PathPart::Caller { .. } if self.has(Bug::IgnoresCallerInPath) => {}
                PathPart::Caller { .. } => call.path_caller = Some(given.clone()),
                PathPart::Key { field, .. } => {
                    let row = self.named(call, (route.entity, *field), given);
                    call.key = row.map_or_else(|| Key::Missing(given.clone()), Key::Row);
                }
                PathPart::Parent(_) if self.has(Bug::IgnoresParent) => {}
                PathPart::Parent(parent) => {
                    let row = self.named(call, (parent.entity, parent.by), given);
                    let design = &self.model.design;
                    let is_ours = design.entities[parent.entity].storage == Storage::Managed;
                    let is_below = |row: &RowId| {
                        let above = match call.below {
                            Below::Row(above) => above,
                            Below::Usual | Below::Key(_) | Below::Missing(_) => return true,
                        };
                        let mut parents = route.path.parents();
                        let above_of = parents.find(|known| known.entity == above.entity);
                        let reference = above_of.map(|known| self.world.row(*row).cell(known.field));
                        reference == Some(self.world.key(above))
                    };
                    call.below = match row.filter(is_below) {
                        Some(row) => Below::Row(row),
                        None if is_ours => Below::Missing(given.clone()),
                        None => Below::Key(Json::from(given.as_str())),
                    };
                }
            }
        }
    }

    /// The row that a part of a path names: below what stands before it, where there is one.
    fn named(&self, call: &Call, (entity, field): (EntityId, FieldId), given: &str) -> Option<RowId> {
        let is_it = |cell: &Json| key_text(cell) == given.to_lowercase() || key_text(cell) == given;
        let mut rows = self.world.known(entity).filter(|(_, row)| is_it(row.cell(field)));
        let first = rows.next()?.0;
        let Below::Row(above) = call.below else {
            return Some(first);
        };
        let route = &self.model.http.routes[call.route];
        let parent = route.path.parents().find(|parent| parent.entity == above.entity);
        let refers = |row: &(RowId, &Row)| {
            row.1.alive && parent.is_some_and(|parent| row.1.cell(parent.field) == self.world.key(above))
        };
        Some(rows.find(refers).map_or(first, |(row, _)| row))
    }

    /// Reads the body into the call; whatever is wrong with the shape of the request.
    fn fill_body(
        &self,
        call: &mut Call,
        route: &Route,
        incoming: &Incoming,
        wrong: &[(String, String)],
    ) -> Option<Fault> {
        let fault = |problem, errors: &[(String, String)]| {
            // The codes are few: leaking them spares the oracle a second type.
            let mistakes = errors.iter().map(|(code, at)| Mistake {
                code: code.clone().leak(),
                at: at.clone(),
            });
            Some(Fault {
                problem,
                mistakes: mistakes.collect(),
                field: None,
            })
        };
        if route.success.body.is_some() && !self.has(Bug::IgnoresAccept) && refuses_json(incoming) {
            return fault(Problem::NotAcceptable, &[]);
        }
        let takes_body = route.body.is_some()
            || matches!(route.operation, Operation::Action(_)) && !incoming.body.is_empty();
        if takes_body {
            if !self.has(Bug::IgnoresContentType) && !is_json(incoming, route) {
                return fault(Problem::UnsupportedMediaType, &[]);
            }
            if incoming.body.len() as u64 > self.model.design.service.limits.body
                && !self.has(Bug::NoLimitOnBody)
            {
                return fault(Problem::ContentTooLarge, &[]);
            }
        }
        if !wrong.is_empty() {
            return fault(Problem::InvalidRequest, wrong);
        }
        if !takes_body {
            return None;
        }
        let invalid = Problem::InvalidBody {
            status: self.model.design.service.validation_status,
        };
        let parsed = if self.has(Bug::TakesRepeatedMembers) {
            serde_json::from_slice::<Json>(&incoming.body).map_err(drop)
        } else {
            serde_json::from_slice::<Strict>(&incoming.body)
                .map(|strict| strict.0)
                .map_err(drop)
        };
        let Some(body) = parsed.ok().filter(|body| depth(body) <= 64) else {
            return fault(Problem::InvalidRequest, &[("json_invalid".into(), String::new())]);
        };
        let Json::Object(body) = body else {
            return fault(invalid, &[("model_attributes_type".into(), String::new())]);
        };
        let has = |bug| self.bugs.contains(&bug);
        let declared = match route.body.map(|schema| &self.model.http.schemas[schema].kind) {
            Some(groma_ir::http::SchemaKind::Input(members) | groma_ir::http::SchemaKind::Patch(members)) => {
                members.as_slice()
            }
            _ => &[],
        };
        match read_body(&self.model.design, declared, &body, &has) {
            Err(errors) => fault(invalid, &errors),
            Ok(values) => {
                let members = values.into_iter().map(|(member, sample)| match member.kind {
                    groma_ir::http::MemberKind::Field(field, _) => Member::Field(field, sample),
                    groma_ir::http::MemberKind::Input(input, _) => Member::Input(input, sample),
                    _ => unreachable!(),
                });
                let mut members: Vec<Member> = members.collect();
                if self.has(Bug::TakesOwnerFromBody)
                    && let Some(owner) = body.get("owner_id")
                {
                    members.push(Member::Raw("owner_id".into(), owner.to_string()));
                }
                call.body = Body::Members(members);
                None
            }
        }
    }

    fn precondition(&self, call: &Call, route: &Route, incoming: &Incoming) -> Precondition {
        let (Key::Row(row), true) = (&call.key, route.if_match && !self.has(Bug::IgnoresIfMatch)) else {
            return Precondition::Fine;
        };
        match incoming.header("if-match") {
            None if route.require_match => Precondition::Omitted,
            None => Precondition::Fine,
            Some("*") => Precondition::Any,
            Some(tags) if tags.split(',').any(|tag| tag.trim() == self.tag(*row)) => Precondition::Current,
            Some(_) => Precondition::Stale,
        }
    }

    pub(super) fn problem(
        &self,
        problem: &Problem,
        incoming: &Incoming,
        errors: &[(String, String)],
    ) -> Outgoing {
        let mut answer = Outgoing::problem(problem, &incoming.path, errors);
        if self.has(Bug::PlainErrors) {
            answer = answer.with("Content-Type", "application/json");
        }
        if self.has(Bug::WrongStatusInProblem) {
            let body = String::from_utf8(answer.body).unwrap();
            answer.body = body.replace("\"status\":4", "\"status\":2").into_bytes();
        }
        if self.has(Bug::LeaksTheInside) {
            let body = String::from_utf8(answer.body).unwrap();
            answer.body = body
                .replace("\"detail\":\"", "\"detail\":\"rusqlite: no such column: ")
                .into_bytes();
        }
        answer
    }
}

fn refuses_json(incoming: &Incoming) -> bool {
    let Some(accept) = incoming.header("accept") else {
        return false;
    };
    let takes = |part: &str| {
        let mut parts = part.split(';').map(str::trim);
        let media = parts.next().unwrap();
        let is_zero = parts.any(|parameter| parameter == "q=0");
        ["*/*", "application/*", "application/json"].contains(&media) && !is_zero
    };
    !accept.split(',').any(takes)
}

fn is_json(incoming: &Incoming, route: &Route) -> bool {
    let media = incoming
        .header("content-type")
        .map(|value| value.split(';').next().unwrap().trim());
    media == Some("application/json")
        || route.method == Method::Patch && media == Some("application/merge-patch+json")
}

/// The design with every verb open to everyone who has a token.
fn open(mut design: Design) -> Design {
    for id in design.entities.ids().collect::<Vec<_>>() {
        let entity = &mut design.entities[id];
        let mut verbs = vec![Verb::Create, Verb::Read, Verb::Update, Verb::Delete];
        verbs.extend(entity.actions.ids().map(Verb::Action));
        let uses = verbs
            .into_iter()
            .map(|verb| VerbUse {
                verb,
                fields: Vec::new(),
            })
            .collect();
        let origin = entity.origin;
        entity.rules = vec![Rule {
            effect: Effect::Allow,
            verbs: uses,
            who: vec![Who::Authenticated],
            except: Vec::new(),
            when: None,
            text: String::from("allow"),
            origin,
        }];
    }
    design
}

/// Bugs that are a wrong reading of the design.
fn spoil(design: &mut Design, bugs: &[Bug]) {
    for id in design.entities.ids().collect::<Vec<_>>() {
        let variants: Vec<_> = design
            .enums
            .iter()
            .map(|of| of.variants.ids().collect::<Vec<_>>())
            .collect();
        let entity = &mut design.entities[id];
        if bugs.contains(&Bug::SharesUniqueValues) {
            entity.uniques.clear();
        }
        if bugs.contains(&Bug::IgnoresRuleOnParent) {
            entity.rules.retain(|rule| rule.effect == Effect::Allow);
        }
        if bugs.contains(&Bug::MovesFreely) {
            entity.states.clear();
        }
        for action in entity.actions.ids().collect::<Vec<_>>() {
            let action = &mut entity.actions[action];
            if let Some(moves) = &mut action.moves
                && bugs.contains(&Bug::ActsFromAnyState)
            {
                moves.from.clone_from(&variants[groma_ir::Id::index(moves.of)]);
            }
            if bugs.contains(&Bug::ActionForgetsToSet) {
                action.sets.clear();
            }
        }
    }
}
