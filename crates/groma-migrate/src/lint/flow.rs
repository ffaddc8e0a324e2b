//! What statements do to each other: those of one transaction, and those that go before.

use std::collections::BTreeSet;
use std::ops::Range;

use squawk_syntax::ast::{self, AstNode};
use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::statement::{Statement, name_of};
use super::{Danger, Finding, Ground};
use crate::step::Run;

/// What the statements before have done.
#[derive(Debug, Default)]
pub(super) struct Flow {
    /// The transaction that is under way.
    run: Option<Run>,
    /// The values that it has added to enums, as literals.
    values: BTreeSet<String>,
    /// A table that nobody else can use until it ends.
    locked: Option<String>,
    /// Constraints that the text has made: to be dropped again, and to believe that a column always has a value.
    made: BTreeSet<String>,
    proofs: BTreeSet<(String, String, String)>,
    proved: BTreeSet<(String, String)>,
}

impl Flow {
    /// Adds what is dangerous about a statement because of those before it.
    pub(super) fn look(&mut self, statement: &Statement, ground: &Ground, findings: &mut Vec<Finding>) {
        if self.run != Some(statement.run) || statement.run == Run::Alone {
            self.run = Some(statement.run);
            self.values.clear();
            self.locked = None;
        }
        let mut add = |name: &str, danger, message: String, help: &str| {
            findings.push(Finding {
                name: String::from(name),
                danger,
                message,
                help: help.to_owned(),
                range: statement.range(),
            });
        };
        if let Some(value) = literals(statement.tree.syntax()).find(|it| self.values.contains(it)) {
            add(
                "enum-value-used-at-once",
                Danger::Misleads,
                format!(
                    "{value} is added to an enum in the same transaction, and cannot be used before that ends"
                ),
                "use it in a later step, with another `-- run: in transaction`",
            );
        }
        if let Some(table) = self
            .locked
            .as_ref()
            .filter(|_| works_through_rows(&statement.tree))
        {
            add(
                "work-under-lock",
                Danger::Blocks,
                format!("nobody can use `{table}` meanwhile, which is locked until the transaction ends"),
                "put what locks everybody out last in its transaction, or this into a step of its own",
            );
        }
        self.remember(statement, ground);
    }

    /// Where rules of the linter do not count in a statement after those before it.
    pub(super) fn met(&self, statement: &Statement) -> Vec<(&'static str, Range<usize>)> {
        let table = statement.table().unwrap_or_default();
        let nodes = statement.tree.syntax().descendants();
        let met = nodes.filter_map(|node| {
            if let Some(column) = ast::AlterColumn::cast(node.clone()) {
                let place = (table.to_owned(), name_of(column.column_name_ref()?.syntax()));
                return self
                    .proved
                    .contains(&place)
                    .then_some("adding-not-nullable-field");
            }
            let drop = ast::DropConstraint::cast(node)?;
            let name = name_of(drop.constraint_name_ref()?.syntax());
            self.made.contains(&name).then_some("ban-drop-constraint")
        });
        met.map(|name| (name, statement.range())).collect()
    }

    fn remember(&mut self, statement: &Statement, ground: &Ground) {
        match &statement.tree {
            ast::Stmt::AlterType(alter) => {
                let added = alter.syntax().descendants().find_map(ast::AddValue::cast);
                let first = added.and_then(|added| literals(added.syntax()).next());
                self.values.extend(first);
            }
            ast::Stmt::AlterTable(alter) => {
                let table = statement.table().unwrap_or_default().to_owned();
                for action in alter.actions() {
                    self.constraint(&table, &action);
                    if locks_out(&action) && !is_nobodys(statement, ground) {
                        self.locked = Some(table.clone());
                    }
                }
            }
            _ => {}
        }
    }

    fn constraint(&mut self, table: &str, action: &ast::AlterTableAction) {
        match action {
            ast::AlterTableAction::AddConstraint(add) => {
                let named = add.syntax().descendants().find_map(ast::ConstraintName::cast);
                let Some(name) = named.map(|name| name_of(name.syntax())) else {
                    return;
                };
                let text = add.syntax().text().to_string();
                let says = text.split_once('(').map_or("", |(_, rest)| rest).to_lowercase();
                if let Some((column, _)) = says.split_once(" is not null") {
                    let column = column.trim().trim_matches('"').to_owned();
                    self.proofs.insert((table.to_owned(), name.clone(), column));
                }
                self.made.insert(name);
            }
            ast::AlterTableAction::ValidateConstraint(validate) => {
                let name = validate.constraint_name_ref().map(|name| name_of(name.syntax()));
                let of = self
                    .proofs
                    .iter()
                    .filter(|(of, proof, _)| of == table && Some(proof) == name.as_ref());
                let proved: Vec<_> = of.map(|(of, _, column)| (of.clone(), column.clone())).collect();
                self.proved.extend(proved);
            }
            _ => {}
        }
    }
}

/// Whether nobody else uses the table, or it has no rows that anybody could wait for.
fn is_nobodys(statement: &Statement, ground: &Ground) -> bool {
    let rows = statement.table().and_then(|table| ground.table(table)?.rows);
    statement.is_of_new_table || rows == Some(0)
}

/// Whether nobody can read the table from here on.
fn locks_out(action: &ast::AlterTableAction) -> bool {
    !matches!(
        action,
        ast::AlterTableAction::ValidateConstraint(_)
            | ast::AlterTableAction::ClusterOn(_)
            | ast::AlterTableAction::SetOptions(_)
            | ast::AlterTableAction::EnableTrigger(_)
            | ast::AlterTableAction::DisableTrigger(_)
    )
}

/// Whether it takes as long as there are rows, and keeps nobody out by itself: what does is said without this.
fn works_through_rows(tree: &ast::Stmt) -> bool {
    match tree {
        ast::Stmt::Update(_)
        | ast::Stmt::Delete(_)
        | ast::Stmt::Merge(_)
        | ast::Stmt::Copy(_)
        | ast::Stmt::CreateTableAs(_)
        | ast::Stmt::CreateMaterializedView(_) => true,
        ast::Stmt::Insert(insert) => {
            let mut nodes = insert.syntax().descendants();
            nodes.any(|node| ast::FromClause::can_cast(node.kind()))
        }
        ast::Stmt::AlterTable(alter) => {
            let mut actions = alter.actions();
            actions.any(|action| matches!(action, ast::AlterTableAction::ValidateConstraint(_)))
        }
        _ => false,
    }
}

/// The texts in quotes that stand in a statement.
fn literals(node: &SyntaxNode) -> impl Iterator<Item = String> {
    let tokens = node
        .descendants_with_tokens()
        .filter_map(squawk_syntax::SyntaxElement::into_token);
    tokens
        .filter(|token| token.kind() == SyntaxKind::STRING)
        .map(|token| token.text().to_owned())
}
