//! How callers are known.

use super::data::ty;
use super::names::{levels, name, path, string};
use super::service::{is_setting, setting};
use crate::kind::SyntaxKind::*;
use crate::parser::Parser;

const AUTH_SETTINGS: [&str; 8] = [
    "issuer",
    "jwks",
    "algorithms",
    "audience",
    "secret",
    "leeway",
    "outage",
    "cookie",
];
const AUTH_ITEMS: [&str; 11] = [
    "issuer",
    "jwks",
    "algorithms",
    "audience",
    "secret",
    "leeway",
    "outage",
    "cookie",
    "caller",
    "roles",
    "claims",
];

pub(super) fn auth(p: &mut Parser<'_>) {
    p.node(AUTH, |p| {
        p.bump_keyword_once();
        super::body(p, auth_items);
    });
}

/// Settings may follow each other on one line: `issuer env A jwks "b" algorithms EdDSA`.
fn auth_items(p: &mut Parser<'_>) {
    let known = match p.word() {
        "" => return p.expected("a setting"),
        word if AUTH_ITEMS.contains(&word) => Some(word),
        _ => p.unknown_word("setting of `auth`", &AUTH_ITEMS),
    };
    match known {
        Some("caller") => caller(p),
        Some("roles") => roles(p),
        Some("claims") => claims(p),
        Some(_) => {
            setting(p, &AUTH_SETTINGS);
            while is_setting(p, &AUTH_SETTINGS) || misspelt_setting(p) {
                setting(p, &AUTH_SETTINGS);
            }
        }
        None => p.skip_statement(),
    }
}

/// Whether a word follows that is nearly a setting; it is reported, and read as that.
fn misspelt_setting(p: &mut Parser<'_>) -> bool {
    p.is(IDENT)
        && !p.at_end()
        && !p.has_failed()
        && p.unknown_word("setting of `auth`", &AUTH_SETTINGS).is_some()
}

fn caller(p: &mut Parser<'_>) {
    p.node(CALLER_CLAUSE, |p| {
        p.bump_keyword_once();
        path(p, "the entity of the callers");
        origin(p);
        if p.eat_word("create") {
            p.expect_word("on");
            p.expect_word("first");
            p.expect_word("use");
        }
    });
}

fn roles(p: &mut Parser<'_>) {
    p.node(ROLES, |p| {
        p.bump_keyword_once();
        levels(p, "a role");
        origin(p);
        if p.eat_word("default") {
            name(p, "a role");
        }
    });
}

fn claims(p: &mut Parser<'_>) {
    p.node(CLAIMS, |p| {
        p.bump_keyword_once();
        loop {
            p.node(CLAIM, |p| {
                name(p, "the name of a claim");
                p.expect(COLON, "`:`");
                ty(p);
                origin(p);
            });
            if p.has_failed() || !p.eat(COMMA) {
                return;
            }
            p.continue_statement();
        }
    });
}

fn origin(p: &mut Parser<'_>) {
    p.node(ORIGIN, |p| {
        p.expect_word("from");
        if !p.eat_word("claim") && !p.eat_word("column") {
            p.expected("`claim` or `column`");
        }
        if p.is(STRING) {
            string(p, "a claim");
        } else {
            path(p, "the name of a claim or column");
        }
    });
}
