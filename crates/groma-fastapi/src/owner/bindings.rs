//! The names that a module of Python gives at its top, where, and how.
//!
//! Reads logical lines and the words that they begin with; what stands in functions and classes is left out.

use std::collections::BTreeSet;

/// A name of a module.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Binding {
    /// The name; `*` for all those of another module.
    pub(super) name: String,
    /// The line of its statement, from 1.
    pub(super) line: usize,
    /// What gives it.
    pub(super) way: Way,
    /// Whether the statement stands below another one: `if`, `try`.
    pub(super) is_nested: bool,
}

/// What gives a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Way {
    Function { is_async: bool },
    Class,
    Import,
    Value,
}

/// A statement, or the head of one with others below it: without comments, and without what stands in quotes.
pub(super) struct Line {
    /// The number of the first of its lines, from 1.
    pub(super) number: usize,
    indent: usize,
    pub(super) text: String,
}

/// The names of a module, in the order of its lines.
pub(super) fn bindings(text: &str) -> Vec<Binding> {
    let mut found = Vec::new();
    // Where the function or the class begins that the line may be in.
    let mut scope = None;
    for line in lines(text) {
        if scope.is_some_and(|scope| line.indent > scope) {
            continue;
        }
        let statement = below(&line.text);
        let is_nested = line.indent > 0 || statement.len() < line.text.len();
        scope = ["def ", "async def ", "class "]
            .iter()
            .any(|word| statement.starts_with(word))
            .then_some(line.indent);
        for part in statement.split(';') {
            let names = given(part.trim()).into_iter();
            found.extend(names.map(|(name, way)| Binding {
                name,
                line: line.number,
                way,
                is_nested,
            }));
        }
    }
    found
}

/// What stands behind the head of a block on its own line: `x = 1` of `if y: x = 1`.
fn below(line: &str) -> &str {
    let heads = [
        "if", "elif", "else", "try", "except", "finally", "for", "while", "with", "match", "case",
    ];
    let word = line
        .find(|char: char| !char.is_alphanumeric() && char != '_')
        .and_then(|end| line.get(..end));
    if !word.is_some_and(|word| heads.contains(&word)) {
        return line;
    }
    let mut colons = outside(line).filter(|(_, char)| *char == ':');
    let behind = colons.find_map(|(at, _)| line.get(at + 1..).filter(|behind| !behind.starts_with('=')));
    let behind = behind.map(str::trim);
    behind.filter(|behind| !behind.is_empty()).unwrap_or(line)
}

/// The names that one statement gives.
fn given(statement: &str) -> Vec<(String, Way)> {
    let (is_async, rest) = match statement.strip_prefix("async ") {
        Some(rest) => (true, rest.trim_start()),
        None => (false, statement),
    };
    if let Some(rest) = rest.strip_prefix("def ") {
        return vec![(first_word(rest), Way::Function { is_async })];
    }
    if let Some(rest) = statement.strip_prefix("class ") {
        return vec![(first_word(rest), Way::Class)];
    }
    let imported = match statement.strip_prefix("from ") {
        Some(rest) => rest.split_once(" import").map(|(_, names)| names),
        None => statement.strip_prefix("import "),
    };
    if let Some(names) = imported {
        let names = names.trim_matches(|char: char| char.is_whitespace() || matches!(char, '(' | ')'));
        let names = names.split(',').filter_map(|name| name.split_whitespace().last());
        // `import a.b` gives `a`.
        return names
            .map(|name| name.split('.').next().unwrap_or(name).to_owned())
            .map(|name| (name, Way::Import))
            .collect();
    }
    let targets = targets(statement).into_iter();
    targets.map(|name| (name, Way::Value)).collect()
}

/// The module that a statement imports from, and the names that it takes, as they are called there.
pub(super) fn imported(statement: &str) -> Option<(&str, Vec<&str>)> {
    let (module, names) = statement.strip_prefix("from ")?.split_once(" import")?;
    let names = names.trim_matches(|char: char| char.is_whitespace() || matches!(char, '(' | ')'));
    let names = names.split(',').filter_map(|name| name.split_whitespace().next());
    Some((module.trim(), names.collect()))
}

