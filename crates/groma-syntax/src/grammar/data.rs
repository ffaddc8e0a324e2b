//! Enums, entities and tenants.

use groma_diag::{Edit, is_slip};

use super::names::{
    kept_levels, name, names, number, path, paths, separated, stored_as, string, was, was_stored,
};
use super::terms::{cond, hole_of, term, when};
use crate::ast::FlagKind;
use crate::kind::SyntaxKind::*;
use crate::parser::Parser;
use crate::rules;

const MEMBERS_OF_ENTITY: [&str; 7] = [
    "shared",
    "timestamps",
    "members",
    "states",
    "unique",
    "index",
    "check",
];
const MODIFIERS: [&str; 11] = [
    "key",
    "unique",
    "readonly",
    "writeonly",
    "internal",
    "trim",
    "unindexed",
    "matches",
    "on",
    "column",
    "was",
];

pub(super) fn enumeration(p: &mut Parser<'_>) {
    p.node(ENUM, |p| {
        p.bump_keyword_once();
        name(p, "the name of the enum");
        p.has_plain_lines = true;
        super::body(p, enum_value);
        p.has_plain_lines = false;
    });
}

/// A value; a comma, a `;` or a line end may stand between two.
fn enum_value(p: &mut Parser<'_>) {
    p.node(ENUM_VALUE, |p| {
        name(p, "a value of the enum");
        if p.eat(EQ) {
            string(p, "the value on the wire in quotes");
        }
        was(p, "the value");
    });
    p.eat(COMMA);
}

pub(super) fn entity(p: &mut Parser<'_>) {
    p.node(ENTITY, |p| {
        p.bump_keyword_once();
        name(p, "the name of the entity");
        was_stored(p, "the entity, or of its table in quotes");
        if p.eat_word("in") {
            path(p, "the tenant");
        }
        let external = external(p);
        if !external && p.is_word("table") && !p.at_end() {
            p.node(TABLE, |p| {
                p.bump_keyword();
                string(p, "the name of the table in quotes");
            });
        }
        if !external || !p.at_end() {
            super::body(p, member);
        }
    });
}

fn external(p: &mut Parser<'_>) -> bool {
    let here = p.is_word("external");
    if here {
        p.node(EXTERNAL, |p| {
            p.bump_keyword();
            if p.eat_word("table") {
                string(p, "the name of the table in quotes");
            }
        });
    }
    here
}

fn member(p: &mut Parser<'_>) {
    if p.nth(1) == COLON {
        return field(p);
    }
    match p.word() {
        "" => p.expected("a field or a clause"),
        word if MEMBERS_OF_ENTITY.contains(&word) => clause(p, word),
        word if p.nth_word(1) == word && p.nth(2) == COLON => {
            p.bump_twice();
            field(p);
        }
        _ if looks_like_field(p) => missing_colon(p),
        _ => match p.unknown_word("clause", &MEMBERS_OF_ENTITY) {
            Some(meant) => clause(p, meant),
            None => p.skip_statement(),
        },
    }
}

/// `title text(1..200)`: a name, then what can only be a type.
fn looks_like_field(p: &Parser<'_>) -> bool {
    let builtin = [
        "text", "int", "float", "decimal", "bool", "uuid", "date", "time", "datetime", "email", "url",
        "slug", "json", "secret",
    ];
    let starts_type = p.nth(1) == L_BRACKET && p.nth(2) != COLON
        || builtin.contains(&p.nth_word(1))
        || p.nth_word(1).starts_with(|char: char| char.is_ascii_uppercase());
    starts_type && !p.starts_line(1)
}

fn missing_colon(p: &mut Parser<'_>) {
    let (word, span) = (p.word(), p.span());
    let found = p
        .finding(
            &rules::UNEXPECTED_TOKEN,
            format!("expected `:` between the field `{word}` and its type"),
        )
        .fix("put a `:` behind the name", [Edit::after(span, ":")]);
    p.report(found);
    field(p);
}

fn field(p: &mut Parser<'_>) {
    p.node(FIELD, |p| {
        name(p, "the name of the field");
        p.eat(COLON);
        typed(p);
    });
}

/// A type and its modifiers.
pub(super) fn typed(p: &mut Parser<'_>) {
    ty(p);
    while !p.at_end() && !p.has_failed() && !p.is(COMMA) {
        modifier(p);
    }
}

/// A type.
pub(super) fn ty(p: &mut Parser<'_>) {
    p.node(TYPE, |p| {
        if p.is_word("TBD") {
            hole_of(p, ty);
        } else if p.is(L_BRACKET) && !p.at_end() {
            p.bracketed(R_BRACKET, "`]`", |p| p.deeper(ty));
            type_args(p);
        } else if path(p, "a type") {
            type_args(p);
        }
        if p.eat_word("via") {
            path(p, "the field on the other side");
        }
        p.eat(QUESTION_MARK);
    });
}

fn type_args(p: &mut Parser<'_>) {
    if p.is(L_PAREN) && !p.at_end() {
        p.node(TYPE_ARGS, |p| {
            p.bracketed(R_PAREN, "`)`", |p| {
                separated(p, |p| {
                    range_or_term(p);
                    !p.has_failed()
                });
            });
        });
    }
}

