//! Running other programs, and saying what went wrong with them.

use std::ffi::OsStr;
use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

/// Nothing, or why a chore did not succeed.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// Why a chore did not succeed, ready to be printed.
#[derive(Debug)]
pub(crate) struct Failure(String);

/// A failure that says `message`.
pub(crate) fn failure(message: impl Into<String>) -> Failure {
    Failure(message.into())
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The folder that holds the workspace.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// Where cargo puts what it builds.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The command line tool, as the dev profile builds it.
pub(crate) fn groma_binary() -> PathBuf {
    target()
        .join("debug")
        .join(format!("groma{}", std::env::consts::EXE_SUFFIX))
}

/// Cargo, the one that runs us.
pub(crate) fn cargo() -> Command {
    in_root(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// A program, run in the folder of the workspace and without input.
pub(crate) fn in_root(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root()).stdin(Stdio::null());
    command
}

/// Runs a command to its end; its output goes where ours goes.
pub(crate) fn run(command: &mut Command) -> Outcome {
    eprintln!("  $ {}", shown(command));
    let status = command.status();
    ended(command, status)
}

fn ended(command: &Command, status: std::io::Result<ExitStatus>) -> Outcome {
    let status = status.map_err(|error| cannot_start(command, &error))?;
    if status.success() {
        Ok(())
    } else {
        Err(failure(format!("`{}` failed ({status})", shown(command))))
    }
}

/// Runs a command to its end; its output goes where ours goes, and the lines that `keep` chooses are given too.
pub(crate) fn run_and_keep(command: &mut Command, keep: fn(&str) -> bool) -> (Outcome, Vec<String>) {
    eprintln!("  $ {}", shown(command));
    match command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn() {
        Ok(mut child) => {
            let (out, err) = (child.stdout.take(), child.stderr.take());
            let kept = std::thread::scope(|scope| {
                let errors = scope.spawn(|| pass_on(err, keep));
                let mut lines = pass_on(out, keep);
                lines.extend(errors.join().unwrap_or_default());
                lines
            });
            (ended(command, child.wait()), kept)
        }
        Err(error) => (Err(cannot_start(command, &error)), Vec::new()),
    }
}

/// Writes every line to our standard error and gives those that `keep` chooses.
fn pass_on(from: Option<impl Read>, keep: fn(&str) -> bool) -> Vec<String> {
    let mut kept = Vec::new();
    for line in from
        .into_iter()
        .flat_map(|from| BufReader::new(from).split(b'\n').map_while(Result::ok))
    {
        let line = String::from_utf8_lossy(&line);
        eprintln!("{line}");
        if keep(&line) {
            kept.push(line.into_owned());
        }
    }
    kept
}

/// Runs a command to its end and gives what it wrote to its standard output; what it said besides is shown
/// only when it fails.
pub(crate) fn output(command: &mut Command) -> Outcome<String> {
    let output = command.output().map_err(|error| cannot_start(command, &error))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(said);
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    Err(failure(format!(
        "`{}` failed ({})\n{said}{errors}",
        shown(command),
        output.status
    )))
}

/// Runs a command to its end; gives what it wrote to its standard output, and shows what it said only when
/// it fails, and then with all that repeats it.
pub(crate) fn quietly(command: &mut Command) -> Outcome<String> {
    let folder = command.get_current_dir().unwrap_or(Path::new(""));
    match folder.strip_prefix(target()) {
        Ok(folder) => eprintln!("  {} $ {}", folder.display(), shown(command)),
        Err(_) => eprintln!("  $ {}", shown(command)),
    }
    let output = command.output().map_err(|error| cannot_start(command, &error))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(said);
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    Err(failure(format!(
        "failed ({})\n{said}{errors}\nto repeat it: {}",
        output.status,
        repeatable(command)
    )))
}

/// A command as it can be given to a shell: with its folder and what it finds in its environment.
fn repeatable(command: &Command) -> String {
    let folder = command.get_current_dir().unwrap_or(Path::new("."));
    let settings = command.get_envs().filter_map(|(name, value)| {
        let value = value?.to_string_lossy();
        Some(format!("{}='{value}' ", name.to_string_lossy()))
    });
    let settings: String = settings.collect();
    format!("cd {} && {settings}{}", folder.display(), shown(command))
}

/// Runs a command that ends with 1 when it found something, and gives what it wrote to its standard output.
pub(crate) fn judge(command: &mut Command) -> Outcome<String> {
    let output = command.output().map_err(|error| cannot_start(command, &error))?;
    if let Some(0 | 1) = output.status.code() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    Err(failure(format!(
        "`{}` failed ({})\n{errors}",
        shown(command),
        output.status
    )))
}

/// Whether a program starts and answers `--version`.
pub(crate) fn is_installed(program: impl AsRef<OsStr>) -> bool {
    let mut command = Command::new(program);
    command
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Reads a text file of the workspace.
pub(crate) fn read(path: &Path) -> Outcome<String> {
    std::fs::read_to_string(path)
        .map_err(|error| failure(format!("cannot read `{}`: {error}", path.display())))
}

fn cannot_start(command: &Command, error: &std::io::Error) -> Failure {
    failure(format!(
        "cannot start `{}`: {error}",
        command.get_program().to_string_lossy()
    ))
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}
