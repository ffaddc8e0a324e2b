//! The lines of a block of an operation, action or report.
//!
//! Which of them fit where is not decided here: every block takes every clause.

use super::data::typed;
use super::names::{name, names, number, path, paths, separated, sort_keys, string};
use super::service::rate;
use super::terms::{cond, object, when};
use crate::kind::SyntaxKind::{self, *};
use crate::parser::Parser;

const CLAUSES: [&str; 22] = [
    "filter", "search", "sort", "page", "as", "accept", "include", "hide", "fields", "status", "answer",
    "cache", "limit", "public", "input", "from", "set", "find", "create", "error", "handled", "at",
];

/// The clauses that fit into a block, by the word before it: the nearest of them is meant, and they are listed.
fn fitting(block: &str) -> &'static [&'static str] {
    match block {
        "list" => &["filter", "search", "sort", "page", "include", "as", "public"],
        "create" | "update" | "replace" => &["accept", "status", "answer"],
        "read" => &["include", "public"],
        "delete" => &["status", "answer"],
        "action" => &["input", "from", "set", "error", "find", "create", "handled"],
        "report" => &["filter", "public"],
        _ => &CLAUSES,
    }
}

pub(super) fn is_known(word: &str) -> bool {
    CLAUSES.contains(&word)
}

/// One clause, and those that may follow it on its line.
pub(super) fn clause(p: &mut Parser<'_>) {
    match p.word() {
        "" => p.expected("a clause"),
        word if is_known(word) => known(p, word),
        _ => match p.unknown_word("clause", fitting(p.block)) {
            Some(meant) => known(p, meant),
            None => p.skip_statement(),
        },
    }
    if p.is_word("answer") && !p.has_failed() {
        known(p, "answer");
    }
}

/// The clause that this word begins; the cursor stands on it.
pub(super) fn known(p: &mut Parser<'_>, word: &str) {
    match word {
        "filter" => filter(p),
        "search" => search(p),
        "sort" => sort(p),
        "page" => page(p),
        "as" => shape(p),
        "accept" => fields(p, ACCEPT),
        "include" => fields(p, INCLUDE),
        "hide" => fields(p, HIDE),
        "fields" => fields(p, FIELDS),
        "status" => simple(p, STATUS, |p| number(p, "a status such as `200`")),
        "answer" => simple(p, ANSWER, cond),
        "cache" => simple(p, CACHE, cache),
        "limit" => simple(p, LIMIT, rate),
        "public" => simple(p, PUBLIC, |_| ()),
        "input" => inputs(p),
        "from" => simple(p, MOVE, from_to),
        "set" => simple(p, SET, assignments),
        "find" => simple(p, FIND, find),
        "create" => simple(p, CREATE_ROW, create_row),
        "error" => simple(p, ERROR_CLAUSE, error),
        "handled" => simple(p, HANDLED, handled),
        _ => misplaced_at(p),
    }
}

fn simple(p: &mut Parser<'_>, kind: SyntaxKind, rest: impl FnOnce(&mut Parser<'_>)) {
    p.node(kind, |p| {
        p.bump_keyword();
        rest(p);
    });
}

fn fields(p: &mut Parser<'_>, kind: SyntaxKind) {
    simple(p, kind, |p| paths(p, "a field"));
}

/// `at` belongs behind the name, before the block.
fn misplaced_at(p: &mut Parser<'_>) {
    let found = p
        .finding(&crate::rules::UNEXPECTED_TOKEN, "`at` stands inside the block")
        .help("write it behind the name: `action accept at /invitations/accept { .. }`");
    p.fail(found);
}

fn filter(p: &mut Parser<'_>) {
    simple(p, FILTER, |p| {
        loop {
            p.node(FILTER_ITEM, filter_item);
            if p.has_failed() || !p.eat(COMMA) {
                return;
            }
        }
    });
}

fn filter_item(p: &mut Parser<'_>) {
    path(p, "a field to filter by");
    parameter(p, "as");
    if p.is(L_BRACE) {
        p.block(filter_cases);
    }
}

fn filter_cases(p: &mut Parser<'_>) {
    p.node(FILTER_CASE, |p| {
        name(p, "a value of the filter");
        when(p);
    });
    if p.is(COMMA) && p.nth(1) == IDENT {
        p.bump();
    }
}

