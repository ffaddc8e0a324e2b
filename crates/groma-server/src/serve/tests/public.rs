//! Routes without a token that write, and limits of single routes.

use std::sync::Arc;

use groma_diag::Sources;
use groma_ir::Model;

use super::{Got, Site, json};
use crate::settings::Settings;

const WALL: &str = "
service Wall { base /api; errors validation 400 }
auth {
  issuer env ISSUER_URL jwks \"/jwks\" algorithms EdDSA
  audience env ISSUER_URL
  caller User from claim sub
}
entity User external { id: text(1..64) key }
entity Note {
  id: uuid key
  text: text(1..100)
  last: User? readonly
  author: User? = caller readonly
}
access Note {
  allow create, read, touch to everyone
  allow update, delete to author
}
resource /notes for Note {
  list public { page 20 max 50; limit 3/h per address }
  create public { accept text; limit 2/h }
  read public
  update public { accept text }
  delete
  action touch public { set last = caller; limit 1/h per address }
}
";

fn wall() -> Model {
    let mut sources = Sources::new();
    sources.add("wall.groma", WALL.to_owned());
    let compiled = groma_sema::compile(&sources);
    let said: Vec<_> = compiled.diagnostics.iter().map(|found| &found.message).collect();
    Model::new(compiled.design.unwrap_or_else(|| panic!("{said:#?}")))
}

async fn site() -> Site {
    of(|_| {}).await
}

/// Behind a proxy that says where requests come from.
async fn of(change: impl FnOnce(&mut Settings)) -> Site {
    Site::of(wall(), |settings| {
        settings.proxies = vec!["127.0.0.0/8".parse().unwrap()];
        change(settings);
    })
    .await
}

/// A request without a token from an address.
fn from(site: &Site, address: &str, method: &str, path: &str) -> super::client::Call {
    site.call(method, path).header("x-forwarded-for", address)
}

