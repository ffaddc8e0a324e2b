//! Requests that work when they are pasted: one that makes a row, and one that lists the rows.

use std::cmp::Reverse;
use std::fmt::Write as _;

use groma_ir::Model;
use groma_ir::design::Type;
use groma_ir::http::{Member, MemberKind, Method, Operation, PathPart, Route, RoutePath, SchemaKind};
use serde_json::{Map, Value};

use crate::commands::spec;

/// Titles, each with a `curl` command on one line.
pub(super) fn all(model: &Model, url: &str, caller: &str, token: Option<&str>) -> Vec<(String, String)> {
    let mut creates: Vec<_> = model
        .http
        .routes
        .iter()
        .filter_map(|route| creating(model, route, caller))
        .collect();
    // The resource with the most routes is what the service is about; of equals the first one.
    creates.sort_by_key(|(route, ..)| Reverse(size(model, route)));
    let create = creates.into_iter().next();
    let list = model.http.routes.iter().find_map(|route| {
        let is_same = create
            .as_ref()
            .is_none_or(|(made, ..)| made.resource == route.resource);
        let is_list = route.operation == Operation::List && is_same;
        Some((route, path(&route.path, caller).filter(|_| is_list)?, None))
    });
    let requests = create.into_iter().chain(list);
    requests
        .map(|(route, path, body)| {
            (
                route.summary.clone(),
                curl(route, &format!("{url}{path}"), token, body),
            )
        })
        .collect()
}

/// How many routes the resource has.
fn size(model: &Model, of: &Route) -> usize {
    model
        .http
        .routes
        .iter()
        .filter(|route| route.resource == of.resource)
        .count()
}

fn creating<'m>(
    model: &'m Model,
    route: &'m Route,
    caller: &str,
) -> Option<(&'m Route, String, Option<Value>)> {
    let body = first_body(model, route)?;
    Some((route, path(&route.path, caller)?, Some(body)))
}

/// The body that makes a first row: what is required, taken from the example in the documents. None when the
/// route makes no row, or when the row needs another one first.
fn first_body(model: &Model, route: &Route) -> Option<Value> {
    if route.operation != Operation::Create {
        return None;
    }
    let SchemaKind::Input(members) = &model.http.schemas[route.body?].kind else {
        return None;
    };
    let required: Vec<&Member> = members.iter().filter(|member| member.required).collect();
    if required
        .iter()
        .any(|member| matches!(member.kind, MemberKind::Field(_, Type::Reference(_))))
    {
        return None;
    }
    let example = example(model, route)?;
    let pairs = required
        .iter()
        .filter_map(|member| Some((member.name.clone(), example.get(&member.name)?.clone())));
    Some(Value::Object(pairs.collect::<Map<_, _>>()))
}

/// The first example of a route's body in the OpenAPI document.
fn example(model: &Model, route: &Route) -> Option<Value> {
    let document = groma_emit::openapi::document(model, &spec::options(model));
    let operation = document
        .get("paths")?
        .get(route.path.template())?
        .get(route.method.name().to_lowercase())?;
    let media = operation
        .get("requestBody")?
        .get("content")?
        .get("application/json")?;
    let first = media.get("examples")?.as_object()?.values().next()?;
    first.get("value").cloned()
}

/// The path with the caller in it; none when it needs the key of a row.
fn path(path: &RoutePath, caller: &str) -> Option<String> {
    let mut text = String::new();
    for part in &path.parts {
        text.push('/');
        match part {
            PathPart::Literal(literal) => text.push_str(literal),
            PathPart::Caller { .. } => text.push_str(&percent_encoded(caller)),
            PathPart::Key { .. } => return None,
        }
    }
    Some(text)
}

fn percent_encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

fn curl(route: &Route, url: &str, token: Option<&str>, body: Option<Value>) -> String {
    let mut words = vec![
        "curl".to_owned(),
        "-sS".to_owned(),
        "-w".to_owned(),
        quoted("\\n"),
    ];
    if route.method != Method::Get && body.is_none() {
        words.extend(["-X".to_owned(), route.method.name().to_owned()]);
    }
    words.push(quoted(url));
    if let Some(token) = token.filter(|_| !route.public) {
        words.extend(["-H".to_owned(), quoted(&format!("Authorization: Bearer {token}"))]);
    }
    if let Some(body) = body {
        words.extend(["-H".to_owned(), quoted("Content-Type: application/json")]);
        words.extend(["-d".to_owned(), quoted(&body.to_string())]);
    }
    words.join(" ")
}

/// A word for a POSIX shell; plain words stay plain.
fn quoted(word: &str) -> String {
    let is_plain = word
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-_./:=@".contains(&byte));
    if is_plain {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests;
