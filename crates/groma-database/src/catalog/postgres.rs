//! What a Postgres database holds.

use std::collections::{BTreeMap, BTreeSet};

use groma_migrate::lint;
use groma_sql::Dialect;
use groma_sql::schema::{
    Action, Check, Column, Command, ForeignKey, Function, FunctionKind, Index, IndexColumn, Policy,
    PrimaryKey, Role, Schema, Table, Unique, marked_rows,
};
use tokio_postgres::{Client, Row};

use super::{Beside, Catalog, Dependent, DependentKind, Facts, Quirk, QuirkKind, asked};
use crate::error::{DatabaseError, postgres};

/// The bit of `indoption` for an order from the largest.
const DESCENDING: i16 = 1;

/// Reads everything in the first schema of the search path: twelve queries, eleven of them sent at once, in a transaction.
pub async fn read(client: &Client) -> Result<Catalog, DatabaseError> {
    let doing = || postgres("read what the database holds");
    begin(client, "READ ONLY").await.map_err(doing())?;
    let found = found(client).await;
    client.batch_execute("ROLLBACK").await.map_err(doing())?;
    Ok(found.map_err(doing())?.catalog())
}

/// The schema in which the tables are, and in which new ones are made: the first one of the search path that is not
/// `groma_internal`.
pub async fn schema_name(client: &Client) -> Result<String, DatabaseError> {
    let row = client.query_typed(asked::SCHEMA, &[]).await;
    let rows = row.map_err(postgres("ask where the tables are"))?;
    Ok(rows
        .first()
        .map_or_else(|| String::from("public"), |row| row.get(0)))
}

/// What the functions of a database may do, by name.
pub async fn functions(client: &Client) -> Result<BTreeMap<String, lint::Function>, DatabaseError> {
    let rows = client.query_typed(asked::CALLED, &[]).await;
    let rows = rows.map_err(postgres("ask what its functions are"))?.into_iter();
    let all = rows.map(|row| {
        let may = match (row.get(1), row.get(2)) {
            (_, true) => lint::Function::Runs,
            (true, false) => lint::Function::Reads,
            (false, false) => lint::Function::BuiltIn,
        };
        (row.get(0), may)
    });
    Ok(all.collect())
}

/// Begins a transaction in which expressions are printed alike for everybody.
pub(super) async fn begin(client: &Client, mode: &str) -> Result<(), tokio_postgres::Error> {
    client
        .batch_execute(&format!("BEGIN {mode}; {}", asked::PATH))
        .await
}

/// Asks everything at once, and reads the answers in this order: what is of a table comes behind it.
macro_rules! ask {
    ($client:ident, $($of:ident: $query:path, $read:path;)+) => {{
        let ($($of),+) = tokio::try_join!($($client.query_typed($query, &[])),+)?;
        let mut found = Found::default();
        $(for row in &$of {
            $read(&mut found, row);
        })+
        found
    }};
}

async fn found(client: &Client) -> Result<Found, tokio_postgres::Error> {
    Ok(ask! { client,
        tables: asked::TABLES, Found::table;
        columns: asked::COLUMNS, Found::column;
        constraints: asked::CONSTRAINTS, Found::constraint;
        indexes: asked::INDEXES, Found::index;
        policies: asked::POLICIES, Found::policy;
        functions: asked::FUNCTIONS, Found::function;
        roles: asked::ROLE, Found::role;
        dependents: asked::DEPENDENTS, Found::dependent;
        quirks: asked::QUIRKS, Found::quirk;
        beside: asked::BESIDE, Found::beside;
        settings: asked::SETTINGS, Found::settings;
    })
}

/// Tables under way, by the number that the catalog gives them.
#[derive(Debug, Default)]
struct Found {
    tables: BTreeMap<u32, Under>,
    role: Option<Role>,
    beside: Beside,
    version: i32,
    is_utc: bool,
    bound_domains: BTreeSet<String>,
}

#[derive(Debug)]
struct Under {
    table: Table,
    facts: Facts,
    /// The names of columns by their numbers.
    names: BTreeMap<i16, String>,
}

impl Found {
    fn of(&mut self, row: &Row) -> Option<&mut Under> {
        self.tables.get_mut(&row.get::<_, u32>(0))
    }

