//! Values and prose as Python writes them.

use super::WIDTH;

/// A text in quotes, with the fewest escapes: the formatter's choice of quotes.
pub(crate) fn string(text: &str) -> String {
    let doubles = text.matches('"').count();
    let quote = if doubles > text.matches('\'').count() {
        '\''
    } else {
        '"'
    };
    let mut out = String::from(quote);
    for char in text.chars() {
        match char {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if char == quote => {
                out.push('\\');
                out.push(char);
            }
            // What does not show, or turns the reading around (Trojan Source), is written by its number.
            _ if char.is_control() || is_invisible(char) => {
                let number = u32::from(char);
                let escape = match number {
                    0..=0xff => format!("\\x{number:02x}"),
                    0x100..=0xffff => format!("\\u{number:04x}"),
                    _ => format!("\\U{number:08x}"),
                };
                out.push_str(&escape);
            }
            _ => out.push(char),
        }
    }
    out.push(quote);
    out
}

/// A comment, wrapped: its lines.
pub(crate) fn comment(text: &str, indent: usize) -> String {
    let pad = " ".repeat(indent);
    let lines = wrapped(&tame(text), WIDTH - indent - 2);
    lines
        .iter()
        .flat_map(|line| [pad.as_str(), "# ", line, "\n"])
        .collect()
}

/// A docstring: one line where it fits, else its paragraphs wrapped.
pub(crate) fn docstring(text: &str, indent: usize) -> String {
    let pad = " ".repeat(indent);
    let text = &first_apart(text, WIDTH.saturating_sub(indent + 6));
    let text = tame(text).replace('\\', "\\\\").replace("\"\"\"", "'''");
    let mut paragraphs: Vec<Vec<String>> = text
        .split("\n\n")
        .map(|paragraph| wrapped(paragraph, WIDTH - indent))
        .filter(|lines| !lines.is_empty())
        .collect();
    if let [only] = paragraphs.as_mut_slice()
        && let [line] = only.as_slice()
    {
        // A quote before the closing ones would be taken for one of them.
        let space = if line.ends_with('"') { " " } else { "" };
        let size = line.chars().count();
        if indent + size + space.len() + 6 <= WIDTH || !line.contains(' ') {
            return format!("{pad}\"\"\"{line}{space}\"\"\"\n");
        }
        // The closing quotes of a single line stand on it: one that has no room for them becomes two.
        *only = wrapped(&text, size + 2);
    }
    let mut out = format!("{pad}\"\"\"");
    for (at, lines) in paragraphs.iter().enumerate() {
        if at > 0 {
            out.push('\n');
        }
        for (line_at, line) in lines.iter().enumerate() {
            let is_first = at == 0 && line_at == 0;
            out.push_str(if is_first { "" } else { &pad });
            out.push_str(line);
            out.push('\n');
        }
    }
    out + &pad + "\"\"\"\n"
}

/// A paragraph of several sentences that does not fit its line, with a blank line behind the first.
fn first_apart(text: &str, width: usize) -> String {
    if text.contains("\n\n") || text.trim().chars().count() <= width {
        return text.to_owned();
    }
    match first_sentence(text) {
        (first, "") => first.to_owned(),
        (first, rest) => format!("{first}\n\n{rest}"),
    }
}

/// The first sentence of a text, and the rest.
pub(crate) fn first_sentence(text: &str) -> (&str, &str) {
    let ends = text.match_indices(". ").map(|(at, _)| text.split_at(at + 1));
    let mut ends = ends.map(|(first, rest)| (first, rest.trim_start()));
    let end = ends.find(|(_, rest)| rest.starts_with(|next: char| next.is_uppercase() || next == '`'));
    end.unwrap_or((text, ""))
}

/// Prose of a design as it may stand in a program: nothing that hides or turns the reading around.
fn tame(text: &str) -> String {
    let is_tame = |char: &char| *char == '\n' || !(char.is_control() || is_invisible(*char));
    text.trim().chars().filter(is_tame).collect()
}

fn is_invisible(char: char) -> bool {
    matches!(char, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// Words in lines no wider than this, but for a word that is.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            // Three quotes may stand before the first line.
            Some(line) if line.chars().count() + 1 + word.chars().count() + 3 <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
