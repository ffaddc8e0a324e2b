//! Things that are one statement each, in words and in SQL.

use groma_sql::schema::{
    add_check, add_foreign_key, add_unique, column_definition, comment_on, create_policy, quoted,
};
use groma_sql::{Dialect, schema};

use super::{alter, beside, stands_on};
use crate::op::Op;

/// What is done, in plain words.
pub(super) fn title(op: &Op) -> String {
    match op {
        Op::CreateTable(table) => format!("make the table `{}`", table.name),
        Op::DropTable(table) => format!("drop the table `{}`", table.name),
        Op::RenameTable { from, to } => format!("call the table `{from}` `{to}`"),
        Op::AddColumn { table, column } => format!("add the column `{table}.{}`", column.name),
        Op::DropColumn { table, column } => format!("drop the column `{table}.{}`", column.name),
        Op::RenameColumn { table, from, to } => format!("call the column `{table}.{from}` `{to}`"),
        Op::Retype { table, from, to, .. } => {
            format!("keep `{table}.{}` as {}, not {}", to.name, to.ty, from.ty)
        }
        Op::Mirror {
            table,
            from,
            to,
            on: true,
        } => {
            format!("keep `{table}.{}` in step with `{}`", to.name, from.name)
        }
        Op::Mirror { table, to, .. } => format!("keep `{table}.{}` in step no more", to.name),
        Op::Convert { table, from, to } => format!("fill `{table}.{}` from `{}`", to.name, from.name),
        Op::AtOnce { table, ops } => {
            let names = ops.iter().filter_map(|op| match op {
                Op::Mirror { from, on: true, .. } => Some(format!("`{table}.{}`", from.name)),
                _ => None,
            });
            let names: Vec<String> = names.collect();
            format!("let the new {} take its place", names.join(", "))
        }
        Op::SetNotNull { table, column } => format!("want a value in `{table}.{column}`"),
        Op::DropNotNull { table, column } | Op::LetGo { table, column } => {
            format!("let `{table}.{column}` be empty")
        }
        Op::SetDefault {
            table, column, to, ..
        } => match to {
            Some(to) => format!("give `{table}.{column}` the default {to}"),
            None => format!("take the default of `{table}.{column}` away"),
        },
        Op::SetIdentity {
            table,
            column,
            to: true,
        } => format!("let `{table}.{column}` count up"),
        Op::SetIdentity { table, column, .. } => format!("let `{table}.{column}` count up no more"),
        Op::SetComment {
            table,
            column: Some(column),
            ..
        } => format!("say what `{table}.{column}` is there for"),
        Op::SetComment { table, .. } => format!("say what `{table}` is there for"),
        Op::SetPrimaryKey { table, .. } => format!("know rows of `{table}` by other columns"),
        Op::AddUnique { table, unique } => format!(
            "let no two rows of `{table}` share `{}`",
            unique.columns.join("`, `")
        ),
        Op::DropUnique { table, unique } => {
            format!("let rows of `{table}` share `{}`", unique.columns.join("`, `"))
        }
        Op::AddForeignKey { table, key } => {
            format!(
                "let `{table}.{}` point at rows of `{}`",
                key.columns.join("`, `"),
                key.table
            )
        }
        Op::DropForeignKey { table, key } => {
            format!("let `{table}.{}` point at anything", key.columns.join("`, `"))
        }
        Op::AddCheck { table, check } => format!("hold rows of `{table}` to `{}`", check.name),
        Op::DropCheck { table, check } => format!("hold rows of `{table}` to `{}` no more", check.name),
        Op::RenameConstraint { table, from, to } => {
            format!("call the constraint `{from}` of `{table}` `{to}`")
        }
        Op::AddIndex { table, index } => format!("make the index `{}` of `{table}`", index.name),
        Op::DropIndex { table, index } => format!("drop the index `{}` of `{table}`", index.name),
        Op::RenameIndex { from, to, .. } => format!("call the index `{from}` `{to}`"),
        Op::Fill { table, column, .. } => format!("fill `{table}.{column}` where it is empty"),
        Op::RenameValue {
            table,
            column,
            from,
            to,
        } => {
            format!("write `{to}` where `{table}.{column}` is `{from}`")
        }
        Op::SetRole { to: Some(role), .. } => format!("let requests run as the role `{}`", role.name),
        Op::SetRole { .. } => String::from("let requests run as nobody in particular"),
        Op::SetFunction { table, from, to } => {
            let name = to
                .as_ref()
                .or(from.as_ref())
                .map_or("", |function| function.name.as_str());
            format!("set what policies of `{table}` ask by `{name}`")
        }
        Op::Secure { table, to: true, .. } => format!("turn row-level security of `{table}` on"),
        Op::Secure { table, .. } => format!("turn row-level security of `{table}` off"),
        Op::AddPolicy { table, policy } => format!("add the policy `{}` of `{table}`", policy.name),
        Op::DropPolicy { table, policy } => format!("drop the policy `{}` of `{table}`", policy.name),
    }
}

