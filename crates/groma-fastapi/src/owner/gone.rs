//! What the owner's code uses of generated modules that have it no more: their edits are merged line by line, and a
//! helper that the design has no need for any longer goes with its import.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use groma_files::FileSet;

use super::bindings::{Line, bindings, imported, lines};
use super::{Finding, FindingKind};

/// Names that were there when the project was generated last, and are not now, where code of the owner's uses them:
/// files of their own, and generated ones that they edited, as they are to be.
#[must_use]
pub fn gone(before: &FileSet, now: &FileSet, owners: &FileSet) -> Vec<Finding> {
    let is_python = |path: &str| Path::new(path).extension().is_some_and(|kind| kind == "py");
    let changed = before
        .iter()
        .filter(|(path, text)| is_python(path) && now.get(path) != Some(*text));
    let lost = changed.map(|(path, text)| {
        let mut lost = names(text);
        for text in [now.get(path), owners.get(path)].into_iter().flatten() {
            let there = names(text);
            lost.retain(|name| !there.contains(name));
        }
        (path, lost)
    });
    let modules = Modules {
        before,
        lost: lost.filter(|(_, lost)| !lost.is_empty()).collect(),
        removed: before
            .iter()
            .map(|(path, _)| path)
            .filter(|path| now.get(path).is_none() && owners.get(path).is_none())
            .collect(),
    };
    if modules.lost.is_empty() && modules.removed.is_empty() {
        return Vec::new();
    }
    let python = owners.iter().filter(|(path, _)| is_python(path));
    python
        .flat_map(|(path, text)| modules.gone_in(path, text))
        .collect()
}

/// What there was before.
struct Modules<'f> {
    before: &'f FileSet,
    /// The names that a file had, and has no more.
    lost: BTreeMap<&'f str, BTreeSet<String>>,
    /// The files that are there no more.
    removed: BTreeSet<&'f str>,
}

impl Modules<'_> {
    fn gone_in(&self, path: &str, text: &str) -> Vec<Finding> {
        let lines = lines(text);
        let own = self.lost.get(path).into_iter().flatten();
        let own: Vec<&String> = own
            .filter(|name| !lines.iter().any(|line| gives(line, name)))
            .collect();
        let mut found = Vec::new();
        for line in &lines {
            let mut told = |message| {
                found.push(Finding {
                    path: path.to_owned(),
                    line: Some(line.number),
                    kind: FindingKind::Wrong,
                    message,
                });
            };
            if let Some((module, names)) = imported(&line.text) {
                let module = absolute(path, module);
                for name in names.iter().filter(|name| self.is_lost(&module, name)) {
                    told(format!(
                        "`{module}` has no `{name}` any more, as the design has no use for it"
                    ));
                }
                continue;
            }
            let used = own
                .iter()
                .filter(|name| places(&line.text, name).next().is_some());
            for name in used {
                told(match self.origin(path, name) {
                    Some(module) if !self.is_lost(&module, name) => {
                        format!("`{name}` is no longer imported here; write `from {module} import {name}`")
                    }
                    _ => format!("there is no `{name}` here any more, as the design has no use for it"),
                });
            }
        }
        found
    }

    /// The module that a file took a name from.
    fn origin(&self, path: &str, name: &str) -> Option<String> {
        let lines = lines(self.before.get(path)?);
        let mut imports = lines.iter().filter_map(|line| imported(&line.text));
        let (module, _) = imports.find(|(_, names)| names.contains(&name))?;
        Some(module.to_owned())
    }

    /// Whether a name cannot be taken from a module any more.
    fn is_lost(&self, module: &str, name: &str) -> bool {
        let folder = module.replace('.', "/");
        let lost = self.lost.get(format!("{folder}.py").as_str());
        lost.is_some_and(|lost| lost.contains(name))
            || self.removed.contains(format!("{folder}/{name}.py").as_str())
    }
}

/// The name of a module from the left edge of a project: `app.tasks.service` of `.service` in `app/tasks/extra.py`.
fn absolute(path: &str, module: &str) -> String {
    let rest = module.trim_start_matches('.');
    let dots = module.len() - rest.len();
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.truncate(if dots == 0 {
        0
    } else {
        parts.len().saturating_sub(dots)
    });
    parts.extend(rest.split('.').filter(|part| !part.is_empty()));
    parts.join(".")
}

/// The names of a module.
fn names(text: &str) -> BTreeSet<String> {
    bindings(text).into_iter().map(|binding| binding.name).collect()
}

/// Where a name stands in a line that is no attribute, and not the name of an argument: what stands behind it.
fn places<'l>(line: &'l str, name: &'l str) -> impl Iterator<Item = &'l str> {
    let is_letter = |char: char| char.is_alphanumeric() || char == '_';
    line.match_indices(name).filter_map(move |(at, _)| {
        let before = line.get(..at)?.chars().next_back();
        let behind = line.get(at + name.len()..)?;
        let is_whole =
            !behind.starts_with(is_letter) && !before.is_some_and(|char| is_letter(char) || char == '.');
        let is_given = behind.starts_with('=') && !behind.starts_with("==");
        (is_whole && !is_given).then_some(behind)
    })
}

/// Whether a line may give a name a meaning of its own: by an assignment, a loop, a parameter.
fn gives(line: &Line, name: &str) -> bool {
    let text = &line.text;
    let is_assigned = |behind: &str| {
        let behind = behind.trim_start();
        behind.starts_with(':') || behind.starts_with('=') && !behind.starts_with("==")
    };
    let is_named = ["for", "as", "def", "class", "lambda"]
        .iter()
        .any(|word| text.contains(&format!("{word} {name}")));
    is_named || places(text, name).any(is_assigned)
}
