//! What is told of the files of an owner, and what of them is called.

use expect_test::{Expect, expect};

use super::examples::example;
use crate::Existing;

/// Checks what is told of files, a line each, and gives what is generated beside them.
#[track_caller]
fn check(own: &[(&str, &str)], asynchronous: bool, told: &Expect) -> groma_files::FileSet {
    let mut existing = Existing {
        asynchronous,
        ..Existing::default()
    };
    for (path, text) in own {
        existing.own.insert(*path, *text);
    }
    let project = crate::emit(&example("tasks"), &existing).unwrap();
    let lines = project.findings.iter().map(|finding| {
        let (kind, place) = (finding.kind.name(), finding.place());
        format!("{kind} {place}: {}\n", finding.message)
    });
    told.assert_eq(&lines.collect::<String>());
    project.files
}

#[test]
fn what_nothing_calls_is_told_with_what_was_meant() {
    check(
        &[
            (
                "app/tasks/hooks.py",
                "def before_creat_task() -> None:\n    \"\"\"\ndef after_none(\n    \"\"\"\n\
                 def before_task_delete(): ...\ndef befor_get_task(): ...\ndef afterGetTask(): ...\ndef _before_get_task(): ...\n\
                 def get_task(): ...\ndef create_task(): ...\n",
            ),
            ("app/task/hooks.py", "def before_create_task() -> None: ...\n"),
            (
                "app/projects/hooks.py",
                "def before_create_project_share(): ...\nfrom app.tasks.hooks import after_get_task\n",
            ),
            ("app/projects/extra.py", "routes = APIRouter()\n"),
        ],
        false,
        &expect![[r#"
            unused app/projects/hooks.py:1: `before_create_project_share` is not called from here; move it to `app/project_shares/hooks.py`
            unused app/task/hooks.py: nothing takes from it, for the design has no `task`; did you mean `app/tasks`?
            unused app/tasks/hooks.py:1: `before_creat_task` is called by nothing, for there is no such operation; did you mean `before_create_task`?
            unused app/tasks/hooks.py:5: `before_task_delete` is called by nothing, for there is no such operation; did you mean `before_delete_task`?
            unused app/tasks/hooks.py:6: `befor_get_task` is called by nothing; did you mean `before_get_task`?
            unused app/tasks/hooks.py:7: `afterGetTask` is called by nothing; did you mean `after_get_task`?
            unused app/projects/extra.py: it has no `router`, so it is not served; write `router = APIRouter()`, or `public_router = APIRouter()` for routes without a token
        "#]],
    );
}

#[test]
fn a_hook_that_is_not_written_at_the_left_edge_is_told() {
    let hooks = r#"
"""We wrote this.
def before_delete_task(): ...
"""

from app.common import (
    after_commit,  # def after_get_task(
    before_create_task,
)
from app.common import audit as after_create_task; import app.before_list_tasks as before_list_tasks
from app.others import *

before_update_task: Callable[..., Any] = \
    partial(audit, name=")")
text = 'a\' = b'; after_hours, after_update_task = 5, audit
retried = after_delete_task = audit
if DEBUG == after_list_tasks:

    async def before_complete_task(): ...

    class Tasks:
        def after_complete_task(self): ...
try: before_get_task = audit
except NameError: pass


def audit(after_archive_task=None):
    after_reopen_task = 5
    def before_archive_task(): ...


@traced
def before_delete_task(): ...


before_delete_task = traced(before_delete_task)
if DEBUG:
    before_delete_task = audit
"#;
    let files = check(
        &[("app/tasks/hooks.py", hooks)],
        false,
        &expect![[r#"
        unused app/tasks/hooks.py:6: `before_create_task` is imported, so it is not called; write `def before_create_task(...)` at the left edge, which may call something else
        unused app/tasks/hooks.py:10: `after_create_task` is imported, so it is not called; write `def after_create_task(...)` at the left edge, which may call something else
        unused app/tasks/hooks.py:10: `before_list_tasks` is imported, so it is not called; write `def before_list_tasks(...)` at the left edge, which may call something else
        unused app/tasks/hooks.py:11: a hook that `*` brings is not called; import by name what is meant, and write a hook here with `def`
        unused app/tasks/hooks.py:13: `before_update_task` is a variable, so it is not called; write `def before_update_task(...)` at the left edge, which may call something else
        unused app/tasks/hooks.py:15: `after_update_task` is a variable, so it is not called; write `def after_update_task(...)` at the left edge, which may call something else
        unused app/tasks/hooks.py:16: `after_delete_task` is a variable, so it is not called; write `def after_delete_task(...)` at the left edge, which may call something else
        unused app/tasks/hooks.py:19: `before_complete_task` stands below another statement, so it is not called; write `def before_complete_task(...)` at the left edge, which may call something else
        unused app/tasks/hooks.py:23: `before_get_task` stands below another statement, so it is not called; write `def before_get_task(...)` at the left edge, which may call something else
    "#]],
    );
    let service = files.get("app/tasks/service.py").unwrap();
    let called: Vec<&str> = service.lines().filter(|line| line.contains("hooks.")).collect();
    assert_eq!(called, ["    hooks.before_delete_task(session, caller, task_id)"]);
}

#[test]
fn hooks_are_found_behind_a_byte_order_mark_and_not_in_a_folder() {
    let files = check(
        &[
            (
                "app/tasks/hooks.py",
                "\u{feff}def \\\n  before_delete_task(): ...\n",
            ),
            (
                "app/projects/hooks/__init__.py",
                "def before_delete_project(): ...\n",
            ),
            ("app/projects/extra/__init__.py", "router = APIRouter()\n"),
        ],
        false,
        &expect![[r#"
            unused app/projects/extra/__init__.py: nothing calls what is in a folder; write it into `app/projects/extra.py`, or import the rest there
            unused app/projects/hooks/__init__.py: nothing calls what is in a folder; write it into `app/projects/hooks.py`, or import the rest there
        "#]],
    );
    let calls = |path| files.get(path).unwrap().matches("hooks.before_").count();
    assert_eq!(calls("app/tasks/service.py"), 1);
    assert_eq!(calls("app/projects/service.py"), 0);
    assert!(!files.get("app/main.py").unwrap().contains("extra"));
}

#[test]
fn a_router_that_is_not_written_at_the_left_edge_is_told() {
    let served = |extra, told: &Expect| {
        let files = check(&[("app/tasks/extra.py", extra)], false, told);
        let main = files.get("app/main.py").unwrap();
        ["asking(tasks_extra)", "patient(tasks_extra.public_router)"].map(|taken| main.contains(taken))
    };
    assert_eq!(
        served(
            "from app.common import router\npublic_router = APIRouter()\n",
            &expect![[r#"
                unused app/tasks/extra.py:1: `router` is imported, so it is not served; write `router = APIRouter()` at the left edge, and `router.include_router(...)` with what is to be in it
            "#]]
        ),
        [false, true]
    );
    assert_eq!(
        served(
            "from app.common import *\nif IS_OPEN:\n    public_router = APIRouter()\nrouter: APIRouter\n",
            &expect![[r#"
                unused app/tasks/extra.py:1: a router that `*` brings is not served; import by name what is meant, and write `router = APIRouter()` and `router.include_router(...)` with it
                unused app/tasks/extra.py:3: `public_router` stands below another statement, so it is not served; write `public_router = APIRouter()` at the left edge, and `public_router.include_router(...)` with what is to be in it
            "#]]
        ),
        [false, false]
    );
    assert_eq!(
        served(
            "router, public_router = APIRouter(), APIRouter()\nrouter.routes == []\n",
            &expect![[""]]
        ),
        [true, true]
    );
}

#[test]
fn a_hook_waits_as_its_service_does() {
    let plain = "def after_list_tasks(session, caller, page): ...\n";
    let waiting = "\nasync def after_list_tasks(session, caller, page): ...\n";
    for (hooks, asynchronous) in [(plain, false), (waiting, true)] {
        check(&[("app/tasks/hooks.py", hooks)], asynchronous, &expect![[""]]);
    }
    check(
        &[("app/tasks/hooks.py", waiting)],
        false,
        &expect![[r#"
            wrong app/tasks/hooks.py:2: `after_list_tasks` is `async`, and nothing waits for it, so it does nothing; write it as `def after_list_tasks(session: Session, ...)`, with the `Session` of `sqlmodel`
        "#]],
    );
    check(
        &[("app/tasks/hooks.py", plain)],
        true,
        &expect![[r#"
        wrong app/tasks/hooks.py:1: `after_list_tasks` is waited for, and cannot be: its operation fails; write it as `async def after_list_tasks(session: AsyncSession, ...)`, with the `AsyncSession` of `sqlalchemy.ext.asyncio`
    "#]],
    );
}

#[test]
fn a_readme_says_which_session_hooks_take() {
    for (asynchronous, session) in [
        (false, "with `def`, and take the\n  `Session` of `sqlmodel`."),
        (
            true,
            "with `async def`,\n  and take the `AsyncSession` of `sqlalchemy.ext.asyncio`,",
        ),
    ] {
        let files = check(&[], asynchronous, &expect![[""]]);
        let readme = files.get("README.md").unwrap();
        assert!(readme.contains(session), "{readme}");
    }
}

#[test]
fn a_service_says_whether_its_caller_may_be_nobody() {
    let files = crate::emit(&example("blog"), &Existing::default()).unwrap().files;
    for (path, text) in files.iter().filter(|(path, _)| path.ends_with("/service.py")) {
        let is_nobody = text.contains("Caller | None");
        let (doc, _) = text.split_once("\n\n").unwrap();
        let said = doc
            .replace('\n', " ")
            .contains("a caller, who is `None` where there is no token.");
        assert_eq!(said, is_nobody, "{path}: {doc}");
    }
    let of_posts = files.get("app/posts/service.py").unwrap();
    assert!(of_posts.contains("caller: Caller | None"));
}
