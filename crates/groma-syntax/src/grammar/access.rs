//! Rules: who may do what.

use super::names::{name, path, paths, separated};
use super::terms::{hole, when};
use crate::kind::SyntaxKind::*;
use crate::parser::Parser;

const EFFECTS: [&str; 3] = ["allow", "deny", "guarantee"];

pub(super) fn access(p: &mut Parser<'_>) {
    p.node(ACCESS, |p| {
        p.bump_keyword_once();
        path(p, "what the rules are about");
        super::body(p, rule);
    });
}

fn rule(p: &mut Parser<'_>) {
    let effect = match p.word() {
        "" => return p.expected("`allow`, `deny` or `guarantee`"),
        word if EFFECTS.contains(&word) => Some(word),
        _ => p.unknown_word("rule", &EFFECTS),
    };
    match effect {
        Some(effect) => rule_of(p, if effect == "guarantee" { "only" } else { "to" }),
        None => p.skip_statement(),
    }
}

fn rule_of(p: &mut Parser<'_>, link: &'static str) {
    p.node(RULE, |p| {
        p.bump_keyword();
        separated(p, verb);
        p.expect_word(link);
        p.node(WHOS, |p| separated(p, who));
        if p.is_word("except") {
            p.node(EXCEPT, |p| {
                p.bump_keyword();
                separated(p, who);
            });
        }
        when(p);
    });
}

fn verb(p: &mut Parser<'_>) -> bool {
    p.start(VERB);
    let found = name(p, "a verb such as `read`");
    if found && p.is(L_PAREN) && !p.at_end() {
        p.bracketed(R_PAREN, "`)`", |p| paths(p, "a field"));
    }
    p.finish();
    found
}

fn who(p: &mut Parser<'_>) -> bool {
    if p.is_word("TBD") {
        hole(p);
        return true;
    }
    if p.is_word("can") && p.nth(1) == IDENT {
        p.node(CAN, |p| {
            p.bump_keyword();
            name(p, "a verb");
            path(p, "a reference after the verb");
        });
        return !p.has_failed();
    }
    path(
        p,
        "who is meant: `everyone`, `authenticated`, a role, a field or a level",
    )
}
