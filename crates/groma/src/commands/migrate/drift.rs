//! `groma migrate drift`

use std::collections::BTreeSet;
use std::fmt::Write as _;

use groma_database::Door;
use groma_database::catalog::Difference;
use groma_database::runner::{Applied, Orders, Patience, Script, last_left};
use groma_migrate::file::File;
use groma_migrate::{Given, Plan, Step, plan};
use serde_json::{Value, json};

use super::here::Here;
use super::teller::Teller;
use crate::Exit;
use crate::cli::DriftArgs;
use crate::failure::Failure;
use crate::world;

/// What to do about what somebody else has changed.
pub(super) const REMEDIES: &str = "write it into the design, and `groma migrate adopt` takes it over; \
    `groma migrate drift --revert` prints what takes it back and does it with `--yes`, `--ignore` records that it is meant so";

pub(super) fn as_json(differences: &[Difference]) -> Value {
    let all = differences.iter().map(|difference| {
        json!({
            "table": difference.table,
            "part": difference.part,
            "expected": difference.expected,
            "found": difference.found,
        })
    });
    all.collect()
}

pub(super) async fn run(args: &DriftArgs) -> Result<Exit, Failure> {
    let here = Here::find(&args.migrate)?;
    let door = here.open().await?;
    let applied = door.applied().await?;
    let mut drift = door.drift(&applied).await?;
    let beside = door.drift_beside(&applied).await?;
    let others = beside.len();
    drift.extend(beside);
    let is_json = args.migrate.json;
    if args.ignore {
        let is_accepted = !applied.is_empty();
        if is_accepted {
            door.accept(&here.ours()).await?;
        }
        world::print(&if is_json {
            format!(
                "{:#}\n",
                json!({"ignored": as_json(&drift), "is_done": is_accepted})
            )
        } else if is_accepted {
            let differences = crate::words::count(drift.len(), "difference", "differences");
            format!("{differences} recorded as meant so\n")
        } else {
            undisturbed(&applied)
        });
        return Ok(Exit::Fine);
    }
    if let (true, Some((_, expected))) = (args.revert, last_left(&applied)?) {
        let names = expected.tables.iter().map(|table| table.name.clone()).collect();
        let live = door.catalog().await?.only(&names);
        let back = plan(&live, &expected, &Given::default());
        let left: Vec<String> = drift.iter().rev().take(others).map(ToString::to_string).collect();
        if !is_json {
            world::print(&as_sql(&back, &left));
        }
        if args.yes {
            take_back(&door, &back).await?;
        }
        if is_json {
            let steps: Vec<Value> = steps(&back)
                .map(|step| json!({"title": step.title, "sql": step.sql, "loses": step.lost}))
                .collect();
            let document = json!({"steps": steps, "not_taken_back": left, "is_done": args.yes});
            world::print(&format!("{document:#}\n"));
        }
        return Ok(Exit::when(args.yes && !left.is_empty()));
    }
    world::print(&if is_json {
        format!("{:#}\n", json!({"differences": as_json(&drift)}))
    } else if drift.is_empty() {
        undisturbed(&applied)
    } else {
        let mut text = String::new();
        for difference in &drift {
            let _ = writeln!(text, "{difference}");
        }
        let _ = writeln!(text, "help: {REMEDIES}");
        text
    });
    Ok(Exit::when(!drift.is_empty()))
}

fn steps(back: &Plan) -> impl Iterator<Item = &Step> {
    back.migrations.iter().flat_map(|migration| &migration.steps)
}

/// The SQL that takes changes back, and what it does not take back.
fn as_sql(back: &Plan, left: &[String]) -> String {
    let mut text = String::new();
    for step in steps(back) {
        let _ = writeln!(text, "-- {}", step.title);
        for lost in &step.lost {
            let _ = writeln!(text, "-- loses: {lost}");
        }
        for sql in &step.sql {
            let _ = writeln!(text, "{sql};");
        }
    }
    for left in left {
        let _ = writeln!(text, "-- not taken back: {}", left.replace('\n', " "));
    }
    text
}

async fn take_back(door: &Door, back: &Plan) -> Result<(), Failure> {
    let files = back.migrations.iter().map(File::of);
    let scripts: Vec<Script> = files.map(|file| Script::of("drift", &file)).collect();
    let orders = Orders {
        scripts: &scripts,
        ours: &BTreeSet::new(),
        patience: &Patience::default(),
    };
    let mut teller = Teller::new();
    door.take_back(&orders, &mut |event| teller.tell(&event)).await?;
    drop(teller);
    world::say("taken back\n");
    Ok(())
}

/// What is to say where nothing differs: that is known only of what was applied to its end.
fn undisturbed(applied: &[Applied]) -> String {
    match applied.last() {
        None => String::from("no migration is applied: there is nothing to compare the tables with\n"),
        Some(last) if !last.is_finished => format!(
            "`{}` is not done to its end: there is nothing to compare the tables with until it is\n",
            last.name
        ),
        Some(_) => String::from("the tables are what the last migration left\n"),
    }
}
