//! A project that was generated, edited, and is generated again.
//!
//! Three texts decide about a file: the one that was generated last, the one that is there, and the one that is
//! generated now. What the owner did is never undone and never lost: it is merged, or it stays and is said. A file that
//! the lock does not hold is the owner's alone; what would stand in its place is known, so that a change of that is said.

use std::collections::BTreeSet;

use crate::merge::{Merged, merge, unsettled};
use crate::{FileSet, Lock};

/// What is to be done to a project, and the lock that holds when it is done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Regenerated {
    /// What happens to files, by path. A file of which nothing is to be said is not among them.
    pub changes: Vec<Change>,
    /// What was generated now.
    pub lock: Lock,
}

/// What happens to one file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// Its path.
    pub path: String,
    /// What happens.
    pub kind: ChangeKind,
    /// The text that is there.
    pub before: Option<String>,
    /// The text that is to be there; nothing where there is to be no file.
    pub after: Option<String>,
}

/// What happens to a file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// It is written anew; nobody had edited it.
    Updated,
    /// What its owner changed and what the generator changed both stand in it.
    Merged,
    /// Both changed the same lines in so many places, which are marked.
    Conflict(usize),
    /// It is removed; nobody had edited it.
    Removed,
    /// It would be removed, but its owner edited it: it stays, and is theirs.
    Kept,
    /// Its owner removed it, and it would read differently now: it stays away. Said until it is back, or is one of those
    /// that the project is to be without.
    Absent,
    /// It would be new, but a file of the owner's is there: it is not touched. Said once.
    Occupied,
    /// A file of the owner's is there, and what is generated now is not what it was when that was said: it is not
    /// touched. Said until the two are put together, or it is the owner's for good.
    Behind,
    /// It has the marks of a conflict that nobody has settled: it is not touched.
    Unresolved,
}

impl ChangeKind {
    /// Whether somebody has to look at it.
    pub fn needs_attention(self) -> bool {
        match self {
            Self::Conflict(_)
            | Self::Kept
            | Self::Absent
            | Self::Occupied
            | Self::Behind
            | Self::Unresolved => true,
            Self::Added | Self::Updated | Self::Merged | Self::Removed => false,
        }
    }

    /// Whether the lock goes on holding what it held: what is generated now has not arrived.
    fn is_put_off(self) -> bool {
        matches!(
            self,
            Self::Absent | Self::Occupied | Self::Behind | Self::Unresolved
        )
    }
}

impl Change {
    /// Whether the file is to be written or removed.
    pub fn is_made(&self) -> bool {
        self.before != self.after
    }
}

/// Decides what happens to each file of a project; `read` gives the text that is there.
pub fn regenerate(
    lock: &Lock,
    generator: &str,
    files: &FileSet,
    read: impl Fn(&str) -> Option<String>,
) -> Regenerated {
    let mut changes = Vec::new();
    let mut next = Lock {
        generator: generator.to_owned(),
        options: lock.options.clone(),
        yours: FileSet::default(),
        without: BTreeSet::new(),
        files: files.clone(),
    };
    let known = lock.files.iter().chain(files.iter());
    let mut paths: BTreeSet<&str> = known.map(|(path, _)| path).collect();
    paths.extend(lock.without.iter().map(String::as_str));
    for path in paths {
        if lock.without.contains(path) {
            next.without.insert(path.to_owned());
            next.files.remove(path);
            continue;
        }
        let found = read(path);
        // Line ends are the owner's: they are compared as one kind, and come back as they were.
        let has_crlf = found.as_ref().is_some_and(|text| text.contains("\r\n"));
        let there = found.as_ref().map(|text| text.replace("\r\n", "\n"));
        let (base, now, told) = (lock.files.get(path), files.get(path), lock.yours.get(path));
        let Some((mut kind, after)) = decide(base, there.as_deref(), now) else {
            continue;
        };
        if kind.is_put_off() {
            next.files.restore(path, base);
            next.yours.restore(path, told);
        }
        if kind == ChangeKind::Occupied {
            match told {
                None => next.yours.restore(path, now),
                told if told == now => continue,
                Some(_) => kind = ChangeKind::Behind,
            }
        }
        let after = after.map(|text| {
            if has_crlf {
                text.replace('\n', "\r\n")
            } else {
                text
            }
        });
        let stays = kind.needs_attention() && after.is_none();
        changes.push(Change {
            path: path.to_owned(),
            kind,
            after: if stays { found.clone() } else { after },
            before: found,
        });
    }
    Regenerated { changes, lock: next }
}

/// What happens to a file that was generated so, is there so, and is generated so now; the text that it gets, where it
/// gets one.
fn decide(
    base: Option<&str>,
    there: Option<&str>,
    now: Option<&str>,
) -> Option<(ChangeKind, Option<String>)> {
    if there == now {
        return None;
    }
    let whole = |text: &str| Some(text.to_owned());
    match (base, there, now) {
        (_, Some(there), _) if base != Some(there) && !unsettled(there).is_empty() => {
            Some((ChangeKind::Unresolved, None))
        }
        (None, None, Some(now)) => Some((ChangeKind::Added, whole(now))),
        (None, Some(_), Some(_)) => Some((ChangeKind::Occupied, None)),
        (Some(base), Some(there), Some(now)) if there == base => Some((ChangeKind::Updated, whole(now))),
        (Some(base), _, Some(now)) if base == now => None,
        (Some(base), Some(there), Some(now)) => Some(match merge(base, there, now) {
            Merged::Clean(text) if text == there => return None,
            Merged::Clean(text) => (ChangeKind::Merged, Some(text)),
            Merged::Conflicts(text, places) => (ChangeKind::Conflict(places), Some(text)),
        }),
        (Some(_), None, Some(_)) => Some((ChangeKind::Absent, None)),
        (Some(base), Some(there), None) if there == base => Some((ChangeKind::Removed, None)),
        (Some(_), Some(_), None) => Some((ChangeKind::Kept, None)),
        (None, _, None) | (Some(_), None, None) => None,
    }
}
