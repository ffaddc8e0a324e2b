//! The words of the command line. `--help` is written here and nowhere else.

mod generate;
mod migrate;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use generate::{GenerateArgs, Target};
pub(crate) use migrate::{ApplyArgs, DownArgs, DriftArgs, MigrateArgs, MigrateCommand, PlanArgs};

/// A backend architect: from a design in Markdown to a specification, a running API and its proof.
#[derive(Debug, Parser)]
#[command(
    name = "groma",
    version,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "\
First steps:
  groma dev examples/tasks     check, write the specification, serve, print a token and a curl line
  groma check                  what is wrong or open in the design in ./specs
  groma generate fastapi DIR   the same backend as a FastAPI project of your own
  groma explain language       the language on one page
  groma explain E020           what a finding means, and how to mend it

A design is all Markdown in `specs/`, or in a folder that has none, all below it but for hidden folders,
node_modules, target, dist and venv.

Exit codes: 0 all is well, 1 there are findings, 2 wrong words or a file, port or database that is not there."
)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check a design: errors, warnings, questions
    Check(CheckArgs),
    /// Format a design's fences, in place
    Fmt(FmtArgs),
    /// Tell who may do what: the whole table, or the answer to one question
    Access(AccessArgs),
    /// Explain a finding: what must hold, why, a bad and a good example
    Explain(ExplainArgs),
    /// Write the API specification: specs/api/*.md and openapi.json
    Spec(SpecArgs),
    /// Print the design's canonical JSON, or its JSON Schema
    Ir(IrArgs),
    /// Check, specify and serve, with a token and a curl line to try it
    Dev(DevArgs),
    /// Serve the API
    Serve(ServeArgs),
    /// Mint a token that a development server takes
    Token(TokenArgs),
    /// List the environment variables of a server, and which are missing
    Env(EnvArgs),
    /// Hold a running service to its design
    Verify(VerifyArgs),
    /// Go through what is open, and write the answers into the design
    Ask(AskArgs),
    /// Say what is decided, open and assumed, and how far each resource is
    Status(StatusArgs),
    /// Record the design as agreed: specs/groma.lock
    Freeze(FreezeArgs),
    /// Say what has changed: for clients, for the database, and who may do what
    Diff(DiffArgs),
    /// Write the backend as a project that you can edit, and write it again without losing your edits
    Generate(GenerateArgs),
    /// Write the design of a database that is there, and what it leaves open
    Import(ImportArgs),
    /// Plan, read and apply changes of the database
    #[command(subcommand)]
    Migrate(MigrateCommand),
}

/// Where the design is.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// The project: a folder that holds `specs/`, a folder of design files, or one file [default: .]
    #[arg(value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
}

/// `groma import`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  groma import postgres://me@localhost/shop            writes ./specs/db/*.md and ./specs/imported.md
  groma import sqlite:data/shop.db --out shop          the same into another folder
  groma check && groma ask                             what the tables do not say
  groma migrate adopt                                  takes the tables over; nothing in them changes

Reads alone: nothing is written to the database. No file is overwritten. A table that the language cannot hold as it is
becomes one that somebody else owns, with the reason; tables of Better Auth and of migration tools are left alone.")]
pub(crate) struct ImportArgs {
    /// The database: `postgres://user:password@host/name`, or a file of SQLite
    #[arg(value_name = "DATABASE")]
    pub(crate) database: String,
    /// Where the project is to be
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) out: PathBuf,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `groma check`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  groma check                          the design in ./specs
  groma check examples/tasks           another project
  groma check --fix                    mend what can be mended without asking, then check
  groma check --format github          annotations on a pull request
  groma check --format sarif > out.sarif

Ends with 1 when there is an error, with --deny-warnings also when there is a warning. A question is never
a failure: it waits for an answer.")]
pub(crate) struct CheckArgs {
    /// A project, a folder or files; files given one by one are the whole design [default: .]
    #[arg(value_name = "DIR|FILE")]
    pub(crate) paths: Vec<PathBuf>,
    /// How to show the findings
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
    /// Make every safe fix in the files first
    #[arg(long)]
    pub(crate) fix: bool,
    /// Let a warning fail the check
    #[arg(long)]
    pub(crate) deny_warnings: bool,
}

/// How to show findings.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Format {
    /// For people, with the source
    Human,
    /// One JSON document
    Json,
    /// SARIF 2.1.0
    Sarif,
    /// Workflow commands of GitHub Actions
    Github,
}

