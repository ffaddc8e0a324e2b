//! The words of `groma generate`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// `groma generate`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  groma generate fastapi backend                 a FastAPI project in ./backend
  groma generate fastapi backend                 again: your edits stay, what the design changed is merged into them
  groma generate fastapi backend --diff          what it would change, as a patch; nothing is written
  groma generate fastapi backend --check         for CI: ends with 1 when the project is behind the design
  groma generate fastapi backend --async         services that wait; the choice is kept
  groma generate fastapi backend --restore app/main.py       a file that you removed comes back
  groma generate fastapi backend --without tests/test_app.py it is yours for good, and is told of no more
  groma generate fastapi backend --goes tasks.notes    a column that goes with its values, and is no new one's old name

What was generated is kept in .groma-generated.json, which belongs into the repository: by it your edits are told from
ours. Files that are not in it are never touched. Where you and the design changed the same lines both stand in the file,
marked as git marks them. One that you removed or moved stays away, and one of yours that stands in the place of ours
stays; when ours would read differently, that is told until you say --restore or --without. A change of the tables is
one more revision for Alembic, and one that is there is never changed; but where a design is frozen, the change since is
a draft, written anew until the next `groma freeze`.

A file app/tasks/hooks.py of yours with a function before_create_task or after_create_task turns on the call in the
service; the router of app/tasks/extra.py is served for whoever has a token, its public_router for anybody. What nothing
calls is told, and so is what your code uses of ours that is no longer there. Ends with 1 when there is something for you
to look at.")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct GenerateArgs {
    /// What kind of project
    #[arg(value_enum)]
    pub(crate) target: Target,
    /// The folder of the project
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// Where the design is: a project, a folder of design files, or one file [default: .]
    #[arg(long, value_name = "DIR")]
    pub(crate) design: Option<PathBuf>,
    /// Services that wait: `async` functions on an `AsyncSession`, from now on
    #[arg(long = "async", conflicts_with = "sync")]
    pub(crate) asynchronous: bool,
    /// Services that do not wait, from now on, as at first
    #[arg(long)]
    pub(crate) sync: bool,
    /// Say what would change, and write nothing; end with 1 when anything would
    #[arg(long)]
    pub(crate) check: bool,
    /// Show what would change as a patch, and write nothing
    #[arg(long, conflicts_with = "json")]
    pub(crate) diff: bool,
    /// Bring back a generated file that was removed, or put yours together with it (repeatable)
    #[arg(long, value_name = "PATH")]
    pub(crate) restore: Vec<PathBuf>,
    /// A file that is yours for good, or removed for good: no more is said of it (repeatable)
    #[arg(long, value_name = "PATH")]
    pub(crate) without: Vec<PathBuf>,
    /// A table, or a column of one, that goes with what is in it (repeatable)
    #[arg(long, value_name = "TABLE[.COLUMN]")]
    pub(crate) goes: Vec<String>,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// What kind of project is generated.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Target {
    /// FastAPI, SQLModel, Pydantic, Alembic
    Fastapi,
}
