//! The database that a plan is for: its tables as they are, and whether they are what the files say.

use std::collections::BTreeMap;

use groma_database::Door;
use groma_database::catalog::{Catalog, Difference, differences};
use groma_database::runner::{Applied, RunError, pending};
use groma_migrate::{Given, Plan, Size, plan};
use groma_sql::schema::Schema;

use super::here::Here;
use crate::failure::Failure;

/// A database, looked at once.
pub(super) struct Live {
    pub(super) door: Door,
    catalog: Catalog,
    applied: Vec<Applied>,
    /// What somebody has changed since the last migration.
    pub(super) drift: Vec<Difference>,
    /// What the files lead to and the tables are not, though all of it is applied and nobody has changed anything since:
    /// hand-written SQL did it, or somebody said that it is meant so.
    otherwise: Vec<Difference>,
    /// The SQL that takes it back.
    back: Vec<String>,
}

impl Live {
    /// Nothing where there is no database.
    pub(super) async fn find(here: &Here) -> Result<Option<Live>, Failure> {
        let Some(door) = here.open_if_there().await? else {
            return Ok(None);
        };
        let applied = door.applied().await?;
        // Its tables are not these files' to go on from.
        if let Err(stranger @ RunError::Missing { is_all: true, .. }) = pending(&here.scripts(), &applied) {
            return Err(stranger.into());
        }
        let drift = door.drift(&applied).await?;
        let catalog = door.catalog().await?;
        let is_applied = !applied.is_empty() && here.pending(&applied).is_empty();
        let (otherwise, back) = if is_applied && drift.is_empty() {
            let fulfilled = door.adapted(&here.reached, &catalog.schema).await?;
            let back = plan(&catalog.only(&here.ours()), &fulfilled.whole, &Given::default());
            (differences(&fulfilled.whole, &catalog.schema), sql_of(&back))
        } else {
            (Vec::new(), Vec::new())
        };
        Ok(Some(Live {
            door,
            catalog,
            applied,
            drift,
            otherwise,
            back,
        }))
    }

    /// How large the tables are.
    pub(super) fn sizes(&self) -> BTreeMap<String, Size> {
        let facts = self.catalog.facts.iter();
        let sizes = facts.map(|(table, facts)| {
            // Where nobody has counted, a row of some hundred bytes is a guess that is not far off.
            let rows = facts.rows.unwrap_or(facts.bytes / 200);
            let bytes = facts.bytes;
            (table.clone(), Size { rows, bytes })
        });
        sizes.collect()
    }

    /// What is good to know before what was planned is applied.
    pub(super) fn notes(&self, here: &Here, target: &Schema) -> Vec<String> {
        let there = self.there_already(here, target);
        let pending = here.pending(&self.applied);
        let state = match self.applied.last() {
            None if here.files.is_empty() || there.is_some() => None,
            None => Some(String::from(
                "no migration is applied to this database yet, so that its tables were not compared",
            )),
            Some(last) if !last.is_finished => Some(format!(
                "`{}` is not done to its end, so that the tables were not compared",
                last.name
            )),
            Some(last) if !pending.is_empty() => Some(format!(
                "{} not applied to this database yet: its tables were compared with what `{}` left",
                crate::words::count(pending.len(), "migration is", "migrations are"),
                last.name
            )),
            Some(_) => None,
        };
        let otherwise = self.otherwise.iter();
        let otherwise = otherwise.map(|it| format!("not what the files in `migrations/` lead to: {it}"));
        let back = (!self.otherwise.is_empty() && !self.back.is_empty()).then(|| {
            format!(
                "if that is not meant so, a file of your own in `migrations/` brings it back:\n  {}",
                self.back.join("\n  ")
            )
        });
        let notes = there.into_iter().chain(state).chain(otherwise);
        notes.chain(back).collect()
    }

    /// Which tables are to be made that are there already.
    fn there_already(&self, here: &Here, target: &Schema) -> Option<String> {
        let is_new = |name: &str| here.reached.table(name).is_none();
        let new = target.tables.iter().filter(|table| is_new(&table.name));
        let there: Vec<String> = new
            .filter(|table| self.catalog.schema.table(&table.name).is_some())
            .map(|table| format!("`{}`", table.name))
            .collect();
        (!there.is_empty()).then(|| {
            format!(
                "in the database already, so that making it fails: {}\n  help: `groma migrate adopt` takes over tables \
                 that fit the design, and runs nothing",
                there.join(", ")
            )
        })
    }
}

fn sql_of(plan: &Plan) -> Vec<String> {
    let steps = plan.migrations.iter().flat_map(|migration| &migration.steps);
    steps
        .flat_map(|step| &step.sql)
        .map(|sql| format!("{sql};"))
        .collect()
}
