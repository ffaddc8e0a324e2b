//! The projects of `groma generate fastapi`, held by the judges of Python and by ours: of each example one, made by the
//! built tool and tried as its owner would, on SQLite and on Postgres.

mod edits;
mod project;
mod revisions;

use std::path::Path;
use std::thread::ScopedJoinHandle;

use testkit::Postgres;

use super::{EXAMPLES, Notes, groma, live, outside};
use crate::run::{self, Outcome, failure};
use project::Project;
pub(super) use project::programs;

/// How much is tried.
struct Depth {
    /// Requests that both servers are sent.
    requests: u32,
    /// Random changes of tables that revisions are made of.
    changes: u32,
    /// Cases that Schemathesis makes up for each operation.
    cases: u32,
    /// On what `groma verify` runs.
    verified: &'static [Kind],
    /// On what both servers are compared.
    compared: &'static [Kind],
}

/// What a project keeps its rows in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Sqlite,
    Postgres,
}

/// What the gate has time for.
const GATE: Depth = Depth {
    requests: 600,
    changes: 3,
    cases: 10,
    verified: &[Kind::Sqlite],
    compared: &[Kind::Sqlite],
};

/// Everything.
const WHOLE: Depth = Depth {
    requests: 5000,
    changes: 100,
    cases: 60,
    verified: &[Kind::Sqlite, Kind::Postgres],
    compared: &[Kind::Sqlite, Kind::Postgres],
};

/// What the gate runs.
pub(super) fn run(notes: &mut Notes) -> Outcome {
    judge_all(&GATE, notes)
}

/// What shows that nothing is missing; it takes a quarter of an hour.
pub(super) fn whole(notes: &mut Notes) -> Outcome {
    judge_all(&WHOLE, notes)
}

fn judge_all(depth: &Depth, notes: &mut Notes) -> Outcome {
    outside::postgres()?;
    let groma = groma()?;
    let projects = EXAMPLES
        .iter()
        .map(|example| Project::generate(&groma, example, example.rsplit('/').next().unwrap_or(example)))
        .collect::<Outcome<Vec<Project>>>()?;
    let server = Postgres::start();
    let bench = Bench {
        groma: &groma,
        server: &server,
        depth,
    };
    // They share nothing, so they are judged side by side.
    let outcomes: Vec<Outcome<Notes>> = std::thread::scope(|scope| {
        let judges = projects
            .iter()
            .map(|project| scope.spawn(|| bench.judge(project)));
        let mut judges: Vec<_> = judges.collect();
        judges.push(scope.spawn(|| edits::survive(&groma).map(|()| Notes::new())));
        judges.push(
            scope.spawn(|| revisions::lead_there_and_back(&server, depth.changes).map(|said| vec![said])),
        );
        let ended = |judge: ScopedJoinHandle<'_, Outcome<Notes>>| {
            judge
                .join()
                .unwrap_or_else(|_| Err(failure("a judge ended early")))
        };
        judges.into_iter().map(ended).collect()
    });
    let names = projects.iter().map(|project| project.name.as_str());
    let mut failures = Vec::new();
    for (name, outcome) in names.chain(["edited", "revisions"]).zip(outcomes) {
        match outcome {
            Ok(lines) => notes.extend(lines.iter().map(|line| format!("fastapi, {name}: {line}"))),
            Err(why) => failures.push(format!("{name}: {why}")),
        }
    }
    if failures.is_empty() {
        Ok(())
    } else {
        Err(failure(failures.join("\n")))
    }
}

/// What every project is judged with.
struct Bench<'b> {
    groma: &'b Path,
    server: &'b Postgres,
    depth: &'b Depth,
}

