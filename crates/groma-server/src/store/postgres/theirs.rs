//! Tables that somebody else owns: whether they are there, and as the design reads them.

use std::collections::BTreeMap;

use groma_sql::schema::quoted;
use groma_sql::{ExternalColumn, ExternalTable, STAND_IN};
use tokio_postgres::types::Type;

use super::open::Opened;
use crate::store::{Found, OpenError, SchemaDifference};

/// The columns of tables and views of one schema.
const COLUMNS: &str = "
    SELECT c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull,
           c.relkind IN ('v', 'm'), coalesce(obj_description(c.oid, 'pg_class'), '')
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid
    WHERE c.relname = ANY($1) AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped
      AND c.relnamespace = pg_catalog.to_regnamespace(pg_catalog.quote_ident($2))
    ORDER BY c.relname, a.attnum";

/// A table as it is there.
#[derive(Default, Debug)]
struct There {
    columns: Vec<ColumnThere>,
    is_view: bool,
    comment: String,
}

#[derive(Debug)]
struct ColumnThere {
    name: String,
    column_type: String,
    not_null: bool,
}

impl Opened {
    /// Looks at what is in the place of tables that somebody else owns.
    pub(crate) async fn look_at(&self, tables: &[ExternalTable]) -> Result<Vec<(Found, Types)>, OpenError> {
        let names = tables.iter().map(|table| table.name.clone()).collect();
        let there = self.tables(names).await?;
        let mut all = Vec::new();
        for table in tables {
            let Some(there) = there.get(&table.name) else {
                all.push((Found::Nothing, Types::new()));
                continue;
            };
            let types = there.columns.iter().map(|column| {
                (
                    table.name.clone(),
                    column.name.clone(),
                    column.column_type.clone(),
                )
            });
            all.push((self.found(table, there).await?, types.collect()));
        }
        Ok(all)
    }

    /// Makes a stand-in for a table that somebody else owns, where nothing or an older stand-in was found.
    pub(crate) async fn stand_in(&self, place: (&str, &Found), statement: &str) -> Result<(), OpenError> {
        let name = quoted(place.0);
        let before = match place.1 {
            Found::Nothing => String::new(),
            Found::StandIn { .. } => format!("DROP TABLE {name};"),
            Found::Theirs { .. } => unreachable!("nobody else's table is touched"),
        };
        self.execute(&format!(
            "{before}{statement};COMMENT ON TABLE {name} IS '{STAND_IN}'"
        ))
        .await
    }

    async fn tables(&self, names: Vec<String>) -> Result<BTreeMap<String, There>, OpenError> {
        let rows = self
            .connection
            .query_typed(COLUMNS, &[(&names, Type::TEXT_ARRAY), (&self.schema, Type::TEXT)])
            .await;
        let rows = rows.map_err(|error| self.cannot(&error))?;
        let mut tables: BTreeMap<String, There> = BTreeMap::new();
        for row in &rows {
            let table = tables.entry(row.get(0)).or_default();
            table.is_view = row.get(4);
            table.comment = row.get(5);
            table.columns.push(ColumnThere {
                name: row.get(1),
                column_type: row.get(2),
                not_null: row.get(3),
            });
        }
        Ok(tables)
    }

    async fn found(&self, table: &ExternalTable, there: &There) -> Result<Found, OpenError> {
        let differences = external_differences(table, there);
        if there.comment == STAND_IN {
            let name = format!("{}.{}", quoted(&self.schema), quoted(&table.name));
            let any = self
                .connection
                .query_typed(&format!("SELECT 1 FROM {name} LIMIT 1"), &[])
                .await;
            return Ok(Found::StandIn {
                differences,
                // One that may not be read is not made anew either.
                is_empty: any.is_ok_and(|rows| rows.is_empty()),
            });
        }
        let required = table
            .columns
            .iter()
            .filter(|column| !column.nullable && !there.is_view);
        let loose = required
            .filter_map(|wanted| there.column(&wanted.name))
            .filter(|column| !column.not_null)
            .map(|column| column.name.clone());
        Ok(Found::Theirs {
            differences,
            loose: loose.collect(),
        })
    }
}

/// Table, column and type of each column of somebody else's table.
pub(crate) type Types = Vec<(String, String, String)>;

impl There {
    fn column(&self, name: &str) -> Option<&ColumnThere> {
        self.columns.iter().find(|column| column.name == name)
    }
}

fn external_differences(table: &ExternalTable, there: &There) -> Vec<SchemaDifference> {
    let mut all = Vec::new();
    for wanted in &table.columns {
        let what = format!("column {:?} of table {:?}", wanted.name, table.name);
        match there.column(&wanted.name) {
            None => all.push(SchemaDifference::Missing(what)),
            Some(column) if !holds(&column.column_type, wanted) => {
                all.push(SchemaDifference::Differs {
                    what,
                    found: column.column_type.clone(),
                    wanted: wanted.column_type.clone(),
                });
            }
            Some(_) => {}
        }
    }
    all
}

/// Whether a column of this type can be read as the design says, or, where it is a key or a reference, compared as it
/// stands.
fn holds(found: &str, wanted: &ExternalColumn) -> bool {
    const WHOLE: [&str; 3] = ["smallint", "integer", "bigint"];
    let found = without_modifier(found);
    let is_whole = WHOLE.contains(&found.as_str());
    let is_exact = is_whole || found == "numeric";
    let is_number = is_exact || matches!(found.as_str(), "real" | "double precision");
    let is_text = matches!(found.as_str(), "text" | "character varying");
    match wanted.column_type.as_str() {
        "text" => is_text || !wanted.is_link,
        "bigint" => is_whole || (is_number && !wanted.is_link),
        "double precision" => is_number,
        "boolean" => is_number || found == "boolean",
        // Whole milliseconds, as some libraries keep instants.
        "timestamp with time zone" => is_whole || found.starts_with("timestamp "),
        "jsonb" => found.ends_with("[]") || found.starts_with("json"),
        decimal if decimal.starts_with("numeric") => is_exact,
        same => found == same,
    }
}

/// `timestamp without time zone` from `timestamp(3) without time zone`.
fn without_modifier(name: &str) -> String {
    match name
        .split_once('(')
        .and_then(|(start, rest)| Some((start, rest.split_once(')')?.1)))
    {
        Some((start, end)) => format!("{start}{end}"),
        None => name.to_owned(),
    }
}
