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

use groma_diag::{Diagnostic, Edit, FileId, RuleInfo, Span, nearest};
use rowan::{Checkpoint, GreenNodeBuilder, Language};

use crate::kind::{Groma, SyntaxKind, SyntaxKind::*};
use crate::lexer::Token;
use crate::rules;

/// How deep parentheses, lists, objects and types may nest.
const DEEPEST: usize = 64;

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
    /// How far from the start of its line it stands, if it is the first there.
    indent: usize,
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
    /// The first token of the statement: that it starts a line ends nothing.
    first: usize,
    depth: usize,
    /// A brace whose partner is indented otherwise: the likely place of one that is missing.
    suspect: Option<Span>,
    /// The brace that was still open at the end.
    pub(crate) unclosed: Option<Span>,
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
        Parser {
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
            first: 0,
            depth: 0,
            suspect: None,
            unclosed: None,
            may_end_in_prose: false,
            prose: None,
        }
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
            END | R_BRACE => true,
            SEMICOLON => self.brackets == 0,
            L_BRACE => false,
            _ => self.brackets == 0 && self.at > self.first && self.starts_line(0) && !self.continues(),
        }
    }

    fn continues(&self) -> bool {
        if self.nth(1) == COLON {
            return false;
        }
        CONTINUING.contains(&self.word()) || self.at.checked_sub(1).is_some_and(|before| self.is_open(before))
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
        let token = self
            .significant
            .get(at)
            .and_then(|token| self.tokens.get(token.raw));
        let end = self.tokens.last().map_or(0, |token| token.end);
        token.map_or_else(
            || crate::span(self.file, end..end),
            |token| crate::span(self.file, token.start..token.end),
        )
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

    // ---- building

    pub(crate) fn start(&mut self, kind: SyntaxKind) {
        self.flush();
        self.builder.start_node(Groma::kind_to_raw(kind));
    }

    pub(crate) fn finish(&mut self) {
        self.builder.finish_node();
    }

    pub(crate) fn checkpoint(&mut self) -> Checkpoint {
        self.flush();
        self.builder.checkpoint()
    }

    pub(crate) fn start_at(&mut self, checkpoint: Checkpoint, kind: SyntaxKind) {
        self.builder.start_node_at(checkpoint, Groma::kind_to_raw(kind));
    }

    /// A node around what `inside` reads.
    pub(crate) fn node(&mut self, kind: SyntaxKind, inside: impl FnOnce(&mut Self)) {
        self.start(kind);
        inside(self);
        self.finish();
    }

    /// Moves the trivia before the current token into the tree.
    pub(crate) fn flush(&mut self) {
        let upto = self
            .significant
            .get(self.at)
            .map_or(self.tokens.len(), |token| token.raw);
        while self.flushed < upto {
            self.push_raw(None);
        }
    }

    fn push_raw(&mut self, kind: Option<SyntaxKind>) {
        if let Some(token) = self.tokens.get(self.flushed) {
            let text = self.source.get(token.start..token.end).unwrap_or_default();
            self.builder
                .token(Groma::kind_to_raw(kind.unwrap_or(token.kind)), text);
        }
        self.flushed += 1;
    }

    fn bump_as(&mut self, kind: Option<SyntaxKind>) {
        if self.at < self.significant.len() {
            self.flush();
            self.push_raw(kind);
            self.at += 1;
        }
    }

    pub(crate) fn bump(&mut self) {
        self.bump_as(None);
    }

    pub(crate) fn bump_keyword(&mut self) {
        self.bump_as(Some(KEYWORD));
    }

    pub(crate) fn eat(&mut self, kind: SyntaxKind) -> bool {
        let here = self.is(kind) && !self.at_end();
        if here {
            self.bump();
        }
        here
    }

    pub(crate) fn eat_word(&mut self, word: &str) -> bool {
        let here = self.is_word(word);
        if here {
            self.bump_keyword();
        }
        here
    }

    /// Reads the token, or reports that it is missing.
    pub(crate) fn expect(&mut self, kind: SyntaxKind, shown: &str) -> bool {
        let found = self.eat(kind);
        if !found {
            self.expected(shown);
        }
        found
    }

    pub(crate) fn expect_word(&mut self, word: &str) -> bool {
        let found = self.eat_word(word);
        if !found {
            self.expected(&format!("`{word}`"));
        }
        found
    }

    /// Reads what stands between brackets, in which line ends mean nothing.
    pub(crate) fn bracketed(&mut self, close: SyntaxKind, shown: &str, inside: impl FnOnce(&mut Self)) {
        self.bump();
        self.brackets += 1;
        inside(self);
        let closed = self.is(close);
        if closed {
            self.bump();
        }
        self.brackets -= 1;
        if !closed {
            self.expected(shown);
        }
    }

    /// Runs `inside` one level deeper, or reports that this is too deep.
    pub(crate) fn deeper(&mut self, inside: impl FnOnce(&mut Self)) {
        if self.depth >= DEEPEST {
            let found = Diagnostic::new(
                &rules::NESTING_TOO_DEEP,
                self.span(),
                format!("this nests deeper than {DEEPEST} levels"),
            )
            .help("split it into several statements");
            self.fail(found);
            return;
        }
        self.depth += 1;
        inside(self);
        self.depth -= 1;
    }

    // ---- reporting

    /// Reports the statement, unless that has been done.
    pub(crate) fn fail(&mut self, diagnostic: Diagnostic) {
        if !self.failed {
            self.diagnostics.push(diagnostic);
        }
        self.failed = true;
    }

    /// Reports something after which the statement can be read on.
    pub(crate) fn report(&mut self, diagnostic: Diagnostic) {
        if !self.failed {
            self.diagnostics.push(diagnostic);
        }
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.failed
    }

    /// Reports that something else had to stand here.
    pub(crate) fn expected(&mut self, what: &str) {
        let message = format!("expected {what}, found {}", self.found());
        let found = Diagnostic::new(&rules::UNEXPECTED_TOKEN, self.place(), message);
        self.fail(found);
    }

    /// What stands here, in words.
    pub(crate) fn found(&self) -> String {
        match self.kind() {
            END => "the end of the text".to_owned(),
            SEMICOLON | R_BRACE if !self.starts_line(0) => format!("`{}`", self.text_of(0)),
            _ if self.at_end() => "the end of the line".to_owned(),
            _ => format!("`{}`", self.text_of(0)),
        }
    }

    /// Reports a word that the place does not know; gives the one that was probably meant.
    pub(crate) fn unknown_word(&mut self, what: &str, known: &[&'static str]) -> Option<&'static str> {
        let word = self.word();
        let meant = nearest(word, known.iter().copied())
            .and_then(|meant| known.iter().copied().find(|k| *k == meant));
        let span = self.span();
        let found = Diagnostic::new(&rules::UNKNOWN_WORD, span, format!("there is no {what} `{word}`"));
        self.report(match meant {
            Some(meant) => found.suggestion(format!("write `{meant}`"), [Edit::replace(span, meant)]),
            None => found.help(format!("it can be {}", listed(known))),
        });
        self.failed |= meant.is_none();
        meant
    }

    /// A finding of this rule at the current token.
    pub(crate) fn finding(&self, rule: &RuleInfo, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(rule, self.span(), message)
    }

    // ---- statements and blocks

    /// Reads the statements of a block in braces; the cursor stands on the `{`.
    pub(crate) fn block(&mut self, item: fn(&mut Self)) {
        let open = self.at;
        let (first, brackets) = (self.first, std::mem::take(&mut self.brackets));
        self.bump();
        self.statements(item);
        self.close(open);
        (self.first, self.brackets) = (first, brackets);
        self.failed = false;
    }

    fn statements(&mut self, item: fn(&mut Self)) {
        loop {
            while matches!(self.kind(), SEMICOLON) {
                self.bump();
            }
            if matches!(self.kind(), R_BRACE | END) || self.at_declaration() {
                return;
            }
            self.statement(item);
        }
    }

    /// Reads one statement and what is wrong behind it; always moves on.
    pub(crate) fn statement(&mut self, item: fn(&mut Self)) {
        self.failed = false;
        self.first = self.at;
        let before = self.at;
        item(self);
        self.end_statement();
        if self.at == before {
            self.node(ERROR, Self::bump);
        }
    }

    /// Says that the current token belongs to the statement, also at the start of a line.
    pub(crate) fn continue_statement(&mut self) {
        self.first = self.at;
    }

    fn end_statement(&mut self) {
        if self.at_end() || self.may_follow_directly() {
            return;
        }
        self.expected("the end of the line or `;`");
        self.skip_statement();
    }

    /// Behind a block on the same line the next statement may begin at once, and a `,` may join two.
    fn may_follow_directly(&self) -> bool {
        let before = self
            .at
            .checked_sub(1)
            .and_then(|before| self.significant.get(before));
        !self.failed && before.is_some_and(|token| matches!(token.kind, R_BRACE | COMMA)) && self.is(IDENT)
    }

    /// Takes what is left of the statement, blocks included, into an error node.
    pub(crate) fn skip_statement(&mut self) {
        self.skip(Parser::at_end);
    }

    /// Takes what is left of the head of a block, so that the block itself is read.
    pub(crate) fn skip_to_block(&mut self) {
        if !self.is(L_BRACE) {
            self.skip(|parser| parser.at_end() || parser.is(L_BRACE));
        }
    }

    fn skip(&mut self, stop: fn(&Self) -> bool) {
        self.brackets = 0;
        if stop(self) {
            return;
        }
        self.start(ERROR);
        let mut braces = 0_usize;
        while !(self.is(END) || self.at_declaration() || braces == 0 && stop(self)) {
            match self.kind() {
                L_BRACE => braces += 1,
                R_BRACE => braces = braces.saturating_sub(1),
                _ => {}
            }
            self.bump();
        }
        self.finish();
    }

    fn close(&mut self, open: usize) {
        if self.is(R_BRACE) {
            self.note_indentation(open);
            self.bump();
        } else if self.unclosed.is_none() {
            self.unclosed = Some(self.suspect.unwrap_or_else(|| self.span_of(open)));
        }
    }

    /// A `}` at the start of a line that stands otherwise than the line of its `{` hints at one that is missing.
    fn note_indentation(&mut self, open: usize) {
        let head = self
            .significant
            .get(..=open)
            .and_then(|before| before.iter().rev().find(|token| token.starts_line));
        let here = self.significant.get(self.at).filter(|token| token.starts_line);
        if let (Some(head), Some(here), None) = (head, here, self.suspect)
            && head.indent > here.indent
        {
            self.suspect = Some(self.span_of(open));
        }
    }

    /// Whether a declaration begins here, so that blocks still open have lost their `}`.
    pub(crate) fn at_declaration(&self) -> bool {
        crate::grammar::is_declaration(self.word())
            && self.starts_line(0)
            && !self.starts_line(1)
            && matches!(self.nth(1), IDENT | L_BRACE | SLASH | STRING)
    }
}

fn significant(tokens: &[Token]) -> Vec<Significant> {
    let mut found = Vec::new();
    let mut starts_line = true;
    let mut line_start = 0;
    for (raw, token) in tokens.iter().enumerate() {
        match token.kind {
            NEWLINE => (starts_line, line_start) = (true, token.end),
            PREFIX => line_start = token.end,
            UNKNOWN => {}
            kind if kind.is_trivia() => {}
            kind => {
                let indent = token.start.saturating_sub(line_start);
                found.push(Significant {
                    kind,
                    raw,
                    starts_line,
                    indent,
                });
                starts_line = false;
            }
        }
    }
    found
}

/// `a`, `b` or `c`.
pub(crate) fn listed(words: &[&str]) -> String {
    let mut out = String::new();
    for (at, word) in words.iter().enumerate() {
        let joint = match at {
            0 => "",
            _ if at + 1 == words.len() => " or ",
            _ => ", ",
        };
        out.push_str(joint);
        out.push('`');
        out.push_str(word);
        out.push('`');
    }
    out
}
