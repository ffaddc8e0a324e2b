//! Values by which no path could lead to a row.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{PathPart, RoutePath};
use super::{action_path, collection, report_part};
use crate::design::{Design, EntityId, FieldId, Resource, Type};
use crate::scalar::Scalar;

/// For the text fields by which resources look their rows up, the values that stand for no row in a path: dot
/// segments, which clients take away (RFC 3986 §5.2.4), the empty one, and what other routes have in that place.
pub(super) struct Unreachable(BTreeMap<(EntityId, FieldId), BTreeSet<String>>);

impl Unreachable {
    pub(super) fn new(design: &Design) -> Self {
        let literals = literals(design);
        let mut all: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
        for resource in &design.resources {
            let field = &design.entities[resource.entity].fields[resource.by];
            let Type::Scalar(scalar @ (Scalar::Text(_) | Scalar::Slug { .. })) = &field.ty else {
                continue;
            };
            let values = all.entry((resource.entity, resource.by)).or_default();
            if let Scalar::Text(text) = scalar {
                values.extend([".", ".."].map(String::from));
                values.extend((text.min == 0).then(String::new));
            }
            let beside = literals.get(&collection(design, resource).shape());
            values.extend(beside.into_iter().flatten().cloned());
        }
        Self(all)
    }

    /// Those of a field.
    pub(super) fn of(&self, entity: EntityId, field: FieldId) -> Vec<String> {
        let values = self.0.get(&(entity, field));
        values.into_iter().flatten().cloned().collect()
    }
}

/// The fixed parts that stand below each path, by its shape.
fn literals(design: &Design) -> BTreeMap<String, BTreeSet<String>> {
    let mut below: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in design
        .resources
        .iter()
        .flat_map(|resource| paths(design, resource))
    {
        let mut so_far = RoutePath { parts: Vec::new() };
        for part in &path.parts {
            if let PathPart::Literal(text) = part {
                below.entry(so_far.shape()).or_default().insert(text.clone());
            }
            so_far.parts.push(part.clone());
        }
    }
    below
}

/// The paths of a resource: of its rows together, of its reports and of its actions.
fn paths(design: &Design, resource: &Resource) -> Vec<RoutePath> {
    let mut paths = vec![collection(design, resource)];
    paths.extend(resource.reports.iter().map(|report| {
        let mut path = collection(design, resource);
        path.parts.push(PathPart::Literal(report_part(report)));
        path
    }));
    let actions = resource.actions.iter();
    paths.extend(actions.map(|route| action_path(design, resource, route)));
    paths
}
