//! What a text has made so far, as far as that is certain: there is nothing in it yet that anybody could lose.
//!
//! A name counts as new only where nothing else can be meant by it. Whatever may change what names stand for makes
//! everything forgotten.

use std::collections::BTreeSet;

use squawk_syntax::ast::{self, AstNode};

use super::calls::Calls;
use super::empty;
use super::statement::{Statement, name_of, path_of, words};
use super::swap::Moved;

/// What a text has made so far.
#[derive(Debug, Default)]
pub(super) struct Made {
    /// Tables by their names as they are written.
    tables: BTreeSet<String>,
    columns: BTreeSet<(String, String)>,
    pub(super) calls: Calls,
    pub(super) moved: Moved,
}

impl Made {
    /// Whether a table is new.
    pub(super) fn is_new(&self, table: &str) -> bool {
        self.tables.contains(table)
    }

    /// Whether an `UPDATE` writes columns alone that have no value yet: they are new, or it is asked for.
    pub(super) fn are_empty(&self, update: &ast::Update) -> bool {
        let table = update.relation_name().map(|name| path_of(name.syntax()));
        let table = table.unwrap_or_default();
        let written = empty::written(update);
        let asked_for = empty::asked_for(update);
        let is_empty = |column: &String| {
            self.columns.contains(&(table.clone(), column.clone())) || asked_for.contains(column)
        };
        !written.is_empty() && written.iter().all(is_empty)
    }

    /// Takes note of a statement.
    pub(super) fn remember(&mut self, statement: &Statement) {
        self.calls.remember(statement);
        let (tables, columns) = (&self.tables, &self.columns);
        self.moved.remember(statement, |table, column| match column {
            None => tables.contains(table),
            Some(column) => columns.contains(&(table.to_owned(), column.to_owned())),
        });
        match &statement.tree {
            ast::Stmt::CreateTable(table) => self.table(table),
            ast::Stmt::AlterTable(alter) => {
                let name = alter.table_relation_name();
                let name = name.map(|name| path_of(name.syntax())).unwrap_or_default();
                for action in alter.actions() {
                    self.action(&name, &action);
                }
            }
            tree if keeps_names(tree) && !words(tree.syntax()).iter().any(|word| word == "set_config") => {}
            _ => *self = self.without_names(),
        }
    }

    fn without_names(&mut self) -> Self {
        Self {
            calls: std::mem::take(&mut self.calls),
            moved: std::mem::take(&mut self.moved),
            ..Self::default()
        }
    }

    /// One that was perhaps there before is not new, and one that goes with the session hides another.
    fn table(&mut self, table: &ast::CreateTable) {
        let lasts = |kept: ast::Persistence| words(kept.syntax()).iter().all(|word| word == "unlogged");
        if table.if_not_exists().is_none() && table.persistence().is_none_or(lasts) {
            self.tables
                .extend(table.table_name().map(|name| path_of(name.syntax())));
        }
    }

    fn action(&mut self, table: &str, action: &ast::AlterTableAction) {
        match action {
            ast::AlterTableAction::AddColumn(column) if column.if_not_exists().is_none() => {
                let name = column.column_name().map(|name| name_of(name.syntax()));
                self.columns.extend(name.map(|name| (table.to_owned(), name)));
            }
            ast::AlterTableAction::RenameColumn(_)
            | ast::AlterTableAction::TableRenameTo(_)
            | ast::AlterTableAction::SetSchema(_)
            | ast::AlterTableAction::AttachPartition(_)
            | ast::AlterTableAction::InheritTable(_) => *self = self.without_names(),
            _ => {}
        }
        // Rows that were there may go with those of a new table to which they point.
        let refers = words(action.syntax()).iter().any(|word| word == "references");
        if refers && !self.is_new(table) {
            self.tables.clear();
        }
    }
}

/// Whether all names mean behind a statement what they meant before it.
fn keeps_names(tree: &ast::Stmt) -> bool {
    matches!(
        tree,
        ast::Stmt::Analyze(_)
            | ast::Stmt::CommentOn(_)
            | ast::Stmt::CompoundSelect(_)
            | ast::Stmt::CreateFunction(_)
            | ast::Stmt::CreateIndex(_)
            | ast::Stmt::CreatePolicy(_)
            | ast::Stmt::CreateSequence(_)
            | ast::Stmt::CreateTableAs(_)
            | ast::Stmt::CreateTrigger(_)
            | ast::Stmt::CreateType(_)
            | ast::Stmt::CreateView(_)
            | ast::Stmt::Delete(_)
            | ast::Stmt::DropIndex(_)
            | ast::Stmt::EmptyStmt(_)
            | ast::Stmt::Grant(_)
            | ast::Stmt::Insert(_)
            | ast::Stmt::Merge(_)
            | ast::Stmt::Select(_)
            | ast::Stmt::Truncate(_)
            | ast::Stmt::Update(_)
            | ast::Stmt::Values(_)
    )
}
