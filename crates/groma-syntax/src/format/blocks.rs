//! Statements one below the other, with comments and blank lines between them.

use crate::kind::{SyntaxElement, SyntaxKind, SyntaxNode, SyntaxToken};

use super::statements::{self, statement};
use super::tokens::written;

/// Whether the braces of such a node hold statements.
pub(super) fn is_block(kind: SyntaxKind) -> bool {
    is_always_over_lines(kind) || is_short(kind)
}

fn is_always_over_lines(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        SyntaxKind::SERVICE
            | SyntaxKind::AUTH
            | SyntaxKind::ENTITY
            | SyntaxKind::ACCESS
            | SyntaxKind::RESOURCE
    )
}

/// Blocks that stay on one line if the author wrote them so and they fit.
fn is_short(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        SyntaxKind::ENUM | SyntaxKind::STATES | SyntaxKind::FILTER_ITEM | SyntaxKind::BLOCK
    )
}

/// What stands in a block or island.
enum Entry {
    Statement(SyntaxNode),
    Comment(SyntaxToken),
}

/// An entry and how it stood behind the one before.
struct Placed {
    entry: Entry,
    /// How many line ends were between them.
    lines: usize,
    /// Whether nothing separated them: two clauses that share a line.
    is_joined: bool,
}

/// All of an island, with a line end.
pub(super) fn island(node: &SyntaxNode) -> String {
    let mut out = String::new();
    let mut before = Before::Start;
    for placed in entries(node) {
        let (text, is_comment) = match &placed.entry {
            Entry::Statement(node) => (statement(node, 0), false),
            Entry::Comment(comment) => (written(comment).to_owned(), true),
        };
        let now = match (is_comment, text.contains('\n')) {
            (true, _) => Before::Comment,
            (false, one_line) => {
                if one_line {
                    Before::LongDeclaration
                } else {
                    Before::ShortDeclaration
                }
            }
        };
        out.push_str(before.gap(now, placed.lines));
        out.push_str(&text);
        before = now;
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

/// What was written last at the top of an island.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    Start,
    Comment,
    ShortDeclaration,
    LongDeclaration,
}

impl Before {
    /// What stands between this and the next: long declarations have a blank line around them, the author decides
    /// about the others.
    fn gap(self, next: Before, lines: usize) -> &'static str {
        match (self, next) {
            (Before::Start, _) => "",
            (_, Before::Comment) if lines == 0 => " ",
            (Before::LongDeclaration, _) | (Before::ShortDeclaration, Before::LongDeclaration) => "\n\n",
            _ if lines > 1 => "\n\n",
            _ => "\n",
        }
    }
}

/// The braces and what is in them over several lines; the closing brace at this depth.
pub(super) fn over_lines(node: &SyntaxNode, depth: usize) -> String {
    let entries = entries(node);
    if entries.is_empty() {
        return "{}".to_owned();
    }
    let indent = "  ".repeat(depth + 1);
    let mut out = "{".to_owned();
    let mut is_first = true;
    for placed in entries {
        let (text, may_share) = match &placed.entry {
            Entry::Statement(node) => (
                statement(node, depth + 1),
                placed.is_joined && !out.ends_with('}'),
            ),
            Entry::Comment(comment) => (written(comment).to_owned(), placed.lines == 0),
        };
        if may_share {
            out.push(' ');
        } else {
            out.push_str(if placed.lines > 1 && !is_first {
                "\n\n"
            } else {
                "\n"
            });
            out.push_str(&indent);
        }
        out.push_str(&text);
        is_first = false;
    }
    out.push('\n');
    out.push_str(&"  ".repeat(depth));
    out.push('}');
    out
}

/// The braces and what is in them on one line, if the author wrote them so.
pub(super) fn on_one_line(node: &SyntaxNode) -> Option<String> {
    let entries = entries(node);
    if entries.is_empty() {
        return Some("{}".to_owned());
    }
    if is_always_over_lines(node.kind()) || spans_lines(node) {
        return None;
    }
    let separator = if node.kind() == SyntaxKind::ENUM {
        ", "
    } else {
        "; "
    };
    let mut out = "{ ".to_owned();
    for (at, placed) in entries.iter().enumerate() {
        let Entry::Statement(statement) = &placed.entry else {
            return None;
        };
        if at > 0 {
            out.push_str(if placed.is_joined && !out.ends_with('}') {
                " "
            } else {
                separator
            });
        }
        out.push_str(&statements::on_one_line(statement)?);
    }
    out.push_str(" }");
    Some(out)
}

/// Whether there is a line end between the braces.
fn spans_lines(node: &SyntaxNode) -> bool {
    let elements = node
        .children_with_tokens()
        .skip_while(|element| element.kind() != SyntaxKind::L_BRACE);
    let mut inside = elements.flat_map(|element| match element {
        SyntaxElement::Node(node) => node.descendants_with_tokens().collect::<Vec<_>>(),
        SyntaxElement::Token(_) => vec![element],
    });
    inside.any(|element| element.kind() == SyntaxKind::NEWLINE)
}

/// What stands in the braces of a block, or in an island.
fn entries(node: &SyntaxNode) -> Vec<Placed> {
    let mut out = Vec::new();
    let mut lines = 0;
    let mut is_joined = false;
    let mut elements = node.children_with_tokens();
    if node.kind() != SyntaxKind::ISLAND {
        elements.find(|element| element.kind() == SyntaxKind::L_BRACE);
    }
    for element in elements {
        let entry = match element {
            SyntaxElement::Node(node) => Entry::Statement(node),
            SyntaxElement::Token(token) if token.kind().is_comment() => Entry::Comment(token),
            SyntaxElement::Token(token) => {
                lines += usize::from(token.kind() == SyntaxKind::NEWLINE);
                is_joined &= !separates(token.kind());
                continue;
            }
        };
        is_joined &= !out.is_empty();
        let next_is_joined = matches!(entry, Entry::Statement(_));
        out.push(Placed {
            entry,
            lines,
            is_joined,
        });
        (lines, is_joined) = (0, next_is_joined);
    }
    out
}

fn separates(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        SyntaxKind::NEWLINE | SyntaxKind::SEMICOLON | SyntaxKind::COMMA
    )
}
