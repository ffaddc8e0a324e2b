//! Expressions and how they break over lines.

use super::{WIDTH, read, string};

/// An expression.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Doc {
    /// Text that does not break.
    Text(String),
    /// A text in quotes. Where it does not fit, its words are in several, one a line.
    Prose(String),
    /// Parts behind each other, each of which may break.
    Join(Vec<Doc>),
    /// Items between brackets: `f(a, b)`, `[a, b]`. Where they do not fit, those of a call or a subscript are together on
    /// a line of their own, if they fit there; otherwise each has a line.
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
    /// In brackets of its own: `(await f(x))`.
    Parentheses(Box<Doc>),
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

    /// A text in quotes, which may break between words.
    pub(crate) fn prose(text: impl Into<String>) -> Self {
        Self::Prose(text.into())
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

    /// A tuple.
    pub(crate) fn tuple(items: impl IntoIterator<Item = Self>) -> Self {
        Self::Group {
            open: String::from("("),
            items: items.into_iter().collect(),
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
            Self::Prose(text) => string(text),
            Self::Join(parts) | Self::Chain(parts) => parts.iter().map(Self::flat).collect(),
            Self::Group { open, items, close } => {
                let is_single_tuple = open == "(" && items.len() == 1;
                let items: Vec<String> = items.iter().map(Self::flat).collect();
                let comma = if is_single_tuple { "," } else { "" };
                format!("{open}{}{comma}{close}", items.join(", "))
            }
            Self::Parentheses(inside) => format!("({})", inside.flat()),
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
        if let Self::Text(text) = self
            && !fits(indent, &[head, &flat, tail])
            && let Some(parts) = read::expression(text)
        {
            return parts.statement(indent, head, tail);
        }
        if fits(indent, &[head, &flat, tail]) {
            return format!("{pad}{head}{flat}{tail}\n");
        }
        if !self.can_break() {
            let line = format!("{pad}{head}{flat}{tail}\n");
            return read::statement(&line).unwrap_or(line);
        }
        match self {
            // A function whose name does not fit behind the head.
            Self::Group { open, close: ")", .. }
                if open.len() > 1
                    && head.ends_with(" = ")
                    && !fits(indent, &[head, open])
                    && fits(indent + 4, &[open]) =>
            {
                let inner = self.item(indent + 4).join("\n");
                format!("{pad}{head}(\n{inner}\n{pad}){tail}\n")
            }
            // Of two operands, the second one breaks where it has brackets of its own.
            Self::Infix { operator, parts }
                if parts.len() == 2 && parts.last().is_some_and(Self::is_call) =>
            {
                let mut all = parts.clone();
                all.insert(1, Self::text(format!(" {operator} ")));
                Self::Join(all).statement(indent, head, tail)
            }
            // Neither can break by itself: brackets are put around it.
            Self::Infix { .. } if fits(indent + 4, &[&flat]) => {
                format!("{pad}{head}(\n{pad}    {flat}\n{pad}){tail}\n")
            }
            Self::Chain(_) | Self::Infix { .. } | Self::Prose(_) => {
                let inner = self.lines(indent + 4).join("\n");
                format!("{pad}{head}(\n{inner}\n{pad}){tail}\n")
            }
            Self::Text(_) | Self::Join(_) | Self::Group { .. } | Self::Parentheses(_) => {
                let mut lines = self.open_lines(indent, head.len(), tail.len());
                if let Some(first) = lines.first_mut() {
                    *first = format!("{pad}{head}{}", first.trim_start());
                }
                lines.join("\n") + tail + "\n"
            }
        }
    }

    /// Whether it ends in brackets that can open.
    fn is_call(&self) -> bool {
        match self {
            Self::Group { items, .. } => !items.is_empty(),
            Self::Join(parts) => parts.last().is_some_and(Self::is_call),
            Self::Text(_) | Self::Prose(_) | Self::Chain(_) | Self::Infix { .. } | Self::Parentheses(_) => {
                false
            }
        }
    }

    fn can_break(&self) -> bool {
        match self {
            Self::Text(_) => false,
            Self::Prose(text) => text.contains(' '),
            Self::Join(parts) => parts.iter().any(Self::can_break),
            Self::Group { items, .. } => !items.is_empty(),
            Self::Parentheses(_) => true,
            Self::Chain(parts) | Self::Infix { parts, .. } => parts.len() > 1,
        }
    }

    /// What is written as text, in parts that can break; nothing where it is in parts already.
    fn read(&self) -> Option<Self> {
        match self {
            Self::Text(text) => read::expression(text),
            Self::Join(parts) => {
                let is_named = matches!(parts.first(), Some(Self::Text(name)) if name.ends_with(['=', ':']) || name.ends_with(": "));
                let found = read::expression(&self.flat());
                found.filter(|found| !is_named && matches!(found, Self::Infix { .. }))
            }
            Self::Prose(_)
            | Self::Group { .. }
            | Self::Chain(_)
            | Self::Parentheses(_)
            | Self::Infix { .. } => None,
        }
    }

    /// As an item in brackets: its lines, the first one indented.
    fn item(&self, indent: usize) -> Vec<String> {
        let flat = self.flat();
        if !fits(indent, &[&flat, ","])
            && let Some(parts) = self.read()
        {
            return match &parts {
                Self::Infix { .. } => parts.lines(indent),
                _ => parts.item(indent),
            };
        }
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
                lines.extend(item_lines(open, items, close, indent + 4));
                lines.push(format!("{pad}{close}"));
                lines
            }
            Self::Parentheses(inside) => {
                let mut lines = vec![format!("{pad}(")];
                lines.extend(inside.item(indent + 4));
                lines.push(format!("{pad})"));
                lines
            }
            Self::Join(parts) => join_lines(parts, indent, before, behind),
            Self::Prose(text) => prose_lines(text, indent, before),
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
            Self::Text(_) | Self::Prose(_) | Self::Join(_) | Self::Group { .. } | Self::Parentheses(_) => {
                self.item(indent)
            }
        }
    }
}

