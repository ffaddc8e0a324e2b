//! SQL text cut into statements, without knowing what they mean: quotes, dollar quotes and comments are.

/// The statements of a text, without their comments around them and without the `;` behind them.
pub fn statements(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut now = Statement::default();
    for piece in (Pieces { rest: text }) {
        match piece {
            Piece::Other(";") if !now.is_inside() => all.extend(std::mem::take(&mut now).end()),
            piece => now.push(piece),
        }
    }
    all.extend(now.end());
    all
}

/// A statement as it is whatever its comments, blanks and line ends are.
pub fn normalised(statement: &str) -> String {
    let mut out = String::with_capacity(statement.len());
    let mut waits = false;
    for piece in (Pieces { rest: statement }) {
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
    let pieces = Pieces { rest: statement };
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

/// A text piece by piece; together they are all of it.
struct Pieces<'t> {
    rest: &'t str,
}

impl<'t> Iterator for Pieces<'t> {
    type Item = Piece<'t>;

    fn next(&mut self) -> Option<Piece<'t>> {
        let rest = self.rest;
        let first = rest.chars().next()?;
        let (length, kind): (usize, fn(&'t str) -> Piece<'t>) = match first {
            _ if rest.starts_with("--") => (rest.find('\n').unwrap_or(rest.len()), Piece::Comment),
            _ if rest.starts_with("/*") => (comment(rest), Piece::Comment),
            '\'' | '"' | '`' => (quoted(rest, first, false), Piece::Quoted),
            'e' | 'E' if rest.get(1..).is_some_and(|rest| rest.starts_with('\'')) => {
                let text = rest.get(1..).unwrap_or_default();
                (1 + quoted(text, '\'', true), Piece::Quoted)
            }
            '$' => match dollar(rest) {
                Some(length) => (length, Piece::Quoted),
                None => (1, Piece::Other),
            },
            _ if first.is_whitespace() => {
                let end = rest.find(|char: char| !char.is_whitespace());
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

/// How long a comment is that may hold others.
fn comment(text: &str) -> usize {
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
