use super::client::raw;
use super::{Site, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_has_the_security_headers() {
    let site = Site::start().await;
    let answers = [
        site.call("GET", "/livez").send(),
        site.call("GET", "/api/tasks").send(),
        site.ann("GET", "/api/tasks").send(),
        site.call("GET", "/nothing").send(),
        site.call("OPTIONS", "/api/tasks").send(),
        site.call("BREW", "/api/tasks").send(),
        site.ann("POST", "/api/tasks").json("{").send(),
        site.call("GET", &format!("/{}", "x".repeat(9000))).send(),
        raw(site.addr, b"this is no request\r\n\r\n").unwrap(),
        raw(site.addr, b"GET /livez HTTP/1.1\r\nbad header\r\n\r\n").unwrap(),
    ];
    for got in answers {
        assert_eq!(got.header("x-content-type-options"), Some("nosniff"), "{got:?}");
        assert_eq!(got.header("referrer-policy"), Some("no-referrer"), "{got:?}");
        let policy = got.header("content-security-policy");
        assert_eq!(
            policy,
            Some("default-src 'none'; frame-ancestors 'none'"),
            "{got:?}"
        );
        assert_eq!(got.header("cache-control"), Some("no-store"), "{got:?}");
        assert!(
            got.header("x-request-id").is_some_and(|id| id.len() == 36),
            "{got:?}"
        );
        assert_eq!(got.header("server"), None, "{got:?}");
        assert_eq!(got.header("x-powered-by"), None, "{got:?}");
        assert!(got.header("date").is_some() || got.status >= 400, "{got:?}");
        if got.status >= 400 {
            assert_eq!(
                got.header("content-type"),
                Some("application/problem+json"),
                "{got:?}"
            );
            let problem = json(&got);
            assert_eq!(problem["status"], got.status);
            for member in ["type", "title", "detail", "instance", "request_id"] {
                assert!(problem[member].is_string(), "{member} of {problem}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transport_security_is_said_behind_tls_only() {
    let site = Site::start().await;
    assert_eq!(
        site.call("GET", "/livez")
            .send()
            .header("strict-transport-security"),
        None
    );
    let got = site
        .call("GET", "/livez")
        .header("x-forwarded-proto", "https")
        .send();
    assert!(
        got.header("strict-transport-security")
            .unwrap()
            .starts_with("max-age=")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sane_request_id_is_taken_over() {
    let site = Site::start().await;
    let got = site
        .call("GET", "/nothing")
        .header("x-request-id", "req-42_A.b:c/9")
        .send();
    assert_eq!(got.header("x-request-id"), Some("req-42_A.b:c/9"));
    assert_eq!(json(&got)["request_id"], "req-42_A.b:c/9");
    for insane in ["", "a b", "a\"b", "ä", &"x".repeat(129), "<script>"] {
        let got = site.call("GET", "/nothing").header("x-request-id", insane).send();
        let id = got.header("x-request-id").unwrap();
        assert!(id.len() == 36 && id != insane, "{insane}: {id}");
    }
    let twice = site
        .call("GET", "/livez")
        .header("x-request-id", "a")
        .header("x-request-id", "b")
        .send();
    assert_eq!(twice.header("x-request-id").unwrap().len(), 36);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_requests_have_two_ids() {
    let site = Site::start().await;
    let ids = [0, 1].map(|_| {
        site.call("GET", "/livez")
            .send()
            .header("x-request-id")
            .unwrap()
            .to_owned()
    });
    assert_ne!(ids[0], ids[1]);
}
