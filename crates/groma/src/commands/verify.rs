//! `groma verify`: holds a running service to its design.

mod database;
mod minter;

use std::io::IsTerminal as _;
use std::path::Path;
use std::time::Duration;

use groma_ir::Model;
use groma_verify::{Hidden, Minter, Progress, ReadyTokens, Report, Status, Target};

use crate::Exit;
use crate::cli::{Listen, ReportForm, VerifyArgs};
use crate::compile;
use crate::failure::Failure;
use crate::project::Project;
use crate::{serving, world};

use database::Database;
use minter::DevelopmentMinter;

pub(super) fn run(args: &VerifyArgs) -> Result<Exit, Failure> {
    let project = Project::find(args.place.paths())?;
    let Some(model) = compile::model(&project)? else {
        return Ok(Exit::Findings);
    };
    refuse_unknown_checks(&args.only)?;
    let tokens = tokens(&project, &model, args)?;
    let database = args.database.as_deref().map(Database::open).transpose()?;
    let mut target = target(args, tokens.as_ref());
    target.hidden = database.as_ref().map(|database| -> &dyn Hidden { database });
    let report = groma_verify::verify(&model, &target)?;
    clear_progress();
    if let Some(path) = &args.report {
        world::write(path, &(report.to_json() + "\n"))?;
    }
    world::print(&match args.format {
        ReportForm::Human => report.to_text(),
        ReportForm::Json => report.to_json() + "\n",
    });
    Ok(Exit::when(!is_held(&report, args.allow_untried)))
}

fn target<'a>(args: &VerifyArgs, tokens: &'a dyn Minter) -> Target<'a> {
    let mut target = Target::new(args.url.trim_end_matches('/'), tokens);
    target.only.clone_from(&args.only);
    target.seed = args.seed;
    target.max_requests = args.max_requests;
    target.max_time = args.max_time;
    target.allow_hosts.clone_from(&args.allow_host);
    target.answer_within = target
        .answer_within
        .min(args.max_time.max(Duration::from_secs(1)));
    if std::io::stderr().is_terminal() && args.format == ReportForm::Human {
        target.progress = &show_progress;
    }
    target
}

/// Whether the service was found to keep its promises: something was tried, nothing failed, the run did not end
/// before its time, and nothing was left out, unless that is allowed.
fn is_held(report: &Report, allows_untried: bool) -> bool {
    let was_tried = report.checks.iter().any(|check| check.status == Status::Passed);
    report.is_clean() && report.complete && was_tried && (allows_untried || report.is_whole())
}

/// A misspelled code must not look like a clean run.
fn refuse_unknown_checks(only: &[String]) -> Result<(), Failure> {
    let is_known = |wanted: &str| groma_verify::catalogue().any(|(id, _)| id.starts_with(wanted));
    match only.iter().find(|wanted| wanted.is_empty() || !is_known(wanted)) {
        None => Ok(()),
        Some(unknown) => {
            let all: Vec<&str> = groma_verify::catalogue().map(|(id, _)| id).collect();
            Err(Failure::usage(
                format!("no check begins with `{unknown}`"),
                format!("there are {}", all.join(", ")),
            ))
        }
    }
}

/// Tokens from the file that was given, or else from the development key that the service trusts.
fn tokens(project: &Project, model: &Model, args: &VerifyArgs) -> Result<Box<dyn Minter>, Failure> {
    if let Some(path) = &args.tokens {
        return Ok(Box::new(ready_tokens(path)?));
    }
    let environment = serving::environment(project)?;
    let settings = serving::settings(project, &model.design, &environment, &Listen::default())?;
    let Some(auth) = settings.auth else {
        return Ok(Box::new(ReadyTokens::default()));
    };
    let folder = args.key_dir.clone().unwrap_or_else(|| project.state());
    if args.key_dir.is_none() && !auth.is_development() {
        return Err(Failure::usage(
            "the tokens of this service come from the issuer that the environment names, and its key is not here",
            "give tokens of that issuer with `--tokens FILE`, or the folder of a development key with `--key-dir`",
        ));
    }
    let words = args
        .place
        .dir
        .as_ref()
        .map_or_else(String::new, |dir| format!(" {}", dir.display()));
    Ok(Box::new(DevelopmentMinter::open(&folder, auth, words)?))
}

/// `{"alice": "eyJ...", "bob": "eyJ..."}`
fn ready_tokens(path: &Path) -> Result<ReadyTokens, Failure> {
    let tokens: std::collections::BTreeMap<String, String> = serde_json::from_str(&world::read(path)?)
        .map_err(|error| {
            // The message of the parser is left out: it may quote a token.
            Failure::usage(
                format!(
                    "`{}` does not hold tokens by name (line {})",
                    path.display(),
                    error.line()
                ),
                "write a JSON object: `{\"alice\": \"eyJ...\", \"bob\": \"eyJ...\", \"admin\": \"eyJ...\"}`",
            )
        })?;
    Ok(ReadyTokens(tokens.into_iter().collect()))
}

fn show_progress(step: &Progress) {
    world::say(&format!(
        "\r\u{1b}[2K{} · {} requests · {} findings",
        step.check, step.requests, step.findings
    ));
}

fn clear_progress() {
    if std::io::stderr().is_terminal() {
        world::say("\r\u{1b}[2K");
    }
}
