//! Expressions and how they break over lines.

use super::WIDTH;

/// An expression.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Doc {
    /// Text that does not break.
    Text(String),
    /// Parts behind each other, each of which may break.
    Join(Vec<Doc>),
    /// Items between brackets: `f(a, b)`, `[a, b]`. The first part stands before the bracket.
    Group {
        /// `f(`.
        open: String,
        /// What stands between.
        items: Vec<Doc>,
        /// `)`.
        close: &'static str,
    },
    /// Calls on what the call before gave: `select(Task).where(...).limit(1)`. Where they do not fit, each has a line.
    Chain(Vec<Doc>),
    /// Operands with an operator between them: `a | b`. Where they do not fit, each has a line.
    Infix {
        /// The operator: `|`, `and`.
        operator: &'static str,
        /// The operands.
        parts: Vec<Doc>,
    },
}

impl Doc {
    /// Text that does not break.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A call.
    pub(crate) fn call(function: impl Into<String>, arguments: impl IntoIterator<Item = Self>) -> Self {
        Self::Group {
            open: function.into() + "(",
            items: arguments.into_iter().collect(),
            close: ")",
        }
    }

    /// A list.
    pub(crate) fn list(items: impl IntoIterator<Item = Self>) -> Self {
        Self::Group {
            open: String::from("["),
            items: items.into_iter().collect(),
            close: "]",
        }
    }

    /// A tuple: of one item with a comma behind it.
    pub(crate) fn tuple(items: impl IntoIterator<Item = Self>) -> Self {
        let mut items: Vec<Self> = items.into_iter().collect();
        if let [only] = items.as_slice() {
            return Self::text(format!("({},)", only.flat()));
        }
        Self::Group {
            open: String::from("("),
            items: std::mem::take(&mut items),
            close: ")",
        }
    }

    /// A subscript: `Annotated[str, Field()]`.
    pub(crate) fn of(name: impl Into<String>, arguments: impl IntoIterator<Item = Self>) -> Self {
        Self::Group {
            open: name.into() + "[",
            items: arguments.into_iter().collect(),
            close: "]",
        }
    }

    /// A dictionary, of keys as they stand in the text.
    pub(crate) fn dict(items: impl IntoIterator<Item = (String, Self)>) -> Self {
        let pair = |(key, value)| Self::Join(vec![Self::Text(key + ": "), value]);
        Self::Group {
            open: String::from("{"),
            items: items.into_iter().map(pair).collect(),
            close: "}",
        }
    }

    /// A keyword argument.
    pub(crate) fn named(name: &str, value: impl Into<Self>) -> Self {
        Self::Join(vec![Self::Text(format!("{name}=")), value.into()])
    }

    /// Parts behind each other.
    pub(crate) fn join(parts: impl IntoIterator<Item = Self>) -> Self {
        Self::Join(parts.into_iter().collect())
    }

