//! Postgres for tests: real servers on loopback, whose data and processes end with the tests.
//!
//! Most tests want [`Database::new`]: an empty database of a server that all tests of this machine share while any of
//! them runs. A test that stops its server, or wants other settings, has one of its own: [`Postgres::start`].
//!
//! Texts are sorted by an ICU collation there, as in no sensible design, so that a statement which leaves the order to
//! the database shows.

mod cluster;
mod guard;
mod programs;
mod shared;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

pub use cluster::{Postgres, Stop};
pub(crate) use guard::Guard;
pub(crate) use programs::{Runner, pgbouncer};

/// Who owns all databases of tests, and may do everything.
pub const USER: &str = "groma";
/// The password; it holds letters that a URL has to spell otherwise.
pub const PASSWORD: &str = "te/st:p@ss";
/// The password as it stands in a URL.
const PASSWORD_IN_URL: &str = "te%2Fst%3Ap%40ss";

/// Where a server is reached.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Address {
    /// The folder of `psql`.
    programs: PathBuf,
    /// The port on 127.0.0.1.
    pub port: u16,
}

/// An empty database of a test's own. It is dropped with this, whoever is still connected.
#[derive(Debug)]
pub struct Database {
    address: Address,
    name: String,
    /// What keeps the server running.
    _server: Option<Arc<std::fs::File>>,
}

impl Database {
    /// A new database of the server that all tests share; the first one starts it, which takes a second or two.
    #[expect(
        clippy::new_without_default,
        reason = "it starts processes, which a default should not"
    )]
    pub fn new() -> Self {
        let (address, lock) = shared::server();
        Self::of(address, Some(lock))
    }

    fn of(address: Address, server: Option<Arc<std::fs::File>>) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{}_{number}", std::process::id());
        address.sql(
            "postgres",
            &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
        );
        address.sql("postgres", &format!("CREATE DATABASE {name}"));
        Self {
            address,
            name,
            _server: server,
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.address.port
    }

    /// What `DATABASE_URL` says.
    pub fn url(&self) -> String {
        self.address.url(&self.name)
    }

    /// What `DATABASE_URL` says where something stands before the server, at another port.
    pub fn url_at(&self, port: u16) -> String {
        let there = Address {
            port,
            ..self.address.clone()
        };
        there.url(&self.name)
    }

    /// Runs SQL and gives the rows as `psql -At` writes them: a line each, `|` between the columns. A mistake in it
    /// ends the test.
    pub fn sql(&self, text: &str) -> String {
        self.address.sql(&self.name, text)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // The server may be stopped; what is left goes with its data.
        let _ = self
            .address
            .psql(
                "postgres",
                &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name),
            )
            .output();
    }
}

impl Address {
    /// What `DATABASE_URL` says.
    fn url(&self, database: &str) -> String {
        format!(
            "postgresql://{USER}:{PASSWORD_IN_URL}@127.0.0.1:{}/{database}?sslmode=disable",
            self.port
        )
    }

    #[expect(
        clippy::panic,
        reason = "a test whose database does not answer has no other way out"
    )]
    fn sql(&self, database: &str, text: &str) -> String {
        let said = must("start `psql`", self.psql(database, text).output());
        let errors = String::from_utf8_lossy(&said.stderr);
        assert!(said.status.success(), "{}", panic_text(text, &errors));
        match String::from_utf8(said.stdout) {
            Ok(rows) => rows.trim_end().to_owned(),
            Err(error) => panic!("`psql` wrote what is no text: {error}"),
        }
    }

    fn psql(&self, database: &str, text: &str) -> Command {
        let mut command = Command::new(self.programs.join("psql"));
        command.args(["-XAtq", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-U", USER]);
        command.args(["-p", &self.port.to_string(), "-d", database, "-c", text]);
        command.env("PGPASSWORD", PASSWORD).env("PGCONNECT_TIMEOUT", "10");
        command
    }

    fn is_up(&self) -> bool {
        self.psql("postgres", "SELECT 1")
            .output()
            .is_ok_and(|said| said.status.success())
    }
}

fn panic_text(sql: &str, errors: &str) -> String {
    format!("the database of the test refuses\n{sql}\n{errors}")
}

/// Where the data of a server lie, and the words that start it there.
#[derive(Debug)]
struct Data {
    programs: PathBuf,
    runner: Runner,
    folder: PathBuf,
}

impl Data {
    /// Makes the data of a new server in a folder that is not there yet.
    fn make(folder: &Path) -> Self {
        let (programs, runner) = (programs::folder(), Runner::of_this_process());
        must("make a folder", std::fs::create_dir(folder));
        let password = folder.with_extension("password");
        must("write a password", std::fs::write(&password, PASSWORD));
        runner.own(folder);
        runner.own(&password);
        let mut initdb = runner.command(&programs.join("initdb"));
        initdb.args([
            "--no-sync",
            "--encoding=UTF8",
            "--locale=C",
            "--auth=scram-sha-256",
        ]);
        initdb.args(["--locale-provider=icu", "--icu-locale=en-US", "--username", USER]);
        initdb.arg("--pwfile").arg(&password).arg("--pgdata").arg(folder);
        let said = must("start `initdb`", initdb.output());
        let errors = String::from_utf8_lossy(&said.stderr);
        assert!(said.status.success(), "`initdb` failed: {errors}");
        Self {
            programs,
            runner,
            folder: folder.to_owned(),
        }
    }

    /// The words that start the server, on a port of 127.0.0.1.
    fn words(&self, port: u16, settings: &[&str]) -> Vec<String> {
        let mut words = self.runner.prefix();
        words.push(self.programs.join("postgres").to_string_lossy().into_owned());
        words.extend(["-D".to_owned(), self.folder.to_string_lossy().into_owned()]);
        let port = format!("port={port}");
        let own = [
            port.as_str(),
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "max_connections=300",
            "shared_buffers=32MB",
            "fsync=off",
            "log_min_messages=warning",
        ];
        for setting in own.iter().chain(settings) {
            words.extend(["-c".to_owned(), (*setting).to_owned()]);
        }
        words
    }
}

/// A port of 127.0.0.1 that nobody listens on. Somebody else may take it before we do.
pub fn free_port() -> u16 {
    let listener = must("find a free port", std::net::TcpListener::bind(("127.0.0.1", 0)));
    must("find a free port", listener.local_addr()).port()
}

/// What came of something that a test cannot do without.
#[expect(clippy::panic, reason = "a test that cannot be set up has no other way out")]
pub(crate) fn must<T>(what: &str, outcome: std::io::Result<T>) -> T {
    match outcome {
        Ok(value) => value,
        Err(error) => panic!("cannot {what}: {error}"),
    }
}
