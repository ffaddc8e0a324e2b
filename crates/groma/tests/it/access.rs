//! Who may do what, asked on the command line.

use crate::support::{groma, notes};

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
    let no = groma(&project, &["access", "can user read Note"]);
    assert_eq!(no.code, Some(1), "{}", no.err);
    assert_eq!(no.out, "no: no rule lets them\n  who may: the `owner`\n");
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
