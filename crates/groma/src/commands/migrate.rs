//! `groma migrate`: from the design to the tables, by files that people read.

mod adopt;
mod apply;
mod develop;
mod drift;
mod here;
mod lint;
mod live;
mod plan;
mod teller;

use crate::Exit;
use crate::cli::MigrateCommand;
use crate::failure::Failure;
use crate::serving;

pub(super) use develop::bring_up;

pub(super) fn run(command: &MigrateCommand) -> Result<Exit, Failure> {
    serving::block_on(async {
        match command {
            MigrateCommand::Plan(args) => plan::run(args).await,
            MigrateCommand::Lint(args) => lint::run(args).await,
            MigrateCommand::Apply(args) => apply::run(args).await,
            MigrateCommand::Status(args) => apply::status(args).await,
            MigrateCommand::Down(args) => apply::down(args).await,
            MigrateCommand::Drift(args) => drift::run(args).await,
            MigrateCommand::Adopt(args) => adopt::run(args).await,
        }
    })
}
