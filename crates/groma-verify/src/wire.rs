//! Spells a [`Call`] as bytes, and as the `curl` line that repeats it.

use serde_json::Value as Json;

use groma_ir::design::{Design, EntityId, FieldId};
use groma_ir::http::{Operator, ParamKind, PathPart, Route};

use crate::call::{Ask, Body, Call, Filter, Key, Member};
use crate::net::{Request, encode};
use crate::oracle::{World, key_text};
use crate::tokens::Identity;

/// The request of a call, without the token and without the version of the row.
pub(crate) fn request(world: &World<'_>, call: &Call, who: Option<&Identity>) -> Request {
    let route = &world.model.http.routes[call.route];
    let mut path = path(world, call, who);
    let query = query(world.design(), route, &call.ask);
    if !query.is_empty() {
        path.push('?');
        path.push_str(&query);
    }
    let mut request = Request::new(route.method.name(), path);
    for (name, value) in &call.headers {
        request = request.header(name, value.as_str());
    }
    match body(world.design(), route.entity, &call.body, world, call) {
        Some(bytes) => with_type(request, call).body(bytes),
        None => request,
    }
}

fn with_type(request: Request, call: &Call) -> Request {
    if call
        .headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("content-type"))
    {
        request
    } else {
        request.header("Content-Type", "application/json")
    }
}

/// The path of a call, encoded.
fn path(world: &World<'_>, call: &Call, who: Option<&Identity>) -> String {
    let mut path = String::new();
    let mut parents = world.parent_texts(call, who, jiff::Timestamp::now()).into_iter();
    for part in &world.model.http.routes[call.route].path.parts {
        path.push('/');
        match part {
            PathPart::Literal(text) => path.push_str(text),
            PathPart::Key { field, .. } => path.push_str(&encode(&key_of(world, call, *field))),
            PathPart::Parent(_) => path.push_str(&encode(&parents.next().unwrap_or_default())),
            PathPart::Caller { .. } => {
                let own = who.map_or("nobody", |who| who.subject.as_str());
                path.push_str(&encode(call.path_caller.as_deref().unwrap_or(own)));
            }
        }
    }
    path
}

fn key_of(world: &World<'_>, call: &Call, field: FieldId) -> String {
    match &call.key {
        Key::Row(row) => key_text(world.row(*row).cell(field)),
        Key::Missing(key) => key.clone(),
        Key::None => String::new(),
    }
}

/// How many bytes the body of a call has.
pub(crate) fn body_size(world: &World<'_>, call: &Call) -> u64 {
    let route = &world.model.http.routes[call.route];
    body(world.design(), route.entity, &call.body, world, call).map_or(0, |bytes| bytes.len() as u64)
}

fn body(design: &Design, entity: EntityId, body: &Body, world: &World<'_>, call: &Call) -> Option<Vec<u8>> {
    let members = match body {
        Body::None => return None,
        Body::Raw(bytes) => return Some(bytes.clone()),
        Body::Members(members) => members,
    };
    let spelled: Vec<String> = members
        .iter()
        .map(|member| spell(design, entity, member, world, call))
        .collect();
    Some(format!("{{{}}}", spelled.join(",")).into_bytes())
}

fn spell(design: &Design, entity: EntityId, member: &Member, world: &World<'_>, call: &Call) -> String {
    let entity = &design.entities[entity];
    match member {
        Member::Field(field, sample) => format!("{}:{}", quote(&entity.fields[*field].wire), sample.sent),
        Member::Input(input, sample) => {
            let name = action_input(world, call, *input);
            let find = world.model.http.routes[call.route].find;
            let sought = find
                .filter(|find| find.input == *input)
                .and_then(|_| world.sought(call));
            match sought.filter(|value| *value != sample.kept) {
                Some(value) => format!("{}:{value}", quote(&name)),
                None => format!("{}:{}", quote(&name), sample.sent),
            }
        }
        Member::Raw(name, json) => format!("{}:{json}", quote(name)),
    }
}

fn action_input(world: &World<'_>, call: &Call, input: groma_ir::design::InputId) -> String {
    let route = &world.model.http.routes[call.route];
    match route.operation {
        groma_ir::http::Operation::Action(action) => world.design().entities[route.entity].actions[action]
            .inputs[input]
            .name
            .clone(),
        _ => String::new(),
    }
}

fn quote(text: &str) -> String {
    Json::from(text).to_string()
}

/// The query of a list or an item, encoded; empty when nothing is asked.
pub(crate) fn query(design: &Design, route: &Route, ask: &Ask) -> String {
    let mut pairs: Vec<(String, String)> = ask
        .filters
        .iter()
        .flat_map(|filter| filter_pairs(design, route, filter))
        .collect();
    let mut add =
        |name: &str, value: Option<String>| pairs.extend(value.map(|value| (name.to_owned(), value)));
    add("q", ask.search.clone());
    add("sort", sort_text(route, &ask.sort));
    add("limit", ask.limit.map(|limit| limit.to_string()));
    add("count", ask.count.then(|| "true".to_owned()));
    add("include", include_text(route, &ask.include));
    add("fields", (!ask.fields.is_empty()).then(|| ask.fields.join(",")));
    pairs.extend(ask.raw.iter().cloned());
    let encoded: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    encoded.join("&")
}

