//! One item: who sees it, how it looks, and what its tag says.

use super::harness::{Api, Ask, admin, user};

#[test]
fn a_created_item_comes_back_by_its_location() {
    let api = Api::tasks();
    let ada = user("ada");
    let body = r#"{"title":"  Buy milk ","tags":["home","shop"],"due":"2026-12-01"}"#;
    let made = api.send(&ada, "POST", "/api/tasks", body);
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(made.body["title"], "Buy milk");
    assert_eq!(made.body["priority"], "medium");
    assert_eq!(made.body["owner_id"], "ada");
    let location = made.location.unwrap();
    assert_eq!(
        location,
        format!("/api/tasks/{}", made.body["id"].as_str().unwrap())
    );
    let got = api.get(&ada, &location);
    assert_eq!((got.status, &got.text), (200, &made.text));
    assert_eq!(got.etag, made.etag);
}

#[test]
fn members_stand_in_the_order_of_the_design() {
    let api = Api::tasks();
    let made = api.send(&user("ada"), "POST", "/api/tasks", r#"{"title":"a"}"#);
    let names: Vec<&str> = made
        .body
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        names,
        [
            "id",
            "title",
            "notes",
            "priority",
            "due",
            "tags",
            "status",
            "done_at",
            "project_id",
            "owner_id",
            "created_at",
            "updated_at"
        ]
    );
    assert!(
        made.text.contains(r#""created_at":"2026-11-21T"#),
        "{}",
        made.text
    );
    assert!(made.text.contains(r#","notes":null,"#));
}

#[test]
fn a_foreign_row_and_a_missing_one_answer_alike_on_every_route() {
    let api = Api::tasks();
    let theirs = api.make(&user("bob"), "/api/tasks", r#"{"title":"secret"}"#);
    let missing = "00000000-0000-0000-ffff-000000000000";
    let ada = user("ada");
    let routes = [
        ("GET", "", ""),
        ("PATCH", "", r#"{"title":"x"}"#),
        ("PATCH", "", r#"{"status":"archived"}"#),
        ("PATCH", "", "{}"),
        ("PUT", "", r#"{"title":"x"}"#),
        ("DELETE", "", ""),
        ("POST", "/complete", ""),
        ("POST", "/archive", "{}"),
    ];
    for (method, tail, body) in routes {
        for if_match in [None, Some("*"), Some("\"x\"")] {
            let ask = |id: &str| {
                let url = format!("/api/tasks/{id}{tail}");
                let answer = api.ask(
                    &ada,
                    &Ask {
                        body,
                        if_match,
                        ..Ask::new(method, &url)
                    },
                );
                (
                    answer.status,
                    answer.text.replace(id, "ID"),
                    answer.etag,
                    api.ran.get(),
                )
            };
            let foreign = ask(&theirs);
            assert_eq!(foreign.0, 404, "{method} {tail}: {}", foreign.1);
            assert_eq!(foreign, ask(missing), "{method} {tail}");
            assert_eq!(foreign, ask("not-a-key"), "{method} {tail}");
            assert_eq!(foreign, ask("%ff"), "{method} {tail}");
        }
    }
    assert_eq!(
        api.get(&user("bob"), &format!("/api/tasks/{theirs}")).body["title"],
        "secret"
    );
}

#[test]
fn a_role_sees_what_its_rule_opens() {
    let api = Api::tasks();
    let theirs = api.make(&user("bob"), "/api/tasks", r#"{"title":"t"}"#);
    let url = format!("/api/tasks/{theirs}");
    assert_eq!(api.get(&admin("root"), &url).status, 200);
    assert_eq!(
        api.send(&admin("root"), "PATCH", &url, r#"{"title":"x"}"#).status,
        403
    );
    assert_eq!(api.send(&admin("root"), "DELETE", &url, "").status, 204);
}

#[test]
fn a_row_is_seen_through_its_project() {
    let api = Api::tasks();
    let (ada, bob) = (user("ada"), user("bob"));
    let project = api.make(&ada, "/api/projects", r#"{"name":"p"}"#);
    let task = api.make(
        &ada,
        "/api/tasks",
        &format!(r#"{{"title":"t","project_id":"{project}"}}"#),
    );
    api.run_all("UPDATE tasks SET owner_id = 'bob'");
    assert_eq!(
        api.get(&ada, &format!("/api/tasks/{task}")).status,
        200,
        "by the project"
    );
    assert_eq!(
        api.get(&bob, &format!("/api/tasks/{task}")).status,
        200,
        "by the owner"
    );
    assert_eq!(api.get(&user("eve"), &format!("/api/tasks/{task}")).status, 404);
}

#[test]
fn include_embeds_what_the_caller_may_see_and_null_otherwise() {
    let api = Api::tasks();
    let (ada, bob) = (user("ada"), user("bob"));
    let project = api.make(&ada, "/api/projects", r#"{"name":"p"}"#);
    let task = api.make(
        &ada,
        "/api/tasks",
        &format!(r#"{{"title":"t","project_id":"{project}"}}"#),
    );
    let url = format!("/api/tasks/{task}?include=project");
    let got = api.get(&ada, &url);
    assert_eq!(got.body["project"]["name"], "p");
    assert_eq!(api.ran.get(), 2);
    api.run_all("UPDATE tasks SET owner_id = 'bob'");
    let hidden = api.get(&bob, &url);
    assert_eq!(hidden.status, 200);
    assert!(hidden.body["project"].is_null());
    assert_eq!(hidden.body["project_id"], project.as_str());
    let narrow = api.get(&ada, &format!("/api/tasks/{task}?include=project&fields=title"));
    assert_eq!(
        narrow.body.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["title", "project"]
    );
}

#[test]
fn the_tag_is_of_the_whole_item_and_changes_with_what_is_embedded() {
    let api = Api::tasks();
    let ada = user("ada");
    let project = api.make(&ada, "/api/projects", r#"{"name":"p"}"#);
    let task = api.make(
        &ada,
        "/api/tasks",
        &format!(r#"{{"title":"t","project_id":"{project}"}}"#),
    );
    let url = format!("/api/tasks/{task}");
    let plain = api.get(&ada, &url).etag.unwrap();
    assert_eq!(api.get(&ada, &format!("{url}?fields=id")).etag.unwrap(), plain);
    let embedded = api.get(&ada, &format!("{url}?include=project")).etag.unwrap();
    let row = plain.trim_matches('"');
    assert!(embedded.starts_with(&format!("\"{row}.")), "{embedded}");
    api.send(
        &ada,
        "PATCH",
        &format!("/api/projects/{project}"),
        r#"{"name":"q"}"#,
    );
    assert_eq!(api.get(&ada, &url).etag.unwrap(), plain);
    assert_ne!(
        api.get(&ada, &format!("{url}?include=project")).etag.unwrap(),
        embedded
    );
}

#[test]
fn if_none_match_saves_the_body() {
    let api = Api::tasks();
    let ada = user("ada");
    let task = api.make(&ada, "/api/tasks", r#"{"title":"t"}"#);
    let url = format!("/api/tasks/{task}");
    let tag = api.get(&ada, &url).etag.unwrap();
    for (header, status) in [
        (tag.clone(), 304),
        (format!("W/{tag}"), 304),
        (format!("\"x\", {tag}"), 304),
        (String::from("*"), 304),
        (String::from("\"x\""), 200),
    ] {
        let answer = api.ask(
            &ada,
            &Ask {
                if_none_match: Some(&header),
                ..Ask::new("GET", &url)
            },
        );
        assert_eq!(answer.status, status, "{header}");
        assert_eq!(answer.etag.as_ref(), Some(&tag));
        assert_eq!(answer.text.is_empty(), status == 304);
    }
}

#[test]
fn a_report_counts_only_what_the_caller_may_read() {
    let api = Api::tasks();
    let (ada, bob) = (user("ada"), user("bob"));
    for priority in ["high", "high", "low"] {
        api.make(
            &ada,
            "/api/tasks",
            &format!(r#"{{"title":"t","priority":"{priority}"}}"#),
        );
    }
    let done = api.make(&ada, "/api/tasks", r#"{"title":"t"}"#);
    assert_eq!(
        api.send(&ada, "POST", &format!("/api/tasks/{done}/complete"), "")
            .status,
        200
    );
    api.make(&bob, "/api/tasks", r#"{"title":"t"}"#);
    let stats = api.get(&ada, "/api/tasks/stats");
    assert_eq!(
        stats.text,
        r#"{"total":4,"done":1,"open":{"high":2,"medium":0,"low":1}}"#
    );
    let none = api.get(&user("eve"), "/api/tasks/stats");
    assert_eq!(
        none.text,
        r#"{"total":0,"done":0,"open":{"high":0,"medium":0,"low":0}}"#
    );
    assert_eq!(api.get(&admin("root"), "/api/tasks/stats").body["total"], 5);
}
