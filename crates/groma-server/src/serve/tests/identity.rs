use super::{Site, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_token_the_answer_is_401_with_a_challenge() {
    let site = Site::start().await;
    for (method, path) in [
        ("GET", "/api/tasks"),
        ("POST", "/api/tasks"),
        ("GET", "/api/tasks/stats"),
    ] {
        let got = site.call(method, path).send();
        assert_eq!(
            (got.status, got.header("www-authenticate")),
            (401, Some("Bearer")),
            "{method} {path}"
        );
        assert_eq!(json(&got)["type"], "/problems/unauthenticated");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_does_not_verify_is_invalid_and_nothing_more_is_said() {
    let site = Site::start().await;
    let good = site.token("ann", &[]);
    let mut bent = good.clone();
    bent.replace_range(bent.len() - 8..bent.len() - 4, "AAAA");
    let expected = json(
        &site
            .call("GET", "/api/tasks")
            .token("x.y.z")
            .header("x-request-id", "r")
            .send(),
    );
    for token in ["", "x", "x.y.z", &bent, &good[..good.len() - 1], "e30.e30."] {
        let got = site
            .call("GET", "/api/tasks")
            .token(token)
            .header("x-request-id", "r")
            .send();
        assert_eq!(got.status, 401, "{token}");
        let challenge = got.header("www-authenticate").unwrap();
        assert!(challenge.starts_with("Bearer"), "{challenge}");
        assert_eq!(json(&got), expected, "{token}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_token_is_taken_from_one_authorization_header_only() {
    let site = Site::start().await;
    let token = site.token("ann", &[]);
    assert_eq!(site.call("GET", "/api/tasks").token(&token).send().status, 200);
    assert_eq!(
        site.call("GET", "/api/tasks")
            .token(&token)
            .token(&token)
            .send()
            .status,
        401
    );
    assert_eq!(
        site.call("GET", &format!("/api/tasks?access_token={token}"))
            .send()
            .status,
        401
    );
    assert_eq!(
        site.call("GET", "/api/tasks")
            .header("cookie", &format!("token={token}"))
            .send()
            .status,
        401
    );
    let basic = format!("Basic {token}");
    assert_eq!(
        site.call("GET", "/api/tasks")
            .header("authorization", &basic)
            .send()
            .status,
        401
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subject_that_is_no_key_is_an_invalid_token() {
    let site = Site::start().await;
    let got = site
        .call("GET", "/api/tasks")
        .token(&site.token(&"x".repeat(65), &[]))
        .send();
    assert_eq!(got.status, 401);
    assert_eq!(
        got.header("www-authenticate"),
        Some("Bearer error=\"invalid_token\"")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_token_comes_before_everything_about_the_input() {
    let site = Site::start().await;
    let call = site
        .call("POST", "/api/tasks?nothing=1")
        .header("accept", "text/html");
    let got = call.header("content-type", "text/plain").body(b"{").send();
    assert_eq!(got.status, 401);
}
