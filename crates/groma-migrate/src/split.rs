//! SQL text cut into statements, without knowing what they mean: quotes, dollar quotes and comments are.
//!
//! Databases differ in what those are. Where it is not known which one a text is for, what either of them quotes is
//! quoted.

use groma_sql::Dialect;

/// A text that is cut up, part by part.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Part<'t> {
    /// The line that it starts at, counted from one.
    pub(crate) line: usize,
    /// What it is.
    pub(crate) what: What<'t>,
}

/// What a part of a text is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum What<'t> {
    /// A statement, without its comments around it and without the `;` behind it.
    Statement(String),
    /// A line that is nothing but a `--` comment, between statements.
    Comment(&'t str),
    /// Such a line inside of a statement that is not over; it comes before that.
    Inside(&'t str),
    /// A carriage return alone, outside of quotes: a line's end for one database and none for another.
    Return,
    /// A comment that starts inside of another one: that one ends twice for one database and once for another.
    Nested,
}

/// The statements of a text, without their comments around them and without the `;` behind them.
pub fn statements(text: &str, dialect: Option<Dialect>) -> Vec<String> {
    let all = parts(text, dialect).into_iter();
    all.filter_map(|part| match part.what {
        What::Statement(text) => Some(text),
        _ => None,
    })
    .collect()
}

/// The parts of a text, in order.
pub(crate) fn parts(text: &str, dialect: Option<Dialect>) -> Vec<Part<'_>> {
    let mut all = Vec::new();
    let mut now = Statement::default();
    let (mut line, mut starts, mut is_fresh) = (1, 1, true);
    for piece in (Pieces { rest: text, dialect }) {
        let said = piece.text();
        if let Some(what) = doubt(piece) {
            all.push(Part { line, what });
        }
        if now.text.is_empty() {
            starts = line;
        }
        match piece {
            Piece::Other(";") if !now.is_inside() => {
                let over = std::mem::take(&mut now).end();
                all.extend(over.map(|text| Part {
                    line: starts,
                    what: What::Statement(text),
                }));
            }
            Piece::Comment(text) if is_fresh && text.starts_with("--") && !now.is_inside() => {
                let is_between = now.text.is_empty();
                let what = if is_between {
                    What::Comment(text)
                } else {
                    What::Inside(text)
                };
                all.push(Part { line, what });
                now.push(piece);
            }
            piece => now.push(piece),
        }
        line += said.bytes().filter(|byte| *byte == b'\n').count();
        is_fresh = said.ends_with('\n');
    }
    let over = now.end();
    all.extend(over.map(|text| Part {
        line: starts,
        what: What::Statement(text),
    }));
    all
}

/// What databases do not agree about.
fn doubt<'t>(piece: Piece<'_>) -> Option<What<'t>> {
    match piece {
        Piece::Comment(text) | Piece::Blank(text) if text.replace("\r\n", "").contains('\r') => {
            Some(What::Return)
        }
        Piece::Comment(text) if text.get(2..)?.contains("/*") && text.starts_with("/*") => Some(What::Nested),
        _ => None,
    }
}

/// A statement as it is whatever its comments, blanks and line ends are.
pub fn normalised(statement: &str, dialect: Option<Dialect>) -> String {
    let mut out = String::with_capacity(statement.len());
    let mut waits = false;
    for piece in (Pieces {
        rest: statement,
        dialect,
    }) {
        match piece {
            Piece::Blank(_) | Piece::Comment(_) => waits = !out.is_empty(),
            Piece::Quoted(text) | Piece::Word(text) | Piece::Other(text) => {
                let is_apart = !out.ends_with(['(', ',']) && !text.starts_with(['(', ')', ',']);
                if std::mem::take(&mut waits) && is_apart {
                    out.push(' ');
                }
                out.push_str(&text.replace("\r\n", "\n"));
            }
        }
    }
    out
}

