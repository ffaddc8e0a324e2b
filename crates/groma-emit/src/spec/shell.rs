//! Shell commands that work when they are pasted: `curl` with `$BASE_URL`, `$TOKEN` and the ids of rows.

mod body;
mod moves;

use groma_ir::design::EntityId;
use groma_ir::http::{Group, Method, Operation, ParamKind, PathPart, Route, RouteId};
use serde_json::Value;

use super::{Cx, links};
use crate::example::plain;

/// The longest chain of rows that have to be made first.
const DEEPEST: usize = 4;

/// What has to be set once before the examples of a page work.
pub(super) fn preparation(cx: &Cx<'_>, group: &Group) -> String {
    let mut lines = vec![
        format!("export BASE_URL={}", cx.options.base_url),
        String::from("export TOKEN=\"$(groma token)\"    # a token for development"),
    ];
    let has_caller = cx
        .model
        .http
        .routes_of(group)
        .any(|route| route.path.has_caller());
    if has_caller {
        lines.push(caller_line(cx, group));
    }
    if cx
        .model
        .http
        .routes_of(group)
        .any(|route| route.operation.is_on_item())
    {
        let mut seen = Vec::new();
        lines.extend(row_lines(cx, group, &mut seen).unwrap_or_else(|| vec![fallback(cx, group)]));
    }
    lines.join("\n")
}

/// One request of a route, after those that bring the row into a state that allows it.
pub(super) fn curl(cx: &Cx<'_>, group: &Group, id: RouteId) -> String {
    let route = &cx.model.http.routes[id];
    let before = moves::before(cx, group, route).into_iter().map(|(before, body)| {
        let route = &cx.model.http.routes[before];
        request(cx, group, route, &["-o", "/dev/null"], body)
    });
    let is_second = route.operation == Operation::Replace;
    let body = route.body.map(|body| body::text(cx, body, is_second));
    let requests: Vec<String> = before.chain([request(cx, group, route, &[], body)]).collect();
    requests.join("\n")
}

fn request(cx: &Cx<'_>, group: &Group, route: &Route, options: &[&str], body: Option<String>) -> String {
    let mut words = vec!["curl", "-sS"];
    words.extend(options);
    if route.method != Method::Get {
        words.extend(["-X", route.method.name()]);
    }
    let url = format!("\"$BASE_URL{}{}\"", path(cx, group, route), query(cx, route));
    let mut lines = vec![format!("{} {url}", words.join(" "))];
    lines.extend(headers(cx, route));
    if let Some(body) = body {
        lines.push(String::from("-H \"Content-Type: application/json\""));
        lines.push(format!("-d {}", quoted(&body)));
    }
    lines.join(" \\\n  ")
}

fn headers(cx: &Cx<'_>, route: &Route) -> Vec<String> {
    let mut headers = Vec::new();
    if !route.public && cx.model.design.auth.is_some() {
        headers.push(String::from("-H \"Authorization: Bearer $TOKEN\""));
    }
    if route.require_match {
        headers.push(String::from("-H \"If-Match: *\""));
    }
    headers
}

/// `TASK_ID`.
pub(super) fn variable(cx: &Cx<'_>, group: &Group) -> String {
    let entity = &cx.model.design.entities[group.entity];
    let by = &entity.fields[cx.model.design.resources[group.resource].by].wire;
    shouted(&format!("{}_{by}", super::members::noun(&entity.name)))
}

fn shouted(name: &str) -> String {
    name.chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_uppercase()
            } else {
                '_'
            }
        })
        .collect()
}

fn path(cx: &Cx<'_>, group: &Group, route: &Route) -> String {
    let parts = route.path.parts.iter().map(|part| match part {
        PathPart::Literal(text) => text.clone(),
        PathPart::Key { .. } => format!("${}", variable(cx, group)),
        PathPart::Caller { name } => format!("${}", shouted(name)),
    });
    parts.fold(String::new(), |path, part| format!("{path}/{part}"))
}

/// A query that shows what a list can do, and a smaller page.
fn query(cx: &Cx<'_>, route: &Route) -> String {
    let shown = route.query.iter().filter(|param| match &param.kind {
        ParamKind::Named { .. } | ParamKind::Sort { .. } => true,
        ParamKind::Limit { .. } => route.operation == Operation::List,
        ParamKind::Include { .. } => route.operation == Operation::Get,
        _ => false,
    });
    let pairs = shown.filter_map(|param| {
        let value = match &param.kind {
            ParamKind::Limit { .. } => String::from("5"),
            _ => match cx.examples.parameter(route, param)? {
                Value::Array(values) => values.iter().map(plain).collect::<Vec<_>>().join(","),
                value => plain(&value),
            },
        };
        Some(format!("{}={}", param.name, encoded(&value)))
    });
    let pairs: Vec<String> = pairs.collect();
    if pairs.is_empty() {
        String::new()
    } else {
        format!("?{}", pairs.join("&"))
    }
}

