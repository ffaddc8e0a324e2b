//! A file a command. Each reads through [`crate::world`], and gives how it ended.

mod access;
mod check;
mod dev;
mod env;
mod explain;
mod fmt;
mod ir;
mod serve;
mod spec;
mod token;
mod verify;

use crate::Exit;
use crate::cli::Command;
use crate::failure::Failure;

/// Does what the words ask for.
pub(crate) fn run(command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Check(args) => check::run(&args),
        Command::Access(args) => access::run(&args),
        Command::Fmt(args) => fmt::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Spec(args) => spec::run(&args),
        Command::Ir(args) => ir::run(&args),
        Command::Dev(args) => dev::run(&args),
        Command::Serve(args) => serve::run(&args),
        Command::Token(args) => token::run(&args),
        Command::Env(args) => env::run(&args),
        Command::Verify(args) => verify::run(&args),
    }
}
