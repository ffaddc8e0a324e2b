//! What all views share: a node, its file, its place and its description.

use groma_diag::{FileId, Span};

use super::reads;
use crate::kind::{SyntaxElement, SyntaxKind, SyntaxNode, SyntaxToken};

/// A typed view of a node.
pub trait AstNode: Sized {
    /// Whether nodes of this kind can be seen so.
    fn can_cast(kind: SyntaxKind) -> bool;

    /// The view, if the node is of its kind.
    fn cast(file: FileId, syntax: SyntaxNode) -> Option<Self>;

    /// The file that the node is in.
    fn file(&self) -> FileId;

    /// The node itself.
    fn syntax(&self) -> &SyntaxNode;

    /// The range in the original file, without comments before or after.
    fn span(&self) -> Span {
        span(self.file(), self.syntax().text_range())
    }

    /// The source text of the node as it stands.
    fn source(&self) -> String {
        self.syntax().text().to_string()
    }

    /// The description: `##` comments above it or behind it on its line, else for the first declaration of a
    /// fence the paragraph before the fence.
    fn doc(&self) -> Option<Doc> {
        comments(self.file(), self.syntax()).or_else(|| paragraph(self.file(), self.syntax()))
    }
}

/// A description and where it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Doc {
    /// The text, Markdown, without comment signs.
    pub text: String,
    /// All of it in the original file.
    pub span: Span,
}

/// The node under a view and the helpers that the views are written with.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Node {
    pub(crate) file: FileId,
    pub(crate) syntax: SyntaxNode,
}

impl Node {
    pub(crate) fn child<T: AstNode>(&self) -> Option<T> {
        let found = self.syntax.first_child_by_kind(&T::can_cast)?;
        T::cast(self.file, found)
    }

    pub(crate) fn children<T: AstNode>(&self) -> impl Iterator<Item = T> + use<T> {
        let file = self.file;
        let fitting = self.syntax.children().by_kind(T::can_cast);
        fitting.filter_map(move |child| T::cast(file, child))
    }

    /// The children behind the opening brace.
    pub(crate) fn children_in_braces<T: AstNode>(&self) -> impl Iterator<Item = T> + use<T> {
        let open = self
            .token(SyntaxKind::L_BRACE)
            .map(|open| open.text_range().end());
        let is_inside = move |child: &T| open.is_some_and(|open| child.syntax().text_range().start() >= open);
        self.children().filter(is_inside)
    }

    /// The first child of this type behind the keyword.
    pub(crate) fn after<T: AstNode>(&self, keyword: &str) -> Option<T> {
        self.behind(&self.keyword(keyword)?)
    }

    /// The first child of this type behind the token.
    pub(crate) fn after_token<T: AstNode>(&self, kind: SyntaxKind) -> Option<T> {
        self.behind(&self.token(kind)?)
    }

    fn behind<T: AstNode>(&self, token: &SyntaxToken) -> Option<T> {
        let file = self.file;
        let mut rest = std::iter::successors(
            token.next_sibling_or_token(),
            SyntaxElement::next_sibling_or_token,
        );
        rest.find_map(|element| T::cast(file, element.into_node()?))
    }

    pub(crate) fn keyword(&self, text: &str) -> Option<SyntaxToken> {
        self.keywords()
            .find(|token| token.text() == text)
            .inspect(|token| self.note(token))
    }

    pub(crate) fn has_keyword(&self, text: &str) -> bool {
        self.keyword(text).is_some()
    }

    pub(crate) fn first_keyword(&self) -> Option<SyntaxToken> {
        self.keywords().next().inspect(|token| self.note(token))
    }

    fn keywords(&self) -> impl Iterator<Item = SyntaxToken> + use<> {
        self.tokens_by_kind(|kind| kind == SyntaxKind::KEYWORD)
    }

    /// The tokens of a kind. Elements of other kinds are passed over in the green tree, where they cost nothing.
    fn tokens_by_kind(&self, fits: fn(SyntaxKind) -> bool) -> impl Iterator<Item = SyntaxToken> + use<> {
        let fitting = self.syntax.children_with_tokens().by_kind(fits);
        fitting.filter_map(SyntaxElement::into_token)
    }

    pub(crate) fn tokens(&self) -> impl Iterator<Item = SyntaxToken> + use<> {
        self.syntax
            .children_with_tokens()
            .filter_map(SyntaxElement::into_token)
    }

    pub(crate) fn token(&self, kind: SyntaxKind) -> Option<SyntaxToken> {
        let found = self.syntax.first_child_or_token_by_kind(&|it| it == kind)?;
        found.into_token().inspect(|token| self.note(token))
    }

    /// The first token that is not trivia.
    pub(crate) fn first_token(&self) -> Option<SyntaxToken> {
        let mut tokens = self.tokens_by_kind(|kind| !kind.is_trivia());
        tokens.next().inspect(|token| self.note(token))
    }

    /// All of the text as it stands, which is read by that.
    pub(crate) fn read(&self) -> String {
        let tokens = self.syntax.descendants_with_tokens();
        for token in tokens.filter_map(SyntaxElement::into_token) {
            self.note(&token);
        }
        self.syntax.text().to_string()
    }

    fn note(&self, token: &SyntaxToken) {
        reads::note(self.file, token);
    }
}

pub(crate) fn span(file: FileId, range: rowan::TextRange) -> Span {
    Span::new(file, range.start().into(), range.end().into())
}