impl Bench<'_> {
    /// Judges one project; gives what is to be read at the end.
    fn judge(&self, project: &Project) -> Outcome<Notes> {
        statically(project)?;
        for kind in [Kind::Sqlite, Kind::Postgres] {
            self.with(project, kind, "tests", |database| tests(project, database))?;
        }
        let mut notes = Notes::new();
        for kind in self.depth.verified {
            let lines = self.with(project, *kind, "served", |database| {
                self.served(project, database)
            })?;
            notes.extend(lines);
        }
        for kind in self.depth.compared {
            notes.push(self.compared(project, *kind)?);
        }
        Ok(notes)
    }

    /// A running project is judged from outside.
    fn served(&self, project: &Project, database: &str) -> Outcome<Notes> {
        project.migrate(database)?;
        let served = project.serve(self.groma, database)?;
        run::quietly(
            project
                .script("openapi.py")
                .arg(project.design.join("specs/api/openapi.json"))
                .arg(format!("{}/openapi.json", served.url)),
        )?;
        self.verify(project, &served.url, database)?;
        let notes = self.schemathesis(project, &served.url)?;
        served.stop()?;
        Ok(notes)
    }

    fn verify(&self, project: &Project, url: &str, database: &str) -> Outcome {
        let mut verify = run::in_root(self.groma);
        verify
            .args(["verify", url, "--max-time", "30m"])
            .arg(&project.design);
        // What an e-mail would carry is read from a file; with Postgres, what needs it stays untried.
        match database.strip_prefix("sqlite:///") {
            Some(file) => verify.args(["--database", file]),
            None => verify.arg("--allow-untried"),
        };
        run::quietly(&mut verify).map(drop)
    }

    /// The hooks of Schemathesis know the rows of one example.
    fn schemathesis(&self, project: &Project, url: &str) -> Outcome<Notes> {
        if project.name != "tasks" {
            return Ok(Notes::new());
        }
        let token = project.token(self.groma)?;
        let cases = self.depth.cases.to_string();
        live::schemathesis(
            &format!("{url}/openapi.json"),
            &token,
            &["--max-examples", &cases],
        )
    }

    /// Sends the same requests to the native server.
    fn compared(&self, project: &Project, kind: Kind) -> Outcome<String> {
        let mut differ = project.script("differ");
        differ.arg("--groma").arg(self.groma);
        differ.arg("--design").arg(&project.design);
        differ.arg("--project").arg(&project.folder);
        differ.args(["--count", &self.depth.requests.to_string()]);
        if kind == Kind::Postgres {
            differ.args(["--postgres", &self.server.url()]);
        }
        let said = run::quietly(&mut differ)?;
        Ok(said.lines().next_back().unwrap_or_default().to_owned())
    }

    /// Does something with an empty database of its own.
    fn with<T>(
        &self,
        project: &Project,
        kind: Kind,
        name: &str,
        work: impl FnOnce(&str) -> Outcome<T>,
    ) -> Outcome<T> {
        match kind {
            Kind::Sqlite => {
                let file = project.design.join(format!("{name}.db"));
                work(&format!("sqlite:///{}", file.display()))
            }
            Kind::Postgres => work(&self.server.database().url()),
        }
    }
}

/// What needs no database.
fn statically(project: &Project) -> Outcome {
    run::quietly(
        project
            .script("pins.py")
            .arg(project.folder.join("pyproject.toml")),
    )?;
    for words in [
        &["ruff", "check"][..],
        &["ruff", "format", "--check"],
        &["mypy", "--strict"],
    ] {
        run::quietly(&mut project.command(words))?;
    }
    Ok(())
}

/// Its own tests, and Alembic. Tests that would open what is in production find nothing there.
fn tests(project: &Project, database: &str) -> Outcome {
    project.migrate(database)?;
    run::quietly(
        project
            .command(&["alembic", "check"])
            .env("DATABASE_URL", database),
    )?;
    run::quietly(
        project
            .command(&["pytest", "-q", "-W", "error", "-p", "no:cacheprovider"])
            .env("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/production")
            .env("TEST_DATABASE_URL", database),
    )
    .map(drop)
}