/// `groma access`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  groma access                                 who may do what, a table an entity
  groma access \"can user update Task\"         one answer, and the rule that gives it
  groma access \"can project.owner read Task\"
  groma access --as admin --on Task            one caller
  groma access --format html > access.html

WHO is `anonymous`, `authenticated`, a role, or a path to a user such as `owner`. A question ends with 0 when the
answer is yes or depends, and with 1 when it is no. Answers are proved by going through every situation that the
rules can tell apart.")]
pub(crate) struct AccessArgs {
    /// `can WHO VERB ENTITY`
    #[arg(value_name = "QUESTION", conflicts_with_all = ["caller", "entity"])]
    pub(crate) question: Option<String>,
    /// The project: a folder that holds `specs/`, a folder of design files, or one file
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) dir: PathBuf,
    /// Only this caller
    #[arg(long = "as", value_name = "WHO")]
    pub(crate) caller: Option<String>,
    /// Only this entity
    #[arg(long = "on", value_name = "ENTITY")]
    pub(crate) entity: Option<String>,
    /// How to show it
    #[arg(long, value_enum, default_value_t = TableForm::Human)]
    pub(crate) format: TableForm,
}

/// How to show a table.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum TableForm {
    /// For people, in a terminal
    Human,
    /// Markdown
    Markdown,
    /// A page of HTML
    Html,
    /// One JSON document
    Json,
}

/// `groma fmt`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  groma fmt                formats ./specs
  groma fmt --check        changes nothing; ends with 1 when something would change

Only fences are touched; prose stays byte for byte. A file with a syntax error keeps the part that is wrong.")]
pub(crate) struct FmtArgs {
    /// A project, a folder or files [default: .]
    #[arg(value_name = "DIR|FILE")]
    pub(crate) paths: Vec<PathBuf>,
    /// Say which files would change, and change none
    #[arg(long)]
    pub(crate) check: bool,
}

/// `groma explain`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  groma explain E020
  groma explain unknown-name
  groma explain                every code in one line each
  groma explain PG25           a danger of a change of a Postgres database: its lock, and what is safe
  groma explain language       the language on one page
  groma explain migrations     from the design to the tables, on one page")]
pub(crate) struct ExplainArgs {
    /// The code or the name of a finding, `language` or `migrations`; without one, the whole catalogue
    #[arg(value_name = "CODE")]
    pub(crate) code: Option<String>,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `groma spec`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  groma spec                   writes ./specs/api
  groma spec --check           ends with 1 when the files are not what the design says (for a gate)

Only files that groma generated are replaced or removed. What stands there and was written by hand stops it.")]
pub(crate) struct SpecArgs {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Say what differs, and write nothing
    #[arg(long)]
    pub(crate) check: bool,
    /// Refuse a design that is not the one in specs/groma.lock
    #[arg(long)]
    pub(crate) frozen: bool,
}

/// `groma ir`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  groma ir examples/tasks | sha256sum      the same design has the same bytes
  groma ir --schema > design.schema.json")]
pub(crate) struct IrArgs {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Print the JSON Schema of the form instead
    #[arg(long)]
    pub(crate) schema: bool,
}

/// `groma dev`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  groma dev examples/tasks
  groma dev --port 0                   a free port
  groma dev --sub bob --role admin     a token for somebody else

Keys and data live in .groma/ beside specs/; delete it to start anew. Where migrations/ has files for SQLite, those that
are pending are applied to it first, and where there are none .groma/dev.db is brought to the design; what loses rows
or values waits for --yes. Tokens are made and taken here whatever the
design or .env calls the issuer; AUTH_JWKS_URL=... takes those of another one. Rates are not limited unless
RATE_LIMIT says so. Ctrl-C stops.")]
pub(crate) struct DevArgs {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) listen: Listen,
    /// Who the token is for [default: alice, or another key that fits]
    #[arg(long)]
    pub(crate) sub: Option<String>,
    /// A role of the token (repeatable) [default: what the first curl line needs]
    #[arg(long, value_name = "ROLE")]
    pub(crate) role: Vec<String>,
    /// Also apply migrations that lose rows or values
    #[arg(long)]
    pub(crate) yes: bool,
}

/// Where a server listens and what it keeps.
#[derive(Debug, Default, Args)]
pub(crate) struct Listen {
    /// The address to listen on [default: `HOST`, or 127.0.0.1]
    #[arg(long)]
    pub(crate) host: Option<String>,
    /// The port to listen on; 0 takes a free one [default: `PORT`, or 8000]
    #[arg(long)]
    pub(crate) port: Option<u16>,
    /// The SQLite file [default: `DATABASE_URL`, or .groma/dev.db]
    #[arg(long, value_name = "FILE")]
    pub(crate) db: Option<PathBuf>,
    /// The form of log lines, which go to the standard error [default: `LOG_FORMAT`, or text]
    #[arg(long, value_enum)]
    pub(crate) log: Option<LogForm>,
}

