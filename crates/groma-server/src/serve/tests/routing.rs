use super::{Site, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_path_is_a_404_without_a_token() {
    let site = Site::start().await;
    for path in [
        "/",
        "/api",
        "/api/nothing",
        "/api/tasks/",
        "//api/tasks",
        "/API/tasks",
        "/api/tasks/1/2/3",
        "/docs/",
        "/livez/",
    ] {
        let got = site.call("GET", path).send();
        assert_eq!(got.status, 404, "{path}");
        assert_eq!(
            got.header("content-type"),
            Some("application/problem+json"),
            "{path}"
        );
        let problem = json(&got);
        assert_eq!(problem["status"], 404);
        assert_eq!(problem["type"], "/problems/not-found");
        assert_eq!(problem["instance"], path);
        assert_eq!(problem["request_id"].as_str(), got.header("x-request-id"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_method_is_a_405_that_names_all_methods() {
    let site = Site::start().await;
    for (method, path, allow) in [
        ("PUT", "/api/tasks", "GET, HEAD, POST, OPTIONS"),
        ("BREW", "/api/tasks", "GET, HEAD, POST, OPTIONS"),
        ("POST", "/api/tasks/stats", "GET, HEAD, OPTIONS"),
        (
            "GET",
            "/api/tasks/018f2b4c-0000-7000-8000-000000000000/complete",
            "POST, OPTIONS",
        ),
        ("POST", "/livez", "GET, HEAD, OPTIONS"),
        ("DELETE", "/openapi.json", "GET, HEAD, OPTIONS"),
    ] {
        let got = site.call(method, path).send();
        assert_eq!(
            (got.status, got.header("allow")),
            (405, Some(allow)),
            "{method} {path}"
        );
        assert_eq!(json(&got)["type"], "/problems/method-not-allowed");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn options_tells_the_methods_without_a_token() {
    let site = Site::start().await;
    for (path, allow) in [
        ("/api/tasks", "GET, HEAD, POST, OPTIONS"),
        ("/docs", "GET, HEAD, OPTIONS"),
    ] {
        let got = site.call("OPTIONS", path).send();
        assert_eq!((got.status, got.header("allow")), (204, Some(allow)), "{path}");
        assert!(got.body.is_empty());
    }
    assert_eq!(site.call("OPTIONS", "/api/nothing").send().status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn head_is_get_without_the_body() {
    let site = Site::start().await;
    for path in ["/livez", "/openapi.json", "/docs", "/api/tasks", "/api/nothing"] {
        let get = site.ann("GET", path).send();
        let head = site.ann("HEAD", path).send();
        assert_eq!(head.status, get.status, "{path}");
        assert!(head.body.is_empty());
        for name in [
            "content-type",
            "etag",
            "cache-control",
            "content-security-policy",
            "content-length",
        ] {
            assert_eq!(head.header(name), get.header(name), "{path}: {name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_method_cannot_be_smuggled_in() {
    let site = Site::start().await;
    let got = site
        .call("POST", "/livez")
        .header("x-http-method-override", "GET")
        .header("x-forwarded-user", "admin")
        .header("content-length", "0")
        .send();
    assert_eq!(got.status, 405);
}
