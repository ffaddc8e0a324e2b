//! Tables, columns and indexes as Alembic takes them.

use std::collections::BTreeSet;

use groma_sql::schema::{Column, Index, Table, quoted};

use crate::constraints::{Prefixed, constraints, index_columns, index_options, plain, strings};
use crate::python::{Doc, string};

/// Types that a database calls its own, and that are text or numbers on SQLite: as Postgres prints them, the name here,
/// and what it is.
pub(super) const TYPES: [(&str, &str, &str); 9] = [
    (
        "text",
        "TEXT",
        "sa.Text().with_variant(sa.Text(collation=\"C\"), \"postgresql\")",
    ),
    (
        "bigint",
        "INTEGER",
        "sa.Integer().with_variant(sa.BigInteger(), \"postgresql\")",
    ),
    (
        "double precision",
        "REAL",
        "sa.REAL().with_variant(sa.Double(), \"postgresql\")",
    ),
    (
        "boolean",
        "BOOL",
        "sa.Integer().with_variant(sa.Boolean(), \"postgresql\")",
    ),
    (
        "uuid",
        "UUID",
        "sa.Text().with_variant(sa.Uuid(), \"postgresql\")",
    ),
    (
        "date",
        "DATE",
        "sa.Text().with_variant(sa.Date(), \"postgresql\")",
    ),
    (
        "time without time zone",
        "TIME",
        "sa.Text().with_variant(sa.Time(), \"postgresql\")",
    ),
    (
        "timestamp with time zone",
        "INSTANT",
        "sa.Text().with_variant(sa.DateTime(timezone=True), \"postgresql\")",
    ),
    (
        "jsonb",
        "JSON",
        "sa.Text().with_variant(postgresql.JSONB(), \"postgresql\")",
    ),
];

/// What a revision needs of what stands above its functions, and within them before the first statement.
#[derive(Clone, Debug, Default)]
pub(super) struct Uses {
    /// Types, by their names here.
    pub(super) types: BTreeSet<&'static str>,
    /// Whether it asks which database it is.
    pub(super) dialect: bool,
}

impl Uses {
    /// The type of a column.
    pub(super) fn ty(&mut self, postgres: &Column) -> Doc {
        if let Some((_, name, _)) = TYPES.iter().find(|(ty, ..)| *ty == postgres.ty) {
            self.types.insert(name);
            return Doc::text(*name);
        }
        // `numeric(12,2)`: on SQLite a whole number of the last place.
        let digits = postgres.ty.trim_start_matches("numeric(").trim_end_matches(')');
        let digits = digits.replace(',', ", ");
        Doc::text(format!(
            "sa.Integer().with_variant(sa.Numeric({digits}), \"postgresql\")"
        ))
    }

    /// What a statement that leaves a column out gets.
    pub(super) fn server_default(&mut self, sqlite: &str, postgres: &str) -> Doc {
        let text = |sql: &str| string(&plain(sql));
        if sqlite != postgres {
            self.dialect = true;
            let choice = format!(
                "{} if dialect == \"sqlite\" else {}",
                text(sqlite),
                text(postgres)
            );
            return Doc::call("sa.text", [Doc::text(choice)]);
        }
        // Text in quotes is quoted by whoever writes the table.
        let inside = sqlite.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
        match inside.filter(|inside| !inside.replace("''", "").contains('\'')) {
            Some(inside) => Doc::text(string(&inside.replace("''", "'"))),
            None => Doc::call("sa.text", [Doc::text(text(sqlite))]),
        }
    }

    /// `sa.Column(...)`.
    pub(super) fn column(&mut self, table: Option<&Table>, (sqlite, postgres): (&Column, &Column)) -> Doc {
        let mut parts = strings(std::slice::from_ref(&postgres.name));
        parts.push(self.ty(postgres));
        if postgres.identity {
            parts.push(Doc::text("sa.Identity()"));
        }
        let key = table.and_then(|table| table.primary_key.as_ref());
        if key.is_some_and(|key| key.columns.contains(&postgres.name)) {
            parts.push(Doc::named("primary_key", "True"));
        } else if postgres.not_null {
            parts.push(Doc::named("nullable", "False"));
        }
        if let Some((sqlite, postgres)) = sqlite.default.as_ref().zip(postgres.default.as_ref()) {
            parts.push(Doc::named(
                "server_default",
                self.server_default(sqlite, postgres),
            ));
        }
        parts.extend(comment(postgres.comment.as_deref()));
        Doc::call("sa.Column", parts)
    }

    /// `op.create_table(...)`.
    pub(super) fn create(&mut self, (sqlite, postgres): (&Table, &Table)) -> Doc {
        let mut parts = vec![Doc::text(string(&sqlite.name))];
        for column in &sqlite.columns {
            if let Some(other) = postgres.column(&column.name) {
                parts.push(self.column(Some(postgres), (column, other)));
            }
        }
        parts.extend(constraints(&mut Prefixed, sqlite, postgres));
        parts.extend(comment(postgres.comment.as_deref()));
        parts.push(Doc::named("sqlite_strict", "True"));
        if sqlite.columns.iter().any(|column| column.identity) {
            parts.push(Doc::named("sqlite_autoincrement", "True"));
        }
        Doc::call("op.create_table", parts)
    }
}

/// What a database keeps about a table or a column.
fn comment(said: Option<&str>) -> Option<Doc> {
    said.map(|text| Doc::named("comment", string(text)))
}

/// What `create_index` takes behind the table.
pub(super) fn index(sqlite: &Index, postgres: &Index) -> Vec<Doc> {
    let mut parts = vec![Doc::list(index_columns(&mut Prefixed, sqlite))];
    parts.extend(index_options(&mut Prefixed, sqlite, postgres));
    parts
}

/// A name as SQL has it: in quotes where it needs them.
pub(super) fn sql_name(name: &str) -> String {
    plain(&quoted(name))
}
