//! Reads the statement that made a table, as SQLite keeps it.

use groma_sql::schema::{Action, ForeignKey, Unique};

/// What a statement says of rows, beside the columns' types.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Constraint {
    /// Columns that no two rows share.
    Unique(Unique),
    /// A reference.
    ForeignKey(ForeignKey),
    /// A condition, and the name that it was given.
    Check {
        /// Its name.
        name: Option<String>,
        /// What must hold.
        expression: String,
    },
    /// A key whose values are counted up, and never used again.
    Counted(String),
    /// A key that is sorted from the largest.
    Descending(String),
    /// A column that is not compared letter by letter.
    Collated(String),
    /// What becomes of a row that breaks the constraint before, where it is not refused.
    Conflict(Option<String>),
}

/// A word, a name, a literal, a sign, or everything between two parentheses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Token<'a> {
    text: &'a str,
}

/// The constraints of a table, with the names that Postgres would give to those that have none.
pub(super) fn constraints(table: &str, sql: &str) -> Vec<Constraint> {
    let Some(body) = tokens(sql).into_iter().find(Token::is_group) else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for part in parts(body.inner()) {
        let mut reader = Reader {
            table,
            tokens: &part,
            column: None,
            name: None,
        };
        if !part.first().is_some_and(Token::opens_constraint) {
            reader.column = reader.next().map(|token| token.name());
        }
        while let Some(token) = reader.next() {
            all.extend(reader.constraint(token));
        }
    }
    all
}

/// The condition of a partial index.
pub(super) fn predicate(sql: &str) -> Option<String> {
    let tokens = tokens(sql);
    let at = tokens.iter().rposition(|token| token.is("where"))?;
    let first = tokens.get(at + 1)?;
    let from = first.text.as_ptr() as usize - sql.as_ptr() as usize;
    sql.get(from..)
        .map(|rest| rest.trim().trim_end_matches(';').to_owned())
}

/// Whether a name stands in a statement.
pub(super) fn names(sql: &str, name: &str) -> bool {
    let mut open = vec![sql];
    while let Some(text) = open.pop() {
        for token in tokens(text) {
            if token.is_group() {
                open.push(token.inner());
            } else if token.name().eq_ignore_ascii_case(name) {
                return true;
            }
        }
    }
    false
}

/// Whether a trigger may say `RAISE(IGNORE)`, by which a row is not written and nobody is told.
pub(super) fn drops_rows(sql: &str) -> bool {
    let mut open = vec![sql];
    while let Some(text) = open.pop() {
        let tokens = tokens(text);
        for (at, token) in tokens.iter().enumerate().filter(|(_, token)| token.is_group()) {
            let before = at.checked_sub(1).and_then(|at| tokens.get(at));
            let inner = token.inner();
            if before.is_some_and(|before| before.is("raise")) && bare(inner).trim_end() == "ignore" {
                return true;
            }
            open.push(inner);
        }
    }
    false
}

/// An expression without what is a matter of taste: blanks, comments, the letters of words, quotes around plain names,
/// and parentheses around the whole.
pub(super) fn bare(text: &str) -> String {
    let mut text = text.trim();
    while text.starts_with('(') && group(text) == text.len() {
        text = Token { text }.inner().trim();
    }
    let mut bare = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '(' | ')' => 1,
            _ => length(rest, first).clamp(first.len_utf8(), rest.len()),
        };
        let (token, after) = rest.split_at(length);
        rest = after;
        if first.is_whitespace() || token.starts_with("--") || token.starts_with("/*") {
            continue;
        }
        if first == '\'' {
            bare.push_str(token);
        } else {
            bare.push_str(&Token { text: token }.name().to_ascii_lowercase());
        }
        // Two words that stand side by side are not one.
        bare.push(' ');
    }
    bare
}

/// Whether a text is one literal in quotes, of text or of bytes.
pub(super) fn is_literal(text: &str) -> bool {
    let quoted_part = text.strip_prefix(['x', 'X']).unwrap_or(text);
    quoted_part.starts_with(['\'', '"'])
        && quoted_part
            .chars()
            .next()
            .is_some_and(|quote| quoted(quoted_part, quote) == quoted_part.len())
}

