//! Keys that are fetched: rotation, outage, cool-down, hostile answers.

use std::time::{Duration, Instant};

use super::super::timing::Timing;
use super::super::{ConfigError, KeySource};
use super::loopback::{Answer, Issuer, jwks};
use super::*;

fn key(kid: &str) -> TestIssuer {
    TestIssuer::generate(Algorithm::EdDsa, kid).unwrap()
}

fn token(issuer: &TestIssuer) -> String {
    issuer.sign(&issuer.header(), &claims()).unwrap()
}

/// Nothing happens by itself; unknown keys may ask again at once.
fn quiet() -> Timing {
    Timing {
        refresh: Duration::from_mins(10),
        cool_down: Duration::ZERO,
        ..Timing::new(Duration::from_hours(1))
    }
}

/// Asks again and again until the verdict is as wanted, for five seconds at most.
async fn eventually(verifier: &Verifier, token: &str, wanted: impl Fn(&Verdict) -> bool) {
    let started = Instant::now();
    loop {
        let verdict = ask(verifier, token).await;
        if wanted(&verdict) {
            return;
        }
        assert!(started.elapsed() < Duration::from_secs(5), "still {verdict:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn keys_are_fetched_at_start_and_kept() {
    let server = Issuer::with_keys(&[ed()]);
    let verifier = Verifier::new(server.config()).await.unwrap();
    assert!(verifier.is_ready());
    for _ in 0..10 {
        accepted(&ask(&verifier, &token(ed())).await);
    }
    assert_eq!(server.hits(), 1);
}

#[tokio::test]
async fn a_new_key_is_found_when_a_token_names_it() {
    let (old, new) = (key("old"), key("new"));
    let server = Issuer::with_keys(&[&old]);
    let verifier = server.verifier(quiet()).await;
    accepted(&ask(&verifier, &token(&old)).await);
    server.publish(&[&old, &new]);
    let renewed = token(&new);
    let first = ask(&verifier, &renewed).await.unwrap();
    assert!(
        Arc::ptr_eq(&first, &ask(&verifier, &renewed).await.unwrap()),
        "it is remembered"
    );
    accepted(&ask(&verifier, &token(&old)).await);
    assert_eq!(server.hits(), 2);
}

#[tokio::test]
async fn a_token_of_a_removed_key_is_refused_though_it_was_remembered() {
    let (old, new) = (key("old"), key("new"));
    let server = Issuer::with_keys(&[&old]);
    let verifier = server.verifier(quiet()).await;
    let before = token(&old);
    accepted(&ask(&verifier, &before).await);
    server.publish(&[&new]);
    accepted(&ask(&verifier, &token(&new)).await);
    refused(&ask(&verifier, &before).await, Reason::UnknownKey);
}

#[tokio::test]
async fn a_key_replaced_under_its_name_is_noticed() {
    let (old, new) = (key("same"), key("same"));
    let server = Issuer::with_keys(&[&old]);
    let verifier = server
        .verifier(Timing {
            refresh: Duration::from_millis(50),
            ..quiet()
        })
        .await;
    let before = token(&old);
    accepted(&ask(&verifier, &before).await);
    server.publish(&[&new]);
    eventually(&verifier, &before, |verdict| {
        *verdict == Err(AuthError::Invalid(Reason::Signature))
    })
    .await;
    accepted(&ask(&verifier, &token(&new)).await);
}

#[tokio::test]
async fn unknown_names_ask_once_until_the_pause_is_over() {
    let server = Issuer::with_keys(&[ed()]);
    let verifier = server
        .verifier(Timing {
            cool_down: Duration::from_millis(1_200),
            ..quiet()
        })
        .await;
    let invented = |number: usize| token(&key(&format!("invented-{number}")));
    for number in 0..20 {
        refused(&ask(&verifier, &invented(number)).await, Reason::UnknownKey);
    }
    assert_eq!(server.hits(), 2, "one at start, one for all of them");
    let late = key("late");
    server.publish(&[ed(), &late]);
    refused(&ask(&verifier, &token(&late)).await, Reason::UnknownKey);
    tokio::time::sleep(Duration::from_millis(1_250)).await;
    accepted(&ask(&verifier, &token(&late)).await);
    assert_eq!(server.hits(), 3);
}

#[tokio::test]
async fn the_usual_pause_is_ten_seconds() {
    let server = Issuer::with_keys(&[ed()]);
    let verifier = Verifier::new(server.config()).await.unwrap();
    for number in 0..5 {
        refused(
            &ask(&verifier, &token(&key(&format!("invented-{number}")))).await,
            Reason::UnknownKey,
        );
    }
    assert_eq!(server.hits(), 2);
    assert_eq!(
        Timing::new(Duration::from_hours(1)).cool_down,
        Duration::from_secs(10)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_callers_share_one_fetch() {
    let new = key("new");
    let server = Issuer::with_keys(&[ed()]);
    let verifier = server
        .verifier(Timing {
            cool_down: Duration::from_secs(10),
            ..quiet()
        })
        .await;
    server.say(Answer::Slow(Duration::from_millis(200), jwks(&[ed(), &new])));
    let callers: Vec<_> = (0..50)
        .map(|_| {
            let (verifier, token) = (verifier.clone(), token(&new));
            tokio::spawn(async move { ask(&verifier, &token).await.is_ok() })
        })
        .collect();
    for caller in callers {
        assert!(caller.await.unwrap());
    }
    assert_eq!(server.hits(), 2);
}

#[tokio::test]
async fn a_caller_that_hangs_up_does_not_end_the_fetch() {
    let new = key("new");
    let server = Issuer::with_keys(&[ed()]);
    let verifier = server
        .verifier(Timing {
            cool_down: Duration::from_secs(10),
            ..quiet()
        })
        .await;
    server.say(Answer::Slow(Duration::from_millis(150), jwks(&[ed(), &new])));
    let impatient = tokio::time::timeout(Duration::from_millis(30), ask(&verifier, &token(&new))).await;
    assert!(impatient.is_err());
    accepted(&ask(&verifier, &token(&new)).await);
    assert_eq!(server.hits(), 2);
}

#[tokio::test]
async fn known_tokens_do_not_wait_for_a_fetch() {
    let server = Issuer::with_keys(&[ed()]);
    let verifier = server.verifier(quiet()).await;
    server.say(Answer::Slow(Duration::from_millis(400), jwks(&[ed()])));
    let waiting = verifier.clone();
    let unknown = tokio::spawn(async move { ask(&waiting, &token(&key("unknown"))).await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    let started = Instant::now();
    accepted(&ask(&verifier, &token(ed())).await);
    assert!(started.elapsed() < Duration::from_millis(200));
    refused(&unknown.await.unwrap(), Reason::UnknownKey);
}

#[tokio::test]
async fn a_refresh_in_the_background_needs_no_caller() {
    let new = key("new");
    let server = Issuer::with_keys(&[ed()]);
    let timing = Timing {
        refresh: Duration::from_millis(50),
        cool_down: Duration::from_mins(1),
        ..quiet()
    };
    let verifier = server.verifier(timing).await;
    refused(&ask(&verifier, &token(&key("unknown"))).await, Reason::UnknownKey); // the pause begins
    server.publish(&[&new]);
    eventually(&verifier, &token(&new), Result::is_ok).await;
}

#[tokio::test]
async fn the_background_ends_with_the_verifier() {
    let server = Issuer::with_keys(&[ed()]);
    let verifier = server
        .verifier(Timing {
            refresh: Duration::from_millis(20),
            ..quiet()
        })
        .await;
    let clone = verifier.clone();
    drop(verifier);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(server.hits() > 2, "a handle is left");
    drop(clone);
    tokio::time::sleep(Duration::from_millis(100)).await;
    let after = server.hits();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(server.hits(), after);
}

#[tokio::test]
async fn a_refresh_that_brings_nothing_new_forgets_nothing() {
    let server = Issuer::with_keys(&[ed()]);
    let verifier = server
        .verifier(Timing {
            refresh: Duration::from_millis(20),
            ..quiet()
        })
        .await;
    let known = token(ed());
    let before = ask(&verifier, &known).await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(server.hits() > 2);
    assert!(Arc::ptr_eq(&before, &ask(&verifier, &known).await.unwrap()));
}

#[tokio::test]
async fn a_late_answer_does_not_bring_old_keys_back() {
    let new = key("new");
    let server = Issuer::with_keys(&[ed()]);
    let verifier = server
        .verifier(Timing {
            refresh: Duration::from_millis(400),
            ..quiet()
        })
        .await;
    server.say(Answer::Slow(Duration::from_millis(300), jwks(&[ed()])));
    while server.hits() < 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    server.publish(&[&new]); // while the refresh in the background waits for the old set
    accepted(&ask(&verifier, &token(&new)).await);
    tokio::time::sleep(Duration::from_millis(330)).await;
    refused(&ask(&verifier, &token(ed())).await, Reason::UnknownKey);
}

#[tokio::test]
async fn no_task_is_left_behind() {
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let server = Issuer::with_keys(&[ed()]);
    let verifier = server.verifier(quiet()).await;
    assert_eq!(tasks(), 1, "the one that refreshes every ten minutes");
    drop(verifier);
    tokio::task::yield_now().await;
    assert_eq!(tasks(), 0);
}

#[tokio::test]
async fn the_last_good_keys_outlive_an_outage_for_a_while() {
    let server = Issuer::with_keys(&[ed()]);
    let max_stale = Duration::from_secs(2);
    let timing = Timing {
        refresh: Duration::from_millis(50),
        retry: Duration::from_millis(50),
        max_stale,
        ..quiet()
    };
    let verifier = server.verifier(timing).await;
    let (known, fresh) = (
        token(ed()),
        ed().sign(&ed().header(), &with(claims(), "x", 1)).unwrap(),
    );
    accepted(&ask(&verifier, &known).await);
    server.say(Answer::Status("500 Oops"));
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert!(server.hits() > 2);
    accepted(&ask(&verifier, &known).await);
    accepted(&ask(&verifier, &fresh).await);
    tokio::time::sleep(Duration::from_millis(1_900)).await;
    assert!(!verifier.is_ready());
    let over = ask(&verifier, &known).await;
    assert_eq!(
        over,
        Err(AuthError::Unavailable),
        "remembered tokens are no exception"
    );
    assert_eq!(over.unwrap_err().challenge(), None);
    server.publish(&[ed()]);
    eventually(&verifier, &known, Result::is_ok).await;
}

#[tokio::test]
async fn an_unknown_name_during_an_outage_is_refused_not_unavailable() {
    let server = Issuer::with_keys(&[ed()]);
    let verifier = server.verifier(quiet()).await;
    server.say(Answer::Nothing);
    refused(&ask(&verifier, &token(&key("unknown"))).await, Reason::UnknownKey);
    accepted(&ask(&verifier, &token(ed())).await);
}

#[tokio::test]
async fn without_any_keys_yet_nobody_is_let_in_or_turned_away() {
    let server = Issuer::start(Answer::Status("503 Starting"));
    let timing = Timing {
        retry: Duration::from_millis(50),
        ..quiet()
    };
    let verifier = server.verifier(timing).await;
    assert!(!verifier.is_ready());
    assert_eq!(ask(&verifier, &token(ed())).await, Err(AuthError::Unavailable));
    assert_eq!(ask(&verifier, "nonsense").await, Err(AuthError::Unavailable));
    let none = verifier.verify(std::iter::empty()).await;
    assert_eq!(none, Err(AuthError::Missing));
    server.publish(&[ed()]);
    eventually(&verifier, &token(ed()), Result::is_ok).await;
}

#[tokio::test]
async fn a_bad_answer_never_replaces_good_keys() {
    let stranger = key(KID);
    let elsewhere = Issuer::with_keys(&[&stranger]);
    let large = format!(r#"{{"pad":"{}","keys":[]}}"#, "x".repeat(300 * 1024));
    let server = Issuer::with_keys(&[ed()]);
    let verifier = server.verifier(quiet()).await;
    for (number, answer) in [
        Answer::Status("500 Oops"),
        Answer::Status("204 No Content"),
        Answer::Status("429 Too Many"),
        Answer::Redirect(elsewhere.url.clone()),
        Answer::Json(String::new()),
        Answer::Json("<html>".to_owned()),
        Answer::Json(r#"{"keys":{}}"#.to_owned()),
        Answer::Json(large),
        Answer::Cut(jwks(&[&stranger])),
        Answer::Nothing,
    ]
    .into_iter()
    .enumerate()
    {
        server.say(answer);
        refused(&ask(&verifier, &token(&key("unknown"))).await, Reason::UnknownKey);
        assert_eq!(server.hits(), number + 2);
        accepted(&ask(&verifier, &token(ed())).await);
        refused(&ask(&verifier, &token(&stranger)).await, Reason::Signature);
    }
    assert_eq!(elsewhere.hits(), 0, "a redirect was followed");
}

#[tokio::test]
async fn an_issuer_that_withdraws_all_keys_is_believed() {
    let server = Issuer::with_keys(&[ed()]);
    let verifier = server
        .verifier(Timing {
            refresh: Duration::from_millis(50),
            ..quiet()
        })
        .await;
    server.publish(&[]);
    eventually(&verifier, &token(ed()), |verdict| {
        *verdict == Err(AuthError::Invalid(Reason::UnknownKey))
    })
    .await;
}

#[tokio::test]
async fn addresses_in_a_token_are_never_asked() {
    let canary = Issuer::with_keys(&[&key(KID)]);
    let server = Issuer::with_keys(&[ed()]);
    let verifier = server.verifier(quiet()).await;
    let header = with(
        with(ed().header(), "jku", canary.url.as_str()),
        "x5u",
        canary.url.as_str(),
    );
    let header = with(header, "kid", canary.url.as_str());
    refused(
        &ask(&verifier, &ed().sign(&header, &claims()).unwrap()).await,
        Reason::UnknownKey,
    );
    assert_eq!(canary.hits(), 0);
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_given_up() {
    let server = Issuer::start(Answer::Slow(Duration::from_secs(6), jwks(&[ed()])));
    let started = Instant::now();
    let verifier = server.verifier(quiet()).await;
    assert!(
        started.elapsed() < Duration::from_millis(5_800),
        "{:?}",
        started.elapsed()
    );
    assert!(!verifier.is_ready());
}

#[tokio::test]
async fn a_file_is_read_again_when_it_was_replaced() {
    let folder = std::env::temp_dir().join(format!("groma-auth-jwks-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("jwks.json");
    let new = key("new");
    std::fs::write(&path, jwks(&[ed()])).unwrap();
    let mut config = config(ed());
    config.keys = KeySource::JwksFile(path.clone());
    let verifier = Verifier::with_timing(config.clone(), quiet()).await.unwrap();
    accepted(&ask(&verifier, &token(ed())).await);
    std::fs::write(&path, jwks(&[&new])).unwrap();
    accepted(&ask(&verifier, &token(&new)).await);
    refused(&ask(&verifier, &token(ed())).await, Reason::UnknownKey);
    for (text, wanted) in [
        ("{", "Jwks"),
        (&"x".repeat(300 * 1024)[..], "Fetch"),
        (r#"{"keys":[]}"#, "NoUsableKey"),
    ] {
        std::fs::write(&path, text).unwrap();
        let error = Verifier::new(config.clone()).await.unwrap_err();
        assert!(format!("{error:?}").starts_with(wanted), "{error:?}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
    let error = Verifier::new(config).await.unwrap_err();
    assert!(matches!(error, ConfigError::Fetch(_)), "{error:?}");
}

#[test]
fn pauses_grow_with_failures_and_never_beyond_a_refresh() {
    let timing = Timing::new(Duration::from_hours(1));
    for (failures, seconds) in [
        (0, 300.0),
        (1, 1.0),
        (2, 2.0),
        (4, 8.0),
        (20, 300.0),
        (u32::MAX, 300.0),
    ] {
        let pause = timing.pause(failures).as_secs_f64();
        assert!(
            (seconds * 0.9..=seconds * 1.1).contains(&pause),
            "{pause} s after {failures} failures"
        );
    }
    let short = Timing::new(Duration::from_secs(30));
    assert!(
        short.refresh <= Duration::from_secs(10),
        "three tries before keys are stale"
    );
}
