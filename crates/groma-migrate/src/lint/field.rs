//! The rules of the field's linter: which of them count here, in our words, and where the catalog knows better.

use squawk_linter::{Linter, Rule, Violation};
use squawk_syntax::ast::{self, AstNode};
use squawk_syntax::{Parse, SourceFile};

use super::statement::{self, Statement};
use super::types::{Change, is_free};
use super::{Danger, Finding, Ground};

/// A rule of the linter, and what we say about it.
struct Known {
    rule: Rule,
    danger: Danger,
    message: &'static str,
    help: &'static str,
}

const fn known(rule: Rule, danger: Danger, message: &'static str, help: &'static str) -> Known {
    Known {
        rule,
        danger,
        message,
        help,
    }
}

/// The rules that count. Those that are not here are matters of taste, or what the runner does for every step:
/// time-outs, transactions, going on after a crash; or what [`super::loses`] judges.
#[rustfmt::skip]
const RULES: [Known; 30] = [
    known(Rule::RequireConcurrentIndexCreation, Danger::Blocks, "building the index keeps everybody from writing to the table", "`CREATE INDEX CONCURRENTLY`, as a step of its own"),
    known(Rule::ConstraintMissingNotValid, Danger::Blocks, "the table is read whole while nobody can use it", "add it `NOT VALID`, and `VALIDATE CONSTRAINT` in a later step; a key through an index that is built `CONCURRENTLY`"),
    known(Rule::AddingFieldWithDefault, Danger::Blocks, "every row is written anew while nobody can use the table", "add the column without it, set the default after, fill the rows in batches"),
    known(Rule::AddingForeignKeyConstraint, Danger::Blocks, "nobody can write to either table meanwhile", "add it `NOT VALID` in a statement of its own, and `VALIDATE CONSTRAINT` in a later step"),
    known(Rule::ChangingColumnType, Danger::Blocks, "every row is written anew while nobody can use the table, and whoever reads the column gets another type", "a new column, filled in batches, that takes the place of this one"),
    known(Rule::AddingNotNullableField, Danger::Blocks, "the table is read whole while nobody can use it", "a check `column IS NOT NULL` that is `NOT VALID`, then `VALIDATE CONSTRAINT`, then `SET NOT NULL`, then drop the check"),
    known(Rule::AddingSerialPrimaryKeyField, Danger::Blocks, "an index is built while nobody can use the table", "`CREATE UNIQUE INDEX CONCURRENTLY`, then `ADD PRIMARY KEY USING INDEX`"),
    known(Rule::DisallowedUniqueConstraint, Danger::Blocks, "an index is built while nobody can use the table", "`CREATE UNIQUE INDEX CONCURRENTLY`, then `ADD CONSTRAINT ... UNIQUE USING INDEX`"),
    known(Rule::PreferRepack, Danger::Blocks, "the table is written anew while nobody can use it", "a tool that copies and swaps, or a window in which nobody needs the table"),
    known(Rule::RequireConcurrentReindex, Danger::Blocks, "nobody can write to the table meanwhile, nor read through the index", "`REINDEX ... CONCURRENTLY`, as a step of its own"),
    known(Rule::RequireConcurrentPartitionDetach, Danger::Blocks, "nobody can use the whole table while it waits for its lock", "`DETACH PARTITION ... CONCURRENTLY`, as a step of its own"),
    known(Rule::RequireConcurrentIndexDeletion, Danger::Blocks, "nobody can use the table while it waits for its lock, and queries lose the index", "`DROP INDEX CONCURRENTLY`, as a step of its own, once something else serves the queries"),
    known(Rule::BanAlterDomainWithAddConstraint, Danger::Blocks, "every table that uses the domain is read whole while nobody can write to it", "put the check on the tables, `NOT VALID` first"),
    known(Rule::BanDropType, Danger::Breaks, "what uses the type fails", "drop it in the release after the one that no longer uses it"),
    known(Rule::BanDropDomain, Danger::Breaks, "what uses the domain fails", "drop it in the release after the one that no longer uses it"),
    known(Rule::RenamingColumn, Danger::Breaks, "a server that still reads the old name fails", "a new column beside the old one, kept alike until nobody reads the old one"),
    known(Rule::RenamingTable, Danger::Breaks, "a server that still reads the old name fails", "a view under the old name until nobody reads it"),
    known(Rule::BanSetSchema, Danger::Breaks, "a server that looks in the old schema fails", "a view in the old schema until nobody reads it"),
    known(Rule::BanDropNotNull, Danger::Breaks, "a server that counts on a value meets none", "change the readers first"),
    known(Rule::BanDropDefault, Danger::Breaks, "a server that leaves the column out fails, or writes nothing", "change the writers first"),
    known(Rule::AddingRequiredField, Danger::Breaks, "it fails where there are rows, and a server that leaves the column out fails after", "a default, or a column that may be empty until it is filled"),
    known(Rule::BanDropConstraint, Danger::Breaks, "rows that it kept out may come in", "name what takes its place; for a foreign key the other table is locked too"),
    known(Rule::BanDropView, Danger::Breaks, "whoever reads the view fails", "drop it in the release after the one that no longer uses it"),
    known(Rule::BanDropFunction, Danger::Breaks, "whoever calls the function fails", "drop it in the release after the one that no longer uses it"),
    known(Rule::BanAlterRowLevelSecurity, Danger::Opens, "who sees which rows changes at once; without a policy nobody but the owner sees any", "make the policies first, and try them as the server's role"),
    known(Rule::BanCreatePolicy, Danger::Opens, "who sees which rows changes", "rules belong into the design, which makes the policies"),
    known(Rule::BanDropPolicy, Danger::Opens, "who sees which rows changes", "rules belong into the design, which makes the policies"),
    known(Rule::BanRevoke, Danger::Opens, "a role loses a right that a server may need", "change the servers first"),
    known(Rule::IdentifierTooLong, Danger::Misleads, "Postgres cuts the name off at 63 bytes and says nothing", "a shorter name"),
    known(Rule::TransactionNesting, Danger::Misleads, "transactions are the runner's", "leave `BEGIN` and `COMMIT` out"),
];

