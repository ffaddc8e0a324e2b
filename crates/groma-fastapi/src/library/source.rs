//! A Python module as its docstring, its imports and its statements at the left edge.
//!
//! Reads the plain layout that a formatter leaves, and no other Python.

use std::collections::{BTreeMap, BTreeSet};

use crate::python::import;

/// A module.
#[derive(Debug)]
pub(super) struct Source {
    doc: String,
    imports: Vec<Line>,
    /// The module that each imported name is from.
    origins: BTreeMap<String, String>,
    statements: Vec<Statement>,
    /// Which statements define a name.
    names: BTreeMap<String, Vec<usize>>,
}

/// A line among the imports.
#[derive(Debug)]
enum Line {
    Blank,
    Module(String),
    /// `from module import name, other as another`.
    Names(String, Vec<String>),
}

/// A statement at the left edge, with the comments and the decorators before it.
#[derive(Default, Debug)]
struct Statement {
    text: String,
    /// How many blank lines stand before it.
    blanks: usize,
    uses: BTreeSet<String>,
}

impl Statement {
    fn is_definition(&self) -> bool {
        let head = self
            .text
            .lines()
            .find(|line| !line.starts_with('#'))
            .unwrap_or_default();
        ["class ", "def ", "async def ", "@"]
            .iter()
            .any(|start| head.starts_with(start))
    }

    /// Whether it is known by its decorator, and not by its name.
    fn is_registration(&self) -> bool {
        self.text.lines().any(|line| {
            line.starts_with('@') && !line.starts_with("@dataclass") && !line.starts_with("@context")
        })
    }
}

impl Source {
    pub(super) fn parse(text: &str) -> Self {
        let (doc, rest) = docstring(text);
        let mut source = Self {
            doc: doc.to_owned(),
            imports: Vec::new(),
            origins: BTreeMap::new(),
            statements: Vec::new(),
            names: BTreeMap::new(),
        };
        let rest = source.imports(rest);
        source.statements(rest);
        source
    }

    /// The module with the definitions of another in the place of its own, and with its imports.
    pub(super) fn replaced_by(mut self, other: Self) -> Self {
        let Self {
            imports,
            origins,
            statements,
            ..
        } = other;
        for statement in statements {
            let names = defined(&statement.text);
            let known = names
                .first()
                .and_then(|name| self.names.get(name)?.first().copied());
            match known.and_then(|at| self.statements.get_mut(at)) {
                Some(own) => *own = statement,
                None => self.push(statement),
            }
        }
        Self {
            imports,
            origins,
            ..self
        }
    }

