use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::{Change, ChangeKind, FileSet, Lock, diff, regenerate, unsettled};

/// A folder on no disk, with the lock that lies in it.
#[derive(Default)]
struct Project {
    files: BTreeMap<String, String>,
    lock: Lock,
}

fn set(files: &[(&str, &str)]) -> FileSet {
    let mut set = FileSet::default();
    for (path, text) in files {
        set.insert(*path, *text);
    }
    set
}

impl Project {
    fn generated(files: &[(&str, &str)]) -> Self {
        let mut project = Self::default();
        project.generate(files);
        project
    }

    /// Generates as the command does: the lock takes its way through a file.
    fn generate(&mut self, files: &[(&str, &str)]) -> Vec<(String, ChangeKind)> {
        let made = regenerate(&self.lock, "groma 1", &set(files), |path| {
            self.files.get(path).cloned()
        });
        for Change { path, after, .. } in &made.changes {
            match after {
                Some(text) => drop(self.files.insert(path.clone(), text.clone())),
                None => drop(self.files.remove(path)),
            }
        }
        self.lock = Lock::parse(&made.lock.text()).expect("what was written can be read");
        assert_eq!(self.lock, made.lock);
        made.changes
            .into_iter()
            .map(|change| (change.path, change.kind))
            .collect()
    }

    fn edit(&mut self, path: &str, text: &str) {
        self.files.insert(path.to_owned(), text.to_owned());
    }

    #[track_caller]
    fn holds(&self, path: &str, text: &str) {
        assert_eq!(self.files.get(path).map(String::as_str), Some(text));
    }
}

fn one(path: &str, kind: ChangeKind) -> Vec<(String, ChangeKind)> {
    vec![(path.to_owned(), kind)]
}

const THREE: &str = "one\ntwo\nthree\n";

#[test]
fn what_nobody_edited_follows_the_generator() {
    let mut project = Project::generated(&[("a.py", THREE), ("b.py", "old\n")]);
    project.holds("a.py", THREE);
    assert_eq!(project.generate(&[("a.py", THREE), ("b.py", "old\n")]), []);
    let changes = project.generate(&[("a.py", "one\n2\nthree\n"), ("c.py", "new\n")]);
    let expected = [
        ("a.py", ChangeKind::Updated),
        ("b.py", ChangeKind::Removed),
        ("c.py", ChangeKind::Added),
    ];
    assert_eq!(changes, expected.map(|(path, kind)| (path.to_owned(), kind)));
    project.holds("a.py", "one\n2\nthree\n");
    assert!(!project.files.contains_key("b.py"));
}

#[test]
fn an_edit_stays_through_three_changes() {
    let mut project = Project::generated(&[("a.py", THREE)]);
    project.edit("a.py", "mine\none\ntwo\nthree\n");
    assert_eq!(project.generate(&[("a.py", THREE)]), []);
    for (text, expected) in [
        ("one\ntwo\nthree\nfour\n", "mine\none\ntwo\nthree\nfour\n"),
        ("one\ntwo\nfour\n", "mine\none\ntwo\nfour\n"),
        ("one\ntwo\nfour\nfive\n", "mine\none\ntwo\nfour\nfive\n"),
    ] {
        assert_eq!(
            project.generate(&[("a.py", text)]),
            one("a.py", ChangeKind::Merged)
        );
        project.holds("a.py", expected);
    }
}

#[test]
fn both_sides_of_a_conflict_stand_in_the_file_until_somebody_decides() {
    let mut project = Project::generated(&[("a.py", THREE)]);
    project.edit("a.py", "one\nMINE\nthree\n");
    assert_eq!(
        project.generate(&[("a.py", "one\nTHEIRS\nthree\n")]),
        one("a.py", ChangeKind::Conflict(1))
    );
    let marked = "one\n<<<<<<< yours\nMINE\n=======\nTHEIRS\n>>>>>>> generated\nthree\n";
    project.holds("a.py", marked);
    assert_eq!(
        project.generate(&[("a.py", "one\nLATER\nthree\n")]),
        one("a.py", ChangeKind::Unresolved)
    );
    project.holds("a.py", marked);
    project.edit("a.py", "one\nMINE\nthree\n");
    // What they decided against is not asked again; what came later is.
    assert_eq!(
        project.generate(&[("a.py", "one\nTHEIRS\nthree\nfour\n")]),
        one("a.py", ChangeKind::Merged)
    );
    project.holds("a.py", "one\nMINE\nthree\nfour\n");
}

