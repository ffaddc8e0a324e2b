//! Writing GitHub-flavoured Markdown: blocks with one blank line between them, tables that cannot break.
//!
//! Knows Markdown. Does not know designs.

mod json;
mod table;

use groma_ir::spelling::capital;

pub(crate) use json::json;
pub(crate) use table::Table;

/// A page that is being written.
#[derive(Debug)]
pub(crate) struct Page {
    text: String,
}

impl Page {
    /// A page whose first line is this comment.
    pub(crate) fn new(comment: &str) -> Self {
        Self {
            text: format!("{comment}\n"),
        }
    }

    /// Adds a block after a blank line; nothing, when it is blank.
    pub(crate) fn block(&mut self, block: &str) {
        let block = block.trim_end();
        if !block.is_empty() {
            self.text.push('\n');
            self.text.push_str(block);
            self.text.push('\n');
        }
    }

    /// Adds a heading of level 1 to 6.
    pub(crate) fn heading(&mut self, level: usize, text: &str) {
        self.block(&format!("{} {}", "#".repeat(level), one_line(text)));
    }

    /// Adds a list, one line an item.
    pub(crate) fn list<S: AsRef<str>>(&mut self, items: impl IntoIterator<Item = S>) {
        let lines: Vec<String> = items
            .into_iter()
            .map(|item| format!("- {}", one_line(item.as_ref())))
            .collect();
        self.block(&lines.join("\n"));
    }

    /// Adds a table, unless it has no rows.
    pub(crate) fn table(&mut self, table: &Table) {
        self.block(&table.render());
    }

    /// Adds a fenced block.
    pub(crate) fn fence(&mut self, language: &str, body: &str) {
        self.block(&fence(language, body));
    }

    /// Adds a block that is folded away under a summary (HTML that GitHub renders).
    pub(crate) fn details(&mut self, summary: &str, body: &str) {
        self.block(&format!(
            "<details><summary>{}</summary>\n\n{}\n\n</details>",
            one_line(summary),
            body.trim_end()
        ));
    }

    /// The text so far.
    pub(crate) fn finish(self) -> String {
        self.text
    }
}

/// A fenced block whose fence is longer than any run of backticks inside.
pub(crate) fn fence(language: &str, body: &str) -> String {
    let ticks = "`".repeat(longest_run(body, '`').max(2) + 1);
    format!("{ticks}{language}\n{}\n{ticks}", body.trim_end())
}

/// A code span, also of text that holds backticks.
pub(crate) fn code(text: &str) -> String {
    let text = one_line(text);
    let run = longest_run(&text, '`');
    if run == 0 {
        return format!("`{text}`");
    }
    let ticks = "`".repeat(run + 1);
    format!("{ticks} {text} {ticks}")
}

/// A link.
pub(crate) fn link(text: &str, target: &str) -> String {
    format!("[{text}]({target})")
}

/// Prose of the author, which keeps the page's own outline: what would open a heading or a comment is taken as
/// text, and a fence that was left open is closed.
pub(crate) fn prose(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut open: Option<String> = None;
    for line in text.trim().lines() {
        let mark = fence_mark(line);
        match (&open, mark) {
            (Some(opened), Some(mark)) if line.trim() == mark && mark.starts_with(opened.as_str()) => {
                open = None;
            }
            (Some(_), _) => {}
            (None, mark) => open = mark.map(str::to_owned),
        }
        let is_text = open.is_none() && mark.is_none();
        lines.push(if is_text { harmless(line) } else { line.to_owned() });
    }
    lines.extend(open);
    lines.join("\n")
}

/// The backticks or tildes with which a line opens or closes a fence.
fn fence_mark(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let first = line.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let end = line.find(|c| c != first).unwrap_or(line.len());
    line.get(..end).filter(|mark| mark.len() >= 3)
}

fn harmless(line: &str) -> String {
    let text = line.trim_start();
    let is_underline = !text.is_empty() && text.trim_end().chars().all(|c| matches!(c, '=' | '-'));
    let line = if text.starts_with('#') || is_underline {
        format!("\\{text}")
    } else {
        line.to_owned()
    };
    line.replace("<!--", "\\<!--")
}

/// Text on one line, with single spaces.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The same sentence with a capital first letter and a full stop at its end.
pub(crate) fn sentence(text: &str) -> String {
    let text = capital(&one_line(text));
    if text.is_empty() || text.ends_with(['.', '!', '?', ':']) {
        text
    } else {
        format!("{text}.")
    }
}

/// The anchor that GitHub gives to a heading that has no double on its page.
pub(crate) fn anchor(heading: &str) -> String {
    heading
        .to_lowercase()
        .chars()
        .filter_map(|c| match c {
            ' ' => Some('-'),
            '-' | '_' => Some(c),
            c if c.is_alphanumeric() => Some(c),
            _ => None,
        })
        .collect()
}

fn longest_run(text: &str, of: char) -> usize {
    text.split(|c| c != of).map(str::len).max().unwrap_or(0)
}
