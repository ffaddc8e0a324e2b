//! `groma freeze`, `--frozen`, `groma status`

use crate::support::{Folder, NOTES, groma, notes};

/// [`NOTES`] with nothing left open.
pub(crate) fn decided() -> Folder {
    let folder = notes();
    folder.write("specs/notes.md", NOTES);
    folder
}

#[test]
fn a_frozen_design_has_the_hash_of_its_canonical_json_and_the_same_bytes_each_time() {
    let folder = decided();
    let ran = groma(&folder, &["freeze"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        ran.out
            .starts_with("froze the design in specs/groma.lock: 1 file, 0 decisions\nsha256 "),
        "{}",
        ran.out
    );
    let first = folder.read("specs/groma.lock");
    let lock: serde_json::Value = serde_json::from_str(&first).unwrap();
    assert_eq!(lock["format"], 1);
    let design = serde_json::to_string_pretty(&lock["design"]).unwrap() + "\n";
    assert_eq!(
        design,
        groma(&folder, &["ir"]).out,
        "the lock holds what `groma ir` prints"
    );
    assert!(ran.out.contains(lock["sha256"].as_str().unwrap()), "{}", ran.out);
    let again = groma(&folder, &["freeze"]);
    assert!(
        again.out.starts_with("the design is what is frozen"),
        "{}",
        again.out
    );
    assert_eq!(folder.read("specs/groma.lock"), first);
}

#[test]
fn what_is_open_stops_it_and_is_listed() {
    let folder = decided();
    let open = NOTES.replace(
        "  owner: User = caller readonly\n",
        "  owner: User = caller readonly\n  kind: text(..10) = TBD(\"plain\")\n",
    ) + "\n```groma\nquestion \"May a note be shared?\" affects Note default no\n```\n";
    folder.write("specs/notes.md", &open);
    let ran = groma(&folder, &["freeze"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("2 points are left open"), "{}", ran.err);
    assert!(
        ran.err.contains("specs/notes.md:25 Note.kind.default"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("May a note be shared?"), "{}", ran.err);
    assert!(!folder.has("specs/groma.lock"));
    folder.write("specs/notes.md", &NOTES.replace("text(1..100)", "texd"));
    let ran = groma(&folder, &["freeze"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("the design has 1 error"), "{}", ran.err);
}

#[test]
fn a_frozen_design_is_specified_and_another_one_is_refused() {
    let folder = decided();
    let missing = groma(&folder, &["spec", "--frozen"]);
    assert_eq!(missing.code, Some(2), "{missing:?}");
    assert!(missing.err.contains("no design is agreed"), "{}", missing.err);
    groma(&folder, &["freeze"]);
    let commented = NOTES.replace(
        "entity Note {",
        "# A comment is no part of the design.\nentity Note {",
    );
    folder.write("specs/notes.md", &commented);
    assert_eq!(groma(&folder, &["spec", "--frozen"]).code, Some(0));
    folder.write("specs/notes.md", &NOTES.replace("text(1..100)", "text(1..99)"));
    for words in [["spec", "--frozen"], ["serve", "--frozen"]] {
        let ran = groma(&folder, &words);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(
            ran.err.contains("the design is not the one that was frozen")
                && ran
                    .err
                    .contains("`title` is `text(1..99)` in the body, not `text(1..100)`"),
            "{}",
            ran.err
        );
    }
}

#[test]
fn what_only_readers_see_is_named_too() {
    let folder = decided();
    groma(&folder, &["freeze"]);
    folder.write(
        "specs/notes.md",
        &NOTES.replace(
            "  title: text(1..100)\n",
            "  ## What it is called.\n  title: text(1..100)\n",
        ),
    );
    let ran = groma(&folder, &["spec", "--frozen"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("entities.Note.fields.title.doc"), "{}", ran.err);
}

#[test]
fn a_lock_that_was_changed_by_hand_is_not_relied_on() {
    let folder = decided();
    groma(&folder, &["freeze"]);
    let lock = folder.read("specs/groma.lock");
    for (from, to, says) in [
        (
            "\"name\": \"title\"",
            "\"name\": \"titel\"",
            "its design is not what was frozen",
        ),
        (
            "title: text(1..100)",
            "title: text(1..99)",
            "its source is not what was frozen",
        ),
        (
            "\"format\": 1",
            "\"format\": 7",
            "has format 7, and this groma reads format 1",
        ),
        ("\"format\"", "\"formad\"", "is no lock"),
    ] {
        assert!(lock.contains(from), "{from}");
        folder.write("specs/groma.lock", &lock.replacen(from, to, 1));
        for words in [["spec", "--frozen"].as_slice(), &["diff"]] {
            let ran = groma(&folder, words);
            assert_eq!(ran.code, Some(2), "{from}: {ran:?}");
            assert!(ran.err.contains(says), "{from}: {}", ran.err);
        }
    }
}

#[test]
fn status_says_what_is_decided_open_and_assumed_and_how_far_each_resource_is() {
    let folder = decided();
    let open = NOTES.replace(
        "  owner: User = caller readonly\n",
        "  owner: User = caller readonly\n  due: TBD(date?)\n",
    ) + "\n```groma\ndecision Note.title = required because \"Lists show nothing else.\" on 2026-11-21\n```\n";
    folder.write("specs/notes.md", &open);
    let ran = groma(&folder, &["status"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    for line in [
        "decided 1\n  Note.title = required  2026-11-21\n",
        "open 1\n  Note.due.type  what is `Note.due.type` to be? specs/notes.md:25\n",
        "  /notes  5 with rules of 5 routes, 1 open, page outdated: run `groma spec`\n",
        "the design has never been frozen\n",
    ] {
        assert!(ran.out.contains(line), "{line} in {}", ran.out);
    }
    groma(&folder, &["spec"]);
    let ran = groma(&folder, &["status", "--json"]);
    let status: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(status["resources"][0]["page_is_fresh"], true);
    assert_eq!(status["resources"][0]["open"][0], "Note.due.type");
    assert_eq!(status["decided"][0]["answer"], "required");
    assert_eq!(status["agreed"], "never frozen");
    folder.write("specs/notes.md", NOTES);
    groma(&folder, &["freeze"]);
    assert!(
        groma(&folder, &["status"])
            .out
            .ends_with("the design is as frozen\n")
    );
}
