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

const TASKS: &str = "examples/tasks/specs";
const BLOG: &str = "examples/blog/specs";
const TEAM: &str = "examples/team/specs";

const BUGS: [Bug; 24] = [
    Bug {
        name: "whoever may read the project deletes tasks",
        design: TASKS,
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
        design: TASKS,
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
        design: TASKS,
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
        design: TASKS,
        changes: &[("can update project when status != archived", "can update project")],
        code: "E305",
        at: "guarantee update only admin when status == archived",
        case: "it is shared with the caller as `edit`, the caller is not `owner`, `status` is `archived`",
    },
    Bug {
        name: "a deny that was meant for others lets nobody else in and takes nothing away",
        design: TASKS,
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
        design: TASKS,
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
        design: TASKS,
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
        design: TASKS,
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
        design: TASKS,
        changes: &[
            (
                "  owner: User = caller readonly\n  timestamps\n  shared with User as view < edit\n  index owner, status",
                "  owner: User = caller\n  timestamps\n  shared with User as view < edit\n  index owner, status",
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
    Bug {
        name: "whoever a task is shared with deletes it",
        design: TASKS,
        changes: &[(
            "  allow archive, delete, share to owner\n",
            "  allow archive, share to owner\n  allow delete to owner, view\n",
        )],
        code: "E305",
        at: "guarantee delete only owner, admin",
        case: "it is shared with the caller as `view`, the caller is not `owner`",
    },
    Bug {
        name: "whoever edits the project deletes its tasks",
        design: TASKS,
        changes: &[(
            "  allow archive, delete, share to owner\n",
            "  allow archive, delete, share to owner\n  allow delete to can update project\n",
        )],
        code: "E305",
        at: "guarantee delete only owner, admin",
        case: "`project` is shared with the caller as `edit`, the caller is not `owner`",
    },
    Bug {
        name: "authors delete published posts",
        design: BLOG,
        changes: &[(
            "allow delete to author when state == draft",
            "allow delete to author",
        )],
        code: "E305",
        at: "guarantee delete only admin when state == published",
        case: "the caller is `author`, `state` is `published`",
    },
    Bug {
        name: "posts in review are public",
        design: BLOG,
        changes: &[(
            "allow read to everyone when state == published",
            "allow read to everyone when state in (review, published)",
        )],
        code: "E305",
        at: "guarantee read only author, editor when state != published",
        case: "not signed in, `state` is `review`",
    },
    Bug {
        name: "comments on drafts are public",
        design: BLOG,
        changes: &[(
            "allow read to can read post when not hidden",
            "allow read to everyone when not hidden",
        )],
        code: "E305",
        at: "guarantee read only author, editor, can read post",
        case: "not signed in, `hidden` is false, `post.state` is `draft`",
    },
    Bug {
        name: "any writer changes posts of others",
        design: BLOG,
        changes: &[(
            "allow update to author when state != published",
            "allow update to author, writer when state != published",
        )],
        code: "W308",
        at: "allow update to author, writer when state != published",
        case: "the case: signed in as `writer`, the caller is not `author`, `state` is `draft`",
    },
    Bug {
        name: "editors rewrite comments",
        design: BLOG,
        changes: &[("allow update(hidden) to editor", "allow update to editor")],
        code: "E305",
        at: "guarantee update(body) only author",
        case: "signed in as `editor`, the caller is not `author`",
    },
    Bug {
        name: "authors show their comments again that an editor hid",
        design: BLOG,
        changes: &[("allow update(body) to author", "allow update to author")],
        code: "E305",
        at: "guarantee update(hidden) only editor",
        case: "the caller is `author`",
    },
    Bug {
        name: "anyone signed in reads documents of any team",
        design: TEAM,
        changes: &[(
            "allow read to team.viewer\n  allow create, update to team.member",
            "allow read to authenticated\n  allow create, update to team.member",
        )],
        code: "E305",
        at: "guarantee read, update, delete only team.viewer",
        case: "signed in, the caller is no member of `team`",
    },
    Bug {
        name: "admins delete the team",
        design: TEAM,
        changes: &[("  allow delete to owner\n", "  allow delete to admin\n")],
        code: "E305",
        at: "guarantee delete only owner",
        case: "the caller is a member of it as `admin`",
    },
    Bug {
        name: "admins put owners out",
        design: TEAM,
        changes: &[(
            "  deny delete to everyone except team.owner, user when role == owner\n",
            "",
        )],
        code: "E305",
        at: "guarantee update, delete only team.owner, user when role == owner",
        case: "the caller is a member of `team` as `admin`, the caller is not `user`, `role` is `owner`",
    },
    Bug {
        name: "admins make themselves owners",
        design: TEAM,
        changes: &[(
            "  deny update to everyone except team.owner when role == owner or new.role == owner\n",
            "",
        )],
        code: "W316",
        at: "allow update to team.admin",
        case: "the case: the caller is a member of `team` as `admin`, `role` is `viewer`, `new.role` is `owner`",
    },
    Bug {
        name: "admins invite owners",
        design: TEAM,
        changes: &[(
            "  deny create to everyone except team.owner when new.role == owner\n",
            "",
        )],
        code: "W316",
        at: "allow read, create, revoke to team.admin",
        case: "the case: the caller is a member of `team` as `admin`, `role` is `owner`",
    },
    Bug {
        name: "members invite",
        design: TEAM,
        changes: &[(
            "allow read, create, revoke to team.admin",
            "allow read, create, revoke to team.member",
        )],
        code: "E305",
        at: "guarantee create only team.admin",
        case: "the caller is a member of `team` as `member`, `role` is `viewer`",
    },
    Bug {
        name: "an invitation is for whoever says that the address is theirs",
        design: TEAM,
        changes: &[(" and caller.verified", "")],
        code: "W205",
        at: "allow accept to authenticated when email == caller.email",
        case: "",
    },
];

#[test]
fn each_planted_bug_is_found_with_the_smallest_case() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut missed = Vec::new();
    for bug in &BUGS {
        let right = folder(&root.join(bug.design));
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
                .filter(|found| !before.contains(found))
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
