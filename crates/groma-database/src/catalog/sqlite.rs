//! What a SQLite database holds.
//!
//! It keeps the statement that made each table, and nothing else of the constraints' names and conditions.

mod statement;

use std::collections::{BTreeMap, BTreeSet};

use groma_migrate::{Adapted, adapted};
use groma_sql::Dialect;
use groma_sql::schema::{Check, Column, Index, IndexColumn, PrimaryKey, Schema, Table};
use rusqlite::{Connection, Row};

use self::statement::Constraint;
use super::{Catalog, Dependent, DependentKind, Facts, Quirk, QuirkKind};
use crate::error::{DatabaseError, sqlite};

const TABLES: &str = "\
SELECT s.name, s.sql, l.wr, l.strict FROM sqlite_schema s JOIN pragma_table_list l ON l.schema = 'main' AND l.name = s.name
WHERE s.type = 'table' AND s.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY s.name";

const COLUMNS: &str = "\
SELECT s.name, c.name, c.type, c.\"notnull\", c.dflt_value, c.pk, c.hidden
FROM sqlite_schema s, pragma_table_xinfo(s.name) c
WHERE s.type = 'table' AND s.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY s.name, c.cid";

const INDEXES: &str = "\
SELECT s.tbl_name, s.name, l.\"unique\", s.sql, c.name, c.\"desc\"
FROM sqlite_schema s, pragma_index_list(s.tbl_name) l, pragma_index_xinfo(s.name) c
WHERE s.type = 'index' AND s.sql IS NOT NULL AND l.name = s.name AND c.key
ORDER BY s.tbl_name, s.name, c.seqno";

const DEPENDENTS: &str = "\
SELECT tbl_name, type, name, sql FROM sqlite_schema WHERE type IN ('trigger', 'view') ORDER BY name";

/// Reads everything: four queries.
pub fn read(connection: &Connection) -> Result<Catalog, DatabaseError> {
    let mut found = Found::default();
    each(connection, TABLES, |row| found.table(row))?;
    each(connection, COLUMNS, |row| found.column(row))?;
    each(connection, INDEXES, |row| found.index(row))?;
    each(connection, DEPENDENTS, |row| found.dependent(row))?;
    Ok(found.catalog())
}

fn each(
    connection: &Connection,
    query: &str,
    mut take: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
) -> Result<(), DatabaseError> {
    let mut run = || {
        let mut statement = connection.prepare(query)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            take(row)?;
        }
        Ok(())
    };
    run().map_err(sqlite("read what the database holds"))
}

#[derive(Debug, Default)]
struct Found {
    tables: BTreeMap<String, Table>,
    facts: BTreeMap<String, Facts>,
    /// The statements that made the tables.
    made: BTreeMap<String, String>,
    /// The tables whose rows have no number.
    unnumbered: BTreeSet<String>,
}

impl Found {
    fn table(&mut self, row: &Row<'_>) -> rusqlite::Result<()> {
        let name: String = row.get(0)?;
        let table = Table {
            name: name.clone(),
            columns: Vec::new(),
            primary_key: None,
            uniques: Vec::new(),
            foreign_keys: Vec::new(),
            checks: Vec::new(),
            indexes: Vec::new(),
            row_security: false,
            functions: Vec::new(),
            policies: Vec::new(),
            comment: None,
        };
        self.tables.insert(name.clone(), table);
        let mut facts = Facts::default();
        if !row.get::<_, bool>(3)? {
            facts.quirks.push(Quirk::new(QuirkKind::Untyped, name.clone()));
        }
        self.facts.insert(name.clone(), facts);
        if row.get(2)? {
            self.unnumbered.insert(name.clone());
        }
        self.made.insert(name, row.get(1)?);
        Ok(())
    }

    fn column(&mut self, row: &Row<'_>) -> rusqlite::Result<()> {
        let of: String = row.get(0)?;
        let Some(table) = self.tables.get_mut(&of) else {
            return Ok(());
        };
        let name: String = row.get(1)?;
        let place: usize = row.get::<_, u32>(5)? as usize;
        if place > 0 {
            let key = table.primary_key.get_or_insert_with(|| PrimaryKey {
                name: String::new(),
                columns: Vec::new(),
            });
            // A key's columns come in the order of the table; each says which place it has in the key.
            if key.columns.len() < place {
                key.columns.resize(place, String::new());
            }
            if let Some(slot) = key.columns.get_mut(place - 1) {
                slot.clone_from(&name);
            }
        }
        if row.get::<_, u32>(6)? > 1
            && let Some(facts) = self.facts.get_mut(&of)
        {
            facts.generated.insert(name.clone(), String::new());
            facts.quirks.push(Quirk::new(QuirkKind::Computed, name.clone()));
        }
        table.columns.push(Column {
            name,
            ty: row.get(2)?,
            collation: None,
            not_null: row.get(3)?,
            default: row.get::<_, Option<String>>(4)?.map(default),
            identity: false,
            fill: None,
            class: None,
            labels: Vec::new(),
            comment: None,
        });
        Ok(())
    }

