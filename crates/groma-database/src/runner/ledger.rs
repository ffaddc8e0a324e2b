//! What was done: kept in the database itself, in the schema `groma_internal`, which holds a record for each schema that
//! has tables of ours.

use tokio_postgres::Client;
use tokio_postgres::types::Type;

use super::{RunError, Script};
use crate::catalog::{Beside, schema_name};
use crate::error::{DatabaseError, postgres};

/// Two runners may do this at once, each for its own schema.
const TABLES: &str = "\
SELECT pg_advisory_xact_lock(hashtextextended('groma_internal', 0));
CREATE SCHEMA IF NOT EXISTS groma_internal;
CREATE TABLE IF NOT EXISTS groma_internal.migrations (
  position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- The schema that the tables are in.
  made_in text NOT NULL,
  name text NOT NULL,
  hash text NOT NULL,
  from_state text,
  to_state text,
  -- What the tables were when it was done, as this database spells them.
  left_behind text,
  -- What stood beside them then, as JSON: triggers, rules, owners, grants.
  left_beside text,
  is_adopted boolean NOT NULL DEFAULT false,
  begun_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  CONSTRAINT migrations_made_in_name_key UNIQUE (made_in, name)
);
CREATE TABLE IF NOT EXISTS groma_internal.steps (
  made_in text NOT NULL,
  migration text NOT NULL,
  number int NOT NULL,
  title text NOT NULL,
  is_done boolean NOT NULL,
  -- Of statements that run alone how many are done; of batches, the key of the last row.
  reached text,
  begun_at timestamptz NOT NULL DEFAULT now(),
  done_at timestamptz,
  PRIMARY KEY (made_in, migration, number),
  FOREIGN KEY (made_in, migration) REFERENCES groma_internal.migrations (made_in, name) ON DELETE CASCADE
);";

/// A record that is older than this is of one schema: of this one, where it does not say which.
const OLDER: &str = "SELECT EXISTS (SELECT FROM pg_constraint
  WHERE conname = 'migrations_name_key' AND conrelid = to_regclass('groma_internal.migrations'))";
const MADE_OLDER: &str = "\
SELECT pg_advisory_xact_lock(hashtextextended('groma_internal', 0));
ALTER TABLE groma_internal.migrations ADD COLUMN IF NOT EXISTS left_beside text,
  ADD COLUMN IF NOT EXISTS made_in text;
UPDATE groma_internal.migrations SET made_in = current_schema() WHERE made_in IS NULL;
ALTER TABLE groma_internal.steps DROP CONSTRAINT steps_migration_fkey, DROP CONSTRAINT steps_pkey,
  ADD COLUMN made_in text;
UPDATE groma_internal.steps s SET made_in = m.made_in FROM groma_internal.migrations m WHERE m.name = s.migration;
ALTER TABLE groma_internal.migrations ALTER COLUMN made_in SET NOT NULL, DROP CONSTRAINT migrations_name_key,
  ADD CONSTRAINT migrations_made_in_name_key UNIQUE (made_in, name);
ALTER TABLE groma_internal.steps ADD PRIMARY KEY (made_in, migration, number),
  ADD FOREIGN KEY (made_in, migration) REFERENCES groma_internal.migrations (made_in, name) ON DELETE CASCADE;";

/// What is recorded while drift is taken back: no migration.
pub(super) const TAKING_BACK: &str = "(drift is taken back)";

/// A migration that was applied, or begun.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Applied {
    /// Its name.
    pub name: String,
    /// Of what it was.
    pub hash: String,
    /// The state that it leads to.
    pub state: Option<String>,
    /// Whether it came to its end.
    pub is_finished: bool,
    /// Whether it was recorded for tables that were there before it, and never run.
    pub is_adopted: bool,
    /// How many of its steps are done.
    pub steps: usize,
    /// What our tables were when it was done, as a snapshot.
    pub left_behind: Option<String>,
    /// What stood beside them, as JSON, where that is known.
    pub left_beside: Option<String>,
}

impl Applied {
    /// What stood beside the tables when it was done, where that is known.
    pub fn beside(&self) -> Result<Option<Beside>, serde_json::Error> {
        let Some(text) = &self.left_beside else {
            return Ok(None);
        };
        let all: Vec<(String, String, String)> = serde_json::from_str(text)?;
        let all = all.into_iter();
        Ok(Some(
            all.map(|(table, part, said)| ((table, part), said)).collect(),
        ))
    }
}

