//! Conditions, terms and holes.

use groma_diag::{Diagnostic, Edit, Span};

use super::names::{name, path, separated};
use crate::kind::SyntaxKind::{self, *};
use crate::parser::Parser;
use crate::rules;

/// A condition, with its keyword.
pub(super) fn when(p: &mut Parser<'_>) {
    if p.is_word("when") {
        p.node(WHEN, |p| {
            p.bump_keyword();
            cond(p);
        });
    }
}

/// A condition; a term is one too.
pub(super) fn cond(p: &mut Parser<'_>) {
    p.deeper(or);
}

fn or(p: &mut Parser<'_>) {
    let start = p.checkpoint();
    let mut groups = Vec::new();
    groups.extend(conjunction(p));
    if !at_or(p) {
        return;
    }
    p.start_at(start, OR);
    while at_or(p) {
        p.bump_joint();
        groups.extend(conjunction(p));
    }
    p.finish();
    mixed_and_or(p, &groups);
}

/// One operand of `or`; gives its range if it is an `and`.
fn conjunction(p: &mut Parser<'_>) -> Option<Span> {
    let start = p.checkpoint();
    let first = p.span();
    negation(p);
    if !at_and(p) {
        return None;
    }
    p.start_at(start, AND);
    while at_and(p) {
        p.bump_joint();
        negation(p);
    }
    p.finish();
    Some(first.cover(p.span_behind()))
}

fn at_and(p: &Parser<'_>) -> bool {
    p.is_word("and") || p.word().starts_with('&')
}

fn at_or(p: &Parser<'_>) -> bool {
    p.is_word("or") || p.word().starts_with('|')
}

fn mixed_and_or(p: &mut Parser<'_>, groups: &[Span]) {
    let Some(&first) = groups.first() else { return };
    let edits: Vec<Edit> = groups
        .iter()
        .flat_map(|&group| [Edit::before(group, "("), Edit::after(group, ")")])
        .collect();
    let found = Diagnostic::new(
        &rules::MIXED_AND_OR,
        first,
        "`and` and `or` are mixed without parentheses",
    )
    .help("say with parentheses which belong together")
    .suggestion("put the `and` into parentheses", edits);
    p.report(found);
}

fn negation(p: &mut Parser<'_>) {
    if !p.is_word("not") {
        return comparison(p);
    }
    p.node(NOT, |p| {
        p.bump_keyword();
        p.deeper(negation);
    });
}

fn comparison(p: &mut Parser<'_>) {
    let start = p.checkpoint();
    sum(p);
    if is_comparison(p.kind()) && !p.at_end() {
        p.start_at(start, COMPARE);
        single_equals(p);
        p.bump();
        sum(p);
        p.finish();
    } else if p.is_word("in") || p.is_word("not") && p.nth_word(1) == "in" {
        p.start_at(start, IN);
        p.eat_word("not");
        p.bump_keyword();
        if p.is(L_PAREN) {
            choices(p);
        } else {
            sum(p);
        }
        p.finish();
    }
}

fn is_comparison(kind: SyntaxKind) -> bool {
    matches!(kind, EQ | EQ_EQ | NOT_EQ | LESS | LESS_EQ | GREATER | GREATER_EQ)
}

/// `=` where `==` is meant; the condition is read on.
fn single_equals(p: &mut Parser<'_>) {
    if p.is(EQ) {
        let found = p.finding(&rules::UNEXPECTED_TOKEN, "values are compared by `==`");
        let span = p.span();
        p.report(found.fix("write `==`", [Edit::replace(span, "==")]));
    }
}

/// `(a, b)` behind `in`.
fn choices(p: &mut Parser<'_>) {
    p.node(LIST, |p| elements(p, R_PAREN, "`)`"));
}

fn elements(p: &mut Parser<'_>, close: SyntaxKind, shown: &str) {
    p.bracketed(close, shown, |p| {
        while !p.is(close) && !p.has_failed() {
            p.deeper(term);
            if !p.eat(COMMA) {
                return;
            }
        }
    });
}

/// A value: a term with `+` and `-`.
pub(super) fn term(p: &mut Parser<'_>) {
    sum(p);
}

fn sum(p: &mut Parser<'_>) {
    let start = p.checkpoint();
    primary(p);
    if !at_sign(p) {
        return;
    }
    p.start_at(start, ARITHMETIC);
    while at_sign(p) {
        p.bump();
        primary(p);
    }
    p.finish();
}

fn at_sign(p: &Parser<'_>) -> bool {
    matches!(p.kind(), PLUS | MINUS) && !p.at_end()
}

fn primary(p: &mut Parser<'_>) {
    if p.at_end() {
        return p.expected("a value");
    }
    match p.kind() {
        INT | DECIMAL => p.node(NUMBER_TERM, Parser::bump),
        STRING => p.node(STRING_TERM, Parser::bump),
        DATE | TIME | DATETIME => p.node(DATE_TERM, Parser::bump),
        DURATION => p.node(DURATION_TERM, Parser::bump),
        SIZE => p.node(SIZE_TERM, Parser::bump),
        L_BRACKET => p.node(LIST, |p| elements(p, R_BRACKET, "`]`")),
        L_BRACE => object(p),
        L_PAREN => p.node(PAREN, |p| p.bracketed(R_PAREN, "`)`", cond)),
        MINUS => p.node(NEGATIVE, |p| {
            p.bump();
            p.deeper(primary);
        }),
        IDENT => word(p),
        _ => p.expected("a value"),
    }
}

fn word(p: &mut Parser<'_>) {
    let node = match p.word() {
        "TBD" => return hole(p),
        "now" => NOW_TERM,
        "none" => NONE_TERM,
        "caller" => CALLER_TERM,
        "true" | "false" => BOOL_TERM,
        _ => return path_or_call(p),
    };
    if p.nth(1) == DOT {
        return path_or_call(p);
    }
    p.node(node, Parser::bump_keyword);
}

fn path_or_call(p: &mut Parser<'_>) {
    if p.nth(1) == L_PAREN && p.is_glued(1) {
        return call(p);
    }
    path(p, "a name");
}

fn call(p: &mut Parser<'_>) {
    p.node(CALL, |p| {
        name(p, "a function");
        p.bracketed(R_PAREN, "`)`", |p| {
            if !p.is(R_PAREN) {
                separated(p, |p| {
                    cond(p);
                    !p.has_failed()
                });
            }
        });
    });
}

/// `{ a: b, c: d }`.
pub(super) fn object(p: &mut Parser<'_>) {
    p.node(OBJECT, |p| {
        p.bracketed(R_BRACE, "`}`", |p| {
            while p.is(IDENT) && !p.has_failed() {
                p.deeper(pair);
                if !p.eat(COMMA) && !p.eat(SEMICOLON) {
                    return;
                }
            }
        });
    });
}

fn pair(p: &mut Parser<'_>) {
    p.node(PAIR, |p| {
        name(p, "a name");
        if p.expect(COLON, "`:`") {
            cond(p);
        }
    });
}

/// `TBD` with a provisional term in parentheses.
pub(super) fn hole(p: &mut Parser<'_>) {
    hole_of(p, cond);
}

/// `TBD` with whatever the place takes in its parentheses.
pub(super) fn hole_of(p: &mut Parser<'_>, provisional: fn(&mut Parser<'_>)) {
    p.node(HOLE, |p| {
        p.bump_keyword();
        if p.is(L_PAREN) && !p.at_end() {
            p.bracketed(R_PAREN, "`)`", |p| p.deeper(provisional));
        }
    });
}
