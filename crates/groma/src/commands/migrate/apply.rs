//! `groma migrate apply`, `status` and `down`

use std::fmt::Write as _;

use groma_database::catalog::Difference;
use groma_database::runner::{Applied, Orders, Patience, Script, pending};
use groma_migrate::Phase;
use groma_migrate::file::File;
use groma_migrate::lint::{Ground, losses};
use serde_json::{Value, json};

use super::here::Here;
use super::teller::Teller;
use crate::Exit;
use crate::cli::{ApplyArgs, DownArgs, MigrateArgs};
use crate::failure::Failure;
use crate::world;

pub(super) async fn run(args: &ApplyArgs) -> Result<Exit, Failure> {
    let mut here = Here::find(&args.migrate)?;
    let door = here.open().await?;
    let applied = door.applied().await?;
    let waiting = if args.contract {
        Vec::new()
    } else {
        put_off(&mut here, &applied)
    };
    let losses = losses_of(&here, &applied, &door.ground().await?)?;
    if !losses.is_empty() && !args.yes {
        return Ok(unconfirmed(&losses, &waiting, args.migrate.json));
    }
    let orders = Orders {
        scripts: &here.scripts(),
        ours: &here.ours(),
        patience: &Patience::default(),
    };
    let mut teller = Teller::new();
    let finished = door.apply(&orders, &mut |event| teller.tell(&event)).await?;
    drop(teller);
    world::print(&if args.migrate.json {
        format!("{:#}\n", json!({"applied": finished, "waiting": waiting}))
    } else {
        ended(&finished, &waiting)
    });
    Ok(Exit::Fine)
}

/// Takes the second kind out of what is done now, and all that comes behind it.
fn put_off(here: &mut Here, applied: &[Applied]) -> Vec<String> {
    let is_known = |name: &str| applied.iter().any(|applied| applied.name == name);
    let first = here
        .files
        .iter()
        .position(|(name, file)| file.phase == Phase::Contract && !is_known(name));
    let waiting = here.files.split_off(first.unwrap_or(here.files.len()));
    waiting.into_iter().map(|(name, _)| name).collect()
}

/// Says what would be lost, where nobody has said that it may.
fn unconfirmed(losses: &[(String, String)], waiting: &[String], is_json: bool) -> Exit {
    if is_json {
        let lost = losses
            .iter()
            .map(|(name, lost)| json!({"file": name, "loses": lost}));
        let lost: Vec<Value> = lost.collect();
        let document = json!({"applied": [], "waiting": waiting, "loses": lost});
        world::print(&format!("{document:#}\n"));
    } else {
        let lines = losses.iter().map(|(name, lost)| format!("  {name}: {lost}\n"));
        world::say(&format!(
            "this loses rows or values, or may:\n{}help: `--yes` does it all the same; nothing was changed\n",
            lines.collect::<String>()
        ));
    }
    Exit::Findings
}

/// What is lost, each with the file that does it.
fn losses_of(here: &Here, applied: &[Applied], ground: &Ground) -> Result<Vec<(String, String)>, Failure> {
    let mut all = Vec::new();
    for (name, file) in here.pending(applied) {
        let lost = lost_by(here, (name, file), ground)?.into_iter();
        all.extend(lost.map(|lost| (name.clone(), lost)));
    }
    Ok(all)
}

/// What is lost by one of the files: as the plan says it, and what the text says where somebody wrote it by hand.
pub(super) fn lost_by(
    here: &Here,
    (name, file): (&str, &File),
    ground: &Ground,
) -> Result<Vec<String>, Failure> {
    let facts = file.steps.iter().flat_map(|step| &step.facts);
    let lost = facts.filter_map(|fact| fact.strip_prefix("loses: "));
    let mut all: Vec<String> = lost.map(str::to_owned).collect();
    if file.planned.is_none() || file.is_edited() {
        let losses = losses(&here.text(name)?, Some(here.dialect()), ground).into_iter();
        all.extend(losses.map(|loss| format!("`{}`: {}", loss.statement, loss.message)));
    }
    Ok(all)
}

fn ended(finished: &[String], waiting: &[String]) -> String {
    let mut text = String::new();
    for name in finished {
        let _ = writeln!(text, "applied {name}");
    }
    if finished.is_empty() {
        text.push_str("nothing to apply\n");
    }
    for name in waiting {
        let _ = writeln!(
            text,
            "waits for `--contract`, until the release before runs no more: {name}"
        );
    }
    text
}

pub(super) async fn status(args: &MigrateArgs) -> Result<Exit, Failure> {
    let here = Here::find(args)?;
    let (applied, drift) = match here.open_if_there().await? {
        Some(door) => {
            let applied = door.applied().await?;
            let mut drift = door.drift(&applied).await?;
            drift.extend(door.drift_beside(&applied).await?);
            (applied, drift)
        }
        None => (Vec::new(), Vec::new()),
    };
    let scripts = here.scripts();
    let wrong = pending(&scripts, &applied).err();
    let rows: Vec<(&String, String)> = here
        .files
        .iter()
        .map(|(name, file)| (name, state(name, file, &applied)))
        .collect();
    if args.json {
        let failure = wrong.map(Failure::from);
        world::print(&status_as_json(&rows, &drift, failure.as_ref()));
        return Ok(match failure {
            Some(_) => Exit::Failed,
            None => Exit::when(!drift.is_empty()),
        });
    }
    let mut text = String::new();
    for (name, state) in &rows {
        let _ = writeln!(text, "{state:<11} {name}");
    }
    if rows.is_empty() {
        text.push_str("no migrations; `groma migrate plan` writes the first one\n");
    }
    for difference in &drift {
        let _ = writeln!(text, "changed by somebody else: {difference}");
    }
    world::print(&text);
    match wrong {
        Some(error) => Err(error.into()),
        None => Ok(Exit::when(!drift.is_empty())),
    }
}

