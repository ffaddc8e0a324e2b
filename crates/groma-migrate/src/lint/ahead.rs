//! Questions of later steps, asked before any step is done: whether rows that are there now will be in the way.
//!
//! A question is put to the tables as they will look by then: under the names that steps before it give, and with the
//! columns that they add. Where a step before it may write rows that it asks for, it cannot be asked yet.

use std::collections::{BTreeMap, BTreeSet};

use groma_sql::schema::quoted;
use squawk_syntax::SourceFile;
use squawk_syntax::ast::{self, AstNode};

use super::calls::Calls;
use super::statement::{Statement, name_of, words};
use super::{Ground, too_deep};

/// What steps make of the tables, followed statement by statement from those that are there.
#[derive(Debug, Default)]
pub struct Ahead {
    /// The tables that are not what they were, by the names that they have.
    tables: BTreeMap<String, Seen>,
    /// Whether something was done of which nobody knows what it does.
    is_lost: bool,
}

/// A table as later steps see it.
#[derive(Clone, Debug)]
enum Seen {
    /// The rows of a table of now, with expressions over them as further columns.
    Of {
        table: String,
        columns: BTreeMap<String, String>,
    },
    /// Its rows may be others by then.
    Changed,
}

impl Ahead {
    /// A question of the next step as a query over the tables of now, where that can be told.
    pub fn asked(&self, question: &str) -> Option<String> {
        if self.is_lost || too_deep(question).is_some() {
            return None;
        }
        let parsed = SourceFile::parse(question);
        let words: BTreeSet<String> = words(parsed.tree().syntax()).into_iter().collect();
        let mut views = Vec::new();
        // A view hides the table of its name from those behind it.
        let mut hidden = BTreeSet::new();
        for (name, seen) in self.tables.iter().filter(|(name, _)| words.contains(*name)) {
            let Seen::Of { table, columns } = seen else {
                return None;
            };
            if columns.is_empty() && name == table {
                continue;
            }
            if hidden.contains(table) {
                return None;
            }
            hidden.insert(name);
            let columns = columns
                .iter()
                .map(|(name, value)| format!(", {value} AS {}", quoted(name)));
            views.push(format!(
                "{} AS (SELECT *{} FROM {})",
                quoted(name),
                columns.collect::<String>(),
                quoted(table)
            ));
        }
        Some(if views.is_empty() {
            question.to_owned()
        } else {
            format!("WITH {} SELECT * FROM ({question}) AS asked", views.join(", "))
        })
    }

    /// Takes note of a statement that comes before the next question.
    pub fn follow(&mut self, sql: &str) {
        if self.is_lost {
            return;
        }
        let parsed = SourceFile::parse(if too_deep(sql).is_some() { "" } else { sql });
        let statements = Statement::all(&parsed.tree());
        self.is_lost = statements.is_empty() || !parsed.errors().is_empty();
        for statement in &statements {
            self.after(statement);
        }
    }

    fn after(&mut self, statement: &Statement) {
        match &statement.tree {
            ast::Stmt::AlterTable(alter) => {
                let table = statement.table().unwrap_or_default();
                for action in alter.actions() {
                    self.altered(table, &action);
                }
            }
            ast::Stmt::DropTable(_) => {
                for table in &statement.tables {
                    self.changed(table.clone());
                }
            }
            ast::Stmt::Insert(_) | ast::Stmt::Select(_) | ast::Stmt::Update(_) => self.written(statement),
            tree => self.is_lost |= !leaves_rows(tree),
        }
    }

    /// A statement that writes rows, or may hold one that does.
    fn written(&mut self, statement: &Statement) {
        self.is_lost |= Calls::default().of(statement, &Ground::default()).is_some();
        for node in statement.tree.syntax().descendants() {
            // What is deleted may take rows of other tables along.
            self.is_lost |= ast::Delete::can_cast(node.kind()) || ast::Merge::can_cast(node.kind());
            let updated = ast::Update::cast(node.clone()).and_then(|update| update.relation_name());
            let inserted = ast::Insert::cast(node).and_then(|insert| insert.relation_name_ref());
            let updated = updated.map(|name| name_of(name.syntax()));
            let inserted = inserted.map(|name| name_of(name.syntax()));
            for table in updated.into_iter().chain(inserted) {
                self.changed(table);
            }
        }
    }

