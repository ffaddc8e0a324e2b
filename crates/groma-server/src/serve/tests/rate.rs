use std::time::Duration;

use groma_ir::design::{Per, Rate};

use super::super::client::Client;
use super::super::rate::Limiter;
use super::{Site, json};

async fn limited() -> Site {
    let rate = Rate {
        requests: 3,
        window: 3600,
        per: Per::Caller,
    };
    Site::with(|settings| settings.rate = Some(rate)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_the_rate_is_a_429_with_the_time_to_wait() {
    let site = limited().await;
    for left in [2, 1, 0] {
        let got = site.ann("GET", "/api/tasks").send();
        assert_eq!(got.status, 200);
        assert_eq!(got.header("ratelimit-policy"), Some("\"caller\";q=3;w=3600"));
        assert!(
            got.header("ratelimit")
                .unwrap()
                .starts_with(&format!("\"caller\";r={left};t=")),
            "{got:?}"
        );
    }
    let got = site.ann("GET", "/api/tasks").send();
    assert_eq!(
        (got.status, &json(&got)["type"]),
        (429, &"/problems/too-many-requests".into())
    );
    let wait: u64 = got.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=1200).contains(&wait), "{wait}");
    assert_eq!(
        got.header("ratelimit").unwrap(),
        format!("\"caller\";r=0;t={wait}")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_caller_has_a_rate_of_their_own() {
    let site = limited().await;
    for _ in 0..5 {
        site.ann("GET", "/api/tasks").send();
    }
    let bob = site
        .call("GET", "/api/tasks")
        .token(&site.token("bob", &[]))
        .send();
    assert_eq!(bob.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_requests_count_and_say_what_is_left() {
    let site = limited().await;
    let got = site.ann("GET", "/api/tasks?nothing=1").send();
    assert_eq!(got.status, 400);
    assert!(
        got.header("ratelimit").unwrap().starts_with("\"caller\";r=2;"),
        "{got:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_is_never_limited() {
    let site = limited().await;
    for _ in 0..10 {
        assert_eq!(site.call("GET", "/livez").send().status, 200);
    }
}

#[test]
fn the_quota_comes_back_with_time_and_never_more_than_all_of_it() {
    let limiter = Limiter::new(
        "caller",
        Rate {
            requests: 2,
            window: 60,
            per: Per::Caller,
        },
    );
    let at = |seconds| {
        let quota = limiter.count_at(Client::Caller(7), Duration::from_secs(seconds));
        (quota.admitted, quota.left, quota.seconds)
    };
    assert_eq!(at(0), (true, 1, 30));
    assert_eq!(at(0), (true, 0, 30));
    assert_eq!(at(0), (false, 0, 30));
    assert_eq!(at(29), (false, 0, 1));
    assert_eq!(at(30), (true, 0, 30));
    assert_eq!(at(30), (false, 0, 30));
    assert_eq!(at(100_000), (true, 1, 30));
    assert_eq!(at(100_000), (true, 0, 30));
    assert_eq!(at(100_000), (false, 0, 30));
}

#[test]
fn a_flood_of_callers_takes_a_bounded_amount_of_memory() {
    let limiter = Limiter::new(
        "caller",
        Rate {
            requests: 1,
            window: 3600,
            per: Per::Caller,
        },
    );
    for caller in 0..600_000 {
        limiter.count_at(Client::Caller(caller), Duration::from_secs(1));
    }
    limiter.count_at(Client::Address(1), Duration::from_secs(1));
    let [callers, addresses] = limiter.remembered();
    assert!(callers <= 16 * 16_384 && addresses == 1, "{callers} {addresses}");
}