/// The words of a statement, in capitals, without what is in quotes.
pub fn words(statement: &str) -> Vec<String> {
    let pieces = Pieces {
        rest: statement,
        dialect: None,
    };
    let words = pieces.filter_map(|piece| match piece {
        Piece::Word(word) => Some(word.to_ascii_uppercase()),
        // A quoted name stands between words, and is none.
        Piece::Quoted(text) => text.starts_with(['"', '`']).then(String::new),
        _ => None,
    });
    words.collect()
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Piece<'t> {
    Blank(&'t str),
    Comment(&'t str),
    Quoted(&'t str),
    Word(&'t str),
    Other(&'t str),
}

impl<'t> Piece<'t> {
    fn text(self) -> &'t str {
        match self {
            Self::Blank(text)
            | Self::Comment(text)
            | Self::Quoted(text)
            | Self::Word(text)
            | Self::Other(text) => text,
        }
    }
}

/// A text piece by piece; together they are all of it.
struct Pieces<'t> {
    rest: &'t str,
    dialect: Option<Dialect>,
}

impl<'t> Iterator for Pieces<'t> {
    type Item = Piece<'t>;

    fn next(&mut self) -> Option<Piece<'t>> {
        let rest = self.rest;
        let first = rest.chars().next()?;
        let (is_postgres, is_sqlite) = (
            self.dialect != Some(Dialect::Sqlite),
            self.dialect != Some(Dialect::Postgres),
        );
        let (length, kind): (usize, fn(&'t str) -> Piece<'t>) = match first {
            _ if rest.starts_with("--") => (rest.find(['\n', '\r']).unwrap_or(rest.len()), Piece::Comment),
            _ if rest.starts_with("/*") => (comment(rest, is_postgres), Piece::Comment),
            '`' if !is_sqlite => (1, Piece::Other),
            '\'' | '"' | '`' => (quoted(rest, first, false), Piece::Quoted),
            '[' if self.dialect == Some(Dialect::Sqlite) => {
                (rest.find(']').map_or(rest.len(), |end| end + 1), Piece::Quoted)
            }
            'e' | 'E' if is_postgres && rest.get(1..).is_some_and(|rest| rest.starts_with('\'')) => {
                let text = rest.get(1..).unwrap_or_default();
                (1 + quoted(text, '\'', true), Piece::Quoted)
            }
            '$' if is_postgres => match dollar(rest) {
                Some(length) => (length, Piece::Quoted),
                None => (1, Piece::Other),
            },
            _ if first.is_ascii_whitespace() => {
                let end = rest.find(|char: char| !char.is_ascii_whitespace());
                (end.unwrap_or(rest.len()), Piece::Blank)
            }
            _ if is_word(first) => (
                rest.find(|char| !is_word(char)).unwrap_or(rest.len()),
                Piece::Word,
            ),
            _ => (first.len_utf8(), Piece::Other),
        };
        let (piece, behind) = rest.split_at(length.min(rest.len()));
        self.rest = behind;
        Some(kind(piece))
    }
}

fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_' || char == '$'
}

/// How long a quoted text is; a doubled quote does not end it, nor one behind a backslash where those escape.
fn quoted(text: &str, quote: char, escapes: bool) -> usize {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, char)) = chars.next() {
        if escapes && char == '\\' {
            chars.next();
        } else if char == quote {
            if chars.peek().is_some_and(|(_, next)| *next == quote) {
                chars.next();
            } else {
                return at + quote.len_utf8();
            }
        }
    }
    text.len()
}

/// How long a comment is, which may hold others where they nest.
fn comment(text: &str, nests: bool) -> usize {
    if !nests {
        let end = text.get(2..).and_then(|rest| rest.find("*/"));
        return end.map_or(text.len(), |end| end + 4);
    }
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let step = if rest.starts_with("/*") {
            depth += 1;
            2
        } else if rest.starts_with("*/") {
            depth -= 1;
            2
        } else {
            rest.chars().next().map_or(1, char::len_utf8)
        };
        at += step;
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

/// How long a text between `$tag$` is; none where it is no such text.
fn dollar(text: &str) -> Option<usize> {
    let tag = text.get(1..)?.find('$')?;
    let mark = text.get(..tag + 2)?;
    let name = mark.get(1..=tag)?;
    let is_tag = name.chars().all(|char| char.is_alphanumeric() || char == '_')
        && !name.starts_with(|char: char| char.is_ascii_digit());
    if !is_tag {
        return None;
    }
    let end = text.get(mark.len()..)?.find(mark);
    Some(end.map_or(text.len(), |end| end + mark.len() * 2))
}

/// A statement on the way.
#[derive(Default)]
struct Statement {
    text: String,
    /// Comments and blanks that count only if something follows.
    waiting: String,
    /// Its first three words.
    head: Vec<String>,
    /// How many parts of it end with an `END` that is still to come.
    open: u32,
}

impl Statement {
    fn push(&mut self, piece: Piece<'_>) {
        match piece {
            Piece::Blank(text) | Piece::Comment(text) => {
                if !self.text.is_empty() {
                    self.waiting.push_str(text);
                }
            }
            Piece::Quoted(text) | Piece::Word(text) | Piece::Other(text) => {
                self.text.push_str(&std::mem::take(&mut self.waiting));
                self.text.push_str(text);
                if let Piece::Word(word) = piece {
                    self.word(&word.to_ascii_uppercase());
                }
            }
        }
    }

    fn word(&mut self, word: &str) {
        if self.head.len() < 3 {
            self.head.push(word.to_owned());
        }
        match word {
            "BEGIN" | "CASE" => self.open += 1,
            "END" => self.open = self.open.saturating_sub(1),
            _ => {}
        }
    }

    /// Whether a `;` stands inside: in the body of a trigger of SQLite, up to its `END`.
    fn is_inside(&self) -> bool {
        let head: Vec<&str> = self.head.iter().map(String::as_str).collect();
        let is_trigger = matches!(
            head.as_slice(),
            ["CREATE", "TRIGGER", ..] | ["CREATE", "TEMP" | "TEMPORARY", "TRIGGER"]
        );
        is_trigger && self.open > 0
    }

    fn end(self) -> Option<String> {
        (!self.text.is_empty()).then_some(self.text)
    }
}
