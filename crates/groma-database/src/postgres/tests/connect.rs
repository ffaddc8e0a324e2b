use std::time::{Duration, Instant};

use testkit::pgbouncer::Pooler;
use testkit::postgres::{Database, PASSWORD, Postgres, Stop};

use crate::postgres::{ConnectError, Connector, Url};

pub(super) fn run<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    runtime.unwrap().block_on(work)
}

pub(super) fn connector(url: &str) -> Connector {
    Connector::new(&Url::parse(url).unwrap()).unwrap()
}

fn refused(url: &str) -> ConnectError {
    run(async { connector(url).connect().await }).unwrap_err()
}

#[test]
fn a_connection_answers() {
    let database = Database::new();
    run(async {
        let connection = connector(&database.url()).connect().await.unwrap();
        let row = connection
            .query_one("SELECT current_database()::text", &[])
            .await
            .unwrap();
        assert_eq!(row.get::<_, String>(0), database.name());
        assert!(!connection.is_over());
    });
}

#[test]
fn what_went_wrong_says_what_to_do() {
    let database = Database::new();
    let (url, name) = (database.url(), database.name());
    let nobody = url.replace(&database.port().to_string(), &testkit::free_port().to_string());

    let cases = [
        (
            url.replace("p%40ss", "wrong"),
            "does not let `groma` in: password authentication failed",
        ),
        (
            url.replace("groma:", "stranger:"),
            "does not let `stranger` in: password authentication failed",
        ),
        (
            url.replace(name, "elsewhere"),
            "has no such database: database \"elsewhere\" does not exist; create it",
        ),
        (nobody, "cannot be reached: Connection refused"),
        (
            url.replace("sslmode=disable", "sslmode=require"),
            "cannot be made safe: server does not support TLS; say `sslmode=disable` only where nobody can listen",
        ),
    ];
    for (url, expected) in cases {
        let error = refused(&url).to_string();
        assert!(error.contains(expected), "{error}");
        assert!(!error.contains(PASSWORD) && !error.contains("te%2Fst"), "{error}");
    }
}

#[test]
fn a_server_that_wakes_is_waited_for_and_one_that_does_not_is_not() {
    let mut server = Postgres::start();
    server.stop(Stop::Fast);
    let connector = connector(&server.url());

    let start = Instant::now();
    let error = run(connector.connect_within(Duration::from_millis(400))).unwrap_err();
    assert!(error.is_passing(), "{error}");
    assert!(start.elapsed() < Duration::from_secs(3));

    server.begin_again();
    run(async {
        let connection = connector.connect_within(Duration::from_secs(30)).await.unwrap();
        connection.simple_query("SELECT 1").await.unwrap();
    });
}

#[test]
fn a_wrong_password_is_not_tried_again() {
    let database = Database::new();
    let connector = connector(&database.url().replace("p%40ss", "wrong"));

    let start = Instant::now();
    let error = run(connector.connect_within(Duration::from_secs(30))).unwrap_err();
    assert!(matches!(error, ConnectError::Refused { .. }), "{error}");
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_server_that_is_full_says_so() {
    let server = Postgres::with(&[("max_connections", "4"), ("superuser_reserved_connections", "0")]);
    run(async {
        let mut held = Vec::new();
        let error = loop {
            match connector(&server.url()).connect().await {
                Ok(connection) => held.push(connection),
                Err(error) => break error,
            }
            assert!(held.len() < 10);
        };
        assert!(matches!(error, ConnectError::Full { .. }), "{error}");
    });
}

#[test]
fn a_pooler_in_transaction_mode_is_found_out() {
    let database = Database::new();
    let pooler = Pooler::before(&database);
    let patience = Duration::from_secs(10);
    let is_pooled = |url: &str| run(connector(url).is_pooled(patience)).unwrap();

    assert!(!is_pooled(&database.url()));
    assert!(is_pooled(pooler.url()));
    assert!(is_pooled(&format!("{}&pgbouncer=true", database.url())));
    // However many are lent in turn, and however few at a time.
    for many in 1..=4 {
        let size = format!("default_pool_size={many}");
        let pooler = Pooler::with(&database, &[&size, "server_round_robin=1"]);
        run(warm(pooler.url(), many));
        assert!(is_pooled(pooler.url()), "{many} in turn");
    }
}

/// Lets a pooler open so many connections.
async fn warm(url: &str, many: usize) {
    let mut held = Vec::new();
    for _ in 0..many {
        let connection = connector(url).connect().await.unwrap();
        connection.batch_execute("BEGIN; SELECT 1").await.unwrap();
        held.push(connection);
    }
    for connection in held {
        connection.batch_execute("COMMIT").await.unwrap();
    }
}

#[test]
fn a_connection_that_the_server_ended_is_over() {
    let database = Database::new();
    run(async {
        let connection = connector(&database.url()).connect().await.unwrap();
        database.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
        for _ in 0..200 {
            if connection.is_over() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("nobody noticed");
    });
}

#[test]
fn a_statement_can_be_stopped() {
    let database = Database::new();
    run(async {
        let connector = connector(&database.url());
        let connection = connector.connect().await.unwrap();
        let start = Instant::now();
        let (outcome, ()) = tokio::join!(connection.simple_query("SELECT pg_sleep(60)"), async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            connector.cancel(&connection).await;
        });
        assert_eq!(outcome.unwrap_err().code().unwrap().code(), "57014");
        assert!(start.elapsed() < Duration::from_secs(20));
    });
}
