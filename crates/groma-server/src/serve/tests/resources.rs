//! The whole line: HTTP, decisions, statements, SQLite, and back. What each rule means is tested where it is decided.

use super::{Got, Site, json};

fn id(got: &Got) -> String {
    json(got)["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_lives_and_dies() {
    let site = Site::start().await;
    let made = site
        .ann("POST", "/api/tasks")
        .json(r#"{"title":" Buy milk ","tags":["home"]}"#)
        .send();
    assert_eq!(made.status, 201, "{}", json(&made));
    assert_eq!(json(&made)["title"], "Buy milk");
    assert_eq!(json(&made)["owner_id"], "ann");
    let path = format!("/api/tasks/{}", id(&made));
    assert_eq!(made.header("location"), Some(path.as_str()));

    let read = site.ann("GET", &path).send();
    assert_eq!((read.status, json(&read)), (200, json(&made)));
    assert_eq!(read.header("etag"), made.header("etag"));

    let changed = site.ann("PATCH", &path).json(r#"{"priority":"high"}"#).send();
    assert_eq!(
        (changed.status, &json(&changed)["priority"]),
        (200, &"high".into())
    );
    assert_ne!(changed.header("etag"), read.header("etag"));

    assert_eq!(site.ann("DELETE", &path).send().status, 204);
    assert_eq!(site.ann("GET", &path).send().status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn anothers_task_answers_as_a_missing_one() {
    let site = Site::start().await;
    let made = site.ann("POST", "/api/tasks").json(r#"{"title":"mine"}"#).send();
    let bob = site.token("bob", &[]);
    let missing = "018f2b4c-0000-7000-8000-000000000000";
    for (method, below, body) in [
        ("GET", "", None),
        ("PATCH", "", Some(r#"{"title":"x"}"#)),
        ("DELETE", "", None),
        ("POST", "/complete", None),
    ] {
        let ask = |id: &str| {
            let call = site
                .call(method, &format!("/api/tasks/{id}{below}"))
                .token(&bob)
                .header("x-request-id", "r");
            let got = match body {
                Some(body) => call.json(body).send(),
                None => call.send(),
            };
            let text = String::from_utf8(got.body).unwrap().replace(id, "ID");
            let headers: Vec<_> = got
                .headers
                .into_iter()
                .filter(|(name, _)| !["date", "ratelimit", "content-length"].contains(&name.as_str()))
                .collect();
            (got.status, headers, text)
        };
        let foreign = ask(&id(&made));
        assert_eq!(foreign.0, 404, "{method} {below}: {foreign:?}");
        assert_eq!(foreign, ask(missing), "{method} {below}");
    }
    let list = json(&site.call("GET", "/api/tasks").token(&bob).send());
    assert_eq!(list["items"], serde_json::json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_are_linked() {
    let site = Site::start().await;
    for index in 0..5 {
        let body = format!(r#"{{"title":"task {index}"}}"#);
        assert_eq!(site.ann("POST", "/api/tasks").json(&body).send().status, 201);
    }
    let mut path = "/api/tasks?limit=2".to_owned();
    let mut titles = Vec::new();
    loop {
        let got = site.ann("GET", &path).send();
        assert_eq!(got.status, 200, "{path}");
        let page = json(&got);
        titles.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| item["title"].clone()),
        );
        let Some(link) = got.header("link") else {
            assert!(page["next_cursor"].is_null());
            break;
        };
        let (target, relation) = link.strip_prefix('<').unwrap().split_once('>').unwrap();
        assert_eq!(relation, "; rel=\"next\"");
        assert!(page["next_cursor"].is_string());
        path = target.to_owned();
    }
    assert_eq!(titles, ["task 4", "task 3", "task 2", "task 1", "task 0"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn conditional_requests_follow_the_tag() {
    let site = Site::start().await;
    let made = site.ann("POST", "/api/tasks").json(r#"{"title":"a"}"#).send();
    let path = format!("/api/tasks/{}", id(&made));
    let tag = made.header("etag").unwrap().to_owned();

    let same = site
        .ann("GET", &path)
        .header("if-none-match", &format!("\"x\", W/{tag}"))
        .send();
    assert_eq!(
        (same.status, same.body.len(), same.header("etag")),
        (304, 0, Some(tag.as_str()))
    );
    let head = site.ann("HEAD", &path).header("if-none-match", &tag).send();
    assert_eq!(head.status, 304);

    let changed = site
        .ann("PATCH", &path)
        .header("if-match", &tag)
        .json(r#"{"title":"b"}"#)
        .send();
    assert_eq!(changed.status, 200);
    let stale = site
        .ann("PATCH", &path)
        .header("if-match", &tag)
        .json(r#"{"title":"c"}"#)
        .send();
    assert_eq!(
        (stale.status, &json(&stale)["type"]),
        (412, &"/problems/precondition-failed".into())
    );
    assert_eq!(
        site.ann("DELETE", &path).header("if-match", &tag).send().status,
        412
    );
    assert_eq!(json(&site.ann("GET", &path).send())["title"], "b");
    assert_eq!(
        site.ann("GET", &path).header("if-none-match", &tag).send().status,
        200
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_writers_with_one_tag_one_wins() {
    let site = std::sync::Arc::new(Site::start().await);
    let made = site.ann("POST", "/api/tasks").json(r#"{"title":"a"}"#).send();
    let path = format!("/api/tasks/{}", id(&made));
    let tag = made.header("etag").unwrap().to_owned();
    let writers: Vec<_> = (0..16)
        .map(|index| {
            let (site, path, tag) = (site.clone(), path.clone(), tag.clone());
            tokio::task::spawn_blocking(move || {
                let body = format!(r#"{{"title":"by {index}"}}"#);
                site.ann("PATCH", &path)
                    .header("if-match", &tag)
                    .json(&body)
                    .send()
                    .status
            })
        })
        .collect();
    let mut statuses = Vec::new();
    for writer in writers {
        statuses.push(writer.await.unwrap());
    }
    statuses.sort_unstable();
    assert_eq!(statuses[0], 200);
    assert!(statuses[1..].iter().all(|status| *status == 412), "{statuses:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_that_want_one_name_one_gets_it() {
    let site = std::sync::Arc::new(Site::start().await);
    let makers: Vec<_> = (0..16)
        .map(|_| {
            let site = site.clone();
            tokio::task::spawn_blocking(move || {
                let got = site
                    .ann("POST", "/api/projects")
                    .json(r#"{"name":"secret name"}"#)
                    .send();
                (got.status, String::from_utf8(got.body).unwrap())
            })
        })
        .collect();
    let mut made = 0;
    for maker in makers {
        let (status, body) = maker.await.unwrap();
        match status {
            201 => made += 1,
            409 => assert!(body.contains("name") && !body.contains("secret name"), "{body}"),
            other => panic!("{other}: {body}"),
        }
    }
    assert_eq!(made, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_counts_what_the_caller_may_read() {
    let site = Site::start().await;
    for _ in 0..3 {
        site.ann("POST", "/api/tasks").json(r#"{"title":"a"}"#).send();
    }
    let ann = json(&site.ann("GET", "/api/tasks/stats").send());
    let bob = json(
        &site
            .call("GET", "/api/tasks/stats")
            .token(&site.token("bob", &[]))
            .send(),
    );
    assert_eq!((&ann["total"], &bob["total"]), (&3.into(), &0.into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_mistake_in_a_body_is_told() {
    let site = Site::start().await;
    let got = site
        .ann("POST", "/api/tasks")
        .json(r#"{"title":"","priority":"urgent","owner_id":"bob"}"#)
        .send();
    assert_eq!(got.status, 400);
    let problem = json(&got);
    let errors = problem["errors"].as_array().unwrap();
    let pointers: Vec<_> = errors
        .iter()
        .map(|error| error["pointer"].as_str().unwrap())
        .collect();
    assert_eq!(pointers, ["/title", "/priority", "/owner_id"], "{problem}");
    assert!(problem["detail"].is_string());
}
