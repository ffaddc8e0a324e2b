//! Names, paths, routes, levels and lists of them.

use groma_diag::Edit;

use crate::kind::SyntaxKind::{self, *};
use crate::parser::Parser;

/// A name; `what` says whose, for the message.
pub(super) fn name(p: &mut Parser<'_>, what: &str) -> bool {
    let here = p.is(IDENT) && !p.at_end();
    if here {
        p.node(NAME, Parser::bump);
    } else {
        p.expected(what);
    }
    here
}

/// Names joined by dots.
pub(super) fn path(p: &mut Parser<'_>, what: &str) -> bool {
    if !p.is(IDENT) || p.at_end() {
        p.expected(what);
        return false;
    }
    p.node(PATH, |p| {
        p.node(NAME, Parser::bump);
        while p.eat(DOT) {
            name(p, "a name after `.`");
        }
    });
    true
}

/// Paths joined by commas.
pub(super) fn paths(p: &mut Parser<'_>, what: &str) {
    separated(p, |p| path(p, what));
}

/// Names joined by commas.
pub(super) fn names(p: &mut Parser<'_>, what: &str) {
    separated(p, |p| name(p, what));
}

/// Paths joined by commas, each with a `-` before it if it sorts downwards.
pub(super) fn sort_keys(p: &mut Parser<'_>) {
    separated(p, |p| {
        p.start(SORT_KEY);
        p.eat(MINUS);
        let found = path(p, "a field to sort by");
        p.finish();
        found
    });
}

/// One or more of something with commas between.
pub(super) fn separated(p: &mut Parser<'_>, mut item: impl FnMut(&mut Parser<'_>) -> bool) {
    while item(p) && p.eat(COMMA) {}
}

/// `a < b < c`.
pub(super) fn levels(p: &mut Parser<'_>, what: &str) {
    p.node(LEVELS, |p| {
        while name(p, what) && (p.eat(LESS) || comma_between(p)) {}
    });
}

/// `a < b was old < c`: levels that the database holds.
pub(super) fn kept_levels(p: &mut Parser<'_>, what: &str) {
    p.node(LEVELS, |p| {
        while name(p, what) {
            was(p, what);
            if !p.eat(LESS) && !comma_between(p) {
                break;
            }
        }
    });
}

/// `was old_name`, if it stands here; `what` says whose name it is.
pub(super) fn was(p: &mut Parser<'_>, what: &str) {
    if p.is_word("was") && !p.at_end() {
        p.node(WAS, |p| {
            p.bump_keyword();
            name(p, &format!("the old name of {what}"));
        });
    }
}

/// `was old_name` or `was "old_name_in_the_database"`, if it stands here.
pub(super) fn was_stored(p: &mut Parser<'_>, what: &str) {
    if p.is_word("was") {
        stored_as(p, what);
    }
}

/// The same where the word stands here, right or misspelt.
pub(super) fn stored_as(p: &mut Parser<'_>, what: &str) {
    p.node(WAS, |p| {
        p.bump_keyword();
        if p.is(STRING) && !p.at_end() {
            string(p, "the old name in quotes");
        } else {
            name(p, &format!("the old name of {what}"));
        }
    });
}

/// A `,` between levels: reported, and read as the `<` that has to stand there.
fn comma_between(p: &mut Parser<'_>) -> bool {
    let here = p.is(COMMA) && p.nth(1) == IDENT && !matches!(p.nth_word(1), "at") && !p.at_end();
    if here {
        let span = p.span();
        let found = p
            .finding(&crate::rules::UNEXPECTED_TOKEN, "expected `<`, found `,`")
            .help("each one includes those before it, so they stand in order: `user < admin`")
            .suggestion("write `<`", [Edit::replace(span, " <")]);
        p.report(found);
        p.bump();
    }
    here
}

/// `/projects/{project}/tasks`; a blank ends it.
pub(super) fn route(p: &mut Parser<'_>) {
    if !p.is(SLASH) || p.at_end() {
        return p.expected("a path such as `/tasks`");
    }
    p.node(ROUTE, |p| {
        segment(p);
        while p.is(SLASH) && p.is_glued(0) {
            segment(p);
        }
    });
}

fn segment(p: &mut Parser<'_>) {
    p.node(SEGMENT, |p| {
        p.bump();
        if !p.is_glued(0) {
            return;
        }
        if p.is(L_BRACE) {
            return parameter(p);
        }
        while p.is_glued(0) && in_segment(p.kind()) {
            p.bump();
        }
    });
}

fn in_segment(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        IDENT | INT | DECIMAL | DURATION | SIZE | DATE | MINUS | DOT | COLON
    )
}

fn parameter(p: &mut Parser<'_>) {
    p.bracketed(R_BRACE, "`}` after the parameter", |p| {
        name(p, "the name of a parameter");
        if p.eat(EQ) {
            super::terms::term(p);
        }
    });
}

/// A quoted text.
pub(super) fn string(p: &mut Parser<'_>, what: &str) {
    if p.is(STRING) && !p.at_end() {
        p.node(STRING_TERM, Parser::bump);
    } else {
        p.expected(what);
    }
}

/// A whole number, or a hole with one.
pub(super) fn number(p: &mut Parser<'_>, what: &str) {
    if p.is_word("TBD") {
        super::terms::hole(p);
    } else if p.is(INT) && !p.at_end() {
        p.node(NUMBER_TERM, Parser::bump);
    } else {
        p.expected(what);
    }
}
