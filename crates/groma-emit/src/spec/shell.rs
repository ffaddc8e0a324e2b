//! Shell commands that work when they are pasted: `curl` with `$BASE_URL`, `$TOKEN` and the ids of rows.

mod body;
mod course;
mod fresh;
mod rows;
mod speaker;

use groma_ir::design::{Action, Assign, Default, EntityId, Field, Parent, Storage, Term};
use groma_ir::http::{Group, Method, Operation, ParamKind, PathPart, Route, RouteId};
use serde_json::Value;

use super::Cx;
use crate::example::{Step, plain};
use course::Course;
pub(super) use speaker::Speaker;
use speaker::Token;

/// What has to be set once before the examples of a page work.
pub(super) fn preparation(cx: &Cx<'_>, group: &Group, speaker: &Speaker) -> String {
    let mut lines = vec![format!("export BASE_URL={}", cx.options.base_url)];
    let plan = plan(cx, group).filter(|plan| {
        plan.made
            .iter()
            .all(|making| rows::is_possible(cx, speaker, making.create))
    });
    let rows = rows(cx, group, (speaker, plan.as_ref()));
    let groups = plan
        .iter()
        .flat_map(|plan| &plan.made)
        .map(|making| making.group)
        .chain([group]);
    let names = caller_names(cx, groups.clone());
    let own = own_row(cx, speaker, (groups, &names));
    let rows: Vec<String> = own.into_iter().chain(rows).collect();
    if cx.model.design.auth.is_some() {
        let caller = plain(&cx.examples.caller());
        let given = names.first().map(|name| format!("\"${name}\""));
        let odd = cx.examples.newcomer().is_none().then(|| quoted(&caller));
        lines.extend(
            names
                .iter()
                .map(|name| format!("export {name}={}", quoted_word(&caller))),
        );
        let command = speaker.command(cx, given.or(odd).as_deref());
        lines.push(format!("export TOKEN=\"$({command})\""));
    }
    let examples = group.routes.iter().map(|id| curl(cx, group, *id, speaker));
    if rows
        .iter()
        .cloned()
        .chain(examples)
        .any(|text| text.contains("$(digits "))
    {
        lines.push(String::from(DIGITS));
    }
    if rows.iter().any(|line| line.contains("| member ")) {
        lines.push(String::from(MEMBER));
    }
    lines.extend(rows);
    lines.join("\n")
}

/// The caller's own row, where callers are rows of the design and something on the page refers to theirs; from
/// then on the token is that caller's.
fn own_row<'a>(
    cx: &Cx<'a>,
    speaker: &Speaker,
    (mut groups, names): (impl Iterator<Item = &'a Group>, &[String]),
) -> Vec<String> {
    let needed = groups.find_map(|group| needed_caller(cx, group.entity));
    let Some((caller, plan)) = needed.and_then(|caller| {
        let group = super::links::group_of(cx, caller)?;
        Some((caller, rows::plan(cx, group)?))
    }) else {
        return Vec::new();
    };
    let is_circular = |making: &rows::Making<'_>| needed_caller(cx, making.group.entity).is_some();
    let is_possible = |making: &rows::Making<'_>| rows::is_possible(cx, speaker, making.create);
    if !plan.iter().all(is_possible) || plan.iter().any(is_circular) {
        return Vec::new();
    }
    let mut plan = plan;
    let key = cx.model.design.entities[caller].key;
    if let Some(last) = plan.last_mut() {
        last.names = vec![key];
    }
    let mut lines: Vec<String> = plan
        .iter()
        .flat_map(|making| rows::lines(cx, speaker, making))
        .collect();
    let own = format!("\"${}\"", rows::variable(cx, caller, key));
    lines.extend(names.iter().map(|name| format!("export {name}={own}")));
    lines.push(format!("export TOKEN=\"$({})\"", speaker.command(cx, Some(&own))));
    lines
}

