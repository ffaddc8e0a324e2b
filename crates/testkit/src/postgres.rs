//! A Postgres server for one test, on this machine alone.
//!
//! `initdb` runs once for a version and a folder of temporary files; each server starts on a copy of what it made. The
//! server ends when its test does, however that ends. Tests that need one fail where Postgres is not installed.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Folder;

/// Where systems put the programs of a server; those on the `PATH` come first.
const PLACES: [&str; 3] = ["/usr/lib/postgresql", "/usr/pgsql", "/opt/homebrew/opt"];
const START: Duration = Duration::from_mins(1);

/// A running server with an empty database.
#[derive(Debug)]
pub struct Postgres {
    process: Child,
    port: u16,
    folder: Folder,
    programs: PathBuf,
}

impl Postgres {
    /// Starts a server of this test's own.
    pub fn start() -> Postgres {
        Postgres::with(&[])
    }

    /// The same, with settings: `("max_connections", "20")`.
    pub fn with(settings: &[(&str, &str)]) -> Postgres {
        let programs = programs();
        let folder = Folder::new();
        copy(&template(&programs), &folder.path().join("data"));
        let port = free_port();
        let process = spawn(&programs, folder.path(), port, settings);
        let mut server = Postgres {
            process,
            port,
            folder,
            programs,
        };
        server.wait();
        server
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The address of its database `postgres`, for the superuser, without a password or TLS.
    pub fn url(&self) -> String {
        self.url_of("postgres")
    }

    /// The address of another of its databases.
    pub fn url_of(&self, database: &str) -> String {
        format!(
            "postgres://postgres@127.0.0.1:{}/{database}?sslmode=disable",
            self.port
        )
    }

    /// Runs statements through `psql`, and gives what it prints, unaligned and without headers.
    pub fn psql(&self, statements: &str) -> String {
        let port = self.port.to_string();
        let output = Command::new(self.programs.join("psql"))
            .args(["-h", "127.0.0.1", "-p", &port, "-U", "postgres", "-d", "postgres"])
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", statements])
            .output();
        let output = done("run psql", output);
        assert!(
            output.status.success(),
            "psql refused: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    /// Stops it as a crash does, and starts it anew on the same port and data.
    pub fn restart(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        // A killed postmaster leaves its children for a moment, and they hold the data folder.
        let until = Instant::now() + START;
        loop {
            self.process = spawn(&self.programs, self.folder.path(), self.port, &[]);
            if self.answers(until) {
                return;
            }
            assert!(
                Instant::now() < until,
                "the server does not start again: {}",
                self.log()
            );
        }
    }

    fn wait(&mut self) {
        let until = Instant::now() + START;
        assert!(self.answers(until), "the server does not start: {}", self.log());
    }

    /// Whether it takes connections before it ends or time is over.
    fn answers(&mut self, until: Instant) -> bool {
        while Instant::now() < until {
            if matches!(self.process.try_wait(), Ok(Some(_))) {
                return false;
            }
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() && self.is_ready() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        false
    }

    fn is_ready(&self) -> bool {
        let port = self.port.to_string();
        Command::new(self.programs.join("pg_isready"))
            .args(["-q", "-h", "127.0.0.1", "-p", &port])
            .status()
            .is_ok_and(|status| status.success())
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // An immediate shutdown: it takes its own children along, which a kill would leave behind.
        let quit = Command::new("kill")
            .args(["-QUIT", &self.process.id().to_string()])
            .status();
        if quit.is_err() {
            let _ = self.process.kill();
        }
        let _ = self.process.wait();
    }
}

/// A port that nobody listens on.
pub fn free_port() -> u16 {
    let listener = done("find a free port", TcpListener::bind(("127.0.0.1", 0)));
    done("find a free port", listener.local_addr()).port()
}

/// The folder of the server's programs, of the newest version that is installed.
fn programs() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places: Vec<PathBuf> = std::env::split_paths(&path).collect();
    for place in PLACES {
        let versions = fs::read_dir(place).into_iter().flatten().flatten();
        let mut versions: Vec<PathBuf> = versions.map(|entry| entry.path().join("bin")).collect();
        versions.sort();
        places.extend(versions.into_iter().rev());
    }
    // A link on the PATH leads to where the others are.
    let mut found = places
        .into_iter()
        .filter_map(|place| fs::canonicalize(place.join("initdb")).ok());
    let found = found
        .next()
        .and_then(|program| program.parent().map(Path::to_owned));
    let Some(found) = found else {
        unavailable("no `initdb` is on the PATH or in /usr/lib/postgresql: install Postgres to run this test")
    };
    found
}

/// Data that `initdb` made, once for all tests.
fn template(programs: &Path) -> PathBuf {
    let version = programs.parent().and_then(Path::file_name).unwrap_or_default();
    let name = format!("groma-test-postgres-{}", version.to_string_lossy());
    let template = std::env::temp_dir().join(name);
    if template.is_dir() {
        return template;
    }
    let folder = Folder::new();
    let made = folder.path().join("data");
    own(folder.path());
    let mut initdb = as_postgres(&programs.join("initdb"));
    initdb
        .arg("-D")
        .arg(&made)
        .args(["-U", "postgres", "-A", "trust", "-E", "UTF8"]);
    initdb.args(["--locale=C.UTF-8", "--no-sync"]);
    let output = done("run initdb", initdb.output());
    assert!(
        output.status.success(),
        "initdb fails: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    // Another test may have been faster; its data are as good.
    if fs::rename(&made, &template).is_err() {
        assert!(template.is_dir(), "`{}` cannot be made", template.display());
    }
    template
}

fn copy(from: &Path, to: &Path) {
    if let Some(folder) = to.parent() {
        own(folder);
    }
    let status = as_postgres(Path::new("cp")).arg("-a").arg(from).arg(to).status();
    assert!(
        done("copy the data of a server", status).success(),
        "`{}` cannot be copied",
        from.display()
    );
}

fn spawn(programs: &Path, folder: &Path, port: u16, settings: &[(&str, &str)]) -> Child {
    let log = done("make the log of a server", fs::File::create(folder.join("log")));
    let mut server = as_postgres(&programs.join("postgres"));
    server.arg("-D").arg(folder.join("data"));
    server.args(["-h", "127.0.0.1", "-p", &port.to_string(), "-k", ""]);
    // A test's data need not outlive the machine; that it outlives the server is not at stake.
    server.args(["-F", "-c", "full_page_writes=off", "-c", "shared_buffers=32MB"]);
    for (name, value) in settings {
        server.arg("-c").arg(format!("{name}={value}"));
    }
    done(
        "start a server",
        server
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn(),
    )
}

/// A program as a user that a server may run as, which root is not, and that ends with its test.
fn as_postgres(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args([
        "--reuid=postgres",
        "--regid=postgres",
        "--clear-groups",
        "--pdeathsig=QUIT",
    ]);
    command.arg(program).current_dir("/");
    command
}

fn own(folder: &Path) {
    if is_root() {
        let status = Command::new("chown").arg("postgres").arg(folder).status();
        assert!(
            done("give a folder to the server", status).success(),
            "there is no user `postgres`"
        );
    }
}

fn is_root() -> bool {
    let status = fs::File::open("/proc/self/status");
    let mut lines = status
        .into_iter()
        .flat_map(|file| BufReader::new(file).lines().map_while(Result::ok));
    lines.any(|line| line.starts_with("Uid:\t0\t"))
}

#[expect(clippy::panic, reason = "a test without its server has no other way out")]
fn unavailable(why: &str) -> ! {
    panic!("{why}")
}

fn done<T>(what: &str, outcome: std::io::Result<T>) -> T {
    match outcome {
        Ok(value) => value,
        Err(error) => unavailable(&format!("cannot {what}: {error}")),
    }
}

#[cfg(test)]
mod tests;
