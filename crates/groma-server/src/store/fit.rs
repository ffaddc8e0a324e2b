//! Whether the tables that are there are those of the design, in whatever database.
//!
//! What somebody else made may have names and types of its own, and more columns, indexes and constraints than the
//! design knows, as long as every request finds what it counts on. Between the two migrations of a change, before the
//! release before has ended, a database is looser than either release would have it: what the server keeps by itself, and
//! what a migration has let go, is no reason not to serve.

mod quirks;

pub(super) use quirks::add_quirks;

use std::collections::BTreeMap;

use groma_ir::Model;
use groma_migrate::{counts_by_sequence, length_of, mentions, widens};
use groma_sql::schema::{Check, Column, ForeignKey, Index, Policy, Schema, Table, Unique, of_model};

use super::error::Remedy;
use super::history::History;
use super::{OpenError, SchemaDifference};

/// How the tables that are there fit.
#[derive(Default, Debug)]
pub(super) struct Fit {
    /// Whether none of the design's tables is there.
    pub(super) is_empty: bool,
    /// What no server of this design could run on.
    pub(super) differences: Vec<SchemaDifference>,
    /// What the database does not keep, or keeps less of, while a change is on its way.
    pub(super) loose: Vec<SchemaDifference>,
    /// What is as the design has it and is to be known, as sentences.
    pub(super) noted: Vec<String>,
    /// Indexes that are missing, without which it runs, and is slow.
    pub(super) slow: Vec<String>,
}

/// What is compared, beside the tables.
struct Comparison<'c> {
    history: &'c History,
    /// The tables as the design alone has them.
    said: Schema,
    /// The checks that say what a type says, by table and name, with their columns: no request gets past the server that
    /// breaks one.
    of_types: BTreeMap<(&'c str, &'c str), &'c str>,
    fit: Fit,
}

/// Compares what a design wants, as the live tables fulfil it, with those.
pub(super) fn fit(model: &Model, (wanted, live): (&Schema, &Schema), history: &History) -> Fit {
    let is_there = |table: &Table| live.table(&table.name).is_some();
    if !wanted.tables.iter().any(is_there) {
        let missing = wanted.tables.iter().map(|table| missing_table(&table.name));
        return Fit {
            is_empty: true,
            differences: missing.collect(),
            ..Fit::default()
        };
    }
    let mut comparison = Comparison {
        history,
        said: of_model(model, wanted.dialect),
        of_types: of_types(model),
        fit: Fit::default(),
    };
    if let Some(role) = &wanted.role
        && live.role.as_ref().map(|there| &there.name) != Some(&role.name)
    {
        comparison.missing(format!("what the role {:?} may do", role.name));
    }
    for table in &wanted.tables {
        match live.table(&table.name) {
            None => comparison.fit.differences.push(missing_table(&table.name)),
            Some(there) => comparison.table(table, there),
        }
    }
    comparison.fit
}

fn of_types(model: &Model) -> BTreeMap<(&str, &str), &str> {
    let tables = model.tables.iter();
    let checks = tables.flat_map(|table| {
        let columns = table.columns.iter();
        columns.map(|column| {
            let place = (table.name.as_str(), column.check_name.as_str());
            (place, column.name.as_str())
        })
    });
    checks.collect()
}

fn missing_table(name: &str) -> SchemaDifference {
    SchemaDifference::Missing(format!("table {name:?}"))
}

impl Fit {
    /// Refuses what no server could run on, and says in the log what is loose.
    pub(super) fn settled(self, place: &str, history: &History, is_file: bool) -> Result<(), OpenError> {
        if self.differences.is_empty() {
            for noted in &self.noted {
                tracing::warn!(database = %place, "{noted}");
            }
            for loose in &self.loose {
                tracing::warn!(
                    database = %place,
                    "{loose}: a migration left it so, for a release before or after this one; `groma migrate status` says \
                     whether `apply --contract` is to follow, which ends it once the release before runs no more"
                );
            }
            return Ok(());
        }
        Err(OpenError::Schema {
            place: place.to_owned(),
            remedy: match history {
                _ if self.is_empty => Remedy::Make,
                History { is_kept: false, .. } => Remedy::TakeOver { is_file },
                History { last, .. } => Remedy::Migrate { last: last.clone() },
            },
            differences: self.differences,
        })
    }
}