/// The entity of the callers, where it is the design's own and rows of an entity are given their caller.
fn needed_caller(cx: &Cx<'_>, entity: EntityId) -> Option<EntityId> {
    let design = &cx.model.design;
    let caller = design
        .caller_entity()
        .filter(|caller| design.entities[*caller].storage == Storage::Managed)?;
    let entity = &design.entities[entity];
    let is_given =
        |field: &Field| field.default == Some(Default::Caller) && field.ty.target() == Some(caller);
    let sets = |action: &Action| {
        let mut sets = action.sets.iter();
        sets.any(|(field, assign)| {
            *assign == Assign::Term(Term::Caller) && entity.fields[*field].ty.target() == Some(caller)
        })
    };
    (entity.fields.iter().any(is_given) || entity.actions.iter().any(sets)).then_some(caller)
}

/// Whether a create works only for callers who have a row of their own, which the design keeps.
pub(super) fn needs_own_row(cx: &Cx<'_>, create: &Route) -> Option<EntityId> {
    needed_caller(cx, create.entity)
}

/// So many digits, new ones each time.
const DIGITS: &str = r#"digits() { od -An -N8 -tu8 /dev/urandom | tr -dc 0-9 | tail -c "$1"; }"#;

/// One member of an answer; an answer without it is shown.
const MEMBER: &str = r#"member() { A="$(cat)"; printf %s "$A" | grep -o "\"$1\":\"*[^\",}]*" | head -n 1 | sed 's/^[^:]*:"*//' | grep . || echo "no $1: $A" >&2; }"#;

/// Whom a page's examples speak as.
pub(super) fn speaker(cx: &Cx<'_>, group: &Group) -> Speaker {
    let plan = plan(cx, group);
    Speaker::of(cx, group, plan.as_ref())
}

/// What has to be made for the examples of a page: a row, where some of them are about one, and what any of
/// their bodies refers to.
fn plan<'a>(cx: &Cx<'a>, group: &'a Group) -> Option<rows::Plan<'a>> {
    let mut routes = cx.model.http.routes_of(group);
    let is_wanted = routes.any(|route| {
        route.operation.is_on_item()
            || route.operation == Operation::Create
            || route.path.parents().next().is_some()
    });
    let whole = |made| rows::Plan { made, is_whole: true };
    if !is_wanted {
        return Some(whole(Vec::new()));
    }
    let some = || {
        let made = rows::above(cx, group)?;
        Some(rows::Plan {
            made,
            is_whole: false,
        })
    };
    rows::plan(cx, group).map(whole).or_else(some)
}

fn rows(cx: &Cx<'_>, group: &Group, (speaker, plan): (&Speaker, Option<&rows::Plan<'_>>)) -> Vec<String> {
    let Some(plan) = plan else {
        let parents = rows::unmade(cx, group).into_iter();
        return parents.chain(rows::found(cx, speaker, group)).collect();
    };
    let made = plan.made.iter();
    let mut lines: Vec<String> = made.flat_map(|making| rows::lines(cx, speaker, making)).collect();
    if !plan.is_whole {
        lines.extend(rows::found(cx, speaker, group));
    }
    lines
}

/// The example of a route.
pub(super) enum Example {
    /// Commands that work when they are pasted.
    Pasted(String),
    /// What it would be, and why it does not work as it stands.
    Shown {
        /// One sentence.
        why: String,
        /// The request.
        request: String,
    },
}

/// One request of a route, after those that bring the row to where it works.
pub(super) fn example(cx: &Cx<'_>, group: &Group, id: RouteId, speaker: &Speaker) -> Example {
    match course::course(cx, group, id, speaker) {
        Course::Works(steps) => {
            let steps = steps.iter().map(|step| before(cx, group, (step, speaker)));
            let lines: Vec<String> = steps.chain([curl(cx, group, id, speaker)]).collect();
            Example::Pasted(lines.join("\n"))
        }
        Course::Fails(why) => Example::Shown {
            why: format!("Not to be pasted as it stands: {why}"),
            request: curl(cx, group, id, speaker),
        },
    }
}

fn curl(cx: &Cx<'_>, group: &Group, id: RouteId, speaker: &Speaker) -> String {
    let route = &cx.model.http.routes[id];
    let is_second = route.operation == Operation::Replace;
    let body = route.body.map(|body| body::text(cx, body, is_second));
    request(cx, group, (route, speaker), &[], body)
}

