//! `as`: the form of a list's answer.

use groma_diag::Span;
use groma_ir::design::{ListShape, PageMode};
use groma_syntax::ast::{self, AstNode};

use super::Resolver;
use crate::rules::{bad_setting, name_clash, said_twice};

/// What other APIs put beside the rows, and this one does not yet.
const LATER: [&str; 12] = [
    "total",
    "count",
    "page",
    "pages",
    "size",
    "limit",
    "offset",
    "next",
    "previous",
    "next_cursor",
    "has_next",
    "has_more",
];

/// What an answer holds beside the rows, by the way of paging.
fn beside(mode: PageMode) -> &'static [&'static str] {
    match mode {
        PageMode::Cursor => &["next_cursor"],
        PageMode::Offset => &["limit", "offset"],
    }
}

impl Resolver<'_> {
    pub(super) fn shape(&mut self, ast: Option<&ast::Shape>, mode: PageMode) -> ListShape {
        if ast.is_some_and(ast::Shape::is_array) {
            return ListShape::Array;
        }
        let object = ast.and_then(ast::Shape::object);
        if let Some(empty) = object.as_ref().filter(|object| object.pairs().next().is_none()) {
            self.report(bad_setting::bad_setting(empty.span(), "as", PARTS));
        }
        let mut items: Option<(String, Span)> = None;
        for pair in object.iter().flat_map(ast::Object::pairs) {
            let (Some(name), Some(value)) = (pair.name(), pair.value()) else {
                continue;
            };
            let Some(part) = part(&value) else {
                self.report(bad_setting::bad_setting(value.span(), "as", PARTS));
                continue;
            };
            match &items {
                Some((_, earlier)) if part == "items" => {
                    let found = said_twice::said_twice(value.span(), *earlier, "`items`");
                    self.report(found);
                }
                None if part == "items" => items = Some(self.items_name(&name, value.span(), mode)),
                Some(_) | None => self.beside_items(&pair, &name, &part, mode),
            }
        }
        ListShape::Object {
            items: items.map_or_else(|| String::from("items"), |(name, _)| name),
        }
    }

    /// The name of the rows, and where it was said what they are.
    fn items_name(&mut self, name: &ast::Name, said: Span, mode: PageMode) -> (String, Span) {
        let text = name.text();
        if text == "total" || beside(mode).contains(&text.as_str()) {
            self.report(name_clash::beside_rows(name.span(), &text));
        }
        (text, said)
    }

    fn beside_items(&mut self, pair: &ast::Pair, name: &ast::Name, part: &str, mode: PageMode) {
        let is_there = beside(mode).contains(&part);
        if is_there && name.is(part) {
            return;
        }
        if is_there {
            self.unsupported(pair.span(), &format!("another name for `{part}` in a list"));
        } else if part == "total" {
            let what = "`total` in every answer of a list (`?count=true` adds it)";
            self.unsupported(pair.span(), what);
        } else if LATER.contains(&part) {
            self.unsupported(pair.span(), &format!("`{part}` in the answer of a list"));
        } else {
            self.report(bad_setting::bad_setting(pair.span(), "as", PARTS));
        }
    }
}

/// What the values in `as { .. }` can be.
const PARTS: &str = "the parts of an answer by their names, such as `as { tasks: items }`";

/// The part of the answer that a value names.
fn part(value: &ast::Cond) -> Option<String> {
    match value {
        ast::Cond::Term(ast::Term::Path(path)) => path.single().map(|name| name.text()),
        _ => None,
    }
}
