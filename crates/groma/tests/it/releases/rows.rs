//! Rows of the planner's table, each by what its change does to both releases.

use serde_json::{Value, json};
use testkit::postgres::Database;

use super::{Change, on_sqlite, release};
use crate::support::{Folder, Serving};

/// What is loosened, and what is made unique or held by a check, is served by both, also by what starts anew.
fn both_serve(url: &str) {
    let old = release(
        "  title: text(1..100)
  mood: Mood = good
  body: text(..100)
  code: text(..20)?
  rank: int = 1
  check rank > 0
",
        "enum Mood { good, bad }",
    );
    let new = release(
        "  title: text(1..100)
  mood: Mood = fine
  body: text(..100)?
  code: text(..20)? unique
  rank: int = 1
  level: int = 2
  check level > 1
",
        "enum Mood { fine was good, bad }",
    );
    let change = Change::begun(url, old, new);
    let of_old = json!({"title": "old", "mood": "good", "body": "b", "rank": 1});
    let first = change.serving(&change.old);
    let before = change.works(&first, &of_old);
    let unkept = json!({"title": "old", "mood": "good", "body": "b", "rank": 0});
    assert_eq!(change.made(&first, &unkept).0, 400);

    change.expanded(&[]);
    let second = change.serving(&change.new);
    let third = change.serving(&change.old);
    for old in [&first, &third] {
        // A row that was there has the value's new name.
        assert_eq!(change.read(old, &before)["mood"], "fine");
        let made = change.works(old, &unkept);
        let read = change.read(&second, &made);
        assert_eq!((&read["mood"], &read["level"]), (&json!("good"), &json!(2)));
        let made = change.works(&second, &json!({"title": "new", "mood": "fine"}));
        let read = change.read(old, &made);
        assert_eq!((&read["mood"], &read["body"]), (&json!("fine"), &json!(null)));
    }
    let twin = json!({"title": "twin", "body": "b", "code": "one"});
    assert_eq!(change.made(&first, &twin).0, 201);
    for server in [&first, &second, &third] {
        assert_eq!(change.made(server, &twin).0, 409);
    }
    assert_eq!(change.made(&second, &json!({"title": "a", "level": 1})).0, 400);

    change.contracted();
    let list = change.list(&second);
    assert!(list.iter().all(|item| item["mood"] == "fine"), "{list:?}");
    change.works(&change.serving(&change.new), &json!({"title": "new"}));
    let said = change.refused(&change.old);
    assert!(
        said.contains("check \"notes_mood_check\" of table \"notes\" is"),
        "{said}"
    );
}

/// A check in the place of another one is kept by nobody, until rows of both releases have to keep it.
fn one_starts_without_its_check(url: &str) {
    let checked = |rank: &str| {
        release(
            &format!("  title: text(1..100)\n  rank: int = 5\n  check rank {rank}\n"),
            "",
        )
    };
    let change = Change::begun(url, checked("> 0"), checked("> 3"));
    let first = change.serving(&change.old);
    change.works(&first, &json!({"title": "a", "rank": 4}));

    change.expanded(&[]);
    for server in [&first, &change.serving(&change.old)] {
        let made = change.works(server, &json!({"title": "a", "rank": 0}));
        let path = format!("/notes/{}", made["id"].as_str().unwrap());
        let (status, _) = server.ask(Some(&change.token), ("DELETE", &path), &json!(null));
        assert_eq!(status, 204);
    }
    let said = change.refused(&change.new);
    assert!(
        said.contains("check \"notes_1_check\" of table \"notes\" is missing")
            && said.contains("`--contract`"),
        "{said}"
    );

    change.contracted();
    change.works(&change.serving(&change.new), &json!({"title": "a", "rank": 4}));
    let said = change.refused(&change.old);
    assert!(
        said.contains("check \"notes_1_check\" of table \"notes\" is `"),
        "{said}"
    );
}