#[test]
fn files_of_the_owner_are_never_touched() {
    let mut project = Project::default();
    project.edit("mine.py", "mine\n");
    project.edit("a.py", "also mine\n");
    assert_eq!(
        project.generate(&[("a.py", THREE)]),
        one("a.py", ChangeKind::Occupied)
    );
    assert_eq!(project.generate(&[("a.py", THREE)]), [], "it is said once");
    for _ in 0..2 {
        assert_eq!(
            project.generate(&[("a.py", "later\n")]),
            one("a.py", ChangeKind::Behind)
        );
    }
    assert_eq!(
        project.generate(&[("a.py", THREE)]),
        [],
        "as it was when it was said"
    );
    project.holds("a.py", "also mine\n");
    project.holds("mine.py", "mine\n");
    assert_eq!(
        project.generate(&[]),
        [],
        "and what is not in the lock is not removed either"
    );
    project.holds("a.py", "also mine\n");
    assert!(project.lock.yours.is_empty());
}

#[test]
fn where_nothing_common_is_known_all_that_differs_is_marked() {
    for (mine, generated, expected) in [
        (
            "one\nMINE\nthree\nmore\n",
            THREE,
            "one\n<<<<<<< yours\nMINE\n=======\ntwo\n>>>>>>> generated\nthree\n<<<<<<< yours\nmore\n=======\n>>>>>>> generated\n",
        ),
        (
            "two\nthree",
            THREE,
            "<<<<<<< yours\n=======\none\n>>>>>>> generated\ntwo\nthree\n",
        ),
        ("a", "b", "<<<<<<< yours\na\n=======\nb\n>>>>>>> generated\n"),
    ] {
        let mut project = Project::default();
        project.edit("a.py", mine);
        project.lock.files.insert("a.py", "");
        let changes = project.generate(&[("a.py", generated)]);
        assert!(matches!(changes[0].1, ChangeKind::Conflict(_)), "{changes:?}");
        project.holds("a.py", expected);
    }
}

#[test]
fn pairs_of_marks_are_a_conflict_whoever_made_them() {
    for (text, expected) in [
        ("a\n<<<<<<< HEAD\nb\n=======\n>>>>>>> other\n", vec![2]),
        ("<<<<<<<\r\n=======\r\n>>>>>>>\r\n", vec![1]),
        (
            "<<<<<<< HEAD\n<<<<<<< yours\n>>>>>>> generated\n>>>>>>> b\n",
            vec![1, 2],
        ),
        ("<<<<<<< yours\na\n", vec![1]),
        ("a\n>>>>>>> generated\n", vec![2]),
        ("A title\n=======\n", vec![]),
        (" <<<<<<< HEAD\n >>>>>>> other\n", vec![]),
        ("<<<<<<<< HEAD\n>>>>>>>> other\n", vec![]),
        (">>>>>>> other\n", vec![]),
    ] {
        assert_eq!(unsettled(text), expected, "{text:?}");
    }
}

#[test]
fn a_conflict_in_a_file_that_never_was_ours_waits_as_well() {
    let mut project = Project::default();
    project.edit("a.py", "<<<<<<< HEAD\none\n=======\n2\n>>>>>>> other\n");
    for _ in 0..2 {
        assert_eq!(
            project.generate(&[("a.py", THREE)]),
            one("a.py", ChangeKind::Unresolved)
        );
    }
    // A text that is generated so, and that nobody edited, has none.
    let marks = "<<<<<<< HEAD\n>>>>>>> other\n";
    let mut project = Project::generated(&[("a.md", marks)]);
    assert_eq!(
        project.generate(&[("a.md", "other\n")]),
        one("a.md", ChangeKind::Updated)
    );
}

#[test]
fn what_the_owner_removed_stays_away_and_a_change_of_it_is_said_until_it_is_back() {
    let mut project = Project::generated(&[("a.py", THREE)]);
    project.files.remove("a.py");
    assert_eq!(project.generate(&[("a.py", THREE)]), []);
    for _ in 0..2 {
        assert_eq!(
            project.generate(&[("a.py", "other\n")]),
            one("a.py", ChangeKind::Absent)
        );
        assert!(project.files.is_empty());
    }
    // As it was, it is behind and nobody's edit.
    project.edit("a.py", THREE);
    assert_eq!(
        project.generate(&[("a.py", "other\n")]),
        one("a.py", ChangeKind::Updated)
    );
    project.holds("a.py", "other\n");
    project.files.remove("a.py");
    assert_eq!(project.generate(&[("a.py", "other\n")]), []);
}

#[test]
fn what_is_the_owners_for_good_is_said_no_more_whether_it_is_there_or_not() {
    let mut project = Project::generated(&[("a.py", THREE)]);
    project.files.remove("a.py");
    project.lock.without.insert("a.py".to_owned());
    for files in [&[("a.py", "other\n")][..], &[], &[("a.py", "later\n")]] {
        assert_eq!(project.generate(files), []);
    }
    project.edit("a.py", "mine\n");
    assert_eq!(project.generate(&[("a.py", "last\n")]), []);
    project.holds("a.py", "mine\n");
}

