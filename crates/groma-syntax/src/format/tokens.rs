//! Which tokens of a line stand apart.

#![cfg_attr(
    not(test),
    expect(
        clippy::enum_glob_use,
        reason = "kinds of syntax are the vocabulary here, and their names are unlike any other"
    )
)]

use crate::kind::{SyntaxKind, SyntaxKind::*, SyntaxToken};

/// The token as it is written.
pub(super) fn written(token: &SyntaxToken) -> &str {
    match token.kind() {
        ARROW => "->",
        LESS_EQ => "<=",
        GREATER_EQ => ">=",
        _ => token.text().trim_end(),
    }
}

/// Whether a blank stands between two tokens of one line.
pub(super) fn is_spaced(left: &SyntaxToken, right: &SyntaxToken) -> bool {
    !(hugs_right(left) || hugs_left(right) || is_route(left) && is_route(right))
}

fn parent(token: &SyntaxToken) -> SyntaxKind {
    token.parent().map_or(ERROR, |node| node.kind())
}

/// Tokens with no blank behind them.
fn hugs_right(token: &SyntaxToken) -> bool {
    match token.kind() {
        L_PAREN | L_BRACKET | DOT | DOT_DOT => true,
        L_BRACE => parent(token) == SEGMENT,
        MINUS => matches!(parent(token), NEGATIVE | SORT_KEY),
        SLASH => parent(token) == RATE,
        _ => false,
    }
}

/// Tokens with no blank before them.
pub(super) fn hugs_left(token: &SyntaxToken) -> bool {
    match token.kind() {
        R_PAREN | R_BRACKET | COMMA | SEMICOLON | COLON | QUESTION_MARK | DOT | DOT_DOT => true,
        L_PAREN => !matches!(parent(token), PAREN | LIST),
        R_BRACE => parent(token) == SEGMENT,
        SLASH => parent(token) == RATE,
        _ => false,
    }
}

/// The parts of a route, but not what stands inside a parameter's braces.
fn is_route(token: &SyntaxToken) -> bool {
    parent(token) == SEGMENT && token.kind() != EQ
}