    /// Reads the imports; gives what follows them.
    fn imports<'t>(&mut self, text: &'t str) -> &'t str {
        let mut rest = text;
        while let Some((line, behind)) = rest.split_once('\n') {
            if line.is_empty() {
                self.imports.push(Line::Blank);
                rest = behind;
            } else if let Some(module) = line.strip_prefix("import ") {
                self.imports.push(Line::Module(module.to_owned()));
                rest = behind;
            } else if line.starts_with("from ") {
                let (module, names, behind) = from_import(rest);
                for name in &names {
                    self.origins.insert(bound(name).to_owned(), module.clone());
                }
                self.imports.push(Line::Names(module, names));
                rest = behind;
            } else {
                break;
            }
        }
        rest
    }

    fn statements(&mut self, text: &str) {
        let mut current = Statement::default();
        let mut blanks = 0;
        // Comments and decorators belong to what follows them.
        let mut is_open = true;
        for line in text.lines() {
            if line.is_empty() {
                blanks += 1;
                continue;
            }
            let continues = line.starts_with([' ', ')', ']', '}', '"']);
            let is_prefix = line.starts_with(['#', '@']);
            if !continues && !is_open {
                self.push(std::mem::take(&mut current));
                current.blanks = blanks;
            } else {
                current
                    .text
                    .push_str(&"\n".repeat(if current.text.is_empty() { 0 } else { blanks }));
            }
            if !continues {
                is_open = is_prefix || (is_open && line.starts_with(')'));
            }
            blanks = 0;
            current.text.push_str(line);
            current.text.push('\n');
        }
        self.push(current);
    }

    fn push(&mut self, mut statement: Statement) {
        if statement.text.is_empty() {
            return;
        }
        let at = self.statements.len();
        statement.uses = words(&statement.text);
        for name in defined(&statement.text) {
            self.names.entry(name).or_default().push(at);
        }
        self.statements.push(statement);
    }

    /// The statements that define a name: several for a name that is given a value more than once.
    pub(super) fn defining(&self, name: &str) -> Vec<usize> {
        self.names.get(name).cloned().unwrap_or_default()
    }

    /// The statements that define a name which is one of these.
    pub(super) fn defining_any(&self, is_one: impl Fn(&str) -> bool) -> impl Iterator<Item = usize> {
        let names = self.names.iter().filter(move |(name, _)| is_one(name));
        names.flat_map(|(_, statements)| statements.iter().copied())
    }

    /// The module that a name is imported from.
    pub(super) fn import_of(&self, name: &str) -> Option<&str> {
        self.origins.get(name).map(String::as_str)
    }

    /// The names in a statement.
    pub(super) fn uses(&self, statement: usize) -> impl Iterator<Item = &String> {
        self.statements
            .get(statement)
            .into_iter()
            .flat_map(|statement| &statement.uses)
    }

    /// Statements that make themselves known.
    pub(super) fn registrations(&self) -> impl Iterator<Item = usize> {
        let statements = self.statements.iter().enumerate();
        statements
            .filter(|(_, statement)| statement.is_registration())
            .map(|(at, _)| at)
    }

    /// The module with some of its statements, and the imports that these need.
    pub(super) fn text(&self, kept: &BTreeSet<usize>) -> String {
        let kept: Vec<&Statement> = kept.iter().filter_map(|at| self.statements.get(*at)).collect();
        let used: BTreeSet<&str> = kept
            .iter()
            .flat_map(|one| one.uses.iter().map(String::as_str))
            .collect();
        let mut text = self.doc.clone();
        let imports = self.imports_text(&used);
        if !imports.is_empty() {
            text.push('\n');
            text.push_str(&imports);
        }
        let mut before: Option<&Statement> = None;
        for statement in kept {
            let is_definition = statement.is_definition();
            let blanks = match before {
                None => 1 + usize::from(is_definition),
                Some(before) if is_definition || before.is_definition() => 2,
                Some(_) => statement.blanks.min(1),
            };
            text.push_str(&"\n".repeat(blanks));
            text.push_str(&statement.text);
            before = Some(statement);
        }
        text
    }

    fn imports_text(&self, used: &BTreeSet<&str>) -> String {
        let mut sections = vec![String::new()];
        for line in &self.imports {
            let said = match line {
                Line::Blank => {
                    sections.push(String::new());
                    continue;
                }
                Line::Module(module) => {
                    let name = module.rsplit(" as ").next().unwrap_or_default();
                    used.contains(name).then(|| format!("import {module}\n"))
                }
                Line::Names(module, names) => {
                    let names: Vec<&str> = names
                        .iter()
                        .map(String::as_str)
                        .filter(|name| used.contains(bound(name)))
                        .collect();
                    (!names.is_empty()).then(|| import(module, &names))
                }
            };
            if let Some(section) = sections.last_mut() {
                section.push_str(&said.unwrap_or_default());
            }
        }
        sections.retain(|section| !section.is_empty());
        sections.join("\n")
    }
}

/// What a module takes from where: every `from module import name` at its left edge.
pub(super) fn imported(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((line, behind)) = rest.split_once('\n') {
        if line.starts_with("from ") {
            let (module, names, behind) = from_import(rest);
            found.extend(names.iter().map(|name| {
                let name = name.split(" as ").next().unwrap_or_default();
                (module.clone(), name.to_owned())
            }));
            rest = behind;
        } else {
            rest = behind;
        }
    }
    found
}

