use std::io::{BufReader, Write};

use super::client::{connect, raw, read};
use super::{Site, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bytes_that_are_no_request_get_a_400_and_the_server_goes_on() {
    let site = Site::start().await;
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\n folded: y\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nhost: x\r\n\r\n",
    ] {
        if let Some(got) = raw(site.addr, bytes) {
            assert!(matches!(got.status, 400 | 404 | 505), "{bytes:?}: {got:?}");
            assert_eq!(
                got.header("content-type"),
                Some("application/problem+json"),
                "{got:?}"
            );
            json(&got);
        }
        assert_eq!(site.call("GET", "/livez").send().status, 200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pipelined_requests_are_answered_in_order() {
    let site = Site::start().await;
    let mut stream = connect(site.addr);
    let one = |path: &str| format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n");
    let all = [
        one("/livez"),
        one("/nothing"),
        one("/readyz"),
        "nonsense\r\n\r\n".to_owned(),
    ]
    .concat();
    stream.write_all(all.as_bytes()).unwrap();
    let mut reader = BufReader::new(stream);
    let statuses: Vec<u16> = (0..4).map(|_| read(&mut reader, false).unwrap().status).collect();
    assert_eq!(statuses, [200, 404, 200, 400]);
    assert!(
        read(&mut reader, false).is_none(),
        "the connection stays open after nonsense"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_path_is_never_more_than_a_path() {
    let site = Site::start().await;
    for path in [
        "/api/tasks/%00",
        "/api/tasks/..%2f..%2fetc%2fpasswd",
        "/api/tasks/%ff",
        "/api/tasks/%",
        "/api/tasks/'%20or%201=1--",
        "/api/../livez",
        "/docs/assets/../../../etc/passwd",
        "/docs/assets/%2e%2e/page.html",
    ] {
        let got = site.ann("GET", path).send();
        assert!(matches!(got.status, 400 | 404), "{path}: {}", got.status);
        json(&got);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_instance_of_a_problem_is_safe_json() {
    let site = Site::start().await;
    let got = site.call("GET", "/a%22%3Cscript%3E\"'`{}|").send();
    assert_eq!(json(&got)["status"], got.status);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deep_and_broken_bodies_are_400s() {
    let site = Site::start().await;
    let deep = "[".repeat(60_000);
    for body in [
        deep.as_str(),
        "",
        "null",
        "[]",
        "\"\\ud800\"",
        "{\"title\":\"a\"}x",
        "{\"title\":1e999}",
        "{\"a\":1,\"a\":2}",
    ] {
        let got = site.ann("POST", "/api/tasks").json(body).send();
        assert_eq!(got.status, 400, "{}", &body[..body.len().min(40)]);
        assert!(
            json(&got)["errors"]
                .as_array()
                .is_some_and(|errors| !errors.is_empty()),
            "{body}"
        );
    }
    let got = site
        .ann("POST", "/api/tasks")
        .header("content-type", "application/json")
        .body(b"{\"title\":\"\xff\"}")
        .send();
    assert_eq!(got.status, 400);
}
