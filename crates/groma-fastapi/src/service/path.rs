//! What a path says: the rows that others lie below, and which row it is.

use groma_ir::design::{EntityId, FieldId};
use groma_ir::http::{PathPart, Route};

use super::types::python;
use crate::cx::Cx;
use crate::names;
use crate::python::{Doc, Imports};

/// A parameter of a path that a service takes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Parameter {
    /// Its name in the path.
    pub(crate) wire: String,
    /// Its name in services.
    pub(crate) name: String,
    /// The entity and the field whose values it takes.
    pub(crate) entity: EntityId,
    pub(crate) field: FieldId,
    /// Whether it says which row it is, and not below which.
    pub(crate) is_key: bool,
}

impl Parameter {
    /// `task_id: UUID | None`: one that cannot be a key is the key of no row.
    pub(crate) fn written(&self, cx: &Cx<'_>, imports: &mut Imports) -> Doc {
        let field = &cx.model.design.entities[self.entity].fields[self.field];
        let ty = python(cx, imports, &field.ty);
        Doc::text(format!("{}: {ty} | None", self.name))
    }
}

/// The parameters of a route's path, in order; that of the caller is for the router alone.
pub(crate) fn parameters(cx: &Cx<'_>, route: &Route) -> Vec<Parameter> {
    let one = &cx.package(route.entity).one;
    let parts = route.path.parts.iter();
    parts
        .filter_map(|part| match part {
            PathPart::Literal(_) | PathPart::Caller { .. } => None,
            PathPart::Key { name, field } => Some(Parameter {
                wire: name.clone(),
                name: if name == "id" {
                    format!("{one}_id")
                } else {
                    names::attribute(name)
                },
                entity: route.entity,
                field: *field,
                is_key: true,
            }),
            PathPart::Parent(parent) => Some(Parameter {
                wire: parent.name.clone(),
                name: names::attribute(&parent.name),
                entity: parent.entity,
                field: parent.by,
                is_key: false,
            }),
        })
        .collect()
}

/// The names of the parameters, as arguments behind others.
pub(super) fn arguments(parameters: &[Parameter]) -> Vec<Doc> {
    parameters
        .iter()
        .map(|parameter| Doc::text(parameter.name.as_str()))
        .collect()
}
