//! `groma migrate plan`

mod said;

use std::collections::BTreeMap;

use groma_migrate::file::{self, File};
use groma_migrate::lint::Ahead;
use groma_migrate::{Given, Obstacle, Plan, Renames, adapted, plan};
use groma_sql::Dialect;
use groma_sql::schema::of_model;

use self::said::{Said, as_json, in_words};
use super::here::Here;
use super::live::Live;
use crate::Exit;
use crate::cli::PlanArgs;
use crate::failure::Failure;
use crate::world;

pub(super) async fn run(args: &PlanArgs) -> Result<Exit, Failure> {
    let Some((here, model)) = Here::designed(&args.migrate)? else {
        return Ok(Exit::Findings);
    };
    here.is_followed()?;
    let live = Live::find(&here).await?;
    // What was adopted keeps the names and types that it had.
    let wanted = of_model(&model, here.dialect());
    let target = adapted(&wanted, &wanted, &here.reached).known;
    let given = Given {
        renames: Renames::of(&model),
        goes: args.goes.iter().map(|word| place(word)).collect(),
        ours: None,
        sizes: live.as_ref().map(Live::sizes).unwrap_or_default(),
    };
    let plan = plan(&here.reached, &target, &given);
    let drift = live.as_ref().map_or(&[][..], |live| &live.drift);
    let counted = match &live {
        Some(live) => count(&plan, live).await,
        None => Counted::new(),
    };
    let is_refused = plan.is_blocked() || !drift.is_empty();
    let mut names = Vec::new();
    if !is_refused {
        let time = world::stamp();
        for migration in &plan.migrations {
            let name = here.free(&file::name(&time, &args.name, migration.phase));
            here.write(&name, &File::of(migration).text())?;
            here.write_snapshot(&migration.reached)?;
            names.push(name);
        }
    }
    let said = Said {
        plan: &plan,
        names: &names,
        counted: &counted,
        drift,
        notes: &live
            .as_ref()
            .map_or_else(|| vec![here.nothing_there()], |live| live.notes(&here, &target)),
    };
    world::print(&if args.migrate.json {
        as_json(&said)
    } else {
        in_words(&said)
    });
    Ok(Exit::when(is_refused))
}

/// A table, or a column of one.
fn place(word: &str) -> (String, Option<String>) {
    match word.split_once('.') {
        Some((table, column)) => (table.to_owned(), Some(column.to_owned())),
        None => (word.to_owned(), None),
    }
}

/// How many rows stand in the way, by the queries that count them.
type Counted = BTreeMap<String, i64>;

async fn count(plan: &Plan, live: &Live) -> Counted {
    let mut counted = Counted::new();
    let mut ahead = Ahead::default();
    for step in plan.migrations.iter().flat_map(|migration| &migration.steps) {
        for Obstacle { count, .. } in &step.obstacles {
            let query = match live.door.dialect() {
                Dialect::Postgres => ahead.asked(count),
                // Its questions are of the rows that are there: a table is made anew from them.
                Dialect::Sqlite => Some(count.clone()),
            };
            let Some(query) = query else { continue };
            // What is about a column that is still to come cannot be counted yet.
            if let Ok(rows) = live.door.count(&query).await {
                counted.insert(count.clone(), rows);
            }
        }
        for sql in &step.sql {
            ahead.follow(sql);
        }
    }
    counted
}
