//! Measurements in a release build. Figures are printed, not judged: machines differ.

mod access;
mod check;
mod list;
mod migrate;
mod postgres;
mod serve;

use crate::run::{self, Outcome, failure};

/// One measurement.
struct Bench {
    name: &'static str,
    about: &'static str,
    run: fn(usize) -> Outcome,
}

const BENCHES: [Bench; 6] = [
    Bench {
        name: "access",
        about: "`groma check` on 100 entities whose rules ask each other, and on each example",
        run: |_| access::run(),
    },
    Bench {
        name: "check",
        about: "`groma check` on a generated design of 1,000 entities",
        run: |_| check::run(),
    },
    Bench {
        name: "list",
        about: "pages of a list that five rules open, at 10 thousand, 1 million and 10 million rows (`--rows n`: no more)",
        run: list::run,
    },
    Bench {
        name: "migrate",
        about: "what 1,000 tables of Postgres hold, how they differ and what is dangerous about it, beside Alembic",
        run: |_| migrate::run(),
    },
    Bench {
        name: "postgres",
        about: "get, list, create and update on Postgres, beside axum + tokio-postgres by hand and FastAPI + SQLModel",
        run: |_| postgres::run(),
    },
    Bench {
        name: "serve",
        about: "one task and a page of 20 on SQLite, beside a hand-written axum + rusqlite server",
        run: |_| serve::run(),
    },
];

/// Runs the measurements that were asked for, all of them unless told otherwise.
pub(crate) fn run(words: &[&str]) -> Outcome {
    if words == ["--list"] {
        for bench in &BENCHES {
            println!("{:<10} {}", bench.name, bench.about);
        }
        return Ok(());
    }
    let (words, most) = bounded(words)?;
    if let Some(unknown) = words
        .iter()
        .find(|word| !BENCHES.iter().any(|bench| bench.name == **word))
    {
        return Err(failure(format!(
            "no measurement `{unknown}`; `cargo xtask bench --list` names them"
        )));
    }
    run::run(run::cargo().args(["build", "--release", "--locked", "--package", "groma"]))?;
    for bench in BENCHES
        .iter()
        .filter(|bench| words.is_empty() || words.contains(&bench.name))
    {
        println!("\n{}: {}", bench.name, bench.about);
        (bench.run)(most)?;
    }
    Ok(())
}

/// The names, and how many rows there may be at most.
fn bounded<'w>(words: &[&'w str]) -> Outcome<(Vec<&'w str>, usize)> {
    let Some(at) = words.iter().position(|word| *word == "--rows") else {
        return Ok((words.to_vec(), usize::MAX));
    };
    let most = words.get(at + 1).and_then(|count| count.parse().ok());
    let most = most
        .filter(|most| *most >= list::FEWEST)
        .ok_or_else(|| failure(format!("`--rows` takes a number, {} or more", list::FEWEST)))?;
    let names = words
        .iter()
        .enumerate()
        .filter(|(index, _)| ![at, at + 1].contains(index));
    Ok((names.map(|(_, word)| *word).collect(), most))
}
