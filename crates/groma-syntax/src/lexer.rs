//! Turns the lines of an island into tokens that cover it without a gap.
//!
//! No token spans lines, so a fence that is indented or quoted needs no copy: what stands before its lines
//! becomes a token of its own.

#![cfg_attr(
    not(test),
    expect(
        clippy::enum_glob_use,
        reason = "kinds of syntax are the vocabulary here, and their names are unlike any other"
    )
)]

mod foreign;
mod literal;

use std::ops::Range;

use groma_diag::{Diagnostic, Edit, FileId, Span, is_slip};

use crate::kind::SyntaxKind::{self, *};
use crate::rules;
use crate::text;

/// A token and its bytes in the file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    pub(crate) kind: SyntaxKind,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// The tokens of an island whose lines are these ranges of the file, ascending, line ends included.
pub(crate) fn lex(file: FileId, source: &str, lines: &[Range<usize>]) -> (Vec<Token>, Vec<Diagnostic>) {
    let mut lexer = Lexer {
        file,
        source,
        at: 0,
        tokens: Vec::new(),
        diagnostics: Vec::new(),
        after_matches: false,
    };
    lexer.at = lines.first().map_or(0, |line| line.start);
    for line in lines {
        lexer.gap(line.start);
        lexer.line(line.end);
    }
    (lexer.tokens, lexer.diagnostics)
}

struct Lexer<'a> {
    file: FileId,
    source: &'a str,
    at: usize,
    tokens: Vec<Token>,
    diagnostics: Vec<Diagnostic>,
    /// Whether the word `matches` came last on this line: only then `/` begins a pattern.
    after_matches: bool,
}

impl<'a> Lexer<'a> {
    fn gap(&mut self, upto: usize) {
        if self.at < upto {
            self.push(PREFIX, upto - self.at);
        }
    }

    fn line(&mut self, end: usize) {
        self.after_matches = false;
        while self.at < end {
            let rest = self.source.get(self.at..end).unwrap_or_default();
            let Some(first) = rest.chars().next() else { return };
            self.token(rest, first);
        }
    }

