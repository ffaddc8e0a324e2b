//! What the gate runs, as steps with names and times. Every step runs, also after one has failed.

mod better_auth;
mod fastapi;
mod live;
mod mermaid;
pub(crate) mod outside;
mod planted;

use std::time::{Duration, Instant};

use crate::run::{self, Outcome, failure};
use crate::{fuzz, tidy};

/// One step of the gate.
struct Step {
    name: &'static str,
    about: &'static str,
    when: When,
    run: fn(&mut Notes) -> Outcome,
}

/// Which runs a step is in, if no step is named.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum When {
    /// All.
    Always,
    /// All but those with `--fast`.
    Whole,
    /// None.
    Named,
}

/// Lines that a step wants to be read again at the very end.
type Notes = Vec<String>;

const STEPS: [Step; 14] = [
    Step {
        name: "fmt",
        about: "the Rust code is formatted",
        when: When::Always,
        run: |_| fmt(),
    },
    Step {
        name: "tidy",
        about: "arrows, lengths, lints, paths",
        when: When::Always,
        run: |_| tidy::run(),
    },
    Step {
        name: "clippy",
        about: "no warning, tests included",
        when: When::Always,
        run: |_| clippy(),
    },
    Step {
        name: "unit",
        about: "every test of the workspace",
        when: When::Always,
        run: unit,
    },
    Step {
        name: "examples",
        about: "formatted, checked, specification up to date",
        when: When::Always,
        run: |_| examples(),
    },
    Step {
        name: "openapi",
        about: "validated by an independent validator",
        when: When::Whole,
        run: |_| outside::openapi(),
    },
    Step {
        name: "mermaid",
        about: "every diagram is drawn by Mermaid itself",
        when: When::Whole,
        run: |_| mermaid::run(),
    },
    Step {
        name: "live",
        about: "`groma verify` and Schemathesis on a running server",
        when: When::Whole,
        run: live::run,
    },
    Step {
        name: "better-auth",
        about: "tokens of a real Better Auth, five algorithms, at the native server and a FastAPI project",
        when: When::Whole,
        run: |_| better_auth::run(),
    },
    Step {
        name: "fastapi",
        about: "generated FastAPI projects before the judges of Python, `groma verify` and the native server",
        when: When::Whole,
        run: fastapi::run,
    },
    Step {
        name: "fastapi-whole",
        about: "the same with all requests, and on Postgres too (only when it is named)",
        when: When::Named,
        run: fastapi::whole,
    },
    Step {
        name: "planted",
        about: "bugs planted in the server are found",
        when: When::Whole,
        run: planted::run,
    },
    Step {
        name: "mutants",
        about: "rules that a server reads wrong are found (only when it is named)",
        when: When::Named,
        run: planted::mutants,
    },
    Step {
        name: "fuzz",
        about: "every fuzz target for a minute",
        when: When::Whole,
        run: |_| fuzz::run(&[]),
    },
];

/// The examples whose specifications the gate holds up to date.
pub(crate) const EXAMPLES: [&str; 3] = ["examples/tasks", "examples/blog", "examples/team"];

/// Runs the steps that were asked for, all of them unless told otherwise.
pub(crate) fn run(words: &[&str]) -> Outcome {
    if words == ["--list"] {
        for step in &STEPS {
            println!(
                "{:<13} {}{}",
                step.name,
                step.about,
                match step.when {
                    When::Always | When::Named => "",
                    When::Whole => " (not with --fast)",
                }
            );
        }
        return Ok(());
    }
    let chosen = choose(words)?;
    let mut notes = Notes::new();
    let outcomes: Vec<(&Step, Outcome, Duration)> =
        chosen.into_iter().map(|step| timed(step, &mut notes)).collect();
    report(&outcomes, &notes)
}

fn choose(words: &[&str]) -> Outcome<Vec<&'static Step>> {
    let fast = words.contains(&"--fast");
    let names: Vec<&str> = words.iter().copied().filter(|word| *word != "--fast").collect();
    for name in &names {
        if !STEPS.iter().any(|step| step.name == *name) {
            return Err(failure(format!(
                "no step `{name}`; `cargo xtask test --list` names them"
            )));
        }
    }
    let is_chosen = |step: &&Step| {
        if names.is_empty() {
            step.when == When::Always || (step.when == When::Whole && !fast)
        } else {
            names.contains(&step.name)
        }
    };
    Ok(STEPS.iter().filter(is_chosen).collect())
}

fn timed<'s>(step: &'s Step, notes: &mut Notes) -> (&'s Step, Outcome, Duration) {
    eprintln!("\n== {}: {}", step.name, step.about);
    let start = Instant::now();
    let outcome = (step.run)(notes);
    if let Err(failure) = &outcome {
        eprintln!("!! {}: {failure}", step.name);
    }
    (step, outcome, start.elapsed())
}

fn report(outcomes: &[(&Step, Outcome, Duration)], notes: &Notes) -> Outcome {
    eprintln!("\n== summary");
    for (step, outcome, took) in outcomes {
        let word = if outcome.is_ok() { "ok" } else { "FAILED" };
        eprintln!("{:<13} {word:<7} {:>7.1} s", step.name, took.as_secs_f64());
    }
    for note in notes {
        eprintln!("{note}");
    }
    let failed: Vec<&str> = outcomes
        .iter()
        .filter(|(_, outcome, _)| outcome.is_err())
        .map(|(step, ..)| step.name)
        .collect();
    if failed.is_empty() {
        Ok(())
    } else {
        Err(failure(format!("failed: {}", failed.join(", "))))
    }
}

fn fmt() -> Outcome {
    run::run(run::cargo().args(["fmt", "--all", "--check"]))
}

fn clippy() -> Outcome {
    run::run(run::cargo().args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--locked",
        "--",
        "-D",
        "warnings",
    ]))
}

/// nextest where it is installed, the plain runner elsewhere: the tests are the same. They start servers of their own.
fn unit(notes: &mut Notes) -> Outcome {
    outside::postgres()?;
    let mut command = run::cargo();
    if run::is_installed("cargo-nextest") {
        command.args([
            "nextest",
            "run",
            "--workspace",
            "--locked",
            "--no-fail-fast",
            "--status-level",
            "fail",
        ]);
    } else {
        command.args(["test", "--workspace", "--locked", "--no-fail-fast"]);
    }
    let (outcome, lines) = run::run_and_keep(&mut command, is_summary);
    notes.extend(lines);
    outcome
}

fn is_summary(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("Summary [") || line.starts_with("test result:")
}

fn examples() -> Outcome {
    let groma = groma()?;
    for example in EXAMPLES {
        run::run(run::in_root(&groma).args(["fmt", "--check", example]))?;
        run::run(run::in_root(&groma).args(["check", "--deny-warnings", example]))?;
        run::run(run::in_root(&groma).args(["spec", "--check", example]))?;
    }
    Ok(())
}

/// The command line tool, built.
fn groma() -> Outcome<std::path::PathBuf> {
    run::run(run::cargo().args(["build", "--locked", "--package", "groma"]))?;
    Ok(run::groma_binary())
}
