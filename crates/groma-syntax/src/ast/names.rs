//! Names, paths, routes and texts.

use groma_diag::Span;

use super::node::{self, AstNode, nodes};
use super::term::Term;
use crate::kind::SyntaxKind;
use crate::text::unescape;

nodes! {
    /// One name.
    Name = NAME;
    /// Names joined by dots: `owner`, `new.project`, `Team.role`.
    Path = PATH;
    /// A path in a list with `-` before it, if it has one.
    SortKey = SORT_KEY;
    /// `/projects/{project}/tasks`.
    Route = ROUTE;
    /// One `/segment` of a route.
    Segment = SEGMENT;
    /// A quoted text.
    StringLit = STRING_TERM;
}

impl Name {
    /// The name as it stands.
    pub fn text(&self) -> String {
        self.0
            .first_token()
            .map_or_else(String::new, |token| token.text().to_owned())
    }

    /// Whether it is this word.
    pub fn is(&self, word: &str) -> bool {
        self.0.first_token().is_some_and(|token| token.text() == word)
    }
}

impl Path {
    /// The names between the dots.
    pub fn names(&self) -> impl Iterator<Item = Name> + use<> {
        self.0.children()
    }

    /// The first name.
    pub fn first(&self) -> Option<Name> {
        self.0.child()
    }

    /// The last name.
    pub fn last(&self) -> Option<Name> {
        self.names().last()
    }

    /// The only name, if there is just one.
    pub fn single(&self) -> Option<Name> {
        let mut names = self.names();
        names.next().filter(|_| names.next().is_none())
    }

    /// The names joined by dots.
    pub fn text(&self) -> String {
        self.names().map(|name| name.text()).collect::<Vec<_>>().join(".")
    }

    /// Whether it is this one word.
    pub fn is(&self, word: &str) -> bool {
        self.single().is_some_and(|name| name.is(word))
    }
}

impl SortKey {
    /// The field.
    pub fn path(&self) -> Option<Path> {
        self.0.child()
    }

    /// Whether it sorts downwards.
    pub fn is_descending(&self) -> bool {
        self.0.token(SyntaxKind::MINUS).is_some()
    }
}

impl Route {
    /// The segments in order; none for `/`.
    pub fn segments(&self) -> impl Iterator<Item = Segment> + use<> {
        self.0.children::<Segment>().filter(|segment| !segment.is_empty())
    }

    /// Whether it ends in a slash that is not all of it.
    pub fn has_trailing_slash(&self) -> bool {
        let mut segments = self.0.children::<Segment>();
        segments.next().is_some_and(|first| !first.is_empty())
            && segments.last().is_some_and(|last| last.is_empty())
    }

    /// The route as it stands, without blanks.
    pub fn text(&self) -> String {
        self.0.read().split_whitespace().collect()
    }
}

impl Segment {
    /// Its plain text, if it is no parameter.
    pub fn literal(&self) -> Option<String> {
        let text = self.0.read();
        text.strip_prefix('/')
            .filter(|text| !text.starts_with('{'))
            .map(str::to_owned)
    }

    /// Its parameter, `project` in `/{project}`.
    pub fn parameter(&self) -> Option<Name> {
        self.0.child()
    }

    /// What the parameter must be, `caller` in `/{user_id = caller}`.
    pub fn binding(&self) -> Option<Term> {
        self.0.child()
    }

    fn is_empty(&self) -> bool {
        self.0.syntax.text_range().len() == 1.into()
    }
}

impl StringLit {
    /// The text between the quotes, with escapes resolved.
    pub fn value(&self) -> String {
        self.0
            .first_token()
            .map_or_else(String::new, |token| unescape(token.text()).0)
    }

    /// The range between the quotes.
    pub fn inner_span(&self) -> Span {
        let whole = self.0.first_token().map_or_else(
            || self.span(),
            |token| node::span(self.0.file, token.text_range()),
        );
        Span::new(whole.file, whole.start + 1, whole.end.saturating_sub(1))
    }
}
