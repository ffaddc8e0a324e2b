//! Signs of other languages: reported, and read as what they stand for where that is plain.

use groma_diag::{Diagnostic, Edit};

use super::{Lexer, is_blank, is_word, punctuation, run};
use crate::kind::SyntaxKind::*;
use crate::rules;

impl Lexer<'_> {
    /// Text in quotes of another kind is read as text, and reported once.
    pub(super) fn foreign_string(&mut self, rest: &str, open: char) {
        let closers: &[char] = match open {
            '\'' => &['\''],
            _ => &['\u{2019}', '\u{2018}', '\u{201C}', '\u{201D}', '"'],
        };
        let body = rest.get(open.len_utf8()..).unwrap_or_default();
        let stop = body.find(|char| char == '\n' || closers.contains(&char));
        let (inner, tail) = body.split_at(stop.unwrap_or(body.len()));
        let Some(closer) = tail.chars().next().filter(|&char| char != '\n') else {
            return self.unknown(rest);
        };
        let len = open.len_utf8() + inner.len() + closer.len_utf8();
        let span = self.span(0..len);
        let straight = format!("\"{}\"", inner.replace('\\', "\\\\").replace('"', "\\\""));
        let found = Diagnostic::new(
            &rules::UNKNOWN_CHARACTER,
            span,
            "texts stand in straight double quotes",
        )
        .fix("use straight double quotes", [Edit::replace(span, straight)]);
        self.report(found);
        self.push(STRING, len);
    }

    /// `&&` and `||` are read as the words that they stand for.
    pub(super) fn foreign_operator(&mut self, rest: &str, first: char) {
        let len = run(rest, |char| char == first);
        let word = if first == '&' { "and" } else { "or" };
        let span = self.span(0..len);
        let message = format!(
            "`{}` is not of this language",
            rest.get(..len).unwrap_or_default()
        );
        let found = Diagnostic::new(&rules::UNKNOWN_CHARACTER, span, message)
            .help(format!("conditions are joined by the word `{word}`"))
            .fix(
                format!("write `{word}`"),
                [Edit::replace(span, format!(" {word} "))],
            );
        self.report(found);
        self.push(IDENT, len);
    }

    pub(super) fn unknown(&mut self, rest: &str) {
        let first = rest.chars().next().unwrap_or_default();
        let known = |char: char| {
            is_blank(char) || is_word(char) || matches!(char, '\n' | '#' | '"' | '\'' | '&' | '|')
        };
        let more = rest.char_indices().skip(1);
        let end = more
            .into_iter()
            .find(|&(at, char)| known(char) || rest.get(at..).and_then(punctuation).is_some());
        let len = end.map_or(rest.len(), |(at, _)| at);
        let shown: String = rest
            .get(..len)
            .unwrap_or_default()
            .chars()
            .take(20)
            .map(printable)
            .collect::<Vec<_>>()
            .concat();
        let found = Diagnostic::new(
            &rules::UNKNOWN_CHARACTER,
            self.span(0..len),
            format!("`{shown}` is not of this language"),
        )
        .help(match first {
            '!' => "write `not` before a condition, `!=` between two values",
            '`' => "code in a fence stands without backticks",
            _ => "remove it, or put it into a comment or a quoted text",
        });
        self.report(found);
        self.push(UNKNOWN, len);
    }
}

/// A character as a message shows it: by its number if nobody would see it, or it would turn the line around.
fn printable(char: char) -> String {
    let is_unseen = char.is_control()
        || matches!(
            char,
            '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0000}'..='\u{E007F}'
        );
    if is_unseen {
        format!("U+{:04X}", u32::from(char))
    } else {
        char.to_string()
    }
}
