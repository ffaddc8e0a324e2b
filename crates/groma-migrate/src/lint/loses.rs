//! What a statement throws away: told by how it is parsed, for the lint and for who has to say that it may.

use std::collections::BTreeSet;
use std::ops::Range;

use groma_sql::Dialect;
use squawk_syntax::ast::{self, AstNode};
use squawk_syntax::{SourceFile, SyntaxKind, SyntaxNode};

use super::statement::{self, Statement, allowed_by, name_of};
use super::types::{Change, is_free};
use super::{Ground, too_deep};
use crate::split::{What, normalised, parts};

/// Something that a statement throws away.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Loss {
    /// Its name, by which it is allowed: `ban-drop-column`.
    pub name: &'static str,
    /// The statement.
    pub statement: String,
    /// What is gone.
    pub message: &'static str,
    /// What to do instead.
    pub help: &'static str,
    /// Whether it is so of every such statement; some throw away what nobody needs, and only their author knows.
    pub is_certain: bool,
}

/// What is lost, and where in the statement that is said.
pub(super) struct Lost {
    pub(super) name: &'static str,
    pub(super) message: &'static str,
    pub(super) help: &'static str,
    pub(super) is_certain: bool,
    pub(super) range: Range<usize>,
}

const BATCHES: &str = "say which rows, and delete them in batches";
const COPY: &str = "keep a copy of what may be needed again; `--yes` does it";

/// What the statements of a text may throw away, each read by itself: what cannot be read does not hide the next one.
/// What its author allows by a comment, and what was made by the same text, is left out.
pub fn losses(text: &str, dialect: Option<Dialect>, ground: &Ground) -> Vec<Loss> {
    let mut all = Vec::new();
    let mut made = Made::default();
    let mut allowed = Vec::new();
    for part in parts(text, dialect) {
        match part.what {
            What::Comment(said) | What::Inside(said) => allowed.extend(allowed_by(said)),
            What::Statement(sql) => {
                let found = of_text(&sql, &mut made, ground);
                all.extend(
                    found
                        .into_iter()
                        .filter(|loss| !allowed.iter().any(|name| name == loss.name)),
                );
                allowed.clear();
            }
            What::Return | What::Nested => {}
        }
    }
    all
}

fn of_text(sql: &str, made: &mut Made, ground: &Ground) -> Vec<Loss> {
    let named = |lost: &Lost| Loss {
        name: lost.name,
        statement: normalised(sql, None),
        message: lost.message,
        help: lost.help,
        is_certain: lost.is_certain,
    };
    let unreadable = || {
        vec![named(&Lost {
            name: "unreadable",
            message: "this cannot be read, so that nobody knows what it throws away",
            help: "read it yourself; `--yes` does it",
            is_certain: false,
            range: 0..sql.len(),
        })]
    };
    if too_deep(sql).is_some() {
        return unreadable();
    }
    let parsed = SourceFile::parse(sql);
    let statements = Statement::all(&parsed.tree());
    let is_known = |statement: &Statement| parsed.errors().is_empty() || takes_nothing(&statement.tree);
    if statements.is_empty() || !statements.iter().all(is_known) {
        return unreadable();
    }
    let found = statements
        .iter()
        .flat_map(|statement| made.follow(statement, ground));
    found.map(|lost| named(&lost)).collect()
}

/// Kinds of statements that take nothing away however they go on: another database may have its own words for the rest.
fn takes_nothing(tree: &ast::Stmt) -> bool {
    matches!(
        tree,
        ast::Stmt::CreateTable(_)
            | ast::Stmt::CreateIndex(_)
            | ast::Stmt::CreateView(_)
            | ast::Stmt::DropIndex(_)
            | ast::Stmt::DropView(_)
            | ast::Stmt::Select(_)
    )
}

/// What a text has made so far: there is nothing in it yet that anybody could lose.
#[derive(Debug, Default)]
pub(super) struct Made {
    tables: BTreeSet<String>,
    columns: BTreeSet<(String, String)>,
}