fn comments(file: FileId, node: &SyntaxNode) -> Option<Doc> {
    let above = above(node);
    let tokens = if above.is_empty() { behind(node) } else { above };
    let range = tokens.first()?.text_range().cover(tokens.last()?.text_range());
    let lines: Vec<&str> = tokens.iter().map(|token| comment_text(token.text())).collect();
    Some(Doc {
        text: lines.join("\n"),
        span: span(file, range),
    })
}

/// The text of a `##` comment.
fn comment_text(comment: &str) -> &str {
    let text = comment.strip_prefix("##").unwrap_or(comment);
    text.strip_prefix(' ').unwrap_or(text).trim_end()
}

/// The `##` comments on lines of their own above the node, in order; a blank line ends them.
fn above(node: &SyntaxNode) -> Vec<SyntaxToken> {
    let mut found: Vec<SyntaxToken> = Vec::new();
    // The comment of the line that is being read: whether it stands there alone, only the line's start tells.
    let mut line: Option<SyntaxToken> = None;
    let mut is_blank = false;
    let before = std::iter::successors(node.prev_sibling_or_token(), SyntaxElement::prev_sibling_or_token);
    for element in before {
        match element.kind() {
            SyntaxKind::WHITESPACE | SyntaxKind::PREFIX => {}
            SyntaxKind::NEWLINE if is_blank => return reversed(found),
            SyntaxKind::NEWLINE => {
                found.extend(line.take());
                is_blank = true;
            }
            SyntaxKind::COMMENT => is_blank = false,
            SyntaxKind::DOC_COMMENT => {
                line = element.into_token();
                is_blank = false;
            }
            kind => {
                found.extend(line.filter(|_| kind == SyntaxKind::L_BRACE));
                return reversed(found);
            }
        }
    }
    found.extend(line);
    reversed(found)
}

fn reversed(mut tokens: Vec<SyntaxToken>) -> Vec<SyntaxToken> {
    tokens.reverse();
    tokens
}

/// The `##` comment behind the node on its last line.
fn behind(node: &SyntaxNode) -> Vec<SyntaxToken> {
    let skip = |token: &SyntaxToken| {
        matches!(
            token.kind(),
            SyntaxKind::WHITESPACE | SyntaxKind::SEMICOLON | SyntaxKind::COMMA
        )
    };
    let mut after = std::iter::successors(
        node.last_token().and_then(|token| token.next_token()),
        SyntaxToken::next_token,
    );
    after
        .find(|token| !skip(token))
        .filter(|token| token.kind() == SyntaxKind::DOC_COMMENT)
        .into_iter()
        .collect()
}

/// The paragraph before the fence whose first declaration this is.
fn paragraph(file: FileId, node: &SyntaxNode) -> Option<Doc> {
    let island = node
        .parent()
        .filter(|parent| parent.kind() == SyntaxKind::ISLAND)?;
    if node.prev_sibling().is_some() {
        return None;
    }
    let before = std::iter::successors(
        island.prev_sibling_or_token(),
        SyntaxElement::prev_sibling_or_token,
    );
    let token = before
        .take(2)
        .filter_map(SyntaxElement::into_token)
        .find(|token| token.kind() == SyntaxKind::PARAGRAPH)?;
    let unquoted = |line: &str| line.trim_start_matches(['>', ' ', '\t']).trim_end().to_owned();
    let lines: Vec<String> = token.text().lines().map(unquoted).collect();
    Some(Doc {
        text: lines.join("\n").trim().to_owned(),
        span: span(file, token.text_range()),
    })
}

/// Declares views of one kind of node each.
macro_rules! nodes {
    ($($(#[$doc:meta])* $View:ident = $($KIND:ident)|+;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, Debug)]
        pub struct $View(crate::ast::node::Node);

        impl $crate::ast::AstNode for $View {
            fn can_cast(kind: $crate::SyntaxKind) -> bool {
                matches!(kind, $($crate::SyntaxKind::$KIND)|+)
            }
            fn cast(file: groma_diag::FileId, syntax: $crate::SyntaxNode) -> Option<$View> {
                <$View>::can_cast(syntax.kind()).then(|| $View(crate::ast::node::Node { file, syntax }))
            }
            fn file(&self) -> groma_diag::FileId {
                self.0.file
            }
            fn syntax(&self) -> &$crate::SyntaxNode {
                &self.0.syntax
            }
        }
    )*};
}

/// Declares a choice between views.
macro_rules! node_enum {
    ($(#[$doc:meta])* $Choice:ident { $($(#[$inner:meta])* $Variant:ident($View:ident),)* }) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, Debug)]
        pub enum $Choice {
            $($(#[$inner])* $Variant($View),)*
        }

        impl $crate::ast::AstNode for $Choice {
            fn can_cast(kind: $crate::SyntaxKind) -> bool {
                $(<$View as $crate::ast::AstNode>::can_cast(kind))||*
            }
            fn cast(file: groma_diag::FileId, syntax: $crate::SyntaxNode) -> Option<$Choice> {
                let kind = syntax.kind();
                $(if <$View as $crate::ast::AstNode>::can_cast(kind) {
                    return <$View as $crate::ast::AstNode>::cast(file, syntax).map($Choice::$Variant);
                })*
                None
            }
            fn file(&self) -> groma_diag::FileId {
                match self { $($Choice::$Variant(view) => $crate::ast::AstNode::file(view),)* }
            }
            fn syntax(&self) -> &$crate::SyntaxNode {
                match self { $($Choice::$Variant(view) => $crate::ast::AstNode::syntax(view),)* }
            }
        }
    };
}

pub(crate) use {node_enum, nodes};
