//! One statement of a text: where it stands, which tables it is about, what its author allows.

use std::collections::BTreeSet;
use std::ops::Range;

use squawk_syntax::ast::{self, AstNode};
use squawk_syntax::{SyntaxElement, SyntaxKind, SyntaxNode};

use crate::step::Run;

/// The comment that silences findings of the statement after it.
const ALLOW: &str = "groma: allow ";

/// A statement of a text.
#[derive(Debug)]
pub(super) struct Statement {
    pub(super) tree: ast::Stmt,
    /// The tables that it is about, where it names some.
    pub(super) tables: Vec<String>,
    /// Whether all of them are made earlier in the text: nobody else knows them yet.
    pub(super) is_of_new_table: bool,
    /// How its step is run, as far as comments say it.
    pub(super) run: Run,
    allowed: Vec<String>,
}

impl Statement {
    /// The statements of a text, in order.
    pub(super) fn all(file: &ast::SourceFile) -> Vec<Statement> {
        let mut made = BTreeSet::new();
        let mut run = Run::Together(1);
        let statements = file.stmts().map(|tree| {
            let tables = tables(&tree);
            let comments = comments(tree.syntax());
            for said in &comments {
                if said.starts_with("-- step:") {
                    run = Run::Together(1);
                }
                run = said
                    .strip_prefix("-- run: ")
                    .and_then(Run::from_words)
                    .unwrap_or(run);
            }
            let statement = Statement {
                is_of_new_table: !tables.is_empty() && tables.iter().all(|table| made.contains(table)),
                tables,
                run,
                allowed: comments.iter().flat_map(|said| allowed_by(said)).collect(),
                tree,
            };
            if let ast::Stmt::CreateTable(table) = &statement.tree {
                made.extend(table.table_name().map(|name| name_of(name.syntax())));
            }
            statement
        });
        statements.collect()
    }

    pub(super) fn range(&self) -> Range<usize> {
        range(self.tree.syntax())
    }

    /// Its one table.
    pub(super) fn table(&self) -> Option<&str> {
        self.tables.first().map(String::as_str)
    }

    pub(super) fn allows(&self, name: &str) -> bool {
        self.allowed.iter().any(|allowed| allowed == name)
    }
}

/// The statement in which a place lies.
pub(super) fn at(statements: &[Statement], place: usize) -> Option<&Statement> {
    let after = statements.partition_point(|statement| statement.range().start <= place);
    let statement = statements.get(after.checked_sub(1)?)?;
    (place <= statement.range().end).then_some(statement)
}

/// Where a node stands, without what blanks and comments it begins with.
pub(super) fn range(node: &SyntaxNode) -> Range<usize> {
    let whole = bytes(node.text_range().start(), node.text_range().end());
    let first = node.children_with_tokens().find(|part| !is_blank(part.kind()));
    let start = first.map_or(whole.start, |part| part.text_range().start().into());
    start..whole.end
}

/// Two places of the linter's as ours.
pub(super) fn bytes(start: impl Into<usize>, end: impl Into<usize>) -> Range<usize> {
    start.into()..end.into()
}

/// The last part of a name, as the database keeps it.
pub(super) fn name_of(node: &SyntaxNode) -> String {
    let mut words = words(node).into_iter();
    let last = words.rfind(|word| !matches!(word.as_str(), "." | "*" | "(" | ")"));
    last.unwrap_or_default()
}

/// A name with the schema before it, where that is written: `public.tasks`.
pub(super) fn path_of(node: &SyntaxNode) -> String {
    let words = words(node).into_iter();
    let kept = words.filter(|word| !matches!(word.as_str(), "*" | "(" | ")" | "only"));
    kept.collect()
}

/// What stands in a text, without blanks and comments, names as the database keeps them.
pub(super) fn words(node: &SyntaxNode) -> Vec<String> {
    let tokens = node
        .descendants_with_tokens()
        .filter_map(SyntaxElement::into_token);
    tokens
        .filter(|token| !is_blank(token.kind()))
        .map(|token| word(token.text()))
        .collect()
}

fn word(text: &str) -> String {
    match text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
        Some(quoted) => quoted.replace("\"\"", "\""),
        None => text.to_lowercase(),
    }
}

fn tables(statement: &ast::Stmt) -> Vec<String> {
    let one = |node: Option<SyntaxNode>| node.iter().map(name_of).collect::<Vec<_>>();
    let node_of = |name: Option<ast::TableRelationName>| name.map(|name| name.syntax().clone());
    match statement {
        ast::Stmt::AlterTable(alter) => one(node_of(alter.table_relation_name())),
        ast::Stmt::CreateIndex(index) => one(node_of(index.table_relation_name())),
        ast::Stmt::Update(update) => one(update.relation_name().map(|name| name.syntax().clone())),
        ast::Stmt::Delete(delete) => one(delete.relation_name().map(|name| name.syntax().clone())),
        ast::Stmt::Cluster(cluster) => one(cluster.table_name_ref().map(|name| name.syntax().clone())),
        ast::Stmt::CreatePolicy(policy) => one(policy.on_table().map(|table| table.syntax().clone())),
        ast::Stmt::DropTable(_) | ast::Stmt::Truncate(_) => {
            let names = statement
                .syntax()
                .descendants()
                .filter_map(ast::TableNameRef::cast);
            names.map(|name| name_of(name.syntax())).collect()
        }
        _ => Vec::new(),
    }
}

/// The comments before a statement, in order.
fn comments(node: &SyntaxNode) -> Vec<String> {
    let mut before = Vec::new();
    let mut part = node.prev_sibling_or_token();
    while let Some(blank) = part.filter(|part| is_blank(part.kind())) {
        before.extend(blank.as_token().map(|token| token.text().to_owned()));
        part = blank.prev_sibling_or_token();
    }
    before.reverse();
    let inner = node
        .children_with_tokens()
        .take_while(|part| is_blank(part.kind()));
    before.extend(inner.filter_map(|part| Some(part.into_token()?.text().to_owned())));
    before.retain(|text| text.starts_with("--"));
    before
}

/// The findings that a comment says were looked at.
pub(crate) fn allowed_by(comment: &str) -> Vec<String> {
    let said = comment.trim_start_matches("--").trim();
    let names = said.strip_prefix(ALLOW).unwrap_or_default().split(',');
    let names = names.filter_map(|name| name.split_whitespace().next());
    names.map(str::to_owned).collect()
}

fn is_blank(kind: SyntaxKind) -> bool {
    matches!(kind, SyntaxKind::COMMENT | SyntaxKind::WHITESPACE)
}
