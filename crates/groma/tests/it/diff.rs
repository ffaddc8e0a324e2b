//! `groma diff`

use std::process::Command;

use crate::support::{Folder, NOTES, Ran, groma, notes};

fn frozen() -> Folder {
    let folder = notes();
    let ran = groma(&folder, &["freeze"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    folder
}

/// What is said when these words of the frozen design become those.
fn changed(from: &str, to: &str) -> Ran {
    let folder = frozen();
    assert!(NOTES.contains(from), "{from}");
    folder.write("specs/notes.md", &NOTES.replace(from, to));
    groma(&folder, &["diff"])
}

#[test]
fn a_comment_changes_nothing() {
    let ran = changed("entity Note {", "# A comment.\nentity Note {");
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (Some(0), "the same design as specs/groma.lock\n")
    );
}

#[test]
fn a_rule_that_opens_more_is_told_with_the_smallest_case() {
    let ran = changed(
        "allow all to owner",
        "allow all to owner; allow read to authenticated",
    );
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(
        ran.out,
        "compared with specs/groma.lock

clients
  compatible  the problem `forbidden` (403) is new
              PATCH /notes/{id}, DELETE /notes/{id}

database
  safe        `notes`: `owner_id`, `id` is no index any more
  safe        `notes`: `owner_id` is indexed

access
  gained      read Note: signed in as `user` and the caller is not `owner`

clients: 0 of 1 break; database: 0 of 2 lose data; access: 1 gained, 0 lost
"
    );
    let folder = frozen();
    folder.write(
        "specs/notes.md",
        &NOTES.replace("all to owner", "all to owner; allow read to admin"),
    );
    assert_eq!(groma(&folder, &["diff", "--fail-on", "access"]).code, Some(1));
}

#[test]
fn what_breaks_clients_ends_with_1() {
    let ran = changed("title: text(1..100)", "title: text(1..100)\n  body: text(1..500)");
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(
        ran.out
            .contains("breaking    `body` is new in the body, and required\n              POST /notes\n"),
        "{}",
        ran.out
    );
    assert!(
        ran.out
            .contains("may fail    `notes`: the column `body` is added; rows that are there have no value"),
        "{}",
        ran.out
    );
    let ran = changed(
        "resource /notes for Note",
        "resource /notes for Note { list; create; read }",
    );
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(
        ran.out.contains("breaking    DELETE /notes/{id} is gone\n"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("lost        delete Note: "), "{}", ran.out);
}

#[test]
fn a_column_that_goes_loses_data() {
    let folder = notes();
    let wide = NOTES.replace("  index owner", "  mood: text(..20)?\n  index owner");
    folder.write("specs/notes.md", &wide);
    groma(&folder, &["freeze"]);
    folder.write("specs/notes.md", NOTES);
    let ran = groma(&folder, &["diff", "--json"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let diff: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(diff["loses_data"], true);
    assert_eq!(diff["database"][0]["risk"], "loses data");
    assert_eq!(diff["database"][0]["text"], "the column `mood` is dropped");
    assert_eq!(diff["clients"][0]["grade"], "breaking");
}

#[test]
fn another_folder_and_another_lock_can_be_compared_with() {
    let folder = frozen();
    folder.write(
        "other/specs/notes.md",
        &NOTES.replace("text(1..100)", "text(1..99)"),
    );
    let ran = groma(&folder, &["diff", "other"]);
    assert!(ran.out.starts_with("compared with `other`\n"), "{ran:?}");
    assert!(
        ran.out
            .contains("`title` is `text(1..100)` in the answer, not `text(1..99)`"),
        "{}",
        ran.out
    );
    let ran = groma(&folder, &["diff", "specs/groma.lock", "other"]);
    assert!(
        ran.out
            .contains("`title` is `text(1..99)` in the body, not `text(1..100)`"),
        "{}",
        ran.out
    );
    let ran = groma(&folder, &["diff", "lock", "other"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(
        ran.err
            .contains("no design is agreed: there is no `other/specs/groma.lock`"),
        "{}",
        ran.err
    );
}

fn git(folder: &Folder, words: &[&str]) {
    let who = [
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@example.invalid",
        "-c",
        "commit.gpgsign=false",
    ];
    let ran = Command::new("git")
        .current_dir(folder.path())
        .args(who)
        .args(words)
        .output()
        .unwrap();
    assert!(ran.status.success(), "{ran:?}");
}

#[test]
fn a_revision_of_git_can_be_compared_with() {
    let folder = Folder::new();
    folder.write("deep/specs/notes.md", NOTES);
    git(&folder, &["init", "-q"]);
    git(&folder, &["add", "."]);
    git(&folder, &["commit", "-qm", "one"]);
    folder.write(
        "deep/specs/notes.md",
        &NOTES.replace("text(1..100)", "text(1..99)"),
    );
    let ran = groma(&folder, &["diff", "HEAD", "deep"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(
        ran.out.starts_with("compared with the revision `HEAD`\n"),
        "{}",
        ran.out
    );
    assert!(
        ran.out
            .contains("`title` is `text(1..99)` in the body, not `text(1..100)`"),
        "{}",
        ran.out
    );
    for (word, says) in [
        ("nowhere", "there is no revision, file or folder `nowhere`"),
        ("--output=x", "unexpected argument"),
    ] {
        let ran = groma(&folder, &["diff", word, "deep"]);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.err.contains(says), "{}", ran.err);
    }
    let ran = groma(&folder, &["diff", "deep", "--", "deep"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(
        groma(&folder, &["diff", "--", "--output=x", "deep"]).code,
        Some(2)
    );
    assert!(!folder.has("x") && !folder.has("deep/x"));
}

#[test]
fn outside_of_a_repository_git_says_so() {
    let ran = groma(&notes(), &["diff", "HEAD"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("is in no git repository"), "{}", ran.err);
}

#[test]
fn an_earlier_design_with_errors_is_named() {
    let folder = notes();
    folder.write("other/specs/notes.md", &NOTES.replace("text(1..100)", "texd"));
    let ran = groma(&folder, &["diff", "other"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(
        ran.err.contains("the design of `other` has errors: "),
        "{}",
        ran.err
    );
}
