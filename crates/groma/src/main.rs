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

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How a command ended that did what it was asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Exit {
    /// Nothing to complain about.
    Fine,
    /// There are findings.
    Findings,
}

impl Exit {
    /// Findings, if there are any.
    fn when(has_findings: bool) -> Exit {
        if has_findings { Exit::Findings } else { Exit::Fine }
    }
}

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    match commands::run(cli.command) {
        Ok(Exit::Fine) => ExitCode::SUCCESS,
        Ok(Exit::Findings) => ExitCode::from(1),
        Err(failure) => {
            world::say(&failure.report(world::stderr_style()));
            ExitCode::from(2)
        }
    }
}
