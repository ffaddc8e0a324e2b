//! What stops before anything is written: locks that are not of the project, questions, folders that cannot be written.

use super::{exchange, generate, tasks};
use crate::support::{Folder, NOTES, Ran, groma};

const LOCK: &str = "backend/.groma-generated.json";

#[test]
fn a_lock_of_another_project_is_refused_and_so_is_one_whose_project_is_gone() {
    let (folder, other) = (tasks(), Folder::new());
    other.write("specs/notes.md", NOTES);
    groma(&other, &["generate", "fastapi", "backend"]);
    generate(&folder, &[]);
    let (own, foreign) = (folder.read(LOCK), other.read(LOCK));
    folder.write(LOCK, &foreign);
    for more in [&[][..], &["--check"]] {
        let ran = generate(&folder, more);
        let said = "`backend/.groma-generated.json` is of another project, or of one that was removed: there is no `app/notes`\n";
        assert!(ran.code == Some(2) && ran.err.contains(said), "{ran:?}");
    }
    assert_eq!(folder.read(LOCK), foreign);
    folder.write(LOCK, &own);
    assert_eq!(generate(&folder, &["--check"]).code, Some(0));
    // As `rm -r backend/*` leaves it.
    for part in ["app", "tests", "migrations"] {
        std::fs::remove_dir_all(folder.path().join("backend").join(part)).unwrap();
    }
    let ran = generate(&folder, &[]);
    assert!(
        ran.err
            .contains("there is no `app/project_shares`, no `app/projects`, no "),
        "{ran:?}"
    );
    assert!(ran.err.contains("or remove it, and generate"), "{ran:?}");
    std::fs::remove_file(folder.path().join(LOCK)).unwrap();
    assert_eq!(generate(&folder, &[]).code, Some(0));
    assert!(folder.has("backend/app/tasks/models.py"));
}

#[test]
fn a_service_and_all_that_it_serves_may_have_another_name() {
    let folder = Folder::new();
    folder.write("specs/notes.md", NOTES);
    generate(&folder, &[]);
    let renamed = NOTES
        .replace("title \"Notes\"", "title \"Pages\"")
        .replace("/notes", "/pages");
    let renamed = renamed
        .replace("entity Note {", "entity Page was Note {")
        .replace("access Note", "access Page")
        .replace("for Note", "for Page");
    folder.write("specs/notes.md", &renamed);
    let ran = generate(&folder, &[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(folder.has("backend/app/pages/models.py") && !folder.has("backend/app/notes/models.py"));
}

#[test]
fn a_question_about_tables_is_told_to_programs_as_json() {
    let folder = Folder::new();
    folder.write("specs/notes.md", NOTES);
    generate(&folder, &[]);
    exchange(&folder, "specs/notes.md", "  title: text", "  name: text");
    let ran = generate(&folder, &["--json"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), ""), "{ran:?}");
    let told: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(told["error"]["kind"], "questions");
    let question = told["error"]["questions"][0]["question"].as_str().unwrap();
    assert!(
        question.contains("is `notes.name` what `notes.title` was"),
        "{question}"
    );
    let help = told["error"]["questions"][0]["help"].as_str().unwrap();
    assert!(help.contains("--goes notes.title"), "{help}");
}

#[test]
fn what_stands_in_the_way_of_a_file_is_told_with_what_helps() {
    let folder = Folder::new();
    folder.write("specs/notes.md", NOTES);
    generate(&folder, &[]);
    let text = folder.read(LOCK);
    let lock = folder.path().join(LOCK);
    let told = |help: &str| {
        let ran = generate(&folder, &[]);
        assert!(
            ran.code == Some(2) && ran.err.contains(&format!("help: {help}")),
            "{ran:?}"
        );
    };
    std::fs::write(&lock, b"{\xff").unwrap();
    told("take it from version control");
    std::fs::remove_file(&lock).unwrap();
    std::fs::create_dir(&lock).unwrap();
    told("take it from version control");
    std::fs::remove_dir(&lock).unwrap();
    folder.write(LOCK, &text);
    std::fs::remove_dir_all(folder.path().join("backend/app/notes")).unwrap();
    folder.write("backend/app/notes", "");
    told("a file stands on the way where a folder is meant");
}

/// Generates as somebody who may not write everywhere, whoever runs the tests.
#[cfg(unix)]
fn generate_as_nobody(folder: &Folder) -> Ran {
    use std::os::unix::fs::MetadataExt as _;
    use std::os::unix::process::CommandExt as _;
    const NOBODY: u32 = 65534;
    let tool = folder.path().join("groma");
    let built = env!("CARGO_BIN_EXE_groma");
    if std::fs::hard_link(built, &tool).is_err() {
        std::fs::copy(built, &tool).unwrap();
    }
    let mut command = std::process::Command::new(&tool);
    command
        .args(["generate", "fastapi", "backend"])
        .current_dir(folder.path())
        .env_clear();
    if folder.path().metadata().unwrap().uid() == 0 {
        command.uid(NOBODY);
    }
    let ran = command.output().unwrap();
    Ran {
        code: ran.status.code(),
        out: String::from_utf8(ran.stdout).unwrap(),
        err: String::from_utf8(ran.stderr).unwrap(),
    }
}

#[cfg(unix)]
#[test]
fn nothing_is_written_where_only_a_part_could_be() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    folder.write("specs/notes.md", NOTES);
    generate(&folder, &[]);
    let mode = |name: &str, mode| {
        let place = folder.path().join(name);
        std::fs::set_permissions(place, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    mode("", 0o755);
    // Those below it may be written, the lock and what stands beside it may not.
    let below = folder.files();
    for file in below.iter().filter(|file| file.starts_with("backend/")) {
        for above in std::path::Path::new(file).ancestors().skip(1) {
            if above.starts_with("backend") && above != std::path::Path::new("backend") {
                mode(&above.to_string_lossy(), 0o777);
            }
        }
    }
    mode("backend", 0o555);
    exchange(
        &folder,
        "specs/notes.md",
        "  title: text(1..100)",
        "  title: text(1..200)",
    );
    let schemas = folder.read("backend/app/notes/schemas.py");
    let ran = generate_as_nobody(&folder);
    mode("backend", 0o755);
    assert!(
        ran.code == Some(2) && ran.err.contains("cannot write `backend/"),
        "{ran:?}"
    );
    assert_eq!(folder.read("backend/app/notes/schemas.py"), schemas);
    let now: Vec<String> = folder
        .files()
        .into_iter()
        .filter(|file| file != "groma")
        .collect();
    assert_eq!(now, below, "nothing is left of the attempt");
}
