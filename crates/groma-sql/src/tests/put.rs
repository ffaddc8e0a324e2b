//! Rows that a `PUT` makes or replaces: the path names them, and both rules decide.

use groma_diag::Sources;
use groma_ir::Model;
use groma_plan::Caller;

use super::harness::{Answer, Api, Ask, admin, user};
use crate::Presence;

const DESIGN: &str = r#"
auth {
  issuer "https://id.example.org" jwks "/jwks"
  audience "notes"
  algorithms EdDSA
  caller User from claim sub
  roles user < admin from claim role default user
}
entity User external table "user" { id: text(1..9) key }
entity Note {
  id: uuid key
  owner: User = caller readonly
  shared with User as view < edit
}
access Note {
  allow create to authenticated
  allow read to owner, view
  allow share to owner
  allow share to admin
}
resource /notes for Note { create; read; shares }
tenant Team {
  id: uuid key
  members User as viewer < member < owner, at least 1 owner
}
access Team { allow create to authenticated; allow read to viewer }
access Team.members {
  allow read to user
  allow create, update to team.owner
  deny update to everyone when new.role == viewer
}
resource /teams for Team { create; read; members }
"#;

struct Kit {
    api: Api,
    ada: Caller,
    note: String,
}

pub(super) fn model() -> Model {
    let mut sources = Sources::new();
    sources.add("notes.groma", DESIGN);
    let compiled = groma_sema::compile(&sources);
    let design = compiled.design;
    Model::new(design.unwrap_or_else(|| panic!("{:#?}", compiled.diagnostics)))
}

fn kit() -> Kit {
    let api = Api::new(model(), Presence::of([String::from("user")]));
    api.run_all(
        r#"CREATE TABLE "user" (id TEXT PRIMARY KEY); INSERT INTO "user" VALUES ('ada'), ('bob'), ('cy')"#,
    );
    let ada = user("ada");
    let note = api.make(&ada, "/notes", "{}");
    Kit { api, ada, note }
}

impl Kit {
    fn share(&self, person: &str) -> String {
        format!("/notes/{}/shares/{person}", self.note)
    }

