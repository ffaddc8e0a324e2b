//! The projects of `groma generate fastapi`, held by the judges of Python and by ours: of each example one, made by the
//! built tool and tried as its owner would, on SQLite and on Postgres.

mod depth;
mod edits;
mod project;
mod revisions;

use std::path::Path;
use std::thread::ScopedJoinHandle;

use testkit::Postgres;

use super::{Notes, groma, live, outside};
use crate::run::{self, Outcome, failure};
use depth::{BOTH, Depth, GATE, Kind, Trial, WHOLE};
use project::Project;
pub(super) use project::programs;

/// What the gate runs.
pub(super) fn run(notes: &mut Notes) -> Outcome {
    judge_all(&GATE, notes)
}

/// What shows that nothing is missing; it takes twenty minutes on two cores.
pub(super) fn whole(notes: &mut Notes) -> Outcome {
    judge_all(&WHOLE, notes)
}

fn judge_all(depth: &Depth, notes: &mut Notes) -> Outcome {
    outside::postgres()?;
    let groma = groma()?;
    let projects = depth
        .trials
        .iter()
        .map(|trial| Project::generate(&groma, trial.example, &trial.name(), trial.services))
        .collect::<Outcome<Vec<Project>>>()?;
    // Made once, before several want it at once.
    outside::python_tool("schemathesis")?;
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
            .zip(depth.trials)
            .map(|(project, trial)| scope.spawn(|| bench.judge(project, trial)));
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
    fn judge(&self, project: &Project, trial: &Trial) -> Outcome<Notes> {
        statically(project)?;
        for kind in BOTH {
            self.with(project, *kind, "tests", |database| tests(project, database))?;
        }
        self.with(project, Kind::Sqlite, "document", |database| {
            self.document(project, database)
        })?;
        let mut notes = Notes::new();
        for kind in trial.served {
            let lines = self.with(project, *kind, "served", |database| {
                self.served(project, database, trial.served.first() == Some(kind))
            })?;
            notes.extend(lines);
        }
        for kind in trial.compared {
            notes.push(self.compared(project, *kind)?);
        }
        Ok(notes)
    }

    /// What a running project tells of itself is what the specification says.
    fn document(&self, project: &Project, database: &str) -> Outcome {
        let served = project.serve(self.groma, database)?;
        run::quietly(
            project
                .script("openapi.py")
                .arg(project.design.join("specs/api/openapi.json"))
                .arg(format!("{}/openapi.json", served.url)),
        )?;
        served.stop()
    }

    /// A running project is judged from outside.
    fn served(&self, project: &Project, database: &str, with_made_up: bool) -> Outcome<Notes> {
        project.migrate(database)?;
        let served = project.serve(self.groma, database)?;
        self.verify(project, &served.url, database)?;
        let notes = if with_made_up {
            self.schemathesis(project, &served.url)?
        } else {
            Notes::new()
        };
        served.stop()?;
        Ok(notes)
    }

    /// What an e-mail would carry is read from the database.
    fn verify(&self, project: &Project, url: &str, database: &str) -> Outcome {
        let mut verify = run::in_root(self.groma);
        verify
            .args(["verify", url, "--max-time", "30m", "--database"])
            .arg(database.trim_start_matches("sqlite:///"))
            .arg(&project.design);
        run::quietly(&mut verify).map(drop)
    }

    fn schemathesis(&self, project: &Project, url: &str) -> Outcome<Notes> {
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
