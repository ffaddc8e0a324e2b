//! The projects of the repository's examples; with `GROMA_FASTAPI_OUT` they are written there, to be judged by Python's
//! own tools.

use std::path::Path;

use expect_test::expect;
use groma_diag::Sources;
use groma_files::FileSet;
use groma_ir::Model;

use crate::Existing;

/// The examples of the repository.
pub(super) const EXAMPLES: [&str; 3] = ["tasks", "team", "blog"];

/// A design whose callers are rows of its own.
const STAFF: &str = include_str!("../../../groma/tests/designs/staff.md");

/// A design of the crate's own: what the examples lack.
pub(super) fn own(name: &str, text: &str) -> Model {
    let mut sources = Sources::new();
    sources.add(name, text);
    let compiled = groma_sema::compile(&sources);
    let found = compiled.diagnostics;
    Model::new(compiled.design.unwrap_or_else(|| panic!("{name}: {found:#?}")))
}

macro_rules! own {
    ($($name:literal $file:literal)*) => {
        [$(($name, own(concat!("specs/", $file), include_str!(concat!("designs/", $file))))),*]
    };
}

/// The design of an example.
pub(super) fn example(name: &str) -> Model {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../examples")
        .join(name);
    let mut sources = Sources::new();
    let mut open = vec![project.join("specs")];
    let mut files = Vec::new();
    while let Some(at) = open.pop() {
        for entry in std::fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("api") {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "md") {
                files.push(path);
            }
        }
    }
    files.sort();
    for path in files {
        let name = path
            .strip_prefix(&project)
            .unwrap()
            .to_string_lossy()
            .into_owned();
        sources.add(name.as_str(), std::fs::read_to_string(&path).unwrap());
    }
    Model::new(groma_sema::compile(&sources).design.unwrap())
}

/// A project in which whoever talks to the database waits.
fn asynchronous() -> Existing {
    Existing {
        asynchronous: true,
        ..Existing::default()
    }
}

/// What the owner of the project of `tasks` has in it: hooks, a route, and tests of them.
fn owned() -> Existing {
    let mut own = FileSet::default();
    for (path, text) in [
        ("app/tasks/hooks.py", include_str!("owned/app/tasks/hooks.py")),
        ("app/tasks/extra.py", include_str!("owned/app/tasks/extra.py")),
        (
            "app/task_shares/hooks.py",
            include_str!("owned/app/task_shares/hooks.py"),
        ),
        (
            "app/projects/hooks.py",
            include_str!("owned/app/projects/hooks.py"),
        ),
        ("tests/test_own.py", include_str!("owned/tests/test_own.py")),
    ] {
        own.insert(path, text);
    }
    Existing {
        own,
        ..Existing::default()
    }
}

/// The same project with hooks that are waited for.
fn owned_asynchronous() -> Existing {
    let mut own = FileSet::default();
    for (path, text) in owned().own.iter() {
        let mut text = text.to_owned();
        for (plain, waiting) in [
            ("\ndef before_", "\nasync def before_"),
            ("\ndef after_", "\nasync def after_"),
            ("\ndef count_tasks", "\nasync def count_tasks"),
            ("\ndef note", "\nasync def note"),
            ("    note(session", "    await note(session"),
            ("session.flush()", "await session.flush()"),
            (
                "before_create_project(session: Session, caller: Caller, body: ProjectCreate)",
                "before_create_project(\n    session: AsyncSession, caller: Caller, body: ProjectCreate\n)",
            ),
            (
                "from sqlmodel import Session",
                "from sqlalchemy.ext.asyncio import AsyncSession",
            ),
            ("session: Session,", "session: AsyncSession,"),
            (
                "session.scalars(statement).one()",
                "(await session.scalars(statement)).one()",
            ),
        ] {
            text = text.replace(plain, waiting);
        }
        own.insert(path, text);
    }
    Existing {
        own,
        ..asynchronous()
    }
}