fn post(site: &Site, address: &str) -> Got {
    from(site, address, "POST", "/api/notes")
        .json(r#"{"text":"hello"}"#)
        .send()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_makes_is_nobody_s() {
    let site = site().await;
    let made = post(&site, "192.0.2.1");
    assert_eq!(made.status, 201, "{}", json(&made));
    assert_eq!(json(&made)["author_id"], serde_json::Value::Null);
    assert_eq!(made.header("cache-control"), Some("no-store"));
    let path = format!("/api/notes/{}", json(&made)["id"].as_str().unwrap());
    // Nobody is not the author of what nobody made, and neither is anybody else.
    let change = |call: super::client::Call| call.json(r#"{"text":"mine"}"#).send().status;
    assert_eq!(change(from(&site, "192.0.2.1", "PATCH", &path)), 403);
    assert_eq!(change(site.ann("PATCH", &path)), 403);
    let own = site.ann("POST", "/api/notes").json(r#"{"text":"hers"}"#).send();
    assert_eq!(json(&own)["author_id"], "ann");
    let path = format!("/api/notes/{}", json(&own)["id"].as_str().unwrap());
    assert_eq!(change(from(&site, "192.0.2.1", "PATCH", &path)), 403);
    assert_eq!(change(site.ann("PATCH", &path)), 200);
    // An action that takes its caller takes nobody.
    let touched = site.ann("POST", &format!("{path}/touch")).send();
    assert_eq!((touched.status, &json(&touched)["last_id"]), (200, &"ann".into()));
    let touched = from(&site, "192.0.2.9", "POST", &format!("{path}/touch")).send();
    assert_eq!(touched.status, 200, "{}", json(&touched));
    assert_eq!(json(&touched)["last_id"], serde_json::Value::Null);
    // What is not public needs a token.
    assert_eq!(site.call("DELETE", &path).send().status, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_says_whose_a_row_is() {
    let site = site().await;
    let got = site
        .call("POST", "/api/notes")
        .json(r#"{"text":"x","author_id":"ann"}"#)
        .send();
    assert_eq!(got.status, 400);
    assert_eq!(json(&got)["errors"][0]["code"], "extra_forbidden");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_sent_has_to_be_right() {
    let site = site().await;
    let got = site
        .call("POST", "/api/notes")
        .token("nonsense")
        .json(r#"{"text":"x"}"#)
        .send();
    assert_eq!(got.status, 401);
    assert_eq!(
        got.header("www-authenticate"),
        Some("Bearer error=\"invalid_token\"")
    );
    assert_eq!(
        json(&site.call("GET", "/api/notes").send())["items"],
        serde_json::json!([])
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_route_has_a_limit_of_its_own() {
    let site = site().await;
    for left in [1, 0] {
        let got = post(&site, "192.0.2.1");
        assert_eq!(got.status, 201);
        assert_eq!(got.header("ratelimit-policy"), Some("\"createNote\";q=2;w=3600"));
        let limit = got.header("ratelimit").unwrap();
        assert!(
            limit.starts_with(&format!("\"createNote\";r={left};t=")),
            "{limit}"
        );
    }
    let got = post(&site, "192.0.2.1");
    assert_eq!(
        (got.status, &json(&got)["type"]),
        (429, &"/problems/too-many-requests".into())
    );
    let wait: u64 = got.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=1800).contains(&wait), "{wait}");
    // Another address and a caller have their own; other routes have none, or another one.
    assert_eq!(post(&site, "192.0.2.2").status, 201);
    let ann = || {
        site.ann("POST", "/api/notes")
            .header("x-forwarded-for", "192.0.2.1")
    };
    for status in [201, 201, 429] {
        assert_eq!(ann().json(r#"{"text":"x"}"#).send().status, status);
    }
    assert_eq!(from(&site, "192.0.2.1", "GET", "/api/notes").send().status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_per_address_is_shared_by_whoever_calls_from_there() {
    let site = site().await;
    let list = |who: Option<&str>, address: &str| {
        let call = from(&site, address, "GET", "/api/notes");
        let call = match who {
            Some(who) => call.token(&site.token(who, &[])),
            None => call,
        };
        call.send().status
    };
    assert_eq!(list(None, "192.0.2.1"), 200);
    assert_eq!(list(Some("ann"), "192.0.2.1"), 200);
    assert_eq!(list(Some("bob"), "192.0.2.1"), 200);
    assert_eq!(list(Some("eve"), "192.0.2.1"), 429);
    assert_eq!(list(None, "192.0.2.1"), 429);
    assert_eq!(list(Some("ann"), "192.0.2.7"), 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_limits_are_told_and_what_the_service_refuses_the_route_does_not_count() {
    let rate = groma_ir::design::Rate {
        requests: 1,
        window: 1,
        per: groma_ir::design::Per::Caller,
    };
    let site = of(|settings| settings.rate = Some(rate)).await;
    let got = post(&site, "192.0.2.1");
    assert_eq!(
        got.header("ratelimit-policy"),
        Some("\"caller\";q=1;w=1, \"createNote\";q=2;w=3600")
    );
    let limit = got.header("ratelimit").unwrap();
    assert!(
        limit.starts_with("\"caller\";r=0;t=1, \"createNote\";r=1;t="),
        "{limit}"
    );
    let got = post(&site, "192.0.2.1");
    assert_eq!((got.status, got.header("retry-after")), (429, Some("1")));
    assert_eq!(got.header("ratelimit-policy"), Some("\"caller\";q=1;w=1"));
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    assert_eq!(post(&site, "192.0.2.1").status, 201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_of_routes_can_be_switched_off() {
    let site = of(|settings| settings.route_limits = false).await;
    for _ in 0..5 {
        let got = post(&site, "192.0.2.1");
        assert_eq!((got.status, got.header("ratelimit")), (201, None));
    }
    let model = Arc::new(wall());
    let resolve = |text: &str| {
        let environment =
            crate::settings::Environment::new([(String::from("RATE_LIMIT"), text.to_owned())], None).unwrap();
        Settings::resolve(&model.design, &environment, std::path::Path::new(".")).unwrap()
    };
    assert!(!resolve("off").route_limits);
    assert!(resolve("9/s").route_limits);
}
