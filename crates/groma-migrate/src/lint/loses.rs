//! What a statement throws away: told by how it is parsed, for the lint and for who has to say that it may.

use std::ops::Range;

use groma_sql::Dialect;
use squawk_syntax::ast::{self, AstNode};
use squawk_syntax::{SourceFile, SyntaxKind, SyntaxNode};

use super::made::Made;
use super::statement::{self, Statement, allowed_by, name_of, path_of, words};
use super::swap::SWAP;
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
const TRUNCATE_CASCADE: &str = "ban-truncate-cascade";
/// The setting by which a backslash means something in any text.
const STRINGS: &str = "standard_conforming_strings";
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
    let is_known = parsed.errors().is_empty() || is_harmless(&statements, sql);
    if statements.is_empty() || !is_known {
        return unreadable();
    }
    let found = statements
        .iter()
        .flat_map(|statement| made.follow(statement, ground));
    found.map(|lost| named(&lost)).collect()
}

/// Whether a text that has errors is one statement of a kind that takes nothing away however it goes on: another database
/// may have its own words for the rest. Nothing was skipped before it.
fn is_harmless(statements: &[Statement], sql: &str) -> bool {
    let [statement] = statements else {
        return false;
    };
    let kind = match &statement.tree {
        ast::Stmt::CreateTable(_) | ast::Stmt::CreateIndex(_) | ast::Stmt::CreateView(_) => "create ",
        ast::Stmt::DropIndex(_) | ast::Stmt::DropView(_) => "drop ",
        _ => return false,
    };
    normalised(sql, None).to_lowercase().starts_with(kind)
}

impl Made {
    /// What the next statement of a text throws away.
    pub(super) fn follow(&mut self, statement: &Statement, ground: &Ground) -> Vec<Lost> {
        let mut lost = self.lost(statement, ground);
        lost.extend(self.moved.replaced(statement).map(|message| Lost {
            name: SWAP,
            message,
            help: "take what it held over, or leave it its name; allow it by name where that is done",
            is_certain: true,
            range: statement.range(),
        }));
        if lost.is_empty() {
            let set_off = self.calls.of(statement, ground);
            lost.extend(set_off.map(|message| opaque(message, statement.range())));
        }
        self.remember(statement);
        lost
    }

    fn lost(&self, statement: &Statement, ground: &Ground) -> Vec<Lost> {
        if is_for_later(&statement.tree) {
            return Vec::new();
        }
        if let Some(lost) = whole(statement) {
            let is_over_new = matches!(statement.tree, ast::Stmt::DropTable(_) | ast::Stmt::Truncate(_))
                && lost.name != TRUNCATE_CASCADE
                && self.are_new(&statement.tree);
            return if is_over_new { Vec::new() } else { vec![lost] };
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
            let table = delete.relation_name().map(|name| path_of(name.syntax()));
            if table.is_some_and(|table| self.is_new(&table)) {
                return None;
            }
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
            let table = update.relation_name().map(|name| path_of(name.syntax()));
            if table.is_some_and(|table| self.is_new(&table)) || self.are_empty(&update) {
                return None;
            }
            let is_whole = update.where_clause_or_current_of().is_none();
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
        if ast::DropAttribute::can_cast(node.kind()) || ast::AlterAttribute::can_cast(node.kind()) {
            return Some(lost(
                "change-values",
                "what columns of this type hold in the attribute is gone, or is changed",
                COPY,
                true,
            ));
        }
        let altered = node.ancestors().find_map(ast::AlterTable::cast);
        let altered = altered.and_then(|alter| alter.table_relation_name());
        if altered.is_some_and(|name| self.is_new(&path_of(name.syntax()))) {
            return None;
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

    /// Whether a statement names new tables alone.
    fn are_new(&self, tree: &ast::Stmt) -> bool {
        let names = tree.syntax().descendants().filter_map(ast::TableNameRef::cast);
        let mut names = names.map(|name| path_of(name.syntax())).peekable();
        names.peek().is_some() && names.all(|name| self.is_new(&name))
    }
}

fn opaque(message: &'static str, range: Range<usize>) -> Lost {
    Lost {
        name: "opaque-code",
        message,
        help: "read it yourself; `--yes` does it",
        is_certain: false,
        range,
    }
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
            TRUNCATE_CASCADE,
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
        ast::Stmt::DropType(_)
        | ast::Stmt::DropDomain(_)
        | ast::Stmt::DropExtension(_)
        | ast::Stmt::DropFunction(_)
        | ast::Stmt::DropCollation(_)
            if has_cascade(&statement.tree) =>
        {
            lost(
                "drop-cascade",
                "every column that is made of it is gone",
                "drop the columns by name",
                true,
            )
        }
        ast::Stmt::Set(_) if words(statement.tree.syntax()).iter().any(|word| word == STRINGS) => {
            Some(opaque(
                "what stands in quotes behind it is read in another way by the database than here",
                statement.range(),
            ))
        }
        ast::Stmt::Copy(_)
            if words(statement.tree.syntax())
                .iter()
                .any(|word| word == "program") =>
        {
            Some(opaque(
                "it runs a program beside the database, which may throw anything away",
                statement.range(),
            ))
        }
        ast::Stmt::Do(_) | ast::Stmt::Call(_) | ast::Stmt::Execute(_) => Some(opaque(
            "it runs code that nobody looks into, which may throw anything away",
            statement.range(),
        )),
        _ => None,
    }
}

fn has_cascade(tree: &ast::Stmt) -> bool {
    let mut tokens = tree.syntax().descendants_with_tokens();
    tokens.any(|part| part.kind() == SyntaxKind::CASCADE_KW)
}