impl Made {
    /// What the next statement of a text throws away.
    pub(super) fn follow(&mut self, statement: &Statement, ground: &Ground) -> Vec<Lost> {
        let tables = &statement.tables;
        let is_new = !tables.is_empty() && tables.iter().all(|table| self.tables.contains(table));
        let lost = if is_new {
            Vec::new()
        } else {
            self.lost(statement, ground)
        };
        match &statement.tree {
            ast::Stmt::CreateTable(table) => {
                self.tables
                    .extend(table.table_name().map(|name| name_of(name.syntax())));
            }
            ast::Stmt::AlterTable(alter) => {
                let table = statement.table().unwrap_or_default();
                for action in alter.actions() {
                    if let ast::AlterTableAction::AddColumn(column) = action {
                        let name = column.column_name().map(|name| name_of(name.syntax()));
                        self.columns.extend(name.map(|name| (table.to_owned(), name)));
                    }
                }
            }
            _ => {}
        }
        lost
    }

    fn lost(&self, statement: &Statement, ground: &Ground) -> Vec<Lost> {
        if is_for_later(&statement.tree) {
            return Vec::new();
        }
        if let Some(lost) = whole(statement) {
            return vec![lost];
        }
        let nodes = statement.tree.syntax().descendants();
        nodes
            .filter_map(|node| self.of_node(&node, statement, ground))
            .collect()
    }

    /// What a part of a statement throws away, wherever in it that stands.
    fn of_node(&self, node: &SyntaxNode, statement: &Statement, ground: &Ground) -> Option<Lost> {
        let lost = |name, message, help, is_certain| Lost {
            name,
            message,
            help,
            is_certain,
            range: statement::range(node),
        };
        if let Some(delete) = ast::Delete::cast(node.clone()) {
            return Some(if delete.where_clause_or_current_of().is_none() {
                lost(
                    "delete-without-where",
                    "every row of the table is gone",
                    BATCHES,
                    true,
                )
            } else {
                lost("delete-rows", "the rows that it finds are gone", COPY, false)
            });
        }
        if let Some(update) = ast::Update::cast(node.clone()) {
            let table = update.relation_name().map(|name| name_of(name.syntax()));
            let condition = update.where_clause_or_current_of();
            let is_whole = condition.is_none();
            let condition = condition.map_or_else(String::new, |it| it.syntax().text().to_string());
            let written = update
                .set_clause()
                .map(|set| targets(set.syntax()))
                .unwrap_or_default();
            if self.are_empty(&table.unwrap_or_default(), &written, &condition) {
                return None;
            }
            return Some(if is_whole {
                lost("update-values", "a value of every row is overwritten", COPY, true)
            } else {
                lost(
                    "update-values",
                    "values of the rows that it finds are overwritten",
                    COPY,
                    false,
                )
            });
        }
        if ast::ConflictDoUpdateSet::can_cast(node.kind()) || ast::MergeUpdate::can_cast(node.kind()) {
            let message = "values of rows that are there are overwritten";
            return Some(lost("update-values", message, COPY, false));
        }
        if ast::MergeDelete::can_cast(node.kind()) {
            return Some(lost(
                "delete-rows",
                "the rows that it finds are gone",
                COPY,
                false,
            ));
        }
        if ast::DropColumn::can_cast(node.kind()) {
            return Some(lost(
                "ban-drop-column",
                "the column's values are gone, and a server that still reads it fails",
                "drop it in the release after the one that no longer uses it",
                true,
            ));
        }
        let set = ast::SetType::cast(node.clone())?;
        let column = node
            .ancestors()
            .find_map(ast::AlterColumn::cast)?
            .column_name_ref()?;
        let known = ground.column(statement.table()?, &name_of(column.syntax()));
        let to = set
            .ty()
            .map(|ty| ty.syntax().text().to_string())
            .unwrap_or_default();
        let is_free = known.is_some_and(|known| {
            let change = Change {
                from: &known.ty,
                to: &to,
                is_utc: ground.is_utc,
            };
            is_free(&change)
        });
        let is_kept = is_free && set.using_expr().is_none();
        let message = "what the new type does not hold of the column's values is gone";
        (!is_kept).then(|| lost("change-values", message, COPY, false))
    }

