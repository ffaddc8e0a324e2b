//! What a SQLite database holds.
//!
//! It keeps the statement that made each table, and nothing else of the constraints' names and conditions.

mod statement;

use std::collections::BTreeMap;

use groma_sql::Dialect;
use groma_sql::schema::{Column, Index, IndexColumn, PrimaryKey, Schema, Table};
use rusqlite::{Connection, Row};

use self::statement::Constraint;
use super::{Catalog, Dependent, DependentKind, Facts};
use crate::error::{DatabaseError, sqlite};

const TABLES: &str = "\
SELECT name, sql FROM sqlite_schema
WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";

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
        };
        self.tables.insert(name.clone(), table);
        self.facts.insert(name.clone(), Facts::default());
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
        }
        table.columns.push(Column {
            name,
            ty: row.get(2)?,
            collation: None,
            not_null: row.get(3)?,
            default: row.get(4)?,
            identity: false,
            fill: None,
            labels: Vec::new(),
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

    fn catalog(mut self) -> Catalog {
        for (name, sql) in &self.made {
            if let Some(table) = self.tables.get_mut(name) {
                constrain(table, sql);
            }
        }
        Catalog {
            schema: Schema {
                dialect: Dialect::Sqlite,
                tables: self.tables.into_values().collect(),
                role: None,
            },
            facts: self.facts,
            version: 3,
            is_utc: true,
            bound_domains: std::collections::BTreeSet::new(),
        }
    }
}

/// Adds what the statement that made a table says of its constraints.
fn constrain(table: &mut Table, sql: &str) {
    for constraint in statement::constraints(&table.name, sql) {
        match constraint {
            Constraint::Unique(unique) => table.uniques.push(unique),
            Constraint::ForeignKey(key) => table.foreign_keys.push(key),
            Constraint::Check(check) => table.checks.push(check),
            Constraint::Counted(column) => {
                for of in table.columns.iter_mut().filter(|of| of.name == column) {
                    of.identity = true;
                }
            }
        }
    }
}