/// The form of log lines.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum LogForm {
    /// For people
    Text,
    /// One JSON object a line
    Json,
}

/// `groma serve`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  groma serve                                  development: own issuer, own database, no variable needed
  GROMA_ENV=production groma serve             production: `groma env` lists what it needs
  groma serve --frozen                         only the design that `groma freeze` recorded

Prints one line, `listening on http://127.0.0.1:8000`, to the standard output once it answers. SIGTERM and
Ctrl-C stop it gracefully.")]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) listen: Listen,
    /// Refuse a design that is not the one in specs/groma.lock
    #[arg(long)]
    pub(crate) frozen: bool,
}

/// `groma ask`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  groma ask                                                   in a terminal: asks, and writes each answer
  groma ask --json                                            what is open, for programs
  groma ask --answer 'Task.project.on_delete=cascade' --because 'A task without its project means nothing.'

What an answer touches most comes first. Each answer is one edit of the design and one `decision` beside it; an
answer that the design does not bear is refused, and nothing is written. What is open by `TBD` or by a `question`
takes any answer, everything else one of its options. Ends with 1 when an answer was refused.")]
pub(crate) struct AskArgs {
    #[command(flatten)]
    pub(crate) place: Place,
    /// List what is open as JSON
    #[arg(long, conflicts_with = "answer")]
    pub(crate) json: bool,
    /// Answer one point: its id, and an option (repeatable)
    #[arg(long, value_name = "ID=OPTION", value_parser = answer)]
    pub(crate) answer: Vec<(String, String)>,
    /// Why: once for all answers, or once for each
    #[arg(long, value_name = "TEXT", requires = "answer")]
    pub(crate) because: Vec<String>,
}

/// `groma status`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  groma status
  groma status --json")]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    pub(crate) place: Place,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `groma freeze`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  groma freeze                 writes specs/groma.lock
  groma serve --frozen         serves the agreed design, or nothing
  groma diff                   what has changed since

The lock holds the canonical JSON of the design, its SHA-256 (`groma ir | sha256sum` prints the same) and the texts
that it was made from. A design with errors, holes or open questions is refused with 1. The same design gives the
same bytes: keep the file in version control.")]
pub(crate) struct FreezeArgs {
    #[command(flatten)]
    pub(crate) place: Place,
}

/// `groma diff`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  groma diff                             since `groma freeze`
  groma diff main                        since a revision of git, of the files below this project
  groma diff ../other                    the design of another folder, or file, or lock
  groma diff lock examples/tasks         another project, since its lock
  groma diff origin/main --fail-on breaking,data

Three lists, in this order: what clients notice, what the database must do, who gained or lost which access with
the smallest case. Ends with 0 when nothing breaks a client, with 1 when something does (or what --fail-on
names happened, or the design has errors), with 2 when there is nothing to compare with. A path that exists is taken
for a path; `refs/heads/NAME` is always a revision.")]
pub(crate) struct DiffArgs {
    /// What to compare with: a revision, a folder, a file, a lock [default: specs/groma.lock]
    #[arg(value_name = "REV|FILE|FOLDER")]
    pub(crate) against: Option<String>,
    /// The project: a folder that holds `specs/`, a folder of design files, or one file [default: .]
    #[arg(value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// What ends with 1, separated by commas
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        default_value = "breaking",
        value_name = "WHAT"
    )]
    pub(crate) fail_on: Vec<Weighs>,
}

/// What a comparison can fail on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Weighs {
    /// Something breaks clients
    Breaking,
    /// The database loses values
    Data,
    /// Somebody gained or lost access
    Access,
    /// Anything has changed
    Any,
}

/// `groma token`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  groma token                                  for alice, eight hours
  groma token --sub bob --role admin --expires 1h
  groma token --claim emailVerified=true       a value that is JSON stays JSON, other text is text
  curl -H \"Authorization: Bearer $(groma token)\" http://127.0.0.1:8000/api/tasks

