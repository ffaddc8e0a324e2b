//! A request that is sent again with its `Idempotency-Key`: done once, and answered as often as it is sent.

use std::thread;

use super::{Got, Site, json};

const TASK: &str = r#"{"title":"once"}"#;

fn post(site: &Site, who: &str, (key, body): (&str, &str)) -> Got {
    let call = site.call("POST", "/api/tasks").token(&site.token(who, &[]));
    call.header("idempotency-key", key).json(body).send()
}

fn total(site: &Site) -> serde_json::Value {
    json(&site.ann("GET", "/api/tasks?count=true").send())["total"].clone()
}

/// What is the same whenever it is sent: all but what names the one exchange and what counts requests.
fn answer(got: &Got) -> (u16, Option<&str>, Option<&str>, Option<&str>, &[u8]) {
    let header = |name| got.header(name);
    (
        got.status,
        header("location"),
        header("etag"),
        header("content-type"),
        &got.body,
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_answer_is_given_again() {
    let site = Site::start().await;
    let first = post(&site, "ann", ("k1", TASK));
    assert_eq!(first.status, 201, "{first:?}");
    for key in ["k1", "\"k1\""] {
        assert_eq!(answer(&post(&site, "ann", (key, TASK))), answer(&first));
    }
    // Also when the row is another by now, or none.
    let path = first.header("location").unwrap();
    assert_eq!(site.ann("DELETE", path).send().status, 204);
    assert_eq!(answer(&post(&site, "ann", ("k1", TASK))), answer(&first));
    assert_eq!(total(&site), 0);

    let bobs = post(&site, "bob", ("k1", TASK));
    assert_eq!((bobs.status, &json(&bobs)["owner_id"]), (201, &"bob".into()));
    let other = post(&site, "ann", ("k1", r#"{"title":"twice"}"#));
    assert_eq!(
        (other.status, json(&other)["type"].as_str()),
        (422, Some("/problems/idempotency-key-reused")),
    );
    let call = site.ann("POST", "/api/tasks").json(TASK);
    let twice = call
        .header("idempotency-key", "k2")
        .header("idempotency-key", "k3")
        .send();
    assert_eq!(
        (twice.status, json(&twice)["errors"][0]["header"].as_str()),
        (400, Some("Idempotency-Key"))
    );
    assert_eq!(total(&site), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_request_at_the_same_moment_is_done_once() {
    let site = Site::start().await;
    for round in 0..5 {
        let key = format!("round-{round}");
        let all: Vec<Got> = thread::scope(|scope| {
            let send = || scope.spawn(|| post(&site, "ann", (&key, TASK)));
            let sent: Vec<_> = (0..8).map(|_| send()).collect();
            sent.into_iter().map(|sent| sent.join().unwrap()).collect()
        });
        let (made, refused): (Vec<&Got>, Vec<&Got>) = all.iter().partition(|got| got.status == 201);
        assert!(made.iter().all(|got| answer(got) == answer(made[0])), "{made:?}");
        for got in refused {
            assert_eq!(
                (got.status, json(got)["type"].as_str()),
                (409, Some("/problems/idempotency-key-in-use")),
            );
        }
        assert_eq!(total(&site), round + 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_left_before_the_answer_may_ask_for_it() {
    let site = Site::start().await;
    let call = site.ann("POST", "/api/tasks").json(TASK);
    call.header("idempotency-key", "k1").send_and_leave();
    let answered = (0..200).find_map(|_| {
        let got = post(&site, "ann", ("k1", TASK));
        thread::sleep(std::time::Duration::from_millis(10));
        (got.status != 409).then_some(got)
    });
    assert_eq!(answered.map(|got| got.status), Some(201));
    assert_eq!(total(&site), 1);
}