    fn index(&mut self, row: &Row<'_>) -> rusqlite::Result<()> {
        let of: String = row.get(0)?;
        let Some(table) = self.tables.get_mut(&of) else {
            return Ok(());
        };
        let name: String = row.get(1)?;
        let column = IndexColumn {
            name: row
                .get::<_, Option<String>>(4)?
                .unwrap_or_else(|| String::from("(expression)")),
            descending: row.get(5)?,
        };
        if let Some(index) = table.indexes.last_mut().filter(|index| index.name == name) {
            index.columns.push(column);
            return Ok(());
        }
        let sql: String = row.get(3)?;
        table.indexes.push(Index {
            name,
            columns: vec![column],
            unique: row.get(2)?,
            predicate: statement::predicate(&sql),
            valid: true,
        });
        Ok(())
    }

    fn dependent(&mut self, row: &Row<'_>) -> rusqlite::Result<()> {
        let (of, kind, name): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let sql: String = row.get(3)?;
        let is_trigger = kind == "trigger";
        if let Some(facts) = self.facts.get_mut(&of).filter(|_| is_trigger) {
            let kind = if statement::drops_rows(&sql) {
                QuirkKind::Before
            } else {
                QuirkKind::Beside
            };
            facts.quirks.push(Quirk::new(kind, name.clone()));
        }
        for (table, facts) in &mut self.facts {
            // A view's statement is the only place that says what it reads.
            if (is_trigger && *table == of) || (!is_trigger && statement::names(&sql, table)) {
                facts.dependents.push(Dependent {
                    kind: if is_trigger {
                        DependentKind::Trigger
                    } else {
                        DependentKind::View
                    },
                    name: name.clone(),
                    column: None,
                });
            }
        }
        Ok(())
    }

    /// A reference that names no columns is one to the key.
    fn complete_keys(&mut self) {
        let keys: BTreeMap<String, Vec<String>> = self
            .tables
            .values()
            .filter_map(|table| Some((table.name.clone(), table.primary_key.as_ref()?.columns.clone())))
            .collect();
        let all = self.tables.values_mut().flat_map(|table| &mut table.foreign_keys);
        for key in all.filter(|key| key.to.is_empty()) {
            let of = keys
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(&key.table));
            key.to = of.map_or_else(Vec::new, |(_, columns)| columns.clone());
        }
    }

    fn catalog(mut self) -> Catalog {
        for (name, sql) in &self.made {
            if let (Some(table), Some(facts)) = (self.tables.get_mut(name), self.facts.get_mut(name)) {
                facts.quirks.extend(constrain(table, sql));
                if self.unnumbered.contains(name)
                    && let Some([key]) = table.primary_key.as_ref().map(|key| key.columns.as_slice())
                {
                    facts.quirks.push(Quirk::new(QuirkKind::Uncounted, key.clone()));
                }
            }
        }
        self.complete_keys();
        Catalog {
            beside: BTreeMap::new(),
            schema: Schema {
                dialect: Dialect::Sqlite,
                tables: self.tables.into_values().collect(),
                role: None,
            },
            facts: self.facts,
            version: 3,
            is_utc: true,
            bound_domains: BTreeSet::new(),
        }
    }
}

/// A default as it is written: SQLite tells an expression without the parentheses that it has to stand in.
fn default(text: String) -> String {
    const WORDS: [&str; 6] = [
        "null",
        "true",
        "false",
        "current_time",
        "current_date",
        "current_timestamp",
    ];
    let is_word = WORDS.iter().any(|word| text.eq_ignore_ascii_case(word));
    let is_number = text.trim_start_matches(['+', '-', ' ']).parse::<f64>().is_ok();
    if is_word || is_number || statement::is_literal(&text) {
        text
    } else {
        format!("({text})")
    }
}

