use std::io::{BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::client::{connect, raw, read};
use super::{Site, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_over_the_limit_is_refused_by_its_length_alone() {
    let site = Site::start().await;
    let token = site.token("ann", &[]);
    let head = format!(
        "POST /api/tasks HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\ncontent-length: 65537\r\n\r\n"
    );
    let got = raw(site.addr, head.as_bytes()).unwrap();
    assert_eq!((got.status, got.header("connection")), (413, Some("close")));
    assert_eq!(json(&got)["type"], "/problems/content-too-large");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_streamed_body_is_refused_when_it_passes_the_limit() {
    let site = Site::start().await;
    let token = site.token("ann", &[]);
    let mut stream = connect(site.addr);
    let head = format!(
        "POST /api/tasks HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    // Sixty-five chunks of 1 KiB, and never an end.
    let chunk = format!("400\r\n{}\r\n", " ".repeat(1024));
    for _ in 0..65 {
        if stream.write_all(chunk.as_bytes()).is_err() {
            break;
        }
    }
    let got = read(&mut BufReader::new(stream), false).unwrap();
    assert_eq!(got.status, 413);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_at_the_limit_is_read() {
    let site = Site::start().await;
    let title = r#"{"title":"a"}"#;
    let body = format!("{title}{}", " ".repeat(65_536 - title.len()));
    assert_eq!(site.ann("POST", "/api/tasks").json(&body).send().status, 201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_path_is_414_and_a_large_head_431() {
    let site = Site::start().await;
    let long = site
        .call("GET", &format!("/api/tasks?q={}", "x".repeat(9 * 1024)))
        .send();
    assert_eq!(
        (long.status, &json(&long)["type"]),
        (414, &"/problems/uri-too-long".into())
    );
    let large = site
        .call("GET", "/api/tasks")
        .header("x-large", &"x".repeat(33 * 1024))
        .send();
    assert_eq!(
        (large.status, &json(&large)["type"]),
        (431, &"/problems/headers-too-large".into())
    );
    let huge = site
        .call("GET", "/api/tasks")
        .header("x-huge", &"x".repeat(200 * 1024))
        .send();
    assert_eq!(
        (huge.status, &json(&huge)["type"]),
        (431, &"/problems/headers-too-large".into())
    );
    let mut many = site.call("GET", "/api/tasks");
    for index in 0..200 {
        many = many.header(&format!("x-{index}"), "1");
    }
    assert_eq!(many.send().status, 431);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_host_is_needed() {
    let site = Site::start().await;
    for head in [
        "GET /livez HTTP/1.1\r\n\r\n",
        "GET /livez HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n",
    ] {
        assert_eq!(raw(site.addr, head.as_bytes()).unwrap().status, 400, "{head}");
    }
    assert_eq!(
        raw(site.addr, b"GET /livez HTTP/1.0\r\n\r\n").unwrap().status,
        200
    );
}

/// How long the server keeps a client that sends `bytes` and then nothing.
fn kept(site: &Site, bytes: &[u8]) -> (Duration, Vec<u8>) {
    let start = Instant::now();
    let mut stream = connect(site.addr);
    stream.write_all(bytes).unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    (start.elapsed(), answer)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_sends_its_head_slowly_is_cut_off() {
    let site = Site::with(|settings| settings.patience.head = Duration::from_millis(400)).await;
    for bytes in [&b""[..], b"GET /livez HTTP/1.1\r\nhost: x\r\nx-slow: "] {
        let (time, answer) = kept(&site, bytes);
        assert!(
            time > Duration::from_millis(300) && time < Duration::from_secs(5),
            "{time:?}"
        );
        assert!(answer.is_empty());
    }
    // Bytes that trickle in do not help.
    let start = Instant::now();
    let mut stream = connect(site.addr);
    while stream.write_all(b"G").is_ok() && start.elapsed() < Duration::from_secs(5) {
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_does_not_come_is_a_408() {
    let site = Site::with(|settings| settings.patience.body = Duration::from_millis(200)).await;
    let token = site.token("ann", &[]);
    let head = format!(
        "POST /api/tasks HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\ncontent-length: 20\r\n\r\n{{\"title\""
    );
    let got = raw(site.addr, head.as_bytes()).unwrap();
    assert_eq!((got.status, got.header("connection")), (408, Some("close")));
    assert_eq!(json(&got)["type"], "/problems/request-timeout");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_is_announced_too_large_is_not_asked_for() {
    let site = Site::start().await;
    let token = site.token("ann", &[]);
    for (length, status) in [(70_000, "HTTP/1.1 413"), (20, "HTTP/1.1 100")] {
        let head = format!(
            "POST /api/tasks HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\nexpect: 100-continue\r\ncontent-length: {length}\r\n\r\n"
        );
        let mut stream = connect(site.addr);
        stream.write_all(head.as_bytes()).unwrap();
        let mut first = [0; 12];
        stream.read_exact(&mut first).unwrap();
        assert_eq!(first, status.as_bytes());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_does_not_take_its_answers_is_cut_off() {
    let site = Site::with(|settings| settings.patience.stalled = Duration::from_millis(400)).await;
    let mut stream = connect(site.addr);
    let one = b"GET /docs/assets/swagger-ui-bundle.js HTTP/1.1\r\nhost: x\r\n\r\n";
    let _ = stream.write_all(&one.repeat(100));
    std::thread::sleep(Duration::from_secs(2));
    let mut taken = Vec::new();
    let _ = stream.read_to_end(&mut taken);
    assert!(
        taken.len() < 40_000_000,
        "all {} bytes were still sent",
        taken.len()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_is_kept_for_the_next_request() {
    let site = Site::with(|settings| settings.patience.head = Duration::from_millis(300)).await;
    let stream = connect(site.addr);
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    for _ in 0..3 {
        (&stream)
            .write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n")
            .unwrap();
        assert_eq!(read(&mut reader, false).unwrap().status, 200);
        // Resting between two requests is no slowness.
        std::thread::sleep(Duration::from_millis(600));
    }
}

/// A connection with a request that is not whole, so that the server is at work on it.
fn busy(site: &Site) -> TcpStream {
    let token = site.token("ann", &[]);
    let head = format!(
        "POST /api/tasks HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\ncontent-length: 20\r\n\r\n"
    );
    let mut stream = connect(site.addr);
    stream.write_all(head.as_bytes()).unwrap();
    std::thread::sleep(Duration::from_millis(100));
    stream
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_connections_than_places_wait_for_one() {
    let site = Site::with(|settings| settings.connections = 2).await;
    let held = [busy(&site), busy(&site)];
    let mut third = connect(site.addr);
    third
        .write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n")
        .unwrap();
    third.set_read_timeout(Some(Duration::from_millis(400))).unwrap();
    assert!(third.read(&mut [0; 1]).is_err(), "a third connection was served");
    drop(held);
    third.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    assert_eq!(read(&mut BufReader::new(third), false).unwrap().status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_rest_make_room_and_those_at_work_do_not() {
    let site = Site::with(|settings| settings.connections = 3).await;
    let mut working = busy(&site);
    let _silent = connect(site.addr);
    let mut resting = connect(site.addr);
    resting
        .write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n")
        .unwrap();
    assert_eq!(
        read(&mut BufReader::new(resting.try_clone().unwrap()), false)
            .unwrap()
            .status,
        200
    );
    let start = Instant::now();
    for _ in 0..10 {
        assert_eq!(site.call("GET", "/livez").send().status, 200);
    }
    // Both that rest would be waited for more than a minute.
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    working.write_all(br#"{"title":"finished"}"#).unwrap();
    assert_eq!(read(&mut BufReader::new(working), false).unwrap().status, 201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_takes_its_answers_drop_by_drop_is_cut_off() {
    let site = Site::with(|settings| settings.patience.stalled = Duration::from_millis(400)).await;
    let mut stream = connect(site.addr);
    let one = b"GET /docs/assets/swagger-ui-bundle.js HTTP/1.1\r\nhost: x\r\n\r\n";
    let _ = stream.write_all(&one.repeat(100));
    let mut taken = 0;
    for _ in 0..30 {
        std::thread::sleep(Duration::from_millis(100));
        taken += stream.read(&mut [0; 1024]).unwrap();
    }
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest);
    taken += rest.len();
    assert!(taken < 40_000_000, "all {taken} bytes were still sent");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_chunks_are_a_transfer_coding() {
    let site = Site::start().await;
    for coding in ["gzip, chunked", "x-own, chunked"] {
        let head =
            format!("POST /api/tasks HTTP/1.1\r\nhost: x\r\ntransfer-encoding: {coding}\r\n\r\n0\r\n\r\n");
        let got = raw(site.addr, head.as_bytes()).unwrap();
        assert_eq!(
            (got.status, got.header("connection")),
            (501, Some("close")),
            "{coding}"
        );
        json(&got);
    }
}