fn filter_pairs(design: &Design, route: &Route, filter: &Filter) -> Vec<(String, String)> {
    match filter {
        Filter::Field {
            name,
            operator: Operator::In,
            values,
            ..
        } => {
            let all: Vec<String> = values.iter().map(key_text).collect();
            vec![(name.clone(), all.join(","))]
        }
        Filter::Field { name, values, .. } => values
            .iter()
            .map(|value| (name.clone(), key_text(value)))
            .collect(),
        Filter::Named { name, filter, option } => {
            let list = design.resources[route.resource].list.as_ref();
            let named = list.and_then(|list| list.named.get(*filter));
            let option = named.and_then(|named| named.options.get(*option));
            option
                .map(|option| (name.clone(), option.name.clone()))
                .into_iter()
                .collect()
        }
    }
}

fn sort_text(route: &Route, sort: &[(FieldId, bool)]) -> Option<String> {
    let names = route.query.iter().find_map(|param| match &param.kind {
        ParamKind::Sort { fields, .. } => Some(fields),
        _ => None,
    })?;
    let term = |(field, descending): &(FieldId, bool)| {
        let (name, _) = names.iter().find(|(_, known)| known == field)?;
        Some(format!("{}{name}", if *descending { "-" } else { "" }))
    };
    let terms: Vec<String> = sort.iter().filter_map(term).collect();
    (!terms.is_empty()).then(|| terms.join(","))
}

fn include_text(route: &Route, include: &[FieldId]) -> Option<String> {
    let names = route.query.iter().find_map(|param| match &param.kind {
        ParamKind::Include { references } => Some(references),
        _ => None,
    })?;
    let named: Vec<String> = include
        .iter()
        .filter_map(|field| names.iter().find(|(_, known)| known == field))
        .map(|(name, _)| name.clone())
        .collect();
    (!named.is_empty()).then(|| named.join(","))
}

/// The `curl` line of a request; the token stands as a shell variable.
pub(crate) fn curl(url: &str, request: &Request, token: Option<&str>) -> String {
    let mut line = String::from("curl -i");
    match request.method.as_str() {
        "GET" => {}
        "HEAD" => line.push_str(" --head"),
        method => {
            line.push_str(" -X ");
            line.push_str(method);
        }
    }
    line.push(' ');
    line.push_str(&shell(url.as_bytes()));
    for (name, value) in &request.headers {
        if let Some(variable) = token.filter(|_| name == "Authorization") {
            line.push_str(" -H \"Authorization: Bearer $");
            line.push_str(variable);
            line.push('"');
        } else {
            let header = [name.as_bytes(), b": ", value.as_slice()].concat();
            line.push_str(" -H ");
            line.push_str(&shell(&header));
        }
    }
    if let Some(body) = &request.body {
        line.push_str(" --data-binary ");
        line.push_str(&body_word(body));
    }
    line
}

/// A body as one word; what repeats in a long one is made on the spot.
fn body_word(body: &[u8]) -> String {
    let Some(text) = std::str::from_utf8(body).ok().filter(|text| text.len() >= LONG) else {
        return shell(body);
    };
    let parts = runs(text);
    if !parts.iter().any(|(_, times)| *times > 1) {
        return shell(body);
    }
    let commands = parts.iter().map(|(unit, times)| match times {
        1 => format!("printf %s {}", shell(unit.as_bytes())),
        times => format!(
            "yes -- {} | head -n {times} | tr -d '\\n'",
            shell(unit.as_bytes())
        ),
    });
    format!("@<({})", commands.collect::<Vec<_>>().join("; "))
}

/// From how many bytes on something is worth to be made on the spot.
const LONG: usize = 200;

/// The longest text that is looked for as one that repeats, in characters.
const UNIT: usize = 8;

/// A text in pieces, each with how often it stands there: once, or many times.
fn runs(text: &str) -> Vec<(&str, usize)> {
    let mut parts = Vec::new();
    let (mut plain, mut at) = (0, 0);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let run = repeated(rest);
        let step = match run {
            Some((unit, times)) => {
                parts.extend(
                    text.get(plain..at)
                        .filter(|part| !part.is_empty())
                        .map(|part| (part, 1)),
                );
                parts.push((unit, times));
                plain = at + unit.len() * times;
                unit.len() * times
            }
            None => rest.chars().next().map_or(1, char::len_utf8),
        };
        at += step;
    }
    parts.extend(
        text.get(plain..)
            .filter(|part| !part.is_empty())
            .map(|part| (part, 1)),
    );
    parts
}

/// The unit that a text begins with many times, and how often; one that a line of its own can hold.
fn repeated(text: &str) -> Option<(&str, usize)> {
    let ends = text.char_indices().skip(1).map(|(end, _)| end).take(UNIT);
    ends.filter_map(|end| text.split_at_checked(end))
        .find_map(|(unit, mut rest)| {
            let mut times = 1;
            while let Some(more) = rest.strip_prefix(unit) {
                (rest, times) = (more, times + 1);
            }
            let is_worth_it = unit.len() * times >= LONG / 2 && !unit.contains(char::is_control);
            is_worth_it.then_some((unit, times))
        })
}

/// Bytes as one word of a POSIX shell (`$'...'` of bash where they are not plain text).
fn shell(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains(|letter: char| letter.is_control()) => {
            format!("'{}'", text.replace('\'', "'\\''"))
        }
        _ => {
            let escaped: String = bytes
                .iter()
                .map(|byte| match byte {
                    b'\'' | b'\\' => format!("\\{}", char::from(*byte)),
                    0x20..=0x7e => char::from(*byte).to_string(),
                    _ => format!("\\x{byte:02x}"),
                })
                .collect();
            format!("$'{escaped}'")
        }
    }
}
