//! Finds `##` comments that describe nothing.

use groma_diag::{Diagnostic, FileId};

use crate::kind::SyntaxKind;
use crate::lexer::Token;
use crate::rules;

/// One warning for each run of `##` comments with no member or declaration to describe.
pub(crate) fn idle(file: FileId, tokens: &[Token]) -> Vec<Diagnostic> {
    let mut scan = Scan {
        file,
        found: Vec::new(),
        waiting: None,
        last: SyntaxKind::L_BRACE,
        starts_line: true,
    };
    for token in tokens {
        scan.token(*token);
    }
    scan.give_up();
    scan.found
}

struct Scan {
    file: FileId,
    found: Vec<Diagnostic>,
    /// The comments that wait for what they describe.
    waiting: Option<(usize, usize)>,
    /// The last token that is not trivia, on this line.
    last: SyntaxKind,
    /// Whether nothing but blanks stands on this line so far.
    starts_line: bool,
}

impl Scan {
    fn token(&mut self, token: Token) {
        match token.kind {
            SyntaxKind::NEWLINE => self.newline(),
            SyntaxKind::DOC_COMMENT => self.comment(token),
            SyntaxKind::COMMENT => self.starts_line = false,
            kind if kind.is_trivia() => {}
            SyntaxKind::R_BRACE => self.significant(token.kind, true),
            kind => self.significant(kind, false),
        }
    }

    /// A blank line ends a description.
    fn newline(&mut self) {
        if self.starts_line {
            self.give_up();
        }
        (self.starts_line, self.last) = (true, SyntaxKind::L_BRACE);
    }

    /// Behind something on its line a comment describes that; else it waits.
    fn comment(&mut self, token: Token) {
        if self.starts_line || self.last == SyntaxKind::L_BRACE {
            let start = self.waiting.map_or(token.start, |(start, _)| start);
            self.waiting = Some((start, token.end));
        }
        self.starts_line = false;
    }

    fn significant(&mut self, kind: SyntaxKind, closes: bool) {
        if closes {
            self.give_up();
        }
        (self.waiting, self.last, self.starts_line) = (None, kind, false);
    }

    fn give_up(&mut self) {
        if let Some((start, end)) = self.waiting.take() {
            let span = crate::span(self.file, start..end);
            let found = Diagnostic::new(
                &rules::IDLE_DOC_COMMENT,
                span,
                "this `##` comment describes nothing",
            )
            .help("put it right above the member or declaration that it describes, or write `#`");
            self.found.push(found);
        }
    }
}