fn status_as_json(rows: &[(&String, String)], drift: &[Difference], failure: Option<&Failure>) -> String {
    let files = rows
        .iter()
        .map(|(name, state)| json!({"file": name, "state": state}));
    let document = json!({
        "migrations": files.collect::<Vec<_>>(),
        "drift": drift.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "error": failure.map(Failure::as_json),
    });
    format!("{document:#}\n")
}

fn state(name: &str, file: &File, applied: &[Applied]) -> String {
    match applied.iter().find(|applied| applied.name == name) {
        Some(applied) if applied.is_finished => String::from("applied"),
        Some(applied) => format!("{} of {}", applied.steps, file.steps.len()),
        None => String::from("pending"),
    }
}

pub(super) async fn down(args: &DownArgs) -> Result<Exit, Failure> {
    let here = Here::find(&args.migrate)?;
    let door = here.open().await?;
    let applied = door.applied().await?;
    pending(&here.scripts(), &applied)?;
    let back = to_undo(&here, &applied, args.to.as_deref())?;
    let is_json = args.migrate.json;
    if back.is_empty() {
        world::print(&if is_json {
            undone_as_json(&back, &applied, false)
        } else {
            String::from("nothing to undo\n")
        });
        return Ok(Exit::Fine);
    }
    let mut text = String::new();
    for (name, file) in &back {
        if is_adopted(name, &applied) {
            let _ = writeln!(
                text,
                "forgets {name}: its tables were taken over, and stay as they are"
            );
            continue;
        }
        has_way_back(name, file)?;
        let _ = writeln!(text, "undoes {name}");
        for lost in not_back(file) {
            let _ = writeln!(text, "  does not come back: {lost}");
        }
    }
    if !args.yes {
        world::say(&format!("{text}help: `--yes` does it; nothing was changed\n"));
        if is_json {
            world::print(&undone_as_json(&back, &applied, false));
        }
        return Ok(Exit::Findings);
    }
    world::say(&text);
    let orders = Orders {
        scripts: &here.scripts(),
        ours: &here.ours(),
        patience: &Patience::default(),
    };
    for (name, file) in &back {
        let script = Script::back(name, file);
        let mut teller = Teller::new();
        door.undo(&script, &orders, &mut |event| teller.tell(&event))
            .await?;
        drop(teller);
        let word = if is_adopted(name, &applied) {
            "forgotten"
        } else {
            "undone"
        };
        if !is_json {
            world::print(&format!("{word} {name}\n"));
        }
    }
    if is_json {
        world::print(&undone_as_json(&back, &applied, true));
    }
    Ok(Exit::Fine)
}

/// What is undone or would be, the last one first.
fn undone_as_json(back: &[&(String, File)], applied: &[Applied], is_done: bool) -> String {
    let all = back.iter().map(|(name, file)| {
        let is_forgotten = is_adopted(name, applied);
        let lost: Vec<&str> = not_back(file).filter(|_| !is_forgotten).collect();
        json!({"file": name, "forgets_only": is_forgotten, "does_not_come_back": lost})
    });
    format!(
        "{:#}\n",
        json!({"is_done": is_done, "migrations": all.collect::<Vec<_>>()})
    )
}

/// What is gone although a migration is undone: what it threw away, and what its steps say.
fn not_back(file: &File) -> impl Iterator<Item = &str> {
    file.steps.iter().flat_map(|step| {
        let thrown = step.facts.iter().filter_map(|fact| fact.strip_prefix("loses: "));
        thrown.chain(step.lost.iter().map(String::as_str))
    })
}

fn is_adopted(name: &str, applied: &[Applied]) -> bool {
    applied
        .iter()
        .any(|applied| applied.name == name && applied.is_adopted)
}

/// That a file says how each of its steps is undone; of what was planned, steps without it have nothing to undo.
fn has_way_back(name: &str, file: &File) -> Result<(), Failure> {
    let is_by_hand = file.planned.is_none() || file.is_edited();
    let mut steps = file.steps.iter();
    match steps.position(|step| is_by_hand && step.down.is_empty() && !step.sql.is_empty()) {
        Some(at) => Err(Failure::usage(
            format!(
                "step {} of `{name}` does not say how it is undone; nothing was changed",
                at + 1
            ),
            "a new migration takes it back; for the next ones, write `-- down:` behind a step and each statement after \
             it as `--   STATEMENT;`",
        )),
        None => Ok(()),
    }
}

/// The migrations that go, the last one first.
fn to_undo<'h>(
    here: &'h Here,
    applied: &[Applied],
    to: Option<&str>,
) -> Result<Vec<&'h (String, File)>, Failure> {
    let is_there = |name: &str| applied.iter().any(|applied| applied.name == name);
    if let Some(to) = to.filter(|to| !is_there(to)) {
        return Err(Failure::usage(
            format!("`{to}` was not applied to this database"),
            "`groma migrate status` lists what was",
        ));
    }
    let files = here.files.iter().rev().filter(|(name, _)| is_there(name));
    Ok(match to {
        Some(to) => files.take_while(|(name, _)| name != to).collect(),
        None => files.take(1).collect(),
    })
}
