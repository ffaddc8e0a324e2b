//! The grammar: which words and signs may follow each other, declaration by declaration.
//!
//! One function a construct; each reads what it can, reports the first thing that does not fit, and leaves
//! recovery to the parser.

#![cfg_attr(
    not(test),
    expect(
        clippy::enum_glob_use,
        reason = "kinds of syntax are the vocabulary here, and their names are unlike any other"
    )
)]

mod access;
mod auth;
mod clauses;
mod data;
mod names;
mod open;
mod resources;
mod service;
mod terms;

use groma_diag::Diagnostic;

use crate::kind::SyntaxKind::*;
use crate::parser::{Parser, listed};
use crate::rules;

/// The words that begin a declaration.
const DECLARATIONS: [&str; 9] = [
    "service", "auth", "enum", "entity", "tenant", "access", "resource", "question", "decision",
];

/// Whether the word begins a declaration.
pub(crate) fn is_declaration(word: &str) -> bool {
    DECLARATIONS.contains(&word)
}

/// All declarations of an island; what is none is reported once a run of it.
pub(crate) fn island(p: &mut Parser<'_>) {
    loop {
        match p.kind() {
            END => return p.flush(),
            SEMICOLON => p.bump(),
            IDENT if is_declaration(p.word()) => p.statement(declaration),
            _ => outside(p),
        }
    }
}

/// Everything up to the next declaration, unread.
pub(crate) fn skip_to_declaration(p: &mut Parser<'_>) {
    p.node(ERROR, |p| {
        while !p.is(END) {
            p.bump();
            if p.at_declaration() {
                return;
            }
        }
    });
}

fn declaration(p: &mut Parser<'_>) {
    declare(p, p.word());
}

fn declare(p: &mut Parser<'_>, word: &str) {
    match word {
        "service" => service::service(p),
        "auth" => auth::auth(p),
        "enum" => data::enumeration(p),
        "entity" | "tenant" => data::entity(p),
        "access" => access::access(p),
        "resource" => resources::resource(p),
        "question" => open::question(p),
        _ => open::decision(p),
    }
}

/// What stands where a declaration has to begin.
fn outside(p: &mut Parser<'_>) {
    p.continue_statement();
    if p.may_end_in_prose {
        return prose(p);
    }
    if p.is(R_BRACE) {
        return strays(p);
    }
    if !p.word().is_empty() && matches!(p.nth(1), IDENT | L_BRACE | SLASH) && !p.starts_line(1) {
        return p.statement(misspelt);
    }
    let found = nothing_declared(p);
    p.report(found);
    skip_to_declaration(p);
}

/// Every `}` in a row that ends nothing.
fn strays(p: &mut Parser<'_>) {
    p.stray();
    p.node(ERROR, |p| {
        while p.is(R_BRACE) {
            p.bump();
        }
    });
}

/// The prose that an unclosed fence swallowed, unread.
fn prose(p: &mut Parser<'_>) {
    p.prose = Some(p.span());
    p.node(ERROR, |p| {
        while !p.is(END) {
            p.bump();
        }
    });
}

fn nothing_declared(p: &Parser<'_>) -> Diagnostic {
    let message = format!("expected a declaration, found {}", p.found());
    p.finding(&rules::UNEXPECTED_TOKEN, message)
        .help(format!("a declaration begins with {}", listed(&DECLARATIONS)))
}

/// A word where the word of a declaration should be; read as the one that was probably meant.
fn misspelt(p: &mut Parser<'_>) {
    match p.unknown_word("declaration", &DECLARATIONS) {
        Some(meant) => declare(p, meant),
        None => skip_to_declaration(p),
    }
}

/// Reads the block that a construct must have; what stands before it has been reported.
fn body(p: &mut Parser<'_>, item: fn(&mut Parser<'_>)) {
    if !p.at_block() {
        p.expected("`{`");
    }
    optional_body(p, item);
}

/// Reads the block if there is one, also behind something that has been reported.
fn optional_body(p: &mut Parser<'_>, item: fn(&mut Parser<'_>)) {
    to_block(p);
    if p.at_block() {
        p.block(item);
    }
}

/// Skips what stands before the block and does not belong there; the block itself is read.
fn to_block(p: &mut Parser<'_>) {
    if !p.at_end() && !p.at_block() && p.has_block_ahead() {
        p.unexpected();
    }
    if p.has_failed() {
        p.skip_to_block();
    }
}

/// The block of an operation, action or report, if there is one.
fn optional_block(p: &mut Parser<'_>, item: fn(&mut Parser<'_>)) {
    to_block(p);
    if p.at_block() {
        p.node(BLOCK, |p| p.block(item));
    }
}
