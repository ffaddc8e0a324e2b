//! The role under which requests run: whether it may do what they have to, and is held by the rules that should hold it.

use groma_ir::Model;
use groma_sql::ExternalTable;
use groma_sql::schema::quoted;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Error, Row};

use super::open::{Opened, Wanted};
use crate::store::OpenError;

/// Who is logged in, what is known of a role, and which letters the database has.
const ROLE: &str = "
    SELECT current_user::text, r.rolsuper, r.rolbypassrls, current_setting('server_encoding')
    FROM (SELECT $1::text AS name) AS asked LEFT JOIN pg_catalog.pg_roles AS r ON r.rolname = asked.name";

/// Of the design's tables: whether the name means this one, whether everything may be done with its rows, whether the
/// rights of its owner are those of the role, whether rules of rows hold it, and what gives keys and may not be used.
const OURS: &str = "
    SELECT c.relname::text, pg_catalog.pg_table_is_visible(c.oid),
           has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT')
             AND has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'DELETE'),
           pg_has_role(c.relowner, 'USAGE'), row_security_active(c.oid),
           (SELECT s.relname::text FROM pg_catalog.pg_depend AS d
            JOIN pg_catalog.pg_class AS s ON s.oid = d.objid
            WHERE d.refobjid = c.oid AND d.deptype = 'a'
              AND CASE WHEN s.relkind = 'S' THEN NOT has_sequence_privilege(s.oid, 'USAGE') END LIMIT 1)
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = $2
    WHERE c.relname = ANY($1) AND c.relkind IN ('r', 'p')
    ORDER BY c.relname";

/// Of the columns of somebody else's tables: whether the table's name means this one, and whether they may be read.
const THEIRS: &str = "
    SELECT c.relname::text, pg_catalog.pg_table_is_visible(c.oid), a.attname::text,
           has_column_privilege(c.oid, a.attnum, 'SELECT')
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = $2
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relname = ANY($1) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
    ORDER BY c.relname, a.attnum";

/// Why no request can be let in, and what helps.
struct Unfit {
    why: String,
    remedy: String,
}

/// A role, whom it is compared with, and where the tables are.
struct Role<'r> {
    name: &'r str,
    schema: &'r str,
    /// Whether the rules hold inside the database too.
    is_fenced: bool,
}

impl Opened {
    /// Whether requests can be let in, under the role that the design names or else under that of the address.
    pub(crate) async fn check_rights(
        &self,
        model: &Model,
        wanted: &Wanted,
        theirs: &[ExternalTable],
    ) -> Result<(), OpenError> {
        let asked = model.design.service.row_security.as_deref();
        let names = |tables: Vec<&String>| tables.into_iter().cloned().collect::<Vec<_>>();
        let ours = names(wanted.schema.tables.iter().map(|table| &table.name).collect());
        let found = self.unfit(asked, (&ours, theirs)).await;
        // Whatever came of it, it was only a look.
        let over = self.connection.batch_execute("ROLLBACK").await;
        over.map_err(|error| self.cannot(&error))?;
        match found.map_err(|error| self.cannot(&error))? {
            None => Ok(()),
            Some(Unfit { why, remedy }) => Err(OpenError::Rights {
                place: self.place.clone(),
                why,
                remedy,
            }),
        }
    }

