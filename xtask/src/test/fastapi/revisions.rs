//! Alembic's revisions of a design that goes on changing, and of random changes: up and down, with rows inside.

use testkit::Postgres;

use super::project;
use crate::run::{self, Outcome, failure};

/// What judges them.
const JUDGE: &str = "xtask/outside/fastapi/revisions.py";

/// Holds them to the tables of the native server; gives what is to be read at the end.
pub(super) fn lead_there_and_back(server: &Postgres, changes: u32) -> Outcome<String> {
    let folder = run::target().join("outside/fastapi/revisions");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)
            .map_err(|error| failure(format!("cannot empty `{}`: {error}", folder.display())))?;
    }
    run::quietly(
        run::cargo()
            .args([
                "nextest",
                "run",
                "--locked",
                "--package",
                "groma-fastapi",
                "revisions",
            ])
            .env("GROMA_REVISIONS_OUT", &folder),
    )?;
    let url = server.url().replacen("postgresql://", "postgresql+psycopg://", 1);
    let (server, _) = url
        .rsplit_once('/')
        .ok_or_else(|| failure(format!("`{url}` names no database")))?;
    let said = run::quietly(
        run::in_root(project::programs()?.join("python"))
            .arg(JUDGE)
            .arg(&folder)
            .arg(server)
            .arg(changes.to_string()),
    )?;
    Ok(said.lines().next_back().unwrap_or_default().to_owned())
}