/// What becomes of a row whose target goes is decided by the database, so by the new release, as soon as it is asked to.
fn one_starts_while_targets_go_otherwise(url: &str) {
    let marked = |on_delete: &str| {
        release(
            &format!("  title: text(1..100)\n  mark: Mark? on delete {on_delete}\n"),
            "entity Mark { id: uuid key; owner: User = caller readonly; index owner }
             access Mark { allow all to owner }
             resource /marks for Mark",
        )
    };
    let change = Change::begun(url, marked("set null"), marked("restrict"));
    let first = change.serving(&change.old);
    let marked = |server: &Serving| {
        let (status, mark) = server.ask(Some(&change.token), ("POST", "/marks"), &json!({}));
        assert_eq!(status, 201, "{mark}");
        change.works(server, &json!({"title": "a", "mark_id": mark["id"]}))
    };
    let unmark = |server: &Serving, note: &Value| {
        let path = format!("/marks/{}", note["mark_id"].as_str().unwrap());
        server.ask(Some(&change.token), ("DELETE", &path), &json!(null)).0
    };
    assert_eq!(unmark(&first, &marked(&first)), 204);

    change.expanded(&[]);
    let second = change.serving(&change.new);
    for server in [&first, &second] {
        let note = marked(server);
        assert_eq!(unmark(server, &note), 409);
        assert_eq!(change.read(server, &note)["mark_id"], note["mark_id"]);
    }
    let said = change.refused(&change.old);
    assert!(
        said.contains("foreign key of \"mark_id\" of table \"notes\" is `marks(id) on delete no action`"),
        "{said}"
    );
}

/// A value that is kept otherwise is there for the new release alone.
fn one_serves_another_type(url: &str) {
    let sized = |ty: &str| release(&format!("  title: text(1..100)\n  size: {ty}?\n"), "");
    let change = Change::begun(url, sized("int"), sized("text(..20)"));
    let first = change.serving(&change.old);
    let before = change.works(&first, &json!({"title": "a", "size": 12}));

    change.expanded(&[]);
    let second = change.serving(&change.new);
    assert_eq!(change.read(&second, &before)["size"], "12");
    let wide = change.works(&second, &json!({"title": "b", "size": "wide"}));
    // Whoever asks the release before gets what the new one keeps.
    assert_eq!(change.read(&first, &wide)["size"], "wide");
    let said = change.refused(&change.old);
    assert!(said.contains("column \"size\" of table \"notes\" is `"), "{said}");
}

/// The database keeps one set of rules, that of the new release, and the old one is held by it.
#[test]
fn rules_inside_the_database_are_those_of_the_new_release() {
    let database = Database::new();
    let fenced = |rule: &str| -> Folder {
        let folder = release("  title: text(1..100)\n", "");
        let line = format!(
            "  title \"Notes\"\n  database row_security \"{}_app\"\n",
            database.name()
        );
        let notes = folder.read("specs/notes.md");
        let notes = notes.replace("  title \"Notes\"\n", &line);
        folder.write("specs/notes.md", &notes.replace("  allow all to owner\n", rule));
        folder
    };
    let change = Change::begun(
        &database.url(),
        fenced("  allow all to owner\n"),
        fenced("  allow all to owner\n  deny delete to everyone when title == \"changed\"\n"),
    );
    let first = change.serving(&change.old);
    let deleted = |server: &Serving| {
        let note = change.works(server, &json!({"title": "a"}));
        let path = format!("/notes/{}", note["id"].as_str().unwrap());
        server.ask(Some(&change.token), ("DELETE", &path), &json!(null)).0
    };
    assert_eq!(deleted(&first), 204);

    change.expanded(&[]);
    let second = change.serving(&change.new);
    assert_eq!(deleted(&second), 403);
    assert_eq!(deleted(&first), 403);
    let said = change.refused(&change.old);
    assert!(said.contains("what policies ask about table \"notes\""), "{said}");
}

#[test]
fn both_serve_what_is_loosened_on_sqlite() {
    on_sqlite(both_serve);
}

#[test]
fn both_serve_what_is_loosened_on_postgres() {
    both_serve(&Database::new().url());
}

#[test]
fn a_check_that_changes_is_missed_by_the_new_release_on_sqlite() {
    on_sqlite(one_starts_without_its_check);
}

#[test]
fn a_check_that_changes_is_missed_by_the_new_release_on_postgres() {
    one_starts_without_its_check(&Database::new().url());
}

#[test]
fn targets_go_as_the_new_release_says_on_sqlite() {
    on_sqlite(one_starts_while_targets_go_otherwise);
}

#[test]
fn targets_go_as_the_new_release_says_on_postgres() {
    one_starts_while_targets_go_otherwise(&Database::new().url());
}

#[test]
fn another_type_is_served_by_the_new_release_on_sqlite() {
    on_sqlite(one_serves_another_type);
}

#[test]
fn another_type_is_served_by_the_new_release_on_postgres() {
    one_serves_another_type(&Database::new().url());
}
