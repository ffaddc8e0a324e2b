//! `PgBouncer` for tests: a pooler in transaction mode before a database, as hosts of Postgres put one before theirs.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::Folder;
use crate::postgres::{Database, Guard, PASSWORD, Runner, USER, free_port, pgbouncer};

/// How long it may take to start on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running pooler; it ends when this is dropped.
#[derive(Debug)]
pub struct Pooler {
    url: String,
    port: u16,
    _server: Guard,
    _folder: Folder,
}

impl Pooler {
    /// Starts one before a database. Few connections lie behind it, so that whoever uses it gets now one, now another.
    pub fn before(database: &Database) -> Self {
        Self::with(database, &["default_pool_size=3"])
    }

    /// Starts one with these settings, `name=value`.
    pub fn with(database: &Database, settings: &[&str]) -> Self {
        let (folder, runner, port) = (Folder::new(), Runner::of_this_process(), free_port());
        folder.write("users", &format!("\"{USER}\" \"{PASSWORD}\"\n"));
        folder.write(
            "pgbouncer.ini",
            &configuration(database, folder.path(), port, settings),
        );
        for path in ["", "users", "pgbouncer.ini"] {
            runner.own(&folder.path().join(path));
        }
        let mut words = runner.prefix();
        words.push(pgbouncer().to_string_lossy().into_owned());
        words.push(folder.path().join("pgbouncer.ini").to_string_lossy().into_owned());
        let log = folder.path().join("log");
        // An interrupt would wait until everybody has gone.
        let server = Guard::start(&words, "TERM", &log);
        let start = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            let said = std::fs::read_to_string(&log).unwrap_or_default();
            assert!(start.elapsed() < PATIENCE, "PgBouncer does not start: {said}");
            std::thread::sleep(Duration::from_millis(10));
        }
        Self {
            url: database.url_at(port),
            port,
            _server: server,
            _folder: folder,
        }
    }

    /// What `DATABASE_URL` says.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }
}

fn configuration(database: &Database, folder: &Path, port: u16, settings: &[&str]) -> String {
    let mut text = format!(
        "[databases]\n{name} = host=127.0.0.1 port={} dbname={name}\n\n[pgbouncer]\n\
         listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
         auth_type = scram-sha-256\nauth_file = {}\npool_mode = transaction\nmax_client_conn = 500\n",
        database.port(),
        folder.join("users").display(),
        name = database.name(),
    );
    for setting in settings {
        let _ = writeln!(text, "{setting}");
    }
    text
}