    fn table(&mut self, row: &Row) {
        let rows: f64 = row.get(4);
        let bytes: i64 = row.get(5);
        let name: String = row.get(1);
        let is_partitioned: bool = row.get(2);
        let facts = Facts {
            rows: estimate(rows, bytes == 0 && !is_partitioned),
            bytes: u64::try_from(bytes).unwrap_or_default(),
            is_partitioned,
            comment: row.get(6),
            partition_of: row.get(7),
            ..Facts::default()
        };
        let table = Table {
            name,
            columns: Vec::new(),
            primary_key: None,
            uniques: Vec::new(),
            foreign_keys: Vec::new(),
            checks: Vec::new(),
            indexes: Vec::new(),
            row_security: row.get(3),
            functions: Vec::new(),
            policies: Vec::new(),
            comment: None,
        };
        let under = Under {
            table,
            facts,
            names: BTreeMap::new(),
        };
        self.tables.insert(row.get(0), under);
    }

    fn column(&mut self, row: &Row) {
        let Some(under) = self.of(row) else { return };
        let name: String = row.get(2);
        under.names.insert(row.get(1), name.clone());
        let mut default: Option<String> = row.get(6);
        if row.get(8) {
            let expression = default.take().unwrap_or_default();
            under.facts.generated.insert(name.clone(), expression);
        }
        if let Some(comment) = row.get(9) {
            under.facts.comments.insert(name.clone(), comment);
        }
        under.table.columns.push(Column {
            name,
            ty: row.get(3),
            collation: row.get(4),
            // What the database computes never has to be given.
            not_null: row.get::<_, bool>(5) && !row.get::<_, bool>(8),
            default,
            identity: row.get(7),
            fill: None,
            class: None,
            labels: row.get::<_, Option<Vec<String>>>(10).unwrap_or_default(),
            comment: None,
        });
    }

    fn constraint(&mut self, row: &Row) {
        let Some(under) = self.of(row) else { return };
        let name: String = row.get(1);
        let kind: &str = row.get(2);
        let columns = under.columns(&row.get::<_, Option<Vec<i16>>>(3).unwrap_or_default());
        let validated = row.get(7);
        let table = &mut under.table;
        match kind {
            "p" => table.primary_key = Some(PrimaryKey { name, columns }),
            "u" => table.uniques.push(Unique { name, columns }),
            "f" => table.foreign_keys.push(ForeignKey {
                name,
                columns,
                table: row.get::<_, Option<String>>(4).unwrap_or_default(),
                to: row.get::<_, Option<Vec<String>>>(5).unwrap_or_default(),
                on_delete: action(row.get(6)),
                validated,
            }),
            _ => table.checks.push(Check {
                name,
                expression: row.get::<_, Option<String>>(8).unwrap_or_default(),
                validated,
            }),
        }
    }

    fn index(&mut self, row: &Row) {
        let Some(under) = self.of(row) else { return };
        let keys = usize::try_from(row.get::<_, i32>(6)).unwrap_or_default();
        let numbers: Vec<i16> = row.get(4);
        let options: Vec<i16> = row.get(5);
        let expressions = row.get::<_, Option<Vec<String>>>(8).unwrap_or_default();
        let method: &str = row.get(9);
        let classes = row.get::<_, Option<Vec<Option<&str>>>>(10).unwrap_or_default();
        let columns = numbers.iter().take(keys).enumerate().map(|(at, number)| {
            let expression = || expressions.get(at).map(|text| format!("({text})"));
            let name = under.names.get(number).cloned().or_else(expression);
            let name = name.unwrap_or_default();
            let class = classes.get(at).copied().flatten();
            IndexColumn {
                // An index of another kind, or by another order, is none that a design has.
                name: match class {
                    _ if method != "btree" => format!("({name} {method})"),
                    Some(class) => format!("({name} {class})"),
                    None => name,
                },
                descending: options.get(at).is_some_and(|option| option & DESCENDING != 0),
            }
        });
        let index = Index {
            name: row.get(1),
            columns: columns.collect(),
            unique: row.get(2),
            predicate: row.get(7),
            valid: row.get(3),
        };
        under.table.indexes.push(index);
    }

