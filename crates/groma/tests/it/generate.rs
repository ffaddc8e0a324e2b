//! `groma generate fastapi`: a project that its owner edits and that is generated again.

#[cfg(test)]
mod apart;
#[cfg(test)]
mod stops;

use std::path::Path;

use crate::support::{Folder, Ran, groma};

/// The design of the example, in a folder of its own.
fn tasks() -> Folder {
    let folder = Folder::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/tasks/specs");
    for part in ["", "db", "auth", "features"] {
        for entry in std::fs::read_dir(root.join(part)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                folder.write(
                    &Path::new("specs").join(part).join(name).to_string_lossy(),
                    &std::fs::read_to_string(&path).unwrap(),
                );
            }
        }
    }
    folder
}

fn generate(folder: &Folder, more: &[&str]) -> Ran {
    groma(folder, &[&["generate", "fastapi", "backend"], more].concat())
}

/// Exchanges a text in a file for another one, which must be there.
fn exchange(folder: &Folder, path: &str, old: &str, new: &str) {
    let text = folder.read(path);
    assert!(text.contains(old), "{path} has no {old:?}");
    folder.write(path, &text.replacen(old, new, 1));
}

/// What somebody does to the project: in which file, what stands there, and what they make of it.
const EDITS: [(&str, &str, &str); 9] = [
    // A function is rewritten.
    (
        "app/tasks/service.py",
        "    task = session.scalar(select(Task).where(readable(caller, task_id)))\n    if task is None:\n",
        "    task = session.scalars(select(Task).where(readable(caller, task_id))).first()\n    if not task:\n",
    ),
    // A parameter is renamed in code.
    (
        "app/projects/service.py",
        "caller: Caller, project_id",
        "caller: Caller, wanted_id",
    ),
    // A hook is called.
    (
        "app/tasks/router.py",
        "    task = service.archive_task(session, caller, id, if_match)\n",
        "    task = service.archive_task(session, caller, id, if_match)\n    hooks.after_archive(task)\n",
    ),
    // A route is added to the application.
    (
        "app/main.py",
        "    app.include_router(health.router)\n",
        "    app.include_router(health.router)\n    app.include_router(extra.router)\n",
    ),
    // A setting has another default.
    ("app/core/db.py", "pool_size=10", "pool_size=3"),
    // A dependency is added.
    (
        "pyproject.toml",
        "dependencies = [\n",
        "dependencies = [\n  \"structlog>=25,<26\",\n",
    ),
    // An index of one's own.
    (
        "app/tasks/models.py",
        "        {\n            \"sqlite_strict\": True,\n",
        "        Index(\"tasks_mine\", \"title\"),\n        {\n            \"sqlite_strict\": True,\n",
    ),
    // A comment at the top.
    ("app/tasks/schemas.py", "\"\"\"", "# Reviewed by Ada.\n\"\"\""),
    // The words of a page.
    ("README.md", "# Task management\n", "# Our tasks\n"),
];

