//! Create, update, replace, delete and actions: what is written, and what is refused with which answer.

use super::harness::{Api, Ask, user};

fn codes(answer: &super::harness::Answer) -> Vec<(String, String)> {
    let errors = answer.body["errors"].as_array().cloned().unwrap_or_default();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    errors
        .iter()
        .map(|error| (text(&error["code"]), text(&error["pointer"])))
        .collect()
}

#[test]
fn a_body_cannot_write_what_the_server_writes() {
    let api = Api::tasks();
    let ada = user("ada");
    let body = r#"{"title":"t","owner_id":"bob","id":"00000000-0000-0000-0000-000000000009",
        "created_at":"2026-01-01T00:00:00Z","done_at":null,"status":"done"}"#;
    let answer = api.send(&ada, "POST", "/api/tasks", body);
    assert_eq!(answer.status, 400);
    let fields = ["/owner_id", "/id", "/created_at", "/done_at", "/status"];
    assert_eq!(
        codes(&answer),
        fields.map(|field| ("extra_forbidden".to_owned(), field.to_owned()))
    );
}

#[test]
fn a_patch_changes_what_it_names_and_the_time_of_the_change() {
    let api = Api::tasks();
    let ada = user("ada");
    let id = api.make(
        &ada,
        "/api/tasks",
        r#"{"title":"t","notes":"n","due":"2026-12-01"}"#,
    );
    let url = format!("/api/tasks/{id}");
    let before = api.get(&ada, &url);
    let after = api.send(&ada, "PATCH", &url, r#"{"notes":null,"title":"u"}"#);
    assert_eq!(after.status, 200, "{}", after.text);
    assert_eq!(after.body["title"], "u");
    assert!(after.body["notes"].is_null());
    assert_eq!(after.body["due"], "2026-12-01");
    assert_eq!(after.body["created_at"], before.body["created_at"]);
    assert_ne!(after.body["updated_at"], before.body["updated_at"]);
    assert_ne!(after.etag, before.etag);
    assert_eq!(api.get(&ada, &url).text, after.text);
    assert_eq!(
        api.send(&ada, "PATCH", &url, "{}").text,
        after.text,
        "an empty patch changes nothing"
    );
}

#[test]
fn a_replace_puts_defaults_where_nothing_is_said() {
    let api = Api::tasks();
    let ada = user("ada");
    let id = api.make(
        &ada,
        "/api/tasks",
        r#"{"title":"t","notes":"n","priority":"high","tags":["a"]}"#,
    );
    let after = api.send(&ada, "PUT", &format!("/api/tasks/{id}"), r#"{"title":"u"}"#);
    assert_eq!(after.status, 200, "{}", after.text);
    assert_eq!(after.body["priority"], "medium");
    assert_eq!(after.body["tags"].to_string(), "[]");
    assert!(after.body["notes"].is_null());
    let missing = api.send(&ada, "PUT", &format!("/api/tasks/{id}"), r#"{"notes":"n"}"#);
    assert_eq!(codes(&missing), [("missing".to_owned(), "/title".to_owned())]);
}

#[test]
fn a_reference_to_a_foreign_row_answers_as_one_to_a_missing_row() {
    let api = Api::tasks();
    let (ada, bob) = (user("ada"), user("bob"));
    let theirs = api.make(&bob, "/api/projects", r#"{"name":"p"}"#);
    let own = api.make(&ada, "/api/tasks", r#"{"title":"t"}"#);
    for (method, url) in [
        ("POST", String::from("/api/tasks")),
        ("PATCH", format!("/api/tasks/{own}")),
        ("PUT", format!("/api/tasks/{own}")),
    ] {
        let ask = |project: &str| {
            let body = format!(r#"{{"title":"t","project_id":"{project}"}}"#);
            let answer = api.send(&ada, method, &url, &body);
            (answer.status, answer.text, api.ran.get())
        };
        let foreign = ask(&theirs);
        assert_eq!(foreign.0, 400);
        assert!(
            foreign
                .1
                .contains(r#""code":"reference_not_found","pointer":"/project_id""#),
            "{}",
            foreign.1
        );
        assert_eq!(foreign, ask("00000000-0000-0000-ffff-000000000000"));
    }
    assert_eq!(
        api.get(&ada, &format!("/api/tasks/{own}")).body["project_id"],
        serde_json::Value::Null
    );
}

#[test]
fn a_row_cannot_be_moved_out_of_what_its_writer_may_write() {
    let api = Api::tasks();
    let ada = user("ada");
    let id = api.make(&ada, "/api/tasks", r#"{"title":"t"}"#);
    let url = format!("/api/tasks/{id}");
    api.send(&ada, "POST", &format!("{url}/complete"), "");
    assert_eq!(api.send(&ada, "POST", &format!("{url}/archive"), "").status, 200);
    let denied = api.send(&ada, "PATCH", &url, r#"{"title":"x"}"#);
    assert_eq!(
        denied.status, 403,
        "archived rows may not be updated: {}",
        denied.text
    );
    assert_eq!(api.get(&ada, &url).body["title"], "t");
}

#[test]
fn a_deny_on_a_field_counts_only_for_who_writes_it() {
    let api = Api::tasks();
    let (ada, bob) = (user("ada"), user("bob"));
    let project = api.make(&ada, "/api/projects", r#"{"name":"p"}"#);
    let id = api.make(
        &ada,
        "/api/tasks",
        &format!(r#"{{"title":"t","project_id":"{project}"}}"#),
    );
    // The task is bob's now, in ada's project: he may write it, and may not say the project.
    api.run_all("UPDATE tasks SET owner_id = 'bob'");
    let url = format!("/api/tasks/{id}");
    assert_eq!(api.send(&bob, "PATCH", &url, r#"{"title":"mine"}"#).status, 200);
    let same = format!(r#"{{"project_id":"{project}"}}"#);
    assert_eq!(
        api.send(&bob, "PATCH", &url, &same).status,
        400,
        "he cannot see the project"
    );
    assert_eq!(
        api.send(&bob, "PATCH", &url, r#"{"project_id":null}"#).status,
        200
    );
    assert_eq!(
        api.send(&ada, "PATCH", &url, r#"{"title":"x"}"#).status,
        404,
        "and now ada cannot see it"
    );
}

#[test]
fn moves_of_the_state_follow_the_declared_transitions() {
    let api = Api::tasks();
    let ada = user("ada");
    let id = api.make(&ada, "/api/tasks", r#"{"title":"t"}"#);
    let url = format!("/api/tasks/{id}");
    let patch = |status: &str| {
        api.send(&ada, "PATCH", &url, &format!(r#"{{"status":"{status}"}}"#))
            .status
    };
    assert_eq!(patch("todo"), 200, "staying is no move");
    assert_eq!(patch("doing"), 200);
    assert_eq!(patch("done"), 409, "the action claims it");
    assert_eq!(patch("todo"), 200);
    assert_eq!(
        patch("archived"),
        403,
        "a row that is archived afterwards may not be written"
    );
    let done = api.send(&ada, "POST", &format!("{url}/complete"), "{}");
    assert_eq!(done.status, 200);
    assert_eq!(done.body["status"], "done");
    assert_eq!(done.body["done_at"], done.body["updated_at"]);
    let again = api.send(&ada, "POST", &format!("{url}/complete"), "");
    assert_eq!(again.status, 409);
    assert_eq!(again.body["type"], "/problems/invalid-state");
    assert_eq!(patch("todo"), 200, "done may go back");
}

#[test]
fn if_match_guards_every_write() {
    let api = Api::tasks();
    let ada = user("ada");
    let id = api.make(&ada, "/api/tasks", r#"{"title":"t"}"#);
    let url = format!("/api/tasks/{id}");
    let complete = format!("{url}/complete");
    let tag = api.get(&ada, &url).etag.unwrap();
    let with_row = tag.trim_matches('"').to_owned();
    let embedded = format!("\"{with_row}.abc\"");
    let weak = format!("W/{tag}");
    for (method, url, body) in [
        ("PATCH", url.as_str(), r#"{"title":"x"}"#),
        ("PUT", url.as_str(), r#"{"title":"x"}"#),
        ("DELETE", url.as_str(), ""),
        ("POST", complete.as_str(), ""),
    ] {
        for stale in ["\"x\"", &weak, "", "\"unfinished"] {
            let answer = api.ask(
                &ada,
                &Ask {
                    body,
                    if_match: Some(stale),
                    ..Ask::new(method, url)
                },
            );
            assert_eq!(answer.status, 412, "{method} {stale}");
        }
    }
    let patched = api.ask(
        &ada,
        &Ask {
            body: r#"{"title":"u"}"#,
            if_match: Some(&embedded),
            ..Ask::new("PATCH", &url)
        },
    );
    assert_eq!(patched.status, 200);
    let gone = api.ask(
        &ada,
        &Ask {
            if_match: Some(&tag),
            ..Ask::new("DELETE", &url)
        },
    );
    assert_eq!(gone.status, 412, "the row has changed since");
    let current = patched.etag.unwrap();
    assert_eq!(
        api.ask(
            &ada,
            &Ask {
                if_match: Some(&current),
                ..Ask::new("DELETE", &url)
            }
        )
        .status,
        204
    );
    assert_eq!(api.get(&ada, &url).status, 404);
}

#[test]
fn unique_values_conflict_by_the_names_of_their_fields() {
    let api = Api::tasks();
    let ada = user("ada");
    api.make(&ada, "/api/projects", r#"{"name":"p"}"#);
    let again = api.send(&ada, "POST", "/api/projects", r#"{"name":"p"}"#);
    assert_eq!(again.status, 409);
    assert_eq!(
        again.body["detail"],
        "Another resource has the same value of `owner_id` and `name`."
    );
    assert_eq!(
        api.send(&user("bob"), "POST", "/api/projects", r#"{"name":"p"}"#)
            .status,
        201
    );
    let other = api.make(&ada, "/api/projects", r#"{"name":"q"}"#);
    assert_eq!(
        api.send(
            &ada,
            "PATCH",
            &format!("/api/projects/{other}"),
            r#"{"name":"p"}"#
        )
        .status,
        409
    );
    assert_eq!(api.get(&ada, &format!("/api/projects/{other}")).body["name"], "q");
}

#[test]
fn deleting_a_project_empties_the_references_to_it() {
    let api = Api::tasks();
    let ada = user("ada");
    let project = api.make(&ada, "/api/projects", r#"{"name":"p"}"#);
    let task = api.make(
        &ada,
        "/api/tasks",
        &format!(r#"{{"title":"t","project_id":"{project}"}}"#),
    );
    assert_eq!(
        api.send(&ada, "DELETE", &format!("/api/projects/{project}"), "")
            .status,
        204
    );
    assert!(api.get(&ada, &format!("/api/tasks/{task}")).body["project_id"].is_null());
}

#[test]
fn every_route_runs_few_statements() {
    let api = Api::tasks();
    let ada = user("ada");
    let project = api.make(&ada, "/api/projects", r#"{"name":"p"}"#);
    let body = format!(r#"{{"title":"t","project_id":"{project}"}}"#);
    let task = api.make(&ada, "/api/tasks", &body);
    assert_eq!(api.ran.get(), 2, "one for the references, one that writes");
    let url = format!("/api/tasks/{task}");
    api.send(&ada, "PATCH", &url, r#"{"title":"x"}"#);
    assert_eq!(api.ran.get(), 1);
    api.get(&ada, "/api/tasks?include=project&count=true");
    assert_eq!(api.ran.get(), 3);
    api.send(&ada, "DELETE", &url, "");
    assert_eq!(api.ran.get(), 1);
}

#[test]
fn who_may_read_and_update_a_row_does_nothing_else_to_it() {
    let api = Api::tasks();
    let ada = user("ada");
    let project = api.make(&ada, "/api/projects", r#"{"name":"p"}"#);
    let task = api.make(&user("bob"), "/api/tasks", r#"{"title":"t"}"#);
    api.run_all(&format!(
        "UPDATE tasks SET project_id = '{project}' WHERE id = '{task}'"
    ));
    let url = format!("/api/tasks/{task}");
    let before = api.get(&ada, &url);
    assert_eq!(
        before.status, 200,
        "the owner of the project may read it, and update it"
    );
    for (method, below) in [("POST", "/complete"), ("DELETE", "")] {
        let answer = api.send(&ada, method, &format!("{url}{below}"), "");
        assert_eq!(answer.status, 403, "{method} {below}: {}", answer.text);
    }
    assert_eq!(api.get(&user("bob"), &url).text, before.text);
}
