//! A generated project on disk, as its owner has it: the design beside it, `.env` from `.env.example`, and the programs of
//! a Python environment with pinned versions.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::depth::Services;
use crate::run::{self, Outcome, failure};
use crate::test::{live, outside};

/// The versions that the projects are judged with.
const PINNED: &str = "xtask/outside/fastapi/requirements.txt";
/// What the user of an example is, where it takes a role to make rows and to bring them into every state.
const ROLES: [(&str, &str); 2] = [("examples/blog", "writer"), ("examples/blog", "editor")];
/// How long a server may take to start on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// The folder of the programs that projects are judged with: the environment is made when it is missing.
pub(in crate::test) fn programs() -> Outcome<PathBuf> {
    let python = outside::python_program(PINNED, "fastapi-venv", "python")?;
    Ok(python.parent().unwrap_or(&python).to_owned())
}

/// A generated project, and the copy of the design that it was made from.
#[derive(Debug)]
pub(super) struct Project {
    /// What it is called in messages.
    pub(super) name: String,
    /// The folder that holds `specs`.
    pub(super) design: PathBuf,
    /// The folder that holds `app`.
    pub(super) folder: PathBuf,
    example: String,
    programs: PathBuf,
}

impl Project {
    /// Copies a design and generates its project, as a user does.
    pub(super) fn generate(groma: &Path, example: &str, name: &str, services: Services) -> Outcome<Self> {
        let design = live::fresh_copy(example, &format!("fastapi/{name}"))?;
        let project = Self {
            folder: design.join("backend"),
            example: example.to_owned(),
            programs: programs()?,
            name: name.to_owned(),
            design,
        };
        run::quietly(run::in_root(groma).arg("spec").arg(&project.design))?;
        match services {
            Services::Sync => project.generate_with(groma, &[])?,
            Services::Async => project.generate_with(groma, &["--async"])?,
        }
        let example = run::read(&project.folder.join(".env.example"))?;
        outside::write(&project.folder.join(".env"), &example)?;
        Ok(project)
    }

    /// Generates it once more, on what is there.
    pub(super) fn generate_again(&self, groma: &Path) -> Outcome {
        self.generate_with(groma, &[])
    }

    fn generate_with(&self, groma: &Path, more: &[&str]) -> Outcome {
        run::quietly(
            run::in_root(groma)
                .args(["generate", "fastapi", "backend"])
                .args(more)
                .current_dir(&self.design),
        )
        .map(drop)
    }

    /// A program of the environment, run in the project.
    pub(super) fn command(&self, words: &[&str]) -> Command {
        let (program, rest) = words.split_first().unwrap_or((&"python", &[]));
        let mut command = run::in_root(self.programs.join(program));
        command.args(rest).current_dir(&self.folder);
        // What it finds is its own environment and `.env`, not what the gate runs in.
        for name in ["DATABASE_URL", "TEST_DATABASE_URL", "BETTER_AUTH_URL"] {
            command.env_remove(name);
        }
        command
    }

    /// A script of this repository, run by the Python of the environment.
    pub(super) fn script(&self, name: &str) -> Command {
        let mut command = run::in_root(self.programs.join("python"));
        command.arg(Path::new("xtask/outside/fastapi").join(name));
        command
    }

    /// Brings the tables of a database up to date.
    pub(super) fn migrate(&self, database: &str) -> Outcome {
        run::quietly(
            self.command(&["alembic", "upgrade", "head"])
                .env("DATABASE_URL", database),
        )
        .map(drop)
    }

    /// Starts the project on a migrated database; it trusts the development key of the design.
    pub(super) fn serve(&self, groma: &Path, database: &str) -> Outcome<Served> {
        // Where nobody is asked for a token there is no key to make.
        if self.asks_who_calls()? {
            self.token(groma)?;
        }
        let log = self.design.join("server.log");
        let file = std::fs::File::create(&log)
            .map_err(|error| failure(format!("cannot make `{}`: {error}", log.display())))?;
        let mut command = self.command(&["uvicorn", "app.asgi:app", "--port", "0", "--no-server-header"]);
        command
            .arg("--no-access-log")
            .env("DATABASE_URL", database)
            .env("BETTER_AUTH_URL", "groma-development")
            .env("AUTH_JWKS_FILE", self.design.join(".groma/dev-jwks.json"))
            .env("RATE_LIMIT", "off")
            .stdout(Stdio::null())
            .stderr(file);
        let child = command
            .spawn()
            .map_err(|error| failure(format!("cannot start the project: {error}")))?;
        Served::of(child, log)
    }

    /// Whether the design knows callers.
    fn asks_who_calls(&self) -> Outcome<bool> {
        let document = self.design.join("specs/api/openapi.json");
        std::fs::read_to_string(&document)
            .map(|text| text.contains("\"securitySchemes\""))
            .map_err(|error| failure(format!("cannot read `{}`: {error}", document.display())))
    }

    /// A token of one of the design's users, by the development key, which is made if it is not there.
    pub(super) fn token(&self, groma: &Path) -> Outcome<String> {
        let mut token = run::in_root(groma);
        token.args(["token", "--sub", "alice"]).arg(&self.design);
        for (example, role) in ROLES {
            if self.example == example {
                token.args(["--role", role]);
            }
        }
        run::output(&mut token)
    }
}

/// A running project; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Served {
    child: Child,
    /// What it says.
    log: PathBuf,
    /// Where it listens: `http://127.0.0.1:41234`.
    pub(super) url: String,
}

impl Served {
    fn of(child: Child, log: PathBuf) -> Outcome<Self> {
        let mut served = Self {
            child,
            log,
            url: String::new(),
        };
        let start = Instant::now();
        while start.elapsed() < PATIENCE && matches!(served.child.try_wait(), Ok(None)) {
            if let Some(url) = served
                .said()
                .split_whitespace()
                .find(|word| word.starts_with("http://"))
            {
                url.clone_into(&mut served.url);
                return Ok(served);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Err(failure(format!(
            "the project did not start; it said: {}",
            served.said()
        )))
    }

    /// Ends it in order; nothing may have gone wrong in it that it did not expect.
    pub(super) fn stop(mut self) -> Outcome {
        run::quietly(run::in_root("kill").args(["-TERM", &self.child.id().to_string()]))?;
        let _ = self.child.wait();
        let said = self.said();
        match said.find("Traceback") {
            Some(at) => Err(failure(format!(
                "the project met what it did not expect: {}",
                said.get(at..).unwrap_or_default()
            ))),
            None => Ok(()),
        }
    }

    fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // Already gone after `stop`; after a failure it must not stay behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