    fn grant(&self, caller: &Caller, person: &str, level: &str) -> Answer {
        let body = format!(r#"{{"level":"{level}"}}"#);
        self.api.send(caller, "PUT", &self.share(person), &body)
    }

    fn levels(&self) -> Vec<String> {
        let list = self.api.get(&self.ada, &format!("/notes/{}/shares", self.note));
        let items = list.body["items"].as_array().unwrap().iter();
        let level =
            |item: &serde_json::Value| format!("{} {}", item["user_id"], item["level"]).replace('"', "");
        items.map(level).collect()
    }
}

#[test]
fn it_makes_the_row_and_then_changes_it() {
    let kit = kit();
    let made = kit.grant(&kit.ada, "bob", "view");
    assert_eq!((made.status, made.body["level"].as_str()), (201, Some("view")));
    assert_eq!(made.body["user_id"], "bob");
    assert_eq!(made.location.as_deref(), Some(kit.share("bob").as_str()));
    let changed = kit.grant(&kit.ada, "bob", "edit");
    assert_eq!((changed.status, changed.location), (200, None));
    assert_eq!(changed.body["id"], made.body["id"], "{}", changed.text);
    let again = kit.grant(&kit.ada, "bob", "edit");
    assert_eq!((again.status, &again.etag), (200, &changed.etag));
    let got = kit.api.get(&kit.ada, &made.location.unwrap());
    assert_eq!((got.text, got.etag), (again.text, again.etag));
    assert_eq!(kit.levels(), ["bob edit"]);
}

#[test]
fn one_that_a_post_made_is_changed() {
    let kit = kit();
    let all = format!("/notes/{}/shares", kit.note);
    kit.api
        .make(&kit.ada, &all, r#"{"user_id":"bob","level":"view"}"#);
    assert_eq!(kit.grant(&kit.ada, "bob", "edit").status, 200);
    assert_eq!(kit.levels(), ["bob edit"]);
}

#[test]
fn who_is_not_there_is_not_found_as_in_a_body() {
    let kit = kit();
    let all = format!("/notes/{}/shares", kit.note);
    let posted = kit
        .api
        .send(&kit.ada, "POST", &all, r#"{"user_id":"nobody","level":"view"}"#);
    for person in ["nobody", "much-too-long-for-a-key"] {
        let put = kit.grant(&kit.ada, person, "view");
        assert_eq!(
            (put.status, &put.body["type"]),
            (posted.status, &posted.body["type"])
        );
        let (code, place) = (
            &put.body["errors"][0]["code"],
            &put.body["errors"][0]["parameter"],
        );
        assert_eq!(
            (code, place.as_str()),
            (&posted.body["errors"][0]["code"], Some("user_id"))
        );
    }
    assert_eq!(kit.levels(), [] as [&str; 0]);
}

#[test]
fn a_level_that_there_is_not_is_refused_as_in_a_post() {
    let kit = kit();
    let all = format!("/notes/{}/shares", kit.note);
    let posted = kit
        .api
        .send(&kit.ada, "POST", &all, r#"{"user_id":"bob","level":"own"}"#);
    let put = kit.grant(&kit.ada, "bob", "own");
    assert_eq!(
        (put.status, &put.body["errors"]),
        (posted.status, &posted.body["errors"])
    );
    let named = kit.api.send(
        &kit.ada,
        "PUT",
        &kit.share("bob"),
        r#"{"user_id":"cy","level":"view"}"#,
    );
    assert_eq!(named.body["errors"][0]["code"], "extra_forbidden");
}

#[test]
fn who_may_not_share_makes_and_changes_nothing() {
    let kit = kit();
    kit.grant(&kit.ada, "bob", "edit");
    let bob = user("bob");
    // The note is there for bob, and sharing it is not for him.
    assert_eq!(kit.grant(&bob, "bob", "view").status, 403);
    assert_eq!(kit.grant(&bob, "cy", "view").status, 403);
    // For cy there is no such note.
    assert_eq!(kit.grant(&user("cy"), "cy", "view").status, 404);
    // An admin may share what they may not read, and does not see it.
    assert_eq!(kit.grant(&admin("cy"), "cy", "view").status, 404);
    assert_eq!(kit.levels(), ["bob edit"]);
}

#[test]
fn conditions_name_the_state_that_is_meant() {
    let kit = kit();
    let ask = |if_match, if_none_match| {
        let url = kit.share("bob");
        let body = r#"{"level":"view"}"#;
        let ask = Ask {
            body,
            if_match,
            if_none_match,
            ..Ask::new("PUT", &url)
        };
        kit.api.ask(&kit.ada, &ask)
    };
    assert_eq!(ask(Some("*"), None).status, 412);
    assert_eq!(ask(Some("\"stale\""), None).status, 412);
    assert_eq!(kit.levels(), [] as [&str; 0]);
    let made = ask(None, Some("*"));
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(ask(None, Some("*")).status, 412);
    assert_eq!(ask(None, made.etag.as_deref()).status, 412);
    assert_eq!(ask(None, Some("\"other\"")).status, 200);
    assert_eq!(ask(Some("*"), None).status, 200);
    assert_eq!(ask(made.etag.as_deref(), None).status, 200);
    assert_eq!(ask(Some("\"stale\""), None).status, 412);
}

#[test]
fn one_that_is_not_for_the_caller_to_see_stands_in_the_way() {
    let kit = kit();
    let team = kit.api.make(&kit.ada, "/teams", "{}");
    let put = |person: &str, role: &str| {
        let url = format!("/teams/{team}/members/{person}");
        kit.api
            .send(&kit.ada, "PUT", &url, &format!(r#"{{"role":"{role}"}}"#))
    };
    assert_eq!(put("bob", "member").status, 201);
    // Members see themselves alone.
    let again = put("bob", "owner");
    assert_eq!(
        (again.status, &again.body["type"]),
        (409, &"/problems/conflict".into())
    );
}

#[test]
fn each_rule_decides_its_own() {
    let kit = kit();
    let team = kit.api.make(&kit.ada, "/teams", "{}");
    let put = |person: &str, role: &str| {
        let url = format!("/teams/{team}/members/{person}");
        let answer = kit
            .api
            .send(&kit.ada, "PUT", &url, &format!(r#"{{"role":"{role}"}}"#));
        (
            answer.status,
            answer.body["type"].as_str().unwrap_or_default().to_owned(),
        )
    };
    // The rule of a change is none of a new row.
    assert_eq!(put("bob", "viewer").0, 201);
    assert_eq!(put("ada", "viewer").0, 403);
    // One owner stays.
    assert_eq!(put("ada", "member"), (409, "/problems/invalid-state".into()));
    assert_eq!(put("ada", "owner").0, 200);
    assert_eq!(put("cy", "owner").0, 201);
    assert_eq!(put("ada", "member").0, 200);
}
