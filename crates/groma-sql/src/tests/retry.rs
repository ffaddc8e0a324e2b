//! `Idempotency-Key`: a request that is sent again is answered again, and done once.

use super::harness::{Answer, Api, Ask, admin, user};

fn send(api: &Api, who: &str, key: &str, url: &str, body: &str) -> Answer {
    api.ask(
        &user(who),
        &Ask {
            body,
            idempotency_key: Some(key),
            ..Ask::new("POST", url)
        },
    )
}

const TASKS: &str = "/api/tasks";
const ONE: &str = r#"{"title":"one"}"#;

fn total(api: &Api) -> serde_json::Value {
    api.get(&user("ada"), "/api/tasks?count=true").body["total"].clone()
}

#[test]
fn the_same_request_is_done_once_and_answered_as_often_as_it_is_sent() {
    let api = Api::tasks();
    let first = send(&api, "ada", "k1", TASKS, ONE);
    assert_eq!(first.status, 201, "{}", first.text);
    for key in ["k1", "\"k1\"", " k1 "] {
        let again = send(&api, "ada", key, TASKS, ONE);
        assert_eq!(again, first);
    }
    assert_eq!(total(&api), 1);
    assert_eq!(send(&api, "ada", "k2", TASKS, ONE).status, 201);
    assert_eq!(total(&api), 2);
}

#[test]
fn an_action_is_answered_again_though_its_state_has_passed() {
    let api = Api::tasks();
    let id = api.make(&user("ada"), TASKS, ONE);
    let url = format!("{TASKS}/{id}/complete");
    let first = send(&api, "ada", "k1", &url, "");
    assert_eq!(first.status, 200, "{}", first.text);
    assert_eq!(send(&api, "ada", "k1", &url, ""), first);
    assert_eq!(
        send(&api, "ada", "k2", &url, "").status,
        409,
        "without the key it is not repeated"
    );
}

#[test]
fn the_same_key_with_another_request_is_refused() {
    let api = Api::tasks();
    let id = api.make(&user("ada"), TASKS, ONE);
    let other = api.make(&user("ada"), TASKS, ONE);
    assert_eq!(send(&api, "ada", "k1", TASKS, ONE).status, 201);
    let refused = send(&api, "ada", "k1", TASKS, r#"{"title":"two"}"#);
    assert_eq!(
        (refused.status, refused.body["type"].as_str()),
        (422, Some("/problems/idempotency-key-reused"))
    );
    assert_eq!(
        send(&api, "ada", "k2", &format!("{TASKS}/{id}/complete"), "").status,
        200
    );
    assert_eq!(
        send(&api, "ada", "k2", &format!("{TASKS}/{other}/complete"), "").status,
        422
    );
    assert_eq!(
        send(&api, "ada", "k2", TASKS, ONE).status,
        201,
        "each route has keys of its own"
    );
    assert_eq!(total(&api), 4);
}

#[test]
fn a_key_is_its_callers_own() {
    let api = Api::tasks();
    let first = send(&api, "ada", "k1", TASKS, ONE);
    let other = send(&api, "bob", "k1", TASKS, ONE);
    assert_eq!(other.status, 201);
    assert_ne!(other.body["id"], first.body["id"]);
    assert_eq!(other.body["owner_id"], "bob");
}

#[test]
fn an_answer_is_not_given_for_other_rights() {
    let api = Api::tasks();
    let ask = Ask {
        body: ONE,
        idempotency_key: Some("k1"),
        ..Ask::new("POST", TASKS)
    };
    let first = api.ask(&admin("ada"), &ask);
    assert_eq!(first.status, 201);
    // It may show what a token without the role may not see.
    assert_eq!(api.ask(&user("ada"), &ask).status, 422);
    assert_eq!(api.ask(&admin("ada"), &ask), first);
}

#[test]
fn what_was_refused_is_not_kept() {
    let api = Api::tasks();
    let id = api.make(&user("ada"), TASKS, ONE);
    let url = format!("{TASKS}/{id}/archive");
    assert_eq!(send(&api, "ada", "k1", &url, "").status, 409);
    assert_eq!(
        api.send(&user("ada"), "POST", &format!("{TASKS}/{id}/complete"), "")
            .status,
        200
    );
    assert_eq!(
        send(&api, "ada", "k1", &url, "").status,
        200,
        "and may succeed later"
    );
    assert_eq!(send(&api, "ada", "k3", TASKS, r#"{"title":""}"#).status, 400);
    assert_eq!(send(&api, "ada", "k3", TASKS, ONE).status, 201);
}

#[test]
fn an_answer_is_kept_for_a_day() {
    let api = Api::tasks();
    let first = send(&api, "ada", "k1", TASKS, ONE);
    api.pass(23 * 60 * 60);
    assert_eq!(send(&api, "ada", "k1", TASKS, ONE), first);
    api.pass(60 * 60);
    let anew = send(&api, "ada", "k1", TASKS, ONE);
    assert_ne!(anew.body["id"], first.body["id"]);
    assert_eq!(send(&api, "ada", "k1", TASKS, ONE), anew);
    assert_eq!(api.forget(), 0, "as long as it is kept");
    send(&api, "ada", "k2", TASKS, ONE);
    api.pass(24 * 60 * 60);
    assert_eq!(api.forget(), 2, "and then removed");
}

#[test]
fn a_key_that_is_none_is_said_to_be_so() {
    let api = Api::tasks();
    let long = "k".repeat(256);
    for key in ["", "\"\"", "two words", "käse", "a,b", long.as_str()] {
        let refused = send(&api, "ada", key, TASKS, ONE);
        assert_eq!(refused.status, 400, "{key}");
        assert_eq!(refused.body["errors"][0]["header"], "Idempotency-Key");
    }
    assert_eq!(total(&api), 0);
    // Where it means nothing it is not looked at.
    let id = api.make(&user("ada"), TASKS, ONE);
    let url = format!("{TASKS}/{id}");
    let ask = Ask {
        idempotency_key: Some("two words"),
        ..Ask::new("DELETE", &url)
    };
    assert_eq!(api.ask(&user("ada"), &ask).status, 204);
}
