//! The routes of a design before it is lowered: what prose is compared with, and what must not collide.
//!
//! Says methods and paths only. A test holds it to the http view, which decides everything about a route.

use groma_diag::Span;
use groma_ir::Design;
use groma_ir::design::{Resource, ResourceId, Segment};

/// A method at a path.
pub(crate) struct Spot {
    /// `GET`.
    pub(crate) method: &'static str,
    /// The parts of the path, base included.
    pub(crate) parts: Vec<Part>,
    /// What it is for people: ``the list of `Task` ``.
    pub(crate) what: String,
    /// Whose it is.
    pub(crate) resource: ResourceId,
    /// Where it is declared.
    pub(crate) origin: Span,
}

/// A part of a path.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// Fixed text.
    Literal(String),
    /// A parameter, by its name.
    Parameter(String),
}

impl Spot {
    /// The path as documents write it: `/api/tasks/{id}`.
    pub(crate) fn path(&self) -> String {
        let parts = self.parts.iter().map(|part| match part {
            Part::Literal(text) => format!("/{text}"),
            Part::Parameter(name) => format!("/{{{name}}}"),
        });
        parts.collect()
    }

    /// The path with every parameter alike: two routes with the same one answer the same requests.
    pub(crate) fn shape(&self) -> String {
        shape(&self.parts)
    }
}

/// The parts of a path with every parameter alike.
pub(crate) fn shape(parts: &[Part]) -> String {
    let parts = parts.iter().map(|part| match part {
        Part::Literal(text) => format!("/{text}"),
        Part::Parameter(_) => String::from("/{}"),
    });
    parts.collect()
}

/// Every route, in the order of the design.
pub(crate) fn all(design: &Design) -> Vec<Spot> {
    let resources = design.resources.entries();
    resources
        .flat_map(|(id, resource)| of_resource(design, id, resource))
        .collect()
}

fn of_resource(design: &Design, id: ResourceId, resource: &Resource) -> Vec<Spot> {
    let entity = &design.entities[resource.entity];
    let collection = collection(design, resource);
    let mut item = collection.clone();
    item.push(Part::Parameter(entity.fields[resource.by].wire.clone()));
    let spot = |method, parts: &[Part], what: &str, origin| Spot {
        method,
        parts: parts.to_vec(),
        what: format!("`{what}` of `{}`", entity.name),
        resource: id,
        origin,
    };
    let mut spots = Vec::new();
    spots.extend(
        resource
            .list
            .iter()
            .map(|it| spot("GET", &collection, "list", it.origin)),
    );
    spots.extend(
        resource
            .create
            .iter()
            .map(|it| spot("POST", &collection, "create", it.origin)),
    );
    spots.extend(
        resource
            .read
            .iter()
            .map(|it| spot("GET", &item, "read", it.origin)),
    );
    spots.extend(
        resource
            .update
            .iter()
            .map(|it| spot("PATCH", &item, "update", it.origin)),
    );
    spots.extend(
        resource
            .replace
            .iter()
            .map(|it| spot("PUT", &item, "replace", it.origin)),
    );
    spots.extend(
        resource
            .delete
            .iter()
            .map(|it| spot("DELETE", &item, "delete", it.origin)),
    );
    for route in &resource.actions {
        let action = &entity.actions[route.action];
        let name = &action.name;
        let (method, path) = match &route.at {
            Some(at) => (at.method.name(), path(design, resource, &at.path)),
            None if action.find.is_some() => ("POST", below(&collection, name)),
            None => ("POST", below(&item, name)),
        };
        spots.push(spot(method, &path, name, route.origin));
    }
    for report in &resource.reports {
        spots.push(spot(
            "GET",
            &below(&collection, &report.name),
            &report.name,
            report.origin,
        ));
    }
    spots
}

/// The path of all rows, base included.
pub(crate) fn collection(design: &Design, resource: &Resource) -> Vec<Part> {
    path(design, resource, &resource.path)
}

/// A path below the base.
fn path(design: &Design, resource: &Resource, segments: &[Segment]) -> Vec<Part> {
    let base = design.service.base.split('/').filter(|part| !part.is_empty());
    let item = &design.entities[resource.entity].fields[resource.by].wire;
    let own = segments.iter().map(|segment| match segment {
        Segment::Literal(text) => Part::Literal(text.clone()),
        Segment::Caller { name } => Part::Parameter(name.clone()),
        Segment::Parent(parent) => Part::Parameter(parent.name.clone()),
        Segment::Item => Part::Parameter(item.clone()),
    });
    base.map(|part| Part::Literal(part.to_owned()))
        .chain(own)
        .collect()
}

fn below(path: &[Part], name: &str) -> Vec<Part> {
    let mut path = path.to_vec();
    path.push(Part::Literal(name.replace('_', "-")));
    path
}
