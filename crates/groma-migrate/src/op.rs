//! What is done to a schema, one thing at a time: known to a model of it, and to be turned around.

use groma_sql::schema::{
    Check, Column, ForeignKey, Function, Index, Policy, PrimaryKey, Role, Schema, Table, Unique,
};

use crate::expression;

/// Something done to a schema, or to the rows in it. Each says all that is needed to take it back.
#[derive(Clone, PartialEq, Debug)]
#[expect(
    missing_docs,
    reason = "names of tables and columns, and what stood there before and stands there then"
)]
pub enum Op {
    /// Makes a table with all that is in it.
    CreateTable(Table),
    /// Drops a table, with its rows.
    DropTable(Table),
    /// Calls a table otherwise.
    RenameTable { from: String, to: String },
    /// Adds a column; rows that are there get what it says that they are filled with, as far as it says so.
    AddColumn { table: String, column: Column },
    /// Drops a column, with its values.
    DropColumn { table: String, column: Column },
    /// Calls a column otherwise.
    RenameColumn { table: String, from: String, to: String },
    /// Keeps a column's values in another way, in one go.
    Retype {
        table: String,
        from: Column,
        to: Column,
        /// Why it is not done by a second column beside it, where that would keep others from waiting.
        way: Option<Way>,
    },
    /// Keeps a column in step with another one, or no more: whoever writes a row writes both.
    Mirror {
        table: String,
        from: Column,
        to: Column,
        on: bool,
    },
    /// Writes into a column what another one holds, in its own type.
    Convert { table: String, from: Column, to: Column },
    /// Several things to a table at once: nobody sees one without the others.
    AtOnce { table: String, ops: Vec<Op> },
    /// Wants a value in each row.
    SetNotNull { table: String, column: String },
    /// Takes rows without a value.
    DropNotNull { table: String, column: String },
    /// Takes rows without a value, for the column is to go. It goes on doing so, whatever is undone: rows that were made
    /// meanwhile have none.
    LetGo { table: String, column: String },
    /// Gives rows that are made without a value another one.
    SetDefault {
        table: String,
        column: String,
        from: Option<String>,
        to: Option<String>,
    },
    /// Counts up, or no more.
    SetIdentity { table: String, column: String, to: bool },
    /// Knows rows by other columns.
    SetPrimaryKey {
        table: String,
        from: Option<PrimaryKey>,
        to: Option<PrimaryKey>,
    },
    /// Adds a unique constraint.
    AddUnique { table: String, unique: Unique },
    /// Drops one.
    DropUnique { table: String, unique: Unique },
    /// Adds a foreign key.
    AddForeignKey { table: String, key: ForeignKey },
    /// Drops one.
    DropForeignKey { table: String, key: ForeignKey },
    /// Adds a check.
    AddCheck { table: String, check: Check },
    /// Drops one.
    DropCheck { table: String, check: Check },
    /// Calls a constraint otherwise.
    RenameConstraint { table: String, from: String, to: String },
    /// Makes an index.
    AddIndex { table: String, index: Index },
    /// Drops one.
    DropIndex { table: String, index: Index },
    /// Calls an index otherwise.
    RenameIndex { table: String, from: String, to: String },
    /// Fills a column where it has no value.
    Fill {
        table: String,
        column: String,
        with: String,
    },
    /// Writes another value where this one stands.
    RenameValue {
        table: String,
        column: String,
        from: String,
        to: String,
    },
    /// Says something else about a table, or about one of its columns.
    SetComment {
        table: String,
        column: Option<String>,
        from: Option<String>,
        to: Option<String>,
    },
    /// Holds requests to another role, or to one at all.
    SetRole { from: Option<Role>, to: Option<Role> },
    /// Lets policies ask another question, or none.
    SetFunction {
        table: String,
        from: Option<Function>,
        to: Option<Function>,
    },
    /// Turns row-level security on or off, for requests of this role.
    Secure { table: String, role: String, to: bool },
    /// Adds a policy.
    AddPolicy { table: String, policy: Policy },
    /// Drops one.
    DropPolicy { table: String, policy: Policy },
}

/// Why a column's type is changed where it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Way {
    /// The table is small enough to be written anew while others wait.
    Small {
        /// How many rows it has.
        rows: u64,
    },
    /// Something holds on to the column that a second one cannot take over while it is held.
    Held(&'static str),
}

