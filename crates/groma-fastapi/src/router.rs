//! `router.py`: the routes of an entity. A route translates: what comes in to a call of the service, and what that gives
//! to an answer.

mod admission;
mod answer;
mod paths;

use groma_ir::design::Method;
use groma_ir::http::{Operation, ParamKind, PathPart, Problem, Route, SchemaId};

use crate::cx::{Cx, Package};
use crate::dependencies;
use crate::names;
use crate::python::{Block, Doc, Module, string};
use crate::service::function_of;
use crate::words;

/// The module; none where there are no routes.
pub(crate) fn write(cx: &Cx<'_>, package: &Package) -> Option<String> {
    if package.routes.is_empty() {
        return None;
    }
    let rows = words::rows(cx, package.entity);
    let said = format!("Routes of {rows}. {}", cx.feature(package));
    let mut router = Router {
        cx,
        package,
        module: Module::new(said).waiting(cx.owner.asynchronous),
    };
    router.head();
    for route in router.in_order() {
        router.route(route);
    }
    Some(router.module.text())
}

/// A module under construction.
pub(super) struct Router<'w, 'm> {
    cx: &'w Cx<'m>,
    package: &'w Package,
    module: Module,
}

impl<'m> Router<'_, 'm> {
    fn take(&mut self, module: &str, name: &str) -> String {
        self.module.imports.name(module, name);
        name.to_owned()
    }

    fn schema(&mut self, schema: SchemaId) -> String {
        let class = names::schema(self.cx.model, schema);
        let entity = self.cx.model.http.schemas[schema].entity;
        let module = self
            .cx
            .package(entity.unwrap_or(self.package.entity))
            .module("schemas");
        self.take(&module, &class)
    }

    /// The routes, each before those whose parameters would take its fixed parts.
    fn in_order(&self) -> Vec<&'m Route> {
        let mut ordered: Vec<&'m Route> = Vec::new();
        for (_, route) in self.cx.routes(self.package) {
            let at = ordered.iter().position(|other| hides(other, route));
            ordered.insert(at.unwrap_or(ordered.len()), route);
        }
        ordered
    }

    /// The tag of a route: the name of its group.
    fn tag(&self, route: &Route) -> String {
        let groups = &self.cx.model.http.groups;
        let group = groups.iter().find(|group| group.resource == route.resource);
        string(group.map_or("", |group| group.slug.as_str()))
    }

    fn tags(&self) -> Vec<String> {
        let mut tags: Vec<String> = Vec::new();
        for (_, route) in self.cx.routes(self.package) {
            let tag = self.tag(route);
            if !tags.contains(&tag) {
                tags.push(tag);
            }
        }
        tags
    }

    fn head(&mut self) {
        self.take("fastapi", "APIRouter");
        let class = if self.cx.model.design.auth.is_some() {
            "TokenRoute"
        } else {
            "StrictRoute"
        };
        let class = self.take("app.core.reading", class);
        let mut arguments = Vec::new();
        if let [only] = self.tags().as_slice() {
            arguments.push(Doc::text(format!("tags=[{only}]")));
        }
        arguments.push(Doc::text(format!("route_class={class}")));
        let mut block = Block::new();
        block.statement("router = ", &Doc::call("APIRouter", arguments), "");
        self.module.constant(block);
    }

    fn route(&mut self, route: &'m Route) {
        let dependencies = self.dependencies(route);
        let (answer, needs_request) = self.answer(route);
        let mut decorator = vec![
            Doc::text(string(&route.path.template())),
            Doc::named("operation_id", Doc::text(string(&route.operation_id))),
            Doc::named("summary", Doc::text(string(&route.summary))),
        ];
        if let Some(doc) = &route.doc {
            decorator.push(Doc::named("description", Doc::prose(doc.trim())));
        }
        if self.tags().len() > 1 {
            decorator.push(Doc::text(format!("tags=[{}]", self.tag(route))));
        }
        if route.success.status != 200 {
            decorator.push(Doc::text(format!("status_code={}", route.success.status)));
        }
        let answered = route.success.body.map(|body| self.schema(body));
        if let Some(answered) = &answered {
            decorator.push(Doc::text(format!("response_model={answered}")));
        }
        decorator.push(Doc::named(
            "responses",
            self.responses(route, answered.as_deref()),
        ));
        if !dependencies.is_empty() {
            decorator.push(Doc::named("dependencies", Doc::list(dependencies)));
        }
        if route.public && self.cx.caller().is_some() {
            // Beside the token that may be sent: none.
            decorator.push(Doc::named("openapi_extra", Doc::text("{\"security\": [{}]}")));
        }
        let parameters = self.parameters(route, needs_request);
        self.take("fastapi", "Response");
        let method = route.method.name().to_lowercase();
        let mut block = Block::new();
        block.statement("@", &Doc::call(format!("router.{method}"), decorator), "");
        if route.retry {
            block.line(&format!("@{}", self.take("app.core.replies", "answered_once")));
        }
        let head = Doc::call(format!("def {}", function_of(route)), parameters);
        block.statement("", &head, " -> Response:");
        block.append(answer);
        self.module.push(block);
    }

    /// What is decided before the handler is called, in the order in which it is.
    fn dependencies(&mut self, route: &'m Route) -> Vec<Doc> {
        let limits = dependencies::of_route(self.cx, &mut self.module.imports, route);
        let mut all = Vec::new();
        all.extend(self.own_path(route).map(Doc::text));
        all.extend(self.admission(route).map(Doc::text));
        if route.success.body.is_some() {
            all.push(Doc::text(self.take("app.core.answers", "answers_json")));
        }
        if takes_body(route) {
            let function = if route.method == Method::Patch {
                "takes_patch"
            } else {
                "takes_json"
            };
            all.push(Doc::text(self.take("app.core.reading", function)));
        }
        if route.query.is_empty() {
            all.push(Doc::text(self.take("app.core.query", "no_query")));
        }
        if !all.is_empty() {
            self.take("fastapi", "Depends");
        }
        let rest = all.into_iter().map(|each| Doc::call("Depends", [each]));
        limits.into_iter().chain(rest).collect()
    }

    /// `problems(403, 404)`, with what a replace answers that made the row.
    fn responses(&mut self, route: &Route, answered: Option<&str>) -> Doc {
        self.take("app.core.responses", "problems");
        let usual = self.cx.usual_statuses();
        let made = route.made.map(|made| made.status);
        let statuses = route.statuses().into_iter();
        let statuses = statuses.filter(|status| {
            !usual.contains(status) && *status != route.success.status && made != Some(*status)
        });
        let problems = Doc::call("problems", statuses.map(|status| Doc::text(status.to_string())));
        let validation = self.cx.model.design.service.validation_status;
        let problems = if route.retry && validation == Problem::KeyReused.status() {
            let both = self.take("app.core.responses", "KEY_OR_BODY");
            Doc::join([problems, Doc::text(format!(" | {both}"))])
        } else {
            problems
        };
        let Some(made) = made else { return problems };
        let model = answered.map(|model| (string("model"), Doc::text(model)));
        let said = std::iter::once((string("description"), Doc::text(string("Created."))));
        let created = Doc::dict(said.chain(model));
        Doc::Group {
            open: String::from("{"),
            items: vec![
                Doc::join([Doc::text(format!("{made}: ")), created]),
                Doc::join([Doc::text("**"), problems]),
            ],
            close: "}",
        }
    }

    fn parameters(&mut self, route: &'m Route, needs_request: bool) -> Vec<Doc> {
        let mut all = Vec::new();
        if needs_request {
            all.push(Doc::text(format!("request: {}", self.take("fastapi", "Request"))));
        }
        all.push(Doc::text(format!(
            "session: {}",
            self.take("app.core.db", "SessionDep")
        )));
        if self.cx.caller().is_some() {
            let caller = if route.public {
                "MaybeCallerDep"
            } else {
                "CallerDep"
            };
            let caller = self.take("app.core.auth", caller);
            all.push(Doc::text(format!("caller: {caller}")));
        }
        all.extend(self.path_parameters(route));
        if !route.query.is_empty() {
            let query = names::query(route);
            let module = self.package.module("schemas");
            self.take(&module, &query);
            self.take("typing", "Annotated");
            self.take("fastapi", "Query");
            let query = Doc::of("Annotated", [Doc::text(query), Doc::text("Query()")]);
            all.push(Doc::join([Doc::text("query: "), query]));
        }
        let is_action = matches!(route.operation, Operation::Action(_));
        if takes_body(route) && !(is_action && self.is_without_input(route)) {
            let schema = route.body.map_or_else(String::new, |body| self.schema(body));
            all.push(Doc::text(format!("body: {schema}")));
        }
        if route.if_match {
            let tags = self.take("app.core.etags", "IfMatchDep");
            all.push(Doc::text(format!("if_match: {tags}")));
        }
        if (route.etag && route.method == Method::Get) || route.made.is_some() {
            let tags = self.take("app.core.etags", "IfNoneMatchDep");
            all.push(Doc::text(format!("if_none_match: {tags}")));
        }
        if route.retry {
            let retry = if route.public { "MaybeRetryDep" } else { "RetryDep" };
            all.push(Doc::text(format!(
                "_retry: {}",
                self.take("app.core.replies", retry)
            )));
        }
        if is_action && self.is_without_input(route) {
            self.take("app.core.types", "NoInput");
            all.push(Doc::text("_body: NoInput | None = None"));
        }
        all
    }

    fn is_without_input(&self, route: &Route) -> bool {
        let entity = &self.cx.model.design.entities[route.entity];
        match route.operation {
            Operation::Action(action) => entity.actions[action].inputs.is_empty(),
            _ => false,
        }
    }

    /// The references that a route can embed, by their names.
    fn includes(route: &'m Route) -> &'m [(String, groma_ir::design::FieldId)] {
        let includes = route.query.iter().find_map(|param| match &param.kind {
            ParamKind::Include { references } => Some(references.as_slice()),
            _ => None,
        });
        includes.unwrap_or_default()
    }

    fn has_fields(route: &Route) -> bool {
        let mut params = route.query.iter();
        params.any(|param| matches!(param.kind, ParamKind::Fields { .. }))
    }
}

fn takes_body(route: &Route) -> bool {
    match route.operation {
        Operation::Create | Operation::Update | Operation::Replace | Operation::Action(_) => true,
        Operation::List | Operation::Get | Operation::Delete | Operation::Report(_) => false,
    }
}

/// Whether a path that stands first takes what is meant for another one, which says more of it.
pub(crate) fn hides(first: &Route, second: &Route) -> bool {
    let is_literal = |part: &PathPart| matches!(part, PathPart::Literal(_));
    let (first_parts, second_parts) = (&first.path.parts, &second.path.parts);
    let mut hides = false;
    let takes = first_parts.iter().zip(second_parts).all(|(one, other)| {
        hides |= !is_literal(one) && is_literal(other);
        !is_literal(one) || one == other
    });
    first.method == second.method && first_parts.len() == second_parts.len() && takes && hides
}