/// Every word of the statements that import, wherever they stand.
pub(crate) fn import_words(text: &str) -> BTreeSet<String> {
    let lines = lines(text);
    let statements = lines.iter().map(|line| &line.text);
    let imports = statements.filter(|text| text.starts_with("from ") || text.starts_with("import "));
    let is_word = |char: char| char.is_alphanumeric() || char == '_';
    let words = imports.flat_map(|text| text.split(move |char| !is_word(char)));
    words.map(str::to_owned).collect()
}

/// The names that an assignment gives: `a`, `b` and `c` of `a = b, c = 1, 2`.
fn targets(statement: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut start = 0;
    for (at, _) in outside(statement).filter(|(_, char)| *char == '=') {
        let before = statement.get(..at).and_then(|text| text.chars().next_back());
        let is_compared = before.is_some_and(|char| "=!<>:+-*/%&|^@".contains(char));
        let behind = statement.get(at + 1..).unwrap_or_default();
        if is_compared || behind.starts_with('=') {
            continue;
        }
        let target = statement.get(start..at).unwrap_or_default();
        // Its type stands behind a colon.
        let target = target.split(':').next().unwrap_or_default();
        let names = target.split(',').map(|name| {
            name.trim_matches(|char: char| {
                char.is_whitespace() || matches!(char, '(' | ')' | '[' | ']' | '*')
            })
        });
        let is_name = |name: &&str| !name.is_empty() && first_word(name) == **name;
        found.extend(names.filter(is_name).map(str::to_owned));
        start = at + 1;
    }
    found
}

/// The letters of a name at the start of a text.
fn first_word(text: &str) -> String {
    let is_name = |char: &char| char.is_alphanumeric() || *char == '_';
    text.trim_start().chars().take_while(is_name).collect()
}

/// The characters of a line that stand in no brackets.
fn outside(line: &str) -> impl Iterator<Item = (usize, char)> {
    let mut depth = 0_usize;
    line.char_indices().filter(move |(_, char)| {
        match char {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0
    })
}

/// The logical lines of a module.
pub(super) fn lines(text: &str) -> Vec<Line> {
    let mut found = Vec::new();
    let (mut number, mut start, mut depth) = (1, 1, 0_usize);
    let mut current = String::new();
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        let quote = ["\"\"\"", "'''", "\"", "'"]
            .into_iter()
            .find(|quote| rest.starts_with(quote));
        let taken = match (quote, char) {
            (Some(quote), _) => quoted(rest, quote),
            (None, '#') => rest.find('\n').unwrap_or(rest.len()),
            (None, '\\') if rest.starts_with("\\\n") => 2,
            _ => char.len_utf8(),
        };
        let (part, behind) = rest.split_at_checked(taken).unwrap_or((rest, ""));
        rest = behind;
        match (quote, char) {
            (Some(_), _) => current.push_str("\"\""),
            (None, '#') => {}
            (None, '\n') if depth == 0 => {
                push(&mut found, start, &current);
                current.clear();
                start = number + 1;
            }
            (None, '\n' | '\\' | '\r') => current.push(' '),
            (None, other) => {
                match other {
                    '(' | '[' | '{' => depth += 1,
                    ')' | ']' | '}' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                current.push(other);
            }
        }
        number += part.matches('\n').count();
    }
    push(&mut found, start, &current);
    found
}

fn push(found: &mut Vec<Line>, number: usize, line: &str) {
    let text = line.trim();
    if !text.is_empty() {
        found.push(Line {
            number,
            indent: line.len() - line.trim_start().len(),
            text: text.to_owned(),
        });
    }
}

/// How long a text is that begins with this quote. One of a single quote ends with its line at the latest.
fn quoted(text: &str, quote: &str) -> usize {
    let mut is_escaped = false;
    for (at, char) in text.char_indices().skip(quote.len()) {
        if is_escaped {
            is_escaped = false;
        } else if char == '\\' {
            is_escaped = true;
        } else if text.get(at..).is_some_and(|rest| rest.starts_with(quote)) {
            return at + quote.len();
        } else if char == '\n' && quote.len() == 1 {
            return at;
        }
    }
    text.len()
}