    /// On one line, however long.
    pub(crate) fn flat(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Join(parts) | Self::Chain(parts) => parts.iter().map(Self::flat).collect(),
            Self::Group { open, items, close } => {
                let items: Vec<String> = items.iter().map(Self::flat).collect();
                format!("{open}{}{close}", items.join(", "))
            }
            Self::Infix { operator, parts } => {
                let parts: Vec<String> = parts.iter().map(Self::flat).collect();
                parts.join(&format!(" {operator} "))
            }
        }
    }

    /// As a statement, at so many columns: `head` stands before it (`return `, `x = `), `tail` behind it (`:`).
    pub(crate) fn statement(&self, indent: usize, head: &str, tail: &str) -> String {
        let flat = self.flat();
        let pad = " ".repeat(indent);
        if fits(indent, &[head, &flat, tail]) || !self.can_break() {
            return format!("{pad}{head}{flat}{tail}\n");
        }
        match self {
            // Neither can break by itself: brackets are put around it.
            Self::Chain(_) | Self::Infix { .. } => {
                let inner = self.lines(indent + 4).join("\n");
                format!("{pad}{head}(\n{inner}\n{pad}){tail}\n")
            }
            Self::Text(_) | Self::Join(_) | Self::Group { .. } => {
                let mut lines = self.open_lines(indent, head.len(), tail.len());
                if let Some(first) = lines.first_mut() {
                    *first = format!("{pad}{head}{}", first.trim_start());
                }
                lines.join("\n") + tail + "\n"
            }
        }
    }

    fn can_break(&self) -> bool {
        match self {
            Self::Text(_) => false,
            Self::Join(parts) => parts.iter().any(Self::can_break),
            Self::Group { items, .. } => !items.is_empty(),
            Self::Chain(parts) | Self::Infix { parts, .. } => parts.len() > 1,
        }
    }

    /// As an item in brackets: its lines, the first one indented.
    fn item(&self, indent: usize) -> Vec<String> {
        let flat = self.flat();
        // A comma stands behind it.
        if fits(indent, &[&flat, ","]) || !self.can_break() {
            return vec![format!("{}{flat}", " ".repeat(indent))];
        }
        self.open_lines(indent, 0, 1)
    }

    /// With its outermost brackets open.
    fn open_lines(&self, indent: usize, before: usize, behind: usize) -> Vec<String> {
        let pad = " ".repeat(indent);
        match self {
            Self::Text(text) => vec![format!("{pad}{text}")],
            Self::Group { open, items, close } => {
                let mut lines = vec![format!("{pad}{open}")];
                let all: Vec<String> = items.iter().map(Self::flat).collect();
                let all = all.join(", ");
                // Together on a line of their own where they fit, without a comma behind the last.
                if fits(indent + 4, &[&all]) {
                    lines.push(format!("{pad}    {all}"));
                    lines.push(format!("{pad}{close}"));
                    return lines;
                }
                for item in items {
                    let mut inner = item.item(indent + 4);
                    if let Some(last) = inner.last_mut() {
                        last.push(',');
                    }
                    lines.extend(inner);
                }
                lines.push(format!("{pad}{close}"));
                lines
            }
            Self::Join(parts) => join_lines(parts, indent, before, behind),
            Self::Chain(_) | Self::Infix { .. } => self.lines(indent),
        }
    }

    /// A part a line, without brackets around them.
    fn lines(&self, indent: usize) -> Vec<String> {
        let pad = " ".repeat(indent);
        match self {
            Self::Chain(parts) => parts.iter().flat_map(|part| part.item(indent)).collect(),
            Self::Infix { operator, parts } => {
                let mut lines = Vec::new();
                for (at, part) in parts.iter().enumerate() {
                    let mut inner = part.item(indent);
                    if let Some(first) = inner.first_mut().filter(|_| at > 0) {
                        *first = format!("{pad}{operator} {}", first.trim_start());
                    }
                    lines.extend(inner);
                }
                lines
            }
            Self::Text(_) | Self::Join(_) | Self::Group { .. } => self.item(indent),
        }
    }
}

/// The last part that can break does, the others stay whole.
fn join_lines(parts: &[Doc], indent: usize, before: usize, behind: usize) -> Vec<String> {
    let at = parts.iter().rposition(Doc::can_break).unwrap_or(0);
    let flat = |parts: &[Doc]| parts.iter().map(Doc::flat).collect::<String>();
    let head = flat(parts.get(..at).unwrap_or_default());
    let tail = flat(parts.get(at + 1..).unwrap_or_default());
    let pad = " ".repeat(indent);
    let mut lines = match parts.get(at) {
        Some(part @ (Doc::Chain(_) | Doc::Infix { .. })) => {
            let mut lines = vec![format!("{pad}(")];
            lines.extend(part.lines(indent + 4));
            lines.push(format!("{pad})"));
            lines
        }
        Some(part) => part.open_lines(indent, before + head.len(), behind + tail.len()),
        None => Vec::new(),
    };
    if let Some(first) = lines.first_mut() {
        *first = format!("{pad}{head}{}", first.trim_start());
    }
    if let Some(last) = lines.last_mut() {
        last.push_str(&tail);
    }
    lines
}

fn fits(indent: usize, parts: &[&str]) -> bool {
    let wide: usize = parts.iter().map(|part| part.chars().count()).sum();
    indent + wide <= WIDTH
}

impl From<&str> for Doc {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Doc {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}
