use super::{Site, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_healthy_server_says_so_to_anybody() {
    let site = Site::start().await;
    for path in ["/livez", "/readyz"] {
        let got = site.call("GET", path).send();
        assert_eq!(
            (got.status, got.body.as_slice()),
            (200, &br#"{"status":"ok"}"#[..]),
            "{path}"
        );
        assert_eq!(got.header("content-type"), Some("application/json"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_keys_it_lives_and_is_not_ready() {
    let site = Site::with(|settings| {
        let auth = settings.auth.as_mut().unwrap();
        auth.keys = crate::settings::Keys::Url("http://127.0.0.1:9/jwks".to_owned());
    })
    .await;
    assert_eq!(site.call("GET", "/livez").send().status, 200);
    let got = site.call("GET", "/readyz").send();
    assert_eq!(
        (got.status, &json(&got)["type"]),
        (503, &"/problems/unavailable".into())
    );
    assert!(got.header("retry-after").is_some());
    let got = site.call("GET", "/api/tasks").token("e30.e30.e30").send();
    assert!(got.status == 503 || got.status == 401, "{got:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_openapi_document_is_sent_as_it_was_given() {
    let site = Site::start().await;
    let got = site.call("GET", "/openapi.json").send();
    assert_eq!(
        (got.status, got.body.as_slice()),
        (200, &br#"{"openapi":"3.1.0"}"#[..])
    );
    let tag = got.header("etag").unwrap();
    let again = site
        .call("GET", "/openapi.json")
        .header("if-none-match", tag)
        .send();
    assert_eq!((again.status, again.body.len()), (304, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_docs_page_takes_everything_from_this_server() {
    let site = Site::start().await;
    let page = site.call("GET", "/docs").send();
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';")
            && !policy.contains("unsafe"),
        "{policy}"
    );
    let html = String::from_utf8(page.body).unwrap();
    assert!(html.contains("<title>Task management</title>"), "{html}");
    assert!(!html.contains("://"), "{html}");
    let places = html.split('"').filter(|text| text.starts_with("docs/assets/"));
    let mut count = 0;
    for place in places {
        let got = site.call("GET", &format!("/{place}")).send();
        assert_eq!(got.status, 200, "{place}");
        assert!(!got.body.is_empty(), "{place}");
        count += 1;
    }
    assert_eq!(count, 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_packed_file_is_refused_to_who_cannot_unpack() {
    let site = Site::start().await;
    let path = "/docs/assets/swagger-ui.css";
    let got = site
        .call("GET", path)
        .header("accept-encoding", "br, gzip;q=0.5")
        .send();
    assert_eq!((got.status, got.header("content-encoding")), (200, Some("gzip")));
    for coding in ["identity", "br", "gzip;q=0"] {
        assert_eq!(
            site.call("GET", path)
                .header("accept-encoding", coding)
                .send()
                .status,
            406,
            "{coding}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_docs_can_be_switched_off() {
    let site = Site::with(|settings| settings.docs = false).await;
    for path in ["/docs", "/openapi.json", "/docs/assets/start.js"] {
        assert_eq!(site.call("GET", path).send().status, 404, "{path}");
    }
}
