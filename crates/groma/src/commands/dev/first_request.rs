//! Requests that work when they are pasted: one that makes a row, and one that lists the rows.

use std::cmp::Reverse;
use std::fmt::Write as _;

use groma_ir::Model;
use groma_ir::access::Grants;
use groma_ir::design::Verb;
use groma_ir::http::{Operation, PathPart, Route, RouteId, RoutePath};

use crate::caller;

/// What a newcomer is shown, and what their token has to say for it.
#[derive(Debug)]
pub(super) struct First<'m> {
    requests: Vec<Request<'m>>,
    /// The least that a token has to say.
    pub(super) grants: Grants,
    /// What has to be there before other requests work, if anything.
    pub(super) note: Option<String>,
}

#[derive(Debug)]
struct Request<'m> {
    route: &'m Route,
    path: String,
    /// A word for the shell.
    body: Option<String>,
}

/// Makes a row where anybody may, and lists the rows of that resource; else lists what anybody may read.
///
/// Where callers are rows of the design, only those who said who they are can have one.
pub(super) fn choose<'m>(model: &'m Model, caller: &str, is_given: bool) -> First<'m> {
    let mut needed = None;
    let mut works = |id: RouteId| {
        let own = groma_emit::spec::needs_own_row(model, id).filter(|_| !is_given);
        needed = needed.or(own);
        own.is_none()
    };
    let open: Vec<RouteId> = model
        .http
        .routes
        .entries()
        .filter_map(|(id, route)| (route.operation != Operation::Create || works(id)).then_some(id))
        .collect();
    let note = needed.map(|entity| {
        let entity = &model.design.entities[entity];
        let (name, key) = (&entity.name, &entity.fields[entity.key].name);
        format!(
            "other requests need a row of `{name}` for their caller: make one, then start again with `--sub` and its \
             `{key}`"
        )
    });
    First {
        note,
        ..chosen(model, caller, &open)
    }
}

fn chosen<'m>(model: &'m Model, caller: &str, open: &[RouteId]) -> First<'m> {
    let routes = || model.http.routes.iter();
    let entries = model.http.routes.entries();
    let mut creates: Vec<_> = entries
        .filter(|(id, _)| open.contains(id))
        .filter_map(|(id, route)| creating(model, (id, route), caller))
        .collect();
    // The resource with the most routes is what the service is about; of equals the first one. What a plain
    // token may do comes before what needs a role.
    creates.sort_by_key(|(create, grants)| (!grants.is_plain(), Reverse(size(model, create.route))));
    if let Some((create, grants)) = creates.into_iter().next() {
        let is_same = |route: &Route| route.resource == create.route.resource;
        let list = routes().find_map(|route| listing(route, caller).filter(|_| is_same(route)));
        return First {
            requests: std::iter::once(create).chain(list).collect(),
            grants,
            note: None,
        };
    }
    let list =
        routes().find_map(|route| Some((listing(route, caller)?, grants_for(model, route, &[Verb::Read])?)));
    let (requests, grants) = list.map_or_else(Default::default, |(list, grants)| (vec![list], grants));
    First {
        requests,
        grants,
        note: None,
    }
}

impl First<'_> {
    /// Titles, each with a `curl` command on one line. Without a token, whoever pastes it sets `TOKEN` before.
    pub(super) fn lines(&self, url: &str, token: Option<&str>) -> Vec<(String, String)> {
        let line = |request: &Request<'_>| (request.route.summary.clone(), request.curl(url, token));
        self.requests.iter().map(line).collect()
    }
}

fn creating<'m>(
    model: &'m Model,
    (id, route): (RouteId, &'m Route),
    caller: &str,
) -> Option<(Request<'m>, Grants)> {
    let path = path(&route.path, caller)?;
    let grants = grants_for(model, route, &[Verb::Create, Verb::Read])?;
    let body = Some(groma_emit::spec::first_body(model, id)?);
    Some((Request { route, path, body }, grants))
}

fn listing<'m>(route: &'m Route, caller: &str) -> Option<Request<'m>> {
    let path = path(&route.path, caller).filter(|_| route.operation == Operation::List)?;
    Some(Request {
        route,
        path,
        body: None,
    })
}

fn grants_for(model: &Model, route: &Route, verbs: &[Verb]) -> Option<Grants> {
    if route.public {
        Some(Grants::default())
    } else {
        caller::least(model, route.entity, verbs)
    }
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

/// The path with the caller in it; none when it needs the key of a row.
fn path(path: &RoutePath, caller: &str) -> Option<String> {
    let mut text = String::new();
    for part in &path.parts {
        text.push('/');
        match part {
            PathPart::Literal(literal) => text.push_str(literal),
            PathPart::Caller { .. } => text.push_str(&percent_encoded(caller)),
            PathPart::Key { .. } | PathPart::Parent(_) => return None,
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

impl Request<'_> {
    fn curl(&self, url: &str, token: Option<&str>) -> String {
        let mut words = vec![
            "curl -sS -w".to_owned(),
            quoted("\\n"),
            quoted(&format!("{url}{}", self.path)),
        ];
        // Also where none is needed: whoever has made a row wants to see it.
        match token {
            None if self.route.public => {}
            Some(token) => words.extend(["-H".to_owned(), quoted(&format!("Authorization: Bearer {token}"))]),
            None => words.push("-H \"Authorization: Bearer $TOKEN\"".to_owned()),
        }
        if let Some(body) = &self.body {
            words.extend(["-H".to_owned(), quoted("Content-Type: application/json")]);
            words.extend(["-d".to_owned(), body.clone()]);
        }
        words.join(" ")
    }
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
