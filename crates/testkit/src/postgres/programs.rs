//! The programs of a Postgres installation, and as whom they run.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where Debian keeps the programs, a folder for each version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// The folder that holds `postgres` and `initdb`: of `PATH`, or the newest of Debian's.
#[expect(
    clippy::panic,
    reason = "tests fail where there is no Postgres: they are never skipped"
)]
pub(super) fn folder() -> PathBuf {
    let has_all = |folder: &PathBuf| {
        ["postgres", "initdb", "psql"]
            .iter()
            .all(|name| folder.join(name).is_file())
    };
    on_path()
        .into_iter()
        .chain(debian())
        .find(has_all)
        .unwrap_or_else(|| panic!("Postgres is not installed, and this test needs it: {INSTALL}"))
}

/// The program of the pooler.
#[expect(
    clippy::panic,
    reason = "tests fail where there is no PgBouncer: they are never skipped"
)]
pub(crate) fn pgbouncer() -> PathBuf {
    let places = on_path().into_iter().chain([PathBuf::from("/usr/sbin")]);
    places
        .map(|folder| folder.join("pgbouncer"))
        .find(|program| program.is_file())
        .unwrap_or_else(|| panic!("PgBouncer is not installed, and this test needs it: {INSTALL}"))
}

/// What to do where something is missing.
const INSTALL: &str = "apt-get install postgresql pgbouncer";

fn on_path() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).collect()
}

/// The newest version first.
fn debian() -> Vec<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir(DEBIAN)
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    versions.sort();
    versions.into_iter().rev().map(|(_, folder)| folder).collect()
}

/// Who runs the servers: neither Postgres nor `PgBouncer` runs as root.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Runner {
    /// Whoever runs the tests.
    Myself,
    /// The user that Debian makes for it.
    Postgres {
        /// Its number.
        user: u32,
        /// The number of its group.
        group: u32,
    },
}

impl Runner {
    /// The user `postgres` for root, and otherwise whoever asks.
    pub(crate) fn of_this_process() -> Self {
        if number(&["-u"]) == 0 {
            Self::Postgres {
                user: number(&["-u", "postgres"]),
                group: number(&["-g", "postgres"]),
            }
        } else {
            Self::Myself
        }
    }

    /// The words before a program that it runs.
    pub(crate) fn prefix(self) -> Vec<String> {
        match self {
            Self::Myself => Vec::new(),
            Self::Postgres { user, group } => vec![
                "setpriv".to_owned(),
                format!("--reuid={user}"),
                format!("--regid={group}"),
                "--init-groups".to_owned(),
            ],
        }
    }

    /// A program that it runs.
    pub(crate) fn command(self, program: &Path) -> Command {
        let mut words = self.prefix();
        words.push(program.to_string_lossy().into_owned());
        let mut command = Command::new(words.remove(0));
        command.args(words).stdin(Stdio::null());
        // Its files are its own, and it may not be allowed to look at ours.
        command.current_dir("/");
        command
    }

    /// Makes a folder or a file its own.
    pub(crate) fn own(self, path: &Path) {
        if let Self::Postgres { user, group } = self {
            let done = std::os::unix::fs::chown(path, Some(user), Some(group));
            super::must(&format!("give `{}` to the user `postgres`", path.display()), done);
        }
    }
}

/// A number that `id` tells.
#[expect(
    clippy::panic,
    reason = "a test without the user that it needs has no other way out"
)]
fn number(words: &[&str]) -> u32 {
    let said = super::must("run `id`", Command::new("id").args(words).output());
    let text = String::from_utf8_lossy(&said.stdout);
    text.trim()
        .parse()
        .unwrap_or_else(|_| panic!("there is no user `postgres`, which runs Postgres for root: {INSTALL}"))
}