fn range_or_term(p: &mut Parser<'_>) {
    let start = p.checkpoint();
    if !p.is(DOT_DOT) {
        term(p);
    }
    if p.is(DOT_DOT) {
        p.start_at(start, RANGE);
        p.bump();
        if !matches!(p.kind(), R_PAREN | COMMA) && !p.at_end() {
            term(p);
        }
        p.finish();
    }
}

fn modifier(p: &mut Parser<'_>) {
    match p.word() {
        _ if p.is(EQ) => p.node(DEFAULT, |p| {
            p.bump();
            cond(p);
        }),
        "" => p.expected("a modifier or the end of the line"),
        word if MODIFIERS.contains(&word) => known_modifier(p, word),
        word => match remedy(word) {
            Some(remedy) => {
                let message = format!("there is no modifier `{word}`");
                p.fail(p.finding(&rules::UNKNOWN_WORD, message).help(remedy));
            }
            None => {
                if let Some(meant) = p.unknown_word("modifier", &MODIFIERS) {
                    known_modifier(p, meant);
                }
            }
        },
    }
}

/// What to write instead of a word that other languages have in this place.
fn remedy(word: &str) -> Option<&'static str> {
    Some(match word {
        "default" => "write `= value` behind the type",
        "required" | "not" => "a field is required unless its type ends in `?`",
        "optional" | "nullable" | "null" => "write `?` behind the type",
        "primary" | "id" | "pk" => "write `key`",
        "references" | "foreign" | "fk" => "the type of a reference is the entity: `owner: User`",
        "auto_increment" | "autoincrement" | "identity" => "an `int key` counts by itself",
        "private" | "hidden" => "write `internal` for what never leaves the server",
        "immutable" => "write `readonly` for what only the server writes",
        "index" | "indexed" => "write a line `index field` in the entity",
        "min" | "max" | "length" => "bounds stand in the type: `text(1..200)`",
        _ => return None,
    })
}

fn known_modifier(p: &mut Parser<'_>, word: &str) {
    match word {
        "matches" => p.node(MATCHES, |p| {
            p.bump_keyword();
            p.expect(REGEX, "a pattern such as `/[a-z]+/`");
        }),
        "column" => p.node(COLUMN, |p| {
            p.bump_keyword();
            string(p, "the name of the column in quotes");
        }),
        "was" => stored_as(p, "the field, or of its column in quotes"),
        "on" => on(p),
        _ => {
            debug_assert!(
                FlagKind::from_word(word).is_some(),
                "every other modifier is a flag"
            );
            p.node(FLAG, Parser::bump_keyword);
        }
    }
}

fn on(p: &mut Parser<'_>) {
    if p.nth_word(1) == "update" {
        return p.node(ON_UPDATE, |p| {
            p.bump_keyword();
            p.bump_keyword();
            term(p);
        });
    }
    p.node(ON_DELETE, |p| {
        p.bump_keyword();
        if !p.eat_word("delete") {
            return p.expected("`delete` or `update`");
        }
        if p.is_word("TBD") {
            hole_of(p, delete_action);
        } else {
            delete_action(p);
        }
    });
}

fn delete_action(p: &mut Parser<'_>) {
    const ACTIONS: [&str; 3] = ["cascade", "restrict", "set"];
    if p.at_end() || !ACTIONS.contains(&p.word()) && !p.misspelt_of(&ACTIONS) {
        return p.expected("`cascade`, `restrict` or `set null`");
    }
    p.node(WORDS, |p| {
        let set = is_slip(p.word(), "set");
        p.bump_keyword();
        if set {
            p.expect_word("null");
        }
    });
}

fn clause(p: &mut Parser<'_>, word: &str) {
    match word {
        "shared" => shared(p),
        "timestamps" => p.node(TIMESTAMPS, Parser::bump_keyword),
        "members" => members(p),
        "states" => states(p),
        "unique" => fields(p, UNIQUE),
        "index" => fields(p, INDEX),
        _ => p.node(CHECK, |p| {
            p.bump_keyword();
            cond(p);
            when(p);
        }),
    }
}

fn fields(p: &mut Parser<'_>, kind: crate::SyntaxKind) {
    p.node(kind, |p| {
        p.bump_keyword();
        paths(p, "a field");
        when(p);
    });
}

fn shared(p: &mut Parser<'_>) {
    p.node(SHARED, |p| {
        p.bump_keyword();
        p.expect_word("with");
        path(p, "the entity of the callers");
        p.expect_word("as");
        kept_levels(p, "a level");
    });
}

fn members(p: &mut Parser<'_>) {
    p.node(MEMBERS, |p| {
        p.bump_keyword();
        path(p, "the entity of the callers");
        p.expect_word("as");
        kept_levels(p, "a role");
        if p.eat(COMMA) {
            p.expect_word("at");
            p.expect_word("least");
            number(p, "a number");
            name(p, "a role");
        }
        external(p);
    });
}

fn states(p: &mut Parser<'_>) {
    p.node(STATES, |p| {
        p.bump_keyword();
        name(p, "the field of the states");
        super::body(p, transition);
    });
}

fn transition(p: &mut Parser<'_>) {
    p.node(TRANSITION, |p| {
        name(p, "a state");
        if p.expect(ARROW, "`->`") {
            names(p, "a state");
        }
    });
}