/// What our tables were, and what stood beside them, as texts.
pub(super) type Left = (String, String);

/// The record of one schema.
pub(super) struct Ledger<'c> {
    pub(super) client: &'c Client,
    /// The schema that the tables are in.
    pub(super) here: String,
}

/// What the record says of a step.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Record {
    pub(super) is_done: bool,
    pub(super) reached: Option<String>,
}

/// What was applied to the tables of this schema, in order; nothing where there is no record. One that was begun and of
/// which nothing was done is as good as none.
pub async fn applied(client: &Client) -> Result<Vec<Applied>, DatabaseError> {
    let doing = || postgres("read which migrations were applied");
    let there = client
        .query_typed("SELECT to_regclass('groma_internal.migrations') IS NOT NULL", &[])
        .await
        .map_err(doing())?;
    if !there.first().is_some_and(|row| row.get(0)) {
        return Ok(Vec::new());
    }
    let here = schema_name(client).await?;
    // By their JSON, since a record that is older has fewer columns.
    let rows = client
        .query_typed(
            "SELECT m.name, m.hash, m.to_state, m.finished_at IS NOT NULL, s.done, m.left_behind, m.is_adopted, m.beside
             FROM (
               SELECT *, coalesce(to_jsonb(m) ->> 'made_in', $2) AS here, to_jsonb(m) ->> 'left_beside' AS beside
               FROM groma_internal.migrations m
             ) m CROSS JOIN LATERAL (
               SELECT count(*) AS begun, count(*) FILTER (WHERE s.is_done) AS done FROM groma_internal.steps s
               WHERE s.migration = m.name AND coalesce(to_jsonb(s) ->> 'made_in', m.here) = m.here
             ) s
             WHERE m.here = $2 AND m.name <> $1 AND (m.finished_at IS NOT NULL OR s.begun > 0)
             ORDER BY m.position",
            &[(&TAKING_BACK, Type::TEXT), (&here, Type::TEXT)],
        )
        .await
        .map_err(doing())?;
    let applied = rows.iter().map(|row| Applied {
        name: row.get(0),
        hash: row.get(1),
        state: row.get(2),
        is_finished: row.get(3),
        steps: usize::try_from(row.get::<_, i64>(4)).unwrap_or_default(),
        left_behind: row.get(5),
        is_adopted: row.get(6),
        left_beside: row.get(7),
    });
    Ok(applied.collect())
}

impl<'c> Ledger<'c> {
    /// Makes what is not there of it.
    pub(super) async fn open(client: &'c Client) -> Result<Self, RunError> {
        let doing = || {
            postgres(
                "make the record of migrations, the schema `groma_internal` (to make it a user needs `GRANT CREATE ON \
                 DATABASE`)",
            )
        };
        let rows = client.query_typed(OLDER, &[]).await.map_err(doing())?;
        let is_older = rows.first().is_some_and(|row| row.get(0));
        let made = if is_older { MADE_OLDER } else { TABLES };
        client.batch_execute(made).await.map_err(doing())?;
        let here = schema_name(client).await?;
        Ok(Self { client, here })
    }

    pub(super) async fn applied(&self) -> Result<Vec<Applied>, RunError> {
        Ok(applied(self.client).await?)
    }

    /// Notes that a migration begins. Does nothing where it has begun.
    pub(super) async fn begin(&self, script: &Script) -> Result<(), RunError> {
        let (from, to) = script.states.clone().unzip();
        self.client
            .execute(
                "INSERT INTO groma_internal.migrations (name, hash, from_state, to_state, made_in)
                 VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (made_in, name) DO NOTHING",
                &[&script.name, &script.hash, &from, &to, &self.here],
            )
            .await
            .map_err(postgres("record a migration"))?;
        Ok(())
    }

