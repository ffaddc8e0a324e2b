//! Tables of others hold what their owners put there. A rule, a filter, an order and an answer read the same of it.

use groma_diag::Sources;
use groma_ir::Model;

use super::{Site, json};

/// People in somebody else's table, with these rules.
pub(super) fn people(rules: &str) -> Model {
    let design = format!(
        "service People {{ base /api }}\n\
         auth {{\n  issuer env ISSUER_URL jwks \"/jwks\" algorithms EdDSA\n  audience env ISSUER_URL\n\
         caller User from claim sub\n  roles user < admin from claim role default user\n}}\n\
         enum Plan {{ free, pro, banned }}\n\
         entity User external table \"user\" {{\n  id: text(1..64) key\n  level: int(-5..10)\n  banned: bool\n\
         plan: Plan\n  until: datetime?\n  born: date?\n}}\n\
         access User {{\n{rules}\n}}\n\
         resource /people for User {{\n\
         list {{ filter banned, plan, level, until; sort until, plan, id }}\n  read\n}}\n"
    );
    let mut sources = Sources::new();
    sources.add("people.groma", design);
    let compiled = groma_sema::compile(&sources);
    let design = compiled.design;
    let said: Vec<_> = compiled
        .diagnostics
        .iter()
        .map(|found| (&found.code, &found.message))
        .collect();
    Model::new(design.unwrap_or_else(|| panic!("{said:#?}")))
}

/// A service over a table of these rows, whose columns have the types of Better Auth, which hold anything.
async fn site(rules: &str, rows: &str) -> Site {
    let rows = format!(
        "CREATE TABLE \"user\" (id TEXT PRIMARY KEY, level INTEGER, banned BOOLEAN, plan TEXT, until DATE, born DATE);
         INSERT INTO \"user\" VALUES {rows}"
    );
    Site::of(people(rules), |settings| {
        let file = settings.database.file().unwrap();
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        let database = rusqlite::Connection::open(file).unwrap();
        database.execute_batch(&rows).unwrap();
    })
    .await
}

/// The people that a request finds, in order.
fn ids(site: &Site, query: &str) -> Vec<String> {
    let got = site.ann("GET", &format!("/api/people{query}")).send();
    let body = json(&got);
    assert_eq!(got.status, 200, "{body}");
    let items = body["items"].as_array().unwrap();
    let id = |item: &serde_json::Value| item["id"].as_str().unwrap().to_owned();
    items.iter().map(id).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rule_reads_a_boolean_as_the_answer_does() {
    let site = site(
        "allow read to authenticated\ndeny read to authenticated when banned",
        "('no', 1, 0, 'free', NULL, NULL), ('one', 1, 1, 'free', NULL, NULL),
         ('two', 1, 2, 'free', NULL, NULL), ('half', 1, 0.5, 'free', NULL, NULL),
         ('word', 1, 'yes', 'free', NULL, NULL), ('none', 1, NULL, 'free', NULL, NULL)",
    )
    .await;
    assert_eq!(ids(&site, ""), ["no"]);
    assert_eq!(site.ann("GET", "/api/people/two").send().status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_design_does_not_know_is_nothing_in_an_answer_and_in_a_filter() {
    let site = site(
        "allow read to authenticated",
        "('odd', 'many', 'yes', 'enterprise', 'soon', 'never'), ('far', 11, 2, 'pro', NULL, '2026-11-21'),
         ('fine', 3, 0, 'free', NULL, NULL)",
    )
    .await;
    let odd = json(&site.ann("GET", "/api/people/odd").send());
    assert_eq!(
        odd,
        serde_json::json!({"id":"odd","level":null,"banned":null,"plan":null,"until":null,"born":null})
    );
    let far = json(&site.ann("GET", "/api/people/far").send());
    assert_eq!(
        far,
        serde_json::json!({"id":"far","level":null,"banned":true,"plan":"pro","until":null,"born":"2026-11-21"})
    );
    assert_eq!(ids(&site, "?banned=true"), ["far"]);
    assert_eq!(ids(&site, "?plan=pro"), ["far"]);
    assert_eq!(ids(&site, "?level__gte=0"), ["fine"]);
    // Pages lead past values that are not there, though the design says that they always are.
    let first = json(&site.ann("GET", "/api/people?sort=plan,id&limit=1").send());
    let mut seen = vec![first["items"][0]["id"].clone()];
    let mut cursor = first["next_cursor"].clone();
    while let Some(next) = cursor.as_str() {
        let page = site.ann("GET", &format!("/api/people?sort=plan,id&limit=1&cursor={next}"));
        let page = json(&page.send());
        seen.push(page["items"][0]["id"].clone());
        cursor = page["next_cursor"].clone();
    }
    assert_eq!(seen, ["fine", "far", "odd"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_variant_that_the_design_does_not_know_opens_nothing() {
    let rows = "('known', 1, 0, 'pro', NULL, NULL), ('odd', 1, 0, 'enterprise', NULL, NULL)";
    for rules in [
        "allow read to authenticated when plan != banned",
        "allow read to authenticated\ndeny read to authenticated when plan == banned",
        "allow read to authenticated\ndeny read to authenticated when plan in (free, banned)",
    ] {
        assert_eq!(ids(&site(rules, rows).await, ""), ["known"], "{rules}");
    }
}

const TIMES: &str = "('iso', 1, 0, 'free', '2100-01-01T00:00:00.000Z', NULL),
     ('millis', 1, 0, 'free', 4102444800001, NULL), ('blank', 1, 0, 'free', '2100-01-01 00:00:00.002', NULL),
     ('offset', 1, 0, 'free', '2099-12-31T12:00:00.003-12:00', NULL), ('past', 1, 0, 'free', 1000, NULL),
     ('word', 1, 0, 'free', 'for ever', NULL), ('none', 1, 0, 'free', NULL, NULL)";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instant_is_the_same_in_every_form() {
    let site = site("allow read to authenticated", TIMES).await;
    let until = |id: &str| json(&site.ann("GET", &format!("/api/people/{id}")).send())["until"].clone();
    assert_eq!(until("millis"), "2100-01-01T00:00:00.001000Z");
    assert_eq!(until("blank"), "2100-01-01T00:00:00.002000Z");
    assert_eq!(until("offset"), "2100-01-01T00:00:00.003000Z");
    assert!(until("word").is_null());
    assert_eq!(
        ids(&site, "?sort=until,id"),
        ["past", "iso", "millis", "blank", "offset", "none", "word"]
    );
    let exact = "?sort=until&until__gte=2100-01-01T00:00:00.001Z";
    assert_eq!(ids(&site, exact), ["millis", "blank", "offset"]);
    assert_eq!(ids(&site, "?sort=id&until__null=true"), ["none", "word"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rule_on_an_instant_holds_in_every_form_and_fails_closed() {
    for (rules, left) in [
        ("deny read to authenticated when until > now", vec!["past"]),
        (
            "deny read to authenticated when until > now and until != none",
            vec!["none", "past"],
        ),
        ("deny read to authenticated when until != none", vec!["none"]),
    ] {
        let rules = format!("allow read to authenticated\n{rules}");
        assert_eq!(ids(&site(&rules, TIMES).await, "?sort=id"), left, "{rules}");
    }
    let none = site("allow read to authenticated when until == none", TIMES).await;
    assert_eq!(ids(&none, ""), ["none"], "a value that is not known is not none");
}
