//! Names that a text takes away from what held rows, and gives to something else: nothing is dropped, and whoever asks by
//! the name finds other rows or none.

use std::collections::BTreeMap;

use squawk_syntax::ast::{self, AstNode};

use super::statement::{Statement, name_of};

/// The name of the loss.
pub(super) const SWAP: &str = "swap-by-name";

/// What a text has given another name so far: tables, and columns of them, by what they were called.
///
/// Schemas are left out: a name that may be meant counts.
#[derive(Debug, Default)]
pub(super) struct Moved {
    tables: BTreeMap<String, String>,
    columns: BTreeMap<(String, String), String>,
}

impl Moved {
    /// What a statement puts in the place of something that was called so before.
    pub(super) fn replaced(&self, statement: &Statement) -> Option<&'static str> {
        let named = statement
            .tree
            .syntax()
            .descendants()
            .filter_map(ast::TableName::cast);
        let from = statement.table().map(base);
        let is_back = |name: &String| self.tables.get(name).map(String::as_str) == from;
        let mut named = named.map(|name| name_of(name.syntax()));
        if named.any(|name| self.tables.contains_key(&name) && !is_back(&name)) {
            return Some("the table's name means another one from here on, and its rows are not found there");
        }
        let ast::Stmt::AlterTable(alter) = &statement.tree else {
            return None;
        };
        let mut named = alter.actions().filter_map(|action| {
            let (from, to) = match action {
                ast::AlterTableAction::AddColumn(add) => (None, add.column_name()?),
                ast::AlterTableAction::RenameColumn(rename) => {
                    (rename.column_name_ref(), rename.column_name()?)
                }
                _ => return None,
            };
            Some((from.map(|from| name_of(from.syntax())), name_of(to.syntax())))
        });
        let table = base(statement.table()?);
        let is_other = named.any(|(from, to)| {
            let now = self.columns.get(&(table.to_owned(), to));
            now.is_some_and(|now| Some(now) != from.as_ref())
        });
        is_other
            .then_some("the column's name means another one from here on, and its values are not found there")
    }

    /// Takes note of a statement. What the text itself has made, a table or a column of one, held nothing yet.
    pub(super) fn remember(&mut self, statement: &Statement, is_new: impl Fn(&str, Option<&str>) -> bool) {
        let ast::Stmt::AlterTable(alter) = &statement.tree else {
            return;
        };
        let Some(path) = statement.table().filter(|path| !is_new(path, None)) else {
            return;
        };
        let table = base(path);
        for action in alter.actions() {
            match action {
                ast::AlterTableAction::TableRenameTo(rename) => {
                    if let Some(to) = rename.table_name().map(|name| name_of(name.syntax())) {
                        self.tables.remove(&to);
                        self.tables.insert(table.to_owned(), to);
                    }
                }
                ast::AlterTableAction::RenameColumn(rename) => {
                    if let (Some(from), Some(to)) = (rename.column_name_ref(), rename.column_name()) {
                        let (from, to) = (name_of(from.syntax()), name_of(to.syntax()));
                        self.columns.remove(&(table.to_owned(), to.clone()));
                        if !is_new(path, Some(&from)) {
                            self.columns.insert((table.to_owned(), from), to);
                        }
                    }
                }
                _ => {}
            }
        }
    }
}

/// A name without the schema before it.
fn base(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}
