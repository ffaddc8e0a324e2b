//! A database that goes away, comes back, is slow or full: nobody loses what was acknowledged, nobody gets another's
//! answer, and everybody else is told to come again.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use testkit::pgbouncer::Pooler;
use testkit::postgres::{Postgres, Stop};

use super::json;
use super::site::{Direct, on};
use crate::serve::tests::Got;
use crate::serve::tests::client::Call;
use crate::serve::tests::site::Site;

fn is_told_to_come_again(got: &Got) -> bool {
    got.status == 503 && got.header("retry-after").is_some() && json(got)["type"] == "/problems/unavailable"
}

/// What writers and readers of one server have seen.
#[derive(Default)]
struct Seen {
    /// The title of each task that was acknowledged, by its path.
    kept: Mutex<BTreeMap<String, String>>,
    refused: Mutex<u32>,
    wrong: Mutex<Vec<String>>,
    is_over: AtomicBool,
}

impl Seen {
    fn wrong(&self, what: String) {
        self.wrong.lock().unwrap().push(what);
    }

    /// Writes, reads what was written and changes it, and notes what came back.
    fn work(&self, addr: SocketAddr, token: &str, name: &str) {
        let mut number = 0;
        while !self.is_over.load(Ordering::Relaxed) {
            number += 1;
            let title = format!("{name} {number}");
            let body = format!(r#"{{"title":"{title}"}}"#);
            let Some(made) = self.ask(
                Call::new(addr, "POST", "/api/tasks").token(token).json(&body),
                201,
                &title,
            ) else {
                continue;
            };
            self.kept.lock().unwrap().insert(made.clone(), title.clone());
            self.ask(Call::new(addr, "GET", &made).token(token), 200, &title);
            self.ask(Call::new(addr, "GET", "/api/tasks?limit=1").token(token), 200, "");
        }
    }

    /// The path of what was answered, where it was.
    fn ask(&self, call: Call, status: u16, title: &str) -> Option<String> {
        let got = call.send();
        if is_told_to_come_again(&got) {
            *self.refused.lock().unwrap() += 1;
            return None;
        }
        let said = json(&got);
        if got.status != status || (!title.is_empty() && said["title"] != title) {
            self.wrong(format!("wanted {status} {title:?}, got {} {said}", got.status));
            return None;
        }
        said["id"].as_str().map(|id| format!("/api/tasks/{id}"))
    }
}

/// Runs requests while the database server is treated badly; then everything that was acknowledged has to be there.
fn survives(through_pooler: bool, mut treat: impl FnMut(&mut Postgres, usize)) {
    let mut server = Postgres::with(&[("synchronous_commit", "on")]);
    let database = server.database();
    let pooler =
        through_pooler.then(|| Pooler::with(&database, &["default_pool_size=3", "server_login_retry=1"]));
    let url = pooler
        .as_ref()
        .map_or(database.url(), |pooler| pooler.url().to_owned());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let site = runtime.block_on(Site::with(|settings| settings.database = on(&url)));
    let token = site.token("ann", &[]);
    let seen = Arc::new(Seen::default());
    let workers: Vec<_> = (0..4)
        .map(|worker| {
            let (seen, token, addr) = (Arc::clone(&seen), token.clone(), site.addr);
            std::thread::spawn(move || seen.work(addr, &token, &format!("worker {worker}")))
        })
        .collect();
    for round in 0..3 {
        std::thread::sleep(Duration::from_millis(300));
        treat(&mut server, round);
    }
    let before = seen.kept.lock().unwrap().len();
    let until = Instant::now() + Duration::from_secs(30);
    while seen.kept.lock().unwrap().len() < before + 20 && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(20));
    }
    seen.is_over.store(true, Ordering::Relaxed);
    for worker in workers {
        worker.join().unwrap();
    }

    assert_eq!(*seen.wrong.lock().unwrap(), Vec::<String>::new());
    let kept = seen.kept.lock().unwrap();
    assert!(
        kept.len() >= before + 20,
        "writes do not go on: {} of {before}",
        kept.len()
    );
    let rows = database.sql("SELECT '/api/tasks/' || id, title FROM tasks");
    let rows: BTreeMap<&str, &str> = rows.lines().filter_map(|row| row.split_once('|')).collect();
    for (path, title) in kept.iter() {
        assert_eq!(
            rows.get(path.as_str()),
            Some(&title.as_str()),
            "an acknowledged write is lost"
        );
    }
    drop(site);
    drop(runtime);
}

