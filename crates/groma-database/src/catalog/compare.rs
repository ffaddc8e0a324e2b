//! What differs between the schema that should be there and the one that is, in words.

use std::collections::{BTreeMap, BTreeSet};

use groma_sql::Dialect;
use groma_sql::schema::{Index, Schema, Table, column_definition, create_index, create_policy};

use super::Beside;

/// Something that is there and should not be, or the other way round, or is another one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Difference {
    /// The table.
    pub table: String,
    /// Which part of it; the whole where there is none.
    pub part: Option<String>,
    /// What should be there.
    pub expected: Option<String>,
    /// What is there.
    pub found: Option<String>,
}

/// Everything that differs in the tables of the first, table by table. Other tables of the second are not looked at.
pub fn differences(expected: &Schema, found: &Schema) -> Vec<Difference> {
    let dialect = expected.dialect;
    let mut all = Vec::new();
    for table in &expected.tables {
        let Some(there) = found.table(&table.name) else {
            all.push(Difference {
                table: table.name.clone(),
                part: None,
                expected: Some(String::from("the table")),
                found: None,
            });
            continue;
        };
        let (wanted, there) = (parts(dialect, table), parts(dialect, there));
        let names: BTreeSet<&String> = wanted.keys().chain(there.keys()).collect();
        let differ = names
            .into_iter()
            .filter(|name| wanted.get(*name) != there.get(*name));
        all.extend(differ.map(|name| Difference {
            table: table.name.clone(),
            part: Some(name.clone()),
            expected: wanted.get(name).cloned(),
            found: there.get(name).cloned(),
        }));
    }
    all
}

/// Everything that differs beside tables: what was there, and what is.
pub fn differences_beside(expected: &Beside, found: &Beside) -> Vec<Difference> {
    let names: BTreeSet<&(String, String)> = expected.keys().chain(found.keys()).collect();
    let differ = names
        .into_iter()
        .filter(|name| expected.get(*name) != found.get(*name));
    let differ = differ.map(|name| Difference {
        table: name.0.clone(),
        part: Some(name.1.clone()),
        expected: expected.get(name).cloned(),
        found: found.get(name).cloned(),
    });
    differ.collect()
}

/// The parts of a table by kind and name, each in words that say all of it.
fn parts(dialect: Dialect, table: &Table) -> BTreeMap<String, String> {
    let mut parts = BTreeMap::new();
    let mut add = |kind: &str, name: &str, said: String| {
        parts.insert(format!("{kind} {name}"), said);
    };
    for column in &table.columns {
        add("column", &column.name, column_definition(dialect, column));
    }
    if let Some(key) = &table.primary_key {
        // SQLite keeps no name of it.
        add("primary key", "", key.columns.join(", "));
    }
    for unique in &table.uniques {
        add("unique", &unique.name, unique.columns.join(", "));
    }
    for key in &table.foreign_keys {
        let said = format!(
            "({}) to {} ({}) on delete {}{}",
            key.columns.join(", "),
            key.table,
            key.to.join(", "),
            key.on_delete.sql().to_lowercase(),
            if key.validated { "" } else { ", not validated" }
        );
        add("reference", &key.name, said);
    }
    for check in &table.checks {
        let valid = if check.validated { "" } else { ", not validated" };
        add("check", &check.name, format!("{}{valid}", check.expression));
    }
    for index in &table.indexes {
        add("index", &index.name, index_in_words(&table.name, index));
    }
    for policy in &table.policies {
        add("policy", &policy.name, create_policy(&table.name, policy));
    }
    for function in &table.functions {
        add("function", &function.name, function.body.clone());
    }
    if table.row_security {
        add("row security", "", String::from("on"));
    }
    parts
}

fn index_in_words(table: &str, index: &Index) -> String {
    let valid = if index.valid { "" } else { ", not valid" };
    format!("{}{valid}", create_index(table, index))
}

impl std::fmt::Display for Difference {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let part = self.part.as_deref().unwrap_or_default().trim();
        write!(out, "`{}`", self.table)?;
        if !part.is_empty() {
            write!(out, ", {part}")?;
        }
        match (&self.expected, &self.found) {
            (Some(expected), Some(found)) => write!(out, ": `{found}`, and not `{expected}`"),
            (Some(_), None) => write!(out, ": is not there"),
            (None, _) => write!(out, ": is there, and nobody asked for it"),
        }
    }
}
