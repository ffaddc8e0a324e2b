//! Lowers resources to routes.

mod answers;
mod called;
mod hold;
mod makes;
mod params;
mod schemas;
mod unreachable;

use std::collections::BTreeSet;

use super::{Group, Http, Method, Operation, PathPart, Route, RouteId, RoutePath, SchemaId, Success};
use crate::Arena;
use crate::access::{Access, CallerFacts, kinds_of_caller};
use crate::design::{
    ActionRoute, Admission, Design, Entity, EntityId, FieldId, Find, ListShape, Report, ReportId, Resource,
    ResourceId, Segment,
};
use crate::spelling::{self, camel, capital, pascal, spaced};
use answers::Facts;
use called::called;
use hold::References;
use schemas::Schemas;

/// Lowers every resource of a design.
pub fn lower(design: &Design, access: &Access) -> Http {
    let mut lowering = Lowering {
        design,
        access,
        routes: Arena::default(),
        schemas: Schemas::new(design),
        kinds: kinds_of_caller(design),
        references: References::of(design),
        ids: BTreeSet::new(),
        slugs: BTreeSet::new(),
    };
    let mut groups = Vec::new();
    for (resource, _) in design.resources.entries() {
        groups.push(lowering.group(resource));
    }
    let (schemas, problem, validation_problem) = lowering.schemas.finish();
    Http {
        base: design.service.base.clone(),
        groups,
        routes: lowering.routes,
        schemas,
        problem,
        validation_problem,
    }
}

struct Lowering<'a> {
    design: &'a Design,
    access: &'a Access,
    routes: Arena<RouteId, Route>,
    schemas: Schemas<'a>,
    /// The kinds of callers that there can be.
    kinds: Vec<CallerFacts>,
    /// What refers to what.
    references: References<'a>,
    /// The operation ids that are taken.
    ids: BTreeSet<String>,
    /// The groups' names that are taken.
    slugs: BTreeSet<String>,
}

/// What differs from operation to operation; the rest of a route follows from it.
struct Draft {
    operation: Operation,
    id: String,
    summary: String,
    doc: Option<String>,
    method: Method,
    path: RoutePath,
    admission: Admission,
    body: Option<SchemaId>,
    writes: Vec<FieldId>,
    require_match: bool,
    success: Success,
    /// The answer when the row was not there and is now.
    made: Option<Success>,
    origin: groma_diag::Span,
}

impl Draft {
    /// Whether a caller who got no answer may send it again under an `Idempotency-Key`: other methods that write can be
    /// sent again as they are, and without a caller nobody could tell whose the key is.
    fn may_be_sent_again(&self, design: &Design) -> bool {
        self.method == Method::Post && self.operation.is_write() && design.auth.is_some()
    }
}

impl<'a> Lowering<'a> {
    fn group(&mut self, id: ResourceId) -> Group {
        let resource = &self.design.resources[id];
        let first = self.routes.len();
        let item = self.schemas.item(resource.entity);
        for draft in self.drafts(resource, item) {
            let route = self.route(id, draft);
            self.routes.push(route);
        }
        let routes = self.routes.ids().skip(first).collect();
        Group {
            resource: id,
            entity: resource.entity,
            slug: free(&slug(resource), &mut self.slugs),
            routes,
            item,
        }
    }

    fn drafts(&mut self, resource: &'a Resource, item: SchemaId) -> Vec<Draft> {
        let mut drafts = Vec::new();
        drafts.extend(self.list(resource, item));
        drafts.extend(self.create(resource, item));
        drafts.extend(self.get(resource, item));
        drafts.extend(self.update(resource, item));
        drafts.extend(self.replace(resource, item));
        drafts.extend(self.delete(resource));
        for route in &resource.actions {
            drafts.push(self.action(resource, route, item));
        }
        for (report, _) in resource.reports.entries() {
            drafts.push(self.report(resource, report));
        }
        drafts
    }

    fn list(&mut self, resource: &'a Resource, item: SchemaId) -> Option<Draft> {
        let list = resource.list.as_ref()?;
        let called = called(self.design, resource);
        let page = self.schemas.page(resource, list, item);
        Some(Draft {
            operation: Operation::List,
            id: format!("list{}", called.names),
            summary: format!("List {}", called.many),
            doc: None,
            method: Method::Get,
            path: collection(self.design, resource),
            admission: list.admission,
            body: None,
            writes: Vec::new(),
            require_match: false,
            success: Success {
                link: list.shape == ListShape::Array || list.page.max > 0,
                total: list.shape == ListShape::Array,
                ..answer(200, Some(page))
            },
            made: None,
            origin: list.origin,
        })
    }

