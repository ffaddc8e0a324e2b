//! `migrations/schema.json`: the tables that a project's revisions lead to.
//!
//! It says which revision it is about, so that two branches that both wrote one do not pass for each other. As long as
//! the last change is a draft, it also holds the state before that, from which it is written anew.

use groma_migrate::{SnapshotError, read_snapshot, snapshot};
use groma_sql::schema::Schema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::both::Tables;

/// The path of the file that keeps the tables to which a project's revisions lead.
pub const PATH: &str = "migrations/schema.json";

/// The tables that revisions lead to.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Snapshot {
    /// The revision that leads to them.
    pub(super) revision: String,
    /// What they are.
    pub(super) tables: Tables,
    /// The last change, where it was written before the design was frozen.
    pub(super) draft: Option<Draft>,
}

/// A change that is written anew while the design is not frozen.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Draft {
    /// Its revisions.
    pub(super) revisions: Vec<String>,
    /// The SHA-256 of the design that was frozen when it was written.
    pub(super) frozen: String,
    /// What somebody has said that goes.
    pub(super) goes: Vec<String>,
    /// The revision before it.
    pub(super) after: Option<String>,
    /// The tables before it.
    pub(super) before: Tables,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    revision: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    draft: Option<DraftForm>,
    tables: TablesForm,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DraftForm {
    revisions: Vec<String>,
    frozen: String,
    goes: Vec<String>,
    after: Option<String>,
    before: TablesForm,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TablesForm {
    sqlite: Value,
    postgresql: Value,
}

impl Snapshot {
    /// Reads it.
    pub(super) fn read(text: &str) -> Result<Self, SnapshotError> {
        let form: Form = serde_json::from_str(text)?;
        let draft = form.draft.map(|draft| {
            Ok::<_, SnapshotError>(Draft {
                revisions: draft.revisions,
                frozen: draft.frozen,
                goes: draft.goes,
                after: draft.after,
                before: draft.before.read()?,
            })
        });
        Ok(Self {
            revision: form.revision,
            tables: form.tables.read()?,
            draft: draft.transpose()?,
        })
    }

    /// Writes it.
    pub(super) fn text(&self) -> String {
        let form = Form {
            revision: self.revision.clone(),
            tables: TablesForm::of(&self.tables),
            draft: self.draft.as_ref().map(|draft| DraftForm {
                revisions: draft.revisions.clone(),
                frozen: draft.frozen.clone(),
                goes: draft.goes.clone(),
                after: draft.after.clone(),
                before: TablesForm::of(&draft.before),
            }),
        };
        match serde_json::to_string_pretty(&form) {
            Ok(text) => text + "\n",
            Err(_) => unreachable!("texts, lists and maps have a form in JSON"),
        }
    }
}

impl TablesForm {
    fn of(tables: &Tables) -> Self {
        let form = |schema: &Schema| serde_json::from_str(&snapshot(schema)).unwrap_or_default();
        Self {
            sqlite: form(&tables.sqlite),
            postgresql: form(&tables.postgres),
        }
    }

    fn read(&self) -> Result<Tables, SnapshotError> {
        Ok(Tables {
            sqlite: read_snapshot(&self.sqlite.to_string())?,
            postgres: read_snapshot(&self.postgresql.to_string())?,
        })
    }
}
