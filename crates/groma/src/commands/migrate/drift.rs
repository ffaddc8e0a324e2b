//! `groma migrate drift`

use std::fmt::Write as _;

use groma_database::catalog::Difference;
use groma_database::runner::{Applied, last_left};
use groma_migrate::{Given, plan};
use serde_json::{Value, json};

use super::here::Here;
use crate::Exit;
use crate::cli::DriftArgs;
use crate::failure::Failure;
use crate::world;

/// What to do about what somebody else has changed.
pub(super) const REMEDIES: &str = "write it into the design, and `groma migrate adopt` takes it over; \
    `groma migrate drift --revert` prints what takes it back, `--ignore` records that it is meant so";

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
    let drift = door.drift(&applied).await?;
    if args.ignore && applied.is_empty() {
        world::print(&undisturbed(&applied));
        return Ok(Exit::Fine);
    }
    if args.ignore {
        door.accept(&here.ours()).await?;
        world::print(&format!(
            "{} recorded as meant so\n",
            crate::words::count(drift.len(), "difference", "differences")
        ));
        return Ok(Exit::Fine);
    }
    if let (true, Some((_, expected))) = (args.revert, last_left(&applied)?) {
        let names = expected.tables.iter().map(|table| table.name.clone()).collect();
        let live = door.catalog().await?.only(&names);
        let back = plan(&live, &expected, &Given::default());
        let mut text = String::new();
        for step in back.migrations.iter().flat_map(|migration| &migration.steps) {
            let _ = writeln!(text, "-- {}", step.title);
            for sql in &step.sql {
                let _ = writeln!(text, "{sql};");
            }
        }
        world::print(&text);
        return Ok(Exit::Fine);
    }
    world::print(&if args.migrate.json {
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