/// The docstring at the head of a module, with its quotes, and what follows it.
fn docstring(text: &str) -> (&str, &str) {
    let inside = text.strip_prefix("\"\"\"").unwrap_or_default();
    match inside.find("\"\"\"\n") {
        Some(end) => {
            let (doc, rest) = text.split_at(end + 7);
            (doc, rest.strip_prefix('\n').unwrap_or(rest))
        }
        None => ("", text),
    }
}

/// A statement `from module import ...`: its module, its names, and what follows it.
fn from_import(text: &str) -> (String, Vec<String>, &str) {
    let end = match text.find('\n') {
        Some(end) if text.get(..end).is_some_and(|line| line.ends_with('(')) => {
            text.find(")\n").map_or(text.len(), |close| close + 2)
        }
        Some(end) => end + 1,
        None => text.len(),
    };
    let (statement, rest) = text.split_at(end);
    let statement = statement.strip_prefix("from ").unwrap_or(statement);
    let (module, names) = statement.split_once(" import ").unwrap_or((statement, ""));
    let names = names
        .trim()
        .trim_start_matches('(')
        .trim_end_matches(')')
        .split(',');
    let names = names
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty());
    (module.to_owned(), names.collect(), rest)
}

/// What an imported name is called here: `b` of `a as b`.
fn bound(name: &str) -> &str {
    name.rsplit(" as ").next().unwrap_or(name)
}

/// The names that a statement gives a meaning.
fn defined(text: &str) -> Vec<String> {
    let is_head = |line: &&str| !line.starts_with(['#', '@', ' ', ')']);
    let Some(head) = text.lines().find(is_head) else {
        return Vec::new();
    };
    let named = ["class ", "def ", "async def "]
        .iter()
        .find_map(|start| head.strip_prefix(start));
    let part = match named {
        Some(rest) => rest.split(['(', ':', '[']).next().unwrap_or_default(),
        None => head.split([':', '=']).next().unwrap_or_default(),
    };
    let names = part.split(',').map(|name| name.trim().to_owned());
    names.filter(|name| !name.is_empty()).collect()
}

/// How often each word stands in a text.
pub(super) fn counted(text: &str) -> BTreeMap<&str, usize> {
    let is_word = |char: char| char.is_alphanumeric() || char == '_';
    let mut counts = BTreeMap::new();
    for word in text.split(|char| !is_word(char)) {
        *counts.entry(word).or_default() += 1;
    }
    counts
}

/// The words of a statement, but for those of its comments, docstrings and plain texts.
fn words(text: &str) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    let code = text.split("\"\"\"").step_by(2);
    for line in code.flat_map(str::lines) {
        if line.trim_start().starts_with('#') {
            continue;
        }
        let is_word = |char: char| char.is_alphanumeric() || char == '_';
        let line = without_texts(line);
        words.extend(line.split(|char| !is_word(char)).map(str::to_owned));
    }
    words.remove("");
    words
}

/// A line without what stands in quotes, but for the code within texts that are formatted (`f"{name}"`).
fn without_texts(line: &str) -> String {
    let mut code = String::new();
    // The quote that ends the text, and whether it holds code; how deep that is.
    let (mut text, mut depth) = (None, 0_u32);
    let mut chars = line.chars();
    while let Some(char) = chars.next() {
        match (text, char) {
            (None, '"' | '\'') => {
                text = Some((char, code.ends_with('f')));
                code.push(' ');
            }
            (Some((quote, _)), _) if char == quote && depth == 0 => text = None,
            (Some((_, true)), '{') => {
                depth += 1;
                code.push(' ');
            }
            (Some((_, true)), '}') => {
                depth = depth.saturating_sub(1);
                code.push(' ');
            }
            (Some(_), '\\') => {
                chars.next();
            }
            (Some(_), _) if depth == 0 => {}
            (Some(_) | None, _) => code.push(char),
        }
    }
    code
}
