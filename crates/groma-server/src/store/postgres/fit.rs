//! Whether the tables that are there are those of the design.
//!
//! What somebody else made may have names and types of its own, and more columns, indexes and constraints than the
//! design knows, as long as every request finds what it counts on.

use groma_database::{DatabaseError, catalog};
use groma_ir::Model;
use groma_migrate::counts_by_sequence;
use groma_sql::Dialect;
use groma_sql::schema::{self, Check, Column, ForeignKey, Index, Schema, Table};
use tokio_postgres::Client;

use crate::store::SchemaDifference;

/// How the tables that are there fit.
#[derive(Default, Debug)]
pub(super) struct Fit {
    /// Whether none of the design's tables is there.
    pub(super) is_empty: bool,
    /// What no server of this design could run on.
    pub(super) differences: Vec<SchemaDifference>,
    /// Indexes that are missing, without which it runs, and is slow.
    pub(super) slow: Vec<String>,
    /// The types of columns that are not those that we would have given them: table, column, type.
    pub(super) types: Vec<(String, String, String)>,
}

/// The tables that a design wants, and how those that are there fit.
pub(super) async fn of(client: &Client, model: &Model) -> Result<(Schema, Fit), DatabaseError> {
    let wanted = schema::of_model(model, Dialect::Postgres);
    let live = catalog::of_postgres(client).await?.schema;
    let is_there = |table: &Table| live.table(&table.name).is_some();
    if !wanted.tables.iter().any(is_there) {
        let missing = wanted.tables.iter().map(|table| missing_table(&table.name));
        let fit = Fit {
            is_empty: true,
            differences: missing.collect(),
            ..Fit::default()
        };
        return Ok((wanted, fit));
    }
    let spelled = catalog::reconciled(client, &wanted, &live).await?;
    let mut fit = compared(&groma_migrate::adapted(&spelled, &live), &live);
    fit.types = types(&wanted, &live);
    Ok((wanted, fit))
}

/// The types of columns that are there by another type than the wanted one.
fn types(wanted: &Schema, live: &Schema) -> Vec<(String, String, String)> {
    let mut types = Vec::new();
    for table in &wanted.tables {
        for column in &table.columns {
            let there = live
                .table(&table.name)
                .and_then(|there| there.column(&column.name));
            let other = there.filter(|there| there.ty != column.ty);
            types.extend(other.map(|there| (table.name.clone(), column.name.clone(), there.ty.clone())));
        }
    }
    types
}

/// Compares what is wanted, as the live tables fulfil it, with those.
fn compared(wanted: &Schema, live: &Schema) -> Fit {
    let mut fit = Fit::default();
    if let Some(role) = &wanted.role
        && live.role.as_ref().map(|there| &there.name) != Some(&role.name)
    {
        fit.missing(format!("what the role {:?} may do", role.name));
    }
    for table in &wanted.tables {
        match live.table(&table.name) {
            None => fit.differences.push(missing_table(&table.name)),
            Some(there) => fit.table(table, there),
        }
    }
    fit
}

fn missing_table(name: &str) -> SchemaDifference {
    SchemaDifference::Missing(format!("table {name:?}"))
}

impl Fit {
    fn missing(&mut self, what: String) {
        self.differences.push(SchemaDifference::Missing(what));
    }

    fn differs(&mut self, what: String, (found, wanted): (String, String)) {
        self.differences
            .push(SchemaDifference::Differs { what, found, wanted });
    }

    fn table(&mut self, wanted: &Table, there: &Table) {
        self.columns(wanted, there);
        self.keys(wanted, there);
        let name = &wanted.name;
        for key in wanted
            .foreign_keys
            .iter()
            .filter(|key| !there.foreign_keys.contains(key))
        {
            let what = format!("foreign key of {} of table {name:?}", listed(&key.columns));
            let found = there
                .foreign_keys
                .iter()
                .find(|found| found.columns == key.columns);
            self.part(what, found.map(|found| (target(found), target(key))));
        }
        for check in wanted.checks.iter().filter(|check| !there.checks.contains(check)) {
            let what = format!("check {:?} of table {name:?}", check.name);
            let found = there.checks.iter().find(|found| found.name == check.name);
            let text = |check: &Check| check.expression.clone();
            self.part(what, found.map(|found| (text(found), text(check))));
        }
        for index in wanted.indexes.iter().filter(|index| !is_there(index, there)) {
            let what = format!("index {:?} of table {name:?}", index.name);
            if index.unique {
                self.missing(format!("unique {what}"));
            } else {
                self.slow.push(what);
            }
        }
        self.fence(wanted, there);
    }

