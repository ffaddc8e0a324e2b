//! What `groma dev` does with migrations: those that are pending are applied to the file that it serves.
//!
//! No other release runs there, so that both kinds are due. What loses rows or values waits until somebody says so. A
//! server of Postgres is left as it is: it may be more than one person's. So is a file that somebody else may have made.

mod unrecorded;

use std::path::Path;

use groma_database::Door;
use groma_database::runner::{Applied, Orders, Patience};
use groma_ir::Model;
use groma_migrate::lint::Ground;
use groma_migrate::{Given, Renames, adapted, plan};
use groma_sql::schema::of_model;

use super::apply::lost_by;
use super::here::{FOLDER, Here};
use super::teller::Teller;
use crate::failure::Failure;
use crate::project::Project;
use crate::world;

/// Applies what is pending to a file, and gives what there is to say of it. `is_told` says that what loses something is
/// meant. Where there are no migrations for SQLite, the project's own file is brought to the design itself.
pub(in crate::commands) async fn bring_up(
    project: Project,
    model: &Model,
    file: &Path,
    is_told: bool,
) -> Result<Vec<String>, Failure> {
    let is_own = file.starts_with(project.state());
    let Some(mut here) = Here::of_file(project, file)? else {
        return if is_own && world::is_file(file) {
            without_files(model, file, is_told).await
        } else {
            Ok(Vec::new())
        };
    };
    let mut said = Vec::new();
    let door = here.open().await?;
    let mut applied = door.applied().await?;
    let catalog = door.catalog().await?;
    let mut ours = here.reached.tables.iter();
    if applied.is_empty() && ours.any(|table| catalog.schema.table(&table.name).is_some()) {
        let is_recorded = is_own && catch_up(&here, (&door, file), (is_told, &mut said)).await?;
        if !is_recorded {
            said.push(format!(
                "nothing of `{FOLDER}/` is applied: {} has tables and no record of migrations; `groma migrate adopt` \
                 takes them over where they fit, or remove the file if its data can go",
                file.display()
            ));
            return Ok(said);
        }
        applied = door.applied().await?;
    }
    let waiting = if is_told {
        Vec::new()
    } else {
        put_off(&mut here, &applied, &catalog.ground())?
    };
    said.extend(apply(&here, &door).await?);
    said.extend(waiting);
    said.extend(ahead(&here, model));
    Ok(said)
}

/// Of a project that has no migrations yet.
async fn without_files(model: &Model, file: &Path, is_told: bool) -> Result<Vec<String>, Failure> {
    let door = Door::sqlite(file)?;
    if !door.applied().await?.is_empty() {
        return Ok(Vec::new());
    }
    let wanted = of_model(model, door.dialect());
    let form = (&wanted, Renames::of(model));
    Ok(unrecorded::bring((&door, file), form, is_told).await?.said)
}

/// Brings a file that is older than the migrations to where they lead, and records them; what somebody wrote by hand may
/// do more than its tables say. Says whether it could be done.
async fn catch_up(
    here: &Here,
    (door, file): (&Door, &Path),
    (is_told, said): (bool, &mut Vec<String>),
) -> Result<bool, Failure> {
    if here.files.iter().any(|(_, file)| file.states.is_none()) {
        return Ok(false);
    }
    here.is_followed()?;
    let form = (&here.reached, Renames::default());
    let brought = unrecorded::bring((door, file), form, is_told).await?;
    said.extend(brought.said);
    if brought.fits {
        let orders = Orders {
            scripts: &here.scripts(),
            ours: &here.ours(),
            patience: &Patience::default(),
        };
        door.adopt(&orders).await?;
        said.push(format!("recorded: its tables are what `{FOLDER}/` leads to"));
    }
    Ok(brought.fits)
}

async fn apply(here: &Here, door: &Door) -> Result<Vec<String>, Failure> {
    let orders = Orders {
        scripts: &here.scripts(),
        ours: &here.ours(),
        patience: &Patience::default(),
    };
    let mut teller = Teller::new();
    let finished = door.apply(&orders, &mut |event| teller.tell(&event)).await?;
    drop(teller);
    let lines = finished.iter().map(|name| format!("applied {FOLDER}/{name}"));
    Ok(lines.collect())
}

/// Takes the first file that loses something out of what is done now, and all that comes behind it.
fn put_off(here: &mut Here, applied: &[Applied], ground: &Ground) -> Result<Vec<String>, Failure> {
    let pending = here.pending(applied);
    let mut losing = None;
    for (name, file) in pending {
        let lost = lost_by(here, (name, file), ground)?;
        if !lost.is_empty() {
            losing = Some((name.clone(), lost));
            break;
        }
    }
    let Some((name, lost)) = losing else {
        return Ok(Vec::new());
    };
    let at = here.files.iter().position(|(of, _)| *of == name);
    here.files.truncate(at.unwrap_or(here.files.len()));
    let mut said = vec![format!(
        "not applied: {FOLDER}/{name}; `groma dev --yes` does it, and loses"
    )];
    said.extend(lost.into_iter().map(|lost| format!("  {lost}")));
    Ok(said)
}

/// Whether the design asks for more than the files lead to.
fn ahead(here: &Here, model: &Model) -> Option<String> {
    let wanted = of_model(model, here.dialect());
    let target = adapted(&wanted, &wanted, &here.reached).known;
    let given = Given {
        renames: Renames::of(model),
        ..Given::default()
    };
    let is_reached = plan(&here.reached, &target, &given).is_empty();
    (!is_reached).then(|| {
        format!(
            "the design is ahead of `{FOLDER}/`: `groma migrate plan` writes what is missing, and the next `groma dev` \
             applies it"
        )
    })
}
