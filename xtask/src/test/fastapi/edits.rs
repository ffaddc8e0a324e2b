//! A project that its owner has edited in ten ways, generated again after each of three changes of the design: nothing of
//! theirs is lost, and with all of it the project is as good as one that was never edited.
//!
//! What cannot stand together is told as a conflict, which is a test of `groma generate` itself.

use std::path::Path;

use super::depth::Services;
use super::project::Project;
use super::{statically, tests};
use crate::run::{self, Outcome, failure};
use crate::test::{live, outside};

/// An exchange in a file: what stands there, and what is made of it.
type Exchange<'t> = (&'t str, &'t str, &'t str);

/// What somebody does to generated files.
const EDITS: [Exchange<'_>; 10] = [
    // A field is renamed in code, and is called outside what it was called.
    (
        "app/tasks/schemas.py",
        "    done: int\n",
        "    finished: Annotated[int, Field(alias=\"done\")]\n",
    ),
    // A function is rewritten.
    (
        "app/tasks/service.py",
        "    task = session.scalar(select(Task).where(readable(caller, task_id)))\n    if task is None:\n",
        "    task = session.scalars(select(Task).where(readable(caller, task_id))).first()\n    if not task:\n",
    ),
    // Something of theirs is imported, and called.
    (
        "app/tasks/router.py",
        "from app.projects.schemas import ProjectPublic\n",
        "from app.notices import notice\nfrom app.projects.schemas import ProjectPublic\n",
    ),
    (
        "app/tasks/router.py",
        "    task = service.archive_task(session, caller, id, if_match)\n",
        "    task = service.archive_task(session, caller, id, if_match)\n    notice(task.title)\n",
    ),
    // A setting has another value.
    ("app/core/db.py", "pool_size=10", "pool_size=3"),
    // Words about a function are others.
    (
        "app/projects/service.py",
        "\"\"\"One project that the caller may read.\"\"\"",
        "\"\"\"One project, of the caller or told to them.\"\"\"",
    ),
    // A comment at the top.
    ("app/tasks/models.py", "\"\"\"", "# Reviewed by Ada.\n\"\"\""),
    // A dependency is added.
    (
        "pyproject.toml",
        "dependencies = [\n",
        "dependencies = [\n  \"packaging>=26,<27\",\n",
    ),
    // A test asks for more.
    (
        "tests/test_app.py",
        "    assert nobody.get(\"/livez\").json() == {\"status\": \"ok\"}\n",
        "    assert nobody.get(\"/livez\").json() == {\"status\": \"ok\"}\n    assert nobody.get(\"/livez\").status_code == 200\n",
    ),
    // The words of a page.
    ("README.md", "# Task management\n", "# Our tasks\n"),
];

/// Hooks and routes of the owner's, with tests that they are called.
const OWN: &str = "crates/groma-fastapi/src/tests/owned";

/// A module of theirs.
const NOTICES: (&str, &str) = (
    "app/notices.py",
    "\"\"\"What we are told.\"\"\"\n\nimport logging\n\n\ndef notice(title: str) -> None:\n    \"\"\"Tells that a \
     task was put away.\"\"\"\n    logging.getLogger(__name__).info(\"archived: %s\", title)\n",
);

/// A file that they have no use for.
const REMOVED: &str = "tests/test_rates.py";

/// How the design goes on.
const CHANGES: [&[Exchange<'_>]; 3] = [
    // A field that is read and written.
    &[
        (
            "specs/db/task.md",
            "  due: date?\n",
            "  due: date?\n  estimate: int(0..1000)?\n",
        ),
        (
            "specs/features/tasks.md",
            "  create { accept title, notes,",
            "  create { accept title, estimate, notes,",
        ),
        (
            "specs/features/tasks.md",
            "  update { accept title, notes,",
            "  update { accept title, estimate, notes,",
        ),
    ],
    // An action, one more number, and other words.
    &[
        (
            "specs/features/tasks.md",
            "  ## Takes the completion back.\n",
            "  ## Lays a task aside.\n  action pause { from doing to todo }\n  ## Takes the completion back.\n",
        ),
        (
            "specs/auth/access.md",
            "  allow complete, reopen to",
            "  allow complete, reopen, pause to",
        ),
        (
            "specs/features/tasks.md",
            "    open: count per priority when status in (todo, doing)\n",
            "    open: count per priority when status in (todo, doing)\n    archived: count when status == archived\n",
        ),
        (
            "specs/db/task.md",
            "## What is to be done.",
            "## What there is to do.",
        ),
    ],
    // A field has another name, the rate is another one, and there is one more resource.
    &[
        (
            "specs/db/task.md",
            "  estimate: int(0..1000)?\n",
            "  effort: int(0..1000)? was \"estimate\"\n",
        ),
        ("specs/features/tasks.md", "estimate", "effort"),
        ("specs/features/tasks.md", "estimate", "effort"),
        (
            "specs/overview.md",
            "rate 600/min per caller",
            "rate 300/min per caller",
        ),
        (
            "specs/db/project.md",
            "entity Project",
            "entity Label {\n  id: uuid key\n  name: text(1..40) trim\n  owner: User = caller readonly\n  \
             timestamps\n}\n\naccess Label {\n  allow all to owner\n}\n\nresource /labels for Label {\n  list { sort name }\n  \
             create { accept name }\n  read\n  update { accept name }\n  delete\n}\n\nentity Project",
        ),
    ],
];

/// Edits a project of the example, changes its design, generates it again and judges it.
pub(super) fn survive(groma: &Path) -> Outcome {
    let project = Project::generate(groma, "examples/tasks", "edited", Services::Sync)?;
    let folder = &project.folder;
    for edit in EDITS {
        exchange(folder, edit)?;
    }
    live::copy(&run::root().join(OWN), folder)
        .map_err(|error| failure(format!("cannot copy `{OWN}`: {error}")))?;
    outside::write(&folder.join(NOTICES.0), NOTICES.1)?;
    std::fs::remove_file(folder.join(REMOVED))
        .map_err(|error| failure(format!("cannot remove `{REMOVED}`: {error}")))?;
    for changes in CHANGES {
        for change in changes {
            exchange(&project.design, *change)?;
        }
        // It ends with 1 where there is a conflict.
        project.generate_again(groma)?;
        are_there(folder)?;
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
    let both = format!("{last}{own}");
    exchange(&project.folder, ("app/projects/models.py", last, &both))?;
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

/// Whether all that somebody did is still to be found.
fn are_there(folder: &Path) -> Outcome {
    for (path, _, new) in EDITS {
        if !run::read(&folder.join(path))?.contains(new) {
            return Err(failure(format!("`{path}` has lost {new:?}")));
        }
    }
    if run::read(&folder.join(NOTICES.0))? != NOTICES.1 {
        return Err(failure(format!("`{}` is another one", NOTICES.0)));
    }
    if folder.join(REMOVED).exists() {
        return Err(failure(format!("`{REMOVED}` is back")));
    }
    Ok(())
}

/// Exchanges a text in a file for another one, which must be there.
fn exchange(folder: &Path, (path, old, new): Exchange<'_>) -> Outcome {
    let path = folder.join(path);
    let text = run::read(&path)?;
    if !text.contains(old) {
        return Err(failure(format!(
            "`{}` has no {old:?} any more; bring xtask/src/test/fastapi/edits.rs up to date",
            path.display()
        )));
    }
    outside::write(&path, &text.replacen(old, new, 1))
}