struct Reader<'a> {
    table: &'a str,
    tokens: &'a [Token<'a>],
    /// The column that the constraints belong to.
    column: Option<String>,
    /// The name that was said for the next one.
    name: Option<String>,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Option<Token<'a>> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(*first)
    }

    fn peek(&self, word: &str) -> bool {
        self.tokens.first().is_some_and(|token| token.is(word))
    }

    fn constraint(&mut self, token: Token<'a>) -> Option<Constraint> {
        if token.is("constraint") {
            self.name = self.next().map(|token| token.name());
            return None;
        }
        if token.is("check") {
            let group = self.next()?;
            let expression = group.inner().trim().to_owned();
            let name = self.name.take();
            return Some(Constraint::Check { name, expression });
        }
        if token.is("unique") {
            let columns = self.columns();
            let name = self.named(&columns, "key");
            return Some(Constraint::Unique(Unique { name, columns }));
        }
        if token.is("collate") {
            let is_exact = self.next()?.name().eq_ignore_ascii_case("binary");
            return self
                .column
                .clone()
                .filter(|_| !is_exact)
                .map(Constraint::Collated);
        }
        if token.is("desc") {
            return self.column.clone().map(Constraint::Descending);
        }
        if token.is("conflict") {
            let is_refused = self.next()?.is("abort");
            return (!is_refused).then(|| Constraint::Conflict(self.column.clone()));
        }
        if token.is("autoincrement") {
            return self.column.clone().map(Constraint::Counted);
        }
        if token.is("foreign") {
            self.next()?;
            let columns = self.columns();
            self.next()?;
            return self.reference(columns);
        }
        if token.is("references") {
            let columns = self.column.clone().into_iter().collect();
            return self.reference(columns);
        }
        None
    }

    fn reference(&mut self, columns: Vec<String>) -> Option<Constraint> {
        let table = self.next()?.name();
        let to = match self.tokens.first() {
            Some(group) if group.is_group() => list(self.next()?.inner()),
            _ => Vec::new(),
        };
        let mut on_delete = Action::NoAction;
        while self.peek("on") || self.peek("match") {
            let is_on = self.next()?.is("on");
            let is_delete = self.next()?.is("delete") && is_on;
            let action = if is_on { self.action()? } else { continue };
            if is_delete {
                on_delete = action;
            }
        }
        let name = self.named(&columns, "fkey");
        Some(Constraint::ForeignKey(ForeignKey {
            name,
            columns,
            table,
            to,
            on_delete,
            validated: true,
        }))
    }

    fn action(&mut self) -> Option<Action> {
        let first = self.next()?;
        if first.is("cascade") {
            return Some(Action::Cascade);
        }
        if first.is("restrict") {
            return Some(Action::Restrict);
        }
        let second = self.next()?;
        Some(match (first.is("set"), second.is("null")) {
            (true, true) => Action::SetNull,
            (true, false) => Action::SetDefault,
            (false, _) => Action::NoAction,
        })
    }

    /// The columns in parentheses that follow, or the one that this is about.
    fn columns(&mut self) -> Vec<String> {
        match self.tokens.first() {
            Some(group) if group.is_group() => {
                let group = *group;
                self.next();
                list(group.inner())
            }
            _ => self.column.clone().into_iter().collect(),
        }
    }

    fn named(&mut self, columns: &[String], ending: &str) -> String {
        let own = self.column.clone();
        let columns = if columns.is_empty() {
            own.as_slice()
        } else {
            columns
        };
        let default = || {
            let parts = [self.table].into_iter().chain(columns.iter().map(String::as_str));
            parts.chain([ending]).collect::<Vec<_>>().join("_")
        };
        self.name.take().unwrap_or_else(default)
    }
}

fn list(text: &str) -> Vec<String> {
    let parts = parts(text).into_iter();
    parts.filter_map(|part| Some(part.first()?.name())).collect()
}

/// What stands between commas.
fn parts(text: &str) -> Vec<Vec<Token<'_>>> {
    let mut parts = vec![Vec::new()];
    for token in tokens(text) {
        if token.text == "," {
            parts.push(Vec::new());
        } else if let Some(part) = parts.last_mut() {
            part.push(token);
        }
    }
    parts
}

/// The tokens of a text; comments are none, and a pair of parentheses is one.
fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = length(rest, first);
        let (token, after) = rest.split_at(length.clamp(first.len_utf8(), rest.len()));
        let is_comment = token.starts_with("--") || token.starts_with("/*");
        if !is_comment && !first.is_whitespace() {
            tokens.push(Token { text: token });
        }
        rest = after;
    }
    tokens
}

/// How long the token is that a text begins with.
fn length(text: &str, first: char) -> usize {
    let until = |end: &str| text.find(end).map_or(text.len(), |at| at + end.len());
    match first {
        '\'' | '"' | '`' => quoted(text, first),
        '[' => until("]"),
        '(' => group(text),
        '-' if text.starts_with("--") => until("\n"),
        '/' if text.starts_with("/*") => until("*/"),
        letter if is_of_word(letter) => text.find(|letter| !is_of_word(letter)).unwrap_or(text.len()),
        letter => letter.len_utf8(),
    }
}

fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '$' | '.')
}

fn quoted(text: &str, quote: char) -> usize {
    let mut at = 1;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find(quote)) {
        at += found + 1;
        if !text.get(at..).is_some_and(|rest| rest.starts_with(quote)) {
            return at;
        }
        at += 1;
    }
    text.len()
}

/// How long a group is, to the parenthesis that closes it.
fn group(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(first) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = text.get(at..).unwrap_or_default();
        at += match first {
            '(' => {
                depth += 1;
                1
            }
            ')' => {
                depth -= 1;
                1
            }
            _ => length(rest, first).max(first.len_utf8()),
        };
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

impl<'a> Token<'a> {
    fn is(&self, word: &str) -> bool {
        self.text.eq_ignore_ascii_case(word)
    }

    fn is_group(&self) -> bool {
        self.text.starts_with('(')
    }

    fn opens_constraint(&self) -> bool {
        ["constraint", "primary", "unique", "check", "foreign"]
            .iter()
            .any(|word| self.is(word))
    }

    /// What stands between the parentheses.
    fn inner(&self) -> &'a str {
        let text = self.text.strip_prefix('(').unwrap_or(self.text);
        text.strip_suffix(')').unwrap_or(text)
    }

    /// The name, without its quotes.
    fn name(&self) -> String {
        for (open, close) in [('"', '"'), ('`', '`'), ('[', ']'), ('\'', '\'')] {
            let inner = self
                .text
                .strip_prefix(open)
                .and_then(|text| text.strip_suffix(close));
            if let Some(inner) = inner {
                return inner.replace(&format!("{close}{close}"), &close.to_string());
            }
        }
        self.text.to_owned()
    }
}