    fn create(&mut self, resource: &'a Resource, item: SchemaId) -> Option<Draft> {
        let create = resource.create.as_ref()?;
        let called = called(self.design, resource);
        let body = self.schemas.input(resource, &create.accept, "Create");
        let success = Success {
            location: resource.read.is_some(),
            ..answer(create.status, Some(item))
        };
        Some(Draft {
            operation: Operation::Create,
            id: format!("create{}", called.name),
            summary: format!("Create {}", called.one),
            doc: None,
            method: Method::Post,
            path: collection(self.design, resource),
            admission: create.admission,
            body: Some(body),
            writes: create.accept.clone(),
            require_match: false,
            success,
            made: None,
            origin: create.origin,
        })
    }

    fn get(&mut self, resource: &'a Resource, item: SchemaId) -> Option<Draft> {
        let read = resource.read.as_ref()?;
        let called = called(self.design, resource);
        Some(Draft {
            operation: Operation::Get,
            id: format!("get{}", called.name),
            summary: format!("Get {}", called.one),
            doc: None,
            method: Method::Get,
            path: self.item_path(resource),
            admission: read.admission,
            body: None,
            writes: Vec::new(),
            require_match: false,
            success: answer(200, Some(item)),
            made: None,
            origin: read.origin,
        })
    }

    fn update(&mut self, resource: &'a Resource, item: SchemaId) -> Option<Draft> {
        let update = resource.update.as_ref()?;
        let called = called(self.design, resource);
        let body = self.schemas.patch(resource, &update.accept);
        Some(Draft {
            operation: Operation::Update,
            id: format!("update{}", called.name),
            summary: format!("Change some fields of {}", called.one),
            doc: None,
            method: Method::Patch,
            path: self.item_path(resource),
            admission: update.admission,
            body: Some(body),
            writes: update.accept.clone(),
            require_match: update.require_match,
            success: answer(200, Some(item)),
            made: None,
            origin: update.origin,
        })
    }

    fn replace(&mut self, resource: &'a Resource, item: SchemaId) -> Option<Draft> {
        let replace = resource.replace.as_ref()?;
        let called = called(self.design, resource);
        let body = self.schemas.input(resource, &replace.accept, "Replace");
        let (verb, what) = if replace.makes {
            ("put", "Make or replace")
        } else {
            ("replace", "Replace")
        };
        Some(Draft {
            operation: Operation::Replace,
            id: format!("{verb}{}", called.name),
            summary: format!("{what} {}", called.one),
            doc: None,
            method: Method::Put,
            path: self.item_path(resource),
            admission: replace.admission,
            body: Some(body),
            writes: replace.accept.clone(),
            require_match: replace.require_match,
            success: answer(200, Some(item)),
            made: replace.makes.then_some(Success {
                location: resource.read.is_some(),
                ..answer(201, Some(item))
            }),
            origin: replace.origin,
        })
    }

    fn delete(&mut self, resource: &'a Resource) -> Option<Draft> {
        let delete = resource.delete.as_ref()?;
        let called = called(self.design, resource);
        Some(Draft {
            operation: Operation::Delete,
            id: format!("delete{}", called.name),
            summary: format!("Delete {}", called.one),
            doc: None,
            method: Method::Delete,
            path: self.item_path(resource),
            admission: delete.admission,
            body: None,
            writes: Vec::new(),
            require_match: delete.require_match,
            success: answer(204, None),
            made: None,
            origin: delete.origin,
        })
    }

    fn action(&mut self, resource: &'a Resource, route: &'a ActionRoute, item: SchemaId) -> Draft {
        let entity = self.entity(resource.entity);
        let called = called(self.design, resource);
        let id = route.action;
        let action = &entity.actions[id];
        let title = spaced(&action.name);
        Draft {
            operation: Operation::Action(id),
            id: format!("{}{}", camel(&action.name), called.name),
            summary: format!("{} {}", capital(&title), called.one),
            doc: action.doc.clone(),
            method: route.at.as_ref().map_or(Method::Post, |at| at.method),
            path: action_path(self.design, resource, route),
            admission: route.admission,
            body: (!action.inputs.is_empty()).then(|| self.schemas.action(resource, id)),
            writes: Vec::new(),
            require_match: false,
            // Who finds a row by what they know of it need not be able to read it.
            success: match action.find {
                Some(_) => answer(204, None),
                None => answer(200, Some(item)),
            },
            made: None,
            origin: route.origin,
        }
    }

    fn report(&mut self, resource: &'a Resource, id: ReportId) -> Draft {
        let called = called(self.design, resource);
        let report = &resource.reports[id];
        let mut path = collection(self.design, resource);
        path.parts.push(PathPart::Literal(report_part(report)));
        let schema = self.schemas.report(resource, report);
        Draft {
            operation: Operation::Report(id),
            id: format!("get{}{}", called.name, pascal(&report.name)),
            summary: format!("Get the {} of {}", spaced(&report.name), called.many),
            doc: report.doc.clone(),
            method: Method::Get,
            path,
            admission: report.admission,
            body: None,
            writes: Vec::new(),
            require_match: false,
            success: answer(200, Some(schema)),
            made: None,
            origin: report.origin,
        }
    }