#[test]
fn ten_kinds_of_edits_survive_three_changes_of_the_design() {
    let folder = tasks();
    let ran = generate(&folder, &[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    for said in ["new        app/tasks/service.py\n", " new\n"] {
        assert!(ran.out.contains(said), "{}", ran.out);
    }
    for (path, old, new) in EDITS {
        exchange(&folder, &format!("backend/{path}"), old, new);
    }
    folder.write(
        "backend/app/hooks.py",
        "def after_archive(task: object) -> None:\n    print(task)\n",
    );
    folder.write("backend/app/extra.py", "MINE = True\n");
    std::fs::remove_file(folder.path().join("backend/tests/test_rates.py")).unwrap();
    let ran = generate(&folder, &[]);
    assert_eq!(
        (ran.code, ran.out.ends_with(": nothing changed\n")),
        (Some(0), true),
        "{ran:?}"
    );

    let changes = [
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
    for (file, old, new) in changes {
        exchange(&folder, file, old, new);
        let behind = generate(&folder, &["--check"]);
        assert_eq!(behind.code, Some(1), "{behind:?}");
        let patch = generate(&folder, &["--diff"]);
        assert!(patch.out.contains("--- a/"), "{patch:?}");
        let ran = generate(&folder, &[]);
        assert!(!ran.out.contains("conflict"), "{}", ran.out);
        assert!(
            ran.out.contains("your edits are in it") || !ran.out.contains("merged"),
            "{}",
            ran.out
        );
        for (path, _, new) in EDITS {
            let text = folder.read(&format!("backend/{path}"));
            assert!(text.contains(new), "{path} has lost {new:?}");
        }
        assert!(folder.has("backend/app/hooks.py") && folder.has("backend/app/extra.py"));
        assert!(
            !folder.has("backend/tests/test_rates.py"),
            "what was removed is back"
        );
        assert_eq!(generate(&folder, &["--check"]).code, Some(0), "twice is once");
    }
    let models = folder.read("backend/app/tasks/models.py");
    assert!(models.contains("estimate: int | None"), "{models}");
    assert!(
        folder
            .read("backend/app/tasks/schemas.py")
            .contains("What there is to do.")
    );
    assert!(folder.read("backend/app/core/config.py").contains("300/min"));
}

#[test]
fn what_both_changed_is_marked_and_said_and_nothing_else_is_written_over_it() {
    let folder = tasks();
    generate(&folder, &[]);
    let config = "backend/app/core/config.py";
    exchange(&folder, config, "600/min", "900/min");
    exchange(
        &folder,
        "specs/overview.md",
        "rate 600/min per caller",
        "rate 300/min per caller",
    );
    let ran = generate(&folder, &[]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let text = folder.read(config);
    let marked = text.lines().position(|line| line == "<<<<<<< yours").unwrap() + 1;
    let said = format!("conflict   app/core/config.py:{marked}: ");
    assert!(ran.out.contains(&said), "{}", ran.out);
    for line in [
        "<<<<<<< yours",
        "900/min",
        "=======",
        "300/min",
        ">>>>>>> generated",
    ] {
        assert!(text.contains(line), "{text}");
    }
    let ran = generate(&folder, &["--json"]);
    let told: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(
        (ran.code, told["changes"][0]["kind"].as_str()),
        (Some(1), Some("unresolved"))
    );
    assert_eq!(folder.read(config), text);
}

#[test]
fn a_removed_file_comes_back_only_where_it_is_asked_for() {
    let folder = tasks();
    generate(&folder, &[]);
    let path = "backend/app/health.py";
    let text = folder.read(path);
    std::fs::remove_file(folder.path().join(path)).unwrap();
    assert_eq!(generate(&folder, &[]).code, Some(0));
    assert!(!folder.has(path));
    let ran = generate(&folder, &["--restore", "app/health.py"]);
    assert!(ran.out.contains("new        app/health.py"), "{ran:?}");
    assert_eq!(folder.read(path), text);
    let ran = generate(&folder, &["--restore", "app/none.py"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("no file that is generated"), "{ran:?}");
}

#[test]
fn a_removed_file_that_is_behind_is_told_of_until_it_is_back_or_is_to_stay_away() {
    let folder = tasks();
    generate(&folder, &[]);
    let config = "app/core/config.py";
    let place = format!("backend/{config}");
    let old = folder.read(&place);
    let remove = || std::fs::remove_file(folder.path().join(&place)).unwrap();
    remove();
    assert_eq!(generate(&folder, &["--check"]).code, Some(0));
    let overview = "specs/overview.md";
    exchange(
        &folder,
        overview,
        "rate 600/min per caller",
        "rate 300/min per caller",
    );
    for more in [&[][..], &["--check"], &[]] {
        let ran = generate(&folder, more);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        let said = format!(
            "absent     {config}: you removed it, and it would read differently now; bring it back with `--restore \
             {config}`, or say `--without {config}` to hear no more of it\n"
        );
        assert!(ran.out.contains(&said), "{}", ran.out);
    }
    // It comes back as it was, and is nobody's edit.
    folder.write(&place, &old);
    let ran = generate(&folder, &[]);
    assert!(ran.out.contains(&format!("changed    {config}\n")), "{ran:?}");
    assert_eq!(generate(&folder, &["--check"]).code, Some(0));
    // It stays away.
    let ran = generate(&folder, &["--without", config]);
    assert!(
        ran.code == Some(2) && ran.err.contains("`app/core/config.py` is there"),
        "{ran:?}"
    );
    remove();
    assert_eq!(generate(&folder, &["--without", &place]).code, Some(0));
    exchange(
        &folder,
        overview,
        "rate 300/min per caller",
        "rate 200/min per caller",
    );
    let ran = generate(&folder, &[]);
    assert!(!ran.out.contains(config), "{}", ran.out);
    assert_eq!(generate(&folder, &["--check"]).code, Some(0));
    assert!(!folder.has(&place));
    generate(&folder, &["--restore", config]);
    assert!(folder.read(&place).contains("200/min"));
}

#[test]
fn files_of_others_and_broken_locks_are_left_alone() {
    let folder = tasks();
    folder.write("backend/app/main.py", "# mine\n");
    let ran = generate(&folder, &[]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.out.contains("occupied   app/main.py"), "{}", ran.out);
    assert_eq!(folder.read("backend/app/main.py"), "# mine\n");
    let ran = generate(&folder, &["--check"]);
    assert_eq!(
        ran.code,
        Some(0),
        "a file that is kept is told of while ours changes: {ran:?}"
    );
    folder.write("backend/.groma-generated.json", "<<<<<<< HEAD\n");
    let ran = generate(&folder, &[]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("settle its merge conflict"), "{ran:?}");
}

#[test]
fn a_project_is_a_folder_and_no_part_of_the_design() {
    let folder = tasks();
    folder.write("file", "");
    for (dir, said) in [
        ("file", "`file` is a file"),
        (
            "specs/backend",
            "`specs/backend` lies in the folder of the design",
        ),
        ("specs", "`specs` lies in the folder of the design"),
    ] {
        let ran = groma(&folder, &["generate", "fastapi", dir]);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.err.contains(said), "{ran:?}");
    }
    // Where the design has no folder of its own, what is generated beside it is none of it either.
    let folder = Folder::new();
    folder.write(
        "notes.md",
        "```groma\nservice Notes { base /api }\nentity Note {\n  id: uuid key\n  title: text(1..80)\n}\naccess Note { allow read to everyone }\nresource /notes for Note { list public; read public }\n```\n",
    );
    groma(&folder, &["generate", "fastapi", "backend"]);
    assert!(folder.has("backend/README.md"));
    folder.write("backend/own.md", "```groma\nentity Note {}\n```\n");
    let ran = groma(&folder, &["check"]);
    assert!(
        ran.code == Some(0) && ran.out.contains("checked 1 file "),
        "{ran:?}"
    );
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link_that_leads_out() {
    let (folder, elsewhere) = (tasks(), Folder::new());
    std::fs::create_dir(folder.path().join("backend")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), folder.path().join("backend/app")).unwrap();
    let ran = generate(&folder, &[]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert_eq!(std::fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}

#[test]
fn each_change_of_the_tables_is_one_more_revision_and_what_cannot_be_told_is_asked() {
    let folder = tasks();
    exchange(
        &folder,
        "specs/overview.md",
        "question \"Do archived tasks count as done in the statistics?\" affects Task default no\n",
        "",
    );
    exchange(
        &folder,
        "specs/db/task.md",
        "  project: Project? on delete TBD(set null)",
        "  project: Project? on delete set null",
    );
    generate(&folder, &[]);
    assert_eq!(groma(&folder, &["freeze"]).code, Some(0));
    let first = folder.read("backend/migrations/versions/0001_first.py");
    let task = "specs/db/task.md";
    exchange(
        &folder,
        task,
        "  due: date?\n",
        "  due: date?\n  estimate: int(0..1000)?\n",
    );
    let patch = generate(&folder, &["--diff"]);
    assert!(
        patch
            .out
            .contains("+++ b/migrations/versions/0002_add_tasks_estimate.py"),
        "{patch:?}"
    );
    let ran = generate(&folder, &[]);
    assert!(
        ran.out
            .contains("new        migrations/versions/0002_add_tasks_estimate.py\n"),
        "{ran:?}"
    );
    assert_eq!(folder.read("backend/migrations/versions/0001_first.py"), first);
    assert_eq!(generate(&folder, &["--check"]).code, Some(0));

    // It is not frozen, and is a draft.
    exchange(
        &folder,
        task,
        "  estimate: int(0..1000)?\n",
        "  effort: int(0..1000)?\n",
    );
    let ran = generate(&folder, &[]);
    assert!(
        ran.out
            .contains("removed    migrations/versions/0002_add_tasks_estimate.py\n"),
        "{ran:?}"
    );
    assert!(
        ran.out
            .contains("new        migrations/versions/0002_add_tasks_effort.py\n"),
        "{ran:?}"
    );

    assert_eq!(groma(&folder, &["freeze"]).code, Some(0));
    assert_eq!(
        generate(&folder, &["--check"]).code,
        Some(0),
        "a freeze alone changes nothing"
    );
    exchange(
        &folder,
        task,
        "  effort: int(0..1000)?\n",
        "  hours: int(0..1000)?\n",
    );
    let before = folder.read("backend/.groma-generated.json");
    let ran = generate(&folder, &[]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    for line in [
        "is `tasks.hours` what `tasks.effort` was, or does that go with its values?",
        "say `was \"effort\"` behind the field if it is, or that it goes: `--goes tasks.effort`",
        "nothing was written",
    ] {
        assert!(ran.err.contains(line), "{}", ran.err);
    }
    assert_eq!(folder.read("backend/.groma-generated.json"), before);
    let ran = generate(&folder, &["--goes", "tasks.effort"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        ran.out
            .contains("note: the new revision loses every value of `tasks.effort`\n")
            && ran
                .out
                .contains("new        migrations/versions/0003_add_tasks_hours_and_1_more.py\n"),
        "{ran:?}"
    );
    let kept = folder.read("backend/migrations/schema.json");
    folder.write("backend/migrations/schema.json", "<<<<<<< ours\n");
    let ran = generate(&folder, &[]);
    assert_eq!(
        (ran.code, ran.err.contains("bring it back from version control")),
        (Some(1), true),
        "{ran:?}"
    );
    folder.write("backend/migrations/schema.json", &kept);
    assert_eq!(generate(&folder, &["--check"]).code, Some(0));
}

#[test]
fn hooks_and_routes_of_ones_own_are_taken_up_and_what_nothing_calls_is_told() {
    let folder = tasks();
    generate(&folder, &[]);
    let hooks = "backend/app/tasks/hooks.py";
    folder.write(
        hooks,
        "from app.core.db import new_secret\n\n\ndef before_creat_task(): ...\n",
    );
    let ran = generate(&folder, &[]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(
        ran.out.contains(
            "unused     app/tasks/hooks.py:4: `before_creat_task` is called by nothing, for there is no such \
             operation; did you mean `before_create_task`?"
        ),
        "{}",
        ran.out
    );
    assert!(folder.read("backend/app/core/db.py").contains("def new_secret"));
    exchange(
        &folder,
        hooks,
        "def before_creat_task(): ...",
        "from app.common import before_create_task",
    );
    let ran = generate(&folder, &["--check"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let told = "unused     app/tasks/hooks.py:4: `before_create_task` is imported, so it is not called";
    assert!(ran.out.contains(told), "{}", ran.out);
    folder.write(hooks, "def before_create_task(): ...\n");
    folder.write("backend/app/tasks/extra.py", "router = APIRouter()\n");
    assert_eq!(generate(&folder, &["--check"]).code, Some(1));
    let ran = generate(&folder, &[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let service = folder.read("backend/app/tasks/service.py");
    assert!(service.contains("    body = hooks.before_create_task(session, caller, body)\n"));
    let main = folder.read("backend/app/main.py");
    let with_a_token = "asking(tasks_extra), dependencies=[Depends(within_rate)], max_body_size=";
    assert!(main.contains(with_a_token), "{main}");
    assert_eq!(generate(&folder, &["--check"]).code, Some(0), "twice is once");
    // Gone, nothing of them is called.
    std::fs::remove_file(folder.path().join(hooks)).unwrap();
    assert_eq!(generate(&folder, &[]).code, Some(0));
    assert!(!folder.read("backend/app/tasks/service.py").contains("hooks"));
}

#[test]
fn services_wait_from_when_it_is_chosen_until_something_else_is() {
    let folder = tasks();
    generate(&folder, &[]);
    let service = "backend/app/tasks/service.py";
    assert!(!folder.read(service).contains("await"));
    generate(&folder, &["--async"]);
    assert_eq!(generate(&folder, &["--check"]).code, Some(0), "it is kept");
    assert!(
        folder
            .read(service)
            .contains("    return await update_row(session, change, written)\n")
    );
    folder.write("backend/app/tasks/hooks.py", "def after_create_task(): ...\n");
    let ran = generate(&folder, &[]);
    assert!(
        ran.out
            .contains("wrong      app/tasks/hooks.py:1: `after_create_task` is waited for, and cannot be: its operation fails"),
        "{}",
        ran.out
    );
    generate(&folder, &["--sync"]);
    assert!(!folder.read(service).contains("await"));
}

#[test]
fn what_the_owners_code_uses_and_the_design_no_longer_does_is_told() {
    let folder = tasks();
    generate(&folder, &[]);
    exchange(
        &folder,
        "backend/app/tasks/service.py",
        "def in_state(",
        "def titled(contains_word: str) -> ColumnElement[bool]:\n    return contains(column(Task.title), \
         contains_word)\n\n\ndef in_state(",
    );
    folder.write(
        "backend/app/notices.py",
        "from app.core.search import (\n    contains as has,\n)\nfrom app.tasks import service\nfrom .tasks.schemas \
         import TaskStats  # a report\n\nprint(has, service, TaskStats, \"contains\")\n",
    );
    folder.write(
        "backend/migrations/versions/0009_mine.py",
        "from app.core import (\n    columns,\n)\n\ncolumns.JsonColumn()\n",
    );
    assert_eq!(generate(&folder, &[]).code, Some(0));

    exchange(
        &folder,
        "specs/features/tasks.md",
        "    search title, notes\n",
        "",
    );
    exchange(
        &folder,
        "specs/features/projects.md",
        "search name, description; ",
        "",
    );
    exchange(
        &folder,
        "specs/db/task.md",
        "  tags: [text(1..30)](..10) = []\n",
        "",
    );
    let design = folder
        .read("specs/features/tasks.md")
        .replace("due, tags,", "due,");
    let (before, behind) = design.split_once("  report stats {").unwrap();
    let (_, behind) = behind.split_once("\n  }\n").unwrap();
    let (before, _) = before.rsplit_once("  ## ").unwrap();
    folder.write("specs/features/tasks.md", &format!("{before}{behind}"));

    let ran = generate(&folder, &[]);
    let wrong: Vec<&str> = ran.out.lines().filter(|line| line.starts_with("wrong")).collect();
    let place = folder
        .read("backend/app/tasks/service.py")
        .lines()
        .position(|line| line.contains("return contains("))
        .unwrap()
        + 1;
    assert_eq!(
        wrong,
        [
            "wrong      app/notices.py:5: `app.tasks.schemas` has no `TaskStats` any more, as the design has no use for it",
            &format!(
                "wrong      app/tasks/service.py:{place}: `contains` is no longer imported here; write `from \
                 app.core.search import contains`"
            ),
        ],
        "{ran:?}"
    );
    assert_eq!(ran.code, Some(1));
    // It is the owner's to use.
    assert!(
        folder
            .read("backend/app/core/search.py")
            .contains("def contains(")
    );
    let ran = generate(&folder, &[]);
    assert_eq!(
        (ran.code, ran.out.contains("nothing changed")),
        (Some(0), true),
        "{ran:?}"
    );
}
