//! Bodies of pasted requests: the shortest ones, with shell variables for the rows that they refer to, and new
//! digits in what must be unique, so that they can be pasted again.

use groma_ir::design::{Compare, Cond, EntityId, FieldId, Storage, Term, Type};
use groma_ir::http::{Member, MemberKind, SchemaId, SchemaKind};
use groma_ir::scalar::Scalar;
use serde_json::{Map, Value};

use super::super::{Cx, links};
use super::{fresh, inserted, rows};

/// The shortest body of a schema as JSON, not yet quoted for the shell.
pub(super) fn text(cx: &Cx<'_>, body: SchemaId, is_second: bool) -> String {
    let example = if is_second {
        cx.examples.shortest_again(body)
    } else {
        cx.examples.shortest(body)
    };
    let Value::Object(mut sent) = example else {
        return example.to_string();
    };
    sent.extend(defaulted(cx, body, &sent));
    let parts = sent.iter().map(|(name, value)| {
        let made = referred(cx, body, name, value)
            .or_else(|| sought(cx, body, name))
            .or_else(|| new_value(cx, body, name, value));
        format!(
            "{}: {}",
            Value::from(name.as_str()),
            made.unwrap_or_else(|| value.to_string())
        )
    });
    format!("{{{}}}", parts.collect::<Vec<_>>().join(", "))
}

/// Members that may be left out, and whose default would be taken the second time.
fn defaulted(cx: &Cx<'_>, body: SchemaId, sent: &Map<String, Value>) -> Vec<(String, Value)> {
    let schema = &cx.model.http.schemas[body];
    let (SchemaKind::Input(_), Some(entity)) = (&schema.kind, schema.entity) else {
        return Vec::new();
    };
    let declared = &cx.model.design.entities[entity];
    let wire = |field: &FieldId| declared.fields[*field].wire.as_str();
    let same = declared.uniques.iter().filter(|unique| {
        let mut values = unique
            .fields
            .iter()
            .map(|field| (wire(field), sent.get(wire(field))));
        !values.any(|(name, value)| value.is_some_and(|value| new_value(cx, body, name, value).is_some()))
    });
    let added = same.filter_map(|unique| {
        let mut fields = unique.fields.iter();
        fields.find_map(|field| {
            let value = cx.examples.field(entity, *field);
            new_value(cx, body, wire(field), &value)?;
            Some((wire(field).to_owned(), value))
        })
    });
    added.collect()
}

/// A value that is new each time, of a member that no two rows share.
fn new_value(cx: &Cx<'_>, body: SchemaId, name: &str, value: &Value) -> Option<String> {
    let (field, scalar, is_name) = unique(cx, body, name)?;
    let value = match value {
        Value::Null => return None,
        // What stands in a path has no spaces.
        Value::String(text) if is_name => &Value::from(text.replace(' ', "-")),
        other => other,
    };
    let mut checks = cx.model.design.entities[cx.model.http.schemas[body].entity?]
        .checks
        .iter();
    fresh::value(scalar, value, checks.any(|check| is_earlier(&check.cond, field)))
}

/// Whether a check asks for less in a field than in another.
fn is_earlier(cond: &Cond, field: FieldId) -> bool {
    let is_it = |term: &Term| matches!(term, Term::Field { field: known, .. } if *known == field);
    let is_field = |term: &Term| matches!(term, Term::Field { .. });
    match cond {
        Cond::And(parts) | Cond::Or(parts) => parts.iter().any(|part| is_earlier(part, field)),
        Cond::Compare {
            op: Compare::Lt | Compare::Le,
            left,
            right,
        } => is_it(left) && is_field(right),
        Cond::Compare {
            op: Compare::Gt | Compare::Ge,
            left,
            right,
        } => is_it(right) && is_field(left),
        Cond::Compare { .. } | Cond::Not(_) | Cond::In { .. } | Cond::Is(_) | Cond::At { .. } => false,
    }
}

/// The references that a body must hold, to rows of the design's own.
pub(super) fn needed<'a>(cx: &'a Cx<'_>, body: SchemaId) -> impl Iterator<Item = (&'a Member, EntityId)> {
    let caller = cx.model.design.caller_entity();
    members(cx, body)
        .iter()
        .filter(|member| member.required)
        .filter_map(move |member| {
            let (MemberKind::Field(_, ty) | MemberKind::Input(_, ty)) = &member.kind else {
                return None;
            };
            Some((member, ty.target().filter(|target| Some(*target) != caller)?))
        })
}

fn members<'a>(cx: &'a Cx<'_>, body: SchemaId) -> &'a [Member] {
    match &cx.model.http.schemas[body].kind {
        SchemaKind::Input(members) | SchemaKind::Patch(members) => members,
        _ => &[],
    }
}

/// The variable of the value by which an action finds its row, where an answer has shown it.
fn sought(cx: &Cx<'_>, body: SchemaId, name: &str) -> Option<String> {
    let mut routes = cx
        .model
        .http
        .routes
        .iter()
        .filter(|route| route.body == Some(body));
    let route = routes.next()?;
    let field = route.find?.field;
    let declared = &cx.model.design.entities[route.entity].fields[field];
    let variable = || inserted(&format!("${}", rows::variable(cx, route.entity, field)));
    (declared.leaves() && declared.name == name).then(|| format!("\"{}\"", variable()))
}

/// The variable of the row that a member refers to.
fn referred(cx: &Cx<'_>, body: SchemaId, name: &str, value: &Value) -> Option<String> {
    let (_, target) = needed(cx, body).find(|(member, _)| member.name == name)?;
    links::group_of(cx, target)?;
    let key = cx.model.design.entities[target].key;
    let variable = inserted(&format!("${}", rows::variable(cx, target, key)));
    Some(if value.is_string() {
        format!("\"{variable}\"")
    } else {
        variable
    })
}

/// The type of a member that no two rows share, and whether it names the row in paths.
fn unique<'a>(cx: &'a Cx<'_>, body: SchemaId, name: &str) -> Option<(FieldId, &'a Scalar, bool)> {
    let id = cx.model.http.schemas[body].entity?;
    let entity = &cx.model.design.entities[id];
    let is_name = |field: FieldId| {
        let mut resources = cx.model.design.resources.iter();
        field == entity.key || resources.any(|resource| resource.entity == id && resource.by == field)
    };
    let is_shared = |field: &FieldId| entity.uniques.iter().all(|unique| !unique.fields.contains(field));
    let mut members = members(cx, body).iter();
    let member = members.find(|member| member.name == name)?;
    match &member.kind {
        MemberKind::Field(field, Type::Scalar(scalar)) if is_name(*field) || !is_shared(field) => {
            Some((*field, scalar, is_name(*field)))
        }
        // Somebody whom this page does not make: each time another.
        MemberKind::Field(field, Type::Reference(target)) if !is_shared(field) => {
            let target = &cx.model.design.entities[*target];
            let is_theirs = target.storage != Storage::Managed;
            match &target.fields[target.key].ty {
                Type::Scalar(scalar) if is_theirs => Some((*field, scalar, true)),
                Type::Scalar(_) | Type::Enum(_) | Type::Reference(_) | Type::List(_) => None,
            }
        }
        _ => None,
    }
}
