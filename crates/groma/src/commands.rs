//! A file a command. Each reads through [`crate::world`], and gives how it ended.

mod access;
mod ask;
mod check;
mod dev;
mod diff;
mod env;
mod explain;
mod fmt;
mod freeze;
mod generate;
mod import;
mod ir;
mod migrate;
mod serve;
mod spec;
mod status;
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
        Command::Ask(args) => ask::run(&args),
        Command::Status(args) => status::run(&args),
        Command::Freeze(args) => freeze::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Generate(args) => generate::run(&args),
        Command::Import(args) => import::run(&args),
        Command::Migrate(command) => migrate::run(&command),
    }
}