    /// Something that is not there, or is there in another form.
    fn part(&mut self, what: String, forms: Option<(String, String)>) {
        match forms {
            Some(forms) => self.differs(what, forms),
            None => self.missing(what),
        }
    }

    fn columns(&mut self, wanted: &Table, there: &Table) {
        for column in &wanted.columns {
            let what = format!("column {:?} of table {:?}", column.name, wanted.name);
            match there.column(&column.name) {
                None => self.missing(what),
                Some(found) if (&found.ty, found.not_null) != (&column.ty, column.not_null) => {
                    self.differs(what, (form(found), form(column)));
                }
                Some(found) if column.identity && !found.identity && !counts_by_sequence(found) => {
                    self.differs(what, (form(found), format!("{} that counts up", form(column))));
                }
                Some(_) => {}
            }
        }
        let known = |column: &&Column| wanted.column(&column.name).is_none();
        for extra in there.columns.iter().filter(known) {
            self.differences.push(SchemaDifference::Extra(format!(
                "column {:?} of table {:?}, which every new row must have a value in,",
                extra.name, wanted.name
            )));
        }
    }

    fn keys(&mut self, wanted: &Table, there: &Table) {
        let name = &wanted.name;
        if let Some(key) = &wanted.primary_key {
            let what = format!("primary key of table {name:?}");
            match &there.primary_key {
                None => self.missing(what),
                Some(found) if found.columns != key.columns => {
                    self.differs(what, (listed(&found.columns), listed(&key.columns)));
                }
                Some(_) => {}
            }
        }
        for unique in wanted
            .uniques
            .iter()
            .filter(|unique| !there.uniques.contains(unique))
        {
            self.missing(format!(
                "unique constraint on {} of table {name:?}",
                listed(&unique.columns)
            ));
        }
    }

    /// What keeps the rules inside the database.
    fn fence(&mut self, wanted: &Table, there: &Table) {
        let name = &wanted.name;
        if wanted.row_security && !there.row_security {
            self.missing(format!("row security of table {name:?}"));
        }
        for policy in wanted
            .policies
            .iter()
            .filter(|policy| !there.policies.contains(policy))
        {
            let is_other = there.policies.iter().any(|found| found.name == policy.name);
            self.rule(format!("policy {:?} of table {name:?}", policy.name), is_other);
        }
        for function in wanted
            .functions
            .iter()
            .filter(|wanted| !there.functions.contains(wanted))
        {
            let is_other = there.functions.iter().any(|found| found.name == function.name);
            self.rule(
                format!("what policies ask about table {name:?}, {:?},", function.name),
                is_other,
            );
        }
    }

    /// A rule that is not there, or is that of another design: neither is worth a page of SQL.
    fn rule(&mut self, what: String, is_other: bool) {
        if is_other {
            self.differs(what, (String::from("by other rules"), String::from("by its own")));
        } else {
            self.missing(what);
        }
    }
}

fn form(column: &Column) -> String {
    format!("{}{}", column.ty, if column.not_null { " not null" } else { "" })
}

fn target(key: &ForeignKey) -> String {
    format!(
        "{}({}) on delete {}",
        key.table,
        key.to.join(", "),
        key.on_delete.sql().to_lowercase()
    )
}

fn listed(columns: &[String]) -> String {
    let quoted: Vec<String> = columns.iter().map(|name| format!("{name:?}")).collect();
    quoted.join(", ")
}

fn is_there(wanted: &Index, table: &Table) -> bool {
    let mut same = table.indexes.iter().filter(|index| {
        (&index.columns, index.unique, &index.predicate)
            == (&wanted.columns, wanted.unique, &wanted.predicate)
    });
    same.any(|index| index.valid)
}