#[test]
fn a_restart_in_order_loses_nothing() {
    survives(false, |server, _| {
        server.stop(Stop::Fast);
        server.start_again();
    });
}

#[test]
fn a_crash_loses_nothing() {
    survives(false, |server, round| {
        if round % 2 == 0 {
            server.stop(Stop::Immediate);
        } else {
            server.kill();
        }
        server.start_again();
    });
}

#[test]
fn a_restart_behind_a_pooler_loses_nothing() {
    survives(true, |server, round| {
        server.stop(if round % 2 == 0 {
            Stop::Fast
        } else {
            Stop::Immediate
        });
        server.start_again();
    });
}

#[test]
fn connections_that_are_cut_lose_nothing() {
    survives(false, |server, _| {
        for _ in 0..20 {
            server.psql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
            );
        }
    });
}

#[test]
fn while_it_is_away_the_server_lives_and_is_not_ready() {
    let mut server = Postgres::start();
    let database = server.database();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let site = runtime.block_on(Site::with(|settings| settings.database = on(&database.url())));
    assert_eq!(site.call("GET", "/readyz").send().status, 200);
    server.stop(Stop::Fast);

    let start = Instant::now();
    assert_eq!(site.call("GET", "/livez").send().status, 200);
    assert!(start.elapsed() < Duration::from_secs(1));
    assert!(is_told_to_come_again(&site.call("GET", "/readyz").send()));

    let asked = std::thread::scope(|scope| {
        let asked = scope.spawn(|| site.ann("GET", "/api/tasks").send());
        std::thread::sleep(Duration::from_millis(300));
        server.start_again();
        asked.join().unwrap()
    });
    // It was waited for.
    assert_eq!(asked.status, 200);
    assert_eq!(site.call("GET", "/readyz").send().status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_that_waits_too_long_is_stopped() {
    let site = Direct::start().await;
    let made = site.ann("POST", "/api/tasks").json(r#"{"title":"held"}"#).send();
    let path = made.header("location").unwrap().to_owned();
    let hold = "BEGIN; SELECT 1 FROM tasks FOR UPDATE; SELECT pg_sleep(8); COMMIT";

    std::thread::scope(|scope| {
        scope.spawn(|| site.database.sql(hold));
        while site.database.sql("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(8)%' AND pid <> pg_backend_pid()") == "0" {
            std::thread::sleep(Duration::from_millis(20));
        }
        std::thread::sleep(Duration::from_millis(100));
        let got = site.ann("PATCH", &path).json(r#"{"title":"changed"}"#).send();
        assert!(is_told_to_come_again(&got), "{got:?}");
        // Others are not kept from reading, and nothing waits in the database any longer.
        assert_eq!(site.ann("GET", &path).send().status, 200);
        let waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
        let until = Instant::now() + Duration::from_secs(2);
        while site.database.sql(waits) != "0" {
            assert!(Instant::now() < until, "the statement still waits");
            std::thread::sleep(Duration::from_millis(20));
        }
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_is_left_in_the_middle_serves_nobody_else() {
    let site = Direct::start().await;
    let made = site.ann("POST", "/api/tasks").json(r#"{"title":"held"}"#).send();
    let path = made.header("location").unwrap().to_owned();

    // Its client goes away while the read waits for a lock.
    std::thread::scope(|scope| {
        scope.spawn(|| {
            site.database
                .sql("BEGIN; LOCK TABLE tasks IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(1.5); COMMIT")
        });
        std::thread::sleep(Duration::from_millis(300));
        for _ in 0..4 {
            site.ann("GET", &path).send_and_leave();
        }
    });
    for _ in 0..20 {
        let got = site.ann("GET", &path).send();
        assert_eq!((got.status, json(&got)["title"].as_str()), (200, Some("held")));
    }
}
