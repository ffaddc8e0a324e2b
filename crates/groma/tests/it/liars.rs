//! A right server behind a proxy that lies in one way: each lie is found, by a check that is about it.

mod proxy;

use serde_json::{Value as Json, json};

use crate::support::{Folder, Serving, groma};
use proxy::Lie::{self, Answer, Ask, AskAgain};
use proxy::{Memory, Message};

const DESIGN: &str = "```groma
service Loans { base /api }

auth {
  issuer env ISSUER_URL jwks \"/jwks\" algorithms EdDSA
  audience env ISSUER_URL
  caller User from claim sub
  roles user < admin from claim role default user
}

entity User external { id: text(1..64) key }
enum State { open, lent, lost }

entity Book {
  id: uuid key
  title: text(1..80)
  pages: int(1..9999)?
  code: text(3..12) unique
  state: State = open
  owner: User = caller readonly
  timestamps
  states state { open -> lent; lent -> open, lost }
}

access Book {
  allow all to owner
  allow read to admin
}

resource /books for Book {
  list { filter state, pages; search title; sort -created_at, title, pages; page 4 max 50 }
  create; read; update; replace; delete
  action lend { from open to lent }
  report stats { total: count; lent: count when state == lent }
}
```
";

/// A lie, and the checks of which one has to find it.
type Case = (&'static str, &'static [&'static str], Lie);

static CASES: &[Case] = &[
    (
        "the `ETag` of an item is lost",
        &["C01"],
        Answer(|_, answer, _| answer.drop_header("etag")),
    ),
    (
        "`Location` is lost",
        &["F02"],
        Answer(|_, answer, _| answer.drop_header("location")),
    ),
    (
        "`Allow` is lost",
        &["E03"],
        Answer(|_, answer, _| answer.drop_header("allow")),
    ),
    (
        "the challenge is lost",
        &["J01"],
        Answer(|_, answer, _| answer.drop_header("www-authenticate")),
    ),
    (
        "a security header is lost",
        &["E06"],
        Answer(|_, answer, _| answer.drop_header("x-content-type-options")),
    ),
    (
        "private answers may be stored",
        &["E06"],
        Answer(|_, answer, _| answer.drop_header("cache-control")),
    ),
    (
        "the content type is another",
        &["F02"],
        Answer(other_content_type),
    ),
    ("what is not there is a 200", &["Z12"], Answer(found_after_all)),
    ("what is not there is a 403", &["Z12"], Answer(forbidden_rather)),
    ("a list holds somebody else's row", &["Z05"], Answer(foreign_row)),
    ("a list leaves out its last row", &["F03"], Answer(row_lost)),
    ("two items of a list change places", &["F05"], Answer(swapped)),
    (
        "`total` is one too many",
        &["Z05"],
        Answer(|_, answer, _| change(answer, "total", more)),
    ),
    (
        "a report counts one too many",
        &["Z05"],
        Answer(|_, answer, _| change(answer, "lent", more)),
    ),
    ("an item has one more member", &["F02"], Answer(member_added)),
    ("an item lacks a member", &["F02"], Answer(member_lost)),
    (
        "a title is read otherwise than written",
        &["F01"],
        Answer(shouted),
    ),
    (
        "a number is answered as text",
        &["F01", "F02"],
        Answer(|_, answer, _| change(answer, "pages", as_text)),
    ),
    ("only the first mistake is told", &["E04"], Answer(first_mistake)),
    (
        "the problem's status is another",
        &["E01"],
        Answer(|_, answer, _| problem(answer, "status", json!(418))),
    ),
    (
        "the problem has no kind",
        &["E01"],
        Answer(|_, answer, _| problem(answer, "type", json!("about:blank"))),
    ),
    (
        "every fiftieth answer is a 500",
        &["E05"],
        Answer(broken_at_times),
    ),
    ("HEAD is another answer than GET", &["E07"], Answer(other_head)),
    ("a create is answered with 200", &["F01"], Answer(not_created)),
    (
        "`limit` is not heeded",
        &["F06"],
        Ask(|request, _| request.drop_parameter(|name| name == "limit")),
    ),
    (
        "`sort` is not heeded",
        &["F05"],
        Ask(|request, _| request.drop_parameter(|name| name == "sort")),
    ),
    (
        "`q` is not heeded",
        &["F04"],
        Ask(|request, _| request.drop_parameter(|name| name == "q")),
    ),
    (
        "filters are not heeded",
        &["F04"],
        Ask(|request, _| {
            request.drop_parameter(|name| name.starts_with("state") || name.starts_with("pages"));
        }),
    ),
    (
        "unknown parameters are not refused",
        &["F04"],
        Ask(|request, _| request.drop_parameter(|name| name == "no_such_parameter")),
    ),
    (
        "a cursor leads back to the start",
        &["F06"],
        Ask(|request, _| request.drop_parameter(|name| name == "cursor")),
    ),
    (
        "`If-Match` is not heeded",
        &["C02"],
        Ask(|request, _| request.drop_header("if-match")),
    ),
    (
        "`If-None-Match` is not heeded",
        &["C01"],
        Ask(|request, _| request.drop_header("if-none-match")),
    ),
    (
        "`Accept` is not heeded",
        &["E03"],
        Ask(|request, _| request.drop_header("accept")),
    ),
    (
        "the content type of a body is not heeded",
        &["V09"],
        Ask(|request, _| {
            if request.header("content-type").is_some() {
                request.set("content-type", "application/json");
            }
        }),
    ),
    (
        "unknown members are dropped",
        &["V06", "Z09"],
        Ask(members_dropped),
    ),
    ("text is taken for a number", &["V02"], Ask(coerced)),
    ("long text is cut to fit", &["V03"], Ask(cut)),
    (
        "no token is any token",
        &["Z01"],
        AskAgain(|request, answer, memory| with_token(request, answer, memory, false)),
    ),
    (
        "a wrong token is any token",
        &["J03"],
        AskAgain(|request, answer, memory| with_token(request, answer, memory, true)),
    ),
    ("a delete is not carried out", &["F08"], Ask(not_deleted)),
    ("a change is not carried out", &["F07"], Ask(not_changed)),
];

#[test]
fn every_lie_is_found() {
    let folder = Folder::new();
    folder.write("specs/books.md", DESIGN);
    let server = Serving::start(&folder, &["serve"], &[("RATE_LIMIT", "off")]);
    let direct = verify(&folder, server.port, "");
    assert_eq!(direct["findings"], json!([]));
    let mut unseen = Vec::new();
    for (lie, checks, how) in CASES {
        let port = proxy::before(server.port, *how);
        let report = verify(&folder, port, &checks.join(","));
        if report["findings"].as_array().is_none_or(Vec::is_empty) {
            unseen.push(format!("{}: {lie}: {}", checks.join(" or "), report["notes"]));
        }
    }
    assert!(unseen.is_empty(), "{unseen:#?}");
}

/// The report of a run with these checks, or with all.
fn verify(folder: &Folder, port: u16, checks: &str) -> Json {
    let url = format!("http://127.0.0.1:{port}");
    let mut words = vec!["verify", &url, "--format", "json"];
    if !checks.is_empty() {
        words.extend(["--only", checks]);
    }
    let ran = groma(folder, &words);
    serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

/// Changes a member of an object, or of every item of a list.
fn change(answer: &mut Message, name: &str, how: fn(&Json) -> Json) {
    let Some(mut body) = answer.json().filter(|_| answer.status() < 300) else {
        return;
    };
    for item in items(&mut body) {
        if let Some(value) = item.get_mut(name) {
            *value = how(value);
        }
    }
    if let Some(value) = body.get_mut(name) {
        *value = how(value);
    }
    answer.set_json(&body);
}

/// The items of a list.
fn items(body: &mut Json) -> Vec<&mut Json> {
    let list = body.get_mut("items").and_then(Json::as_array_mut);
    list.map(|items| items.iter_mut().collect()).unwrap_or_default()
}

fn more(value: &Json) -> Json {
    value.as_i64().map_or(Json::Null, |number| json!(number + 1))
}

fn as_text(value: &Json) -> Json {
    if value.is_null() {
        Json::Null
    } else {
        json!(value.to_string())
    }
}

fn other_content_type(_: &Message, answer: &mut Message, _: &Memory) {
    if answer.header("content-type").as_deref() == Some("application/json") {
        answer.set("content-type", "text/html");
    }
}

fn found_after_all(request: &Message, answer: &mut Message, _: &Memory) {
    if request.method() == "GET" && answer.status() == 404 {
        answer.set_status(200);
        answer.set("content-type", "application/json");
        answer.set_json(&json!({}));
    }
}

fn forbidden_rather(request: &Message, answer: &mut Message, _: &Memory) {
    if request.method() == "GET" && request.path().starts_with("/api/books/") && answer.status() == 404 {
        answer.set_status(403);
        problem(answer, "status", json!(403));
    }
}

fn foreign_row(request: &Message, answer: &mut Message, memory: &Memory) {
    let token = request.header("authorization").unwrap_or_default();
    let other = memory
        .items
        .iter()
        .find(|(owner, _)| owner.as_slice() != token.as_bytes());
    with_items(answer, |items| {
        items.extend(other.map(|(_, item)| item.clone()));
    });
}

fn row_lost(_: &Message, answer: &mut Message, _: &Memory) {
    with_items(answer, |items| {
        items.pop();
    });
}

fn swapped(_: &Message, answer: &mut Message, _: &Memory) {
    with_items(answer, |items| {
        if items.len() > 1 {
            items.swap(0, 1);
        }
    });
}

fn with_items(answer: &mut Message, how: impl FnOnce(&mut Vec<Json>)) {
    let Some(mut body) = answer.json() else { return };
    if let Some(items) = body.get_mut("items").and_then(Json::as_array_mut) {
        how(items);
        answer.set_json(&body);
    }
}

fn member_added(request: &Message, answer: &mut Message, _: &Memory) {
    with_item(request, answer, |item| {
        item.insert("note".to_owned(), json!("x"));
    });
}

fn member_lost(request: &Message, answer: &mut Message, _: &Memory) {
    with_item(request, answer, |item| {
        item.remove("pages");
    });
}

fn shouted(request: &Message, answer: &mut Message, _: &Memory) {
    if request.method() == "GET" {
        with_item(request, answer, |item| {
            let title = item["title"].as_str().unwrap().to_uppercase();
            item["title"] = json!(title);
        });
    }
}

/// Changes the item that is the answer.
fn with_item(_: &Message, answer: &mut Message, how: impl FnOnce(&mut serde_json::Map<String, Json>)) {
    let Some(Json::Object(mut item)) = answer.json() else {
        return;
    };
    if answer.status() < 300 && item.contains_key("title") {
        how(&mut item);
        answer.set_json(&Json::Object(item));
    }
}

fn problem(answer: &mut Message, name: &str, value: Json) {
    if let Some(Json::Object(mut body)) = answer.json()
        && answer.status() >= 400
    {
        body[name] = value;
        answer.set_json(&Json::Object(body));
    }
}

fn first_mistake(_: &Message, answer: &mut Message, _: &Memory) {
    if let Some(mut body) = answer.json()
        && let Some(errors) = body.get_mut("errors").and_then(Json::as_array_mut)
    {
        errors.truncate(1);
        answer.set_json(&body);
    }
}

fn broken_at_times(_: &Message, answer: &mut Message, memory: &Memory) {
    if memory.count % 50 == 49 {
        answer.set_status(500);
    }
}

fn other_head(request: &Message, answer: &mut Message, _: &Memory) {
    if request.method() == "HEAD" {
        answer.set("content-type", "text/plain");
    }
}

fn not_created(_: &Message, answer: &mut Message, _: &Memory) {
    if answer.status() == 201 {
        answer.set_status(200);
    }
}

/// The body of a request as an object, where it is one.
fn with_body(request: &mut Message, how: impl FnOnce(&mut serde_json::Map<String, Json>)) {
    if let Some(Json::Object(mut body)) = request.json() {
        how(&mut body);
        request.set_json(&Json::Object(body));
    }
}

fn members_dropped(request: &mut Message, _: &Memory) {
    with_body(request, |body| {
        body.retain(|name, _| ["title", "pages", "code", "state"].contains(&name.as_str()));
    });
}

fn coerced(request: &mut Message, _: &Memory) {
    with_body(request, |body| {
        let number = body
            .get("pages")
            .and_then(Json::as_str)
            .and_then(|text| text.parse::<i64>().ok());
        if let Some(number) = number {
            body.insert("pages".to_owned(), json!(number));
        }
    });
}

fn cut(request: &mut Message, _: &Memory) {
    with_body(request, |body| {
        if let Some(Json::String(title)) = body.get_mut("title") {
            *title = title.chars().take(80).collect();
        }
    });
}

/// The same request with a token that is good, where there was none, or a wrong one.
fn with_token(request: &Message, answer: &Message, memory: &Memory, has_token: bool) -> Option<Message> {
    let token = memory.token.clone()?;
    let is_it = answer.status() == 401 && request.header("authorization").is_some() == has_token;
    is_it.then(|| {
        let mut request = request.clone();
        request.set("authorization", token);
        request
    })
}

fn not_deleted(request: &mut Message, _: &Memory) {
    if request.method() == "DELETE" {
        // What answers with 204 and leaves everything as it is.
        request.start[0] = "OPTIONS".to_owned();
    }
}

fn not_changed(request: &mut Message, _: &Memory) {
    if request.method() == "PATCH" {
        request.set_json(&json!({}));
    }
}