    fn altered(&mut self, table: &str, action: &ast::AlterTableAction) {
        match action {
            ast::AlterTableAction::AddColumn(add) => match new_column(add) {
                Some((name, value)) => {
                    self.columns(table).map(|columns| columns.insert(name, value));
                }
                None => self.changed(table.to_owned()),
            },
            ast::AlterTableAction::DropColumn(drop) => {
                let name = drop.column_name_ref().map(|name| name_of(name.syntax()));
                self.columns(table)
                    .and_then(|columns| columns.remove(&name.unwrap_or_default()));
            }
            ast::AlterTableAction::RenameColumn(rename) => {
                let from = rename.column_name_ref().map(|name| name_of(name.syntax()));
                let to = rename.column_name().map(|name| name_of(name.syntax()));
                if let (Some(from), Some(to), Some(columns)) = (from, to, self.columns(table)) {
                    let value = columns.remove(&from).unwrap_or_else(|| quoted(&from));
                    columns.insert(to, value);
                }
            }
            ast::AlterTableAction::TableRenameTo(rename) => {
                let seen = self.seen(table).clone();
                self.changed(table.to_owned());
                let to = rename.table_name().map(|name| name_of(name.syntax()));
                self.tables.insert(to.unwrap_or_default(), seen);
            }
            ast::AlterTableAction::AlterColumn(alter) => {
                if matches!(alter.option(), None | Some(ast::AlterColumnOption::SetType(_))) {
                    self.changed(table.to_owned());
                }
            }
            action if leaves_table(action) => {}
            _ => self.changed(table.to_owned()),
        }
    }

    fn seen(&mut self, table: &str) -> &mut Seen {
        self.tables.entry(table.to_owned()).or_insert_with(|| Seen::Of {
            table: table.to_owned(),
            columns: BTreeMap::new(),
        })
    }

    /// The further columns of a table, where it is still known.
    fn columns(&mut self, table: &str) -> Option<&mut BTreeMap<String, String>> {
        match self.seen(table) {
            Seen::Of { columns, .. } => Some(columns),
            Seen::Changed => None,
        }
    }

    fn changed(&mut self, table: String) {
        self.tables.insert(table, Seen::Changed);
    }
}

/// A new column and what rows that are there have in it; nothing where the database makes that up.
fn new_column(add: &ast::AddColumn) -> Option<(String, String)> {
    let name = name_of(add.column_name()?.syntax());
    let ty = add.ty()?.syntax().text().to_string();
    let mut value = String::from("NULL");
    for constraint in add.constraints() {
        match constraint {
            ast::Constraint::DefaultConstraint(default) => {
                value = default.expr()?.syntax().text().to_string();
            }
            ast::Constraint::GeneratedConstraint(_) => return None,
            _ => {}
        }
    }
    Some((name, format!("CAST({value} AS {ty})")))
}

/// Whether no row and no name of a table is another one behind a statement. What is not known may do anything.
fn leaves_rows(tree: &ast::Stmt) -> bool {
    matches!(
        tree,
        ast::Stmt::AlterIndex(_)
            | ast::Stmt::AlterPolicy(_)
            | ast::Stmt::Analyze(_)
            | ast::Stmt::CommentOn(_)
            | ast::Stmt::CreateExtension(_)
            | ast::Stmt::CreateFunction(_)
            | ast::Stmt::CreateIndex(_)
            | ast::Stmt::CreatePolicy(_)
            | ast::Stmt::CreateSchema(_)
            | ast::Stmt::CreateSequence(_)
            | ast::Stmt::CreateTable(_)
            | ast::Stmt::CreateTrigger(_)
            | ast::Stmt::CreateType(_)
            | ast::Stmt::CreateView(_)
            | ast::Stmt::DropFunction(_)
            | ast::Stmt::DropIndex(_)
            | ast::Stmt::DropPolicy(_)
            | ast::Stmt::DropTrigger(_)
            | ast::Stmt::DropView(_)
            | ast::Stmt::EmptyStmt(_)
            | ast::Stmt::Grant(_)
            | ast::Stmt::Revoke(_)
    )
}

/// Whether a table is the same to whoever asks it behind an action.
fn leaves_table(action: &ast::AlterTableAction) -> bool {
    matches!(
        action,
        ast::AlterTableAction::AddConstraint(_)
            | ast::AlterTableAction::AlterConstraint(_)
            | ast::AlterTableAction::DisableRls(_)
            | ast::AlterTableAction::DisableTrigger(_)
            | ast::AlterTableAction::DropConstraint(_)
            | ast::AlterTableAction::EnableRls(_)
            | ast::AlterTableAction::EnableTrigger(_)
            | ast::AlterTableAction::ForceRls(_)
            | ast::AlterTableAction::NoForceRls(_)
            | ast::AlterTableAction::OwnerTo(_)
            | ast::AlterTableAction::RenameConstraint(_)
            | ast::AlterTableAction::ReplicaIdentity(_)
            | ast::AlterTableAction::ValidateConstraint(_)
    )
}

#[cfg(test)]
mod tests;
