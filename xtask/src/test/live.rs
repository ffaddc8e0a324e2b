//! A server of the example, started as a user would, and judged while it runs.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use super::{Notes, groma, outside};
use crate::run::{self, Outcome, failure};

/// `groma verify` is clean, then Schemathesis finds nothing, then the server stops gracefully.
pub(super) fn run(notes: &mut Notes) -> Outcome {
    let groma = groma()?;
    let mut server = Server::start(&groma, "live")?;
    verify(&groma, &server)?;
    let token = server.token(&groma)?;
    notes.splice(
        0..0,
        schemathesis(&format!("{}/openapi.json", server.url), &token, &[])?,
    );
    server.stop()
}

/// A running server of a copy of a design, with a database of its own.
pub(super) struct Server {
    child: Child,
    /// The copy.
    pub(super) project: PathBuf,
    /// Where it listens: `http://127.0.0.1:41234`.
    pub(super) url: String,
}

impl Server {
    /// Starts the server of the example on a free port.
    pub(super) fn start(groma: &Path, name: &str) -> Outcome<Server> {
        Self::of(groma, "examples/tasks", name)
    }

    /// Starts the server of a design.
    pub(super) fn of(groma: &Path, design: &str, name: &str) -> Outcome<Server> {
        let project = fresh_copy(design, name)?;
        let mut command = run::in_root(groma);
        command.args(["serve", "--port", "0"]).arg(&project);
        // The judges ask more often than any person may.
        command
            .env("RATE_LIMIT", "off")
            .env("LOG", "warn")
            .stdout(Stdio::piped());
        let mut child = command
            .spawn()
            .map_err(|error| failure(format!("cannot start the server: {error}")))?;
        let first = child
            .stdout
            .take()
            .and_then(|out| BufReader::new(out).lines().next()?.ok());
        let url = first
            .as_deref()
            .and_then(|line| line.strip_prefix("listening on "))
            .map(str::to_owned);
        match url {
            Some(url) => Ok(Server { child, project, url }),
            None => Err(failure(format!(
                "the server did not start ({:?}); it said: {first:?}",
                child.wait()
            ))),
        }
    }

    /// A token of one of its users.
    fn token(&self, groma: &Path) -> Outcome<String> {
        run::output(
            run::in_root(groma)
                .args(["token", "--sub", "alice"])
                .arg(&self.project),
        )
    }

    /// Asks the server to stop, and expects it to say goodbye in order.
    pub(super) fn stop(&mut self) -> Outcome {
        run::run(run::in_root("kill").args(["-TERM", &self.child.id().to_string()]))?;
        match self.child.wait() {
            Ok(status) if status.success() => Ok(()),
            other => Err(failure(format!("the server did not stop gracefully: {other:?}"))),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already gone after `stop`; after a failure it must not stay behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The design without anything that an earlier run left in it.
pub(super) fn fresh_copy(design: &str, name: &str) -> Outcome<PathBuf> {
    let project = run::target().join("outside").join(name);
    if project.exists() {
        std::fs::remove_dir_all(&project)
            .map_err(|error| failure(format!("cannot empty `{}`: {error}", project.display())))?;
    }
    copy(&run::root().join(design).join("specs"), &project.join("specs"))
        .map_err(|error| failure(format!("cannot copy `{design}`: {error}")))?;
    Ok(project)
}

/// Copies what a folder holds into another.
pub(super) fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

fn verify(groma: &Path, server: &Server) -> Outcome {
    run::run(
        run::in_root(groma)
            .args(["verify", &server.url])
            .arg(&server.project),
    )
}

/// Lets Schemathesis try a running service by its OpenAPI document, and gives how many cases there were.
pub(super) fn schemathesis(document: &str, token: &str, more: &[&str]) -> Outcome<Notes> {
    let tool = outside::python_tool("schemathesis")?;
    let mut judge = run::in_root(tool);
    judge.args([
        "--config-file",
        "xtask/outside/schemathesis.toml",
        "run",
        "--checks",
        "all",
        "--no-color",
    ]);
    judge.args(more).env("GROMA_TOKEN", token.trim()).arg(document);
    let said = run::quietly(&mut judge)?;
    let counted = said.lines().filter(|line| line.contains(" generated, "));
    Ok(counted
        .map(|line| format!("schemathesis: {}", line.trim()))
        .collect())
}
