//! Which columns an `UPDATE` writes, and of which its condition says that they have no value.

use std::collections::BTreeSet;

use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{self, AstNode};

use super::statement::{name_of, words};

/// The columns that it writes; none where that is not plain to see.
pub(super) fn written(update: &ast::Update) -> Vec<String> {
    update
        .set_clause()
        .map(|set| targets(set.syntax()))
        .unwrap_or_default()
}

fn targets(set: &SyntaxNode) -> Vec<String> {
    let several = set
        .descendants()
        .any(|node| ast::SetMultipleColumns::can_cast(node.kind()));
    if several {
        return Vec::new();
    }
    let single = set.descendants().filter_map(ast::SetSingleColumn::cast);
    single
        .filter_map(|column| Some(name_of(column.column_target()?.syntax())))
        .collect()
}

/// The columns that have no value in any row that it finds.
pub(super) fn asked_for(update: &ast::Update) -> BTreeSet<String> {
    let alias = update.alias().and_then(|alias| alias.name());
    let of = match (&alias, update.relation_name()) {
        (Some(alias), _) => name_of(alias.syntax()),
        (None, Some(table)) => name_of(table.syntax()),
        (None, None) => return BTreeSet::new(),
    };
    let condition = update.where_clause_or_current_of();
    let words = condition.map(|condition| words(condition.syntax()));
    match words.as_deref() {
        Some([first, rest @ ..]) if first == "where" => nulls(rest, &of),
        _ => BTreeSet::new(),
    }
}

/// The columns of `of` that have to be null for a condition to hold: of what is joined by `AND` alone, the parts that say
/// nothing else. Everything else is taken for a condition that says nothing about it.
fn nulls(words: &[String], of: &str) -> BTreeSet<String> {
    match words {
        [column, is, null] if is == "is" && null == "null" => [column.clone()].into(),
        [table, dot, column, is, null] if dot == "." && is == "is" && null == "null" && table == of => {
            [column.clone()].into()
        }
        [open, inner @ .., close] if open == "(" && close == ")" && is_one_group(inner) => nulls(inner, of),
        _ => {
            let parts = parts(words);
            if parts.len() < 2 {
                return BTreeSet::new();
            }
            parts.into_iter().flat_map(|part| nulls(part, of)).collect()
        }
    }
}

/// Whether the parenthesis before it is closed by the one behind it.
fn is_one_group(inner: &[String]) -> bool {
    let mut depth = 0_i32;
    inner.iter().all(|word| {
        depth += step(word);
        depth >= 0
    })
}

/// What `AND` joins; nothing where other words may take one for themselves.
fn parts(words: &[String]) -> Vec<&[String]> {
    let mut depth = 0_i32;
    let (mut parts, mut start) = (Vec::new(), 0);
    for (at, word) in words.iter().enumerate() {
        depth += step(word);
        match word.as_str() {
            "or" | "between" | "case" if depth == 0 => return Vec::new(),
            "and" if depth == 0 => {
                parts.extend(words.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.extend(words.get(start..));
    parts
}

fn step(word: &str) -> i32 {
    match word {
        "(" | "[" => 1,
        ")" | "]" => -1,
        _ => 0,
    }
}
