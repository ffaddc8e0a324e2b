//! The imports of a module, in isort's order.

use std::collections::{BTreeMap, BTreeSet};

/// Modules of Python's own library that generated code takes from.
const STANDARD: [&str; 28] = [
    "__future__",
    "asyncio",
    "base64",
    "collections",
    "contextlib",
    "dataclasses",
    "datetime",
    "decimal",
    "enum",
    "functools",
    "hashlib",
    "http",
    "json",
    "logging",
    "math",
    "os",
    "pathlib",
    "re",
    "secrets",
    "struct",
    "sys",
    "threading",
    "time",
    "typing",
    "unittest",
    "urllib",
    "uuid",
    "zlib",
];

/// What a module imports, each name once.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Imports {
    /// `import x`.
    modules: BTreeSet<String>,
    /// `from x import a, b`.
    names: BTreeMap<String, BTreeSet<Name>>,
}

/// A name in the order in which isort has names of one module: constants, classes, others.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Name {
    class: u8,
    folded: String,
    text: String,
}

impl Imports {
    /// `from module import name`; gives the name, so that it can be written where it is used.
    pub(crate) fn name<'n>(&mut self, module: &str, name: &'n str) -> &'n str {
        let names = self.names.entry(module.to_owned()).or_default();
        names.insert(Name {
            class: class_of(name),
            folded: name.to_lowercase(),
            text: name.to_owned(),
        });
        name
    }

    /// `from module import name as alias`: a statement of its own.
    pub(crate) fn alias(&mut self, module: &str, name: &str, alias: &str) {
        if name == alias {
            self.name(module, name);
            return;
        }
        let names = self.names.entry(module.to_owned()).or_default();
        names.insert(Name {
            class: class_of(name),
            folded: name.to_lowercase(),
            text: format!("{name} as {alias}"),
        });
    }

    /// `import module`.
    pub(crate) fn module(&mut self, module: &str) {
        self.modules.insert(module.to_owned());
    }

    /// The same with the class of a session that waits.
    pub(crate) fn waiting(&self) -> Self {
        let mut imports = self.clone();
        let from = imports.names.get_mut("sqlmodel");
        let names = from.map_or(0, |names| {
            let before = names.len();
            names.retain(|name| name.text != "Session");
            before - names.len()
        });
        if names > 0 {
            imports.name("sqlalchemy.ext.asyncio", "AsyncSession");
        }
        imports.names.retain(|_, names| !names.is_empty());
        imports
    }

    /// The statements, a blank line between those of Python, those of packages, and those of the project.
    pub(crate) fn text(&self) -> String {
        let sections = [0, 1, 2, 3].map(|section| self.section(section));
        let said: Vec<String> = sections.into_iter().filter(|text| !text.is_empty()).collect();
        said.join("\n")
    }

    fn section(&self, section: u8) -> String {
        let mut text = String::new();
        let is_here = |module: &&String| section_of(module) == section;
        for module in self.modules.iter().filter(is_here) {
            text.extend(["import ", module, "\n"]);
        }
        for (module, names) in self.names.iter().filter(|(module, _)| is_here(module)) {
            text.push_str(&statements(module, names));
        }
        text
    }
}

fn class_of(name: &str) -> u8 {
    match name.chars().next() {
        _ if name.chars().count() > 1 && name.chars().all(|char| !char.is_lowercase()) => 0,
        Some(first) if first.is_uppercase() => 1,
        _ => 2,
    }
}

/// What is taken from a module as it is called there, and what gets another name, in the order of the first names.
fn statements(module: &str, names: &BTreeSet<Name>) -> String {
    let (renamed, plain): (Vec<&Name>, Vec<&Name>) = names.iter().partition(|name| name.text.contains(' '));
    let mut groups: Vec<Vec<&Name>> = renamed.into_iter().map(|name| vec![name]).collect();
    groups.extend((!plain.is_empty()).then_some(plain));
    groups.sort();
    let texts = groups
        .iter()
        .map(|group| group.iter().map(|name| name.text.as_str()).collect());
    texts.map(|names: Vec<&str>| import(module, &names)).collect()
}

/// `from module import a, b`, in brackets and a line each where it is too long.
pub(crate) fn import(module: &str, names: &[&str]) -> String {
    let flat = format!("from {module} import {}\n", names.join(", "));
    if flat.chars().count() <= super::WIDTH + 1 {
        return flat;
    }
    let lines: String = names.iter().flat_map(|name| ["    ", name, ",\n"]).collect();
    format!("from {module} import (\n{lines})\n")
}

fn section_of(module: &str) -> u8 {
    let root = module.split(['.', ' ']).next().unwrap_or_default();
    match root {
        "__future__" => 0,
        "app" | "tests" => 3,
        _ if STANDARD.contains(&root) => 1,
        _ => 2,
    }
}
