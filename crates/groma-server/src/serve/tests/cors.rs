use super::Site;

const PAGE: &str = "http://localhost:3000";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_preflight_is_answered_before_the_token_is_asked_for() {
    let site = Site::start().await;
    let got = site
        .call("OPTIONS", "/api/tasks")
        .header("origin", PAGE)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,content-type")
        .send();
    assert_eq!(got.status, 204);
    assert_eq!(got.header("access-control-allow-origin"), Some(PAGE));
    assert_eq!(got.header("access-control-allow-credentials"), Some("true"));
    assert_eq!(
        got.header("access-control-allow-methods"),
        Some("GET, HEAD, POST, OPTIONS")
    );
    let headers = got.header("access-control-allow-headers").unwrap();
    for name in ["authorization", "content-type", "if-match", "if-none-match"] {
        assert!(headers.contains(name), "{headers}");
    }
    assert!(got.header("vary").unwrap().contains("Origin"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_exact_origin_is_let_in() {
    let site = Site::start().await;
    for origin in [
        "http://localhost:3001",
        "https://localhost:3000",
        "http://localhost:3000.evil.example",
        "http://LOCALHOST:3000",
        "null",
        "*",
    ] {
        for method in ["OPTIONS", "GET"] {
            let call = site.call(method, "/api/tasks").header("origin", origin);
            let got = call.header("access-control-request-method", "GET").send();
            assert_eq!(
                got.header("access-control-allow-origin"),
                None,
                "{method} {origin}"
            );
            assert_eq!(
                got.header("access-control-allow-credentials"),
                None,
                "{method} {origin}"
            );
            assert_eq!(
                got.header("access-control-allow-methods"),
                None,
                "{method} {origin}"
            );
            assert!(
                got.header("vary").unwrap().contains("Origin"),
                "{method} {origin}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors_can_be_read_by_the_page_too() {
    let site = Site::start().await;
    for path in ["/api/tasks", "/api/nothing"] {
        let got = site.call("GET", path).header("origin", PAGE).send();
        assert!(got.status >= 400);
        assert_eq!(got.header("access-control-allow-origin"), Some(PAGE), "{path}");
        let exposed = got.header("access-control-expose-headers").unwrap();
        for name in [
            "etag",
            "link",
            "location",
            "x-request-id",
            "ratelimit",
            "retry-after",
        ] {
            assert!(exposed.contains(name), "{exposed}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_declared_origins_there_is_no_cors_at_all() {
    let site = Site::with(|settings| settings.cors = None).await;
    let got = site.call("OPTIONS", "/api/tasks").header("origin", PAGE).send();
    assert_eq!(got.status, 204);
    assert!(
        got.headers
            .iter()
            .all(|(name, _)| !name.starts_with("access-control-"))
    );
}