impl Op {
    /// Does it to a model of the schema. What is not there is left alone.
    pub fn apply(&self, schema: &mut Schema) {
        match self {
            Self::CreateTable(table) => schema.tables.push(table.clone()),
            Self::SetRole { to, .. } => schema.role.clone_from(to),
            Self::DropTable(table) => schema.tables.retain(|it| it.name != table.name),
            Self::RenameTable { from, to } => rename_table(schema, from, to),
            Self::RenameColumn { table, from, to } => rename_column(schema, table, from, to),
            Self::Fill { .. } | Self::RenameValue { .. } | Self::Mirror { .. } | Self::Convert { .. } => {}
            Self::AtOnce { ops, .. } => ops.iter().for_each(|op| op.apply(schema)),
            _ => {
                let name = self.table();
                if let Some(table) = schema.tables.iter_mut().find(|it| it.name == name) {
                    self.apply_to(table);
                }
            }
        }
    }

    fn apply_to(&self, it: &mut Table) {
        match self {
            Self::AddColumn { column, .. } => it.columns.push(column.clone()),
            Self::DropColumn { column, .. } => it.columns.retain(|other| other.name != column.name),
            Self::Retype { to, .. } => on_column(it, &to.name, |column| {
                column.ty.clone_from(&to.ty);
                column.class.clone_from(&to.class);
                column.labels.clone_from(&to.labels);
                column.collation.clone_from(&to.collation);
            }),
            Self::SetNotNull { column, .. } => on_column(it, column, |column| column.not_null = true),
            Self::DropNotNull { column, .. } | Self::LetGo { column, .. } => {
                on_column(it, column, |column| column.not_null = false);
            }
            Self::SetDefault { column, to, .. } => {
                on_column(it, column, |column| column.default.clone_from(to));
            }
            Self::SetIdentity { column, to, .. } => on_column(it, column, |column| column.identity = *to),
            Self::SetComment {
                column: Some(column),
                to,
                ..
            } => on_column(it, column, |column| column.comment.clone_from(to)),
            Self::SetComment { to, .. } => it.comment.clone_from(to),
            Self::SetPrimaryKey { to, .. } => it.primary_key.clone_from(to),
            Self::AddUnique { unique, .. } => it.uniques.push(unique.clone()),
            Self::DropUnique { unique, .. } => it.uniques.retain(|other| other.name != unique.name),
            Self::AddForeignKey { key, .. } => it.foreign_keys.push(key.clone()),
            Self::DropForeignKey { key, .. } => it.foreign_keys.retain(|other| other.name != key.name),
            Self::AddCheck { check, .. } => it.checks.push(check.clone()),
            Self::DropCheck { check, .. } => it.checks.retain(|other| other.name != check.name),
            Self::RenameConstraint { from, to, .. } => rename_constraint(it, from, to),
            Self::AddIndex { index, .. } => it.indexes.push(index.clone()),
            Self::DropIndex { index, .. } => it.indexes.retain(|other| other.name != index.name),
            Self::RenameIndex { from, to, .. } => {
                for index in it.indexes.iter_mut().filter(|index| index.name == *from) {
                    index.name.clone_from(to);
                }
            }
            Self::SetFunction { from, to, .. } => {
                it.functions.retain(|other| from.as_ref() != Some(other));
                it.functions.extend(to.clone());
            }
            Self::Secure { to, .. } => it.row_security = *to,
            Self::AddPolicy { policy, .. } => it.policies.push(policy.clone()),
            Self::DropPolicy { policy, .. } => it.policies.retain(|other| other.name != policy.name),
            Self::CreateTable(_)
            | Self::DropTable(_)
            | Self::SetRole { .. }
            | Self::RenameTable { .. }
            | Self::RenameColumn { .. }
            | Self::Fill { .. }
            | Self::Mirror { .. }
            | Self::Convert { .. }
            | Self::AtOnce { .. }
            | Self::RenameValue { .. } => {}
        }
    }

