//! A module: what it is for, what it imports, and its definitions.

use super::literal::docstring;
use super::{Doc, Imports, WIDTH};

/// A module under construction.
#[derive(Clone, Default, Debug)]
pub(crate) struct Module {
    /// What it is for.
    pub(crate) doc: String,
    /// What it imports.
    pub(crate) imports: Imports,
    /// Its constants, which stand before its definitions.
    constants: Vec<String>,
    /// Its definitions, in order.
    blocks: Vec<String>,
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
        self.blocks.push(block.text);
    }

    /// Adds a constant, once.
    pub(crate) fn constant(&mut self, block: Block) {
        if !self.constants.contains(&block.text) {
            self.constants.push(block.text);
        }
    }

    /// Adds a definition, unless it is there.
    pub(crate) fn push_once(&mut self, block: Block) {
        if !self.blocks.contains(&block.text) {
            self.push(block);
        }
    }

    /// Whether it defines a function of this name.
    pub(crate) fn has(&self, function: &str) -> bool {
        let head = format!("def {function}(");
        self.blocks.iter().any(|block| block.starts_with(&head))
    }

    /// Whether it defines anything.
    pub(crate) fn has_blocks(&self) -> bool {
        !self.blocks.is_empty()
    }

    /// Its text.
    pub(crate) fn text(&self) -> String {
        let mut text = docstring(&self.doc, 0);
        let imports = self.imports.text();
        if !imports.is_empty() {
            text.push('\n');
            text.push_str(&imports);
        }
        let mut is_behind_imports = true;
        let constants = self.constants.join("\n");
        let head = Some(&constants).filter(|constants| !constants.is_empty());
        for block in head.into_iter().chain(&self.blocks) {
            let is_definition = ["class ", "def ", "@", "async def "]
                .iter()
                .any(|head| block.starts_with(head));
            // One blank line before a plain statement behind the imports, two before a class or a function.
            text.push_str(if is_behind_imports && !is_definition {
                "\n"
            } else {
                "\n\n"
            });
            text.push_str(block);
            is_behind_imports = false;
        }
        text
    }
}

/// Statements, indented alike.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Block {
    text: String,
    indent: usize,
}

impl Block {
    /// Statements at the left edge.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Its text.
    pub(crate) fn text(&self) -> String {
        self.text.clone()
    }

    /// A line as it is.
    pub(crate) fn line(&mut self, line: &str) -> &mut Self {
        if !line.is_empty() {
            self.text.push_str(&" ".repeat(self.indent));
            self.text.push_str(line);
        }
        self.text.push('\n');
        self
    }

    /// Lines as they stand in a text, which begins with a blank one for whoever reads it here.
    pub(crate) fn lines(&mut self, text: &str) -> &mut Self {
        let text = if self.text.is_empty() {
            text.trim_start_matches('\n')
        } else {
            text
        };
        self.text.push_str(text);
        self
    }

    /// A statement that may break.
    pub(crate) fn statement(&mut self, head: &str, doc: &Doc, tail: &str) -> &mut Self {
        self.text.push_str(&doc.statement(self.indent, head, tail));
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
            self.text.push_str(&docstring(text, self.indent));
        }
        self
    }

    /// A comment, wrapped.
    pub(crate) fn comment(&mut self, text: &str) -> &mut Self {
        self.text.push_str(&super::comment(text, self.indent));
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
        self.text.is_empty()
    }

    /// What another block says, as it is.
    #[expect(clippy::needless_pass_by_value, reason = "a block says its lines once")]
    pub(crate) fn append(&mut self, other: Self) -> &mut Self {
        self.text.push_str(&other.text);
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