    /// Looks at everything as the role sees it, in a transaction that is left open.
    async fn unfit(
        &self,
        asked: Option<&str>,
        (ours, theirs): (&Vec<String>, &[ExternalTable]),
    ) -> Result<Option<Unfit>, Error> {
        self.connection.batch_execute("BEGIN READ ONLY").await?;
        let role: &(dyn ToSql + Sync) = &asked.unwrap_or_default();
        let rows = self.connection.query_typed(ROLE, &[(role, Type::TEXT)]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let login: String = row.get(0);
        let encoding: String = row.get(3);
        if encoding != "UTF8" {
            return Ok(Some(Unfit {
                why: format!("its encoding is {encoding}, which does not have every letter"),
                remedy: String::from("make a database with `ENCODING 'UTF8'`"),
            }));
        }
        if let Some(name) = asked {
            if let Some(unfit) = unfit_role(name, row) {
                return Ok(Some(unfit));
            }
            let taken = format!("SET LOCAL ROLE {}", quoted(name));
            if self.connection.batch_execute(&taken).await.is_err() {
                return Ok(Some(Unfit {
                    why: format!("{login:?} may not take on the role {name:?} of `database row_security`"),
                    remedy: format!("as its owner, say `GRANT {} TO {}`", quoted(name), quoted(&login)),
                }));
            }
        }
        let role = Role {
            name: asked.unwrap_or(&login),
            schema: &self.schema,
            is_fenced: asked.is_some(),
        };
        for row in &self.rows(OURS, ours).await? {
            if let Some(unfit) = role.ours(row) {
                return Ok(Some(unfit));
            }
        }
        let names = theirs.iter().map(|table| table.name.clone()).collect();
        let rows = self.rows(THEIRS, &names).await?;
        Ok(rows.iter().find_map(|row| role.theirs(row, theirs)))
    }

    async fn rows(&self, query: &str, names: &Vec<String>) -> Result<Vec<Row>, Error> {
        let parameters: [(&(dyn ToSql + Sync), Type); 2] =
            [(names, Type::TEXT_ARRAY), (&self.schema, Type::TEXT)];
        self.connection.query_typed(query, &parameters).await
    }
}

/// What is wrong with a role that rules are to hold, whatever the tables are.
fn unfit_role(name: &str, row: &Row) -> Option<Unfit> {
    let (is_super, bypasses): (Option<bool>, Option<bool>) = (row.get(1), row.get(2));
    let role = quoted(name);
    let Some(is_super) = is_super else {
        return Some(Unfit {
            why: format!("there is no role {name:?}, which `database row_security` names"),
            remedy: format!("`groma migrate apply` makes it, and so does `CREATE ROLE {role} NOLOGIN`"),
        });
    };
    let is_free = is_super || bypasses.unwrap_or(true);
    is_free.then(|| Unfit {
        why: format!("no policy holds the role {name:?}, which `database row_security` names"),
        remedy: format!("say `ALTER ROLE {role} NOSUPERUSER NOBYPASSRLS`, or name another role"),
    })
}

impl Role<'_> {
    fn ours(&self, row: &Row) -> Option<Unfit> {
        let table: String = row.get(0);
        let (is_seen, may_all, is_owner, is_held): (bool, bool, bool, bool) =
            (row.get(1), row.get(2), row.get(3), row.get(4));
        let role = quoted(self.name);
        if !is_seen {
            return Some(self.unseen(&table));
        }
        if self.is_fenced && (is_owner || !is_held) {
            return Some(Unfit {
                why: format!(
                    "the role {:?} owns the table {table:?}, so that no policy holds it",
                    self.name
                ),
                remedy: String::from(
                    "let another role own the tables, or name another one in `database row_security`",
                ),
            });
        }
        if !self.is_fenced && is_held {
            tracing::warn!(
                table,
                role = self.name,
                "policies of the database hide rows of this table from requests, and they are not the design's: let \
                 its owner be the user of DATABASE_URL, or say `database row_security` in the design"
            );
        }
        if !may_all {
            return Some(Unfit {
                why: format!(
                    "the role {:?} may not do everything with the rows of the table {table:?}",
                    self.name
                ),
                remedy: format!(
                    "as its owner, say `GRANT SELECT, INSERT, UPDATE, DELETE ON {} TO {role}`",
                    quoted(&table)
                ),
            });
        }
        let sequence: Option<String> = row.get(5);
        sequence.map(|sequence| Unfit {
            why: format!(
                "the role {:?} may not use {sequence:?}, which makes the keys of the table {table:?}",
                self.name
            ),
            remedy: format!(
                "as its owner, say `GRANT USAGE ON SEQUENCE {} TO {role}`",
                quoted(&sequence)
            ),
        })
    }

    fn theirs(&self, row: &Row, tables: &[ExternalTable]) -> Option<Unfit> {
        let (table, column): (String, String) = (row.get(0), row.get(2));
        let (is_seen, may_read): (bool, bool) = (row.get(1), row.get(3));
        if !is_seen {
            return Some(self.unseen(&table));
        }
        let of = tables.iter().find(|of| of.name == table)?;
        let is_read = of.columns.iter().any(|of| of.name == column);
        (is_read && !may_read).then(|| Unfit {
            why: format!(
                "the role {:?} may not read the column {column:?} of the table {table:?}",
                self.name
            ),
            remedy: format!(
                "as its owner, say `GRANT SELECT ({}) ON {} TO {}`",
                quoted(&column),
                quoted(&table),
                quoted(self.name)
            ),
        })
    }

    /// Statements say no schema: the search path of the role does.
    fn unseen(&self, table: &str) -> Unfit {
        let (role, schema) = (quoted(self.name), quoted(self.schema));
        Unfit {
            why: format!(
                "the table {table:?} is in the schema {:?}, where the role {:?} does not find it",
                self.schema, self.name
            ),
            remedy: format!(
                "say `GRANT USAGE ON SCHEMA {schema} TO {role}`, and have that schema first in the search path"
            ),
        }
    }
}