/// What the linter finds, and the catalog does not know better.
pub(super) fn findings(
    parsed: &Parse<SourceFile>,
    text: &str,
    (statements, ground): (&[Statement], &Ground),
) -> Vec<Finding> {
    let mut linter = Linter::from(RULES.iter().map(|known| known.rule));
    if let Ok(version) = ground.version.to_string().parse() {
        linter.settings.pg_version = version;
    }
    let violations = linter.lint(parsed, text);
    let kept = violations.iter().filter(|violation| {
        let statement = statement::at(statements, violation.text_range.start().into());
        let is_noise = statement.is_some_and(|statement| is_noise(statement, violation, ground));
        !is_noise && !is_said(&violations, violation)
    });
    kept.filter_map(finding).collect()
}

fn finding(violation: &Violation) -> Option<Finding> {
    let known = RULES.iter().find(|known| known.rule == violation.code)?;
    Some(Finding {
        name: known.rule.to_string(),
        danger: known.danger,
        message: known.message.to_owned(),
        help: known.help.to_owned(),
        range: statement::bytes(violation.text_range.start(), violation.text_range.end()),
    })
}

/// Whether a more special rule says the same of the same constraint.
fn is_said(all: &[Violation], violation: &Violation) -> bool {
    let of_keys = [
        Rule::AddingForeignKeyConstraint,
        Rule::AddingSerialPrimaryKeyField,
        Rule::DisallowedUniqueConstraint,
    ];
    let overlaps = |other: &Violation| {
        other.text_range.start() < violation.text_range.end()
            && violation.text_range.start() < other.text_range.end()
    };
    violation.code == Rule::ConstraintMissingNotValid
        && all
            .iter()
            .any(|other| of_keys.contains(&other.code) && overlaps(other))
}

/// Whether the catalog knows that nothing comes of it.
fn is_noise(statement: &Statement, violation: &Violation, ground: &Ground) -> bool {
    match violation.code {
        Rule::ChangingColumnType => changed(statement, violation).is_some_and(|(column, set)| {
            let from = statement.table().and_then(|table| ground.column(table, &column));
            from.is_some_and(|from| {
                let change = Change {
                    from: &from.ty,
                    to: &set
                        .ty()
                        .map(|ty| ty.syntax().text().to_string())
                        .unwrap_or_default(),
                    is_utc: ground.is_utc,
                };
                set.using_expr().is_none() && set.collate().is_none() && is_free(&change)
            })
        }),
        Rule::AddingNotNullableField => altered(statement, violation).is_some_and(|column| {
            let table = statement.table().and_then(|table| ground.table(table));
            table.is_some_and(|table| table.always_has(&column))
        }),
        Rule::BanAlterDomainWithAddConstraint => {
            let text = statement.tree.syntax().text().to_string();
            text.to_uppercase()
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
                .contains("NOT VALID")
        }
        _ => false,
    }
}

/// The column of which a statement changes the type there, and how.
fn changed(statement: &Statement, violation: &Violation) -> Option<(String, ast::SetType)> {
    column_there(statement, violation).and_then(|alter| match alter.option()? {
        ast::AlterColumnOption::SetType(set) => Some((name(&alter)?, set)),
        _ => None,
    })
}

fn altered(statement: &Statement, violation: &Violation) -> Option<String> {
    name(&column_there(statement, violation)?)
}

fn name(alter: &ast::AlterColumn) -> Option<String> {
    Some(statement::name_of(alter.column_name_ref()?.syntax()))
}

fn column_there(statement: &Statement, violation: &Violation) -> Option<ast::AlterColumn> {
    let mut columns = statement
        .tree
        .syntax()
        .descendants()
        .filter_map(ast::AlterColumn::cast);
    columns.find(|column| column.syntax().text_range().contains_range(violation.text_range))
}
