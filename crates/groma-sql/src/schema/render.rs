//! The statements that make the parts of a schema.

use std::collections::BTreeSet;

use super::{Check, Column, ForeignKey, Function, FunctionKind, Index, Policy, Role, Schema, Table, Unique};
use crate::Dialect;

/// A name in quotes, as every dialect here takes it.
pub fn quoted(name: &str) -> String {
    crate::dialect::quoted(name)
}

/// Everything, where nothing of it is there.
pub(super) fn create_all(schema: &Schema) -> Vec<String> {
    let mut statements = Vec::new();
    let mut there: BTreeSet<&str> = BTreeSet::new();
    let mut later = Vec::new();
    for table in &schema.tables {
        there.insert(&table.name);
        // SQLite takes a key to a table that is still to come, and has no other way to add one.
        let waits =
            |key: &ForeignKey| schema.dialect == Dialect::Postgres && !there.contains(key.table.as_str());
        let (late, early): (Vec<_>, Vec<_>) = table.foreign_keys.iter().partition(|key| waits(key));
        later.extend(late.into_iter().map(|key| add_foreign_key(&table.name, key)));
        statements.push(create_table(schema.dialect, table, &early));
        statements.extend(table.indexes.iter().map(|index| create_index(&table.name, index)));
        statements.extend(comments_on(table));
    }
    statements.extend(later);
    let Some(role) = &schema.role else {
        return statements;
    };
    statements.extend(create_role(role));
    for table in &schema.tables {
        let functions = table.functions.iter();
        statements.extend(functions.flat_map(|function| create_function(&table.name, function)));
        statements.extend(
            table
                .policies
                .iter()
                .map(|policy| create_policy(&table.name, policy)),
        );
        statements.extend(secure(&table.name, role));
    }
    statements
}

/// What a database keeps about a table and its columns, a statement each.
pub fn comments_on(table: &Table) -> impl Iterator<Item = String> {
    let own = table.comment.as_deref();
    let own = own.map(|comment| comment_on(&table.name, None, Some(comment)));
    let columns = table.columns.iter();
    let columns = columns.filter_map(|it| {
        Some(comment_on(
            &table.name,
            Some(&it.name),
            Some(it.comment.as_deref()?),
        ))
    });
    own.into_iter().chain(columns)
}

/// Lets a database keep a text about a table, or one of its columns, or none any more.
pub fn comment_on(table: &str, column: Option<&str>, comment: Option<&str>) -> String {
    let table = quoted(table);
    let place = match column {
        Some(column) => format!("COLUMN {table}.{}", quoted(column)),
        None => format!("TABLE {table}"),
    };
    let comment = comment.map_or_else(
        || String::from("NULL"),
        |text| format!("'{}'", text.replace('\'', "''")),
    );
    format!("COMMENT ON {place} IS {comment}")
}

/// A table with its constraints; of its foreign keys these. Does nothing where the table is there.
pub fn create_table(dialect: Dialect, table: &Table, foreign_keys: &[&ForeignKey]) -> String {
    format!(
        "CREATE TABLE IF NOT EXISTS {} (\n  {}\n){}",
        quoted(&table.name),
        table_parts(dialect, table, foreign_keys).join(",\n  "),
        table_options(dialect, table),
    )
}

/// What stands behind the parts. Types that somebody else's hand chose are none that SQLite is strict about.
pub(crate) fn table_options(dialect: Dialect, table: &Table) -> &'static str {
    const KNOWN: [&str; 6] = ["INT", "INTEGER", "REAL", "TEXT", "BLOB", "ANY"];
    let is_known = |column: &Column| KNOWN.iter().any(|ty| column.ty.eq_ignore_ascii_case(ty));
    match dialect {
        Dialect::Sqlite if table.columns.iter().all(is_known) => " STRICT",
        Dialect::Sqlite | Dialect::Postgres => "",
    }
}

/// The columns and constraints of a table.
pub(crate) fn table_parts(dialect: Dialect, table: &Table, foreign_keys: &[&ForeignKey]) -> Vec<String> {
    let key = table.primary_key.as_ref();
    let columns = table.columns.iter().map(|column| {
        let definition = column_definition(dialect, column);
        match (dialect, key) {
            (_, Some(key)) if key.columns != [column.name.clone()] => definition,
            (Dialect::Sqlite, _) if column.identity => format!("{definition} PRIMARY KEY AUTOINCREMENT"),
            (Dialect::Sqlite, Some(_)) => format!("{definition} PRIMARY KEY"),
            (Dialect::Postgres, Some(key)) => {
                format!("{definition} CONSTRAINT {} PRIMARY KEY", quoted(&key.name))
            }
            (_, None) => definition,
        }
    });
    let mut parts: Vec<String> = columns.collect();
    if let Some(key) = key.filter(|key| key.columns.len() > 1) {
        parts.push(format!(
            "CONSTRAINT {} PRIMARY KEY ({})",
            quoted(&key.name),
            list(&key.columns)
        ));
    }
    parts.extend(table.uniques.iter().map(unique_constraint));
    parts.extend(foreign_keys.iter().map(|key| foreign_key_constraint(key)));
    parts.extend(table.checks.iter().map(check_constraint));
    parts
}