    fn push(&mut self, kind: SyntaxKind, len: usize) {
        self.tokens.push(Token {
            kind,
            start: self.at,
            end: self.at + len,
        });
        self.at += len;
        if !kind.is_trivia() {
            self.after_matches = false;
        }
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    fn span(&self, range: Range<usize>) -> Span {
        crate::span(self.file, self.at + range.start..self.at + range.end)
    }

    fn token(&mut self, rest: &'a str, first: char) {
        match first {
            '\n' => self.push(NEWLINE, 1),
            '#' => self.comment(rest),
            '"' => self.string(rest),
            '\'' | '\u{2018}' | '\u{201C}' | '\u{201D}' | '\u{201E}' => self.foreign_string(rest, first),
            '/' if self.after_matches => self.regex(rest),
            '0'..='9' => self.number(rest),
            '&' | '|' => self.foreign_operator(rest, first),
            _ if is_blank(first) => self.push(WHITESPACE, run(rest, is_blank)),
            _ if is_word(first) => self.word(rest),
            _ => match punctuation(rest) {
                Some((kind, len)) => self.push(kind, len),
                None => self.unknown(rest),
            },
        }
    }

    fn comment(&mut self, rest: &str) {
        let text = rest.trim_end_matches(['\n', '\r']);
        let doc = text.starts_with("##") && !text.starts_with("###");
        self.push(if doc { DOC_COMMENT } else { COMMENT }, text.len());
    }

    fn word(&mut self, rest: &str) {
        let len = run(rest, is_word);
        let word = rest.get(..len).unwrap_or_default();
        if !word.is_ascii() {
            let found = Diagnostic::new(
                &rules::UNKNOWN_CHARACTER,
                self.span(0..len),
                format!("the name `{word}` has letters outside ASCII"),
            )
            .help("names become columns, JSON members and program text: use `a` to `z`, digits and `_`");
            self.report(found);
        }
        // Only before a pattern does it matter, and to compare every word would be most of the work here.
        let is_before_slash = rest
            .get(len..)
            .is_some_and(|rest| rest.trim_start_matches(is_blank).starts_with('/'));
        let is_matches = is_before_slash && is_slip(word, "matches");
        self.push(IDENT, len);
        self.after_matches = is_matches;
    }

    fn string(&mut self, rest: &str) {
        let Some(len) = closed(rest, '"') else {
            return self.unterminated(rest, "text", "\"");
        };
        let (_, unknown) = text::unescape(rest.get(..len).unwrap_or_default());
        for escape in unknown {
            let shown = rest.get(escape.clone()).unwrap_or_default();
            let message = format!("`{shown}` is no escape");
            let found = Diagnostic::new(&rules::BAD_LITERAL, self.span(escape), message)
                .help("texts know `\\\"`, `\\\\`, `\\n` and `\\t`; write `\\\\` for a backslash");
            self.report(found);
        }
        self.push(STRING, len);
    }

    fn regex(&mut self, rest: &str) {
        match closed(rest, '/') {
            Some(len) => self.push(REGEX, len),
            None => self.unterminated(rest, "pattern", "/"),
        }
    }

    /// The token ends before what most likely closes the line's own blocks, so that one slip stays one error.
    fn unterminated(&mut self, rest: &str, what: &str, quote: &str) {
        let len = rest
            .trim_end()
            .trim_end_matches(|char| is_blank(char) || matches!(char, '}' | ';'))
            .len()
            .max(1);
        let span = self.span(0..len);
        let found = Diagnostic::new(
            &rules::UNTERMINATED_STRING,
            span,
            format!("this {what} has no closing `{quote}` on its line"),
        )
        .help(format!("put a `{quote}` where it ends"))
        .suggestion("close it here", [Edit::after(span, quote)]);
        self.report(found);
        self.push(if quote == "/" { REGEX } else { STRING }, len);
    }
}

fn is_blank(char: char) -> bool {
    char != '\n' && (char.is_whitespace() || char == '\u{FEFF}')
}

fn is_word(char: char) -> bool {
    char == '_' || char.is_alphanumeric()
}

/// How many bytes at the start satisfy the predicate.
fn run(text: &str, holds: impl Fn(char) -> bool) -> usize {
    text.find(|char| !holds(char)).unwrap_or(text.len())
}

/// The length of a quoted token with both quotes, if it ends on its line.
fn closed(rest: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, char) in rest.char_indices().skip(1) {
        match char {
            '\n' => return None,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if char == quote => return Some(at + char.len_utf8()),
            _ => {}
        }
    }
    None
}

fn punctuation(rest: &str) -> Option<(SyntaxKind, usize)> {
    const TABLE: [(&str, SyntaxKind); 27] = [
        ("->", ARROW),
        ("==", EQ_EQ),
        ("!=", NOT_EQ),
        ("<=", LESS_EQ),
        (">=", GREATER_EQ),
        ("..", DOT_DOT),
        ("{", L_BRACE),
        ("}", R_BRACE),
        ("(", L_PAREN),
        (")", R_PAREN),
        ("[", L_BRACKET),
        ("]", R_BRACKET),
        (",", COMMA),
        (";", SEMICOLON),
        (":", COLON),
        (".", DOT),
        ("?", QUESTION_MARK),
        ("=", EQ),
        ("<", LESS),
        (">", GREATER),
        ("+", PLUS),
        ("-", MINUS),
        ("*", STAR),
        ("/", SLASH),
        ("\u{2192}", ARROW),
        ("\u{2264}", LESS_EQ),
        ("\u{2265}", GREATER_EQ),
    ];
    TABLE
        .iter()
        .find(|(text, _)| rest.starts_with(text))
        .map(|&(text, kind)| (kind, text.len()))
}
