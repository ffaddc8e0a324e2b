//! Bugs of access planted in the examples, one at a time: each is found, at its place, with the smallest case.

use std::path::Path;

use groma_diag::{Diagnostic, Sources};

use super::examples::folder;
use crate::compile;

/// One bug.
struct Bug {
    /// What is wrong then.
    name: &'static str,
    /// The example: its folder.
    design: &'static str,
    /// What stands there, once in all its files, and what stands there instead.
    changes: &'static [(&'static str, &'static str)],
    /// What finds it.
    code: &'static str,
    /// The line that it is reported at, without blanks around it.
    at: &'static str,
    /// The smallest case; nothing where the line says all of it.
    case: &'static str,
}

const BUGS: [Bug; 9] = [
    Bug {
        name: "whoever may read the project deletes tasks",
        design: "tasks",
        changes: &[(
            "  allow archive, delete, share to owner\n",
            "  allow archive, delete, share to owner\n  allow delete to can read project\n",
        )],
        code: "E305",
        at: "guarantee delete only owner, admin",
        case: "`project` is shared with the caller as `view`, the caller is not `owner`",
    },
    Bug {
        name: "anyone signed in reads tasks",
        design: "tasks",
        changes: &[(
            "allow read to owner, view, can read project",
            "allow read to authenticated",
        )],
        code: "E305",
        at: "guarantee read only owner, view, admin, can read project",
        case: "signed in as `user`, the caller is not `owner`, it is not shared with the caller, `project` is empty",
    },
    Bug {
        name: "tasks that are done are public",
        design: "tasks",
        changes: &[(
            "  allow read to owner, view, can read project\n",
            "  allow read to owner, view, can read project\n  allow read to everyone when status == done\n",
        )],
        code: "E305",
        at: "guarantee read only owner, view, admin, can read project",
        case: "not signed in, `status` is `done`",
    },
    Bug {
        name: "archived tasks are changed",
        design: "tasks",
        changes: &[("can update project when status != archived", "can update project")],
        code: "E305",
        at: "guarantee update only admin when status == archived",
        case: "it is shared with the caller as `edit`, the caller is not `owner`, `status` is `archived`",
    },
    Bug {
        name: "a deny that was meant for others lets nobody else in and takes nothing away",
        design: "tasks",
        changes: &[(
            "  allow all to admin\n  deny",
            "  allow all to admin\n  deny delete to user except owner, admin\n  deny",
        )],
        code: "W304",
        at: "deny delete to user except owner, admin",
        case: "no rule allows what it refuses",
    },
    Bug {
        name: "the project's owner changes tasks that they do not see",
        design: "tasks",
        changes: &[(
            "allow read to owner, view, can read project",
            "allow read to owner, view",
        )],
        code: "W308",
        at: "allow update to owner, edit, can update project when status != archived",
        case: "the case: `project` is shared with the caller as `edit`, the caller is not `owner`",
    },
    Bug {
        name: "whoever makes a task without a project does not see it",
        design: "tasks",
        changes: &[(
            "allow read to owner, view, can read project",
            "allow read to view, can read project",
        )],
        code: "W309",
        at: "allow create to authenticated",
        case: "",
    },
    Bug {
        name: "archived tasks vanish",
        design: "tasks",
        changes: &[(
            "  allow all to admin\n  deny",
            "  allow all to admin\n  deny read to everyone when status == archived\n  deny",
        )],
        code: "W313",
        at: "allow read to owner, view, can read project",
        case: "nobody may read a `Task` where `status` is `archived`",
    },
    Bug {
        name: "whoever changes a task makes it theirs",
        design: "tasks",
        changes: &[
            (
                "  owner: User = caller readonly on delete cascade\n  timestamps\n  shared with User as view < edit\n  index owner, status",
                "  owner: User = caller on delete cascade\n  timestamps\n  shared with User as view < edit\n  index owner, status",
            ),
            (
                "  update { accept title, notes, priority, due, tags, project, status }",
                "  update { accept title, notes, priority, due, tags, project, status, owner }",
            ),
        ],
        code: "E311",
        at: "update { accept title, notes, priority, due, tags, project, status, owner }",
        case: "the case: the caller is `new.owner`, it is shared with the caller as `edit`, the caller is not `owner`, `status` is `todo`",
    },
];

#[test]
fn each_planted_bug_is_found_with_the_smallest_case() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let mut missed = Vec::new();
    for bug in &BUGS {
        let right = folder(&examples.join(bug.design).join("specs"));
        let before = findings(&right);
        let wrong = planted(&right, bug);
        let after = findings(&wrong);
        let is_it = |found: &&Diagnostic| {
            found.code == bug.code
                && line_of(&wrong, found).contains(bug.at)
                && told(found).contains(bug.case)
        };
        assert!(!before.iter().any(|found| found.code == bug.code), "{}", bug.name);
        if !after.iter().any(|found| is_it(&found)) {
            let found: Vec<String> = after
                .iter()
                .filter(|found| found.code.get(1..2) == Some("3"))
                .map(|found| format!("{} at `{}`: {}", found.code, line_of(&wrong, found), told(found)))
                .collect();
            missed.push(format!("{}: {found:#?}", bug.name));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

fn findings(sources: &Sources) -> Vec<Diagnostic> {
    compile(sources).diagnostics
}

/// The same design with one place changed.
fn planted(right: &Sources, bug: &Bug) -> Sources {
    let mut files: Vec<(String, String)> = right
        .iter()
        .map(|(_, source)| (source.path().to_owned(), source.text().to_owned()))
        .collect();
    for (old, new) in bug.changes {
        let places: usize = files.iter().map(|(_, text)| text.matches(old).count()).sum();
        assert_eq!(places, 1, "{}: {old}", bug.name);
        for (_, text) in &mut files {
            *text = text.replace(old, new);
        }
    }
    let mut wrong = Sources::new();
    for (path, text) in files {
        wrong.add(path, text);
    }
    wrong
}

fn line_of(sources: &Sources, found: &Diagnostic) -> String {
    let text = sources.text(found.primary.file);
    let line = text
        .get(..found.primary.start as usize)
        .unwrap()
        .matches('\n')
        .count();
    text.lines().nth(line).unwrap().trim().to_owned()
}

/// The message and the notes.
fn told(found: &Diagnostic) -> String {
    let notes = found.notes.join("; ");
    format!("{}; {notes}", found.message)
}