fn encoded(value: &str) -> String {
    let bytes = value.bytes().map(|byte| {
        let is_plain = byte.is_ascii_alphanumeric() || b"-._~,".contains(&byte);
        if is_plain {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    });
    bytes.collect()
}

/// Puts the caller of the token into a variable.
fn caller_line(cx: &Cx<'_>, group: &Group) -> String {
    let mut routes = cx.model.http.routes_of(group);
    let name = routes.find_map(|route| {
        route.path.parts.iter().find_map(|part| match part {
            PathPart::Caller { name } => Some(shouted(name)),
            PathPart::Literal(_) | PathPart::Key { .. } => None,
        })
    });
    let claim = cx
        .model
        .design
        .auth
        .as_ref()
        .map_or("sub", |auth| auth.caller_claim.as_str());
    format!(
        "export {}=\"$(echo \"$TOKEN\" | cut -d. -f2 | tr '_-' '/+' | base64 -d 2>/dev/null | grep -o '\"{claim}\":\"[^\"]*' | cut -d'\"' -f4)\"",
        name.unwrap_or_default()
    )
}

/// Makes a row for the page's examples, and the rows that it needs before it; nothing, when that cannot be done.
fn row_lines(cx: &Cx<'_>, group: &Group, seen: &mut Vec<EntityId>) -> Option<Vec<String>> {
    if seen.contains(&group.entity) || seen.len() >= DEEPEST {
        return None;
    }
    seen.push(group.entity);
    let (_, create) = route_of(cx, group, Operation::Create)?;
    let body = create.body?;
    let mut lines = Vec::new();
    for (_, target) in body::needed(cx, body) {
        if !seen.contains(&target) {
            lines.extend(row_lines(cx, links::group_of(cx, target)?, seen)?);
        }
    }
    let headers = headers(cx, create).join(" ");
    let request = format!(
        "curl -sS \"$BASE_URL{}\" \\\n  {headers} -H \"Content-Type: application/json\" \\\n  -d {}",
        path(cx, group, create),
        quoted(&body::text(cx, body, true))
    );
    lines.push(capture(cx, group, &request));
    Some(lines)
}

/// Runs a request and keeps the key of the first item in its answer.
fn capture(cx: &Cx<'_>, group: &Group, request: &str) -> String {
    let entity = &cx.model.design.entities[group.entity];
    let by = cx.model.design.resources[group.resource].by;
    let wire = &entity.fields[by].wire;
    let pick = if cx.examples.field(group.entity, by).is_string() {
        format!("grep -o '\"{wire}\":\"[^\"]*' | head -n 1 | cut -d'\"' -f4")
    } else {
        format!("grep -o '\"{wire}\":[^,}}]*' | head -n 1 | cut -d: -f2")
    };
    format!("export {}=\"$({request} | {pick})\"", variable(cx, group))
}

/// Takes a row that is there already, or the example's key.
fn fallback(cx: &Cx<'_>, group: &Group) -> String {
    let Some((_, list)) = route_of(cx, group, Operation::List) else {
        let by = cx.model.design.resources[group.resource].by;
        return format!(
            "export {}={}",
            variable(cx, group),
            plain(&cx.examples.field(group.entity, by))
        );
    };
    let headers = headers(cx, list).join(" ");
    capture(
        cx,
        group,
        &format!(
            "curl -sS \"$BASE_URL{}?limit=1\" {headers}",
            path(cx, group, list)
        ),
    )
}

fn route_of<'a>(cx: &Cx<'a>, group: &Group, operation: Operation) -> Option<(RouteId, &'a Route)> {
    let mut routes = group.routes.iter().map(|id| (*id, &cx.model.http.routes[*id]));
    routes.find(|(_, route)| route.operation == operation)
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''").replace(MARK, "'"))
}

/// Text that the shell makes, inside single quotes: they end, it stands in double ones, and they begin again.
/// The mark keeps [`quoted`] from escaping them.
fn inserted(shell: &str) -> String {
    format!("{MARK}\"{shell}\"{MARK}")
}

/// A character that no JSON text holds unescaped.
const MARK: char = '\u{1}';
