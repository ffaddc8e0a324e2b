//! The service and how callers are known: words with values.

use groma_diag::Edit;

use super::clauses;
use super::names::{name, number, path, route, string};
use super::resources::{OPERATION_WORDS, operations};
use super::terms::hole;
use crate::kind::SyntaxKind::*;
use crate::parser::{Parser, listed};
use crate::rules;

const ITEMS: [&str; 19] = [
    "title",
    "version",
    "description",
    "base",
    "cors",
    "limits",
    "errors",
    "database",
    "denied",
    "json",
    "page",
    "sort",
    "as",
    "list",
    "create",
    "read",
    "update",
    "replace",
    "delete",
];
const CORS: [&str; 5] = ["origins", "credentials", "headers", "methods", "age"];
const LIMITS: [&str; 2] = ["body", "rate"];
const ERRORS: [&str; 3] = ["validation", "denied", "body"];
const DATABASE: [&str; 1] = ["row_security"];

pub(super) fn service(p: &mut Parser<'_>) {
    p.node(SERVICE, |p| {
        p.bump_keyword_once();
        if p.is(IDENT) && !p.at_end() {
            name(p, "the name of the service");
        }
        super::body(p, service_item);
    });
}

fn service_item(p: &mut Parser<'_>) {
    match p.word() {
        "" => p.expected("a setting"),
        word if ITEMS.contains(&word) => known_service_item(p, word),
        _ => match p.unknown_word("setting of a service", &ITEMS) {
            Some(meant) => known_service_item(p, meant),
            None => p.skip_statement(),
        },
    }
}

fn known_service_item(p: &mut Parser<'_>, word: &str) {
    match word {
        "title" | "version" | "description" => p.node(TEXT_SETTING, |p| {
            p.bump_keyword();
            string(p, "a text in quotes");
        }),
        "base" => p.node(BASE, |p| {
            p.bump_keyword();
            if p.is(STRING) {
                string(p, "a path");
            } else if p.is(IDENT) && !p.at_end() {
                base_without_slash(p);
            } else {
                route(p);
            }
        }),
        "cors" => group(p, &CORS),
        "limits" => group(p, &LIMITS),
        "errors" => group(p, &ERRORS),
        "database" => group(p, &DATABASE),
        "denied" => denied(p),
        "json" => p.node(JSON_STYLE, |p| {
            p.bump_keyword();
            name(p, "`camel` or `snake`");
        }),
        word if OPERATION_WORDS.contains(&word) => operations(p),
        word => clauses::known(p, word),
    }
}

fn base_without_slash(p: &mut Parser<'_>) {
    let (word, span) = (p.word(), p.span());
    let found = p
        .finding(
            &rules::UNEXPECTED_TOKEN,
            format!("expected a path such as `/api`, found `{word}`"),
        )
        .suggestion(format!("write `/{word}`"), [Edit::before(span, "/")]);
    p.fail(found);
}

fn denied(p: &mut Parser<'_>) {
    p.node(DENIED, |p| {
        p.bump_keyword();
        number(p, "a status");
        if p.eat_word("when") {
            p.expect_word("unreadable");
        }
    });
}

/// Settings by name, with or without commas between.
fn group(p: &mut Parser<'_>, known: &'static [&'static str]) {
    p.node(SETTING_GROUP, |p| {
        p.bump_keyword();
        settings(p, known);
    });
}

fn settings(p: &mut Parser<'_>, known: &'static [&'static str]) {
    loop {
        if is_setting(p, known) || p.is(IDENT) && !p.at_end() && p.unknown_word("setting", known).is_some() {
            setting(p, known);
        } else {
            p.expected(&listed(known));
        }
        let comma = p.eat(COMMA);
        if p.has_failed() || !comma && p.at_end() {
            return;
        }
    }
}

/// A name and its values with commas between; some have none.
pub(super) fn setting(p: &mut Parser<'_>, known: &'static [&'static str]) {
    p.node(SETTING, |p| {
        p.bump_keyword_once();
        if p.at_end() || p.is(COMMA) || is_setting(p, known) {
            return;
        }
        value(p);
        while !p.has_failed() && p.is(COMMA) && !begins_setting(p, known) {
            p.bump();
            value(p);
        }
    });
}

/// Whether a setting follows the comma: a known one, or a word with a value behind it.
fn begins_setting(p: &Parser<'_>, known: &'static [&'static str]) -> bool {
    let word = p.nth_word(1);
    let has_value = !p.starts_line(2) && !matches!(p.nth(2), COMMA | SEMICOLON | R_BRACE | END);
    known.contains(&word)
        || !word.is_empty() && word != "env" && has_value && !is_setting_word(p.nth_word(2), known)
}

fn is_setting_word(word: &str, known: &'static [&'static str]) -> bool {
    known.contains(&word)
}

pub(super) fn is_setting(p: &Parser<'_>, known: &'static [&'static str]) -> bool {
    known.contains(&p.word()) && !p.at_end()
}

fn value(p: &mut Parser<'_>) {
    match p.kind() {
        STRING => string(p, "a text"),
        INT if p.nth(1) == SLASH => rate(p),
        INT | DECIMAL => p.node(NUMBER_TERM, Parser::bump),
        DURATION => p.node(DURATION_TERM, Parser::bump),
        SIZE => p.node(SIZE_TERM, Parser::bump),
        STAR => p.node(ANY, Parser::bump),
        SLASH => route(p),
        IDENT if p.word() == "TBD" => hole(p),
        IDENT if p.word() == "env" && p.nth(1) == IDENT && !p.starts_line(1) => p.node(ENV, |p| {
            p.bump_keyword();
            name(p, "the name of a variable");
        }),
        IDENT => {
            name(p, "a word");
        }
        _ => p.expected("a value"),
    }
}

/// `120/min per caller`.
pub(super) fn rate(p: &mut Parser<'_>) {
    if p.is_word("TBD") {
        return hole(p);
    }
    p.node(RATE, |p| {
        number(p, "a rate such as `120/min`");
        if p.expect(SLASH, "`/` and a unit, as in `120/min`") {
            name(p, "a unit: `s`, `min`, `h` or `day`");
        }
        if p.eat_word("per") {
            path(p, "for whom: `caller` or `address`");
        }
    });
}
