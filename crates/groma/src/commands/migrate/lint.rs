//! `groma migrate lint`

use std::fmt::Write as _;

use groma_database::runner::Applied;
use groma_migrate::file::File;
use groma_migrate::lint::{Danger, Finding, Ground, Loss, lint, losses};
use groma_sql::Dialect;
use serde_json::json;

use super::here::{FOLDER, Here};
use crate::Exit;
use crate::cli::MigrateArgs;
use crate::failure::Failure;
use crate::world;

/// Something dangerous about a file.
struct Found {
    file: String,
    /// The statement, or the step of a plan.
    at: String,
    danger: String,
    name: String,
    message: String,
    help: String,
}

pub(super) async fn run(args: &MigrateArgs) -> Result<Exit, Failure> {
    let here = Here::find(args)?;
    let (ground, applied) = known(&here).await;
    let mut found = Vec::new();
    for (name, file) in here.pending(&applied) {
        if file.planned.is_some() && !file.is_edited() {
            // A plan was judged when it was made, by more than its text.
            found.extend(planned(name, file));
        } else {
            found.extend(written(name, &here.text(name)?, (here.dialect(), &ground)));
        }
    }
    world::print(&if args.json {
        as_json(&found)
    } else {
        in_words(&found)
    });
    Ok(Exit::when(!found.is_empty()))
}

/// What is known of the database: its tables, and what is applied to it.
async fn known(here: &Here) -> (Ground, Vec<Applied>) {
    let look = async {
        let Some(door) = here.open_if_there().await? else {
            return Ok((Ground::default(), Vec::new()));
        };
        Ok::<_, Failure>((door.ground().await?, door.applied().await?))
    };
    look.await.unwrap_or_else(|failure| {
        world::say(&format!(
            "note: nothing is known of the tables, since {failure}\n"
        ));
        (Ground::default(), Vec::new())
    })
}

/// What stands in the file of a plan.
fn planned(name: &str, file: &File) -> Vec<Found> {
    let steps = file.steps.iter();
    let found = steps.flat_map(|step| {
        step.findings().map(|said| {
            let (said, help) = said.split_once("; help: ").unwrap_or((said, ""));
            let (danger, said) = said.split_once(", ").unwrap_or(("danger", said));
            let named = said.split_once(", ").filter(|(id, _)| id.starts_with("PG"));
            let (id, message) = named.unwrap_or(("plan", said));
            Found {
                file: name.to_owned(),
                at: step.title.clone(),
                danger: danger.to_owned(),
                name: id.to_owned(),
                message: message.to_owned(),
                help: help.to_owned(),
            }
        })
    });
    found.collect()
}

/// What is dangerous about a text that somebody wrote: at least all that `apply` asks about.
fn written(name: &str, text: &str, (dialect, ground): (Dialect, &Ground)) -> Vec<Found> {
    let findings = match dialect {
        Dialect::Postgres => lint(text, ground),
        // It makes every change under one lock: there is nothing to say but what is gone.
        Dialect::Sqlite => Vec::new(),
    };
    // What cannot be read is said once.
    let is_said = |loss: &Loss| {
        let mut named = findings.iter().filter(|finding| finding.name == loss.name);
        named.any(|finding| loss.is_certain || finding.danger == Danger::Misleads)
    };
    let losses = losses(text, Some(dialect), ground).into_iter();
    let losses = losses.filter(|loss| !is_said(loss)).map(|loss| Found {
        file: name.to_owned(),
        at: loss.statement,
        danger: String::from(if loss.is_certain { "loses" } else { "may lose" }),
        name: loss.name.to_owned(),
        message: loss.message.to_owned(),
        help: loss.help.to_owned(),
    });
    let losses: Vec<Found> = losses.collect();
    let findings = findings.into_iter();
    findings
        .map(|finding| by_hand(name, text, finding))
        .chain(losses)
        .collect()
}

fn by_hand(name: &str, text: &str, finding: Finding) -> Found {
    let at = text.get(finding.range.clone()).unwrap_or_default();
    Found {
        file: name.to_owned(),
        at: at.trim().to_owned(),
        danger: String::from(word(finding.danger)),
        name: finding.name,
        message: finding.message,
        help: finding.help,
    }
}

fn word(danger: Danger) -> &'static str {
    match danger {
        Danger::Blocks => "blocks",
        Danger::Loses => "loses",
        Danger::Breaks => "breaks",
        Danger::Opens => "opens",
        Danger::Misleads => "misleads",
    }
}

fn in_words(found: &[Found]) -> String {
    let mut text = String::new();
    for it in found {
        let _ = writeln!(
            text,
            "{FOLDER}/{}: {} [{}]: {}\n  {}\n  help: {}",
            it.file, it.danger, it.name, it.message, it.at, it.help
        );
    }
    if found.is_empty() {
        text.push_str("nothing dangerous is pending\n");
    } else {
        text.push_str(
            "a line `-- groma: allow NAME` before a statement, or in the step of a plan, says that it was looked at\n",
        );
    }
    text
}

fn as_json(found: &[Found]) -> String {
    let all = found.iter().map(|it| {
        json!({
            "file": format!("{FOLDER}/{}", it.file),
            "statement": it.at,
            "name": it.name,
            "danger": it.danger,
            "message": it.message,
            "help": it.help,
        })
    });
    format!("{:#}\n", json!({"findings": all.collect::<Vec<_>>()}))
}
