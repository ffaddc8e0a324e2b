//! Requests and answers of routes.

use groma_ir::design::{EntityId, Type};
use groma_ir::http::{Group, Member, MemberKind, Operation, PathPart, RouteId, SchemaId, SchemaKind};
use serde_json::Value;

use super::{Examples, now, scalar};

impl<'m> Examples<'m> {
    /// The path of a route with the example row in it.
    pub(crate) fn path(self, id: RouteId) -> String {
        let route = &self.model.http.routes[id];
        let parts = route.path.parts.iter().map(|part| match part {
            PathPart::Literal(text) => text.clone(),
            PathPart::Key { field, .. } => plain(&self.field(route.entity, *field)),
            PathPart::Caller { .. } => plain(&self.caller()),
            PathPart::Parent(parent) => plain(&self.field(parent.entity, parent.by)),
        });
        parts.fold(String::new(), |path, part| format!("{path}/{part}"))
    }

    /// A body as a page shows it: every member, and references too.
    pub(crate) fn request(self, id: RouteId) -> Option<Value> {
        self.model.http.routes[id].body.map(|body| self.schema(body))
    }

    /// Bodies that a server takes as they are: the shortest, and the longest that needs no other row.
    pub(crate) fn bodies(self, id: RouteId) -> Vec<(&'static str, &'static str, Value)> {
        let Some(body) = self.model.http.routes[id].body else {
            return Vec::new();
        };
        let schema = &self.model.http.schemas[body];
        match &schema.kind {
            SchemaKind::Input(members) => {
                let least = self.shortest(body);
                let most = self.alone(schema.entity, members);
                let mut bodies = vec![("shortest", "Only what must be there.", least)];
                if bodies.iter().all(|(_, _, least)| *least != most) {
                    bodies.push(("full", "With the optional members.", most));
                }
                bodies
            }
            SchemaKind::Patch(_) => vec![("change", "Only what changes.", self.schema(body))],
            _ => Vec::new(),
        }
    }

    /// An example of a named schema that a server takes as it is: a body that needs no other row.
    pub(crate) fn component(self, id: SchemaId) -> Value {
        let schema = &self.model.http.schemas[id];
        match &schema.kind {
            SchemaKind::Input(members) => self.alone(schema.entity, members),
            _ => self.schema(id),
        }
    }

    /// The longest body that needs no other row, unless it must.
    fn alone(self, entity: Option<EntityId>, members: &[Member]) -> Value {
        self.object(entity, members, |member| {
            member.required || !self.needs_row(entity, member)
        })
    }

    /// The shortest body of a schema: what must be there, or one member when nothing must.
    pub(crate) fn shortest(self, body: SchemaId) -> Value {
        let schema = &self.model.http.schemas[body];
        match &schema.kind {
            SchemaKind::Input(members) => self.object(schema.entity, members, |member| member.required),
            _ => self.schema(body),
        }
    }

    /// The same with other texts, so that it collides with no row made from the first.
    pub(crate) fn shortest_again(self, body: SchemaId) -> Value {
        let schema = &self.model.http.schemas[body];
        let mut again = self.shortest(body);
        if let (SchemaKind::Input(members), Some(entity)) = (&schema.kind, schema.entity) {
            for member in members {
                if let MemberKind::Field(field, Type::Scalar(scalar)) = &member.kind
                    && scalar.is_textual()
                {
                    put(&mut again, &member.name, self.changed(entity, *field));
                }
            }
        }
        again
    }

    /// The body of the answer when all is well.
    pub(crate) fn answer(self, id: RouteId) -> Option<Value> {
        let route = &self.model.http.routes[id];
        let mut answer = self.schema(route.success.body?);
        match route.operation {
            Operation::Update | Operation::Replace => {
                let body = self.request(id).unwrap_or(Value::Null);
                merge(&mut answer, body);
                self.touch(route.entity, &mut answer);
            }
            Operation::Action(action) => {
                let action = &self.entity(route.entity).actions[action];
                if let Some(group) = self.group_of(id) {
                    self.acted(group, action, &mut answer);
                }
                self.touch(route.entity, &mut answer);
            }
            Operation::Create
            | Operation::List
            | Operation::Get
            | Operation::Delete
            | Operation::Report(_) => {}
        }
        Some(answer)
    }

    /// What `include` adds to the answer of a get, for every reference; `None` where there is none to embed.
    pub(crate) fn embedded(self, id: RouteId) -> Option<Value> {
        let route = &self.model.http.routes[id];
        let schema = &self.model.http.schemas[route.success.body?];
        let SchemaKind::Item(members) = &schema.kind else {
            return None;
        };
        let has_embedded = members
            .iter()
            .any(|member| matches!(member.kind, MemberKind::Embedded(..)));
        let is_embedded = |member: &Member| matches!(member.kind, MemberKind::Embedded(..));
        has_embedded.then(|| self.object(schema.entity, members, is_embedded))
    }

    fn group_of(self, id: RouteId) -> Option<&'m Group> {
        let mut groups = self.model.http.groups.iter();
        groups.find(|group| group.routes.contains(&id))
    }

    /// Sets the times that change with every write.
    fn touch(self, entity: EntityId, item: &mut Value) {
        for field in self.entity(entity).fields.iter().filter(|field| field.touch) {
            put(item, &field.wire, now(field, scalar::CHANGED));
        }
    }

    /// Whether a member refers to a row that has to be there first.
    fn needs_row(self, entity: Option<EntityId>, member: &Member) -> bool {
        let (MemberKind::Field(_, ty) | MemberKind::Input(_, ty)) = &member.kind else {
            return false;
        };
        let is_caller = ty.target().is_some() && ty.target() == self.model.design.caller_entity();
        entity.is_some() && ty.target().is_some() && !is_caller
    }
}

/// A value as it stands in a path or a query.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// RFC 7396 on the top level, for members that the answer has.
fn merge(item: &mut Value, change: Value) {
    let Value::Object(change) = change else { return };
    for (name, value) in change {
        put(item, &name, value);
    }
}

pub(super) fn put(item: &mut Value, name: &str, value: Value) {
    if let Some(place) = item.get_mut(name) {
        *place = value;
    }
}