#[test]
fn what_is_no_longer_generated_stays_when_it_was_edited() {
    let mut project = Project::generated(&[("a.py", THREE)]);
    project.edit("a.py", "mine\n");
    assert_eq!(project.generate(&[]), one("a.py", ChangeKind::Kept));
    project.holds("a.py", "mine\n");
    assert_eq!(project.generate(&[]), [], "it is theirs now");
}

#[test]
fn line_ends_of_another_system_are_no_edit_and_stay() {
    let mut project = Project::generated(&[("a.py", THREE)]);
    project.edit("a.py", "one\r\ntwo\r\nthree\r\n");
    assert_eq!(project.generate(&[("a.py", THREE)]), []);
    assert_eq!(
        project.generate(&[("a.py", "one\ntwo\n")]),
        one("a.py", ChangeKind::Updated)
    );
    project.holds("a.py", "one\r\ntwo\r\n");
}

#[test]
fn a_lock_that_leads_out_of_the_project_is_refused() {
    for path in [
        "../a.py",
        "/etc/passwd",
        "a/../../b",
        ".git/config",
        "a/.GIT/hooks/b",
        "C:/a",
        "a\\..\\b",
        "",
        "a//b",
    ] {
        let lock = serde_json::json!({ "generator": "groma 1", "files": { path: ["x"] } });
        let refused = Lock::parse(&lock.to_string()).expect_err(path).to_string();
        assert_eq!(refused, format!("`{path}` is no path inside the project"));
    }
    assert!(Lock::parse("<<<<<<< yours").is_err());
}

#[test]
fn a_diff_is_one_that_tools_can_apply() {
    let text = diff("a.py", Some(THREE), Some("one\n2\nthree\n"));
    assert_eq!(
        text,
        "--- a/a.py\n+++ b/a.py\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n"
    );
    assert!(diff("a.py", None, Some("x\n")).starts_with("--- /dev/null\n+++ b/a.py\n"));
}

/// Some lines, each of which is told apart from all others.
fn lines(name: &'static str, most: usize) -> impl Strategy<Value = Vec<String>> {
    (0..=most).prop_map(move |count| (0..count).map(|at| format!("{name}{at}")).collect())
}

/// A text in which some lines were removed, and others stand between.
fn edited(text: &[String], removed: &[bool], added: &[(usize, String)]) -> Vec<String> {
    let kept = text.iter().zip(removed).filter(|(_, removed)| !**removed);
    let mut out: Vec<String> = kept.map(|(line, _)| line.clone()).collect();
    for (at, line) in added {
        out.insert((*at).min(out.len()), line.clone());
    }
    out
}

fn edits(name: &'static str) -> impl Strategy<Value = (Vec<bool>, Vec<(usize, String)>)> {
    let added = proptest::collection::vec(0..12_usize, 0..5);
    let added = added.prop_map(move |places| {
        places
            .into_iter()
            .enumerate()
            .map(|(at, place)| (place, format!("{name}{at}")))
            .collect()
    });
    (
        proptest::collection::vec(proptest::bool::weighted(0.25), 12),
        added,
    )
}

proptest! {
    /// Whatever both do: each line that the owner wrote is there afterwards, none that they removed is back, and each
    /// that the generator wrote has arrived, unless a conflict waits to be settled.
    #[test]
    fn no_line_that_somebody_wrote_is_lost(
        base in lines("base", 12),
        mine in edits("mine"),
        first in edits("first"),
        second in edits("second"),
    ) {
        let text = |lines: &[String]| [lines, &[String::new()]].concat().join("\n");
        let mut project = Project::generated(&[("a.py", &text(&base))]);
        project.edit("a.py", &text(&edited(&base, &mine.0, &mine.1)));
        let mut generated = base.clone();
        for (removed, added) in [&first, &second] {
            generated = edited(&generated, removed, added);
            project.generate(&[("a.py", &text(&generated))]);
            let there: Vec<&str> = project.files["a.py"].lines().collect();
            for (_, line) in &mine.1 {
                prop_assert!(there.contains(&line.as_str()), "{line} is lost");
            }
            let has_conflict = there.contains(&"<<<<<<< yours");
            for line in base.iter().zip(&mine.0).filter(|(_, removed)| **removed).map(|(line, _)| line) {
                prop_assert!(has_conflict || !there.contains(&line.as_str()), "{line} is back");
            }
            for (_, line) in added {
                prop_assert!(there.contains(&line.as_str()) || has_conflict, "{line} did not arrive");
            }
        }
    }
}