/// What stands between brackets that are open.
fn item_lines(open: &str, items: &[Doc], close: &str, indent: usize) -> Vec<String> {
    let flat: Vec<String> = items.iter().map(Doc::flat).collect();
    let flat = flat.join(", ");
    // The items of a list, a tuple or a dictionary never share a line once its brackets are open.
    let is_literal = open.len() == 1;
    if !is_literal && fits(indent, &[&flat]) {
        // The only parameter of a function has one all the same.
        let comma = if items.len() == 1 && open.starts_with("def ") {
            ","
        } else {
            ""
        };
        return vec![format!("{}{flat}{comma}", " ".repeat(indent))];
    }
    // The only argument of a call stands without a comma.
    let is_made = matches!(items, [Doc::Infix { operator: "for", .. }]);
    let has_comma = !is_made && (items.len() > 1 || is_literal || close != ")");
    let mut lines = Vec::new();
    for item in items {
        let mut inner = item.item(indent);
        if let Some(last) = inner.last_mut().filter(|_| has_comma) {
            last.push(',');
        }
        lines.extend(inner);
    }
    lines
}

/// The words of a text in as many quotes as it needs, a line each.
fn prose_lines(text: &str, indent: usize, before: usize) -> Vec<String> {
    let pad = " ".repeat(indent);
    let mut lines: Vec<String> = Vec::new();
    let mut piece = String::new();
    for word in text.split_inclusive(' ') {
        let longer = format!("{piece}{word}");
        let taken = if lines.is_empty() { before } else { 0 };
        // A comma may stand behind the last of them.
        if !piece.is_empty() && !fits(indent + taken, &[&string(&longer), ","]) {
            lines.push(format!("{pad}{}", string(&piece)));
            word.clone_into(&mut piece);
        } else {
            piece = longer;
        }
    }
    lines.push(format!("{pad}{}", string(&piece)));
    lines
}

/// The last part that can break and leaves room for what stands before it does, the others stay whole.
fn join_lines(parts: &[Doc], indent: usize, before: usize, behind: usize) -> Vec<String> {
    let flat = |parts: &[Doc]| parts.iter().map(Doc::flat).collect::<String>();
    let has_room = |at: usize| {
        let head = flat(parts.get(..at).unwrap_or_default());
        let open = match parts.get(at) {
            Some(Doc::Group { open, .. }) => open.as_str(),
            _ => "",
        };
        fits(indent + before, &[&head, open])
    };
    let breaking = |at: &usize| parts.get(*at).is_some_and(Doc::can_break);
    let last = (0..parts.len()).rev().filter(breaking);
    let at = last
        .clone()
        .find(|at| has_room(*at))
        .or_else(|| last.reduce(|_, first| first))
        .unwrap_or(0);
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
