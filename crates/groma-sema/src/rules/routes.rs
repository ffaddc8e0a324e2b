//! The routes of a design before it is lowered: what prose is compared with, and what must not collide.
//!
//! Says methods and paths only. A test holds it to the http view, which decides everything about a route.

use groma_diag::Span;
use groma_ir::Design;
use groma_ir::design::{Resource, ResourceId, Segment};

/// A method at a path.
pub(crate) struct Spot<'d> {
    /// `GET`.
    pub(crate) method: &'static str,
    /// The path as documents write it: `/api/tasks/{id}`.
    pub(crate) path: String,
    /// The path with `{}` for every parameter: routes of one shape answer the same requests.
    pub(crate) shape: String,
    /// The operation, action or report.
    what: &'d str,
    /// The entity's name.
    of: &'d str,
    /// Whose it is.
    pub(crate) resource: ResourceId,
    /// Where it is declared.
    pub(crate) origin: Span,
}

impl Spot<'_> {
    /// What it is for people: `` `list` of `Task` ``.
    pub(crate) fn words(&self) -> String {
        format!("`{}` of `{}`", self.what, self.of)
    }
}

/// A path that grows, with its shape.
#[derive(Clone)]
struct Way {
    path: String,
    shape: String,
}

impl Way {
    fn literal(&mut self, text: &str) {
        for side in [&mut self.path, &mut self.shape] {
            side.push('/');
            side.push_str(text);
        }
    }

    fn parameter(&mut self, name: &str) {
        self.path.push_str("/{");
        self.path.push_str(name);
        self.path.push('}');
        self.shape.push_str("/{}");
    }

    /// The path of what is called below this one.
    fn below(&self, name: &str) -> Self {
        let mut way = self.clone();
        way.literal(&name.replace('_', "-"));
        way
    }
}

/// Every route, in the order of the design.
pub(crate) fn all(design: &Design) -> Vec<Spot<'_>> {
    let mut spots = Vec::with_capacity(design.resources.len() * 6);
    for (id, resource) in design.resources.entries() {
        of_resource(design, id, resource, &mut spots);
    }
    spots
}

fn of_resource<'d>(design: &'d Design, id: ResourceId, resource: &'d Resource, spots: &mut Vec<Spot<'d>>) {
    let entity = &design.entities[resource.entity];
    let collection = collection(design, resource);
    let mut item = collection.clone();
    item.parameter(&entity.fields[resource.by].wire);
    let mut add = |method, way: Way, what: &'d str, origin| {
        spots.push(Spot {
            method,
            path: way.path,
            shape: way.shape,
            what,
            of: &entity.name,
            resource: id,
            origin,
        });
    };
    if let Some(it) = &resource.list {
        add("GET", collection.clone(), "list", it.origin);
    }
    if let Some(it) = &resource.create {
        add("POST", collection.clone(), "create", it.origin);
    }
    if let Some(it) = &resource.read {
        add("GET", item.clone(), "read", it.origin);
    }
    if let Some(it) = &resource.update {
        add("PATCH", item.clone(), "update", it.origin);
    }
    if let Some(it) = &resource.replace {
        add("PUT", item.clone(), "replace", it.origin);
    }
    if let Some(it) = &resource.delete {
        add("DELETE", item.clone(), "delete", it.origin);
    }
    for route in &resource.actions {
        let name = &entity.actions[route.action].name;
        add("POST", item.below(name), name, route.origin);
    }
    for report in &resource.reports {
        add("GET", collection.below(&report.name), &report.name, report.origin);
    }
}

fn collection(design: &Design, resource: &Resource) -> Way {
    let mut way = Way {
        path: String::with_capacity(48),
        shape: String::with_capacity(48),
    };
    for part in design.service.base.split('/').filter(|part| !part.is_empty()) {
        way.literal(part);
    }
    for segment in &resource.path {
        match segment {
            Segment::Literal(text) => way.literal(text),
            Segment::Caller { name } => way.parameter(name),
        }
    }
    way
}
