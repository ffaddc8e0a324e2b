//! `groma migrate plan` and `adopt`

use std::collections::BTreeMap;
use std::fmt::Write as _;

use groma_database::Door;
use groma_database::catalog::differences;
use groma_database::runner::{Orders, Patience};
use groma_migrate::danger::lints;
use groma_migrate::file::{self, File};
use groma_migrate::{Given, Migration, Plan, Renames, Size, Step, adapted, fitted, plan, there};
use groma_sql::schema::{Schema, of_model};
use serde_json::json;

use super::here::{FOLDER, Here, empty};
use crate::Exit;
use crate::cli::{MigrateArgs, PlanArgs};
use crate::failure::Failure;
use crate::world;

pub(super) async fn run(args: &PlanArgs) -> Result<Exit, Failure> {
    let Some(here) = Here::find(&args.migrate)? else {
        return Ok(Exit::Findings);
    };
    let door = if here.is_named {
        here.open_if_there().await?
    } else {
        None
    };
    // What was adopted keeps the names and types that it had.
    let target = fitted(&of_model(&here.model, here.dialect()), &here.reached);
    let given = given(&here, args, door.as_ref()).await?;
    let plan = plan(&here.reached, &target, &given);
    let there = there_already(&here, &target).await?;
    let counted = count(&plan, door.as_ref()).await?;
    let mut names = Vec::new();
    if !plan.is_blocked() {
        let time = world::stamp();
        for migration in &plan.migrations {
            let name = here.free(&file::name(&time, &args.name, migration.phase));
            here.write(&name, &File::of(migration).text())?;
            here.write_snapshot(&migration.reached)?;
            names.push(name);
        }
    }
    world::print(&if args.migrate.json {
        as_json(&plan, &names, &counted)
    } else {
        in_words(&plan, &names, &counted) + &there
    });
    Ok(Exit::when(plan.is_blocked()))
}

/// Says which tables are to be made that are there already.
async fn there_already(here: &Here, target: &Schema) -> Result<String, Failure> {
    let is_new = |name: &str| here.reached.table(name).is_none();
    let Some(door) = here.open_if_there().await? else {
        return Ok(String::new());
    };
    let live = door.catalog().await?.schema;
    let new = target.tables.iter().filter(|table| is_new(&table.name));
    let there: Vec<String> = new
        .filter(|table| live.table(&table.name).is_some())
        .map(|table| format!("`{}`", table.name))
        .collect();
    if there.is_empty() {
        return Ok(String::new());
    }
    Ok(format!(
        "note: in the database already, so that making it fails: {}\n  help: `groma migrate adopt` takes over tables \
         that fit the design, and runs nothing\n",
        there.join(", ")
    ))
}

/// What is known beside the design: what was renamed, what goes, how large tables are.
async fn given(here: &Here, args: &PlanArgs, door: Option<&Door>) -> Result<Given, Failure> {
    let goes = args.goes.iter().map(|word| match word.split_once('.') {
        Some((table, column)) => (table.to_owned(), Some(column.to_owned())),
        None => (word.clone(), None),
    });
    let mut sizes = BTreeMap::new();
    if let Some(door) = door {
        for (table, facts) in door.catalog().await?.facts {
            // Where nobody has counted, a row of some hundred bytes is a guess that is not far off.
            let rows = facts.rows.unwrap_or(facts.bytes / 200);
            let bytes = facts.bytes;
            sizes.insert(table, Size { rows, bytes });
        }
    }
    Ok(Given {
        renames: Renames::of(&here.model),
        goes: goes.collect(),
        ours: None,
        sizes,
    })
}

/// How many rows stand in the way, by the queries that count them.
type Counted = BTreeMap<String, i64>;

async fn count(plan: &Plan, door: Option<&Door>) -> Result<Counted, Failure> {
    let mut counted = Counted::new();
    let Some(door) = door else {
        return Ok(counted);
    };
    let steps = plan.migrations.iter().flat_map(|migration| &migration.steps);
    for obstacle in steps.flat_map(|step| &step.obstacles) {
        // What is about a column that is still to come cannot be counted yet.
        if let Ok(rows) = door.count(&obstacle.count).await {
            counted.insert(obstacle.count.clone(), rows);
        }
    }
    Ok(counted)
}

fn in_words(plan: &Plan, names: &[String], counted: &Counted) -> String {
    let mut text = String::new();
    for question in &plan.questions {
        let word = if question.is_blocking() {
            "question"
        } else {
            "note"
        };
        let _ = writeln!(text, "{word}: {question}\n  help: {}", question.remedy());
    }
    if plan.is_blocked() {
        text.push_str("nothing was written: answer first\n");
        return text;
    }
    if plan.is_empty() {
        text.push_str("nothing to do: the migrations lead to the design\n");
    }
    for (name, migration) in names.iter().zip(&plan.migrations) {
        let _ = writeln!(text, "{FOLDER}/{name} ({})", migration.phase.name());
        for (at, step) in migration.steps.iter().enumerate() {
            step_in_words(&mut text, at + 1, step, counted);
        }
        for lint in lints(migration) {
            let _ = writeln!(
                text,
                "  {}step {}: {}\n    help: {}",
                lint.id.map_or_else(String::new, |id| format!("{id} ")),
                lint.step,
                lint.message,
                lint.remedy
            );
        }
    }
    text
}

