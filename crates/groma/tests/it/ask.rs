//! `groma ask`

use serde_json::Value;

use crate::support::{Folder, NOTES, groma};

/// A design with one point of each kind open, and a fence that nobody has laid out.
fn open() -> Folder {
    let folder = Folder::new();
    let text = NOTES
        .replace("entity Note {", "entity Book {\n  id: uuid key\n}\n\nentity Note {")
        .replace(
            "  index owner\n",
            "  book: Book? on delete TBD(set null) # the shelf\n  kind: text(..10) = TBD(\"plain\")\n  index owner\n",
        )
        + "\n## Open\n\n```groma\nquestion   \"May a note be shared?\" affects Note default no\n```\n\n\
           ```groma\nenum   Mood { good,bad }\n```\n";
    folder.write("specs/notes.md", &text);
    folder
}

fn listed(folder: &Folder) -> Vec<Value> {
    let ran = groma(folder, &["ask", "--json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    document["open"].as_array().unwrap().clone()
}

fn ids(folder: &Folder) -> Vec<String> {
    listed(folder)
        .iter()
        .map(|point| point["id"].as_str().unwrap().to_owned())
        .collect()
}

/// The text with the day of the answer made one that never changes.
fn without_day(text: &str) -> String {
    let parts: Vec<&str> = text.split(" on 20").collect();
    let rest = parts
        .iter()
        .skip(1)
        .map(|part| format!(" on DAY{}", part.get(8..).unwrap_or_default()));
    format!("{}{}", parts.first().unwrap_or(&""), rest.collect::<String>())
}

#[test]
fn programs_get_ids_options_places_and_what_an_answer_touches() {
    let points = listed(&open());
    let sizes: Vec<u64> = points
        .iter()
        .map(|point| point["touches"]["size"].as_u64().unwrap())
        .collect();
    assert!(sizes.is_sorted_by(|one, next| one >= next), "{sizes:?}");
    let point = points
        .iter()
        .find(|point| point["id"] == "Note.book.on_delete")
        .unwrap();
    assert_eq!(point["place"], "specs/notes.md:29");
    assert_eq!(point["options"][0]["answer"], "set null");
    assert_eq!(point["options"][0]["recommended"], true);
    assert_eq!(point["options"][2]["consequence"], "its notes are deleted too");
    assert_eq!(point["touches"]["entities"], 2);
    let routes = point["touches"]["routes"].as_array().unwrap();
    assert!(
        routes.contains(&Value::from("createNote")) && !routes.contains(&Value::from("deleteNote")),
        "{routes:?}"
    );
}

#[test]
fn an_answer_is_one_edit_and_one_decision_and_nothing_else_changes() {
    let folder = open();
    let before = folder.read("specs/notes.md");
    let because = "A note without its book means nothing.";
    let ran = groma(
        &folder,
        &[
            "ask",
            "--answer",
            "Note.book.on_delete=cascade",
            "--because",
            because,
        ],
    );
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.ends_with("2 points are left open\n"), "{}", ran.out);
    let expected = before
        .replace(
            "on delete TBD(set null) # the shelf",
            "on delete cascade # the shelf",
        )
        .replace(
            "  index owner\n}\n",
            "  index owner\n}\n\
             decision Note.book.on_delete = cascade\n  over set null, restrict\n  \
             because \"A note without its book means nothing.\" on DAY\n",
        );
    let after = without_day(&folder.read("specs/notes.md"));
    assert_eq!(after.replace("}\n\ndecision", "}\ndecision"), expected);
    assert!(
        after.contains("enum   Mood { good,bad }"),
        "another fence stays as it is"
    );
    assert!(!ids(&folder).contains(&String::from("Note.book.on_delete")));
}

#[test]
fn a_question_gives_way_to_the_decision_about_it() {
    let folder = open();
    let id = ids(&folder)
        .into_iter()
        .find(|id| id.starts_with("question-"))
        .unwrap();
    let ran = groma(&folder, &["ask", "--answer", &format!("{id}=yes")]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let text = without_day(&folder.read("specs/notes.md"));
    assert!(!text.contains("question "), "{text}");
    assert!(
        text.contains(
            "```groma\ndecision Note = yes over no because \"May a note be shared? yes\" on DAY\n```\n"
        ),
        "{text}"
    );
}

#[test]
fn several_answers_leave_nothing_open_and_the_design_can_be_frozen() {
    let folder = open();
    let mut words = vec![String::from("ask")];
    for point in listed(&folder) {
        let (id, option) = (
            point["id"].as_str().unwrap(),
            point["options"][0]["answer"].as_str().unwrap(),
        );
        words.extend([String::from("--answer"), format!("{id}={option}")]);
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let ran = groma(&folder, &words);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.ends_with("nothing is open\n"), "{}", ran.out);
    let ran = groma(&folder, &["freeze"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(groma(&folder, &["ask"]).out, "nothing is open\n");
}

#[test]
fn an_answer_that_the_design_does_not_bear_is_not_written() {
    let folder = open();
    let before = folder.read("specs/notes.md");
    let ran = groma(&folder, &["ask", "--answer", "Note.kind.default=12"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(
        ran.err.contains("`12` for `Note.kind")
            && ran.err.contains("would break the design; nothing was written"),
        "{}",
        ran.err
    );
    assert_eq!(folder.read("specs/notes.md"), before);
}

#[test]
fn words_that_mean_nothing_are_told() {
    let folder = open();
    let before = folder.read("specs/notes.md");
    for (words, says) in [
        (
            vec!["--answer", "Note.buk.on_delete=cascade"],
            "did you mean `Note.book.on_delete`?",
        ),
        (vec!["--answer", "Note.book.on_delete"], "write `ID=OPTION`"),
        (
            vec![
                "--answer",
                "Note.book.on_delete=cascade",
                "--because",
                "a",
                "--because",
                "b",
            ],
            "there are 2 reasons for 1 answers",
        ),
    ] {
        let mut all = vec!["ask"];
        all.extend(words);
        let ran = groma(&folder, &all);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.err.contains(says), "{}", ran.err);
    }
    assert_eq!(folder.read("specs/notes.md"), before);
}

#[test]
fn what_the_checker_asks_takes_its_options_alone() {
    let folder = Folder::new();
    folder.write(
        "specs/notes.md",
        &NOTES.replace("access Note {\n  allow all to owner\n}\n", ""),
    );
    let points = listed(&folder);
    assert_eq!(points[0]["id"], "Note.read");
    let ran = groma(&folder, &["ask", "--answer", "Note.read=everyone"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("is no option of `Note.read`"), "{}", ran.err);
    let ran = groma(&folder, &["ask", "--answer", "Note.read=allow all to owner"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let text = without_day(&folder.read("specs/notes.md"));
    assert!(
        text.contains("access Note {\n  allow all to owner\n}\n"),
        "{text}"
    );
    assert!(text.contains("decision Note.read = allow all to owner"), "{text}");
}