    /// What takes it back, as far as the schema goes.
    #[must_use]
    #[expect(clippy::too_many_lines, reason = "an arm for each thing")]
    pub fn inverse(&self) -> Self {
        match self.clone() {
            Self::CreateTable(table) => Self::DropTable(table),
            Self::DropTable(table) => Self::CreateTable(table),
            Self::RenameTable { from, to } => Self::RenameTable { from: to, to: from },
            Self::AddColumn { table, column } => Self::DropColumn { table, column },
            Self::DropColumn { table, column } => Self::AddColumn { table, column },
            Self::RenameColumn { table, from, to } => Self::RenameColumn {
                table,
                from: to,
                to: from,
            },
            Self::Retype { table, from, to, way } => Self::Retype {
                table,
                from: to,
                to: from,
                way,
            },
            Self::Mirror { table, from, to, on } => Self::Mirror {
                table,
                from,
                to,
                on: !on,
            },
            Self::AtOnce { table, ops } => Self::AtOnce {
                table,
                ops: ops.iter().rev().map(Self::inverse).collect(),
            },
            Self::SetNotNull { table, column } => Self::DropNotNull { table, column },
            Self::DropNotNull { table, column } => Self::SetNotNull { table, column },
            Self::SetDefault {
                table,
                column,
                from,
                to,
            } => Self::SetDefault {
                table,
                column,
                from: to,
                to: from,
            },
            Self::SetIdentity { table, column, to } => Self::SetIdentity {
                table,
                column,
                to: !to,
            },
            Self::SetComment {
                table,
                column,
                from,
                to,
            } => Self::SetComment {
                table,
                column,
                from: to,
                to: from,
            },
            Self::SetPrimaryKey { table, from, to } => Self::SetPrimaryKey {
                table,
                from: to,
                to: from,
            },
            Self::AddUnique { table, unique } => Self::DropUnique { table, unique },
            Self::DropUnique { table, unique } => Self::AddUnique { table, unique },
            Self::AddForeignKey { table, key } => Self::DropForeignKey { table, key },
            Self::DropForeignKey { table, key } => Self::AddForeignKey { table, key },
            Self::AddCheck { table, check } => Self::DropCheck { table, check },
            Self::DropCheck { table, check } => Self::AddCheck { table, check },
            Self::RenameConstraint { table, from, to } => Self::RenameConstraint {
                table,
                from: to,
                to: from,
            },
            Self::AddIndex { table, index } => Self::DropIndex { table, index },
            Self::DropIndex { table, index } => Self::AddIndex { table, index },
            Self::RenameIndex { table, from, to } => Self::RenameIndex {
                table,
                from: to,
                to: from,
            },
            // What was empty may be empty again, and need not be.
            Self::Fill { .. } | Self::Convert { .. } | Self::LetGo { .. } => self.clone(),
            Self::RenameValue {
                table,
                column,
                from,
                to,
            } => Self::RenameValue {
                table,
                column,
                from: to,
                to: from,
            },
            Self::Secure { table, role, to } => Self::Secure { table, role, to: !to },
            Self::SetRole { from, to } => Self::SetRole { from: to, to: from },
            Self::SetFunction { table, from, to } => Self::SetFunction {
                table,
                from: to,
                to: from,
            },
            Self::AddPolicy { table, policy } => Self::DropPolicy { table, policy },
            Self::DropPolicy { table, policy } => Self::AddPolicy { table, policy },
        }
    }

    /// What a way back does not bring back, or why it may fail.
    pub(crate) fn doubt(&self) -> Option<String> {
        let doubt = match self {
            Self::SetNotNull { table, column } => format!("`{table}.{column}` may be empty by then"),
            Self::LetGo { table, column } => format!("that `{table}.{column}` always has a value"),
            Self::AddUnique { table, unique } => {
                format!(
                    "rows of `{table}` may share `{}` by then",
                    unique.columns.join("`, `")
                )
            }
            Self::AddForeignKey { table, key } => {
                format!(
                    "`{table}.{}` may point at nothing by then",
                    key.columns.join("`, `")
                )
            }
            Self::AddCheck { table, check } => {
                format!("rows of `{table}` may break `{}` by then", check.name)
            }
            Self::DropColumn { table, column } => {
                format!("what was written to `{table}.{}` since", column.name)
            }
            Self::DropTable(table) => format!("what was written to `{}` since", table.name),
            Self::AtOnce { ops, .. } => {
                let doubts: Vec<String> = ops.iter().filter_map(Self::doubt).collect();
                return (!doubts.is_empty()).then(|| doubts.join("; "));
            }
            _ => return None,
        };
        Some(doubt)
    }

