//! What a program is told that asks for JSON, where something fails.

use serde_json::{Value, json};

use crate::support::{Folder, NOTES, groma_with, notes};

/// The document of a command that ends with this code, with a file of SQLite.
fn told(folder: &Folder, words: &[&str], code: i32) -> Value {
    let ran = groma_with(folder, words, &[("DATABASE_URL", "sqlite:notes.db")]);
    assert_eq!(ran.code, Some(code), "{words:?}: {ran:?}");
    serde_json::from_str(&ran.out).unwrap_or_else(|why| panic!("{words:?}: {why}: {ran:?}"))
}

/// That it failed with 2, in this way; gives what is said of it.
fn failed(folder: &Folder, words: &[&str], kind: &str) -> Value {
    let error = told(folder, words, 2)["error"].take();
    assert_eq!(error["kind"], kind, "{words:?}: {error}");
    assert!(
        error["message"].as_str().is_some_and(|said| !said.is_empty()),
        "{error}"
    );
    error
}

#[test]
fn whatever_fails_is_one_object_for_who_asked_for_json() {
    let folder = notes();
    let error = failed(&folder, &["migrate", "plan", "--frob", "--json"], "usage");
    assert!(error["message"].as_str().unwrap().contains("--frob"), "{error}");
    let url = "--database=postgres://me@127.0.0.1:1/none";
    failed(&folder, &["migrate", "status", url, "--json"], "unreachable");
    failed(&Folder::new(), &["check", "--format", "json"], "no-design");
    failed(&Folder::new(), &["status", "--json"], "no-design");

    folder.write("migrations/1.sql", "-- phase: sometimes\nSELECT 1;\n");
    let error = failed(&folder, &["migrate", "lint", "--json"], "migration-unreadable");
    assert_eq!(error["place"]["line"], 1, "{error}");
    assert!(
        error["place"]["file"]
            .as_str()
            .unwrap()
            .ends_with("migrations/1.sql"),
        "{error}"
    );

    let wrong = Folder::new();
    wrong.write("specs/notes.md", "# Notes\n\n```groma\nentity {\n```\n");
    let error = told(&wrong, &["migrate", "plan", "--json"], 1);
    assert_eq!(error["error"]["kind"], "design");
}

#[test]
fn what_a_migration_stops_at_is_told_with_its_step() {
    let folder = notes();
    told(&folder, &["migrate", "plan", "--json"], 0);
    told(&folder, &["migrate", "apply", "--json"], 0);
    let fill = "INSERT INTO notes SELECT '018f0000-0000-7000-8000-000000000001', 'too long by far', 'alice'";
    rusqlite::Connection::open(folder.path().join("notes.db"))
        .unwrap()
        .execute_batch(fill)
        .unwrap();
    folder.write("specs/notes.md", &NOTES.replace("text(1..100)", "text(1..5)"));
    told(&folder, &["migrate", "plan", "--json", "--name", "short"], 0);
    let apply = ["migrate", "apply", "--contract", "--yes", "--json"];
    let error = failed(&folder, &apply, "rows-in-the-way");
    let place = &error["place"];
    assert!(place["migration"].as_str().unwrap().contains("_short"), "{error}");
    assert_eq!(place["step"], 1, "{error}");
    assert!(
        error["help"].as_str().unwrap().starts_with("mend them"),
        "{error}"
    );

    folder.write("migrations/2.sql", "DELETE FROM notes WHERE title = 'x';\n");
    let lost = told(&folder, &["migrate", "apply", "--json"], 1);
    assert_eq!(lost["applied"], json!([]), "{lost}");

    for file in std::fs::read_dir(folder.path().join("migrations")).unwrap() {
        std::fs::remove_file(file.unwrap().path()).unwrap();
    }
    let status = told(&folder, &["migrate", "status", "--json"], 2);
    assert_eq!(status["migrations"], json!([]));
    assert_eq!(status["error"]["kind"], "migration-missing", "{status}");
}
