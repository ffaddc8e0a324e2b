//! The command line: reads the words, does the one thing that they ask for, and says how it went.
//!
//! Exit codes: 0 all is well, 1 the design (or the service that was verified) has findings, 2 the words were
//! not understood or the world did not play along.

mod caller;
mod cli;
mod commands;
mod compile;
mod earlier;
mod failure;
mod lock;
mod open;
mod project;
mod serving;
mod words;
mod world;

use std::process::ExitCode;

use clap::Parser as _;

use failure::Failure;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How a command ended that did what it was asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Exit {
    /// Nothing to complain about.
    Fine,
    /// There are findings.
    Findings,
    /// It could not be done, and the document of the command says why.
    Failed,
}

impl Exit {
    /// Findings, if there are any.
    fn when(has_findings: bool) -> Exit {
        if has_findings { Exit::Findings } else { Exit::Fine }
    }
}

fn main() -> ExitCode {
    let is_json = world::is_json_asked_for();
    let cli = match cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if is_json && error.use_stderr() => {
            let said = error.to_string();
            let failure = Failure::usage(
                said.trim_start_matches("error: ").trim(),
                "`--help` lists what there is",
            );
            return failed(&failure, is_json);
        }
        Err(error) => error.exit(),
    };
    match commands::run(cli.command) {
        Ok(Exit::Fine) => ExitCode::SUCCESS,
        Ok(Exit::Findings) => ExitCode::from(1),
        Ok(Exit::Failed) => ExitCode::from(2),
        Err(failure) => failed(&failure, is_json),
    }
}

/// Says why something could not be done: to people, or to a program that asked for JSON.
fn failed(failure: &Failure, is_json: bool) -> ExitCode {
    if is_json {
        world::print(&failure.document());
    } else {
        world::say(&failure.report(world::stderr_style()));
    }
    ExitCode::from(2)
}