    fn policy(&mut self, row: &Row) {
        let Some(under) = self.of(row) else { return };
        // One that is not as it was made to be differs from every one that is wanted.
        let is_ours: bool = row.get(5);
        let said = |text: Option<String>| match text {
            Some(text) if !is_ours => Some(format!("{text} -- restrictive, or for some roles alone")),
            text => text,
        };
        under.table.policies.push(Policy {
            name: row.get(1),
            command: match row.get::<_, &str>(2) {
                "r" => Command::Select,
                "a" => Command::Insert,
                "w" => Command::Update,
                "d" => Command::Delete,
                _ => Command::All,
            },
            using: said(row.get(3)),
            check: said(row.get(4)),
        });
    }

    fn function(&mut self, row: &Row) {
        let Some(under) = self.of(row) else { return };
        let (name, mut body): (String, String) = (row.get(1), row.get(2));
        if !row.get::<_, bool>(4) {
            body.push_str(" -- with settings of its own");
        }
        let function = if row.get(3) {
            marked_rows(&name, &body)
        } else {
            Some(Function {
                name,
                body,
                kind: FunctionKind::Question,
            })
        };
        under.table.functions.extend(function);
    }

    fn dependent(&mut self, row: &Row) {
        let Some(under) = self.of(row) else { return };
        let dependent = Dependent {
            kind: match row.get::<_, &str>(2) {
                "v" => DependentKind::View,
                "t" => DependentKind::Trigger,
                _ => DependentKind::Function,
            },
            name: row.get(3),
            column: under.names.get(&row.get::<_, i16>(1)).cloned(),
        };
        under.facts.dependents.push(dependent);
    }

    fn quirk(&mut self, row: &Row) {
        let Some(under) = self.of(row) else { return };
        let kind = match row.get::<_, &str>(1) {
            "collation" => QuirkKind::Collation,
            "computed" => QuirkKind::Computed,
            "deferrable" => QuirkKind::Deferrable,
            "unkept" => QuirkKind::Unkept,
            "rule" => QuirkKind::Rule,
            "before" => QuirkKind::Before,
            "beside" => QuirkKind::Beside,
            "public" => QuirkKind::Public,
            _ => QuirkKind::Child,
        };
        let name: String = row.get(2);
        under.facts.quirks.push(Quirk::new(kind, name));
    }

    /// The role, and the columns of others that it reads: one row a column.
    fn role(&mut self, row: &Row) {
        let role = self.role.get_or_insert_with(|| Role {
            name: row.get(0),
            reads: Vec::new(),
        });
        let (Some(table), Some(column)) = (row.get::<_, Option<String>>(1), row.get(2)) else {
            return;
        };
        match role.reads.last_mut() {
            Some((last, columns)) if *last == table => columns.push(column),
            _ => role.reads.push((table, vec![column])),
        }
    }

    fn beside(&mut self, row: &Row) {
        self.beside.insert((row.get(0), row.get(1)), row.get(2));
    }

    fn settings(&mut self, row: &Row) {
        self.version = row.get(0);
        self.is_utc = row.get(1);
        self.bound_domains = row.get::<_, Vec<String>>(2).into_iter().collect();
    }

    fn catalog(self) -> Catalog {
        let mut under: Vec<Under> = self.tables.into_values().collect();
        under.sort_by(|one, other| one.table.name.cmp(&other.table.name));
        let facts = under
            .iter()
            .map(|under| (under.table.name.clone(), under.facts.clone()));
        Catalog {
            facts: facts.collect(),
            schema: Schema {
                dialect: Dialect::Postgres,
                tables: under.into_iter().map(|under| under.table).collect(),
                role: self.role,
            },
            beside: self.beside,
            version: u32::try_from(self.version).unwrap_or_default(),
            is_utc: self.is_utc,
            bound_domains: self.bound_domains,
        }
    }
}

impl Under {
    fn columns(&self, numbers: &[i16]) -> Vec<String> {
        let names = numbers.iter().filter_map(|number| self.names.get(number));
        names.cloned().collect()
    }
}

/// How many rows; a table that takes no place has none, whoever counted.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an estimate that is not negative"
)]
fn estimate(rows: f64, is_empty: bool) -> Option<u64> {
    if is_empty {
        return Some(0);
    }
    (rows >= 0.0).then_some(rows as u64)
}

fn action(letter: &str) -> Action {
    match letter {
        "r" => Action::Restrict,
        "c" => Action::Cascade,
        "n" => Action::SetNull,
        "d" => Action::SetDefault,
        _ => Action::NoAction,
    }
}
