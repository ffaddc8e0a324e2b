//! `groma check`

use crate::support::{Folder, NOTES, groma, groma_in, groma_with, notes};

#[test]
fn a_good_design_ends_with_0_and_a_line_that_says_so() {
    let ran = groma(&notes(), &["check"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.starts_with("checked 1 file in "), "{}", ran.out);
    assert_eq!(ran.err, "");
}

#[test]
fn the_project_may_be_named_by_its_folder_by_specs_or_by_a_file() {
    let folder = Folder::new();
    folder.write("app/specs/notes.md", NOTES);
    for words in [
        &["check", "app"],
        &["check", "app/specs"],
        &["check", "app/specs/notes.md"],
    ] {
        let ran = groma(&folder, words);
        assert_eq!(ran.code, Some(0), "{words:?}: {ran:?}");
    }
}

#[test]
fn an_error_ends_with_1_at_a_path_that_leads_there_from_here() {
    let folder = Folder::new();
    folder.write(
        "app/specs/notes.md",
        &NOTES.replace("title: text(1..100)", "title: txt(1..100)"),
    );
    let ran = groma(&folder, &["check", "app"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.out.contains("--> app/specs/notes.md:23:"), "{}", ran.out);
    assert!(ran.out.contains("`txt`"), "{}", ran.out);
    assert!(ran.out.contains("1 error"), "{}", ran.out);
    assert!(ran.out.contains("groma explain E"), "{}", ran.out);
}

#[test]
fn a_plain_groma_file_means_the_same_as_a_fence() {
    let fence = NOTES
        .split("```groma\n")
        .nth(1)
        .unwrap()
        .trim_end_matches("```\n");
    let folder = Folder::new();
    folder.write("notes.groma", fence);
    let ran = groma(&folder, &["check", "notes.groma"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
}

#[test]
fn nothing_to_check_is_a_mistake_with_a_remedy() {
    let ran = groma(&Folder::new(), &["check"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("error: there is no design below"), "{}", ran.err);
    assert!(
        ran.err.contains("help: give the folder that holds `specs/`"),
        "{}",
        ran.err
    );
}

#[test]
fn a_folder_in_which_several_projects_lie_is_none_itself() {
    let folder = Folder::new();
    for project in ["api", "web/back"] {
        folder.write(&format!("{project}/specs/notes.md"), NOTES);
    }
    let ran = groma(&folder, &["check"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    let wanted = "error: several projects lie here: `api`, `web/back`\n  help: name one, as `api`\n";
    assert_eq!(ran.err, wanted);
    let ran = groma(&folder, &["check", "web/back"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
}

#[test]
fn prose_alone_is_no_design() {
    let folder = Folder::new();
    folder.write("specs/notes.md", "# Notes\n\nTo be written.\n");
    let ran = groma(&folder, &["check"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(
        ran.err
            .contains("nothing is declared below `.`: 1 file and no fence tagged `groma`"),
        "{}",
        ran.err
    );
}

#[test]
fn annotations_stand_at_paths_from_the_top_of_the_repository() {
    let folder = Folder::new();
    folder.write(".git/HEAD", "");
    folder.write(
        "app/specs/notes.md",
        &NOTES.replace("title: text(1..100)", "title: txt(1..100)"),
    );
    let app = groma_in(&folder, "app", &["check", "--format", "github"]);
    assert!(app.out.starts_with("::error file=app/specs/notes.md,"), "{app:?}");
    let top = groma(&folder, &["check", "app", "--format", "github"]);
    assert_eq!(top.out, app.out);
}

#[test]
fn a_file_that_is_not_there_or_not_text_is_named() {
    let folder = notes();
    let ran = groma(&folder, &["check", "specs/note.md"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("cannot read `specs/note.md`"), "{}", ran.err);
    std::fs::write(folder.path().join("specs/bad.md"), b"caf\xe9").unwrap();
    let ran = groma(&folder, &["check"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(
        ran.err.contains("`specs/bad.md` is not UTF-8: line 1 "),
        "{}",
        ran.err
    );
}

#[test]
fn machines_get_one_json_document_and_nothing_else() {
    let folder = Folder::new();
    folder.write(
        "specs/notes.md",
        &NOTES.replace("title: text(1..100)", "title: txt(1..100)"),
    );
    let ran = groma(&folder, &["check", "--format", "json"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let found: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(found["summary"]["errors"], 1, "{found}");
    let sarif = groma(&folder, &["check", "--format", "sarif"]);
    let sarif: serde_json::Value = serde_json::from_str(&sarif.out).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), 1);
    let github = groma(&folder, &["check", "--format", "github"]);
    assert!(
        github.out.starts_with("::error file=specs/notes.md,line=23,"),
        "{}",
        github.out
    );
}

#[test]
fn no_colour_reaches_a_pipe_unless_it_is_forced() {
    let folder = Folder::new();
    folder.write(
        "specs/notes.md",
        &NOTES.replace("title: text(1..100)", "title: txt(1..100)"),
    );
    assert!(!groma(&folder, &["check"]).out.contains('\u{1b}'));
    assert!(
        groma_with(&folder, &["check"], &[("CLICOLOR_FORCE", "1")])
            .out
            .contains('\u{1b}')
    );
    let both = [("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")];
    assert!(!groma_with(&folder, &["check"], &both).out.contains('\u{1b}'));
}

#[test]
fn fix_mends_what_it_can_and_the_design_is_fine_after_it() {
    let folder = Folder::new();
    let wrong = NOTES
        .replace("title: text(1..100)", "title: txt(1..100)")
        .replace("index owner", "index onwer");
    folder.write("specs/notes.md", &wrong);
    let ran = groma(&folder, &["check", "--fix"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(ran.err, "changed specs/notes.md\nmade 2 fixes in 1 file\n");
    assert_eq!(folder.read("specs/notes.md"), NOTES);
    assert_eq!(
        groma(&folder, &["check", "--fix"]).err,
        "made 0 fixes in 0 files\n"
    );
}

#[test]
fn a_warning_fails_only_where_that_was_asked_for() {
    let folder = Folder::new();
    folder.write(
        "specs/notes.md",
        &NOTES.replace("title: text(1..100)", "title: text"),
    );
    let ran = groma(&folder, &["check"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("1 warning"), "{}", ran.out);
    assert_eq!(groma(&folder, &["check", "--deny-warnings"]).code, Some(1));
}

#[test]
fn generated_pages_are_no_part_of_the_design() {
    let folder = notes();
    assert_eq!(groma(&folder, &["spec"]).code, Some(0));
    let ran = groma(&folder, &["check"]);
    assert!(ran.out.starts_with("checked 1 file in "), "{}", ran.out);
}