impl Comparison<'_> {
    fn missing(&mut self, what: String) {
        self.fit.differences.push(SchemaDifference::Missing(what));
    }

    fn differs(&mut self, what: String, (found, wanted): (String, String)) {
        let differs = SchemaDifference::Differs { what, found, wanted };
        self.fit.differences.push(differs);
    }

    /// Something that is not there, or is there in another form; a migration may have let it go.
    fn part(&mut self, what: String, forms: Option<(String, String)>, is_let_go: bool) {
        let difference = match forms {
            Some((found, wanted)) => SchemaDifference::Differs { what, found, wanted },
            None => SchemaDifference::Missing(what),
        };
        if is_let_go {
            self.fit.loose.push(difference);
        } else {
            self.fit.differences.push(difference);
        }
    }

    fn table(&mut self, wanted: &Table, there: &Table) {
        self.columns(wanted, there);
        self.keys(wanted, there);
        self.checks(wanted, there);
        let name = &wanted.name;
        for index in wanted.indexes.iter().filter(|index| !is_there(index, there)) {
            let what = format!("index {:?} of table {name:?}", index.name);
            if index.unique {
                let was = |table: &Table| table.indexes.iter().any(|was| was.name == index.name);
                self.part(format!("unique {what}"), None, self.history.let_go(name, was));
            } else {
                self.fit.slow.push(what);
            }
        }
        self.fence(wanted, there);
    }

    fn columns(&mut self, wanted: &Table, there: &Table) {
        for column in &wanted.columns {
            let what = format!("column {:?} of table {:?}", column.name, wanted.name);
            let Some(found) = there.column(&column.name) else {
                self.missing(what);
                continue;
            };
            if column.identity && !found.identity && !counts_by_sequence(found) {
                self.differs(what, (form(found), format!("{} that counts up", form(column))));
            } else if (&found.ty, found.not_null) != (&column.ty, column.not_null) {
                // The server writes a value; a row of another release may lack one.
                let was = |table: &Table| table.column(&column.name).is_some_and(|was| !was.not_null);
                let is_let_go =
                    found.ty == column.ty && column.not_null && self.history.may_have_left(&wanted.name, was);
                self.part(what, Some((form(found), form(column))), is_let_go);
            }
        }
        let is_unknown = |column: &&Column| wanted.column(&column.name).is_none();
        for extra in there.columns.iter().filter(is_unknown) {
            self.fit.differences.push(SchemaDifference::Extra(format!(
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
        let is_missing = |unique: &&Unique| !there.uniques.contains(unique);
        for unique in wanted.uniques.iter().filter(is_missing) {
            let what = format!(
                "unique constraint on {} of table {name:?}",
                listed(&unique.columns)
            );
            let was = |table: &Table| is_kept_unique(table, unique);
            self.part(what, None, self.history.let_go(name, was));
        }
        let is_missing = |key: &&ForeignKey| !there.foreign_keys.contains(key);
        for key in wanted.foreign_keys.iter().filter(is_missing) {
            let what = format!("foreign key of {} of table {name:?}", listed(&key.columns));
            let mut others = there.foreign_keys.iter();
            let found = others.find(|found| found.columns == key.columns);
            let is_it = |was: &ForeignKey| (&was.columns, target(was)) == (&key.columns, target(key));
            let was = |table: &Table| table.foreign_keys.iter().any(is_it);
            let is_let_go = found.is_none() && self.history.let_go(name, was);
            self.part(what, found.map(|found| (target(found), target(key))), is_let_go);
        }
    }

    fn checks(&mut self, wanted: &Table, there: &Table) {
        for check in wanted.checks.iter().filter(|check| !there.checks.contains(check)) {
            if let Some(bound) = self.bound_by_type(check, (wanted, there)) {
                let what = format!("column {:?} of table {:?}", bound.name, wanted.name);
                self.differs(what, (form(bound), check.expression.clone()));
                continue;
            }
            let what = format!("check {:?} of table {:?}", check.name, wanted.name);
            let mut others = there.checks.iter();
            let found =
                others.find(|found| found.name == check.name && !self.is_of_another_release(found, there));
            let text = |check: &Check| check.expression.clone();
            let is_let_go = self.is_let_go(check, found, (wanted, there));
            self.part(what, found.map(|found| (text(found), text(check))), is_let_go);
        }
    }

    /// Whether a check is about a column that this design does not have: by whatever name, it is none of its own.
    fn is_of_another_release(&self, check: &Check, there: &Table) -> bool {
        let said = self.said.table(&there.name);
        let is_known = |name: &str| said.is_some_and(|said| said.column(name).is_some());
        let mut columns = there.columns.iter();
        columns.any(|column| !is_known(&column.name) && mentions(&check.expression, &column.name))
    }

    /// The column whose type bounds it otherwise than a check that is not there.
    fn bound_by_type<'t>(&self, check: &Check, (wanted, there): (&Table, &'t Table)) -> Option<&'t Column> {
        let column = self.of_types.get(&(wanted.name.as_str(), check.name.as_str()))?;
        let column = there.column(column)?;
        let is_there = there.checks.iter().any(|found| found.name == check.name);
        (!is_there && length_of(&column.ty).is_some()).then_some(column)
    }

    /// Whether the database may be without a check, or have another one of its name.
    fn is_let_go(&self, check: &Check, found: Option<&Check>, (wanted, there): (&Table, &Table)) -> bool {
        if found.is_some_and(|found| !widens(&check.expression, &found.expression)) {
            return false;
        }
        let Some(column) = self.of_types.get(&(wanted.name.as_str(), check.name.as_str())) else {
            // Not another one of its name: nothing has ever kept this one.
            let was = |was: &Table| was.checks.iter().any(|was| was.expression == check.expression);
            return self.history.let_go(&wanted.name, was);
        };
        let column = there.column(column);
        let is_bound = column.is_some_and(|column| length_of(&column.ty).is_some());
        let text = |check: &Check| check.expression.clone();
        let was = |was: &Table| check_of(was, check).map(text) == found.map(text);
        !is_bound && self.history.may_have_left(&wanted.name, was)
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
        // Policies are joined by `or`: one more lets more rows through.
        let is_more = |found: &&Policy| !wanted.policies.iter().any(|policy| policy.name == found.name);
        let more = there
            .policies
            .iter()
            .filter(|_| wanted.row_security)
            .filter(is_more);
        self.fit.differences.extend(
            more.map(|found| SchemaDifference::Extra(format!("policy {:?} of table {name:?}", found.name))),
        );
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

/// Whether a table keeps columns unique, by a constraint or by an index of somebody's own.
fn is_kept_unique(table: &Table, unique: &Unique) -> bool {
    let indexes = table.indexes.iter();
    let mut indexes = indexes.filter(|index| index.unique && index.predicate.is_none());
    let is_index = indexes.any(|index| {
        index
            .columns
            .iter()
            .map(|column| &column.name)
            .eq(&unique.columns)
    });
    is_index || table.uniques.iter().any(|was| was.columns == unique.columns)
}

/// A check that is, or was, in the place of a wanted one, by whatever name.
fn check_of<'t>(table: &'t Table, wanted: &Check) -> Option<&'t Check> {
    let mut checks = table.checks.iter();
    checks.find(|check| check.name == wanted.name || check.expression == wanted.expression)
}

fn is_there(wanted: &Index, table: &Table) -> bool {
    let mut same = table.indexes.iter().filter(|index| {
        (&index.columns, index.unique, &index.predicate)
            == (&wanted.columns, wanted.unique, &wanted.predicate)
    });
    same.any(|index| index.valid)
}