/// `as name`, or `word as name`.
fn parameter(p: &mut Parser<'_>, word: &str) -> bool {
    let here = p.is_word(word) && (word == "as" || p.nth_word(1) == "as");
    if here {
        p.node(PARAMETER_NAME, |p| {
            p.bump_keyword();
            if word != "as" {
                p.bump_keyword();
            }
            name(p, "the name of the query parameter");
        });
    }
    here
}

fn search(p: &mut Parser<'_>) {
    simple(p, SEARCH, |p| {
        if !p.is_word("as") {
            paths(p, "a field to search");
        }
        parameter(p, "as");
    });
}

fn sort(p: &mut Parser<'_>) {
    simple(p, SORT, |p| {
        let is_named = p.is_word("as") || p.is_word("order") && p.nth_word(1) == "as";
        if !is_named {
            sort_keys(p);
        }
        while parameter(p, "as") || parameter(p, "order") {}
    });
}

fn page(p: &mut Parser<'_>) {
    simple(p, PAGE, |p| {
        if matches!(p.word(), "cursor" | "offset" | "number") && !p.at_end() {
            name(p, "a way of paging");
        }
        let (mut says_size, mut says_max) = (false, false);
        loop {
            if parameter(p, "as") || parameter(p, "size") || parameter(p, "limit") {
            } else if p.at_end() || p.has_failed() {
                return;
            } else if !says_max && p.eat_word("max") {
                says_max = true;
                number(p, "how many rows at most");
            } else if says_size && !says_max && p.is(INT) {
                return second_size(p);
            } else if says_size || says_max {
                return;
            } else {
                says_size = true;
                number(p, "a number of rows, `max` or the name of a parameter");
            }
        }
    });
}

/// `page 5 50`.
fn second_size(p: &mut Parser<'_>) {
    let found = p
        .finding(&crate::rules::UNEXPECTED_TOKEN, "a page has two sizes here")
        .help("write `max` before the most rows of a page: `page 20 max 100`");
    p.fail(found);
}

fn shape(p: &mut Parser<'_>) {
    simple(p, SHAPE, |p| {
        if p.is(L_BRACE) {
            object(p);
        } else if !p.eat_word("array") {
            p.expected("`array` or `{ name: items }`");
        }
    });
}

fn cache(p: &mut Parser<'_>) {
    if p.is(DURATION) && !p.at_end() {
        p.node(DURATION_TERM, Parser::bump);
    } else if p.is_word("TBD") {
        super::terms::hole(p);
    } else {
        p.expected("a duration such as `5m`");
    }
    let _ = p.eat_word("public") || p.eat_word("private");
}

/// Inputs with commas between, each a node of its own that ends with its comma.
fn inputs(p: &mut Parser<'_>) {
    p.start(INPUT);
    p.bump_keyword();
    while input(p) {
        p.finish();
        p.continue_statement();
        p.start(INPUT);
    }
    p.finish();
}

/// One input; gives whether another one follows.
fn input(p: &mut Parser<'_>) -> bool {
    name(p, "the name of an input");
    if p.expect(COLON, "`:`") {
        typed(p);
    }
    !p.has_failed() && p.eat(COMMA)
}

fn from_to(p: &mut Parser<'_>) {
    names(p, "a state");
    p.expect_word("to");
    name(p, "a state");
}

fn assignments(p: &mut Parser<'_>) {
    separated(p, |p| {
        assignment(p);
        !p.has_failed()
    });
}

fn assignment(p: &mut Parser<'_>) {
    p.node(ASSIGNMENT, |p| {
        path(p, "a field to set");
        if p.expect(EQ, "`=`") {
            cond(p);
        }
    });
}

fn find(p: &mut Parser<'_>) {
    if p.is(IDENT) && p.nth_word(1) == "by" && !p.at_end() {
        let found = p
            .finding(
                &crate::rules::UNEXPECTED_TOKEN,
                format!("expected `by`, found `{}`", p.word()),
            )
            .help("only rows of the resource's own entity are found: `find by field`");
        return p.fail(found);
    }
    p.expect_word("by");
    name(p, "a field");
}

fn create_row(p: &mut Parser<'_>) {
    path(p, "the entity of the new row");
    if p.is(L_BRACE) {
        object(p);
    } else {
        p.expected("`{` and the values of the new row");
    }
}

fn error(p: &mut Parser<'_>) {
    name(p, "the name of the error");
    number(p, "a status such as `410`");
    if p.is_word("when") {
        when(p);
    } else {
        p.expected("`when`");
    }
}

fn handled(p: &mut Parser<'_>) {
    p.expect_word("by");
    string(p, "`\"module:function\"`");
}
