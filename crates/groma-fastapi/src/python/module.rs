//! A module: what it is for, what it imports, and its definitions.

use super::literal::docstring;
use super::{Doc, Imports, WIDTH, read, waiting};

/// A module under construction.
#[derive(Clone, Default, Debug)]
pub(crate) struct Module {
    /// What it is for.
    pub(crate) doc: String,
    /// What it imports.
    pub(crate) imports: Imports,
    /// Its constants, which stand before its definitions.
    constants: Vec<Block>,
    /// Its definitions, in order.
    blocks: Vec<Block>,
    /// Whether whoever takes the session waits.
    is_waiting: bool,
}

impl Module {
    /// A module that is for this.
    pub(crate) fn new(doc: impl Into<String>) -> Self {
        Self {
            doc: doc.into(),
            ..Self::default()
        }
    }

    /// Adds a definition: two blank lines stand before it.
    pub(crate) fn push(&mut self, block: Block) {
        self.blocks.push(block);
    }

    /// The same module, in which whoever takes the session waits where this says so.
    #[must_use]
    pub(crate) fn waiting(mut self, is_waiting: bool) -> Self {
        self.is_waiting = is_waiting;
        self
    }

    /// Adds a constant, once.
    pub(crate) fn constant(&mut self, block: Block) {
        if !self.constants.contains(&block) {
            self.constants.push(block);
        }
    }

    /// Adds a definition, unless it is there.
    pub(crate) fn push_once(&mut self, block: Block) {
        if !self.blocks.contains(&block) {
            self.push(block);
        }
    }

    /// Whether it defines a function of this name.
    pub(crate) fn has(&self, function: &str) -> bool {
        let head = format!("def {function}(");
        // What decorates it stands before it.
        let defines = |block: &Block| block.text().lines().any(|line| line.starts_with(&head));
        self.blocks.iter().any(defines)
    }

    /// Whether some words stand in its functions.
    pub(crate) fn says(&self, words: &str) -> bool {
        self.blocks.iter().any(|block| block.text().contains(words))
    }

    /// Whether it defines anything.
    pub(crate) fn has_blocks(&self) -> bool {
        !self.blocks.is_empty()
    }

    /// Its text.
    pub(crate) fn text(&self) -> String {
        let mut text = docstring(&self.doc, 0);
        let imports = if self.is_waiting {
            self.imports.waiting().text()
        } else {
            self.imports.text()
        };
        if !imports.is_empty() {
            text.push('\n');
            text.push_str(&imports);
        }
        let mut is_behind_imports = true;
        let written = |blocks: &[Block]| -> Vec<String> {
            blocks
                .iter()
                .map(|block| block.written(self.is_waiting))
                .collect()
        };
        let constants = written(&self.constants).join("\n");
        let head = Some(constants).filter(|constants| !constants.is_empty());
        for block in head.into_iter().chain(written(&self.blocks)) {
            let is_definition = ["class ", "def ", "@", "async def "]
                .iter()
                .any(|head| block.starts_with(head));
            // One blank line before a plain statement behind the imports, two before a class or a function.
            text.push_str(if is_behind_imports && !is_definition {
                "\n"
            } else {
                "\n\n"
            });
            text.push_str(&block);
            is_behind_imports = false;
        }
        text
    }
}

/// Statements, indented alike.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Block {
    lines: Vec<Line>,
    indent: usize,
}

/// A part of a block.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Line {
    /// Text as it is.
    Text(String),
    /// A statement that may break, at so many columns, with what stands before and behind it.
    Statement(usize, String, Doc, String),
}

/// A line that fits, or is broken where it can be.
fn fitted(line: String) -> String {
    read::statement(&line).unwrap_or(line)
}

impl Block {
    /// Statements at the left edge.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Its text.
    pub(crate) fn text(&self) -> String {
        self.written(false)
    }

    /// Its text; with whoever takes the session waiting.
    fn written(&self, is_waiting: bool) -> String {
        let line = |line: &Line| match line {
            Line::Text(text) if is_waiting => fitted(waiting::text(text)),
            Line::Text(text) => fitted(text.clone()),
            Line::Statement(indent, head, doc, tail) if is_waiting => {
                waiting::doc(doc).statement(*indent, head, tail)
            }
            Line::Statement(indent, head, doc, tail) => doc.statement(*indent, head, tail),
        };
        self.lines.iter().map(line).collect()
    }

    /// A line as it is.
    pub(crate) fn line(&mut self, line: &str) -> &mut Self {
        let pad = if line.is_empty() { 0 } else { self.indent };
        self.lines
            .push(Line::Text(format!("{}{line}\n", " ".repeat(pad))));
        self
    }

    /// Lines as they stand in a text, which begins with a blank one for whoever reads it here.
    pub(crate) fn lines(&mut self, text: &str) -> &mut Self {
        let text = if self.is_empty() {
            text.trim_start_matches('\n')
        } else {
            text
        };
        self.lines.push(Line::Text(text.to_owned()));
        self
    }

    /// A statement that may break.
    pub(crate) fn statement(&mut self, head: &str, doc: &Doc, tail: &str) -> &mut Self {
        let (head, tail) = (head.to_owned(), tail.to_owned());
        self.lines
            .push(Line::Statement(self.indent, head, doc.clone(), tail));
        self
    }

    /// A statement whose value is a choice (`a if b else c`): in brackets where it does not fit behind its head.
    pub(crate) fn choice(&mut self, head: &str, value: &str) -> &mut Self {
        if self.indent + head.len() + value.len() <= WIDTH {
            return self.line(&format!("{head}{value}"));
        }
        self.line(&format!("{head}("));
        self.inner(|block| {
            block.line(value);
        });
        self.line(")")
    }

    /// A docstring; nothing where there is nothing to say.
    pub(crate) fn doc(&mut self, text: &str) -> &mut Self {
        if !text.trim().is_empty() {
            self.lines.push(Line::Text(docstring(text, self.indent)));
        }
        self
    }

    /// A comment, wrapped.
    pub(crate) fn comment(&mut self, text: &str) -> &mut Self {
        self.lines.push(Line::Text(super::comment(text, self.indent)));
        self
    }

    /// The same with another block behind it.
    #[must_use]
    pub(crate) fn with(mut self, other: Self) -> Self {
        self.append(other);
        self
    }

    /// Whether it says nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// What another block says, as it is.
    pub(crate) fn append(&mut self, other: Self) -> &mut Self {
        self.lines.extend(other.lines);
        self
    }

    /// What stands one step further in.
    pub(crate) fn inner(&mut self, write: impl FnOnce(&mut Self)) -> &mut Self {
        self.indent += 4;
        write(self);
        self.indent -= 4;
        self
    }
}