/// The statements of what takes one or two, and needs no look at the rest.
pub(super) fn statements(op: &Op) -> Vec<String> {
    let column = |table: &str, column: &str| format!("{} ALTER COLUMN {}", alter(table), quoted(column));
    let drop_constraint =
        |table: &str, name: &str| format!("{} DROP CONSTRAINT {}", alter(table), quoted(name));
    vec![match op {
        Op::CreateTable(table) => return create(table),
        Op::DropTable(table) => format!("DROP TABLE {}", quoted(&table.name)),
        Op::RenameTable { from, to } => format!("{} RENAME TO {}", alter(from), quoted(to)),
        Op::AddColumn { table, column } => {
            let add = format!(
                "{} ADD COLUMN {}",
                alter(table),
                column_definition(Dialect::Postgres, column)
            );
            let said = column.comment.as_deref();
            let said = said.map(|text| comment_on(table, Some(&column.name), Some(text)));
            return std::iter::once(add).chain(said).collect();
        }
        Op::SetComment {
            table, column, to, ..
        } => comment_on(table, column.as_deref(), to.as_deref()),
        Op::DropColumn { table, column } => format!("{} DROP COLUMN {}", alter(table), quoted(&column.name)),
        Op::RenameColumn { table, from, to } => {
            format!(
                "{} RENAME COLUMN {} TO {}",
                alter(table),
                quoted(from),
                quoted(to)
            )
        }
        Op::SetNotNull { table, column: name } => format!("{} SET NOT NULL", column(table, name)),
        Op::DropNotNull { table, column: name } | Op::LetGo { table, column: name } => {
            format!("{} DROP NOT NULL", column(table, name))
        }
        Op::SetDefault {
            table,
            column: name,
            to,
            ..
        } => match to {
            Some(to) => format!("{} SET DEFAULT {to}", column(table, name)),
            None => format!("{} DROP DEFAULT", column(table, name)),
        },
        Op::SetIdentity {
            table,
            column: name,
            to: true,
        } => {
            return vec![
                format!("{} ADD GENERATED BY DEFAULT AS IDENTITY", column(table, name)),
                format!(
                    "SELECT setval(pg_get_serial_sequence({}, {}), coalesce(max({}), 0) + 1, false) FROM {}",
                    crate::expression::text_literal(&quoted(table)),
                    crate::expression::text_literal(name),
                    quoted(name),
                    quoted(table)
                ),
            ];
        }
        Op::SetIdentity {
            table, column: name, ..
        } => format!("{} DROP IDENTITY", column(table, name)),
        Op::AddUnique { table, unique } => add_unique(table, unique),
        Op::DropUnique { table, unique } => drop_constraint(table, &unique.name),
        Op::AddForeignKey { table, key } => add_foreign_key(table, key),
        Op::DropForeignKey { table, key } => drop_constraint(table, &key.name),
        Op::AddCheck { table, check } => add_check(table, check),
        Op::DropCheck { table, check } => drop_constraint(table, &check.name),
        Op::RenameConstraint { table, from, to } => {
            format!(
                "{} RENAME CONSTRAINT {} TO {}",
                alter(table),
                quoted(from),
                quoted(to)
            )
        }
        Op::AddIndex { table, index } => index_statement(table, index, ""),
        Op::DropIndex { index, .. } => format!("DROP INDEX {}", quoted(&index.name)),
        Op::RenameIndex { from, to, .. } => format!("ALTER INDEX {} RENAME TO {}", quoted(from), quoted(to)),
        Op::SetRole { .. }
        | Op::SetFunction { .. }
        | Op::Secure { .. }
        | Op::AddPolicy { .. }
        | Op::DropPolicy { .. } => return fences(op),
        Op::Mirror { table, from, to, on } => return beside::mirror(table, (from, to), *on),
        Op::AtOnce { ops, .. } => return ops.iter().flat_map(statements).collect(),
        // These take more than one step, or none.
        Op::Convert { .. }
        | Op::Retype { .. }
        | Op::SetPrimaryKey { .. }
        | Op::Fill { .. }
        | Op::RenameValue { .. } => {
            return Vec::new();
        }
    }]
}

/// The statements about row-level security.
fn fences(op: &Op) -> Vec<String> {
    match op {
        Op::SetRole { to, .. } => to.as_ref().map(schema::create_role).unwrap_or_default(),
        Op::SetFunction {
            table,
            to: Some(function),
            ..
        } => {
            // On the way back a table that it asks for may not have its old name yet.
            let unchecked = String::from("SET LOCAL check_function_bodies = off");
            let made = schema::create_function(table, function);
            std::iter::once(unchecked).chain(made).collect()
        }
        Op::SetFunction { table, from, .. } => {
            let from = from.iter();
            from.map(|function| schema::drop_function(table, function))
                .collect()
        }
        Op::Secure {
            table,
            role,
            to: true,
        } => schema::secure(table, &role_named(role)).to_vec(),
        Op::Secure { table, role, .. } => vec![
            format!("REVOKE ALL ON {} FROM {}", quoted(table), quoted(role)),
            format!("{} DISABLE ROW LEVEL SECURITY", alter(table)),
        ],
        Op::AddPolicy { table, policy } => vec![create_policy(table, policy)],
        Op::DropPolicy { table, policy } => {
            vec![format!(
                "DROP POLICY {} ON {}",
                quoted(&policy.name),
                quoted(table)
            )]
        }
        _ => Vec::new(),
    }
}

fn role_named(name: &str) -> schema::Role {
    schema::Role {
        name: name.to_owned(),
        reads: Vec::new(),
    }
}

/// The statements that make a table and its indexes. That the table is there already is an error here.
pub(super) fn create(table: &schema::Table) -> Vec<String> {
    let alone = schema::Schema {
        dialect: Dialect::Postgres,
        tables: vec![table.clone()],
        role: None,
    };
    let (mut all, owned) = stands_on::sequences(table);
    let statements = alone.create_statements().into_iter();
    all.extend(statements.map(|sql| sql.replacen(" IF NOT EXISTS ", " ", 1)));
    all.extend(owned);
    all
}

/// The statement that makes an index; `how` is `CONCURRENTLY ` or nothing.
pub(super) fn index_statement(table: &str, index: &schema::Index, how: &str) -> String {
    // An index of the same name may be another one, or one whose building was broken off.
    schema::create_index(table, index).replacen(" IF NOT EXISTS ", &format!(" {how}"), 1)
}
