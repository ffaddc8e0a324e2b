//! The engine under the grammar: a cursor over tokens, the tree under construction, and recovery.
//!
//! Knows tokens, lines and braces. Does not know which words the language has; that is `grammar`.
//!
//! A statement that went wrong is reported once: from the first error to the end of the statement the parser is
//! silent (`failed`), skips what is left of it, and goes on with the next line.

#![cfg_attr(
    not(test),
    expect(
        clippy::enum_glob_use,
        reason = "kinds of syntax are the vocabulary here, and their names are unlike any other"
    )
)]

mod braces;
mod build;
mod repair;
mod report;
mod statements;

use groma_diag::{Diagnostic, FileId, Span};
use rowan::GreenNodeBuilder;

use crate::kind::SyntaxKind::{self, *};
use crate::lexer::Token;

pub(crate) use report::listed;

/// Words that, at the start of a line, continue the line before.
const CONTINUING: [&str; 7] = ["when", "except", "and", "or", "over", "because", "affects"];

/// A token that is not trivia, and what the parser must know of its surroundings.
#[derive(Clone, Copy)]
struct Significant {
    kind: SyntaxKind,
    /// Its index among all tokens.
    raw: usize,
    /// Whether it is the first on its line.
    starts_line: bool,
    /// The first one of its line.
    line: usize,
    /// How far from the start of its line the first one of the line stands.
    indent: usize,
    /// Whether it is a brace that nobody wrote and that had to be there.
    is_virtual: bool,
    /// Whether it is a `}` without a `{`.
    is_stray: bool,
}

/// The state of parsing one island.
pub(crate) struct Parser<'a> {
    file: FileId,
    source: &'a str,
    tokens: &'a [Token],
    significant: Vec<Significant>,
    at: usize,
    /// The first raw token that is not in the tree yet.
    flushed: usize,
    builder: &'a mut GreenNodeBuilder<'static>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Whether the current statement has been reported.
    failed: bool,
    /// How many brackets are open in which line ends mean nothing.
    brackets: usize,
    /// How many of them are braces of objects, in which a line may begin with a name and a colon.
    objects: usize,
    /// How many of those in this statement have not been closed: what is skipped ends behind them.
    unclosed: usize,
    /// The first token of the statement: that it starts a line ends nothing.
    first: usize,
    /// How far the line of the statement is indented: what continues it stands further right.
    indent: usize,
    depth: usize,
    /// The word before the current block of a resource: `list`.
    pub(crate) block: &'a str,
    /// Whether every line stands for itself, also one that begins with `when` or the like.
    pub(crate) has_plain_lines: bool,
    /// Every `}` without a `{`, with the first token of its line, ascending.
    strays: Vec<(usize, usize)>,
    /// The one of them that ends the current block, which has lost its `{`.
    closer: Option<usize>,
    /// The `{` in which the text ends, if it does not end between declarations.
    pub(crate) open_at_end: Option<Span>,
    /// Whether the island may run on into prose, because its fence was not closed.
    pub(crate) may_end_in_prose: bool,
    /// Where the prose begins, if it does.
    pub(crate) prose: Option<Span>,
}

