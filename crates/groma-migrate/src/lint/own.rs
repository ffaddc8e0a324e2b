//! What the field's linter does not see.

use std::ops::Range;

use squawk_syntax::ast::{self, AstNode};

use super::statement::{self, Statement, name_of};
use super::{Danger, Finding, Ground};

/// A key to a table that others use: it counts on new tables too.
pub(super) const REACHES: &str = "reference-in-new-table";

const WINDOW: &str = "copy the table in batches and swap it, or wait for a window in which nobody needs it";

/// Adds what is dangerous about a statement.
pub(super) fn look(statement: &Statement, ground: &Ground, findings: &mut Vec<Finding>) {
    let mut add = |name, danger, range, (message, help): (&str, &str)| {
        findings.push(Finding {
            name: String::from(name),
            danger,
            message: message.to_owned(),
            help: help.to_owned(),
            range,
        });
    };
    let whole = statement.range();
    match &statement.tree {
        ast::Stmt::AlterTable(alter) => {
            for action in alter.actions() {
                if let Some((name, said)) = action_blocks(&action, ground) {
                    add(name, Danger::Blocks, statement::range(action.syntax()), said);
                }
            }
        }
        ast::Stmt::CreateTable(table) => {
            if let Some(range) = refers_away(table, ground) {
                add(
                    REACHES,
                    Danger::Blocks,
                    range,
                    (
                        "nobody can write to the table that it points at until the transaction ends",
                        "create the table without the key, and add it `NOT VALID` in a statement of its own",
                    ),
                );
            }
        }
        ast::Stmt::Cluster(_) => add(
            "cluster",
            Danger::Blocks,
            whole,
            ("every row is written anew while nobody can use the table", WINDOW),
        ),
        ast::Stmt::Vacuum(vacuum) if is_full(vacuum) => add(
            "vacuum-full",
            Danger::Blocks,
            whole,
            ("every row is written anew while nobody can use the table", WINDOW),
        ),
        ast::Stmt::Refresh(refresh) if refresh.concurrently_token().is_none() => {
            add(
                "require-concurrent-refresh",
                Danger::Blocks,
                whole,
                (
                    "nobody can read the view until it is made anew",
                    "`REFRESH MATERIALIZED VIEW CONCURRENTLY`, which needs a unique index on it",
                ),
            );
        }
        ast::Stmt::Update(update) if update.where_clause_or_current_of().is_none() => {
            add(
                "update-without-where",
                Danger::Blocks,
                whole,
                (
                    "every row is written in one statement, and nobody else can write one of them until it ends",
                    "a condition that is false for rows that are done, and batches of some thousand rows",
                ),
            );
        }
        _ => {}
    }
}

type Said = (&'static str, (&'static str, &'static str));

/// What of `ALTER TABLE` keeps others from the table for as long as it has rows.
fn action_blocks(action: &ast::AlterTableAction, ground: &Ground) -> Option<Said> {
    let rewrites = "every row is written anew while nobody can use the table";
    match action {
        ast::AlterTableAction::SetUnlogged(_) | ast::AlterTableAction::SetLogged(_) => {
            Some(("set-logged", (rewrites, WINDOW)))
        }
        ast::AlterTableAction::SetTablespace(_) | ast::AlterTableAction::SetAccessMethod(_) => {
            Some(("set-storage", (rewrites, WINDOW)))
        }
        ast::AlterTableAction::AddColumn(column) => added(column, ground),
        ast::AlterTableAction::AttachPartition(attach) => (!is_checked(attach, ground)).then_some((
            "attach-without-check",
            (
                "the new partition is read whole while nobody can use it",
                "a check of the same bounds on it first, `NOT VALID`, then `VALIDATE CONSTRAINT`, then attach it",
            ),
        )),
        _ => None,
    }
}

fn added(column: &ast::AddColumn, ground: &Ground) -> Option<Said> {
    let ty = column.ty()?;
    let name = name_of(ty.syntax());
    let is_serial = matches!(
        name.as_str(),
        "serial" | "bigserial" | "smallserial" | "serial2" | "serial4" | "serial8"
    );
    if is_serial || ground.bound_domains.contains(&name) {
        return Some((
            "adding-filled-column",
            (
                "every row is written anew while nobody can use the table",
                "add a plain column, set its default after, fill the rows in batches",
            ),
        ));
    }
    let mut constraints = column.constraints();
    let checks = constraints.any(|constraint| matches!(constraint, ast::Constraint::CheckConstraint(_)));
    checks.then_some((
        "inline-check",
        (
            "the table is read whole while nobody can use it",
            "add the column, then the check `NOT VALID`, and `VALIDATE CONSTRAINT` in a later step",
        ),
    ))
}

/// Whether a check that holds for the new partition says its bounds, so that nobody has to look.
fn is_checked(attach: &ast::AttachPartition, ground: &Ground) -> bool {
    let table = attach
        .table_name_ref()
        .and_then(|name| ground.table(&name_of(name.syntax())));
    let bounds = attach
        .partition_type()
        .map(|bounds| bounds.syntax().text().to_string());
    let (Some(table), Some(bounds)) = (table, bounds) else {
        return false;
    };
    let literals = literals(&bounds);
    let says = |check: &String| {
        let said = self::literals(check);
        literals.iter().all(|literal| said.contains(literal))
    };
    table.rows == Some(0) || (!literals.is_empty() && table.checks.iter().any(says))
}

/// The numbers and texts in an expression.
fn literals(expression: &str) -> Vec<&str> {
    let words = expression.split(|letter: char| !(letter.is_ascii_digit() || "'-.:".contains(letter)));
    words
        .map(|word| word.trim_matches(['\'', ':', '.']))
        .filter(|word| word.bytes().any(|byte| byte.is_ascii_digit()))
        .collect()
}

/// Where a new table points at one that is there, and that somebody may be using.
fn refers_away(table: &ast::CreateTable, ground: &Ground) -> Option<Range<usize>> {
    let own = table.table_name().map(|name| name_of(name.syntax()));
    let nodes = table.syntax().descendants();
    let mut keys = nodes.filter_map(|node| {
        let inline = ast::ReferencesConstraint::cast(node.clone()).and_then(|key| key.table());
        let target = inline.or_else(|| ast::ForeignKeyConstraint::cast(node.clone())?.table_name_ref())?;
        Some((name_of(target.syntax()), statement::range(&node)))
    });
    let is_away = |target: &str| {
        let is_there =
            ground.tables.is_empty() || ground.table(target).is_some_and(|table| table.rows != Some(0));
        is_there && own.as_deref() != Some(target)
    };
    keys.find_map(|(target, range)| is_away(&target).then_some(range))
}

fn is_full(vacuum: &ast::Vacuum) -> bool {
    let in_list = || {
        let list = vacuum.vacuum_option_list();
        list.is_some_and(|list| list.syntax().text().to_string().to_uppercase().contains("FULL"))
    };
    vacuum.full_token().is_some() || in_list()
}