    /// Notes that a migration is done, and what it has left behind.
    pub(super) async fn finish(&self, name: &str, (behind, beside): &Left) -> Result<(), RunError> {
        self.client
            .execute(
                "UPDATE groma_internal.migrations SET finished_at = coalesce(finished_at, now()), left_behind = $2,
                   left_beside = $3 WHERE name = $1 AND made_in = $4",
                &[&name, behind, beside, &self.here],
            )
            .await
            .map_err(postgres("record a migration"))?;
        Ok(())
    }

    /// Notes that a migration is for tables that were there before it.
    pub(super) async fn adopted(&self, name: &str) -> Result<(), RunError> {
        let update =
            "UPDATE groma_internal.migrations SET is_adopted = true WHERE name = $1 AND made_in = $2";
        self.client
            .execute(update, &[&name, &self.here])
            .await
            .map_err(postgres("record a migration"))?;
        Ok(())
    }

    /// Forgets what was begun and of which nothing was done: its file may say something else by now, or be gone.
    pub(super) async fn clear(&self) -> Result<(), RunError> {
        let delete = "DELETE FROM groma_internal.migrations m WHERE m.finished_at IS NULL AND m.made_in = $1
               AND NOT EXISTS (SELECT FROM groma_internal.steps s WHERE s.migration = m.name AND s.made_in = m.made_in)";
        self.client
            .execute(delete, &[&self.here])
            .await
            .map_err(postgres("forget what was begun and not done"))?;
        Ok(())
    }

    /// Forgets that a step was begun.
    pub(super) async fn unnote(&self, script: &Script, number: usize) -> Result<(), DatabaseError> {
        let delete = "DELETE FROM groma_internal.steps WHERE migration = $1 AND number = $2 AND made_in = $3";
        self.client
            .execute(delete, &[&script.name, &place(number), &self.here])
            .await
            .map_err(postgres("record what was done"))?;
        Ok(())
    }

    /// Notes that a migration is not at its end any more.
    pub(super) async fn reopen(&self, script: &Script) -> Result<(), DatabaseError> {
        let update = "UPDATE groma_internal.migrations SET finished_at = NULL
               WHERE name = $1 AND made_in = $2 AND finished_at IS NOT NULL";
        self.client
            .execute(update, &[&script.name, &self.here])
            .await
            .map_err(postgres("record that a migration is undone"))?;
        Ok(())
    }

    /// Forgets migrations, all at once.
    pub(super) async fn forget(&self, names: &[&str]) -> Result<(), RunError> {
        self.client
            .execute(
                "DELETE FROM groma_internal.migrations WHERE name = ANY ($1) AND made_in = $2",
                &[&names, &self.here],
            )
            .await
            .map_err(postgres("record that a migration was undone"))?;
        Ok(())
    }

    pub(super) async fn record(
        &self,
        script: &Script,
        number: usize,
    ) -> Result<Option<Record>, DatabaseError> {
        let row = self
            .client
            .query_opt(
                "SELECT is_done, reached FROM groma_internal.steps WHERE migration = $1 AND number = $2 AND made_in = $3",
                &[&script.name, &place(number), &self.here],
            )
            .await
            .map_err(postgres("read what was done"))?;
        Ok(row.map(|row| Record {
            is_done: row.get(0),
            reached: row.get(1),
        }))
    }

    /// Notes how far a step is; inside of a transaction, together with what was done.
    pub(super) async fn note(
        &self,
        (script, number): (&Script, usize),
        record: &Record,
    ) -> Result<(), tokio_postgres::Error> {
        let title = script
            .steps
            .get(number)
            .map(|step| step.title.as_str())
            .unwrap_or_default();
        self.client
            .execute(
                "INSERT INTO groma_internal.steps (migration, number, title, is_done, reached, done_at, made_in)
                 VALUES ($1, $2, $3, $4, $5, CASE WHEN $4 THEN clock_timestamp() END, $6)
                 ON CONFLICT (made_in, migration, number) DO UPDATE
                 SET is_done = $4, reached = $5, done_at = CASE WHEN $4 THEN clock_timestamp() END",
                &[
                    &script.name,
                    &place(number),
                    &title,
                    &record.is_done,
                    &record.reached,
                    &self.here,
                ],
            )
            .await?;
        Ok(())
    }
}

/// Steps count from 1 in the record, as they do for people.
fn place(number: usize) -> i32 {
    i32::try_from(number + 1).unwrap_or(i32::MAX)
}
