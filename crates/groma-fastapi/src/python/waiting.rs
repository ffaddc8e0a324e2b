//! Synchronous code as asynchronous code, by one rule: whoever takes the session waits.
//!
//! A function with a parameter `session` is `async`; a call that is given the session, and a call of a method of it that
//! talks to the database, is awaited. Nothing else changes.

use super::Doc;

/// The methods of a session that talk to the database.
const METHODS: [&str; 8] = [
    "commit",
    "connection",
    "execute",
    "get",
    "merge",
    "rollback",
    "scalar",
    "scalars",
];

/// The class of a session, where types and imports say it.
const TYPES: [(&str, &str); 8] = [
    ("engine: Engine)", "engine: AsyncEngine)"),
    ("session: Session,", "session: AsyncSession,"),
    ("session: Session)", "session: AsyncSession)"),
    (
        "Callable[[Session], None]",
        "Callable[[AsyncSession], Awaitable[None]]",
    ),
    (
        "Callable[[Session, T], None]",
        "Callable[[AsyncSession, T], Awaitable[None]]",
    ),
    (
        "Callable[[Session, Sequence[T]], None]",
        "Callable[[AsyncSession, Sequence[T]], Awaitable[None]]",
    ),
    (
        "from sqlmodel import Session, SQLModel\n",
        "from sqlalchemy.ext.asyncio import AsyncSession\nfrom sqlmodel import SQLModel\n",
    ),
    (
        "from collections.abc import Callable,",
        "from collections.abc import Awaitable, Callable,",
    ),
];

/// A text with everything in it waiting.
pub(crate) fn text(text: &str) -> String {
    definitions(&awaited(text))
}

/// The same for a statement that may break: its text, or its parts.
pub(super) fn doc(doc: &Doc) -> Doc {
    match doc {
        Doc::Text(plain) => Doc::Text(text(plain)),
        Doc::Prose(_) => doc.clone(),
        Doc::Parentheses(inside) => Doc::Parentheses(Box::new(self::doc(inside))),
        Doc::Join(parts) => Doc::Join(joined(parts)),
        Doc::Chain(parts) => Doc::Chain(joined(parts)),
        Doc::Infix { operator, parts } => Doc::Infix {
            operator,
            parts: parts.iter().map(self::doc).collect(),
        },
        Doc::Group { .. } => match waits(doc) {
            Some(group) => group,
            None => inner(doc, String::clone),
        },
    }
}

/// Parts behind each other: what is awaited before a `.` stands in brackets.
fn joined(parts: &[Doc]) -> Vec<Doc> {
    let mut all = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        let next = parts.get(at + 1).map(Doc::flat);
        let is_asked = next.is_some_and(|next| next.starts_with(['.', '[']));
        match waits(part).filter(|_| is_asked) {
            Some(group) => all.push(Doc::Parentheses(Box::new(group))),
            None => all.push(doc(part)),
        }
    }
    all
}

/// A call that waits, or a definition of what does.
fn waits(group: &Doc) -> Option<Doc> {
    let Doc::Group { open, items, .. } = group else {
        return None;
    };
    let first = items.first().map(Doc::flat).unwrap_or_default();
    if open.starts_with("def ") {
        let takes = items
            .iter()
            .any(|item| item.flat().starts_with("session: Session"));
        return takes.then(|| inner(group, |open| format!("async {open}")));
    }
    let callee = open.strip_suffix('(')?;
    let start = start_of(callee);
    let name = callee.get(start..)?;
    is_waiting(name, &first).then(|| {
        inner(group, |open| {
            let (before, call) = open.split_at(start);
            format!("{before}await {call}")
        })
    })
}

/// A group with its items waiting.
fn inner(group: &Doc, open_as: impl FnOnce(&String) -> String) -> Doc {
    match group {
        Doc::Group { open, items, close } => Doc::Group {
            open: open_as(open),
            items: items.iter().map(doc).collect(),
            close,
        },
        other => other.clone(),
    }
}

/// Whether a call waits: by what is called, and what it is given first.
fn is_waiting(name: &str, first: &str) -> bool {
    let is_method = name
        .strip_prefix("session.")
        .is_some_and(|method| METHODS.contains(&method));
    is_method || first == "session" && !name.is_empty()
}

/// Where the name at the end of a text starts.
fn start_of(text: &str) -> usize {
    let is_name = |char: char| char.is_alphanumeric() || matches!(char, '_' | '.');
    text.trim_end_matches(is_name).len()
}

/// With `await` before each call that waits.
fn awaited(text: &str) -> String {
    let mut out = String::new();
    let mut done = 0;
    for (at, _) in text.match_indices('(') {
        let (Some(before), Some(behind)) = (text.get(done..at), text.get(at + 1..)) else {
            continue;
        };
        let start = done + start_of(before);
        let name = text.get(start..at).unwrap_or_default();
        let first = behind
            .trim_start()
            .split([',', ')', ':', ' '])
            .next()
            .unwrap_or_default();
        let is_definition = text.get(..start).is_some_and(|before| before.ends_with("def "));
        // What a lambda gives is waited for by whoever calls it.
        let is_lambda = text.get(..start).is_some_and(|before| {
            let line = before.lines().next_back().unwrap_or_default();
            line.contains("lambda ") && line.ends_with(": ")
        });
        if is_definition || is_lambda || !is_waiting(name, first) {
            continue;
        }
        let end = at + 1 + closing(behind);
        let is_asked = text.get(end..).is_some_and(|rest| rest.starts_with(['.', '[']));
        out.push_str(text.get(done..start).unwrap_or_default());
        if is_asked {
            out.push('(');
        }
        out.extend(["await ", name, "("]);
        done = at + 1;
        if is_asked {
            out.push_str(&awaited(text.get(done..end).unwrap_or_default()));
            out.push(')');
            done = end;
        }
    }
    out + text.get(done..).unwrap_or_default()
}

/// How much of a text there is up to the bracket that closes it, and with it.
fn closing(text: &str) -> usize {
    let mut depth = 1;
    for (at, char) in text.char_indices() {
        match char {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    text.len()
}

/// With `async` before each function that takes a session, and with the class of one that waits.
fn definitions(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("def ") {
        let (before, definition) = rest.split_at(at);
        let open = definition.find('(').map_or(definition.len(), |open| open + 1);
        let end = open + closing(definition.get(open..).unwrap_or_default());
        let (head, behind) = definition.split_at(end.min(definition.len()));
        out.push_str(before);
        if !before.ends_with("async ") && head.contains("session: Session") {
            out.push_str("async ");
        }
        out.push_str(head);
        rest = behind;
    }
    out.push_str(rest);
    for (plain, waiting) in TYPES {
        out = out.replace(plain, waiting);
    }
    if out == "session: Session" {
        String::from("session: AsyncSession")
    } else {
        out
    }
}
