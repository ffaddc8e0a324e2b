//! An expression that was written as text, read into parts that can break where it does not fit.

use super::{Doc, WIDTH};

/// Operators between operands, those first that bind less.
const OPERATORS: [&str; 9] = ["or", "and", "==", "!=", "<=", ">=", "<", ">", "|"];

/// What may stand before an expression in a statement.
const HEADS: [&str; 3] = ["return ", "yield ", "assert "];

/// The parts of an expression; nothing where it has none that can break, or is of a kind that is not read.
pub(super) fn expression(text: &str) -> Option<Doc> {
    if let Some(parts) = literal(text) {
        return Some(parts);
    }
    let words = [" if ", " for ", " else ", " in ", "lambda "];
    if words.iter().any(|word| top(text, word).is_some()) {
        return None;
    }
    for operator in OPERATORS {
        let parts = split(text, &format!(" {operator} "));
        if parts.len() > 1 {
            let parts = parts.into_iter().map(whole).collect();
            return Some(Doc::Infix { operator, parts });
        }
    }
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['(', '[', '{']) {
        if rest.get(..at)?.contains(['"', '\'', '=', ' ']) {
            return None;
        }
        let (open, inside) = rest.split_at_checked(at + 1)?;
        let end = closing(inside)?;
        let close = match inside.get(end..=end)? {
            ")" => ")",
            "]" => "]",
            _ => return None,
        };
        let items = split(inside.get(..end)?, ", ");
        let items = items.into_iter().filter(|item| !item.is_empty());
        parts.push(Doc::Group {
            open: open.to_owned(),
            items: items.map(item).collect(),
            close,
        });
        rest = inside.get(end + 1..)?;
    }
    if parts.is_empty()
        || parts
            .iter()
            .any(|part| matches!(part, Doc::Group { open, .. } if open.len() == 1))
    {
        return None;
    }
    if !rest.is_empty() {
        parts.push(Doc::text(rest));
    }
    Some(match <[Doc; 1]>::try_from(parts) {
        Ok([only]) => only,
        Err(parts) => Doc::Join(parts),
    })
}

/// The items of a set or a dictionary, or what is made for each of something.
fn literal(text: &str) -> Option<Doc> {
    let inside = text.strip_prefix('{')?;
    let inside = inside.get(..closing(inside).filter(|end| end + 1 == inside.len())?)?;
    let items = match split(inside, " for ").as_slice() {
        [each, of] => vec![Doc::Infix {
            operator: "for",
            parts: vec![Doc::text(*each), Doc::text(*of)],
        }],
        [_] => split(inside, ", ").into_iter().map(Doc::text).collect(),
        _ => return None,
    };
    Some(Doc::Group {
        open: String::from("{"),
        items,
        close: "}",
    })
}

/// A field whose type alone does not fit beside its name and its default.
fn annotated(text: &str, indent: usize) -> Option<String> {
    let (name, rest) = text.split_once(": ")?;
    let is_name = name.chars().all(|char| char.is_alphanumeric() || char == '_');
    let (ty, tail) = match top(rest, " = ") {
        Some(at) => rest.split_at_checked(at)?,
        None => (rest, ""),
    };
    if !is_name || ty.contains(['[', '"', '{', '(']) || indent + 4 + ty.len() > WIDTH {
        return None;
    }
    let pad = " ".repeat(indent);
    Some(format!("{pad}{name}: (\n{pad}    {ty}\n{pad}){tail}\n"))
}

/// A statement on a line of its own that does not fit, over several lines where that can be.
pub(super) fn statement(line: &str) -> Option<String> {
    let text = line.strip_suffix('\n')?;
    if text.contains('\n') || text.chars().count() <= WIDTH {
        return None;
    }
    let indent = text.len() - text.trim_start().len();
    let text = text.trim_start();
    if text.starts_with(['#', '@', '"', '\'']) {
        return None;
    }
    if let Some(lines) = annotated(text, indent) {
        return Some(lines);
    }
    if text.starts_with("def ")
        && let Some(at) = top(text, " -> ")
    {
        let doc = head_of(text.get(..at)?)?;
        return Some(doc.statement(indent, "", text.get(at..)?));
    }
    let (body, tail) = match text.strip_suffix(':') {
        Some(body) => (body, ":"),
        None => (text, ""),
    };
    let mut head = HEADS
        .iter()
        .find_map(|head| body.strip_prefix(head).map(|_| *head));
    if tail == ":" {
        head = ["class ", "if "].into_iter().find(|head| body.starts_with(head));
    } else if head.is_none() {
        head = top(body, " = ").and_then(|at| body.get(..at + 3));
    }
    let head = head.unwrap_or_default();
    let doc = expression(body.get(head.len()..)?)?;
    if let (Doc::Infix { .. }, "if ") = (&doc, head) {
        return Some(Doc::Parentheses(Box::new(doc)).statement(indent, head, tail));
    }
    Some(doc.statement(indent, head, tail))
}

/// `def f(a: int, b: int)`.
fn head_of(text: &str) -> Option<Doc> {
    let at = text.find('(')?;
    let (open, inside) = text.split_at_checked(at + 1)?;
    let items = split(inside.strip_suffix(')')?, ", ");
    Some(Doc::Group {
        open: open.to_owned(),
        items: items.into_iter().map(Doc::text).collect(),
        close: ")",
    })
}

fn whole(text: &str) -> Doc {
    expression(text).unwrap_or_else(|| Doc::text(text))
}

/// An item between brackets, which may have a name.
fn item(text: &str) -> Doc {
    match text.split_once('=') {
        Some((name, value)) if name.chars().all(|char| char.is_alphanumeric() || char == '_') => {
            Doc::named(name, whole(value))
        }
        _ => whole(text),
    }
}

/// Where a text stands outside of brackets and quotes.
fn top(text: &str, wanted: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut quote = None;
    for (at, char) in text.char_indices() {
        match (quote, char) {
            (Some(open), _) if char == open => quote = None,
            (None, '"' | '\'') => quote = Some(char),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth = depth.checked_sub(1)?,
            (None, _) if depth == 0 && text.get(at..)?.starts_with(wanted) => return Some(at),
            (Some(_) | None, _) => {}
        }
    }
    None
}

/// Where the bracket closes that was open before a text.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut quote = None;
    for (at, char) in text.char_indices() {
        match (quote, char) {
            (Some(open), _) if char == open => quote = None,
            (None, '"' | '\'') => quote = Some(char),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') if depth == 0 => return Some(at),
            (None, ')' | ']' | '}') => depth -= 1,
            (Some(_) | None, _) => {}
        }
    }
    None
}

fn split<'t>(text: &'t str, by: &str) -> Vec<&'t str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, behind)) =
        top(rest, by).and_then(|at| Some((rest.get(..at)?, rest.get(at + by.len()..)?)))
    {
        parts.push(before);
        rest = behind;
    }
    parts.push(rest);
    parts
}
