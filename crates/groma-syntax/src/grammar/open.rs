//! Questions and decisions.

use super::names::{path, paths, separated, string};
use super::terms::cond;
use crate::kind::SyntaxKind::*;
use crate::parser::Parser;

/// Words that end an answer in words.
const ENDINGS: [&str; 4] = ["over", "because", "on", "affects"];

pub(super) fn question(p: &mut Parser<'_>) {
    p.node(QUESTION, |p| {
        p.bump_keyword();
        string(p, "the question in quotes");
        p.expect_word("affects");
        paths(p, "what the question is about");
        p.expect_word("default");
        value(p);
    });
}

pub(super) fn decision(p: &mut Parser<'_>) {
    p.node(DECISION, |p| {
        p.bump_keyword();
        path(p, "what was decided");
        p.expect(EQ, "`=`");
        value(p);
        if p.eat_word("over") {
            separated(p, |p| {
                value(p);
                !p.has_failed()
            });
        }
        // Only a reason is quoted, so that a misspelt `because` is known by what follows it.
        if p.is_word("because") || p.is(IDENT) && p.nth(1) == STRING && !p.at_end() {
            p.expect_word("because");
            string(p, "the reason in quotes");
        }
        if p.eat_word("on") {
            date(p);
        }
    });
}

fn date(p: &mut Parser<'_>) {
    if p.is(DATE) && !p.at_end() {
        p.node(DATE_TERM, Parser::bump);
    } else {
        p.expected("a date such as `2026-11-21`");
    }
}

/// Words such as `set null`, or a value.
fn value(p: &mut Parser<'_>) {
    p.node(ANSWER_VALUE, |p| {
        if !p.is(IDENT) || p.at_end() || !ends_word(p) {
            return cond(p);
        }
        p.node(WORDS, |p| {
            p.bump();
            while p.is(IDENT) && !p.at_end() && !ends_answer(p) {
                p.bump();
            }
        });
    });
}

fn ends_answer(p: &Parser<'_>) -> bool {
    ENDINGS.contains(&p.word()) || p.nth(1) == STRING
}

/// Whether what follows the word is no part of a term.
fn ends_word(p: &Parser<'_>) -> bool {
    p.starts_line(1) || matches!(p.nth(1), IDENT | COMMA | SEMICOLON | R_BRACE | END)
}
