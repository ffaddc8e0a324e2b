//! A failure as one JSON object, for programs that asked for JSON.

use std::path::Path;

use groma_database::DatabaseError;
use groma_database::runner::RunError;
use serde_json::{Value, json};

use super::Failure;
use crate::world::WorldError;

impl Failure {
    /// The document of a command that failed.
    pub(crate) fn document(&self) -> String {
        format!("{:#}\n", json!({"error": self.as_json()}))
    }

    /// What kind of failure it is, what went wrong and why, where, and what to do.
    pub(crate) fn as_json(&self) -> Value {
        let message = self.to_string();
        let causes = self.causes(&message);
        json!({
            "kind": self.kind(),
            "message": message,
            "because": causes,
            "place": self.place(),
            "help": self.help(),
        })
    }

    /// A name that stays, whatever the message says.
    fn kind(&self) -> &'static str {
        match self {
            Failure::World(_) => "file",
            Failure::NoDesign { .. } | Failure::NoDeclaration { .. } => "no-design",
            Failure::Usage { .. } => "usage",
            Failure::DotEnv(_) | Failure::Settings(_) => "settings",
            Failure::Start(_) | Failure::Threads { .. } => "start",
            Failure::Issuer(_) => "issuer",
            Failure::Verify(_) => "verify",
            Failure::Git(_) => "git",
            Failure::Lock(_) | Failure::Unwritable(_) => "lock",
            Failure::EarlierBroken { .. } => "earlier-design",
            Failure::Database(error) => of_database(error),
            Failure::Run(error) => of_run(error),
            Failure::Migration { .. } => "migration-unreadable",
            Failure::Chain(_) => "migrations-apart",
            Failure::Snapshot(_) => "snapshot-unreadable",
            Failure::ChangedMeanwhile { .. } => "changed-meanwhile",
            Failure::Generated { .. } | Failure::Damaged(_) | Failure::OtherProject { .. } => {
                "generated-lock"
            }
            Failure::NotOurs { .. } => "not-ours",
        }
    }

    /// The file and its line, or the migration and its step; nothing where there is no such place.
    fn place(&self) -> Value {
        let file = |path: &Path| json!({"file": path.display().to_string()});
        match self {
            Failure::World(error) | Failure::Damaged(error) => match error {
                WorldError::NotText { path, line } => {
                    json!({"file": path.display().to_string(), "line": line})
                }
                WorldError::Read { path, .. }
                | WorldError::Write { path, .. }
                | WorldError::NotAFile { path }
                | WorldError::Outside { path }
                | WorldError::TooLarge { path } => file(path),
            },
            Failure::NoDesign { folder } | Failure::NoDeclaration { folder, .. } => file(folder),
            Failure::Migration { path, source } => {
                json!({"file": path.display().to_string(), "line": source.line})
            }
            Failure::Run(error) => match error.place() {
                Some((migration, step)) => json!({"migration": migration, "step": step}),
                None => Value::Null,
            },
            Failure::ChangedMeanwhile { path }
            | Failure::Generated { path, .. }
            | Failure::OtherProject { path, .. }
            | Failure::NotOurs { path } => file(path),
            Failure::Usage { .. }
            | Failure::DotEnv(_)
            | Failure::Settings(_)
            | Failure::Start(_)
            | Failure::Threads { .. }
            | Failure::Issuer(_)
            | Failure::Verify(_)
            | Failure::Git(_)
            | Failure::Lock(_)
            | Failure::Unwritable(_)
            | Failure::EarlierBroken { .. }
            | Failure::Database(_)
            | Failure::Chain(_)
            | Failure::Snapshot(_) => Value::Null,
        }
    }
}

fn of_database(error: &DatabaseError) -> &'static str {
    match error {
        DatabaseError::Connect(_) => "unreachable",
        DatabaseError::Pooled { .. } => "pooler",
        DatabaseError::Postgres { .. } | DatabaseError::Sqlite { .. } => "database",
    }
}

fn of_run(error: &RunError) -> &'static str {
    match error {
        RunError::Database(error) => of_database(error),
        RunError::Busy { .. } => "busy",
        RunError::Missing { .. } => "migration-missing",
        RunError::Changed { .. } => "migration-changed",
        RunError::Order { .. } => "migration-order",
        RunError::Elsewhere { .. } => "other-state",
        RunError::Drift { .. } => "drift",
        RunError::NotLast { .. } => "not-last",
        RunError::Record { .. } => "record-unreadable",
        RunError::OfTheRunner { .. } => "of-the-runner",
        RunError::Step { .. } => "step-failed",
        RunError::InTheWay { .. } => "rows-in-the-way",
        RunError::Undone { .. } => "step-without-effect",
        RunError::LetGo { .. } => "lock-given-up",
        RunError::Dangling { .. } => "rows-dangle",
        RunError::View { .. } => "view-broken",
    }
}
