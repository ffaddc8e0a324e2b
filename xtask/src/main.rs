//! Chores of this repository, the same on a desk and in the gate.
//!
//! Runs the ordinary tools and reads files. Knows no product crate, so that it builds in seconds.

mod bench;
mod bless;
mod fuzz;
mod run;
mod test;
mod tidy;

use std::process::ExitCode;

use run::Outcome;

const HELP: &str = "\
chores of this repository

usage: cargo xtask <chore> [options]

  test [--fast] [step..]   what the gate runs, step by step; installs what is missing (--list names the steps)
  tidy                     arrows between crates, lengths of files, lints opted in, paths of one machine
  bless [crate..]          writes goldens again: expected texts of tests, specs/api of the examples
  bench [name..] [--rows n] measurements in a release build (--list names them)
  fuzz [--seconds n]       every fuzz target for so long, 60 seconds unless told
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match chore(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn chore(words: &[&str]) -> Outcome {
    match words {
        ["test", rest @ ..] => test::run(rest),
        ["tidy"] => tidy::run(),
        ["bless", rest @ ..] => bless::run(rest),
        ["bench", rest @ ..] => bench::run(rest),
        ["fuzz", rest @ ..] => fuzz::run(rest),
        [] | ["help" | "--help" | "-h", ..] => {
            print!("{HELP}");
            Ok(())
        }
        [other, ..] => Err(run::failure(format!(
            "no chore `{other}`; `cargo xtask help` lists them"
        ))),
    }
}
