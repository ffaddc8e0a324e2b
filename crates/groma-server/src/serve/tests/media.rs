use super::{Site, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accept_must_leave_room_for_json() {
    let site = Site::start().await;
    for (accept, status) in [
        ("application/json", 200),
        ("*/*", 200),
        ("application/*;q=0.1", 200),
        ("text/html, application/xhtml+xml, */*;q=0.8", 200),
        ("APPLICATION/JSON; charset=utf-8", 200),
        ("", 200),
        ("text/html", 406),
        ("application/xml, text/*", 406),
        ("application/json;q=0", 406),
        ("*/*, application/json;q=0.0", 406),
        ("application/*;q=0, application/json", 200),
        ("application/jsonp", 406),
    ] {
        let got = site.ann("GET", "/api/tasks").header("accept", accept).send();
        assert_eq!(got.status, status, "{accept}");
        if status == 406 {
            assert_eq!(json(&got)["type"], "/problems/not-acceptable");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_must_be_sent_as_json() {
    let site = Site::start().await;
    for (kind, status) in [
        ("application/json", 201),
        ("application/json; charset=utf-8", 201),
        ("Application/JSON; Charset=\"UTF-8\"", 201),
        ("application/json; charset=latin1", 415),
        ("application/merge-patch+json", 415),
        ("text/plain", 415),
        ("text/json", 415),
        ("application/x-www-form-urlencoded", 415),
        ("application/jsonx", 415),
    ] {
        let call = site.ann("POST", "/api/tasks").header("content-type", kind);
        let got = call.body(br#"{"title":"a"}"#).send();
        assert_eq!(
            got.status,
            status,
            "{kind}: {}",
            String::from_utf8_lossy(&got.body)
        );
    }
    let got = site.ann("POST", "/api/tasks").body(br#"{"title":"a"}"#).send();
    assert_eq!(got.status, 415, "without a content type");
    for (coding, status) in [("identity", 201), ("gzip", 415), ("br", 415)] {
        let call = site.ann("POST", "/api/tasks").header("content-encoding", coding);
        let got = call.json(r#"{"title":"a"}"#).send();
        assert_eq!(got.status, status, "{coding}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_patch_may_call_itself_a_merge_patch() {
    let site = Site::start().await;
    let id = json(&site.ann("POST", "/api/tasks").json(r#"{"title":"a"}"#).send())["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let call = site.ann("PATCH", &format!("/api/tasks/{id}"));
    let got = call
        .header("content-type", "application/merge-patch+json")
        .body(br#"{"title":"b"}"#)
        .send();
    assert_eq!((got.status, &json(&got)["title"]), (200, &"b".into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_action_without_inputs_needs_no_body() {
    let site = Site::start().await;
    let id = json(&site.ann("POST", "/api/tasks").json(r#"{"title":"a"}"#).send())["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let got = site.ann("POST", &format!("/api/tasks/{id}/complete")).send();
    assert_eq!((got.status, &json(&got)["status"]), (200, &"done".into()));
}
