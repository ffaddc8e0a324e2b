//! `groma migrate lint`

use std::fmt::Write as _;

use groma_migrate::lint::{Danger, Finding, Ground, lint};
use groma_sql::Dialect;
use serde_json::json;

use super::here::{FOLDER, Here};
use crate::Exit;
use crate::cli::MigrateArgs;
use crate::failure::Failure;
use crate::world;

pub(super) async fn run(args: &MigrateArgs) -> Result<Exit, Failure> {
    let Some(here) = Here::find(args)? else {
        return Ok(Exit::Findings);
    };
    if here.dialect() == Dialect::Sqlite {
        world::print("SQLite makes every change under one lock: there is nothing to lint\n");
        return Ok(Exit::Fine);
    }
    let ground = match here.open().await {
        Ok(door) => door.catalog().await?.ground(),
        Err(failure) => {
            world::say(&format!(
                "note: nothing is known of the tables, since {failure}\n"
            ));
            Ground::default()
        }
    };
    let mut found: Vec<(String, String, Finding)> = Vec::new();
    for (name, file) in &here.files {
        // A plan was judged when it was made, by more than its text.
        if file.planned.is_some() && !file.is_edited() {
            continue;
        }
        let text = here.text(name)?;
        let findings = lint(&text, &ground).into_iter();
        found.extend(findings.map(|finding| {
            let at = text
                .get(finding.range.clone())
                .unwrap_or_default()
                .trim()
                .to_owned();
            (name.clone(), at, finding)
        }));
    }
    world::print(&if args.json {
        as_json(&found)
    } else {
        in_words(&found)
    });
    Ok(Exit::when(!found.is_empty()))
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

fn in_words(found: &[(String, String, Finding)]) -> String {
    let mut text = String::new();
    for (name, at, finding) in found {
        let _ = writeln!(
            text,
            "{FOLDER}/{name}: {} [{}]: {}\n  {at}\n  help: {}",
            word(finding.danger),
            finding.name,
            finding.message,
            finding.help
        );
    }
    if found.is_empty() {
        text.push_str("nothing dangerous was written by hand\n");
    } else {
        text.push_str("a line `-- groma: allow NAME` before a statement says that it was looked at\n");
    }
    text
}

fn as_json(found: &[(String, String, Finding)]) -> String {
    let all = found.iter().map(|(name, at, finding)| {
        json!({
            "file": format!("{FOLDER}/{name}"),
            "statement": at,
            "name": finding.name,
            "danger": word(finding.danger),
            "message": finding.message,
            "help": finding.help,
        })
    });
    format!("{:#}\n", json!({"findings": all.collect::<Vec<_>>()}))
}