    /// Whether the columns that are written have no value yet: they are new, or it is asked for.
    fn are_empty(&self, table: &str, written: &[String], condition: &str) -> bool {
        let bare = |text: &str| -> String {
            let kept = text
                .chars()
                .filter(|letter| !letter.is_whitespace() && *letter != '"');
            kept.collect::<String>().to_lowercase()
        };
        let condition = bare(condition);
        let is_empty = |column: &String| {
            self.columns.contains(&(table.to_owned(), column.clone()))
                || !condition.contains("or") && condition.contains(&format!("{}isnull", bare(column)))
        };
        !written.is_empty() && written.iter().all(is_empty)
    }
}

/// The columns that a `SET` writes.
fn targets(set: &SyntaxNode) -> Vec<String> {
    let single = set.descendants().filter_map(ast::SetSingleColumn::cast);
    let several = set
        .descendants()
        .any(|node| ast::SetMultipleColumns::can_cast(node.kind()));
    if several {
        return Vec::new();
    }
    single
        .filter_map(|column| Some(name_of(column.column_target()?.syntax())))
        .collect()
}

/// What is only said now, and done another time.
fn is_for_later(tree: &ast::Stmt) -> bool {
    matches!(
        tree,
        ast::Stmt::CreateFunction(_)
            | ast::Stmt::CreateProcedure(_)
            | ast::Stmt::CreateRule(_)
            | ast::Stmt::CreateTrigger(_)
            | ast::Stmt::CreateView(_)
            | ast::Stmt::Prepare(_)
    )
}

/// What a statement throws away as a whole.
fn whole(statement: &Statement) -> Option<Lost> {
    let lost = |name, message, help, is_certain| {
        Some(Lost {
            name,
            message,
            help,
            is_certain,
            range: statement.range(),
        })
    };
    match &statement.tree {
        ast::Stmt::Truncate(_) if has_cascade(&statement.tree) => lost(
            "ban-truncate-cascade",
            "every table that points at this one is emptied too",
            "name the tables",
            true,
        ),
        ast::Stmt::Truncate(_) => lost("truncate", "every row of the table is gone", BATCHES, true),
        ast::Stmt::DropTable(_) => lost(
            "ban-drop-table",
            "the table's rows are gone, and a server that still reads it fails",
            "rename it first, and drop it when nobody has missed it",
            true,
        ),
        ast::Stmt::DropDatabase(_) => lost(
            "ban-drop-database",
            "the database is gone",
            "not in a migration",
            true,
        ),
        ast::Stmt::DropSchema(_) => lost(
            "ban-drop-schema",
            "what is in the schema may be gone",
            "drop what is in it by name",
            true,
        ),
        ast::Stmt::DropSequence(_) => lost(
            "ban-drop-sequence",
            "where the numbers had come to is gone",
            "make sure that no default counts on it",
            true,
        ),
        ast::Stmt::DropOwned(_) => lost(
            "drop-owned",
            "all that the role owns is gone",
            "drop it by name",
            true,
        ),
        ast::Stmt::DropType(_) | ast::Stmt::DropDomain(_) | ast::Stmt::DropExtension(_)
            if has_cascade(&statement.tree) =>
        {
            lost(
                "drop-cascade",
                "every column that is made of it is gone",
                "drop the columns by name",
                true,
            )
        }
        ast::Stmt::Do(_) | ast::Stmt::Call(_) | ast::Stmt::Execute(_) => lost(
            "opaque-code",
            "it runs code that nobody looks into, which may throw anything away",
            "read it yourself; `--yes` does it",
            false,
        ),
        _ => None,
    }
}

fn has_cascade(tree: &ast::Stmt) -> bool {
    let mut tokens = tree.syntax().descendants_with_tokens();
    tokens.any(|part| part.kind() == SyntaxKind::CASCADE_KW)
}