    /// The table that it is done to, by the name that it has before.
    pub fn table(&self) -> &str {
        match self {
            Self::CreateTable(table) | Self::DropTable(table) => &table.name,
            Self::RenameTable { from, .. } => from,
            Self::SetRole { .. } => "",
            Self::AddColumn { table, .. }
            | Self::DropColumn { table, .. }
            | Self::RenameColumn { table, .. }
            | Self::Retype { table, .. }
            | Self::Mirror { table, .. }
            | Self::Convert { table, .. }
            | Self::AtOnce { table, .. }
            | Self::SetNotNull { table, .. }
            | Self::DropNotNull { table, .. }
            | Self::LetGo { table, .. }
            | Self::SetDefault { table, .. }
            | Self::SetIdentity { table, .. }
            | Self::SetComment { table, .. }
            | Self::SetPrimaryKey { table, .. }
            | Self::AddUnique { table, .. }
            | Self::DropUnique { table, .. }
            | Self::AddForeignKey { table, .. }
            | Self::DropForeignKey { table, .. }
            | Self::AddCheck { table, .. }
            | Self::DropCheck { table, .. }
            | Self::RenameConstraint { table, .. }
            | Self::AddIndex { table, .. }
            | Self::DropIndex { table, .. }
            | Self::RenameIndex { table, .. }
            | Self::Fill { table, .. }
            | Self::RenameValue { table, .. }
            | Self::SetFunction { table, .. }
            | Self::Secure { table, .. }
            | Self::AddPolicy { table, .. }
            | Self::DropPolicy { table, .. } => table,
        }
    }
}

fn on_column(table: &mut Table, name: &str, change: impl FnOnce(&mut Column)) {
    if let Some(column) = table.columns.iter_mut().find(|column| column.name == name) {
        change(column);
    }
}

fn rename_table(schema: &mut Schema, from: &str, to: &str) {
    for table in &mut schema.tables {
        if table.name == from {
            to.clone_into(&mut table.name);
            for policy in &mut table.policies {
                for condition in [&mut policy.using, &mut policy.check].into_iter().flatten() {
                    *condition = expression::rename(condition, from, to);
                }
            }
        }
        for key in table.foreign_keys.iter_mut().filter(|key| key.table == from) {
            to.clone_into(&mut key.table);
        }
    }
}

fn rename_column(schema: &mut Schema, name: &str, from: &str, to: &str) {
    let swap = |column: &mut String| {
        if column == from {
            to.clone_into(column);
        }
    };
    for table in &mut schema.tables {
        for key in table.foreign_keys.iter_mut().filter(|key| key.table == name) {
            key.to.iter_mut().for_each(swap);
        }
        if table.name != name {
            continue;
        }
        table.columns.iter_mut().for_each(|column| swap(&mut column.name));
        table
            .primary_key
            .iter_mut()
            .flat_map(|key| &mut key.columns)
            .for_each(swap);
        table
            .uniques
            .iter_mut()
            .flat_map(|it| &mut it.columns)
            .for_each(swap);
        table
            .foreign_keys
            .iter_mut()
            .flat_map(|key| &mut key.columns)
            .for_each(swap);
        for check in &mut table.checks {
            check.expression = expression::rename(&check.expression, from, to);
        }
        for index in &mut table.indexes {
            for column in &mut index.columns {
                if column.name.starts_with('(') {
                    column.name = expression::rename(&column.name, from, to);
                } else {
                    swap(&mut column.name);
                }
            }
            index.predicate = index
                .predicate
                .as_ref()
                .map(|it| expression::rename(it, from, to));
        }
        for policy in &mut table.policies {
            policy.using = policy.using.as_ref().map(|it| expression::rename(it, from, to));
            policy.check = policy.check.as_ref().map(|it| expression::rename(it, from, to));
        }
    }
}

fn rename_constraint(table: &mut Table, from: &str, to: &str) {
    let key = table.primary_key.iter_mut().map(|it| &mut it.name);
    let uniques = table.uniques.iter_mut().map(|it| &mut it.name);
    let foreign = table.foreign_keys.iter_mut().map(|it| &mut it.name);
    let checks = table.checks.iter_mut().map(|it| &mut it.name);
    for name in key.chain(uniques).chain(foreign).chain(checks) {
        if name == from {
            to.clone_into(name);
        }
    }
}
