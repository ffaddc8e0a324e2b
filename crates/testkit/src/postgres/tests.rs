use super::{Database, Postgres, Stop};
use crate::pgbouncer::Pooler;

#[test]
fn each_database_is_empty_and_its_own() {
    let (one, other) = (Database::new(), Database::new());
    one.sql("CREATE TABLE notes (text text); INSERT INTO notes VALUES ('a'), ('B')");

    assert_ne!(one.name(), other.name());
    assert_eq!(
        other.sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"),
        "0"
    );
    // The order is a language's, not that of bytes.
    assert_eq!(one.sql("SELECT text FROM notes ORDER BY text"), "a\nB");
}

#[test]
fn a_database_goes_with_the_test() {
    let other = Database::new();
    let name = Database::new().name().to_owned();

    assert_eq!(
        other.sql(&format!(
            "SELECT count(*) FROM pg_database WHERE datname = '{name}'"
        )),
        "0"
    );
}

#[test]
fn a_server_is_stopped_and_comes_back_with_its_data() {
    let mut server = Postgres::start();
    let database = server.database();
    database.sql("CREATE TABLE notes (text text)");
    for number in 0..3 {
        database.sql(&format!("INSERT INTO notes VALUES ('{number}')"));
        match number {
            0 => server.stop(Stop::Fast),
            1 => server.stop(Stop::Immediate),
            _ => server.kill(),
        }
        server.start_again();
    }

    assert_eq!(database.sql("SELECT count(*) FROM notes"), "3");
}

#[test]
fn a_server_does_not_outlive_its_test() {
    let server = Postgres::start();
    let (port, data) = (server.database().port(), server.data());
    drop(server);

    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
    assert!(!data.exists());
}

#[test]
fn a_pooler_shares_connections_between_its_clients() {
    let database = Database::new();
    let pooler = Pooler::with(&database, &["default_pool_size=1"]);
    let through = |text: &str| {
        let mut address = database.address.clone();
        address.port = pooler.port();
        address.sql(database.name(), text)
    };

    let first = through("SELECT pg_backend_pid()");
    assert_eq!(through("SELECT pg_backend_pid()"), first);
    assert_ne!(database.sql("SELECT pg_backend_pid()"), first);
}