/// A column, as it stands in `CREATE TABLE` and in `ADD COLUMN`; its key is not said.
pub fn column_definition(dialect: Dialect, column: &Column) -> String {
    let mut parts = vec![quoted(&column.name), column.ty.clone()];
    let collation = column.collation.as_ref();
    parts.extend(collation.map(|collation| format!("COLLATE {}", quoted(collation))));
    if column.not_null {
        parts.push(String::from("NOT NULL"));
    }
    if column.identity && dialect == Dialect::Postgres {
        parts.push(String::from("GENERATED BY DEFAULT AS IDENTITY"));
    }
    let default = column.default.as_ref();
    parts.extend(default.map(|default| format!("DEFAULT {default}")));
    parts.join(" ")
}

fn unique_constraint(unique: &Unique) -> String {
    format!(
        "CONSTRAINT {} UNIQUE ({})",
        quoted(&unique.name),
        list(&unique.columns)
    )
}

fn foreign_key_constraint(key: &ForeignKey) -> String {
    format!(
        "CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} ({}) ON DELETE {}",
        quoted(&key.name),
        list(&key.columns),
        quoted(&key.table),
        list(&key.to),
        key.on_delete.sql(),
    )
}

fn check_constraint(check: &Check) -> String {
    format!("CONSTRAINT {} CHECK ({})", quoted(&check.name), check.expression)
}

/// Adds a unique constraint to a table.
pub fn add_unique(table: &str, unique: &Unique) -> String {
    format!("ALTER TABLE {} ADD {}", quoted(table), unique_constraint(unique))
}

/// Adds a foreign key to a table; `NOT VALID` where it is not known to hold for the rows that are there.
pub fn add_foreign_key(table: &str, key: &ForeignKey) -> String {
    let valid = if key.validated { "" } else { " NOT VALID" };
    format!(
        "ALTER TABLE {} ADD {}{valid}",
        quoted(table),
        foreign_key_constraint(key)
    )
}

/// Adds a check to a table; `NOT VALID` where it is not known to hold for the rows that are there.
pub fn add_check(table: &str, check: &Check) -> String {
    let valid = if check.validated { "" } else { " NOT VALID" };
    format!(
        "ALTER TABLE {} ADD {}{valid}",
        quoted(table),
        check_constraint(check)
    )
}

/// Makes an index. Does nothing where one of its name is there.
pub fn create_index(table: &str, index: &Index) -> String {
    let columns: Vec<String> = index
        .columns
        .iter()
        .map(|column| {
            let name = if column.name.starts_with('(') {
                column.name.clone()
            } else {
                quoted(&column.name)
            };
            if column.descending {
                format!("{name} DESC")
            } else {
                name
            }
        })
        .collect();
    let unique = if index.unique { "UNIQUE " } else { "" };
    let predicate = index
        .predicate
        .as_ref()
        .map(|predicate| format!(" WHERE {predicate}"));
    format!(
        "CREATE {unique}INDEX IF NOT EXISTS {} ON {} ({}){}",
        quoted(&index.name),
        quoted(table),
        columns.join(", "),
        predicate.unwrap_or_default(),
    )
}

/// What tells policies who asks.
pub const CALLER_BODY: &str = " SELECT nullif(current_setting('request.jwt.claims', true), '')::jsonb ";

/// Makes the role and what every table's policies stand on; does nothing where it is there.
pub fn create_role(role: &Role) -> Vec<String> {
    let name = quoted(&role.name);
    let text = role.name.replace('\'', "''");
    let mut statements = vec![
        format!(
            "DO $$ BEGIN\n  \
               IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{text}') THEN CREATE ROLE {name} NOLOGIN; END IF;\n  \
               BEGIN EXECUTE format('GRANT {name} TO %I', current_user);\n  \
               EXCEPTION WHEN insufficient_privilege OR invalid_grant_operation THEN NULL; END;\n  \
               EXECUTE format('GRANT USAGE ON SCHEMA %I TO {name}', current_schema());\n\
             END $$"
        ),
        String::from("CREATE SCHEMA IF NOT EXISTS groma_internal"),
        format!("GRANT USAGE ON SCHEMA groma_internal TO {name}"),
        format!(
            "CREATE OR REPLACE FUNCTION groma_internal.caller() RETURNS jsonb LANGUAGE sql STABLE \
             AS $${CALLER_BODY}$$"
        ),
    ];
    let reads = role.reads.iter();
    statements.extend(
        reads.map(|(table, columns)| {
            format!("GRANT SELECT ({}) ON {} TO {name}", list(columns), quoted(table))
        }),
    );
    statements
}

