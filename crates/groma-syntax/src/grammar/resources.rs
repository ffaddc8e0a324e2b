//! Resources: their operations, actions and reports.

use super::clauses;
use super::names::{name, path, paths, route};
use super::terms::when;
use crate::kind::SyntaxKind::{self, *};
use crate::parser::Parser;

/// The operations that a resource may have.
pub(super) const OPERATION_WORDS: [&str; 8] = [
    "list", "create", "read", "update", "replace", "delete", "shares", "members",
];

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];
const FUNCTIONS: [&str; 5] = ["count", "sum", "avg", "min", "max"];

pub(super) fn resource(p: &mut Parser<'_>) {
    p.node(RESOURCE, |p| {
        p.bump_keyword_once();
        route(p);
        p.expect_word("for");
        path(p, "the entity that the resource serves");
        if p.eat_word("by") {
            name(p, "the field in the path");
        }
        public(p);
        super::optional_body(p, item);
    });
}

fn public(p: &mut Parser<'_>) {
    if p.is_word("public") {
        p.node(PUBLIC, Parser::bump_keyword);
    }
}

fn item(p: &mut Parser<'_>) {
    match p.word() {
        "" => p.expected("an operation, `action` or `report`"),
        "action" => action(p),
        "report" => report(p),
        word if OPERATION_WORDS.contains(&word) => operations(p),
        word if clauses::is_known(word) => clauses::known(p, word),
        _ => misspelt(p),
    }
}

fn misspelt(p: &mut Parser<'_>) {
    const ALL: [&str; 10] = [
        "list", "create", "read", "update", "replace", "delete", "shares", "members", "action", "report",
    ];
    match p.unknown_word("operation", &ALL) {
        Some("action") => action(p),
        Some("report") => report(p),
        Some(_) => operations(p),
        // What may stand in the block of something unknown is not known either.
        None => p.skip_statement(),
    }
}

/// `create, update public { .. }`; what stands behind the block after a comma is the next item.
pub(super) fn operations(p: &mut Parser<'_>) {
    p.node(SyntaxKind::OPERATIONS, |p| {
        p.block = p.word();
        name(p, "an operation");
        while p.is(COMMA) && p.nth(1) == IDENT && !matches!(p.nth_word(1), "action" | "report") {
            p.bump();
            operation(p);
        }
        public(p);
        super::optional_block(p, clauses::clause);
    });
    if p.is(COMMA) && p.nth(1) == IDENT {
        p.bump();
    }
}

fn operation(p: &mut Parser<'_>) {
    if !OPERATION_WORDS.contains(&p.word()) {
        p.unknown_word("operation", &OPERATION_WORDS);
    }
    name(p, "an operation");
}

fn action(p: &mut Parser<'_>) {
    p.node(ACTION, |p| {
        p.block = "action";
        p.bump_keyword();
        name(p, "the name of the action");
        at(p);
        public(p);
        super::optional_block(p, clauses::clause);
    });
}

fn report(p: &mut Parser<'_>) {
    p.node(REPORT, |p| {
        p.block = "report";
        p.bump_keyword();
        name(p, "the name of the report");
        at(p);
        public(p);
        super::optional_block(p, measure_or_clause);
    });
}

fn at(p: &mut Parser<'_>) {
    if !p.is_word("at") {
        return;
    }
    p.node(AT, |p| {
        p.bump_keyword();
        if p.is(IDENT) && !p.at_end() {
            if !METHODS.contains(&p.word()) {
                p.unknown_word("method", &METHODS);
            }
            name(p, "a method");
        }
        route(p);
    });
}

fn measure_or_clause(p: &mut Parser<'_>) {
    if p.nth(1) == COLON {
        measure(p);
    } else {
        clauses::clause(p);
    }
}

fn measure(p: &mut Parser<'_>) {
    p.node(MEASURE, |p| {
        name(p, "the name of a measure");
        p.bump();
        if p.is(IDENT) && !FUNCTIONS.contains(&p.word()) {
            p.unknown_word("function", &FUNCTIONS);
        }
        let function = p.word();
        name(p, "`count`, `sum`, `avg`, `min` or `max`");
        if function != "count" && p.is(IDENT) && !p.at_end() && !matches!(p.word(), "per" | "when") {
            p.expected(&format!("`(` and a field, as in `{function}({})`", p.word()));
        }
        if p.is(L_PAREN) && !p.at_end() {
            p.bracketed(R_PAREN, "`)`", |p| {
                path(p, "a field");
            });
        }
        if p.eat_word("per") {
            paths(p, "a field");
        }
        when(p);
    });
}
