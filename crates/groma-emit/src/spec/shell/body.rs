//! Bodies of pasted requests: the shortest ones, with shell variables for the rows that they refer to, and the
//! time in what must be unique, so that they can be pasted again.

use groma_ir::design::{EntityId, FieldId, Type};
use groma_ir::http::{Member, MemberKind, SchemaId, SchemaKind};
use groma_ir::scalar::Scalar;
use serde_json::Value;

use super::super::{Cx, links};
use super::{inserted, variable};

/// How many characters the time and what stands before it take.
const STAMP: u32 = 11;

/// The shortest body of a schema as JSON, not yet quoted for the shell.
pub(super) fn text(cx: &Cx<'_>, body: SchemaId, is_second: bool) -> String {
    let example = if is_second {
        cx.examples.shortest_again(body)
    } else {
        cx.examples.shortest(body)
    };
    let Value::Object(members) = example else {
        return example.to_string();
    };
    let parts = members.iter().map(|(name, value)| {
        let made =
            referred(cx, body, name, value).or_else(|| stamped(unique(cx, body, name)?, value.as_str()?));
        format!(
            "{}: {}",
            Value::from(name.as_str()),
            made.unwrap_or_else(|| value.to_string())
        )
    });
    format!("{{{}}}", parts.collect::<Vec<_>>().join(", "))
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

/// The variable of the row that a member refers to.
fn referred(cx: &Cx<'_>, body: SchemaId, name: &str, value: &Value) -> Option<String> {
    let (_, target) = needed(cx, body).find(|(member, _)| member.name == name)?;
    let variable = inserted(&format!("${}", variable(cx, links::group_of(cx, target)?)));
    Some(if value.is_string() {
        format!("\"{variable}\"")
    } else {
        variable
    })
}

/// The type of a member that no two rows share.
fn unique<'a>(cx: &'a Cx<'_>, body: SchemaId, name: &str) -> Option<&'a Scalar> {
    let entity = &cx.model.design.entities[cx.model.http.schemas[body].entity?];
    let is_unique = |field: &FieldId| entity.uniques.iter().any(|unique| unique.fields.contains(field));
    members(cx, body)
        .iter()
        .find(|member| member.name == name)
        .and_then(|member| match &member.kind {
            MemberKind::Field(field, Type::Scalar(scalar)) if is_unique(field) => Some(scalar),
            _ => None,
        })
}

/// A text with the time in it, where it takes one.
fn stamped(scalar: &Scalar, text: &str) -> Option<String> {
    let cut = |max: Option<u32>| -> Option<String> {
        let room = max.map_or(u32::MAX, |max| max.saturating_sub(STAMP));
        (room > 0).then(|| text.chars().take(room as usize).collect())
    };
    let (before, after) = match scalar {
        Scalar::Text(text) if text.pattern.is_none() => {
            (format!("{} ", cut(text.max)?.trim_end()), String::new())
        }
        Scalar::Slug { max, .. } => (
            format!("{}-", cut(Some(*max))?.trim_end_matches('-')),
            String::new(),
        ),
        Scalar::Email => {
            let (local, domain) = text.split_once('@')?;
            (format!("{local}+"), format!("@{domain}"))
        }
        _ => return None,
    };
    let json = |text: &str| Value::from(text).to_string().trim_matches('"').to_owned();
    Some(format!(
        "\"{}{}{}\"",
        json(&before),
        inserted("$(date +%s)"),
        json(&after)
    ))
}