#[test]
fn every_example_becomes_a_project_and_the_same_one_each_time() {
    let examples = EXAMPLES.map(|name| (name, example(name), Existing::default()));
    let others = own! {
        "wide" "wide.md"
        "everything" "everything.groma"
        "open" "open.groma"
        "secret" "secret.groma"
        "shapes" "shapes.groma"
        "words" "words.groma"
        "circles" "circles.groma"
        "paths" "paths.groma"
    };
    let others = others.map(|(name, model)| (name, model, Existing::default()));
    let owned = [
        ("owned", example("tasks"), owned()),
        ("tasks-async", example("tasks"), asynchronous()),
        ("team-async", example("team"), asynchronous()),
        ("blog-async", example("blog"), asynchronous()),
        (
            "wide-async",
            own("specs/wide.md", include_str!("designs/wide.md")),
            asynchronous(),
        ),
        ("owned-async", example("tasks"), owned_asynchronous()),
        ("staff", own("specs/staff.md", STAFF), Existing::default()),
    ];
    for (name, model, existing) in examples.into_iter().chain(others).chain(owned) {
        let project = crate::emit(&model, &existing).unwrap();
        assert_eq!(project, crate::emit(&model, &existing).unwrap());
        assert_eq!(project.findings, []);
        let Some(out) = std::env::var_os("GROMA_FASTAPI_OUT") else {
            continue;
        };
        for (path, text) in project.files.iter().chain(existing.own.iter()) {
            let path = Path::new(&out).join(name).join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
    }
}

#[test]
fn hooks_are_called_where_the_owner_has_them_and_nowhere_else() {
    let model = example("tasks");
    let plain = crate::emit(&model, &Existing::default()).unwrap().files;
    let files = crate::emit(&model, &owned()).unwrap().files;
    let calls = |files: &FileSet| {
        let text = files.get("app/tasks/service.py").unwrap();
        let calls = text.lines().filter(|line| line.contains("hooks"));
        calls.flat_map(|line| [line, "\n"]).collect::<String>()
    };
    assert_eq!(calls(&plain), "");
    expect![[r#"
        from app.tasks import access, hooks
            hooks.before_list_tasks(session, caller, query)
            hooks.after_list_tasks(session, caller, page)
            body = hooks.before_create_task(session, caller, body)
                hooks.after_create_task(session, caller, task)
            body = hooks.before_update_task(session, caller, task_id, body)
                hooks.after_update_task(session, caller, task)
                hooks.after_delete_task(session, caller, task)
            hooks.before_complete_task(session, caller, task_id)
            hooks.after_get_task_stats(session, caller, report)
    "#]]
    .assert_eq(&calls(&files));
    // The example of how to write one is one of those.
    let example = owned().own.get("app/projects/hooks.py").map(str::to_owned);
    let readme = plain.get("README.md").unwrap();
    assert!(readme.contains(&example.unwrap()), "{readme}");
    // What they take from the library is there.
    assert!(!plain.get("app/core/db.py").unwrap().contains("def new_secret"));
    assert!(files.get("app/core/db.py").unwrap().contains("def new_secret"));
}

#[test]
fn routes_of_the_owner_need_a_token_whatever_the_design_has_for_anybody() {
    let routers = |model: &Model, path: &str| {
        let mut existing = Existing::default();
        existing.own.insert(
            path,
            "router = APIRouter()\npublic_router: APIRouter = APIRouter()\n",
        );
        let project = crate::emit(model, &existing).unwrap();
        assert_eq!(project.findings, []);
        let main = project.files.get("app/main.py").unwrap();
        let (_, of_owner) = main.split_once("key to those of the design.\n").unwrap();
        let (of_owner, _) = of_owner
            .split_once("app.include_router(notices.")
            .unwrap_or_else(|| of_owner.split_once("    for each in ").unwrap());
        of_owner.replace("\n    ", "\n").trim().to_owned() + "\n"
    };
    // Whoever has a token comes in everywhere; some routes are for anybody; nobody needs one.
    expect![[r#"
        app.include_router(
            patient(tasks_extra.public_router),
            dependencies=[Depends(within_address_rate)],
            max_body_size=config.BODY_LIMIT,
        )
        app.include_router(
            asking(tasks_extra), dependencies=[Depends(within_rate)], max_body_size=config.BODY_LIMIT
        )
    "#]]
    .assert_eq(&routers(&example("tasks"), "app/tasks/extra.py"));
    expect![[r#"
        app.include_router(
            patient(posts_extra.public_router),
            dependencies=[Depends(within_address_rate)],
            max_body_size=config.BODY_LIMIT,
        )
        app.include_router(
            asking(posts_extra), dependencies=[Depends(within_rate)], max_body_size=config.BODY_LIMIT
        )
    "#]]
    .assert_eq(&routers(&example("blog"), "app/posts/extra.py"));
    let open = own("specs/open.groma", include_str!("designs/open.groma"));
    expect![[r#"
        app.include_router(
            patient(notices_extra.public_router),
            dependencies=[Depends(within_address_rate)],
            max_body_size=config.BODY_LIMIT,
        )
        app.include_router(
            patient(notices_extra.router),
            dependencies=[Depends(within_address_rate)],
            max_body_size=config.BODY_LIMIT,
        )
    "#]]
    .assert_eq(&routers(&open, "app/notices/extra.py"));
    // Nothing of it is there where nobody has routes of their own.
    let files = crate::emit(&example("tasks"), &Existing::default())
        .unwrap()
        .files;
    assert_eq!(files.get("app/core/extra.py"), None);
}

#[test]
fn who_has_no_row_is_told_which_field_would_refer_to_it() {
    let files = crate::emit(&own("specs/staff.md", STAFF), &Existing::default())
        .unwrap()
        .files;
    let told = |package: &str| {
        let service = files.get(&format!("app/{package}/service.py")).unwrap();
        let lines: Vec<&str> = service.lines().map(str::trim).collect();
        let at = lines.iter().position(|line| line.starts_with("callerless="));
        at.map(|at| lines[at].to_owned())
    };
    assert_eq!(told("employees"), None);
    assert_eq!(
        told("trips").as_deref(),
        Some("callerless=\"You have no `Employee` row yet, which `employee_id` would refer to.\",")
    );
}
