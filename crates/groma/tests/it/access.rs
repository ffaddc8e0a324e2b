//! Who may do what, asked on the command line.

use crate::support::{NOTES, groma, notes};

#[test]
fn a_question_is_answered_with_the_rule_and_an_exit_code() {
    let project = notes();
    let yes = groma(&project, &["access", "can the owner update a Note?"]);
    assert_eq!(yes.code, Some(0), "{}", yes.err);
    assert!(
        yes.out.starts_with("yes, always\n  The owner. specs/notes.md:"),
        "{}",
        yes.out
    );
    let depends = groma(&project, &["access", "can user read Note"]);
    assert_eq!(depends.code, Some(0), "{}", depends.err);
    assert!(
        depends.out.starts_with(
            "it depends\n  yes when the caller is `owner`\n  no when the caller is not `owner`\n"
        ),
        "{}",
        depends.out
    );
    let no = groma(&project, &["access", "can anonymous read Note"]);
    assert_eq!(no.code, Some(1), "{}", no.err);
    assert_eq!(
        no.out,
        "no: no rule lets them\n  somebody may: the caller is `owner`\n"
    );
    let odd = groma(&project, &["access", "can owner raed Note"]);
    assert_eq!(odd.code, Some(2));
    assert!(
        odd.err.contains("expected a verb, found `raed`") && odd.err.contains("did you mean `read`?"),
        "{}",
        odd.err
    );
}

#[test]
fn the_table_names_everybody_whom_rules_tell_apart() {
    let project = notes();
    let table = groma(&project, &["access"]);
    let rows: Vec<&str> = table.out.lines().collect();
    assert_eq!(
        rows,
        [
            "Note                read  create  update  delete",
            "not signed in       no    no      no      no",
            "signed in as user   no    yes     no      no",
            "signed in as admin  no    yes     no      no",
            "the owner           yes   yes     yes     yes",
        ],
        "{}",
        table.err
    );
    let json = groma(
        &project,
        &["access", "--as", "owner", "--on", "notes", "--format", "json"],
    );
    let json: serde_json::Value = serde_json::from_str(&json.out).expect("a JSON document");
    assert_eq!(
        json["entities"][0]["callers"][0]["verbs"]["delete"]["answer"],
        "yes"
    );
    assert_eq!(json["entities"][0]["callers"].as_array().map(Vec::len), Some(1));
}

#[test]
fn who_is_one_thing_to_a_row_may_be_another_one_too() {
    let project = notes();
    let design = NOTES
        .replace("  index owner\n", "  helper: User?\n  index owner\n")
        .replace(
            "  allow all to owner\n",
            "  allow read, update to owner\n  deny read to everyone except helper\n  deny update to helper\n",
        )
        .replace(
            "resource /notes for Note",
            "resource /notes for Note { read; update }",
        );
    project.write("specs/notes.md", &design);
    let read = groma(&project, &["access", "can owner read Note"]);
    assert!(
        read.out
            .starts_with("it depends\n  yes when the caller is `helper`"),
        "{}{}",
        read.out,
        read.err
    );
    let update = groma(&project, &["access", "can owner update Note"]);
    assert!(
        update.out.contains("the caller is `helper`\n  The owner."),
        "{}{}",
        update.out,
        update.err
    );
}
