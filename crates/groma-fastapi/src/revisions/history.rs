//! The revisions that a project has, whoever wrote them: which follows which.

use std::collections::{BTreeMap, BTreeSet};

/// Where they are.
pub(super) const FOLDER: &str = "migrations/versions/";

/// The revisions of a project.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct History {
    /// Ids, and what is known of each.
    revisions: BTreeMap<String, Known>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Known {
    path: String,
    follows: Vec<String>,
}

impl History {
    /// Reads files by path and text; what is no revision is left alone.
    pub(super) fn read<'f>(files: impl IntoIterator<Item = (&'f str, &'f str)>) -> Self {
        let mut history = Self::default();
        for (path, text) in files {
            let is_module = path.starts_with(FOLDER) && has_ending(path, "py");
            let id = assigned(text, "revision").and_then(|value| texts(value).into_iter().next());
            if let Some(id) = id.filter(|_| is_module) {
                let follows = assigned(text, "down_revision").map(texts).unwrap_or_default();
                let path = path.to_owned();
                history.revisions.insert(id, Known { path, follows });
            }
        }
        history
    }

    /// Those that none follows: one, or as many as there are branches.
    pub(super) fn heads(&self) -> Vec<&str> {
        let followed: BTreeSet<&str> = self
            .revisions
            .values()
            .flat_map(|known| known.follows.iter().map(String::as_str))
            .collect();
        let ids = self.revisions.keys().map(String::as_str);
        ids.filter(|id| !followed.contains(id)).collect()
    }

    /// The file of a revision.
    pub(super) fn path(&self, id: &str) -> Option<&str> {
        self.revisions.get(id).map(|known| known.path.as_str())
    }

    /// The number of the next file: one more than any has before its name.
    pub(super) fn next_number(&self) -> u32 {
        let numbers = self.revisions.values().filter_map(|known| {
            let name = known.path.strip_prefix(FOLDER)?;
            let digits = name.split('_').next().unwrap_or_default();
            // A date is none.
            (digits.len() == 4).then(|| digits.parse::<u32>().ok())?
        });
        numbers.max().unwrap_or(0) + 1
    }
}

fn has_ending(path: &str, ending: &str) -> bool {
    std::path::Path::new(path)
        .extension()
        .is_some_and(|it| it == ending)
}

/// What stands behind `name =` or `name: type =` at the start of a line, to the end of the line, or of the brackets that
/// it opens.
fn assigned<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let behind = line.strip_prefix(name).map(str::trim_start);
        if behind.is_some_and(|rest| rest.starts_with([':', '=']))
            && let Some(equals) = line.find('=')
        {
            let value = text.get(at + equals + 1..)?.trim_start_matches([' ', '\t']);
            let end = if value.starts_with(['(', '[']) {
                value.find([')', ']'])
            } else {
                value.find('\n')
            };
            return value.get(..end.unwrap_or(value.len()));
        }
        at += line.len();
    }
    None
}

/// The texts in quotes.
fn texts(value: &str) -> Vec<String> {
    let value = value.split('#').next().unwrap_or_default();
    let mut texts = Vec::new();
    let mut rest = value;
    while let Some(start) = rest.find(['"', '\'']) {
        let quote = if rest.get(start..).is_some_and(|it| it.starts_with('"')) {
            '"'
        } else {
            '\''
        };
        let inside = rest.get(start + 1..).unwrap_or_default();
        let Some(end) = inside.find(quote) else { break };
        let (text, behind) = inside.split_at(end);
        texts.push(text.to_owned());
        rest = behind.get(1..).unwrap_or_default();
    }
    texts
}