/// The body of a create as a word for a shell, for people who have no page at hand; none, when it needs a row of
/// another kind first.
pub(super) fn first_body(cx: &Cx<'_>, create: &Route) -> Option<String> {
    let body = create.body?;
    if body::needed(cx, body).next().is_some() {
        return None;
    }
    let text = quoted(&body::text(cx, body, false));
    let mut parts = text.split("$(digits ");
    let first = parts.next().unwrap_or_default().to_owned();
    Some(parts.fold(first, |text, part| {
        let (count, rest) = part.split_at(part.find(|c: char| !c.is_ascii_digit()).unwrap_or(0));
        format!("{text}$(od -An -N8 -tu8 /dev/urandom | tr -dc 0-9 | tail -c {count}{rest}")
    }))
}

/// A request on the way to an action, whose answer is of no interest.
fn before(cx: &Cx<'_>, group: &Group, (step, speaker): (&Step, &Speaker)) -> String {
    let route = &cx.model.http.routes[step.route];
    let body = match &step.change {
        Some(change) => Some(change.to_string()),
        None => route.body.map(|body| body::text(cx, body, false)),
    };
    request(cx, group, (route, speaker), &["-o", "/dev/null"], body)
}

fn request(
    cx: &Cx<'_>,
    group: &Group,
    (route, speaker): (&Route, &Speaker),
    options: &[&str],
    body: Option<String>,
) -> String {
    let mut words = vec!["curl", "-sS"];
    words.extend(options);
    if route.method != Method::Get {
        words.extend(["-X", route.method.name()]);
    }
    let url = format!("\"$BASE_URL{}{}\"", path(cx, group, route), query(cx, route));
    let mut lines = vec![format!("{} {url}", words.join(" "))];
    lines.extend(request_headers(cx, speaker, route));
    if let Some(body) = body {
        lines.push(String::from("-H \"Content-Type: application/json\""));
        lines.push(format!("-d {}", quoted(&body)));
    }
    lines.join(" \\\n  ")
}

fn request_headers(cx: &Cx<'_>, speaker: &Speaker, route: &Route) -> Vec<String> {
    let mut headers = Vec::new();
    match speaker.token(cx, route) {
        Token::No => {}
        Token::Page | Token::Nobody => headers.push(String::from("-H \"Authorization: Bearer $TOKEN\"")),
        Token::Other(grants) => {
            let command = speaker::command(cx, &grants, None);
            headers.push(format!("-H \"Authorization: Bearer $({command})\""));
        }
    }
    if route.require_match {
        headers.push(String::from("-H \"If-Match: *\""));
    }
    headers
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
        PathPart::Key { field, .. } => format!("${}", rows::variable(cx, group.entity, *field)),
        PathPart::Caller { name } => format!("${}", shouted(name)),
        PathPart::Parent(parent) => format!("${}", rows::variable(cx, parent.entity, parent.by)),
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
            ParamKind::Limit { max, .. } => (*max).min(5).to_string(),
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

/// The variables for the caller in paths.
fn caller_names<'a>(cx: &Cx<'_>, groups: impl Iterator<Item = &'a Group>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for route in groups.flat_map(|group| cx.model.http.routes_of(group)) {
        for part in &route.path.parts {
            match part {
                PathPart::Caller { name } if !names.contains(&shouted(name)) => names.push(shouted(name)),
                // The caller's own row, as what the rows lie below.
                PathPart::Parent(parent) if is_caller(cx, parent) => {
                    let name = rows::variable(cx, parent.entity, parent.by);
                    if !names.contains(&name) {
                        names.push(name);
                    }
                }
                PathPart::Caller { .. }
                | PathPart::Literal(_)
                | PathPart::Key { .. }
                | PathPart::Parent(_) => {}
            }
        }
    }
    names
}

/// Whether a path goes by the key of a caller.
fn is_caller(cx: &Cx<'_>, parent: &Parent) -> bool {
    let design = &cx.model.design;
    design.caller_entity() == Some(parent.entity) && design.entities[parent.entity].key == parent.by
}

/// A word as it is, where the shell leaves it alone.
fn quoted_word(word: &str) -> String {
    let is_plain = word
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-_.@".contains(&byte));
    if is_plain { word.to_owned() } else { quoted(word) }
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
