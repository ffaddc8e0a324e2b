//! Tables: every row has as many cells as the head, and no cell can leave its place.

use super::one_line;

/// A table that is being filled.
#[derive(Debug)]
pub(crate) struct Table {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows.
    pub(crate) fn new<S: AsRef<str>>(head: impl IntoIterator<Item = S>) -> Self {
        Self {
            head: head.into_iter().map(|cell| cell.as_ref().to_owned()).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row; missing cells are empty, and cells over the head's number are dropped.
    pub(crate) fn row<S: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = S>) {
        let mut row: Vec<String> = cells.into_iter().map(|cell| cell.as_ref().to_owned()).collect();
        row.resize(self.head.len(), String::new());
        self.rows.push(row);
    }

    /// Whether it has no rows.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How many rows it has.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The table as Markdown; nothing, when it has no rows.
    pub(crate) fn render(&self) -> String {
        if self.is_empty() {
            return String::new();
        }
        let rule: Vec<String> = self.head.iter().map(|_| String::from("---")).collect();
        let mut lines = vec![line(&self.head), line(&rule)];
        lines.extend(self.rows.iter().map(|row| line(row)));
        lines.join("\n")
    }
}

fn line(cells: &[String]) -> String {
    let cells: Vec<String> = cells.iter().map(|text| cell(text)).collect();
    format!("| {} |", cells.join(" | "))
}

/// A cell on one line; a bar in it, in code too, is escaped as GitHub asks.
fn cell(text: &str) -> String {
    one_line(text).replace("\\|", "|").replace('|', "\\|")
}