Signed by the development issuer, whose key is made in .groma/ at first use; or with the secret, where the design
takes one and the environment sets it. A production server refuses the development key.")]
pub(crate) struct TokenArgs {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Who the token is for [default: alice, or another key that fits]
    #[arg(long)]
    pub(crate) sub: Option<String>,
    /// A role (repeatable)
    #[arg(long, value_name = "ROLE")]
    pub(crate) role: Vec<String>,
    /// A further claim (repeatable)
    #[arg(long, value_name = "NAME=VALUE", value_parser = claim)]
    pub(crate) claim: Vec<(String, serde_json::Value)>,
    /// From now to its end: 90s, 30m, 8h, 7d
    #[arg(long, value_name = "TIME", default_value = "8h", value_parser = lifetime)]
    pub(crate) expires: std::time::Duration,
}

/// `groma env`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  groma env                                what is set, and what a production server still misses
  GROMA_ENV=production groma env           ends with 1 when something is missing

Values come from the environment, then from .env beside specs/. Secrets are never shown.")]
pub(crate) struct EnvArgs {
    #[command(flatten)]
    pub(crate) place: Place,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `groma verify`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  groma verify http://127.0.0.1:8000                       every check
  groma verify http://127.0.0.1:8000 --only Z,J            access and tokens only
  groma verify http://127.0.0.1:8000 --format json --report report.json

It makes and deletes rows of its own users. Each finding names the rule that it breaks and a curl line that
repeats it. Start the service with `groma dev`, or with RATE_LIMIT=off: a run asks some thousand times. It ends
with 0 when everything was tried and nothing was found, otherwise with 1.")]
pub(crate) struct VerifyArgs {
    /// Where the service answers: `http://127.0.0.1:8000`
    pub(crate) url: String,
    #[command(flatten)]
    pub(crate) place: Place,
    /// Only checks whose code starts so, separated by commas: `Z,J01`
    #[arg(long, value_name = "CODES", value_delimiter = ',')]
    pub(crate) only: Vec<String>,
    /// How to show the report
    #[arg(long, value_enum, default_value_t = ReportForm::Human)]
    pub(crate) format: ReportForm,
    /// The folder of the development key that the service trusts [default: .groma]
    #[arg(long, value_name = "DIR")]
    pub(crate) key_dir: Option<PathBuf>,
    /// A JSON object of tokens by user (alice, bob, carol, and one for each role), where no key is at hand
    #[arg(long, value_name = "FILE", conflicts_with = "key_dir")]
    pub(crate) tokens: Option<PathBuf>,
    /// The service's database, an address or a SQLite file: tells what never leaves it and actions ask for, as an
    /// invitation's token
    #[arg(long, value_name = "DATABASE")]
    pub(crate) database: Option<String>,
    /// End with 0 although something could not be tried; otherwise that counts as a finding does
    #[arg(long)]
    pub(crate) allow_untried: bool,
    /// A host beyond this machine that may be verified (repeatable)
    #[arg(long, value_name = "HOST")]
    pub(crate) allow_host: Vec<String>,
    /// What the choices of the run follow from
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// The most requests
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    pub(crate) max_requests: u32,
    /// The most time: 90s, 5m
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = lifetime)]
    pub(crate) max_time: std::time::Duration,
    /// Write the JSON report to a file too
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
}

/// How to show a report.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum ReportForm {
    /// For people
    Human,
    /// One JSON document
    Json,
}

impl Place {
    /// The paths as [`crate::project::Project::find`] takes them.
    pub(crate) fn paths(&self) -> &[PathBuf] {
        self.dir.as_slice()
    }
}

/// `name=value`; a value that is JSON stays what it is, all else is text.
fn claim(word: &str) -> Result<(String, serde_json::Value), String> {
    let (name, value) = word
        .split_once('=')
        .filter(|(name, _)| !name.is_empty())
        .ok_or("write `name=value`")?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| serde_json::Value::from(value));
    Ok((name.to_owned(), value))
}

/// `id=option`
fn answer(word: &str) -> Result<(String, String), String> {
    let (id, option) = word
        .split_once('=')
        .filter(|(id, option)| !id.trim().is_empty() && !option.trim().is_empty())
        .ok_or("write `ID=OPTION`; `groma ask --json` lists both")?;
    Ok((id.trim().to_owned(), option.trim().to_owned()))
}

/// `90s`, `30m`, `8h`, `7d`.
fn lifetime(word: &str) -> Result<std::time::Duration, String> {
    let wrong = || "write a number and a unit: `90s`, `30m`, `8h`, `7d`".to_owned();
    let unit = word.chars().next_back().ok_or_else(wrong)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return Err(wrong()),
    };
    let number: u64 = word.trim_end_matches(unit).parse().map_err(|_| wrong())?;
    let seconds = number
        .checked_mul(seconds)
        .filter(|seconds| *seconds > 0)
        .ok_or_else(wrong)?;
    Ok(std::time::Duration::from_secs(seconds))
}