impl<'a> Parser<'a> {
    pub(crate) fn new(
        file: FileId,
        source: &'a str,
        tokens: &'a [Token],
        builder: &'a mut GreenNodeBuilder<'static>,
    ) -> Parser<'a> {
        let mut parser = Parser {
            file,
            source,
            tokens,
            significant: significant(tokens),
            at: 0,
            flushed: 0,
            builder,
            diagnostics: Vec::new(),
            failed: false,
            brackets: 0,
            objects: 0,
            unclosed: 0,
            first: 0,
            indent: 0,
            depth: 0,
            block: "",
            has_plain_lines: false,
            strays: Vec::new(),
            closer: None,
            open_at_end: None,
            may_end_in_prose: false,
            prose: None,
        };
        parser.repair_braces();
        parser
    }

    // ---- looking

    pub(crate) fn kind(&self) -> SyntaxKind {
        self.nth(0)
    }

    pub(crate) fn nth(&self, ahead: usize) -> SyntaxKind {
        self.significant
            .get(self.at + ahead)
            .map_or(END, |token| token.kind)
    }

    pub(crate) fn is(&self, kind: SyntaxKind) -> bool {
        self.kind() == kind
    }

    fn text_of(&self, ahead: usize) -> &'a str {
        let token = self
            .significant
            .get(self.at + ahead)
            .filter(|token| !token.is_virtual)
            .and_then(|token| self.tokens.get(token.raw));
        token
            .and_then(|token| self.source.get(token.start..token.end))
            .unwrap_or_default()
    }

    /// The current word, or nothing if it is no word.
    pub(crate) fn word(&self) -> &'a str {
        self.nth_word(0)
    }

    pub(crate) fn nth_word(&self, ahead: usize) -> &'a str {
        if self.nth(ahead) == IDENT {
            self.text_of(ahead)
        } else {
            ""
        }
    }

    /// Whether the current token is this word and belongs to the current statement.
    pub(crate) fn is_word(&self, word: &str) -> bool {
        self.word() == word && !self.at_end()
    }

    pub(crate) fn starts_line(&self, ahead: usize) -> bool {
        self.significant
            .get(self.at + ahead)
            .is_none_or(|token| token.starts_line)
    }

    /// Whether no blank or comment stands between the token before and this one.
    pub(crate) fn is_glued(&self, ahead: usize) -> bool {
        let raw = |at: usize| self.significant.get(at).map(|token| token.raw);
        let here = self.at + ahead;
        here.checked_sub(1)
            .and_then(raw)
            .is_some_and(|before| raw(here) == Some(before + 1))
    }

    /// Whether the statement is over: its line has ended, or its separator or the block's end is here.
    pub(crate) fn at_end(&self) -> bool {
        match self.kind() {
            END => true,
            R_BRACE => !self.at_stray(),
            SEMICOLON => self.brackets == 0,
            L_BRACE => false,
            _ => self.at > self.first && self.starts_line(0) && self.begins_anew(),
        }
    }

    /// Whether a brace is here that nobody wrote: that it is missing has been reported.
    fn at_virtual(&self) -> bool {
        self.is(L_BRACE)
            && self
                .significant
                .get(self.at)
                .is_some_and(|token| token.is_virtual)
    }

    /// Whether a `}` is here that ends no block.
    fn at_stray(&self) -> bool {
        self.closer != Some(self.at) && self.significant.get(self.at).is_some_and(|token| token.is_stray)
    }

    /// The next `}` that ends no block, if it stands on this line.
    fn stray_ahead(&self) -> Option<usize> {
        let behind = self.strays.partition_point(|&(_, stray)| stray < self.at);
        let &(line, stray) = self.strays.get(behind)?;
        (line <= self.at && self.closer != Some(stray)).then_some(stray)
    }

    /// Whether the token, which starts a line, begins a statement. In brackets only a member does.
    fn begins_anew(&self) -> bool {
        let is_member = self.kind() == IDENT && self.nth(1) == COLON;
        match (self.brackets, self.objects) {
            (0, _) => is_member || !self.continues(),
            (_, 0) => is_member,
            _ => false,
        }
    }

    fn continues(&self) -> bool {
        let word = !self.has_plain_lines && CONTINUING.contains(&self.word());
        word || self.hangs_on()
    }

    /// Whether the line is indented deeper than the one in which the statement begins.
    fn is_deeper(&self) -> bool {
        let token = self.significant.get(self.at);
        token.is_some_and(|token| token.indent > self.indent)
    }

    /// Whether the line before ends unfinished, and this one is indented so as to go on with it.
    fn hangs_on(&self) -> bool {
        self.is_deeper() && self.at.checked_sub(1).is_some_and(|before| self.is_open(before))
    }

    /// Whether the token leaves its statement visibly unfinished.
    fn is_open(&self, at: usize) -> bool {
        let kind = self.significant.get(at).map_or(END, |token| token.kind);
        matches!(
            kind,
            COMMA | EQ | EQ_EQ | NOT_EQ | LESS | LESS_EQ | GREATER | GREATER_EQ | ARROW | PLUS | MINUS
        )
    }

    // ---- places

    pub(crate) fn span(&self) -> Span {
        self.span_of(self.at)
    }

    fn span_of(&self, at: usize) -> Span {
        let significant = self.significant.get(at);
        let token = significant.and_then(|token| self.tokens.get(token.raw));
        let end = self.tokens.last().map_or(0, |token| token.end);
        let range = match (token, significant) {
            (Some(token), Some(brace)) if brace.is_virtual => token.start..token.start,
            (Some(token), _) => token.start..token.end,
            (None, _) => end..end,
        };
        crate::span(self.file, range)
    }

    /// The place just behind the last token that was read.
    pub(crate) fn span_behind(&self) -> Span {
        self.at
            .checked_sub(1)
            .map_or_else(|| self.span().before(), |before| self.span_of(before).after())
    }

    /// The place of the current token, or where it would have to stand if the statement is over.
    pub(crate) fn place(&self) -> Span {
        let same_line = matches!(self.kind(), R_BRACE | SEMICOLON) && !self.starts_line(0);
        if self.at_end() && !same_line {
            self.span_behind()
        } else {
            self.span()
        }
    }
}

fn significant(tokens: &[Token]) -> Vec<Significant> {
    let mut found: Vec<Significant> = Vec::new();
    let mut starts_line = true;
    let mut line_start = tokens.first().map_or(0, |token| token.start);
    let (mut line, mut indent) = (0, 0);
    for (raw, token) in tokens.iter().enumerate() {
        match token.kind {
            NEWLINE => (starts_line, line_start) = (true, token.end),
            PREFIX => line_start = token.end,
            UNKNOWN => {}
            kind if kind.is_trivia() => {}
            kind => {
                if starts_line {
                    (line, indent) = (found.len(), token.start.saturating_sub(line_start));
                }
                found.push(Significant {
                    kind,
                    raw,
                    starts_line,
                    line,
                    indent,
                    is_virtual: false,
                    is_stray: false,
                });
                starts_line = false;
            }
        }
    }
    found
}
