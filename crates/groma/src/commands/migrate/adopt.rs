//! `groma migrate adopt`: tables that are there already, or that somebody has changed, are what the design says.

use std::fmt::Write as _;

use groma_database::Door;
use groma_database::catalog::{Difference, differences};
use groma_database::runner::{Applied, Orders, Patience};
use groma_ir::Model;
use groma_migrate::file::{self, File};
use groma_migrate::{Given, Renames, adapted, plan, there};
use groma_sql::schema::{Schema, of_model};
use serde_json::json;

use super::drift;
use super::here::{FOLDER, Here, empty};
use crate::Exit;
use crate::cli::MigrateArgs;
use crate::failure::Failure;
use crate::world;

pub(super) async fn run(args: &MigrateArgs) -> Result<Exit, Failure> {
    let Some((here, model)) = Here::designed(args)? else {
        return Ok(Exit::Findings);
    };
    here.is_followed()?;
    let Some(door) = here.open_if_there().await? else {
        return Err(Failure::usage(
            "there is no such database",
            "name one that is there: `--database`",
        ));
    };
    let applied = door.applied().await?;
    let mut takeover = if applied.is_empty() {
        Takeover::first(&here, &model)?
    } else {
        Takeover::later(&here, &model, &applied)?
    };
    if !applied.is_empty() && door.drift(&applied).await?.is_empty() {
        return Err(Failure::usage(
            "the tables are what the last migration left: there is nothing to take over",
            "`groma migrate plan` writes what the design needs",
        ));
    }
    let live = door.catalog().await?.schema;
    let mut to_come = Vec::new();
    if applied.is_empty() && takeover.from.is_some() {
        (takeover.wanted, to_come) = there(&takeover.wanted, &live);
    }
    let fulfilled = door.adapted(&takeover.wanted, &live).await?;
    let differences = differences(&fulfilled.whole, &live);
    if !differences.is_empty() {
        refused(args, &differences);
        return Ok(Exit::Findings);
    }
    if let Some(from) = &takeover.from {
        write(&here, from, &fulfilled.known, &Renames::of(&model))?;
    }
    let written = record(&door, args, &applied).await?;
    let tables = crate::words::count(takeover.wanted.tables.len(), "table", "tables");
    world::print(&if args.json {
        format!(
            "{:#}\n",
            json!({"adopted": written, "differences": [], "to_come": to_come})
        )
    } else if applied.is_empty() {
        let rest = match to_come.as_slice() {
            [] => String::new(),
            all => format!(
                "not there yet, and added by `groma migrate plan`: {}\n",
                all.join(", ")
            ),
        };
        format!("{tables} taken over; `{FOLDER}/` says how they would be made, and nothing was run\n{rest}")
    } else {
        format!("taken over by {}; nothing was run\n", written.join(", "))
    });
    Ok(Exit::Fine)
}

/// What the tables are to be, and from which state a file has to lead to them where none does yet.
struct Takeover {
    wanted: Schema,
    from: Option<Schema>,
}

impl Takeover {
    /// Of a database that nothing was applied to.
    fn first(here: &Here, model: &Model) -> Result<Self, Failure> {
        let wanted = of_model(model, here.dialect());
        if here.files.is_empty() {
            return Ok(Self {
                wanted,
                from: Some(empty(here.dialect())),
            });
        }
        let target = adapted(&wanted, &wanted, &here.reached).known;
        if !plan(&here.reached, &target, &Given::default()).is_empty() {
            return Err(Failure::usage(
                format!("the files in `{FOLDER}/` do not lead to the design"),
                "`groma migrate plan` writes what is missing; then adopt again",
            ));
        }
        Ok(Self {
            wanted: here.reached.clone(),
            from: None,
        })
    }

    /// Of one that somebody has changed since.
    fn later(here: &Here, model: &Model, applied: &[Applied]) -> Result<Self, Failure> {
        if !here.pending(applied).is_empty() {
            return Err(Failure::usage(
                "migrations are pending: what they do and what somebody has changed cannot be told apart",
                "`groma migrate drift --revert` or `--ignore` first, then `groma migrate apply`",
            ));
        }
        let wanted = of_model(model, here.dialect());
        Ok(Self {
            wanted: adapted(&wanted, &wanted, &here.reached).known,
            from: Some(here.reached.clone()),
        })
    }
}

fn refused(args: &MigrateArgs, differences: &[Difference]) {
    if args.json {
        let document = json!({"adopted": [], "differences": drift::as_json(differences)});
        return world::print(&format!("{document:#}\n"));
    }
    let mut text = String::from("the tables are not those of the design:\n");
    for difference in differences {
        let _ = writeln!(text, "  {difference}");
    }
    text.push_str("help: write into the design what is there, or change the tables, and adopt again\n");
    world::say(&text);
}

/// Records every file as applied, and gives the names of those that were not.
async fn record(door: &Door, args: &MigrateArgs, applied: &[Applied]) -> Result<Vec<String>, Failure> {
    let here = Here::find(args)?;
    let new = here.pending(applied).into_iter();
    let new: Vec<String> = new.map(|(name, _)| format!("{FOLDER}/{name}")).collect();
    if new.is_empty() {
        return Err(Failure::usage(
            "the design says nothing of what was changed: there is nothing to take over",
            "write it into the design and adopt again; or `groma migrate drift --revert`, or `--ignore`",
        ));
    }
    let orders = Orders {
        scripts: &here.scripts(),
        ours: &here.ours(),
        patience: &Patience::default(),
    };
    door.adopt(&orders).await?;
    Ok(new)
}

/// Writes how tables that are there would be made.
fn write(here: &Here, from: &Schema, known: &Schema, renames: &Renames) -> Result<(), Failure> {
    let given = Given {
        renames: renames.clone(),
        ..Given::default()
    };
    let plan = plan(from, known, &given);
    for migration in &plan.migrations {
        let name = here.free(&file::name(&world::stamp(), "adopted", migration.phase));
        here.write(&name, &File::of(migration).text())?;
        here.write_snapshot(&migration.reached)?;
    }
    Ok(())
}
