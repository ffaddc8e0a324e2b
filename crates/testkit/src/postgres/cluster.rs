//! A server of one test's own.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::guard::Guard;
use super::{Address, Data, Database, free_port};
use crate::Folder;

/// How long a server may take to start on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// How a server is stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stop {
    /// In order: who is connected is told so (`SIGINT`).
    Fast,
    /// At once, as after a fault of the server (`SIGQUIT`).
    Immediate,
}

/// A server that one test has for itself, with settings of its own. It can be stopped and started again.
#[derive(Debug)]
pub struct Postgres {
    folder: Folder,
    data: Data,
    settings: Vec<String>,
    address: Address,
    server: Option<Guard>,
}

impl Postgres {
    /// Starts a server.
    pub fn start() -> Self {
        Self::with(&[])
    }

    /// Starts a server with these settings, `("name", "value")`, beside those that all tests have.
    pub fn with(settings: &[(&str, &str)]) -> Self {
        let folder = Folder::new();
        let data = Data::make(&folder.path().join("data"));
        let address = Address {
            programs: data.programs.clone(),
            port: free_port(),
        };
        let settings = settings.iter().map(|(name, value)| format!("{name}={value}"));
        let mut server = Self {
            settings: settings.collect(),
            folder,
            data,
            address,
            server: None,
        };
        server.start_again();
        server
    }

    /// Starts it anew with these settings, beside those that it has.
    pub fn set(&mut self, settings: &[(&str, &str)]) {
        self.stop(Stop::Fast);
        let more = settings.iter().map(|(name, value)| format!("{name}={value}"));
        self.settings.extend(more);
        self.start_again();
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.address.port
    }

    /// The address of its database `postgres`.
    pub fn url(&self) -> String {
        self.url_of("postgres")
    }

    /// The address of one of its databases.
    pub fn url_of(&self, database: &str) -> String {
        self.address.url(database)
    }

    /// Runs statements in its database `postgres` and gives the rows as `psql -At` writes them.
    pub fn psql(&self, statements: &str) -> String {
        self.address.sql("postgres", statements)
    }

    /// Kills it and starts it anew on the same port and data.
    pub fn restart(&mut self) {
        self.kill();
        self.start_again();
    }

    /// Starts the server on the same port, with the same data, and returns when it answers.
    pub fn start_again(&mut self) {
        self.begin_again();
        let start = Instant::now();
        while !self.address.is_up() {
            let log = std::fs::read_to_string(self.log()).unwrap_or_default();
            assert!(start.elapsed() < PATIENCE, "Postgres does not start: {log}");
            std::thread::sleep(Duration::from_millis(20));
            // What one that was killed left behind has its memory for a moment still.
            if self.server.as_ref().is_some_and(Guard::is_over) {
                self.begin_again();
            }
        }
    }

    /// Starts the server and does not wait for it.
    pub fn begin_again(&mut self) {
        let settings: Vec<&str> = self.settings.iter().map(String::as_str).collect();
        let words = self.data.words(self.address.port, &settings);
        self.server = Some(Guard::start(&words, "INT", &self.log()));
    }

    /// Stops the server, and returns when it is gone.
    pub fn stop(&mut self, how: Stop) {
        if let Some(mut server) = self.server.take() {
            server.end_by(match how {
                Stop::Fast => "INT",
                Stop::Immediate => "QUIT",
            });
        }
    }

    /// Kills the server's first process, as if the machine had run out of memory: the others notice by themselves,
    /// some time later. Returns when they have.
    pub fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.end_by("KILL");
            let start = Instant::now();
            // The memory that they share is given back by the last of them.
            while self.is_listened_to() && start.elapsed() < PATIENCE {
                std::thread::sleep(Duration::from_millis(20));
            }
            let _ = std::fs::remove_file(self.data.folder.join("postmaster.pid"));
        }
    }

    /// An empty database of it. It must be dropped before the server is.
    pub fn database(&self) -> Database {
        Database::of(self.address.clone(), None)
    }

    /// The folder of its data, which also holds `pg_hba.conf`.
    pub fn data(&self) -> PathBuf {
        self.data.folder.clone()
    }

    /// Puts a file into the folder of its data, for the server alone to read: a key, a certificate.
    pub fn put(&self, name: &str, text: &str) -> PathBuf {
        let path = self.data.folder.join(name);
        super::must("write a file", std::fs::write(&path, text));
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        super::must("make a file private", std::fs::set_permissions(&path, private));
        self.data.runner.own(&path);
        path
    }

    /// What the server has said.
    pub fn said(&self) -> String {
        std::fs::read_to_string(self.log()).unwrap_or_default()
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    fn is_listened_to(&self) -> bool {
        std::net::TcpStream::connect(("127.0.0.1", self.address.port)).is_ok()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // The server goes first, then its data.
        self.stop(Stop::Immediate);
    }
}
