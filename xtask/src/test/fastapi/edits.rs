//! A project that its owner has edited, generated again from a design that has changed: it is still as good as before.
//!
//! That no edit is lost, in more kinds of them, is a test of `groma generate` itself.

use std::path::Path;

use super::project::Project;
use super::{statically, tests};
use crate::run::{self, Outcome, failure};
use crate::test::{live, outside};

/// What somebody does to the project: in which file, what stands there, and what they make of it.
const EDITS: [(&str, &str, &str); 3] = [
    // A function is rewritten.
    (
        "app/tasks/service.py",
        "    task = session.scalar(select(Task).where(readable(caller, task_id)))\n    if task is None:\n",
        "    task = session.scalars(select(Task).where(readable(caller, task_id))).first()\n    if not task:\n",
    ),
    // A setting has another value.
    ("app/core/db.py", "pool_size=10", "pool_size=3"),
    // A comment at the top.
    ("app/tasks/schemas.py", "\"\"\"", "# Reviewed by Ada.\n\"\"\""),
];

/// Hooks and routes of the owner's, with tests that they are called.
const OWN: &str = "crates/groma-fastapi/src/tests/owned";

/// How the design goes on.
const CHANGES: [(&str, &str, &str); 3] = [
    (
        "specs/db/task.md",
        "  due: date?\n",
        "  due: date?\n  estimate: int(0..1000)?\n",
    ),
    (
        "specs/db/task.md",
        "## What is to be done.",
        "## What there is to do.",
    ),
    (
        "specs/overview.md",
        "rate 600/min per caller",
        "rate 300/min per caller",
    ),
];

/// Edits a project of the example, changes its design, generates it again and judges it.
pub(super) fn survive(groma: &Path) -> Outcome {
    let project = Project::generate(groma, "examples/tasks", "edited")?;
    for (path, old, new) in EDITS {
        exchange(&project.folder.join(path), old, new)?;
    }
    live::copy(&run::root().join(OWN), &project.folder)
        .map_err(|error| failure(format!("cannot copy `{OWN}`: {error}")))?;
    for (path, old, new) in CHANGES {
        exchange(&project.design.join(path), old, new)?;
        project.generate_again(groma)?;
    }
    for (path, _, new) in EDITS {
        if !run::read(&project.folder.join(path))?.contains(new) {
            return Err(failure(format!("`{path}` has lost {new:?}")));
        }
    }
    statically(&project)?;
    let database = format!("sqlite:///{}", project.design.join("edited.db").display());
    tests(&project, &database)?;
    own_revision(&project, &database)
}

/// Has Alembic write the revision of a column of the owner's: it stands as the project wants it.
fn own_revision(project: &Project, database: &str) -> Outcome {
    let last = "    owner_id: str = Field(sa_type=TEXT)\n";
    let own = "    colour_of_its_label_in_the_list_of_projects: str | None = Field(sa_type=TEXT)\n";
    let models = project.folder.join("app/projects/models.py");
    exchange(&models, last, &format!("{last}{own}"))?;
    run::quietly(
        project
            .command(&["alembic", "revision", "--autogenerate", "-m", "colours"])
            .env("DATABASE_URL", database),
    )?;
    for words in [&["check"][..], &["format", "--check"]] {
        run::quietly(project.command(&["ruff"]).args(words).arg("migrations"))?;
    }
    Ok(())
}

/// Exchanges a text in a file for another one, which must be there.
fn exchange(path: &Path, old: &str, new: &str) -> Outcome {
    let text = run::read(path)?;
    if !text.contains(old) {
        return Err(failure(format!(
            "`{}` has no {old:?} any more; bring xtask/src/test/fastapi/edits.rs up to date",
            path.display()
        )));
    }
    outside::write(path, &text.replacen(old, new, 1))
}
