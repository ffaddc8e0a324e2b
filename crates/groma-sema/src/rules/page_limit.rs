//! More of Q402: a list whose block says nothing of pages.
//!
//! A list without a block takes what is usual, and that is listed as assumed. Who writes a block makes choices, and
//! the size of a page is one that clients feel.

use groma_diag::{Diagnostic, Edit};
use groma_ir::design::List;
use groma_syntax::ast::{self, AstNode};

use super::bad_page::NO_LIMIT;
use super::places;
use crate::resolve::Resolved;

pub(crate) fn check(resolved: &Resolved<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (_, resource, ast) in places::resources(resolved) {
        let Some(list) = &resource.list else { continue };
        let topic = format!("{}.list.page", resolved.design.entities[resource.entity].name);
        let Some(block) = block(ast) else { continue };
        let says_page = block
            .clauses()
            .any(|clause| matches!(clause, ast::Clause::Page(_)));
        if !says_page && resolved.is_sound(block.span()) && !resolved.map.decided.contains(&topic) {
            let answer = |line: &str| places::at_end(resolved.sources, block.span(), line);
            found.push(unsaid(list, &answer).about(topic));
        }
    }
    found
}

fn block(ast: &ast::Resource) -> Option<ast::Operations> {
    ast.items().find_map(|item| match item {
        ast::ResourceItem::Operations(it) if it.has_block() && it.names().any(|name| name.is("list")) => {
            Some(it)
        }
        _ => None,
    })
}

fn unsaid(list: &List, answer: &dyn Fn(&str) -> Vec<Edit>) -> Diagnostic {
    let (size, max) = (list.page.default, list.page.max);
    let assumed = format!("page {size} max {max}");
    Diagnostic::new(
        &NO_LIMIT,
        list.origin,
        "how many rows has a page, and how many at most?",
    )
    .note(format!("{size} and {max} are assumed"))
    .option(assumed.clone(), "what is assumed, said", answer(&assumed))
    .option(
        "page 100 max 1000",
        "fewer requests for whoever reads everything, and slower ones",
        answer("page 100 max 1000"),
    )
}
