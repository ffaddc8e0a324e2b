//! The words of `groma migrate`.

use clap::{Args, Subcommand};

use super::Place;

/// `groma migrate`
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  groma migrate plan                     writes what the design needs to migrations/, and says what it costs
  groma migrate apply                    applies it; killed or not, the next run goes on where it stopped
  groma migrate status                   what is applied, pending, half done
  groma migrate drift                    what somebody else has changed in the tables

The database is DATABASE_URL, of the environment or .env, or --database; on Postgres the direct address, not that
of a pooler. Tables that the design does not know or calls external are never touched.")]
pub(crate) enum MigrateCommand {
    /// Write the next migration to migrations/, and say what it costs and loses
    Plan(PlanArgs),
    /// Say what is dangerous about migrations that are not applied yet, planned or written by hand
    Lint(MigrateArgs),
    /// Apply what is pending
    Apply(ApplyArgs),
    /// Say what is applied, pending, half done
    Status(MigrateArgs),
    /// Undo the last migration, or all down to one
    Down(DownArgs),
    /// Say what has changed in the tables since the last migration
    Drift(DriftArgs),
    /// Take over a database whose tables fit the design
    Adopt(MigrateArgs),
}

/// What every `groma migrate` takes.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  groma migrate status
  groma migrate status --database sqlite:data/tasks.db
  groma migrate lint --json
  groma migrate adopt --database postgres://user@host/database")]
pub(crate) struct MigrateArgs {
    #[command(flatten)]
    pub(crate) place: Place,
    /// The database [default: `DATABASE_URL`, or .groma/dev.db]
    #[arg(long, value_name = "URL|FILE")]
    pub(crate) database: Option<String>,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `groma migrate plan`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  groma migrate plan --name add_rank
  groma migrate plan --goes tasks.notes      a column that goes with its values, and is no new one's old name

Writes one file that a release needs before it runs and, where something is taken away, a second one (contract) for
when the release before it runs no more. Where the database can be reached, rows that stand in the way are counted.
Ends with 1 when a question has to be answered first.")]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub(crate) migrate: MigrateArgs,
    /// What the file is called
    #[arg(long, value_name = "NAME", default_value = "change")]
    pub(crate) name: String,
    /// A table, or a column of one, that goes with what is in it (repeatable)
    #[arg(long, value_name = "TABLE[.COLUMN]")]
    pub(crate) goes: Vec<String>,
}

/// `groma migrate apply`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  groma migrate apply
  groma migrate apply --contract --yes       also what takes something away

Stops before a migration of the second kind (contract) unless --contract says that the release before runs no more.
What loses rows or values needs --yes.")]
pub(crate) struct ApplyArgs {
    #[command(flatten)]
    pub(crate) migrate: MigrateArgs,
    /// Also what has to wait until the release before runs no more
    #[arg(long)]
    pub(crate) contract: bool,
    /// Also what loses rows or values
    #[arg(long)]
    pub(crate) yes: bool,
}

/// `groma migrate down`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  groma migrate down --yes
  groma migrate down --to 20261122T101500Z_add_rank.sql --yes

Says what does not come back. Without --yes it says that, and does nothing.")]
pub(crate) struct DownArgs {
    #[command(flatten)]
    pub(crate) migrate: MigrateArgs,
    /// The migration that stays the last one
    #[arg(long, value_name = "NAME")]
    pub(crate) to: Option<String>,
    /// Do it
    #[arg(long)]
    pub(crate) yes: bool,
}

/// `groma migrate drift`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  groma migrate drift                        what differs; ends with 1 when something does
  groma migrate drift --revert               prints the SQL that takes it back; with --yes, does it
  groma migrate drift --ignore               records that it is meant so

To take it over, write it into the design; `groma migrate adopt` then records it as a migration.")]
pub(crate) struct DriftArgs {
    #[command(flatten)]
    pub(crate) migrate: MigrateArgs,
    /// Print the SQL that takes it back
    #[arg(long, conflicts_with = "ignore")]
    pub(crate) revert: bool,
    /// And run it
    #[arg(long, requires = "revert")]
    pub(crate) yes: bool,
    /// Record that it is meant so
    #[arg(long)]
    pub(crate) ignore: bool,
}