/// Makes or changes what is answered with the rights of a table's owner.
pub fn create_function(table: &str, function: &Function) -> Vec<String> {
    let name = quoted(&function.name);
    match &function.kind {
        FunctionKind::Question => {
            let said = format!("groma_internal.{name}({})", quoted(table));
            // Temporary tables, which anybody can make, are looked at last.
            let alter = format!(
                "BEGIN EXECUTE format('ALTER FUNCTION {} SET search_path = %I, pg_temp', current_schema()); END",
                said.replace('\'', "''").replace('%', "%%")
            );
            vec![
                format!(
                    "CREATE OR REPLACE FUNCTION groma_internal.{name}({} {}) RETURNS boolean LANGUAGE sql STABLE \
                     SECURITY DEFINER AS {}",
                    super::security::ROW,
                    quoted(table),
                    dollars(&function.body),
                ),
                format!("DO {}", dollars(&alter)),
            ]
        }
        FunctionKind::Rows { reader } => vec![
            format!("DROP VIEW IF EXISTS {name}"),
            format!("CREATE VIEW {name} AS {}", function.body),
            format!(
                "COMMENT ON VIEW {name} IS '{MARK} {}: {}'",
                reader.replace('\'', "''"),
                function.body.replace('\'', "''")
            ),
            // Nobody else reads it, whatever rights new tables get by default.
            format!("DO {}", dollars(&revoked(&name))),
            format!("GRANT SELECT ON {name} TO {}", quoted(reader)),
        ],
    }
}

/// What takes the rights on a view from everybody but its owner.
fn revoked(name: &str) -> String {
    let named = name.replace('\'', "''");
    let formatted = named.replace('%', "%%");
    format!(
        "DECLARE who oid; BEGIN \
         FOR who IN SELECT DISTINCT a.grantee FROM pg_class c, aclexplode(c.relacl) a \
         WHERE c.oid = '{named}'::regclass AND a.grantee <> c.relowner LOOP \
         EXECUTE format('REVOKE ALL ON {formatted} FROM %s', \
         CASE WHEN who = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(who)) END); \
         END LOOP; END"
    )
}

/// A text between dollars, with a tag that does not stand in it.
pub fn dollars(text: &str) -> String {
    let mut tag = String::from("$groma$");
    while text.contains(&tag) {
        tag.insert(1, 'x');
    }
    format!("{tag}{text}{tag}")
}

/// Takes it away.
pub fn drop_function(table: &str, function: &Function) -> String {
    let name = quoted(&function.name);
    match function.kind {
        FunctionKind::Question => format!("DROP FUNCTION groma_internal.{name}({})", quoted(table)),
        FunctionKind::Rows { .. } => format!("DROP VIEW {name}"),
    }
}

/// How a view says that it is one of these, what it is made of and for whom: a database prints a view otherwise than
/// it was written.
const MARK: &str = "groma rows for";

/// What the comment of a view says of it, where it is one of these.
pub fn marked_rows(name: &str, comment: &str) -> Option<Function> {
    let (reader, body) = comment.strip_prefix(MARK)?.trim_start().split_once(": ")?;
    Some(Function {
        name: name.to_owned(),
        body: body.to_owned(),
        kind: FunctionKind::Rows {
            reader: reader.to_owned(),
        },
    })
}

/// Turns row-level security on, and lets the role at the rows that its policies leave.
pub fn secure(table: &str, role: &Role) -> [String; 2] {
    let table = quoted(table);
    [
        format!("ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"),
        format!(
            "GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {}",
            quoted(&role.name)
        ),
    ]
}

/// Makes a policy.
pub fn create_policy(table: &str, policy: &Policy) -> String {
    let part = |word: &str, condition: &Option<String>| {
        let condition = condition.as_ref();
        condition.map_or_else(String::new, |condition| format!(" {word} ({condition})"))
    };
    format!(
        "CREATE POLICY {} ON {} FOR {}{}{}",
        quoted(&policy.name),
        quoted(table),
        policy.command.sql(),
        part("USING", &policy.using),
        part("WITH CHECK", &policy.check),
    )
}

fn list(columns: &[String]) -> String {
    let columns: Vec<String> = columns.iter().map(|name| quoted(name)).collect();
    columns.join(", ")
}