    fn route(&mut self, id: ResourceId, draft: Draft) -> Route {
        let resource = &self.design.resources[id];
        let operation = draft.operation;
        let find = found_by(self.entity(resource.entity), operation);
        let is_of_known = operation.is_on_item() && find.is_none();
        let query = params::of(self.design, resource, operation);
        let facts = Facts {
            has_query: !query.is_empty(),
            kinds: &self.kinds,
            references: &self.references,
            design: self.design,
            access: self.access,
            resource,
            draft: &draft,
        };
        let retry = draft.may_be_sent_again(self.design);
        Route {
            answers: answers::of(&facts),
            query,
            resource: id,
            entity: resource.entity,
            operation,
            operation_id: free(&draft.id, &mut self.ids),
            summary: draft.summary,
            doc: draft.doc,
            method: draft.method,
            path: draft.path,
            public: draft.admission.public,
            limit: draft.admission.limit,
            body: draft.body,
            writes: draft.writes,
            find,
            makes: makes::beside(self.design, resource.entity, operation, draft.made.is_some()),
            etag: matches!(operation, Operation::Create) || is_of_known && operation != Operation::Delete,
            if_match: is_of_known && operation.is_write(),
            require_match: draft.require_match,
            retry,
            success: draft.success,
            made: draft.made,
            origin: draft.origin,
        }
    }

    fn entity(&self, id: EntityId) -> &'a Entity {
        &self.design.entities[id]
    }

    fn item_path(&self, resource: &Resource) -> RoutePath {
        item_path(self.design, resource)
    }
}

/// The path of one row.
fn item_path(design: &Design, resource: &Resource) -> RoutePath {
    let mut path = collection(design, resource);
    path.parts.push(item_part(design, resource));
    path
}

/// Where an action is called: where the design says, otherwise below its row, otherwise below the rows together.
fn action_path(design: &Design, resource: &Resource, route: &ActionRoute) -> RoutePath {
    let action = &design.entities[resource.entity].actions[route.action];
    let mut path = match &route.at {
        Some(at) => return path(design, resource, &at.path),
        None if action.find.is_some() => collection(design, resource),
        None => item_path(design, resource),
    };
    path.parts.push(PathPart::Literal(action.name.replace('_', "-")));
    path
}

/// The path of a resource's rows together.
fn collection(design: &Design, resource: &Resource) -> RoutePath {
    path(design, resource, &resource.path)
}

/// A path below the base.
fn path(design: &Design, resource: &Resource, segments: &[Segment]) -> RoutePath {
    let base = design.service.base.split('/').filter(|part| !part.is_empty());
    let base = base.map(|part| PathPart::Literal(part.to_owned()));
    let own = segments.iter().map(|segment| match segment {
        Segment::Literal(text) => PathPart::Literal(text.clone()),
        Segment::Caller { name } => PathPart::Caller { name: name.clone() },
        Segment::Parent(parent) => PathPart::Parent(parent.clone()),
        Segment::Item => item_part(design, resource),
    });
    RoutePath {
        parts: base.chain(own).collect(),
    }
}

/// The parameter that says which row of a resource is meant.
fn item_part(design: &Design, resource: &Resource) -> PathPart {
    PathPart::Key {
        name: design.entities[resource.entity].fields[resource.by].wire.clone(),
        field: resource.by,
    }
}

/// How an operation finds its row, where the path does not say which one it is.
fn found_by(entity: &Entity, operation: Operation) -> Option<Find> {
    match operation {
        Operation::Action(action) => entity.actions[action].find,
        _ => None,
    }
}

/// The last part of a report's path.
fn report_part(report: &Report) -> String {
    report.name.replace('_', "-")
}

fn answer(status: u16, body: Option<SchemaId>) -> Success {
    Success {
        status,
        body,
        location: false,
        link: false,
        total: false,
    }
}

/// The last fixed part of the path; what lies below others has all of them.
fn slug(resource: &Resource) -> String {
    let literals: Vec<String> = resource
        .path
        .iter()
        .filter_map(|segment| match segment {
            Segment::Literal(text) => Some(text.to_lowercase()),
            Segment::Caller { .. } | Segment::Parent(_) | Segment::Item => None,
        })
        .collect();
    match (literals.as_slice(), resource.parent()) {
        ([], _) => String::from("root"),
        ([.., last], None) => last.clone(),
        (all, Some(_)) => all.join("-"),
    }
}

/// The name itself, or with the first number that makes it unlike those that are taken; it is taken now.
fn free(wanted: &str, taken: &mut BTreeSet<String>) -> String {
    let numbered = (2..).map(|number| format!("{wanted}{number}"));
    let mut names = std::iter::once(wanted.to_owned()).chain(numbered);
    let name = names.find(|name| !taken.contains(name));
    let name = name.unwrap_or_else(|| unreachable!("the numbers do not end"));
    taken.insert(name.clone());
    name
}

/// `a task`, `an invitation`, of the name of an entity.
fn article(entity: &str) -> String {
    spelling::article(&spaced(entity))
}