/// Adds what the statement that made a table says of its constraints, and gives what it says beside.
fn constrain(table: &mut Table, sql: &str) -> Vec<Quirk> {
    let mut quirks = Vec::new();
    for constraint in statement::constraints(&table.name, sql) {
        match constraint {
            Constraint::Unique(unique) => table.uniques.push(unique),
            Constraint::ForeignKey(key) => table.foreign_keys.push(key),
            Constraint::Check { name, expression } => {
                let name = name.unwrap_or_else(|| name_of_check(table, &expression));
                table.checks.push(Check {
                    name,
                    expression,
                    validated: true,
                });
            }
            Constraint::Counted(column) => {
                for of in table.columns.iter_mut().filter(|of| of.name == column) {
                    of.identity = true;
                }
            }
            Constraint::Collated(column) => quirks.push(Quirk::new(QuirkKind::Collation, column)),
            Constraint::Descending(column) => quirks.push(Quirk::new(QuirkKind::Uncounted, column)),
            Constraint::Conflict(of) => {
                let of = of.unwrap_or_else(|| table.name.clone());
                quirks.push(Quirk::new(QuirkKind::Conflict, of));
            }
        }
    }
    quirks
}

/// The name that Postgres would give to a check that has none: after the one column that it is about, where it is one,
/// with a number where the name is taken.
fn name_of_check(table: &Table, expression: &str) -> String {
    let mut about = table
        .columns
        .iter()
        .filter(|of| statement::names(expression, &of.name));
    let name = match (about.next(), about.next()) {
        (Some(only), None) => format!("{}_{}_check", table.name, only.name),
        _ => format!("{}_check", table.name),
    };
    let numbered = (1..).map(|number| format!("{name}{number}"));
    let mut names = std::iter::once(name.clone()).chain(numbered);
    let is_free = |name: &String| !table.checks.iter().any(|check| check.name == *name);
    names
        .find(is_free)
        .unwrap_or_else(|| unreachable!("the numbers do not end"))
}

/// A wanted schema as the live one fulfils it.
pub fn adapted_to_sqlite(wanted: &Schema, live: &Schema) -> Adapted {
    adapted(wanted, &spelled(wanted, live), live)
}

/// The wanted schema, with each expression as the live one has it where both say the same in other letters: SQLite keeps
/// what was written and prints nothing.
fn spelled(wanted: &Schema, live: &Schema) -> Schema {
    let mut wanted = wanted.clone();
    for table in &mut wanted.tables {
        let Some(live) = live.table(&table.name) else {
            continue;
        };
        for check in &mut table.checks {
            take(
                &mut check.expression,
                live.checks.iter().map(|there| &there.expression),
            );
        }
        let predicates = table
            .indexes
            .iter_mut()
            .filter_map(|index| index.predicate.as_mut());
        for predicate in predicates {
            take(
                predicate,
                live.indexes.iter().filter_map(|there| there.predicate.as_ref()),
            );
        }
        for column in &mut table.columns {
            let there = live.column(&column.name).and_then(|there| there.default.as_ref());
            if let Some(default) = &mut column.default {
                take(default, there.into_iter());
            }
        }
    }
    wanted
}

fn take<'s>(wanted: &mut String, mut live: impl Iterator<Item = &'s String> + Clone) {
    if live.clone().any(|there| there == wanted) {
        return;
    }
    let said = statement::bare(wanted);
    if let Some(there) = live.find(|there| statement::bare(there) == said) {
        wanted.clone_from(there);
    }
}

/// The live schema with the letters of the wanted one: SQLite does not tell `Tasks` from `tasks`.
pub fn in_letters_of(wanted: &Schema, mut live: Schema) -> Schema {
    let tables = || wanted.tables.iter().map(|table| &table.name);
    for table in &mut live.tables {
        letters(&mut table.name, tables());
        columns_in_letters_of(wanted, table);
        for key in &mut table.foreign_keys {
            letters(&mut key.table, tables());
            let Some(target) = wanted.table(&key.table) else {
                continue;
            };
            let columns = || target.columns.iter().map(|column| &column.name);
            key.to.iter_mut().for_each(|to| letters(to, columns()));
        }
    }
    live
}

fn columns_in_letters_of(wanted: &Schema, table: &mut Table) {
    let Some(of) = wanted.table(&table.name) else {
        return;
    };
    let letters = |name: &mut String| letters(name, of.columns.iter().map(|column| &column.name));
    table.columns.iter_mut().for_each(|it| letters(&mut it.name));
    let key = table.primary_key.iter_mut().flat_map(|it| &mut it.columns);
    let uniques = table.uniques.iter_mut().flat_map(|it| &mut it.columns);
    let references = table.foreign_keys.iter_mut().flat_map(|it| &mut it.columns);
    key.chain(uniques).chain(references).for_each(letters);
    let indexed = table.indexes.iter_mut().flat_map(|it| &mut it.columns);
    indexed.for_each(|it| letters(&mut it.name));
}

fn letters<'w>(name: &mut String, mut wanted: impl Iterator<Item = &'w String>) {
    if let Some(wanted) = wanted.find(|wanted| wanted.eq_ignore_ascii_case(name)) {
        name.clone_from(wanted);
    }
}
