//! A file for development that has tables and no record of migrations: `groma dev` made them from an earlier design.
//!
//! Nobody else runs on it, so that it is changed as it stands and no file is written. What loses something waits for the
//! word, and what has to be asked is not done.

use std::collections::BTreeSet;
use std::path::Path;

use groma_database::Door;
use groma_database::runner::{Orders, Patience, Script};
use groma_migrate::file::File;
use groma_migrate::{Given, Plan, Renames, plan};
use groma_sql::schema::Schema;

use crate::failure::Failure;

/// What became of a file.
pub(super) struct Brought {
    /// What there is to say of it.
    pub(super) said: Vec<String>,
    /// Whether its tables are what was wanted.
    pub(super) fits: bool,
}

/// Brings the tables of a file to a form. `is_told` says that what loses something is meant.
pub(super) async fn bring(
    (door, file): (&Door, &Path),
    (wanted, renames): (&Schema, Renames),
    is_told: bool,
) -> Result<Brought, Failure> {
    let new = wanted.tables.iter().map(|table| &table.name);
    let names: BTreeSet<String> = new.chain(renames.tables.values()).cloned().collect();
    let live = door.catalog().await?.only(&names);
    if live.tables.is_empty() {
        return Ok(done(Vec::new()));
    }
    let target = door.adapted(wanted, &live).await?.whole;
    let given = Given {
        renames,
        ..Given::default()
    };
    let plan = plan(&live, &target, &given);
    let why = reasons(&plan, is_told);
    if !why.is_empty() {
        let mut said = vec![format!("not changed: {}", file.display())];
        said.extend(why);
        return Ok(Brought { said, fits: false });
    }
    let files = plan.migrations.iter().map(File::of);
    let scripts: Vec<Script> = files
        .map(|file| Script::of("what the design asks for", &file))
        .collect();
    let orders = Orders {
        scripts: &scripts,
        ours: &BTreeSet::new(),
        patience: &Patience::default(),
    };
    door.take_back(&orders, &mut |_| {}).await?;
    let steps = plan.migrations.iter().flat_map(|migration| &migration.steps);
    Ok(done(steps.map(|step| step.title.clone()).collect()))
}

fn done(said: Vec<String>) -> Brought {
    Brought { said, fits: true }
}

/// Why a plan is not for whoever only starts a server.
fn reasons(plan: &Plan, is_told: bool) -> Vec<String> {
    let questions = plan.questions.iter().filter(|question| question.is_blocking());
    let questions: Vec<String> = questions
        .flat_map(|question| {
            [
                format!("  {question}"),
                format!("    help: {}", question.remedy()),
            ]
        })
        .collect();
    if is_told || !questions.is_empty() {
        return questions;
    }
    let steps = plan.migrations.iter().flat_map(|migration| &migration.steps);
    let lost: Vec<String> = steps
        .flat_map(|step| &step.lost)
        .map(|lost| format!("  {lost}"))
        .collect();
    if lost.is_empty() {
        return lost;
    }
    let head = String::from("  `groma dev --yes` brings it to the design, and loses");
    std::iter::once(head).chain(lost).collect()
}