fn step_in_words(text: &mut String, number: usize, step: &Step, counted: &Counted) {
    let _ = writeln!(text, "  {number}. {}: {}", step.title, step.cost.words());
    for lost in &step.lost {
        let _ = writeln!(text, "     loses {lost}");
    }
    for obstacle in &step.obstacles {
        if let Some(rows) = counted.get(&obstacle.count).filter(|rows| **rows > 0) {
            let _ = writeln!(
                text,
                "     fails: {} in {rows} rows; `{}` shows some",
                obstacle.what, obstacle.show
            );
        }
    }
}

fn as_json(plan: &Plan, names: &[String], counted: &Counted) -> String {
    let step = |step: &Step| {
        let obstacles = step.obstacles.iter().map(|obstacle| {
            json!({"what": obstacle.what, "rows": counted.get(&obstacle.count), "show": obstacle.show})
        });
        json!({
            "title": step.title,
            "sql": step.sql,
            "cost": step.cost.words(),
            "locks": step.locks.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "rows": step.rows,
            "loses": step.lost,
            "not_back": step.undo.lost,
            "obstacles": obstacles.collect::<Vec<_>>(),
        })
    };
    let migration = |(name, migration): (&String, &Migration)| {
        let lints = lints(migration).into_iter().map(
            |lint| json!({"id": lint.id, "step": lint.step, "message": lint.message, "help": lint.remedy}),
        );
        json!({
            "file": format!("{FOLDER}/{name}"),
            "phase": migration.phase.name(),
            "steps": migration.steps.iter().map(step).collect::<Vec<_>>(),
            "lints": lints.collect::<Vec<_>>(),
        })
    };
    let questions = plan.questions.iter().map(|question| {
        json!({"question": question.to_string(), "help": question.remedy(), "blocks": question.is_blocking()})
    });
    let document = json!({
        "questions": questions.collect::<Vec<_>>(),
        "migrations": names.iter().zip(&plan.migrations).map(migration).collect::<Vec<_>>(),
    });
    format!("{document:#}\n")
}

/// What is known of tables that are taken over: checks as the design writes them, by the names that they have there.
fn named_as(mut known: Schema, spelled: &Schema, live: &Schema) -> Schema {
    for table in &mut known.tables {
        let (Some(spelled), Some(live)) = (spelled.table(&table.name), live.table(&table.name)) else {
            continue;
        };
        for (check, printed) in table.checks.iter_mut().zip(&spelled.checks) {
            let mut there = live.checks.iter();
            if let Some(there) = there.find(|there| there.expression == printed.expression) {
                check.name.clone_from(&there.name);
            }
        }
    }
    known
}

/// Writes how tables that are there would be made.
fn write_adopted(here: &Here, known: &Schema) -> Result<(), Failure> {
    let plan = plan(&empty(here.dialect()), known, &Given::default());
    for migration in &plan.migrations {
        let name = here.free(&file::name(&world::stamp(), "adopted", migration.phase));
        here.write(&name, &File::of(migration).text())?;
        here.write_snapshot(&migration.reached)?;
    }
    Ok(())
}

pub(super) async fn adopt(args: &MigrateArgs) -> Result<Exit, Failure> {
    let Some(here) = Here::find(args)? else {
        return Ok(Exit::Findings);
    };
    let Some(door) = here.open_if_there().await? else {
        return Err(Failure::usage(
            "there is no such database",
            "name one that is there: `--database`",
        ));
    };
    if !door.applied().await?.is_empty() {
        return Err(Failure::usage(
            "migrations were applied to this database already",
            "`groma migrate status` says which; what is pending is applied, not adopted",
        ));
    }
    let of_design = of_model(&here.model, here.dialect());
    let is_planned = !here.files.is_empty();
    if is_planned
        && !plan(
            &here.reached,
            &fitted(&of_design, &here.reached),
            &Given::default(),
        )
        .is_empty()
    {
        return Err(Failure::usage(
            format!("the files in `{FOLDER}/` do not lead to the design"),
            "`groma migrate plan` writes what is missing; then adopt again",
        ));
    }
    let wanted = if is_planned {
        here.reached.clone()
    } else {
        of_design
    };
    let live = door.catalog().await?.schema;
    let (wanted, to_come) = if is_planned {
        (wanted, Vec::new())
    } else {
        there(&wanted, &live)
    };
    // How an expression is printed depends on the types of its columns: so those come first.
    let spelled = door.reconciled(&fitted(&wanted, &live), &live).await?;
    let differences = differences(&adapted(&spelled, &live), &live);
    if !differences.is_empty() {
        let mut text = String::from("the tables are not those of the design:\n");
        for difference in &differences {
            let _ = writeln!(text, "  {difference}");
        }
        text.push_str("help: write into the design what is there, or change the tables, and adopt again\n");
        world::say(&text);
        return Ok(Exit::Findings);
    }
    if !is_planned {
        let known = named_as(fitted(&wanted, &live), &spelled, &live);
        write_adopted(&here, &known)?;
    }
    let Some(here) = Here::find(args)? else {
        return Ok(Exit::Findings);
    };
    let orders = Orders {
        scripts: &here.scripts(),
        ours: &here.ours(),
        patience: &Patience::default(),
    };
    door.adopt(&orders).await?;
    world::print(&format!(
        "{} taken over; `{FOLDER}/` says how they would be made, and nothing was run\n",
        crate::words::count(wanted.tables.len(), "table", "tables")
    ));
    if !to_come.is_empty() {
        world::print(&format!(
            "not there yet, and `groma migrate plan` adds it: {}\n",
            to_come.join(", ")
        ));
    }
    Ok(Exit::Fine)
}
